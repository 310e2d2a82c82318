"""The rules: one SQL file a kind in ``sql/rules``, each saying in its head what it judges and what it reads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from reconciler.store.migrations import SQL

# What changed about a parcel, as the changes table writes it.
ASPECTS = {"amounts": 1, "movement": 2, "address": 4, "payouts": 8, "clock": 16}


class RuleError(ValueError):
    """A rule's file lacks a line of its head, or names something unknown."""


@dataclass(frozen=True)
class Rule:
    """One kind of case. ``why`` is its first sentence; ``reads`` the aspects (bits) whose change can alter its answer."""

    kind: str
    why: str
    by_order: bool
    reads: int
    sql: str


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule, by kind. Raises RuleError."""
    return tuple(_read(path.stem, path.read_text(encoding="utf-8")) for path in sorted((SQL / "rules").glob("*.sql")))


def _read(kind: str, text: str) -> Rule:
    lines = text.splitlines()
    head = dict(line[3:].split(": ", 1) for line in lines[1:3] if ": " in line)
    try:
        reads = sum(ASPECTS[aspect] for aspect in head["reads"].split())
        about = head["about"]
    except KeyError as error:
        raise RuleError(f"sql/rules/{kind}.sql: {error} is missing from its head, or not known.") from None
    if about not in ("order", "parcel"):
        raise RuleError(f"sql/rules/{kind}.sql: about must be order or parcel.")
    return Rule(kind, lines[0].removeprefix("-- "), about == "order", reads, text)
