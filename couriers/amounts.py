"""Reads an amount as people and couriers write it, or refuses; never guesses.

``1.234,56``, ``1,234.56``, ``1 234,50``, ``149,9`` and ``1.234.567`` have one meaning each.
``1.234`` has two, and is refused unless the caller knows the decimal sign of the source.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

_SPACES = str.maketrans("", "", "\u00a0\u202f\u2009\u2007 '\u2019")
_SHAPE = re.compile(r"[+-]?\d[\d., \u00a0\u202f\u2009\u2007'\u2019]*", re.ASCII)
_SPACED = re.compile(r"[+-]?\d{1,3}(?:[ \u00a0\u202f\u2009\u2007'\u2019]\d{3})+(?:[.,]\d+)?", re.ASCII)
_UNITS = r"(?:RON|LEI|PLN|UAH|CZK|EUR|HUF|zł|zl|грн\.?|₴|Kč|Kc|€|Ft)"
_UNIT = re.compile(rf"^{_UNITS}\s*|\s*(?:{_UNITS}|,-)$", re.IGNORECASE)
_DIGITS_AT_MOST = 13


class AmountError(ValueError):
    """This is not an amount with one meaning."""


@lru_cache(maxsize=65_536)
def parse_amount(text: str, decimal: str | None = None) -> Decimal:
    """The amount a text states, in major units with at most two decimals.

    ``decimal`` is the source's decimal sign ("," or ".") where it is known for sure; only then is
    ``1.234`` readable. Raises AmountError with a reason for anything with no meaning or with two.
    """
    bare = _UNIT.sub("", text.strip()).strip().replace("\u2212", "-")
    if not bare:
        raise AmountError("the amount is empty")
    if not _SHAPE.fullmatch(bare):
        raise AmountError(f"'{text}' is not an amount")
    packed = bare.translate(_SPACES)
    if packed != bare and not _SPACED.fullmatch(bare):
        raise AmountError(f"'{text}' has blanks where no thousands end")
    whole, fraction = _split(packed, text, decimal)
    if len(whole) > _DIGITS_AT_MOST:
        raise AmountError(f"'{text}' is too large for an amount")
    if len(fraction.rstrip("0")) > 2:
        raise AmountError(f"'{text}' has more than two decimals")
    return Decimal(f"{whole}.{(fraction + '00')[:2]}")


def _split(packed: str, text: str, decimal: str | None) -> tuple[str, str]:
    """Whole and fractional digits of a text without blanks."""
    signs = [sign for sign in ".," if sign in packed]
    if not signs:
        return packed, ""
    if len(signs) == 2:
        point = max(signs, key=packed.rindex)
        if decimal is not None and point != decimal:
            raise AmountError(f"'{text}' does not use '{decimal}' as its decimal sign")
        return _joined(packed, point, text)
    sign = signs[0]
    if packed.count(sign) > 1:
        if sign == decimal:
            raise AmountError(f"'{text}' has more than one decimal sign")
        return _grouped(packed, sign, text), ""
    whole, fraction = packed.split(sign)
    if decimal is not None:
        return (whole, fraction) if sign == decimal else (_grouped(packed, sign, text), "")
    if len(fraction) == 3 and len(whole.lstrip("+-")) <= 3 and whole.lstrip("+-").strip("0"):
        raise AmountError(f"'{text}' can mean two amounts; write it with two decimals")
    if not fraction:
        raise AmountError(f"'{text}' ends in its decimal sign")
    return whole, fraction


def _joined(packed: str, point: str, text: str) -> tuple[str, str]:
    whole, _, fraction = packed.rpartition(point)
    if point in whole:
        raise AmountError(f"'{text}' has more than one decimal sign")
    if not fraction:
        raise AmountError(f"'{text}' ends in its decimal sign")
    return _grouped(whole, "," if point == "." else ".", text), fraction


def _grouped(whole: str, sign: str, text: str) -> str:
    head, *groups = whole.split(sign)
    if not head.lstrip("+-") or len(head.lstrip("+-")) > 3 or any(len(group) != 3 for group in groups):
        raise AmountError(f"'{text}' has its thousands in the wrong places")
    return head + "".join(groups)


def amount_of(value: object, decimal: str | None = None) -> Decimal | None:
    """The amount in a JSON or cell value: number or text; None for null and empty text.

    Floats must come as Decimal (``documents.load_json`` sees to it). Raises AmountError otherwise.
    """
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, int | Decimal):
        return _exact(value)
    if isinstance(value, float):
        return _exact(Decimal(repr(value)))
    if isinstance(value, str):
        return parse_amount(value, decimal) if value.strip() else None
    raise AmountError("the amount is neither a number nor a text")


def _exact(value: int | Decimal) -> Decimal:
    try:
        number = Decimal(value)
        if not number.is_finite() or abs(number) >= 10**_DIGITS_AT_MOST:
            raise AmountError(f"'{value}' is not an amount")
        cents = number.quantize(Decimal("0.01"))
    except ArithmeticError:
        raise AmountError(f"'{value}' is not an amount") from None
    if cents != number:
        raise AmountError(f"'{value}' has more than two decimals")
    return cents
