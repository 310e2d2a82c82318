"""Error bodies of ShipX, in their newer and older shape, and of the Global API, with any HTTP status."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from couriers.documents import as_dict, as_text
from couriers.errors import CourierError, ErrorKind

_KINDS: dict[str, ErrorKind] = {
    "resource_not_found": "not_found",  # the key is unverified
    "not_found": "not_found",
    "unauthorized": "auth",  # the key is unverified
    "forbidden": "auth",
    "validation_failed": "refused",
}
_WORDS: tuple[tuple[ErrorKind, re.Pattern[str]], ...] = (
    ("rate_limit", re.compile(r"too[ _]many|rate[ _]limit")),
    ("auth", re.compile(r"unauthori[sz]ed|forbidden|access[ _]denied|invalid_client|credential|token")),
    ("not_found", re.compile(r"not[ _]found|nie zosta|nie znalezion")),
)
_CONTENT = ("tracking_number", "trackingNumber", "tracking_details", "items", "parcels", "payload", "events", "receiver", "cod")
_SAID = ("message", "error_description", "error", "detail", "title", "errors", "code")
_LENGTH = 200
_DEPTH = 5


def raise_refusal(document: object, http_status: int | None = None) -> None:
    """Raises CourierError where the document is an error body; does nothing where it is an answer.

    Newer ``{status, error: key, message, details}``, older ``{status, key, error: text}``; the Global
    API's are not documented, so any text that is told instead of an answer counts.
    """
    body = as_dict(document)
    status = _status(body.get("status"))
    said = said_in(body)
    if not body.get("error") and (any(key in body for key in _CONTENT) or (status is None and (said is None or "id" in body))):
        return
    key = (as_text(body.get("key")) or as_text(body.get("error")) or "").casefold()
    kind = _kind(status or http_status, key) or _told_by(f"{key} {said or ''}")
    raise CourierError(kind, f"InPost answered with an error: {said or 'no reason given'}.")


def said_in(body: Mapping[str, Any]) -> str | None:
    """What an error body, or a parcel in a list, says is wrong, in one line; None where it says nothing."""
    message = next((text for key in _SAID if (text := _first_text(body.get(key), _DEPTH))), None)
    if message is None:
        return None
    details = "; ".join(_problems(body.get("details"), _DEPTH))
    return " ".join((f"{message.rstrip('.')} ({details})" if details else message).split())[:_LENGTH].rstrip(".")


def _first_text(value: Any, depth: int) -> str | None:
    if depth == 0:
        return None
    if isinstance(value, list):
        return next((text for each in value[:10] if (text := _first_text(each, depth - 1))), None)
    if isinstance(value, dict):
        return next((text for key in _SAID if (text := _first_text(value.get(key), depth - 1))), None)
    return as_text(value)


def _status(value: object) -> int | None:
    """A body's own HTTP status from 400 up, number or text."""
    text = as_text(value) or ""
    return int(text) if len(text) == 3 and text.isascii() and text.isdigit() and text >= "400" else None


def _kind(status: int | None, key: str) -> ErrorKind | None:
    if key in _KINDS:
        return _KINDS[key]
    if status in (401, 403):
        return "auth"
    if status == 404:
        return "not_found"
    if status == 429:
        return "rate_limit"
    if status is None:
        return None
    return "refused" if status < 500 else "server"


def _told_by(text: str) -> ErrorKind:
    """The kind its own words tell; ``server`` where they do not."""
    folded = text.casefold()
    return next((kind for kind, words in _WORDS if words.search(folded)), "server")


def _problems(details: Any, depth: int) -> Iterator[str]:
    """``{"name": ["required"]}`` and ``{"custom_attributes": [{"target_point": ["does_not_exist"]}]}`` as plain words."""
    if depth == 0:
        return
    if isinstance(details, dict):
        for field, inner in list(details.items())[:10]:
            for problem in _problems(inner, depth - 1):
                yield f"{field} {problem}"
    elif isinstance(details, list):
        for inner in details[:10]:
            yield from _problems(inner, depth - 1)
    elif text := as_text(details):
        yield text
