"""A plot is a little story told to a maker: one order or a few, ordinary or with a difference planted in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from reconciler.demo.maker import Maker

EVERYWHERE = ("fan", "inpost", "nova_poshta", "packeta")
TELL_COD = ("fan", "inpost", "nova_poshta")  # Packeta tells neither COD nor address; there the orders file's booked COD counts


class Plot(NamedTuple):
    """``tell`` makes it happen with any of these couriers; ``share`` weighs it among its like."""

    tell: Callable[[Maker], None]
    couriers: tuple[str, ...] = EVERYWHERE
    share: int = 1
