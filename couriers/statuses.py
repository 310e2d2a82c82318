"""A courier's status table, read from its ``statuses.csv``: each code exactly once."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import NamedTuple

from couriers.facts import Event, Reason, Status


class Meaning(NamedTuple):
    """What one code means to us. ``status`` None or ``informs``: the event moves nothing."""

    code: str
    text: str
    status: Status | None
    reason: Reason | None
    informs: bool


@dataclass(frozen=True)
class StatusTable:
    """Codes as the courier writes them, looked up without regard to case."""

    meanings: Mapping[str, Meaning]

    @classmethod
    def of(cls, package: str) -> StatusTable:
        """The table in a courier's folder: columns code, text, status, reason, informs.

        An empty status means "informs only". Raises ValueError where a code stands twice.
        """
        table = files(package).joinpath("statuses.csv").read_text(encoding="utf-8")
        rows = list(csv.DictReader(table.splitlines()))
        meanings: dict[str, Meaning] = {}
        for row in rows:
            key = row["code"].strip().casefold()
            if key in meanings:
                raise ValueError(f"{package}: status code {row['code']} stands twice")
            status = Status(row["status"]) if row["status"] else None
            reason = Reason(row["reason"]) if row["reason"] else None
            meanings[key] = Meaning(row["code"], row["text"], status, reason, status is None or row["informs"] == "yes")
        return cls(meanings)

    def get(self, code: str) -> Meaning | None:
        """What the code means, None where the table does not list it."""
        return self.meanings.get(code.strip().casefold())

    def event(self, at: datetime, code: str, text: str | None, place: str | None = None) -> Event:
        """The event for a code: ``unknown`` with code and text kept where the table does not list it."""
        known = self.get(code)
        if known is None:
            return Event(at, Status.UNKNOWN, code, text or "", place)
        return Event(at, known.status, code, text or known.text, place, known.reason, known.informs)

    def code_for(self, status: Status, reason: Reason | None = None) -> Meaning:
        """The first code listed for a status (and reason, where one has it): what a sandbox speaks."""
        fits = [each for each in self.meanings.values() if each.status is status and not each.informs]
        exact = [each for each in fits if each.reason is reason]
        for each in (*exact, *fits):
            return each
        return Meaning("ZZ", "not in the table", Status.UNKNOWN, None, False)
