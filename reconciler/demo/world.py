"""A whole world from a seed and a moment: four shops, their couriers, and every difference planted in it, known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random

from couriers.scenario import Scenario
from reconciler.demo.lookalikes import LOOKALIKES
from reconciler.demo.maker import Maker
from reconciler.demo.moments import Clock
from reconciler.demo.ordinary import ORDINARY
from reconciler.demo.places import LANDS, Land
from reconciler.demo.plots import Plot
from reconciler.demo.stories import Defect, Order
from reconciler.demo.wrong_amounts import WRONG_AMOUNTS
from reconciler.demo.wrong_movements import WRONG_MOVEMENTS
from reconciler.demo.wrong_payouts import WRONG_PAYOUTS

DEFECTS = (*WRONG_AMOUNTS, *WRONG_MOVEMENTS, *WRONG_PAYOUTS)
# How the world's orders are shared out, once each plot has been told with each courier.
_LANDS = {"fan": 38, "inpost": 15, "nova_poshta": 32, "packeta": 15}
_MIX = {ORDINARY: 90, LOOKALIKES: 5, DEFECTS: 5}
_CREDENTIALS = {
    "fan": {"client_id": "7000123", "username": "demo", "password": "not-a-secret"},
    "inpost": {"organization_id": "90210", "token": "not-a-secret"},
    "nova_poshta": {"api_key": "not-a-secret"},
    "packeta": {"api_password": "not-a-secret"},
}  # fmt: skip


@dataclass
class Market:
    """One land's shop: its orders, its courier's world, and the differences planted."""

    land: Land
    scenario: Scenario
    orders: list[Order]
    defects: list[Defect]


@dataclass
class World:
    """All of it, as of ``now``."""

    now: datetime
    markets: list[Market]

    @property
    def orders(self) -> list[Order]:
        """Every shop's orders."""
        return [order for market in self.markets for order in market.orders]

    @property
    def defects(self) -> list[Defect]:
        """Every shop's differences."""
        return [defect for market in self.markets for defect in market.defects]


def build(seed: int, now: datetime, orders: int) -> World:
    """The same for the same arguments. ``orders`` is met as nearly as stories of two orders allow.

    Every plot is told once, then once more with each other courier it suits while there is room, then by share.
    """
    rng = Random(seed)  # noqa: S311 - a game, no secret
    makers = {land.courier: Maker(rng, Clock(now, land)) for land in LANDS}
    for plot, courier in _told(rng):
        if sum(len(maker.orders) for maker in makers.values()) >= orders:
            break
        plot.tell(makers[courier])
    for maker in makers.values():
        rng.shuffle(maker.orders)
        maker.scenario.credentials = dict(_CREDENTIALS[maker.land.courier])
    return World(now, [Market(each.land, each.scenario, each.orders, each.defects) for each in makers.values()])


def _told(rng: Random) -> Iterator[tuple[Plot, str]]:
    """Which plot with which courier, without end."""
    every = (*DEFECTS, *LOOKALIKES, *ORDINARY)
    for nth in range(max(len(plot.couriers) for plot in every)):
        for turn, plot in enumerate(every):
            if nth < len(plot.couriers):
                yield plot, plot.couriers[(turn + nth) % len(plot.couriers)]
    suits = {courier: [[plot for plot in group if courier in plot.couriers] for group in _MIX] for courier in _LANDS}
    while True:
        courier = rng.choices(list(_LANDS), list(_LANDS.values()))[0]
        plots = rng.choices(suits[courier], list(_MIX.values()))[0]
        yield rng.choices(plots, [plot.share for plot in plots])[0], courier
