"""Finance's COD report: streamed from the database, written as CSV or XLSX; memory does not grow with the period."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, Final, Protocol

import pandas as pd
import xlsxwriter

from reconciler.errors import ReconcilerError
from reconciler.store import Pool
from reconciler.store.statements import statements

# The columns in the order of the file, each with what it says.
COLUMNS: Final = {
    "shop": "the shop's key in the settings",
    "courier": "the courier",
    "account": "the account it went by, where known",
    "awb": "the waybill",
    "order_ref": "the shop's order",
    "ordered_on": "the day of the order",
    "delivered_on": "the day of delivery",
    "told": "what the customer was told he pays, as far as it falls on this parcel; 0 where it came back",
    "asked": "what the courier said it would collect",
    "collected": "what the courier says it collected",
    "fee": "what the courier kept of it",
    "remitted": "what the courier paid out",
    "currency": "of every amount in the row",
    "difference": "remitted + fee - told",
    "paid_on": "the day of the newest payout",
    "reference": "the payment's reference, several joined by a comma",
    "statement": "the statement's file or document; empty where only the courier's own word tells of the payout",
    "status": "where the parcel stands",
    "open_cases": "kinds of case open about the parcel or its order",
}
AMOUNTS: Final = ("told", "asked", "collected", "fee", "remitted", "difference")
DAYS: Final = ("ordered_on", "delivered_on", "paid_on")
TEXTS: Final = tuple(name for name in COLUMNS if name not in (*AMOUNTS, *DAYS))
TOTALS: Final = ("courier", "currency", "parcels", *AMOUNTS)
ALL_COURIERS: Final = "all couriers"

_CHUNK = 5_000
_ROWS_OF_A_SHEET = 1_048_575  # below the header
_STARTS_A_FORMULA = r"[=+\-@\t\r\n]"
_HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True)
class Period:
    """What the report is of: days in the shop's zone, both included; None: every shop, every courier."""

    first: date
    last: date
    shop_id: int | None = None
    courier: str | None = None


@dataclass
class Sums:
    """Amounts in minor units, added up."""

    parcels: int = 0
    told: int = 0
    asked: int = 0
    collected: int = 0
    fee: int = 0
    remitted: int = 0
    difference: int = 0

    def add(self, other: Sums) -> None:
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


class Totals:
    """Sums by courier and currency; currencies are never added."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, str], Sums] = {}

    def add(self, chunk: pd.DataFrame) -> None:
        """Takes in a chunk's amounts, still whole minor units."""
        for key, rows in chunk.groupby(["courier", "currency"], sort=False):
            courier, currency = key
            sums = self._sums.setdefault((str(courier), str(currency)), Sums())
            amounts = {name: sum(value for value in rows[name] if value is not None) for name in AMOUNTS}
            sums.add(Sums(parcels=len(rows), **amounts))

    @property
    def rows(self) -> int:
        """How many rows were added in all."""
        return sum(sums.parcels for sums in self._sums.values())

    def lines(self) -> Iterator[dict[str, Any]]:
        """By courier and currency, then all couriers by currency; amounts in major units, columns of TOTALS."""
        together: dict[str, Sums] = {}
        for (courier, currency), sums in sorted(self._sums.items()):
            together.setdefault(currency, Sums()).add(sums)
            yield _total(courier, currency, sums)
        for currency, sums in sorted(together.items()):
            yield _total(ALL_COURIERS, currency, sums)


def _total(courier: str, currency: str, sums: Sums) -> dict[str, Any]:
    amounts = {name: _major(getattr(sums, name)) for name in AMOUNTS}
    return {"courier": courier, "currency": currency, "parcels": sums.parcels, **amounts}


def _major(minor: int | None) -> Decimal | None:
    return None if minor is None else Decimal(minor).scaleb(-2).quantize(_HUNDREDTH)


class Sheet(Protocol):
    """Where a report is written, chunk by chunk."""

    def write(self, chunk: pd.DataFrame) -> None:
        """Rows with amounts in major units, missing values None."""

    def finish(self, totals: Totals, /) -> None:
        """After the last chunk."""


class CsvSheet:
    """UTF-8 with a byte order mark, decimal points. A text that a spreadsheet would take for a formula gets an apostrophe."""

    def __init__(self, sink: BinaryIO, separator: str) -> None:
        self._sink, self._separator = sink, separator
        header = pd.DataFrame(columns=list(COLUMNS)).to_csv(sep=separator, index=False, lineterminator="\n")
        sink.write(header.encode("utf-8-sig"))

    def write(self, chunk: pd.DataFrame) -> None:
        safe = chunk.copy()
        for name in TEXTS:
            text = safe[name].fillna("").astype("str")
            safe[name] = text.where(~text.str.match(_STARTS_A_FORMULA), "'" + text)
        self._sink.write(safe.to_csv(sep=self._separator, index=False, header=False, lineterminator="\n").encode())

    def finish(self, _totals: Totals, /) -> None:
        self._sink.flush()


class XlsxSheet:
    """Amounts as numbers with two decimals, days as days, all else as text; the second sheet holds the totals."""

    def __init__(self, sink: BinaryIO, folder: str) -> None:
        # Rows go one by one to temporary files in folder, which XlsxWriter leaves behind where it is cut off.
        self._book = xlsxwriter.Workbook(sink, {"constant_memory": True, "tmpdir": folder})
        self._bold = self._book.add_format({"bold": True})
        self._money = self._book.add_format({"num_format": "#,##0.00"})
        self._money_bold = self._book.add_format({"num_format": "#,##0.00", "bold": True})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._sheet = self._new("cod", tuple(COLUMNS))
        self._totals = self._new("totals", TOTALS)
        self._row, self._names = 0, (f"cod {nth}" for nth in count(2))

    def _new(self, name: str, header: tuple[str, ...]) -> Any:
        sheet = self._book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(header) - 1, 14)
        for place, title in enumerate(header):
            sheet.write_string(0, place, title, self._bold)
        return sheet

    def write(self, chunk: pd.DataFrame) -> None:
        for values in chunk.itertuples(index=False, name=None):
            if self._row == _ROWS_OF_A_SHEET:
                self._sheet, self._row = self._new(next(self._names), tuple(COLUMNS)), 0
            self._row += 1
            for place, (name, value) in enumerate(zip(COLUMNS, values, strict=True)):
                if value is None:
                    continue
                if name in AMOUNTS:
                    self._sheet.write_number(self._row, place, value, self._money)
                elif name in DAYS:
                    self._sheet.write_datetime(self._row, place, value, self._day)
                else:
                    self._sheet.write_string(self._row, place, value)

    def finish(self, totals: Totals, /) -> None:
        for row, line in enumerate(totals.lines(), start=1):
            last = line["courier"] == ALL_COURIERS
            for place, value in enumerate(line.values()):
                if isinstance(value, str):
                    self._totals.write_string(row, place, value, self._bold if last else None)
                elif isinstance(value, Decimal):
                    self._totals.write_number(row, place, value, self._money_bold if last else self._money)
                else:
                    self._totals.write_number(row, place, value, self._bold if last else None)
        self._book.close()


@contextmanager
def xlsx_sheet(sink: BinaryIO) -> Iterator[XlsxSheet]:
    """An XLSX being written."""
    with TemporaryDirectory() as folder:
        yield XlsxSheet(sink, folder)


async def write_report(pool: Pool, period: Period, sheet: Sheet) -> Totals:
    """The whole report into ``sheet``; its totals."""
    totals = Totals()
    async for chunk in _chunks(pool, period):
        totals.add(chunk)
        for name in AMOUNTS:
            chunk[name] = pd.Series([_major(minor) for minor in chunk[name]], dtype=object)
        sheet.write(chunk)
    sheet.finish(totals)
    return totals


async def _chunks(pool: Pool, period: Period) -> AsyncIterator[pd.DataFrame]:
    """Some thousand rows at a time from a cursor on the server; objects, so that numbers stay exact and None stays None."""
    sql = statements("cod_report")
    async with pool.acquire(timeout=10) as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        await sql.begin(connection)
        async with sql.rows_cursor(
            connection, shop_id=period.shop_id, courier=period.courier, first=period.first, last=period.last
        ) as opened:
            cursor = await opened
            while rows := await cursor.fetch(_CHUNK):
                yield pd.DataFrame([tuple(row) for row in rows], columns=list(COLUMNS), dtype=object)


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file that takes its place only when it is whole. Raises ReconcilerError where it cannot be written."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with unfinished.open("wb") as sink:
            yield sink
        unfinished.replace(path)
    except OSError as error:
        raise ReconcilerError(f"{path} cannot be written: {error.strerror or error}.") from None
    finally:
        unfinished.unlink(missing_ok=True)
