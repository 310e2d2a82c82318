"""Reads an orders file: CSV, spreadsheet or JSON lines, streamed into chunks ready for the database."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, BinaryIO

from couriers.contract import CourierInfo
from couriers.errors import CourierError
from couriers.tables import encoding_of, read_blocks
from reconciler.config import Shop
from reconciler.errors import BadFile
from reconciler.intake.order_columns import NEEDED, OPTIONAL, Chunk, OrderColumns, RefusedRow

_LINES = 2_000
_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


@dataclass
class OrderFile:
    """An orders file being read. ``header`` and ``staged`` (the columns of the chunks) are known once the first chunk came."""

    source: BinaryIO
    name: str
    shops: Mapping[str, tuple[int, Shop]]
    default_shop: str | None
    couriers: Mapping[str, CourierInfo]
    header: Sequence[str] = ()
    staged: Sequence[str] = ()

    def chunks(self) -> Iterator[Chunk]:
        """The file's rows. Raises BadFile where the file is no orders file at all."""
        try:
            yield from self._json_lines() if self._is_json() else self._table()
        except CourierError as error:
            raise BadFile(f"{self.name}: {error.message}") from None

    def _is_json(self) -> bool:
        head = self.source.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
        self.source.seek(0)
        return head.startswith(b"{")

    def _table(self) -> Iterator[Chunk]:
        columns: OrderColumns | None = None
        for lines, rows, rejected in read_blocks(self.source):
            if columns is None:
                if not rows or (rejected and rejected[0].line < lines[0]):
                    raise BadFile(f"{self.name}: there is no header row; the first line must name the columns.")
                columns = self._columns([cell.strip().lower() for cell in rows[0]], lines[0])
                lines, rows = lines[1:], rows[1:]
            chunk = columns.convert(lines, rows)
            yield chunk._replace(refused=sorted([*chunk.refused, *(RefusedRow(each.line, [], each.reason) for each in rejected)]))
        if columns is None:
            raise BadFile(f"{self.name}: the file is empty; the first line must name the columns.")

    def _columns(self, header: Sequence[str], line: int, *, extra_is_json: bool = False) -> OrderColumns:
        missing = [column for column in NEEDED if column not in header]
        if missing:
            raise BadFile(f"{self.name}, line {line}: the header lacks {', '.join(missing)}; needed are {', '.join(NEEDED)}.")
        doubled = [column for column in (*NEEDED, *OPTIONAL) if header.count(column) > 1]
        if doubled:
            raise BadFile(f"{self.name}, line {line}: the header names {doubled[0]} twice; keep one of them.")
        columns = OrderColumns(header, self.shops, self.default_shop, self.couriers, extra_is_json=extra_is_json)
        self.header, self.staged = header, columns.staged
        return columns

    def _json_lines(self) -> Iterator[Chunk]:
        columns = self._columns([*NEEDED, *OPTIONAL, "extra"], 1, extra_is_json=True)
        texts = io.TextIOWrapper(self.source, encoding=encoding_of(self.source), errors="replace")
        try:
            numbered = enumerate(texts, start=1)
            while some := list(islice(numbered, _LINES)):
                read = [(line, _cells(text)) for line, text in some if text.strip()]
                good = [(line, cells) for line, cells in read if isinstance(cells, list)]
                bad = [RefusedRow(line, [], cells) for line, cells in read if isinstance(cells, str)]
                chunk = columns.convert([line for line, _ in good], [cells for _, cells in good])
                yield chunk._replace(refused=sorted([*chunk.refused, *bad]))
        finally:
            texts.detach()


def _cells(text: str) -> list[str] | str:
    """A JSON line as cells under the full header, or why it is none. Numbers keep the digits they were written with."""
    try:
        item = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        return "the line is not a JSON object"
    if not isinstance(item, dict):
        return "the line is not a JSON object"
    known = {key: "" if value is None else value for key, value in item.items() if key in NEEDED or key in OPTIONAL}
    wrong = [key for key, value in known.items() if not isinstance(value, str)]
    if wrong:
        return f"{wrong[0]} holds neither a text nor a number"
    extra = {key: value for key, value in item.items() if key not in known}
    return [*(known.get(column, "") for column in (*NEEDED, *OPTIONAL)), _kept(extra) if extra else ""]


def _kept(extra: dict[str, Any]) -> str:
    """As JSON without NUL, which the database's JSON cannot hold."""
    return _NUL.sub(r"\1", json.dumps(extra, ensure_ascii=False))
