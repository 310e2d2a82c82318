"""Takes an orders file in: streamed, batch by batch, the rows that cannot be taken set aside with their reason."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from couriers.contract import CourierInfo
from reconciler.config import Shop
from reconciler.errors import BadFile
from reconciler.intake.order_rows import STAGED, Chunk, OrderFile, RefusedRow
from reconciler.intake.stream import ahead
from reconciler.store import Pool
from reconciler.store.orders import Recorded, Refusal, record_orders

_BATCH_ROWS = 200_000


@dataclass
class Counts:
    """What an import came to, in rows; ``rejects_file`` holds the rejected ones."""

    new: int = 0
    unchanged: int = 0
    changed: int = 0
    rejected: int = 0
    rejects_file: Path | None = None

    def json(self) -> dict[str, Any]:
        """As ``--json`` prints it."""
        return vars(self) | {"rejects_file": str(self.rejects_file) if self.rejects_file else None}


class Rejects:
    """The file of rejected rows, made only when there is one: the row's cells, then line and reason."""

    def __init__(self, beside: Path) -> None:
        self.path = beside.with_name(f"{beside.stem}.rejected.csv")
        self.count = 0
        self._stack = ExitStack()
        self._write: Callable[[list[str]], Any] | None = None

    def add(self, header: list[str], cells: list[str], line: int, reason: str) -> None:
        """One rejected row."""
        if self._write is None:
            try:
                sink = self._stack.enter_context(self.path.open("w", encoding="utf-8-sig", newline=""))
            except OSError:
                self.path = Path(self.path.name)
                sink = self._stack.enter_context(self.path.open("w", encoding="utf-8-sig", newline=""))
            self._write = csv.writer(sink).writerow
            self._write([*header, "reason"])
        width = len(header)
        self._write([*(cells + [""] * width)[:width], f"line {line}: {reason}"])
        self.count += 1

    def close(self) -> Path | None:
        """Where the rows are, None where there were none."""
        self._stack.close()
        return self.path if self.count else None


async def import_orders(
    pool: Pool,
    path: Path,
    shops: Mapping[str, tuple[int, Shop]],
    couriers: Mapping[str, CourierInfo],
    *,
    default_shop: str | None,
    now: datetime,
    progress: Callable[[int], None] = lambda _rows: None,
) -> Counts:
    """All of the file that can be taken. Raises BadFile where it is no orders file."""
    counts = Counts()
    rejects = Rejects(path)
    with _open(path) as source:
        file = OrderFile(source, path.name, shops, default_shop, couriers)
        chunks = ahead(file.chunks())
        done = False
        while not done:
            refused: list[RefusedRow] = []

            async def copy(refused: list[RefusedRow] = refused) -> AsyncIterator[bytes]:
                nonlocal done
                rows = 0
                while rows < _BATCH_ROWS:
                    chunk: Chunk | None = await anext(chunks, None)
                    if chunk is None:
                        done = True
                        return
                    rows += chunk.rows
                    refused += chunk.refused
                    progress(chunk.rows + len(chunk.refused))
                    if chunk.rows:
                        yield chunk.copy

            async with pool.acquire(timeout=10) as connection:
                recorded = await record_orders(connection, STAGED, copy(), now)
            _count(counts, recorded)
            for row in refused:
                rejects.add(file.header, row.cells, row.line, row.reason)
            _add_refusals(rejects, file.header, path, recorded.refused)
    counts.rejects_file = rejects.close()
    counts.rejected = rejects.count
    return counts


def _open(path: Path) -> Any:
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise BadFile(f"{path} does not exist.") from None
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror}.") from None


def _count(counts: Counts, recorded: Recorded) -> None:
    counts.new += recorded.new
    counts.changed += recorded.changed
    counts.unchanged += recorded.unchanged


def _add_refusals(rejects: Rejects, header: list[str], path: Path, refusals: list[Refusal]) -> None:
    """Rows the database refused are read a second time, to be set aside with their cells."""
    if not refusals:
        return
    reasons = {refusal.line: refusal.reason for refusal in refusals}
    for line, cells in _cells_of(path, reasons):
        rejects.add(header, cells, line, reasons.pop(line))
    for line, reason in reasons.items():
        rejects.add(header, [], line, reason)


def _cells_of(path: Path, wanted: Mapping[int, str]) -> list[tuple[int, list[str]]]:
    from couriers.facts import Rejected
    from couriers.tables import read_rows

    if path.suffix.lower() in (".jsonl", ".ndjson", ".json"):
        return []
    with path.open("rb") as source:
        return [(row.line, row.cells) for row in read_rows(source) if not isinstance(row, Rejected) and row.line in wanted]
