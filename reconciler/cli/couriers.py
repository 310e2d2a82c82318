"""``courier``: what is built in, are credentials good, what do we make of a recorded answer."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from couriers.contract import CourierInfo
from couriers.errors import CourierError
from couriers.http import open_session
from couriers.registry import UnknownCourier, all_couriers
from couriers.registry import courier as courier_named
from couriers.report import manifest_json, parcels_json
from reconciler.cli.installation import print_json, say, table_console
from reconciler.config import load
from reconciler.errors import WrongCall
from reconciler.pull.accounts import connected


@click.group()
def courier() -> None:
    """The couriers built in or installed."""


@courier.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the facts as JSON.")
def list_(as_json: bool) -> None:
    """Every courier: what it can tell, which settings its account needs, how a COD may be corrected.

    Example: reconciler courier list
    """
    rows = [_facts(info) for info in all_couriers().values()]
    if as_json:
        print_json({"couriers": rows})
        return
    table = Table("courier", "country", "currency", "account settings", "COD lower", "COD raise", "payout days", "mail")
    for row in rows:
        table.add_row(
            row["name"], row["country"], row["currency"], ", ".join(each["key"] for each in row["fields"]),
            ", ".join(row["cod_lower"]) or "unknown", ", ".join(row["cod_raise"]) or "unknown",
            str(row["payout_days"] or "unknown"), row["claims_email"] or "unknown",
        )  # fmt: skip
    table_console().print(table)


def _facts(info: CourierInfo) -> dict[str, Any]:
    book = info.rulebook
    return {
        "name": info.name, "title": book.title, "country": book.country, "currency": info.currency, "base_url": info.base_url,
        "batch": info.batch, "fields": [each._asdict() for each in info.fields], "cod_lower": list(book.cod_lower),
        "cod_raise": list(book.cod_raise), "payout_days": book.payout_days, "storage_days": book.storage_days,
        "claims_email": book.claims_email, "sources": book.sources,
    }  # fmt: skip


@courier.command()
@click.argument("name")
def check(name: str) -> int:
    """Are the credentials good? NAME is an account of reconciler.toml, or a courier: then all its accounts.

    Example: reconciler courier check fan-main
    """
    config = load()
    chosen = [each for key, each in config.accounts.items() if name in (key, each.courier)]
    if not chosen:
        raise WrongCall(f"{config.source} has no account '{name}' and no account with a courier of that name.")

    async def run() -> int:
        failed = 0
        async with open_session() as session:
            for each in chosen:
                try:
                    click.echo(f"{each.account.name}: {await connected(each, session).check()}")
                except CourierError as error:
                    failed += 1
                    say(f"{each.account.name}: {error.message}")
        return 1 if failed else 0

    return asyncio.run(run())


@courier.command()
@click.argument("name")
@click.argument("kind", type=click.Choice(["tracking", "parcels", "manifest"]))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--awb", help="The parcel, where the answer does not name it.")
@click.option("--account", help="An account whose column map the file follows (generic).")
@click.option("--json", is_flag=True, expose_value=False, help="It always prints JSON.")
def parse(name: str, kind: str, file: Path, awb: str | None, account: str | None) -> int:
    """What do we make of this recorded answer? No database, no network.

    Example: reconciler courier parse fan tracking answer.json --json
    """
    try:
        info = courier_named(name)
    except UnknownCourier as error:
        raise WrongCall(str(error)) from None
    try:
        body = file.read_bytes()
    except OSError as error:
        raise WrongCall(f"{file} cannot be read: {error.strerror}.") from None
    try:
        parser = info.parser_of(load().account(account).account if account else None)
        if kind == "manifest":
            shown = manifest_json(info.name, parser.manifest(io.BytesIO(body)))
            understood = shown["lines"] or not shown["rejected"]
        else:
            read = parser.tracking if kind == "tracking" else parser.parcels
            shown = parcels_json(info.name, read(body, awb))
            understood = shown["parcels"] or not shown["complaints"]
    except CourierError as error:
        print_json({"courier": info.name, "error": {"kind": error.kind, "message": error.message}})
        return 1
    print_json(shown)
    return 0 if understood else 1
