"""Starts the couriers' stand-ins on free local ports."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from aiohttp import web

from couriers.registry import courier
from couriers.scenario import Scenario
from reconciler.demo.world import World

_HOST = "127.0.0.1"


@asynccontextmanager
async def sandboxes(world: World) -> AsyncIterator[dict[str, str]]:
    """Every market's courier, by name its address; stopped at the end."""
    async with AsyncExitStack() as running:
        yield {
            market.land.courier: await running.enter_async_context(_serving(market.land.courier, market.scenario))
            for market in world.markets
        }


@asynccontextmanager
async def _serving(name: str, scenario: Scenario) -> AsyncIterator[str]:
    sandbox = courier(name).sandbox
    assert sandbox is not None, f"{name} has no sandbox"
    runner = web.AppRunner(sandbox(scenario), access_log=None, handler_cancellation=True, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, _HOST, 0).start()
        port: int = runner.addresses[0][1]
        yield f"http://{_HOST}:{port}"
    finally:
        await runner.cleanup()
