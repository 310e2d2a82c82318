"""The one story of a case: scans, claims, promises, payouts and what became of the case, newest first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal, NamedTuple

from couriers.facts import Money
from reconciler.desk import words
from reconciler.desk.case_facts import CaseDetail, Claimed, Payout, Promise, Scan

Who = Literal["courier", "customer", "money", "case"]


class Moment(NamedTuple):
    """One thing that happened: when, on whose side, to which parcel, in words."""

    at: datetime
    who: Who
    awb: str | None
    what: str
    more: str


def timeline(detail: CaseDetail) -> list[Moment]:
    """Everything in one order; at one time the case comes after what opened it."""
    return sorted(_all(detail), key=lambda each: (each.at, each.who == "case"), reverse=True)


def _all(detail: CaseDetail) -> Iterator[Moment]:
    for promise in detail.promises:
        yield Moment(promise.told_at, "customer", None, _told(promise), _place(promise))
    for scan in detail.scans:
        yield Moment(scan.at, "courier", detail.awbs[scan.parcel_id], _scanned(scan), scan.place or "")
    for claim in detail.claims:
        yield Moment(claim.seen_at, "money", detail.awbs[claim.parcel_id], _claimed(claim), f"source: {claim.source}")
    for payout in detail.payouts:
        yield Moment(payout.received_at, "money", detail.awbs[payout.parcel_id], _paid(payout), payout.statement)
    for change in detail.history:
        yield Moment(change.at, "case", None, f"{words.word(words.HISTORY, change.what)} by {change.actor}", "")


def _told(promise: Promise) -> str:
    day = f", for {promise.promised_on.day} {promise.promised_on:%B %Y}" if promise.promised_on else ""
    by = f" ({promise.told_by})" if promise.told_by else ""
    return f"Customer told {promise.told}{day}{by}"


def _place(promise: Promise) -> str:
    return ", ".join(filter(None, (promise.pickup_point, promise.street, promise.postcode, promise.city, promise.country)))


def _scanned(scan: Scan) -> str:
    if scan.status is None or scan.informs:
        return f"{scan.text} [{scan.code}]"
    reason = f", {words.word(words.REASON, scan.reason)}" if scan.reason else ""
    status = words.word(words.STATUS, scan.status)
    return f"{status[:1].upper()}{status[1:]}{reason}: {scan.text} [{scan.code}]"


def _claimed(claim: Claimed) -> str:
    return f"Courier {words.word(words.CLAIM, claim.state)} {_sum(claim.money)}"


def _paid(payout: Payout) -> str:
    if payout.remitted is None:
        return f"Statement: {payout.collected} collected, not yet paid out"
    return f"Statement: {payout.remitted} paid out of {payout.collected} collected, fee {payout.fee}"


def _sum(money: Money | None) -> str:
    return "an amount it does not state" if money is None else str(money) if money.minor else "nothing"
