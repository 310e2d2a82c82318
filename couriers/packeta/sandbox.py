"""A stand-in for Packeta's REST API: ``POST /api/rest``, the method in the root element, faults in HTTP 200."""

from __future__ import annotations

import asyncio
import secrets
import zlib
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from aiohttp import web
from lxml import etree

from couriers.facts import Status
from couriers.packeta.parse import TABLE, packet_key
from couriers.scenario import Scenario, ScriptedParcel, Step

_ZONE = ZoneInfo("Europe/Prague")
_SCENARIO = web.AppKey("scenario", Scenario)
_STANDS_IN = {  # what Packeta has no code for
    Status.OUT_FOR_DELIVERY: "6",
    Status.ADDRESS_PROBLEM: "16",
    Status.LOST: "26",
    Status.DAMAGED: "26",
    Status.UNKNOWN: "999",
}
_METHODS = frozenset({"packetStatus", "packetTracking", "packetCourierTracking", "packetInfo"})


class _Spoken(NamedTuple):
    """One scripted step in Packeta's words."""

    at: datetime
    code: str
    branch: str


def sandbox(scenario: Scenario) -> web.Application:
    """The application; it plays the scenario as it stands at each request."""
    app = web.Application()
    app[_SCENARIO] = scenario
    app.router.add_post("/api/rest", _answer)
    return app


async def _answer(request: web.Request) -> web.Response:
    scenario = request.app[_SCENARIO]
    scenario.requests += 1
    fault = await _faulty(scenario)
    if fault is not None:
        return fault
    try:
        call = etree.fromstring(await request.read(), etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return _fault("NotSupportedFault", "The request is not XML.")
    if call.findtext("apiPassword") != scenario.credentials.get("api_password"):
        return _fault("IncorrectApiPasswordFault", "Incorrect API password.")
    if call.tag not in _METHODS:
        return _fault("NotSupportedFault", "The method is not supported.")
    parcel = _find(scenario, packet_key(call.findtext("packetId") or ""))
    if parcel is None:
        return _fault("PacketIdFault", "Invalid packet id.")
    return _ok(_result(str(call.tag), parcel))


def _find(scenario: Scenario, asked: str) -> ScriptedParcel | None:
    """The parcel of this number, however the scenario writes it."""
    usual = scenario.parcels.get(asked) or scenario.parcels.get(f"Z{asked}")
    return usual or next((each for each in scenario.parcels.values() if packet_key(each.awb) == asked), None)


async def _faulty(scenario: Scenario) -> web.Response | None:
    match scenario.fault:
        case "hang":
            await asyncio.sleep(3600)
        case "garbage":
            return web.Response(body=secrets.token_bytes(300), content_type="text/xml")
        case "html":
            return web.Response(text="<!DOCTYPE html><html><body>Údržba</body></html>", content_type="text/html")
        case "server_error":
            return web.Response(status=500, text="Internal Server Error")
        case "rate_limit":
            return web.Response(status=429, headers={"Retry-After": "1"})
        case "refuse_password":
            return _fault("IncorrectApiPasswordFault", "Incorrect API password.")
        case "error_in_200":
            return _fault("ExternalGatewayFault", "The external gateway failed.")
        case None:
            pass
    return None


def _fault(name: str, text: str) -> web.Response:
    root = etree.Element("response")
    for field, value in (("status", "fault"), ("fault", name), ("string", text)):
        etree.SubElement(root, field).text = value
    return _xml(root)


def _ok(result: etree._Element) -> web.Response:
    root = etree.Element("response")
    etree.SubElement(root, "status").text = "ok"
    root.append(result)
    return _xml(root)


def _xml(root: etree._Element) -> web.Response:
    return web.Response(body=etree.tostring(root, encoding="UTF-8", xml_declaration=True), content_type="text/xml")


def _result(method: str, parcel: ScriptedParcel) -> etree._Element:
    result = etree.Element("result")
    spoken = list(_speak(parcel))
    if method == "packetInfo":
        etree.SubElement(result, "branchId").text = _branch(parcel.recipient.pickup_point or "")
        etree.SubElement(result, "invoicedWeightGrams").text = "1000"
    elif method == "packetTracking":
        for each in spoken:
            _record(etree.SubElement(result, "record"), each)
    elif method == "packetStatus" and spoken:
        _record(result, spoken[-1])
        returning = any(step.status is Status.RETURNING for step in parcel.steps)
        etree.SubElement(result, "isReturning").text = "1" if returning else None
        etree.SubElement(result, "storedUntil").text = parcel.stored_until.isoformat() if parcel.stored_until else None
        etree.SubElement(result, "carrierId").text = spoken[-1].branch
        etree.SubElement(result, "carrierName").text = "CZ Packeta Z-Point PP"
    return result


def _speak(parcel: ScriptedParcel) -> Iterator[_Spoken]:
    """The steps as records; the registration is one too."""
    steps = sorted(parcel.steps, key=lambda step: step.at)
    if not any(step.status is Status.CREATED for step in steps):
        steps.insert(0, Step(parcel.registered_at, Status.CREATED, ""))
    for step in steps:
        code = step.code or _STANDS_IN.get(step.status) or TABLE.code_for(step.status, step.reason).code
        yield _Spoken(step.at, code, _branch(step.place))


def _record(record: etree._Element, spoken: _Spoken) -> None:
    known = TABLE.get(spoken.code)
    text = known.text if known else "not documented"
    for field, value in (
        ("dateTime", spoken.at.astimezone(_ZONE).strftime("%Y-%m-%dT%H:%M:%S")),
        ("statusCode", spoken.code),
        ("codeText", text),
        ("statusText", text),
        ("branchId", spoken.branch),
        ("destinationBranchId", "0"),
        ("externalTrackingCode", None),
    ):
        etree.SubElement(record, field).text = value


def _branch(place: str) -> str:
    """A branch number for a place: its own where it is one, else a lasting made-up one; 0 for none."""
    if not place.strip():
        return "0"
    return place if place.isdecimal() else str(10_000 + zlib.crc32(place.encode()) % 80_000)
