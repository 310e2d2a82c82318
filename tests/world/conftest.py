"""What the tests of whole worlds share."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Without a line for each of some ten thousand requests, as the command line has it."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    yield
    structlog.reset_defaults()


@pytest.fixture
def own_folder() -> Iterator[Path]:
    """A folder beside pytest's own, which another pytest closes to all but this user; a PostgreSQL started by root is another."""
    folder = Path(tempfile.mkdtemp(prefix="reconciler-tests-demo-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
