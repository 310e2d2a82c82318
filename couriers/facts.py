"""The facts couriers state, as frozen typed values.

Amounts are whole minor units with an ISO 4217 currency, instants are aware datetimes. Nothing
here reads a clock, a file or a network.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple


class Status(StrEnum):
    """Where a parcel stands, in the project's own words, the same for every courier."""

    CREATED = "created"
    PICKED_UP = "picked_up"
    IN_TRANSIT = "in_transit"
    AT_PICKUP_POINT = "at_pickup_point"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERY_ATTEMPTED = "delivery_attempted"
    HELD = "held"
    ADDRESS_PROBLEM = "address_problem"
    REDIRECTED = "redirected"
    DELIVERED = "delivered"
    RETURNING = "returning"
    RETURNED = "returned"
    LOST = "lost"
    DAMAGED = "damaged"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why an attempt failed or a parcel waits, where the courier's code tells."""

    REFUSED = "refused"
    REFUSED_COD = "refused_cod"
    WRONG_COD = "wrong_cod"
    NO_MONEY = "no_money"
    ABSENT = "absent"
    BAD_ADDRESS = "bad_address"
    CLOSED = "closed"
    DAMAGED = "damaged"
    OTHER = "other"


class ClaimState(StrEnum):
    """What the courier says of the COD money: still to take, taken, or already paid to the shop."""

    TO_COLLECT = "to_collect"
    COLLECTED = "collected"
    REMITTED = "remitted"


class LinkWhy(StrEnum):
    """Why another waybill belongs to this parcel."""

    RETURN = "return"
    REDIRECT = "redirect"
    PIECE = "piece"
    COD_ENVELOPE = "cod_envelope"


_CENTS = Decimal("0.01")


class Money(NamedTuple):
    """An exact amount: whole minor units (hundredths) and an ISO currency."""

    minor: int
    currency: str

    @classmethod
    def of(cls, amount: Decimal | int | str, currency: str) -> Money:
        """From major units. Raises ValueError where the amount is finer than a hundredth."""
        exact = Decimal(amount)
        if exact != exact.quantize(_CENTS):
            raise ValueError(f"{amount} is finer than a hundredth")
        return cls(int(exact.scaleb(2)), currency)

    @property
    def amount(self) -> Decimal:
        """Major units with two decimals."""
        return Decimal(self.minor).scaleb(-2).quantize(_CENTS)

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


class Event(NamedTuple):
    """One tracking event as the courier reports it.

    ``status`` is None and ``informs`` true where the event only informs (a date changed, a COD was
    paid): such an event never moves the parcel.
    """

    at: datetime
    status: Status | None
    code: str
    text: str
    place: str | None = None
    reason: Reason | None = None
    informs: bool = False


class Claim(NamedTuple):
    """What the courier says it will collect, has collected or has paid out for one parcel.

    ``money`` is None where the state is told without an amount. Zero means "asks nothing".
    """

    money: Money | None
    state: ClaimState = ClaimState.TO_COLLECT
    paid_on: date | None = None
    reference: str | None = None


class Recipient(NamedTuple):
    """The recipient and place the courier has on record; None where it does not tell."""

    name: str | None = None
    street: str | None = None
    city: str | None = None
    postcode: str | None = None
    country: str | None = None
    pickup_point: str | None = None


class Link(NamedTuple):
    """Another waybill of the same family."""

    awb: str
    why: LinkWhy


@dataclass(frozen=True, slots=True)
class ParcelReport:
    """All that one answer says of one parcel; what it does not say is None or empty."""

    awb: str | None
    status: Status
    events: tuple[Event, ...] = ()
    claim: Claim | None = None
    recipient: Recipient | None = None
    linked: tuple[Link, ...] = ()
    error: str | None = None
    order_ref: str | None = None
    registered_at: datetime | None = None
    stored_until: date | None = None


class Complaint(NamedTuple):
    """One item of an answer that was not understood: where it stands, and why."""

    where: str
    reason: str


@dataclass(frozen=True, slots=True)
class Parcels:
    """What an answer held: the parcels understood, and a complaint for each item that was not."""

    parcels: tuple[ParcelReport, ...] = ()
    complaints: tuple[Complaint, ...] = ()


class ManifestLine(NamedTuple):
    """One parcel's line in a COD statement.

    ``remitted`` and ``paid_on`` are None while the money is collected but not paid out; negative
    amounts are reversals. ``line`` is the file's line, or the item's place counted from 1.
    """

    awb: str
    order_ref: str | None
    collected: Money
    fee: Money
    remitted: Money | None
    delivered_on: date | None
    paid_on: date | None
    reference: str | None
    line: int


class Rejected(NamedTuple):
    """A line that could not be read, with its number and the reason a person can act on."""

    line: int
    reason: str


def timeline(events: Iterable[Event]) -> tuple[Event, ...]:
    """Events in time order, the answer's order kept on equal times, doubles (same time and code) merged."""
    seen: dict[tuple[datetime, str], Event] = {}
    for event in sorted(events, key=lambda each: each.at):
        seen.setdefault((event.at, event.code), event)
    return tuple(seen.values())


def fold(events: Iterable[Event], before: Status = Status.CREATED) -> Status:
    """The status a timeline comes to: that of its newest event which does more than inform."""
    status = before
    for event in events:
        if event.status is not None and not event.informs:
            status = event.status
    return status
