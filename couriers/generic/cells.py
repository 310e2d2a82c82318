"""Reads single cells: waybills, money, days, times. Each raises ValueError with a reason a person can act on."""

from __future__ import annotations

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from couriers.amounts import AmountError, parse_amount
from couriers.documents import iso_time, local_time
from couriers.facts import Money

CURRENCIES = {
    **{code.casefold(): code for code in ("RON", "PLN", "UAH", "CZK", "EUR", "HUF", "BGN", "MDL", "USD", "GBP", "CHF", "RSD")},
    "lei": "RON", "leu": "RON", "zł": "PLN", "zl": "PLN", "грн": "UAH", "₴": "UAH", "kč": "CZK", "kc": "CZK",
    "€": "EUR", "euro": "EUR", "ft": "HUF",
}  # fmt: skip

_DAMAGED = re.compile(r"\d+[.,]\d+e[+-]?\d+|\d+e\+\d+|\d{16,}[.,]0+", re.IGNORECASE | re.ASCII)
_FLOATED = re.compile(r"(\d{1,15})[.,]0+", re.ASCII)
_WAYBILL = re.compile(r"\w(?:[\w /.\-]*\w)?")
_NO_UNIT = re.compile(r"[\d\s.,+'’()\-\u2212]+")
_ISO_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})([-/.]) ?(\d{1,2})\2 ?(\d{4})(?:[T ,].*)?", re.ASCII)
_MONTH_FIRST = re.compile(rb"\b(?:0?[1-9]|1[0-2])/(?:1[3-9]|2\d|3[01])/20\d\d\b")
_POINTS = (".", ",")
_PLAIN = 14
_YEARS = range(2000, 2100)
_TIMES = tuple(f"%d{sign}%m{sign}%Y{clock}" for sign in "./-" for clock in (" %H:%M:%S", " %H:%M", ", %H:%M:%S", ", %H:%M", ""))


def waybill(cell: str) -> str:
    """A waybill as given, freed of the ways spreadsheets keep it text; refused where digits are lost."""
    text = cell.strip()
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1].strip()
    text = text.removeprefix("'")
    floated = _FLOATED.fullmatch(text)
    if floated:
        return floated[1]
    if not text:
        raise ValueError("the row has no waybill")
    if _DAMAGED.fullmatch(text):
        raise ValueError(f"the waybill '{text}' was turned into a number and lost digits; export it as text")
    if not _WAYBILL.fullmatch(text) or not any(sign.isdigit() for sign in text):
        raise ValueError(f"'{text}' is not a waybill")
    return text


def money(amount: str, currency: str, default: str) -> Money:
    """An amount in the currency its cell, else its own unit, else the default names."""
    text = amount.strip()
    said = currency_of(currency)
    if text[-3:-2] in _POINTS and text.isascii() and text[-2:].isdecimal() and text[:-3].isdecimal() and len(text) <= _PLAIN:
        return Money(int(text[:-3] + text[-2:]), said or default)  # has one meaning, and most amounts are written so
    unit = currency_of(_NO_UNIT.sub("", text))
    if said and unit and said != unit:
        raise AmountError(f"'{text}' stands in a row of currency {said}")
    return Money.of(parse_amount(text), said or unit or default)


def currency_of(text: str) -> str | None:
    """The ISO code of a currency cell or an amount's unit; None for an empty one."""
    word = text.strip().casefold().rstrip(".")
    if not word:
        return None
    if word not in CURRENCIES:
        raise AmountError(f"the currency '{text.strip()}' is not known")
    return CURRENCIES[word]


def day(text: str, month_first: bool = False) -> date | None:
    """ISO, or day before month with points, slashes or hyphens; a time behind it is let go. None for an empty cell.

    ``month_first``: the file was seen to write the month first with slashes, so slashes have no sure meaning.
    """
    text = text.strip()
    if not text:
        return None
    iso, first = _ISO_DAY.fullmatch(text), _DAY_FIRST.fullmatch(text)
    if first and first[2] == "/" and month_first:
        raise ValueError(f"the date '{text}' can mean two days: this file writes months first")
    parts = (iso[1], iso[2], iso[3]) if iso else (first[4], first[3], first[1]) if first else ("0", "0", "0")
    try:
        found = date(*map(int, parts))
    except ValueError:
        raise ValueError(f"'{text}' is not a date; write it as 2026-11-19") from None
    if found.year not in _YEARS:
        raise ValueError(f"the date '{text}' is not of this century")
    return found


def instant(text: str, zone: ZoneInfo, month_first: bool = False) -> datetime | None:
    """ISO 8601, or a day as ``day`` reads it with an optional time; None where it is neither."""
    text = " ".join(text.split()).replace(". ", ".")
    if month_first and "/" in text:
        return None
    return iso_time(text, zone) or local_time(text, zone, *_TIMES)


def writes_months_first(sample: bytes) -> bool:
    """Whether a text file holds a date such as 11/19/2026."""
    return _MONTH_FIRST.search(sample) is not None
