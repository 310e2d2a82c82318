"""One installation's books in a test's database: facts go in through the program's own recording functions."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from couriers.facts import Claim, ClaimState, Event, Link, LinkWhy, Money, ParcelReport, Recipient, Status, fold, timeline
from couriers.registry import all_couriers
from reconciler.config import Config, Shop
from reconciler.detect.detection import Detected, detect
from reconciler.intake.answers import ManifestSource, take_manifest
from reconciler.intake.orders import import_orders
from reconciler.intake.rejects import Counts
from reconciler.model.policy import Policy
from reconciler.store import Pool
from reconciler.store.reports import ReportCounts, Source, record_reports
from reconciler.store.shops import put_shops
from tests.rules.oracle import Amount, Case

SHOPS = {
    "ro": Shop("ro", "Magazin"),
    "pl": Shop("pl", "Sklep", "PL", "pl", "Europe/Warsaw"),
    "ua": Shop("ua", "Крамниця", "UA", "uk", "Europe/Kyiv"),
    "cz": Shop("cz", "Obchod", "CZ", "cs", "Europe/Prague"),
    "strict": Shop("strict", "Strict", policy=Policy.of({"stalled_after": {"held": 5}, "payout_after": 1, "pickup_expiring": 2})),
}
CURRENCIES = {"ro": "RON", "pl": "PLN", "ua": "UAH", "cz": "CZK", "strict": "RON"}

# Tables in the order a person would read them; what detection works through, and ids of sequences, are left out.
FACT_TABLES = ("orders", "promises", "parcels", "events", "claims", "manifests", "manifest_bytes", "manifest_lines", "readings")
CASE_TABLES = ("cases", "case_history", "deadlines")


class Payout(NamedTuple):
    """One line of a statement, amounts as texts."""

    awb: str
    collected: str
    remitted: str = ""
    fee: str = ""
    currency: str = "RON"
    paid_on: str = ""
    reference: str = ""
    order_ref: str = ""


@dataclass
class Books:
    """Takes facts in and looks at what came of them."""

    pool: Pool
    config: Config
    shop_ids: Mapping[str, int]
    folder: Path
    numbers: count[int]

    @classmethod
    async def opened(cls, pool: Pool, folder: Path, shops: Mapping[str, Shop] = SHOPS) -> Books:
        """On a fresh database."""
        config = Config(shops, {}, folder, None, "02:00", "built-in defaults")
        return cls(pool, config, await put_shops(pool, config), folder, count(1))

    async def orders(self, rows: Iterable[Mapping[str, object]], now: datetime, *, name: str | None = None) -> Counts:
        """Rows of an orders file; what they leave out is an ordinary order of the shop ``ro``."""
        path = self.folder / (name or f"orders-{next(self.numbers)}.csv")
        full = [{"shop": "ro", "courier": "generic"} | dict(row) for row in rows]
        columns = sorted({column for row in full for column in row})
        with path.open("w", encoding="utf-8", newline="") as sink:
            writer = csv.DictWriter(sink, columns, restval="")
            writer.writeheader()
            writer.writerows(full)
        return await self.order_file(path, now)

    async def order_file(self, path: Path, now: datetime) -> Counts:
        """Any orders file."""
        shops = {key: (self.shop_ids[key], shop) for key, shop in self.config.shops.items()}
        default = next(iter(shops)) if len(shops) == 1 else None
        return await import_orders(self.pool, path, shops, all_couriers(), default_shop=default, now=now)

    async def tell(
        self, reports: Sequence[ParcelReport], now: datetime, *, shop: str = "ro", courier: str = "generic", kind: str = "tracking"
    ) -> ReportCounts:
        """What a courier answered."""
        source = Source(self.shop_ids[shop], courier, None, kind)
        async with self.pool.acquire() as connection:
            return await record_reports(connection, reports, source, all_couriers()[courier].awb_key, now)

    async def pay(self, payouts: Iterable[Payout], now: datetime, *, shop: str = "ro", document: str | None = None) -> Counts:
        """A COD statement; ``document`` stands in its head, so that equal lines can come in different documents."""
        sink = io.StringIO()
        write = csv.writer(sink).writerow
        write([document or f"statement {next(self.numbers)}"])
        write(["awb", "collected", "remitted", "fee", "currency", "paid_on", "reference", "order_ref"])
        for payout in payouts:
            write(payout)
        body = sink.getvalue().encode()
        source = ManifestSource(all_couriers()["generic"], None, self.shop_ids[shop])
        return await take_manifest(self.pool, lambda: io.BytesIO(body), "statement.csv", source, None, now=now)

    async def detect(self, now: datetime) -> Detected:
        """A detection as of then."""
        return await detect(self.pool, self.config, self.shop_ids, now)

    async def cases(self) -> set[Case]:
        """The live cases."""
        rows = await self.pool.fetch(
            """
            select c.kind, c.by_order, s.name as shop, o.order_ref, p.awb, c.severity, c.told_minor, c.told_currency,
                c.asked_minor, c.asked_currency
            from cases c join shops s on s.id = c.shop_id
            left join orders o on c.by_order and o.id = c.about
            left join parcels p on not c.by_order and p.id = c.about
            where c.state in ('open', 'waiting')
            """
        )
        found = [
            Case(
                row["kind"],
                ("order", row["shop"], row["order_ref"]) if row["by_order"] else ("parcel", row["shop"], row["awb"]),
                row["severity"],
                Amount(row["told_minor"], row["told_currency"]) if row["told_minor"] is not None else None,
                Amount(row["asked_minor"], row["asked_currency"]) if row["asked_minor"] is not None else None,
            )
            for row in rows
        ]
        assert len(found) == len(set(found))
        return set(found)

    async def kinds(self) -> dict[str, str]:
        """The live cases' kinds with their severity."""
        return {case.kind: case.severity for case in await self.cases()}

    async def parcel(self, awb: str) -> dict[str, Any]:
        """The current row of a waybill's newest generation."""
        row = await self.pool.fetchrow("select * from parcels where awb = $1 order by generation desc limit 1", awb)
        assert row is not None
        return dict(row)

    async def tables(self, *names: str) -> dict[str, list[tuple[Any, ...]]]:
        """Whole tables, in an order of their own."""
        found = {}
        for name in names:
            rows = await self.pool.fetch(f"select * from {name} t order by t::text")
            found[name] = [tuple(row.values()) for row in rows]
        return found


def report(
    awb: str,
    *events: tuple[datetime, str | None] | Event,
    claim: Claim | None = None,
    place: Recipient | None = None,
    linked: Sequence[tuple[str, str]] = (),
    error: str | None = None,
    stored_until: date | None = None,
    before: Status = Status.CREATED,
) -> ParcelReport:
    """An answer about one parcel; an event without a status only informs."""
    history = timeline(each if isinstance(each, Event) else happened(*each) for each in events)
    links = tuple(Link(other, LinkWhy(why)) for other, why in linked)
    status = Status.UNKNOWN if error else fold(history, before)
    return ParcelReport(awb, status, history, claim, place, links, error, stored_until=stored_until)


def happened(at: datetime, status: str | None) -> Event:
    """An event of that status; its code is the status."""
    return Event(at, Status(status) if status else None, status or "note", status or "note", informs=status is None)


def asks(amount: str, currency: str = "RON", state: str = "to_collect") -> Claim:
    """What a courier says it collects."""
    return Claim(Money.of(amount, currency), ClaimState(state))


def said(state: str) -> Claim:
    """A state told without an amount."""
    return Claim(None, ClaimState(state))


def order(ref: str, total: object, awb: str, **more: object) -> dict[str, object]:
    """A row of an orders file, in the currency of its shop."""
    currency = CURRENCIES[str(more.get("shop", "ro"))]
    return {"order_ref": ref, "cod_total": total, "currency": currency, "awb": awb, **more}


def minutes(count: float) -> timedelta:
    """A stretch of time."""
    return timedelta(minutes=count)
