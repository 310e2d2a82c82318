"""Amounts, days and numbers as each language writes them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from couriers.amounts import parse_amount
from couriers.facts import Money
from reconciler.desk.formats import LANGUAGES, Language, day, day_spellings, groups, moment, money, short_day, words


@pytest.mark.parametrize(
    ("language", "minor", "currency", "written"),
    [
        ("ro", 14999, "RON", "149,99 lei"),
        ("ro", 149900, "RON", "1\u00a0499,00 lei"),
        ("ro", 0, "RON", "0,00 lei"),
        ("ro", 14999, "EUR", "149,99 €"),
        ("pl", 14999, "PLN", "149,99 zł"),
        ("pl", 14999, "RON", "149,99 RON"),
        ("uk", 149900, "UAH", "1\u00a0499,00 грн"),
        ("uk", 14999, "PLN", "149,99 zł"),
        ("ro", 14999, "UAH", "149,99 UAH"),
        ("cs", 149000, "CZK", "1\u00a0490 Kč"),
        ("cs", 148950, "CZK", "1\u00a0489,50 Kč"),
        ("cs", 0, "CZK", "0 Kč"),
        ("cs", 149000, "HUF", "1\u00a0490 Ft"),
        ("en", 14999, "RON", "RON 149.99"),
        ("en", 123456789, "CZK", "CZK 1,234,567.89"),
        ("ro", -2000, "RON", "-20,00 lei"),
    ],
)
def test_money(language: Language, minor: int, currency: str, written: str) -> None:
    assert money(Money(minor, currency), language) == written


@given(st.sampled_from(LANGUAGES), st.integers(-(10**12), 10**12), st.sampled_from(["RON", "PLN", "UAH", "CZK", "EUR", "HUF"]))
def test_money_reads_back_as_the_same_amount(language: Language, minor: int, currency: str) -> None:
    value = Money(minor, currency)
    assert parse_amount(money(value, language)) == value.amount


@pytest.mark.parametrize(
    ("language", "week"),
    [
        (
            "ro",
            "luni, 23 noiembrie|marți, 24 noiembrie|miercuri, 25 noiembrie|joi, 26 noiembrie|vineri, 27 noiembrie|"
            "sâmbătă, 28 noiembrie|duminică, 29 noiembrie",
        ),
        (
            "pl",
            "w poniedziałek, 23 listopada|we wtorek, 24 listopada|w środę, 25 listopada|w czwartek, 26 listopada|"
            "w piątek, 27 listopada|w sobotę, 28 listopada|w niedzielę, 29 listopada",
        ),
        (
            "uk",
            "у понеділок, 23 листопада|у вівторок, 24 листопада|у середу, 25 листопада|у четвер, 26 листопада|"
            "у п'ятницю, 27 листопада|у суботу, 28 листопада|у неділю, 29 листопада",
        ),
        (
            "cs",
            "v pondělí 23. listopadu|v úterý 24. listopadu|ve středu 25. listopadu|ve čtvrtek 26. listopadu|"
            "v pátek 27. listopadu|v sobotu 28. listopadu|v neděli 29. listopadu",
        ),
        (
            "en",
            "Monday, 23 November|Tuesday, 24 November|Wednesday, 25 November|Thursday, 26 November|Friday, 27 November|"
            "Saturday, 28 November|Sunday, 29 November",
        ),
    ],
)
def test_days_of_the_week(language: Language, week: str) -> None:
    written = [day(date(2026, 11, 23) + timedelta(each), language) for each in range(7)]
    assert written == week.split("|")


@pytest.mark.parametrize(
    ("language", "january", "may"),
    [
        ("ro", "vineri, 1 ianuarie", "sâmbătă, 1 mai"),
        ("pl", "w piątek, 1 stycznia", "w sobotę, 1 maja"),
        ("uk", "у п'ятницю, 1 січня", "у суботу, 1 травня"),
        ("cs", "v pátek 1. ledna", "v sobotu 1. května"),
        ("en", "Friday, 1 January", "Saturday, 1 May"),
    ],
)
def test_months_are_in_the_genitive(language: Language, january: str, may: str) -> None:
    assert (day(date(2027, 1, 1), language), day(date(2027, 5, 1), language)) == (january, may)


@given(st.sampled_from(LANGUAGES), st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_a_day_is_among_its_own_spellings(language: Language, value: date) -> None:
    assert day(value, language) in day_spellings(value, language)
    assert day(value + timedelta(1), language) not in day_spellings(value, language)


def test_moments_and_short_days() -> None:
    at = datetime(2026, 11, 24, 9, 5, tzinfo=ZoneInfo("Europe/Bucharest"))
    assert [moment(at, language) for language in LANGUAGES] == [
        "marți, 24 noiembrie, ora 09:05",
        "24 listopada (wtorek), godz. 09:05",
        "24 листопада (вівторок), 09:05",
        "24. listopadu (úterý), 09:05 hodin",
        "Tuesday, 24 November, 09:05",
    ]
    assert short_day(at, "pl") == "24.11.2026"
    assert short_day(date(2026, 3, 4), "en") == "4 March 2026"


@pytest.mark.parametrize(
    ("awb", "aloud"),
    [
        ("7000000000101", "7000 000 000 101"),
        ("123456789012", "1234 5678 9012"),
        ("Z3000000001", "Z 3000 000 001"),
        ("RR123456789RO", "RR 123 456 789 RO"),
        ("12345", "123 45"),
        ("1234", "1234"),
        ("12-34", "12 - 34"),
        ("", ""),
    ],
)
def test_groups(awb: str, aloud: str) -> None:
    assert groups(awb) == aloud


@given(st.text(st.characters(categories=["Nd", "Lu"]), max_size=40))
def test_groups_lose_nothing(awb: str) -> None:
    assert groups(awb).replace(" ", "") == awb


@pytest.mark.parametrize(
    ("language", "minor", "currency", "spelled"),
    [
        ("ro", 14999, "RON", "o sută patruzeci și nouă de lei și nouăzeci și nouă de bani"),
        ("ro", 100, "RON", "un leu"),
        ("ro", 200, "RON", "doi lei"),
        ("ro", 1905, "RON", "nouăsprezece lei și cinci bani"),
        ("ro", 10000, "RON", "o sută de lei"),
        ("ro", 200, "CZK", "două coroane cehe"),
        ("pl", 14999, "PLN", "sto czterdzieści dziewięć złotych 99/100"),
        ("pl", 100, "PLN", "jeden złoty"),
        ("pl", 2200, "PLN", "dwadzieścia dwa złote"),
        ("pl", 1200, "PLN", "dwanaście złotych"),
        ("pl", 2200, "CZK", "dwadzieścia dwie korony czeskie"),
        ("uk", 149950, "UAH", "одна тисяча чотириста дев'яносто дев'ять гривень 50 копійок"),
        ("uk", 2101, "UAH", "двадцять одна гривня 01 копійка"),
        ("uk", 200, "UAH", "дві гривні"),
        ("uk", 1100, "UAH", "одинадцять гривень"),
        ("cs", 149000, "CZK", "tisíc čtyřista devadesát korun"),
        ("cs", 200, "CZK", "dvě koruny"),
        ("cs", 150, "CZK", "jedna koruna 50 haléřů"),
        ("cs", 100, "EUR", "jedno euro"),
        ("en", 14999, "RON", "one hundred and forty-nine Romanian lei and 99/100"),
    ],
)
def test_words(language: Language, minor: int, currency: str, spelled: str) -> None:
    assert words(Money(minor, currency), language) == spelled


@given(st.sampled_from(LANGUAGES), st.integers(0, 10**9), st.sampled_from(["RON", "PLN", "UAH", "CZK", "EUR", "HUF", "USD"]))
def test_every_amount_has_words(language: Language, minor: int, currency: str) -> None:
    spelled = words(Money(minor, currency), language)
    assert spelled == " ".join(spelled.split())
