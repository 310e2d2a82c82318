"""Reads the parcels of a day with the COD and address FAN Courier has on record.

Two shapes: the v2 shipping slip (JSON, fact sheet 2.2) and the legacy borderou (CSV, 2.4; the
column names beyond ``AWB``, ``ramburs`` and ``status`` are second-hand). Amounts are lei unless
the slip names another currency. FAN has no field for the order, only the free ``content``.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from couriers.amounts import AmountError
from couriers.documents import as_dict, as_text, load_json
from couriers.facts import Claim, Complaint, Link, LinkWhy, Money, ParcelReport, Parcels, Recipient, Rejected, Status
from couriers.fan.amounts import CURRENCY, currency_of, lei
from couriers.fan.events import STATUSES, instant, status_of
from couriers.fan.faults import items_of
from couriers.fan.sheets import Sheet, is_total, open_sheet, squashed, too_wide
from couriers.fan.waybills import cell_awb, told_awb

_NEEDED = {"AWB": ("awb", "numarawb"), "ramburs": ("ramburs",)}
_STREET = (("stradadestinatar", "strada", "adresadestinatar", "adresa"), ("nrdestinatar",))
_CITY = ("orasel", "orasdest", "orasdestinatar", "localitatedestinatar", "localitate")
_POSTCODE = ("codpostaldestinatar", "codpostal")


class SlipPage(NamedTuple):
    """What an answer says of its paging: items in it, items in all, items on a page at most."""

    here: int
    total: int | None
    per_page: int | None


def read_parcels(body: bytes, awb: str | None = None) -> Parcels:
    """A shipping slip or a borderou. Raises CourierError where the document is an error or neither."""
    if body.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"[", b"<")):
        return _of_slip(items_of(load_json(body)), awb)
    return _of_borderou(open_sheet(io.BytesIO(body), _NEEDED))


def page_of(body: bytes) -> SlipPage:
    """The paging of any v2 report. Raises CourierError as the parsers do."""
    answer = load_json(body)
    here = len(items_of(answer))
    return SlipPage(here, _count(answer.get("total")), _count(answer.get("perPage")))


def _count(value: object) -> int | None:
    text = as_text(value)
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


def _of_slip(items: list[Any], awb: str | None) -> Parcels:
    parcels: list[ParcelReport] = []
    complaints: list[Complaint] = []
    for number, item in enumerate(items, start=1):
        where, info = f"item {number}", as_dict(as_dict(item).get("info"))
        named = told_awb(info.get("awbNumber")) or (awb if len(items) == 1 and info else None)
        if not isinstance(item, dict):
            complaints.append(Complaint(where, "the item is not an object"))
        elif named is None:
            complaints.append(Complaint(where, "the item names no AWB"))
        else:
            parcels.append(_of_slip_item(where, item, info, named, complaints))
    return Parcels(tuple(parcels), tuple(complaints))


def _of_slip_item(where: str, item: dict[str, Any], info: dict[str, Any], awb: str, complaints: list[Complaint]) -> ParcelReport:
    claim = None
    if "cod" in info:
        claim = _claim(info["cod"], as_text(info.get("currency")), f"{where}, cod", complaints)
    return ParcelReport(
        awb,
        Status.CREATED,
        claim=claim,
        recipient=_recipient(as_dict(item.get("recipient"))),
        registered_at=instant(as_text(info.get("date"))),
    )


def _claim(told: object, currency: str | None, where: str, complaints: list[Complaint]) -> Claim | None:
    try:
        money = Money.of(lei(told) or Decimal(0), currency_of(currency))
    except AmountError as error:
        complaints.append(Complaint(where, str(error)))
        return None
    if money.minor < 0:
        complaints.append(Complaint(where, f"the amount {money.amount} is below zero"))
        return None
    return Claim(money)


def _recipient(told: dict[str, Any]) -> Recipient | None:
    address = as_dict(told.get("address"))
    street = " ".join(part for key in ("street", "streetNo") if (part := as_text(address.get(key))))
    recipient = Recipient(
        name=as_text(told.get("name")) or as_text(told.get("contactPerson")),
        street=street or None,
        city=as_text(address.get("locality")),
        postcode=as_text(address.get("zipCode")),
        country=as_text(address.get("country")),
    )
    return recipient if any(recipient) else None


def _of_borderou(sheet: Sheet) -> Parcels:
    parcels: list[ParcelReport] = []
    complaints: list[Complaint] = []
    for row in sheet.rows:
        where = f"line {row.line}"
        if isinstance(row, Rejected):
            complaints.append(Complaint(where, row.reason))
            continue
        cell = _reader(sheet, row.cells)
        awb = cell("awb", "numarawb")
        if (awb and squashed(awb) in _NEEDED["AWB"]) or not any(each.strip() for each in row.cells):
            continue
        if not (awb and awb.isdigit()) and is_total(row.cells):
            continue
        if too_wide(row.cells, sheet.width):
            complaints.append(Complaint(where, "the row has more cells than the header; is a decimal comma not quoted?"))
        elif number := cell_awb(awb or ""):
            parcels.append(_of_borderou_row(where, number, cell, complaints))
        else:
            complaints.append(Complaint(where, f"the AWB '{awb}' is damaged" if awb else "the row names no AWB"))
    return Parcels(tuple(parcels), tuple(complaints))


def _reader(sheet: Sheet, cells: list[str]) -> Callable[..., str | None]:
    def cell(*names: str) -> str | None:
        for name in names:
            place = sheet.columns.get(name)
            if place is not None and place < len(cells) and (text := cells[place].strip()):
                return text
        return None

    return cell


def _of_borderou_row(where: str, awb: str, cell: Callable[..., str | None], complaints: list[Complaint]) -> ParcelReport:
    street = " ".join(part for names in _STREET if (part := cell(*names)))
    recipient = Recipient(cell("clientdest", "destinatar"), street or None, cell(*_CITY), cell(*_POSTCODE))
    back = cell("awbretur")
    day, hour = cell("dataawb"), cell("oraawb")
    return ParcelReport(
        awb,
        _told_status(cell("status"), where, complaints),
        claim=_claim(cell("ramburs"), CURRENCY, f"{where}, ramburs", complaints),
        recipient=recipient if any(recipient) else None,
        linked=(Link(back, LinkWhy.RETURN),) if back and back.strip("0") else (),
        registered_at=instant(f"{day} {hour}") or instant(day) if day else None,
    )


def _told_status(told: str | None, where: str, complaints: list[Complaint]) -> Status:
    """A listed code counts. A borderou's usual wording is no code, and names are never trusted: unknown."""
    if told is None:
        return Status.CREATED
    code = told.partition(",")[0].strip()
    if STATUSES.get(code) or (code.isascii() and code.isdigit()):
        return status_of(code)
    complaints.append(Complaint(f"{where}, status", f"'{told[:40]}' is no status code"))
    return Status.UNKNOWN
