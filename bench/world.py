"""The files every contender reads: orders told, and the payouts of the same parcels with one in a hundred wrong."""

from __future__ import annotations

import random
from pathlib import Path
from typing import NamedTuple

WRONG_EVERY = 100


class Files(NamedTuple):
    """Where the files are, and how many orders they hold."""

    orders: Path
    payouts: Path
    rows: int


def write(folder: Path, rows: int, seed: int = 1) -> Files:
    """Both files; the same seed writes the same bytes."""
    chance = random.Random(seed)
    files = Files(folder / f"orders-{rows}.csv", folder / f"payouts-{rows}.csv", rows)
    with files.orders.open("w", encoding="utf-8") as orders, files.payouts.open("w", encoding="utf-8") as payouts:
        orders.write(
            "order_ref,cod_total,currency,courier,awb,ordered_at,customer_name,phone,street,city,postcode,country,"
            "shipping_fee,promised_on,told_at\n"
        )
        payouts.write("awb,collected,fee,remitted,delivered_on,paid_on,reference,currency\n")
        for nth in range(rows):
            told = chance.randrange(2_000, 50_000)
            paid = told + 2_000 if nth % WRONG_EVERY == 0 else told
            orders.write(
                f"ORD-{nth:08d},{told / 100:.2f},RON,generic,70{nth:011d},2026-11-1{nth % 8}T10:00:00+02:00,Ana Pop {nth},"
                f"07{nth % 100_000_000:08d},Str. Lunga {nth % 300},Iasi,700{nth % 1000:03d},RO,20.00,2026-11-2{nth % 9},"
                f"2026-11-1{nth % 8}T10:00:05+02:00\n"
            )
            payouts.write(f"70{nth:011d},{paid / 100:.2f},0.00,{paid / 100:.2f},2026-11-18,2026-11-20,PAY-{nth // 1000},RON\n")
    return files
