"""Reads tables of tracking, of parcels and of COD paid, by a map of their columns."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import BinaryIO
from zoneinfo import ZoneInfo

from couriers.contract import ManifestReading, plain_awb
from couriers.facts import (
    Claim,
    ClaimState,
    Complaint,
    Event,
    ParcelReport,
    Parcels,
    Reason,
    Recipient,
    Rejected,
    Status,
    fold,
    timeline,
)
from couriers.generic.cells import CURRENCIES, instant, money, waybill, writes_months_first
from couriers.generic.columns import Columns, Table, is_total
from couriers.generic.manifests import read_manifest
from couriers.statuses import StatusTable
from couriers.tables import is_spreadsheet, read_rows

ZONE = ZoneInfo("Europe/Bucharest")
TABLE = StatusTable.of("couriers.generic")

_TRACKING = ("awb", "at", "status", "code", "text", "place", "reason")
_RECIPIENT = ("name", "street", "city", "postcode", "country", "pickup_point")
_PARCELS = ("awb", "cod", "currency", "state", "status", "order_ref", *_RECIPIENT)


class GenericParser:
    """``columns``: our column's name -> the header in the file; what it leaves out is found by usual words.

    ``currency`` (ISO code) holds where a file names none. Raises ValueError for a column or a currency there is not.
    """

    def __init__(self, columns: Mapping[str, str] = MappingProxyType({}), currency: str = "RON") -> None:
        self._columns = Columns(columns)
        if currency not in CURRENCIES.values():
            raise ValueError(f"currency: '{currency}' is not known.")
        self._currency = currency

    def tracking(self, body: bytes, awb: str | None = None) -> Parcels:
        """Rows of events: awb (else the argument), at, status (a canonical word), code, text, place, reason."""
        month_first = _months_first(body)
        table = self._columns.open(read_rows(io.BytesIO(body)), _TRACKING, _waybill_or(awb, "at"), ("status", "code"))
        complaints: list[Complaint] = []
        histories: dict[str, _History] = {}
        for line, row in _records(table, complaints):
            try:
                waybill_given = waybill(row["awb"]) if "awb" in row else awb or ""
            except ValueError as error:
                complaints.append(Complaint(f"line {line}", str(error)))
                continue
            history = histories.setdefault(plain_awb(waybill_given), _History(waybill_given))
            history.add(line, row, month_first, complaints)
        return Parcels(tuple(each.report() for each in histories.values()), tuple(complaints))

    def parcels(self, body: bytes, awb: str | None = None) -> Parcels:
        """Rows of parcels: awb (else the argument), cod (an empty one asks nothing), currency, state, recipient, order_ref."""
        table = self._columns.open(read_rows(io.BytesIO(body)), _PARCELS, _waybill_or(awb, "cod"))
        complaints: list[Complaint] = []
        reports: list[ParcelReport] = []
        seen: set[ParcelReport] = set()
        for line, row in _records(table, complaints):
            try:
                given = waybill(row["awb"]) if "awb" in row else awb or ""
            except ValueError as error:
                complaints.append(Complaint(f"line {line}", str(error)))
                continue
            claim = None
            try:
                claim = self._claim(row)
            except ValueError as error:
                complaints.append(Complaint(f"line {line}", str(error)))
            told = Recipient(**{name: row.get(name) or None for name in _RECIPIENT})
            recipient = told if any(told) else None
            order_ref = row.get("order_ref") or None
            report = ParcelReport(given, _status(row), claim=claim, recipient=recipient, order_ref=order_ref)
            if report not in seen:
                seen.add(report)
                reports.append(report)
        return Parcels(tuple(reports), tuple(complaints))

    def manifest(self, source: BinaryIO) -> ManifestReading:
        """Rows of COD: awb, order_ref, collected, fee, remitted, delivered_on, paid_on, reference, currency."""
        return read_manifest(source, self._columns, self._currency)

    def _claim(self, row: dict[str, str]) -> Claim | None:
        state = row.get("state", "")
        amount = row.get("cod")
        if amount is None and not state:
            return None
        known = ClaimState(_word(state)) if _word(state) in set(ClaimState) else None
        if state and known is None:
            raise ValueError(f"the state '{state}' is none of {', '.join(ClaimState)}")
        if not amount and known is not None:
            return Claim(None, known)
        return Claim(money(amount or "0", row.get("currency", ""), self._currency), known or ClaimState.TO_COLLECT)


class _History:
    """The rows of one parcel as they come."""

    def __init__(self, awb: str) -> None:
        self.awb = awb
        self.events: list[Event] = []
        self.undated: list[Status | None] = []

    def add(self, line: int, row: dict[str, str], month_first: bool, complaints: list[Complaint]) -> None:
        """One row; a time or reason that cannot be read is complained of."""
        word = row.get("status", "")
        known = TABLE.get(_word(word or row.get("code", "")))
        status = known.status if known else Status.UNKNOWN
        code = row.get("code") or word
        if not code:
            complaints.append(Complaint(f"line {line}", "The row has neither a status nor a code."))
            return
        at = instant(row.get("at", ""), ZONE, month_first)
        if at is None:
            self.undated.append(status)
            if row.get("at"):
                complaints.append(Complaint(f"line {line}", f"The time '{row['at']}' cannot be read."))
            return
        reason = _word(row.get("reason", ""))
        if reason and reason not in set(Reason):
            complaints.append(Complaint(f"line {line}", f"The reason '{row['reason']}' is none of {', '.join(Reason)}."))
        told = Reason(reason) if reason in set(Reason) else None
        self.events.append(Event(at, status, code, row.get("text") or word, row.get("place") or None, told))

    def report(self) -> ParcelReport:
        """A single row's status stands without a time; of several undated ones none is the newest."""
        before = Status.CREATED
        if not self.events and self.undated:
            before = (self.undated[0] if len(self.undated) == 1 else None) or Status.UNKNOWN
        events = timeline(self.events)
        return ParcelReport(self.awb, fold(events, before), events)


def _status(row: dict[str, str]) -> Status:
    """The status a row of a list of parcels tells; ``created`` where it tells none."""
    word = row.get("status", "")
    known = TABLE.get(_word(word))
    return (known.status if known else None) or (Status.UNKNOWN if word else fold(()))


def _months_first(body: bytes) -> bool:
    return bool(body) and not is_spreadsheet(io.BytesIO(body)) and writes_months_first(body)


def _waybill_or(awb: str | None, other: str) -> tuple[str, ...]:
    """The columns of which one must be there: a known waybill lets another column prove the header."""
    return ("awb",) if awb is None else ("awb", other)


def _word(text: str) -> str:
    """A canonical word however it is spaced."""
    return "_".join(text.casefold().replace("-", " ").replace("_", " ").split())


def _records(table: Table, complaints: list[Complaint]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows as our columns; repeated headers and totals left out, unreadable rows complained of."""
    width = len(table.header)
    at = table.at.get("awb", width)
    for row in table.rows:
        if isinstance(row, Rejected):
            complaints.append(Complaint(f"line {row.line}", row.reason))
        elif any(cell.strip() for cell in row.cells[width:]):
            complaints.append(Complaint(f"line {row.line}", "the row has more cells than the header"))
        elif row.cells != table.header and not is_total(row.cells, row.cells[at] if at < len(row.cells) else ""):
            cells = row.cells + [""] * (width - len(row.cells))
            yield row.line, {name: cells[place].strip() for name, place in table.at.items()}
