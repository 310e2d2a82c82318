"""The envelope around every answer: opened, or raised as the error it says it is.

Shape (sheet "Envelope"): ``success`` bool, ``data`` list, ``errors``/``warnings``/``info`` texts
(lists of texts, of objects, or one object), ``errorCodes`` and siblings lists of text or number.
HTTP is 200 for errors too.
"""

from __future__ import annotations

import io
import re
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from couriers.documents import as_dict, as_list, as_text, load_json
from couriers.errors import CourierError, ErrorKind
from couriers.tables import encoding_of

ZONE = ZoneInfo("Europe/Kyiv")
CURRENCY = "UAH"

_KIND_OF_CODE: dict[str, ErrorKind] = {
    "20000200068": "auth",
    "20001401442": "not_found",
    "20000100016": "server",
}
_TEXTS: tuple[tuple[re.Pattern[str], ErrorKind], ...] = (
    (re.compile(r"api[\s_-]*key|ключ\w*[\s_-]*api", re.IGNORECASE), "auth"),
    (re.compile(r"too?[\s_-]*many[\s_-]*requests", re.IGNORECASE), "rate_limit"),
    (re.compile(r"service[\s_-]*unavailable", re.IGNORECASE), "server"),
    (re.compile(r"document number is not correct|invalid documentnumber", re.IGNORECASE), "not_found"),
)
_INVALID_NUMBER = re.compile(r"Invalid\s+DocumentNumber\s*:?\s*(.*)", re.IGNORECASE)
_NUMBER = re.compile(r"[^\s,;\"'\[\]]+")
_DEPTH = 3  # a text may lie in an object in a list; nothing documented lies deeper
_QUOTED_AT_MOST = 200


class Envelope(NamedTuple):
    """A successful answer: its documents, and the numbers it says it could not take."""

    rows: list[Any]
    invalid_numbers: tuple[str, ...]


def open_envelope(body: bytes) -> Envelope:
    """The documents of a successful answer.

    Raises CourierError: ``auth``, ``rate_limit``, ``not_found``, ``server`` or ``refused`` as the
    answer's own error says; ``malformed`` where it is no such envelope.
    """
    answer = _envelope(body)
    data = answer.get("data")
    troubled = bool(_codes(answer) or _texts(answer.get("errors")))
    if _says_no(answer.get("success")) or (troubled and not data):
        raise _error(answer)
    if not isinstance(data, list | dict):
        raise CourierError("malformed", "The answer is not Nova Poshta's: it has no list of documents.")
    return Envelope(as_list(data), _invalid_numbers(answer))


def refused_numbers(body: bytes) -> tuple[str, ...]:
    """The document numbers an error answer names as invalid (errorCode 20001401442)."""
    return _invalid_numbers(_envelope(body))


def _envelope(body: bytes) -> dict[str, Any]:
    if encoding_of(io.BytesIO(body)) == "cp1251":
        body = body.decode("cp1251", errors="replace").encode()
    answer = load_json(body)
    if not isinstance(answer, dict) or not answer.keys() & {"success", "data", "errors", "errorCodes"}:
        raise CourierError("malformed", "The answer is not Nova Poshta's: it has neither 'success' nor 'data'.")
    return answer


def _says_no(success: object) -> bool:
    return success is False or (as_text(success) or "").casefold() in ("false", "0")


def _error(answer: dict[str, Any]) -> CourierError:
    said = [*_texts(answer.get("errors")), *_texts(answer.get("warnings")), *_texts(answer.get("info"))]
    kind = _kind([*_codes(answer), *_codes_in_errors(answer)], " ".join(said))
    if kind == "auth":
        return CourierError(kind, "Nova Poshta refused the API key; check the account's settings.")
    if kind == "rate_limit":
        return CourierError(kind, "Nova Poshta asks for fewer requests; ask again later.")
    quoted = "; ".join(said)[:_QUOTED_AT_MOST] or ", ".join(_codes(answer))[:_QUOTED_AT_MOST] or "no reason given"
    says = {
        "server": "Nova Poshta could not answer",
        "not_found": "Nova Poshta does not take a document number",
    }.get(kind, "Nova Poshta said no")
    return CourierError(kind, f"{says}: {quoted}")


def _kind(codes: list[str], said: str) -> ErrorKind:
    for code, kind in _KIND_OF_CODE.items():
        if code in codes:
            return kind
    for pattern, kind in _TEXTS:
        if pattern.search(said):
            return kind
    return "refused"


def _codes(answer: dict[str, Any]) -> list[str]:
    return _texts(answer.get("errorCodes"))


def _codes_in_errors(answer: dict[str, Any]) -> list[str]:
    """Codes that stand in the errors themselves, which may be objects with the code as a key or a value."""
    errors = answer.get("errors")
    return [*(key for each in as_list(errors) for key in as_dict(each)), *_texts(errors)]


def _invalid_numbers(answer: dict[str, Any]) -> tuple[str, ...]:
    """In order, each once; a text may name one number or several with commas between."""
    found: dict[str, None] = {}
    for said in (*_texts(answer.get("warnings")), *_texts(answer.get("errors"))):
        if match := _INVALID_NUMBER.search(said):
            found |= dict.fromkeys(_NUMBER.findall(match[1]))
    return tuple(found)


def _texts(value: object, depth: int = _DEPTH) -> list[str]:
    text = as_text(value)
    if text is not None:
        return [" ".join(text.split())]
    if not depth:
        return []
    parts = value if isinstance(value, list) else as_dict(value).values()
    return [each for part in parts for each in _texts(part, depth - 1)]
