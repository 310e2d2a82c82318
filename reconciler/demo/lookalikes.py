"""Plots that look like a difference and are none: a rule that opens a case about one of these is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from couriers.facts import Link, LinkWhy, Money, Recipient, Status
from couriers.scenario import ScriptedParcel, Step
from reconciler.demo.maker import Maker
from reconciler.demo.plots import TELL_COD, Plot
from reconciler.demo.stories import Order


def _two(m: Maker, status: Status, hours: float) -> tuple[Order, ScriptedParcel, ScriptedParcel]:
    """An order in two parcels; the first asks the whole amount, the second nothing."""
    at = m.clock.ago(hours)
    order, one = m.sent(status, at, discount=False)
    other = m.parcel(order, 0)
    m.travel(other, status, at)
    return order, one, other


def _whole_amount_on_one_parcel(m: Maker) -> None:
    _two(m, Status.IN_TRANSIT, m.rng.uniform(2, 30))


def _amount_split_over_two_parcels(m: Maker) -> None:
    order, one, other = _two(m, Status.IN_TRANSIT, m.rng.uniform(2, 30))
    _split(m, order, one, other)


def _split_and_paid_line_by_line(m: Maker) -> None:
    order, one, other = _two(m, Status.DELIVERED, 24 * m.rng.uniform(15, 22))
    for parcel in _split(m, order, one, other):
        assert parcel.cod is not None
        m.pay(parcel, parcel.cod.minor)


def _split(m: Maker, order: Order, *parcels: ScriptedParcel) -> tuple[ScriptedParcel, ...]:
    part = order.total // 3 // 100 * 100
    for parcel, minor, consignment in zip(parcels, (part, order.total - part), order.consignments, strict=True):
        parcel.cod = order.money(minor)
        if m.land.courier == "packeta":
            consignment.booked = minor
    return parcels


def _rounded_at_the_door(m: Maker) -> None:
    """Told to the hundredth, asked as cash is lawfully paid there."""
    order = m.order(ordered_at=m.clock.ago(60), discount=False)
    order.told[-1] = order.told[-1]._replace(minor=order.total + 60)
    asked = order.total - 10 if m.land.country == "UA" else order.total + 40
    m.travel(m.parcel(order, asked), Status.IN_TRANSIT, m.clock.ago(m.rng.uniform(2, 20)))


def _rounded_in_the_payout(m: Maker) -> None:
    order = m.order(ordered_at=m.clock.ago(24 * 20), discount=False)
    order.told[-1] = order.told[-1]._replace(minor=order.total + 60)
    parcel = m.parcel(order, order.total)
    m.travel(parcel, Status.DELIVERED, m.clock.ago(24 * 17))
    m.pay(parcel, order.total - 10 if m.land.country == "UA" else order.total + 40)


def _discount_told_and_corrected(m: Maker) -> None:
    order, parcel = m.sent(Status.IN_TRANSIT, m.clock.ago(m.rng.uniform(2, 30)), discount=False)
    order.tell(order.total - m.odd_for(order), at=order.ordered_at + timedelta(hours=4))
    parcel.cod = order.money(order.total)
    if m.land.courier == "packeta":
        order.consignments[0].booked = order.total


def _asked_too_much_and_paid_as_told(m: Maker) -> None:
    order, parcel = m.sent(Status.DELIVERED, m.clock.ago(24 * m.rng.uniform(15, 22)), discount=False)
    m.pay(parcel, order.total)
    parcel.cod = order.money(order.total + order.shipping)


def _cancelled_with_an_odd_amount(m: Maker) -> None:
    order, _ = m.sent(Status.CANCELLED, m.clock.ago(m.rng.uniform(20, 90)), cod=777)
    order.cancelled_at = m.clock.ago(10)


def _order_cancelled_before_its_parcel(m: Maker) -> None:
    order, _ = m.sent(Status.CREATED, m.clock.over(2), cod=777)
    order.ordered_at = m.clock.over(2) - timedelta(minutes=10)
    order.cancelled_at = m.clock.ago(20)


def _returned_with_an_odd_amount(m: Maker) -> None:
    m.sent(Status.RETURNED, m.clock.ago(m.rng.uniform(20, 200)), cod=777)


def _returned_and_clawed_back(m: Maker) -> None:
    order, parcel = m.sent(Status.RETURNED, m.clock.ago(24 * 15), discount=False)
    m.pay(parcel, order.total)
    m.pay(parcel, -order.total, days=1)


def _redirected_by_the_recipient(m: Maker) -> None:
    order, parcel = m.sent(Status.REDIRECTED, m.clock.ago(m.rng.uniform(8, 20)))
    towns = [each for each in m.land.towns if each.name != order.home.city]
    parcel.recipient = parcel.recipient._replace(city=m.rng.choice(towns).name)
    if order.home.pickup_point:
        parcel.recipient = parcel.recipient._replace(pickup_point=m.pickup_point(towns[0].name)[1])


def _redirected_and_waiting_there(m: Maker) -> None:
    order, parcel = m.sent(Status.REDIRECTED, m.clock.ago(30), point=True)
    point = m.pickup_point(order.home.city or "")[1]
    parcel.recipient = parcel.recipient._replace(pickup_point=point)
    m.travel(parcel, Status.AT_PICKUP_POINT, m.clock.ago(m.rng.uniform(3, 20)))


def _redirected_under_a_new_number(m: Maker) -> None:
    """The new waybill carries the COD on; the old one still shows it too."""
    order, parcel = m.sent(Status.REDIRECTED, m.clock.ago(20))
    leg = ScriptedParcel(m.waybill(), m.clock.ago(19), parcel.cod, parcel.recipient, parcel.phone, order.ref)
    leg.steps.append(Step(m.clock.ago(4), Status.IN_TRANSIT, parcel.recipient.city or ""))
    m.scenario.parcels[leg.awb] = leg
    parcel.links.append(Link(leg.awb, LinkWhy.REDIRECT))


def _several_pieces(m: Maker) -> None:
    """One shipment, one COD, two numbers; the order knows the first."""
    _, parcel = m.sent(Status.IN_TRANSIT, m.clock.ago(m.rng.uniform(2, 30)))
    piece = replace(parcel, awb=m.waybill(), cod=None, steps=list(parcel.steps), payouts=[], links=[])
    m.scenario.parcels[piece.awb] = piece
    parcel.links.append(Link(piece.awb, LinkWhy.PIECE))


def _pauses(status: Status, working_days: int, code: str | None = None) -> Callable[[Maker], None]:
    """As old as it may be: weekends and public holidays do not count."""

    def tell(m: Maker) -> None:
        m.sent(status, m.clock.within(working_days), code=code)

    return tell


def _pickup_takes_the_weekend(m: Maker) -> None:
    at = m.clock.within(2)
    order, _ = m.sent(Status.CREATED, at)
    order.ordered_at = at


def _reversed_and_repaid(m: Maker) -> None:
    order, parcel = m.sent(Status.DELIVERED, m.clock.ago(24 * m.rng.uniform(16, 22)), discount=False)
    for day, sign in enumerate((1, -1, 1)):
        m.pay(parcel, sign * order.total, days=day)


def _paid_in_two_parts(m: Maker) -> None:
    order, parcel = m.sent(Status.DELIVERED, m.clock.ago(24 * m.rng.uniform(15, 22)), discount=False)
    part = order.total // 2 // 100 * 100
    m.pay(parcel, part)
    m.pay(parcel, order.total - part, days=1)


def _payout_not_yet_due(m: Maker) -> None:
    m.sent(Status.DELIVERED, m.clock.not_yet_due())


def _waits_past_the_promised_day(m: Maker) -> None:
    m.sent(Status.AT_PICKUP_POINT, m.clock.ago(m.rng.uniform(30, 60)), days=-1)


def _replacement_without_cod(m: Maker) -> None:
    order, parcel = m.sent(Status.DELIVERED, m.clock.ago(24 * m.rng.uniform(15, 20)))
    m.pay(parcel, order.total)
    _replaced(m, order, parcel, 0)


def _replacement_after_an_unpaid_return(m: Maker) -> None:
    """The first parcel came back unpaid, so the second rightly asks the money."""
    order, parcel = m.sent(Status.RETURNED, m.clock.ago(24 * 6))
    _replaced(m, order, parcel, order.total)


def _replaced(m: Maker, order: Order, parcel: ScriptedParcel, cod: int) -> None:
    order.tell(day=m.clock.today + timedelta(days=2), at=m.clock.ago(60))
    again = m.parcel(order, cod, replaces=parcel.awb)
    again.registered_at = m.clock.ago(50)
    m.travel(again, Status.IN_TRANSIT, m.clock.ago(m.rng.uniform(2, 20)))


def _delivered_late_and_done(m: Maker) -> None:
    order, parcel = m.sent(Status.DELIVERED, m.clock.ago(24 * m.rng.uniform(15, 20)), days=-18)
    m.pay(parcel, order.total)


def _cod_nobody_told(m: Maker) -> None:
    """Neither the courier nor the file says what will be asked: that is not known, not missing."""
    order, _ = m.sent(Status.IN_TRANSIT, m.clock.ago(m.rng.uniform(2, 30)))
    order.consignments[0].booked = None


def _somebody_elses_parcel(m: Maker) -> None:
    """In the account's list, in no order, and without money."""
    recipient = Recipient("X", None, m.land.towns[0].name, None, m.land.country, None)
    awb = m.waybill()
    m.scenario.parcels[awb] = ScriptedParcel(awb, m.clock.ago(80), Money(4_200, m.land.currency), recipient, "+40700000000", "")


LOOKALIKES = (
    Plot(_whole_amount_on_one_parcel),
    Plot(_amount_split_over_two_parcels),
    Plot(_split_and_paid_line_by_line),
    Plot(_rounded_at_the_door, ("nova_poshta", "packeta"), share=2),
    Plot(_rounded_in_the_payout, ("nova_poshta", "packeta")),
    Plot(_discount_told_and_corrected, share=2),
    Plot(_asked_too_much_and_paid_as_told, TELL_COD),
    Plot(_cancelled_with_an_odd_amount),
    Plot(_order_cancelled_before_its_parcel),
    Plot(_returned_with_an_odd_amount),
    Plot(_returned_and_clawed_back),
    Plot(_redirected_by_the_recipient, TELL_COD, share=2),
    Plot(_redirected_and_waiting_there, ("inpost", "packeta")),
    Plot(_redirected_under_a_new_number, ("nova_poshta",)),
    Plot(_several_pieces, ("inpost",)),
    Plot(_pauses(Status.IN_TRANSIT, 3), share=3),
    Plot(_pauses(Status.OUT_FOR_DELIVERY, 1), TELL_COD),
    Plot(_pauses(Status.DELIVERY_ATTEMPTED, 2)),
    Plot(_pauses(Status.UNKNOWN, 2), ("fan", "inpost")),
    Plot(_pauses(Status.IN_TRANSIT, 5, "6"), ("packeta",), share=2),
    Plot(_pickup_takes_the_weekend, share=2),
    Plot(_reversed_and_repaid),
    Plot(_paid_in_two_parts),
    Plot(_payout_not_yet_due, share=3),
    Plot(_waits_past_the_promised_day, ("inpost", "nova_poshta", "packeta"), share=2),
    Plot(_replacement_without_cod),
    Plot(_replacement_after_an_unpaid_return),
    Plot(_delivered_late_and_done),
    Plot(_cod_nobody_told, ("packeta",)),
    Plot(_somebody_elses_parcel, TELL_COD),
)
