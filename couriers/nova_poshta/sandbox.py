"""A local stand-in for api.novaposhta.ua: one path, the envelope, HTTP 200 for business errors.

Its quirks are the documented ones: types and date formats mixed in one answer, money empty without
the right phone, tracking without a key, one bad number failing the whole call, unknown documents
as code 3. The rows of getMoneyTransferDocuments are invented, since their schema is not known.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from aiohttp import web

from couriers.facts import LinkWhy, Money, Status
from couriers.nova_poshta.envelope import ZONE
from couriers.scenario import Scenario, ScriptedParcel, Step
from couriers.statuses import StatusTable

_STATUSES = StatusTable.of("couriers.nova_poshta")
_NEAREST = {Status.PICKED_UP: "4", Status.RETURNED: "102"}
_TYPES = {LinkWhy.RETURN: "CargoReturn", LinkWhy.REDIRECT: "Redirecting"}
_DOCUMENTS_AT_MOST = 100
_PAGE = 100
_NO_DATE = "0001-01-01 00:00:00"

Answer = dict[str, Any]
Row = TypeVar("Row")


class Refusal(Exception):
    """A business error of the courier."""

    def __init__(self, code: str, text: str, warnings: tuple[str, ...] = ()) -> None:
        super().__init__(text)
        self.answer = _envelope([], success=False, errors=[text], warnings=list(warnings), codes=[code])


def sandbox(scenario: Scenario) -> web.Application:
    """The courier as this scenario has it."""
    office = _Office(scenario)

    async def answer(request: web.Request) -> web.StreamResponse:
        scenario.requests += 1
        if scenario.fault:
            return await _broken(scenario.fault)
        try:
            question = await request.json()
            return web.json_response(office.answer(question))
        except Refusal as refusal:
            return web.json_response(refusal.answer)
        except (json.JSONDecodeError, AttributeError, KeyError, TypeError, ValueError):
            return web.json_response(Refusal("20000000000", "Data is invalid").answer)

    app = web.Application()
    app.router.add_post("/v2.0/json/", answer)
    return app


async def _broken(fault: str) -> web.StreamResponse:
    if fault == "hang":
        await asyncio.sleep(3600)
    if fault == "garbage":
        return web.Response(body=bytes(range(255, 127, -1)) * 4)
    if fault == "html":
        return web.Response(text="<!DOCTYPE html><html><body>Технічні роботи</body></html>", content_type="text/html")
    if fault == "server_error":
        return web.Response(status=500, text="Internal Server Error")
    if fault == "rate_limit":
        return web.Response(status=429, headers={"Retry-After": "1"})
    if fault == "refuse_password":
        return web.json_response(_no_key().answer)
    return web.json_response(Refusal("20000100016", "ServiceUnavailable").answer)


class _Office:
    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.methods: dict[tuple[str, str], Callable[[Answer], list[Answer]]] = {
            ("TrackingDocument", "getStatusDocuments"): self._status_documents,
            ("InternetDocument", "getDocumentList"): self._document_list,
            ("InternetDocument", "getMoneyTransferDocuments"): self._money_transfers,
        }

    def answer(self, question: Answer) -> Answer:
        called = (question["modelName"], question["calledMethod"])
        keyless = called[0] == "TrackingDocument" and not question.get("apiKey")
        if not keyless and question.get("apiKey") != self.scenario.credentials.get("api_key"):
            raise _no_key()
        if called not in self.methods:
            raise Refusal("20000000001", f"Method {called[0]}.{called[1]} is not available")
        return _envelope(self.methods[called](question["methodProperties"]))

    def _status_documents(self, asked: Answer) -> list[Answer]:
        documents = asked["Documents"]
        if len(documents) > _DOCUMENTS_AT_MOST:
            raise Refusal("20000000002", f"Documents: at most {_DOCUMENTS_AT_MOST}")
        numbers = [str(document["DocumentNumber"]) for document in documents]
        bad = [number for number in numbers if number not in self.scenario.parcels and not _is_number(number)]
        if bad:
            warnings = tuple(f"Invalid DocumentNumber: {number}" for number in bad)
            raise Refusal("20001401442", "Document number is not correct", warnings)
        return [
            self._status(number, _digits(document.get("Phone") or "")) for number, document in zip(numbers, documents, strict=True)
        ]

    def _status(self, number: str, phone: str) -> Answer:
        parcel = self.scenario.parcels.get(number)
        if parcel is None:
            return {"Number": number, "StatusCode": "3", "Status": "Номер не знайдено", "DateCreated": ""}
        code, text, at = _now(parcel)
        known = phone and phone in (_digits(parcel.phone), _digits(self.scenario.credentials.get("sender_phone", "")))
        received = code in ("9", "10", "11", "106")
        return {
            "Number": number,
            "StatusCode": code,
            "Status": text,
            "DateCreated": f"{_local(parcel.registered_at):%d-%m-%Y %H:%M:%S}",
            "TrackingUpdateDate": f"{at:%Y-%m-%d %H:%M:%S}",
            "DateScan": f"{at:%H:%M %d.%m.%Y}" if parcel.steps else _NO_DATE,
            "RecipientDateTime": f"{at:%d.%m.%Y %H:%M:%S}" if received else "",
            "CityRecipient": parcel.recipient.city or "",
            "WarehouseRecipientNumber": _whole(parcel.recipient.pickup_point),
            **_basis(parcel),
            **(_money(parcel, code) if known else dict.fromkeys(_money(parcel, code), "")),
            "PossibilityChangeEW": False,
        }

    def _document_list(self, asked: Answer) -> list[Answer]:
        since, until = (datetime.strptime(asked[name], "%d.%m.%Y").date() for name in ("DateTimeFrom", "DateTimeTo"))
        found = [each for each in self.scenario.parcels.values() if since <= _local(each.registered_at).date() <= until]
        found.sort(key=lambda each: each.awb)
        return [_row(each) for each in (found if asked.get("GetFullList") == "1" else _page(found, asked, _PAGE))]

    def _money_transfers(self, asked: Answer) -> list[Answer]:
        since, until = (datetime.strptime(asked[name], "%Y-%m-%d %H:%M:%S").date() for name in ("DateFrom", "DateTo"))
        rows = [
            {"Number": each.reference, "IntDocNumber": parcel.awb, "Sum": _told(each.amount), "DateTime": f"{each.on} 12:00:00"}
            for parcel in sorted(self.scenario.parcels.values(), key=lambda each: each.awb)
            for each in parcel.payouts
            if since <= each.on <= until
        ]
        return _page(rows, asked, int(asked.get("Limit", _PAGE)))


def _envelope(
    data: list[Answer],
    *,
    success: bool = True,
    errors: list[str] | None = None,
    warnings: list[str] | None = None,
    codes: list[str] | None = None,
) -> Answer:
    lists: Answer = {"info": [], "messageCodes": [], "warningCodes": [], "infoCodes": []}
    return {"success": success, "data": data, "errors": errors or [], "warnings": warnings or [], "errorCodes": codes or []} | lists


def _no_key() -> Refusal:
    return Refusal("20000200068", "API key is not valid")


def _now(parcel: ScriptedParcel) -> tuple[str, str, datetime]:
    """Code, text and local time of the newest step; a paid COD of a received parcel is code 11."""
    if not parcel.steps:
        first = _STATUSES.code_for(Status.CREATED)
        return first.code, first.text, _local(parcel.registered_at)
    step: Step = max(parcel.steps, key=lambda each: each.at)
    code = step.code or _NEAREST.get(step.status) or _STATUSES.code_for(step.status, step.reason).code
    if step.status is Status.DELIVERED and not step.code and sum(each.amount.minor for each in parcel.payouts) > 0:
        code = "11"
    known = _STATUSES.get(code)
    return code, known.text if known else step.status.value, _local(step.at)


def _money(parcel: ScriptedParcel, code: str) -> Answer:
    """The classic COD; empty texts where nothing was transferred yet."""
    asks = bool(parcel.cod and parcel.cod.minor)
    paid = parcel.payouts[-1] if parcel.payouts and code == "11" else None
    return {
        "AfterpaymentOnGoodsCost": 0,
        "Redelivery": int(asks),
        "RedeliverySum": _told(parcel.cod) if parcel.cod else 0,
        "RedeliveryNum": next((link.awb for link in parcel.links if link.why is LinkWhy.COD_ENVELOPE), ""),
        "LastTransactionDateTimeGM": f"{paid.on} 12:00:00" if paid else "",
        "LastAmountTransferGM": _told(paid.amount) if paid else "",
        "AnnouncedPrice": _told(parcel.cod) if asks and parcel.cod else 200,
    }


def _basis(parcel: ScriptedParcel) -> Answer:
    link = next((each for each in parcel.links if each.why in _TYPES), None)
    return {
        "LastCreatedOnTheBasisDocumentType": _TYPES[link.why] if link else "",
        "LastCreatedOnTheBasisNumber": link.awb if link else "",
    }


def _row(parcel: ScriptedParcel) -> Answer:
    code, text, at = _now(parcel)
    return {
        "IntDocNumber": parcel.awb,
        "StateId": int(code) if code.isdigit() else code,
        "StateName": text,
        "AfterpaymentOnGoodsCost": 0,
        "BackwardDeliverySum": _told(parcel.cod) if parcel.cod else 0,
        "RecipientDateTime": f"{at:%Y-%m-%d %H:%M:%S}" if code in ("9", "10", "11", "106") else _NO_DATE,
        "EWDateCreated": f"{_local(parcel.registered_at):%Y-%m-%d %H:%M:%S}",
        "InfoRegClientBarcodes": parcel.order_ref,
    }


def _page(rows: list[Row], asked: Answer, size: int) -> list[Row]:
    page = int(asked.get("Page", 1))
    return rows[(page - 1) * size : page * size]


def _told(money: Money) -> int | str:
    """A whole sum as a number, any other as a text, as live answers mix them."""
    return money.minor // 100 if money.minor % 100 == 0 else str(money.amount)


def _whole(text: str | None) -> int | str:
    return int(text) if text and text.isdecimal() else text or ""


def _digits(text: str) -> str:
    digits = "".join(filter(str.isdigit, text))
    return f"38{digits}" if len(digits) == 10 else digits


def _is_number(text: str) -> bool:
    return len(text) == 14 and text.isdigit() and text.startswith(("20", "59", "1"))


def _local(at: datetime) -> datetime:
    return at.astimezone(ZONE)
