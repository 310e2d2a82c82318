"""Connects an account: its courier's adapter on the shared HTTP client, at the courier's own pace."""

from __future__ import annotations

import aiohttp

from couriers.contract import Connection
from couriers.http import Http
from couriers.registry import courier
from reconciler.config import ShopAccount
from reconciler.errors import WrongCall


def connected(each: ShopAccount, session: aiohttp.ClientSession) -> Connection:
    """The account in use. Raises WrongCall where a setting is missing, or the courier takes files only."""
    info = courier(each.courier)
    if info.connect is None:
        raise WrongCall(f"The courier {info.name} takes files only; use reconciler import.")
    missing = [field.key for field in info.fields if field.required and not each.account.get(field.key)]
    if missing:
        raise WrongCall(f"[accounts.{each.account.name}] lacks {', '.join(missing)} (or the variable that {missing[0]}_env names).")
    per_second = float(each.account.get("per_second") or info.per_second)
    http = Http(session, each.account.base_url, per_second=per_second, parallel=info.parallel)
    return info.connect(each.account, http)
