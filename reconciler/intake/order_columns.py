"""What the columns of an orders file mean, and why a row cannot be taken; a column at a time, so that a row costs little.

Pure; the surface fixes the column names.
"""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from couriers.amounts import AmountError, parse_amount
from couriers.contract import CourierInfo, plain_awb
from reconciler.config import Shop
from reconciler.store.copying import copy_text

NEEDED = ("order_ref", "cod_total", "currency", "courier", "awb")
OPTIONAL = (
    "shop", "ordered_at", "language", "customer_name", "email", "phone", "street", "city", "postcode", "region",
    "country", "pickup_point", "goods_total", "shipping_fee", "cod_fee", "discount", "promised_on", "told_at",
    "told_by", "account", "service", "parcel_cod", "cancelled_at", "replaces",
)  # fmt: skip
CURRENCIES = frozenset({"RON", "PLN", "UAH", "CZK", "EUR", "HUF", "BGN", "MDL", "USD", "GBP"})
_AMOUNTS = ("goods_total", "shipping_fee", "cod_fee", "discount", "parcel_cod")
_TIMES = ("ordered_at", "told_at", "cancelled_at")
_TEXTS = (
    "language", "customer_name", "email", "phone", "street", "city", "postcode", "region", "country", "pickup_point",
    "told_by", "account", "service", "replaces",
)  # fmt: skip
_DAMAGED = re.compile(r"^\d+(?:[.,]\d+)?e\+?\d+$", re.IGNORECASE | re.MULTILINE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_AWB_AT_MOST = 60
_REF_AT_MOST = 200
_CELL_AT_MOST = 8_000
_KNOWN_AT_MOST = 200_000


class RefusedRow(NamedTuple):
    """A row not taken: its line, its cells as they came, and the reason."""

    line: int
    cells: list[str]
    reason: str


class Chunk(NamedTuple):
    """Some thousand rows as text for COPY, the rows refused among them, and hashes of each row's order and waybill."""

    rows: int
    copy: bytes
    refused: list[RefusedRow]
    refs: array[int] = array("q")
    waybills: array[int] = array("q")


class RowError(ValueError):
    """Why a row cannot be taken."""


class OrderColumns:
    """Converts blocks of rows under one header. ``staged`` names the columns of the COPY it makes."""

    def __init__(
        self,
        header: Sequence[str],
        shops: Mapping[str, tuple[int, Shop]],
        default_shop: str | None,
        couriers: Mapping[str, CourierInfo],
        *,
        extra_is_json: bool = False,
    ) -> None:
        self._width = len(header)
        self._extra_is_json = extra_is_json
        self._at = {name: place for place, name in enumerate(header) if name in NEEDED or name in OPTIONAL}
        self._extra = [(place, name) for place, name in enumerate(header) if name and name not in self._at]
        self._shops, self._default_shop, self._couriers = shops, default_shop, couriers
        self._known: dict[str, dict[str, str]] = {}
        self._errors: dict[int, str] = {}
        self._amounts, self._times, self._texts = (
            [name for name in names if name in self._at] for names in (_AMOUNTS, _TIMES, _TEXTS)
        )
        promised = ["promised_on"] if "promised_on" in self._at else []
        extra = ["extra"] if self._extra else []
        self.staged = (
            "line", "shop_id", "order_ref", "told_minor", "currency", "courier", "awb", "awb_key",
            *self._amounts, *promised, *self._times, *self._texts, *extra,
        )  # fmt: skip

    def convert(self, lines: Sequence[int], rows: list[list[str]]) -> Chunk:
        """One block of rows, each of the file's line beside it."""
        if not rows:
            return Chunk(0, b"", [])
        self._errors = {}
        cells = [list(map(str.strip, column)) for column in zip(*self._fitted(rows), strict=True)]
        columns: list[list[str]] = [list(map(str, lines)), *self._main(cells)]
        columns += [self._read(name, cells, _minor) for name in self._amounts]
        if "promised_on" in self._at:
            columns.append(self._read("promised_on", cells, _day))
        columns += [self._timed(name, cells) for name in self._times]
        columns += [cells[self._at[name]] for name in self._texts]
        if self._extra:
            columns.append(self._extras(cells))
        self._refuse_unreadable(cells)
        if self._errors:
            good = [place for place in range(len(rows)) if place not in self._errors]
            columns = [[column[place] for place in good] for column in columns]
        refused = [RefusedRow(lines[place], rows[place], self._errors[place]) for place in sorted(self._errors)]
        refs, waybills = (array("q", map(hash, columns[self.staged.index(name)])) for name in ("order_ref", "awb_key"))
        return Chunk(len(rows) - len(refused), copy_text(columns), refused, refs, waybills)

    def _fitted(self, rows: list[list[str]]) -> list[list[str]]:
        width = self._width
        if set(map(len, rows)) == {width}:
            return rows
        for place, row in enumerate(rows):
            if any(cell.strip() for cell in row[width:]):
                self._errors[place] = f"the row has {len(row)} cells, the header names {width}"
        return [(row + [""] * width)[:width] for row in rows]

    def _main(self, cells: list[list[str]]) -> list[list[str]]:
        """shop_id, order_ref, told_minor, currency, courier, awb, awb_key."""
        refs = cells[self._at["order_ref"]]
        if "" in refs or max(map(len, refs)) > _REF_AT_MOST:
            self._each(refs, lambda ref: "order_ref is empty" if not ref else len(ref) > _REF_AT_MOST and "order_ref is too long")
        currencies = self._read("currency", cells, _currency)
        names = self._read("courier", cells, self._courier)
        awbs = cells[self._at["awb"]]
        if max(map(len, awbs)) > _AWB_AT_MOST or not all(map(str.isdigit, awbs)):
            self._each(awbs, _waybill_trouble)
        told = self._read("cod_total", cells, _told)
        shop_ids = self._read("shop", cells, self._shop_id) if "shop" in self._at else self._only_shop(len(refs))
        return [shop_ids, refs, told, currencies, names, awbs, self._keys(awbs, names)]

    def _read(self, name: str, cells: list[list[str]], meaning: Callable[[str], str], zone: str = "") -> list[str]:
        """A column's values; each text is understood once. An empty optional cell stays empty, which COPY reads as null."""
        column = cells[self._at[name]]
        known = self._known.setdefault(name + zone, {} if name in NEEDED or name == "shop" else {"": ""})
        if len(known) > _KNOWN_AT_MOST:
            known.clear()
            known.update({} if name in NEEDED or name == "shop" else {"": ""})
        try:
            return [known[text] for text in column]
        except KeyError:
            return [known.get(text) or self._learn(known, name, place, text, meaning) for place, text in enumerate(column)]

    def _learn(self, known: dict[str, str], name: str, place: int, text: str, meaning: Callable[[str], str]) -> str:
        if text in known:
            return known[text]
        try:
            known[text] = meaning(text)
        except RowError as error:
            self._errors.setdefault(place, str(error) if name in ("courier", "shop") else f"{name} {error}")
            return ""
        return known[text]

    def _timed(self, name: str, cells: list[list[str]]) -> list[str]:
        """A column of times; one without an offset is in its shop's zone."""
        if "shop" not in self._at or len(self._shops) == 1:
            zone = next(iter(self._shops.values()))[1].timezone if self._default_shop is None else self._zone(self._default_shop)
            return self._read(name, cells, _instant(zone), zone)
        values = [""] * len(cells[0])
        shops = cells[self._at["shop"]]
        for key in set(shops):
            zone = self._zone(key or self._default_shop or "")
            own = [place for place, shop in enumerate(shops) if shop == key]
            part = [[column[place] for place in own] for column in cells]
            before, self._errors = self._errors, {}
            read = self._read(name, part, _instant(zone), zone)
            found, self._errors = self._errors, before
            for place, value in zip(own, read, strict=True):
                values[place] = value
            for place, reason in found.items():
                self._errors.setdefault(own[place], reason)
        return values

    def _zone(self, key: str) -> str:
        return self._shops[key][1].timezone if key in self._shops else "UTC"

    def _courier(self, text: str) -> str:
        info = self._couriers.get(text.lower())
        if info is None:
            raise RowError(f"courier '{text}' is not known; there are {', '.join(sorted(self._couriers))}")
        return info.name

    def _shop_id(self, text: str) -> str:
        key = text or self._default_shop or ""
        if key not in self._shops:
            raise RowError(f"shop '{key}' is not in the settings" if key else "shop is empty and there are several shops")
        return str(self._shops[key][0])

    def _only_shop(self, rows: int) -> list[str]:
        try:
            return [self._shop_id("")] * rows
        except RowError as error:
            for place in range(rows):
                self._errors.setdefault(place, str(error))
            return [""] * rows

    def _keys(self, awbs: list[str], names: list[str]) -> list[str]:
        """Waybills as they are compared, by each courier's rule."""
        rules = {name: self._couriers[name].awb_key for name in set(names) if name}
        joined = "".join(awbs)
        if set(rules.values()) == {plain_awb} and joined == joined.upper() and joined.isalnum():
            return awbs
        return [rules[name](awb) if name else awb for awb, name in zip(awbs, names, strict=True)]

    def _extras(self, cells: list[list[str]]) -> list[str]:
        """Unknown columns are kept, as one JSON object a row."""
        names = [name for _, name in self._extra]
        if self._extra_is_json:
            return cells[self._extra[0][0]]
        rows = zip(*(cells[place] for place, _ in self._extra), strict=True)
        kept = ({name: text for name, text in zip(names, row, strict=True) if text} for row in rows)
        return [json.dumps(each, ensure_ascii=False) if each else "" for each in kept]

    def _refuse_unreadable(self, cells: list[list[str]]) -> None:
        for column in cells:
            if max(map(len, column)) > _CELL_AT_MOST or not "".join(column).isprintable():
                self._each(column, _cell_trouble)

    def _each(self, column: list[str], trouble: Callable[[str], str | bool | None]) -> None:
        for place, text in enumerate(column):
            if reason := trouble(text):
                self._errors.setdefault(place, str(reason))


def _cell_trouble(text: str) -> str | None:
    if _CONTROL.search(text):
        return "the row holds control characters"
    return f"a cell is longer than {_CELL_AT_MOST} characters" if len(text) > _CELL_AT_MOST else None


def _waybill_trouble(awb: str) -> str | None:
    if not awb:
        return "awb is empty"
    if len(awb) > _AWB_AT_MOST or not any(map(str.isalnum, awb)):
        return f"awb '{awb[:_AWB_AT_MOST]}' is no waybill"
    if _DAMAGED.fullmatch(awb):
        return f"awb '{awb}' was damaged by a spreadsheet; export the column as text"
    return None


def _currency(text: str) -> str:
    if text.upper() not in CURRENCIES:
        raise RowError(f"'{text}' is not one of {', '.join(sorted(CURRENCIES))}")
    return text.upper()


def _told(text: str) -> str:
    if not text:
        raise RowError("is empty; write 0 for a prepaid order")
    return _minor(text)


def _minor(text: str) -> str:
    try:
        minor = int(parse_amount(text).scaleb(2))
    except AmountError as error:
        raise RowError(f"cannot be read: {error}") from None
    if minor < 0:
        raise RowError(f"{text} is below zero")
    return str(minor)


def _day(text: str) -> str:
    try:
        day = datetime.fromisoformat(text).date()
    except ValueError:
        raise RowError(f"'{text}' is no day; write it like 2026-11-23") from None
    if not 2000 <= day.year < 2100:
        raise RowError(f"'{text}' is not in our century")
    return day.isoformat()


def _instant(timezone: str) -> Callable[[str], str]:
    zone = ZoneInfo(timezone)

    def instant(text: str) -> str:
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise RowError(f"'{text}' is no time; write it like 2026-11-23T10:30:00+02:00") from None
        if not 2000 <= at.year < 2100:
            raise RowError(f"'{text}' is not in our century")
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC).isoformat()  # no offset the database refuses

    return instant
