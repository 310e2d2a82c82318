"""Makes worlds up: facts of a few shops over some weeks, told to the books and to the oracle alike."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import NamedTuple
from zoneinfo import ZoneInfo

from couriers.facts import Claim, ClaimState, Money, ParcelReport, Recipient
from couriers.registry import courier
from reconciler.model.addresses import Place
from reconciler.model.rounding import lawful_cash
from tests.rules.books import CURRENCIES, SHOPS, Books, Payout, happened, report
from tests.rules.oracle import Amount, Case, Claimed, Family, Happened, Line, Order, Parcel, Rules, Told, World, after_working_days

TOTALS = (0, 10, 99, 10000, 14949, 14950, 14999, 100025, 250001)
PLACES = (
    Place("Str. Lungă 1", "Iași", "700001", None),
    Place("strada LUNGA nr. 1", "Municipiul Iasi", "700001", None),
    Place("Calea Unirii 5", "Iași", "700002", None),
    Place("Str. Lungă 1", "Cluj-Napoca", "400001", None),
    Place("ul. Długa 3", "Kraków", "30-001", None),
    Place(None, "Praha", None, "Z-Box 12"),
    Place(None, "Praha", None, "Z-Box 13"),
    Place(None, None, None, None),
)
ROADS = (
    ("picked_up", "in_transit", "out_for_delivery", "delivered"),
    ("created", "picked_up", "in_transit", "at_pickup_point", "delivered"),
    ("picked_up", "in_transit", "out_for_delivery", "delivery_attempted", "returning", "returned"),
    ("picked_up", "held", "unknown", "in_transit", "address_problem", "redirected", "out_for_delivery", "delivered"),
    ("picked_up", "damaged"), ("picked_up", "in_transit", "lost"), ("created", "cancelled"), ("in_transit", "delivered", "unknown"),
    ("out_for_delivery", "delivered", "in_transit", "delivered"), ("returning", "unknown"), ("delivered", "returning", "returned"),
    ("at_pickup_point", "unknown", "at_pickup_point"), ("lost", "unknown", "in_transit"),
)  # fmt: skip

# What a kind of case about a parcel depends on beside movement and clock.
_PAYOUTS = (
    "remittance_overdue",
    "remittance_short",
    "remittance_over",
    "remitted_twice",
    "remitted_not_delivered",
    "unknown_parcel",
)
READS = {
    "late": {"amounts"},
    "misdelivered": {"amounts", "address"},
    "wrong_address": {"amounts", "address"},
    **{kind: {"amounts", "payouts"} for kind in _PAYOUTS},
}

Key = tuple[str, str]


class Fingerprint(NamedTuple):
    """What makes a row of an orders file one that was not seen before."""

    minor: int
    day: date | None
    place: Place
    told_at: datetime | None


def rules_of(shop: str, name: str) -> Rules:
    """A courier that only sends files keeps the shop's calendar; any other its own."""
    info, its = courier(name), SHOPS[shop]
    book = info.rulebook
    country, zone = (book.country, book.zone) if info.connect else (its.country, its.timezone)
    payout = its.policy.payout_after if book.payout_days is None else book.payout_days
    storage = its.policy.storage_days if book.storage_days is None else book.storage_days
    return Rules(country, ZoneInfo(zone), payout, storage)


COURIERS = {
    "ro": ("generic", "fan"),
    "pl": ("generic", "inpost"),
    "ua": ("generic", "nova_poshta"),
    "cz": ("generic",),
    "strict": ("generic",),
}


class Worlds:
    """A world that goes on: each step tells new facts to the books and to the oracle."""

    def __init__(self, books: Books, seed: int, start: datetime) -> None:
        self.books, self.chance = books, random.Random(seed)
        rules = {(shop, name): rules_of(shop, name) for shop, names in COURIERS.items() for name in names}
        self.world = World(start, dict(SHOPS), rules)
        self.numbers, self.promises = count(1), count(1)
        self.prints: dict[Key, dict[Fingerprint, None]] = {}
        self.roads: dict[Key, list[str]] = {}
        self.touched: dict[Key, set[str]] = {}
        self.open: dict[tuple[str, tuple[str, str, str]], Case] = {}

    # What has to come of it

    def judge(self) -> tuple[set[Case], int, int, int]:
        """The cases there must be now, and how many of them are new, are gone, say something else than before."""
        found = {(case.kind, case.subject): case for case in self.world.cases()}
        held = {key: case for key, case in self.open.items() if key not in found and self._holds(case)}
        before, self.open = self.open, found | held
        self.touched = {}
        other = sum(key in before and before[key] != case for key, case in self.open.items())
        return set(self.open.values()), len(self.open.keys() - before), len(before.keys() - self.open), other

    def _holds(self, case: Case) -> bool:
        """An unknown status is no agreement, unless something else was told that the kind depends on."""
        what, shop, awb = case.subject
        if what == "order":
            return False
        parcel = self.world.parcels[shop, awb]
        if parcel.root:
            return False
        followers = [each for each in self.world.parcels.values() if (each.shop, each.root) == (shop, awb)]
        unknown = Family(self.world, parcel, followers).status == "unknown"
        return unknown and not READS.get(case.kind, set()) & self.touched.get((shop, awb), set())

    def _touch(self, parcel: Parcel, *aspects: str) -> None:
        self.touched.setdefault((parcel.shop, parcel.root or parcel.awb), set()).update(aspects)

    # Steps

    async def step(self) -> None:
        """Some facts of every kind, and time goes on."""
        await self._take_orders([self._new_order() for _ in range(self.chance.randint(5, 40))])
        await self._take_orders([self._tell_anew(each) for each in self._some(list(self.world.orders.values()), 12)])
        for _ in range(2):
            await self._report()
            await self._list()
        await self._pay()
        self.world.now = self._next_time().astimezone(UTC)

    def _some(self, things: list[Order], at_most: int) -> list[Order]:
        return self.chance.sample(things, min(len(things), self.chance.randint(0, at_most)))

    def _next_time(self) -> datetime:
        """Often the very minute around a deadline."""
        now = self.world.now
        marks = []
        for parcel in self.chance.sample(list(self.world.parcels.values()), min(60, len(self.world.parcels))):
            rules, policy = self.world.rules[parcel.shop, parcel.courier], SHOPS[parcel.shop].policy
            if parcel.event_at:
                days = policy.stalled_after.get(parcel.status, 0)
                marks += [after_working_days(rules, parcel.event_at, each) for each in (days, 2 * days)]
                marks.append(parcel.event_at + timedelta(days=rules.storage_days - policy.pickup_expiring))
        near = [mark for mark in marks if timedelta() < mark - now < timedelta(days=4)]
        if near and self.chance.random() < 0.6:
            return self.chance.choice(near) + timedelta(minutes=self.chance.choice((-1, 0, 1)))
        return now + timedelta(minutes=self.chance.choice((1, 30, 600, 1440, 4000)))

    # Orders

    def _new_order(self) -> list[dict[str, object]]:
        chance, now = self.chance, self.world.now
        shop = chance.choice(list(SHOPS))
        order = Order(shop, f"R{next(self.numbers)}", [], now - timedelta(hours=chance.randint(0, 60)))
        self.world.orders[shop, order.ref] = order
        self.prints[shop, order.ref] = {}
        told = Fingerprint(
            chance.choice(TOTALS),
            chance.choice((None, now.date() + timedelta(days=chance.randint(-3, 4)))),
            chance.choice(PLACES),
            None,
        )
        strays = [each for each in self.world.parcels.values() if each.shop == shop and each.order is None and each.root is None]
        rows = []
        for nth in range(chance.choice((1, 1, 1, 1, 2, 3))):
            replaces = nth > 0 and chance.random() < 0.3
            if strays and chance.random() < 0.4:
                parcel = strays.pop(chance.randrange(len(strays)))
                parcel.replaces = parcel.replaces or replaces
                self._adopt(parcel, order.ref)
            else:
                parcel = Parcel(
                    shop, chance.choice(COURIERS[shop]), f"W{next(self.numbers)}", order.ref, order.ordered_at, replaces
                )
                self.world.parcels[shop, parcel.awb] = parcel
            booked = chance.choice((None, None, told.minor, told.minor + 1999, 0))
            if booked is not None:
                parcel.claim.hear(Amount(booked, CURRENCIES[shop]), "to_collect", booked=True)
                self._touch(parcel, "amounts")
            rows.append(self._row(order, parcel, told, booked))
        self._tell(order, told)
        return rows

    def _adopt(self, parcel: Parcel, ref: str) -> None:
        for each in self.world.parcels.values():
            if each is parcel or (each.shop, each.root) == (parcel.shop, parcel.awb):
                each.order = ref
        self._touch(parcel, "amounts", "address", "payouts")

    def _row(self, order: Order, parcel: Parcel, told: Fingerprint, booked: int | None = None) -> dict[str, object]:
        street, city, postcode, point = (text or "" for text in told.place)
        return {
            "shop": order.shop, "order_ref": order.ref, "cod_total": Money(told.minor, "").amount,
            "currency": CURRENCIES[order.shop], "courier": parcel.courier, "awb": parcel.awb,
            "ordered_at": order.ordered_at.isoformat(), "promised_on": told.day or "",
            "street": street, "city": city, "postcode": postcode, "pickup_point": point,
            "told_at": told.told_at.isoformat() if told.told_at else "", "replaces": "R0" if parcel.replaces else "",
            "parcel_cod": "" if booked is None else Money(booked, "").amount,
            "cancelled_at": self.world.now.isoformat() if order.cancelled else "",
        }  # fmt: skip

    def _tell(self, order: Order, told: Fingerprint) -> None:
        known = self.prints[order.shop, order.ref]
        if told not in known:
            known[told] = None
            at = told.told_at or self.world.now
            order.told.append(Told(Amount(told.minor, CURRENCIES[order.shop]), at, told.day, told.place, next(self.promises)))
            self._touch_order(order)

    def _touch_order(self, order: Order) -> None:
        for parcel in self.world.parcels.values():
            if (parcel.shop, parcel.order) == (order.shop, order.ref):
                self._touch(parcel, "amounts", "address")

    def _tell_anew(self, order: Order) -> list[dict[str, object]]:
        """A discount, another day, another address, a cancellation, or a file that came before."""
        chance = self.chance
        told = chance.choice(list(self.prints[order.shop, order.ref]))
        change = chance.random()
        if change < 0.15:
            order.cancelled = True
            self._touch_order(order)
        elif change < 0.8:
            told = Fingerprint(
                chance.choice((told.minor, told.minor - told.minor // 20, *TOTALS)),
                chance.choice((told.day, self.world.now.date() + timedelta(days=chance.randint(-6, 4)))),
                chance.choice((told.place, *PLACES)),
                chance.choice((None, self.world.now - timedelta(hours=chance.randint(0, 100)))),
            )
        parcels = [
            each for each in self.world.parcels.values() if (each.shop, each.order, each.root) == (order.shop, order.ref, None)
        ]
        rows = [self._row(order, each, told) for each in parcels]
        self._tell(order, told)
        return rows

    async def _take_orders(self, orders: list[list[dict[str, object]]]) -> None:
        rows = [row for order in orders for row in order]
        if rows:
            counts = await self.books.orders(rows, self.world.now)
            assert counts.rejected == 0

    # Couriers' answers

    async def _report(self) -> None:
        """Tracking: news, the same again, an older answer, a parcel not known, waybills that follow."""
        by_courier: dict[Key, list[ParcelReport]] = {}
        for parcel in {id(each): each for each in self._strays(3) + self._sample(120)}.values():  # one answer each
            if (answer := self._answer(parcel)) is not None:
                by_courier.setdefault((parcel.shop, parcel.courier), []).append(answer)
        for (shop, name), answers in by_courier.items():
            await self.books.tell(answers, self.world.now, shop=shop, courier=name)

    def _sample(self, at_most: int) -> list[Parcel]:
        parcels = list(self.world.parcels.values())
        return self.chance.sample(parcels, min(len(parcels), at_most))

    def _strays(self, at_most: int) -> list[Parcel]:
        """Waybills that no order has named."""
        made = []
        for _ in range(self.chance.randint(0, at_most)):
            shop = self.chance.choice(list(SHOPS))
            made.append(Parcel(shop, "generic", f"X{next(self.numbers)}", None, self.world.now))
            self.world.parcels[shop, made[-1].awb] = made[-1]
        return made

    def _answer(self, parcel: Parcel) -> ParcelReport | None:
        chance = self.chance
        if chance.random() < 0.03:
            parcel.tracked = True
            parcel.unheard_of = not parcel.events
            return report(parcel.awb, error="not known")
        how = chance.random()
        if how > 0.2:
            self._go_on(parcel)
        history = sorted(parcel.events, key=lambda event: event.at)
        shown = history[: chance.randint(0, len(history))] if how < 0.1 else history[-1:] if how > 0.8 else history
        parcel.unheard_of = False
        parcel.tracked = True
        old = bool(shown) and shown[-1].at < history[-1].at
        stored = None
        if chance.random() < 0.2 and shown and shown[-1].status == "at_pickup_point" and not old:
            stored = parcel.stored_until = shown[-1].at.date() + timedelta(days=chance.randint(1, 7))
        return report(
            parcel.awb, *(happened(*event) for event in shown), claim=self._claim(parcel, old), place=self._place(parcel, old),
            linked=self._link(parcel), stored_until=stored,
        )  # fmt: skip

    def _go_on(self, parcel: Parcel) -> None:
        chance = self.chance
        road = self.roads.setdefault((parcel.shop, parcel.awb), list(chance.choice(ROADS)))
        newest = parcel.event_at or max(parcel.first_seen_at, self.world.now - timedelta(hours=40))
        room = int((self.world.now - newest) / timedelta(minutes=1))
        if room < 2:
            return
        at = newest + timedelta(minutes=chance.randint(1, min(room, 3000)))
        if chance.random() < 0.15:
            parcel.events.append(Happened(at, None))
        elif road:
            parcel.events.append(Happened(at, road.pop(0)))

    def _claim(self, parcel: Parcel, old: bool) -> Claim | None:
        chance = self.chance
        if chance.random() < 0.5:
            return None
        currency = CURRENCIES[parcel.shop]
        order = self.world.orders.get((parcel.shop, parcel.order or ""))
        told = order.binds.amount.minor if order else 5000
        today = self.world.now.astimezone(ZoneInfo(SHOPS[parcel.shop].timezone)).date()
        rounded = lawful_cash(told, currency, self.world.rules[parcel.shop, parcel.courier].country, today)
        minor = chance.choice((told, told, rounded, told + 1999, max(0, told - 1), told * 10, 0, told // 2))
        foreign = chance.random() < 0.05 and parcel.root is None and minor > 0 and self._alone(parcel)
        amount = None if chance.random() < 0.1 else Amount(minor, "EUR" if foreign else currency)
        road = parcel.status
        state = chance.choice(("to_collect", "collected", "remitted")) if road == "delivered" else "to_collect"
        before = Claimed(parcel.claim.amount, parcel.claim.state, parcel.claim.booked)
        parcel.claim.hear(amount, state, old=old)
        if parcel.claim != before:
            self._touch(parcel, "amounts", "payouts")
        return Claim(Money(*amount) if amount else None, ClaimState(state))

    def _alone(self, parcel: Parcel) -> bool:
        """Whether nothing follows it, so that its family's currency is its own."""
        return all((each.shop, each.root) != (parcel.shop, parcel.awb) for each in self.world.parcels.values())

    def _place(self, parcel: Parcel, old: bool) -> Recipient | None:
        if self.chance.random() < 0.6:
            return None
        place = self.chance.choice(PLACES)
        if not any(place):
            return None
        if not old or parcel.booked is None:
            known = parcel.booked or Place(None, None, None, None)
            merged = Place(*(new or before for new, before in zip(place, known, strict=True)))
            if merged != known:
                self._touch(parcel, "address")
            parcel.booked = merged
        return Recipient(street=place.street, city=place.city, postcode=place.postcode, pickup_point=place.pickup_point)

    def _link(self, parcel: Parcel) -> list[tuple[str, str]]:
        foreign = parcel.claim.amount is not None and parcel.claim.amount.currency == "EUR"
        if parcel.root or foreign or self.chance.random() > 0.05:
            return []
        role = self.chance.choice(("return", "redirect", "piece", "cod_envelope"))
        taken = self._loner(parcel) if self.chance.random() < 0.3 else None
        follower = taken or Parcel(parcel.shop, parcel.courier, f"F{next(self.numbers)}", None, self.world.now)
        follower.root, follower.role = parcel.awb, role
        follower.order = follower.order or parcel.order
        self.world.parcels[parcel.shop, follower.awb] = follower
        if taken:
            self._touch(parcel, "amounts", "address")
        return [(follower.awb, role)]

    def _loner(self, parcel: Parcel) -> Parcel | None:
        """A waybill met alone that turns out to follow this one."""
        loners = [
            each for each in self.world.parcels.values()
            if (each.shop, each.courier, each.order, each.root) == (parcel.shop, parcel.courier, None, None)
            and each is not parcel and self._alone(each) and not (each.claim.amount and each.claim.amount.currency == "EUR")
        ]  # fmt: skip
        return self.chance.choice(loners) if loners else None

    async def _list(self) -> None:
        """Lists of parcels: claims and addresses on record, no movement."""
        by_courier: dict[Key, list[ParcelReport]] = {}
        for parcel in self._sample(30):
            claim, place = self._claim(parcel, False), self._place(parcel, False)
            by_courier.setdefault((parcel.shop, parcel.courier), []).append(report(parcel.awb, claim=claim, place=place))
        for (shop, name), answers in by_courier.items():
            await self.books.tell(answers, self.world.now, shop=shop, courier=name, kind="parcels")

    # Payouts

    async def _pay(self) -> None:
        by_shop: dict[str, list[Payout]] = {}
        for parcel in self._strays(1) + [each for each in self._sample(40) if each.courier == "generic"]:
            by_shop.setdefault(parcel.shop, []).extend(self._payouts(parcel))
        for shop, payouts in by_shop.items():
            await self.books.pay(payouts, self.world.now, shop=shop)

    def _payouts(self, parcel: Parcel) -> list[Payout]:
        chance, currency = self.chance, CURRENCIES[parcel.shop]
        order = self.world.orders.get((parcel.shop, parcel.order or ""))
        told = order.binds.amount.minor if order else 5000
        claimed = parcel.claim.amount.minor if parcel.claim.amount else told
        collected = chance.choice((told, told, claimed, claimed, told + 1, max(0, told - 1)))
        fee = chance.choice((0, 0, 150)) if collected > 150 else 0
        paid = chance.random() < 0.9
        payouts = []
        for _ in range(chance.choice((1, 1, 1, 2))):
            sign = -1 if chance.random() < 0.1 else 1
            remitted = sign * (collected - fee) if paid else None
            line = Line(parcel.awb, collected, fee, remitted, currency)
            self.world.lines.setdefault((parcel.shop, parcel.awb), []).append(line)
            reference = f"OP{next(self.numbers)}"  # each its own payout
            payouts.append(
                Payout(
                    parcel.awb, str(Money(collected, "").amount), "" if remitted is None else str(Money(remitted, "").amount),
                    str(Money(fee, "").amount), currency, "" if remitted is None else f"{self.world.now:%Y-%m-%d}", reference,
                )
            )  # fmt: skip
        self._touch(parcel, "payouts")
        return payouts
