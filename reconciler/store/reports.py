"""Records what couriers say of parcels, in bulk; the same answers twice change nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from couriers.facts import Event, ParcelReport, Recipient, Status
from reconciler.store import Connection
from reconciler.store.statements import statements


class Source(NamedTuple):
    """Where reports come from: the shop's id, the courier's name, the account's, and what kind of answer it was."""

    shop_id: int
    courier: str
    account: str | None
    kind: str  # tracking | parcels


class ReportCounts(NamedTuple):
    """What recording came to: parcels new to us, parcels changed, parcels unchanged, events new."""

    new: int
    changed: int
    unchanged: int
    events: int


async def record_reports(
    connection: Connection, reports: Sequence[ParcelReport], source: Source, awb_key: Callable[[str], str], now: datetime
) -> ReportCounts:
    """Some thousand reports in one transaction; those that name no parcel are left out (the reader complains of them)."""
    named = [report for report in reports if report.awb]
    sql = statements("reports")
    async with connection.transaction():
        await sql.stage(connection)
        tracked = source.kind == "tracking"
        rows = [_report_row(nth, each, awb_key, tracked) for nth, each in enumerate(named)]
        await connection.copy_records_to_table("staged_reports", records=rows)
        await connection.copy_records_to_table("staged_events", records=_event_rows(named))
        await connection.copy_records_to_table("staged_links", records=_link_rows(named, awb_key))
        where = {"shop": source.shop_id, "courier": source.courier}
        status = await sql.insert_unknown(connection, **where, account=source.account, now=now)
        new = int(str(status).split()[-1])
        await sql.resolve(connection, **where)
        await sql.insert_linked(connection, **where, account=source.account, now=now)
        await sql.join_families(connection, **where)
        events: int = await sql.insert_events(connection, now=now)
        await sql.move_parcels(connection, now=now)
        await sql.note_answers(connection, now=now)
        await sql.record_claims(connection, source=source.kind, now=now)
        await sql.record_addresses(connection)
        counts = await sql.hand_over_changes(connection)
    changed: int = counts["changed"]
    return ReportCounts(new, changed, max(0, counts["told"] - new - changed), events)


def _report_row(nth: int, report: ParcelReport, awb_key: Callable[[str], str], tracked: bool) -> tuple[Any, ...]:
    awb = _storable(report.awb) or ""
    newest = report.events[-1] if report.events else None
    tracked = tracked or bool(report.events) or report.status not in (Status.CREATED, Status.UNKNOWN)
    moving = _newest_moving(report.events)
    claim, place = report.claim, report.recipient
    return (
        nth, awb, awb_key(awb), report.status.value, _storable(report.error), tracked,
        report.registered_at, report.stored_until,
        newest.at if newest else None, moving.at if moving else None, _storable(moving.code) if moving else None,
        _storable(moving.text) if moving else None, _storable(moving.place) if moving else None,
        moving.reason.value if moving and moving.reason else None, _delivered_at(report.events),
        claim is not None, claim.money.minor if claim and claim.money else None,
        claim.money.currency if claim and claim.money else None, claim.state.value if claim else None,
        claim.paid_on if claim else None, _storable(claim.reference) if claim else None,
        *(_place(place) if place else (None,) * 6),
    )  # fmt: skip


def _storable(text: str | None) -> str | None:
    """Freed of what a database's text cannot hold: NUL and halves of characters."""
    if text is None or (text.isascii() and "\0" not in text):
        return text
    return text.encode("utf-8", "replace").decode().replace("\0", "")


def _newest_moving(events: Sequence[Event]) -> Event | None:
    return next((each for each in reversed(events) if not each.informs), None)


def _delivered_at(events: Sequence[Event]) -> datetime | None:
    """Since when it has been delivered; a scan taken back by a later one does not count."""
    since = None
    for each in reversed(events):
        if not each.informs and each.status is not Status.DELIVERED:
            break
        since = since if each.informs else each.at
    return since


def _event_rows(reports: Sequence[ParcelReport]) -> Iterator[tuple[Any, ...]]:
    for nth, report in enumerate(reports):
        for place, each in enumerate(report.events[-32_000:]):
            status = each.status.value if each.status else None
            reason = each.reason.value if each.reason else None
            code, text, where = _storable(each.code), _storable(each.text), _storable(each.place)
            yield nth, place, each.at, code, text, where, status, reason, each.informs


def _link_rows(reports: Sequence[ParcelReport], awb_key: Callable[[str], str]) -> Iterator[tuple[Any, ...]]:
    for nth, report in enumerate(reports):
        for link in report.linked:
            awb = _storable(link.awb) or ""
            yield nth, awb, awb_key(awb), link.why.value


def _place(place: Recipient) -> tuple[str | None, ...]:
    return tuple(_storable(text) for text in place)
