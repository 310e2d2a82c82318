"""``export``: finance's reports."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import click
from rich.console import Console

from couriers.registry import UnknownCourier
from couriers.registry import courier as courier_named
from reconciler.cli.installation import Installation, print_json, say, work
from reconciler.errors import WrongCall

_SEPARATORS = {";": ";", ",": ",", "|": "|", "tab": "\t"}


@click.group()
def export() -> None:
    """Reports for finance."""


def _day(_context: click.Context, option: click.Parameter, text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise WrongCall(f"{option.opts[0]} '{text}' is no day; write it like 2026-11-01.") from None
    if not 2000 <= day.year < 2100:
        raise WrongCall(f"{option.opts[0]} '{text}' is not in our century; write it like 2026-11-01.")
    return day


@export.command()
@click.option("--from", "first", required=True, callback=_day, metavar="D", help="The first day, like 2026-11-01.")
@click.option("--to", "last", required=True, callback=_day, metavar="D", help="The last day; it counts too.")
@click.option("--shop", help="Only this shop.")
@click.option("--courier", help="Only this courier.")
@click.option(
    "--format", "kind", type=click.Choice(["csv", "xlsx", "parquet"]), metavar="csv|xlsx", default="csv", show_default=True,
    help="How it is written.",
)  # fmt: skip
@click.option("--separator", type=click.Choice(list(_SEPARATORS)), default=";", show_default=True, help="Between a CSV's columns.")
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help="Where to; else CSV goes to standard output.")
@click.option("--json", "as_json", is_flag=True, help="Print the totals as JSON; a CSV then needs --output.")
def cod(
    first: date, last: date, shop: str | None, courier: str | None, kind: str, separator: str, output: Path | None, as_json: bool
) -> None:
    """Finance's COD report: every parcel delivered or paid out on these days.

    \b
    Example: reconciler export cod --from 2026-11-01 --to 2026-11-30 --format xlsx
    """
    if first > last:
        raise WrongCall(f"--from {first} is after --to {last}; the first day comes first.")
    if kind == "parquet":
        raise WrongCall("Parquet is not offered yet; take --format csv or --format xlsx.")
    if as_json and kind == "csv" and output is None:
        raise WrongCall("The totals and the CSV would both go to standard output; name a file with --output.")
    try:
        its = courier_named(courier).name if courier else None
    except UnknownCourier as error:
        raise WrongCall(str(error)) from None
    file = output or (Path(f"cod-{first}-{last}.xlsx") if kind == "xlsx" else None)

    from reconciler.reports.cod import CsvSheet, Period, Totals, replacing, write_report, xlsx_sheet

    async def run(here: Installation) -> Totals:
        period = Period(first, last, here.shop_ids[here.config.shop(shop).key] if shop else None, its)
        with ExitStack() as stack:
            sink = stack.enter_context(replacing(file)) if file else sys.stdout.buffer
            if kind == "csv":
                return await write_report(here.pool, period, CsvSheet(sink, _SEPARATORS[separator]))
            return await write_report(here.pool, period, stack.enter_context(xlsx_sheet(sink)))

    with Console(stderr=True).status("Writing the report"):
        totals = work(run)
    if not totals.rows:
        say(f"No COD was delivered or paid out from {first} to {last}.")
    if as_json:
        print_json({"file": str(file), "from": first, "to": last, "rows": totals.rows, "totals": list(totals.lines())})
    elif file:
        say(f"{file}: {totals.rows} rows.")
