"""Finds where the two stories differ: judges what changed or came due, opens, refreshes and settles cases.

One transaction: cut off at any moment, nothing was taken and the next detection finds it all again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from couriers.registry import all_couriers
from reconciler.config import Config
from reconciler.detect.rules import Rule, rules
from reconciler.model.addresses import Place, difference, reached_elsewhere
from reconciler.model.explanations import Difference, explain
from reconciler.store import Connection, Pool
from reconciler.store.statements import statements
from reconciler.store.turns import Turn, take_turn

_BATCH = 10_000


@dataclass
class Detected:
    """What a detection came to, in cases."""

    opened: int = 0
    refreshed: int = 0
    settled: int = 0
    by_kind: dict[str, int] = field(default_factory=dict)

    def json(self) -> dict[str, Any]:
        """As ``detect --json`` prints it; ``by_kind`` counts the opened ones."""
        return dict(vars(self))


async def detect(pool: Pool, config: Config, shop_ids: Mapping[str, int], now: datetime) -> Detected:
    """Judges everything of these shops that changed since the last look, and what came due by ``now``."""
    async with pool.acquire(timeout=10) as connection, connection.transaction():
        await connection.execute("set local work_mem = '96MB'")
        return await _detect(connection, config, shop_ids, now)


async def _detect(connection: Connection, config: Config, shop_ids: Mapping[str, int], now: datetime) -> Detected:
    sql = statements("detect")
    await take_turn(connection, Turn.DETECTION)
    await sql.stage(connection)
    await _settings(connection, config, shop_ids, now)
    await sql.scope(connection, shops=list(shop_ids.values()), now=now)
    what = await connection.fetchval("select bit_or(what) from scope")
    if what is None:
        return Detected()
    await sql.count_scope(connection)
    await sql.widen(connection)
    if what & 6:
        await _compare_addresses(connection)
    await sql.families(connection)
    await sql.payouts(connection)
    await sql.subjects(connection, now=now)
    await sql.index_subjects(connection)
    await sql.compute_deadlines(connection)
    await sql.sum_orders(connection)
    await sql.compare_orders(connection)
    await sql.compare_payouts(connection)
    ran = [rule for rule in rules() if rule.reads & what]
    await connection.copy_records_to_table("rules", records=[(rule.kind, rule.by_order, rule.reads) for rule in ran])
    for rule in ran:
        await connection.execute(_finding(rule))
    await sql.count_findings(connection)
    detected = Detected()
    detected.refreshed = await sql.refresh(connection, now=now)
    detected.settled = await sql.settle(connection, now=now)
    detected.settled += await sql.settle_followers(connection, now=now)
    detected.by_kind = {row["kind"]: row["cases"] async for row in sql.open(connection, now=now)}
    detected.opened = sum(detected.by_kind.values())
    await _explain(connection, now)
    await sql.next_looks(connection, now=now)
    return detected


def _finding(rule: Rule) -> str:
    """The rule's SELECT with its answers put among the findings; rule files are part of the program."""
    return (
        "insert into findings select $rule$" + rule.kind + "$rule$, about, parcel_id, severity, due_at, told_minor, told_currency,"
        " asked_minor, asked_currency, evidence from (" + rule.sql + "\n) rule"
    )


async def _settings(connection: Connection, config: Config, shop_ids: Mapping[str, int], now: datetime) -> None:
    """What the rules need of shops' policies and couriers' rulebooks. A courier of files only keeps the shop's calendar."""
    shops, couriers = [], []
    patience: list[tuple[int, str, str, str | None, int]] = []
    for key, shop_id in shop_ids.items():
        shop = config.shops[key]
        policy = shop.policy
        shops.append((shop_id, shop.timezone, shop.country, policy.not_picked_up_after, policy.pickup_expiring, policy.cod_clock))
        for info in all_couriers().values():
            book = info.rulebook
            country, zone = (book.country, book.zone) if info.connect else (shop.country, shop.timezone)
            payout = policy.payout_after if book.payout_days is None else book.payout_days
            storage = policy.storage_days if book.storage_days is None else book.storage_days
            couriers.append((shop_id, info.name, country, zone, payout, storage))
            patience += [(shop_id, info.name, status, None, days) for status, days in policy.stalled_after.items()]
            patience += [(shop_id, info.name, "in_transit", code, days) for code, days in info.stall_patience.items()]
    await connection.copy_records_to_table("shop_rules", records=shops)
    columns = ("shop_id", "courier", "country", "zone", "payout_days", "storage_days")
    await connection.copy_records_to_table("courier_rules", records=couriers, columns=columns)
    await connection.execute("update courier_rules set next_working_day = after_working_days(country, zone, $1, 1)", now)
    await connection.copy_records_to_table("patience", records=patience)


async def _compare_addresses(connection: Connection) -> None:
    sql = statements("detect")
    ids: list[int] = []
    verdicts: list[str | None] = []
    async for row in sql.unread_addresses(connection):
        told = Place(row["street"], row["city"], row["postcode"], row["pickup_point"])
        booked = Place(row["booked_street"], row["booked_city"], row["booked_postcode"], row["booked_point"])
        verdict = difference(told, booked) or reached_elsewhere(told, row["reached"])
        if verdict != row["booked_wrong"]:
            ids.append(row["id"])
            verdicts.append(verdict)
    for start in range(0, len(ids), _BATCH):
        end = start + _BATCH
        await sql.note_addresses(connection, ids=ids[start:end], verdicts=verdicts[start:end])


async def _explain(connection: Connection, now: datetime) -> None:
    sql = statements("detect")
    ids: list[int] = []
    names: list[str] = []
    async for row in sql.unexplained(connection, now=now):
        case = Difference(
            told=row["told_minor"] or 0, told_currency=row["told_currency"], asked=row["asked_minor"],
            asked_currency=row["asked_currency"], shipping_fee=row["shipping_fee"], cod_fee=row["cod_fee"],
            discount=row["discount"], older=row["older"], swapped=row["swapped"],
        )  # fmt: skip
        ids.append(row["id"])
        names.append(",".join(explain(case)))
    for start in range(0, len(ids), _BATCH):
        await sql.explain(connection, ids=ids[start : start + _BATCH], explanations=names[start : start + _BATCH])
