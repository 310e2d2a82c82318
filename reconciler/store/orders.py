"""Records orders, promises and parcels in bulk; the same rows twice change nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from reconciler.store import Connection, Record
from reconciler.store.statements import statements
from reconciler.store.turns import Turn, take_turn


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


async def record_orders(
    connection: Connection,
    columns: Sequence[str],
    copy: AsyncIterator[bytes],
    now: datetime,
    differ: Callable[[], bool],
    begun: Callable[[], None] = lambda: None,
) -> Recorded:
    """One batch: ``copy`` streams text with the staging table's ``columns``.

    ``differ`` says, once all is copied, whether every row names its own order and its own waybill; ``begun`` is told
    when the batch's turn has come.

    A batch of nothing but new orders, as large files have, goes in two transactions: the orders with their
    promises, then their parcels, while the next batch's orders are under way on another connection. Cut off
    between the two, the orders are known and lack their parcels; the same file again brings them.
    """
    sql = statements("orders")
    async with connection.transaction():
        await sql.stage(connection)
        await connection.copy_to_table("staged_orders", source=copy, columns=list(columns), format="text", null="")
        await take_turn(connection, Turn.ORDERS)
        begun()
        staged: int = await connection.fetchval("select count(*) from staged_orders")
        if not staged:
            return Recorded()
        await connection.execute("analyze staged_orders (line, shop_id, order_ref, courier, awb_key)")
        all_new = differ() and await _insert_all_new(connection, now)
        if not all_new:
            await take_turn(connection, Turn.PARCELS)
            return await _merged(connection, staged, now)
    async with connection.transaction():
        await take_turn(connection, Turn.PARCELS)
        return await _parcels_of_new(connection, staged, now)


async def _insert_all_new(connection: Connection, now: datetime) -> bool:
    """Inserts the orders and promises of a batch of differing rows, if none of its orders was known before."""
    sql = statements("orders")
    await sql.resolve_differing(connection)
    if await sql.any_known(connection):
        return False
    await connection.execute("analyze staged_refs")
    await sql.insert_new_orders(connection, now=now)
    await sql.insert_new_promises(connection, now=now)
    return True


async def _parcels_of_new(connection: Connection, staged: int, now: datetime) -> Recorded:
    sql = statements("orders")
    refused: list[Refusal] = []
    try:
        async with connection.transaction():
            parcels, _ = await _insert_parcels(connection, staged, now)
    except _WaybillsTaken:
        refused = await _refuse_taken(connection, now)
        lines = [refusal.line for refusal in refused]
        await sql.drop_promises_of(connection, lines=lines)
        await sql.drop_orders_of(connection, lines=lines)
        parcels, _ = await _insert_parcels(connection, staged - len(refused), now, taken_are_out=True)
    if parcels < staged:
        await sql.tell_parcels(connection)
    return Recorded(new=staged - len(refused), refused=refused)


class _WaybillsTaken(Exception):
    """Some waybills of the batch belong to other orders: what was merged must be undone first."""


async def _merged(connection: Connection, staged: int, now: datetime) -> Recorded:
    """A batch in which something is known already, in one transaction."""
    try:
        async with connection.transaction():
            return await _merge(connection, staged, now)
    except _WaybillsTaken:
        refused = await _refuse_taken(connection, now)
        result = await _merge(connection, staged - len(refused), now, taken_are_out=True)
        result.refused = refused
        return result


async def _merge(connection: Connection, staged: int, now: datetime, *, taken_are_out: bool = False) -> Recorded:
    sql = statements("orders")
    await connection.execute("truncate staged_refs")
    await sql.resolve(connection, now=now)
    await connection.execute("analyze staged_refs")
    orders = _rows(await sql.insert_new_orders(connection, now=now))
    await sql.insert_new_promises(connection, now=now)
    parcels, touched = await _insert_parcels(connection, staged, now, taken_are_out=taken_are_out)
    if orders < staged:
        await sql.insert_promises(connection, now=now)
        await sql.follow_newest_promise(connection)
        await sql.cancel(connection)
        await sql.mark_changes(connection)
        touched |= {row["line"] async for row in sql.touched_lines(connection)}
    if not orders == parcels == staged:
        await sql.tell_parcels(connection)
    new = max(orders, parcels)
    changed = min(len(touched), staged - new)
    return Recorded(new, changed, staged - new - changed)


async def _insert_parcels(
    connection: Connection, staged: int, now: datetime, *, taken_are_out: bool = False
) -> tuple[int, set[int]]:
    """How many parcels are new, and the lines that changed one known. Raises _WaybillsTaken before anything is changed."""
    sql = statements("orders")
    parcels: int = await sql.insert_parcels(connection, now=now)
    touched: set[int] = set()
    if parcels < staged:
        if not taken_are_out and await sql.any_waybill_taken(connection):
            raise _WaybillsTaken
        touched |= {row["line"] async for row in sql.adopt_parcels(connection)}
        touched |= {row["line"] async for row in sql.book_claims(connection, now=now)}
    return parcels, touched


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
