"""Asks Nova Poshta: every call is a POST to one address, with the key in its body. It only reads."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Any

from couriers.contract import Account, AccountField, Ask, CourierInfo, Document, plain_awb
from couriers.errors import CourierError
from couriers.facts import Parcels
from couriers.http import Http
from couriers.nova_poshta.envelope import CURRENCY, open_envelope, refused_numbers
from couriers.nova_poshta.parse import Answers, unknown_number
from couriers.nova_poshta.sandbox import sandbox
from couriers.rulebook import Rulebook

PATH = "/v2.0/json/"
DOCUMENTS_AT_MOST = 100
TRANSFERS_AT_MOST = 100
_PAGES_AT_MOST = 10_000
_ANY_DAY = date(2026, 1, 1)  # check() asks for this day's waybills; tracking would work without a key

ANSWERS = Answers()


class Cabinet:
    """One sender's cabinet, opened by its key."""

    def __init__(self, account: Account, http: Http) -> None:
        self._account = account
        self._http = http

    async def check(self) -> str:
        """Asks for one day of the waybill list, which needs the key."""
        open_envelope(await self._waybills(_ANY_DAY, _ANY_DAY, 1))
        return "The API key is good: it opens the cabinet's list of waybills."

    async def track(self, asks: Sequence[Ask]) -> Parcels:
        """One bad number makes the whole call fail: what the refusal names is left out, the rest asked once more."""
        told = Parcels()
        for start in range(0, len(asks), DOCUMENTS_AT_MOST):
            more = await self._batch(asks[start : start + DOCUMENTS_AT_MOST])
            told = Parcels(told.parcels + more.parcels, told.complaints + more.complaints)
        return told

    async def _batch(self, asks: Sequence[Ask]) -> Parcels:
        body = await self._documents(asks)
        try:
            return ANSWERS.tracking(body)
        except CourierError as error:
            named = {plain_awb(number) for number in refused_numbers(body)} if error.kind == "not_found" else set()
            bad = [ask for ask in asks if plain_awb(ask.awb) in named]
            if error.kind == "not_found" and len(asks) == 1:
                bad = list(asks)
            if not bad:
                raise
        good = [ask for ask in asks if ask not in bad]
        told = ANSWERS.tracking(await self._documents(good)) if good else Parcels()
        return Parcels((*told.parcels, *(unknown_number(ask.awb) for ask in bad)), told.complaints)

    async def parcels(self, since: date, until: date) -> AsyncIterator[Parcels]:
        """The list of own waybills, until a page is empty or repeats (the size of a page is not published)."""
        last = b""
        for page in range(1, _PAGES_AT_MOST):
            body = await self._waybills(since, until, page)
            if body == last or not open_envelope(body).rows:
                return
            yield ANSWERS.parcels(body)
            last = body

    async def payouts(self, since: date, until: date) -> AsyncIterator[Document]:
        """The money transfers, page by page, as they came."""
        last = b""
        for page in range(1, _PAGES_AT_MOST):
            body = await self._ask(
                "InternetDocument",
                "getMoneyTransferDocuments",
                {
                    "DateFrom": f"{since:%Y-%m-%d} 00:00:00",
                    "DateTo": f"{until:%Y-%m-%d} 23:59:59",
                    "Limit": str(TRANSFERS_AT_MOST),
                    "Page": str(page),
                    "GetFullList": "0",
                },
            )
            rows = open_envelope(body).rows
            if body == last or not rows:
                return
            yield Document(f"money-transfers-{since}-{until}-{page}.json", body)
            if len(rows) < TRANSFERS_AT_MOST:
                return
            last = body

    async def _documents(self, asks: Sequence[Ask]) -> bytes:
        sender = self._account.get("sender_phone")
        documents = [{"DocumentNumber": plain_awb(ask.awb), "Phone": _phone(ask.phone or sender)} for ask in asks]
        return await self._ask("TrackingDocument", "getStatusDocuments", {"Documents": documents})

    async def _waybills(self, since: date, until: date, page: int) -> bytes:
        days = {"DateTimeFrom": f"{since:%d.%m.%Y}", "DateTimeTo": f"{until:%d.%m.%Y}"}
        return await self._ask("InternetDocument", "getDocumentList", {**days, "Page": str(page), "GetFullList": "0"})

    async def _ask(self, model: str, method: str, properties: dict[str, Any]) -> bytes:
        question = {
            "apiKey": self._account.get("api_key"),
            "modelName": model,
            "calledMethod": method,
            "methodProperties": properties,
        }
        answer = await self._http.post(PATH, json=question, repeatable=True)
        if answer.status >= 400:
            raise CourierError("refused", f"Nova Poshta refused the request (HTTP {answer.status}); check the base_url.")
        return answer.body


def _phone(text: str) -> str:
    """As the API takes it, 380XXXXXXXXX; other digits as they are."""
    digits = "".join(filter(str.isdigit, text))
    return f"38{digits}" if len(digits) == 10 and digits.startswith("0") else digits


COURIER = CourierInfo(
    name="nova_poshta",
    rulebook=Rulebook.of("couriers.nova_poshta"),
    parser=ANSWERS,
    base_url="https://api.novaposhta.ua",
    currency=CURRENCY,
    fields=(
        AccountField("api_key", "API key of the sender's cabinet (one account a cabinet)", secret=True),
        AccountField(
            "sender_phone", "the sender's phone, 380XXXXXXXXX; opens COD fields where the recipient's is unknown", required=False
        ),
        AccountField("edrpou", "ЄДРПОУ or tax number of the cabinet's owner, for letters", required=False),
    ),
    batch=DOCUMENTS_AT_MOST,
    connect=Cabinet,
    sandbox=sandbox,
)
