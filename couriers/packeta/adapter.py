"""Packeta's REST API: one packet a call, XML in and out, faults in HTTP 200."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from couriers.contract import Account, AccountField, Ask, CourierInfo
from couriers.errors import CourierError
from couriers.facts import ParcelReport, Parcels, Status, fold, timeline
from couriers.http import Answer, Http
from couriers.packeta.envelope import open_answer
from couriers.packeta.parse import PacketaParser, packet_key
from couriers.packeta.sandbox import sandbox
from couriers.rulebook import Rulebook

_PATH = "/api/rest"
_HEADERS = {"Content-Type": "text/xml; charset=utf-8", "Accept": "text/xml"}
_NOBODYS_PACKET = "1000000000"
_PARSER = PacketaParser()


def request_body(method: str, password: str, packet: str) -> bytes:
    """The XML of a call about one packet."""
    call = etree.Element(method)
    etree.SubElement(call, "apiPassword").text = password
    etree.SubElement(call, "packetId").text = packet
    return etree.tostring(call, xml_declaration=True, encoding="UTF-8")


class PacketaConnection:
    """One e-shop account. Offers Tracks; Packeta lists no parcels, and its payout documents have no known address."""

    def __init__(self, account: Account, http: Http) -> None:
        self._password = account.get("api_password")
        self._http = http

    async def check(self) -> str:
        """Asks for a packet that cannot exist: only a good password gets as far as PacketIdFault."""
        try:
            open_answer((await self._ask("packetStatus", _NOBODYS_PACKET)).body)
        except CourierError as error:
            if error.kind != "not_found":
                raise
        return "The API password opens Packeta's tracking."

    async def track(self, asks: Sequence[Ask]) -> Parcels:
        """Each packet's history; for one that waits at a branch also its current state, which alone tells
        whether it is on its way back and until when it is kept."""
        parcels: list[ParcelReport] = []
        answers: list[Parcels] = []
        for ask in asks:
            try:
                answer = await self._history(ask.awb)
            except CourierError as error:
                if error.kind != "not_found":
                    raise
                unknown = ParcelReport(ask.awb, Status.UNKNOWN, error="Packeta does not know this packet, or it is not ours.")
                answer = Parcels((unknown,))
            answers.append(answer)
            parcels += answer.parcels
        return Parcels(tuple(parcels), tuple(complaint for answer in answers for complaint in answer.complaints))

    async def _history(self, awb: str) -> Parcels:
        history = _PARSER.tracking((await self._ask("packetTracking", awb)).body, awb)
        if not any(report.status is Status.AT_PICKUP_POINT for report in history.parcels):
            return history
        now = _PARSER.tracking((await self._ask("packetStatus", awb)).body, awb)
        joined = tuple(_joined(history.parcels[0], each) for each in now.parcels) or history.parcels
        return Parcels(joined, history.complaints + now.complaints)

    async def _ask(self, method: str, packet: str) -> Answer:
        body = request_body(method, self._password, packet_key(packet))
        answer = await self._http.post(_PATH, data=body, headers=_HEADERS, repeatable=True)
        if answer.status >= 400:
            raise CourierError("refused", f"Packeta refused the request (HTTP {answer.status}).")
        return answer


def _joined(history: ParcelReport, now: ParcelReport) -> ParcelReport:
    """The history with the current state's event in the place of its double; a late arrival is no pick-up."""
    latest = [each._replace(status=Status.IN_TRANSIT) if each.status is Status.PICKED_UP else each for each in now.events]
    events = timeline((*latest, *history.events))
    return ParcelReport(
        history.awb,
        fold(events) if latest else now.status,
        events,
        registered_at=history.registered_at,
        stored_until=now.stored_until,
    )


COURIER = CourierInfo(
    name="packeta",
    rulebook=Rulebook.of("couriers.packeta"),
    parser=_PARSER,
    base_url="https://www.zasilkovna.cz",
    currency="CZK",
    fields=(
        AccountField("api_password", "the API password of the e-shop's account, 32 characters", secret=True),
        AccountField("eshop", "the e-shop's label as it stands in Packeta's client section", required=False),
    ),
    batch=1,
    per_second=2.0,
    parallel=2,
    connect=PacketaConnection,
    sandbox=sandbox,
    awb_key=packet_key,
    stall_patience={"6": 5},
)
