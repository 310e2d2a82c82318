"""What a night costs follows what changed, never the history: rows read and plans on 50,000 parcels."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from reconciler.config import Shop
from reconciler.store.database import open_pool
from reconciler.store.migrations import SQL
from tests.conftest import on_server, with_database
from tests.rules.books import Books, Payout, asks, order, report

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PARCELS = 50_000
# Tables that grow with the years; the others are small or emptied as we go.
HISTORY = ("orders", "promises", "parcels", "events", "claims", "manifest_lines", "deadlines", "cases", "case_history")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def history(database_server: str, template_database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Books]:
    """A shop of some months: most parcels delivered and paid, some under way, some wrong; judged once."""
    name = f"{template_database}_history"
    await on_server(database_server, f"create database {name} template {template_database}")
    folder = tmp_path_factory.mktemp("history")
    try:
        async with open_pool(with_database(database_server, name), folder, size=1) as pool:
            books = await Books.opened(pool, folder, {"ro": Shop("ro", "Magazin")})
            await fill(books)
            yield books
    finally:
        await on_server(database_server, f"drop database {name} with (force)")


async def fill(books: Books) -> None:
    """Half a year in the order it came; every hundredth parcel never arrived, every hundredth asks too much."""
    day = timedelta(days=1)
    ordered = [NOW - (180 - 177 * nth / PARCELS) * day for nth in range(PARCELS)]
    await books.orders(
        (
            order(f"R{nth}", "149.99", f"W{nth}", ordered_at=at.isoformat(), told_at=at.isoformat(), city="Iași")
            for nth, at in enumerate(ordered)
        ),
        NOW,
    )
    for start in range(0, PARCELS, 10_000):
        reports = []
        for nth in range(start, start + 10_000):
            claim = asks("169.99" if nth % 100 == 0 else "149.99")
            ended = [] if nth % 100 == 50 else [(ordered[nth] + 2 * day, "delivered")]
            reports.append(report(f"W{nth}", (ordered[nth] + day, "in_transit"), *ended, claim=claim))
        await books.tell(reports, NOW)
    paid = [nth for nth in range(PARCELS) if nth % 100 != 50 and ordered[nth] < NOW - 12 * day]
    await books.pay((Payout(f"W{nth}", "149.99", "149.99", reference=f"OP{nth % 150}") for nth in paid), NOW)
    await books.detect(NOW)
    await books.pool.execute(
        """
        insert into cases (kind, about, by_order, shop_id, parcel_id, order_id, courier, state, severity, told_minor, asked_minor,
            evidence, opened_at, refreshed_at, due_at)
        select 'late', id, false, shop_id, id, order_id, courier, 'settled', 'normal', 14999, 16999, '{}',
            first_seen_at, first_seen_at, first_seen_at
        from parcels
        """
    )
    await books.pool.execute("analyze")


async def read(books: Books) -> dict[str, int]:
    """Rows read by sequential scans so far, by table. The pool has one connection, which tells its counts first."""
    await books.pool.execute("select pg_stat_force_next_flush()")
    await books.pool.execute("select pg_stat_clear_snapshot()")
    rows = await books.pool.fetch("select relname, seq_tup_read from pg_stat_user_tables where relname = any($1)", list(HISTORY))
    return {row["relname"]: row["seq_tup_read"] for row in rows}


async def cost(books: Books, now: datetime) -> dict[str, int]:
    """Rows of the history that a detection reads by scanning."""
    before = await read(books)
    await books.detect(now)
    after = await read(books)
    return {name: after[name] - before[name] for name in HISTORY if after[name] != before[name]}


@pytest.mark.asyncio(loop_scope="module")
class TestDetection:
    """Detections after the first."""

    async def test_with_nothing_new_no_history_is_read(self, history: Books) -> None:
        await history.detect(NOW)
        assert await cost(history, NOW) == {}

    async def test_with_some_news_no_history_is_scanned(self, history: Books) -> None:
        news = [
            report(f"W{nth}", (NOW - timedelta(hours=1), "out_for_delivery"), claim=asks("169.99")) for nth in range(10, 2000, 100)
        ]
        await history.tell(news, NOW)
        await history.pay([Payout(f"W{nth}", "1.00", "1.00", reference="again") for nth in (1, 2, 3)], NOW)
        await history.orders([order(f"R{nth}", "139.99", f"W{nth}", city="Cluj") for nth in (5, 10)], NOW)
        assert await cost(history, NOW + timedelta(minutes=1)) == {}
        assert (await history.parcel("W110"))["status"] == "out_for_delivery"

    async def test_what_comes_due_is_found_by_its_deadline(self, history: Books) -> None:
        due = await history.pool.fetchval("select min(look_at) from deadlines")
        before = await history.pool.fetchval("select count(*) from deadlines where look_at <= $1", due)
        assert 0 < before < PARCELS / 10
        assert await cost(history, due) == {}


@pytest.mark.asyncio(loop_scope="module")
class TestRecording:
    """Taking facts in beside a long history."""

    async def test_an_answer_about_few_parcels_scans_nothing(self, history: Books) -> None:
        before = await read(history)
        await history.tell([report(f"W{nth}", (NOW, "held"), claim=asks("10")) for nth in range(20)], NOW)
        await history.tell([report("W1", (NOW, "returning"), linked=[("X1", "return")])], NOW)
        assert await read(history) == before

    async def test_a_short_statement_scans_nothing(self, history: Books) -> None:
        before = await read(history)
        await history.pay([Payout(f"W{nth}", "2.00", "2.00", reference="new") for nth in range(20)], NOW)
        assert await read(history) == before

    async def test_a_short_orders_file_scans_nothing(self, history: Books) -> None:
        before = await read(history)
        await history.orders(
            [order(f"R{nth}", "5", f"W{nth}") for nth in range(20)] + [order("N1", "5", "N1"), order("N2", "5", "W30")], NOW
        )
        assert await read(history) == before


def scans(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Every node of a plan that reads a table."""
    own = [plan] if "Relation Name" in plan else []
    return own + [node for part in plan.get("Plans", []) for node in scans(part)]


@pytest.mark.asyncio(loop_scope="module")
class TestPlans:
    """The statements every night begins with."""

    async def plan(self, books: Books, noun: str, name: str, **parameters: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The plan as run, and what it reads; rolled back."""
        text = (SQL / "queries" / f"{noun}.sql").read_text(encoding="utf-8")
        sql = re.split(r"-- name: .*\n", text)[re.findall(r"-- name: (\w+)", text).index(name) + 1]
        for place, key in enumerate(parameters, start=1):
            sql = re.sub(rf"(?<!:):{key}\b", f"${place}", sql)
        async with books.pool.acquire() as connection:
            rolled = connection.transaction()
            await rolled.start()
            try:
                made = await connection.fetchval(f"explain (analyze, buffers, format json) {sql}", *parameters.values())
            finally:
                await rolled.rollback()
        top = made[0]["Plan"]
        return top, scans(top)

    async def test_the_scope_is_found_by_index(self, history: Books) -> None:
        _, read_by = await self.plan(history, "detect", "scope", now=NOW, shops=list(history.shop_ids.values()))
        assert {node["Node Type"] for node in read_by if node["Relation Name"] == "deadlines"} <= {
            "Index Scan",
            "Index Only Scan",
            "Bitmap Heap Scan",
        }
        assert "Seq Scan" not in {node["Node Type"] for node in read_by if node["Relation Name"] == "parcels"}

    async def test_a_page_of_parcels_due_for_tracking_is_bounded(self, history: Books) -> None:
        shop = history.shop_ids["ro"]
        whose = {"shop": shop, "courier": "generic", "account": "main"}
        top, read_by = await self.plan(history, "pull", "due_for_tracking", **whose, after=0, limit=200, now=NOW)
        assert "Seq Scan" not in {node["Node Type"] for node in read_by if node["Relation Name"] in ("orders", "promises")}
        assert top["Actual Rows"] == 200
        walked = sum(
            (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
            for node in read_by if node["Relation Name"] == "parcels"
        )  # fmt: skip
        assert walked < PARCELS / 2  # the sixty days after which a parcel is asked about no more

    async def test_a_waybill_an_order_and_a_family_are_found_by_index(self, history: Books) -> None:
        for where in ("shop_id = 1 and courier = 'generic' and awb_key = 'W7'", "order_id = 7", "root_id = 7", "id = 7"):
            text = await history.pool.fetchval(f"explain (format json) select * from parcels where {where}")
            assert {node["Node Type"] for node in scans(text[0]["Plan"])} <= {"Index Scan", "Bitmap Heap Scan"}, where
