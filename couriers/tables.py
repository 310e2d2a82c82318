"""Reads tables row by row: CSV in any usual encoding and separator, tab-separated text, XLSX, XLS.

Text files are streamed, so memory does not grow with them. Cells come as text; a row that cannot
be read comes as Rejected and the next one follows.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import reduce
from itertools import chain, islice
from typing import BinaryIO, NamedTuple

from python_calamine import CalamineError, CalamineWorkbook

from couriers.errors import CourierError
from couriers.facts import Rejected

_SAMPLE = 256 * 1024
_LINES_IN_A_RECORD = 50
_LINES_IN_A_BLOCK = 2_000
_UNPACKED_AT_MOST = 600 * 1024 * 1024
_XLS_AT_MOST = 100 * 1024 * 1024
_CELLS_AT_MOST = 32_000_000
_WIDE_CELL = re.compile(rb"r=[\"']([A-Za-z]{2,3})\d")
_ROW_OF_CELL = re.compile(rb"r=[\"'][A-Za-z]{0,3}(\d{1,7})[\"']")
_XLSX, _XLS = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_LETTERS = frozenset("ąćęłńóśźżĄĆĘŁŃÓŚŹŻăâîșțşţĂÂÎȘȚŞŢáčďéěíňřšťúůýžÁČĎÉĚÍŇŘŠŤÚŮÝŽöüőűäßôľĺŕÖÜŐŰÄÔĽ")
_SINGLE_BYTE = ("cp1250", "iso8859_2", "cp852")
_CYRILLIC_RUN = re.compile(rb"[\xa5\xa8\xaa\xaf\xb2-\xb4\xb8\xba\xbf-\xff]{2,}")
_HIGH = re.compile(rb"[\x80-\xff]")


class Row(NamedTuple):
    """One record: the line it starts on (1 is the file's first) and its cells, stripped of nothing."""

    line: int
    cells: list[str]


class Block(NamedTuple):
    """Some thousand records in a row: the line each starts on, their cells, and what could not be read among them."""

    lines: Sequence[int]
    rows: list[list[str]]
    rejected: list[Rejected]


def read_rows(source: BinaryIO) -> Iterator[Row | Rejected]:
    """The records of a table file, empty ones left out.

    ``source`` must be seekable. Raises CourierError ``malformed`` where it is no table at all.
    """
    return _flat(read_blocks(source))


def read_blocks(source: BinaryIO) -> Iterator[Block]:
    """As read_rows, many records at a time, for files of millions."""
    head = source.read(8)
    source.seek(0)
    if not head:
        raise CourierError("malformed", "The file is empty.")
    return _sheet_blocks(source) if head.startswith((_XLSX, _XLS)) else _text_blocks(source)


def _flat(blocks: Iterator[Block]) -> Iterator[Row | Rejected]:
    for lines, rows, rejected in blocks:
        if rejected:
            both: list[Row | Rejected] = [*map(Row, lines, rows), *rejected]
            yield from sorted(both, key=lambda each: each.line)
        else:
            for line, cells in zip(lines, rows, strict=True):
                yield Row(line, cells)


def is_spreadsheet(source: BinaryIO) -> bool:
    """Whether the file is an XLSX or XLS workbook."""
    head = source.read(4)
    source.seek(0)
    return head in (_XLSX, _XLS)


def encoding_of(source: BinaryIO) -> str:
    """The encoding of a text: by its mark, else UTF-8 where all of it is, else the likeliest of the region's."""
    head = source.read(4)
    source.seek(0)
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    decoder = codecs.getincrementaldecoder("utf-8")()
    sample = bytearray()
    utf8 = True
    while block := source.read(1 << 20):
        if utf8:
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                utf8 = False
        if not block.isascii() and len(sample) < _SAMPLE:
            sample += b"\n".join(line for line in block.split(b"\n") if not line.isascii())[:_SAMPLE]
    source.seek(0)
    if utf8 and not decoder.getstate()[0]:
        return "utf-8-sig"
    return _region_encoding(bytes(sample))


def _region_encoding(sample: bytes) -> str:
    """Cyrillic words are runs of high bytes; in our Latin languages high bytes stand alone."""
    high = len(_HIGH.findall(sample))
    in_runs = sum(len(run) for run in _CYRILLIC_RUN.findall(sample))
    if in_runs * 2 > high:
        return "cp1251"
    scores = {}
    for encoding in _SINGLE_BYTE:
        text = sample.decode(encoding, errors="replace")
        scores[encoding] = sum(1 if letter in _LETTERS else -1 for letter in text if not letter.isascii())
    return max(_SINGLE_BYTE, key=lambda encoding: scores[encoding])


def separator_of(header: str) -> str:
    """The separator a header line uses, counted outside quotes; a comma where it has none."""
    bare = re.sub(r'"[^"]*"', "", header)
    return max((";", "\t", ",", "|"), key=lambda sign: (bare.count(sign), sign == ","))


def _text_blocks(source: BinaryIO) -> Iterator[Block]:
    encoding = encoding_of(source)
    lines = io.TextIOWrapper(source, encoding=encoding, errors="replace", newline="")
    try:
        opening = list(islice(lines, 30))
        if not opening:
            raise CourierError("malformed", "The file is empty.")
        separator = max(map(separator_of, opening), key=lambda sign: max(line.count(sign) for line in opening))
        rest = chain(opening, lines)
        line = 1
        while some := list(islice(rest, _LINES_IN_A_BLOCK)):
            block = _plain_block(some, separator, line)
            if block is None:
                replay = _Replay(some, rest, line)
                yield _careful_block(replay, separator)
                line = replay.line
            else:
                yield block
                line += len(some)
    finally:
        if not source.closed:
            lines.detach()


def _plain_block(some: list[str], separator: str, line: int) -> Block | None:
    """A block in which every record is one line; None where a quote may reach over line ends."""
    try:
        rows = list(csv.reader(some, delimiter=separator))
    except csv.Error:
        return None
    if len(rows) != len(some) or some[-1].count('"') % 2:
        return None
    if all(map(any, rows)):
        return Block(range(line, line + len(rows)), rows, [])
    kept = [place for place, cells in enumerate(rows) if any(cells)]
    return Block([line + place for place in kept], [rows[place] for place in kept], [])


def _careful_block(replay: _Replay, separator: str) -> Block:
    """The block's records one by one, past its end where the last record reaches over it."""
    lines: list[int] = []
    block = Block(lines, [], [])
    for each in _records(replay, separator):
        if isinstance(each, Rejected):
            block.rejected.append(each)
        else:
            lines.append(each.line)
            block.rows.append(each.cells)
        if not replay.again:
            break
    return block


class _Replay:
    """An iterator of lines that counts them and can hand lines out a second time."""

    def __init__(self, opening: list[str], rest: Iterator[str], line: int) -> None:
        self.again = deque(opening)
        self.rest = rest
        self.line = line  # of the next record
        self.since: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.since) >= _LINES_IN_A_RECORD:
            raise csv.Error("a quote is opened and never closed")
        line = self.again.popleft() if self.again else next(self.rest)
        self.since.append(line)
        return line


def _records(lines: _Replay, separator: str) -> Iterator[Row | Rejected]:
    since = lines.since
    reader = csv.reader(lines, delimiter=separator)
    while True:
        line = lines.line
        found: Row | Rejected
        try:
            found = Row(line, next(reader))
        except StopIteration:
            return
        except csv.Error as error:
            found = Rejected(line, f"the row cannot be read: {error}")
            reader = csv.reader(lines, delimiter=separator)
        if isinstance(found, Row) and len(since) > 1 and "".join(since).count('"') % 2:
            found = Rejected(line, "the row cannot be read: a quote is opened and never closed")
        if isinstance(found, Rejected):
            lines.again.extendleft(reversed(since[1:]))
            del since[1:]
        lines.line += len(since)
        since.clear()
        if isinstance(found, Rejected) or any(found.cells):
            yield found


def _sheet_blocks(source: BinaryIO) -> Iterator[Block]:
    try:
        _refuse_bombs(source)
        book = CalamineWorkbook.from_filelike(source)
        sheets = [book.get_sheet_by_name(name) for name in book.sheet_names]
        sheet = next((each for each in sheets if each.height), None)
    except (CalamineError, zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError) as error:
        raise CourierError("malformed", "The spreadsheet cannot be opened.") from error
    if sheet is None:
        raise CourierError("malformed", "The spreadsheet is empty.")
    numbered = enumerate(sheet.iter_rows(), start=1)
    while some := list(islice(numbered, _LINES_IN_A_BLOCK)):
        rows = [(line, [_cell(value) for value in values]) for line, values in some]
        kept = [(line, cells) for line, cells in rows if any(cells)]
        yield Block([line for line, _ in kept], [cells for _, cells in kept], [])


def _refuse_bombs(source: BinaryIO) -> None:
    if source.read(4) == _XLSX:
        source.seek(0)
        with zipfile.ZipFile(source) as packed:
            size = sum(entry.file_size for entry in packed.infolist())
            sparse = size <= _UNPACKED_AT_MOST and any(
                _area(packed, entry) > _CELLS_AT_MOST for entry in packed.infolist() if entry.filename.lower().endswith(".xml")
            )
    else:
        sparse = False
        size = source.seek(0, io.SEEK_END) * _UNPACKED_AT_MOST // _XLS_AT_MOST
    source.seek(0)
    if sparse or size > _UNPACKED_AT_MOST:
        raise CourierError("malformed", "The spreadsheet is too large; send it as CSV.")


def _area(packed: zipfile.ZipFile, entry: zipfile.ZipInfo) -> int:
    """Cells of the rectangle a sheet spans, which the reader fills in memory however few of them are written.

    Up to column Z it always fits, so only sheets with wider cells are looked at a second time, for their last row.
    """
    width = max((_column(letters) for letters in _found(_WIDE_CELL, packed, entry)), default=0)
    return width and width * max(map(int, _found(_ROW_OF_CELL, packed, entry)), default=1)


def _column(letters: bytes) -> int:
    return reduce(lambda number, letter: number * 26 + letter - 64, letters.upper(), 0)


def _found(pattern: re.Pattern[bytes], packed: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """The pattern's groups in a packed file, which is never held whole; each different one at most once a block."""
    rest = b""
    with packed.open(entry) as unpacked:
        while block := unpacked.read(1 << 20):
            yield from set(pattern.findall(rest + block))
            rest = block[-16:]


def _cell(value: int | float | str | bool | time | date | datetime | timedelta) -> str:
    """A cell as text: whole numbers without a point, days in ISO.

    Spreadsheets keep 15 digits; longer numbers stay in exponent form, so that what was lost is seen.
    """
    if isinstance(value, float):
        if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        return repr(value) if abs(value) < 1e15 else f"{value:e}"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    return value if isinstance(value, str) else str(value)
