"""The night: once a shop and business date whoever starts it, late rather than never, one courier's failure its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from couriers.contract import Account
from couriers.facts import Money, Recipient, Status
from couriers.registry import courier
from couriers.scenario import Scenario, ScriptedParcel, Step
from reconciler.config import Config, ShopAccount, load
from reconciler.intake.orders import import_orders
from reconciler.jobs.clock import Nights, due_date, ticking
from reconciler.jobs.nightly import Night, run_night
from reconciler.store import Pool
from reconciler.store.shops import put_shops

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CREDENTIALS = {"client_id": "7000001", "username": "shop", "password": "secret"}


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return load({"RECONCILER_DATA": str(tmp_path), "RECONCILER_CONFIG": _settings(tmp_path)})


def _settings(folder: Path) -> str:
    path = folder / "reconciler.toml"
    path.write_text('[shops.demo]\nname = "Magazin Demo"\n', encoding="utf-8")
    return str(path)


@pytest.fixture
async def shop_ids(pool: Pool, config: Config) -> dict[str, int]:
    return await put_shops(pool, config)


async def _dates(pool: Pool) -> list[tuple[date, str]]:
    rows = await pool.fetch("select business_date, state from runs where business_date is not null order by 1")
    return [(row["business_date"], row["state"]) for row in rows]


async def test_two_instances_run_a_night_once(pool: Pool, config: Config, shop_ids: dict[str, int]) -> None:
    nights = [Nights(pool, config, shop_ids, lambda: NOW) for _ in range(4)]
    await asyncio.gather(*(each.catch_up() for each in nights))
    await nights[0].catch_up()
    assert await _dates(pool) == [(date(2026, 11, 20), "done")]


async def test_missed_dates_are_caught_up_at_start(pool: Pool, config: Config, shop_ids: dict[str, int]) -> None:
    clock = NOW - timedelta(days=4)
    nights = Nights(pool, config, shop_ids, lambda: clock)
    await nights.catch_up()
    clock = NOW
    await nights.catch_up()
    assert [day for day, _ in await _dates(pool)] == [date(2026, 11, 16) + timedelta(days=days) for days in range(5)]
    assert {state for _, state in await _dates(pool)} == {"done"}


async def test_a_run_whose_process_died_is_taken_up_again(pool: Pool, config: Config, shop_ids: dict[str, int]) -> None:
    await pool.execute(
        "insert into runs (shop_id, business_date, state, started_at, heartbeat_at)"
        " values ($1, $2, 'running', now(), now() - interval '6 minutes')", shop_ids["demo"], date(2026, 11, 20),
    )  # fmt: skip
    await Nights(pool, config, shop_ids, lambda: NOW).catch_up()
    assert await _dates(pool) == [(date(2026, 11, 20), "done")]


async def test_a_run_that_is_alive_is_left_alone(pool: Pool, config: Config, shop_ids: dict[str, int]) -> None:
    await pool.execute(
        "insert into runs (shop_id, business_date, state, started_at, heartbeat_at) values ($1, $2, 'running', now(), now())",
        shop_ids["demo"], date(2026, 11, 20),
    )  # fmt: skip
    night = Night(pool, config, shop_ids, "demo", NOW, business_date=date(2026, 11, 20))
    assert await run_night(night) is None


@pytest.mark.parametrize("zone", ["Europe/Bucharest", "Europe/Warsaw", "Europe/Kyiv", "Europe/Prague"])
@pytest.mark.parametrize("year", range(2026, 2031))
def test_every_local_date_has_its_night_through_both_clock_changes(zone: str, year: int) -> None:
    moment, seen = datetime(year, 1, 1, 12, tzinfo=UTC), []
    for _ in range(365):
        seen.append(due_date(moment, time(2, 0), zone))
        moment += timedelta(days=1)
    assert seen == [date(year, 1, 1) + timedelta(days=days) for days in range(365)]


async def test_the_clock_runs_the_night_at_start(pool: Pool, config: Config, shop_ids: dict[str, int]) -> None:
    async with ticking(Nights(pool, config, shop_ids, lambda: NOW), "02:00"):
        for _ in range(100):
            await asyncio.sleep(0.1)
            if [state for _, state in await _dates(pool)] == ["done"]:
                return
    pytest.fail("the clock did not run the night that was due")


def _world() -> Scenario:
    at = NOW - timedelta(days=1)
    parcels = {}
    for nth in range(3):
        awb = f"700000000010{nth}"
        steps = [Step(at, Status.PICKED_UP, "Bucuresti")]
        place = Recipient("Ana Pop", "Str. Lunga 3", "Iasi", "700001", None, None)
        parcels[awb] = ScriptedParcel(awb, at, Money(16_999, "RON"), place, "0700000000", f"R{nth}", steps)
    return Scenario(parcels, dict(CREDENTIALS))


@pytest.fixture
def scenario() -> Scenario:
    return _world()


@pytest.fixture
async def asked(
    pool: Pool, config: Config, scenario: Scenario, tmp_path: Path, aiohttp_server: Callable[..., Awaitable[TestServer]]
) -> tuple[Config, dict[str, int]]:
    """A shop with three FAN orders, and FAN's sandbox for its account."""
    info = courier("fan")
    assert info.sandbox is not None
    server = await aiohttp_server(info.sandbox(scenario))
    account = Account("fan-main", str(server.make_url("")), CREDENTIALS | {"per_second": "500"})
    config = replace(config, accounts={"fan-main": ShopAccount("fan", "demo", account)})
    ids = await put_shops(pool, config)
    orders = tmp_path / "orders.csv"
    rows = [f"R{nth},149.99,RON,fan,{awb},2026-11-19T10:00:00+02:00" for nth, awb in enumerate(scenario.parcels)]
    orders.write_text("\n".join(["order_ref,cod_total,currency,courier,awb,ordered_at", *rows]), encoding="utf-8")
    shops = {"demo": (ids["demo"], config.shops["demo"])}
    await import_orders(pool, orders, shops, {"fan": info}, default_shop="demo", now=NOW)
    return config, ids


async def _run(pool: Pool, asked: tuple[Config, dict[str, int]], now: datetime = NOW) -> dict[str, Any]:
    report = await run_night(Night(pool, asked[0], asked[1], "demo", now))
    assert report is not None
    return report.json()


async def test_a_night_finds_drafts_and_settles(pool: Pool, asked: tuple[Config, dict[str, int]], scenario: Scenario) -> None:
    first = await _run(pool, asked)
    assert (first["state"], first["by_kind"]) == ("done", {"cod_too_high": 3})
    assert await pool.fetchval("select count(*) from drafts") == 9
    assert (await _run(pool, asked))["opened"] == 0
    for parcel in scenario.parcels.values():
        parcel.cod = Money(14_999, "RON")
    last = await _run(pool, asked, NOW + timedelta(hours=1))
    assert (last["settled"], last["opened"]) == (3, 0)


@pytest.mark.parametrize("fault", ["garbage", "html", "server_error", "rate_limit", "refuse_password", "error_in_200"])
async def test_a_courier_in_trouble_makes_the_run_partial_and_closes_nothing(
    pool: Pool, asked: tuple[Config, dict[str, int]], scenario: Scenario, fault: Any
) -> None:
    await _run(pool, asked)
    scenario.fault = fault
    troubled = await _run(pool, asked, NOW + timedelta(hours=1))
    assert troubled["state"] == "partial"
    assert troubled["settled"] == 0
    assert all(step["reason"] for step in troubled["steps"] if step["state"] != "done")
    assert await pool.fetchval("select count(*) from cases where state = 'open'") == 3
    health = await pool.fetchval("select health from accounts where name = 'fan-main'")
    assert health == ("refused" if fault == "refuse_password" else "down")
    scenario.fault = None
    assert (await _run(pool, asked, NOW + timedelta(hours=2)))["state"] == "done"
    assert await pool.fetchval("select health from accounts where name = 'fan-main'") == "up"
