"""Amounts, days and numbers as each language of the letters writes them.

The gate looks for exactly what these functions write, so a letter that uses the filters passes and a
letter that types an amount by hand has to type it the same way.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Final, Literal, cast, get_args

from babel.dates import format_date
from babel.numbers import get_currency_name
from num2words import num2words

from couriers.facts import Money

Language = Literal["ro", "pl", "uk", "cs", "en"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)

NBSP: Final = "\u00a0"

# Monday first, in the form a day takes inside a sentence: "we wtorek", "у вівторок", "ve středu".
_ON_WEEKDAY: Final[dict[Language, tuple[str, ...]]] = {
    "ro": ("luni", "marți", "miercuri", "joi", "vineri", "sâmbătă", "duminică"),
    "pl": ("w poniedziałek", "we wtorek", "w środę", "w czwartek", "w piątek", "w sobotę", "w niedzielę"),
    "uk": ("у понеділок", "у вівторок", "у середу", "у четвер", "у п'ятницю", "у суботу", "у неділю"),
    "cs": ("v pondělí", "v úterý", "ve středu", "ve čtvrtek", "v pátek", "v sobotu", "v neděli"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
# The bare name, and the form after "do", "до", "od": the gate knows them too.
_WEEKDAY: Final[dict[Language, tuple[tuple[str, ...], ...]]] = {
    "ro": tuple((name,) for name in _ON_WEEKDAY["ro"]),
    "pl": (
        ("poniedziałek", "poniedziałku"),
        ("wtorek", "wtorku"),
        ("środa", "środę", "środy"),
        ("czwartek", "czwartku"),
        ("piątek", "piątku"),
        ("sobota", "sobotę", "soboty"),
        ("niedziela", "niedzielę", "niedzieli"),
    ),
    "uk": (
        ("понеділок", "понеділка"),
        ("вівторок", "вівторка"),
        ("середа", "середу", "середи"),
        ("четвер", "четверга"),
        ("п'ятниця", "п'ятницю", "п'ятниці"),
        ("субота", "суботу", "суботи"),
        ("неділя", "неділю", "неділі"),
    ),
    "cs": (
        ("pondělí",),
        ("úterý", "úterka"),
        ("středa", "středu", "středy"),
        ("čtvrtek", "čtvrtka"),
        ("pátek", "pátku"),
        ("sobota", "sobotu", "soboty"),
        ("neděle", "neděli"),
    ),
    "en": tuple((name,) for name in _ON_WEEKDAY["en"]),
}
_DAY_MONTH: Final[dict[Language, str]] = {"ro": "d MMMM", "pl": "d MMMM", "uk": "d MMMM", "cs": "d. MMMM", "en": "d MMMM"}

_HOME: Final[dict[Language, str]] = {"ro": "RON", "pl": "PLN", "uk": "UAH", "cs": "CZK"}
_HOME_SIGN: Final[dict[str, str]] = {"RON": "lei", "UAH": "грн"}
_SIGN_ABROAD: Final[dict[str, str]] = {"PLN": "zł", "CZK": "Kč", "EUR": "€", "HUF": "Ft"}
_MAY_BE_WHOLE: Final = frozenset({"CZK", "HUF"})


def is_language(text: str) -> bool:
    """Whether letters are written in this language."""
    return text in LANGUAGES


def money(value: Money, language: Language) -> str:
    """``149,99 lei``, ``1 499,00 грн``, ``1 490 Kč``, ``RON 149.99``; thousands parted by a no-break space (en: a comma)."""
    whole, cents = divmod(abs(value.minor), 100)
    sign = "-" if value.minor < 0 else ""
    if language == "en":
        return f"{value.currency} {sign}{whole:,}.{cents:02}"
    figures = sign + f"{whole:,}".replace(",", NBSP)
    if cents or value.currency not in _MAY_BE_WHOLE:
        figures += f",{cents:02}"
    return f"{figures} {_sign(value.currency, language)}"


def _sign(currency: str, language: Language) -> str:
    if _HOME.get(language) == currency and currency in _HOME_SIGN:
        return _HOME_SIGN[currency]
    return _SIGN_ABROAD.get(currency, currency)


def day(value: date, language: Language) -> str:
    """The day with its weekday, ready for a sentence: ``we wtorek, 24 listopada``, ``Monday, 23 November``."""
    comma = "" if language == "cs" else ","
    return f"{_ON_WEEKDAY[language][value.weekday()]}{comma} {_day_month(value, language)}"


def day_spellings(value: date, language: Language) -> tuple[str, ...]:
    """Every way the language may name this day with weekday, day and month."""
    name = _day_month(value, language)
    bare = [f"{weekday}{comma} {name}" for weekday in _WEEKDAY[language][value.weekday()] for comma in (",", "")]
    after = [f"{name} ({weekday})" for weekday in _WEEKDAY[language][value.weekday()]]
    return (day(value, language), *bare, *after)


def moment(value: datetime, language: Language) -> str:
    """Day and hour, fit to stand after "until": ``23 listopada (poniedziałek), godz. 12:00``."""
    name, clock = _day_month(value, language), f"{value:%H:%M}"
    weekday = _WEEKDAY[language][value.weekday()][0]
    match language:
        case "ro":
            return f"{weekday}, {name}, ora {clock}"
        case "pl":
            return f"{name} ({weekday}), godz. {clock}"
        case "uk":
            return f"{name} ({weekday}), {clock}"
        case "cs":
            return f"{name} ({weekday}), {clock} hodin"
        case "en":
            return f"{weekday}, {name}, {clock}"


def short_day(value: date, language: Language) -> str:
    """For blocks of facts: ``23.11.2026``; in English, where that order is doubtful, ``23 November 2026``."""
    return f"{value.day} {value:%B %Y}" if language == "en" else f"{value:%d.%m.%Y}"


def _day_month(value: date, language: Language) -> str:
    return format_date(value, _DAY_MONTH[language], locale=language)


def groups(text: str) -> str:
    """A number in even groups of three or four characters, to be read aloud: ``7000 000 000 101``."""
    return " ".join(_even(run) for run in re.findall(r"\d+|[^\W\d_]+|[^\s\w]+", text))


def _even(run: str) -> str:
    if not run.isdigit() or len(run) <= 4:
        return run
    count = -(-len(run) // 4)
    short, longer = divmod(len(run), count)
    parts, start = [], 0
    for index in range(count):
        size = short + (index < longer)
        parts.append(run[start : start + size])
        start += size
    return " ".join(parts)


# Names as the language counts: one, few, many. Where only two are given, few and many are one.
_UNITS: Final[dict[Language, tuple[str, ...]]] = {
    "ro": ("leu", "lei"),
    "pl": ("złoty", "złote", "złotych"),
    "uk": ("гривня", "гривні", "гривень"),
    "cs": ("koruna", "koruny", "korun"),
}
_CENTS: Final[dict[Language, tuple[str, ...]]] = {
    "ro": ("ban", "bani"),
    "uk": ("копійка", "копійки", "копійок"),
    "cs": ("haléř", "haléře", "haléřů"),
}
_FEMININE: Final = frozenset({"CZK", "UAH"})
_NEUTER: Final = frozenset({"EUR"})


def words(value: Money, language: Language) -> str:
    """The amount in words, as a letter to a clerk spells it: ``sto czterdzieści dziewięć złotych 99/100``."""
    whole, cents = divmod(abs(value.minor), 100)
    spelled = f"{_cardinal(whole, value.currency, language)} {_unit(whole, value.currency, language)}"
    if not cents:
        return spelled
    if _HOME.get(language) != value.currency or language not in _CENTS:
        return f"{spelled} {'and ' if language == 'en' else ''}{cents:02}/100"
    name = _counted(cents, _CENTS[language], language)
    if language == "ro":
        return f"{spelled} și {_cardinal(cents, 'RON', 'ro')} {name}"
    return f"{spelled} {cents:02} {name}"


def _unit(count: int, currency: str, language: Language) -> str:
    if _HOME.get(language) == currency:
        return _counted(count, _UNITS[language], language)
    name = get_currency_name(currency, count, locale=language)
    return f"de {name}" if language == "ro" and _takes_de(count) else name


def _takes_de(count: int) -> bool:
    return count >= 20 and (count % 100 == 0 or count % 100 >= 20)


def _counted(count: int, names: tuple[str, ...], language: Language) -> str:
    if language == "ro":
        return names[0] if count == 1 else f"de {names[1]}" if _takes_de(count) else names[1]
    one = count % 10 == 1 and count % 100 != 11 if language == "uk" else count == 1
    few = count in (2, 3, 4) if language == "cs" else count % 10 in (2, 3, 4) and count % 100 not in (12, 13, 14)
    return names[0] if one else names[1] if few else names[-1]


def _cardinal(count: int, currency: str, language: Language) -> str:
    """The number with its last word in the currency's gender, which num2words does not know."""
    spelled = cast(str, num2words(count, lang=language))
    head, gap, last = spelled.rpartition(" ")
    feminine = currency in _FEMININE
    match language:
        case "ro":
            if count == 1:
                return "o" if feminine else "un"
            last = {"unu": "una", "doi": "două"}.get(last, last) if feminine else last
        case "pl":
            if count == 1:
                return "jedna" if feminine else "jedno" if currency in _NEUTER else "jeden"
            last = "dwie" if feminine and last == "dwa" else last
        case "uk":
            last = {"один": "одна", "два": "дві"}.get(last, last) if feminine else last
        case "cs":
            if count == 1:
                return "jedna" if feminine else "jedno" if currency in _NEUTER else "jeden"
            last = "dvě" if last == "dva" and currency in _FEMININE | _NEUTER else last
        case "en":
            pass
    return f"{head}{gap}{last}"
