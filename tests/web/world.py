"""A small world of rows for the pages: two shops, cases of several kinds, two nights."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from reconciler.config import Config, Shop
from reconciler.store import Connection

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TOO_HIGH, LATE, SHORT, CURRENCY, SETTLED = 1, 2, 3, 4, 5
AWB = "2150000000101"
NASTY = "<script>alert('x')</script>"

CONFIG = Config(
    shops={"demo": Shop("demo", "Magazin Demo"), "kopec": Shop("kopec", "Kopec", "CZ", "cs", "Europe/Prague")},
    accounts={},
    data=Path("unused"),
    database_url=None,
    nightly_at="02:00",
    source="built-in defaults",
)


def clock() -> datetime:
    """It is always the same morning."""
    return NOW


async def row(connection: Connection, table: str, **values: Any) -> None:
    """Inserts one row; identities are given, so that tests can name them."""
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    await connection.execute(
        f"insert into {table} ({', '.join(values)}) overriding system value values ({places})", *values.values()
    )


async def case(connection: Connection, case_id: int, **values: Any) -> None:
    """One case; what is not said is ordinary."""
    usual: dict[str, Any] = {
        "id": case_id,
        "kind": "cod_too_high",
        "about": case_id,
        "by_order": False,
        "shop_id": 1,
        "parcel_id": 11,
        "order_id": 1,
        "courier": "fan",
        "severity": "high",
        "evidence": {"gate": "booked"},
        "opened_at": NOW - timedelta(hours=3),
        "refreshed_at": NOW,
        "due_at": NOW + timedelta(hours=2),
    }
    await row(connection, "cases", **usual | values)


async def build(connection: Connection) -> None:
    """The whole world."""
    await row(connection, "shops", id=1, name="demo", country="RO", language="ro", timezone="Europe/Bucharest")
    await row(connection, "shops", id=2, name="kopec", country="CZ", language="cs", timezone="Europe/Prague")
    await _first_order(connection)
    await _other_orders(connection)
    await _cases(connection)
    await _runs(connection)


async def _first_order(connection: Connection) -> None:
    told = {"order_id": 1, "currency": "RON", "city": "Iași", "postcode": "700259", "country": "RO"}
    await row(
        connection, "promises", id=1, told_minor=16999, told_at=NOW - timedelta(days=3), told_by="shop", fingerprint=1,
        street="Str. Lăpușneanu 14", promised_on=date(2026, 11, 23), **told,
    )  # fmt: skip
    await row(
        connection, "promises", id=2, told_minor=14999, told_at=NOW - timedelta(days=1), told_by="phone", fingerprint=2,
        street="Str. Lăpușneanu 14, bl. B2", promised_on=date(2026, 11, 24), reason="late_discount", **told,
    )  # fmt: skip
    await row(
        connection, "orders", id=1, shop_id=1, order_ref="R-1001", ordered_at=NOW - timedelta(days=3), language="ro",
        customer_name="Ioana Țurcanu", email="ioana@example.com", phone="+40722000101", goods_total=14999, shipping_fee=2000,
        promise_id=2, told_minor=14999, currency="RON", promised_on=date(2026, 11, 24), told_at=NOW - timedelta(days=1),
    )  # fmt: skip
    own = {"shop_id": 1, "courier": "fan", "order_id": 1, "first_seen_at": NOW - timedelta(days=2), "tracked_at": NOW}
    await row(
        connection, "parcels", id=11, awb=AWB, awb_key=AWB, status="out_for_delivery", status_code="S1",
        status_text="Expediere in livrare", status_place="Iași", status_at=NOW - timedelta(hours=2), event_at=NOW,
        claim_minor=16999, claim_currency="RON", claim_state="to_collect", claim_source="tracking", claim_at=NOW,
        booked_name="Ioana Turcanu", booked_street="STR LAPUSNEANU 4", booked_city="Iasi", booked_postcode="700259", **own,
    )  # fmt: skip
    await row(connection, "parcels", id=12, awb="2150000000102", awb_key="2150000000102", role="piece", root_id=11, **own)
    for nth, (hours, code, text, status) in enumerate(
        [
            (40, "C0", "Expediere ridicata", "picked_up"),
            (20, "H3", "In depozit", "in_transit"),
            (2, "S1", "In livrare", "out_for_delivery"),
        ]
    ):
        await row(
            connection, "events", parcel_id=11, at=NOW - timedelta(hours=hours), code=code, text=text, status=status,
            place="Iași", informs=False, nth=nth,
        )  # fmt: skip
    await row(
        connection, "claims", id=1, parcel_id=11, minor=16999, currency="RON", state="to_collect", source="tracking",
        seen_at=NOW - timedelta(hours=3),
    )  # fmt: skip


async def _other_orders(connection: Connection) -> None:
    for order_id, shop_id, currency, courier in ((2, 1, "RON", "fan"), (3, 1, "RON", "fan"), (4, 2, "CZK", "packeta")):
        told = {"told_minor": 9900, "currency": currency, "promised_on": date(2026, 11, 20), "told_at": NOW - timedelta(days=6)}
        await row(connection, "promises", id=order_id + 10, order_id=order_id, fingerprint=order_id, city="Brno", **told)
        await row(
            connection, "orders", id=order_id, shop_id=shop_id, order_ref=f"R-100{order_id}", promise_id=order_id + 10, **told
        )
        await row(
            connection, "parcels", id=order_id * 10 + 1, shop_id=shop_id, courier=courier, awb=f"Z40000{order_id}",
            awb_key=f"Z40000{order_id}", order_id=order_id, status="delivered" if order_id == 3 else "in_transit",
            delivered_at=NOW - timedelta(days=4) if order_id == 3 else None,
        )  # fmt: skip
    await row(
        connection, "manifests", id=1, shop_id=1, courier="fan", name="ramburs-2026-11-20.xlsx", sha256=b"1" * 32,
        reference="OP 4471", received_at=NOW - timedelta(days=1),
    )  # fmt: skip
    await row(
        connection, "manifest_lines", manifest_id=1, line=7, parcel_id=31, collected_minor=9900, fee_minor=0,
        remitted_minor=9400, currency="RON", paid_on=date(2026, 11, 20), line_key=1,
    )  # fmt: skip
    await row(
        connection, "events", parcel_id=31, at=NOW - timedelta(days=4), code="S2", text="Livrat", status="delivered",
        place="Suceava", informs=False, nth=0,
    )  # fmt: skip


async def _cases(connection: Connection) -> None:
    promise = {"told": 14999, "currency": "RON"}
    claim = {"awb": AWB, "minor": 16999, "currency": "RON", "state": "to_collect", "seen_at": "2026-11-23T06:00:00+00:00"}
    await case(
        connection, TOO_HIGH, severity="urgent", told_minor=14999, told_currency="RON", asked_minor=16999, asked_currency="RON",
        explanations=["shipping_fee", "older_promise"], due_at=NOW - timedelta(hours=1),
        evidence={"gate": "first_scan", "promise": promise, "claims": [claim], "silent": False, "note": NASTY},
    )  # fmt: skip
    await case(
        connection, LATE, kind="late", parcel_id=21, order_id=2, severity="normal", state="waiting",
        opened_at=NOW - timedelta(days=3),
        evidence={"promised_on": "2026-11-20", "days_of_slip": 3, "status": "in_transit", "place": None, "thresholds": []},
    )  # fmt: skip
    await case(
        connection, SHORT, kind="remittance_short", parcel_id=31, order_id=3, told_minor=9900, told_currency="RON",
        asked_minor=9400, asked_currency="RON", evidence={"gate": "payout_line", "due": 9900, "paid": 9400, "lines": 1},
    )  # fmt: skip
    await case(
        connection, CURRENCY, kind="cod_wrong_currency", shop_id=2, courier="packeta", parcel_id=41, order_id=4, told_minor=9900,
        told_currency="CZK", asked_minor=9900, asked_currency="EUR", explanations=["wrong_currency"],
    )  # fmt: skip
    await case(
        connection, SETTLED, kind="stalled", state="settled", severity="low", parcel_id=21, order_id=2,
        closed_at=NOW - timedelta(hours=1), closed_reason="the facts agree again",
    )  # fmt: skip
    await row(connection, "case_history", case_id=TOO_HIGH, at=NOW - timedelta(hours=3), what="opened", actor="detection")
    made = {"case_id": TOO_HIGH, "language": "ro", "basis": "b1", "made_at": NOW - timedelta(hours=2)}
    await row(connection, "drafts", id=1, audience="call", body="Sunați la FAN Courier.\nAWB 2150 0000 0010 1.", **made)
    await row(
        connection, "drafts", id=2, audience="courier", subject=f"Modificare ramburs - AWB {AWB} - 149,99 RON",
        body="Bună ziua,\n\nVă rugăm să modificați rambursul la 149,99 RON.", **made,
    )  # fmt: skip
    await row(
        connection, "drafts", id=3, audience="customer", subject="Comanda dumneavoastră", body=f"Revenim în curând. {NASTY}",
        objections=["The letter says 'în curând', which names no day."], **made,
    )  # fmt: skip
    await row(
        connection, "drafts", id=4, audience="courier", subject="An older one", body="Bună ziua, suma de ieri.",
        **made | {"basis": "b0", "made_at": NOW - timedelta(hours=3)},
    )  # fmt: skip


async def _runs(connection: Connection) -> None:
    started = NOW - timedelta(hours=7)
    ran = {"shop_id": 1, "heartbeat_at": started}
    await row(
        connection, "runs", id=1, business_date=date(2026, 11, 21), state="done", started_at=started - timedelta(days=1),
        finished_at=started - timedelta(days=1, seconds=-75), counts={"opened": 3, "by_kind": {"late": 3}}, **ran,
    )  # fmt: skip
    await row(
        connection, "runs", id=2, business_date=date(2026, 11, 22), state="partial", started_at=started,
        finished_at=started + timedelta(seconds=42), counts={"opened": 1}, **ran,
    )  # fmt: skip
    for number, (name, state, reason) in enumerate(
        [("pull fan", "partial", "3 of 40 waybills got no answer"), ("detect", "done", None)], start=1
    ):
        await row(
            connection, "run_steps", id=number, run_id=2, name=name, state=state, reason=reason, seconds=1.5, started_at=started
        )
