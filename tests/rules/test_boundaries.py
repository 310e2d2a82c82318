"""Each kind of case at its very boundary, by hand: the minute, the cent, the holiday, the night the clocks change."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from couriers.facts import Recipient
from reconciler.store import Pool
from tests.rules.books import SHOPS, Books, Payout, asks, order, report, said
from tests.rules.oracle import Amount

MINUTE = timedelta(minutes=1)


@pytest_asyncio.fixture
async def books(pool: Pool, tmp_path: Path) -> Books:
    """Empty books of several shops."""
    return await Books.opened(pool, tmp_path)


def at(text: str, shop: str = "ro") -> datetime:
    """A local time of the shop."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(SHOPS[shop].timezone))


async def parcel(
    books: Books, awb: str = "A1", *, shop: str = "ro", told: object = "100", courier: str = "generic", **more: object
) -> None:
    """An order of one parcel, taken in long before anything happens to it."""
    row = order(
        f"R{awb}", told, awb, shop=shop, courier=courier, ordered_at="2025-01-01T10:00:00", told_at="2025-01-01T10:00:00", **more
    )
    await books.orders([row], at("2025-01-01T12:00"))


Kinds = Callable[[datetime], Awaitable[dict[str, str]]]


async def seen(books: Books, when: datetime) -> dict[str, str]:
    """Detects as of then: the live kinds with their severity."""
    await books.detect(when)
    return await books.kinds()


async def turns(books: Books, when: datetime, kind: str, before: str | None, after: str | None) -> None:
    """The kind's severity one minute before and at the moment."""
    assert (await seen(books, when - MINUTE)).get(kind) == before
    assert (await seen(books, when)).get(kind) == after


# Movement


@pytest.mark.parametrize(("shop", "courier", "status", "happened", "normal", "high"), [
    ("ro", "generic", "picked_up", "2026-11-16T10:00", "2026-11-19T10:00", "2026-11-24T10:00"),
    ("ro", "generic", "in_transit", "2026-11-27T10:00", "2026-12-04T10:00", "2026-12-09T10:00"),  # 30 November, 1 December
    ("pl", "generic", "in_transit", "2026-11-10T12:00", "2026-11-16T12:00", "2026-11-19T12:00"),  # 11 November
    ("ro", "inpost", "in_transit", "2026-11-10T12:00", "2026-11-16T12:00", "2026-11-19T12:00"),  # the courier's country counts
    ("cz", "generic", "held", "2026-11-16T09:30", "2026-11-19T09:30", "2026-11-23T09:30"),  # 17 November
    ("ua", "generic", "unknown", "2026-11-16T09:30", "2026-11-18T09:30", "2026-11-20T09:30"),
    ("ro", "generic", "out_for_delivery", "2026-10-23T10:00", "2026-10-26T10:00", "2026-10-27T10:00"),  # clocks go back
    ("ro", "generic", "out_for_delivery", "2026-03-27T10:00", "2026-03-30T10:00", "2026-03-31T10:00"),  # clocks go forward
    ("ro", "generic", "out_for_delivery", "2026-11-14T11:00", "2026-11-16T11:00", "2026-11-17T11:00"),  # a Saturday
    ("ro", "generic", "delivery_attempted", "2026-04-09T11:00", "2026-04-15T11:00", "2026-04-17T11:00"),  # Easter
    ("ro", "generic", "address_problem", "2026-11-16T10:00", "2026-11-18T10:00", "2026-11-20T10:00"),
    ("ro", "generic", "redirected", "2026-11-16T10:00", "2026-11-18T10:00", "2026-11-20T10:00"),
    ("ro", "generic", "returning", "2026-11-02T10:00", "2026-11-16T10:00", "2026-12-02T10:00"),
    ("strict", "generic", "held", "2026-11-16T10:00", "2026-11-23T10:00", "2026-12-02T10:00"),  # its own policy says 5 days
])  # fmt: skip
async def test_stalled(books: Books, shop: str, courier: str, status: str, happened: str, normal: str, high: str) -> None:
    await parcel(books, shop=shop, courier=courier)
    await books.tell([report("A1", (at(happened, shop), status))], at(happened, shop) + MINUTE, shop=shop, courier=courier)
    zone = "pl" if courier == "inpost" else shop
    if zone != shop:  # the hour of the day is the courier's too
        normal, high = (f"{each[:11]}{at(happened, shop).astimezone(at(normal, zone).tzinfo):%H:%M}" for each in (normal, high))
    await turns(books, at(normal, zone), "stalled", None, "normal")
    await turns(books, at(high, zone), "stalled", "normal", "high")


async def test_anything_new_ends_a_stall_and_the_count_begins_again(books: Books) -> None:
    await parcel(books)
    await books.tell([report("A1", (at("2026-11-16T10:00"), "in_transit"))], at("2026-11-16T11:00"))
    assert await seen(books, at("2026-11-19T10:00")) == {"stalled": "normal"}
    await books.tell([report("A1", (at("2026-11-19T11:00"), None))], at("2026-11-19T12:00"))
    assert await seen(books, at("2026-11-19T12:00")) == {}
    await turns(books, at("2026-11-24T11:00"), "stalled", None, "normal")


async def test_an_unknown_status_ends_no_case_about_the_parcel(books: Books) -> None:
    await parcel(books)
    await books.tell([report("A1", (at("2026-11-16T10:00"), "lost"))], at("2026-11-16T11:00"))
    assert await seen(books, at("2026-11-16T11:00")) == {"lost": "urgent"}
    await books.tell([report("A1", (at("2026-11-16T12:00"), "unknown"))], at("2026-11-16T13:00"))
    assert await seen(books, at("2026-11-16T13:00")) == {"lost": "urgent"}
    await books.tell([report("A1", (at("2026-11-17T12:00"), "in_transit"))], at("2026-11-17T13:00"))
    assert await seen(books, at("2026-11-17T13:00")) == {}


@pytest.mark.parametrize(("registered", "due"), [
    ("2026-11-19T16:00", "2026-11-23T16:00"), ("2026-11-27T16:00", "2026-12-03T16:00"), ("2026-10-23T16:00", "2026-10-27T16:00"),
])  # fmt: skip
async def test_not_picked_up(books: Books, registered: str, due: str) -> None:
    await parcel(books)
    await parcel(books, "A2")  # never registered with the courier, as far as it told
    await books.tell([report("A1", (at(registered), "created"))], at(registered) + MINUTE)
    await turns(books, at(due), "not_picked_up", None, "normal")
    await books.tell([report("A1", (at(due), "picked_up"))], at(due) + MINUTE)
    assert await seen(books, at(due) + MINUTE) == {}


@pytest.mark.parametrize(("shop", "promised", "normal", "high", "urgent"), [
    ("ro", "2026-11-20", "2026-11-21T00:00", "2026-11-23T00:00", "2026-11-25T00:00"),
    ("cz", "2026-11-20", "2026-11-21T00:00", "2026-11-23T00:00", "2026-11-25T00:00"),
    ("ua", "2026-10-24", "2026-10-25T00:00", "2026-10-27T00:00", "2026-10-29T00:00"),  # the day of 25 hours
    ("pl", "2026-03-28", "2026-03-29T00:00", "2026-03-31T00:00", "2026-04-02T00:00"),  # the day of 23
])  # fmt: skip
async def test_late(books: Books, shop: str, promised: str, normal: str, high: str, urgent: str) -> None:
    await parcel(books, shop=shop, promised_on=promised)
    for awb, status in (("A2", "at_pickup_point"), ("A3", "delivered")):
        await parcel(books, awb, shop=shop, promised_on=promised, told="0")
        await books.tell([report(awb, (at(f"{promised}T12:00", shop), status))], at(f"{promised}T12:30", shop), shop=shop)
    await books.tell([report("A1", (at(f"{promised}T12:00", shop), "in_transit"))], at(f"{promised}T12:30", shop), shop=shop)
    await turns(books, at(normal, shop), "late", None, "normal")
    await turns(books, at(high, shop), "late", "normal", "high")
    await turns(books, at(urgent, shop), "late", "high", "urgent")
    assert {case.subject[2] for case in await books.cases() if case.kind == "late"} == {"A1"}
    row = order("RA1", "100", "A1", shop=shop, promised_on="2026-12-30")
    await books.orders([row], at(urgent, shop))
    assert "late" not in await seen(books, at(urgent, shop))  # another day was promised


@pytest.mark.parametrize(("shop", "stored_until", "due"), [
    ("ro", None, "2026-11-20T12:00"), ("strict", None, "2026-11-19T12:00"),
    ("ro", date(2026, 11, 20), "2026-11-20T00:00"), ("strict", date(2026, 11, 20), "2026-11-19T00:00"),
])  # fmt: skip
async def test_pickup_expiring(books: Books, shop: str, stored_until: date | None, due: str) -> None:
    await parcel(books, shop=shop)
    arrived = (at("2026-11-16T12:00"), "at_pickup_point")
    await books.tell([report("A1", arrived, stored_until=stored_until)], at("2026-11-16T13:00"), shop=shop)
    reminded = (at("2026-11-18T09:00"), "at_pickup_point")
    await books.tell([report("A1", arrived, reminded)], at("2026-11-18T10:00"), shop=shop)  # prolongs nothing
    await turns(books, at(due), "pickup_expiring", None, "high")
    await books.tell([report("A1", arrived, reminded, (at(due), "delivered"))], at(due) + MINUTE, shop=shop)
    assert await seen(books, at(due) + MINUTE) == {}


@pytest.mark.parametrize(
    ("status", "severity"), [("returning", "high"), ("lost", "urgent"), ("damaged", "urgent"), ("address_problem", "high")]
)
async def test_what_the_courier_says_outright(books: Books, status: str, severity: str) -> None:
    await parcel(books)
    when = at("2026-11-16T12:00")
    await books.tell([report("A1", (when, status))], when)
    assert await seen(books, when) == {status: severity}
    await books.tell([report("A1", (when + MINUTE, "delivered"))], when + MINUTE)
    assert await seen(books, when + MINUTE) == {}


# Amounts

WHEN = at("2026-11-16T12:00")


@pytest.mark.parametrize(("told", "asked", "status", "found"), [
    ("149.99", "149.99", "out_for_delivery", {}),
    ("149.99", "150.00", "in_transit", {"cod_too_high": "high"}),
    ("149.99", "150.00", "out_for_delivery", {"cod_too_high": "urgent"}),
    ("149.99", "150.00", "at_pickup_point", {"cod_too_high": "urgent"}),
    ("149.99", "150.00", "delivery_attempted", {"cod_too_high": "urgent"}),
    ("149.99", "150.00", "delivered", {"cod_too_high": "high"}),
    ("149.99", "149.98", "out_for_delivery", {"cod_too_low": "normal"}),
    ("149.99", "149.98", "delivered", {"cod_too_low": "high"}),
    ("149.99", "0", "in_transit", {"cod_missing": "normal"}),
    ("149.99", "0", "delivered", {"cod_missing": "high"}),
    ("0", "0.01", "in_transit", {"cod_on_prepaid": "urgent"}),
    ("0", "0.01", "delivered", {"cod_on_prepaid": "urgent"}),
    ("0", "0", "in_transit", {}),
    ("149.99", "200", "returned", {}), ("149.99", "200", "cancelled", {}), ("149.99", "200", "lost", {"lost": "urgent"}),
])  # fmt: skip
async def test_one_cent_is_a_difference(books: Books, told: str, asked: str, status: str, found: dict[str, str]) -> None:
    await parcel(books, told=told)
    await books.tell([report("A1", (WHEN, status), claim=asks(asked))], WHEN)
    assert await seen(books, WHEN) == found
    await books.tell([report("A1", (WHEN, status), claim=asks(told))], WHEN + MINUTE)
    assert set(await seen(books, WHEN + MINUTE)) <= {"lost"}  # the courier's own data agrees again


@pytest.mark.parametrize(("shop", "day", "told", "asked", "kind"), [
    ("cz", "2026-11-16", "1489.49", "1489", None), ("cz", "2026-11-16", "1489.50", "1490", None),
    ("cz", "2026-11-16", "1489.49", "1490", "cod_too_high"), ("cz", "2026-11-16", "1489.50", "1489", "cod_too_low"),
    ("cz", "2026-11-16", "1489.49", "1489.01", "cod_too_low"), ("cz", "2026-11-16", "1489.50", "1490.01", "cod_too_high"),
    ("cz", "2026-11-16", "1489.00", "1490", "cod_too_high"), ("cz", "2026-11-16", "1490", "1489.50", "cod_too_low"),
    ("cz", "2026-11-16", "0.49", "0", None),
    ("ua", "2026-11-16", "149.24", "149", None), ("ua", "2026-11-16", "149.25", "149.50", None),
    ("ua", "2026-11-16", "149.74", "149.50", None), ("ua", "2026-11-16", "149.75", "150", None),
    ("ua", "2026-11-16", "149.24", "149.50", "cod_too_high"), ("ua", "2026-11-16", "149.75", "149.50", "cod_too_low"),
    ("ua", "2025-09-30", "149.24", "149", "cod_too_low"), ("ua", "2025-10-01", "149.24", "149", None),
    ("ro", "2026-11-16", "149.99", "150", "cod_too_high"), ("pl", "2026-11-16", "149.99", "150", "cod_too_high"),
])  # fmt: skip
async def test_only_the_lawful_rounding_is_excused(
    books: Books, shop: str, day: str, told: str, asked: str, kind: str | None
) -> None:
    currency = {"cz": "CZK", "ua": "UAH", "ro": "RON", "pl": "PLN"}[shop]
    await parcel(books, shop=shop, told=told)
    when = at(f"{day}T12:00", shop)
    await books.tell([report("A1", (when, "in_transit"), claim=asks(asked, currency))], when, shop=shop)
    assert set(await seen(books, when)) == ({kind} if kind else set())


async def test_another_currency(books: Books) -> None:
    await parcel(books, told="100")
    await parcel(books, "A2", told="0")
    await books.tell([report(awb, (WHEN, "out_for_delivery"), claim=asks("100", "EUR")) for awb in ("A1", "A2")], WHEN)
    assert await seen(books, WHEN) == {"cod_wrong_currency": "urgent", "cod_on_prepaid": "urgent"}
    assert {case.asked for case in await books.cases()} == {Amount(10000, "EUR")}


async def several(books: Books, *claims: str | None, replaces: str = "", told: str = "100") -> dict[str, str]:
    """An order of as many parcels, each with its claim; the last may be a replacement."""
    rows = [order("R1", told, f"A{nth}") for nth in range(len(claims))]
    rows[-1]["replaces"] = replaces
    await books.orders(rows, WHEN)
    await books.tell(
        [report(f"A{nth}", (WHEN, "in_transit"), claim=asks(claim) if claim else None) for nth, claim in enumerate(claims)], WHEN
    )
    return await seen(books, WHEN)


@pytest.mark.parametrize(("claims", "found"), [
    (("100", "0"), {}), (("60", "40"), {}), (("99.99", "0.01"), {}),
    (("100", "100"), {"cod_too_high": "high"}), (("60", "40.01"), {"cod_too_high": "high"}),
    (("60", "39.99"), {"cod_too_low": "normal"}),
    (("60", None), {}), (("0", None), {}), ((None, None), {}), (("100.01", None), {"cod_too_high": "high"}),
    (("0", "0"), {"cod_missing": "normal"}),
])  # fmt: skip
async def test_an_order_is_compared_over_all_its_parcels(
    books: Books, claims: tuple[str | None, ...], found: dict[str, str]
) -> None:
    assert await several(books, *claims) == found


async def test_a_replacement_goes_without_cod(books: Books) -> None:
    assert await several(books, "100", "30", replaces="A0") == {"replacement_with_cod": "urgent"}
    case = next(iter(await books.cases()))
    assert (case.told, case.asked) == (Amount(0, "RON"), Amount(3000, "RON"))
    await books.tell([report("A1", (WHEN, "in_transit"), claim=asks("0"))], WHEN + MINUTE)
    assert await seen(books, WHEN + MINUTE) == {}


async def test_a_replacement_of_a_returned_parcel_may_carry_its_cod(books: Books) -> None:
    await several(books, "100", "100", replaces="A0")
    await books.tell([report("A0", (WHEN + MINUTE, "returned"))], WHEN + MINUTE)
    assert await seen(books, WHEN + MINUTE) == {}


async def test_a_cancelled_order_has_no_open_difference(books: Books) -> None:
    await parcel(books, promised_on="2026-11-10")
    await books.tell([report("A1", (at("2026-11-10T12:00"), "held"), claim=asks("120"), place=Recipient(city="Cluj"))], WHEN)
    assert set(await seen(books, WHEN)) == {"cod_too_high", "late", "stalled"}
    row = order("RA1", "100", "A1", promised_on="2026-11-10", told_at="2025-01-01T10:00:00", cancelled_at="2026-11-16T11:00:00")
    await books.orders([row], WHEN)
    assert await seen(books, WHEN) == {}


# Addresses


@pytest.mark.parametrize(("booked", "kind"), [
    (Recipient(city="CLUJ NAPOCA", postcode="400001", street="Strada Lunga nr 1"), None),
    (Recipient(city="Turda", postcode="400001", street="Str. Lungă 1"), "wrong_address"),
    (Recipient(city="Cluj-Napoca", postcode="400002", street="Str. Lungă 1"), None),
    (Recipient(city="Cluj-Napoca", postcode="400001", street="Calea Unirii 5"), None),
    (Recipient(city="Cluj-Napoca", postcode="400002", street="Calea Unirii 5"), "wrong_address"),
    (Recipient(city="Cluj-Napoca"), None), (Recipient(name="Ana"), None),
])  # fmt: skip
async def test_another_place(books: Books, booked: Recipient, kind: str | None) -> None:
    await parcel(books, city="Cluj-Napoca", postcode="400001", street="Str. Lungă 1")
    await books.tell([report("A1", (WHEN, "in_transit"), place=booked)], WHEN)
    assert await seen(books, WHEN) == ({kind: "high"} if kind else {})
    await books.tell([report("A1", (WHEN + MINUTE, "out_for_delivery"))], WHEN + MINUTE)
    assert await seen(books, WHEN + MINUTE) == ({kind: "urgent"} if kind else {})
    await books.tell([report("A1", (WHEN + 2 * MINUTE, "delivered"))], WHEN + 2 * MINUTE)
    assert await seen(books, WHEN + 2 * MINUTE) == ({"misdelivered": "urgent"} if kind else {})


async def test_the_recipients_own_redirection_is_no_case(books: Books) -> None:
    await parcel(books, city="Cluj-Napoca")
    await books.tell(
        [report("A1", (WHEN, "redirected"), (WHEN + MINUTE, "in_transit"), place=Recipient(city="Turda"))], WHEN + MINUTE
    )
    assert await seen(books, WHEN + MINUTE) == {}


async def test_a_new_promise_can_be_the_booked_address(books: Books) -> None:
    await parcel(books, pickup_point="Z-BOX 12")
    await books.tell([report("A1", (WHEN, "in_transit"), place=Recipient(pickup_point="Z-BOX 13"))], WHEN)
    assert await seen(books, WHEN) == {"wrong_address": "high"}
    await books.orders([order("RA1", "100", "A1", pickup_point="z-box 13")], WHEN)
    assert await seen(books, WHEN) == {}


# Payouts


@pytest.mark.parametrize(("shop", "courier", "delivered", "due"), [
    ("ro", "generic", "2026-11-16T15:00", "2026-11-25T00:00"),
    ("ro", "generic", "2026-11-20T15:00", "2026-12-03T00:00"),  # 30 November and 1 December are holidays
    ("ro", "fan", "2026-11-16T15:00", "2026-11-20T00:00"),  # its rulebook says two days
    ("strict", "generic", "2026-11-16T15:00", "2026-11-19T00:00"),
    ("ro", "generic", "2026-11-14T15:00", "2026-11-24T00:00"),  # a Saturday
    ("ro", "generic", "2026-10-19T15:00", "2026-10-28T00:00"),  # clocks go back
])  # fmt: skip
async def test_remittance_overdue(books: Books, shop: str, courier: str, delivered: str, due: str) -> None:
    paid, said_paid, prepaid = "A2", "A3", "A4"
    for awb in ("A1", paid, said_paid, prepaid):
        await parcel(books, awb, shop=shop, courier=courier, told="0" if awb == prepaid else "100")
    reports = [
        report(awb, (at(delivered), "delivered"), claim=said("remitted") if awb == said_paid else None)
        for awb in ("A1", paid, said_paid, prepaid)
    ]
    await books.tell(reports, at(delivered) + MINUTE, shop=shop, courier=courier)
    if courier == "generic":
        await books.pay([Payout(paid, "100", "100")], at(delivered) + MINUTE, shop=shop)
    await turns(books, at(due), "remittance_overdue", None, "high")
    late = {case.subject[2] for case in await books.cases()}
    assert late == ({"A1"} if courier == "generic" else {"A1", paid})
    if courier == "generic":
        await books.pay([Payout("A1", "100", "100")], at(due), shop=shop)
        assert await seen(books, at(due)) == {}


async def test_one_parcel_of_several_may_bring_all_the_money(books: Books) -> None:
    await books.orders([order("R1", "100", "A1"), order("R1", "100", "A2")], WHEN)
    await books.tell(
        [report("A1", (WHEN, "delivered"), claim=asks("100", state="remitted")), report("A2", (WHEN, "delivered"))], WHEN
    )
    assert await seen(books, WHEN + timedelta(days=30)) == {}


@pytest.mark.parametrize(("told", "claim", "lines", "found"), [
    ("100", None, [("100", "100", "")], {}),
    ("100", None, [("100", "98", "2")], {}),  # a fee withheld is paid
    ("100", None, [("99.99", "99.99", "")], {"remittance_short": "high"}),
    ("100", None, [("100.01", "100.01", "")], {"remittance_over": "high"}),
    ("100", "120", [("120", "120", "")], {"cod_too_high": "high"}),  # what was collected was paid
    ("100", "120", [("100", "100", "")], {}),  # the money says he paid what he was told
    ("100", "120", [("110", "110", "")], {"cod_too_high": "high", "remittance_short": "high"}),
    ("100", None, [("100", "100", ""), ("100", "100", "")], {"remitted_twice": "high"}),
    ("100", None, [("100", "100", ""), ("50", "50", "")], {"remittance_over": "high"}),
    ("100", None, [("60", "60", ""), ("40", "40", "")], {}),
    ("100", None, [("100", "100", ""), ("100", "-100", "")], {"remittance_short": "high"}),  # paid and taken back
    ("100", None, [("100", "100", ""), ("100", "-100", ""), ("100", "100", "")], {}),
    ("0", None, [("10", "10", "")], {"remittance_over": "high"}),
])  # fmt: skip
async def test_payouts(
    books: Books, told: str, claim: str | None, lines: list[tuple[str, str, str]], found: dict[str, str]
) -> None:
    await parcel(books, told=told)
    await books.tell([report("A1", (WHEN, "delivered"), claim=asks(claim) if claim else None)], WHEN)
    payouts = [Payout("A1", *line, paid_on="2026-11-16", reference=f"OP{nth}") for nth, line in enumerate(lines)]
    await books.pay(payouts, WHEN)
    assert await seen(books, WHEN) == found


@pytest.mark.parametrize("together", [True, False])
async def test_a_second_payout_is_found_whenever_it_comes(books: Books, together: bool) -> None:
    await parcel(books)
    await books.tell([report("A1", (WHEN, "delivered"))], WHEN)
    first, second = Payout("A1", "100", "100", reference="OP1"), Payout("A1", "100", "100", reference="OP2")
    for payouts in [[first, second]] if together else [[first], [second]]:
        await books.pay(payouts, WHEN)
        found = await seen(books, WHEN)
    assert found == {"remitted_twice": "high"}


@pytest.mark.parametrize(("shop", "told", "paid", "found"), [
    ("cz", "1489.50", "1490", set()), ("cz", "1489.50", "1489.50", set()), ("cz", "1489.50", "1489", {"remittance_short"}),
    ("cz", "1489.50", "1490.01", {"remittance_over"}), ("ro", "149.99", "150", {"remittance_over"}),
])  # fmt: skip
async def test_couriers_may_pay_out_the_rounded_cash_or_the_exact_sum(
    books: Books, shop: str, told: str, paid: str, found: set[str]
) -> None:
    currency = {"cz": "CZK", "ro": "RON"}[shop]
    await parcel(books, shop=shop, told=told)
    await books.tell([report("A1", (WHEN, "delivered"))], WHEN, shop=shop)
    await books.pay([Payout("A1", paid, paid, currency=currency)], WHEN, shop=shop)
    assert set(await seen(books, WHEN)) == found


@pytest.mark.parametrize("status", ["in_transit", "returned", "returning", "lost", "cancelled"])
async def test_money_for_what_was_not_delivered(books: Books, status: str) -> None:
    await parcel(books)
    await books.pay([Payout("A1", "100", "100")], WHEN)
    assert await seen(books, WHEN) == {}  # the courier's word on the parcel is not known
    await books.tell([report("A1", (WHEN, status))], WHEN)
    assert "remitted_not_delivered" in await seen(books, WHEN)
    await books.pay([Payout("A1", "100", "-100")], WHEN)
    assert "remitted_not_delivered" not in await seen(books, WHEN)


async def test_money_for_a_parcel_nobody_ordered(books: Books) -> None:
    await books.pay([Payout("Q1", "100", "100"), Payout("Q2", "100")], WHEN)
    assert {case.subject[2] for case in await books.cases()} == set()
    assert await seen(books, WHEN) == {"unknown_parcel": "normal"}
    await parcel(books, "Q1")
    assert await seen(books, WHEN) == {}
    await books.tell([report("Q1", (WHEN, "delivered"))], WHEN)
    assert await seen(books, WHEN) == {}


# Families


async def test_a_redirected_leg_carries_the_parcels_fate_and_claim(books: Books) -> None:
    await parcel(books)
    await books.tell([report("A1", (WHEN, "redirected"), claim=asks("100"), linked=[("D1", "redirect")])], WHEN)
    assert await seen(books, WHEN) == {}
    await books.tell([report("D1", (WHEN + MINUTE, "out_for_delivery"), claim=asks("120"))], WHEN + MINUTE)
    assert await seen(books, WHEN + MINUTE) == {"cod_too_high": "urgent"}
    await books.tell([report("D1", (WHEN + MINUTE, "out_for_delivery"), claim=asks("100"))], WHEN + MINUTE)
    assert await seen(books, WHEN + MINUTE) == {}
    arrived = [report("D1", (WHEN + 2 * MINUTE, "at_pickup_point"))]
    await books.tell(arrived, WHEN + 2 * MINUTE)
    await turns(books, WHEN + 2 * MINUTE + timedelta(days=4), "pickup_expiring", None, "high")


async def test_a_return_that_arrived_ends_the_parcel(books: Books) -> None:
    await parcel(books, promised_on="2026-11-10")
    await books.tell([report("A1", (WHEN, "returning"), claim=asks("120"), linked=[("R1", "return")])], WHEN)
    assert await seen(books, WHEN) == {"returning": "high"}
    await books.tell([report("R1", (WHEN + MINUTE, "delivered"))], WHEN + MINUTE)
    assert await seen(books, WHEN + MINUTE) == {}


async def test_pieces_are_asked_for_together(books: Books) -> None:
    await parcel(books)
    await books.tell([report("A1", (WHEN, "in_transit"), claim=asks("60"), linked=[("P1", "piece")])], WHEN)
    assert await seen(books, WHEN) == {"cod_too_low": "normal"}
    await books.tell([report("P1", (WHEN, "in_transit"), claim=asks("40"))], WHEN)
    assert await seen(books, WHEN) == {}


async def test_a_piece_in_another_currency_is_seen(books: Books) -> None:
    await parcel(books)
    await books.tell([report("A1", (WHEN, "in_transit"), claim=asks("60", "EUR"), linked=[("P1", "piece")])], WHEN)
    await books.tell([report("P1", (WHEN, "in_transit"), claim=asks("40"))], WHEN)
    assert await seen(books, WHEN) == {"cod_wrong_currency": "high"}
