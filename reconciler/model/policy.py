"""What a shop lets pass and for how long: the thresholds rules compare with, with their defaults."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import time, timedelta
from typing import Any

# Working days of the courier's country without anything new, by the status the parcel stands in.
STALLED_AFTER = {
    "picked_up": 3,
    "in_transit": 3,
    "out_for_delivery": 1,
    "delivery_attempted": 2,
    "held": 2,
    "address_problem": 2,
    "redirected": 2,
    "unknown": 2,
    "returning": 10,
}


class PolicyError(ValueError):
    """A policy key or value that is not understood."""


@dataclass(frozen=True)
class Policy:
    """One shop's policy. Every field is a documented key of ``[policy]``."""

    stalled_after: dict[str, int] = field(default_factory=lambda: dict(STALLED_AFTER))
    not_picked_up_after: int = 2  # working days
    pickup_expiring: int = 1  # days before the storage ends
    storage_days: int = 5  # calendar days, where the rulebook does not know
    payout_after: int = 5  # working days, where the rulebook does not know
    cod_clock: timedelta = timedelta(minutes=5)
    call_window: tuple[time, time] = (time(9), time(19))

    @classmethod
    def of(cls, raw: dict[str, Any]) -> Policy:
        """From a settings table; what it does not name keeps its default. Raises PolicyError."""
        unknown = set(raw) - {each.name for each in fields(cls)}
        if unknown:
            raise PolicyError(f"unknown key '{min(unknown)}'; there are {', '.join(each.name for each in fields(cls))}")
        values: dict[str, Any] = {}
        for key, value in raw.items():
            if key == "stalled_after":
                values[key] = STALLED_AFTER | _days_by_status(value)
            elif key == "cod_clock":
                values[key] = timedelta(minutes=_days(key, value))
            elif key == "call_window":
                values[key] = _window(value)
            else:
                values[key] = _days(key, value)
        return cls(**values)


def _days(key: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 365:
        raise PolicyError(f"'{key}' must be a whole number from 0 to 365")
    return value


def _days_by_status(value: object) -> dict[str, int]:
    if not isinstance(value, dict) or not set(value) <= set(STALLED_AFTER):
        raise PolicyError(f"'stalled_after' must be a table with the keys {', '.join(STALLED_AFTER)}")
    return {status: _days(f"stalled_after.{status}", days) for status, days in value.items()}


def _window(value: object) -> tuple[time, time]:
    try:
        start, end = (time.fromisoformat(part) for part in str(value).split("-"))
    except ValueError:
        raise PolicyError("'call_window' must look like 09:00-19:00") from None
    if start.tzinfo or end.tzinfo or start >= end:
        raise PolicyError("'call_window' must begin before it ends, like 09:00-19:00")
    return start, end
