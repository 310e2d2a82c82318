"""Reads FAN Courier's COD payouts: the v2 bank-transfers report and the legacy viramente file.

The report is JSON (fact sheet 2.3), the file CSV or XLSX (2.4), both in lei without fee, currency
or payout id. Request dates are ISO, the dates inside are ``DD.MM.YYYY``. A row without a transfer
date is money collected and not yet paid.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Any, BinaryIO

from couriers.amounts import AmountError
from couriers.contract import ManifestReading
from couriers.documents import as_dict, as_text, load_json
from couriers.facts import ManifestLine, Money, Rejected
from couriers.fan.amounts import CURRENCY, lei
from couriers.fan.events import local_day
from couriers.fan.faults import items_of
from couriers.fan.sheets import Sheet, is_total, open_sheet, squashed, too_wide
from couriers.fan.waybills import cell_awb, told_awb

_NEEDED = {
    "numar_awb": ("numarawb", "nrawb", "awb"),
    "suma_incasata": ("sumaincasata",),
    "data_virament": ("datavirament",),
}
_NOTHING = Money(0, CURRENCY)
_day = lru_cache(maxsize=4096)(local_day)


def read_manifest(source: BinaryIO) -> ManifestReading:
    """Payouts as API answer or file. Raises CourierError where the document is an error or neither."""
    opening = source.read(256).removeprefix(b"\xef\xbb\xbf").lstrip()
    source.seek(0)
    if opening.startswith((b"{", b"[", b"<")):
        return ManifestReading(_transfers(items_of(load_json(source.read()))))
    sheet = open_sheet(source, _NEEDED)
    reading = ManifestReading(iter(()))
    reading.lines = _rows(sheet, reading)
    return reading


def _transfers(items: list[Any]) -> Iterator[ManifestLine | Rejected]:
    for place, item in enumerate(items, start=1):
        info = as_dict(as_dict(item).get("info"))
        if not info:
            yield Rejected(place, "the item has no 'info'")
            continue
        told, collected = info.get("awbNumber"), as_text(info.get("transactionDate"))
        awb = told_awb(told) or ("" if told is None else str(told))
        yield _line(place, awb, info.get("amountCollected"), as_text(info.get("transferDate")) or "", collected)


def _rows(sheet: Sheet, reading: ManifestReading) -> Iterator[ManifestLine | Rejected]:
    awb_at, amount_at, paid_at = (sheet.columns[_found(sheet, names)] for names in _NEEDED.values())
    last = max(awb_at, amount_at, paid_at)
    for row in sheet.rows:
        if isinstance(row, Rejected):
            yield row
            continue
        line, cells = row
        if len(cells) <= last:
            cells = [*cells, *[""] * (last + 1 - len(cells))]
        awb = cells[awb_at].strip()
        if not awb.isdigit():
            if squashed(awb) in _NEEDED["numar_awb"] or not any(cell.strip() for cell in cells):
                continue
            if is_total(cells):
                _keep_total(reading, cells[amount_at])
                continue
        if len(cells) > sheet.width and too_wide(cells, sheet.width):
            yield Rejected(line, "the row has more cells than the header; is a decimal comma not quoted?")
            continue
        yield _line(line, awb, cells[amount_at], cells[paid_at].strip(), None)


def _found(sheet: Sheet, names: tuple[str, ...]) -> str:
    return next(name for name in names if name in sheet.columns)


def _keep_total(reading: ManifestReading, told: str) -> None:
    try:
        total = lei(told)
    except AmountError:
        return
    if total is not None:
        reading.total = Money.of(total, CURRENCY)


def _line(line: int, awb: str, told: object, paid: str, collected: str | None) -> ManifestLine | Rejected:
    number = cell_awb(awb)
    if number is None:
        return Rejected(line, f"the AWB '{awb[:40]}' is damaged; export it as text" if awb else "the line names no AWB")
    try:
        amount = lei(told)
    except AmountError as error:
        return Rejected(line, str(error))
    if amount is None:
        return Rejected(line, "the line states no amount")
    paid_on = _day(paid) if paid else None
    if paid and paid_on is None:
        return Rejected(line, f"the transfer date '{paid[:40]}' cannot be read")
    money = Money(int(amount.scaleb(2)), CURRENCY)
    delivered_on: date | None = _day(collected) if collected else None
    return ManifestLine(number, None, money, _NOTHING, money if paid_on else None, delivered_on, paid_on, None, line)
