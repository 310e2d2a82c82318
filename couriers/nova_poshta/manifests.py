"""What Nova Poshta and NovaPay paid out, as COD statements.

Two sources, both without a published layout: ``InternetDocument.getMoneyTransferDocuments`` (JSON;
accepted by plausible keys, other rows rejected with the reason) and the NovaPay register (XLSX or
CSV; columns found by words of their headers, see ``columns``). Amounts are UAH in major units
unless a currency is told. Raises CourierError ``malformed`` where nothing tells the columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import chain, islice
from typing import Any, BinaryIO

from couriers.amounts import AmountError, amount_of, parse_amount
from couriers.contract import ManifestReading
from couriers.documents import as_text, day_of, iso_time
from couriers.errors import CourierError
from couriers.facts import ManifestLine, Money, Rejected
from couriers.nova_poshta.columns import NEEDED, ROLES, Columns, is_total, key_of
from couriers.nova_poshta.envelope import CURRENCY, ZONE, open_envelope
from couriers.tables import Row, is_spreadsheet, read_rows

_HEADER_WITHIN = 30
_DAY_FORMATS = ("%d.%m.%Y", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d-%m-%Y", "%d-%m-%Y %H:%M:%S", "%d/%m/%Y", "%H:%M %d.%m.%Y")
_UNIT = re.compile(r"[^\W\d_]{2,}|[€$₽]")
_WAYBILL_AT_LEAST = 11  # a shorter number may be the count in a total row
_HRYVNIAS = frozenset({"uah", "грн", "гривень", "гривня", "гривні"})
_CURRENCY = re.compile(r"[A-Z]{3}")
_WAYBILL = re.compile(r"\d+|(?=\w*\d)[^\W\d_][\w-]*")
_EXPONENT = re.compile(r"\d(?:[.,]\d+)?e\+?\d+", re.IGNORECASE)

# Guesses at getMoneyTransferDocuments, likeliest first; unverified.
_KEYS = {
    "awb": ("intdocnumber", "ewnumber", "expresswaybillnumber", "internetdocumentnumber", "waybillnumber", "ttn",
            "ownerdocumentnumber", "basisdocumentnumber", "documentnumber", "number"),
    "order_ref": ("inforegclientbarcodes", "clientbarcode", "ordernumber"),
    "collected": ("transfersum", "moneytransfersum", "transferamount", "moneytransferamount", "amounttransfer", "sum", "amount",
                  "moneysum", "moneyamount", "summa", "afterpaymentongoodscost", "redeliverysum", "backwarddeliverysum", "cost"),
    "remitted": ("amounttopayout", "sumtopayout", "payoutsum", "payoutamount", "netamount", "lastamounttransfergm"),
    "fee": ("commission", "commissionsum", "commissionamount", "lastamountreceivedcommissiongm", "fee"),
    "paid_on": ("paymentdate", "datepayment", "datepayed", "datepaid", "paiddate", "payoutdate", "transferdate",
                "datetransfer", "moneytransferdate", "lasttransactiondatetimegm", "transactiondate", "datetime", "date"),
    "delivered_on": ("recipientdatetime", "deliverydate"),
    "reference": ("registernumber", "paymentnumber", "transfernumber", "moneytransfernumber", "redeliverynum", "number"),
    "currency": ("currency", "currencycode"),
}  # fmt: skip
_AMOUNTS = ("collected", "remitted", "fee")
_STATE_KEYS = frozenset({"statuscode", "stateid"})


def read_manifest(source: BinaryIO) -> ManifestReading:
    """A COD statement of either kind. ``source`` is seekable; tables are streamed."""
    head = source.read(256)
    source.seek(0)
    opening = head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if opening.startswith((b"{", b"[", b"<")) and not is_spreadsheet(source):
        return ManifestReading(_transfers(open_envelope(source.read()).rows))
    return _register(source)


def _transfers(rows: list[Any]) -> Iterator[ManifestLine | Rejected]:
    for place, row in enumerate(rows, start=1):
        if isinstance(row, dict):
            yield _transfer({key_of(key): value for key, value in row.items()}, place)
        else:
            yield Rejected(place, "the item is not an object")


def _transfer(row: Mapping[str, Any], place: int) -> ManifestLine | Rejected:
    if row.keys() & _STATE_KEYS:
        return Rejected(place, "this is a waybill and its state, not a money transfer")
    has_day = any(key in row for key in _KEYS["paid_on"])
    try:
        told = [_told(role, row, _KEYS[role]) for role in ROLES]
        awb, *_, reference = told
        return _line([*told[:-1], "" if reference == awb else reference], place, has_day)
    except AmountError as error:
        return Rejected(place, str(error))


def _told(role: str, row: Mapping[str, Any], keys: Iterable[str]) -> str:
    """The first of these keys that tells anything, as a table's cell would; numbers exactly."""
    for key in keys:
        value = row.get(key)
        if text := as_text(value):
            return str(amount_of(value)) if role in _AMOUNTS and isinstance(value, Decimal) else text
    return ""


def _register(source: BinaryIO) -> ManifestReading:
    rows = read_rows(source)
    before: list[ManifestLine | Rejected] = []
    for row in islice(rows, _HEADER_WITHIN):
        if isinstance(row, Rejected):
            before.append(row)
        elif columns := Columns.of(row.cells):
            reading = ManifestReading(iter(()))
            reading.lines = chain(before, _register_lines(rows, columns, reading))
            return reading
    raise CourierError("malformed", f"This is no COD register we know: no header names {NEEDED}.")


def _register_lines(
    rows: Iterator[Row | Rejected], columns: Columns, reading: ManifestReading
) -> Iterator[ManifestLine | Rejected]:
    pick, width = columns.pick, len(columns.header)
    has_day = "paid_on" in columns.places
    for row in rows:
        if isinstance(row, Rejected):
            yield row
            continue
        line, cells = row
        full = [*cells, *[""] * (width - len(cells)), ""]
        told = tuple(map(str.strip, pick(full)))
        awb, _, collected, remitted, *_ = told
        if len(awb) < _WAYBILL_AT_LEAST or not awb.isdigit():
            if columns.is_header(full):
                continue
            if is_total(cells, awb):
                reading.total = _total(told) or reading.total
                continue
            if not (awb or collected or remitted):
                continue
        try:
            yield _line(told, line, has_day)
        except AmountError as error:
            yield Rejected(line, str(error))


def _line(told: Sequence[str], line: int, has_day: bool) -> ManifestLine:
    """One line of either source, from its texts in the order of ROLES. Raises AmountError with the reason."""
    awb, order_ref, collected, remitted, fee, unit, delivered_on, paid_on, reference = told
    awb = _waybill(awb)
    currency = _currency(unit)
    if not (collected or remitted):
        raise AmountError("the line has no amount")
    taken = _money(collected or remitted, currency)
    day = _day(paid_on)
    return ManifestLine(
        awb,
        order_ref or None,
        taken,
        _money(fee or "0", currency),
        None if has_day and day is None else _money(remitted, currency) if remitted else taken,
        _day(delivered_on),
        day,
        reference or None,
        line,
    )


def _waybill(text: str) -> str:
    plain = "".join(text.split()).lstrip("'")
    if plain.isdigit():
        return plain
    if not plain:
        raise AmountError("the line has no waybill number")
    plain = plain.removesuffix(".0")
    if _EXPONENT.fullmatch(plain) or not _WAYBILL.fullmatch(plain):
        raise AmountError(f"'{text}' is no waybill number; a spreadsheet may have damaged it")
    return plain


@lru_cache(maxsize=65_536)
def _money(text: str, currency: str) -> Money:
    amount = parse_amount(text)
    for unit in _UNIT.findall(text):
        if unit.casefold() not in _HRYVNIAS and unit.upper() != currency:
            raise AmountError(f"'{text}' names another unit than {currency}")
    return Money.of(amount, currency)


@lru_cache(maxsize=64)
def _currency(text: str) -> str:
    if not text or text.casefold().strip(". ") in _HRYVNIAS:
        return CURRENCY
    code = text.upper()
    if not _CURRENCY.fullmatch(code):
        raise AmountError(f"'{text}' is no currency we know")
    return code


@lru_cache(maxsize=65_536)
def _day(text: str) -> date | None:
    """The local calendar day; None for an empty text. Raises AmountError where it cannot be read."""
    if not text or text.startswith("0001-01-01"):
        return None
    if day := day_of(text, *_DAY_FORMATS):
        return day
    if at := iso_time(text, ZONE):
        return at.date()
    raise AmountError(f"'{text}' is no date we can read")


def _total(told: Sequence[str]) -> Money | None:
    """What a total row states: of the money paid out where it has that column, else of the money collected."""
    _, _, collected, remitted, _, unit, *_ = told
    try:
        return _money(remitted or collected, _currency(unit))
    except AmountError:
        return None
