"""The web service on a world of its own."""

from __future__ import annotations

import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient
from pytest_aiohttp import AiohttpClient

from reconciler.store import Pool
from reconciler.web.app import build_app
from tests.web import world

Client = TestClient[web.Request, web.Application]


@pytest_asyncio.fixture
async def empty(pool: Pool, aiohttp_client: AiohttpClient) -> Client:
    """A client of a service whose database holds nothing."""
    return await aiohttp_client(build_app(pool, world.CONFIG, world.clock))


@pytest_asyncio.fixture
async def client(pool: Pool, empty: Client) -> Client:
    """A client of a service on the whole world."""
    async with pool.acquire() as connection, connection.transaction():
        await world.build(connection)
    return empty
