"""Evidence as people and scripts read it: amounts as text with two decimals, not whole minor units."""

from __future__ import annotations

from typing import Any, Final

from couriers.facts import Money

_AMOUNTS: Final = frozenset(
    {"minor", "told", "asked", "due", "paid", "claim", "collected", "remitted", "fee", "difference", "total"}
)


def plain(evidence: Any, key: str = "") -> Any:
    """The same evidence with every amount written out; ``told_minor`` becomes ``told``, ``minor`` ``amount``."""
    if isinstance(evidence, dict):
        return {_renamed(name, evidence): plain(part, name) for name, part in evidence.items()}
    if isinstance(evidence, list):
        return [plain(part, key) for part in evidence]
    if isinstance(evidence, int) and not isinstance(evidence, bool) and (key in _AMOUNTS or key.endswith("_minor")):
        return str(Money(evidence, "").amount)
    return evidence


def _renamed(name: str, beside: dict[str, Any]) -> str:
    new = "amount" if name == "minor" else name.removesuffix("_minor")
    return name if new in beside else new
