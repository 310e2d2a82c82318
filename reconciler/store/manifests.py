"""Records COD statements in bulk; one payout told by two documents is one line."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime

from reconciler.store import Connection
from reconciler.store.reports import Source
from reconciler.store.statements import statements
from reconciler.store.turns import Turn, take_turn

# The order in which line batches are copied: columns of the staging table.
LINE_COLUMNS = (
    "awb", "awb_key", "order_ref", "collected_minor", "fee_minor", "remitted_minor", "currency", "delivered_on", "paid_on",
    "reference", "line",
)  # fmt: skip


async def record_lines(
    connection: Connection,
    manifest_id: int,
    copy: AsyncIterator[bytes],
    source: Source,
    now: datetime,
    begun: Callable[[], None] = lambda: None,
) -> tuple[int, int]:
    """One batch of lines (text of LINE_COLUMNS) in one transaction; how many were new, how many known.

    ``begun`` is told when its turn has come.
    """
    sql = statements("manifests")
    where = {"shop": source.shop_id, "courier": source.courier}
    async with connection.transaction():
        await sql.stage(connection)
        await connection.copy_to_table("staged_lines", source=copy, columns=LINE_COLUMNS, format="text", null="")
        await take_turn(connection, Turn.PAYOUTS)
        begun()
        await connection.execute("analyze staged_lines")
        lines: int = await connection.fetchval("select count(*) from staged_lines")
        counts = await sql.insert_lines(connection, **where, manifest=manifest_id)
        new: int = counts["fresh"]
        if counts["placed"] < lines:
            await sql.insert_unknown(connection, **where, account=source.account, now=now)
            counts = await sql.insert_lines(connection, **where, manifest=manifest_id)
            new += counts["fresh"]
        if new < lines:
            new += await sql.insert_repeated(connection, **where, manifest=manifest_id)
    return new, lines - new
