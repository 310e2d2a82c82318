"""Lawful rounding of cash, written down a second time from the laws, over every amount there is."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.model.rounding import lawful_cash

TODAY = date(2026, 11, 20)
MARKETS = (("CZ", "CZK", 100), ("SK", "EUR", 5), ("HU", "HUF", 500))
EXACT = (("RO", "RON"), ("PL", "PLN"), ("RO", "EUR"), ("CZ", "EUR"), ("UA", "EUR"), ("PL", "CZK"), ("SK", "CZK"), ("XX", "XXX"))


def nearest(minor: int, coin: int) -> int:
    """To the nearest coin, halves up."""
    return int((Decimal(minor) / coin).quantize(Decimal(1), ROUND_HALF_UP)) * coin


def ukrainian(minor: int) -> int:
    """Without coins of ten kopiykas: 1-24 become 0, 25-49 and 51-74 become 50, 75-99 become 100."""
    hryvnias, kopiykas = divmod(minor, 100)
    return hryvnias * 100 + (0 if kopiykas < 25 else 50 if kopiykas < 75 else 100)


@pytest.mark.parametrize(("country", "currency", "coin"), MARKETS)
def test_every_amount_to_a_thousand_is_the_nearest_coin(country: str, currency: str, coin: int) -> None:
    for minor in range(100_001):
        expected = 5 if country == "SK" and minor in (1, 2) else nearest(minor, coin)
        assert lawful_cash(minor, currency, country, TODAY) == expected


def test_every_amount_in_ukraine() -> None:
    for minor in range(100_001):
        assert lawful_cash(minor, "UAH", "UA", TODAY) == ukrainian(minor)
        assert lawful_cash(minor, "UAH", "UA", date(2025, 9, 30)) == minor


@pytest.mark.parametrize(("country", "currency"), EXACT)
def test_elsewhere_amounts_stay_exact(country: str, currency: str) -> None:
    assert all(lawful_cash(minor, currency, country, TODAY) == minor for minor in range(10_001))


_LAWS = st.sampled_from([*((country, currency) for country, currency, _ in MARKETS), ("UA", "UAH"), *EXACT])


@given(_LAWS, st.integers(0, 10**12), st.dates(date(2000, 1, 1), date(2040, 1, 1)))
@example(("SK", "EUR"), 2, date(2022, 7, 1))
def test_rounding_is_small_settled_and_in_order(market: tuple[str, str], minor: int, on: date) -> None:
    country, currency = market
    paid = lawful_cash(minor, currency, country, on)
    assert abs(paid - minor) <= {"HUF": 250, "EUR": 4, "UAH": 25, "CZK": 50}.get(currency, 0)
    assert lawful_cash(paid, currency, country, on) == paid  # what was rounded is not rounded again
    assert lawful_cash(minor + 1, currency, country, on) >= paid


@pytest.mark.parametrize(("country", "currency", "since"), [
    ("SK", "EUR", date(2022, 7, 1)), ("UA", "UAH", date(2025, 10, 1)), ("CZ", "CZK", date(2008, 9, 1)),
    ("HU", "HUF", date(2008, 3, 1)),
])  # fmt: skip
def test_a_law_holds_from_its_day_on(country: str, currency: str, since: date) -> None:
    assert lawful_cash(13, currency, country, date.fromordinal(since.toordinal() - 1)) == 13
    assert lawful_cash(13, currency, country, since) != 13
