"""Reads cases: the queue with its filter and pages, one case with all its facts, and both as JSON."""

from __future__ import annotations

import binascii
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, cast

from couriers.facts import Money
from couriers.registry import all_couriers
from reconciler.desk.case_facts import (
    Case,
    CaseDetail,
    Change,
    Claimed,
    Draft,
    Order,
    Parcel,
    Payout,
    Promise,
    Scan,
)
from reconciler.desk.evidence import plain
from reconciler.desk.words import LIVE, SEVERITIES, STATES, Severity, State, known_kinds
from reconciler.errors import WrongCall
from reconciler.store import Connection
from reconciler.store.statements import statements

_KEY: Final = re.compile(r"([1-4])\|(-?\d{1,17})\|(\d{1,18})", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases: None means any; a state of None means those that live, open and waiting."""

    kind: str | None = None
    state: State | Literal["all"] | None = None
    courier: str | None = None
    severity: Severity | None = None
    shop: str | None = None

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> CaseFilter:
        """The filter a form, a query or a command line asks for. Raises WrongCall with what it may be."""
        kind = _one_of("kind", asked, known_kinds())
        state = _one_of("state", asked, (*STATES, "all"))
        courier = _one_of("courier", asked, tuple(all_couriers()))
        severity = _one_of("severity", asked, SEVERITIES)
        shop = asked.get("shop") or None  # which shops there are, the database knows
        return cls(kind, cast("State | Literal['all'] | None", state), courier, cast("Severity | None", severity), shop)

    @property
    def states(self) -> list[str]:
        """The states looked at."""
        match self.state:
            case None:
                return list(LIVE)
            case "all":
                return list(STATES)
            case one:
                return [one]

    @property
    def chosen(self) -> dict[str, str]:
        """What is asked for, by name."""
        values = {"kind": self.kind, "state": self.state, "courier": self.courier, "severity": self.severity, "shop": self.shop}
        return {name: value for name, value in values.items() if value is not None}


def _one_of(name: str, asked: Mapping[str, str], allowed: tuple[str, ...]) -> str | None:
    value = asked.get(name) or None
    if value is not None and value not in allowed:
        raise WrongCall(f"{name} must be one of {', '.join(allowed)}.")
    return value


@dataclass(frozen=True, slots=True)
class CasePage:
    """Some of the cases a filter finds, how many there are in all, and where the next page begins."""

    cases: list[Case]
    total: int
    next: str | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many cases each choice of a list would find, the other choices as they are."""

    total: int = 0
    kind: Mapping[str, int] = field(default_factory=dict)
    courier: Mapping[str, int] = field(default_factory=dict)
    severity: Mapping[str, int] = field(default_factory=dict)
    state: Mapping[str, int] = field(default_factory=dict)
    shop: Mapping[str, int] = field(default_factory=dict)


async def list_cases(connection: Connection, chosen: CaseFilter, *, limit: int, after: str | None = None) -> CasePage:
    """A page of cases, urgent first, then by what is due. Raises WrongCall for an unknown shop or a wrong cursor."""
    rank, due_at, last_id = _key(after)
    sql = statements("cases")
    where = await _where(connection, chosen)
    rows = [row async for row in sql.page(connection, **where, rank=rank, due_at=due_at, id=last_id, limit=limit + 1)]
    cases = [Case.of(row) for row in rows[:limit]]
    following = _cursor(cases[-1]) if len(rows) > limit and cases else None
    return CasePage(cases, cast(int, await sql.total(connection, **where)), following)


async def counts(connection: Connection, chosen: CaseFilter) -> Counts:
    """What the lists of the filter bar count. Settled and dismissed cases are counted only where they are looked at."""
    states = sorted({*LIVE, *chosen.states})
    names = ("kind", "courier", "severity", "shop")
    wanted = {name: value for name, value in chosen.chosen.items() if name in names}
    sums: dict[str, Counter[str]] = {name: Counter() for name in (*names, "state")}
    total = 0
    async for row in statements("cases").tally(connection, states=states):
        misses = {name for name, value in wanted.items() if row[name] != value}
        if row["state"] not in chosen.states:
            misses.add("state")
        if not misses:
            total += row["number"]
        for name, counter in sums.items():
            if misses <= {name}:
                counter[row[name]] += row["number"]
    return Counts(total, **sums)


async def shop_names(connection: Connection) -> list[str]:
    """The shops there are."""
    return [row["name"] async for row in statements("cases").shops(connection)]


async def case_detail(connection: Connection, case_id: int) -> CaseDetail | None:
    """One case with its order, parcels, scans, claims, payouts, history and letters; None where there is none."""
    sql = statements("cases")
    row = await sql.one(connection, id=case_id)
    if row is None:
        return None
    case = Case.of(row)
    order = await sql.order_of(connection, order_id=case.order_id)
    parcels = [Parcel.of(each) async for each in sql.parcels(connection, parcel_id=case.parcel_id, order_id=case.order_id)]
    ids = [each.id for each in parcels]
    return CaseDetail(
        case=case,
        order=Order.of(order) if order else None,
        promises=[Promise.of(each) async for each in sql.promises(connection, order_id=case.order_id)],
        parcels=parcels,
        scans=[Scan.of(each) async for each in sql.events(connection, parcel_ids=ids)],
        claims=[Claimed.of(each) async for each in sql.claims(connection, parcel_ids=ids)],
        payouts=[Payout.of(each) async for each in sql.payouts(connection, parcel_ids=ids)],
        history=[Change.of(each) async for each in sql.history(connection, case_id=case_id)],
        drafts=[Draft.of(each) async for each in sql.drafts(connection, case_id=case_id)],
    )


def case_json(case: Case) -> dict[str, Any]:
    """A case as a list prints it, without drafts."""
    return {
        "id": case.id,
        "kind": case.kind,
        "state": case.state,
        "severity": case.severity,
        "shop": case.shop,
        "courier": case.courier,
        "awb": case.awb,
        "order_ref": case.order_ref,
        "told": _amount(case.told),
        "asked": _amount(case.asked),
        "difference": None if case.difference is None else str(case.difference.amount),
        "explanations": list(case.explanations),
        "opened_at": instant(case.opened_at),
        "due_at": instant(case.due_at),
        "assignee": case.assignee,
        "evidence": plain(case.evidence),
    }


def detail_json(detail: CaseDetail) -> dict[str, Any]:
    """A case as it is printed alone: with drafts, the courier's scans and what became of it, newest first."""
    return case_json(detail.case) | {
        "drafts": [
            {
                "id": draft.id,
                "audience": draft.audience,
                "language": draft.language,
                "subject": draft.subject,
                "body": draft.body,
                "objections": list(draft.objections),
                "made_at": instant(draft.made_at),
            }
            for draft in detail.drafts
        ],
        "timeline": [
            {
                "at": instant(scan.at),
                "awb": detail.awbs[scan.parcel_id],
                "status": scan.status,
                "code": scan.code,
                "text": scan.text,
                "place": scan.place,
                "reason": scan.reason,
            }
            for scan in detail.scans
        ],
        "history": [
            {"at": instant(change.at), "what": change.what, "actor": change.actor, "facts": plain(change.facts)}
            for change in detail.history
        ],
        "closed_at": None if detail.case.closed_at is None else instant(detail.case.closed_at),
        "closed_reason": detail.case.closed_reason,
    }


def instant(at: datetime) -> str:
    """ISO 8601 in UTC, to the second."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _amount(money: Money | None) -> dict[str, str] | None:
    return None if money is None else {"amount": str(money.amount), "currency": money.currency}


async def _where(connection: Connection, chosen: CaseFilter) -> dict[str, Any]:
    shop_id = None
    if chosen.shop is not None:
        shops = {row["name"]: row["id"] async for row in statements("cases").shops(connection)}
        if chosen.shop not in shops:
            raise WrongCall(f"shop must be one of {', '.join(shops) or 'none yet'}.")
        shop_id = shops[chosen.shop]
    return {
        "kind": chosen.kind,
        "states": chosen.states,
        "courier": chosen.courier,
        "severity": chosen.severity,
        "shop_id": shop_id,
    }


def _cursor(case: Case) -> str:
    """Where a page ended: the key of its last case, to the microsecond."""
    key = f"{case.rank}|{(case.due_at - _EPOCH) // timedelta(microseconds=1)}|{case.id}"
    return urlsafe_b64encode(key.encode()).decode().rstrip("=")


def _key(cursor: str | None) -> tuple[int, datetime, int]:
    if cursor is None:
        return 0, _EPOCH, 0
    try:
        text = urlsafe_b64decode(cursor.encode("ascii") + b"==").decode("ascii")
        found = _KEY.fullmatch(text)
        if found is not None:
            return int(found[1]), _EPOCH + timedelta(microseconds=int(found[2])), int(found[3])
    except (ValueError, OverflowError, binascii.Error):
        pass
    raise WrongCall("after must be the 'next' of an earlier page.")
