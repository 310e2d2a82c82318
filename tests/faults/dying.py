"""``reconciler`` as a process that is killed before its n-th word with the database: python -m tests.faults.dying N ARGS.

Batches are small here, so that a modest file takes several transactions.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from itertools import count
from typing import Any

import asyncpg

import reconciler.intake.answers as answers
import reconciler.intake.order_file as order_file
import reconciler.intake.orders as orders
from reconciler.cli import main

_WORDS = ("execute", "fetch", "fetchrow", "fetchval", "copy_to_table", "copy_records_to_table")


def _mortal(method: Callable[..., Any], words: count[int], last: int) -> Callable[..., Any]:
    async def call(*args: Any, **kwargs: Any) -> Any:
        if next(words) == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return await method(*args, **kwargs)

    return call


def run(last: int, args: list[str]) -> None:
    """Runs the command; with ``last`` 0 to its end, the count of words told at the end on standard error."""
    words = count(1)
    for name in _WORDS:
        setattr(asyncpg.Connection, name, _mortal(getattr(asyncpg.Connection, name), words, last))
    for module, name, rows in (
        (orders, "_BATCH_ROWS", 1000),
        (order_file, "_LINES", 500),
        (answers, "_LINES", 1000),
        (answers, "_CHUNK", 500),
    ):
        assert hasattr(module, name), name
        setattr(module, name, rows)
    sys.argv = ["reconciler", *args]
    try:
        main()
    finally:
        print(f"words {next(words) - 1}", file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    run(int(sys.argv[1]), sys.argv[2:])
