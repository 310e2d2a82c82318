"""What every command works with: settings, database, shops, clock; and how its errors are told."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from reconciler.config import Config, load
from reconciler.errors import WrongCall
from reconciler.store import Pool
from reconciler.store.database import open_pool
from reconciler.store.shops import put_shops

T = TypeVar("T")


@dataclass(frozen=True)
class Installation:
    """The settings in force, the open database, each shop's id, and the time taken as now."""

    config: Config
    pool: Pool
    shop_ids: dict[str, int]
    now: datetime


@asynccontextmanager
async def installation(as_of: datetime | None = None) -> AsyncIterator[Installation]:
    """Opens everything; closed at the end."""
    config = load()
    async with open_pool(config.database_url, config.data) as pool:
        yield Installation(config, pool, await put_shops(pool, config), as_of or datetime.now(UTC))


def work(main: Callable[[Installation], Awaitable[T]], as_of: datetime | None = None) -> T:
    """Runs one command's work."""

    async def run() -> T:
        async with installation(as_of) as opened:
            return await main(opened)

    return asyncio.run(run())


def moment(_context: click.Context, _option: click.Parameter, text: str | None) -> datetime | None:
    """``--as-of``: an ISO 8601 time; without an offset it is UTC."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise WrongCall(f"--as-of '{text}' is no time; write it like 2026-11-23T02:00:00+02:00.") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


AS_OF = click.option("--as-of", callback=moment, metavar="TIME", help="Judge as if it were then (ISO 8601).")


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def table_console() -> Console:
    """Where tables are printed: as wide as the terminal, or wide enough for every column where there is none."""
    return Console(width=None if sys.stdout.isatty() else 160)


def say(text: str) -> None:
    """One sentence on standard error."""
    click.echo(text, err=True)


def progress(what: str, path: Path) -> tuple[Progress, Callable[[int], None]]:
    """A bar on a terminal, silence elsewhere; rows are not known beforehand, so it counts them."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn(f"{what} {path.name}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=console, disable=not sys.stderr.isatty(), transient=True,
    )  # fmt: skip
    task = bar.add_task("rows", total=None)
    return bar, lambda rows: bar.advance(task, rows)
