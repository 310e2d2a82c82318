"""The letter gate: what a customer's letter must say, and must not, before it may leave.

It names the exact total and a day with its weekday, it holds none of the vague words of its language in
any inflection, with or without diacritics, and no exclamation mark. What the letter quotes from the
customer is his own affair: lines beginning with ">" and text between quotation marks.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from datetime import date
from functools import lru_cache
from typing import Final

from couriers.facts import Money
from reconciler.desk import formats
from reconciler.desk.formats import Language

# Written folded: lower case, no diacritics (Ukrainian keeps its own letters), straight apostrophe. Each is matched
# whole, so "brzdy" is not "brzy"; a blank stands for any white space. A few days that have passed are no promise,
# so a bare "few days" is vague only after a word that points forward.
_VAGUE: Final[dict[Language, tuple[str, ...]]] = {
    "ro": (
        r"(?:cat|cel) (?:mai|de) (?:curand|repede|rapid|devreme|degraba|grabnic)(?: posibil)?",
        r"cat se poate de (?:curand|repede|rapid)",
        r"(?:cel mai )?scurt timp(?: posibil)?",
        r"timpul cel mai scurt",
        r"(?:cea mai )?scurta vreme",
        r"curand",
        r"degraba",
        r"zilele (?:imediat )?(?:urmatoare|viitoare|ce urmeaza|care urmeaza|acestea|astea)",
        r"(?:urmatoarele|viitoarele) (?:cateva )?(?:zile|ore|saptamani)",
        r"(?:in|peste|dupa) cateva (?:zile|ore|saptamani)",
        r"perioad[ae] (?:imediat )?(?:urmatoare|viitoare|apropiata)",
        r"urmatoarea perioada",
        r"viitor(?:ul)? (?:foarte )?apropiat",
    ),
    "pl": (
        r"wkrotce",
        r"niebawem",
        r"niedlugo",
        r"niezadlugo",
        r"niedlugim (?:czasie|terminie)",
        r"(?:jak|mozliwie|co) (?:najszybciej|najpredzej|najwczesniej|najrychlej)",
        r"najszybciej,? jak (?:to mozliwe|sie da|tylko)",
        r"jak najszybsz(?:ym|ego) (?:czasie|czasu|terminie|terminu)",
        r"najblizsz(?:ym|ego|emu|y) czas(?:ie|u|owi)?",
        r"w najblizszym (?:mozliwym )?terminie",
        r"najblizsz(?:ych|ymi|ym|e) (?:kilku |paru |kilka |pare )?(?:dni|tygodni|godzin)(?:ach|ami|om|e|y)?",
        r"(?:w ciagu|za|przez|w) (?:kilku|paru|kilka|pare) (?:najblizszych |nastepnych )?(?:dni|tygodni|godzin)(?:ach|e|y)?",
        r"nastepnych (?:kilku )?dni(?:ach)?",
        r"lada (?:dzien|moment|chwila|chwile|godzina)",
        r"krotkim czasie",
        r"czym predzej",
        r"niedalekiej przyszlosci",
    ),
    "uk": (
        r"незабаром",
        r"скоро",
        r"скор(?:ому|ім|ого|ий) час(?:і|у|ом)?",
        r"невдовзі",
        r"небавом",
        r"вскорості",
        r"найближч(?:им|ого|ий|ому|ім) час(?:ом|у|і)?",
        r"найближч(?:е|ого|ому|им|ім) майбутн(?:є|ього|ьому|ім)",
        r"найближч(?:ими|их|і|им) (?:кілька |кількома |кількох )?(?:дн|тижн|годин)(?:ями|ів|і|ям|ях|ами|и|ах)?",
        r"(?:як|що)?най(?:швидше|скоріше|хутчіше)",
        r"(?:якомога|чим|максимально) ?(?:швидше|скоріше|раніше|хутчіше|швидко)",
        r"(?:за|протягом|через|впродовж) (?:кілька|декілька|кількох|декількох|пару) (?:дн|тижн|годин)(?:ів|і|и)?",
        r"наступн(?:ими|их|і) дн(?:ями|ів|і|ях)",
        r"ось-ось",
        r"з дня на день",
        r"(?:у|в|за) короткий (?:час|термін)",
    ),
    "cs": (
        r"brz(?:y|o|ke|kem|keho|kou|ka|icko)",
        r"zanedlouho",
        r"zakratko",
        r"(?:co|jak|pokud) (?:mozna |mozno )?nej(?:drive|driv|rychleji|rychlejc)",
        r"nejblizsi(?:m|ho|mu)? (?:mozn(?:e|em|ou) )?(?:dob[eu]|dobou|case|casu|casem|terminu)",
        r"nejblizsi(?:ch|mi|m)? (?:nekolika |par )?(?:dnech|dny|dnu|dnum|dni|tydnech|tydny|tydnu|hodinach|hodin)",
        r"nejblizsi budoucnosti?",
        r"(?:behem|za|v|do) (?:nekolika|nekolik|par|paru) (?:malo |nejblizsich )?(?:dn|hodin|tydn)(?:u|i|y|ech|ach)?",
        r"(?:nasledujicich|pristich) (?:nekolika )?(?:dnech|dni|dnu|tydnech|hodinach)",
        r"dohledne dob[ey]",
        r"kratk(?:e|em) (?:dobe|case)",
        r"kazdym (?:dnem|okamzikem)",
        r"blizke (?:dobe|budoucnosti)",
    ),
    "en": (
        r"soon(?:er|est|ish)?",
        r"shortly",
        r"as (?:quickly|early|fast|promptly|rapidly) as (?:possible|we can|it can)",
        r"in due (?:course|time)",
        r"(?:in|over|within|during) the (?:coming|next|following) (?:few |couple of )?(?:days?|weeks?|hours?)",
        r"(?:near|nearest|not too distant|foreseeable) future",
        r"(?:in|within) (?:a|the next) (?:few|couple of) (?:days?|weeks?|hours?|moments?)",
        r"any (?:day|time|moment|minute) now",
        r"before (?:too )?long",
        r"in no time",
        r"momentarily",
        r"at (?:our|your) earliest",
    ),
}
_EVERYWHERE: Final = (r"a\.?s\.?a\.?p\.?",)

_QUOTED: Final = re.compile(r'„[^„”“\n]*[”“]|«[^«»\n]*»|»[^«»\n]*«|“[^“”\n]*”|"[^"\n]*"')
_QUOTED_LINE: Final = re.compile(r"^[ \t]*>.*$", re.MULTILINE)
_ADDRESS: Final = re.compile(r"https?://\S+")
_APOSTROPHES: Final = str.maketrans(dict.fromkeys("\u2019\u02bc\u2018`\u00b4", "'"))
_LETTERS: Final = str.maketrans({"ł": "l", "đ": "d"})


def objections(text: str, language: Language, pay: Money, days: Collection[date]) -> list[str]:
    """Why this letter may not leave, a sentence each; empty where it may.

    ``days`` are those the letter may name: one of them, with its weekday, must be there.
    """
    own = _own_words(text)
    spaced = _spaced(own)
    found = []
    if not _states(spaced, pay, language):
        found.append(f"The letter does not name the exact amount to pay, {_spaced(formats.money(pay, language))}.")
    if not any(_names(spaced, each, language) for each in days):
        wanted = " or ".join(_spaced(formats.day(each, language)) for each in sorted(set(days)))
        found.append(f"The letter does not name the day with its weekday: {wanted or 'none is known'}.")
    found.extend(f"The letter says '{vague}', which names no day." for vague in vague_words(text, language))
    if "!" in own or "\uff01" in own:
        found.append("The letter has an exclamation mark.")
    return found


def vague_words(text: str, language: Language) -> list[str]:
    """The vague words this text uses outside quotations, as it writes them, each once."""
    own = _own_words(text)
    hits = _pattern(language).finditer(_folded(own, language))
    return list(dict.fromkeys(_spaced(own[hit.start() : hit.end()]) for hit in hits))


@lru_cache
def _pattern(language: Language) -> re.Pattern[str]:
    choices = "|".join((*_VAGUE[language], *_EVERYWHERE)).replace(" ?", r"\s*").replace(" ", r"\s+")
    return re.compile(rf"(?<!\w)(?:{choices})(?!\w)")


def _own_words(text: str) -> str:
    """The letter without what it quotes, without addresses of pages and invisible characters."""
    shown = "".join(char for char in unicodedata.normalize("NFC", text) if unicodedata.category(char) != "Cf")
    return _ADDRESS.sub(" ", _QUOTED.sub(" ", _QUOTED_LINE.sub(" ", shown)))


def _folded(text: str, language: Language) -> str:
    """Lower case, straight apostrophes, Latin without diacritics; each character stays in its place."""
    lower = "".join(char.lower()[0] for char in text.translate(_APOSTROPHES))
    if language == "uk":
        return lower
    return "".join(unicodedata.normalize("NFD", char)[0] for char in lower.translate(_LETTERS))


def _spaced(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _states(text: str, pay: Money, language: Language) -> bool:
    wanted = re.escape(_spaced(formats.money(pay, language)))
    return re.search(rf"(?<![\w.,+-])(?<!\d ){wanted}(?!\w)(?![.,]\d)", text) is not None


def _names(text: str, named: date, language: Language) -> bool:
    folded = text.lower().translate(_APOSTROPHES)
    return any(
        re.search(rf"(?<!\w){re.escape(spelling.lower())}(?!\w)", folded) for spelling in formats.day_spellings(named, language)
    )
