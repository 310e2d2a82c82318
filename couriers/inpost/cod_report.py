"""Reads InPost's COD report: a table whose columns are found by their header's words.

No public copy of the report is known. So nothing is read by position, and a header that does not
name what is needed, or names it twice, is refused for a person to look at.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache
from itertools import chain
from typing import BinaryIO, NamedTuple

from couriers.amounts import AmountError, parse_amount
from couriers.contract import ManifestReading
from couriers.documents import day_of
from couriers.errors import CourierError
from couriers.facts import ManifestLine, Money, Rejected
from couriers.inpost.meaning import CURRENCY, waybill
from couriers.tables import Row, read_rows

_HEADER_WITHIN = 30
_DAYS = ("%Y-%m-%d", "%d.%m.%Y", "%d-%m-%Y", "%Y/%m/%d")
_TOTALS = ("razem", "suma", "ogolem", "lacznie", "total")
_OTHER_IDS = ("przesyl", "paczk", "klient", "organizacj", "nadawc", "odbiorc", "zamowien")
_CURRENCIES = {code.casefold(): code for code in ("PLN", "EUR", "CZK", "HUF", "RON", "UAH", "GBP", "USD")}
_CURRENCIES |= {"zl": "PLN", "€": "EUR", "kc": "CZK", "ft": "HUF", "lei": "RON", "₴": "UAH"}
_LONG = 40
_SHORT = 8  # fewer signs than this may be a total row's count of parcels
_WORD = re.compile(r"[^\W\d_]+|[€₴]")
_SERIAL = re.compile(r"(?:3[7-9]|[4-6]\d)\d{3}", re.ASCII)  # a spreadsheet's count of days, 2001 to 2091
_SERIAL_ZERO = date(1899, 12, 30)
_CLOCK = re.compile(r"[ T]\d{1,2}:\d{2}.*", re.ASCII)


class Columns(NamedTuple):
    """Places of the columns; None where the report has no such one."""

    number: int
    collected: int
    remitted: int | None
    fee: int | None
    currency: int | None
    paid_on: int | None
    delivered_on: int | None
    transfer: int | None
    order_ref: int | None
    width: int


def read_report(source: BinaryIO) -> ManifestReading:
    """The report's lines, streamed. A line without a transfer date is collected and not yet paid.

    Amounts are PLN unless a column or the amount itself says otherwise. Raises CourierError
    ``malformed`` where no header within the first 30 rows has the columns needed.
    """
    rows = read_rows(source)
    broken: list[Row | Rejected] = []
    for row, _ in zip(rows, range(_HEADER_WITHIN), strict=False):
        if isinstance(row, Rejected):
            broken.append(row)
        elif columns := _columns(row.cells):
            reading = ManifestReading(iter(()))
            reading.lines = _lines(chain(broken, rows), columns, _folded_all(row.cells), reading)
            return reading
    raise CourierError(
        "malformed",
        "No header of a COD report was found in the first 30 rows; looked for a parcel number "
        "('numer przesyłki', 'numer paczki' or 'tracking') and an amount ('kwota').",
    )


def _columns(header: Sequence[str]) -> Columns | None:
    """The columns a header row names; None where it is no header. Raises CourierError where it names one twice."""
    names = _folded_all(header)
    numbers = [place for place, name in enumerate(names) if _is_number(name)]
    amounts = [place for place, name in enumerate(names) if "kwota" in name]
    if not numbers or not amounts:
        return None
    fees = [place for place, name in enumerate(names) if "data" not in name.split() and ("prowizj" in name or "oplat" in name)]
    paid = [place for place in amounts if place not in fees and _of_transfer(names[place])]
    asked = [place for place in amounts if place not in fees + paid and "pobran" in names[place]]
    asked = asked or [place for place in amounts if place not in fees + paid] or paid
    dates = {place: name for place, name in enumerate(names) if "data" in name.split()}
    return Columns(
        number=_one(numbers, header),
        collected=_one(asked, header),
        remitted=_one(paid, header) if paid else None,
        fee=_one(fees, header) if fees else None,
        currency=next((place for place, name in enumerate(names) if name.startswith("waluta")), None),
        paid_on=next((place for place, name in dates.items() if _of_transfer(name)), None),
        delivered_on=next((place for place, name in dates.items() if "dorecz" in name or "dostarcz" in name), None),
        transfer=_transfer(names),
        order_ref=next((at for at, name in enumerate(names) if "referenc" in name and not _of_transfer(name)), None),
        width=len(names),
    )


def _is_number(name: str) -> bool:
    words = name.split()
    parcel = any(word.startswith(("przesylk", "paczk")) for word in words)
    if "referenc" in name or _of_transfer(name):
        return False
    return "tracking" in name or (parcel and any(word in ("numer", "nr") for word in words))


def _of_transfer(name: str) -> bool:
    return "przelew" in name or "wyplat" in name


def _transfer(names: list[str]) -> int | None:
    """The title of the transfer, else its id; an id of a parcel or a person is neither."""
    for wanted in ("tytul", "identyfikator", "referenc"):
        fits = [place for place, name in enumerate(names) if wanted in name]
        own = [place for place in fits if _of_transfer(names[place])]
        if wanted != "referenc":
            own += [place for place in fits if not any(other in names[place] for other in _OTHER_IDS)]
        if own:
            return own[0]
    return None


def _one(places: list[int], header: Sequence[str]) -> int:
    if len(places) > 1:
        named = "', '".join(" ".join(header[place].split()) for place in places[:4])
        raise CourierError("malformed", f"The COD report has more than one column that may be the same: '{named}'.")
    return places[0]


def _folded(cell: str) -> str:
    """A header without case, diacritics, punctuation and doubled blanks."""
    plain = unicodedata.normalize("NFKD", cell.casefold().replace("ł", "l"))
    return " ".join("".join(sign if sign.isalnum() else " " for sign in plain if not unicodedata.combining(sign)).split())


def _folded_all(cells: Iterable[str]) -> list[str]:
    return [_folded(cell) for cell in cells]


def _lines(
    rows: Iterable[Row | Rejected], columns: Columns, header: list[str], reading: ManifestReading
) -> Iterator[ManifestLine | Rejected]:
    for row in rows:
        if isinstance(row, Rejected):
            yield row
            continue
        cells = row.cells
        if len(cells) < columns.width:
            cells = cells + [""] * (columns.width - len(cells))
        elif len(cells) > columns.width and any(cells[columns.width :]):
            yield Rejected(row.line, "the row has more cells than the header; is a decimal comma also the separator?")
            continue
        awb = _waybill(cells[columns.number])
        if awb is None or (len(awb) < _SHORT and _is_total(_folded_all(cells))):
            yield from _not_a_parcel(row.line, cells, columns, header, reading)
            continue
        try:
            yield _line(row.line, awb, cells, columns)
        except AmountError as error:
            yield Rejected(row.line, f"parcel {awb}: {error}")


def _waybill(cell: str) -> str | None:
    """The number in a cell, also as spreadsheets guard it: ``'6209...`` or ``="6209..."``."""
    if cell.isdigit() and cell.isascii() and len(cell) <= _LONG:
        return cell
    return waybill(cell.strip().lstrip("='").strip('"'))


def _line(line: int, awb: str, cells: list[str], columns: Columns) -> ManifestLine:
    currency = _cell(cells, columns.currency) or ""
    collected = _money(cells[columns.collected], currency)
    remitted: Money | None = collected
    if columns.remitted is not None:
        remitted = _money(cells[columns.remitted], currency) if cells[columns.remitted].strip() else None
    fee = _cell(cells, columns.fee)
    paid_on = _day(cells[columns.paid_on]) if columns.paid_on is not None else None
    transfer = _cell(cells, columns.transfer)
    told_by = columns.paid_on if columns.paid_on is not None else columns.transfer
    paid = told_by is None or _cell(cells, told_by) is not None
    return ManifestLine(
        awb,
        _cell(cells, columns.order_ref),
        collected,
        _money(fee, currency) if fee else _no_fee(collected.currency),
        remitted if paid else None,
        _day(cells[columns.delivered_on]) if columns.delivered_on is not None else None,
        paid_on,
        transfer,
        line,
    )


def _not_a_parcel(line: int, cells: list[str], columns: Columns, header: list[str], reading: ManifestReading) -> Iterator[Rejected]:
    """A blank row, a repeated header and a total are passed over, anything else is rejected; the total is kept."""
    names = _folded_all(cells)
    if not any(names) or names[: len(header)] == header:
        return
    if _is_total(names):
        place = columns.collected if columns.remitted is None else columns.remitted
        try:
            if cells[place].strip():
                reading.total = _money(cells[place], _cell(cells, columns.currency) or "")
        except AmountError as error:
            yield Rejected(line, f"the total cannot be read: {error}")
        return
    cell = " ".join(cells[columns.number].split())[:40]
    yield Rejected(line, f"'{cell}' is not a whole parcel number" if cell else "the row has no parcel number")


def _is_total(names: list[str]) -> bool:
    return any(name.startswith(_TOTALS) for name in names)


def _cell(cells: list[str], place: int | None) -> str | None:
    return None if place is None else cells[place].strip() or None


@lru_cache(maxsize=65_536)
def _money(cell: str, currency: str) -> Money:
    """An amount in the currency its own unit or the currency column names, else PLN."""
    amount = parse_amount(cell)
    words = [*_WORD.findall(cell), *([currency] if currency else [])]
    named = {_CURRENCIES.get(_folded(word) or word) for word in words}
    if len(named) > 1:
        raise AmountError(f"'{cell}' and '{currency}' name different currencies")
    told = next(iter(named), CURRENCY)
    if told is None:
        raise AmountError(f"the currency of '{' '.join([cell, currency]).strip()}' is not known")
    return Money.of(amount, told)


@lru_cache(maxsize=64)
def _no_fee(currency: str) -> Money:
    return Money(0, currency)


@lru_cache(maxsize=4_096)
def _day(cell: str) -> date | None:
    text = cell.strip()
    if not text:
        return None
    day = day_of(_CLOCK.sub("", text), *_DAYS)
    if day is None and _SERIAL.fullmatch(text):
        day = _SERIAL_ZERO + timedelta(days=int(text))
    if day is None:
        raise AmountError(f"'{text[:40]}' is not a date")
    return day
