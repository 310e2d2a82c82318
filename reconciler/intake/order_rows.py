"""Reads an orders file row by row: what a row means, and why a row cannot be taken.

Pure but for the file it reads; the surface fixes the column names.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, BinaryIO, NamedTuple
from zoneinfo import ZoneInfo

from couriers.amounts import AmountError, parse_amount
from couriers.contract import CourierInfo
from couriers.errors import CourierError
from couriers.facts import Rejected
from couriers.tables import encoding_of, read_rows
from reconciler.config import Shop
from reconciler.errors import BadFile

NEEDED = ("order_ref", "cod_total", "currency", "courier", "awb")
OPTIONAL = (
    "shop", "ordered_at", "language", "customer_name", "email", "phone", "street", "city", "postcode", "region",
    "country", "pickup_point", "goods_total", "shipping_fee", "cod_fee", "discount", "promised_on", "told_at",
    "told_by", "account", "service", "parcel_cod", "cancelled_at", "replaces",
)  # fmt: skip
# What a staged row holds, in the order of the columns of the staging table.
STAGED = (
    "line", "shop_id", "order_ref", "told_minor", "currency", "courier", "awb", "awb_key", "ordered_at", "language",
    "customer_name", "email", "phone", "street", "city", "postcode", "region", "country", "pickup_point",
    "goods_total", "shipping_fee", "cod_fee", "discount", "promised_on", "told_at", "told_by", "account", "service",
    "parcel_cod", "cancelled_at", "replaces", "extra",
)  # fmt: skip
CURRENCIES = frozenset({"RON", "PLN", "UAH", "CZK", "EUR", "HUF", "BGN", "MDL", "USD", "GBP"})
_TEXTS = ("language", "customer_name", "email", "phone", "street", "city", "postcode", "region", "country", "pickup_point")
_DAMAGED = re.compile(r"\d+(?:[.,]\d+)?e\+?\d+", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_CHUNK = 4000
_AWB_AT_MOST = 60
_REF_AT_MOST = 200
_CELL_AT_MOST = 4000


class Chunk(NamedTuple):
    """Some thousand rows, ready for COPY (CSV, columns of STAGED), and the rows refused among them."""

    rows: int
    copy: bytes
    refused: list[RefusedRow]


class RefusedRow(NamedTuple):
    """A row not taken: its line, its cells as they came, and the reason."""

    line: int
    cells: list[str]
    reason: str


class RowError(ValueError):
    """Why a row cannot be taken."""


@dataclass
class OrderFile:
    """An orders file being read. ``header`` is complete once the first chunk has come."""

    source: BinaryIO
    name: str
    shops: Mapping[str, tuple[int, Shop]]
    default_shop: str | None
    couriers: Mapping[str, CourierInfo]
    header: list[str] = field(default_factory=list)

    def chunks(self) -> Iterator[Chunk]:
        """The file's rows. Raises BadFile where the file is no orders file at all."""
        records = self._json_lines() if self._is_json() else self._table()
        sink = io.StringIO()
        write = csv.writer(sink).writerow
        rows, refused, read = 0, [], None
        for line, cells in records:
            if isinstance(cells, str):
                refused.append(RefusedRow(line, [], cells))
            else:
                read = read or self._reader()
                try:
                    write(read(line, cells))
                    rows += 1
                except RowError as error:
                    refused.append(RefusedRow(line, cells, str(error)))
            if rows + len(refused) >= _CHUNK:
                yield Chunk(rows, sink.getvalue().encode(), refused)
                sink.seek(0)
                sink.truncate()
                rows, refused = 0, []
        yield Chunk(rows, sink.getvalue().encode(), refused)

    def _is_json(self) -> bool:
        head = self.source.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
        self.source.seek(0)
        return head.startswith(b"{")

    def _table(self) -> Iterator[tuple[int, list[str] | str]]:
        try:
            rows = read_rows(self.source)
            first = next(rows, None)
            if first is None or isinstance(first, Rejected):
                raise BadFile(f"{self.name}: there is no header row; the first line must name the columns.")
            self._take_header([cell.strip().lower() for cell in first.cells], first.line)
            for row in rows:
                yield (row.line, row.reason) if isinstance(row, Rejected) else (row.line, row.cells)
        except CourierError as error:
            raise BadFile(f"{self.name}: {error.message}") from None

    def _take_header(self, header: list[str], line: int) -> None:
        missing = [column for column in NEEDED if column not in header]
        if missing:
            raise BadFile(f"{self.name}, line {line}: the header lacks {', '.join(missing)}; needed are {', '.join(NEEDED)}.")
        doubled = [column for column in (*NEEDED, *OPTIONAL) if header.count(column) > 1]
        if doubled:
            raise BadFile(f"{self.name}, line {line}: the header names {doubled[0]} twice; keep one of them.")
        self.header = header

    def _json_lines(self) -> Iterator[tuple[int, list[str] | str]]:
        self.header = [*NEEDED, *OPTIONAL, "extra"]
        lines = io.TextIOWrapper(self.source, encoding=encoding_of(self.source), errors="replace")
        try:
            for line, text in enumerate(lines, start=1):
                if text.strip():
                    yield line, _json_cells(text, self.header)
        finally:
            lines.detach()

    def _reader(self) -> Callable[[int, list[str]], tuple[object, ...]]:
        return _RowReader(self).read


def _json_cells(text: str, header: list[str]) -> list[str] | str:
    try:
        item = json.loads(text, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return "the line is not a JSON object"
    if not isinstance(item, dict):
        return "the line is not a JSON object"
    known = {key: "" if value is None else value for key, value in item.items() if key in header and key != "extra"}
    if any(not isinstance(value, str) for value in known.values()):
        return "a column holds neither a text nor a number"
    extra = {key: value for key, value in item.items() if key not in known}
    return [*(known.get(column, "") for column in header[:-1]), json.dumps(extra) if extra else ""]


class _RowReader:
    """Turns cells into a staged row; built once per file so that a row costs little."""

    def __init__(self, file: OrderFile) -> None:
        self.width = len(file.header)
        self.at = {column: file.header.index(column) for column in (*NEEDED, *OPTIONAL) if column in file.header}
        self.ref_at, self.total_at = self.at["order_ref"], self.at["cod_total"]
        self.currency_at, self.courier_at, self.awb_at = self.at["currency"], self.at["courier"], self.at["awb"]
        self.text_at = [self.at.get(column, -1) for column in _TEXTS]
        self.extra_json_at = file.header.index("extra") if file.header[-1:] == ["extra"] else -1
        self.extra_at = [
            (place, name) for place, name in enumerate(file.header) if name not in self.at and place != self.extra_json_at and name
        ]
        self.money_at = [self.at.get(column, -1) for column in ("goods_total", "shipping_fee", "cod_fee", "discount")]
        self.shops, self.couriers, self.default_shop = file.shops, file.couriers, file.default_shop
        self.minors: dict[str, int] = {}
        self.days: dict[str, date] = {}
        self.rare = {
            column: self.at.get(column, -1) for column in ("shop", "parcel_cod", "told_by", "account", "service", "replaces")
        }
        self.times = {column: self.at.get(column, -1) for column in ("ordered_at", "told_at", "cancelled_at")}
        self.promised_at = self.at.get("promised_on", -1)

    def read(self, line: int, cells: list[str]) -> tuple[object, ...]:
        """The staged row, columns of STAGED. Raises RowError."""
        if len(cells) != self.width:
            cells = self._fitted(cells)
        cells = [cell.strip() for cell in cells]
        cells.append("")  # what an absent column (-1) reads
        order_ref, awb = cells[self.ref_at], cells[self.awb_at]
        if not order_ref or len(order_ref) > _REF_AT_MOST:
            raise RowError("order_ref is empty" if not order_ref else "order_ref is too long")
        currency = cells[self.currency_at].upper()
        if currency not in CURRENCIES:
            raise RowError(f"currency '{cells[self.currency_at]}' is not one of {', '.join(sorted(CURRENCIES))}")
        info = self.couriers.get(cells[self.courier_at].lower())
        if info is None:
            raise RowError(f"courier '{cells[self.courier_at]}' is not known; there are {', '.join(sorted(self.couriers))}")
        if not awb or len(awb) > _AWB_AT_MOST or not any(map(str.isalnum, awb)):
            raise RowError("awb is empty" if not awb else f"awb '{awb[:_AWB_AT_MOST]}' is no waybill")
        if _DAMAGED.fullmatch(awb):
            raise RowError(f"awb '{awb}' was damaged by a spreadsheet; export the column as text")
        told = self._minor("cod_total", cells[self.total_at])
        if told is None:
            raise RowError("cod_total is empty; write 0 for a prepaid order")
        if _CONTROL.search("".join(cells)):
            raise RowError("the row holds control characters")
        shop_id, zone = self._shop(cells[self.rare["shop"]])
        texts = [cells[place] or None for place in self.text_at]
        money = [
            self._minor(name, cells[at])
            for name, at in zip(("goods_total", "shipping_fee", "cod_fee", "discount"), self.money_at, strict=True)
        ]
        promised = cells[self.promised_at]
        ordered_at, told_at, cancelled_at = (self._time(name, cells[place], zone) for name, place in self.times.items())
        return (
            line, shop_id, order_ref, told, currency, info.name, awb, info.awb_key(awb), ordered_at, *texts, *money,
            self._day(promised) if promised else None, told_at, cells[self.rare["told_by"]] or None,
            cells[self.rare["account"]] or None, cells[self.rare["service"]] or None,
            self._minor("parcel_cod", cells[self.rare["parcel_cod"]]), cancelled_at, cells[self.rare["replaces"]] or None,
            self._extra(cells),
        )  # fmt: skip

    def _fitted(self, cells: list[str]) -> list[str]:
        if any(cell.strip() for cell in cells[self.width :]):
            raise RowError(f"the row has {len(cells)} cells, the header names {self.width}")
        return (cells + [""] * self.width)[: self.width]

    def _shop(self, key: str) -> tuple[int, ZoneInfo]:
        key = key or self.default_shop or ""
        if key not in self.shops:
            raise RowError(f"shop '{key}' is not in the settings" if key else "shop is empty and there are several shops")
        shop_id, shop = self.shops[key]
        return shop_id, ZoneInfo(shop.timezone)

    def _minor(self, column: str, text: str) -> int | None:
        if not text:
            return None
        minor = self.minors.get(text)
        if minor is None:
            try:
                minor = int(parse_amount(text).scaleb(2))
            except AmountError as error:
                raise RowError(f"{column}: {error}") from None
            if minor < 0:
                raise RowError(f"{column}: {text} is below zero")
            if len(self.minors) < 100_000:
                self.minors[text] = minor
        return minor

    def _day(self, text: str) -> date:
        day = self.days.get(text)
        if day is None:
            try:
                day = datetime.fromisoformat(text).date()
            except ValueError:
                raise RowError(f"promised_on '{text}' is no day; write it like 2026-11-23") from None
            if not 2000 <= day.year < 2100:
                raise RowError(f"promised_on '{text}' is not in our century")
            self.days[text] = day
        return day

    def _time(self, column: str, text: str, zone: ZoneInfo) -> str | None:
        if not text:
            return None
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise RowError(f"{column} '{text}' is no time; write it like 2026-11-23T10:30:00+02:00") from None
        if not 2000 <= at.year < 2100:
            raise RowError(f"{column} '{text}' is not in our century")
        return (at if at.tzinfo else at.replace(tzinfo=zone)).isoformat()

    def _extra(self, cells: list[str]) -> str | None:
        if self.extra_json_at >= 0:
            return cells[self.extra_json_at] or None
        extra: dict[str, Any] = {name: cells[place] for place, name in self.extra_at if cells[place]}
        return json.dumps(extra, ensure_ascii=False) if extra else None
