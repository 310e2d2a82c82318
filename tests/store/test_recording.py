"""Recording facts: the same twice changes nothing, older ones take nothing back, each line counts once."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from couriers.facts import Event, ParcelReport, Recipient, Status
from reconciler.store import Pool
from tests.rules.books import CASE_TABLES, FACT_TABLES, Books, Payout, asks, order, report, said

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=6)


def ago(hours: float) -> datetime:
    """So many hours before now."""
    return NOW - timedelta(hours=hours)


@pytest_asyncio.fixture
async def books(pool: Pool, tmp_path: Path) -> Books:
    """Empty books of several shops."""
    return await Books.opened(pool, tmp_path)


async def told(books: Books, ref: str) -> tuple[int, int]:
    """The amount that binds, and how many promises there were."""
    row = await books.pool.fetchrow(
        "select told_minor, (select count(*) from promises p where p.order_id = o.id) from orders o where order_ref = $1", ref
    )
    assert row is not None
    return row[0], row[1]


# The same facts twice


async def test_everything_twice_changes_no_table(books: Books) -> None:
    rows = [
        order("1", "149.99", "A1", street="Str. Lungă 1", city="Iași", promised_on="2026-11-22", parcel_cod="149.99"),
        order("2", "80", "A2", told_at="2026-11-19T10:00:00"), order("2", "80", "A3", told_at="2026-11-19T10:00:00"),
        order("3", "0", "A4", cancelled_at="2026-11-20T10:00:00"),
    ]  # fmt: skip
    reports = [
        report(
            "A1", (ago(9), "picked_up"), (ago(5), None), (ago(3), "in_transit"), claim=asks("169.99"), place=Recipient(city="Cluj")
        ),
        report("A2", (ago(8), "delivered"), claim=asks("80", state="collected"), linked=[("R2", "return"), ("P2", "piece")]),
        report("X9", error="not known"),
    ]
    payouts = [Payout("A2", "80.00", "78.00", "2.00", paid_on="2026-11-20", reference="OP1"), Payout("Q7", "10", "10")]

    async def take(now: datetime) -> list[Any]:
        return [
            await books.orders(rows, now, name="orders.csv"),
            await books.tell(reports, NOW),
            await books.pay(payouts, now, document="d"),
            await books.tell([report("A1", claim=asks("169.99"))], NOW, kind="parcels"),
            await books.detect(NOW),
        ]

    first = await take(NOW)
    before = await books.tables(*FACT_TABLES, *CASE_TABLES)
    second = await take(NOW)
    assert await books.tables(*FACT_TABLES, *CASE_TABLES) == before
    assert (first[0].new, first[1].new, first[2].new) == (4, 1, 2)  # A1 and A2 were known from their orders
    assert (second[0].unchanged, second[1].unchanged, second[2].unchanged) == (4, 3, 2)
    assert (second[0].new, second[0].changed, second[1].new, second[1].changed, second[1].events) == (0, 0, 0, 0, 0)
    assert (second[4].opened, second[4].refreshed, second[4].settled) == (0, 0, 0)


async def test_the_same_answers_later_only_move_the_time_of_the_answer(books: Books) -> None:
    await books.orders([order("1", "149.99", "A1")], NOW)
    reports = [report("A1", (ago(9), "picked_up"), (ago(3), "in_transit"), claim=asks("149.99"), place=Recipient(city="Cluj"))]
    await books.tell(reports, NOW)
    await books.detect(NOW)
    before = await books.parcel("A1")
    counts = await books.tell(reports, LATER)
    assert (counts.new, counts.changed, counts.unchanged, counts.events) == (0, 0, 1, 0)
    assert await books.parcel("A1") == before | {"tracked_at": LATER}
    assert await books.pool.fetchval("select count(*) from changes") == 0


async def test_counts_tell_new_changed_and_unchanged_parcels_apart(books: Books) -> None:
    await books.tell([report("A1", claim=asks("10")), report("A2")], NOW, kind="parcels")
    counts = await books.tell(
        [report("A1", claim=asks("20")), report("A2"), report("A3"), report("A4", claim=asks("5"))], NOW, kind="parcels"
    )
    assert (counts.new, counts.changed, counts.unchanged) == (2, 1, 1)


# Older answers


async def test_an_older_answer_never_moves_a_parcel_back(books: Books) -> None:
    newest = report("A1", (ago(9), "picked_up"), (ago(3), "out_for_delivery"), claim=asks("149.99"), place=Recipient(city="Iași"))
    await books.tell([newest], NOW)
    before = await books.parcel("A1")
    older = report("A1", (ago(9), "picked_up"), (ago(7), "in_transit"), claim=asks("169.99"))
    counts = await books.tell([older], LATER)
    assert counts.events == 1  # what it adds to the history is kept
    assert await books.parcel("A1") == before | {"tracked_at": LATER}


async def test_an_older_answer_still_tells_that_money_was_taken(books: Books) -> None:
    await books.tell([report("A1", (ago(3), "delivered"), claim=asks("149.99"))], NOW)
    await books.tell([report("A1", (ago(4), "delivered"), claim=asks("149.99", state="remitted"))], LATER)
    assert (await books.parcel("A1"))["claim_state"] == "remitted"


EVENTS = [
    (ago(30), "picked_up"),
    (ago(25), "in_transit"),
    (ago(20), None),
    (ago(10), "out_for_delivery"),
    (ago(9), "delivered"),
    (ago(2), None),
]


@pytest.mark.parametrize("batched", [True, False])
async def test_answers_of_one_event_each_come_to_the_same_in_any_order(books: Books, batched: bool) -> None:
    """As pushes bring them: shuffled, some twice."""
    chance = random.Random(7)
    orders = list(permutations(EVENTS))
    chosen = chance.sample(orders, 40)
    for nth, shuffled in enumerate(chosen):
        pushes = [report(f"A{nth}", event) for event in (*shuffled, shuffled[0])]
        if batched:
            await books.tell(pushes, NOW)
        else:
            for push in pushes:
                await books.tell([push], NOW)
    rows = await books.pool.fetch(
        "select status, status_at, event_at, delivered_at, status_code, count(*) from parcels group by 1, 2, 3, 4, 5"
    )
    assert [tuple(row) for row in rows] == [("delivered", ago(9), ago(2), ago(9), "delivered", len(chosen))]
    assert await books.pool.fetchval("select count(*) from events") == len(EVENTS) * len(chosen)


async def test_news_that_only_informs_leaves_the_parcel_where_it_is(books: Books) -> None:
    await books.tell([report("A1", (ago(9), "in_transit"))], NOW)
    await books.tell([report("A1", (ago(3), None))], NOW)
    row = await books.parcel("A1")
    assert (row["status"], row["status_at"], row["event_at"]) == ("in_transit", ago(9), ago(3))


async def test_delivered_counts_from_the_scan_that_stands(books: Books) -> None:
    scans = [(ago(50), "delivered"), (ago(40), "in_transit"), (ago(8), "delivered"), (ago(7), "delivered")]
    await books.tell([report("A1", *(Event(at, Status(status), f"{status}{at:%d%H}", "") for at, status in scans))], NOW)
    assert (await books.parcel("A1"))["delivered_at"] == ago(8)


async def test_a_status_without_a_time_speaks_only_where_nothing_is_known(books: Books) -> None:
    undated = ParcelReport("A1", Status.IN_TRANSIT)
    await books.tell([undated], NOW)
    assert (await books.parcel("A1"))["status"] == "in_transit"
    await books.tell([report("A1", (ago(3), "delivered"))], NOW)
    await books.tell([undated], LATER)
    assert (await books.parcel("A1"))["status"] == "delivered"


async def test_a_parcel_the_courier_does_not_know_keeps_what_was_known(books: Books) -> None:
    await books.tell([report("A1", (ago(3), "in_transit"), claim=asks("10"))], NOW)
    await books.tell([report("A1", error="not known"), report("A2", error="not known")], LATER)
    known, unknown = await books.parcel("A1"), await books.parcel("A2")
    assert (known["status"], known["courier_error"], known["claim_minor"]) == ("in_transit", "not known", 1000)
    assert (unknown["status"], unknown["courier_error"]) == ("unknown", "not known")


# Claims


async def test_a_state_told_without_an_amount_keeps_the_amount(books: Books) -> None:
    await books.tell([report("A1", (ago(9), "in_transit"), claim=asks("149.99"))], NOW)
    await books.tell([report("A1", (ago(3), "delivered"), claim=said("collected"))], NOW)
    await books.tell([report("A1", (ago(2), "delivered"), claim=said("remitted"))], NOW)
    row = await books.parcel("A1")
    assert (row["claim_minor"], row["claim_currency"], row["claim_state"], row["claim_source"]) == (
        14999,
        "RON",
        "remitted",
        "tracking",
    )
    assert [row["minor"] for row in await books.pool.fetch("select minor from claims order by id")] == [14999, None, None]


async def test_money_taken_is_not_untaken_by_a_list_that_still_shows_it_due(books: Books) -> None:
    await books.tell([report("A1", (ago(3), "delivered"), claim=asks("149.99", state="collected"))], NOW)
    await books.tell([report("A1", claim=asks("149.99"))], LATER, kind="parcels")
    assert (await books.parcel("A1"))["claim_state"] == "collected"
    assert await books.pool.fetchval("select count(*) from claims") == 1


async def test_nothing_asked_is_a_claim_of_zero_and_not_silence(books: Books) -> None:
    await books.tell([report("A1", claim=asks("0")), report("A2")], NOW, kind="parcels")
    assert ((await books.parcel("A1"))["claim_minor"], (await books.parcel("A2"))["claim_minor"]) == (0, None)


async def test_what_was_booked_stands_until_the_courier_speaks(books: Books) -> None:
    await books.orders([order("1", "149.99", "A1", parcel_cod="149.99")], NOW)
    assert (await books.parcel("A1"))["claim_source"] == "booked"
    await books.orders([order("1", "149.99", "A1", parcel_cod="99.99")], NOW)
    assert (await books.parcel("A1"))["claim_minor"] == 9999
    await books.orders([order("1", "149.99", "A1", parcel_cod="149.99")], NOW)  # told before
    assert (await books.parcel("A1"))["claim_minor"] == 9999
    await books.tell([report("A1", claim=asks("169.99"))], LATER, kind="parcels")
    await books.orders([order("1", "149.99", "A1", parcel_cod="120")], LATER)
    row = await books.parcel("A1")
    assert (row["claim_minor"], row["claim_source"]) == (16999, "parcels")


async def test_a_new_booking_does_not_untake_money(books: Books) -> None:
    await books.orders([order("1", "149.99", "A1", parcel_cod="149.99")], NOW)
    await books.tell([report("A1", (ago(3), "delivered"), claim=said("collected"))], NOW)
    await books.orders([order("1", "149.99", "A1", parcel_cod="139.99")], LATER)
    assert (await books.parcel("A1"))["claim_state"] == "collected"


async def test_a_booking_fills_in_the_amount_a_courier_did_not_say(books: Books) -> None:
    await books.tell([report("A1", (ago(3), "delivered"), claim=said("collected"))], NOW)
    await books.orders([order("1", "149.99", "A1", parcel_cod="149.99")], LATER)
    row = await books.parcel("A1")
    assert (row["claim_minor"], row["claim_currency"], row["claim_state"]) == (14999, "RON", "collected")


async def test_an_answer_that_tells_part_of_an_address_keeps_the_rest(books: Books) -> None:
    await books.tell([report("A1", place=Recipient("Ana", "Str. Lungă 1", "Iași", "700001"))], NOW, kind="parcels")
    await books.tell([report("A1", (ago(1), "in_transit"), place=Recipient(city="Cluj"))], LATER)
    row = await books.parcel("A1")
    assert (row["booked_name"], row["booked_street"], row["booked_city"], row["booked_postcode"]) == (
        "Ana",
        "Str. Lungă 1",
        "Cluj",
        "700001",
    )


@pytest.mark.parametrize("kind", ["tracking", "parcels"])
async def test_texts_the_database_cannot_hold_do_not_lose_the_answer(books: Books, kind: str) -> None:
    nasty = "a\x00b\ud800c"
    event = Event(ago(1), Status.IN_TRANSIT, nasty, nasty, nasty)
    place = Recipient(nasty, nasty, nasty, nasty, nasty, nasty)
    await books.tell([report("A1", event, place=place), report("A2", error=nasty), report("A3", (ago(2), "held"))], NOW, kind=kind)
    assert (await books.parcel("A1"))["status"] == "in_transit"
    assert (await books.parcel("A3"))["status"] == "held"


# Waybills and families


async def test_a_parcel_the_courier_named_first_is_taken_in_by_its_order(books: Books) -> None:
    await books.tell([report("a1", (ago(3), "in_transit"), claim=asks("169.99"), linked=[("P1", "piece")])], NOW)
    await books.pay([Payout("Q1", "10", "10")], NOW)
    assert (await books.parcel("a1"))["order_id"] is None
    counts = await books.orders([order("1", "149.99", "A1"), order("2", "10", "Q1")], LATER)
    assert (counts.new, counts.rejected) == (2, 0)
    row = await books.parcel("A1")
    assert row["order_id"] is not None
    assert row["status"] == "in_transit"
    assert (await books.parcel("P1"))["order_id"] == row["order_id"]
    assert await books.pool.fetchval("select count(*) from parcels") == 3
    await books.detect(LATER)
    assert await books.kinds() == {"cod_too_high": "high"}


async def test_returns_and_redirects_belong_to_the_family(books: Books) -> None:
    await books.orders([order("1", "149.99", "A1")], NOW)
    await books.tell([report("A1", (ago(9), "in_transit"), linked=[("D1", "redirect"), ("R1", "return")])], NOW)
    root = await books.parcel("A1")
    for awb, role in (("D1", "redirect"), ("R1", "return")):
        row = await books.parcel(awb)
        assert (row["root_id"], row["role"], row["order_id"]) == (root["id"], role, root["order_id"])
    await books.tell([report("D1", (ago(5), "in_transit"), linked=[("D2", "redirect")])], NOW)
    assert (await books.parcel("D2"))["root_id"] == root["id"]  # a family is one level deep
    await books.tell([report("D1", linked=[("A1", "redirect")])], NOW)
    assert (await books.parcel("A1"))["root_id"] is None  # and has no circle


async def test_a_waybill_first_met_alone_joins_its_family(books: Books) -> None:
    await books.orders([order("1", "149.99", "A1")], NOW)
    await books.tell([report("R1", (ago(3), "returning")), report("A1", (ago(9), "in_transit"))], NOW)
    await books.pay([Payout("R1", "149.99", "149.99")], NOW)
    await books.detect(NOW)
    assert set(await books.kinds()) == {"unknown_parcel", "returning"}
    await books.tell([report("A1", (ago(9), "in_transit"), linked=[("R1", "return")])], LATER)
    await books.detect(LATER)
    assert set(await books.kinds()) == {"remitted_not_delivered"}  # what stood about it alone went with it
    assert await books.pool.fetchval("select count(*) from deadlines") == 1


async def test_answers_about_a_follower_do_not_wake_its_family_for_nothing(books: Books) -> None:
    await books.orders([order("1", "149.99", "A1")], NOW)
    follower = report("D1", (ago(2), "in_transit"))
    await books.tell([report("A1", (ago(9), "in_transit"), linked=[("D1", "redirect")]), follower], NOW)
    await books.detect(NOW)
    await books.tell([follower], LATER)
    assert await books.pool.fetchval("select count(*) from changes") == 0


async def recycled(books: Books) -> None:
    """The number of a parcel delivered long ago was given to another order's."""
    await books.orders([order("old", "50", "A1", ordered_at="2026-06-01T10:00:00")], ago(24 * 170))
    await books.tell([report("A1", (ago(24 * 168), "delivered"), claim=asks("50", state="collected"))], ago(24 * 168))
    await books.pay([Payout("A1", "50", "50", paid_on="2026-06-08", reference="OP6")], ago(24 * 160))
    await books.orders([order("new", "149.99", "A1", ordered_at="2026-11-18T10:00:00")], NOW)


async def test_a_number_given_out_again_is_another_parcel(books: Books) -> None:
    await recycled(books)
    await books.tell([report("A1", (ago(24 * 168), "delivered"), (ago(3), "in_transit"), claim=asks("149.99"))], NOW)
    rows = await books.pool.fetch(
        "select generation, order_ref, status, claim_minor, (select count(*) from events e where e.parcel_id = p.id) as events"
        " from parcels p join orders o on o.id = p.order_id order by generation"
    )
    assert [tuple(row) for row in rows] == [(1, "old", "delivered", 5000, 1), (2, "new", "in_transit", 14999, 1)]


async def test_the_old_journey_of_a_number_says_nothing_of_the_new_one(books: Books) -> None:
    await recycled(books)
    await books.tell(
        [report("A1", (ago(24 * 168), "delivered"), claim=asks("50", state="collected"), place=Recipient(city="Arad"))], NOW
    )
    row = await books.parcel("A1")
    assert (row["generation"], row["status"], row["claim_minor"], row["booked_city"]) == (2, "created", None, None)


async def test_a_payout_is_booked_to_the_journey_it_pays(books: Books) -> None:
    await recycled(books)
    await books.pay([Payout("A1", "149.99", "149.99", paid_on="2026-11-20", reference="OP11")], NOW)
    again = await books.pay([Payout("A1", "50", "50", paid_on="2026-06-08", reference="OP6")], NOW)  # told once more
    assert (again.new, again.unchanged) == (0, 1)
    rows = await books.pool.fetch(
        "select p.generation, m.remitted_minor from manifest_lines m join parcels p on p.id = m.parcel_id order by 1, 2"
    )
    assert [tuple(row) for row in rows] == [(1, 5000), (2, 14999)]


async def test_files_of_both_owners_of_a_number_may_come_again(books: Books) -> None:
    await recycled(books)
    before = await books.tables("orders", "promises", "parcels")
    for row in (
        order("old", "50", "A1", ordered_at="2026-06-01T10:00:00"),
        order("new", "149.99", "A1", ordered_at="2026-11-18T10:00:00"),
    ):
        counts = await books.orders([row], LATER)
        assert (counts.unchanged, counts.rejected, counts.new, counts.changed) == (1, 0, 0, 0)
    assert await books.tables("orders", "promises", "parcels") == before


async def test_a_waybill_of_another_order_is_rejected_and_the_rest_stands(books: Books) -> None:
    await books.orders([order("1", "10", "A1")], NOW)
    rows = [order("2", "20", "A2"), order("3", "30", "a 1"), order("4", "40", "A4"), order("5", "50", "A4"), order("3", "30", "A3")]
    counts = await books.orders(rows, LATER)
    assert (counts.new, counts.rejected) == (3, 2)
    assert counts.rejects_file is not None
    lines = counts.rejects_file.read_text(encoding="utf-8-sig").splitlines()
    assert [line.rsplit(",", 1)[1] for line in lines[1:]] == [
        "line 3: awb 'a 1' already belongs to order '1'", "line 5: awb 'A4' already belongs to order '4'"
    ]  # fmt: skip
    assert all("RON" in line for line in lines[1:])  # with their cells
    rows_now = await books.pool.fetch("select order_ref, awb from parcels p join orders o on o.id = p.order_id order by awb")
    assert [tuple(row) for row in rows_now] == [("1", "A1"), ("2", "A2"), ("3", "A3"), ("4", "A4")]


async def test_the_same_waybill_of_another_courier_or_shop_is_another_parcel(books: Books) -> None:
    counts = await books.orders(
        [order("1", "10", "A1"), order("2", "10", "A1", courier="fan"), order("3", "10", "A1", shop="cz")], NOW
    )
    assert (counts.new, counts.rejected) == (3, 0)


# Promises


async def test_an_older_file_after_a_newer_promise_changes_nothing(books: Books) -> None:
    first = [order("1", "149.99", "A1", promised_on="2026-11-20")]
    await books.orders(first, ago(48))
    await books.orders([order("1", "142.49", "A1", promised_on="2026-11-23")], ago(24))
    before = await books.tables(*FACT_TABLES)
    counts = await books.orders(first, NOW)
    assert (counts.unchanged, counts.changed) == (1, 0)
    assert await books.tables(*FACT_TABLES) == before
    assert await told(books, "1") == (14249, 2)


async def test_the_newest_told_binds_whenever_it_came(books: Books) -> None:
    await books.orders([order("1", "120", "A1", told_at="2026-11-19T12:00:00")], ago(20))
    await books.orders([order("1", "150", "A1", told_at="2026-11-18T12:00:00", customer_name="Older")], NOW)
    assert await told(books, "1") == (12000, 2)
    assert await books.pool.fetchval("select customer_name from orders") is None
    await books.orders([order("1", "110", "A1", told_at="2026-11-20T08:00:00+02:00", customer_name="Newer")], LATER)
    assert await told(books, "1") == (11000, 3)
    assert await books.pool.fetchval("select customer_name from orders") == "Newer"


@pytest.mark.parametrize("known", [False, True])
async def test_rows_told_at_the_same_time_bind_in_the_order_they_came(books: Books, known: bool) -> None:
    if known:
        await books.orders([order("1", "90", "A1")], ago(9))
    await books.orders([order("1", "100", "A1", promised_on="2026-11-21"), order("1", "120", "A1"), order("1", "110", "A1")], NOW)
    assert await told(books, "1") == (11000, 3 + known)
    later_told = order("2", "70", "B1", told_at="2026-11-20T10:00:00")
    await books.orders([later_told, order("2", "60", "B1", told_at="2026-11-19T10:00:00")], NOW)
    assert await told(books, "2") == (7000, 2)


async def test_batches_of_one_file_bind_in_its_order(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    """A short batch is copied in while the long one before it is merged, and does not overtake it."""
    monkeypatch.setattr("reconciler.intake.orders._BATCH_ROWS", 4000)
    for nth in range(3):
        rows = [order(f"{nth}-{row}", "100", f"A{nth}-{row}") for row in range(4000)]
        counts = await books.orders([*rows, order(f"{nth}-0", "120", f"A{nth}-0")], NOW)
        assert (counts.new, counts.changed) == (4000, 1)
        assert await told(books, f"{nth}-0") == (12000, 2)


async def test_several_rows_of_one_order_are_its_parcels(books: Books) -> None:
    counts = await books.orders([order("1", "100", awb) for awb in ("A1", "A2", "A3", "A1")], NOW)
    assert (counts.new, counts.unchanged, counts.rejected) == (3, 1, 0)
    assert await told(books, "1") == (10000, 1)


async def test_a_cancellation_is_taken_once_and_not_taken_back(books: Books) -> None:
    await books.orders([order("1", "100", "A1")], ago(9))
    counts = await books.orders([order("1", "100", "A1", cancelled_at="2026-11-20T09:00:00")], NOW)
    assert counts.changed == 1
    counts = await books.orders([order("1", "100", "A1")], LATER)
    assert counts.unchanged == 1
    assert await books.pool.fetchval("select cancelled_at from orders") == datetime(2026, 11, 20, 7, 0, tzinfo=UTC)


# Payouts


LINE = Payout("A1", "149.99", "147.99", "2.00", paid_on="2026-11-19", reference="OP1")


async def lines(books: Books) -> int:
    """How many payout lines there are."""
    found: int = await books.pool.fetchval("select count(*) from manifest_lines")
    return found


async def test_one_payout_told_by_two_documents_is_one_line(books: Books) -> None:
    await books.pay([LINE], NOW, document="the statement")
    counts = await books.pay([Payout("B1", "1", "1"), LINE], NOW, document="the month's list")
    assert (counts.new, counts.unchanged) == (1, 1)
    assert await lines(books) == 2


async def test_the_same_line_twice_in_one_document_is_two_payouts(books: Books) -> None:
    counts = await books.pay([LINE, LINE, LINE], NOW, document="one")
    assert (counts.new, counts.unchanged) == (3, 0)
    counts = await books.pay([LINE, LINE], NOW, document="two")
    assert (counts.new, counts.unchanged) == (0, 2)
    counts = await books.pay([LINE] * 4, NOW, document="three")
    assert (counts.new, counts.unchanged) == (1, 3)
    assert await lines(books) == 4


async def test_a_statement_that_came_before_is_known_whole(books: Books) -> None:
    await books.pay([LINE, LINE, Payout("B1", "5", "-5")], NOW, document="one")
    before = await books.tables(*FACT_TABLES)
    counts = await books.pay([LINE, LINE, Payout("B1", "5", "-5")], LATER, document="one")
    assert (counts.new, counts.unchanged) == (0, 3)
    assert await books.tables(*FACT_TABLES) == before


@pytest.mark.parametrize("other", [
    LINE._replace(paid_on="2026-11-20"), LINE._replace(reference="OP2"), LINE._replace(collected="149.98"),
    LINE._replace(fee="1.99"), LINE._replace(remitted="-147.99"), LINE._replace(currency="EUR"), LINE._replace(awb="A2"),
    LINE._replace(remitted="", paid_on=""),
])  # fmt: skip
async def test_lines_that_differ_in_meaning_are_two(books: Books, other: Payout) -> None:
    await books.pay([LINE], NOW)
    await books.pay([other], NOW)
    assert await lines(books) == 2


async def test_a_line_with_a_text_the_database_cannot_hold_is_taken_without_it(books: Books) -> None:
    counts = await books.pay([LINE, LINE._replace(awb="A2", reference="O\x00P"), LINE._replace(awb="A3")], NOW)
    assert (counts.new, counts.rejected) == (3, 0)
    assert await books.pool.fetchval("select array_agg(reference order by reference) from manifest_lines") == ["OP", "OP1", "OP1"]
