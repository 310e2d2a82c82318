"""Whether the service lives, and whether it can do its work."""

from __future__ import annotations

from aiohttp import web

from reconciler.errors import OldSchema
from reconciler.store.migrations import require_newest
from reconciler.web.reading import reading


async def alive(_: web.Request) -> web.Response:
    """``/healthz``: the process answers."""
    return web.json_response({"status": "alive"})


async def ready(request: web.Request) -> web.Response:
    """``/readyz``: the database answers and has the schema this version needs."""
    async with reading(request) as connection:
        try:
            await require_newest(connection)
        except OldSchema:
            raise web.HTTPServiceUnavailable from None
    return web.json_response({"status": "ready", "database": "reachable", "schema": "newest"})
