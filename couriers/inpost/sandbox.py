"""A local stand-in for ShipX: speaks its dialect on its documented paths."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from aiohttp import web

from couriers.facts import LinkWhy, Status
from couriers.inpost.meaning import TABLE, ZONE
from couriers.scenario import Scenario, ScriptedParcel

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_OPEN = ("/v1/tracking/", "/v1/statuses")
_PER_PAGE = 30
_PER_PAGE_AT_MOST = 100
_REPORT_HEADER = "Numer przesyłki;Kwota pobrania;Data przelewu;Tytuł przelewu;Referencje"
_LOOKS_FOR_CLIENT_SECONDS = 0.1


def sandbox(scenario: Scenario) -> web.Application:
    """ShipX serving the scenario's parcels to whoever has its ``organization_id`` and ``token``."""
    world = _World(scenario)
    app = web.Application(middlewares=[world.guard])
    app.router.add_get("/v1/tracking/{number}", world.tracking)
    app.router.add_get("/v1/statuses", world.statuses)
    app.router.add_get("/v1/organizations/{org}", world.organization)
    app.router.add_get("/v1/organizations/{org}/shipments", world.shipments)
    app.router.add_get("/v1/organizations/{org}/reports/cod", world.cod_report)
    return app


def _error(status: int, key: str, message: str, details: object = None, *, http: int | None = None) -> web.Response:
    body = {"status": status, "error": key, "message": message, "details": details or {}}
    return web.json_response(body, status=http or status)


class _World:
    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario

    @web.middleware
    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.scenario.requests += 1
        if self.scenario.fault is not None:
            return await self._faulty(request)
        if not request.path.startswith(_OPEN):
            if request.headers.get("Authorization") != f"Bearer {self.scenario.credentials.get('token', '')}":
                return _error(401, "unauthorized", "The token is not valid.")
            if request.match_info.get("org") != self.scenario.credentials.get("organization_id", ""):
                return _error(403, "forbidden", "The organization is not yours.")
        try:
            return await handler(request)
        except web.HTTPNotFound:
            return _error(404, "resource_not_found", "The resource was not found.")

    async def _faulty(self, request: web.Request) -> web.StreamResponse:
        match self.scenario.fault:
            case "hang":
                await _hang(request)
                return web.Response()
            case "garbage":
                return web.Response(body=os.urandom(256), content_type="application/json")
            case "html":
                return web.Response(text="<!DOCTYPE html><html><body>Przerwa techniczna</body></html>", content_type="text/html")
            case "server_error":
                return web.Response(status=500, text="Internal Server Error")
            case "rate_limit":
                return web.Response(status=429, text="Too Many Requests", headers={"Retry-After": "1"})
            case "refuse_password":
                return _error(401, "unauthorized", "The token is not valid.")
            case _:
                details = {"custom_attributes": [{"target_point": ["does_not_exist"]}]}
                return _error(400, "validation_failed", "There are some validation errors.", details, http=200)

    async def tracking(self, request: web.Request) -> web.Response:
        parcel = self.scenario.parcels.get(request.match_info["number"])
        if parcel is None:
            raise web.HTTPNotFound
        return web.json_response(_tracked(parcel))

    async def statuses(self, request: web.Request) -> web.Response:
        rows = [each for each in TABLE.meanings.values() if "." not in each.code]
        items = [{"name": each.code, "title": each.text, "description": each.text} for each in rows]
        return web.json_response({"href": str(request.url), "items": items})

    async def organization(self, request: web.Request) -> web.Response:
        number = request.match_info["org"]
        body = {"id": int(number) if number.isdigit() else number, "services": ["inpost_locker_standard"]}
        return web.json_response(body | {"tax_id": "0000000000", "bank_account_number": "00000000000000000000000000"})

    async def shipments(self, request: web.Request) -> web.Response:
        """A page of shipments, filtered by COD and by day of making."""
        asked = request.query
        try:
            page = int(asked.get("page", "1"))
            per_page = min(int(asked.get("per_page", _PER_PAGE)), _PER_PAGE_AT_MOST)
            least = Decimal(asked.get("cod_amount_gteq", "0"))
            since = date.fromisoformat(asked.get("created_at_gteq", "2000-01-01")[:10])
            until = date.fromisoformat(asked.get("created_at_lteq", "2099-12-31")[:10])
        except (ValueError, ArithmeticError):
            return _error(400, "validation_failed", "There are some validation errors.", {"page": ["invalid_format"]})
        if page < 1 or per_page < 1:
            return _error(400, "validation_failed", "There are some validation errors.", {"page": ["too_small"]})
        fits = [
            (number, parcel)
            for number, parcel in enumerate(self.scenario.parcels.values(), 90_001)
            if since <= parcel.registered_at.astimezone(ZONE).date() <= until
            and ("cod_amount_gteq" not in asked or (parcel.cod is not None and parcel.cod.amount >= least))
        ]
        shown = fits[(page - 1) * per_page : page * per_page]
        return web.json_response(
            {
                "href": str(request.url),
                "count": len(fits),
                "page": page,
                "per_page": per_page,
                "items": [_shipment(number, parcel) for number, parcel in shown],
            }
        )

    async def cod_report(self, request: web.Request) -> web.Response:
        """The payouts of some days as CSV; all three parameters are required."""
        asked = request.query
        missing = {name: ["required"] for name in ("start_date", "end_date", "format") if not asked.get(name)}
        if missing:
            return _error(400, "validation_failed", "There are some validation errors.", missing)
        try:
            since, until = date.fromisoformat(asked["start_date"]), date.fromisoformat(asked["end_date"])
        except ValueError:
            return _error(400, "validation_failed", "There are some validation errors.", {"start_date": ["invalid_format"]})
        if asked["format"] != "csv" or since > until:
            return _error(400, "validation_failed", "There are some validation errors.", {"format": ["invalid"]})
        lines = [
            f"{parcel.awb};{str(payout.amount.amount).replace('.', ',')};{payout.on};{payout.reference};{parcel.order_ref}"
            for parcel in self.scenario.parcels.values()
            for payout in parcel.payouts
            if since <= payout.on <= until
        ]
        return web.Response(
            body="\r\n".join([_REPORT_HEADER, *lines, ""]).encode("utf-8-sig"),
            content_type="application/csv",
            headers={"Content-Disposition": "attachment; filename=cod.csv"},
        )


async def _hang(request: web.Request) -> None:
    """Says nothing for an hour, or until nobody listens any more."""
    for _ in range(int(3600 / _LOOKS_FOR_CLIENT_SECONDS)):
        if request.transport is None or request.transport.is_closing():
            return
        await asyncio.sleep(_LOOKS_FOR_CLIENT_SECONDS)


def _time(at: datetime) -> str:
    return at.astimezone(ZONE).isoformat(timespec="milliseconds")


def _history(parcel: ScriptedParcel) -> list[tuple[datetime, str, str | None]]:
    """When, code, agency; oldest first. ShipX has no code for *returned*: it says ``delivered`` after ``returned_to_sender``."""
    told: list[tuple[datetime, str, str | None]] = []
    for step in sorted(parcel.steps, key=lambda each: each.at):
        code = step.code or TABLE.code_for(step.status, step.reason).code
        if step.status is Status.RETURNED and step.code is None:
            code = "delivered"
            if not any(before == "returned_to_sender" for _, before, _ in told):
                told.append((step.at - timedelta(seconds=1), "returned_to_sender", step.place or None))
        told.append((step.at, code, step.place or None))
    return told


def _tracked(parcel: ScriptedParcel) -> dict[str, Any]:
    history = _history(parcel)
    point = parcel.recipient.pickup_point
    service = "inpost_locker_standard" if point else "inpost_courier_standard"
    return {
        "tracking_number": parcel.awb,
        "service": service,
        "type": service,
        "status": history[-1][1] if history else "confirmed",
        "custom_attributes": {
            "size": "B",
            "target_machine_id": point,
            "target_machine_detail": {"name": point} if point else None,
            "dropoff_machine_id": None,
            "dropoff_machine_detail": None,
        },
        "tracking_details": [
            {"status": code, "origin_status": None, "agency": agency, "datetime": _time(at)}
            for at, code, agency in reversed(history)
        ],
        "expected_flow": [],
        "created_at": _time(parcel.registered_at),
        "updated_at": _time(history[-1][0] if history else parcel.registered_at),
    }


def _shipment(number: int, parcel: ScriptedParcel) -> dict[str, Any]:
    who = parcel.recipient
    first, _, last = (who.name or "").partition(" ")
    point = who.pickup_point
    money = {"amount": float(parcel.cod.amount), "currency": parcel.cod.currency} if parcel.cod else None
    pieces = [parcel.awb, *(link.awb for link in parcel.links if link.why is LinkWhy.PIECE)]
    tracked = _tracked(parcel)
    address = {
        "street": who.street,
        "building_number": None,
        "city": who.city,
        "post_code": who.postcode,
        "country_code": who.country,
    }
    return {
        "id": number,
        "status": tracked["status"],
        "tracking_number": parcel.awb,
        "reference": parcel.order_ref,
        "external_customer_id": None,
        "service": tracked["service"],
        "cod": money,
        "insurance": money,
        "receiver": {
            "company_name": None,
            "first_name": first or None,
            "last_name": last or None,
            "email": None,
            "phone": parcel.phone,
            "address": None if point else address,
        },
        "custom_attributes": {"target_point": point, "dropoff_point": None, "sending_method": "parcel_locker"},
        "parcels": [{"id": place, "template": "medium", "tracking_number": each} for place, each in enumerate(pieces, 1)],
        "is_return": False,
        "created_at": tracked["created_at"],
        "updated_at": tracked["updated_at"],
    }
