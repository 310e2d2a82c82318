"""Lawful rounding of cash at the door, by country, currency and date. Cards are always charged exactly.

Sources: CZ act 634/1992 section 3 (Ministry of Finance); SK law in force since 1 July 2022; UA rule of
the National Bank since 1 October 2025; HU 5-forint rule (unverified). RO and PL have none.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple


class RoundingStep(NamedTuple):
    """An amount with ``amount % modulus == residue`` (minor units) is paid in cash as ``amount + delta``."""

    country: str
    currency: str
    since: date
    modulus: int
    residue: int
    delta: int


def _nearest(country: str, currency: str, since: date, modulus: int) -> list[RoundingStep]:
    """To the nearest coin, halves up."""
    return [
        RoundingStep(country, currency, since, modulus, residue, -residue if residue * 2 < modulus else modulus - residue)
        for residue in range(1, modulus)
    ]


def _ukraine() -> list[RoundingStep]:
    """1-24 kopiykas become 0, 25-49 and 51-74 become 50, 75-99 become 100."""
    since = date(2025, 10, 1)
    target = [0 if residue < 25 else 50 if residue < 75 else 100 for residue in range(100)]
    return [RoundingStep("UA", "UAH", since, 100, residue, target[residue] - residue) for residue in range(1, 100) if residue != 50]


STEPS: tuple[RoundingStep, ...] = (
    *_nearest("CZ", "CZK", date(2008, 9, 1), 100),
    *_nearest("SK", "EUR", date(2022, 7, 1), 5),
    *_nearest("HU", "HUF", date(2008, 3, 1), 500),
    *_ukraine(),
)

# One modulus and one beginning a market; a second one would need another look-up here.
_MODULUS = {(step.country, step.currency): step.modulus for step in STEPS}
_BY_RESIDUE = {(step.country, step.currency, step.residue): step for step in STEPS}


def lawful_cash(minor: int, currency: str, country: str, on: date) -> int:
    """What ``minor`` is when paid in cash there on that day; the same where no rule holds.

    In Slovakia one and two cents, which would round to nothing, become five.
    """
    if country == "SK" and currency == "EUR" and 0 < minor < 3:
        return 5 if on >= date(2022, 7, 1) else minor
    step = _BY_RESIDUE.get((country, currency, minor % _MODULUS.get((country, currency), 1)))
    return minor + step.delta if step and step.since <= on else minor
