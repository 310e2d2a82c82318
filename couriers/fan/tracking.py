"""Reads every documented tracking answer of FAN Courier: API v2 and selfAWB's four display shapes.

Sources: fact sheet sections 2.1 and 2.4. Times are Romanian local times. An answer that is itself
an error raises CourierError; one bad item or event becomes a complaint.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from couriers.amounts import AmountError
from couriers.documents import as_dict, as_text, load_json
from couriers.errors import CourierError
from couriers.facts import Claim, ClaimState, Complaint, Link, LinkWhy, Money, ParcelReport, Parcels, Recipient, Status
from couriers.fan.amounts import CURRENCY, lei
from couriers.fan.events import History, history_of, history_of_lines, instant, is_event, local_day
from couriers.fan.faults import fault, items_of, kind_of, numbered, said_in
from couriers.fan.waybills import linked_awb, told_awb
from couriers.tables import encoding_of

_LINKS = (
    ("returnAwbNumber", LinkWhy.RETURN),
    ("redirectionAwbNumber", LinkWhy.REDIRECT),
    ("reimbursementAwbNumber", LinkWhy.COD_ENVELOPE),
)
_AWB_DIGITS_AT_LEAST = 10
_REGISTERED = ("registered", "inregistrat", "înregistrat")


def read_tracking(body: bytes, awb: str | None = None) -> Parcels:
    """Any tracking answer. ``awb`` names the parcel where the answer does not."""
    if (lines := _text_lines(body)) is not None:
        return _of_lines(lines, awb)
    answer = load_json(body)
    if isinstance(answer, list):
        if any("EventId" in as_dict(each) for each in answer):
            return _of_history(history_of(answer), awb)
        return _of_legacy_list(answer, awb)
    if isinstance(answer, dict) and "progressdetail" in answer:
        return _of_progress(answer, awb)
    return settle_returns(_of_items(items_of(answer), awb))


def settle_returns(answer: Parcels, others: Parcels | None = None) -> Parcels:
    """A returning parcel is ``returned`` once its return waybill, in this answer or in ``others``, is delivered."""
    reports = (*answer.parcels, *(others.parcels if others else ()))
    delivered = {each.awb for each in reports if each.awb and each.status is Status.DELIVERED}
    parcels = tuple(
        replace(each, status=Status.RETURNED)
        if each.status is Status.RETURNING and any(link.awb in delivered for link in returns_of(each))
        else each
        for each in answer.parcels
    )
    return replace(answer, parcels=parcels)


def returns_of(report: ParcelReport) -> tuple[Link, ...]:
    """The return waybills of a parcel."""
    return tuple(link for link in report.linked if link.why is LinkWhy.RETURN)


def _text_lines(body: bytes) -> list[tuple[int, str]] | None:
    """The numbered lines of display modes 1 and 3, None where the body is something else."""
    opening = body[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not opening or opening.startswith((b"{", b"[", b"<")):
        return None
    text = body.decode(encoding_of(io.BytesIO(body)), errors="replace")
    lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if any(is_event(line.replace('"', "").split(",")) for _, line in lines):
        return lines
    if len(lines) == 1 and text.isprintable() and kind_of(text):
        raise fault(text)
    return None


def _of_lines(lines: list[tuple[int, str]], awb: str | None) -> Parcels:
    code, _, said = lines[0][1].replace('"', "").partition(",")
    if code.strip() == "-1":
        raise fault(said)
    return _of_history(history_of_lines(lines), awb)


def _of_progress(answer: dict[str, Any], awb: str | None) -> Parcels:
    """Display mode 5. ``progressdetail`` null or empty: selfAWB has no events, which tells nothing."""
    named = as_text(answer.get("awb")) or awb
    entries = _entries(answer["progressdetail"])
    if entries is None:
        return Parcels((), (Complaint("progressdetail", "it is no list of events"),))
    return _of_history(history_of(entries), named) if entries else Parcels()


def _of_history(history: History, awb: str | None) -> Parcels:
    report = ParcelReport(awb, history.status(), history.timeline())
    return Parcels((report,), tuple(history.complaints))


def _entries(value: object) -> list[Any] | None:
    """A list of events, which PHP may write as an object with numbered keys; None for anything else."""
    if value is None:
        return []
    if isinstance(value, dict):
        return numbered(value) or ([value] if value else [])
    return value if isinstance(value, list) else None


def _named(items: list[Any], key: str, awb: str | None) -> Iterator[tuple[str, dict[str, Any], str] | Complaint]:
    """Place, item and waybill of each item; a complaint for one that is no object or names no parcel."""
    for number, item in enumerate(items, start=1):
        where = f"item {number}"
        if not isinstance(item, dict):
            yield Complaint(where, "the item is not an object")
        elif (named := told_awb(item.get(key)) or (awb if len(items) == 1 else None)) is None:
            yield Complaint(where, "the item names no AWB")
        else:
            yield where, item, named


def _of_items(items: list[Any], awb: str | None) -> Parcels:
    parcels: list[ParcelReport] = []
    complaints: list[Complaint] = []
    for each in _named(items, "awbNumber", awb):
        if isinstance(each, Complaint):
            complaints.append(each)
        else:
            parcels.append(_of_item(*each, complaints))
    return Parcels(tuple(parcels), tuple(complaints))


def _of_item(where: str, item: dict[str, Any], awb: str, complaints: list[Complaint]) -> ParcelReport:
    said = said_in(item)
    if not item.get("events") and said is not None and not _only_registered(said):
        return _not_known(awb, said)
    entries = _entries(item.get("events"))
    history = history_of(entries or [], f"{where}, ")
    if entries is None:
        history.drop(where, "its events are no list")
    paid = as_text(item.get("paymentDate"))
    claim = None
    if paid is not None and (paid_on := _day(paid, f"{where}, paymentDate", history)) is not None:
        claim = Claim(None, ClaimState.REMITTED, paid_on)
    complaints += history.complaints
    return ParcelReport(
        awb,
        history.status(),
        history.timeline(),
        claim,
        linked=tuple(Link(other, why) for key, why in _LINKS if (other := linked_awb(item.get(key)))),
        registered_at=instant(as_text(item.get("date"))),
    )


def _only_registered(said: str) -> bool:
    """Whether a message instead of events means "not handed over yet", the only one documented."""
    kind = kind_of(said)
    return kind is None or (kind != "not_found" and any(word in said.casefold() for word in _REGISTERED))


def _of_legacy_list(items: list[Any], awb: str | None) -> Parcels:
    """``awb_tracking_list_integrat.php``, standard 4: keys with blanks, events under "0", "1", ..."""
    parcels: list[ParcelReport] = []
    complaints: list[Complaint] = []
    for each in _named(items, "awb", awb):
        if isinstance(each, Complaint):
            complaints.append(each)
        else:
            parcels.append(_of_legacy_item(*each, complaints))
    return Parcels(tuple(parcels), tuple(complaints))


def _of_legacy_item(where: str, item: dict[str, Any], awb: str, complaints: list[Complaint]) -> ParcelReport:
    told = numbered(item) or _entries(item.get("progressdetail"))
    if not told and (said := said_in(item)) is not None and not _only_registered(said):
        return _not_known(awb, said)
    history = history_of(told or [], f"{where}, ")
    if told is None:
        history.drop(where, "its events are no list")
    envelope = None if (ramburs := as_text(item.get("ramburs"))) is None or not _is_awb(ramburs) else ramburs
    linked = [Link(other, LinkWhy.RETURN)] if (other := linked_awb(item.get("awb retur"))) else []
    if envelope:
        linked.append(Link(envelope, LinkWhy.COD_ENVELOPE))
    claim = _legacy_claim(where, item, history, envelope is not None)
    complaints += history.complaints
    city = as_text(item.get("oras destinatar"))
    return ParcelReport(awb, history.status(), history.timeline(), claim, Recipient(city=city) if city else None, tuple(linked))


def _legacy_claim(where: str, item: dict[str, Any], history: History, is_envelope: bool) -> Claim | None:
    """``ramburs`` is the amount where it reads as one; a long number in it is the envelope's AWB."""
    paid = as_text(item.get("data virament"))
    paid_on = _day(paid, f"{where}, data virament", history) if paid else None
    money: Money | None = None
    told = item.get("ramburs")
    if not is_envelope and "ramburs" in item and (told is None or as_text(told) is not None):
        try:
            money = Money.of(lei(told) or Decimal(0), CURRENCY)
        except AmountError as error:
            history.complaints.append(Complaint(f"{where}, ramburs", str(error)))
    if paid_on:
        return Claim(money if told is not None else None, ClaimState.REMITTED, paid_on)
    return Claim(money) if money is not None else None


def _is_awb(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) >= _AWB_DIGITS_AT_LEAST


def _day(text: str, where: str, history: History) -> date | None:
    day = local_day(text)
    if day is None:
        history.complaints.append(Complaint(where, f"the day '{text[:40]}' cannot be read"))
    return day


def _not_known(awb: str | None, said: str) -> ParcelReport:
    said = " ".join(said.split())[:200].rstrip(".")
    return ParcelReport(awb, Status.UNKNOWN, error=f"FAN Courier does not know this parcel: {said}.")


def not_answered(awb: str) -> ParcelReport:
    """The report of a parcel that was asked about and that the answer leaves out."""
    return ParcelReport(awb, Status.UNKNOWN, error="FAN Courier's answer does not mention this parcel.")


def token_of(body: bytes) -> str:
    """The token of a login answer. Raises CourierError ``auth`` where there is none and it says so."""
    answer = load_json(body)
    token = as_text(as_dict(as_dict(answer).get("data")).get("token"))
    if token is not None:
        return token
    try:
        items_of(answer)
    except CourierError as error:
        if error.kind in ("refused", "not_found", "auth"):
            raise CourierError("auth", "FAN Courier refused the login; check username and password.") from None
        raise
    raise CourierError("malformed", "The login answer holds no token.")
