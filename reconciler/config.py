"""Reads ``reconciler.toml`` and the environment; secrets come only from the environment or files named there."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from platformdirs import user_data_path

from couriers.contract import Account
from couriers.registry import UnknownCourier, courier
from reconciler.errors import WrongCall
from reconciler.model.policy import Policy, PolicyError

LANGUAGES = ("ro", "pl", "uk", "cs", "en")
_COUNTRY = re.compile(r"[A-Z]{2}")
_TIME_OF_DAY = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)
_COUNTRY_DEFAULTS = {
    "RO": ("ro", "Europe/Bucharest"),
    "PL": ("pl", "Europe/Warsaw"),
    "UA": ("uk", "Europe/Kyiv"),
    "CZ": ("cs", "Europe/Prague"),
}


@dataclass(frozen=True)
class Shop:
    """A brand that sells, as customers and couriers know it."""

    key: str
    name: str
    country: str = "RO"
    language: str = "ro"
    timezone: str = "Europe/Bucharest"
    legal_name: str | None = None
    tax_number: str | None = None
    official_email: str | None = None
    phone: str | None = None
    contact_name: str | None = None
    hours: str | None = None
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True)
class ShopAccount:
    """A shop's account with a courier."""

    courier: str
    shop: str
    account: Account


@dataclass(frozen=True)
class Config:
    """Everything that is set for this installation."""

    shops: Mapping[str, Shop]
    accounts: Mapping[str, ShopAccount]
    data: Path
    database_url: str | None
    nightly_at: str  # HH:MM, UTC
    source: str  # the file read, or "built-in defaults"

    def shop(self, key: str | None) -> Shop:
        """The shop named, or the only one. Raises WrongCall where that is not clear."""
        if key is None:
            if len(self.shops) == 1:
                return next(iter(self.shops.values()))
            raise WrongCall(f"There are several shops; add --shop with one of {', '.join(self.shops)}.")
        if key not in self.shops:
            raise WrongCall(f"There is no shop '{key}'; {self.source} has {', '.join(self.shops)}.")
        return self.shops[key]

    def account(self, key: str) -> ShopAccount:
        """The account named. Raises WrongCall where there is none."""
        if key not in self.accounts:
            raise WrongCall(f"There is no account '{key}'; {self.source} has {', '.join(self.accounts) or 'none'}.")
        return self.accounts[key]


def load(environment: Mapping[str, str] = os.environ) -> Config:
    """The settings in force. Raises WrongCall with file, key and mend."""
    named = environment.get("RECONCILER_CONFIG")
    path = Path(named or "reconciler.toml")
    if not path.exists():
        if named:
            raise WrongCall(f"RECONCILER_CONFIG names {path}, which does not exist.")
        return _build({}, environment, "built-in defaults")
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise WrongCall(f"{path} cannot be read: {error}.") from None
    return _build(raw, environment, str(path))


def _build(raw: dict[str, Any], environment: Mapping[str, str], source: str) -> Config:
    unknown = set(raw) - {"shops", "accounts", "smtp", "policy", "nightly"}
    if unknown:
        raise WrongCall(f"{source}: unknown section [{min(unknown)}].")
    for section, table in raw.items():
        _require_table(table, f"{source}: [{section}]")
    shops = {key: _shop(key, table, raw.get("policy", {}), source) for key, table in raw.get("shops", {}).items()}
    shops = shops or {"default": _shop("default", {}, raw.get("policy", {}), source)}
    accounts = {key: _account(key, table, shops, environment, source) for key, table in raw.get("accounts", {}).items()}
    data = Path(environment.get("RECONCILER_DATA") or user_data_path("reconciler", appauthor=False))
    nightly_at = raw.get("nightly", {}).get("at", "02:00")
    if not isinstance(nightly_at, str) or not _TIME_OF_DAY.fullmatch(nightly_at):
        raise WrongCall(f"{source}: [nightly] at must be a time of the day in UTC, like '02:00'.")
    return Config(shops, accounts, data, environment.get("RECONCILER_DATABASE_URL") or None, nightly_at, source)


def _require_table(value: object, where: str) -> None:
    if not isinstance(value, dict):
        raise WrongCall(f"{where} must be a table of keys and values.")


def _shop(key: str, table: dict[str, Any], policy: dict[str, Any], source: str) -> Shop:
    where = f"{source}: [shops.{key}]"
    _require_table(table, where)
    values = dict(table)
    own_policy = values.pop("policy", {})
    _require_table(own_policy, f"{source}: [shops.{key}.policy]")
    for name, value in values.items():
        if not isinstance(value, str):
            raise WrongCall(f"{where} {name} must be a text in quotes.")
    country = values.setdefault("country", "RO")
    if not _COUNTRY.fullmatch(country):
        raise WrongCall(f"{where} country '{country}' is not a country's two capital letters, like RO.")
    language, timezone = _COUNTRY_DEFAULTS.get(country, ("en", "UTC"))
    values = {"name": key, "language": language, "timezone": timezone} | values
    try:
        shop = Shop(key=key, policy=_policy(policy, own_policy, source, key), **values)
        ZoneInfo(shop.timezone)
    except TypeError:
        known = ", ".join(each for each in Shop.__dataclass_fields__ if each not in ("key", "policy"))
        raise WrongCall(f"{where} has an unknown key; there are {known}, policy.") from None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise WrongCall(f"{where} timezone '{values['timezone']}' is not known; write it like Europe/Bucharest.") from None
    if shop.language not in LANGUAGES:
        raise WrongCall(f"{where} language '{shop.language}' is not one of {', '.join(LANGUAGES)}.")
    return shop


def _policy(shared: dict[str, Any], own: dict[str, Any], source: str, key: str) -> Policy:
    """The shop's own keys over the shared ones; the days of ``stalled_after`` status by status."""
    where = f"{source}: [policy]"
    try:
        policy = Policy.of(shared)
        where = f"{source}: [shops.{key}.policy]"
        Policy.of(own)
        days = {"stalled_after": policy.stalled_after | own.get("stalled_after", {})}
        return Policy.of(shared | own | days)
    except PolicyError as error:
        raise WrongCall(f"{where} {error}.") from None


def _account(
    key: str, table: dict[str, Any], shops: Mapping[str, Shop], environment: Mapping[str, str], source: str
) -> ShopAccount:
    where = f"{source}: [accounts.{key}]"
    _require_table(table, where)
    values = dict(table)
    for name, value in values.items():
        if isinstance(value, list | dict) and name != "columns":
            raise WrongCall(f"{where} {name} must be one value, not several.")
    try:
        info = courier(values.pop("courier", ""))
    except UnknownCourier as error:
        raise WrongCall(f"{where} {error}") from None
    shop = values.pop("shop", next(iter(shops)) if len(shops) == 1 else None)
    if shop not in shops:
        raise WrongCall(f"{where} names the shop '{shop}', which has no [shops.{shop}].")
    base_url = values.pop("base_url", info.base_url)
    columns = values.pop("columns", {})
    if not isinstance(columns, dict):
        raise WrongCall(f"{where} columns must be a table like {{ awb = 'Numer przesyłki' }}.")
    settings = {name: _setting(name, value, environment, where) for name, value in values.items()}
    flat = {name.removesuffix("_env").removesuffix("_file"): value for name, value in settings.items()}
    return ShopAccount(info.name, shop, Account(key, base_url, flat, {ours: str(theirs) for ours, theirs in columns.items()}))


def _setting(name: str, value: object, environment: Mapping[str, str], where: str) -> str:
    if name.endswith("_env"):
        return environment.get(str(value), "")
    if name.endswith("_file"):
        try:
            return Path(str(value)).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise WrongCall(f"{where} {name} names {value}, which cannot be read.") from None
    return str(value)
