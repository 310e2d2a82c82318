"""Finds the columns of a payout register by words of their headers, in Ukrainian (and near forms).

The NovaPay register has no published layout: a header counts by what it says, in any order and
spelling; where waybill and amount cannot both be found, the file is not understood.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

NEEDED = "a waybill (номер ЕН, номер ТТН, номер накладної) and an amount (сума)"

ROLES = ("awb", "order_ref", "collected", "remitted", "fee", "currency", "delivered_on", "paid_on", "reference")

_WORD = re.compile(r"[^\W_]+")
_HEADER_AT_MOST = 80  # a longer text is a note, not a header
_TOTALS = frozenset(
    {"разом", "всього", "усього", "підсумок", "загалом", "сума", "итого", "всего", "total", "razem", "suma", "celkem"}
)

# Beginnings of words, folded as key_of folds; in sets, whole words.
_NOT_WANTED = {"статус", "тип", "вид", "місто", "status", "type"}
_DATE, _DATE_WORDS = ("дат", "date"), {"час"}
_PAYOUT = ("виплат", "перерах", "зарах", "переказ", "платеж", "оплат", "операц", "кошт", "грош", "payment", "payout", "transfer")
_RECIPIENT = ("одержув", "отримув")
_HANDED_OVER = ("отрим", "видач", "вручен", "доставк", "deliver")
_OTHER_DAYS = ("створ", "відправ", "оформл", "замовл", "приинят", "creat")
_FEE = ("коміс", "комис", "винагород", "fee", "commission")
_LESS, _LESS_WORDS = ("вирах",), {"без", "мінус", "net"}
_WITH, _WITH_WORDS = ("урахув", "включ"), {"з", "із"}
_SERVICES, _PRICE = ("послуг",), ("вартіст",)
_AMOUNT = ("сум", "amount", "sum", "післяплат", "контрол")
_PAID_OUT = ("перерах", "виплат", "зарах", "payout", "remitted")
_WAS_PAID_OUT, _WAS_COLLECTED = ("виплачен", "перерахован", "зарахован"), ("зібран", "стягнут")
_OTHER_AMOUNTS = ("оголош", "оцін", "вартіст", "пдв", "vat", "достав")
_ORDER = ("замовл", "order")
_PAYMENT_PAPER = ("реєстр", "реестр", "платіж", "платеж", "переказ", "доручен", "зворотн", "register", "payment")
_WAYBILL, _WAYBILL_WORDS = ("накладн", "ттн", "ttn", "intdocnumber", "waybill"), {"ен", "ew"}
_SHIPMENT, _NUMBER_WORDS = ("відправлен",), {"номер", "no", "код"}
_DOCUMENT = ("документ", "document")
_CURRENCY = ("валют", "currency")


def key_of(text: str) -> str:
    """A key or header as it is compared: case, diacritics, blanks and signs folded away."""
    return "".join(_words(text))


def _words(text: str) -> list[str]:
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", text).casefold() if not unicodedata.combining(sign))
    return _WORD.findall(bare.replace("'", "").replace("’", ""))


_OWN_NAMES = {key_of(role): role for role in ROLES}


def _role(header: str) -> str | None:
    """What a column holds, None where its header does not tell or tells something else."""
    words = set(_words(header))
    if not words or len(header) > _HEADER_AT_MOST or words & _NOT_WANTED:
        return None
    if own := _OWN_NAMES.get(key_of(header)):
        return own

    def says(beginnings: tuple[str, ...]) -> bool:
        return any(word.startswith(beginnings) for word in words)

    if says(_DATE) or words & _DATE_WORDS:
        if says(_PAYOUT):
            return None if says(_RECIPIENT) else "paid_on"
        if says(_HANDED_OVER):
            return "delivered_on"
        return None if says(_OTHER_DAYS) else "day"
    if says(_CURRENCY):
        return "currency"
    if says(_FEE):
        if says(_LESS) or words & _LESS_WORDS:
            return "remitted"
        return None if says(_WITH) or words & _WITH_WORDS else "fee"
    if says(_PRICE) and says(_SERVICES):
        return "fee"
    if says(_AMOUNT):
        if says(_OTHER_AMOUNTS):
            return None
        return "remitted" if says(_PAID_OUT) else "collected"
    if says(_WAS_PAID_OUT):
        return "remitted"
    if says(_WAS_COLLECTED):
        return "collected"
    if says(_ORDER):
        return "order_ref"
    if says(_PAYMENT_PAPER):
        return "reference"
    if says(_WAYBILL) or words & _WAYBILL_WORDS or (says(_SHIPMENT) and words & _NUMBER_WORDS):
        return "awb"
    return "document" if says(_DOCUMENT) else None


@dataclass(frozen=True)
class Columns:
    """Where each role's column stands, and the header it was read from."""

    places: Mapping[str, int]
    header: tuple[str, ...]

    @property
    def pick(self) -> Callable[[Sequence[str]], tuple[str, ...]]:
        """Takes the cells of all ROLES out of a full row whose last cell is an added empty one."""
        return itemgetter(*(self.places.get(role, -1) for role in ROLES))

    @classmethod
    def of(cls, cells: Sequence[str]) -> Columns | None:
        """The columns a header row names; None where waybill or amount is missing.

        The first header of a role counts; a bare date is the payout's and a bare document the waybill where none says so.
        """
        places: dict[str, int] = {}
        for place, cell in enumerate(cells):
            role = _role(cell)
            if role is not None:
                places.setdefault(role, place)
        bare_day = places.pop("day", None)
        if bare_day is not None:
            places.setdefault("paid_on", bare_day)
        document = places.pop("document", None)
        if document is not None:
            places.setdefault("awb", document)
        if "awb" not in places or not places.keys() & {"collected", "remitted"}:
            return None
        return cls(places, tuple(map(key_of, cells)))

    def is_header(self, cells: Sequence[str]) -> bool:
        """Whether the header is repeated here."""
        place = self.places["awb"]
        return bool(self.header[place]) and key_of(cells[place]) == self.header[place]


def is_total(cells: Sequence[str], awb: str) -> bool:
    """Whether a row sums up: its waybill, or the first thing it says, begins with a word for a total."""
    first = next((cell for cell in cells if cell.strip()), "")
    return any(words and words[0] in _TOTALS for words in (_words(awb), _words(first)))
