"""Why a courier asks another amount than the customer was told, as far as the facts can say."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

Explanation = Literal[
    "shipping_fee", "cod_fee", "discount_forgotten", "decimal_slip", "swapped_orders", "doubled", "wrong_currency", "older_promise"
]


@dataclass(frozen=True)
class Difference:
    """Amounts in minor units; fees and discount None where the shop told none; ``older`` are promises no longer binding."""

    told: int
    told_currency: str
    asked: int
    asked_currency: str
    shipping_fee: int | None = None
    cod_fee: int | None = None
    discount: int | None = None
    older: Collection[int] = ()
    swapped: bool = False


def explain(case: Difference) -> list[Explanation]:
    """All that fit, likeliest first; empty where none does.

    Two fees together explain a difference only where no single cause does.
    """
    if case.told_currency != case.asked_currency:
        return ["wrong_currency"]
    return list(_single(case)) or list(_together(case))


def _single(case: Difference) -> Iterator[Explanation]:
    gap = case.asked - case.told
    if case.swapped:
        yield "swapped_orders"
    if case.asked in case.older:
        yield "older_promise"
    if case.shipping_fee and abs(gap) == case.shipping_fee:
        yield "shipping_fee"
    if case.cod_fee and abs(gap) == case.cod_fee:
        yield "cod_fee"
    if case.discount and gap == case.discount:
        yield "discount_forgotten"
    if case.told and case.asked and _slipped(case.told, case.asked):
        yield "decimal_slip"
    if case.told and case.asked == 2 * case.told:
        yield "doubled"


def _slipped(told: int, asked: int) -> bool:
    """The decimal sign one or two places off, to either side; what does not fit the hundredths is cut or rounded."""
    return any(asked == told * factor or asked in (told // factor, -(-told // factor)) for factor in (10, 100))


def _together(case: Difference) -> Iterator[Explanation]:
    gap = case.asked - case.told
    parts: list[tuple[Explanation, int | None]] = [
        ("shipping_fee", case.shipping_fee), ("cod_fee", case.cod_fee), ("discount_forgotten", case.discount),
    ]  # fmt: skip
    known = [(name, amount) for name, amount in parts if amount]
    for count in (2, 3):
        for some in combinations(known, count):
            if sum(amount for _, amount in some) == gap:
                yield from (name for name, _ in some)
                return
