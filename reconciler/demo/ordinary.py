"""Orders with which nothing is wrong, as most are."""

from __future__ import annotations

from couriers.facts import Status
from reconciler.demo.maker import Maker
from reconciler.demo.plots import EVERYWHERE, Plot

_PAID_AFTER = (15, 22)  # days ago, when every courier has paid


def _new(m: Maker) -> None:
    m.sent(Status.CREATED, m.clock.ago(m.rng.uniform(2, 20)))


def _on_the_way(m: Maker) -> None:
    m.sent(Status.IN_TRANSIT, m.clock.ago(m.rng.uniform(2, 30)))


def _at_the_door(m: Maker) -> None:
    m.sent(Status.OUT_FOR_DELIVERY, m.clock.ago(m.rng.uniform(1, 8)))


def _tried_once(m: Maker) -> None:
    m.sent(Status.DELIVERY_ATTEMPTED, m.clock.ago(m.rng.uniform(2, 20)))


def _at_the_point(m: Maker) -> None:
    m.sent(Status.AT_PICKUP_POINT, m.clock.ago(m.rng.uniform(2, 60)))


def _delivered_just_now(m: Maker) -> None:
    m.sent(Status.DELIVERED, m.clock.ago(m.rng.uniform(3, 40)))


def _delivered_and_paid(m: Maker) -> None:
    order, parcel = m.sent(Status.DELIVERED, m.clock.ago(24 * m.rng.uniform(*_PAID_AFTER)))
    m.pay(parcel, order.total)


def _prepaid_on_the_way(m: Maker) -> None:
    m.sent(Status.IN_TRANSIT, m.clock.ago(m.rng.uniform(2, 30)), prepaid=True)


def _prepaid_and_delivered(m: Maker) -> None:
    m.sent(Status.DELIVERED, m.clock.ago(24 * m.rng.uniform(1, 22)), prepaid=True)


ORDINARY = (
    Plot(_new, share=8),
    Plot(_on_the_way, share=20),
    Plot(_at_the_door, ("fan", "inpost", "nova_poshta"), share=8),
    Plot(_tried_once, ("fan", "inpost"), share=2),
    Plot(_at_the_point, ("inpost", "nova_poshta", "packeta"), share=10),
    Plot(_delivered_just_now, share=8),
    Plot(_delivered_and_paid, share=34),
    Plot(_prepaid_on_the_way, share=4),
    Plot(_prepaid_and_delivered, EVERYWHERE, share=10),
)
