"""The clock: wakes each shop's night. The runs table decides whether it happened; the clock is only a hint.

Triggers are in UTC, where no hour is missing or double; a late wake-up still counts.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from reconciler.config import Config
from reconciler.jobs.nightly import Night, run_night
from reconciler.store import Pool
from reconciler.store.statements import statements

log = structlog.get_logger(__name__)

_DAYS_BACK = 14
_GRACE_SECONDS = 6 * 3600
_WATCH_MINUTES = 10


class Nights:
    """Every shop's nights on this installation."""

    def __init__(self, pool: Pool, config: Config, shop_ids: dict[str, int], now: Callable[[], datetime]) -> None:
        self._pool, self._config, self._shop_ids, self._now = pool, config, shop_ids, now
        self._at = time.fromisoformat(config.nightly_at)
        self._one_at_a_time = asyncio.Lock()

    async def catch_up(self) -> None:
        """Runs every shop's newest night that is due and has no run; older missed ones are covered by it."""
        async with self._one_at_a_time:
            for shop in self._shop_ids:
                try:
                    await self._catch_up(shop)
                except Exception:
                    log.exception("night failed", shop=shop)

    async def _catch_up(self, shop: str) -> None:
        now = self._now()
        due = due_date(now, self._at, self._config.shops[shop].timezone)
        sql = statements("runs")
        async with self._pool.acquire(timeout=10) as connection:
            last: date | None = await sql.last_date(connection, shop=self._shop_ids[shop])
        report = await run_night(Night(self._pool, self._config, self._shop_ids, shop, now, business_date=due))
        if report is None:
            return
        log.info("night done", shop=shop, date=due, state=report.state, opened=report.detected.opened)
        missed = last + timedelta(days=1) if last else due
        missed = max(missed, due - timedelta(days=_DAYS_BACK))
        while missed < due:
            async with self._pool.acquire(timeout=10) as connection:
                await sql.cover(connection, shop=self._shop_ids[shop], business_date=missed, by=report.run, now=now)
            missed += timedelta(days=1)


def due_date(now: datetime, at: time, timezone: str) -> date:
    """The shop's newest business date whose night is due: the local date of the last time the UTC clock showed ``at``."""
    today = datetime.combine(now.astimezone(UTC).date(), at, UTC)
    last = today if today <= now else today - timedelta(days=1)
    return last.astimezone(ZoneInfo(timezone)).date()


@asynccontextmanager
async def ticking(nights: Nights, at: str) -> AsyncIterator[None]:
    """The clock while the service runs: nightly, and a watch every ten minutes for nights that were missed."""
    scheduler = AsyncIOScheduler(timezone=UTC)
    hour, minute = at.split(":")[:2]
    options = {"coalesce": True, "max_instances": 1, "misfire_grace_time": _GRACE_SECONDS}
    scheduler.add_job(nights.catch_up, CronTrigger(hour=int(hour), minute=int(minute), timezone=UTC), **options)
    scheduler.add_job(
        nights.catch_up, IntervalTrigger(minutes=_WATCH_MINUTES, timezone=UTC), next_run_time=datetime.now(UTC), **options
    )
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)
