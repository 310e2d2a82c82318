"""The world a sandbox plays: parcels scripted in the project's own words, which each sandbox
speaks in its courier's dialect. Tests and the demo change it while the sandbox serves."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, NamedTuple

from couriers.facts import Link, Money, Reason, Recipient, Status

Fault = Literal["hang", "garbage", "html", "server_error", "rate_limit", "refuse_password", "error_in_200"]


class Step(NamedTuple):
    """One scripted event; ``code`` only where a particular one is wanted."""

    at: datetime
    status: Status
    place: str
    reason: Reason | None = None
    code: str | None = None


class Payout(NamedTuple):
    """Money paid for the parcel; ``amount`` negative takes it back."""

    on: date
    amount: Money
    reference: str


@dataclass
class ScriptedParcel:
    """One parcel as the courier has it. ``cod`` None or zero: nothing to collect."""

    awb: str
    registered_at: datetime
    cod: Money | None
    recipient: Recipient
    phone: str
    order_ref: str
    steps: list[Step] = field(default_factory=list)
    payouts: list[Payout] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    stored_until: date | None = None


@dataclass
class Scenario:
    """The courier's whole world, its good credentials, and the fault it shows now (None: none)."""

    parcels: dict[str, ScriptedParcel] = field(default_factory=dict)
    credentials: dict[str, str] = field(default_factory=dict)  # by account field key
    fault: Fault | None = None
    requests: int = 0  # counted by each sandbox
