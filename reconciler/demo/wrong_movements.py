"""Plots in which the parcel stands still, is late, goes elsewhere, or comes to harm."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from couriers.facts import Recipient, Status
from couriers.scenario import ScriptedParcel, Step
from reconciler.demo.maker import Maker
from reconciler.demo.plots import TELL_COD, Plot
from reconciler.demo.stories import Order


def _stalled(status: Status) -> Callable[[Maker], None]:
    def tell(m: Maker) -> None:
        order, parcel = m.sent(status, m.clock.stalled(status.value))
        m.defect("stalled", order, parcel.awb)

    return tell


def _stalled_at_carrier(m: Maker) -> None:
    """Packeta hears from external carriers late, so a parcel handed to one is given five days."""
    order, parcel = m.sent(Status.IN_TRANSIT, m.clock.over(5), code="6")
    m.defect("stalled", order, parcel.awb)


def _stalled_and_late(m: Maker) -> None:
    order, parcel = m.sent(Status.IN_TRANSIT, m.clock.stalled("in_transit"), days=-1)
    m.defect("stalled", order, parcel.awb)
    m.defect("late", order, parcel.awb)


def _stalled_on_its_way_back(m: Maker) -> None:
    order, parcel = m.sent(Status.RETURNING, m.clock.stalled("returning"))
    m.defect("stalled", order, parcel.awb)
    m.defect("returning", order, parcel.awb)


def _never_scanned(m: Maker) -> None:
    at = m.clock.over(2)
    order, parcel = m.sent(Status.CREATED, at)
    order.ordered_at = at - timedelta(minutes=10)
    m.defect("not_picked_up", order, parcel.awb)


def _late(m: Maker) -> None:
    days = m.rng.choice((1, 2, 3, 4, 6))
    order, parcel = m.sent(Status.IN_TRANSIT, m.clock.ago(m.rng.uniform(2, 20)), days=-days)
    m.defect("late", order, parcel.awb)


def _late_at_the_door(m: Maker) -> None:
    order, parcel = m.sent(Status.OUT_FOR_DELIVERY, m.clock.ago(m.rng.uniform(1, 6)), days=-1)
    m.defect("late", order, parcel.awb)


def _expiring(m: Maker) -> None:
    order, parcel = m.sent(Status.AT_PICKUP_POINT, m.clock.ago(24 * 4 + m.rng.uniform(2, 20)))
    if m.land.courier == "packeta":
        parcel.stored_until = m.clock.today
    m.defect("pickup_expiring", order, parcel.awb)


def _expiring_though_reminded(m: Maker) -> None:
    """A reminder does not make the locker wait longer."""
    order, parcel = m.sent(Status.AT_PICKUP_POINT, m.clock.ago(24 * 4 + m.rng.uniform(2, 20)))
    parcel.steps.append(Step(m.clock.ago(30), Status.AT_PICKUP_POINT, "", code="pickup_reminder_sent"))
    m.defect("pickup_expiring", order, parcel.awb)


def _fresh(status: Status) -> Callable[[Maker], None]:
    """Kinds that are named for the status itself."""

    def tell(m: Maker) -> None:
        order, parcel = m.sent(status, m.clock.ago(m.rng.uniform(2, 20)))
        m.defect(status.value, order, parcel.awb)

    return tell


def _elsewhere(m: Maker, order: Order, parcel: ScriptedParcel) -> None:
    """The courier has another place on record than the customer was told."""
    told = order.home
    towns = [each for each in m.land.towns if each.name != told.city]
    if told.pickup_point:
        booked = m.pickup_point(told.city or "")[1]
        while booked in told.pickup_point:
            booked = m.pickup_point(told.city or "")[1]
        if m.land.courier == "packeta":
            known = parcel.recipient.pickup_point
            parcel.steps = [step._replace(place=booked) if step.place == known else step for step in parcel.steps]
        parcel.recipient = parcel.recipient._replace(pickup_point=booked)
    elif m.land.courier == "nova_poshta" or m.rng.random() < 0.5:
        parcel.recipient = parcel.recipient._replace(city=m.rng.choice(towns).other)
    else:
        streets = [each.name for each in m.land.streets if each.name not in (told.street or "")]
        other = Recipient(
            parcel.recipient.name, f"{m.rng.choice(streets)} 7", parcel.recipient.city, "99-999", m.land.country, None
        )
        parcel.recipient = other


def _wrong_place(m: Maker, status: Status, kind: str) -> None:
    order, parcel = m.sent(status, m.clock.ago(m.rng.uniform(2, 20)))
    _elsewhere(m, order, parcel)
    m.defect(kind, order, parcel.awb)


WRONG_MOVEMENTS = (
    Plot(_stalled(Status.IN_TRANSIT), share=4),
    Plot(_stalled(Status.PICKED_UP), ("fan", "inpost", "packeta")),
    Plot(_stalled(Status.OUT_FOR_DELIVERY), TELL_COD, share=2),
    Plot(_stalled(Status.DELIVERY_ATTEMPTED)),
    Plot(_stalled(Status.HELD)),
    Plot(_stalled(Status.REDIRECTED), TELL_COD),
    Plot(_stalled(Status.UNKNOWN), ("fan", "inpost")),
    Plot(_stalled_at_carrier, ("packeta",)),
    Plot(_stalled_and_late),
    Plot(_stalled_on_its_way_back),
    Plot(_never_scanned, share=4),
    Plot(_late, share=6),
    Plot(_late_at_the_door, TELL_COD),
    Plot(_expiring, share=4),
    Plot(_expiring_though_reminded, ("inpost",)),
    Plot(_fresh(Status.RETURNING), share=4),
    Plot(_fresh(Status.LOST), ("fan", "inpost")),
    Plot(_fresh(Status.DAMAGED), ("inpost",)),
    Plot(_fresh(Status.ADDRESS_PROBLEM), ("fan", "inpost"), share=3),
    Plot(partial(_wrong_place, status=Status.IN_TRANSIT, kind="wrong_address"), TELL_COD, share=3),
    Plot(partial(_wrong_place, status=Status.AT_PICKUP_POINT, kind="wrong_address"), ("inpost", "nova_poshta", "packeta"), share=2),
    Plot(partial(_wrong_place, status=Status.DELIVERED, kind="misdelivered"), share=2),
)
