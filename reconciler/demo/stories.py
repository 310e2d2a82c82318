"""What the demo's world is made of: orders with what was told, parcels with what their courier has, and known differences."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import NamedTuple

from couriers.facts import Money, Recipient
from couriers.scenario import ScriptedParcel
from reconciler.demo.places import Land


class Told(NamedTuple):
    """One promise: the total at the door, the day, when and by what channel it was told."""

    minor: int
    day: date | None
    at: datetime
    by: str


class Home(NamedTuple):
    """Where the customer was told the parcel comes."""

    street: str | None
    city: str | None
    postcode: str | None
    region: str | None
    pickup_point: str | None


@dataclass
class Consignment:
    """A parcel of an order: the courier's side of it, and what the shop's file says was booked (None: nothing)."""

    parcel: ScriptedParcel
    booked: int | None
    replaces: str | None = None


@dataclass
class Order:
    """An order as the shop has it. ``told`` in the order of telling; the last binds."""

    land: Land
    ref: str
    customer: str
    email: str
    phone: str
    home: Home
    recipient: Recipient  # as the courier has it
    ordered_at: datetime
    goods: int
    shipping: int
    cod_fee: int
    discount: int | None
    told: list[Told]
    cancelled_at: datetime | None = None
    consignments: list[Consignment] = field(default_factory=list)

    @property
    def total(self) -> int:
        """What the customer was last told, in minor units."""
        return self.told[-1].minor

    def money(self, minor: int) -> Money:
        """An amount in the order's currency."""
        return Money(minor, self.land.currency)

    def tell(self, minor: int | None = None, day: date | None = None, at: datetime | None = None, by: str = "phone") -> None:
        """Tells the customer anew; what is not given stays."""
        last = self.told[-1]
        self.told.append(replace_told(last, minor, day, at, by))


def replace_told(last: Told, minor: int | None, day: date | None, at: datetime | None, by: str) -> Told:
    """The promise that follows ``last``."""
    return Told(last.minor if minor is None else minor, day or last.day, at or last.at, by)


class Cure(NamedTuple):
    """What the courier must have on record for the case to settle."""

    awb: str
    cod: Money | None


@dataclass(frozen=True)
class Defect:
    """A difference planted on purpose, as the case about it must read. ``awb`` is None where the case is about the order."""

    kind: str
    shop: str
    order_ref: str | None
    awb: str | None
    told: Money | None = None
    asked: Money | None = None
    explanations: frozenset[str] = frozenset()
    cures: tuple[Cure, ...] = ()

    @property
    def about(self) -> tuple[str, str]:
        """What identifies the case: its kind, and the waybill or the order's reference."""
        return self.kind, self.awb or self.order_ref or ""

    def with_cures(self, *cures: Cure) -> Defect:
        """The same with what would cure it."""
        return replace(self, cures=cures)
