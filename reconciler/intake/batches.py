"""Large files go in batch by batch, each a transaction: the next is copied in while the one before is merged."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol, TypeVar

from reconciler.store import Connection, Pool

Result = TypeVar("Result")
_UNDER_WAY = 3


class Batch(Protocol):
    """Rows on their way into a staging table; ``begun`` is set when all are in and their turn to be merged has come."""

    begun: asyncio.Event


B = TypeVar("B", bound=Batch)


async def record_batches(
    pool: Pool, batches: AsyncIterator[B], record: Callable[[Connection, B], Awaitable[Result]]
) -> AsyncIterator[tuple[B, Result]]:
    """Each batch with what recording it came to, in order.

    At most three are under way, on a connection each: copied, merged, and ended. ``record`` must merge in turn:
    after copying, it waits for a lock that the batch before holds until it commits, and sets ``begun`` when it has
    it: only then the next is let go, or a short one could overtake. What one raises is raised here, and ends the others.
    """

    async def one(batch: B) -> Result:
        async with pool.acquire(timeout=60) as connection:
            return await record(connection, batch)

    under_way: list[tuple[B, asyncio.Task[Result]]] = []
    try:
        async for batch in batches:
            task = asyncio.create_task(one(batch))
            under_way.append((batch, task))
            begun = asyncio.create_task(batch.begun.wait())
            await asyncio.wait({begun, task}, return_when=asyncio.FIRST_COMPLETED)
            begun.cancel()
            if not batch.begun.is_set():
                await task
            if len(under_way) == _UNDER_WAY:
                before, merging = under_way.pop(0)
                yield before, await merging
        for last, merging in under_way:
            yield last, await merging
    finally:
        for _, task in under_way:
            task.cancel()
        await asyncio.gather(*(task for _, task in under_way), return_exceptions=True)
