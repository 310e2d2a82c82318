"""Asks one account's courier everything that is due, and records it: parcels on record, tracking, payouts.

Three steps, each with its own outcome; what the courier did not say changes nothing.
"""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

import aiohttp
import structlog

from couriers.contract import Ask, CourierInfo, ListsParcels, PaysOut, Tracks
from couriers.errors import CourierError
from couriers.facts import Complaint, ParcelReport, Parcels
from couriers.registry import courier
from reconciler.config import ShopAccount
from reconciler.errors import ReconcilerError
from reconciler.intake.answers import ManifestSource, take_manifest
from reconciler.pull.accounts import connected
from reconciler.store import Pool
from reconciler.store.reports import Source, record_reports
from reconciler.store.statements import statements

log = structlog.get_logger(__name__)

StepState = Literal["running", "done", "partial", "failed"]
_PAGE = 2_000
_RECORD = 1_000
_STEP_SECONDS = 3 * 3600


@dataclass(frozen=True)
class Step:
    """How one step went. ``reason`` says why it is not done, in a sentence."""

    name: str
    state: StepState
    reason: str | None
    seconds: float


class Errand(NamedTuple):
    """One account to ask, for one shop, as of one moment."""

    pool: Pool
    each: ShopAccount
    shop_id: int
    session: aiohttp.ClientSession
    now: datetime

    @property
    def info(self) -> CourierInfo:
        """The account's courier."""
        return courier(self.each.courier)

    def source(self, kind: str) -> Source:
        """Where what it says is recorded as coming from."""
        return Source(self.shop_id, self.each.courier, self.each.account.name, kind)


async def pull(errand: Errand) -> AsyncIterator[Step]:
    """The steps of one account, in turn. A refused password ends them; any other failure only its own step."""
    try:
        connection = connected(errand.each, errand.session)
    except ReconcilerError as error:
        yield Step(f"{errand.each.account.name}: connect", "failed", str(error), 0.0)
        return
    steps: list[tuple[str, Callable[[Errand], Awaitable[list[Complaint]]]]] = []
    if isinstance(connection, ListsParcels):
        steps.append(("parcels", lambda errand: _pull_parcels(errand, connection)))
    if isinstance(connection, Tracks):
        steps.append(("tracking", lambda errand: _pull_tracking(errand, connection)))
    if isinstance(connection, PaysOut):
        steps.append(("payouts", lambda errand: _pull_payouts(errand, connection)))
    for kind, work in steps:
        step, refused = await _step(f"{errand.each.account.name}: {kind}", errand, work)
        yield step
        if refused:
            return


async def _step(name: str, errand: Errand, work: Callable[[Errand], Awaitable[list[Complaint]]]) -> tuple[Step, bool]:
    started = time.monotonic()
    try:
        async with asyncio.timeout(_STEP_SECONDS):
            complaints = await work(errand)
    except CourierError as error:
        await _note_health(errand, "refused" if error.kind == "auth" else "down", error.message)
        return Step(name, "failed", error.message, time.monotonic() - started), error.kind == "auth"
    except TimeoutError:
        await _note_health(errand, "down", "The courier took longer than a step may take.")
        return Step(name, "failed", "The courier took longer than a step may take.", time.monotonic() - started), False
    await _note_health(errand, "up", None)
    reason = None
    if complaints:
        first = complaints[0]
        reason = f"{len(complaints)} items were not understood; the first: {first.where}: {first.reason}"
    return Step(name, "partial" if complaints else "done", reason, time.monotonic() - started), False


async def _note_health(errand: Errand, health: str, reason: str | None) -> None:
    """Logged when it changes, not at every failure."""
    name = errand.each.account.name
    async with errand.pool.acquire(timeout=60) as connection:
        before = await statements("shops").set_health(connection, name=name, health=health, reason=reason, now=errand.now)
    if before is not None and (before, health) != ("unknown", "up"):
        log.warning("courier account changed", account=name, before=before, now=health, reason=reason)


async def _pull_parcels(errand: Errand, connection: ListsParcels) -> list[Complaint]:
    since, until = await _window(errand, "parcels_since")
    complaints: list[Complaint] = []
    async for page in connection.parcels(since, until):
        complaints += page.complaints
        await _record(errand, page.parcels, "parcels")
    return complaints


async def _pull_tracking(errand: Errand, connection: Tracks) -> list[Complaint]:
    complaints: list[Complaint] = []
    reports: list[ParcelReport] = []
    room = asyncio.Semaphore(errand.info.parallel)

    async def ask(some: Sequence[Ask]) -> Parcels:
        async with room:
            return await connection.track(some)

    async for page in _due(errand):
        batches = [asyncio.create_task(ask(some)) for some in _batches(page, errand.info.batch)]
        try:
            for answered in asyncio.as_completed(batches):
                answer = await answered
                complaints += answer.complaints
                reports += answer.parcels
                if len(reports) >= _RECORD:
                    await _record(errand, reports, "tracking")
                    reports = []
        finally:
            for batch in batches:
                batch.cancel()
            await asyncio.gather(*batches, return_exceptions=True)
            await _record(errand, reports, "tracking")
            reports = []
    return complaints


def _batches(asks: list[Ask], size: int) -> list[list[Ask]]:
    return [asks[start : start + size] for start in range(0, len(asks), size)]


async def _due(errand: Errand) -> AsyncIterator[list[Ask]]:
    after = 0
    while True:
        async with errand.pool.acquire(timeout=60) as connection:
            rows = [
                row
                async for row in statements("pull").due_for_tracking(
                    connection, shop=errand.shop_id, courier=errand.each.courier, account=errand.each.account.name,
                    after=after, limit=_PAGE, now=errand.now,
                )
            ]  # fmt: skip
        if not rows:
            return
        after = rows[-1]["id"]
        yield [Ask(row["awb"], row["phone"] or None) for row in rows]


async def _pull_payouts(errand: Errand, connection: PaysOut) -> list[Complaint]:
    since, until = await _window(errand, "payouts_since")
    whose = ManifestSource(errand.info, errand.each.account, errand.shop_id)
    rejected = 0
    async for document in connection.payouts(since, until):
        opened = partial(io.BytesIO, document.body)
        counts = await take_manifest(errand.pool, opened, document.name, whose, None, now=errand.now)
        rejected += counts.rejected
    return [Complaint("payouts", f"{rejected} lines could not be read")] if rejected else []


async def _window(errand: Errand, which: str) -> tuple[date, date]:
    """The days to ask for, in the courier's zone."""
    async with errand.pool.acquire(timeout=60) as connection:
        row = await statements("pull").windows(
            connection, shop=errand.shop_id, courier=errand.each.courier, account=errand.each.account.name, now=errand.now
        )
    zone = ZoneInfo(errand.info.rulebook.zone)
    today = errand.now.astimezone(zone).date()
    return (row[which] or errand.now - timedelta(days=1)).astimezone(zone).date(), today


async def _record(errand: Errand, reports: Sequence[ParcelReport], kind: str) -> None:
    if reports:
        async with errand.pool.acquire(timeout=60) as connection:
            await record_reports(connection, reports, errand.source(kind), errand.info.awb_key, errand.now)
