"""A local stand-in for FAN Courier's v2 API: token login, tracking, slips, bank transfers, branches.

Speaks the shapes of the fact sheet, sections 2 and 5. The exact 401 body and the answer for an
unknown AWB are unverified; here such a parcel is simply left out.
"""

from __future__ import annotations

import asyncio
import math
import secrets
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from couriers.facts import LinkWhy, Status
from couriers.fan.events import STATUSES, ZONE
from couriers.scenario import Scenario, ScriptedParcel, Step

TOKENS: web.AppKey[set[str]] = web.AppKey("fan tokens")
LOGINS: web.AppKey[list[str]] = web.AppKey("fan logins")

_PER_PAGE_AT_MOST = 100
_LINK_FIELDS = {
    LinkWhy.RETURN: "returnAwbNumber",
    LinkWhy.REDIRECT: "redirectionAwbNumber",
    LinkWhy.COD_ENVELOPE: "reimbursementAwbNumber",
}


def sandbox(scenario: Scenario) -> web.Application:
    """An application that plays the scenario; change the scenario while it serves."""
    world = _World(scenario)
    app = web.Application(middlewares=[_faults(scenario)])
    app[TOKENS], app[LOGINS] = world.tokens, world.logins
    app.router.add_post("/login", world.login)
    app.router.add_get("/reports/branches", world.branches)
    app.router.add_get("/reports/awb/tracking", world.tracking)
    app.router.add_get("/reports/awb", world.slip)
    app.router.add_get("/reports/bank-transfers", world.transfers)
    return app


def _faults(scenario: Scenario) -> Middleware:
    @web.middleware
    async def counted(request: web.Request, handler: Handler) -> web.StreamResponse:
        scenario.requests += 1
        match scenario.fault:
            case "hang":
                await asyncio.sleep(3600)
            case "garbage":
                return web.Response(body=secrets.token_bytes(512), content_type="application/json")
            case "html":
                return web.Response(text="<!DOCTYPE html><html><body>Site in mentenanta</body></html>", content_type="text/html")
            case "server_error":
                return web.json_response({"message": "Server Error"}, status=500)
            case "rate_limit":
                return web.json_response({"message": "Too Many Attempts."}, status=429, headers={"Retry-After": "1"})
            case "refuse_password":
                return _unauthenticated()
            case "error_in_200" if request.path != "/login":
                return _failure("The request could not be processed.")
            case _:
                pass
        return await handler(request)

    return counted


def _failure(message: str) -> web.Response:
    return web.json_response({"status": "error", "message": message})


def _unauthenticated() -> web.Response:
    return web.json_response({"message": "Unauthenticated."}, status=401)


class _World:
    """The scenario behind the documented paths."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.tokens: set[str] = set()
        self.logins: list[str] = []

    async def login(self, request: web.Request) -> web.StreamResponse:
        given = {**request.query, **await request.post()}
        good = self.scenario.credentials
        self.logins.append(str(given.get("username", "")))
        if any(given.get(key) != good[key] for key in ("username", "password") if key in good):
            return _unauthenticated()
        token = f"{len(self.logins)}|{secrets.token_hex(20)}"
        self.tokens.add(token)
        return web.json_response({"status": "success", "data": {"token": token, "expiresAt": "2099-01-01 00:00:00"}})

    def _refusal(self, request: web.Request, *, client: bool = True) -> web.Response | None:
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
            return _unauthenticated()
        ours = self.scenario.credentials.get("client_id")
        if client and ours is not None and request.query.get("clientId") != ours:
            return _failure("The selected client id is invalid.")
        return None

    async def branches(self, request: web.Request) -> web.StreamResponse:
        if refusal := self._refusal(request, client=False):
            return refusal
        branch = {"id": self.scenario.credentials.get("client_id", ""), "name": "SANDBOX SRL"}
        return web.json_response({"status": "success", "data": [branch]})

    async def tracking(self, request: web.Request) -> web.StreamResponse:
        if refusal := self._refusal(request):
            return refusal
        returns = {_return_awb(each): each for each in self.scenario.parcels.values() if _came_back(each)}
        items = []
        for awb in request.query.getall("awb[]", []):
            if parcel := self.scenario.parcels.get(awb):
                items.append(_tracked(parcel))
            elif parcel := returns.get(awb):
                items.append(_tracked_return(awb, parcel))
        return web.json_response({"status": "success", "data": items})

    async def slip(self, request: web.Request) -> web.StreamResponse:
        def made_on(day: date) -> list[dict[str, Any]]:
            parcels = self.scenario.parcels.values()
            return [_slip_item(each) for each in parcels if each.registered_at.astimezone(ZONE).date() == day]

        return self._paged(request, made_on)

    async def transfers(self, request: web.Request) -> web.StreamResponse:
        def paid_on(day: date) -> list[dict[str, Any]]:
            return [
                _transfer(parcel, day, float(payout.amount.amount))
                for parcel in self.scenario.parcels.values()
                for payout in parcel.payouts
                if payout.on == day
            ]

        return self._paged(request, paid_on)

    def _paged(self, request: web.Request, of_day: Callable[[date], list[dict[str, Any]]]) -> web.Response:
        if refusal := self._refusal(request):
            return refusal
        try:
            day = date.fromisoformat(request.query.get("date", ""))
            page = max(1, int(request.query.get("page", "1")))
            per_page = min(max(1, int(request.query.get("perPage", "100"))), _PER_PAGE_AT_MOST)
        except ValueError:
            return _failure("The date, page or perPage is invalid.")
        items = of_day(day)
        here = items[(page - 1) * per_page : page * per_page]
        paging = {"perPage": per_page, "currentPage": page, "total": len(items)}
        return web.json_response({"status": "success", **paging, "data": here})


def _local(at: datetime) -> str:
    return at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S")


def _dotted(day: date) -> str:
    return day.strftime("%d.%m.%Y")


def _came_back(parcel: ScriptedParcel) -> bool:
    return any(step.status is Status.RETURNED for step in parcel.steps)


def _return_awb(parcel: ScriptedParcel) -> str:
    """FAN knows no "returned": the parcel shows S43, and its return AWB is delivered to the shop."""
    return next((link.awb for link in parcel.links if link.why is LinkWhy.RETURN), f"9{parcel.awb}")


def _spoken(step: Step) -> dict[str, str]:
    meaning = STATUSES.code_for(Status.LOST if step.status is Status.DAMAGED else step.status, step.reason)
    if step.status is Status.RETURNED:
        meaning = STATUSES.code_for(Status.RETURNING)
    code = step.code or meaning.code
    listed = STATUSES.get(code)
    return {"id": code, "name": f" {listed.text if listed else meaning.text}", "location": step.place, "date": _local(step.at)}


def _tracked(parcel: ScriptedParcel) -> dict[str, Any]:
    item: dict[str, Any] = {"content": parcel.order_ref, "awbNumber": parcel.awb}
    if not parcel.steps:
        return item | {"message": "The AWB has been registered by sender"}
    paid = [payout.on for payout in parcel.payouts if payout.amount.minor > 0]
    links: dict[str, str | None] = dict.fromkeys(_LINK_FIELDS.values())
    links |= {_LINK_FIELDS[link.why]: link.awb for link in parcel.links if link.why in _LINK_FIELDS}
    if _came_back(parcel):
        links["returnAwbNumber"] = _return_awb(parcel)
    return item | {
        "date": parcel.registered_at.astimezone(ZONE).strftime("%Y-%m-%d 00:00:00"),
        "paymentDate": f"{max(paid)} 00:00:00" if paid else None,
        **links,
        "oPODAwbNumber": None,
        "confirmation": {"name": None, "date": None},
        "OTD": None,
        "events": [_spoken(step) for step in parcel.steps],
    }


def _tracked_return(awb: str, parcel: ScriptedParcel) -> dict[str, Any]:
    arrived = next(step for step in parcel.steps if step.status is Status.RETURNED)
    event = {"id": "S2", "name": "delivered", "location": arrived.place, "date": _local(arrived.at)}
    return {"content": parcel.order_ref, "awbNumber": awb, "paymentDate": None, "events": [event]}


def _slip_item(parcel: ScriptedParcel) -> dict[str, Any]:
    told = parcel.recipient
    address = {"locality": told.city, "street": told.street, "streetNo": "", "zipCode": told.postcode, "country": told.country}
    info = {
        "awbNumber": int(parcel.awb) if parcel.awb.isdigit() else parcel.awb,
        "service": "Cont Colector" if parcel.cod else "Standard",
        "serviceId": 4 if parcel.cod else 1,
        "cod": float(parcel.cod.amount) if parcel.cod else None,
        "currency": ("LEI" if parcel.cod.currency == "RON" else parcel.cod.currency) if parcel.cod else None,
        "content": parcel.order_ref,
        "date": _local(parcel.registered_at),
        "payment": "sender",
    }
    recipient = {"name": told.name, "contactPerson": "", "phone": parcel.phone, "email": "", "address": address}
    return {"info": info, "recipient": recipient, "sender": {"name": "SANDBOX SRL"}}


def _transfer(parcel: ScriptedParcel, day: date, amount: float) -> dict[str, Any]:
    delivered = next((step.at for step in parcel.steps if step.status is Status.DELIVERED), None)
    links = {link.why: link.awb for link in parcel.links}
    info = {
        "awbNumber": int(parcel.awb) if parcel.awb.isdigit() else parcel.awb,
        "awbDate": _dotted(parcel.registered_at.astimezone(ZONE).date()),
        "amountCollected": int(amount) if math.floor(amount) == amount else amount,
        "content": parcel.order_ref,
        "transferDate": _dotted(day),
        "returnAwbNumber": links.get(LinkWhy.RETURN),
        "reimbursementAwbNumber": links.get(LinkWhy.COD_ENVELOPE),
        "transactionType": "cash",
        "transactionDate": _dotted(delivered.astimezone(ZONE).date()) if delivered else None,
    }
    recipient = {"name": parcel.recipient.name, "contactPerson": "", "address": {"locality": parcel.recipient.city}}
    return {"info": info, "recipient": recipient, "sender": {"name": "SANDBOX SRL", "contactPerson": ""}}
