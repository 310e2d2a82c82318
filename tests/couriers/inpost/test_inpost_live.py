"""The InPost adapter against its sandbox, over real HTTP."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from couriers.contract import Account, Ask, Connection, ListsParcels, PaysOut, Tracks
from couriers.errors import CourierError
from couriers.facts import Link, LinkWhy, ManifestLine, Money, Reason, Recipient, Status
from couriers.http import Http
from couriers.inpost.adapter import COURIER, ShipX
from couriers.inpost.sandbox import sandbox
from couriers.rulebook import Rulebook
from couriers.scenario import Payout, Scenario, ScriptedParcel, Step

Serve = Callable[[web.Application], Awaitable[TestServer]]
WARSAW = ZoneInfo("Europe/Warsaw")
MADE = datetime(2026, 3, 2, 15, 0, tzinfo=WARSAW)
GOOD = {"organization_id": "7001", "token": "long-lived"}


def number(place: int) -> str:
    return f"620999{place:018}"


def parcel(place: int, *steps: Step, **more: Any) -> ScriptedParcel:
    told: dict[str, Any] = {
        "awb": number(place),
        "registered_at": MADE,
        "cod": Money(12990, "PLN"),
        "recipient": Recipient("Anna Nowak", pickup_point="KRA010"),
        "phone": "500100200",
        "order_ref": f"ZAM-{place}",
        "steps": list(steps),
    }
    return ScriptedParcel(**(told | more))


@pytest.fixture
def scenario() -> Scenario:
    parcels = [
        parcel(1, Step(MADE, Status.CREATED, ""), Step(MADE + timedelta(days=2), Status.AT_PICKUP_POINT, "KRA010")),
        parcel(
            2,
            Step(MADE, Status.DELIVERY_ATTEMPTED, "KRA", Reason.REFUSED_COD),
            Step(MADE + timedelta(days=3), Status.RETURNED, "WAW"),
        ),
        parcel(
            3, cod=None, recipient=Recipient("Jan Kot", "Długa 7", "Łódź", "90-001", "PL"), links=[Link(number(33), LinkWhy.PIECE)]
        ),
        parcel(4, registered_at=MADE + timedelta(days=30)),
    ]
    parcels[0].payouts.append(Payout(date(2026, 3, 9), Money(12990, "PLN"), "COD 77"))
    parcels[1].payouts.append(Payout(date(2026, 3, 10), Money(-12990, "PLN"), "COD 78"))
    return Scenario({each.awb: each for each in parcels}, dict(GOOD))


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def connect(scenario: Scenario, session: aiohttp.ClientSession, aiohttp_server: Serve) -> Callable[..., ShipX]:
    server = await aiohttp_server(sandbox(scenario))
    base_url = str(server.make_url(""))

    def connected(timeout: float = 10.0, **settings: str) -> ShipX:
        assert COURIER.connect is not None
        http = Http(session, base_url, per_second=1000, timeout=timeout)
        connection = COURIER.connect(Account("main", base_url, GOOD | settings), http)
        assert isinstance(connection, ShipX)
        return connection

    return connected


def test_the_courier_is_described(scenario: Scenario) -> None:
    assert COURIER.name == "inpost"
    assert COURIER.batch == 1
    assert Rulebook.of("couriers.inpost") == COURIER.rulebook
    assert [field.key for field in COURIER.fields if field.secret] == ["token"]
    for protocol in (Connection, Tracks, ListsParcels, PaysOut):
        assert isinstance(ShipX(Account("a", ""), None), protocol)  # type: ignore[arg-type]


async def test_good_credentials_are_proved_by_the_organization(connect: Callable[..., ShipX]) -> None:
    assert await connect().check() == "The token opens InPost organization 7001."


@pytest.mark.parametrize("wrong", [{"token": "old"}, {"organization_id": "7002"}])
async def test_a_refused_token_is_not_tried_again(connect: Callable[..., ShipX], scenario: Scenario, wrong: dict[str, str]) -> None:
    with pytest.raises(CourierError) as caught:
        await connect(**wrong).check()
    assert caught.value.kind == "auth"
    assert scenario.requests == 1


async def test_tracking_asks_each_number_and_knows_the_unknown(connect: Callable[..., ShipX], scenario: Scenario) -> None:
    told = await connect(token="").track([Ask(number(1)), Ask("no such/number"), Ask(number(2))])
    first, unknown, returned = told.parcels
    assert (first.awb, first.status, len(first.events)) == (number(1), Status.AT_PICKUP_POINT, 2)
    assert first.recipient == Recipient(pickup_point="KRA010")
    assert (unknown.awb, unknown.status, unknown.error) == (
        "no such/number",
        Status.UNKNOWN,
        "InPost does not know parcel no such/number.",
    )
    assert [event.code for event in returned.events] == ["undelivered_cod_cash_receiver", "returned_to_sender", "delivered"]
    assert returned.status is Status.RETURNED
    assert scenario.requests == 3


@pytest.mark.parametrize("status", list(Status))
async def test_every_status_is_spoken_and_understood(connect: Callable[..., ShipX], scenario: Scenario, status: Status) -> None:
    scenario.parcels[number(9)] = parcel(9, Step(MADE, status, "KRA"))
    assert (await connect().track([Ask(number(9))])).parcels[0].status is status


async def test_parcels_of_some_days_with_cod_and_address(connect: Callable[..., ShipX]) -> None:
    pages = [page async for page in connect().parcels(date(2026, 3, 2), date(2026, 3, 2))]
    parcels = {each.awb: each for page in pages for each in page.parcels}
    assert set(parcels) == {number(1), number(2), number(3)}
    with_cod, without = parcels[number(1)].claim, parcels[number(3)].claim
    assert with_cod is not None
    assert without is not None
    assert (with_cod.money, without.money) == (Money(12990, "PLN"), Money(0, "PLN"))
    assert parcels[number(3)].recipient == Recipient("Jan Kot", "Długa 7", "Łódź", "90-001", "PL")
    assert parcels[number(3)].linked == (Link(number(33), LinkWhy.PIECE),)
    assert [page async for page in connect().parcels(date(2026, 3, 3), date(2026, 3, 3)) if page.parcels] == []


async def test_pages_are_read_to_the_end_and_no_further(connect: Callable[..., ShipX], scenario: Scenario) -> None:
    scenario.parcels = {number(place): parcel(place) for place in range(200)}
    pages = [page async for page in connect().parcels(date(2026, 3, 1), date(2026, 3, 5))]
    assert [len(page.parcels) for page in pages] == [100, 100]
    assert len({each.awb for page in pages for each in page.parcels}) == 200
    assert scenario.requests == 2


async def test_the_sandbox_filters_by_cod(scenario: Scenario, session: aiohttp.ClientSession, aiohttp_server: Serve) -> None:
    server = await aiohttp_server(sandbox(scenario))
    headers = {"Authorization": "Bearer long-lived"}
    for query, count in {"cod_amount_gteq=0.01": 3, "cod_amount_gteq=130": 0, "per_page=2&page=2": 2}.items():
        async with session.get(server.make_url(f"/v1/organizations/7001/shipments?{query}"), headers=headers) as answer:
            assert len((await answer.json())["items"]) == count
    async with session.get(server.make_url("/v1/statuses?lang=pl_PL")) as answer:
        assert len((await answer.json())["items"]) == 56


async def test_payouts_come_as_the_cod_report(connect: Callable[..., ShipX]) -> None:
    (document,) = [each async for each in connect().payouts(date(2026, 3, 9), date(2026, 3, 10))]
    lines = list(COURIER.parser.manifest(io.BytesIO(document.body)).lines)
    assert [
        (line.awb, line.remitted, line.paid_on, line.reference, line.order_ref) for line in lines if isinstance(line, ManifestLine)
    ] == [
        (number(1), Money(12990, "PLN"), date(2026, 3, 9), "COD 77", "ZAM-1"),
        (number(2), Money(-12990, "PLN"), date(2026, 3, 10), "COD 78", "ZAM-2"),
    ]


async def test_days_in_the_wrong_order_are_refused(connect: Callable[..., ShipX]) -> None:
    with pytest.raises(CourierError) as caught:
        [each async for each in connect().payouts(date(2026, 3, 10), date(2026, 3, 9))]
    assert caught.value.kind == "refused"


async def paid_out(connection: ShipX) -> None:
    """A report of unknown make is handed on, for a person to look at; only its reader refuses it."""
    async for document in connection.payouts(date(2026, 3, 1), date(2026, 3, 5)):
        COURIER.parser.manifest(io.BytesIO(document.body))


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("garbage", "malformed"),
        ("html", "malformed"),
        ("refuse_password", "auth"),
        ("error_in_200", "refused"),
        ("server_error", "server"),
        ("rate_limit", "rate_limit"),
        ("hang", "server"),
    ],
)
async def test_faults(connect: Callable[..., ShipX], scenario: Scenario, fault: Any, kind: str) -> None:
    connection = connect(timeout=0.3 if fault == "hang" else 10.0)
    scenario.fault = fault
    with pytest.raises(CourierError) as caught:
        await connection.track([Ask(number(1))])
    assert caught.value.kind == kind
    assert "long-lived" not in caught.value.message
    if fault == "rate_limit":
        assert caught.value.retry_after == 1.0
        return
    with pytest.raises(CourierError) as caught:
        [each async for each in connection.parcels(date(2026, 3, 1), date(2026, 3, 5))]
    assert caught.value.kind == kind
    with pytest.raises(CourierError) as caught:
        await paid_out(connection)
    assert caught.value.kind == kind


async def test_it_works_again_once_the_rate_limit_is_over(connect: Callable[..., ShipX], scenario: Scenario) -> None:
    connection = connect()
    scenario.fault = "rate_limit"
    with pytest.raises(CourierError):
        await connection.check()
    scenario.fault = None
    assert await connection.check()


async def test_a_404_that_is_not_inposts_is_not_an_unknown_parcel(session: aiohttp.ClientSession, aiohttp_server: Serve) -> None:
    server = await aiohttp_server(web.Application())
    base_url = str(server.make_url(""))
    with pytest.raises(CourierError) as caught:
        await ShipX(Account("a", base_url, GOOD), Http(session, base_url, per_second=1000)).track([Ask(number(1))])
    assert caught.value.kind == "malformed"


async def test_a_list_that_never_moves_on_is_refused(session: aiohttp.ClientSession, aiohttp_server: Serve) -> None:
    async def stuck(request: web.Request) -> web.Response:
        return web.json_response({"items": [{"id": 1, "tracking_number": number(1), "status": "confirmed"}], "total_pages": 9})

    app = web.Application()
    app.router.add_get("/v1/organizations/7001/shipments", stuck)
    server = await aiohttp_server(app)
    base_url = str(server.make_url(""))
    connection = ShipX(Account("a", base_url, GOOD), Http(session, base_url, per_second=1000))
    with pytest.raises(CourierError) as caught:
        [page async for page in connection.parcels(date(2026, 3, 1), date(2026, 3, 5))]
    assert caught.value.kind == "malformed"
