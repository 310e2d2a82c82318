"""One look at the database for one request: read only, a single snapshot, with a bound on every wait."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import asyncpg
from aiohttp import web

from reconciler.store import Connection
from reconciler.web.keys import POOL

_ACQUIRE_SECONDS: Final = 3.0


class Unreachable(Exception):
    """The database does not answer in time."""


@asynccontextmanager
async def reading(request: web.Request) -> AsyncIterator[Connection]:
    """A connection whose answers agree with each other. Raises Unreachable."""
    pool = request.app[POOL]
    try:
        connection = await pool.acquire(timeout=_ACQUIRE_SECONDS)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Unreachable from error
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            await connection.execute("set local statement_timeout = '8s'")
            yield connection
    except (OSError, asyncpg.PostgresConnectionError, asyncpg.QueryCanceledError) as error:
        raise Unreachable from error
    finally:
        await pool.release(connection)
