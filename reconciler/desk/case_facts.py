"""A case and the facts around it, as frozen values; amounts become Money here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any, Self

from couriers.facts import Money
from reconciler.desk.words import Severity, State
from reconciler.store import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A value whose fields are named as its statement's columns."""

    @classmethod
    def of(cls, row: Record) -> Self:
        """The value in a row of its statement."""
        return cls(**{each.name: row[each.name] for each in fields(cls)})


def _money(minor: int | None, currency: str | None) -> Money | None:
    return None if minor is None or currency is None else Money(minor, currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case(_Row):
    """One difference between the two stories, as the queue shows it."""

    id: int
    kind: str
    state: State
    severity: Severity
    rank: int
    shop: str
    timezone: str
    courier: str
    awb: str | None
    order_ref: str | None
    told_minor: int | None
    told_currency: str | None
    asked_minor: int | None
    asked_currency: str | None
    explanations: list[str]
    evidence: Any
    opened_at: datetime
    refreshed_at: datetime
    due_at: datetime
    closed_at: datetime | None
    closed_reason: str | None
    assignee: str | None
    parcel_id: int
    order_id: int | None

    @property
    def told(self) -> Money | None:
        """What the customer was told; for payouts, what was due."""
        return _money(self.told_minor, self.told_currency)

    @property
    def asked(self) -> Money | None:
        """What the courier asks; for payouts, what was paid out."""
        return _money(self.asked_minor, self.asked_currency)

    @property
    def difference(self) -> Money | None:
        """Asked minus told; None where one is missing or the currencies differ."""
        told, asked = self.told, self.asked
        if told is None or asked is None or told.currency != asked.currency:
            return None
        return Money(asked.minor - told.minor, told.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(_Row):
    """Whose order it is and what it was made of."""

    id: int
    order_ref: str
    ordered_at: datetime | None
    language: str | None
    customer_name: str | None
    email: str | None
    phone: str | None
    goods_total: int | None
    shipping_fee: int | None
    cod_fee: int | None
    discount: int | None
    currency: str
    cancelled_at: datetime | None

    @property
    def made_of(self) -> list[tuple[str, Money]]:
        """The parts of the total that are known."""
        parts = {
            "Goods": self.goods_total,
            "Shipping": self.shipping_fee,
            "COD fee": self.cod_fee,
            "Discount": self.discount,
        }
        return [(name, Money(minor, self.currency)) for name, minor in parts.items() if minor is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise(_Row):
    """What the customer was told at one time."""

    told_minor: int
    currency: str
    promised_on: date | None
    street: str | None
    city: str | None
    postcode: str | None
    region: str | None
    country: str | None
    pickup_point: str | None
    told_at: datetime
    told_by: str | None
    reason: str

    @property
    def told(self) -> Money:
        """The total at the door."""
        return Money(self.told_minor, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel(_Row):
    """A parcel with the courier's newest word on it."""

    id: int
    courier: str
    awb: str
    generation: int
    role: str
    replaces: str | None
    service: str | None
    first_seen_at: datetime
    status: str
    status_code: str | None
    status_text: str | None
    status_place: str | None
    status_reason: str | None
    status_at: datetime | None
    tracked_at: datetime | None
    delivered_at: datetime | None
    expires_on: date | None
    courier_error: str | None
    claim_minor: int | None
    claim_currency: str | None
    claim_state: str | None
    claim_source: str | None
    claim_at: datetime | None
    claim_paid_on: date | None
    booked_name: str | None
    booked_street: str | None
    booked_city: str | None
    booked_postcode: str | None
    booked_country: str | None
    booked_point: str | None

    @property
    def claim(self) -> Money | None:
        """The amount of the courier's newest claim."""
        return _money(self.claim_minor, self.claim_currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan(_Row):
    """One tracking event of a parcel."""

    parcel_id: int
    at: datetime
    code: str
    text: str
    place: str | None
    status: str | None
    reason: str | None
    informs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed(_Row):
    """What the courier said of the money at one time."""

    parcel_id: int
    minor: int | None
    currency: str | None
    state: str
    source: str
    paid_on: date | None
    reference: str | None
    seen_at: datetime

    @property
    def money(self) -> Money | None:
        """The amount, where one was stated."""
        return _money(self.minor, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout(_Row):
    """A line of a COD statement."""

    parcel_id: int
    line: int
    collected_minor: int
    fee_minor: int
    remitted_minor: int | None
    currency: str
    delivered_on: date | None
    paid_on: date | None
    reference: str | None
    statement: str
    received_at: datetime

    @property
    def collected(self) -> Money:
        """What the courier took at the door."""
        return Money(self.collected_minor, self.currency)

    @property
    def fee(self) -> Money:
        """What the courier kept."""
        return Money(self.fee_minor, self.currency)

    @property
    def remitted(self) -> Money | None:
        """What was paid out; None while it is not."""
        return _money(self.remitted_minor, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(_Row):
    """One thing that became of a case."""

    at: datetime
    what: str
    actor: str
    facts: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft(_Row):
    """A letter rendered for review."""

    id: int
    audience: str
    language: str
    subject: str | None
    body: str
    objections: list[str]
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDetail:
    """A case with all that is known around it, everything newest first."""

    case: Case
    order: Order | None
    promises: list[Promise]
    parcels: list[Parcel]  # the case's own first
    scans: list[Scan]
    claims: list[Claimed]
    payouts: list[Payout]
    history: list[Change]
    drafts: list[Draft]
    awbs: Mapping[int, str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "awbs", {each.id: each.awb for each in self.parcels})

    @property
    def parcel(self) -> Parcel | None:
        """The parcel the case is about."""
        return next((each for each in self.parcels if each.id == self.case.parcel_id), None)

    @property
    def delivered_at_place(self) -> str | None:
        """Where the case's own parcel was handed over, as the courier names it."""
        own = (each for each in self.scans if each.parcel_id == self.case.parcel_id and each.status == "delivered")
        return next((each.place for each in own if each.place), None)
