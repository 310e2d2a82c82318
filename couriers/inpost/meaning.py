"""What InPost's codes, times and numbers mean, alike in ShipX and in the Global API."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from couriers.documents import as_text, iso_time, local_time
from couriers.facts import Event, Status, fold, timeline
from couriers.statuses import StatusTable

TABLE = StatusTable.of("couriers.inpost")
ZONE = ZoneInfo("Europe/Warsaw")
CURRENCY = "PLN"

_WEBHOOK_TIME = "%Y-%m-%d %H:%M:%S %z"
_WAYBILL = re.compile(r"(?=[A-Z./_-]*\d)[A-Z0-9][A-Z0-9./_-]{0,39}", re.ASCII | re.IGNORECASE)
_SPACED_DIGITS = re.compile(r"\d[\d\s]*", re.ASCII)
_EXPONENT = re.compile(r"\d+(?:[.,]\d+)?E[+-]?\d+", re.ASCII | re.IGNORECASE)


def instant(value: object) -> datetime | None:
    """An ISO 8601 time, or a webhook's ``2026-03-20 15:08:42 +0100``; None for anything else."""
    if not isinstance(value, str):
        return None
    return iso_time(value, ZONE) or local_time(value, ZONE, _WEBHOOK_TIME)


def waybill(value: object) -> str | None:
    """A tracking number with all its digits; None where there is none, or a spreadsheet broke it (``6,2E+23``)."""
    if isinstance(value, Decimal):
        return None
    text = as_text(value)
    if text is None:
        return None
    if _SPACED_DIGITS.fullmatch(text):
        text = "".join(text.split())
    return text if _WAYBILL.fullmatch(text) and not _EXPONENT.fullmatch(text) else None


def settle(events: Iterable[Event]) -> tuple[Event, ...]:
    """The timeline, in which a ``delivered`` after ``returned_to_sender`` means *returned*."""
    settled = []
    going_back = False
    for event in timeline(events):
        code = event.code.casefold()
        going_back = going_back or code == "returned_to_sender"
        settled.append(event._replace(status=Status.RETURNED) if going_back and code == "delivered" else event)
    return tuple(settled)


def standing(events: Iterable[Event], stated: str | None) -> tuple[tuple[Event, ...], Status]:
    """Events in order and the status they come to.

    Where no event moves the parcel the answer's own current status ``stated`` counts. A parcel of
    which nothing at all is told is ``unknown``.
    """
    told = settle(events)
    if any(event.status is not None and not event.informs for event in told):
        return told, fold(told)
    if stated is None:
        return told, fold(told) if told else Status.UNKNOWN
    known = TABLE.get(stated)
    if known is None:
        return told, Status.UNKNOWN
    return told, known.status if known.status is not None and not known.informs else Status.CREATED
