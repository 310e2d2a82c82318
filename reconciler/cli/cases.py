"""``cases``, ``case``, ``drafts``: the queue, one case, its letters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.table import Table

from couriers.registry import courier as courier_named
from reconciler.cli.installation import Installation, print_json, say, table_console, work
from reconciler.desk.case_facts import Case, CaseDetail
from reconciler.desk.cases import CaseFilter, case_detail, case_json, detail_json, list_cases
from reconciler.desk.drafting import draft_cases
from reconciler.desk.letters import Letter
from reconciler.desk.mail import MailError, compose, file_name
from reconciler.desk.words import KINDS
from reconciler.errors import ReconcilerError, WrongCall
from reconciler.store import Record
from reconciler.store.statements import statements

_PAGE = 1_000


@click.command()
@click.option("--kind", help="Only this kind, e.g. cod_too_high.")
@click.option("--state", help="open, waiting, settled, dismissed, or all; open and waiting if not given.")
@click.option("--courier", help="Only this courier.")
@click.option("--shop", help="Only this shop.")
@click.option("--json", "as_json", is_flag=True, help="Print the cases as JSON.")
def cases(kind: str | None, state: str | None, courier: str | None, shop: str | None, as_json: bool) -> None:
    """The queue of differences, urgent first.

    Example: reconciler cases --kind cod_too_high --json
    """
    chosen = CaseFilter.of({"kind": kind or "", "state": state or "", "courier": courier or "", "shop": shop or ""})

    async def run(here: Installation) -> list[Case]:
        found: list[Case] = []
        after = None
        async with here.pool.acquire(timeout=10) as connection:
            while True:
                page = await list_cases(connection, chosen, limit=_PAGE, after=after)
                found += page.cases
                after = page.next
                if after is None:
                    return found

    found = work(run)
    if as_json:
        print_json({"cases": [case_json(each) for each in found], "total": len(found)})
    elif not found:
        click.echo("No open cases. Import orders and couriers' answers, then run: reconciler detect")
    else:
        table_console().print(_table(found))


def _table(found: list[Case]) -> Table:
    table = Table("id", "severity", "kind", "courier")
    for column in ("waybill", "order", "told", "asked"):
        table.add_column(column, no_wrap=True)
    table.add_column("why")
    for each in found:
        shown = case_json(each)
        told, asked = (f"{shown[side]['amount']} {shown[side]['currency']}" if shown[side] else "" for side in ("told", "asked"))
        title = KINDS[each.kind].title if each.kind in KINDS else each.kind
        table.add_row(
            str(each.id), each.severity, title, each.courier, each.awb or "", each.order_ref or "", told, asked,
            ", ".join(each.explanations),
        )  # fmt: skip
    return table


@click.command()
@click.argument("case_id", type=int, metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print the case as JSON.")
def case(case_id: int, as_json: bool) -> None:
    """One case with its evidence, timeline and letters.

    Example: reconciler case 41 --json
    """
    detail = work(lambda here: _detail(here, case_id))
    if as_json:
        print_json(detail_json(detail))
        return
    console = table_console()
    console.print(_table([detail.case]))
    console.print_json(data=detail.case.evidence, default=str)
    shown = detail_json(detail)
    for entry in shown.get("timeline", []):
        console.print("  ".join(str(value) for value in entry.values() if value is not None))


async def _detail(here: Installation, case_id: int) -> CaseDetail:
    async with here.pool.acquire(timeout=10) as connection:
        detail = await case_detail(connection, case_id)
    if detail is None:
        raise WrongCall(f"There is no case {case_id}; see: reconciler cases --state all")
    return detail


@click.command()
@click.argument("case_id", type=int, metavar="CASE")
@click.option("--audience", type=click.Choice(["courier", "customer", "call"]), help="Only this reader's letter.")
@click.option("--eml", type=click.Path(path_type=Path), metavar="DIR", help="Write the mails there as .eml files.")
@click.option("--json", "as_json", is_flag=True, help="Print the letters as JSON.")
def drafts(case_id: int, audience: str | None, eml: Path | None, as_json: bool) -> int:
    """The letters of a case: official mail, phone script, customer's notice.

    Example: reconciler drafts 41 --audience courier --eml outgoing/
    """

    async def run(here: Installation) -> tuple[list[Record], list[str]]:
        await _detail(here, case_id)
        await draft_cases(here.pool, here.config, here.now, only=case_id)
        async with here.pool.acquire(timeout=10) as connection:
            found = [row async for row in statements("drafts").newest(connection, case_id=case_id)]
        chosen = [row for row in found if audience in (None, row["audience"])]
        return chosen, [_write(row, here, eml) for row in chosen] if eml else []

    found, written = work(run)
    if as_json:
        print_json({"drafts": [_draft_json(row) for row in found]})
    elif eml:
        for line in written:
            click.echo(line)
    else:
        for row in found:
            click.echo(f"--- {row['audience']} ({row['language']})")
            click.echo(f"Subject: {row['subject']}\n" if row["subject"] else "")
            click.echo(row["body"])
    if not found:
        say("This kind of case has no letter for that reader.")
    for row in found:
        for objection in row["objections"]:
            say(f"The {row['audience']}'s letter is held back: {objection}")
    return 0 if found else 1


def _draft_json(row: Record) -> dict[str, Any]:
    names = ("audience", "language", "subject", "body", "html", "objections")
    return {name: row[name] for name in names}


def _write(row: Record, here: Installation, folder: Path) -> str:
    """One letter as a file; a phone script as text. Raises ReconcilerError where an address is missing or unfit."""
    letter = Letter(row["subject"], row["body"], row["html"], row["audience"], row["language"])
    path = folder / file_name(row["case_id"], letter)
    folder.mkdir(parents=True, exist_ok=True)
    if letter.subject is None:
        path.write_text(letter.text, encoding="utf-8")
        return str(path)
    shop = here.config.shops[row["shop"]]
    if not shop.official_email:
        raise WrongCall(f"[shops.{shop.key}] has no official_email; official mail is sent from no other address.")
    account = here.config.accounts.get(row["account"] or "")
    to_courier = (account.account.get("claims_email") if account else "") or courier_named(row["courier"]).rulebook.claims_email
    recipient = (to_courier if letter.audience == "courier" else row["email"]) or None
    if recipient is None:
        key = row["account"] or "..."
        mend = f"set claims_email in [accounts.{key}]" if letter.audience == "courier" else "the order has none"
        say(f"{path.name} names no recipient: the {letter.audience}'s address is not known ({mend}).")
    domain = shop.official_email.rpartition("@")[2]
    message_id = f"<case-{row['case_id']}-{letter.audience}-{row['basis'][:16]}@{domain}>"
    try:
        path.write_bytes(compose(letter, f"{shop.name} <{shop.official_email}>", recipient, message_id, here.now))
    except MailError as error:
        raise ReconcilerError(str(error)) from None
    return str(path)
