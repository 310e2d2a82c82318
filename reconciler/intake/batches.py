"""Large files go in batch by batch, each a transaction: the next is copied in while the one before is merged."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol, TypeVar

from reconciler.store import Connection, Pool

Result = TypeVar("Result")


class Batch(Protocol):
    """Rows on their way into a staging table; ``copied`` is set when the last of them has been handed over."""

    copied: asyncio.Event


B = TypeVar("B", bound=Batch)


async def record_batches(
    pool: Pool, batches: AsyncIterator[B], record: Callable[[Connection, B], Awaitable[Result]]
) -> AsyncIterator[tuple[B, Result]]:
    """Each batch with what recording it came to, in order.

    At most two are under way, on a connection each. ``record`` must merge in turn: after copying, it waits for a
    lock that the batch before holds until it commits. What one raises is raised here, and ends the other.
    """

    async def one(batch: B) -> Result:
        async with pool.acquire(timeout=60) as connection:
            return await record(connection, batch)

    under_way: list[tuple[B, asyncio.Task[Result]]] = []
    try:
        async for batch in batches:
            task = asyncio.create_task(one(batch))
            under_way.append((batch, task))
            copied = asyncio.create_task(batch.copied.wait())
            await asyncio.wait({copied, task}, return_when=asyncio.FIRST_COMPLETED)
            copied.cancel()
            if not batch.copied.is_set():
                await task
            if len(under_way) == 2:
                before, merging = under_way.pop(0)
                yield before, await merging
        for last, merging in under_way:
            yield last, await merging
    finally:
        for _, task in under_way:
            task.cancel()
        await asyncio.gather(*(task for _, task in under_way), return_exceptions=True)
