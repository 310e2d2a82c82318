"""Packeta: recorded answers, broken ones, and the connection against its sandbox."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st

from couriers.contract import Account, Ask, Connection, ListsParcels, PaysOut, Tracks
from couriers.errors import CourierError
from couriers.facts import ManifestLine, Parcels, Recipient, Rejected, Status
from couriers.http import Http
from couriers.packeta.adapter import COURIER, PacketaConnection, request_body
from couriers.packeta.parse import TABLE, PacketaParser, packet_key
from couriers.packeta.sandbox import sandbox
from couriers.report import manifest_json, parcels_json
from couriers.scenario import Fault, Scenario, ScriptedParcel, Step

RECORDED = Path(__file__).parent / "recorded"
PAYLOADS = sorted(path for path in RECORDED.iterdir() if not path.name.endswith(".expected.json"))
AWB = "Z3000000001"
PASSWORD = "0123456789abcdef0123456789abcdef"
PARSER = PacketaParser()

Serve = Callable[[web.Application], Awaitable[TestServer]]


def printed(kind: str, body: bytes) -> dict[str, Any]:
    """What ``courier parse packeta KIND FILE --awb Z3000000001 --json`` prints."""
    try:
        if kind == "manifest":
            return manifest_json("packeta", PARSER.manifest(io.BytesIO(body)))
        answer = PARSER.tracking(body, AWB) if kind == "tracking" else PARSER.parcels(body, AWB)
        return parcels_json("packeta", answer)
    except CourierError as error:
        return {"courier": "packeta", "error": {"kind": error.kind, "message": error.message}}


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: path.name)
def test_recorded(path: Path) -> None:
    expected = json.loads(path.with_name(path.stem + ".expected.json").read_text())
    assert printed(path.stem.split("_")[0], path.read_bytes()) == expected


def record(at: str, code: object, text: str = "", **more: str) -> str:
    fields = {"dateTime": at, "statusCode": str(code), "codeText": text, **more}
    return "<record>" + "".join(f"<{name}>{value}</{name}>" for name, value in fields.items()) + "</record>"


def answer_of(inner: str) -> bytes:
    return f"<response><status>ok</status><result>{inner}</result></response>".encode()


def statuses(*codes: object) -> list[Status | None]:
    body = answer_of("".join(record(f"2026-10-{day:02}T10:00:00", code) for day, code in enumerate(codes, 1)))
    return [event.status for event in PARSER.tracking(body).parcels[0].events]


def test_every_documented_code_has_its_meaning() -> None:
    documented = {str(code) for code in (*range(1, 8), *range(9, 13), *range(14, 33), 999)}
    assert {meaning.code for meaning in TABLE.meanings.values()} == documented


def test_the_first_arrival_is_the_pick_up() -> None:
    assert statuses(1, 2, 3, 4, 2) == ["created", "picked_up", "in_transit", "in_transit", "in_transit"]


def test_the_way_back_stays_the_way_back() -> None:
    assert statuses(1, 2, 5, 9, 2, 3, 4, 5, 10)[3:] == [Status.RETURNING] * 5 + [Status.RETURNED]
    assert statuses(1, 2, 17, 4)[2:] == [Status.RETURNING] * 2
    assert statuses(1, 2, 20, 5)[2:] == [Status.RETURNING, Status.AT_PICKUP_POINT]


def test_a_padded_number_is_the_same_code() -> None:
    assert statuses("007") == [Status.DELIVERED]


@pytest.mark.parametrize("code", [2, 3, 4, 5])
@pytest.mark.parametrize(
    ("flag", "returning"), [("1", True), ("true", True), ("True", True), ("", False), ("false", False), ("0", False)]
)
def test_is_returning(code: int, flag: str, returning: bool) -> None:
    body = answer_of(record("2026-10-01T10:00:00", code, isReturning=flag).removeprefix("<record>").removesuffix("</record>"))
    [report] = PARSER.tracking(body).parcels
    assert (report.status is Status.RETURNING) is returning


def test_a_status_stands_without_a_time() -> None:
    answer = PARSER.tracking(answer_of("<dateTime/><statusCode>7</statusCode><isReturning>maybe</isReturning>"), AWB)
    assert [(each.status, each.events) for each in answer.parcels] == [(Status.DELIVERED, ())]
    assert len(answer.complaints) == 2


def test_a_result_of_text_is_complained_of() -> None:
    answer = PARSER.tracking(answer_of("2026-10-14"))
    assert (answer.parcels, len(answer.complaints)) == ((), 1)


def test_undated_records_have_no_newest() -> None:
    answer = PARSER.tracking(answer_of(record("", 1) + record("soon", 7)), AWB)
    assert answer.parcels[0].status is Status.UNKNOWN
    assert [each.where for each in answer.complaints] == ["record 1", "record 2"]


def test_stored_until_and_registration() -> None:
    ready = PARSER.tracking((RECORDED / "tracking_status_ready.xml").read_bytes()).parcels[0]
    assert ready.stored_until == date(2026, 10, 14)
    history = PARSER.tracking((RECORDED / "tracking_delivered.xml").read_bytes()).parcels[0]
    assert history.registered_at is not None
    assert history.registered_at.isoformat() == "2026-10-06T11:43:09+02:00"


def test_a_lone_note_of_the_carriers_number_is_in_transit() -> None:
    [report] = PARSER.tracking(answer_of(record("2026-10-01T10:00:00", 31))).parcels
    assert report.status is Status.IN_TRANSIT
    assert report.events[0].informs


@pytest.mark.parametrize("encoding", ["cp1250", "iso8859-2"])
@pytest.mark.parametrize("declared", [True, False])
def test_foreign_encodings(encoding: str, declared: bool) -> None:
    text = answer_of(record("2026-10-01T10:00:00", 7, statusText="Zásilka byla vydána")).decode()
    if declared:
        text = f'<?xml version="1.0" encoding="{encoding}"?>{text}'
    [report] = PARSER.tracking(text.encode(encoding)).parcels
    assert report.events[0].text == "Zásilka byla vydána"


def test_bytes_that_are_not_the_utf8_they_claim() -> None:
    body = b'<?xml version="1.0" encoding="UTF-8"?>' + answer_of(
        record("2026-10-01T10:00:00", 7, statusText="Vydána")
    ).decode().encode("cp1250")
    assert PARSER.tracking(body).parcels[0].events[0].text == "Vydána"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  \n",
        b"<!DOCTYPE html><html><body>Maintenance</body></html>",
        b"<html><body>Maintenance</body></html>",
        (RECORDED / "tracking_delivered.xml").read_bytes()[:-40],
        b"<response><status>ok</status></response>",
        b"<other/>",
        b"\x00\x01\xff\xfe",
        b'{"status": "ok"}',
        b'<!DOCTYPE r [<!ENTITY a "b">]><response><status>ok</status><result>&a;</result></response>',
        b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body/></s:Envelope>',
    ],
)
def test_broken_answers_are_malformed(body: bytes) -> None:
    for read in (PARSER.tracking, PARSER.parcels):
        with pytest.raises(CourierError) as caught:
            read(body, AWB)
        assert caught.value.kind == "malformed"
    with pytest.raises(CourierError) as caught:
        PARSER.manifest(io.BytesIO(body))
    assert caught.value.kind == "malformed"


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("<fault>NotSupportedFault</fault>", "refused"),
        ("<fault>SomethingNewFault</fault>", "server"),
        ("<fault>ShipmentNotFoundFault</fault>", "not_found"),
        ("<fault>PacketIdsFault</fault>", "not_found"),
        ("<fault>NoPacketIdsFault</fault>", "refused"),
        ("<string>Internal error</string>", "server"),
    ],
)
def test_faults(fault: str, kind: str) -> None:
    with pytest.raises(CourierError) as caught:
        PARSER.tracking(f"<response><status>fault</status>{fault}</response>".encode())
    assert caught.value.kind == kind


@pytest.mark.parametrize(
    ("code", "text", "kind"),
    [
        ("SOAP-ENV:Server", "Internal error", "server"),
        ("SOAP-ENV:Client", "Bad request", "refused"),
        ("IncorrectApiPasswordFault", "Incorrect API password.", "auth"),
        ("SOAP-ENV:Server", "PacketIdFault", "not_found"),
    ],
)
def test_soap_faults(code: str, text: str, kind: str) -> None:
    fault = f"<s:Fault><faultcode>{code}</faultcode><faultstring>{text}</faultstring></s:Fault>"
    body = f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{fault}</s:Body></s:Envelope>'
    with pytest.raises(CourierError) as caught:
        PARSER.tracking(body.encode())
    assert caught.value.kind == kind


def test_soap_12_fault() -> None:
    fault = "<s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text>No</s:Text></s:Reason></s:Fault>"
    body = f'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>{fault}</s:Body></s:Envelope>'
    with pytest.raises(CourierError) as caught:
        PARSER.tracking(body.encode())
    assert caught.value.kind == "refused"


def test_a_table_of_packets_is_refused_with_the_reason() -> None:
    with pytest.raises(CourierError, match="does not tell the COD") as caught:
        PARSER.parcels("Čárový kód;Dobírka\nZ3000000001;1290".encode())
    assert caught.value.kind == "refused"


def test_waybills_compare_without_z_and_blanks() -> None:
    assert {packet_key(text) for text in ("Z3000000001", " z 3000 000 001 ", "3000000001")} == {"3000000001"}


@given(st.binary() | st.text().map(lambda text: answer_of(text)) | st.text().map(str.encode))
def test_any_bytes(body: bytes) -> None:
    for read in (PARSER.tracking, PARSER.parcels):
        with suppress(CourierError):
            assert isinstance(read(body, AWB), Parcels)
    with suppress(CourierError):
        reading = PARSER.manifest(io.BytesIO(body))
        assert all(isinstance(each, ManifestLine | Rejected) for each in reading.lines)


_VALUES = st.sampled_from(["", "0", "2", "7", "31", "77", "x", "2026-10-01T10:00:00", "1970-01-01T00:00:00", "9999-99-99", "true"])
_FIELDS = st.sampled_from(
    ["dateTime", "statusCode", "codeText", "statusText", "branchId", "isReturning", "storedUntil", "courierInfo"]
)


@given(st.lists(st.lists(st.tuples(_FIELDS, _VALUES)), max_size=4), st.booleans())
def test_any_fields(records: list[list[tuple[str, str]]], wrapped: bool) -> None:
    each = ["".join(f"<{name}>{value}</{name}>" for name, value in fields) for fields in records]
    answer = PARSER.tracking(answer_of("".join(f"<record>{one}</record>" if wrapped else one for one in each)))
    assert all(event.at.tzinfo for parcel in answer.parcels for event in parcel.events)


_CELLS = st.sampled_from(["", "Z3000000001", "1290,00", "1.234", "CZK", "HUF", "Celkem", "08.10.2026", "x", '"', "=1+1", "Barcode"])


@given(st.lists(st.lists(_CELLS, min_size=1, max_size=6), max_size=6))
def test_any_rows(rows: list[list[str]]) -> None:
    text = "Barcode;COD amount;COD currency;Date of Delivery or Return;Status\n" + "\n".join(";".join(row) for row in rows)
    reading = PARSER.manifest(io.BytesIO(text.encode()))
    assert all(isinstance(each, ManifestLine | Rejected) for each in reading.lines)


def at(day: int, hour: int = 10) -> datetime:
    return datetime(2026, 10, day, hour, tzinfo=UTC)


@pytest.fixture
def scenario() -> Scenario:
    parcel = ScriptedParcel(
        AWB, at(1), None, Recipient(pickup_point="18579"), "+420600000000", "A-1", stored_until=date(2026, 10, 14)
    )
    parcel.steps = [Step(at(2), Status.PICKED_UP, "Praha"), Step(at(3), Status.IN_TRANSIT, "101")]
    return Scenario({AWB: parcel}, {"api_password": PASSWORD})


@pytest.fixture
async def connection(scenario: Scenario, aiohttp_server: Serve) -> AsyncIterator[PacketaConnection]:
    server = await aiohttp_server(sandbox(scenario))
    async with aiohttp.ClientSession() as session:
        base = str(server.make_url(""))
        http = Http(session, base, per_second=1000, timeout=1)
        yield PacketaConnection(Account("p", base, {"api_password": PASSWORD}), http)


def test_what_the_connection_offers(connection: PacketaConnection) -> None:
    assert isinstance(connection, Connection)
    assert isinstance(connection, Tracks)
    assert not isinstance(connection, ListsParcels)
    assert not isinstance(connection, PaysOut)
    assert COURIER.connect is PacketaConnection


def test_a_request_escapes_what_it_carries() -> None:
    body = request_body("packetStatus", "a<b&c", "1")
    assert b"<apiPassword>a&lt;b&amp;c</apiPassword><packetId>1</packetId>" in body


async def test_check(connection: PacketaConnection) -> None:
    assert "password" in await connection.check()


async def test_track(connection: PacketaConnection, scenario: Scenario) -> None:
    answer = await connection.track([Ask("z 3000000001")])
    [report] = answer.parcels
    assert (report.awb, report.status) == ("z 3000000001", Status.IN_TRANSIT)
    assert [event.status for event in report.events] == ["created", "picked_up", "in_transit"]
    assert report.events[2].place == "101"
    assert report.events[0].at == at(1)
    assert scenario.requests == 1


async def test_a_waiting_packet_is_asked_for_its_deadline(connection: PacketaConnection, scenario: Scenario) -> None:
    scenario.parcels[AWB].steps.append(Step(at(4), Status.AT_PICKUP_POINT, "18579"))
    [report] = (await connection.track([Ask(AWB)])).parcels
    assert (report.status, report.stored_until, len(report.events)) == (Status.AT_PICKUP_POINT, date(2026, 10, 14), 4)
    assert scenario.requests == 2


async def test_a_packet_waiting_for_its_sender_is_returning(connection: PacketaConnection, scenario: Scenario) -> None:
    scenario.parcels[AWB].steps += [Step(at(5), Status.RETURNING, "1", code="27"), Step(at(6), Status.AT_PICKUP_POINT, "2")]
    [report] = (await connection.track([Ask(AWB)])).parcels
    assert (report.status, len(report.events)) == (Status.RETURNING, 5)


async def test_the_scenarios_words_come_back(connection: PacketaConnection, scenario: Scenario) -> None:
    for status in set(Status) - {Status.OUT_FOR_DELIVERY, Status.ADDRESS_PROBLEM, Status.LOST, Status.DAMAGED}:
        scenario.parcels[AWB].steps = [Step(at(3), status, "Brno")]
        [report] = (await connection.track([Ask(AWB)])).parcels
        assert report.status is status


async def test_an_unknown_packet_costs_no_other(connection: PacketaConnection) -> None:
    unknown, known = (await connection.track([Ask("Z9"), Ask(AWB)])).parcels
    assert (unknown.awb, unknown.status, bool(unknown.error)) == ("Z9", Status.UNKNOWN, True)
    assert known.status is Status.IN_TRANSIT


FAULTS: list[tuple[Fault, str, int]] = [
    ("garbage", "malformed", 1),
    ("html", "malformed", 1),
    ("server_error", "server", 3),
    ("rate_limit", "rate_limit", 3),
    ("refuse_password", "auth", 1),
    ("error_in_200", "server", 1),
    ("hang", "server", 3),
]


@pytest.mark.parametrize(("fault", "kind", "requests"), FAULTS)
async def test_faults_of_the_courier(
    connection: PacketaConnection, scenario: Scenario, fault: Fault, kind: str, requests: int
) -> None:
    scenario.fault = fault
    with pytest.raises(CourierError) as caught:
        await connection.track([Ask(AWB)])
    assert (caught.value.kind, scenario.requests) == (kind, requests)
    assert PASSWORD not in caught.value.message


async def test_a_wrong_password(connection: PacketaConnection, scenario: Scenario) -> None:
    scenario.credentials["api_password"] = "another"
    for call in (connection.check(), connection.track([Ask(AWB)])):
        with pytest.raises(CourierError) as caught:
            await call
        assert caught.value.kind == "auth"
