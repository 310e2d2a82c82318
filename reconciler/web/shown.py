"""How values are written on staff's pages; the templates' filters."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from anyascii import anyascii

from couriers.facts import Money
from couriers.registry import all_couriers
from reconciler.desk import words
from reconciler.desk.case_facts import Case
from reconciler.desk.evidence import plain
from reconciler.desk.formats import short_day

_MINUS: Final = "\u2212"
_ACRONYMS: Final = re.compile(r"\b(cod|awb|id|iban|url)\b", re.IGNORECASE)
_ISO: Final = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d[\d:.+Z-]*)?", re.ASCII)
_NAMES: Final[dict[str, Mapping[str, str]]] = {
    "status": words.STATUS,
    "reason": words.REASON,
    "state": words.CLAIM,
    "claim_state": words.CLAIM,
    "gate": {},
    "source": {},
}


def signed(money: Money) -> str:
    """``+20.00 RON``, ``−5.00 RON``."""
    sign = _MINUS if money.minor < 0 else "+" if money.minor else ""
    return f"{sign}{abs(money.amount)} {money.currency}"


def in_words(case: Case) -> str:
    """The difference of a case in words."""
    difference = case.difference
    if difference is None:
        return ""
    verb = "paid out" if words.sides(case.kind)[1] == "Paid out" else "asked"
    if not difference.minor:
        return f"The same amount is {verb}."
    much = "more" if difference.minor > 0 else "less"
    return f"{abs(difference.amount)} {difference.currency} {much} is {verb} than {words.sides(case.kind)[0].lower()}."


def day(value: date) -> str:
    """``23 November 2026``."""
    return short_day(value, "en")


def moment(value: datetime, timezone: str) -> str:
    """``23 November 2026, 09:14`` on the shop's clock."""
    local = value.astimezone(ZoneInfo(timezone))
    return f"{short_day(local.date(), 'en')}, {local:%H:%M}"


def lapse(value: timedelta) -> str:
    """A length of time in its largest whole unit: ``5 min``, ``3 h``, ``2 days``."""
    minutes = int(abs(value.total_seconds()) // 60)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h"
    return f"{minutes // 1440} days"


def due(value: datetime, now: datetime) -> str:
    """``in 3 h``, ``overdue by 2 days``."""
    return f"overdue by {lapse(now - value)}" if value < now else f"in {lapse(value - now)}"


def seconds(value: float | None) -> str:
    """How long a step took."""
    if value is None:
        return ""
    return f"{value:.1f} s" if value < 60 else lapse(timedelta(seconds=value))


def named(key: str) -> str:
    """The key of a piece of evidence, spelled out."""
    return _ACRONYMS.sub(lambda found: found[0].upper(), words.spelled(key))


def evident(value: Any, key: str, timezone: str) -> str:
    """A single piece of evidence as text; ``key`` tells what names stand for."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and key in _NAMES:
        return words.word(_NAMES[key], value)
    if isinstance(value, str) and _ISO.fullmatch(value):
        return _dated(value, timezone)
    return str(value)


def _dated(text: str, timezone: str) -> str:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    if len(text) == 10:
        return day(at.date())
    return moment(at, timezone) if at.tzinfo else text


def columns(rows: list[Mapping[str, Any]]) -> list[str]:
    """The keys of a list of objects, each once, in the order they come."""
    return list(dict.fromkeys(key for row in rows for key in row))


def differs(one: str | None, other: str | None) -> bool:
    """Whether two spellings of a place differ in more than case, diacritics and blanks."""
    return bool(one and other) and _folded(one or "") != _folded(other or "")


def _folded(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", anyascii(text).lower())


def query(chosen: Mapping[str, str], **changes: str | None) -> str:
    """The address of the queue with these choices, some changed; None takes one away."""
    merged = {name: value for name, value in {**chosen, **changes}.items() if value}
    return f"/?{urlencode(merged)}" if merged else "/"


def courier_name(name: str) -> str:
    """The courier as people know it."""
    info = all_couriers().get(name)
    return info.rulebook.title if info else words.spelled(name)


LABELS: Final[dict[str, Callable[[str], str]]] = {
    "kind": lambda name: words.kind(name).title,
    "courier": courier_name,
    "state": lambda name: "All states" if name == "all" else words.word(words.STATE, name),
    "severity": lambda name: words.word(words.SEVERITY, name),
    "shop": str,
}
FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "signed": signed,
    "in_words": in_words,
    "day": day,
    "moment": moment,
    "lapse": lapse,
    "due": due,
    "seconds": seconds,
    "named": named,
    "evident": evident,
    "plain": plain,
    "columns": columns,
}
GLOBALS: Final[dict[str, Any]] = {
    "words": words,
    "labels": LABELS,
    "courier_name": courier_name,
    "query": query,
    "differs": differs,
}
