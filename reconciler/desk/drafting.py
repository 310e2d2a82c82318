"""Makes the letters of cases: gathers each case's facts, renders them for every reader, keeps them for review."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple, cast
from zoneinfo import ZoneInfo

from couriers.facts import Money
from couriers.registry import courier
from reconciler.config import Config, Shop, ShopAccount
from reconciler.desk.formats import Language, is_language
from reconciler.desk.gate import objections
from reconciler.desk.letters import AUDIENCES, Audience, CourierVoice, Letter, LetterFacts, ShopVoice, render
from reconciler.model.calendars import COUNTRIES, add_working_days
from reconciler.store import Pool, Record
from reconciler.store.statements import statements

_BATCH = 500
_LANGUAGE_OF = {"RO": "ro", "MD": "ro", "PL": "pl", "UA": "uk", "CZ": "cs"}
# Account settings as letters label them, by language.
_LABELS = {
    "client_id": {"ro": "ID client", "pl": "Numer klienta", "uk": "Код клієнта", "cs": "ID klienta", "en": "Client ID"},
    "organization_id": {
        "ro": "ID organizație", "pl": "ID organizacji", "uk": "Код організації", "cs": "ID organizace", "en": "Organisation ID",
    },
    "edrpou": {"ro": "EDRPOU", "pl": "EDRPOU", "uk": "ЄДРПОУ", "cs": "EDRPOU", "en": "EDRPOU"},
    "eshop": {"ro": "Magazin", "pl": "Sklep", "uk": "Магазин", "cs": "E-shop", "en": "E-shop"},
}  # fmt: skip
_CORRECTED = {
    "cod_too_high": "lower", "cod_on_prepaid": "lower", "replacement_with_cod": "lower", "cod_wrong_currency": "lower",
    "cod_too_low": "raise", "cod_missing": "raise",
}  # fmt: skip


class _Draft(NamedTuple):
    case_id: int
    letter: Letter
    objections: list[str]
    basis: str


async def draft_cases(pool: Pool, config: Config, now: datetime, only: int | None = None) -> int:
    """Letters for all live cases (or ``only`` one) whose facts have none yet; how many were made."""
    sql = statements("drafts")
    made, after = 0, 0
    while True:
        async with pool.acquire(timeout=10) as connection:
            rows = [row async for row in sql.undrafted(connection, after=after, limit=_BATCH, only=only)]
            drafts = [draft for row in rows for draft in _drafts(row, config, now)]
            await sql.put(
                connection, cases=[each.case_id for each in drafts], audiences=[each.letter.audience for each in drafts],
                languages=[each.letter.language for each in drafts], subjects=[each.letter.subject for each in drafts],
                bodies=[each.letter.text for each in drafts], htmls=[each.letter.html for each in drafts],
                objections=["\n".join(each.objections) for each in drafts], bases=[each.basis for each in drafts], now=now,
            )  # fmt: skip
        made += len(drafts)
        if len(rows) < _BATCH:
            return made
        after = rows[-1]["id"]


def _drafts(row: Record, config: Config, now: datetime) -> Iterator[_Draft]:
    shop = config.shops.get(row["shop"]) or Shop(row["shop"], row["shop"])
    for audience in AUDIENCES:
        language = _language(row, shop, audience)
        facts = _facts(row, shop, _account(row, config), language, now)
        letter = render(facts, audience, language)
        if letter is None or (audience == "customer" and facts.pay is None):
            continue
        against: list[str] = []
        if audience == "customer" and facts.pay is not None:
            days = {facts.day, facts.refund_on, *([facts.expires_on] if facts.expires_on else [])}
            against = objections(letter.text, language, facts.pay, days)
        yield _Draft(row["id"], letter, against, row["basis"])


def _account(row: Record, config: Config) -> ShopAccount | None:
    """The account the parcel went by, or the shop's only one with that courier."""
    if row["account"] in config.accounts:
        return config.accounts[row["account"]]
    fitting = [each for each in config.accounts.values() if (each.courier, each.shop) == (row["courier"], row["shop"])]
    return fitting[0] if len(fitting) == 1 else None


def _language(row: Record, shop: Shop, audience: Audience) -> Language:
    wanted: str
    if audience == "customer":
        wanted = row["language"] or _LANGUAGE_OF.get((row["country"] or "").upper()) or shop.language
    else:
        wanted = courier(row["courier"]).rulebook.language
    return cast(Language, wanted) if is_language(wanted) else "en"


def _facts(row: Record, shop: Shop, account: ShopAccount | None, language: Language, now: datetime) -> LetterFacts:
    book = courier(row["courier"]).rulebook
    country = shop.country if shop.country in COUNTRIES else book.country
    zone = ZoneInfo(shop.timezone)
    today = now.astimezone(zone).date()
    next_day = add_working_days(country, today, 1)
    promised = row["promised_on"]
    delivered = row["status"] == "delivered"
    asked = _money(row["asked_minor"], row["asked_currency"])
    told = _money(row["told_minor"], row["told_currency"])
    same = told is not None and asked is not None and told.currency == asked.currency
    paid = tuple(_paid_line(line) for line in row["paid"] or ())
    settings = account.account.settings if account else {}
    labelled = [(_LABELS.get(key, {}).get(language, key), settings.get(key)) for key in book.letter_fields]
    return LetterFacts(
        kind=row["kind"],
        shop=ShopVoice(
            shop.name, shop.legal_name, shop.tax_number, shop.official_email, shop.phone, shop.contact_name, shop.hours
        ),
        courier=CourierVoice(
            book.title, settings.get("claims_email") or book.claims_email, settings.get("claims_phone") or book.phone,
            book.phone_hours, book.phone_menu, book.cod_lower, book.cod_raise, book.cod_until, book.cod_papers,
            book.amount_in_words,
        ),
        awb=row["awb"],
        status=row["status"],
        answer_by=datetime.combine(next_day, time(8) if row["kind"] in _CORRECTED else time(12), zone),
        day=promised if promised and promised > today else next_day,
        refund_on=next_day,
        today=today,
        delivered=delivered,
        correctable=_correctable(row["kind"], book.cod_lower, book.cod_raise, row["status"]),
        explanations=tuple(row["explanations"]),
        account=tuple((label, value) for label, value in labelled if value),
        order_ref=row["order_ref"],
        customer_name=row["customer_name"],
        recipient_name=row["booked_name"] or row["customer_name"],
        recipient_town=row["booked_city"] or row["city"],
        picked_up_on=_day(row["picked_up_at"], zone),
        tracking_link=book.tracking_url.replace("{awb}", row["awb"]) if book.tracking_url else None,
        told_address=_one_line(row["street"], row["postcode"], row["city"]),
        booked_address=_one_line(row["booked_street"], row["booked_postcode"], row["booked_city"]),
        pickup_point=row["pickup_point"] or row["booked_point"],
        last_event_text=row["status_text"] or None,
        last_event_at=row["status_at"].astimezone(zone) if row["status_at"] else None,
        last_place=row["status_place"],
        told=told,
        asked=asked,
        difference=Money(abs(asked.minor - told.minor), told.currency) if same and told and asked else None,
        pay=_money(row["promised_minor"], row["promised_currency"]),
        promised_on=promised,
        expires_on=row["expires_on"] or _storage_end(row, book.storage_days or shop.policy.storage_days, zone),
        delivered_on=_day(row["delivered_at"], zone),
        paid_on=paid[-1][0] if paid else None,
        payment_reference=paid[-1][2] if paid else None,
        paid_lines=paid,
    )  # fmt: skip


def _correctable(kind: str, lower: tuple[str, ...], raised: tuple[str, ...], status: str) -> bool:
    """Whether the courier may still change the amount: by its rulebook, and before the money was taken."""
    routes = {"lower": lower, "raise": raised}.get(_CORRECTED.get(kind, ""), ("mail",))
    return any(route != "none" for route in routes) and status not in ("delivered", "returning", "returned")


def _storage_end(row: Record, days: int, zone: ZoneInfo) -> date | None:
    if row["kind"] != "pickup_expiring" or row["status_at"] is None:
        return None
    since: datetime = row["status_at"]
    return (since + timedelta(days=days)).astimezone(zone).date()


def _money(minor: int | None, currency: str | None) -> Money | None:
    return None if minor is None or currency is None else Money(minor, currency)


def _paid_line(line: list[Any]) -> tuple[date | None, Money, str | None]:
    paid_on, minor, currency, reference = line
    return date.fromisoformat(paid_on) if paid_on else None, Money(minor, currency), reference


def _day(at: datetime | None, zone: ZoneInfo) -> date | None:
    return at.astimezone(zone).date() if at else None


def _one_line(*parts: str | None) -> str | None:
    return ", ".join(part for part in parts if part) or None
