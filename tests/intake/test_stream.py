"""Reading ahead in a thread: order, errors, and leaving early."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from reconciler.intake.stream import ahead


def readers() -> list[threading.Thread]:
    """Readers at work."""
    return [thread for thread in threading.enumerate() if thread.name == "reader"]


def gone(seconds: float = 3) -> bool:
    """Whether the readers end by themselves."""
    until = time.monotonic() + seconds
    while readers() and time.monotonic() < until:
        time.sleep(0.02)
    return not readers()


async def test_all_pieces_come_in_order() -> None:
    assert [piece async for piece in ahead(iter(range(1000)))] == list(range(1000))
    assert gone()


async def test_an_error_comes_where_it_happened() -> None:
    def pieces() -> Iterator[int]:
        yield 1
        raise ValueError("torn")

    come = ahead(pieces())
    assert await anext(come) == 1
    with pytest.raises(ValueError, match="torn"):
        await anext(come)
    assert gone()


async def test_a_reader_left_early_ends() -> None:
    some: AsyncIterator[int] = ahead(iter(range(10**9)))
    assert await anext(some) == 0
    await some.aclose()  # type: ignore[attr-defined]  # it is a generator
    assert gone()


def test_being_stopped_while_waiting_for_a_slow_reader_hangs_nothing() -> None:
    """As Ctrl-C does: the loop ends although the reader is still busy with its next piece."""

    def pieces() -> Iterator[int]:
        yield 1
        time.sleep(1.5)
        yield 2

    async def consume() -> None:
        async for _ in ahead(pieces()):
            pass

    async def main() -> None:
        task = asyncio.create_task(consume())
        await asyncio.sleep(0.3)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    ended = threading.Event()

    def run() -> None:
        asyncio.run(main())
        ended.set()

    started = time.monotonic()
    threading.Thread(target=run, daemon=True).start()
    assert ended.wait(10), "the loop waits for ever for a piece that never comes"
    assert time.monotonic() - started < 5
    assert gone()
