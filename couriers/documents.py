"""Opens the documents couriers send (JSON, XML) safely, and reads loosely typed values out of them."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from lxml import etree

from couriers.errors import CourierError

_HALF_A_LETTER = re.compile(r"\\u[dD][89a-fA-F]")


def load_json(body: bytes) -> Any:
    """The JSON value of a body, its fractions as Decimal.

    Raises CourierError ``malformed`` for an empty, truncated, HTML or otherwise unreadable body.
    """
    text = _text(body)
    try:
        value = json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
        return _whole(value) if _HALF_A_LETTER.search(text) else value
    except (ValueError, ArithmeticError, RecursionError):
        raise CourierError("malformed", f"The answer is not JSON{_what(text)}.") from None


def load_xml(body: bytes) -> etree._Element:
    """The root element of an XML body; no DTD, no entities, no network.

    Raises CourierError ``malformed`` for anything else, a DOCTYPE included.
    """
    if b"<!DOCTYPE" in body[:4096].upper() or b"<!ENTITY" in body.upper():
        raise CourierError("malformed", f"The answer is not plain XML{_what(body[:200].decode('latin-1'))}.")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(body.strip(), parser)
    except (etree.XMLSyntaxError, ValueError):
        raise CourierError("malformed", f"The answer is not XML{_what(body[:200].decode('latin-1'))}.") from None


def _whole(value: Any) -> Any:
    """The value with a question mark for every half of a character, which no output could hold."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_whole(each) for each in value]
    if isinstance(value, dict):
        return {_whole(key): _whole(each) for key, each in value.items()}
    return value


def _text(body: bytes) -> str:
    marked = body[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ["utf-16"] if marked else ["utf-8-sig", "cp1250"]:
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise CourierError("malformed", "The answer is in no encoding we know.")


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _what(text: str) -> str:
    head = text.lstrip()[:200].lower()
    if not head:
        return ": it is empty"
    if head.startswith(("<!doctype html", "<html")) or "<html" in head:
        return ": it is an HTML page"
    return ""


def as_dict(value: object) -> dict[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """The value if it is a list, [value] for a lone object, else an empty list."""
    if isinstance(value, list):
        return value
    return [value] if isinstance(value, dict) else []


def as_text(value: object) -> str | None:
    """A text or number as stripped text; None for null, empty, and everything else."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        return value.strip().replace("\x00", "") or None
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        whole = value.is_finite() and value.adjusted() < 40 and value == value.to_integral_value()
        return str(int(value)) if whole else str(value)
    return None


_YEARS = range(2000, 2100)


def local_time(text: str | None, zone: ZoneInfo, *formats: str) -> datetime | None:
    """The instant a text states in the courier's zone (an offset in the text wins), or None.

    Formats are strptime's; the first that fits counts. Years outside 2000-2099 are no instants.
    """
    for form in formats:
        try:
            at = datetime.strptime((text or "").strip(), form)
        except ValueError:
            continue
        if at.year not in _YEARS:
            return None
        return at if at.tzinfo else at.replace(tzinfo=zone)
    return None


def iso_time(text: str | None, zone: ZoneInfo) -> datetime | None:
    """As local_time, for ISO 8601 with or without offset."""
    try:
        at = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    if at.year not in _YEARS:
        return None
    return at if at.tzinfo else at.replace(tzinfo=zone)


def day_of(text: str | None, *formats: str) -> date | None:
    """The calendar day a text states in one of strptime's formats, or None."""
    for form in formats:
        try:
            day = datetime.strptime((text or "").strip(), form).date()
        except ValueError:
            continue
        return day if day.year in _YEARS else None
    return None
