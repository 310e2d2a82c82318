"""FAN Courier's connection: logs in once, asks the v2 API, hands the bytes to the parser.

Source: FAN Courier API document of September 2025 (fact sheet sections 1, 2 and 5).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from couriers.contract import Account, AccountField, Ask, Connection, CourierInfo, Document
from couriers.documents import as_text, load_json
from couriers.errors import CourierError
from couriers.facts import Complaint, ParcelReport, Parcels, Status
from couriers.fan.faults import items_of
from couriers.fan.parse import FanParser
from couriers.fan.sandbox import sandbox
from couriers.fan.slips import page_of
from couriers.fan.tracking import not_answered, returns_of, settle_returns, token_of
from couriers.http import Answer, Http
from couriers.rulebook import Rulebook

_PER_PAGE = 100
_PAGES_AT_MOST = 10_000
_BATCH = 50
_TOKEN_SECONDS = 23 * 3600  # FAN says 24 hours; its expiresAt names no zone
_PARSER = FanParser()

Params = Sequence[tuple[str, str]]


class FanConnection:
    """One account (one clientId) with the v2 API. Keeps its token in memory only."""

    def __init__(self, account: Account, http: Http) -> None:
        self._account = account
        self._http = http
        self._client = account.get("client_id")
        self._token = ""
        self._token_until = 0.0
        self._login = asyncio.Lock()

    async def check(self) -> str:
        """Logs in and lists the branches the login opens. Raises CourierError ``auth`` where it is refused."""
        branches = items_of(load_json((await self._get("/reports/branches", ())).body))
        ours = any(as_text(value) == self._client for branch in branches if isinstance(branch, dict) for value in branch.values())
        named = "is one of them" if ours else "is not named among them; check client_id"
        return f"The login opens {len(branches)} branches, and client {self._client} {named}."

    async def track(self, asks: Sequence[Ask]) -> Parcels:
        """One call for all asked, and one more for the return waybills of those on their way back."""
        answer = await self._track([ask.awb for ask in asks])
        told = {report.awb: report for report in answer.parcels}
        back = {link.awb for report in told.values() if report.status is Status.RETURNING for link in returns_of(report)}
        if missing := sorted(back - told.keys())[:_BATCH]:
            answer = settle_returns(answer, await self._track(missing))
        silent: list[ParcelReport] = [not_answered(ask.awb) for ask in asks if ask.awb not in told]
        return replace(answer, parcels=(*answer.parcels, *silent))

    async def _track(self, awbs: Sequence[str]) -> Parcels:
        params = [("clientId", self._client), ("language", "ro"), *(("awb[]", awb) for awb in awbs)]
        return _PARSER.tracking((await self._get("/reports/awb/tracking", params)).body)

    async def parcels(self, since: date, until: date) -> AsyncIterator[Parcels]:
        """The shipping slips of these days, page by page."""
        for day in _days(since, until):
            async for body, short in self._pages("/reports/awb", day):
                page = _PARSER.parcels(body)
                if short:
                    page = replace(page, complaints=(*page.complaints, Complaint(f"slip of {day}", short)))
                yield page

    async def payouts(self, since: date, until: date) -> AsyncIterator[Document]:
        """The bank-transfers reports of these days, weekends too; days without a payout are left out."""
        for day in _days(since, until):
            number = 0
            async for body, short in self._pages("/reports/bank-transfers", day):
                number += 1
                if short:
                    raise CourierError("malformed", f"The bank transfers of {day} are not complete: {short}.")
                if page_of(body).here:
                    yield Document(f"fan-bank-transfers-{day}-{number}.json", body)

    async def _pages(self, path: str, day: date) -> AsyncIterator[tuple[bytes, str]]:
        """The pages of a day's report; with the last one, why the report is not whole, or nothing."""
        seen = 0
        for number in range(1, _PAGES_AT_MOST):
            params = [
                ("clientId", self._client),
                ("date", day.isoformat()),
                ("page", str(number)),
                ("perPage", str(_PER_PAGE)),
            ]
            body = (await self._get(path, params)).body
            page = page_of(body)
            seen += page.here
            full = page.here >= (page.per_page or _PER_PAGE)
            more = full if page.total is None else seen < page.total
            if more and not page.here:
                yield body, f"it announces {page.total} items and holds {seen}"
                return
            yield body, ""
            if not more:
                return

    async def _get(self, path: str, params: Params) -> Answer:
        """An answer whose envelope says success; logs in anew once where the token has run out."""
        token, fresh = await self._a_token("")
        try:
            return await self._ask(path, params, token)
        except CourierError as error:
            if error.kind != "auth" or fresh:
                raise
        token, _ = await self._a_token(token)
        return await self._ask(path, params, token)

    async def _ask(self, path: str, params: Params, token: str) -> Answer:
        answer = await self._http.get(path, params=params, headers={"Authorization": f"Bearer {token}"})
        _judge(answer)
        items_of(load_json(answer.body))
        return answer

    async def _a_token(self, refused: str) -> tuple[str, bool]:
        """The token and whether it was made just now; another one than the refused."""
        async with self._login:
            if self._token and self._token != refused and time.monotonic() < self._token_until:
                return self._token, False
            self._token = ""
            form = {"username": self._account.get("username"), "password": self._account.get("password")}
            answer = await self._http.post("/login", data=form, repeatable=True)
            if answer.status in (400, 422):
                raise CourierError("auth", "FAN Courier refused the login; check username and password.")
            _judge(answer)
            self._token = token_of(answer.body)
            self._token_until = time.monotonic() + _TOKEN_SECONDS
            return self._token, True


def _judge(answer: Answer) -> None:
    """Raises CourierError for a 4xx, with the courier's own reason where its body holds one."""
    if answer.status < 400:
        return
    try:
        items_of(load_json(answer.body))
    except CourierError as error:
        if error.kind not in ("malformed", "server"):
            raise
    if answer.status == 404:
        raise CourierError("not_found", "FAN Courier does not know this address or parcel.")
    raise CourierError("refused", f"FAN Courier refused the request (HTTP {answer.status}).")


def _days(since: date, until: date) -> list[date]:
    return [since + timedelta(days=number) for number in range((until - since).days + 1)]


def connect(account: Account, http: Http) -> Connection:
    """A connection of this account."""
    return FanConnection(account, http)


COURIER = CourierInfo(
    name="fan",
    rulebook=Rulebook.of("couriers.fan"),
    parser=_PARSER,
    base_url="https://api.fancourier.ro",
    currency="RON",
    fields=(
        AccountField("client_id", "the clientId of the branch, as selfAWB shows it"),
        AccountField("username", "the selfAWB user", secret=True),
        AccountField("password", "the selfAWB password", secret=True),
    ),
    batch=_BATCH,
    per_second=2.0,
    parallel=1,
    connect=connect,
    sandbox=sandbox,
)
