"""Reads reconciliations: what each did, step by step, and what it could not learn."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from reconciler.desk.cases import instant
from reconciler.store import Connection, Record
from reconciler.store.statements import statements


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a reconciliation."""

    name: str
    state: str
    reason: str | None
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Run:
    """One reconciliation; ``business_date`` is set for a nightly one."""

    id: int
    shop: str
    timezone: str
    business_date: date | None
    state: str
    started_at: datetime
    finished_at: datetime | None
    counts: Any
    steps: tuple[Step, ...] = ()


async def list_runs(connection: Connection, *, limit: int, before: int | None = None) -> tuple[list[Run], int | None]:
    """Some reconciliations, newest first, and before which one the next page begins."""
    rows = [row async for row in statements("cases").runs(connection, before=before, limit=limit + 1)]
    runs = await _with_steps(connection, rows[:limit])
    return runs, runs[-1].id if len(rows) > limit else None


async def one_run(connection: Connection, run_id: int) -> Run | None:
    """One reconciliation, None where there is none."""
    row = await statements("cases").run(connection, id=run_id)
    return None if row is None else (await _with_steps(connection, [row]))[0]


async def newest_runs(connection: Connection) -> list[Run]:
    """The last finished reconciliation of each shop, with its steps."""
    return await _with_steps(connection, [row async for row in statements("cases").newest_runs(connection)])


def run_json(run: Run) -> dict[str, Any]:
    """A reconciliation under the names ``nightly --json`` gives it."""
    return {
        "run": run.id,
        "shop": run.shop,
        "business_date": run.business_date and run.business_date.isoformat(),
        "state": run.state,
        "started_at": instant(run.started_at),
        "finished_at": run.finished_at and instant(run.finished_at),
        "counts": run.counts,
        "steps": [{"name": step.name, "state": step.state, "reason": step.reason, "seconds": step.seconds} for step in run.steps],
    }


async def _with_steps(connection: Connection, rows: list[Record]) -> list[Run]:
    steps: dict[int, list[Step]] = defaultdict(list)
    async for row in statements("cases").steps(connection, run_ids=[row["id"] for row in rows]):
        steps[row["run_id"]].append(Step(row["name"], row["state"], row["reason"], row["seconds"]))
    return [Run(**dict(row), steps=tuple(steps[row["id"]])) for row in rows]
