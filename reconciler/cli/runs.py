"""``detect``, ``nightly``, ``serve``, ``demo``: the work itself."""

from __future__ import annotations

import asyncio
import signal
from datetime import UTC, datetime
from pathlib import Path

import click
from aiohttp import web
from rich.table import Table

from reconciler.cli.installation import AS_OF, Installation, installation, print_json, say, table_console, work
from reconciler.config import Config
from reconciler.errors import ReconcilerError
from reconciler.jobs.clock import Nights, ticking
from reconciler.jobs.nightly import Night, RunReport, run_night, summed
from reconciler.store import Pool
from reconciler.web.app import build_app


@click.command()
@click.option("--courier", "couriers", multiple=True, help="Only this courier; may be given several times.")
@click.option("--shop", help="Only this shop.")
@AS_OF
@click.option("--json", "as_json", is_flag=True, help="Print the run as JSON.")
def nightly(couriers: tuple[str, ...], shop: str | None, as_of: datetime | None, as_json: bool) -> int:
    """One full run now: ask couriers, judge, draft letters, summarise.

    Example: reconciler nightly --courier fan --json
    """

    async def run(here: Installation) -> list[RunReport]:
        chosen = [here.config.shop(shop).key] if shop else list(here.config.shops)
        known = {each.courier for each in here.config.accounts.values()}
        unknown = sorted(set(couriers) - known)
        if unknown:
            raise ReconcilerError(f"{here.config.source} has no account with the courier {unknown[0]}.")
        reports = []
        for key in chosen:
            night = Night(here.pool, here.config, here.shop_ids, key, here.now, couriers=couriers)
            report = await run_night(night, lambda step: say(f"  {step.name}: {step.state} {step.reason or ''}"))
            assert report is not None, "a run by hand has no business date and is never somebody else's"
            reports.append(report)
        return reports

    reports = work(run, as_of)
    total = summed(reports)
    if as_json:
        print_json(total.json())
    else:
        click.echo(f"Run {total.run}: {total.state}.")
        table_console().print(_summary(total))
    return 0 if total.state == "done" else 1


def _summary(report: RunReport) -> Table:
    table = Table("kind", "opened")
    for kind, count in report.detected.by_kind.items():
        table.add_row(kind, str(count))
    table.add_row("settled", str(report.detected.settled))
    table.add_row("letters drafted", str(report.drafts))
    return table


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8080, show_default=True, type=click.IntRange(1, 65535))
def serve(host: str, port: int) -> None:
    """Serve the pages, and wake each shop's night.

    Example: reconciler serve --port 8080
    """

    async def run() -> None:
        async with installation() as here:
            await serve_here(here, host, port)

    asyncio.run(run())


async def serve_here(here: Installation, host: str, port: int) -> None:
    """Pages and clock on an open installation, until asked to stop."""

    def clock() -> datetime:
        return datetime.now(UTC)

    runner = web.AppRunner(build_app(here.pool, here.config, clock), keepalive_timeout=15)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise ReconcilerError(f"Port {port} on {host} cannot be used ({error.strerror}); choose another with --port.") from None
        click.echo(f"Serving on http://{host}:{port} (stop with Ctrl-C)")
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, stopped.set)
        nights = Nights(here.pool, here.config, here.shop_ids, clock)
        async with ticking(nights, here.config.nightly_at):
            await stopped.wait()
    finally:
        await runner.cleanup()


@click.command()
@click.option("--once", is_flag=True, help="Stop after the summary.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
@click.option("--seed", default=1, show_default=True, help="Another seed, another world.")
@click.option("--orders", default=400, show_default=True, type=click.IntRange(60, 200_000), help="How many orders.")
@click.option("--dir", "folder", type=click.Path(path_type=Path), help="Keep the demo's files and database there.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(1, 65535))
def demo(once: bool, as_json: bool, seed: int, orders: int, folder: Path | None, port: int) -> int:
    """A sample shop in four countries, its couriers spoken to over HTTP, every kind of case in it.

    Example: reconciler demo --once --json
    """
    from reconciler.demo.show import show

    async def desk(config: Config, pool: Pool, shop_ids: dict[str, int]) -> None:
        await serve_here(Installation(config, pool, shop_ids, datetime.now(UTC)), "127.0.0.1", port)

    return asyncio.run(show(seed=seed, orders=orders, folder=folder, as_json=as_json, serve=None if once else desk))
