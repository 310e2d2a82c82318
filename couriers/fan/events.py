"""FAN Courier's tracking events in all their spellings: v2, legacy JSON, legacy text lines."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from couriers.documents import as_text, iso_time, local_time
from couriers.facts import Complaint, Event, Status, fold, timeline
from couriers.statuses import StatusTable

ZONE = ZoneInfo("Europe/Bucharest")
STATUSES = StatusTable.of("couriers.fan")

_DOTTED = ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y")
_CODE = ("id", "eventid", "code")
_TEXT = ("name", "eventname", "status", "activity")
_PLACE = ("location", "oras", "deliverylocation")
_DAY = ("date", "data", "deliverydate")
_HOUR = ("ora", "deliverytime")
_NOT_HANDED_OVER = ("0", "s0")
_MAYBE_FANBOX = ("S1", "C1")
_LIKE_A_DATE = re.compile(r"\s*\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")


@dataclass
class History:
    """Events read so far, what was not understood, and the status told without a time."""

    events: list[Event] = field(default_factory=list)
    complaints: list[Complaint] = field(default_factory=list)
    untimed: Status | None = None
    lost: bool = False

    def timeline(self) -> tuple[Event, ...]:
        """The events in time order, doubles merged."""
        return timeline(self.events)

    def status(self) -> Status:
        """What the events fold to; ``unknown`` where there were events and none could be read."""
        if self.events:
            return fold(self.timeline())
        if self.untimed is not None:
            return self.untimed
        return Status.UNKNOWN if self.lost else Status.CREATED

    def drop(self, where: str, reason: str) -> None:
        """Leaves one event out and says so."""
        self.lost = True
        self.complaints.append(Complaint(where, reason))


def instant(text: str | None) -> datetime | None:
    """ISO or ``DD.MM.YYYY`` with or without a time, Romanian local time."""
    return iso_time(text, ZONE) or local_time(text, ZONE, *_DOTTED)


def local_day(text: str | None) -> date | None:
    """The Romanian calendar day a text states."""
    at = instant(text)
    return at.astimezone(ZONE).date() if at else None


def event_of(at: datetime, code: str, text: str | None, place: str | None) -> Event:
    """The event for a code. Legacy numbers are the digits of S-codes; a parcel put on its way to a
    FANbox may come as S1 or C1 and is told by the box's name only."""
    known = STATUSES.get(code) or (STATUSES.get(f"S{int(code)}") if _is_number(code) else None)
    event = STATUSES.event(at, known.code if known else code, text, place)._replace(code=code)
    if known and known.code in _MAYBE_FANBOX and "fanbox" in f"{text} {place}".casefold():
        return event._replace(status=Status.AT_PICKUP_POINT)
    return event


def status_of(code: str) -> Status:
    """The status a code stands for, without a time."""
    event = event_of(datetime.min.replace(tzinfo=ZONE), code, None, None)
    return event.status or Status.UNKNOWN


def _is_number(code: str) -> bool:
    return code.isascii() and code.isdigit() and len(code) <= 3


def history_of(entries: Iterable[object], where: str = "") -> History:
    """The events of any JSON shape. ``where`` opens the place named in complaints."""
    history = History()
    for place, entry in enumerate(entries, start=1):
        spot = f"{where}event {place}"
        if isinstance(entry, dict):
            _add(history, {str(key).strip().casefold(): value for key, value in entry.items()}, spot)
        else:
            history.drop(spot, "the event is not an object")
    return history


def _add(history: History, entry: dict[str, object], where: str) -> None:
    code, text = _pick(entry, _CODE), _pick(entry, _TEXT)
    if code is None and text is None:
        history.drop(where, "the event has neither a code nor a text")
        return
    day, hour = _pick(entry, _DAY), _pick(entry, _HOUR)
    told = " ".join(part for part in (day, hour) if part)
    if not told and (code or "").casefold() in _NOT_HANDED_OVER:
        history.untimed = Status.CREATED
        return
    at = instant(told)
    if at is None:
        history.drop(where, f"the time '{told[:40]}' of event {code or text} cannot be read" if told else "the event has no time")
        return
    history.events.append(event_of(at, code or "", text, _pick(entry, _PLACE)))


def _pick(entry: dict[str, object], keys: tuple[str, ...]) -> str | None:
    return next((text for key in keys if (text := as_text(entry.get(key)))), None)


def history_of_lines(lines: Iterable[tuple[int, str]]) -> History:
    """The events of ``code,text...`` lines, numbered.

    What follows code and text is not documented: a date and time are looked for, and with one, the
    first further cell is the place. Lines without a time leave the status of the last one.
    """
    history = History()
    for number, line in lines:
        _add_line(history, f"line {number}", line)
    if history.events and history.untimed is not None:
        history.complaints.append(Complaint("lines", "some lines have no time; their events were left out"))
    return history


def _add_line(history: History, where: str, line: str) -> None:
    try:
        cells = next(csv.reader([line]))
    except (csv.Error, StopIteration):
        history.drop(where, "the line cannot be read")
        return
    if not is_event(cells):
        history.drop(where, "the line is not 'code,text'")
        return
    code, text, rest = cells[0].strip(), cells[1].strip(), cells[2:]
    at, rest = _without_time(rest)
    while rest and rest[0][:1].isspace():
        text = f"{text}, {rest.pop(0).strip()}"
    if at is not None:
        history.events.append(event_of(at, code, text, next((cell.strip() for cell in rest if cell.strip()), None)))
    elif any(_LIKE_A_DATE.match(cell) for cell in cells[2:]):
        history.drop(where, f"the time of event {code} cannot be read")
    else:
        history.untimed = status_of(code)
        if history.untimed is Status.UNKNOWN:
            history.complaints.append(Complaint(where, f"the code {code} ('{text[:80]}') is not in the table and has no time"))


def is_event(cells: list[str]) -> bool:
    """Whether a line's cells open with a code and a text."""
    if len(cells) < 2 or not cells[1].strip()[:1].isalpha():
        return False
    code = cells[0].strip()
    return _is_number(code) or (code[:1].isalpha() and _is_number(code[1:])) or code == "-1"


def _without_time(cells: list[str]) -> tuple[datetime | None, list[str]]:
    """The instant told in one cell or in two neighbours, and the cells that are left."""
    for width in (2, 1):
        for start in range(len(cells) - width + 1):
            part = cells[start : start + width]
            if (at := instant(" ".join(cell.strip() for cell in part))) is not None and _LIKE_A_DATE.match(part[0]):
                return at, cells[:start] + cells[start + width :]
    return None, cells
