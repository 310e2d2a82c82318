"""Turns: one at a time, waited for longer than a row's lock may be, and refused with a sentence when they never come."""

from __future__ import annotations

import asyncio

import pytest

from reconciler.errors import ReconcilerError
from reconciler.store import Pool, turns
from reconciler.store.turns import Turn, take_turn


async def test_a_turn_outlasts_the_session_s_lock_limit(pool: Pool) -> None:
    async with pool.acquire() as first, pool.acquire() as second:
        await second.execute("set lock_timeout = '100ms'")
        held = first.transaction()
        await held.start()
        await take_turn(first, Turn.DETECTION)

        async def wait() -> str:
            async with second.transaction():
                await take_turn(second, Turn.DETECTION)
                return str(await second.fetchval("show lock_timeout"))

        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0.5)
        assert not waiting.done()
        await held.commit()
        assert await asyncio.wait_for(waiting, 10) == "100ms"


async def test_a_turn_that_never_comes_is_said_in_a_sentence(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_MILLISECONDS", 300)
    async with pool.acquire() as first, pool.acquire() as second, first.transaction():
        await take_turn(first, Turn.ORDERS)
        with pytest.raises(ReconcilerError, match="run again"):
            async with second.transaction():
                await take_turn(second, Turn.ORDERS)


async def test_different_work_does_not_wait_for_each_other(pool: Pool) -> None:
    async with pool.acquire() as first, pool.acquire() as second, first.transaction(), second.transaction():
        await take_turn(first, Turn.ORDERS)
        await asyncio.wait_for(take_turn(second, Turn.PARCELS), 5)
