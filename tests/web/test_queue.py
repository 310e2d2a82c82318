"""The mismatch queue: its order, filter, pages, counts, words, and that it stays cheap."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from asyncpg.connection import LoggedQuery
from lxml import html

from reconciler.desk import words
from reconciler.desk.cases import CaseFilter, counts, list_cases
from reconciler.errors import WrongCall
from reconciler.store import Connection, Pool
from tests.web import world
from tests.web.conftest import Client

LIVE_IN_ORDER = [world.TOO_HIGH, world.SHORT, world.CURRENCY, world.LATE]


async def tree(client: Client, path: str) -> Any:
    """The page at this address, which must be served."""
    answer = await client.get(path)
    assert answer.status == 200
    return html.fromstring(await answer.text())


def shown(page: Any) -> list[int]:
    """The numbers of the cases a page lists, in its order."""
    return [int(link.rsplit("/", 1)[1]) for link in page.xpath("//td[contains(@class, 'what')]/a/@href")]


def text_of(node: Any) -> str:
    """All text of a node, its parts set apart and its blanks folded."""
    return " ".join(" ".join(node.itertext()).split())


async def test_urgent_comes_first_and_each_row_says_what_differs(client: Client) -> None:
    page = await tree(client, "/")
    assert shown(page) == LIVE_IN_ORDER
    first, payout, *_ = page.xpath("//tbody/tr")
    said = text_of(first)
    for part in (
        "Urgent",
        "COD too high",
        "Either the shipping fee was added or it is what the customer was told earlier.",
        world.AWB,
        "FAN Courier",
        "R-1001",
        "Told 149.99 RON",
        "asked 169.99 RON",
        "+20.00 RON",
        "overdue by 1 h",
        "23 November 2026, 10:00",
        "since 23 November 2026, 08:00",
    ):
        assert part in said
    assert "Due 99.00 RON → paid out 94.00 RON difference \u22125.00 RON" in text_of(payout)


async def test_times_are_on_the_clock_of_the_shop(client: Client) -> None:
    row = (await tree(client, "/?shop=kopec")).xpath("//tbody/tr")[0]
    assert "23 November 2026, 12:00" in text_of(row)
    assert row.xpath(".//time/@datetime")[0] == "2026-11-23T11:00:00+00:00"


async def test_amounts_in_two_currencies_have_no_difference(client: Client) -> None:
    row = (await tree(client, "/?kind=cod_wrong_currency")).xpath("//tbody/tr")[0]
    assert "99.00 CZK" in text_of(row)
    assert "99.00 EUR" in text_of(row)
    assert "difference" not in text_of(row)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("kind=late", [world.LATE]),
        ("courier=packeta", [world.CURRENCY]),
        ("state=waiting", [world.LATE]),
        ("state=settled", [world.SETTLED]),
        ("state=all", [*LIVE_IN_ORDER, world.SETTLED]),
        ("severity=high", [world.SHORT, world.CURRENCY]),
        ("severity=high&shop=demo", [world.SHORT]),
        ("kind=&courier=&state=&severity=&shop=", LIVE_IN_ORDER),
        ("kind=lost", []),
    ],
)
async def test_filter(client: Client, query: str, expected: list[int]) -> None:
    page = await tree(client, f"/?{query}")
    assert shown(page) == expected
    assert text_of(page.xpath("//div[@class='summary']/p")[0]).split()[0] == str(len(expected))


async def test_the_form_keeps_the_choice_and_counts_what_each_choice_would_find(client: Client) -> None:
    page = await tree(client, "/?severity=high")
    options = {text_of(option) for option in page.xpath("//select/option")}
    assert page.xpath("//option[@selected]/@value") == ["high"]
    assert {"Payout too small (1)", "COD in another currency (1)", "Late", "Urgent (1)", "High (2)", "kopec (1)"} <= options
    assert page.xpath("//form/@method") == ["get"]
    assert not page.xpath("//script | //@onclick | //@style")


async def test_counts_leave_out_closed_cases_until_they_are_looked_at(client: Client, pool: Pool) -> None:
    async with pool.acquire() as connection:
        live = await counts(connection, CaseFilter())
        every = await counts(connection, CaseFilter(state="all"))
    assert (live.total, live.state) == (4, {"open": 3, "waiting": 1})
    assert (every.total, every.state["settled"]) == (5, 1)


async def test_pages_follow_each_other_without_gap_or_double(client: Client) -> None:
    seen: list[int] = []
    path: str | None = "/?state=all&limit=2"
    while path:
        page = await tree(client, path)
        seen += shown(page)
        following = page.xpath("//a[@rel='next']/@href")
        path = following[0] + "&limit=2" if following else None
    assert seen == [*LIVE_IN_ORDER, world.SETTLED]


async def test_cases_due_in_the_same_microsecond_are_paged_by_number(client: Client, pool: Pool) -> None:
    async with pool.acquire() as connection:
        due = world.NOW + timedelta(microseconds=123_457)
        for case_id in range(100, 107):
            await world.case(connection, case_id, kind="lost", due_at=due)
        found, after = [], None
        while True:
            page = await list_cases(connection, CaseFilter(kind="lost"), limit=3, after=after)
            found += [case.id for case in page.cases]
            assert page.total == 7
            if page.next is None:
                break
            after = page.next
    assert found == list(range(100, 107))


async def test_the_queue_says_what_to_do_when_it_is_empty(empty: Client, pool: Pool) -> None:
    assert "reconciler import orders" in text_of(await tree(empty, "/"))
    assert "No reconciliation has run yet" in text_of(await tree(empty, "/runs"))
    async with pool.acquire() as connection:
        await world.build(connection)
        await connection.execute("update cases set state = 'settled'")
    assert "The two stories agree" in text_of(await tree(empty, "/"))
    assert "No case fits this choice" in text_of(await tree(empty, "/?kind=lost"))


async def test_a_partial_night_is_said_above_the_queue(client: Client) -> None:
    said = text_of(await tree(client, "/"))
    assert "demo: the last reconciliation was only partial. pull fan: 3 of 40 waybills got no answer." in said


async def test_reconciliations_with_their_steps(client: Client) -> None:
    said = text_of(await tree(client, "/runs"))
    assert said.index("Night of 22 November 2026") < said.index("Night of 21 November 2026")
    said = text_of(await tree(client, "/runs/2"))
    assert "3 of 40 waybills got no answer" in said
    assert "23 November 2026, 04:00" in said


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "cod_to_high"},
        {"state": "closed"},
        {"severity": "dire"},
        {"courier": "pigeon"},
    ],
)
def test_a_filter_that_cannot_be_is_refused_with_what_it_may_be(wrong: dict[str, str]) -> None:
    with pytest.raises(WrongCall, match="must be one of") as refused:
        CaseFilter.of(wrong)
    assert next(iter(wrong.values())) not in str(refused.value)


def test_every_kind_and_explanation_has_its_words() -> None:
    kinds = (
        "cod_too_high cod_too_low cod_on_prepaid cod_missing cod_wrong_currency replacement_with_cod stalled not_picked_up late "
        "pickup_expiring returning lost damaged wrong_address address_problem misdelivered remittance_overdue remittance_short "
        "remittance_over remitted_not_delivered remitted_twice unknown_parcel statement_total_wrong fee_over_contract "
        "bank_missing not_received incomplete_order cancel_after_dispatch"
    )
    explanations = "shipping_fee cod_fee discount_forgotten decimal_slip swapped_orders doubled wrong_currency older_promise"
    assert set(words.KINDS) == set(kinds.split())
    assert set(words.EXPLANATIONS) == set(explanations.split())
    assert set(words.known_kinds()) >= set(words.KINDS)
    assert words.kind("brand_new").title == "Brand new"
    assert words.explained(["made_up"]) == "It seems made up."


async def seed(connection: Connection, many: int) -> None:
    """Many cases, nine of ten of them closed, as a year leaves them."""
    await world.build(connection)
    await connection.execute(
        """
        insert into cases (id, kind, about, by_order, shop_id, parcel_id, order_id, courier, state, severity, evidence, opened_at,
            refreshed_at, due_at)
        select 1000 + n, 'stalled', 1000 + n, false, 1, 11, 1, 'fan', case when n % 10 = 0 then 'open' else 'settled' end,
            (array['urgent', 'high', 'normal', 'low'])[1 + n % 4], '{}', $2::timestamptz, $2, $2 + n * interval '1 second'
        from generate_series(1, $1) n
        """,
        many,
        world.NOW,
    )
    await connection.execute("analyze cases")


@pytest.mark.parametrize("plans", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize("chosen", [CaseFilter(), CaseFilter(state="all"), CaseFilter(state="settled"), CaseFilter(shop="demo")])
async def test_a_page_reads_its_index_and_little_else(pool: Pool, chosen: CaseFilter, plans: str) -> None:
    async with pool.acquire() as connection:
        await seed(connection, 20_000)
        await connection.execute(f"set plan_cache_mode = {plans}")
        first = await list_cases(connection, chosen, limit=50)
        for after in (None, first.next):
            plan = await explain(connection, chosen, after)
            scans = [node for node in plan if node.get("Relation Name") == "cases"]
            assert {node.get("Index Name") for node in scans} == {"cases_queue"}
            assert sum(node["Actual Rows"] * node["Actual Loops"] for node in scans) <= 51 * len(chosen.states)


async def explain(connection: Connection, chosen: CaseFilter, after: str | None) -> list[dict[str, Any]]:
    """The nodes of the plan by which a page is really read."""
    sent: list[LoggedQuery] = []
    with connection.query_logger(sent.append):
        await list_cases(connection, chosen, limit=50, after=after)
        await asyncio.sleep(0)
    page = next(each for each in sent if "cross join lateral" in each.query)
    found = await connection.fetchval(f"explain (analyze, format json) {page.query}", *page.args)
    return list(nodes(found[0]["Plan"]))


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A plan's node and all below it."""
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)
