"""Compares two addresses as people would: case, diacritics, script and usual abbreviations folded away.

Pure; one memoised pass a field, so that a night's addresses cost little.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal, NamedTuple

Difference = Literal["pickup_point", "city", "street"]


class Place(NamedTuple):
    """An address or pickup point; None where it is not told."""

    street: str | None
    city: str | None
    postcode: str | None
    pickup_point: str | None


# Ukrainian by the official transliteration of 2010, in the form that stands inside a word.
_CYRILLIC = str.maketrans({
    "а": "a", "б": "b", "в": "v", "г": "h", "ґ": "g", "д": "d", "е": "e", "є": "ie", "ж": "zh", "з": "z", "и": "y",
    "і": "i", "ї": "i", "й": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s",
    "т": "t", "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ь": "", "ъ": "", "ю": "iu",
    "я": "ia", "ы": "y", "э": "e", "ё": "e",
})  # fmt: skip
_LATIN = str.maketrans({"ł": "l", "đ": "d", "ø": "o", "ß": "ss", "'": "", "’": "", "ʼ": "", "`": ""})
_INITIAL = re.compile(r"\by(?=[aeou])")  # the same table's form at a word's beginning: Yalta, Yuzhne
_WORD = re.compile(r"[a-z]+|\d+[a-z]?(?![a-z])|\d+")
_POINT = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
# Kinds of street, town and house, in full and short, that one writes and another leaves out.
_STREET_WORDS = frozenset(
    """
    str strada strazii bd bdul blvd bulevardul bulevard b dul cal calea aleea al alee sos soseaua piata intrarea
    int drumul splaiul nr numarul bl bloc sc scara et etaj ap apartament apart ul ulica ulicy aleja aleje alei pl
    plac placu os osiedle skwer rondo m mieszkanie lok lokal dom sw swietego swietej gen generala vul vulytsia
    vulitsia ulitsa prosp prospekt pr prt bulvar bulv prov provulok ploshcha shose nab naberezhna bud budynok kv
    kvartyra kvartira d ulice tr trida nam namesti nabr nabrezi c cp cislo popisne byt
    """.split()
)
_CITY_WORDS = frozenset(
    """
    municipiul mun oras orasul or com comuna sat satul loc localitatea jud judetul sector sectorul miasto m wies
    gmina gm misto mista selo s smt selyshche obec mesto okres region rn oblast obl
    """.split()
)
# Names a town goes by in other languages, after folding.
_SAME_TOWN = {
    "bucharest": "bucuresti", "jassy": "iasi", "warsaw": "warszawa", "warschau": "warszawa", "cracow": "krakow",
    "breslau": "wroclaw", "danzig": "gdansk", "posen": "poznan", "kiev": "kiv", "kyiv": "kiv",
     "lvov": "lviv", "lwow": "lviv", "kharkov": "kharkiv", "odessa": "odesa", "dnepr": "dnipro",
    "nikolaev": "mykolaiv", "zaporozhe": "zaporizhzhia", "zaporizhzhya": "zaporizhzhia", "chernovtsy": "chernivtsi",
    "rovno": "rivne", "prague": "praha", "prag": "praha", "pilsen": "plzen", "brunn": "brno",
}  # fmt: skip


def difference(told: Place, booked: Place) -> Difference | None:
    """What makes the booked place another one than the customer was told; None where nothing does.

    Another pickup point; or, for homes, another city; or another postcode together with another
    street. What one side does not tell is no difference.
    """
    if told.pickup_point or booked.pickup_point:
        if told.pickup_point and booked.pickup_point and not same_point(told.pickup_point, booked.pickup_point):
            return "pickup_point"
        if told.pickup_point:
            return None
    if told.city and booked.city and not same_city(told.city, booked.city):
        return "city"
    if told.postcode and booked.postcode and told.street and booked.street:
        other_postcode = _code(told.postcode) != _code(booked.postcode)
        if other_postcode and not same_street(told.street, booked.street):
            return "street"
    return None


def same_point(one: str, other: str) -> bool:
    """Whether two texts name the same point.

    The bare number or code of one is the first the other names; or both name the same, one in fewer words.
    """
    first, second = _code(one), _code(other)
    if first == second or first == _named(other) or second == _named(one):
        return True
    words, others = set(_POINT.findall(folded(one))), set(_POINT.findall(folded(other)))
    return _named(one) is not None and _named(one) == _named(other) and (words <= others or others <= words)


def reached_elsewhere(told: Place, reached: str | None) -> Difference | None:
    """Whether the parcel waits at, or was handed over at, another pickup point than told.

    Couriers name that place by the point's number or by a town; only two numbers can be compared.
    """
    if told.pickup_point and reached and told.pickup_point.strip().isdigit() and reached.strip().isdigit():
        return "pickup_point" if told.pickup_point.strip() != reached.strip() else None
    return None


def same_city(one: str, other: str) -> bool:
    """Whether two names are the same town; a district after the name makes no other town."""
    first, second = _city(one), _city(other)
    if not first or not second:
        return True
    length = min(len(first), len(second))
    return first[:length] == second[:length] or "".join(first) == "".join(second)


def same_street(one: str, other: str) -> bool:
    """Whether two lines name the same street: one's words all stand in the other, house numbers aside."""
    first, second = _street(one), _street(other)
    return first <= second or second <= first


@lru_cache(maxsize=65_536)
def _city(text: str) -> tuple[str, ...]:
    head = re.split(r"[(,;/]", folded(text))[0] or folded(text)
    words = [_SAME_TOWN.get(word, word) for word in _WORD.findall(head)]
    named = [word for word in words if not word[0].isdigit()]
    while len(named) > 1 and named[0] in _CITY_WORDS:  # only before a name: Nové Město is one
        del named[0]
    return tuple(named or words)


@lru_cache(maxsize=65_536)
def _street(text: str) -> frozenset[str]:
    words = _WORD.findall(folded(text))
    named = frozenset(word for word in words if len(word) > 1 and word not in _STREET_WORDS and not word[0].isdigit())
    return named or frozenset(words)


@lru_cache(maxsize=65_536)
def _named(text: str) -> str | None:
    """The first number or code in a point's name: 12 of "Відділення №12, вул. Садова, 2"."""
    return next((word for word in _POINT.findall(folded(text.replace("№", " "))) if any(map(str.isdigit, word))), None)


@lru_cache(maxsize=65_536)
def _code(text: str) -> str:
    return "".join(filter(str.isalnum, folded(text)))


@lru_cache(maxsize=65_536)
def folded(text: str) -> str:
    """Lower case, Latin letters without marks; Ukrainian spelt in Latin."""
    lower = unicodedata.normalize("NFKC", text).lower().translate(_CYRILLIC).translate(_LATIN)
    bare = "".join(letter for letter in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(letter))
    return _INITIAL.sub("i", bare.replace("yi", "i").replace("ij", "i"))
