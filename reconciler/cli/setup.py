"""``migrate`` and ``doctor``: bring the database up to date, say what is wrong with this installation."""

from __future__ import annotations

import asyncio

import click

from reconciler.cli.installation import Installation, installation, print_json
from reconciler.config import load
from reconciler.desk.letters import TEMPLATES
from reconciler.detect.rules import rules
from reconciler.errors import ReconcilerError
from reconciler.store.database import embedded_url
from reconciler.store.migrations import migrate as bring_up


@click.command()
def migrate() -> None:
    """Bring the database to the newest schema; safe to repeat, safe beside others.

    Example: RECONCILER_DATABASE_URL=postgresql://... reconciler migrate
    """
    config = load()
    asyncio.run(bring_up(config.database_url or embedded_url(config.data)))
    click.echo("The database has the newest schema.")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(as_json: bool) -> int:
    """What is wrong with this installation, and what mends it.

    Example: reconciler doctor
    """
    findings = asyncio.run(_findings())
    if as_json:
        print_json({"findings": findings, "ok": not findings})
    else:
        for finding in findings or ["Nothing is wrong."]:
            click.echo(finding)
    return 1 if findings else 0


async def _findings() -> list[str]:
    try:
        async with installation() as here:
            return [*await _database(here), *_shops(here), *_files()]
    except ReconcilerError as error:
        return [str(error)]


async def _database(here: Installation) -> list[str]:
    found = []
    async with here.pool.acquire(timeout=10) as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            if await connection.fetchval("select current_setting($1)", setting) == "off":
                found.append(f"The database has {setting} off: a power cut can lose or break what was saved; turn it on.")
        version = await connection.fetchval("select current_setting('server_version_num')::int")
        if version < 150_000:
            found.append("The database is older than PostgreSQL 15; move to 15 or newer.")
        refused = await connection.fetch("select name, health_reason from accounts where health = 'refused' order by name")
        found += [f"[accounts.{row['name']}] was refused: {row['health_reason']}" for row in refused]
    return found


def _shops(here: Installation) -> list[str]:
    found = []
    for key, shop in here.config.shops.items():
        if here.config.source == "built-in defaults":
            return ["There is no reconciler.toml: imports work, but letters have no sender; see README, Settings."]
        missing = [name for name in ("legal_name", "tax_number", "official_email", "phone") if not getattr(shop, name)]
        if missing:
            found.append(f"[shops.{key}] lacks {', '.join(missing)}; letters to couriers need them.")
    return found


def _files() -> list[str]:
    kinds = {rule.kind for rule in rules()}
    silent = sorted(kind for kind in kinds if not (TEMPLATES / kind).is_dir())
    return [f"The rule {kind} has no letters in templates/letters/{kind}." for kind in silent]
