"""Takes an orders file in: streamed, batch by batch, the rows that cannot be taken set aside with their reason."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from couriers.contract import CourierInfo
from couriers.facts import Rejected
from couriers.tables import read_rows
from reconciler.config import Shop
from reconciler.intake.batches import record_batches
from reconciler.intake.order_columns import Chunk
from reconciler.intake.order_file import OrderFile
from reconciler.intake.rejects import Counts, Rejects, open_file
from reconciler.intake.stream import ahead
from reconciler.store import Connection, Pool
from reconciler.store.orders import Recorded, Refusal, record_orders

_BATCH_ROWS = 200_000


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
    """All of the file that can be taken; ``shops`` gives each shop's id. Raises BadFile where it is no orders file."""
    counts = Counts()
    rejects = Rejects(path)
    try:
        with open_file(path) as source:
            file = OrderFile(source, path.name, shops, default_shop, couriers)
            chunks = ahead(file.chunks())

            async def record(connection: Connection, batch: _Batch) -> Recorded:
                return await record_orders(connection, file.staged, batch.copy(), now, batch.differ, batch.begun.set)

            async for _, recorded in record_batches(pool, _batches(chunks, file, rejects, progress), record):
                counts.new += recorded.new
                counts.changed += recorded.changed
                counts.unchanged += recorded.unchanged
                for refusal, cells in _cells_of(path, recorded.refused):
                    rejects.add(list(file.header), cells, f"line {refusal.line}: {refusal.reason}")
    finally:
        rejects.close(counts)
    return counts


async def _batches(
    chunks: AsyncIterator[Chunk], file: OrderFile, rejects: Rejects, progress: Callable[[int], None]
) -> AsyncIterator[_Batch]:
    while (first := await anext(chunks, None)) is not None:
        yield _Batch(first, chunks, file, rejects, progress)


class _Batch:
    """The chunks of one transaction."""

    def __init__(
        self, first: Chunk, rest: AsyncIterator[Chunk], file: OrderFile, rejects: Rejects, progress: Callable[[int], None]
    ) -> None:
        self.first, self.rest, self.file, self.rejects, self.progress = first, rest, file, rejects, progress
        self.begun = asyncio.Event()
        self._refs = array("q")
        self._waybills = array("q")
        self._rows = 0

    def differ(self) -> bool:
        """Whether every row copied so far surely names its own order and its own waybill."""
        return all(len(set(hashes)) == self._rows for hashes in (self._refs, self._waybills))

    async def copy(self) -> AsyncIterator[bytes]:
        """What COPY takes; refused rows are set aside on the way."""
        chunk: Chunk | None = self.first
        while chunk is not None:
            self._rows += chunk.rows
            self._refs.extend(chunk.refs)
            self._waybills.extend(chunk.waybills)
            self.progress(chunk.rows + len(chunk.refused))
            for row in chunk.refused:
                self.rejects.add(list(self.file.header), row.cells, f"line {row.line}: {row.reason}")
            if chunk.rows:
                yield chunk.copy
            chunk = await anext(self.rest, None) if self._rows < _BATCH_ROWS else None


def _cells_of(path: Path, refusals: list[Refusal]) -> Iterator[tuple[Refusal, list[str]]]:
    """Rows the database refused are read a second time, to be set aside with their cells."""
    wanted = {refusal.line: refusal for refusal in refusals}
    if wanted and path.suffix.lower() not in (".jsonl", ".ndjson", ".json"):
        with path.open("rb") as source:
            for row in read_rows(source):
                if not isinstance(row, Rejected) and row.line in wanted:
                    yield wanted.pop(row.line), row.cells
    for refusal in wanted.values():
        yield refusal, []
