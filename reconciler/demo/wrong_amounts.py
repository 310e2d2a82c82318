"""Plots in which the courier asks another amount at the door than the customer was told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from couriers.facts import Money, Status
from couriers.scenario import ScriptedParcel
from reconciler.demo.maker import Maker
from reconciler.demo.plots import TELL_COD, Plot
from reconciler.demo.stories import Order


def _on_the_way(m: Maker, *, discount: bool = False) -> tuple[Order, ScriptedParcel]:
    return m.sent(Status.IN_TRANSIT, m.clock.ago(m.rng.uniform(2, 30)), discount=discount)


def _ask(m: Maker, order: Order, parcel: ScriptedParcel, minor: int, *explanations: str) -> None:
    """The courier asks this instead of the told total."""
    _put(m, order, parcel, order.money(minor))
    kind = "cod_too_high" if minor > order.total else "cod_too_low"
    m.defect(kind, order, None, order.total, minor, *explanations, cures=[(parcel, order.total)])


def _put(m: Maker, order: Order, parcel: ScriptedParcel, cod: Money) -> None:
    """Changes what the courier has on record."""
    parcel.cod = cod if cod.minor else None
    for each in order.consignments:
        if each.parcel is parcel and m.land.courier == "packeta":
            each.booked = cod.minor


def _shipping_added(m: Maker) -> None:
    order, parcel = _on_the_way(m)
    _ask(m, order, parcel, order.total + order.shipping, "shipping_fee")


def _shipping_added_at_the_door(m: Maker) -> None:
    order, parcel = m.sent(Status.OUT_FOR_DELIVERY, m.clock.ago(m.rng.uniform(1, 6)), discount=False)
    _ask(m, order, parcel, order.total + order.shipping, "shipping_fee")


def _shipping_left_out(m: Maker) -> None:
    order, parcel = _on_the_way(m)
    _ask(m, order, parcel, order.total - order.shipping, "shipping_fee")


def _cod_fee_added(m: Maker) -> None:
    order, parcel = _on_the_way(m)
    _ask(m, order, parcel, order.total + order.cod_fee, "cod_fee")


def _both_fees_added(m: Maker) -> None:
    order, parcel = _on_the_way(m)
    _ask(m, order, parcel, order.total + order.shipping + order.cod_fee, "shipping_fee", "cod_fee")


def _discount_forgotten(m: Maker) -> None:
    order, parcel = _on_the_way(m, discount=True)
    assert order.discount is not None
    _ask(m, order, parcel, order.total + order.discount, "discount_forgotten")


def _decimal_to_the_right(m: Maker) -> None:
    order, parcel = _on_the_way(m)
    _ask(m, order, parcel, order.total * 10, "decimal_slip")


def _decimal_to_the_left(m: Maker) -> None:
    order, parcel = _on_the_way(m)
    _ask(m, order, parcel, order.total // 10, "decimal_slip")


def _swapped(m: Maker) -> None:
    one, first = _on_the_way(m)
    while True:
        other = m.order(ordered_at=one.ordered_at + timedelta(minutes=4), discount=False)
        if other.total != one.total:
            break
        m.orders.remove(other)
    second = m.parcel(other, other.total)
    m.travel(second, Status.IN_TRANSIT, first.steps[-1].at)
    for order, parcel, asked in ((one, first, other.total), (other, second, one.total)):
        _ask(m, order, parcel, asked, "swapped_orders")


def _doubled(m: Maker) -> None:
    """The whole amount on both parcels of one order."""
    order, parcel = _on_the_way(m)
    twin = m.parcel(order, order.total)
    m.travel(twin, Status.IN_TRANSIT, parcel.steps[-1].at)
    m.defect("cod_too_high", order, None, order.total, 2 * order.total, "doubled", cures=[(twin, 0)])


def _older_promise(m: Maker) -> None:
    """The customer was told less later on; the courier still has the first amount."""
    order, parcel = _on_the_way(m)
    first = order.total
    order.tell(first - m.odd_for(order), at=order.ordered_at + timedelta(hours=3))
    m.defect("cod_too_high", order, None, order.total, first, "older_promise", cures=[(parcel, order.total)])


def _unexplained(sign: int) -> Callable[[Maker], None]:
    def tell(m: Maker) -> None:
        order, parcel = _on_the_way(m)
        _ask(m, order, parcel, order.total + sign * m.odd_for(order))

    return tell


def _too_much_and_delivered(m: Maker) -> None:
    order, parcel = m.sent(Status.DELIVERED, m.clock.ago(m.rng.uniform(3, 20)), discount=False)
    _ask(m, order, parcel, order.total + order.shipping, "shipping_fee")


def _other_currency(m: Maker) -> None:
    order, parcel = _on_the_way(m)
    asked = Money(order.total, "EUR")
    _put(m, order, parcel, asked)
    m.defect("cod_wrong_currency", order, None, order.total, asked, "wrong_currency", cures=[(parcel, order.total)])


def _prepaid_and_asked(m: Maker) -> None:
    order, parcel = m.sent(Status.IN_TRANSIT, m.clock.ago(m.rng.uniform(2, 30)), prepaid=True, discount=False)
    asked = order.goods + order.shipping
    _put(m, order, parcel, order.money(asked))
    m.defect("cod_on_prepaid", order, None, 0, asked, cures=[(parcel, 0)])


def _paid_by_card_since(m: Maker) -> None:
    order, parcel = _on_the_way(m)
    first = order.total
    order.tell(0, at=order.ordered_at + timedelta(hours=2), by="card")
    m.defect("cod_on_prepaid", order, None, 0, first, "older_promise", cures=[(parcel, 0)])


def _missing(m: Maker) -> None:
    order, parcel = _on_the_way(m)
    _put(m, order, parcel, order.money(0))
    m.defect("cod_missing", order, None, order.total, 0, cures=[(parcel, order.total)])


def _replacement_asks_again(m: Maker) -> None:
    order, parcel = m.sent(Status.DELIVERED, m.clock.ago(24 * m.rng.uniform(15, 20)), discount=False)
    m.pay(parcel, order.total)
    order.tell(day=m.clock.today + timedelta(days=2), at=m.clock.ago(60))
    again = m.parcel(order, order.total, replaces=parcel.awb)
    again.registered_at = m.clock.ago(50)
    m.travel(again, Status.IN_TRANSIT, m.clock.ago(m.rng.uniform(2, 20)))
    m.defect("replacement_with_cod", order, None, 0, order.total, cures=[(again, 0)])


WRONG_AMOUNTS = (
    Plot(_shipping_added, share=8),
    Plot(_shipping_added_at_the_door, TELL_COD, share=4),
    Plot(_shipping_left_out),
    Plot(_cod_fee_added, share=3),
    Plot(_both_fees_added),
    Plot(_discount_forgotten, share=4),
    Plot(_decimal_to_the_right),
    Plot(_decimal_to_the_left),
    Plot(_swapped),
    Plot(_doubled),
    Plot(_older_promise, share=2),
    Plot(_unexplained(1)),
    Plot(_unexplained(-1)),
    Plot(_too_much_and_delivered),
    Plot(_other_currency, ("fan", "inpost")),
    Plot(_prepaid_and_asked, share=2),
    Plot(_paid_by_card_since, share=2),
    Plot(_missing, share=2),
    Plot(_replacement_asks_again),
)
