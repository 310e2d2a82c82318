"""Which couriers there are: every folder here with an ``adapter`` module, and third parties' entry points."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules

import couriers
from couriers.contract import CourierInfo

ENTRY_POINTS = "reconciler.couriers"


class UnknownCourier(LookupError):
    """No courier of this name is built in or installed."""


@cache
def all_couriers() -> dict[str, CourierInfo]:
    """Every courier by its name; built-ins first, in the order of their names."""
    found: dict[str, CourierInfo] = {}
    for module in iter_modules(couriers.__path__):
        if module.ispkg:
            info: CourierInfo = import_module(f"couriers.{module.name}.adapter").COURIER
            found[info.name] = info
    for entry in entry_points(group=ENTRY_POINTS):
        found.setdefault(entry.name, entry.load())
    return found


def courier(name: str) -> CourierInfo:
    """The courier of this name. Raises UnknownCourier with the names there are."""
    known = all_couriers()
    if name not in known:
        raise UnknownCourier(f"There is no courier '{name}'; there are {', '.join(sorted(known))}.")
    return known[name]
