"""The file of rejected rows beside an import, and the counts an import prints."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from reconciler.errors import BadFile


@dataclass
class Counts:
    """What an import came to, in rows; ``rejects_file`` holds the rejected ones."""

    new: int = 0
    unchanged: int = 0
    changed: int = 0
    rejected: int = 0
    rejects_file: Path | None = None

    def json(self) -> dict[str, Any]:
        """As ``--json`` prints it."""
        return vars(self) | {"rejects_file": str(self.rejects_file) if self.rejects_file else None}


class Rejects:
    """Made only when there is a rejected row: its cells as they came, then line and reason."""

    def __init__(self, beside: Path) -> None:
        self.path = beside.parent / f"{beside.stem}.rejected.csv"
        self.count = 0
        self._stack = ExitStack()
        self._write: Callable[[Sequence[str]], Any] | None = None

    def add(self, header: list[str], cells: list[str], reason: str) -> None:
        """One rejected row; ``reason`` names its line."""
        if self._write is None:
            opened = partial(Path.open, mode="w", encoding="utf-8-sig", errors="replace", newline="")
            try:
                sink = self._stack.enter_context(opened(self.path))
            except OSError:
                self.path = Path(self.path.name)
                sink = self._stack.enter_context(opened(self.path))
            self._write = csv.writer(sink).writerow
            self._write([*header, "reason"])
        width = len(header)
        self._write([*(cells + [""] * width)[:width], reason])
        self.count += 1

    def close(self, counts: Counts) -> None:
        """Tells ``counts`` how many there were and where they are."""
        self._stack.close()
        counts.rejected = self.count
        counts.rejects_file = self.path if self.count else None


def open_file(path: Path) -> BinaryIO:
    """The file, to be read. Raises BadFile with a sentence where it cannot be."""
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise BadFile(f"{path} does not exist.") from None
    except IsADirectoryError:
        raise BadFile(f"{path} is a folder; name the file in it.") from None
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror}.") from None
