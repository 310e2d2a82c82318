"""The whole chain over the couriers' stand-ins: every planted difference is found and nothing else is.

RECONCILER_WORLD_ORDERS says how many orders the large world has.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
import stamina

from couriers.facts import Money, Status
from couriers.http import Http
from couriers.scenario import Fault, Payout
from reconciler.demo.maker import Maker
from reconciler.demo.moments import Clock
from reconciler.demo.places import ROMANIA
from reconciler.demo.world import Market, World, build
from reconciler.demo.wrong_payouts import WRONG_PAYOUTS
from reconciler.detect.rules import rules
from reconciler.store import Pool
from tests.world.office import check, correct, live_cases, one_night, opened, planted

_ORDERS = int(os.environ.get("RECONCILER_WORLD_ORDERS", "20000"))
_WEDNESDAY = datetime(2026, 11, 18, 5, tzinfo=UTC)  # a week after a Polish holiday, the day after a Czech one


@pytest.mark.timeout(900)
async def test_a_large_world_is_told_apart_exactly(pool: Pool, tmp_path: Path) -> None:
    world = build(1, _WEDNESDAY, _ORDERS)
    wanted = planted(world.defects)
    assert {kind for kind, _ in wanted} == {rule.kind for rule in rules()}, "every rule has its differences"
    async with opened(world, pool, tmp_path) as office:
        reports = await office.nights()
        assert [report.state for report in reports] == ["done"] * 4
        check(await live_cases(pool), wanted)

        again = await office.nights()
        assert [(report.state, *_counts(report.detected)) for report in again] == [("done", 0, 0, 0)] * 4

        counts = await office.take_orders(tmp_path / "orders.csv")
        assert (counts.new, counts.changed, counts.rejected) == (0, 0, 0)
        for market in world.markets:
            assert not (await office.take_payouts(market)).new

        cured = correct(world, world.defects)
        assert cured
        reports = await office.nights()
        assert sum(report.detected.opened for report in reports) == 0
        assert sum(report.detected.settled for report in reports) == len(cured)
        check(await live_cases(pool), {about: defect for about, defect in wanted.items() if about not in cured})


def _counts(detected: object) -> tuple[int, int, int]:
    told = vars(detected)
    return told["opened"], told["refreshed"], told["settled"]


@pytest.mark.parametrize(
    ("seed", "now"),
    [
        (2, "2026-11-21T22:30:00+00:00"),  # Saturday night
        (3, "2026-11-22T10:00:00+00:00"),  # Sunday
        (4, "2026-12-01T03:00:00+00:00"),  # two Romanian holidays, of which this is the second
        (5, "2026-12-27T05:00:00+00:00"),  # after Christmas
        (6, "2027-01-07T06:00:00+00:00"),  # between the Christmases and the New Years
        (7, "2027-03-29T04:00:00+00:00"),  # Easter Monday, the day after the clocks changed
        (8, "2026-10-26T04:00:00+00:00"),  # the day after they changed back
        (9, "2026-05-04T11:00:00+00:00"),  # after the May holidays, at noon
    ],
)
async def test_small_worlds_on_awkward_days(pool: Pool, tmp_path: Path, seed: int, now: str) -> None:
    world = build(seed, datetime.fromisoformat(now), 400)
    async with opened(world, pool, tmp_path) as office:
        assert [report.state for report in await office.nights()] == ["done"] * 4
        check(await live_cases(pool), planted(world.defects))


def test_the_same_seed_makes_the_same_world() -> None:
    assert build(11, _WEDNESDAY, 150) == build(11, _WEDNESDAY, 150)
    assert build(11, _WEDNESDAY, 150) != build(12, _WEDNESDAY, 150)


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a second for an answer, and one attempt."""
    defaults = Http.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "timeout", 0.5)


@pytest.mark.parametrize(
    ("courier", "fault"),
    [
        ("fan", "hang"),
        ("inpost", "garbage"),
        ("nova_poshta", "refuse_password"),
        ("packeta", "hang"),
        ("fan", "server_error"),
        ("inpost", "html"),
        ("nova_poshta", "error_in_200"),
        ("packeta", "garbage"),
    ],
)
@pytest.mark.usefixtures("_impatient")
async def test_one_courier_in_trouble_stops_no_other_and_settles_nothing(
    pool: Pool, tmp_path: Path, courier: str, fault: Fault
) -> None:
    world = build(21, _WEDNESDAY, 200)
    scenarios = {market.land.courier: market.scenario for market in world.markets}
    shops = {market.land.courier: market.land.shop for market in world.markets}
    wanted = planted(world.defects)
    async with opened(world, pool, tmp_path, one_shop=True) as office:
        await office.take_payouts(world.markets[0])
        assert (await one_night(office)).state == "done"
        check(await live_cases(pool), wanted)

        cured = correct(world, world.defects)
        heard = {about for about in cured if wanted[about].shop != shops[courier]}
        scenarios[courier].fault = fault
        with stamina.set_testing(True, attempts=1):
            report = await one_night(office)
        assert report.state == "partial"
        assert report.detected.opened == 0
        for step in report.steps:
            if step.name.startswith(courier.replace("_", "-")):
                assert step.state == "failed", step
                assert step.reason
            else:
                assert step.state == "done", step
        check(await live_cases(pool), {about: defect for about, defect in wanted.items() if about not in heard})

        scenarios[courier].fault = None
        assert (await one_night(office)).state == "done"
        check(await live_cases(pool), {about: defect for about, defect in wanted.items() if about not in cured})


@pytest.mark.usefixtures("_impatient")
async def test_a_courier_silent_from_the_first_night_makes_no_cases(pool: Pool, tmp_path: Path) -> None:
    world = build(22, _WEDNESDAY, 200)
    romania = next(market for market in world.markets if market.land.courier == "fan")
    romania.scenario.fault = "hang"
    async with opened(world, pool, tmp_path, one_shop=True) as office:
        await office.take_payouts(world.markets[0])
        with stamina.set_testing(True, attempts=1):
            assert (await one_night(office)).state == "partial"
        check(await live_cases(pool), planted(defect for defect in world.defects if defect.shop != romania.land.shop))
        romania.scenario.fault = None
        assert (await one_night(office)).state == "done"
        check(await live_cases(pool), planted(world.defects))


async def test_payouts_the_courier_already_speaks_of_are_fetched_and_made_good(pool: Pool, tmp_path: Path) -> None:
    """FAN's tracking says itself that it has paid; what it has paid still stands in its transfers only."""
    maker = Maker(Random(31), Clock(_WEDNESDAY, ROMANIA))
    for plot in (plot for plot in WRONG_PAYOUTS if "fan" in plot.couriers and plot.tell.__name__ in ("_short", "_over", "_twice")):
        plot.tell(maker)
    maker.sent(Status.DELIVERED, maker.clock.ago(20))  # the oldest delivery not paid yet is a young one
    maker.scenario.credentials = {"client_id": "1", "username": "u", "password": "p"}
    market = Market(ROMANIA, maker.scenario, maker.orders, maker.defects)
    world = World(_WEDNESDAY, [market])
    async with opened(world, pool, tmp_path) as office:
        await office.nights()
        check(await live_cases(pool), planted(world.defects))

        for defect in world.defects:
            assert defect.awb
            assert defect.told
            assert defect.asked
            rest = Money(defect.told.minor - defect.asked.minor, "RON")
            maker.scenario.parcels[defect.awb].payouts.append(Payout(_WEDNESDAY.date(), rest, "R"))
        await office.nights()
        check(await live_cases(pool), {})


async def test_parcels_couriers_know_no_more_settle_nothing(pool: Pool, tmp_path: Path) -> None:
    world = build(23, _WEDNESDAY, 400)
    wanted = planted(world.defects)
    async with opened(world, pool, tmp_path) as office:
        await office.nights()
        check(await live_cases(pool), wanted)
        for market in world.markets:
            market.scenario.parcels.clear()
        for later in (timedelta(0), timedelta(days=4)):
            reports = await office.nights(now=_WEDNESDAY + later)
            assert sum(report.detected.settled for report in reports) == 0
            assert wanted.keys() <= (await live_cases(pool)).keys()
