"""``detect``: the rules alone."""

from __future__ import annotations

from datetime import datetime

import click
from rich.console import Console

from reconciler.cli.installation import AS_OF, print_json, work
from reconciler.detect.detection import detect as detect_now


@click.command()
@AS_OF
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def detect(as_of: datetime | None, as_json: bool) -> None:
    """Judge what changed since the last look; no network.

    Example: reconciler detect --as-of 2026-11-23T02:00:00+02:00 --json
    """
    with Console(stderr=True).status("Comparing the two stories"):
        found = work(lambda here: detect_now(here.pool, here.config, here.shop_ids, here.now), as_of)
    if as_json:
        print_json(found.json())
        return
    click.echo(f"{found.opened} opened, {found.refreshed} refreshed, {found.settled} settled.")
    for kind, count in found.by_kind.items():
        click.echo(f"  {count:6} {kind}")
