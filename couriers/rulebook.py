"""What a courier's rulebook says: whom to write to, in what language, what may still be changed.

Every statement in ``rulebook.toml`` carries its source and date, or the word "unverified".
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, Literal

Route = Literal["api", "mail", "form", "phone", "none"]

_MAY_BE_UNKNOWN = (
    "claims_email",
    "phone",
    "phone_hours",
    "phone_menu",
    "tracking_url",
    "cod_until",
    "payout_days",
    "storage_days",
)


@dataclass(frozen=True)
class Rulebook:
    """One courier's rules. Days are working days of its country unless said otherwise."""

    title: str  # the name people know, as letters write it
    language: str  # of official mail: ro, pl, uk, cs, en
    country: str  # ISO code; its calendar counts the working days
    zone: str
    claims_email: str | None  # where a correction is asked; None: a form or the account manager
    phone: str | None
    phone_hours: str | None
    phone_menu: str | None
    tracking_url: str | None  # "{awb}" stands for the waybill
    cod_lower: tuple[Route, ...]  # open routes to lower a COD after hand-over, best first
    cod_raise: tuple[Route, ...]
    cod_until: str | None  # till when, in words of the rulebook's language
    cod_papers: tuple[str, ...]  # what must be attached, in the same language
    amount_in_words: bool  # the official mail names amounts in words as well
    letter_fields: tuple[str, ...]  # account fields each letter must carry: client_id, ...
    payout_days: int | None  # after delivery; None: unknown
    storage_days: int | None  # calendar days at a pickup point; None: unknown
    sources: dict[str, str] = field(default_factory=dict)  # statement -> source and date, or "unverified"

    @classmethod
    def of(cls, package: str) -> Rulebook:
        """The rulebook in a courier's folder. Raises TypeError or ValueError where a line is missing or unsourced."""
        raw: dict[str, Any] = tomllib.loads(files(package).joinpath("rulebook.toml").read_text(encoding="utf-8"))
        silent = set(raw) - {"title", "language", "sources"} - set(raw["sources"])
        lines: dict[str, Any] = dict.fromkeys(_MAY_BE_UNKNOWN)
        lines |= {key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()}
        book = cls(**lines)
        if silent:
            raise ValueError(f"{package}: no source for {', '.join(sorted(silent))}")
        return book
