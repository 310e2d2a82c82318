"""The courier of any other file: no connection, only a parser with a column map."""

from __future__ import annotations

from couriers.contract import Account, AccountField, CourierInfo
from couriers.generic.parse import GenericParser
from couriers.rulebook import Rulebook


def _parser_for(account: Account) -> GenericParser:
    return GenericParser(account.columns, account.get("currency") or "RON")


COURIER = CourierInfo(
    name="generic",
    rulebook=Rulebook.of("couriers.generic"),
    parser=GenericParser(),
    base_url="",
    currency="RON",
    fields=(
        AccountField("columns", "a table: our column's name = the header in the courier's file", required=False),
        AccountField("currency", "ISO code of amounts whose file names no currency; RON if not set", required=False),
    ),
    parser_for=_parser_for,
)
