"""Reads whatever InPost answers, telling its shapes apart by their keys."""

from __future__ import annotations

from typing import Any, BinaryIO, NamedTuple

from couriers.contract import ManifestReading
from couriers.documents import as_text, load_json
from couriers.errors import CourierError
from couriers.facts import Complaint, ParcelReport, Parcels
from couriers.inpost import international, shipx
from couriers.inpost.cod_report import read_report
from couriers.inpost.refusals import raise_refusal

_SHIPMENT = ("receiver", "cod", "sender", "sending_method")


class InPostParser:
    """ShipX answers (tracking, shipments, webhook, COD report) and the Global API's tracking answer."""

    def tracking(self, body: bytes, awb: str | None = None) -> Parcels:
        """A tracking object, a shipment, a webhook body, a list of any of them, or the Global API's ``parcels``."""
        document = _document(body)
        if isinstance(document, list):
            return _each_told(document, awb)
        return _told(document, awb)

    def parcels(self, body: bytes, awb: str | None = None) -> Parcels:
        """A page of the shipment list, or a single shipment."""
        document = _document(body)
        complaints: list[Complaint] = []
        if isinstance(document, list):
            reports = shipx.shipments(document, awb, complaints)
        elif "items" in document:
            reports = shipx.shipments(_listed(document, "items"), awb, complaints)
        elif _is_shipment(document):
            reports = [shipx.shipment(document, awb, complaints)]
        else:
            raise CourierError("malformed", "The answer is neither InPost's shipment list nor a shipment.")
        return Parcels(tuple(reports), tuple(complaints))

    def manifest(self, source: BinaryIO) -> ManifestReading:
        """The COD report, from the API or mailed, as CSV or spreadsheet."""
        head = source.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
        source.seek(0)
        if head.startswith((b"{", b"<")):
            _document(source.read())
            raise CourierError("malformed", "The COD report of InPost is a table; this is a JSON answer.")
        return read_report(source)


def _told(document: dict[str, Any], awb: str | None) -> Parcels:
    """What one tracking answer says. Raises CourierError ``malformed`` where it is none of InPost's."""
    complaints: list[Complaint] = []
    if "items" in document:
        reports = shipx.shipments(_listed(document, "items"), awb, complaints)
    elif "tracking_details" in document:
        reports = [shipx.tracked(document, awb, complaints)]
    elif "payload" in document:
        reports = [shipx.pushed(document, awb, complaints)]
    elif _is_shipment(document):
        reports = [shipx.shipment(document, awb, complaints)]
    elif "parcels" in document:
        reports = international.tracked(_listed(document, "parcels"), awb, complaints)
    elif "trackingNumber" in document:
        reports = international.tracked([document], awb, complaints)
    elif "tracking_number" in document:
        reports = [shipx.tracked(document, awb, complaints)]
    else:
        raise CourierError("malformed", "The answer is none of InPost's tracking answers.")
    return Parcels(tuple(reports), tuple(complaints))


def _each_told(documents: list[Any], awb: str | None) -> Parcels:
    """Answers gathered in a bare list; one that is no answer becomes a complaint."""
    reports: list[ParcelReport] = []
    complaints: list[Complaint] = []
    for place, each in enumerate(documents, 1):
        where = f"item {place}"
        if not isinstance(each, dict):
            complaints.append(Complaint(where, "it is not an object"))
            continue
        try:
            raise_refusal(each)
            told = _told(each, awb if len(documents) == 1 else None)
        except CourierError as error:
            complaints.append(Complaint(where, error.message))
            continue
        reports += told.parcels
        complaints += [Complaint(f"{where}, {inner.where}", inner.reason) for inner in told.complaints]
    return Parcels(tuple(reports), tuple(complaints))


class Page(NamedTuple):
    """What a page of a list says of itself; None where it does not say."""

    items: int
    total: int | None
    per_page: int | None
    total_pages: int | None

    def is_last(self, page: int, asked_per_page: int) -> bool:
        """Whether nothing follows this ``page`` (from 1); an empty page is always the last."""
        if not self.items:
            return True
        if self.total_pages is not None:
            return page >= self.total_pages
        if self.total is not None:
            return page * (self.per_page or asked_per_page) >= self.total
        return self.items < (self.per_page or asked_per_page)


def page_of(body: bytes) -> Page:
    """The place of a page in its list. Raises CourierError as the parser does."""
    document = _document(body)
    if isinstance(document, list):
        return Page(len(document), None, None, None)
    total, per_page, total_pages = (_number(document.get(key)) for key in ("count", "per_page", "total_pages"))
    return Page(len(_listed(document, "items")), total, per_page, total_pages)


def _document(body: bytes) -> dict[str, Any] | list[Any]:
    """The answer's object or list. A list that is empty is an answer; one without any object is none."""
    document = load_json(body)
    raise_refusal(document)
    if isinstance(document, dict):
        return document
    if isinstance(document, list) and (not document or any(isinstance(each, dict) for each in document)):
        return document
    raise CourierError("malformed", "The answer is JSON, but not one of InPost's.")


def _is_shipment(document: dict[str, Any]) -> bool:
    numbered = "id" in document and "tracking_number" in document
    return "tracking_details" not in document and (numbered or any(key in document for key in _SHIPMENT))


def _listed(document: dict[str, Any], key: str) -> list[Any]:
    listed = document.get(key)
    if not isinstance(listed, list):
        raise CourierError("malformed", f"InPost's answer should list '{key}', and does not.")
    return listed


def _number(value: object) -> int | None:
    text = as_text(value) or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
