"""Finds the header of selfAWB's tables and hands out their rows by column name, in any order."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import BinaryIO, NamedTuple

from couriers.errors import CourierError
from couriers.facts import Rejected
from couriers.fan.faults import fault, kind_of
from couriers.tables import Row, read_rows

_HEADER_WITHIN = 30
_TOTALS = ("total", "subtotal", "suma total")


@lru_cache(maxsize=4096)
def squashed(name: str) -> str:
    """A column's name without case, diacritics, blanks and signs: ``Numar AWB`` is ``numarawb``."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", name.casefold()) if sign.isalnum())


class Sheet(NamedTuple):
    """A table whose header is found: where each column stands, its width, and the rows below."""

    columns: Mapping[str, int]
    width: int
    rows: Iterator[Row | Rejected]


def open_sheet(source: BinaryIO, needed: Mapping[str, tuple[str, ...]]) -> Sheet:
    """The table in a CSV, XLSX or XLS file.

    ``needed`` has the readable name of each column that must be there, with its squashed
    spellings. Raises CourierError: ``malformed`` without them, the courier's own fault where the
    file is an error text.
    """
    rows = read_rows(source)
    opening: list[str] = []
    for _ in range(_HEADER_WITHIN):
        row = next(rows, None)
        if row is None:
            break
        if isinstance(row, Rejected):
            continue
        columns: dict[str, int] = {}
        for place, cell in enumerate(row.cells):
            columns.setdefault(squashed(cell), place)
        if all(any(name in columns for name in names) for names in needed.values()):
            return Sheet(columns, len(row.cells), rows)
        opening.append(", ".join(row.cells))
    if len(opening) == 1 and opening[0].isprintable() and kind_of(opening[0]):
        raise fault(opening[0].removeprefix("-1, "))
    if opening and opening[0].startswith("-1, "):
        raise fault(opening[0].removeprefix("-1, "))
    if opening and opening[0].lstrip().startswith("<"):
        raise CourierError("malformed", "The file is an HTML or XML page, not a table.")
    raise CourierError("malformed", f"The file has no header with the columns {', '.join(needed)}; these were looked for.")


def is_total(cells: list[str]) -> bool:
    """Whether a row sums up the others."""
    return any(cell.strip().casefold().startswith(_TOTALS) for cell in cells)


def too_wide(cells: list[str], width: int) -> bool:
    """Whether a row has more filled cells than the header: an unquoted decimal comma shifts what follows."""
    return len(cells) > width and any(cell.strip() for cell in cells[width:])
