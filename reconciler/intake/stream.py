"""Runs a file's reader in a thread of its own, a bounded number of pieces ahead of the database."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")
_END = object()


async def ahead(pieces: Iterator[T], depth: int = 100) -> AsyncIterator[T]:
    """The pieces of an iterator that blocks, in order; what it raises is raised here.

    The thread ends with the iterator, or soon after the consumer leaves.
    """
    ready: queue.Queue[object] = queue.Queue(depth)
    left = threading.Event()

    def put(piece: object) -> bool:
        while not left.is_set():
            try:
                ready.put(piece, timeout=0.2)
            except queue.Full:
                continue
            return True
        return False

    def read() -> None:
        try:
            for piece in pieces:
                if not put(piece):
                    return
            put(_END)
        except Exception as error:
            put(error)

    thread = threading.Thread(target=read, name="reader", daemon=True)
    thread.start()
    try:
        while True:
            try:
                piece = ready.get_nowait()
            except queue.Empty:
                piece = await asyncio.to_thread(ready.get)
            if piece is _END:
                return
            if isinstance(piece, Exception):
                raise piece
            yield piece  # type: ignore[misc]  # only T, the end and errors are ever put
    finally:
        left.set()
        with suppress(queue.Full):
            ready.put_nowait(_END)  # frees a wait that was cancelled: its thread would never end
