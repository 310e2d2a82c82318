"""Connects an account: its courier's adapter on the shared HTTP client, at the courier's own pace."""

from __future__ import annotations

from urllib.parse import urlsplit

import aiohttp

from couriers.contract import Connection, CourierInfo
from couriers.http import Http
from couriers.registry import courier
from reconciler.config import ShopAccount
from reconciler.errors import WrongCall

_UNSPARING = 1_000.0


def connected(each: ShopAccount, session: aiohttp.ClientSession) -> Connection:
    """The account in use. Raises WrongCall where a setting is missing, or the courier takes files only."""
    info = courier(each.courier)
    if info.connect is None:
        raise WrongCall(f"The courier {info.name} takes files only; use reconciler import.")
    missing = [field.key for field in info.fields if field.required and not each.account.get(field.key)]
    if missing:
        raise WrongCall(f"[accounts.{each.account.name}] lacks {', '.join(missing)} (or the variable that {missing[0]}_env names).")
    http = Http(session, each.account.base_url, per_second=_pace(each, info), parallel=info.parallel)
    return info.connect(each.account, http)


def _pace(each: ShopAccount, info: CourierInfo) -> float:
    """Requests a second: as the account says, else the courier's own; a stand-in on this machine needs no sparing."""
    set_by_hand = each.account.get("per_second")
    if set_by_hand:
        try:
            pace = float(set_by_hand)
        except ValueError:
            pace = 0.0
        if not 0 < pace <= 10_000:
            raise WrongCall(f"[accounts.{each.account.name}] per_second must be a number above 0 and up to 10000.")
        return pace
    return _UNSPARING if urlsplit(each.account.base_url).hostname in ("127.0.0.1", "localhost", "::1") else info.per_second
