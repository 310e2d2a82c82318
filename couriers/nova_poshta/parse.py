"""Nova Poshta's answers as facts. Pure; source: the project's fact sheet, see README.md.

Shapes: ``TrackingDocument.getStatusDocuments`` (current status only, one item a document) and
``InternetDocument.getDocumentList`` (own waybills). Amounts are UAH in major units, as number or
text; an empty text is "not told". Times are local (Europe/Kyiv), in five formats.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, BinaryIO

from couriers.amounts import AmountError, amount_of
from couriers.contract import ManifestReading
from couriers.documents import as_text, iso_time, local_time
from couriers.facts import (
    Claim,
    ClaimState,
    Complaint,
    Event,
    Link,
    LinkWhy,
    Money,
    ParcelReport,
    Parcels,
    Recipient,
    Status,
    fold,
    timeline,
)
from couriers.nova_poshta.envelope import CURRENCY, ZONE, open_envelope
from couriers.nova_poshta.manifests import read_manifest
from couriers.statuses import StatusTable

STATUSES = StatusTable.of("couriers.nova_poshta")

_FORMATS = ("%d-%m-%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%H:%M %d.%m.%Y")
_NOT_FOUND = "3"
_STATES = {"10": ClaimState.COLLECTED, "11": ClaimState.REMITTED}
_LINKS = {"cargoreturn": LinkWhy.RETURN, "redirecting": LinkWhy.REDIRECT}
_LINK_OF_STATUS = {Status.RETURNING: LinkWhy.RETURN, Status.REDIRECTED: LinkWhy.REDIRECT}
_FLAG_UP = "1"
_EXPONENT = re.compile(r"\d(?:[.,]\d+)?e\+?\d+", re.IGNORECASE)
_OWN_TIMES = {Status.DELIVERED: ("RecipientDateTime",), Status.AT_PICKUP_POINT: ("ActualDeliveryDate",)}


class Answers:
    """The parser: every documented answer, told apart by its keys."""

    def tracking(self, body: bytes, awb: str | None = None) -> Parcels:
        """getStatusDocuments; a getDocumentList answer is understood too.

        A document Nova Poshta does not know (StatusCode 3) has ``error``. Raises CourierError for
        an error envelope and for a body that is none.
        """
        return _parcels(body, awb)

    def parcels(self, body: bytes, awb: str | None = None) -> Parcels:
        """getDocumentList, and getStatusDocuments, which carries the COD as well."""
        return _parcels(body, awb)

    def manifest(self, source: BinaryIO) -> ManifestReading:
        """Money transfers as JSON, or a payout register as a table; see ``manifests``."""
        return read_manifest(source)


def unknown_number(awb: str) -> ParcelReport:
    """The report of a number the whole call was refused for."""
    return ParcelReport(awb, Status.UNKNOWN, error=f"Nova Poshta does not take {awb} as a document number.")


def _parcels(body: bytes, awb: str | None) -> Parcels:
    answer = open_envelope(body)
    lone = awb if len(answer.rows) == 1 else None
    reports: dict[str | None, ParcelReport] = {}
    complaints: list[Complaint] = []
    for place, row in enumerate(answer.rows, start=1):
        where = f"item {place}"
        if not isinstance(row, dict):
            complaints.append(Complaint(where, "the item is not an object"))
            continue
        is_listed = "IntDocNumber" in row
        number = _number(row.get("IntDocNumber" if is_listed else "Number")) or lone
        if number is None and (len(answer.rows) > 1 or "StatusCode" not in row):
            complaints.append(Complaint(where, "the item has no document number"))
            continue
        if number and _EXPONENT.fullmatch(number):
            complaints.append(Complaint(where, f"the document number '{number}' was turned into a number and lost digits"))
            continue
        reasons: list[str] = []
        report = _listed(row, number, reasons) if is_listed else _tracked(row, number, reasons)
        complaints += [Complaint(where, reason) for reason in reasons]
        reports[number] = _merged(reports[number], report) if number in reports else report
    for number in answer.invalid_numbers:
        if any(map(str.isdigit, number)):
            reports.setdefault(number, unknown_number(number))
    return Parcels(tuple(reports.values()), tuple(complaints))


def _number(value: object) -> str | None:
    """A document number without the blanks it is printed with."""
    return "".join((as_text(value) or "").split()) or None


def _merged(one: ParcelReport, other: ParcelReport) -> ParcelReport:
    """A document told twice: what its newer telling says, with the events of both."""
    newer = max(one, other, key=lambda each: (bool(each.events), *(event.at for event in each.events[-1:])))
    return replace(newer, events=timeline([*one.events, *other.events]))


def _tracked(row: Mapping[str, Any], awb: str | None, reasons: list[str]) -> ParcelReport:
    code = as_text(row.get("StatusCode"))
    registered_at = _time(row.get("DateCreated"))
    if code == _NOT_FOUND:
        return ParcelReport(awb, Status.UNKNOWN, error=f"Nova Poshta does not know the document {awb or 'asked for'}.")
    own = _OWN_TIMES.get(_status(code), ())
    times = ("TrackingUpdateDate", *own, "DateScan", "DateCreated")
    place = ", ".join(filter(None, (as_text(row.get("CityRecipient")), as_text(row.get("WarehouseRecipient")))))
    events = _events(row, code, as_text(row.get("Status")), times, place or None, reasons)
    return ParcelReport(
        awb,
        fold(events, _status(code)),
        events,
        _claim(code, row, ("AfterpaymentOnGoodsCost", "RedeliverySum"), reasons),
        _recipient(row),
        _links(row, awb),
        registered_at=registered_at,
    )


def _listed(row: Mapping[str, Any], awb: str | None, reasons: list[str]) -> ParcelReport:
    """A row of the list. It tells the time of the hand-over only, so no other state is an event."""
    code = as_text(row.get("StateId"))
    if code == _NOT_FOUND:
        return ParcelReport(awb, Status.UNKNOWN, error=f"Nova Poshta does not know the document {awb or 'asked for'}.")
    events: tuple[Event, ...] = ()
    if _status(code) in (Status.DELIVERED, Status.UNKNOWN):
        events = _events(row, code, as_text(row.get("StateName")), ["RecipientDateTime"], None, reasons)
    return ParcelReport(
        awb,
        fold(events, _status(code)),
        events,
        _claim(code, row, _listed_cod(row), reasons),
        order_ref=as_text(row.get("InfoRegClientBarcodes")),
        registered_at=_time(row.get("EWDateCreated")),
    )


def _status(code: str | None) -> Status:
    known = STATUSES.get(code or "")
    return known.status or Status.UNKNOWN if known else Status.UNKNOWN


def _events(
    row: Mapping[str, Any], code: str | None, text: str | None, times: Iterable[str], place: str | None, reasons: list[str]
) -> tuple[Event, ...]:
    """The current status as one event, at the first readable of its times."""
    if code is None:
        reasons.append("the status code is missing")
        return ()
    told = [name for name in times if as_text(row.get(name))]
    for name in told:
        if at := _time(row[name]):
            return (STATUSES.event(at, code, text, place),)
    unreadable = [name for name in told if not (as_text(row[name]) or "").startswith("0001-01-01")]
    if unreadable:
        reasons.append(f"the time of status {code} cannot be read ({', '.join(unreadable)}: '{as_text(row[unreadable[0]])}')")
    if STATUSES.get(code) is None:
        reasons.append(f"the status code {code} ({text or 'no text'}) is not one we know, and has no time")
    return ()


def _time(value: object) -> datetime | None:
    text = as_text(value)
    return local_time(text, ZONE, *_FORMATS) or iso_time(text, ZONE)


def _listed_cod(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The list's COD fields; whether BackwardDeliveryMoney is an amount or a flag is not known, so a 0 or 1 is none."""
    names = ("AfterpaymentOnGoodsCost", "BackwardDeliverySum")
    return names if as_text(row.get("BackwardDeliveryMoney")) in (None, "0", _FLAG_UP) else (*names, "BackwardDeliveryMoney")


def _claim(code: str | None, row: Mapping[str, Any], fields: tuple[str, ...], reasons: list[str]) -> Claim | None:
    """Payment control if above zero, else the classic COD, never their sum, never the declared value.

    A null or zero asks nothing; an empty text is no field: without the right phone all come empty.
    """
    state = _STATES.get(code or "", ClaimState.TO_COLLECT)
    paid_on = None
    if state is ClaimState.REMITTED and (at := _time(row.get("LastTransactionDateTimeGM"))):
        paid_on = at.date()
    try:
        money = _asked(row, fields)
    except AmountError as error:
        reasons.append(f"the COD cannot be read: {error}")
        return None
    if money is None and state is ClaimState.TO_COLLECT:
        return None
    return Claim(money, state, paid_on)


def _asked(row: Mapping[str, Any], fields: tuple[str, ...]) -> Money | None:
    zero = None
    for name in fields:
        amount = _amount(row[name]) if name in row else None
        if amount:
            return Money.of(amount, CURRENCY)
        if amount is not None or (name in row and row[name] is None):
            zero = Money(0, CURRENCY)
    is_untold = as_text(row.get("Redelivery")) == _FLAG_UP and as_text(row.get("RedeliverySum")) is None
    return None if is_untold else zero


def _amount(value: object) -> Decimal | None:
    amount = amount_of(value)
    if amount is not None and amount < 0:
        raise AmountError(f"'{as_text(value)}' is below zero")
    return amount


def _recipient(row: Mapping[str, Any]) -> Recipient | None:
    point = as_text(row.get("WarehouseRecipientNumber"))
    told = Recipient(city=as_text(row.get("CityRecipient")), pickup_point=None if point == "0" else point)
    return told if any(told) else None


def _links(row: Mapping[str, Any], awb: str | None) -> tuple[Link, ...]:
    """The documents made from this one; a type we do not know is told apart by the parcel's state."""
    kind = (as_text(row.get("LastCreatedOnTheBasisDocumentType")) or "").casefold()
    why = _LINKS.get(kind) or _LINK_OF_STATUS.get(_status(as_text(row.get("StatusCode"))))
    found = [(row.get("RedeliveryNum"), LinkWhy.COD_ENVELOPE)]
    if why:
        found.insert(0, (row.get("LastCreatedOnTheBasisNumber"), why))
    links = [Link(number, reason) for value, reason in found if (number := _number(value))]
    return tuple(link for link in links if link.awb.strip("0") and link.awb != awb)
