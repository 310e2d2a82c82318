"""Tells FAN Courier's own error texts apart, and opens the envelope of its v2 answers.

Source: fact sheet sections 2.4 and 5 (API document of September 2025); the exact error texts are
unverified, so the words looked for are broad and in both of its languages.
"""

from __future__ import annotations

import re
from typing import Any

from couriers.documents import as_dict, as_text
from couriers.errors import CourierError, ErrorKind

_WORDS: tuple[tuple[ErrorKind, re.Pattern[str]], ...] = (
    ("rate_limit", re.compile(r"too many|rate limit|prea multe")),
    (
        "auth",
        re.compile(
            r"unauth|autentific|token|credential|password|parol|\buser|utilizator|\blog ?in\b|access denied"
            r"|acces interzis|forbidden"
        ),
    ),
    (
        "not_found",
        re.compile(
            r"not found|not exist|nu exist|inexistent|negasit|nu a fost gasit|unknown awb"
            r"|not (been )?registered|neinregistrat|nu (este|a fost) inregistrat"
        ),
    ),
    (
        "refused",
        re.compile(
            r"invalid|incorr?ect|gresit|required|obligatori|\bmust\b|missing|lipse|lipsa|not allowed|can ?not|nu poate|nu pot"
            r"|not valid|nu (este|e) valid|nevalid|not belong|nu apartine"
        ),
    ),
)
_FOLDED = str.maketrans("ăâîșşțţ", "aaisstt")


def kind_of(message: str) -> ErrorKind | None:
    """What the courier's text complains of; None where it does not say."""
    folded = message.casefold().translate(_FOLDED)
    return next((kind for kind, words in _WORDS if words.search(folded)), None)


def fault(message: str) -> CourierError:
    """The error for the courier's own text: ``server`` unless the text says more."""
    kind = kind_of(message) or "server"
    said = " ".join(message.split())[:200].rstrip(".")
    if kind == "auth":
        return CourierError(kind, f"FAN Courier refused the login; check username, password and client_id. It says: {said}.")
    return CourierError(kind, f"FAN Courier answered with an error: {said}.", retry_after=60.0 if kind == "rate_limit" else None)


def said_in(answer: dict[str, Any]) -> str | None:
    """The error text an answer carries, in ``message``, ``error`` or ``errors``."""
    for key in ("message", "error", "errors"):
        if text := _first_text(answer.get(key)):
            return text
    return None


def _first_text(value: object, depth: int = 0) -> str | None:
    if depth > 3:
        return None
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return next((text for each in value if (text := _first_text(each, depth + 1))), None)
    return as_text(value)


def numbered(item: dict[str, Any]) -> list[Any]:
    """The values under "0", "1", ...: what PHP makes of a list that has gaps."""
    keys = [key for key in item if key.isascii() and key.isdigit() and len(key) <= 6]
    return [item[key] for key in sorted(keys, key=int)]


def items_of(answer: object) -> list[Any]:
    """The items in ``{"status": "success", "data": [...]}``.

    Raises CourierError for the failure envelope, which may come with HTTP 200, and ``malformed``
    for anything that is no envelope.
    """
    envelope = as_dict(answer)
    status, data = as_text(envelope.get("status")), envelope.get("data")
    if status is None or status.casefold() == "success":
        if isinstance(data, list):
            return data
        if isinstance(data, dict):
            return numbered(data) or ([data] if data else [])
    said = said_in(envelope)
    if said is not None:
        raise fault(said)
    if status is not None and status.casefold() != "success":
        raise CourierError("server", f"FAN Courier answered with status '{status[:40]}' and no reason.")
    raise CourierError("malformed", "The answer is JSON, but none of the answers FAN Courier documents.")
