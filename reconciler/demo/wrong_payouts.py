"""Plots in which the courier's money is missing, too little, too much, or somebody else's."""

from __future__ import annotations

from couriers.facts import Money, Recipient, Status
from couriers.scenario import Payout, ScriptedParcel
from reconciler.demo.maker import Maker
from reconciler.demo.plots import EVERYWHERE, Plot
from reconciler.demo.stories import Order


def _delivered(m: Maker) -> tuple[Order, ScriptedParcel]:
    return m.sent(Status.DELIVERED, m.clock.ago(24 * m.rng.uniform(15, 22)), discount=False)


def _overdue(m: Maker) -> None:
    order, parcel = m.sent(Status.DELIVERED, m.clock.overdue(), discount=False)
    m.defect("remittance_overdue", order, parcel.awb, order.total, 0)


def _short(m: Maker) -> None:
    order, parcel = _delivered(m)
    paid = order.total - m.odd_for(order)
    m.pay(parcel, paid)
    m.defect("remittance_short", order, parcel.awb, order.total, paid)


def _short_by_the_fee(m: Maker) -> None:
    order, parcel = _delivered(m)
    paid = order.total - order.cod_fee
    m.pay(parcel, paid)
    m.defect("remittance_short", order, parcel.awb, order.total, paid, "cod_fee")


def _over(m: Maker) -> None:
    order, parcel = _delivered(m)
    paid = order.total + m.odd_for(order)
    m.pay(parcel, paid)
    m.defect("remittance_over", order, parcel.awb, order.total, paid)


def _twice(m: Maker) -> None:
    order, parcel = _delivered(m)
    m.pay(parcel, order.total)
    m.pay(parcel, order.total, days=2)
    m.defect("remitted_twice", order, parcel.awb, order.total, 2 * order.total, "doubled")


def _paid_and_on_the_way(m: Maker) -> None:
    order, parcel = m.sent(Status.IN_TRANSIT, m.clock.ago(m.rng.uniform(26, 40)), discount=False)
    _pay_today(m, parcel, order.total)
    m.defect("remitted_not_delivered", order, parcel.awb, order.total, order.total)


def _paid_and_returned(m: Maker) -> None:
    order, parcel = m.sent(Status.RETURNED, m.clock.ago(m.rng.uniform(26, 60)), discount=False)
    _pay_today(m, parcel, order.total)
    m.defect("remitted_not_delivered", order, parcel.awb, order.total, order.total)


def _pay_today(m: Maker, parcel: ScriptedParcel, minor: int) -> None:
    parcel.payouts.append(Payout(m.clock.today, Money(minor, m.land.currency), f"{m.land.country}{m.clock.today:%y%m%d}-1"))


def _nobodys(m: Maker) -> None:
    """A parcel the shop's orders never named."""
    at = m.clock.ago(24 * m.rng.uniform(15, 20))
    recipient = Recipient("X", None, m.land.towns[1].name, None, m.land.country, None)
    paid = Money(m.rng.randint(m.land.low, m.land.high) * 100, m.land.currency)
    parcel = ScriptedParcel(m.waybill(), m.before(at, Status.DELIVERED), paid, recipient, "+40700000000", "")
    m.scenario.parcels[parcel.awb] = parcel
    m.travel(parcel, Status.DELIVERED, at)
    m.pay(parcel, paid.minor)
    m.defect("unknown_parcel", None, parcel.awb, None, paid)


WRONG_PAYOUTS = (
    Plot(_overdue, share=6),
    Plot(_short, share=3),
    Plot(_short_by_the_fee, share=2),
    Plot(_over, share=2),
    Plot(_twice, share=2),
    Plot(_paid_and_on_the_way),
    Plot(_paid_and_returned),
    Plot(_nobodys, EVERYWHERE, share=2),
)
