"""When things must have happened so that, now, a term has just ended or just not: with a margin of an hour at least."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from couriers.registry import courier
from reconciler.demo.places import Land
from reconciler.model.calendars import add_working_days
from reconciler.model.policy import STALLED_AFTER, Policy

MARGIN = timedelta(hours=1)
_HOUR = timedelta(hours=1)
_BACK_AT_MOST = 24 * 24


class NoSuchMoment(ValueError):
    """No moment of the last weeks fits."""


@dataclass(frozen=True)
class Clock:
    """Working days as a land's courier counts them, seen from ``now``."""

    now: datetime
    land: Land

    @cached_property
    def zone(self) -> ZoneInfo:
        """Where the courier and the shop are."""
        return ZoneInfo(self.land.zone)

    @cached_property
    def today(self) -> date:
        """The local day."""
        return self.now.astimezone(self.zone).date()

    @cached_property
    def payout_days(self) -> int:
        """Working days after delivery by which the courier pays."""
        days = courier(self.land.courier).rulebook.payout_days
        return Policy().payout_after if days is None else days

    def ago(self, hours: float) -> datetime:
        """So many hours before now, to the minute."""
        return (self.now - timedelta(hours=hours)).replace(second=0, microsecond=0)

    def term_end(self, at: datetime, working_days: int) -> datetime:
        """The moment that ends a term of so many working days after ``at``."""
        local = at.astimezone(self.zone)
        day = add_working_days(self.land.country, local.date(), working_days)
        return datetime.combine(day, local.timetz())

    def payout_due(self, delivered_at: datetime) -> datetime:
        """From when a payout is overdue."""
        day = self.term_end(delivered_at, self.payout_days + 1).date() + timedelta(days=1)
        return datetime.combine(day, time(), self.zone)

    def within(self, working_days: int) -> datetime:
        """The oldest moment whose term has not ended: over a weekend or a holiday it lies days back."""
        fits = [at for at in self._back() if self.term_end(at, working_days) >= self.now + MARGIN]
        return fits[-1]

    def over(self, working_days: int) -> datetime:
        """The newest moment whose term has ended."""
        return self._first(lambda at: self.term_end(at, working_days) <= self.now - MARGIN)

    def stalled(self, status: str) -> datetime:
        """The newest moment at which a parcel in this status has stood too long."""
        return self.over(STALLED_AFTER[status])

    def overdue(self) -> datetime:
        """The newest delivery whose payout is overdue."""
        return self._first(lambda at: self.payout_due(at) <= self.now - MARGIN)

    def not_yet_due(self) -> datetime:
        """The oldest delivery whose payout is not overdue yet."""
        return [at for at in self._back() if self.payout_due(at) >= self.now + MARGIN][-1]

    def _back(self) -> Iterator[datetime]:
        newest = self.ago(1)
        return (newest - hours * _HOUR for hours in range(_BACK_AT_MOST))

    def _first(self, fits: Callable[[datetime], bool]) -> datetime:
        for at in self._back():
            if fits(at):
                return at
        raise NoSuchMoment(f"no moment within {_BACK_AT_MOST // 24} days")
