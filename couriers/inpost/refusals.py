"""Error bodies of ShipX, in their newer and older shape, with any HTTP status."""

from __future__ import annotations

from collections.abc import Iterator
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
_CONTENT = ("tracking_number", "tracking_details", "items", "parcels", "payload")
_LENGTH = 200
_DEPTH = 5


def raise_refusal(document: object, http_status: int | None = None) -> None:
    """Raises CourierError where the document is an error body; does nothing where it is an answer.

    Newer ``{status, error: key, message, details}``, older ``{status, key, error: text}``.
    """
    body = as_dict(document)
    status = _status(body.get("status"))
    if not body.get("error") and (status is None or any(key in body for key in _CONTENT)):
        return
    key = as_text(body.get("key")) or as_text(body.get("error"))
    message = as_text(body.get("message")) or as_text(body.get("error")) or "no reason given"
    details = "; ".join(_problems(body.get("details"), _DEPTH))
    said = " ".join((f"{message.rstrip('.')} ({details})" if details else message).split())[:_LENGTH].rstrip(".")
    kind = _kind(status or http_status, (key or "").casefold())
    raise CourierError(kind, f"InPost answered with an error: {said}.")


def _status(value: object) -> int | None:
    """A body's own HTTP status from 400 up, number or text."""
    text = as_text(value) or ""
    return int(text) if len(text) == 3 and text.isascii() and text.isdigit() and text >= "400" else None


def _kind(status: int | None, key: str) -> ErrorKind:
    if key in _KINDS:
        return _KINDS[key]
    if status in (401, 403):
        return "auth"
    if status == 404:
        return "not_found"
    if status == 429:
        return "rate_limit"
    return "refused" if status is not None and status < 500 else "server"


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
