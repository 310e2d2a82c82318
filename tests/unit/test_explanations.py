"""Why an amount differs: each cause alone, several at once, two fees together, none at all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.model.explanations import Difference, explain

ORDER = Difference(14999, "RON", 14999, "RON", shipping_fee=2000, cod_fee=500, discount=750, older=(12345, 13000))


@pytest.mark.parametrize(("change", "found"), [
    ({"asked": 16999}, ["shipping_fee"]),
    ({"asked": 12999}, ["shipping_fee"]),  # free shipping was forgotten
    ({"asked": 15499}, ["cod_fee"]),
    ({"asked": 15749}, ["discount_forgotten"]),
    ({"asked": 14249}, []),  # a discount taken twice is none of the causes
    ({"asked": 12345}, ["older_promise"]),
    ({"asked": 149990}, ["decimal_slip"]), ({"asked": 1499900}, ["decimal_slip"]), ({"asked": 1499}, ["decimal_slip"]),
    ({"asked": 1500}, ["decimal_slip"]),
    ({"asked": 149}, ["decimal_slip"]), ({"asked": 150}, ["decimal_slip"]), ({"asked": 151}, []),
    ({"asked": 29998}, ["doubled"]), ({"asked": 29997}, []),
    ({"asked": 20000, "swapped": True}, ["swapped_orders"]),
    ({"asked_currency": "EUR"}, ["wrong_currency"]),
    ({"asked_currency": "EUR", "asked": 16999, "swapped": True}, ["wrong_currency"]),
    ({"asked": 17499}, ["shipping_fee", "cod_fee"]), ({"asked": 17749}, ["shipping_fee", "discount_forgotten"]),
    ({"asked": 16249}, ["cod_fee", "discount_forgotten"]), ({"asked": 18249}, ["shipping_fee", "cod_fee", "discount_forgotten"]),
    ({"asked": 15000}, []), ({"asked": 0}, []), ({"asked": 99999}, []),
    ({"told": 0, "asked": 2000, "older": ()}, ["shipping_fee"]), ({"told": 0, "asked": 0, "older": ()}, []),
])  # fmt: skip
def test_causes(change: dict[str, Any], found: list[str]) -> None:
    assert explain(replace(ORDER, **change)) == found


@pytest.mark.parametrize(("change", "found"), [
    ({"asked": 16999, "cod_fee": 2000}, ["shipping_fee", "cod_fee"]),  # either fits
    ({"asked": 16999, "older": (16999,)}, ["older_promise", "shipping_fee"]),
    ({"asked": 16999, "older": (16999,), "swapped": True, "discount": 2000}, ["swapped_orders", "older_promise", "shipping_fee",
    "discount_forgotten"]),
    ({"asked": 29998, "shipping_fee": 14999}, ["shipping_fee", "doubled"]),
    ({"asked": 17499, "discount": 2500}, ["discount_forgotten"]),  # one cause is likelier than two fees together
])  # fmt: skip
def test_all_that_fit_are_named_likeliest_first(change: dict[str, Any], found: list[str]) -> None:
    assert explain(replace(ORDER, **change)) == found


_MINOR = st.integers(0, 10**7)
_FEE = st.none() | st.integers(0, 20_000)
_CURRENCY = st.sampled_from(["RON", "EUR"])
_CASES = st.builds(
    Difference, _MINOR, _CURRENCY, _MINOR, _CURRENCY, shipping_fee=_FEE, cod_fee=_FEE, discount=_FEE,
    older=st.lists(_MINOR, max_size=2), swapped=st.booleans(),
)  # fmt: skip


@given(_CASES)
@example(Difference(100, "RON", 100, "RON", shipping_fee=0, cod_fee=0, discount=0))
def test_every_cause_named_holds(case: Difference) -> None:
    found = explain(case)
    assert len(found) == len(set(found))
    gap = case.asked - case.told
    if "wrong_currency" in found:
        assert case.told_currency != case.asked_currency
        assert found == ["wrong_currency"]
    if "swapped_orders" in found:
        assert case.swapped
    if "older_promise" in found:
        assert case.asked in case.older
    fees = [
        fee
        for name, fee in (("shipping_fee", case.shipping_fee), ("cod_fee", case.cod_fee), ("discount_forgotten", case.discount))
        if name in found
    ]
    assert all(fees)
    if fees:
        alone = [fee for fee in fees if fee in (gap, -gap)]
        assert len(alone) == len(fees) or sum(fee or 0 for fee in fees) == gap
    if "decimal_slip" in found:
        assert min(case.told, case.asked) * 9 < max(case.told, case.asked)
    if "doubled" in found:
        assert case.asked == 2 * case.told > 0


@given(_CASES, st.sampled_from(["shipping_fee", "cod_fee", "discount"]), st.integers(1, 20_000))
def test_a_fee_that_was_added_is_always_named(case: Difference, name: str, fee: int) -> None:
    added = replace(case, told_currency="RON", asked_currency="RON", asked=case.told + fee, **{name: fee})  # type: ignore[arg-type]
    assert name.replace("discount", "discount_forgotten") in explain(added)
