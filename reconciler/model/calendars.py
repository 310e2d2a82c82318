"""Working days and public holidays of the countries served; the calendar the database's deadlines count in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from importlib.metadata import version
from typing import NamedTuple

import holidays

COUNTRIES = ("RO", "PL", "UA", "CZ", "SK", "HU")
FIRST, LAST = date(2022, 1, 1), date(2034, 12, 31)
VERSION = f"{version('holidays')} {FIRST} {LAST} {' '.join(COUNTRIES)}"


class CalendarDay(NamedTuple):
    """One day of a country: how many working days there were from FIRST up to and with it."""

    country: str
    day: date
    nth: int
    working: bool


@cache
def _public_holidays(country: str) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, years=range(FIRST.year, LAST.year + 1)))


def is_working_day(country: str, day: date) -> bool:
    """Monday to Friday and no public holiday of the country (an ISO code of COUNTRIES)."""
    return day.weekday() < 5 and day not in _public_holidays(country)


def add_working_days(country: str, start: date, count: int) -> date:
    """The working day that ends a term of ``count`` working days after ``start``, which itself does not count.

    With 0 the start itself, whatever day it is.
    """
    day = start
    while count:
        day += timedelta(days=1)
        count -= is_working_day(country, day)
    return day


def calendar() -> Iterator[CalendarDay]:
    """Every day of every country, for the database."""
    for country in COUNTRIES:
        nth, day = 0, FIRST
        while day <= LAST:
            working = is_working_day(country, day)
            nth += working
            yield CalendarDay(country, day, nth, working)
            day += timedelta(days=1)
