"""FAN Courier's AWB numbers: 13 digits, as text in one answer and as a number in the next."""

from __future__ import annotations

import re
from decimal import Decimal

from couriers.documents import as_text

_EXPONENT = re.compile(r"\d+[eE]\d+", re.ASCII)


def told_awb(value: object) -> str | None:
    """The AWB in a JSON value, digits kept; None where there is none or a float has rounded it."""
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        if not isinstance(exponent, int) or exponent > 0 or value != value.to_integral_value():
            return None
    return as_text(value)


def linked_awb(value: object) -> str | None:
    """Another parcel's AWB; null, empty and zero mean none."""
    text = told_awb(value)
    return text if text and text.strip("0") else None


def cell_awb(text: str) -> str | None:
    """The AWB in a table's cell; None where a spreadsheet has turned it into a rounded number."""
    if text.isascii() and text.isdigit():
        return text
    bare = "".join(text.removeprefix("=").strip("'\"").split())
    return bare if bare.isascii() and bare.isalnum() and not _EXPONENT.fullmatch(bare) else None
