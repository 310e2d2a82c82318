"""ShipX answers: a tracking object, shipments with COD and address, a webhook's body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from couriers.amounts import AmountError, amount_of
from couriers.documents import as_dict, as_list, as_text
from couriers.facts import Claim, Complaint, Event, Link, LinkWhy, Money, ParcelReport, Recipient
from couriers.inpost.meaning import CURRENCY, TABLE, instant, standing, waybill

_CURRENCIES = frozenset(["PLN", "EUR", "CZK", "HUF", "RON", "UAH", "BGN", "MDL", "GBP", "USD", "CHF", "SEK", "NOK", "DKK"])
_SHOWN = 40


def tracked(body: Mapping[str, Any], awb: str | None, complaints: list[Complaint]) -> ParcelReport:
    """One tracking object: ``tracking_number, status, custom_attributes, tracking_details[]``."""
    number = waybill(body.get("tracking_number"))
    if number is None and body.get("tracking_number"):
        complaints.append(Complaint("tracking_number", f"'{_shown(body['tracking_number'])}' is not a whole tracking number"))
    events, status = standing(_history(body.get("tracking_details"), complaints), as_text(body.get("status")))
    custom = as_dict(body.get("custom_attributes"))
    point = as_text(custom.get("target_machine_id")) or as_text(as_dict(custom.get("target_machine_detail")).get("name"))
    return ParcelReport(
        number or awb,
        status,
        events,
        claim=_claim(body, "", complaints),
        recipient=Recipient(pickup_point=point) if point else None,
        registered_at=instant(body.get("created_at")),
    )


def _history(details: object, complaints: list[Complaint]) -> list[Event]:
    """``tracking_details[]{status, origin_status, agency, datetime}``, in any order.

    InPost puts the newest first, so of two events at the same time the later one in the list came
    first; unless the list runs the other way.
    """
    if details is not None and not isinstance(details, list | dict):
        complaints.append(Complaint("tracking_details", "it is not a list"))
    events = []
    for place, each in enumerate(as_list(details), 1):
        detail = as_dict(each)
        code, at = as_text(detail.get("status")), instant(detail.get("datetime"))
        if code is None:
            complaints.append(Complaint(f"event {place}", "it has no status"))
        elif at is None:
            told = _shown(detail.get("datetime"))
            complaints.append(Complaint(f"event {place}", f"its time '{told}' cannot be read" if told else "it has no time"))
        else:
            events.append(TABLE.event(at, code, None, as_text(detail.get("agency"))))
    return events[::-1] if events and events[0].at >= events[-1].at else events


def pushed(body: Mapping[str, Any], awb: str | None, complaints: list[Complaint]) -> ParcelReport:
    """One webhook body: ``{event_ts, event, organization_id, payload{shipment_id, status, tracking_number}}``."""
    payload = as_dict(body.get("payload"))
    code = as_text(payload.get("status")) or ("confirmed" if body.get("event") == "shipment_confirmed" else None)
    at = instant(body.get("event_ts"))
    if code is None:
        complaints.append(Complaint("payload", "it has no status"))
    elif at is None:
        complaints.append(Complaint("event_ts", f"the time '{_shown(body.get('event_ts'))}' cannot be read"))
    told = [TABLE.event(at, code, None)] if code is not None and at is not None else []
    events, status = standing(told, code)
    return ParcelReport(waybill(payload.get("tracking_number")) or awb, status, events)


def shipments(items: list[Any], awb: str | None, complaints: list[Complaint]) -> list[ParcelReport]:
    """The ``items`` of a shipment list. One that has no number yet, or is no object, becomes a complaint."""
    found = []
    for place, item in enumerate(items, 1):
        where = f"item {place}"
        if not isinstance(item, dict):
            complaints.append(Complaint(where, "it is not a shipment object"))
            continue
        report = shipment(item, awb if len(items) == 1 else None, complaints, where=where)
        if report.awb is None:
            told = _shown(item.get("tracking_number")) or "none"
            named = as_text(item.get("id")) or "without an id"
            complaints.append(Complaint(where, f"shipment {named} has no whole tracking number ({told})"))
        else:
            found.append(report)
    return found


def shipment(item: Mapping[str, Any], awb: str | None, complaints: list[Complaint], *, where: str = "") -> ParcelReport:
    """One shipment object: COD, receiver and place on record.

    The COD is asked once, under the shipment's number (the first parcel's where it has none); the
    other parcels' numbers are linked as pieces. A status without its time is no event.
    """
    pieces = [waybill(as_dict(each).get("tracking_number")) for each in as_list(item.get("parcels"))]
    numbers = list(dict.fromkeys(number for number in (waybill(item.get("tracking_number")), *pieces) if number))
    number = numbers[0] if numbers else awb
    _, status = standing((), as_text(item.get("status")))
    return ParcelReport(
        number,
        status,
        claim=_claim(item, where, complaints),
        recipient=_recipient(item),
        linked=tuple(Link(each, LinkWhy.PIECE) for each in numbers[1:]),
        order_ref=as_text(item.get("reference")),
        registered_at=instant(item.get("created_at")),
    )


def _claim(item: Mapping[str, Any], where: str, complaints: list[Complaint]) -> Claim | None:
    """``cod{amount, currency}`` or a bare amount; null or zero asks nothing, an answer without ``cod`` claims nothing."""
    if "cod" not in item:
        return None
    cod = item["cod"]
    if cod is None:
        return Claim(Money(0, CURRENCY))
    try:
        return Claim(_money(cod))
    except AmountError as error:
        complaints.append(Complaint(f"{where}, cod" if where else "cod", str(error)))
        return None


def _money(cod: object) -> Money:
    if not isinstance(cod, dict):
        cod = {"amount": cod}
    if "amount" not in cod or isinstance(cod["amount"], bool):
        raise AmountError("it is not an object with an amount")
    amount = amount_of(cod["amount"])
    if amount is not None and amount < 0:
        raise AmountError(f"'{_shown(cod['amount'])}' is negative")
    told = as_text(cod.get("currency"))
    currency = (told or CURRENCY).upper()
    if currency not in _CURRENCIES or (told is None and cod.get("currency")):
        raise AmountError(f"the currency '{_shown(cod.get('currency'))}' is not known")
    return Money.of(amount or 0, currency)


def _recipient(item: Mapping[str, Any]) -> Recipient | None:
    receiver = as_dict(item.get("receiver"))
    address = as_dict(receiver.get("address"))
    person = _joined(receiver.get("first_name"), receiver.get("last_name"))
    recipient = Recipient(
        name=person or as_text(receiver.get("company_name")),
        street=_joined(address.get("street"), address.get("building_number")),
        city=as_text(address.get("city")),
        postcode=as_text(address.get("post_code")),
        country=as_text(address.get("country_code")),
        pickup_point=as_text(as_dict(item.get("custom_attributes")).get("target_point")),
    )
    return recipient if any(recipient) else None


def _joined(*values: object) -> str | None:
    return " ".join(text for text in map(as_text, values) if text) or None


def _shown(value: object) -> str:
    """A value as it came, short enough for a sentence."""
    return " ".join((as_text(value) or "").split())[:_SHOWN]
