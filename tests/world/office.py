"""The demo's world taken in on a test's database, and its cases as scripts see them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from couriers.facts import Money
from reconciler.config import load
from reconciler.demo.files import write_orders, write_settings
from reconciler.demo.nights import Office
from reconciler.demo.sandboxes import sandboxes
from reconciler.demo.stories import Defect
from reconciler.demo.world import World
from reconciler.desk.cases import CaseFilter, case_json, list_cases
from reconciler.detect.rules import rules
from reconciler.jobs.nightly import Night, RunReport, run_night
from reconciler.store import Pool
from reconciler.store.shops import put_shops

About = tuple[str, str]
Found = dict[About, dict[str, Any]]

_SHOP = "magazin-demo"
_BY_ORDER = {rule.kind for rule in rules() if rule.by_order}


@asynccontextmanager
async def opened(world: World, pool: Pool, folder: Path, *, one_shop: bool = False) -> AsyncIterator[Office]:
    """The couriers serving and the orders imported; with ``one_shop`` all four accounts and all orders are one shop's."""
    async with sandboxes(world) as addresses:
        settings = write_settings(world, addresses, folder, per_second=10_000)
        orders = folder / "orders.csv"
        write_orders(world, orders)
        if one_shop:
            for market in world.markets:
                _rewrite(settings, f'shop = "{market.land.shop}"', f'shop = "{_SHOP}"')
                _rewrite(orders, f"\n{market.land.shop},", f"\n{_SHOP},")
        config = load({"RECONCILER_CONFIG": str(settings), "RECONCILER_DATA": str(folder)})
        office = Office(world, folder, config, pool, await put_shops(pool, config))
        counts = await office.take_orders(orders)
        assert not counts.rejected
        yield office


def _rewrite(path: Path, old: str, new: str) -> None:
    path.write_bytes(path.read_bytes().replace(old.encode(), new.encode()))


async def one_night(office: Office) -> RunReport:
    """A run of the one shop that has all accounts."""
    report = await run_night(Night(office.pool, office.config, office.shop_ids, _SHOP, office.world.now))
    assert report is not None
    return report


async def live_cases(pool: Pool) -> Found:
    """All live cases, by what identifies them."""
    async with pool.acquire() as connection:
        page = await list_cases(connection, CaseFilter.of({}), limit=1_000_000)
    shown = [case_json(each) for each in page.cases]
    found = {(each["kind"], each["order_ref"] if each["kind"] in _BY_ORDER else each["awb"]): each for each in shown}
    assert len(found) == len(shown) == page.total
    return found


def planted(defects: Iterable[Defect]) -> dict[About, Defect]:
    """The world's differences, by what identifies them."""
    return {each.about: each for each in defects}


def check(found: Found, wanted: dict[About, Defect]) -> None:
    """Exactly these cases, with these amounts; explanations right in at least 98 of 100."""
    about_nothing, missed = sorted(found.keys() - wanted.keys()), sorted(wanted.keys() - found.keys())
    assert not about_nothing, f"{len(about_nothing)} cases about nothing: {about_nothing[:5]}"
    assert not missed, f"{len(missed)} differences not found: {missed[:5]}"
    right = 0
    for about, defect in wanted.items():
        case = found[about]
        assert (case["told"], case["asked"]) == (_shown(defect.told), _shown(defect.asked)), about
        if defect.told and defect.asked and defect.told.currency == defect.asked.currency:
            assert case["difference"] == str(Money(defect.asked.minor - defect.told.minor, defect.told.currency).amount)
        right += set(case["explanations"]) == defect.explanations
    assert right >= 0.98 * len(wanted), f"{right} of {len(wanted)} explanations are right"


def _shown(money: Money | None) -> dict[str, str] | None:
    return {"amount": str(money.amount), "currency": money.currency} if money else None


def correct(world: World, defects: Iterable[Defect]) -> set[About]:
    """Puts the right COD on record with the couriers that tell theirs; what must settle by it."""
    scenarios = {market.land.shop: market.scenario for market in world.markets if market.land.courier != "packeta"}
    cured = set()
    for defect in defects:
        if defect.cures and defect.shop in scenarios:
            for cure in defect.cures:
                scenarios[defect.shop].parcels[cure.awb].cod = cure.cod
            cured.add(defect.about)
    return cured
