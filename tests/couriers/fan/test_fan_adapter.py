"""FAN Courier's connection against its sandbox, over real HTTP."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from couriers.contract import Account, Ask, Connection, ListsParcels, PaysOut, Tracks
from couriers.errors import CourierError
from couriers.facts import ClaimState, Link, LinkWhy, ManifestLine, Money, Reason, Recipient, Status
from couriers.fan.adapter import COURIER, FanConnection
from couriers.fan.sandbox import LOGINS, TOKENS, sandbox
from couriers.http import Http
from couriers.scenario import Fault, Payout, Scenario, ScriptedParcel, Step

GOOD = {"client_id": "1234567", "username": "shop", "password": "right"}
MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
DAY = date(2026, 3, 2)
ANA = Recipient("Ana Pop", "Str. Lunga 3", "Iasi", "700001", "Romania")

ServerMaker = Callable[..., Awaitable[TestServer]]


def parcel(number: int, **changes: Any) -> ScriptedParcel:
    plain = ScriptedParcel(str(7_000_000_000_000 + number), MORNING, Money(24990, "RON"), ANA, "0700000000", f"order {number}")
    return replace(plain, **changes)


def world(*parcels: ScriptedParcel) -> Scenario:
    return Scenario({each.awb: each for each in parcels}, dict(GOOD))


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as open_session:
        yield open_session


@pytest.fixture
def connect(aiohttp_server: ServerMaker, session: aiohttp.ClientSession) -> Callable[..., Awaitable[FanConnection]]:
    async def connected(
        scenario: Scenario, app: web.Application | None = None, seconds: float = 5.0, **settings: str
    ) -> FanConnection:
        server = await aiohttp_server(app or sandbox(scenario), shutdown_timeout=0.1)
        url = str(server.make_url(""))
        return FanConnection(Account("fan-main", url, GOOD | settings), Http(session, url, per_second=1000, timeout=seconds))

    return connected


Connect = Callable[..., Awaitable[FanConnection]]


async def test_offers_every_capability(connect: Connect) -> None:
    connection = await connect(world())
    assert isinstance(connection, Connection)
    assert isinstance(connection, Tracks)
    assert isinstance(connection, ListsParcels)
    assert isinstance(connection, PaysOut)
    assert "client 1234567 is one of them" in await connection.check()


async def test_tracks_a_batch_with_one_login(connect: Connect) -> None:
    attempted = Step(MORNING + timedelta(days=1), Status.DELIVERY_ATTEMPTED, "Iasi", Reason.NO_MONEY)
    delivered = Step(MORNING + timedelta(days=1), Status.DELIVERED, "Iasi")
    scenario = world(
        parcel(1, steps=[Step(MORNING, Status.PICKED_UP, "Bucuresti"), attempted]),
        parcel(2),
        parcel(3, steps=[delivered], payouts=[Payout(date(2026, 3, 5), Money(24990, "RON"), "x")]),
    )
    app = sandbox(scenario)
    connection = await connect(scenario, app)
    asks = [Ask(awb) for awb in [*scenario.parcels, "7999999999999"]]
    answer = await connection.track(asks)
    await connection.track(asks)
    assert [(each.awb, each.status) for each in answer.parcels] == [
        ("7000000000001", Status.DELIVERY_ATTEMPTED),
        ("7000000000002", Status.CREATED),
        ("7000000000003", Status.DELIVERED),
        ("7999999999999", Status.UNKNOWN),
    ]
    assert answer.parcels[0].events[-1].reason is Reason.NO_MONEY
    assert answer.parcels[3].error
    claim = answer.parcels[2].claim
    assert claim is not None
    assert (claim.money, claim.state, claim.paid_on) == (None, ClaimState.REMITTED, date(2026, 3, 5))
    assert len(app[LOGINS]) == 1
    assert scenario.requests == 3


@pytest.mark.parametrize("status", [each for each in Status if each not in (Status.DAMAGED, Status.RETURNED)])
async def test_speaks_every_status(connect: Connect, status: Status) -> None:
    scenario = world(parcel(1, steps=[Step(MORNING, status, "Iasi")]))
    connection = await connect(scenario)
    assert (await connection.track([Ask("7000000000001")])).parcels[0].status is status


@pytest.mark.parametrize("links", [[], [Link("7000000000901", LinkWhy.RETURN)]])
async def test_follows_a_return_to_its_end(connect: Connect, links: list[Link]) -> None:
    back = [Step(MORNING, Status.RETURNING, "Iasi"), Step(MORNING + timedelta(days=2), Status.RETURNED, "Bucuresti")]
    connection = await connect(world(parcel(1, steps=back, links=links)))
    answer = await connection.track([Ask("7000000000001")])
    assert [each.status for each in answer.parcels] == [Status.RETURNED]


async def test_reads_slips_page_by_page(connect: Connect) -> None:
    scenario = world(*(parcel(number) for number in range(250)), parcel(900, registered_at=MORNING + timedelta(days=2)))
    connection = await connect(scenario)
    pages = [page async for page in connection.parcels(DAY, DAY + timedelta(days=1))]
    assert [len(page.parcels) for page in pages] == [100, 100, 50, 0]
    first = pages[0].parcels[0]
    assert first.claim is not None
    assert first.claim.money == Money(24990, "RON")
    assert first.recipient == ANA
    assert not any(page.complaints for page in pages)


async def test_reads_payouts_of_the_day_they_were_sent(connect: Connect) -> None:
    sent = date(2026, 3, 5)
    paid = Payout(sent, Money(24990, "RON"), "x")
    scenario = world(*(parcel(number, payouts=[paid]) for number in range(150)))
    scenario.parcels["7000000000000"].payouts.append(Payout(sent + timedelta(days=1), Money(-4990, "RON"), "y"))
    connection = await connect(scenario)
    documents = [document async for document in connection.payouts(DAY, sent + timedelta(days=1))]
    assert [document.name for document in documents] == [
        "fan-bank-transfers-2026-03-05-1.json",
        "fan-bank-transfers-2026-03-05-2.json",
        "fan-bank-transfers-2026-03-06-1.json",
    ]
    lines = [line for document in documents for line in COURIER.parser.manifest(io.BytesIO(document.body)).lines]
    amounts = [str(line.collected.amount) for line in lines if isinstance(line, ManifestLine)]
    assert len(amounts) == 151
    assert amounts[-1] == "-49.90"


async def test_logs_in_anew_once_when_the_token_has_run_out(connect: Connect) -> None:
    scenario = world(parcel(1))
    app = sandbox(scenario)
    connection = await connect(scenario, app)
    await connection.track([Ask("7000000000001")])
    app[TOKENS].clear()
    await connection.track([Ask("7000000000001")])
    assert len(app[LOGINS]) == 2


async def test_a_wrong_password_is_tried_once(connect: Connect) -> None:
    scenario = world(parcel(1))
    connection = await connect(scenario, password="wrong")
    with pytest.raises(CourierError) as error:
        await connection.check()
    assert error.value.kind == "auth"
    assert "wrong" not in error.value.message
    assert scenario.requests == 1


async def test_a_foreign_client_id_is_refused(connect: Connect) -> None:
    connection = await connect(world(), client_id="7")
    with pytest.raises(CourierError) as error:
        await connection.track([Ask("7000000000001")])
    assert error.value.kind == "refused"


@pytest.mark.parametrize(
    ("fault", "kind", "requests"),
    [
        ("garbage", "malformed", 1),
        ("html", "malformed", 1),
        ("server_error", "server", 3),
        ("rate_limit", "rate_limit", 3),
        ("refuse_password", "auth", 2),
        ("error_in_200", "server", 1),
        ("hang", "server", 3),
    ],
)
async def test_faults_have_their_names(connect: Connect, fault: Fault, kind: str, requests: int) -> None:
    scenario = world(parcel(1))
    connection = await connect(scenario, seconds=0.3)
    await connection.track([Ask("7000000000001")])
    scenario.fault, scenario.requests = fault, 0
    with pytest.raises(CourierError) as error:
        await connection.track([Ask("7000000000001")])
    assert error.value.kind == kind
    assert scenario.requests == requests
    scenario.fault = None
    assert (await connection.track([Ask("7000000000001")])).parcels[0].status is Status.CREATED


async def test_a_report_cut_short_is_not_taken_for_whole(connect: Connect) -> None:
    async def login(_: web.Request) -> web.Response:
        return web.json_response({"status": "success", "data": {"token": "1|a"}})

    async def report(_: web.Request) -> web.Response:
        return web.json_response({"status": "success", "perPage": 100, "currentPage": 1, "total": 9, "data": []})

    app = web.Application()
    app.router.add_post("/login", login)
    app.router.add_get("/reports/awb", report)
    app.router.add_get("/reports/bank-transfers", report)
    connection = await connect(world(), app)
    [page] = [page async for page in connection.parcels(DAY, DAY)]
    assert page.complaints[0].where == "slip of 2026-03-02"
    with pytest.raises(CourierError, match="not complete"):
        [document async for document in connection.payouts(DAY, DAY)]
