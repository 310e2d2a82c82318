"""Takes couriers' recorded answers in: tracking, lists of parcels, COD statements."""

from __future__ import annotations

import asyncio
import hashlib
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple

from couriers.contract import Account, CourierInfo, ManifestReading
from couriers.errors import CourierError
from couriers.facts import Complaint, ManifestLine, Money, Parcels, Rejected
from reconciler.errors import BadFile
from reconciler.intake.batches import record_batches
from reconciler.intake.rejects import Counts, Rejects, open_file
from reconciler.intake.stream import ahead
from reconciler.store import Connection, Pool
from reconciler.store.copying import copy_text
from reconciler.store.manifests import record_lines
from reconciler.store.reports import Source, record_reports
from reconciler.store.statements import statements

_ANSWER_AT_MOST = 200 * 1024 * 1024
_REPORTS = 5_000
_LINES = 200_000
_CHUNK = 4_000
_PART = 4 * 1024 * 1024


async def import_answer(
    pool: Pool,
    path: Path,
    kind: Literal["tracking", "parcels"],
    info: CourierInfo,
    account: Account | None,
    shop_id: int,
    *,
    awb: str | None,
    now: datetime,
) -> Counts:
    """A recorded answer. Raises BadFile with the courier's own error where the answer is one."""
    with open_file(path) as source:
        body = source.read(_ANSWER_AT_MOST + 1)
    if len(body) > _ANSWER_AT_MOST:
        raise BadFile(f"{path} is larger than any courier's answer; split it.")
    parser = info.parser_of(account)
    try:
        read = parser.tracking if kind == "tracking" else parser.parcels
        answer = await asyncio.to_thread(read, body, awb)
    except CourierError as error:
        raise BadFile(f"{path}: {error.message}") from None
    counts = Counts()
    source_of = Source(shop_id, info.name, account.name if account else None, kind)
    digest = hashlib.sha256(body + (awb or "").encode()).digest()
    async with pool.acquire(timeout=10) as connection, connection.transaction():
        fresh = await statements("readings").take(connection, shop=shop_id, courier=info.name, kind=kind, sha256=digest, now=now)
        if fresh is None:
            counts.unchanged = len(answer.parcels)
        else:
            for start in range(0, len(answer.parcels), _REPORTS):
                reports = answer.parcels[start : start + _REPORTS]
                recorded = await record_reports(connection, reports, source_of, info.awb_key, now)
                counts.new += recorded.new
                counts.changed += recorded.changed
                counts.unchanged += recorded.unchanged
    rejects = Rejects(path)
    for complaint in _complaints(answer):
        rejects.add(["where"], [complaint.where], complaint.reason)
    rejects.close(counts)
    return counts


def _complaints(answer: Parcels) -> Iterator[Complaint]:
    yield from answer.complaints
    for place, report in enumerate(answer.parcels, start=1):
        if report.awb is None:
            yield Complaint(f"item {place}", "the answer does not name its parcel; say which with --awb")


class ManifestSource(NamedTuple):
    """Whose statement it is."""

    info: CourierInfo
    account: Account | None
    shop_id: int


async def import_manifest(
    pool: Pool, path: Path, source: ManifestSource, *, now: datetime, progress: Callable[[int], None] = lambda _lines: None
) -> Counts:
    """A COD statement from a file. Raises BadFile where it is none."""
    rejects = Rejects(path)
    counts = Counts()
    open_file(path).close()
    try:
        counts = await take_manifest(pool, lambda: path.open("rb"), path.name, source, rejects, now=now, progress=progress)
    except CourierError as error:
        raise BadFile(f"{path}: {error.message}") from None
    finally:
        rejects.close(counts)
    return counts


async def take_manifest(
    pool: Pool,
    opened: Callable[[], BinaryIO],
    name: str,
    source: ManifestSource,
    rejects: Rejects | None,
    *,
    now: datetime,
    progress: Callable[[int], None] = lambda _lines: None,
) -> Counts:
    """A COD statement, its lines streamed in and its bytes kept. Raises CourierError where it is none."""
    info, account, shop_id = source
    account_name = account.name if account else None
    counts = Counts()
    digest = await asyncio.to_thread(_sha256, opened)
    with opened() as document:
        reading = info.parser_of(account).manifest(document)
        chunks = ahead(_chunks(reading, info.awb_key))
        first = await anext(chunks, None)  # a document that is no statement is refused before anything is written
        async with pool.acquire(timeout=10) as connection:
            manifest_id: int | None = await statements("manifests").begin(
                connection, shop=shop_id, courier=info.name, account=account_name, name=name, sha256=digest, now=now
            )
        # No connection is held from batch to batch: keeping the bytes needs one of its own.
        keeping = asyncio.create_task(_keep(pool, manifest_id, opened)) if manifest_id else None
        where = Source(shop_id, info.name, account_name, "manifest")

        async def record(connection: Connection, batch: _Lines) -> tuple[int, int]:
            if manifest_id is None:
                return 0, await batch.count()
            return await record_lines(connection, manifest_id, batch.copy(), where, now, batch.begun.set)

        try:
            async for batch, (new, known) in record_batches(pool, _batches(first, chunks, rejects, progress), record):
                counts.new += new
                counts.unchanged += known
                counts.rejected += batch.refused
            if manifest_id is not None and keeping is not None:
                await keeping
                await _finish(pool, manifest_id, reading)
        finally:
            if keeping:
                keeping.cancel()
    return counts


class _Chunk(NamedTuple):
    rows: int
    copy: bytes
    refused: list[Rejected]


def _chunks(reading: ManifestReading, awb_key: Callable[[str], str]) -> Iterator[_Chunk]:
    """Lines as text for COPY, columns of LINE_COLUMNS, some thousand at a time."""
    lines: list[ManifestLine] = []
    refused: list[Rejected] = []
    for line in reading.lines:
        if isinstance(line, Rejected):
            refused.append(line)
        else:
            lines.append(line)
        if len(lines) + len(refused) >= _CHUNK:
            yield _Chunk(len(lines), copy_text(_columns(lines, awb_key)), refused)
            lines, refused = [], []
    if lines or refused:
        yield _Chunk(len(lines), copy_text(_columns(lines, awb_key)), refused)


def _columns(lines: list[ManifestLine], awb_key: Callable[[str], str]) -> list[list[str]]:
    days: dict[date | None, str] = {None: ""}

    def written(day: date | None) -> str:
        return days.get(day) or days.setdefault(day, day.isoformat() if day else "")

    return [
        [line.awb for line in lines],
        [awb_key(line.awb) for line in lines],
        [line.order_ref or "" for line in lines],
        [str(line.collected[0]) for line in lines],
        [str(line.fee[0]) for line in lines],
        [str(line.remitted[0]) if line.remitted else "" for line in lines],
        [line.collected[1] for line in lines],
        [written(line.delivered_on) for line in lines],
        [written(line.paid_on) for line in lines],
        [line.reference or "" for line in lines],
        [str(line.line) for line in lines],
    ]


async def _batches(
    first: _Chunk | None, rest: AsyncIterator[_Chunk], rejects: Rejects | None, progress: Callable[[int], None]
) -> AsyncIterator[_Lines]:
    while first is not None:
        yield _Lines(first, rest, rejects, progress)
        first = await anext(rest, None)


class _Lines:
    """The chunks of one transaction."""

    def __init__(
        self, first: _Chunk, rest: AsyncIterator[_Chunk], rejects: Rejects | None, progress: Callable[[int], None]
    ) -> None:
        self.first, self.rest, self.rejects, self.progress = first, rest, rejects, progress
        self.refused = 0
        self.begun = asyncio.Event()

    async def copy(self) -> AsyncIterator[bytes]:
        """What COPY takes; refused lines are set aside on the way."""
        rows = 0
        chunk: _Chunk | None = self.first
        while chunk is not None:
            rows += chunk.rows
            self.progress(chunk.rows + len(chunk.refused))
            self.refused += len(chunk.refused)
            for line in chunk.refused if self.rejects else ():
                assert self.rejects is not None
                self.rejects.add(["line"], [str(line.line)], line.reason)
            if chunk.rows:
                yield chunk.copy
            chunk = await anext(self.rest, None) if rows < _LINES else None

    async def count(self) -> int:
        """Lines of a statement that is in already; refused ones are set aside as well."""
        return sum([block.count(b"\n") async for block in self.copy()])


def _sha256(opened: Callable[[], BinaryIO]) -> bytes:
    digest = hashlib.sha256()
    with opened() as document:
        while block := document.read(_PART):
            digest.update(block)
    return digest.digest()


async def _keep(pool: Pool, manifest_id: int, opened: Callable[[], BinaryIO]) -> None:
    """The bytes as they came, deflated part by part."""
    with opened() as document:
        part = 0
        while block := await asyncio.to_thread(document.read, _PART):
            deflated = await asyncio.to_thread(zlib.compress, block, 1)
            async with pool.acquire(timeout=60) as connection:
                await statements("manifests").keep_part(connection, manifest=manifest_id, part=part, deflated=deflated)
            part += 1


async def _finish(pool: Pool, manifest_id: int, reading: ManifestReading) -> None:
    total: Money | None = reading.total
    async with pool.acquire(timeout=60) as connection:
        await statements("manifests").finish(
            connection, manifest=manifest_id, reference=reading.reference, paid_on=reading.paid_on,
            currency=reading.currency or (total.currency if total else None), total=total.minor if total else None,
        )  # fmt: skip
