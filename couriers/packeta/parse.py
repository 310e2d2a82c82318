"""Reads Packeta's answers: packetStatus, packetTracking, packetCourierTracking, packetInfo, and its invoice CSV.

Pure. Answers never name their packet, so the caller does. No answer tells the COD on record.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import BinaryIO, NamedTuple
from zoneinfo import ZoneInfo

from lxml import etree

from couriers.contract import ManifestReading, plain_awb
from couriers.documents import day_of, iso_time
from couriers.errors import CourierError
from couriers.facts import Complaint, Event, ParcelReport, Parcels, Recipient, Status, fold, timeline
from couriers.packeta.envelope import children, fields_of, name_of, open_answer
from couriers.packeta.invoice import read_invoice
from couriers.statuses import Meaning, StatusTable

ZONE = ZoneInfo("Europe/Prague")
TABLE = StatusTable.of("couriers.packeta")

_NO_COD = (
    "Packeta does not tell the COD on record; keep what was sent with createPacket (the order's parcel_cod) "
    "or look in its client section."
)
_RECORD_FIELDS = frozenset({"dateTime", "statusCode", "codeText", "statusText", "externalStatusName"})
_INFO_FIELDS = frozenset({"branchId", "invoicedWeightGrams", "courierInfo"})
_ON_THE_MOVE = frozenset({"2", "3", "4"})
_AT_A_BRANCH = "5"
_POSTED_BACK = "9"


class _Told(NamedTuple):
    """One record understood; ``known`` is the table's code for it, empty where it lists none."""

    at: datetime | None
    event: Event
    known: str


_NEVER = datetime(2000, 1, 1, tzinfo=ZONE)


def packet_key(text: str) -> str:
    """A packet id as it is compared: without blanks and without the leading Z."""
    return plain_awb(text).removeprefix("Z")


class PacketaParser:
    """Packeta's dialect of the parser contract."""

    def tracking(self, body: bytes, awb: str | None = None) -> Parcels:
        """packetStatus, packetTracking (``record`` or the older ``statusRecord``), packetCourierTracking; REST or SOAP.

        An empty list of records is no parcel. Raises CourierError for faults and unreadable answers.
        """
        result = open_answer(body)
        names = {name_of(child) for child in children(result)}
        if not names & _RECORD_FIELDS and names & _INFO_FIELDS:
            return Parcels((_info(result, awb),))
        complaints: list[Complaint] = []
        alone = bool(names & _RECORD_FIELDS)
        records = [(1, result)] if alone else _records(result, complaints)
        told = [told for place, record in records for told in _read(record, f"record {place}", complaints)]
        if not told:
            return Parcels((), tuple(complaints))
        stored_until = _stored_until(fields_of(result), complaints) if alone else None
        return Parcels((_report(told, awb, stored_until),), tuple(complaints))

    def parcels(self, body: bytes, awb: str | None = None) -> Parcels:
        """packetInfo: the pickup point on record, no COD; tracking answers too. Raises ``refused`` for a table."""
        if _is_table(body):
            raise CourierError("refused", _NO_COD)
        return self.tracking(body, awb)

    def manifest(self, source: BinaryIO) -> ManifestReading:
        """The single-invoice CSV, version 7, Czech or English; or the same saved as XLSX."""
        return read_invoice(source)


def _is_table(body: bytes) -> bool:
    first = body.lstrip(b"\xef\xbb\xbf \r\n\t").split(b"\n", 1)[0]
    return body.startswith(b"PK\x03\x04") or (first[:1] not in b"<{[" and (b";" in first or b"," in first))


def _info(result: etree._Element, awb: str | None) -> ParcelReport:
    branch = _branch(fields_of(result))
    return ParcelReport(awb, fold(()), recipient=Recipient(pickup_point=branch) if branch else None)


def _records(node: etree._Element, complaints: list[Complaint], depth: int = 0) -> Iterator[tuple[int, etree._Element]]:
    """The records beneath a result with their places; a wrapper around them is looked into, anything else complained of."""
    if (node.text or "").strip():
        complaints.append(Complaint(f"<{name_of(node)}>", "A text stands where tracking records are expected."))
    for place, child in enumerate(children(node), 1):
        inner = {name_of(each) for each in children(child)}
        if inner & _RECORD_FIELDS:
            yield place, child
        elif inner and depth == 0:
            yield from _records(child, complaints, 1)
        else:
            complaints.append(Complaint(f"record {place}", f"<{name_of(child)}> is not a tracking record."))


def _read(record: etree._Element, where: str, complaints: list[Complaint]) -> Iterator[_Told]:
    said = fields_of(record)
    code = said.get("statusCode") or said.get("codeText")
    if code is None:
        complaints.append(Complaint(where, "The record has no status code."))
        return
    meaning = _meaning(code, said.get("codeText"))
    at = iso_time(said.get("dateTime"), ZONE)
    if at is None:
        complaints.append(Complaint(where, f"The time '{said.get('dateTime', '')}' of status {code} cannot be read."))
    event = Event(at or _NEVER, Status.UNKNOWN, code, _text(said, meaning), _branch(said))
    if meaning is not None:
        event = event._replace(status=meaning.status, reason=meaning.reason, informs=meaning.informs)
    known = meaning.code if meaning else ""
    if _is_returning(said, where, complaints) and known in _ON_THE_MOVE | {_AT_A_BRANCH}:
        event = event._replace(status=Status.RETURNING)
    yield _Told(at, event, known)


def _meaning(code: str, text: str | None) -> Meaning | None:
    """By code; failing that by the code's text, which an external carrier's record gives in place of a number."""
    digits = code.lstrip("0") if code.isdecimal() else code
    return TABLE.get(digits) or _BY_TEXT.get(code.casefold()) or _BY_TEXT.get((text or "").casefold())


_BY_TEXT: dict[str, Meaning] = {}
for _each in TABLE.meanings.values():
    _BY_TEXT.setdefault(_each.text.casefold(), _each)
del _BY_TEXT["meaning unknown"]


def _text(said: dict[str, str], meaning: Meaning | None) -> str:
    external = ": ".join(said[name] for name in ("externalStatusName", "externalNote") if name in said)
    return said.get("statusText") or external or said.get("codeText") or (meaning.text if meaning else "")


def _branch(said: dict[str, str]) -> str | None:
    branch = said.get("branchId", "")
    return branch if branch.strip("0") else None


def _is_returning(said: dict[str, str], where: str, complaints: list[Complaint]) -> bool:
    flag = said.get("isReturning", "").casefold()
    if flag not in ("", "0", "false", "1", "true"):
        complaints.append(Complaint(where, f"isReturning is '{said['isReturning']}', which is neither true nor false."))
    return flag in ("1", "true")


def _stored_until(said: dict[str, str], complaints: list[Complaint]) -> date | None:
    text = said.get("storedUntil")
    day = day_of(text[:10], "%Y-%m-%d", "%d.%m.%Y") if text else None
    if text and day is None:
        complaints.append(Complaint("storedUntil", f"The day '{text}' cannot be read."))
    return day


def _report(told: Sequence[_Told], awb: str | None, stored_until: date | None) -> ParcelReport:
    dated = [each for each in told if each.at is not None]
    known = {(each.event.at, each.event.code): each.known for each in reversed(dated)}
    events = tuple(_in_context(timeline(each.event for each in dated), known))
    before = Status.CREATED
    if len(told) == 1:
        before = (events or (told[0].event,))[0].status or before
    elif not dated:
        before = Status.UNKNOWN
    registered = next((event.at for event in events if known[event.at, event.code] == "1"), None)
    return ParcelReport(awb, fold(events, before), events, registered_at=registered, stored_until=stored_until)


def _in_context(events: Sequence[Event], known: dict[tuple[datetime, str], str]) -> Iterator[Event]:
    """The events as their order tells them: the first arrival is the pick-up, and on the way back depots do not count."""
    arrived = back = posted_back = False
    for event in events:
        code = known[event.at, event.code]
        if (code in _ON_THE_MOVE and back) or (code == _AT_A_BRANCH and posted_back):
            event = event._replace(status=Status.RETURNING)
        elif code == "2" and arrived and event.status is Status.PICKED_UP:
            event = event._replace(status=Status.IN_TRANSIT)
        arrived = arrived or code == "2"
        posted_back = posted_back or code == _POSTED_BACK
        back = back or (event.status is Status.RETURNING and code not in _ON_THE_MOVE | {_AT_A_BRANCH})
        yield event
