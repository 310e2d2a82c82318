"""Keeps the tables that come from the program itself: working days and lawful cash rounding."""

from __future__ import annotations

from hashlib import sha256

from reconciler.model import calendars, rounding
from reconciler.store import Connection

_EDITION = f"{calendars.VERSION} {sha256(repr(rounding.STEPS).encode()).hexdigest()[:16]}"


async def keep_current(connection: Connection) -> None:
    """Rewrites both tables where this version knows another edition than the database holds."""
    if await connection.fetchval("select edition from reference where name = 'calendar'") == _EDITION:
        return
    async with connection.transaction():
        await connection.execute("lock table reference in exclusive mode")
        await connection.execute("delete from working_days")
        await connection.execute("delete from cash_rounding")
        await connection.copy_records_to_table("working_days", records=calendars.calendar())
        await connection.copy_records_to_table("cash_rounding", records=rounding.STEPS)
        await connection.execute(
            "insert into reference values ('calendar', $1) on conflict (name) do update set edition = excluded.edition", _EDITION
        )
