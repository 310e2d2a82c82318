"""Work that must go one at a time in a database waits its turn here, for a bounded while."""

from __future__ import annotations

from enum import IntEnum

import asyncpg

from reconciler.errors import ReconcilerError
from reconciler.store import Connection

_MILLISECONDS = 30 * 60_000  # whole: a fraction of a larger unit may round to 0, which would be no limit at all


class Turn(IntEnum):
    """What goes one at a time; the number is the advisory lock's key."""

    DETECTION = 7001001
    ORDERS = 7001002  # so nothing can come between asking what is known and inserting
    PAYOUTS = 7001003  # so two batches that tell the same lines cannot wait for each other
    PARCELS = 7001004  # of new orders, in the order in which the orders went in


async def take_turn(connection: Connection, turn: Turn) -> None:
    """Holds the turn until the transaction ends.

    Locks on rows and tables keep the session's short limit; a turn may rightly take minutes, since the work
    before it may be a first import of years. Raises ReconcilerError where it has not come in half an hour.
    """
    short = await connection.fetchval("select current_setting('lock_timeout')")
    await connection.execute(f"set local lock_timeout = '{_MILLISECONDS}ms'")
    try:
        await connection.execute("select pg_advisory_xact_lock($1)", int(turn))
    except asyncpg.LockNotAvailableError:
        what = turn.name.lower()
        minutes = _MILLISECONDS // 60_000
        raise ReconcilerError(
            f"Other work on {what} has not ended for {minutes} minutes; run again when it has, nothing is lost or doubled."
        ) from None
    await connection.execute("select set_config('lock_timeout', $1, true)", short)
