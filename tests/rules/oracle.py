"""Every rule in plain Python, over facts as they were told: what must be a case, and what must not.

Written from the surface and the design, not from the SQL; it is slow and does not care.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import NamedTuple
from zoneinfo import ZoneInfo

from reconciler.config import Shop
from reconciler.model.addresses import Place, difference
from reconciler.model.calendars import add_working_days
from reconciler.model.rounding import lawful_cash

AT_THE_DOOR = ("out_for_delivery", "at_pickup_point", "delivery_attempted")
GONE = ("cancelled", "returning", "returned", "lost")
_RANK = {None: 0, "to_collect": 1, "collected": 2, "remitted": 3}

# Kinds that only a movement can change: an unknown status never ends them.
MOVEMENT_ONLY = frozenset("stalled not_picked_up pickup_expiring returning lost damaged address_problem".split())


class Amount(NamedTuple):
    """Minor units and currency."""

    minor: int
    currency: str


class Case(NamedTuple):
    """One difference there must be. ``subject``: order or parcel, the shop, and the order's reference or the waybill."""

    kind: str
    subject: tuple[str, str, str]
    severity: str
    told: Amount | None = None
    asked: Amount | None = None


@dataclass(frozen=True)
class Told:
    """A promise: what the customer was told, when; ``nth`` is its place among all that were taken in."""

    amount: Amount
    at: datetime
    day: date | None
    place: Place
    nth: int


@dataclass
class Order:
    """An order with everything the customer was told."""

    shop: str
    ref: str
    told: list[Told]
    ordered_at: datetime
    cancelled: bool = False

    @property
    def binds(self) -> Told:
        """The newest promise."""
        return max(self.told, key=lambda told: (told.at, told.nth))


class Happened(NamedTuple):
    """A tracking event; one without a status only informs."""

    at: datetime
    status: str | None


@dataclass
class Claimed:
    """The courier's newest word on the money."""

    amount: Amount | None = None
    state: str | None = None
    booked: bool = False

    def hear(self, amount: Amount | None, state: str, *, booked: bool = False, old: bool = False) -> None:
        """The courier's word goes before the shop's booking; money taken stays taken; an old answer lowers nothing."""
        if booked and not (self.booked or self.amount is None):
            return
        keeps = old and self.amount is not None and not self.booked
        if amount is not None and not keeps:
            self.amount, self.booked = amount, booked
        if _RANK[state] > _RANK[self.state]:
            self.state = state


@dataclass
class Parcel:
    """One waybill and all that was said of it. ``root`` is the waybill it follows, ``role`` why."""

    shop: str
    courier: str
    awb: str
    order: str | None
    first_seen_at: datetime
    replaces: bool = False
    root: str | None = None
    role: str = "own"
    tracked: bool = False
    unheard_of: bool = False
    events: list[Happened] = field(default_factory=list)
    claim: Claimed = field(default_factory=Claimed)
    booked: Place | None = None
    stored_until: date | None = None

    @property
    def moves(self) -> list[Happened]:
        """Its events that do more than inform, in order of time."""
        return sorted(event for event in self.events if event.status)

    @property
    def status(self) -> str:
        """What its events come to."""
        return (self.moves[-1].status or "") if self.moves else "unknown" if self.unheard_of else "created"

    @property
    def event_at(self) -> datetime | None:
        """Its newest event, informing ones too."""
        return max((event.at for event in self.events), default=None)

    @property
    def since(self) -> datetime | None:
        """Since when its status stands; the same told again does not prolong it."""
        since = None
        for event in reversed(self.moves):
            if event.status != self.status:
                break
            since = event.at
        return since

    @property
    def delivered_at(self) -> datetime | None:
        """Since when it has been delivered."""
        return self.since if self.status == "delivered" else None


class Line(NamedTuple):
    """One payout line; not paid out yet where ``remitted`` is None."""

    awb: str
    collected: int
    fee: int
    remitted: int | None
    currency: str


class Rules(NamedTuple):
    """What holds for a courier of a shop: whose calendar, how many days."""

    country: str
    zone: ZoneInfo
    payout_days: int
    storage_days: int


@dataclass
class World:
    """All facts, and the time."""

    now: datetime
    shops: dict[str, Shop]
    rules: dict[tuple[str, str], Rules]
    orders: dict[tuple[str, str], Order] = field(default_factory=dict)
    parcels: dict[tuple[str, str], Parcel] = field(default_factory=dict)
    lines: dict[tuple[str, str], list[Line]] = field(default_factory=dict)

    def cases(self) -> set[Case]:
        """Everything that must be a case now."""
        children: dict[tuple[str, str], list[Parcel]] = {}
        for parcel in self.parcels.values():
            if parcel.root:
                children.setdefault((parcel.shop, parcel.root), []).append(parcel)
        families = {key: Family(self, parcel, children.get(key, [])) for key, parcel in self.parcels.items() if parcel.root is None}
        of_order: dict[tuple[str, str], list[Family]] = {}
        for family in families.values():
            if family.order:
                of_order.setdefault((family.order.shop, family.order.ref), []).append(family)
        found = {case for family in families.values() for case in family.cases(of_order)}
        return found | {case for key, some in of_order.items() for case in order_cases(self.orders[key], some)}


def later_of(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant a clock on the wall shows this; of an hour that happens twice, or never, the later reading."""
    return max((local.replace(tzinfo=zone, fold=fold) for fold in (0, 1)), key=lambda at: at.timestamp())


def after_working_days(rules: Rules, at: datetime, count: int) -> datetime:
    """The same time of the day that many working days later."""
    local = at.astimezone(rules.zone).replace(tzinfo=None)
    return later_of(datetime.combine(add_working_days(rules.country, local.date(), count), local.time()), rules.zone)


def midnight_after(day: date, zone: ZoneInfo) -> datetime:
    """When the day is over there."""
    return later_of(datetime.combine(day + timedelta(days=1), datetime.min.time()), zone)


class Family:
    """A parcel with the waybills that followed it: one thing to the customer."""

    def __init__(self, world: World, root: Parcel, followers: list[Parcel]) -> None:
        self.world, self.root, self.followers = world, root, followers
        self.order = world.orders[root.shop, root.order] if root.order else None
        self.shop = world.shops[root.shop]
        self.rules = world.rules[root.shop, root.courier]
        self.leg: Parcel | None = None  # the newest heard of; of two at once the later made
        for each in followers:
            if (
                each.role == "redirect"
                and each.event_at
                and (not self.leg or not self.leg.event_at or each.event_at >= self.leg.event_at)
            ):
                self.leg = each

    @cached_property
    def status(self) -> str:
        """Where the goods are."""
        if any(each.role == "return" and each.status in ("delivered", "returned") for each in self.followers):
            return "returned"
        return self.leg.status if self.leg else self.root.status

    @cached_property
    def event_at(self) -> datetime | None:
        """The newest event of the parcel or of the leg it travels on."""
        both = [at for at in (self.root.event_at, self.leg.event_at if self.leg else None) if at]
        return max(both, default=None)

    @cached_property
    def since(self) -> datetime | None:
        """Since when its status stands."""
        return (self.leg or self.root).since

    @cached_property
    def delivered_at(self) -> datetime | None:
        """Since when it has been delivered."""
        return (self.leg.delivered_at if self.leg else None) or self.root.delivered_at

    @cached_property
    def claim(self) -> Amount | None:
        """What the courier asks for it in all: on its newest leg, with its pieces."""
        legs = [each for each in self.followers if each.role == "redirect" and each.claim.amount]
        base = legs[-1].claim.amount if legs else self.root.claim.amount
        pieces = [each.claim.amount for each in self.followers if each.role == "piece" and each.status not in GONE]
        told = [amount for amount in (base, *pieces) if amount is not None]
        if not told:
            return None
        ours = self.order.binds.amount.currency if self.order else told[0].currency
        foreign = (amount.currency for amount in told if amount.minor > 0 and amount.currency != ours)
        return Amount(sum(amount.minor for amount in told), next(foreign, told[0].currency))

    @cached_property
    def claim_state(self) -> str | None:
        """What the courier says of the money."""
        if any(each.claim.state == "remitted" for each in self.followers):
            return "remitted"
        return self.root.claim.state

    @cached_property
    def lines(self) -> list[Line]:
        """Every payout line of any of its waybills."""
        return [line for each in (self.root, *self.followers) for line in self.world.lines.get((each.shop, each.awb), [])]

    @cached_property
    def paid_lines(self) -> list[Line]:
        """Those that were paid out."""
        return [line for line in self.lines if line.remitted is not None]

    @cached_property
    def paid(self) -> Amount | None:
        """What was paid out, net of reversals, the fees withheld counted in."""
        if not self.paid_lines:
            return None
        minor = sum((line.remitted or 0) + line.fee for line in self.paid_lines)
        return Amount(minor, min(line.currency for line in self.lines))

    @property
    def live(self) -> bool:
        """Whether its COD still matters."""
        return self.status not in GONE

    def cases(self, of_order: dict[tuple[str, str], list[Family]]) -> Iterator[Case]:
        """What is wrong with this parcel."""
        yield from self._movement()
        yield from self._address()
        yield from self._money(of_order)

    def _case(self, kind: str, severity: str, told: Amount | None = None, asked: Amount | None = None) -> Case:
        return Case(kind, ("parcel", self.root.shop, self.root.awb), severity, told, asked)

    def _movement(self) -> Iterator[Case]:
        now, policy, status = self.world.now, self.shop.policy, self.status
        if not self.root.tracked:
            return
        plain = {"returning": "high", "lost": "urgent", "damaged": "urgent", "address_problem": "high"}
        if status in plain:
            yield self._case(status, plain[status])
        cancelled = self.order is not None and self.order.cancelled
        if cancelled:
            return
        if status in policy.stalled_after and self.event_at:
            days = policy.stalled_after[status]
            if after_working_days(self.rules, self.event_at, days) <= now:
                twice = after_working_days(self.rules, self.event_at, 2 * days) <= now
                yield self._case("stalled", "high" if twice else "normal")
        if status == "created":
            registered = self.event_at or (self.order.ordered_at if self.order else None) or self.root.first_seen_at
            if after_working_days(self.rules, registered, policy.not_picked_up_after) <= now:
                yield self._case("not_picked_up", "normal")
        if status == "at_pickup_point" and self._storage_ends() - timedelta(days=policy.pickup_expiring) <= now:
            yield self._case("pickup_expiring", "high")
        yield from self._late()

    def _storage_ends(self) -> datetime:
        until = (self.leg.stored_until if self.leg else None) or self.root.stored_until
        if until:
            return midnight_after(until, self.rules.zone)
        assert self.since
        return self.since + timedelta(days=self.rules.storage_days)

    def _late(self) -> Iterator[Case]:
        day = self.order.binds.day if self.order else None
        if day is None or self.status in ("delivered", "at_pickup_point", "returning", "returned", "cancelled", "lost", "damaged"):
            return
        slip = (self.world.now.astimezone(ZoneInfo(self.shop.timezone)).date() - day).days
        if slip > 0:
            yield self._case("late", "urgent" if slip > 4 else "high" if slip > 2 else "normal")

    def _address(self) -> Iterator[Case]:
        if self.order is None or self.root.booked is None or difference(self.order.binds.place, self.root.booked) is None:
            return
        if any(event.status == "redirected" for event in self.root.events):
            return
        if self.status == "delivered":
            yield self._case("misdelivered", "urgent")
        elif not self.order.cancelled and self.status not in GONE:
            yield self._case("wrong_address", "urgent" if self.status in AT_THE_DOOR else "high")

    def _money(self, of_order: dict[tuple[str, str], list[Family]]) -> Iterator[Case]:
        if self.order is None:
            if self.paid is not None:
                yield self._case("unknown_parcel", "normal", None, self.paid)
            return
        others = [each for each in of_order[self.order.shop, self.order.ref] if each is not self]
        told = self.order.binds.amount
        if self.paid is None:
            yield from self._overdue(told, others)
            return
        alone = all(each.status in ("cancelled", "returned") for each in others)
        due = self.claim.minor if self.claim else told.minor if alone else None
        here = told.minor if alone else self.claim.minor if self.claim else None
        if due is None or here is None:
            return
        expected, paid = Amount(here, told.currency), self.paid
        if self.root.tracked and self.status not in ("delivered", "unknown"):
            if paid.minor > 0:
                yield self._case("remitted_not_delivered", "high", expected, paid)
            return
        today = self.world.now.astimezone(ZoneInfo(self.shop.timezone)).date()
        if paid.minor in (due, here, lawful_cash(due, told.currency, self.rules.country, today)):
            return
        if paid.minor < due:
            yield self._case("remittance_short", "high", expected, paid)
            return
        credits = [(line.remitted or 0) + line.fee for line in self.paid_lines if (line.remitted or 0) > 0]
        twice = len(credits) > 1 and set(credits) == {due} and due > 0
        yield self._case("remitted_twice" if twice else "remittance_over", "high", expected, paid)

    def _overdue(self, told: Amount, others: list[Family]) -> Iterator[Case]:
        if not self.root.tracked or self.status != "delivered" or self.delivered_at is None or self.claim_state == "remitted":
            return
        elsewhere = any((each.claim and each.claim.minor > 0) or each.paid for each in others)
        due = self.claim.minor if self.claim else 0 if elsewhere else told.minor
        last = after_working_days(self.rules, self.delivered_at, self.rules.payout_days + 1).astimezone(self.rules.zone).date()
        if due > 0 and midnight_after(last, self.rules.zone) <= self.world.now:
            yield self._case("remittance_overdue", "high", Amount(due, told.currency), Amount(0, told.currency))


def order_cases(order: Order, families: list[Family]) -> Iterator[Case]:
    """What the courier asks at the door for the whole order, beside what the customer was told."""
    live = [each for each in families if each.live]
    claims = [each.claim for each in live if each.claim is not None]
    if order.cancelled or not claims:
        return
    told = order.binds.amount
    silent = len(claims) < len(live)
    asked = sum(claim.minor for claim in claims)
    foreign = max((claim.currency for claim in claims if claim.minor > 0 and claim.currency != told.currency), default=None)
    if foreign is None:
        today = live[0].world.now.astimezone(ZoneInfo(live[0].shop.timezone)).date()
        if asked in (told.minor, lawful_cash(told.minor, told.currency, live[0].rules.country, today)):
            return
    if all(each.paid for each in live) and sum(line.collected for each in live for line in each.lines) == told.minor:
        return  # the money itself says that the customer paid what he was told
    door = "urgent" if any(each.status in AT_THE_DOOR for each in live) else "high"
    low = "high" if all(each.status == "delivered" for each in live) else "normal"
    subject = ("order", order.shop, order.ref)
    asks = Amount(asked, foreign or told.currency)
    again = [each.claim.minor for each in live if each.root.replaces and each.claim and each.claim.minor > 0]
    if foreign and told.minor > 0:
        yield Case("cod_wrong_currency", subject, door, told, asks)
    elif again and asked > told.minor:
        left = max(told.minor - (asked - sum(again)), 0)
        yield Case("replacement_with_cod", subject, "urgent", Amount(left, told.currency), Amount(sum(again), asks.currency))
    elif told.minor == 0:
        if asked > 0:
            yield Case("cod_on_prepaid", subject, "urgent", told, asks)
    elif asked > told.minor:
        yield Case("cod_too_high", subject, door, told, asks)
    elif not silent:
        yield Case("cod_missing" if asked == 0 else "cod_too_low", subject, low, told, asks)
