"""kill -9 at any moment, then again to the end: the tables of a night nobody disturbed, nothing doubled, nothing lost."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import pytest_asyncio

from tests.conftest import on_server, with_database

ROOT = Path(__file__).resolve().parents[2]
ORDERS, LINES = 2500, 2500
AS_OF = "2026-11-20T12:00:00+02:00"

# Everything that matters, by its natural keys; ids and the moment of an import may differ.
_STATE = {
    "orders": "select order_ref, told_minor, currency, promised_on, told_at, ordered_at, extra from orders",
    "promises": "select o.order_ref, p.told_minor, p.promised_on, p.told_at, p.city, p.fingerprint, p.id = o.promise_id"
    " from promises p join orders o on o.id = p.order_id",
    "parcels": "select p.awb, p.generation, o.order_ref, p.status, p.event_at, p.claim_minor, p.claim_state, p.claim_source,"
    " p.booked_wrong from parcels p left join orders o on o.id = p.order_id",
    "claims": "select p.awb, c.minor, c.state, c.source from claims c join parcels p on p.id = c.parcel_id",
    "manifests": "select m.name, m.complete, m.total_minor, m.reference, (select sum(length(deflated)) from manifest_bytes b"
    " where b.manifest_id = m.id), (select count(*) from manifest_bytes b where b.manifest_id = m.id) from manifests m",
    "lines": "select p.awb, m.line, m.collected_minor, m.fee_minor, m.remitted_minor, m.reference, m.line_key"
    " from manifest_lines m join parcels p on p.id = m.parcel_id",
    "changes": "select distinct p.awb, bit_or(c.what) from changes c join parcels p on p.id = c.parcel_id group by 1",
    "cases": "select kind, about, by_order, parcel_id, order_id, state, severity, told_minor, asked_minor, explanations, evidence,"
    " opened_at, due_at from cases",
    "history": "select c.kind, c.about, h.what, h.at, h.facts from case_history h join cases c on c.id = h.case_id",
    "deadlines": "select p.awb, d.look_at, d.stalled_at, d.late_at, d.payout_at"
    " from deadlines d join parcels p on p.id = d.parcel_id",
}


class Place(NamedTuple):
    """A database and a folder of files."""

    server: str
    template: str
    folder: Path

    async def fresh(self, name: str, template: str | None = None) -> str:
        """The URL of a copy."""
        await on_server(self.server, f"create database {self.template}_{name} template {template or self.template}")
        return with_database(self.server, f"{self.template}_{name}")

    async def drop(self, name: str) -> None:
        """Away with it."""
        await on_server(self.server, f"drop database if exists {self.template}_{name} with (force)")


@pytest_asyncio.fixture
async def place(database_server: str, template_database: str, tmp_path: Path) -> AsyncIterator[Place]:
    """Two databases are made of it: one is disturbed, the other is not."""
    lines = ["order_ref,cod_total,currency,courier,awb,told_at,ordered_at,promised_on,city,parcel_cod,note"]
    lines += [
        f"R{nth // 2},{99 + nth // 2}.50,RON,generic,W{nth},2026-11-10T10:0{nth % 6}:00,2026-11-10T09:00:00,"
        f"2026-11-1{nth // 2 % 9},Iași,{'' if nth % 3 else 77},{nth}"
        for nth in range(ORDERS)
    ]
    (tmp_path / "orders.csv").write_text("\n".join([*lines, *lines[1:40], "bad,row,RON,generic,Z1"]), encoding="utf-8")
    paid = ["awb,collected,remitted,fee,paid_on,reference"]
    paid += [
        f"{'W' if nth % 5 else 'Q'}{nth},{99 + nth // 2}.50,{98 + nth // 2}.50,1.00,2026-11-18,OP{nth % 7}" for nth in range(LINES)
    ]
    (tmp_path / "statement.csv").write_text("\n".join([*paid, *paid[1:30], "W1,ten,,,,", "Total,1.00,,,,"]), encoding="utf-8")
    tracked = ["awb,at,status"]
    tracked += [
        f"W{nth},2026-11-1{nth % 8} 10:00,{('in_transit', 'delivered', 'lost', 'at_pickup_point')[nth % 4]}"
        for nth in range(ORDERS)
    ]
    (tmp_path / "tracking.csv").write_text("\n".join(tracked), encoding="utf-8")
    place = Place(database_server, template_database, tmp_path)
    yield place
    for name in ("disturbed", "undisturbed", "before"):
        await place.drop(name)


def started(url: str, folder: Path, last: int, *args: str) -> subprocess.Popen[str]:
    """The command at work."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("RECONCILER_")}
    own = {"RECONCILER_DATABASE_URL": url, "RECONCILER_DATA": str(folder), "PYTHONUTF8": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.faults.dying", str(last), *args],
        cwd=folder, env=inherited | own, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def finished(url: str, folder: Path, *args: str) -> tuple[int, float]:
    """Runs it to its end; how many words it had with the database, and how long it took."""
    begun = time.monotonic()
    process = started(url, folder, 0, *args)
    _, told = process.communicate(timeout=120)
    assert process.returncode in (0, 1), told
    found = re.search(r"words (\d+)", told)
    assert found, told
    return int(found[1]), time.monotonic() - begun


def killed(url: str, folder: Path, last: int, *args: str) -> bool:
    """Dies before its n-th word; False where it had fewer."""
    process = started(url, folder, last, *args)
    process.communicate(timeout=120)
    return process.returncode == -signal.SIGKILL


def killed_after(url: str, folder: Path, seconds: float, *args: str) -> bool:
    """Dies wherever it is by then."""
    process = started(url, folder, 0, *args)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
    process.communicate(timeout=30)
    return process.returncode == -signal.SIGKILL


async def state(url: str) -> dict[str, list[Any]]:
    """All that counts in a database, once its killed guests are gone."""
    connection = await asyncpg.connect(url)
    try:
        return {name: sorted(map(tuple, await connection.fetch(query)), key=repr) for name, query in _STATE.items()}
    finally:
        await connection.close()


def moments(words: int, number: int, chance: random.Random) -> list[int]:
    """Words to die before: spread over the whole work, from first to last."""
    step = words / number
    return [max(1, min(words, round(step * nth + chance.uniform(0, step)))) for nth in range(number)]


async def trial(place: Place, before: str | None, kills: int, *args: str) -> tuple[dict[str, list[Any]], dict[str, list[Any]]]:
    """Undisturbed once; on another copy killed again and again, then run to the end, and once more for nothing."""
    chance = random.Random(" ".join(args))
    whole = await place.fresh("undisturbed", before)
    words, seconds = finished(whole, place.folder, *args)
    torn = await place.fresh("disturbed", before)
    deaths = sum(killed(torn, place.folder, last, *args) for last in moments(words, kills - 3, chance))
    deaths += sum(killed_after(torn, place.folder, seconds * chance.uniform(0.4, 0.95), *args) for _ in range(3))
    assert deaths >= kills // 2
    finished(torn, place.folder, *args)
    once = await state(torn)
    finished(torn, place.folder, *args)
    assert await state(torn) == once
    return once, await state(whole)


def same(
    disturbed: dict[str, list[Any]], undisturbed: dict[str, list[Any]], *, but: Callable[[str], bool] = lambda _name: False
) -> None:
    """Equal table by table, so that a failure says which."""
    for name, rows in undisturbed.items():
        if not but(name):
            assert disturbed[name] == rows, name


async def test_an_orders_import(place: Place) -> None:
    disturbed, undisturbed = await trial(place, None, 10, "import", "orders", "orders.csv")
    same(disturbed, undisturbed)
    assert len(disturbed["orders"]) == ORDERS // 2
    assert len(disturbed["parcels"]) == ORDERS


async def test_a_statement_import(place: Place) -> None:
    url = await place.fresh("before")
    finished(url, place.folder, "import", "orders", "orders.csv")
    disturbed, undisturbed = await trial(
        place, f"{place.template}_before", 10, "import", "manifest", "statement.csv", "--courier", "generic"
    )
    same(disturbed, undisturbed)
    assert len(disturbed["lines"]) == LINES + 29  # the same line twice in one document is two payouts
    assert [row[1] for row in disturbed["manifests"]] == [True]


async def test_a_detection(place: Place) -> None:
    url = await place.fresh("before")
    for args in (
        ("orders", "orders.csv"),
        ("tracking", "tracking.csv", "--courier", "generic"),
        ("manifest", "statement.csv", "--courier", "generic"),
    ):
        finished(url, place.folder, "import", *args)
    disturbed, undisturbed = await trial(place, f"{place.template}_before", 10, "detect", "--as-of", AS_OF)
    same(disturbed, undisturbed)
    assert len(disturbed["cases"]) > 1000
    assert len({row[:3] for row in disturbed["cases"]}) == len(disturbed["cases"])  # none is doubled
    assert disturbed["changes"] == []
