"""What staff read for each name in the data: kinds of case, explanations, severities, states, statuses.

A name that has no words here (a kind of case somebody added by files alone) is shown spelled out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final, Literal, NamedTuple, get_args

from reconciler.store.migrations import SQL

Severity = Literal["urgent", "high", "normal", "low"]
State = Literal["open", "waiting", "settled", "dismissed"]
SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)
STATES: Final[tuple[State, ...]] = get_args(State)
LIVE: Final[tuple[State, ...]] = ("open", "waiting")


class Kind(NamedTuple):
    """A kind of case: its name for a list, and what it means in one sentence."""

    title: str
    meaning: str


KINDS: Final[dict[str, Kind]] = {
    "cod_too_high": Kind("COD too high", "The courier means to collect more than the customer was told."),
    "cod_too_low": Kind("COD too low", "The courier means to collect less than the customer was told."),
    "cod_on_prepaid": Kind("COD on a prepaid order", "The order is paid, and the courier means to collect money at the door."),
    "cod_missing": Kind("COD missing", "The customer pays at the door, and the courier means to collect nothing."),
    "cod_wrong_currency": Kind("COD in another currency", "The courier's amount is in another currency than the one told."),
    "replacement_with_cod": Kind("COD on a replacement", "A replacement parcel costs nothing, and the courier means to collect."),
    "stalled": Kind("Stalled", "The courier has reported nothing new for too long."),
    "not_picked_up": Kind("Not picked up", "The parcel is registered with the courier and was never scanned."),
    "late": Kind("Late", "The promised day has passed and the parcel is neither delivered nor waiting for the customer."),
    "pickup_expiring": Kind("Pickup time running out", "The parcel waits at its pickup point and will soon be sent back."),
    "returning": Kind("Coming back", "The parcel is on its way back to the shop."),
    "lost": Kind("Lost", "The courier says the parcel is lost."),
    "damaged": Kind("Damaged", "The courier says the parcel is damaged."),
    "wrong_address": Kind("Another address", "The courier has another address on record than the customer was told."),
    "address_problem": Kind("Address problem", "The courier cannot deliver to the address it has."),
    "misdelivered": Kind("Delivered elsewhere", "The place of delivery is not where the customer expects the parcel."),
    "remittance_overdue": Kind("Payout overdue", "The parcel is delivered and its COD money has not come by the agreed day."),
    "remittance_short": Kind("Payout too small", "The courier paid out less than it collected."),
    "remittance_over": Kind("Payout too large", "The courier paid out more than it collected; it will be asked back."),
    "remitted_not_delivered": Kind("Paid out, not delivered", "COD was paid out for a parcel that is not delivered."),
    "remitted_twice": Kind("Paid out twice", "COD was paid out more than once for one parcel."),
    "unknown_parcel": Kind("Unknown parcel", "A statement names a parcel that no order knows."),
    "statement_total_wrong": Kind("Statement does not add up", "The lines of a statement do not come to the total it states."),
    "fee_over_contract": Kind("Fee over contract", "The courier kept a higher fee than agreed."),
    "bank_missing": Kind("Transfer not in the bank", "A statement announces a transfer that the bank account does not show."),
    "not_received": Kind("Customer has not received it", "The customer says the parcel has not come."),
    "incomplete_order": Kind("Goods wrong or missing", "The customer says goods are wrong or missing."),
    "cancel_after_dispatch": Kind("Cancelled after dispatch", "The customer cancels an order that is on its way."),
}  # fmt: skip

EXPLANATIONS: Final[dict[str, str]] = {
    "shipping_fee": "the shipping fee was added",
    "cod_fee": "the COD fee was added",
    "discount_forgotten": "a discount was forgotten",
    "decimal_slip": "the decimal point slipped",
    "swapped_orders": "two orders' amounts were swapped",
    "doubled": "the amount was put on a second parcel as well",
    "wrong_currency": "the amount is in another currency",
    "older_promise": "it is what the customer was told earlier",
}

_PAYOUTS: Final = frozenset(
    {"remittance_overdue", "remittance_short", "remittance_over", "remitted_not_delivered", "remitted_twice",
     "unknown_parcel", "statement_total_wrong", "fee_over_contract", "bank_missing"}
)  # fmt: skip

SEVERITY: Final[dict[str, str]] = {"urgent": "Urgent", "high": "High", "normal": "Normal", "low": "Low"}
STATE: Final[dict[str, str]] = {
    "open": "Open",
    "waiting": "Waiting",
    "settled": "Settled",
    "dismissed": "Dismissed",
}
STATUS: Final[dict[str, str]] = {
    "created": "registered with the courier",
    "picked_up": "picked up by the courier",
    "in_transit": "in transit",
    "at_pickup_point": "waiting at the pickup point",
    "out_for_delivery": "out for delivery",
    "delivery_attempted": "delivery was attempted",
    "held": "held by the courier",
    "address_problem": "address problem",
    "redirected": "redirected",
    "delivered": "delivered",
    "returning": "on its way back",
    "returned": "returned to the shop",
    "lost": "lost",
    "damaged": "damaged",
    "cancelled": "cancelled",
    "unknown": "unknown",
}
REASON: Final[dict[str, str]] = {
    "refused": "the recipient refused it",
    "refused_cod": "the recipient refused to pay",
    "wrong_cod": "the recipient says the amount is wrong",
    "no_money": "the recipient had no money",
    "absent": "nobody was there",
    "bad_address": "the address is wrong",
    "closed": "it was closed",
    "damaged": "it is damaged",
    "other": "another reason",
}
CLAIM: Final[dict[str, str]] = {
    "to_collect": "means to collect",
    "collected": "has collected",
    "remitted": "has paid out",
}
ROLE: Final[dict[str, str]] = {
    "own": "parcel",
    "return": "its return",
    "redirect": "redirected under this number",
    "piece": "another piece",
    "cod_envelope": "envelope with the money",
}
AUDIENCE: Final[dict[str, str]] = {
    "courier": "Mail to the courier",
    "call": "Phone script",
    "customer": "Letter to the customer",
}
LANGUAGE: Final[dict[str, str]] = {"ro": "Romanian", "pl": "Polish", "uk": "Ukrainian", "cs": "Czech", "en": "English"}
HISTORY: Final[dict[str, str]] = {
    "opened": "Case opened",
    "refreshed": "Case refreshed",
    "settled": "Case settled",
    "dismissed": "Case dismissed",
    "waiting": "Case waits for an answer",
    "reopened": "Case reopened",
    "noted": "Note",
}
RUN: Final[dict[str, str]] = {
    "running": "Running",
    "done": "Done",
    "partial": "Partial",
    "failed": "Failed",
}


def spelled(name: str) -> str:
    """A name without words of its own, spelled out: ``first_scan`` is "First scan"."""
    plain = name.replace("_", " ").strip()
    return plain[:1].upper() + plain[1:]


def word(table: Mapping[str, str], name: str) -> str:
    """What the table says for this name, or the name spelled out."""
    return table.get(name) or spelled(name)


def kind(name: str) -> Kind:
    """The words of a kind of case."""
    return KINDS.get(name) or Kind(spelled(name), "The two stories about this parcel differ.")


def explained(explanations: Sequence[str]) -> str:
    """Why the amounts differ, likeliest first; empty where nothing fits."""
    said = " or ".join(EXPLANATIONS.get(each) or spelled(each).lower() for each in explanations)
    return f"{'It seems' if len(explanations) == 1 else 'Either'} {said}." if said else ""


def sides(name: str) -> tuple[str, str]:
    """What the two amounts of a case are: told and asked, or for payouts due and paid out."""
    return ("Due", "Paid out") if name in _PAYOUTS else ("Told", "Asked")


@cache
def known_kinds() -> tuple[str, ...]:
    """Every kind of case there can be: those with words here, then those that came with a rule alone."""
    rules = {path.stem for path in (SQL / "rules").glob("*.sql")}
    return (*KINDS, *sorted(rules - KINDS.keys()))
