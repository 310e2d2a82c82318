"""Reads Packeta's single-invoice CSV, version 7, row by row: the packets of an invoice with the COD collected.

Its separator, encoding and dates are not documented, so all usual ones are taken. It states no day
and no reference of payment. Column 20, ``Dobírka`` or ``COD surcharge``, is a fee and never read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from itertools import islice
from typing import BinaryIO, NamedTuple

from couriers.amounts import AmountError, parse_amount
from couriers.contract import ManifestReading
from couriers.documents import day_of
from couriers.errors import CourierError
from couriers.facts import ManifestLine, Money, Rejected
from couriers.packeta.envelope import open_answer
from couriers.tables import Row, read_rows

CURRENCIES = frozenset({"CZK", "EUR", "HUF", "PLN", "RON"})
CURRENCY = "CZK"

_BARCODE = ("Čárový kód", "Barcode")
_AMOUNT = ("Vybraná dobírka", "COD amount")
_AMOUNT_CURRENCY = ("Měna dobírky", "COD currency")
_LOCAL_CURRENCY = ("Měna vybrané dobírky",)
_LOCAL = ("Hodnota vybrané dobírky v místní měně",)
_ORDER = ("Vaše obj. č.", "Order Number")
_DELIVERED = ("Vyzvednutí či vrácení", "Date of Delivery or Return")
_STATE = ("Stav", "Status")
_HEADER_WITHIN = 30
_TOTALS = ("celkem", "soucet", "suma", "total", "spolu")
_RETURNED = ("vrac", "vrat", "return")
_DAMAGED = re.compile(r"\d+[.,]\d+e[+-]?\d+|\d+e\+\d+", re.IGNORECASE)
_PACKET = re.compile(r"[A-Z0-9][A-Z0-9/-]*", re.IGNORECASE | re.ASCII)
_DAYS = ("%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y")


class _Columns(NamedTuple):
    """Where each column stands; None where the file lacks it."""

    header: list[str]
    barcode: int
    amount: int
    currency: int | None
    local: int | None
    local_currency: int | None
    order: int | None
    delivered: int | None
    state: int | None


def read_invoice(source: BinaryIO) -> ManifestReading:
    """The COD lines of an invoice; packets without COD are no lines. Raises CourierError ``malformed``."""
    _refuse_answer(source)
    rows = read_rows(source)
    for row in islice(rows, _HEADER_WITHIN):
        columns = _columns(row.cells) if isinstance(row, Row) else None
        if columns is not None:
            reading = ManifestReading(iter(()))
            reading.lines = _lines(rows, columns, reading)
            return reading
    raise CourierError(
        "malformed",
        "This is not a Packeta invoice CSV: we looked for the columns "
        f"{_BARCODE[0]} ({_BARCODE[1]}) and {_AMOUNT[0]} ({_AMOUNT[1]}).",
    )


def _refuse_answer(source: BinaryIO) -> None:
    """Raises the fault Packeta answered with in the file's place, where it did."""
    opening = source.read(256).replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    source.seek(0)
    if opening.startswith(b"<"):
        open_answer(source.read())
        source.seek(0)


@lru_cache(4096)
def _folded(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text).casefold()
    return "".join(sign for sign in bare if sign.isalnum())


def _columns(cells: list[str]) -> _Columns | None:
    header = [_folded(cell) for cell in cells]
    barcode, amount = _find(header, _BARCODE), _find(header, _AMOUNT)
    if barcode is None or amount is None:
        return None
    currency = _find(header, _AMOUNT_CURRENCY, amount)
    if currency is None:
        currency = _find(header, _AMOUNT_CURRENCY)
    local, local_currency = _find(header, _LOCAL), _find(header, _LOCAL_CURRENCY)
    if local is None and currency is not None:
        # The English name of column 29 is not known; it stands before its currency, the second of that name.
        local_currency = _find(header, _AMOUNT_CURRENCY, currency + 1)
        local = local_currency - 1 if local_currency is not None else None
    return _Columns(
        cells,
        barcode,
        amount,
        currency,
        local,
        local_currency,
        _find(header, _ORDER),
        _find(header, _DELIVERED),
        _find(header, _STATE),
    )


def _find(header: list[str], names: tuple[str, ...], start: int = 0) -> int | None:
    wanted = {_folded(name) for name in names}
    return next((n for n, cell in enumerate(header) if n >= start and cell in wanted), None)


def _lines(rows: Iterator[Row | Rejected], columns: _Columns, reading: ManifestReading) -> Iterator[ManifestLine | Rejected]:
    width = len(columns.header)
    header = columns.header[columns.barcode].strip()
    currencies: set[str] = set()
    for row in rows:
        if isinstance(row, Rejected):
            yield row
            continue
        line, cells = row
        if len(cells) != width:
            if any(cell.strip() for cell in cells[width:]):
                yield Rejected(line, "the row has more cells than the header; is an amount's comma unquoted?")
                continue
            cells = (cells + [""] * width)[:width]
        barcode = cells[columns.barcode].strip()
        if barcode == header:
            continue
        try:
            if _is_total(cells, barcode):
                reading.total = _total(cells, columns, currencies)
                continue
            money = _money(cells, columns)
            if money is None:
                continue
            stated = _line(line, _packet(barcode), money, cells, columns)
        except ValueError as error:
            yield Rejected(line, str(error))
            continue
        currencies.add(money.currency)
        yield stated


def _cell(cells: list[str], column: int | None) -> str:
    return cells[column].strip() if column is not None else ""


def _is_total(cells: list[str], barcode: str) -> bool:
    label = barcode or next((cell for cell in cells if cell.strip()), "")
    return _folded(label).startswith(_TOTALS) and not any(sign.isdecimal() for sign in barcode)


def _total(cells: list[str], columns: _Columns, currencies: set[str]) -> Money | None:
    """The stated total; without a currency of its own it has that of the lines, if they share one."""
    said = _cell(cells, columns.currency) or (next(iter(currencies)) if len(currencies) == 1 else "")
    amount = _cell(cells, columns.amount)
    return _read_money(amount, said) if amount and said else None


def _money(cells: list[str], columns: _Columns) -> Money | None:
    """What was collected, None where nothing was; the local-currency columns stand in for an empty amount."""
    text = _cell(cells, columns.amount)
    currency = CURRENCY if columns.currency is None else _cell(cells, columns.currency)
    if not text:
        text, currency = _cell(cells, columns.local), _cell(cells, columns.local_currency)
    if not text or _asks_nothing(text):
        return None
    return _read_money(text, currency)


@lru_cache(4096)
def _asks_nothing(amount: str) -> bool:
    """Zero needs no currency."""
    return parse_amount(amount) == 0


@lru_cache(65_536)
def _read_money(amount: str, currency: str) -> Money:
    if currency.upper() not in CURRENCIES:
        raise AmountError(f"the COD currency '{currency}' is none of {', '.join(sorted(CURRENCIES))}")
    return Money.of(parse_amount(amount), currency.upper())


def _packet(barcode: str) -> str:
    if barcode.startswith('="') and barcode.endswith('"'):
        barcode = barcode[2:-1].strip()
    if not barcode:
        raise ValueError("the row has a COD amount but no barcode")
    if _DAMAGED.fullmatch(barcode):
        raise ValueError(f"the barcode '{barcode}' was turned into a number and lost digits; export it as text")
    if not _PACKET.fullmatch("".join(barcode.split())):
        raise ValueError(f"'{barcode}' is not a barcode")
    return barcode


def _line(line: int, packet: str, money: Money, cells: list[str], columns: _Columns) -> ManifestLine:
    returned = _folded(_cell(cells, columns.state)).startswith(_RETURNED)
    delivered = None if returned else _day(_cell(cells, columns.delivered))
    order = _cell(cells, columns.order) or None
    return ManifestLine(packet, order, money, Money(0, money.currency), money, delivered, None, None, line)


@lru_cache(4096)
def _day(text: str) -> date | None:
    if not text:
        return None
    day = day_of(text.replace(". ", ".").replace("T", " ").split(" ")[0], *_DAYS)
    if day is None:
        raise ValueError(f"the day of delivery '{text}' cannot be read")
    return day
