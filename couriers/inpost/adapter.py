"""InPost through ShipX: asks, and hands the bytes to the parser."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import date, timedelta
from urllib.parse import quote

from couriers.contract import Account, AccountField, Ask, Connection, CourierInfo, Document
from couriers.documents import as_text, load_json
from couriers.errors import CourierError
from couriers.facts import Complaint, ParcelReport, Parcels, Status
from couriers.http import Answer, Http
from couriers.inpost.meaning import CURRENCY, ZONE
from couriers.inpost.parse import InPostParser, page_of
from couriers.inpost.refusals import raise_refusal
from couriers.inpost.sandbox import sandbox
from couriers.rulebook import Rulebook

PARSER = InPostParser()
_PER_PAGE = 100
_PAGES_AT_MOST = 2_000
_DAY = timedelta(days=1)


class ShipX:
    """One organization's account. The token is long-lived, so there is nothing to log in to."""

    def __init__(self, account: Account, http: Http) -> None:
        self._http = http
        self._organization = quote(account.get("organization_id"), safe="")
        self._headers = {"Accept-Language": "pl_PL"}
        self._secret = self._headers | {"Authorization": f"Bearer {account.get('token')}"}

    async def check(self) -> str:
        """Reads the organization. Raises CourierError ``auth`` where the token is refused."""
        answer = await self._ask(f"/v1/organizations/{self._organization}")
        organization = load_json(answer.body)
        raise_refusal(organization)
        number = as_text(organization.get("id")) if isinstance(organization, dict) else None
        if number is None:
            raise CourierError("malformed", "InPost did not answer with an organization; check organization_id.")
        return f"The token opens InPost organization {number}."

    async def track(self, asks: Sequence[Ask]) -> Parcels:
        """One call a number, sent without the token, which tracking does not need."""
        reports: list[ParcelReport] = []
        complaints: list[Complaint] = []
        for ask in asks:
            try:
                answer = await self._http.get(f"/v1/tracking/{quote(ask.awb, safe='')}", headers=self._headers)
                told = PARSER.tracking(_judged(answer).body, ask.awb)
            except CourierError as error:
                if error.kind != "not_found":
                    raise
                reports.append(ParcelReport(ask.awb, Status.UNKNOWN, error=f"InPost does not know parcel {ask.awb}."))
                continue
            reports += told.parcels
            complaints += told.complaints
        return Parcels(tuple(reports), tuple(complaints))

    async def parcels(self, since: date, until: date) -> AsyncIterator[Parcels]:
        """All shipments made on these days, with and without COD.

        Asked for a day more on both sides, as it is not documented in which zone InPost counts days.
        """
        before = b""
        for page in range(1, _PAGES_AT_MOST + 1):
            answer = await self._ask(
                f"/v1/organizations/{self._organization}/shipments",
                ("created_at_gteq", (since - _DAY).isoformat()),
                ("created_at_lteq", (until + _DAY).isoformat()),
                ("page", str(page)),
                ("per_page", str(_PER_PAGE)),
            )
            told = PARSER.parcels(answer.body)
            place = page_of(answer.body)
            if place.items and answer.body == before:
                raise CourierError("malformed", "InPost gave the same page of shipments twice.")
            yield Parcels(tuple(each for each in told.parcels if _made(each, since, until)), told.complaints)
            if place.is_last(page, _PER_PAGE):
                return
            before = answer.body
        raise CourierError("malformed", "InPost's list of shipments has no end; ask for fewer days.")

    async def payouts(self, since: date, until: date) -> AsyncIterator[Document]:
        """The COD report of these days, as one CSV."""
        answer = await self._ask(
            f"/v1/organizations/{self._organization}/reports/cod",
            ("start_date", since.isoformat()),
            ("end_date", until.isoformat()),
            ("format", "csv"),
        )
        if answer.body.lstrip()[:1] in (b"{", b"<"):
            raise_refusal(load_json(answer.body))
            raise CourierError("malformed", "InPost answered with something else than the COD report.")
        yield Document(f"inpost-cod-{since}-{until}.csv", answer.body)

    async def _ask(self, path: str, *params: tuple[str, str]) -> Answer:
        return _judged(await self._http.get(path, params=params, headers=self._secret))


def _judged(answer: Answer) -> Answer:
    """The answer, if it is one. Raises CourierError of the right kind for any 4xx."""
    if answer.status < 400:
        return answer
    try:
        body = load_json(answer.body)
    except CourierError:
        body = None
    raise_refusal(body, answer.status)
    raise CourierError("malformed", f"InPost's server answered HTTP {answer.status} without a reason; check base_url.")


def _made(report: ParcelReport, since: date, until: date) -> bool:
    made = report.registered_at
    return made is None or since <= made.astimezone(ZONE).date() <= until


def _connect(account: Account, http: Http) -> Connection:
    return ShipX(account, http)


COURIER = CourierInfo(
    name="inpost",
    rulebook=Rulebook.of("couriers.inpost"),
    parser=PARSER,
    base_url="https://api-shipx-pl.easypack24.net",
    currency=CURRENCY,
    fields=(
        AccountField("organization_id", "the organization's number in ShipX"),
        AccountField("token", "the API token made in the InPost manager", secret=True),
    ),
    connect=_connect,
    sandbox=sandbox,
)
