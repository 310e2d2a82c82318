"""Brings a database to the newest schema: the plain SQL files of ``sql/migrations``, run by dbmate."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg

from reconciler.errors import OldSchema, ReconcilerError
from reconciler.store import Connection

SQL = Path(__file__).resolve().parents[2] / "sql"
_SECONDS = 300


async def migrate(url: str) -> None:
    """Runs what is missing; safe to repeat and safe beside others (dbmate holds a lock)."""
    dbmate = shutil.which("dbmate", path=str(Path(sys.executable).parent)) or shutil.which("dbmate")
    if dbmate is None:
        raise ReconcilerError("dbmate is not installed; run make install.")
    process = await asyncio.create_subprocess_exec(
        dbmate, "--url", _for_dbmate(url), "--migrations-dir", str(SQL / "migrations"),
        "--no-dump-schema", "--migration-lock", "up",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        output, _ = await asyncio.wait_for(process.communicate(), _SECONDS)
    except TimeoutError:
        process.kill()
        raise ReconcilerError(f"The schema could not be brought up to date within {_SECONDS} seconds.") from None
    if process.returncode:
        last = output.decode(errors="replace").strip().splitlines()[-1:] or [""]
        raise ReconcilerError(f"The schema could not be brought up to date: {last[0]}")


async def require_newest(connection: Connection) -> None:
    """Raises OldSchema unless the database has exactly the schema this version was written for."""
    newest = max(path.name.split("_")[0] for path in (SQL / "migrations").glob("*.sql"))
    try:
        found = await connection.fetchval("select max(version) from schema_migrations")
    except asyncpg.UndefinedTableError:
        found = None
    if found and found > newest:
        raise OldSchema(f"The database is at {found}, newer than this version, which knows {newest}; install the newer reconciler.")
    if found != newest:
        what = f"is at {found}" if found else "has no tables yet"
        raise OldSchema(f"The database {what}, this version needs {newest}; run: reconciler migrate")


def _for_dbmate(url: str) -> str:
    """dbmate asks for TLS unless told not to; a local server rarely has it."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    if not parts.hostname or parts.hostname in ("localhost", "127.0.0.1", "::1"):
        query.setdefault("sslmode", "disable")
    return urlunsplit(("postgres", parts.netloc, parts.path, urlencode(query, safe="/"), ""))
