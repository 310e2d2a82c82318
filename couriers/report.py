"""Facts as the JSON that ``courier parse`` prints; the names are fixed in the public surface."""

from __future__ import annotations

from typing import Any, TypeVar

from couriers.contract import ManifestReading
from couriers.facts import Claim, Event, ManifestLine, Money, ParcelReport, Parcels, Recipient, Rejected

T = TypeVar("T")


def parcels_json(courier: str, answer: Parcels) -> dict[str, Any]:
    """An answer's parcels and complaints."""
    return {
        "courier": courier,
        "parcels": [_parcel(each) for each in answer.parcels],
        "complaints": [each._asdict() for each in answer.complaints],
    }


def manifest_json(courier: str, reading: ManifestReading) -> dict[str, Any]:
    """A whole COD statement; what it does not state of itself is what all its lines share, else null."""
    lines: list[ManifestLine] = []
    rejected: list[Rejected] = []
    for each in reading.lines:
        if isinstance(each, ManifestLine):
            lines.append(each)
        else:
            rejected.append(each)
    currency = reading.currency or _shared([line.collected.currency for line in lines])
    paid_on = reading.paid_on or _shared([line.paid_on for line in lines])
    return {
        "courier": courier,
        "reference": reading.reference or _shared([line.reference for line in lines]),
        "paid_on": paid_on.isoformat() if paid_on else None,
        "currency": currency,
        "total": _amount(reading.total),
        "lines": [_line(line, mixed=currency is None) for line in lines],
        "rejected": [each._asdict() for each in rejected],
    }


def _shared(values: list[T]) -> T | None:
    return values[0] if values and all(value == values[0] for value in values) else None


def _amount(money: Money | None) -> str | None:
    return str(money.amount) if money else None


def _parcel(report: ParcelReport) -> dict[str, Any]:
    return {
        "awb": report.awb,
        "status": report.status.value,
        "events": [_event(each) for each in report.events],
        "claim": _claim(report.claim),
        "recipient": _recipient(report.recipient),
        "linked": [{"awb": each.awb, "why": each.why.value} for each in report.linked],
        "error": report.error,
    }


def _event(event: Event) -> dict[str, Any]:
    return {
        "at": event.at.isoformat(),
        "status": event.status.value if event.status else None,
        "code": event.code,
        "text": event.text,
        "place": event.place,
        "reason": event.reason.value if event.reason else None,
    }


def _claim(claim: Claim | None) -> dict[str, Any] | None:
    if claim is None:
        return None
    return {
        "amount": _amount(claim.money),
        "currency": claim.money.currency if claim.money else None,
        "state": claim.state.value,
        "paid_on": claim.paid_on.isoformat() if claim.paid_on else None,
        "reference": claim.reference,
    }


def _recipient(recipient: Recipient | None) -> dict[str, Any] | None:
    return recipient._asdict() if recipient else None


def _line(line: ManifestLine, *, mixed: bool) -> dict[str, Any]:
    return {
        "awb": line.awb,
        "order_ref": line.order_ref,
        "collected": _amount(line.collected),
        "fee": _amount(line.fee),
        "remitted": _amount(line.remitted),
        "delivered_on": line.delivered_on.isoformat() if line.delivered_on else None,
        "paid_on": line.paid_on.isoformat() if line.paid_on else None,
        "reference": line.reference,
        "line": line.line,
    } | ({"currency": line.collected.currency} if mixed else {})
