"""What a courier adapter is: a definition, pure parsers, and a connection with small capabilities.

An adapter's module ``couriers/<name>/adapter.py`` exposes ``COURIER: CourierInfo``. A connection
offers only the protocols its courier can serve; callers ask with ``isinstance``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import BinaryIO, NamedTuple, Protocol, runtime_checkable

from aiohttp import web

from couriers.facts import ManifestLine, Money, Parcels, Rejected
from couriers.http import Http
from couriers.rulebook import Rulebook
from couriers.scenario import Scenario


class AccountField(NamedTuple):
    """One setting of an account: its key in ``reconciler.toml`` (secrets: KEY_env there)."""

    key: str
    meaning: str
    secret: bool = False
    required: bool = True


@dataclass(frozen=True)
class Account:
    """A shop's account with a courier: its settings, secrets resolved. Never logged."""

    name: str
    base_url: str
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)
    columns: Mapping[str, str] = field(default_factory=dict)  # our column's name -> the header in its files

    def get(self, key: str) -> str:
        """The setting, or an empty text."""
        return self.settings.get(key, "")


@dataclass
class ManifestReading:
    """A COD statement being read.

    ``lines`` streams its lines and rejects once; what the document states of itself may stand at
    its end, so the other fields are complete only after ``lines`` is exhausted. None: not stated.
    """

    lines: Iterator[ManifestLine | Rejected]
    reference: str | None = None
    paid_on: date | None = None
    currency: str | None = None
    total: Money | None = None


class Parser(Protocol):
    """Pure: bytes in, facts and complaints out; no I/O, no clock.

    Never raises for an item; raises CourierError where the document itself is an error or unreadable.
    Each method tells all its courier's documented shapes apart.
    """

    def tracking(self, body: bytes, awb: str | None = None) -> Parcels:
        """Any tracking answer. ``awb`` names the parcel where the answer does not."""

    def parcels(self, body: bytes, awb: str | None = None) -> Parcels:
        """A list of parcels with the COD and address on record."""

    def manifest(self, source: BinaryIO) -> ManifestReading:
        """COD payouts, API answer or file. ``source`` is seekable; tables are streamed."""


class Ask(NamedTuple):
    """A parcel to ask about. ``phone`` (the recipient's) opens more fields at some couriers."""

    awb: str
    phone: str | None = None


class Document(NamedTuple):
    """A payout document as it came, to be kept and parsed."""

    name: str
    body: bytes


@runtime_checkable
class Connection(Protocol):
    """An account in use. Methods raise CourierError; they wait no longer than the client allows."""

    async def check(self) -> str:
        """Proves the credentials good; returns one sentence saying what they open."""


@runtime_checkable
class Tracks(Protocol):
    """Tells where parcels are."""

    async def track(self, asks: Sequence[Ask]) -> Parcels:
        """One answer for at most ``CourierInfo.batch`` parcels. One not known has ``error`` set."""


@runtime_checkable
class ListsParcels(Protocol):
    """Tells the COD and address on record."""

    def parcels(self, since: date, until: date) -> AsyncIterator[Parcels]:
        """Page by page, the parcels registered on these days, both included."""


@runtime_checkable
class PaysOut(Protocol):
    """Tells what was paid out."""

    def payouts(self, since: date, until: date) -> AsyncIterator[Document]:
        """The payout documents of these days, both included; each parses with ``Parser.manifest``."""


def plain_awb(text: str) -> str:
    """A waybill as it is compared: without blanks, in capitals."""
    return "".join(text.split()).upper()


@dataclass(frozen=True)
class CourierInfo:
    """All that the rest of the program needs to know of a courier."""

    name: str
    rulebook: Rulebook
    parser: Parser
    base_url: str
    currency: str  # what its COD amounts are in where it does not say
    fields: tuple[AccountField, ...] = ()
    batch: int = 1  # parcels in one tracking call
    per_second: float = 2.0  # requests of one account
    parallel: int = 1  # requests of one account under way at once
    connect: Callable[[Account, Http], Connection] | None = None  # None: files only
    sandbox: Callable[[Scenario], web.Application] | None = None
    awb_key: Callable[[str], str] = plain_awb  # how waybills are compared
    parser_for: Callable[[Account], Parser] | None = None  # where the account says how its files are laid out
    stall_patience: Mapping[str, int] = field(default_factory=dict)  # raw code -> working days before a stall

    def parser_of(self, account: Account | None) -> Parser:
        """The parser for an account's files; without one, the courier's own. Raises ValueError for a bad layout."""
        return self.parser_for(account) if self.parser_for and account else self.parser
