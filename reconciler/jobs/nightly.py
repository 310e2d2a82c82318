"""One reconciliation of a shop: pull, detect, draft, summarise; each courier account a step of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from time import monotonic
from typing import Any

import structlog

from couriers.http import open_session
from reconciler.config import Config, ShopAccount
from reconciler.desk.drafting import draft_cases
from reconciler.detect.detection import Detected, detect
from reconciler.pull.pulling import Errand, Step, StepState, pull
from reconciler.store import Pool
from reconciler.store.statements import statements

log = structlog.get_logger(__name__)

_HEARTBEAT_SECONDS = 30
_RUN_SECONDS = 6 * 3600


@dataclass
class RunReport:
    """How a run went. ``drafts`` counts the letters made."""

    run: int
    state: StepState = "done"
    detected: Detected = field(default_factory=Detected)
    drafts: int = 0
    steps: list[Step] = field(default_factory=list)

    def json(self) -> dict[str, Any]:
        """As ``nightly --json`` prints it."""
        steps = [vars(each) | {"seconds": round(each.seconds, 3)} for each in self.steps]
        return self.detected.json() | {"run": self.run, "state": self.state, "steps": steps}


@dataclass(frozen=True)
class Night:
    """What a run works with: the shop, which couriers (all if empty), the business date (None: by hand), the time taken as now."""

    pool: Pool
    config: Config
    shop_ids: Mapping[str, int]
    shop: str
    now: datetime
    business_date: date | None = None
    couriers: Collection[str] = ()

    def accounts(self) -> list[ShopAccount]:
        """The shop's accounts to ask."""
        own = [each for each in self.config.accounts.values() if each.shop == self.shop]
        return [each for each in own if not self.couriers or each.courier in self.couriers]


async def run_night(night: Night, told: Callable[[Step], None] = lambda _step: None) -> RunReport | None:
    """The whole run; None where somebody else has this business date. ``told`` hears each step as it ends."""
    sql = statements("runs")
    async with night.pool.acquire(timeout=10) as connection:
        run_id = await sql.begin(connection, shop=night.shop_ids[night.shop], business_date=night.business_date, now=night.now)
    if run_id is None:
        return None
    report = RunReport(run_id)
    started = monotonic()

    async def note(step: Step) -> None:
        report.steps.append(step)
        async with night.pool.acquire(timeout=10) as connection:
            await sql.put_step(
                connection, run=run_id, name=step.name, state=step.state, reason=step.reason, seconds=step.seconds, now=night.now
            )
        told(step)

    async with _alive(night.pool, run_id):
        try:
            async with asyncio.timeout(_RUN_SECONDS):
                await _pull_all(night, note)
                await note(await _own("detect", lambda: _detect(night, report)))
                await note(await _own("draft", lambda: _draft(night, report)))
        except TimeoutError:
            await note(Step("run", "failed", "The run took longer than six hours and was ended.", float(_RUN_SECONDS)))
        report.state = _state(report.steps)
        counts = report.detected.json() | {"drafts": report.drafts}
        async with night.pool.acquire(timeout=10) as connection:
            ended = night.now + timedelta(seconds=monotonic() - started)
            await sql.finish(connection, run=run_id, state=report.state, counts=counts, now=ended)
    return report


def summed(reports: list[RunReport]) -> RunReport:
    """Several shops' runs as one: the worst state, all steps, the counts added."""
    total = reports[0]
    for each in reports[1:]:
        total.detected.opened += each.detected.opened
        total.detected.refreshed += each.detected.refreshed
        total.detected.settled += each.detected.settled
        for kind, count in each.detected.by_kind.items():
            total.detected.by_kind[kind] = total.detected.by_kind.get(kind, 0) + count
        total.steps += each.steps
        total.drafts += each.drafts
        total.state = max(total.state, each.state, key=["running", "done", "partial", "failed"].index)
    return total


async def _pull_all(night: Night, note: Callable[[Step], Awaitable[None]]) -> None:
    """All accounts at once: one that hangs or fails delays no other."""

    async def one(each: ShopAccount) -> None:
        errand = Errand(night.pool, each, night.shop_ids[night.shop], session, night.now)
        try:
            async for step in pull(errand):
                await note(step)
        except Exception as error:
            log.exception("pull failed", account=each.account.name)
            await note(Step(f"{each.account.name}: pull", "failed", f"Our own work failed ({type(error).__name__}).", 0.0))

    async with open_session() as session:
        await asyncio.gather(*(one(each) for each in night.accounts() if each.account.base_url))


async def _own(name: str, work: Callable[[], Awaitable[None]]) -> Step:
    """A step of our own; its failure is told and ends the run as failed."""
    started = monotonic()
    try:
        await work()
    except Exception as error:
        log.exception("step failed", step=name)
        return Step(name, "failed", f"{type(error).__name__}: {error}", monotonic() - started)
    return Step(name, "done", None, monotonic() - started)


async def _detect(night: Night, report: RunReport) -> None:
    own = {night.shop: night.shop_ids[night.shop]}  # another shop's parcels may not have been asked about yet
    report.detected = await detect(night.pool, night.config, own, night.now)


async def _draft(night: Night, report: RunReport) -> None:
    report.drafts = await draft_cases(night.pool, night.config, night.now)


def _state(steps: list[Step]) -> StepState:
    """Done when all is done; failed when our own work failed or nothing at all worked; partial between."""
    if all(step.state == "done" for step in steps):
        return "done"
    own_failed = any(step.state == "failed" and step.name in ("detect", "draft", "run") for step in steps)
    return "failed" if own_failed else "partial"


@asynccontextmanager
async def _alive(pool: Pool, run_id: int) -> AsyncIterator[None]:
    """Tells others that the run is alive, until it ends."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(_HEARTBEAT_SECONDS)
            async with pool.acquire(timeout=10) as connection:
                await statements("runs").beat(connection, run=run_id)

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await beating
