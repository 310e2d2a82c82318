"""Tracking answers of the Global API: ``parcels[]`` with ``events[]``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from couriers.documents import as_dict, as_list, as_text
from couriers.facts import Claim, ClaimState, Complaint, Event, Link, LinkWhy, ParcelReport, Status
from couriers.inpost.meaning import TABLE, instant, standing, waybill
from couriers.inpost.refusals import said_in

_COD_PAID = "inf.1001"


def tracked(items: list[Any], awb: str | None, complaints: list[Complaint]) -> list[ParcelReport]:
    """The parcels of one answer (at most ten). What is no parcel or has no number becomes a complaint."""
    found = []
    for place, item in enumerate(items, 1):
        where = f"item {place}"
        body = as_dict(item)
        number = waybill(body.get("trackingNumber")) or (awb if body and len(items) == 1 else None)
        if number is None:
            complaints.append(Complaint(where, "it has no whole trackingNumber" if body else "it is not a parcel object"))
            continue
        found.append(_parcel(number, body, where, complaints))
    return found


def _parcel(number: str, body: Mapping[str, Any], where: str, complaints: list[Complaint]) -> ParcelReport:
    told = [as_dict(each) for each in as_list(body.get("events"))]
    if body.get("events") is not None and not isinstance(body["events"], list | dict):
        complaints.append(Complaint(f"{where}, events", "it is not a list"))
    stated = as_text(body.get("status"))
    if not told and (said := said_in(body)):
        return ParcelReport(number, Status.UNKNOWN, error=f"InPost does not know this parcel: {said}.")
    events, status = standing(_history(told, where, complaints), stated)
    codes = {(as_text(each.get("eventCode")) or "").casefold() for each in told} | {(stated or "").casefold()}
    back = (waybill(as_dict(each.get("returnToSender")).get("trackingNumber")) for each in told)
    return ParcelReport(
        number,
        status,
        events,
        claim=Claim(None, ClaimState.COLLECTED) if _COD_PAID in codes else None,
        linked=tuple(Link(each, LinkWhy.RETURN) for each in dict.fromkeys(back) if each and each != number),
        order_ref=next((ref for each in told if (ref := as_text(each.get("customerReference")))), None),
    )


def _history(told: list[dict[str, Any]], where: str, complaints: list[Complaint]) -> list[Event]:
    """``eventCode`` with ``timestamp`` (documented) or ``eventTimestamp`` (seen in a client)."""
    events = []
    for place, each in enumerate(told, 1):
        code = as_text(each.get("eventCode"))
        at = instant(each.get("timestamp")) or instant(each.get("eventTimestamp"))
        if code is None:
            complaints.append(Complaint(f"{where}, event {place}", "it has no eventCode"))
        elif at is None:
            complaints.append(Complaint(f"{where}, event {place}", "its time cannot be read"))
        else:
            location = as_dict(each.get("location"))
            spot = as_text(location.get("name")) or as_text(location.get("city")) or as_text(location.get("id"))
            events.append(TABLE.event(at, code, None, spot))
    return events
