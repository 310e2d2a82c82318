"""Reads what a request asks for, the same for pages and JSON; what cannot be read is refused in a sentence."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from reconciler.desk.cases import CaseFilter
from reconciler.errors import WrongCall

_FILTERS: Final = ("kind", "state", "courier", "severity", "shop")
_BIGINT: Final = 2**63


def parameters(request: web.Request, *known: str) -> dict[str, str]:
    """The query's parameters that say something. Raises WrongCall for an unknown, doubled or unreadable one."""
    query = request.query
    if not set(query) <= set(known):
        raise WrongCall(f"There is an unknown parameter; there are {', '.join(known) or 'none here'}.")
    if len(set(query)) < len(query):
        raise WrongCall("A parameter may be given once only.")
    if any("\0" in value for value in query.values()):
        raise WrongCall("A parameter holds a character that no name has.")
    return {name: value for name, value in query.items() if value}


def case_filter(request: web.Request) -> tuple[CaseFilter, dict[str, str]]:
    """The cases asked for, and the parameters that say which part of them (after, limit)."""
    asked = parameters(request, *_FILTERS, "after", "limit")
    return CaseFilter.of(asked), asked


def limit(asked: dict[str, str], usual: int, most: int) -> int:
    """How many are wanted. Raises WrongCall where that is no sensible number."""
    text = asked.get("limit", str(usual))
    if not text.isascii() or not text.isdecimal() or len(text) > 6 or not 1 <= int(text) <= most:
        raise WrongCall(f"limit must be a whole number from 1 to {most}.")
    return int(text)


def number(text: str | None) -> int | None:
    """A row's id in a path or a cursor; None where there can be no such row."""
    if text is None or not text.isascii() or not text.isdecimal() or len(text) > 19:
        return None
    return int(text) if int(text) < _BIGINT else None
