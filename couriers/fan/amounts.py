"""FAN Courier's amounts: lei, as a number or as text."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from couriers.amounts import AmountError, amount_of, parse_amount

CURRENCY = "RON"
_LEI = ("", "LEI", "RON")
_FOREIGN = ("EUR", "USD", "GBP", "HUF", "BGN", "MDL", "PLN", "CZK", "UAH", "CHF")
_UNIT = re.compile(r"[^\W\d_]+|[€$£₴]")


def lei(value: object) -> Decimal | None:
    """The amount in lei; None for null and empty text. Raises AmountError, also for another currency."""
    if isinstance(value, str):
        return _lei(value) if value.strip() else None
    if isinstance(value, bool):
        raise AmountError("the amount is neither a number nor a text")
    return amount_of(value)


@lru_cache(maxsize=65_536)
def _lei(text: str) -> Decimal:
    unit = _UNIT.search(text)
    if unit and unit.group().upper() not in _LEI:
        raise AmountError(f"'{text[:40]}' is not an amount in lei")
    return parse_amount(text)


def currency_of(text: str | None) -> str:
    """The ISO code of a currency text; none is RON. Raises AmountError for an unknown one."""
    code = (text or "").upper()
    if code in _LEI:
        return CURRENCY
    if code in _FOREIGN:
        return code
    raise AmountError(f"the currency '{(text or '')[:20]}' is not known")
