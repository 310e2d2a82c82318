"""The named SQL statements of ``sql/queries``, a file a noun, loaded once."""

from __future__ import annotations

from functools import cache
from typing import Any

import aiosql

from reconciler.store.migrations import SQL


@cache
def statements(noun: str) -> Any:
    """The statements of ``sql/queries/<noun>.sql``: each takes a connection and its parameters by name.

    One row, one value and changes are awaited; many rows come as an async iterator.
    """
    return aiosql.from_path(SQL / "queries" / f"{noun}.sql", "asyncpg", mandatory_parameters=True)
