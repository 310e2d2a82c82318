"""The shop's part of the demo: takes the world's files in and runs every shop's night."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path

from couriers.registry import all_couriers, courier
from reconciler.config import Config
from reconciler.demo.files import write_invoices
from reconciler.demo.world import Market, World
from reconciler.intake.answers import ManifestSource, import_manifest
from reconciler.intake.orders import import_orders
from reconciler.intake.rejects import Counts
from reconciler.jobs.clock import due_date
from reconciler.jobs.nightly import Night, RunReport, run_night
from reconciler.pull.pulling import Step
from reconciler.store import Pool


@dataclass(frozen=True)
class Office:
    """The shops' installation in the demo's world."""

    world: World
    folder: Path
    config: Config
    pool: Pool
    shop_ids: Mapping[str, int]

    async def take_orders(self, path: Path, progress: Callable[[int], None] = lambda _rows: None) -> Counts:
        """Imports an orders file."""
        shops = {key: (self.shop_ids[key], shop) for key, shop in self.config.shops.items()}
        now = self.world.now
        return await import_orders(self.pool, path, shops, all_couriers(), default_shop=None, now=now, progress=progress)

    async def take_payouts(self, market: Market) -> Counts:
        """Imports the payouts of a courier that publishes them as files only."""
        land = market.land
        total = Counts()
        if land.courier == "packeta":
            each = self.config.account(land.account)
            whose = ManifestSource(courier(land.courier), each.account, self.shop_ids[each.shop])
            for path in write_invoices(market, self.folder):
                counts = await import_manifest(self.pool, path, whose, now=self.world.now)
                total.new, total.unchanged = total.new + counts.new, total.unchanged + counts.unchanged
                total.rejected += counts.rejected
        return total

    async def nights(
        self, told: Callable[[Step], None] = lambda _step: None, *, dated: bool = False, now: datetime | None = None
    ) -> list[RunReport]:
        """Every shop's run, its files taken in before; ``dated``: as its date's night, so that the clock need not catch up."""
        reports = []
        at = time.fromisoformat(self.config.nightly_at)
        moment = now or self.world.now
        for market in self.world.markets:
            key = market.land.shop
            await self.take_payouts(market)
            date = due_date(moment, at, market.land.zone) if dated else None
            report = await run_night(Night(self.pool, self.config, self.shop_ids, key, moment, business_date=date), told)
            if report is not None:
                reports.append(report)
        return reports
