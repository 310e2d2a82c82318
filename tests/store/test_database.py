"""The schema and the tables that come from the program: on the embedded PostgreSQL, and on 15 where it is installed."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import date, timedelta
from pathlib import Path

import asyncpg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from reconciler.errors import OldSchema, ReconcilerError
from reconciler.model.calendars import COUNTRIES, FIRST, LAST, add_working_days, is_working_day
from reconciler.model.rounding import STEPS, lawful_cash
from reconciler.store import Connection, Pool
from reconciler.store.database import open_pool
from reconciler.store.migrations import SQL, migrate
from reconciler.store.reference import keep_current
from tests.conftest import POSTGRESQL_15, on_server, with_database

NEWEST = max(path.name.split("_")[0] for path in (SQL / "migrations").glob("*.sql"))
SERVERS = ["embedded", *(["15"] if POSTGRESQL_15.is_dir() else [])]

# The state of a schema, as the server itself describes it.
_DESCRIPTION = """
    select table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '')
    from information_schema.columns where table_schema = 'public'
    union all select indexdef from pg_indexes where schemaname = 'public'
    union all select conrelid::regclass || ' ' || pg_get_constraintdef(oid) from pg_constraint
              where connamespace = 'public'::regnamespace and contype <> 'n'
    order by 1
"""


@pytest.fixture(scope="module")
def postgresql_15() -> Iterator[str]:
    """A server of the oldest version that is supported, on a socket of its own."""
    folder = Path(tempfile.mkdtemp(prefix="reconciler-pg15-"))
    user = None
    if os.geteuid() == 0:
        user = "postgres"  # the server refuses to run as root
        shutil.chown(folder, user)

    def run(program: str, *args: str) -> None:
        command = [str(POSTGRESQL_15 / program), "-D", str(folder / "data"), *args]
        subprocess.run(command, user=user, cwd=folder, check=True, timeout=60, stdout=subprocess.DEVNULL)

    try:
        run("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync")
        run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", f"-h '' -k {folder} -F", "start")
        try:
            yield f"postgresql://postgres@/postgres?host={folder}"
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> str:
    """Each server there is."""
    return str(request.getfixturevalue("database_server" if request.param == "embedded" else "postgresql_15"))


@pytest.fixture
async def empty(server: str) -> AsyncIterator[str]:
    """An empty database on each server."""
    name = f"reconciler_test_{os.getpid()}_empty"
    await on_server(server, f"create database {name}")
    yield with_database(server, name)
    await on_server(server, f"drop database {name} with (force)")


async def _described(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        return [row[0] for row in await connection.fetch(_DESCRIPTION)]
    finally:
        await connection.close()


async def test_migrating_twice_changes_nothing(empty: str) -> None:
    await migrate(empty)
    once = await _described(empty)
    assert any(line.startswith("parcels.awb_key") for line in once)
    await migrate(empty)
    assert await _described(empty) == once


async def test_migrating_beside_others_is_harmless(empty: str) -> None:
    await asyncio.gather(*(migrate(empty) for _ in range(3)))
    async with open_pool(empty, Path("unused")) as pool:
        assert await pool.fetchval("select count(*) from schema_migrations") == len(list((SQL / "migrations").glob("*.sql")))


async def test_both_servers_hold_the_same_schema(empty: str, database_url: str) -> None:
    await migrate(empty)
    assert await _described(empty) == await _described(database_url)


async def test_the_reference_tables_fit_every_server(empty: str) -> None:
    await migrate(empty)
    connection = await asyncpg.connect(empty)
    try:
        await keep_current(connection)
        await keep_current(connection)
        days = ((LAST - FIRST).days + 1) * len(COUNTRIES)
        assert await connection.fetchval("select count(*) from working_days") == days
        assert await connection.fetchval("select count(*) from cash_rounding") == len(STEPS)
    finally:
        await connection.close()


async def test_an_empty_database_asks_to_be_migrated(empty_database_url: str, tmp_path: Path) -> None:
    with pytest.raises(OldSchema, match=rf"^The database has no tables yet, this version needs {NEWEST}; run: reconciler migrate$"):
        async with open_pool(empty_database_url, tmp_path):
            pass


async def test_an_old_schema_is_refused(database_url: str, tmp_path: Path) -> None:
    await on_server(database_url, f"delete from schema_migrations where version = '{NEWEST}'")
    with pytest.raises(OldSchema, match=rf"^The database is at \d+, this version needs {NEWEST}; run: reconciler migrate$"):
        async with open_pool(database_url, tmp_path):
            pass


async def test_a_newer_schema_is_refused(database_url: str, tmp_path: Path) -> None:
    await on_server(database_url, "insert into schema_migrations values ('9999')")
    with pytest.raises(OldSchema, match=r"^The database is at 9999, newer than this version, which knows \d+; install the newer"):
        async with open_pool(database_url, tmp_path):
            pass


@pytest.mark.parametrize("url", ["postgresql://postgres@127.0.0.1:9/x", "postgresql://postgres@/x?host=/nowhere"])
async def test_a_database_out_of_reach_is_one_sentence_without_its_password(url: str, tmp_path: Path) -> None:
    with pytest.raises(ReconcilerError, match=r"^The database cannot be reached \(\w+\); check RECONCILER_DATABASE_URL\.$"):
        async with open_pool(url.replace("postgres@", "postgres:hunter2@"), tmp_path):
            pass
    with pytest.raises(ReconcilerError, match=r"^The schema could not be brought up to date: ") as caught:
        await migrate(url.replace("postgres@", "postgres:hunter2@"))
    assert "hunter2" not in str(caught.value)


async def test_a_pool_reads_json_and_speaks_utc(pool: Pool) -> None:
    assert await pool.fetchval("""select '{"a": [1, null]}'::jsonb""") == {"a": [1, None]}
    assert await pool.fetchval("select $1::jsonb ->> 'b'", {"b": "ș"}) == "ș"
    assert await pool.fetchval("show timezone") == "UTC"


async def test_another_edition_of_the_reference_tables_is_replaced(pool: Pool) -> None:
    async with pool.acquire() as connection:
        await connection.execute("update reference set edition = 'older'")
        await connection.execute("delete from working_days where country = 'RO'")
        await connection.execute("update cash_rounding set delta = 0")
        await keep_current(connection)
        assert await connection.fetchval("select count(*) from working_days where country = 'RO'") > 0
        assert await connection.fetchval("select count(*) from cash_rounding where delta = 0") == 0


# Working days


async def _ends(connection: Connection, terms: list[tuple[str, date, int]]) -> list[date]:
    """Where terms of working days end, by the table, the way rules and deadlines count."""
    rows = await connection.fetch(
        """
        select case when term.count = 0 then term.day else ends.day end as day
        from unnest($1::text[], $2::date[], $3::int[]) with ordinality as term (country, day, count, nr)
        join working_days as start on start.country = term.country and start.day = term.day
        left join working_days as ends on ends.country = term.country and ends.working and ends.nth = start.nth + term.count
        order by term.nr
        """,
        *(list(column) for column in zip(*terms, strict=True)),
    )
    return [row["day"] for row in rows]


_TERMS = st.lists(
    st.tuples(st.sampled_from(COUNTRIES), st.dates(FIRST, LAST - timedelta(days=90)), st.integers(0, 40)), min_size=1, max_size=60
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_TERMS)
@example([(country, FIRST + timedelta(days=day), 1) for country in COUNTRIES for day in range(400)])
async def test_working_days_in_the_table_are_those_of_the_model(pool: Pool, terms: list[tuple[str, date, int]]) -> None:
    async with pool.acquire() as connection:
        assert await _ends(connection, terms) == [add_working_days(*term) for term in terms]


@pytest.mark.parametrize(
    ("country", "start", "count", "ends"),
    [
        ("RO", date(2026, 11, 27), 1, date(2026, 12, 2)),  # Friday; 30 November and 1 December are holidays
        ("RO", date(2026, 4, 9), 1, date(2026, 4, 14)),  # Orthodox Easter, Good Friday to Monday
        ("RO", date(2026, 12, 24), 1, date(2026, 12, 28)),
        ("PL", date(2026, 11, 10), 1, date(2026, 11, 12)),  # Independence Day
        ("PL", date(2026, 12, 23), 1, date(2026, 12, 28)),  # Christmas Eve is a holiday since 2025
        ("PL", date(2024, 12, 23), 1, date(2024, 12, 24)),
        ("CZ", date(2026, 11, 16), 1, date(2026, 11, 18)),  # 17 November
        ("CZ", date(2026, 4, 2), 1, date(2026, 4, 7)),  # Western Easter, a week before the Orthodox one
        ("SK", date(2026, 8, 28), 1, date(2026, 8, 31)),
        ("HU", date(2026, 3, 13), 1, date(2026, 3, 16)),
        ("RO", date(2026, 11, 21), 0, date(2026, 11, 21)),  # a term of nothing ends where it starts, Saturday or not
        ("RO", date(2026, 11, 21), 3, date(2026, 11, 25)),
    ],
)
async def test_working_days_by_hand(pool: Pool, country: str, start: date, count: int, ends: date) -> None:
    assert add_working_days(country, start, count) == ends
    async with pool.acquire() as connection:
        assert await _ends(connection, [(country, start, count)]) == [ends]


@pytest.mark.parametrize("country", COUNTRIES)
def test_weekends_are_never_worked_and_most_other_days_are(country: str) -> None:
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]
    assert not any(is_working_day(country, day) for day in days if day.weekday() >= 5)
    assert 240 <= sum(is_working_day(country, day) for day in days) <= 261


# Lawful rounding of cash

_MARKETS = [("CZ", "CZK"), ("SK", "EUR"), ("HU", "HUF"), ("UA", "UAH"), ("RO", "RON"), ("PL", "PLN"), ("RO", "EUR"), ("CZ", "EUR")]


@pytest.mark.parametrize(("country", "currency"), _MARKETS)
@pytest.mark.parametrize("on", [date(2008, 1, 1), date(2022, 6, 30), date(2022, 7, 1), date(2025, 10, 1)])
async def test_the_rounding_table_is_that_of_the_model(pool: Pool, country: str, currency: str, on: date) -> None:
    rows = await pool.fetch(
        """
        select minor, minor + coalesce(step.delta, 0) as paid
        from generate_series(1, 30000) as minor
        left join cash_rounding as step on step.country = $1 and step.currency = $2 and step.since <= $3
                                       and minor % step.modulus = step.residue
        order by minor
        """,
        country,
        currency,
        on,
    )
    assert len(rows) == 30_000  # never two rows for one amount
    differ = {row["minor"] for row in rows if row["paid"] != lawful_cash(row["minor"], currency, country, on)}
    # Slovakia's one and two cents become five, which remainders cannot say; nobody is asked for two cents at the door.
    assert differ == ({1, 2} if country == "SK" and currency == "EUR" and on >= date(2022, 7, 1) else set())


@pytest.mark.parametrize(
    ("country", "currency", "on", "minor", "paid"),
    [
        ("CZ", "CZK", date(2026, 11, 20), 148949, 148900),
        ("CZ", "CZK", date(2026, 11, 20), 148950, 149000),
        ("CZ", "CZK", date(2026, 11, 20), 149000, 149000),
        ("SK", "EUR", date(2022, 6, 30), 1002, 1002),
        ("SK", "EUR", date(2022, 7, 1), 1002, 1000),
        ("SK", "EUR", date(2022, 7, 1), 1003, 1005),
        ("SK", "EUR", date(2022, 7, 1), 1, 5),
        ("SK", "EUR", date(2022, 7, 1), 2, 5),
        ("UA", "UAH", date(2025, 9, 30), 149924, 149924),
        ("UA", "UAH", date(2025, 10, 1), 149924, 149900),
        ("UA", "UAH", date(2025, 10, 1), 149925, 149950),
        ("UA", "UAH", date(2025, 10, 1), 149949, 149950),
        ("UA", "UAH", date(2025, 10, 1), 149950, 149950),
        ("UA", "UAH", date(2025, 10, 1), 149951, 149950),
        ("UA", "UAH", date(2025, 10, 1), 149974, 149950),
        ("UA", "UAH", date(2025, 10, 1), 149975, 150000),
        ("HU", "HUF", date(2026, 11, 20), 149200, 149000),
        ("HU", "HUF", date(2026, 11, 20), 149300, 149500),
        ("RO", "RON", date(2026, 11, 20), 14999, 14999),
        ("PL", "PLN", date(2026, 11, 20), 14999, 14999),
        ("CZ", "EUR", date(2026, 11, 20), 1002, 1002),
        ("RO", "CZK", date(2026, 11, 20), 148949, 148949),
    ],
)
def test_rounding_by_hand(country: str, currency: str, on: date, minor: int, paid: int) -> None:
    assert lawful_cash(minor, currency, country, on) == paid


def test_a_market_rounds_in_one_way() -> None:
    """lawful_cash looks an amount up by its remainder, so a market has one modulus and one beginning."""
    markets = {(step.country, step.currency) for step in STEPS}
    assert len({(step.country, step.currency, step.modulus, step.since) for step in STEPS}) == len(markets)
