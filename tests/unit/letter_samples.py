"""Facts to render letters with: full, minimal, bare, and all their turns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from couriers.facts import Money
from reconciler.desk.letters import CourierVoice, LetterFacts, ShopVoice

AMOUNT_KINDS = ("cod_too_high", "cod_too_low", "cod_on_prepaid", "cod_missing", "cod_wrong_currency", "replacement_with_cod")
ROAD_KINDS = ("stalled", "not_picked_up", "late", "pickup_expiring", "returning", "lost", "damaged")
ADDRESS_KINDS = ("wrong_address", "address_problem", "misdelivered")
PAYOUT_KINDS = (
    "remittance_overdue",
    "remittance_short",
    "remittance_over",
    "remitted_twice",
    "remitted_not_delivered",
    "unknown_parcel",
)
COURIER_KINDS = AMOUNT_KINDS + ROAD_KINDS + ADDRESS_KINDS + PAYOUT_KINDS
CUSTOMER_KINDS = AMOUNT_KINDS + tuple(kind for kind in ROAD_KINDS if kind != "not_picked_up") + ADDRESS_KINDS
PREPAID_KINDS = ("cod_on_prepaid", "replacement_with_cod")
EXPLANATIONS = (
    "shipping_fee",
    "cod_fee",
    "discount_forgotten",
    "decimal_slip",
    "swapped_orders",
    "doubled",
    "wrong_currency",
    "older_promise",
)

_ZONE = ZoneInfo("Europe/Bucharest")
_STATUS = {
    "not_picked_up": "created",
    "pickup_expiring": "at_pickup_point",
    "returning": "returning",
    "lost": "lost",
    "damaged": "damaged",
    "address_problem": "address_problem",
    "misdelivered": "delivered",
}


def _amounts(kind: str) -> tuple[Money | None, Money | None, Money | None, Money]:
    """What was told, is asked, the difference, and what the customer pays at the door."""
    told, none = Money(14999, "RON"), Money(0, "RON")
    match kind:
        case "cod_too_high":
            return told, Money(16999, "RON"), Money(2000, "RON"), told
        case "cod_too_low":
            return told, Money(12999, "RON"), Money(2000, "RON"), told
        case "cod_on_prepaid" | "replacement_with_cod":
            return none, told, told, none
        case "cod_missing":
            return told, none, told, told
        case "cod_wrong_currency":
            return told, Money(14999, "EUR"), None, told
        case "remittance_overdue":
            return told, None, None, told
        case "remittance_short":
            return told, Money(12999, "RON"), Money(2000, "RON"), told
        case "remittance_over":
            return told, Money(16999, "RON"), Money(2000, "RON"), told
        case "remitted_twice":
            return told, Money(29998, "RON"), told, told
        case "remitted_not_delivered":
            return told, told, None, told
        case "unknown_parcel":
            return None, told, None, told
    return told, told, None, told


def full(kind: str) -> LetterFacts:
    """Every fact known. The day given is Wednesday, 25 November 2026; today is Monday, the 23rd."""
    told, asked, difference, pay = _amounts(kind)
    money_came = kind in PAYOUT_KINDS
    twice = (
        (date(2026, 11, 19), Money(14999, "RON"), "OP 118"),
        (date(2026, 11, 20), Money(14999, "RON"), "OP 131"),
    )
    lines = twice if kind == "remitted_twice" else () if kind == "remittance_overdue" else twice[:1] if money_came else ()
    return LetterFacts(
        kind=kind,
        explanations=("shipping_fee",) if kind in AMOUNT_KINDS else (),
        shop=ShopVoice(
            name="Magazin Demo",
            legal_name="Demo Comerț SRL",
            tax_number="RO12345678",
            official_email="comenzi@magazin-demo.example",
            phone="+40 21 555 0100",
            contact_name="Ana Ionescu",
            hours="09:00-17:00",
        ),
        courier=CourierVoice(
            title="FAN Courier",
            claims_email="reclamatii@fan.example",
            phone="+40 21 555 0199",
            phone_hours="08:00-20:00",
            phone_menu="2, 1",
            cod_lower=("mail", "phone"),
            cod_raise=("mail",),
            cod_until="ieșirea în livrare",
            cod_papers=("AWB PDF",),
            amount_in_words=True,
        ),
        account=(("Client ID", "7032158"), ("Contract", "C-2021/118")),
        order_ref="MD-10234",
        awb="7000000000101",
        customer_name="Maria Popescu",
        recipient_name="Ion Popescu",
        recipient_town="Cluj-Napoca",
        picked_up_on=None if kind == "not_picked_up" else date(2026, 11, 20),
        tracking_link="https://magazin-demo.example/o/k3J9xQ",
        told_address="Str. Memorandumului 28, 400114 Cluj-Napoca",
        booked_address="Str. Memorandumului 82, 400114 Cluj-Napoca",
        pickup_point="FANbox Kaufland Mănăștur" if kind in ("pickup_expiring", "wrong_address") else None,
        last_event_text="Expediere în depozit",
        last_event_at=datetime(2026, 11, 21, 9, 14, tzinfo=_ZONE),
        last_place="Cluj-Napoca",
        told=told,
        asked=asked,
        difference=difference,
        pay=pay,
        status=_STATUS.get(kind, "delivered" if money_came and kind != "remitted_not_delivered" else "in_transit"),
        delivered=kind == "misdelivered" or (money_came and kind not in ("remitted_not_delivered", "unknown_parcel")),
        correctable=True,
        answer_by=datetime(2026, 11, 24, 12, 0, tzinfo=_ZONE),
        promised_on=date(2026, 11, 20),
        day=date(2026, 11, 25),
        refund_on=date(2026, 11, 25),
        expires_on=date(2026, 11, 26) if kind == "pickup_expiring" else None,
        delivered_on=date(2026, 11, 18) if money_came or kind == "misdelivered" else None,
        paid_on=date(2026, 11, 19) if lines else None,
        payment_reference="OP 118" if lines else None,
        paid_lines=lines,
        today=date(2026, 11, 23),
        discount=None,
    )


def minimal(kind: str) -> LetterFacts:
    """Nothing but what such a case always has: the waybill, its amounts where they are the matter, the days."""
    whole = full(kind)
    amounts = kind in AMOUNT_KINDS
    return LetterFacts(
        kind=kind,
        shop=ShopVoice(name=whole.shop.name),
        courier=CourierVoice(title=whole.courier.title),
        awb=whole.awb,
        status=whole.status,
        delivered=whole.delivered,
        correctable=whole.correctable,
        answer_by=whole.answer_by,
        day=whole.day,
        refund_on=whole.refund_on,
        today=whole.today,
        told=whole.told if amounts else None,
        asked=whole.asked if amounts else None,
        pay=whole.pay,
    )


def bare(kind: str) -> LetterFacts:
    """Not even the amounts, except what the customer pays."""
    return replace(minimal(kind), told=None, asked=None, difference=None)


def variants(kind: str) -> Iterator[LetterFacts]:
    """The turns a kind can take: corrected or not, delivered or not, prepaid, discounted, every explanation."""
    for base in (full(kind), minimal(kind), bare(kind)):
        for correctable in (True, False):
            for delivered in (True, False):
                yield replace(base, correctable=correctable, delivered=delivered)
    whole = full(kind)
    yield replace(whole, pay=Money(0, "RON"))
    yield replace(whole, pay=Money(13000, "RON"), discount=Money(1999, "RON"))
    yield replace(whole, pay=Money(149900, "UAH"), discount=Money(7495, "UAH"))
    yield replace(whole, pickup_point="FANbox Kaufland Mănăștur", expires_on=date(2026, 11, 26))
    for route in ("api", "mail", "form", "phone", "none"):
        yield replace(whole, courier=replace(whole.courier, cod_lower=(route,), cod_raise=(route,)))
    for explanation in EXPLANATIONS:
        yield replace(whole, explanations=(explanation,))
