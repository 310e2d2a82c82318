"""Records orders, promises and parcels in bulk; the same rows twice change nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from reconciler.store import Connection, Record
from reconciler.store.statements import statements


class Refusal(NamedTuple):
    """A staged row that cannot be recorded: its line, and why."""

    line: int
    reason: str


@dataclass
class Recorded:
    """What a batch came to, in rows."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)


async def record_orders(connection: Connection, columns: Sequence[str], copy: AsyncIterator[bytes], now: datetime) -> Recorded:
    """One batch in one transaction: ``copy`` streams text with the staging table's ``columns``."""
    result = Recorded()
    async with connection.transaction():
        await statements("orders").stage(connection)
        await connection.copy_to_table("staged_orders", source=copy, columns=list(columns), format="text", null="")
        await statements("orders").take_turn(connection)
        staged: int = await connection.fetchval("select count(*) from staged_orders")
        if not staged:
            return result
        await connection.execute("analyze staged_orders (line, shop_id, order_ref, courier, awb_key)")
        try:
            async with connection.transaction():
                await _merge(connection, staged, now, result)
        except _WaybillsTaken:
            result.refused = await _refuse_taken(connection, now)
            await _merge(connection, staged - len(result.refused), now, result, taken_are_out=True)
    return result


class _WaybillsTaken(Exception):
    """Some waybills of the batch belong to other orders: what was merged must be undone first."""


async def _merge(connection: Connection, staged: int, now: datetime, result: Recorded, *, taken_are_out: bool = False) -> None:
    """A file of new orders, the usual large one, takes two statements; only what is known takes more."""
    sql = statements("orders")
    if await sql.all_differ(connection, staged=staged):
        await sql.resolve_differing(connection)
    else:
        await sql.resolve(connection, now=now)
    await connection.execute("analyze staged_refs")
    orders = _rows(await sql.insert_new_orders(connection, now=now))
    await sql.insert_new_promises(connection, now=now)
    parcels: int = await sql.insert_parcels(connection, now=now)
    touched: set[int] = set()
    if parcels < staged:
        if not taken_are_out and await sql.any_waybill_taken(connection):
            raise _WaybillsTaken
        touched |= {row["line"] async for row in sql.adopt_parcels(connection)}
        touched |= {row["line"] async for row in sql.book_claims(connection, now=now)}
    if orders < staged:
        await sql.insert_promises(connection, now=now)
        await sql.follow_newest_promise(connection)
        await sql.cancel(connection)
        await sql.mark_changes(connection)
        touched |= {row["line"] async for row in sql.touched_lines(connection)}
    if not orders == parcels == staged:
        await sql.tell_parcels(connection)
    result.new = max(orders, parcels)
    result.changed = min(len(touched), staged - result.new)
    result.unchanged = staged - result.new - result.changed


async def _refuse_taken(connection: Connection, now: datetime) -> list[Refusal]:
    sql = statements("orders")
    refused = [_belongs_to(row) async for row in sql.forget_doubled_waybills(connection)]
    refused += [_belongs_to(row) async for row in sql.forget_taken_waybills(connection, now=now)]
    await sql.start_generations(connection, now=now)
    return sorted(refused)


def _rows(status: str) -> int:
    """How many rows a statement changed, from its command tag."""
    return int(status.split()[-1])


def _belongs_to(row: Record) -> Refusal:
    return Refusal(row["line"], f"awb '{row['awb']}' already belongs to order '{row['order_ref']}'")
