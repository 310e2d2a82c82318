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
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import reduce
from typing import BinaryIO, NamedTuple

from python_calamine import CalamineError, CalamineWorkbook

from couriers.errors import CourierError
from couriers.facts import Rejected

_SAMPLE = 256 * 1024
_LINES_IN_A_RECORD = 50
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


def read_rows(source: BinaryIO) -> Iterator[Row | Rejected]:
    """The records of a table file, empty ones left out.

    ``source`` must be seekable. Raises CourierError ``malformed`` where it is no table at all.
    """
    head = source.read(8)
    source.seek(0)
    if not head:
        raise CourierError("malformed", "The file is empty.")
    if head.startswith((_XLSX, _XLS)):
        return _sheet_rows(source)
    return _text_rows(source)


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


def _text_rows(source: BinaryIO) -> Iterator[Row | Rejected]:
    encoding = encoding_of(source)
    lines = io.TextIOWrapper(source, encoding=encoding, errors="replace", newline="")
    try:
        opening = [line for _, line in zip(range(30), lines, strict=False)]
        if not opening:
            raise CourierError("malformed", "The file is empty.")
        separator = max(map(separator_of, opening), key=lambda sign: max(line.count(sign) for line in opening))
        yield from _records(_Replay(opening, lines), separator)
    finally:
        if not source.closed:
            lines.detach()


class _Replay:
    """An iterator of lines that counts them and can hand lines out a second time."""

    def __init__(self, opening: list[str], rest: Iterator[str]) -> None:
        self.again = deque(opening)
        self.rest = rest
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
    line = 1
    since = lines.since
    reader = csv.reader(lines, delimiter=separator)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Rejected(line, f"the row cannot be read: {error}")
            lines.again.extendleft(reversed(since[1:]))
            since.clear()
            line += 1
            reader = csv.reader(lines, delimiter=separator)
            continue
        if len(since) > 1 and "".join(since).count('"') % 2:
            yield Rejected(line, "the row cannot be read: a quote is opened and never closed")
            lines.again.extendleft(reversed(since[1:]))
            del since[1:]
        elif any(cells):
            yield Row(line, cells)
        line += len(since)
        since.clear()


def _sheet_rows(source: BinaryIO) -> Iterator[Row | Rejected]:
    try:
        _refuse_bombs(source)
        book = CalamineWorkbook.from_filelike(source)
        sheets = [book.get_sheet_by_name(name) for name in book.sheet_names]
        sheet = next((each for each in sheets if each.height), None)
    except (CalamineError, zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError) as error:
        raise CourierError("malformed", "The spreadsheet cannot be opened.") from error
    if sheet is None:
        raise CourierError("malformed", "The spreadsheet is empty.")
    for line, values in enumerate(sheet.iter_rows(), start=1):
        cells = [_cell(value) for value in values]
        if any(cells):
            yield Row(line, cells)


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
