"""Books to take files into, and the file made of bytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import pytest_asyncio

from reconciler.config import Shop
from reconciler.store import Pool
from tests.rules.books import Books

MakeFile = Callable[[str, bytes | str], Path]


@pytest_asyncio.fixture
async def books(pool: Pool, tmp_path: Path) -> Books:
    """Empty books of one Romanian shop."""
    return await Books.opened(pool, tmp_path, {"default": Shop("default", "Magazin")})


@pytest.fixture
def make(tmp_path: Path) -> MakeFile:
    """Writes a file; texts as UTF-8."""

    def write(name: str, body: bytes | str) -> Path:
        path = tmp_path / name
        path.write_bytes(body.encode() if isinstance(body, str) else body)
        return path

    return write
