"""Nova Poshta's adapter against its sandbox, over real HTTP."""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from couriers.contract import Account, Ask, Connection, ListsParcels, PaysOut, Tracks
from couriers.errors import CourierError
from couriers.facts import ClaimState, Link, LinkWhy, ManifestLine, Money, Recipient, Status
from couriers.http import Http
from couriers.nova_poshta.adapter import COURIER, Cabinet
from couriers.nova_poshta.sandbox import sandbox
from couriers.registry import courier
from couriers.scenario import Fault, Payout, Scenario, ScriptedParcel, Step

PARSER = COURIER.parser
KEY = "00000000000000000000000000000000"
PHONE = "380500000001"
DAY = datetime(2026, 10, 14, 6, 0, tzinfo=UTC)
Serve = Callable[..., Awaitable[TestServer]]


def scripted(number: int, *statuses: Status, cod: int = 125050, **more: Any) -> ScriptedParcel:
    steps = [Step(DAY + timedelta(hours=hour), status, "Київ") for hour, status in enumerate(statuses, start=1)]
    recipient = Recipient("Приклад", None, "Львів", None, "UA", "12")
    awb = f"2045{number:010d}"
    return ScriptedParcel(awb, DAY, Money(cod, "UAH"), recipient, PHONE, f"UA-{number}", steps, **more)


def world(*parcels: ScriptedParcel, fault: Fault | None = None) -> Scenario:
    return Scenario({each.awb: each for each in parcels}, {"api_key": KEY}, fault)


class Desk:
    """Opens cabinets on sandboxes."""

    def __init__(self, serve: Serve, session: aiohttp.ClientSession) -> None:
        self.serve, self.session = serve, session

    async def open(self, scenario: Scenario, *, patience: float = 5.0, **settings: str) -> Cabinet:
        server = await self.serve(sandbox(scenario), shutdown_timeout=0.1)
        url = str(server.make_url(""))
        http = Http(self.session, url, per_second=1000, timeout=patience)
        return Cabinet(Account("np", url, {"api_key": KEY} | settings), http)


@pytest.fixture
async def desk(aiohttp_server: Serve) -> Any:
    async with aiohttp.ClientSession() as session:
        yield Desk(aiohttp_server, session)


def test_it_is_registered_with_what_it_can_do() -> None:
    assert courier("nova_poshta") is COURIER
    assert COURIER.connect is Cabinet
    assert issubclass(Cabinet, Connection)
    for capability in (Tracks, ListsParcels, PaysOut):
        assert issubclass(Cabinet, capability)


async def test_good_key_checks_and_bad_key_is_refused_at_once(desk: Desk) -> None:
    scenario = world()
    assert "good" in await (await desk.open(scenario)).check()
    scenario.requests = 0
    with pytest.raises(CourierError) as caught:
        await (await desk.open(scenario, api_key="wrong")).check()
    assert (caught.value.kind, scenario.requests) == ("auth", 1)


async def test_tracking_tells_status_and_claim_with_the_phone_only(desk: Desk) -> None:
    links = [Link("20450000000099", LinkWhy.COD_ENVELOPE), Link("20450000000098", LinkWhy.RETURN)]
    scenario = world(scripted(1, Status.IN_TRANSIT, Status.AT_PICKUP_POINT, links=links), scripted(2, Status.DELIVERED))
    asks = [Ask("20450000000001", "050 000 00 01"), Ask("20450000000002"), Ask("20450000000003")]
    first, second, third = (await (await desk.open(scenario)).track(asks)).parcels
    assert (first.status, first.claim and first.claim.money) == (Status.AT_PICKUP_POINT, Money(125050, "UAH"))
    assert first.events[0].at == DAY + timedelta(hours=2)
    assert first.recipient == Recipient(city="Львів", pickup_point="12")
    assert set(first.linked) == set(links)
    assert (second.status, second.claim) == (Status.DELIVERED, None)
    assert (third.status, third.error) == (Status.UNKNOWN, "Nova Poshta does not know the document 20450000000003.")
    (known,) = (await (await desk.open(scenario, sender_phone="0670000002")).track(asks[1:2])).parcels
    assert known.claim is None
    scenario.credentials["sender_phone"] = "380670000002"
    (known,) = (await (await desk.open(scenario, sender_phone="0670000002")).track(asks[1:2])).parcels
    assert known.claim


async def test_paid_out_cod_is_remitted(desk: Desk) -> None:
    scenario = world(scripted(1, Status.DELIVERED, payouts=[Payout(date(2026, 10, 18), Money(125050, "UAH"), "ПД-1")]))
    cabinet = await desk.open(scenario)
    (report,) = (await cabinet.track([Ask("20450000000001", PHONE)])).parcels
    assert report.claim
    assert (report.claim.state, report.claim.paid_on) == (ClaimState.REMITTED, date(2026, 10, 18))
    (document,) = [each async for each in cabinet.payouts(date(2026, 10, 18), date(2026, 10, 18))]
    (line,) = PARSER.manifest(io.BytesIO(document.body)).lines
    assert isinstance(line, ManifestLine)
    assert (line.awb, line.remitted, line.paid_on, line.reference) == (
        "20450000000001",
        Money(125050, "UAH"),
        date(2026, 10, 18),
        "ПД-1",
    )


async def test_bad_numbers_cost_one_more_question_and_no_parcel(desk: Desk) -> None:
    scenario = world(scripted(1, Status.IN_TRANSIT))
    answered = await (await desk.open(scenario)).track([Ask("bad1"), Ask("20450000000001"), Ask("77")])
    assert [(each.awb, each.status, bool(each.error)) for each in answered.parcels] == [
        ("20450000000001", Status.IN_TRANSIT, False),
        ("bad1", Status.UNKNOWN, True),
        ("77", Status.UNKNOWN, True),
    ]
    assert scenario.requests == 2
    (only,) = (await (await desk.open(scenario)).track([Ask("77")])).parcels
    assert only.error


async def test_more_than_a_hundred_go_in_batches(desk: Desk) -> None:
    scenario = world(*(scripted(number, Status.IN_TRANSIT) for number in range(130)))
    answered = await (await desk.open(scenario)).track([Ask(awb) for awb in scenario.parcels])
    assert (len(answered.parcels), scenario.requests) == (130, 2)
    assert not (await (await desk.open(scenario)).track([])).parcels


async def test_list_and_payouts_are_read_page_by_page(desk: Desk) -> None:
    payout = [Payout(date(2026, 10, 18), Money(125050, "UAH"), "ПД-1")]
    scenario = world(*(scripted(number, Status.DELIVERED, payouts=payout) for number in range(230)))
    cabinet = await desk.open(scenario)
    pages = [each async for each in cabinet.parcels(date(2026, 10, 14), date(2026, 10, 14))]
    assert [len(page.parcels) for page in pages] == [100, 100, 30]
    first = pages[0].parcels[0]
    assert (first.order_ref, first.registered_at, first.status) == ("UA-0", DAY, Status.DELIVERED)
    assert not [each async for each in cabinet.parcels(date(2026, 10, 15), date(2026, 10, 20))]
    documents = [each async for each in cabinet.payouts(date(2026, 10, 1), date(2026, 10, 31))]
    lines = [line for each in documents for line in PARSER.manifest(io.BytesIO(each.body)).lines]
    assert (len(documents), len(lines)) == (3, 230)
    assert len({each.name for each in documents}) == 3


@pytest.mark.parametrize(
    ("fault", "kind", "requests"),
    [
        ("garbage", "malformed", 1),
        ("html", "malformed", 1),
        ("server_error", "server", 3),
        ("rate_limit", "rate_limit", 3),
        ("refuse_password", "auth", 1),
        ("error_in_200", "server", 1),
        ("hang", "server", 3),
    ],
)
async def test_fault_is_the_named_error(desk: Desk, fault: Fault, kind: str, requests: int) -> None:
    scenario = world(scripted(1, Status.IN_TRANSIT), fault=fault)
    cabinet = await desk.open(scenario, patience=0.2)
    with pytest.raises(CourierError) as caught:
        await cabinet.track([Ask("20450000000001")])
    assert (caught.value.kind, scenario.requests) == (kind, requests)
    assert KEY not in str(caught.value)
    scenario.fault = None
    assert (await (await desk.open(scenario)).track([Ask("20450000000001")])).parcels[0].status is Status.IN_TRANSIT


async def test_wrong_address_is_refused(desk: Desk) -> None:
    cabinet = await desk.open(world())
    cabinet._http = Http(desk.session, cabinet._account.base_url + "/elsewhere", per_second=1000)
    with pytest.raises(CourierError, match="404") as caught:
        await cabinet.track([Ask("20450000000001")])
    assert caught.value.kind == "refused"


@pytest.mark.parametrize("status", list(Status))
async def test_sandbox_speaks_every_status_as_near_as_the_courier_can(desk: Desk, status: Status) -> None:
    near = {
        Status.PICKED_UP: Status.IN_TRANSIT,
        Status.RETURNED: Status.RETURNING,
        Status.ADDRESS_PROBLEM: Status.UNKNOWN,
        Status.LOST: Status.UNKNOWN,
        Status.DAMAGED: Status.UNKNOWN,
    }
    scenario = world(scripted(1, status))
    (report,) = (await (await desk.open(scenario)).track([Ask("20450000000001", PHONE)])).parcels
    assert report.status is near.get(status, status)
