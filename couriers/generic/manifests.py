"""Streams a COD statement of any courier, some microseconds a line: values are memoised, columns picked at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import partial
from operator import itemgetter
from typing import BinaryIO

from couriers.contract import ManifestReading
from couriers.facts import ManifestLine, Money, Rejected
from couriers.generic.cells import currency_of, day, money, waybill, writes_months_first
from couriers.generic.columns import Columns, Table, is_total
from couriers.tables import is_spreadsheet, read_rows

NAMES = ("awb", "order_ref", "collected", "remitted", "fee", "delivered_on", "paid_on", "reference", "currency")
_SAMPLE = 1 << 20
_KEPT = 65_536

# The constructor of a NamedTuple is a Python function that costs as much as all lookups of a line.
_manifest_line: Callable[[tuple[object, ...]], ManifestLine] = partial(tuple.__new__, ManifestLine)


class _Amounts(dict[str, Money | None]):
    """Amounts by their text in rows of one currency cell, read once each; None for a blank."""

    def __init__(self, currency: str, default: str) -> None:
        super().__init__()
        self.currency, self.default = currency_of(currency) or "", default

    def __missing__(self, text: str) -> Money | None:
        if len(self) >= _KEPT:
            self.clear()
        self[text] = found = money(text, self.currency, self.default) if text.strip() else None
        return found


class _Days(dict[str, date | None]):
    """Days by their text, read once each; None for a blank."""

    def __init__(self, month_first: bool) -> None:
        super().__init__()
        self.month_first = month_first

    def __missing__(self, text: str) -> date | None:
        if len(self) >= _KEPT:
            self.clear()
        self[text] = found = day(text, self.month_first)
        return found


def read_manifest(source: BinaryIO, columns: Columns, currency: str) -> ManifestReading:
    """The statement; ``currency`` holds where it names none. Raises CourierError ``malformed``."""
    month_first = not is_spreadsheet(source) and writes_months_first(source.read(_SAMPLE))
    source.seek(0)
    table = columns.open(read_rows(source), NAMES, ("awb",), ("collected", "remitted"))
    reading = ManifestReading(iter(()))
    reading.lines = _lines(table, reading, currency, _Days(month_first))
    return reading


def _lines(table: Table, reading: ManifestReading, default: str, days: _Days) -> Iterator[ManifestLine | Rejected]:
    at, header, rows = table
    width = len(header)
    pick: Callable[[list[str]], tuple[str, ...]] = itemgetter(*(at.get(name, width) for name in NAMES))
    says_remitted = "remitted" in at and "collected" in at
    says_paid_on = "paid_on" in at
    by_currency: dict[str, _Amounts] = {}
    free: dict[str, Money] = {}
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
        cells.append("")  # where the columns the file lacks are picked from
        awb, order, collected, remitted, fee, delivered, paid, reference, currency = pick(cells)
        try:
            if not awb.isalnum() or awb.isalpha():
                if is_total(cells, awb):
                    reading.total = _total(remitted, collected, currency, default, free) or reading.total
                    continue
                awb = waybill(awb)
            amounts = by_currency.get(currency)
            if amounts is None:
                amounts = by_currency[currency] = _Amounts(currency, default)
            taken = amounts[collected] or amounts[remitted]
            if taken is None:
                raise ValueError("the row has no amount")
            zero = free.get(taken.currency)
            if zero is None:
                zero = free[taken.currency] = Money(0, taken.currency)
            paid_on = days[paid]
            out = amounts[remitted] if says_remitted else None if says_paid_on and paid_on is None else taken
            yield _manifest_line(
                (
                    awb,
                    order.strip() or None,
                    taken,
                    amounts[fee] or zero,
                    out,
                    days[delivered],
                    paid_on if out is not None else None,
                    reference.strip() or None,
                    line,
                )
            )
        except ValueError as error:
            if cells[:width] != header:
                yield Rejected(line, str(error))


def _total(remitted: str, collected: str, currency: str, default: str, seen: Mapping[str, Money]) -> Money | None:
    """The stated total: of what is paid out where that is told, in the lines' currency where it names none."""
    shared = next(iter(seen)) if len(seen) == 1 else default
    text = remitted.strip() or collected.strip()
    return money(text, currency, shared) if text else None
