"""Makes orders and parcels that are in order, for plots to bend."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from random import Random

from couriers.facts import Link, LinkWhy, Money, Reason, Recipient, Status
from couriers.scenario import Payout, Scenario, ScriptedParcel, Step
from reconciler.demo.moments import Clock
from reconciler.demo.places import Land
from reconciler.demo.stories import Consignment, Cure, Defect, Home, Order, Told
from reconciler.model.addresses import folded

_OLDEST_DAYS = 28
_BEFORE: dict[Status, tuple[Status, ...]] = {
    Status.IN_TRANSIT: (Status.PICKED_UP,),
    Status.UNKNOWN: (Status.PICKED_UP,),
    Status.REDIRECTED: (Status.PICKED_UP, Status.IN_TRANSIT),
    Status.LOST: (Status.PICKED_UP, Status.IN_TRANSIT),
    Status.DAMAGED: (Status.PICKED_UP, Status.IN_TRANSIT),
    Status.OUT_FOR_DELIVERY: (Status.PICKED_UP, Status.IN_TRANSIT),
    Status.AT_PICKUP_POINT: (Status.PICKED_UP, Status.IN_TRANSIT),
    Status.DELIVERY_ATTEMPTED: (Status.PICKED_UP, Status.IN_TRANSIT, Status.OUT_FOR_DELIVERY),
    Status.HELD: (Status.PICKED_UP, Status.IN_TRANSIT),
    Status.ADDRESS_PROBLEM: (Status.PICKED_UP, Status.IN_TRANSIT, Status.OUT_FOR_DELIVERY),
    Status.RETURNING: (Status.PICKED_UP, Status.IN_TRANSIT, Status.DELIVERY_ATTEMPTED),
    Status.RETURNED: (Status.PICKED_UP, Status.IN_TRANSIT, Status.DELIVERY_ATTEMPTED, Status.RETURNING),
}
_NEEDS_HOME = (Status.OUT_FOR_DELIVERY, Status.DELIVERY_ATTEMPTED, Status.ADDRESS_PROBLEM, Status.AT_PICKUP_POINT)
_ON_THE_WAY = (Status.PICKED_UP, Status.IN_TRANSIT)


class Maker:
    """One land's part of the world. Every amount, name and time comes from ``rng`` and the clock."""

    def __init__(self, rng: Random, clock: Clock) -> None:
        self.rng, self.clock = rng, clock
        self.land: Land = clock.land
        self.scenario = Scenario()
        self.orders: list[Order] = []
        self.defects: list[Defect] = []
        self._number = rng.randrange(10**6, 5 * 10**6)
        self._ref = rng.randrange(20_000, 60_000)

    def order(
        self, *, ordered_at: datetime, prepaid: bool = False, discount: bool | None = None, point: bool | None = None, days: int = 0
    ) -> Order:
        """An order told at once; promised for some days from today (0: one to three)."""
        rng, land = self.rng, self.land
        goods = rng.randint(land.low, land.high) * 100 + rng.choice(land.endings)
        shipping, cod_fee = rng.choice(land.shipping), rng.choice(land.cod_fee)
        granted = rng.random() < 0.15 if discount is None else discount
        reduction = self.odd(goods, shipping, cod_fee, at_most=goods // 500) if granted else None
        total = 0 if prepaid else goods + shipping + cod_fee - (reduction or 0)
        firsts, lasts = rng.choice(land.people)
        name = f"{rng.choice(firsts.split())} {rng.choice(lasts.split())}"
        home, recipient = self._home(name, self.at_point() if point is None else point)
        phone = "".join(str(rng.randrange(10)) if sign == "#" else sign for sign in land.mobile)
        self._ref += rng.randint(1, 3)
        promised_on = self.clock.today + timedelta(days=days or rng.randint(1, 3))
        told = Told(total, promised_on, ordered_at + timedelta(minutes=2), "checkout")
        order = Order(
            land, f"{land.country}-{self._ref}", name, f"{folded(name).replace(' ', '.')}@example.com", phone, home, recipient,
            ordered_at, goods, shipping, cod_fee, reduction, [told],
        )  # fmt: skip
        self.orders.append(order)
        return order

    def at_point(self) -> bool:
        """Whether the next customer fetches his parcel himself, as is usual there."""
        return self.rng.random() < {"fan": 0.0, "inpost": 0.7, "nova_poshta": 0.8, "packeta": 1.0}[self.land.courier]

    def _home(self, name: str, point: bool) -> tuple[Home, Recipient]:
        """What was told, and the same place as the courier writes it."""
        rng, land = self.rng, self.land
        street, town = rng.choice(land.streets), rng.choice(land.towns)
        number = rng.randint(2, 140)
        digits = 6 if land.country == "RO" else 5
        postcode = town.postcode + "".join(str(rng.randrange(10)) for _ in range(digits - len(town.postcode)))
        if land.country == "PL":
            postcode = f"{postcode[:2]}-{postcode[2:]}"
        city = town.other if rng.random() < 0.5 else town.name
        line = f"{street.other} {number}" if rng.random() < 0.5 else f"{street.name} {number}"
        if not point or land.courier == "fan":
            return (
                Home(f"{street.name} {number}", town.name, postcode, town.region, None),
                Recipient(name, line, city, postcode, land.country, None),
            )
        told, booked = self.pickup_point(town.name)
        return Home(None, town.name, postcode, town.region, told), Recipient(name, None, city, None, land.country, booked)

    def pickup_point(self, town: str) -> tuple[str, str]:
        """A pickup point as the customer was told it, and as the courier names it."""
        rng = self.rng
        if self.land.courier == "inpost":
            code = f"{folded(town)[:3].upper()}{rng.randint(10, 99)}{rng.choice('ABMN')}"
            return (code if rng.random() < 0.7 else f"Paczkomat {code}"), code
        if self.land.courier == "nova_poshta":
            code = str(rng.randint(1, 320))
            long = f"Відділення №{code} (до 30 кг), вул. Садова, {rng.randint(1, 9)}"
            return rng.choice((code, f"Відділення №{code}", long)), code
        code = str(rng.randint(1_000, 29_999))
        return code, code

    def odd(self, goods: int, *others: int, at_most: int = 0) -> int:
        """An amount that is no fee and no discount, nor any sum of them."""
        used = {0, goods, *others, sum(others)}
        unit = 100 if self.land.endings == (0,) else 50
        while True:
            minor = self.rng.randint(3, max(at_most, 60)) * unit
            if minor not in used:
                return minor

    def odd_for(self, order: Order) -> int:
        """Such an amount for this order, less than its total."""
        fees = [order.shipping, order.cod_fee, order.discount or 0]
        sums = [fees[0] + fees[1], fees[0] + fees[2], fees[1] + fees[2]]
        return self.odd(order.goods, *fees, *sums, at_most=min(30, order.total // 300))

    def parcel(
        self, order: Order, cod: int | Money | None, *, booked: int | None = None, replaces: str | None = None
    ) -> ScriptedParcel:
        """A parcel of the order, not handed over yet. ``cod`` in minor units of the order's currency, or money.

        A courier that tells no COD has it only from the file: there the booked amount is the COD.
        """
        money = cod if isinstance(cod, Money) or cod is None else order.money(cod)
        if self.land.courier == "packeta":
            booked = money.minor if money else 0
        registered_at = order.ordered_at + timedelta(minutes=self.rng.randint(20, 50))
        parcel = ScriptedParcel(
            self.waybill(), registered_at, money if money and money.minor else None, order.recipient, order.phone, order.ref
        )
        self.scenario.parcels[parcel.awb] = parcel
        order.consignments.append(Consignment(parcel, booked, replaces))
        return parcel

    def waybill(self) -> str:
        """The next number, in the courier's form."""
        self._number += self.rng.randint(1, 9)
        return {
            "fan": f"2{self._number:012}", "inpost": f"6{self._number:023}",
            "nova_poshta": f"2045{self._number:010}", "packeta": f"Z{self._number + 3 * 10**9:010}",
        }[self.land.courier]  # fmt: skip

    def sent(
        self, status: Status, at: datetime, *, prepaid: bool = False, cod: int | None = None, days: int = 0,
        discount: bool | None = None, point: bool | None = None, reason: Reason | None = None, code: str | None = None,
    ) -> tuple[Order, ScriptedParcel]:  # fmt: skip
        """An order with one parcel whose newest event is this one; the courier asks ``cod``, the told total if not given."""
        if point is None and status in _NEEDS_HOME:
            point = status is Status.AT_PICKUP_POINT
        order = self.order(ordered_at=self.before(at, status), prepaid=prepaid, discount=discount, point=point, days=days)
        parcel = self.parcel(order, order.total if cod is None else cod)
        self.travel(parcel, status, at, reason=reason, code=code)
        return order, parcel

    def before(self, at: datetime, status: Status) -> datetime:
        """When a parcel that stands there since ``at`` was ordered."""
        hours = self.rng.uniform(1, 6) if status is Status.CREATED else self.rng.uniform(30, 90)
        oldest = self.clock.now - timedelta(days=_OLDEST_DAYS)
        return max(at - timedelta(hours=hours), min(oldest, at - timedelta(hours=6))).replace(second=0, microsecond=0)

    def travel(
        self, parcel: ScriptedParcel, status: Status, at: datetime, *, reason: Reason | None = None, code: str | None = None
    ) -> None:
        """Takes the parcel from its last event, or its registration, to ``status`` at ``at``, by the usual stations."""
        if status is Status.CREATED:
            parcel.registered_at = at
            return
        start = parcel.steps[-1].at if parcel.steps else parcel.registered_at
        usual = _BEFORE.get(status, ())
        if status is Status.DELIVERED:
            usual = (*_ON_THE_WAY, Status.AT_PICKUP_POINT if parcel.recipient.pickup_point else Status.OUT_FOR_DELIVERY)
        passed = {step.status for step in parcel.steps}
        stations = [each for each in usual if each not in passed]
        for nth, each in enumerate(stations, 1):
            then = start + (at - start) * nth / (len(stations) + 1)
            parcel.steps.append(Step(then.replace(second=0, microsecond=0), each, self._place(parcel, each)))
        parcel.steps.append(Step(at, status, self._place(parcel, status), reason, code))
        if status is Status.AT_PICKUP_POINT and self.land.courier == "packeta":
            parcel.stored_until = self.clock.today + timedelta(days=3)
        if status is Status.RETURNED and self.land.courier == "nova_poshta":
            self._comes_home(parcel, at)

    def _place(self, parcel: ScriptedParcel, status: Status) -> str:
        """Where the courier says the parcel is; Packeta names the branch that keeps it."""
        if self.land.courier == "packeta" and status in (Status.AT_PICKUP_POINT, Status.DELIVERED):
            return parcel.recipient.pickup_point or ""
        return parcel.recipient.city or ""

    def _comes_home(self, parcel: ScriptedParcel, at: datetime) -> None:
        """Nova Poshta sends a parcel back under another number."""
        home = Recipient(self.land.shop_name, None, "Київ", None, "UA", None)
        back = ScriptedParcel(
            self.waybill(), parcel.steps[-2].at, None, home, parcel.phone, "", [Step(at, Status.DELIVERED, "Київ")]
        )
        self.scenario.parcels[back.awb] = back
        parcel.links.append(Link(back.awb, LinkWhy.RETURN))

    def pay(self, parcel: ScriptedParcel, minor: int, *, days: int = 0) -> None:
        """The courier pays so much, on its payout day or ``days`` later, never in the future."""
        delivered = parcel.steps[-1].at
        on = self.clock.term_end(delivered, self.clock.payout_days).date() + timedelta(days=days)
        on = min(on, self.clock.today)
        currency = parcel.cod.currency if parcel.cod else self.land.currency
        title = f"{self.land.country}{on:%y%m%d}-{len(parcel.payouts) + 1}"
        parcel.payouts.append(Payout(on, Money(minor, currency), title))

    def defect(
        self, kind: str, order: Order | None, awb: str | None, told: int | None = None, asked: int | Money | None = None,
        *explanations: str, cures: Sequence[tuple[ScriptedParcel, int]] = (),
    ) -> None:  # fmt: skip
        """Writes a planted difference down. ``awb`` None: the case is about the order."""
        money = partial(Money, currency=self.land.currency)
        self.defects.append(Defect(
            kind, self.land.shop, order.ref if order else None, awb, None if told is None else money(told),
            money(asked) if isinstance(asked, int) else asked, frozenset(explanations),
            tuple(Cure(parcel.awb, money(minor) if minor else None) for parcel, minor in cures),
        ))  # fmt: skip
