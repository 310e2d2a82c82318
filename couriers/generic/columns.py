"""Finds columns by their headers: the account's own map first, else usual words in five languages."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from couriers.errors import CourierError
from couriers.facts import Rejected
from couriers.tables import Row

_HEADER_WITHIN = 30

_AMOUNT = (  # words for the COD before words for any amount
    "cod", "cod amount", "amount", "cash on delivery", "cod value",
    "ramburs", "suma ramburs", "valoare ramburs", "val. ramburs", "valoare cod",
    "pobranie", "kwota pobrania", "wartość pobrania", "kwota cod",
    "післяплата", "сума післяплати", "наложений платіж", "накладений платіж", "сума накладеного платежу",
    "контроль оплати", "сума контролю оплати",
    "dobírka", "částka dobírky", "výše dobírky", "vybraná dobírka",
    "suma", "kwota", "сума", "částka",
)  # fmt: skip

WORDS: Mapping[str, tuple[str, ...]] = {
    "awb": (
        "waybill", "tracking number", "tracking no", "tracking code", "tracking", "consignment", "consignment number",
        "parcel number", "parcel no", "parcel", "shipment number", "shipment", "barcode",
        "nr awb", "awb nr", "numar awb", "awb number", "cod awb", "scrisoare de transport", "numar expeditie", "cod de bare",
        "numer przesyłki", "nr przesyłki", "przesyłka", "numer listu przewozowego", "nr listu przewozowego",
        "list przewozowy", "numer paczki", "nr paczki", "paczka", "kod kreskowy",
        "ттн", "номер ттн", "№ ттн", "ен", "номер ен", "№ ен", "накладна", "номер накладної", "№ накладної",
        "експрес-накладна", "номер експрес-накладної", "відправлення", "номер відправлення", "№ відправлення",
        "штрихкод", "штрихкодовий ідентифікатор", "шкі",
        "zásilka", "číslo zásilky", "č. zásilky", "podací číslo", "číslo balíku", "balík", "čárový kód",
    ),
    "order_ref": (
        "order", "order number", "order no", "order id", "order reference", "client reference", "customer reference",
        "comanda", "nr comanda", "numar comanda", "referinta client",
        "zamówienie", "numer zamówienia", "nr zamówienia", "referencja klienta",
        "замовлення", "номер замовлення", "№ замовлення",
        "objednávka", "číslo objednávky", "č. objednávky", "vaše obj. č.",
    ),
    "cod": _AMOUNT,
    "collected": (
        "collected amount", "amount collected", "suma incasata", "incasat", "ramburs incasat",
        "kwota pobrana", "pobrano", "отримано", "сума отримана", "vybráno", "vybraná částka", *_AMOUNT,
    ),
    "fee": (
        "fees", "cod fee", "commission", "comision", "comision ramburs", "taxa ramburs",
        "prowizja", "opłata", "opłata za pobranie", "комісія", "poplatek", "provize", "doběrečné",
    ),
    "remitted": (
        "remitted amount", "paid out", "paid amount", "amount paid", "payout", "payout amount", "net", "net amount",
        "suma virata", "virat", "suma decontata", "decontat", "de plata", "suma de plata", "rest de plata",
        "wypłacono", "kwota wypłaty", "kwota przelewu", "przekazano", "do wypłaty",
        "перераховано", "сума переказу", "сума виплати", "до виплати", "виплачено", "до перерахування",
        "vyplaceno", "vyplacená částka", "k výplatě", "k úhradě", "převedeno",
    ),
    "delivered_on": (
        "delivered at", "delivery date", "date delivered", "date of delivery",
        "data livrarii", "data livrare", "livrat la",
        "data doręczenia", "data dostarczenia", "data dostawy",
        "дата доставки", "дата вручення", "дата отримання",
        "datum doručení", "datum dodání",
    ),
    "paid_on": (
        "paid at", "payment date", "payout date", "paid date", "date paid", "transfer date", "remittance date",
        "data platii", "data plata", "data virarii", "data viramentului", "data decont", "data decontarii",
        "data wypłaty", "data przelewu", "data płatności",
        "дата виплати", "дата оплати", "дата платежу", "дата переказу", "дата перерахування",
        "datum výplaty", "datum platby", "datum úhrady",
    ),
    "reference": (
        "ref", "payment reference", "payout reference", "transfer reference",
        "referinta", "referinta plata", "borderou", "nr borderou", "ordin de plata", "nr op",
        "tytuł przelewu", "numer przelewu", "nr przelewu", "referencja",
        "реєстр", "номер реєстру", "номер виплати", "номер платежу", "платіжне доручення",
        "variabilní symbol", "vs", "číslo výplaty",
    ),
    "currency": ("ccy", "cod currency", "moneda", "valuta", "moneda ramburs", "waluta", "валюта", "měna", "měna dobírky"),
    "at": (
        "time", "date", "datetime", "timestamp", "event time", "event date", "data", "data si ora", "ora", "data eveniment",
        "data i godzina", "data zdarzenia", "czas", "дата", "час", "дата і час", "дата події",
        "datum", "čas", "datum a čas",
    ),
    "status": ("event", "stare", "statut", "stan", "статус", "стан", "stav"),
    "code": ("status code", "event code", "cod stare", "cod status", "kod", "kod statusu", "код", "код статусу", "kód stavu"),
    "text": (
        "description", "status text", "details", "descriere", "detalii", "opis", "опис", "деталі", "popis",
    ),
    "place": (
        "location", "depot", "loc", "locatie", "locatia", "depozit", "miejsce", "lokalizacja", "oddział",
        "місце", "місцезнаходження", "відділення", "místo", "depo", "pobočka",
    ),
    "reason": ("motiv", "powód", "причина", "důvod"),
    "state": ("cod state", "cod status", "stare ramburs", "status pobrania", "стан післяплати", "stav dobírky"),
    "name": (
        "recipient", "recipient name", "consignee", "customer name", "customer", "destinatar", "nume", "nume destinatar",
        "odbiorca", "imię i nazwisko", "nazwa odbiorcy", "одержувач", "отримувач", "піб", "піб одержувача",
        "příjemce", "jméno", "jméno příjemce",
    ),
    "street": (
        "address", "street address", "adresa", "strada", "adres", "ulica", "адреса", "вулиця", "ulice",
    ),
    "city": ("town", "locality", "localitate", "oras", "miasto", "miejscowość", "місто", "населений пункт", "město", "obec"),
    "postcode": (
        "postal code", "zip", "zip code", "post code", "cod postal", "kod pocztowy", "індекс", "поштовий індекс", "psč",
    ),
    "country": ("country code", "tara", "kraj", "країна", "země", "stát"),
    "pickup_point": (
        "locker", "pickup", "parcel locker", "parcel shop", "punct de ridicare", "easybox", "paczkomat", "punkt odbioru",
        "поштомат", "номер відділення", "výdejní místo", "box",
    ),
}  # fmt: skip

_ALSO_CALLED = {"amount": ("cod", "collected"), "cod_amount": ("cod", "collected"), "cod": ("cod", "collected")}
_NO_MARKS = str.maketrans({"ł": "l", "Ł": "l", "đ": "d", "Đ": "d", "ø": "o", "ß": "ss"})


@lru_cache(8192)
def folded(text: str) -> str:
    """A header as it is compared: letters and digits only, without case and diacritics."""
    bare = unicodedata.normalize("NFKD", text.translate(_NO_MARKS)).casefold()
    return "".join(sign for sign in bare if sign.isalnum())


_TOTALS = frozenset(
    map(
        folded,
        ("total", "grand total", "subtotal", "suma", "razem", "łącznie", "ogółem", "celkem", "součet", "spolu",
         "разом", "всього", "усього", "итого", "підсумок"),
    )
)  # fmt: skip


def is_total(cells: Sequence[str], waybill: str) -> bool:
    """Whether a row is a footer: its waybill's cell, or the first filled one where that is empty, says total."""
    label = waybill.strip() or next((cell for cell in cells if cell.strip()), "")
    return folded(label) in _TOTALS or folded((label.split() or [""])[0]) in _TOTALS


class Table(NamedTuple):
    """A table behind its header: where our columns stand, the header's cells, and the rows that follow."""

    at: Mapping[str, int]
    header: list[str]
    rows: Iterator[Row | Rejected]


class Columns:
    """The headers to look for. Raises ValueError where ``chosen`` names a column there is not."""

    def __init__(self, chosen: Mapping[str, str]) -> None:
        own: dict[str, str] = {}
        for name, header in chosen.items():
            for ours in _ALSO_CALLED.get(name, (name,)):
                if ours not in WORDS:
                    known = ", ".join(sorted({*WORDS, *_ALSO_CALLED}))
                    raise ValueError(f"columns: there is no column '{name}'; there are {known}.")
                own[ours] = header
        self._headers = {
            name: [folded(word) for word in ((own[name], name) if name in own else (name, *words))] for name, words in WORDS.items()
        }
        self._own = own

    def open(self, rows: Iterator[Row | Rejected], names: Sequence[str], *needed: Sequence[str]) -> Table:
        """The table behind the first header row that has, of each of ``needed``, at least one column.

        Raises CourierError ``malformed`` where no such row stands near the top.
        """
        for row in islice(rows, _HEADER_WITHIN):
            if isinstance(row, Row):
                at = self._find(row.cells, names)
                if all(any(name in at for name in one_of) for one_of in needed):
                    return Table(at, row.cells, rows)
        looked_for = " and ".join(" or ".join(self._describe(name) for name in one_of) for one_of in needed)
        raise CourierError("malformed", f"The file has no header row with the columns looked for: {looked_for}.")

    def _find(self, cells: Sequence[str], names: Sequence[str]) -> dict[str, int]:
        """Our columns' places; of several fitting headers the one listed first, and no header for two columns."""
        header: dict[str, int] = {}
        for place, cell in enumerate(cells):
            header.setdefault(folded(cell), place)
        header.pop("", None)
        found: dict[str, int] = {}
        for name in sorted(names, key=lambda each: each not in self._own):
            fitting = [header[word] for word in self._headers[name] if word in header]
            if fitting and fitting[0] not in found.values():
                found[name] = fitting[0]
        return found

    def _describe(self, name: str) -> str:
        return f"'{self._own[name]}' ({name})" if name in self._own else f"{name} ({', '.join(WORDS[name][:2])}, ...)"
