"""The demo: a world in a folder, its couriers on local ports, one night over it, and what that found."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from reconciler.config import Config, load
from reconciler.demo.files import write_orders, write_settings
from reconciler.demo.nights import Office
from reconciler.demo.sandboxes import sandboxes
from reconciler.demo.world import build
from reconciler.desk.words import KINDS, Kind
from reconciler.errors import WrongCall
from reconciler.jobs.nightly import RunReport, summed
from reconciler.store import Pool
from reconciler.store.database import open_pool, stop_embedded
from reconciler.store.shops import put_shops

Serve = Callable[[Config, Pool, dict[str, int]], Awaitable[None]]

# Tables, and what people call their rows.
_FACTS = {
    "orders": "orders",
    "parcels": "parcels",
    "events": "tracking events",
    "manifest_lines": "payout lines",
    "drafts": "letters",
}


async def show(*, seed: int, orders: int, folder: Path | None, as_json: bool, serve: Serve | None) -> int:
    """The whole demo; with ``serve`` the desk stays open after the summary. 0 where the night was done, else 1."""
    progress, console = Console(stderr=True), Console()
    with _at(folder) as here, progress.status(f"Making up a world of {orders} orders") as status:
        world = build(seed, datetime.now(UTC), orders)
        async with sandboxes(world) as addresses:
            settings = write_settings(world, addresses, here)
            write_orders(world, here / "orders.csv")
            status.update("Starting the embedded database")
            config = load({"RECONCILER_CONFIG": str(settings), "RECONCILER_DATA": str(here)})
            async with open_pool(config.database_url, config.data) as pool:
                shop_ids = await put_shops(pool, config)
                office = Office(world, here, config, pool, shop_ids)
                status.update("Importing the orders")
                await office.take_orders(here / "orders.csv")
                status.update("The night's reconciliation")
                reports = await office.nights(lambda step: status.update(f"{step.name}: {step.state}"), dated=True)
                status.stop()
                report = summed(reports)
                facts = await _facts(pool)
                if as_json:
                    console.file.write(json.dumps(facts | report.json(), ensure_ascii=False, indent=2) + "\n")
                else:
                    _tell(console, facts, report, here if folder else None)
                if serve is not None:
                    progress.print("The couriers' stand-ins answer as long as this runs.")
                    await serve(config, pool, shop_ids)
    return 0 if report.state == "done" else 1


@contextmanager
def _at(folder: Path | None) -> Iterator[Path]:
    """The folder asked for, which must be empty; else one of our own, removed at the end."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise WrongCall(f"--dir {folder} is not empty; name a new folder.")
        yield folder
        return
    own = Path(tempfile.mkdtemp(prefix="reconciler-demo-"))
    try:
        yield own
    finally:
        if (own / "postgres").exists():
            stop_embedded(own)
        shutil.rmtree(own, ignore_errors=True)


async def _facts(pool: Pool) -> dict[str, Any]:
    """How much there is, and the cases by kind."""
    async with pool.acquire(timeout=10) as connection:
        facts: dict[str, Any] = {name: await connection.fetchval(f"select count(*) from {name}") for name in _FACTS}
        cases = await connection.fetch("select kind, count(*) from cases where state = 'open' group by kind order by kind")
    return facts | {"cases": {row["kind"]: row["count"] for row in cases}}


def _tell(console: Console, facts: dict[str, Any], report: RunReport, kept: Path | None) -> None:
    console.print("\n".join(f"{facts[name]:9,} {words}" for name, words in _FACTS.items()), highlight=False)
    cases = Table("cases", "kind", "what it means", title="Where the two stories differ", title_justify="left")
    for kind, count in sorted(facts["cases"].items(), key=lambda each: -each[1]):
        named = KINDS.get(kind, Kind(kind, ""))
        cases.add_row(str(count), named.title, named.meaning)
    console.print(cases)
    steps = Table("step", "state", "seconds", "why", title="The night", title_justify="left")
    for step in report.steps:
        steps.add_row(step.name, step.state, f"{step.seconds:.2f}", step.reason or "")
    console.print(steps)
    console.print(f"Run {report.state}: {sum(facts['cases'].values())} cases, {report.drafts} letters drafted for review.")
    if kept:
        console.print(f"Kept; look again with: RECONCILER_CONFIG={kept}/reconciler.toml RECONCILER_DATA={kept} reconciler cases")
