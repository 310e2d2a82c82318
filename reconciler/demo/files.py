"""The world as files: the shops' orders, the settings, and the payouts of the courier that has no API for them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from couriers.facts import Status
from couriers.registry import courier
from couriers.scenario import ScriptedParcel
from reconciler.demo.places import Land
from reconciler.demo.stories import Order
from reconciler.demo.world import Market, World

_COLUMNS = (
    "shop", "order_ref", "cod_total", "currency", "courier", "awb", "account", "parcel_cod", "ordered_at", "language",
    "customer_name", "email", "phone", "street", "city", "postcode", "region", "country", "pickup_point", "goods_total",
    "shipping_fee", "cod_fee", "discount", "promised_on", "told_at", "told_by", "cancelled_at", "replaces",
)  # fmt: skip
_INVOICE = ("Čárový kód", "Vaše obj. č.", "Vybraná dobírka", "Měna dobírky", "Vyzvednutí či vrácení", "Stav")


def write_orders(world: World, path: Path) -> None:
    """Every row the shops ever exported: an order told anew stands there once for each telling."""
    with path.open("w", encoding="utf-8", newline="") as file:
        write = csv.writer(file)
        write.writerow(_COLUMNS)
        for order in world.orders:
            write.writerows(_rows(order))


def _rows(order: Order) -> Iterator[tuple[object, ...]]:
    for told in order.told:
        for parcel, booked, replaces in ((each.parcel, each.booked, each.replaces) for each in order.consignments):
            yield (
                order.land.shop, order.ref, _amount(told.minor), order.land.currency, order.land.courier, parcel.awb,
                order.land.account, _amount(booked), order.ordered_at.isoformat(), order.land.language, order.customer,
                order.email, order.phone, order.home.street, order.home.city, order.home.postcode, order.home.region,
                order.land.country, order.home.pickup_point, _amount(order.goods), _amount(order.shipping),
                _amount(order.cod_fee), _amount(order.discount), told.day, told.at.isoformat(), told.by,
                order.cancelled_at.isoformat() if order.cancelled_at else "", replaces,
            )  # fmt: skip


def _amount(minor: int | None) -> str:
    return "" if minor is None else f"{minor // 100},{minor % 100:02}"


def write_invoices(market: Market, folder: Path) -> list[Path]:
    """Packeta's invoices, one a week of payout; a parcel's lines stand together in the week of its last one."""
    weeks: dict[date, list[ScriptedParcel]] = {}
    for parcel in market.scenario.parcels.values():
        if parcel.payouts:
            year, week, _ = max(each.on for each in parcel.payouts).isocalendar()
            weeks.setdefault(date.fromisocalendar(year, week, 5), []).append(parcel)
    return [_write_invoice(parcels, folder / f"packeta-faktura-{friday}.csv") for friday, parcels in sorted(weeks.items())]


def _write_invoice(parcels: Iterable[ScriptedParcel], path: Path) -> Path:
    with path.open("w", encoding="cp1250", newline="") as file:
        write = csv.writer(file, delimiter=";")
        write.writerow(_INVOICE)
        for parcel in parcels:
            ended = parcel.steps[-1]
            state = "vráceno" if ended.status is Status.RETURNED else "doručeno"
            for paid in parcel.payouts:
                amount = str(paid.amount.amount).replace(".", ",")
                write.writerow((parcel.awb, parcel.order_ref, amount, paid.amount.currency, f"{ended.at:%d.%m.%Y}", state))
    return path


def write_settings(world: World, addresses: dict[str, str], folder: Path, *, per_second: int = 500) -> Path:
    """``reconciler.toml`` with every shop and its account at its courier's address; the secrets in files of their own."""
    parts = ["# Written by `reconciler demo`: the couriers are stand-ins on this machine, and so are their passwords.\n"]
    for market in world.markets:
        parts += [_shop(market.land), _account(market, addresses[market.land.courier], folder, per_second)]
    path = folder / "reconciler.toml"
    path.write_text("\n".join(parts), encoding="utf-8")
    return path


def _shop(land: Land) -> str:
    return _table(f"shops.{land.shop}", {
        "name": land.shop_name, "legal_name": land.legal_name, "tax_number": land.tax_number, "official_email": land.mail,
        "phone": land.phone, "contact_name": land.contact, "hours": land.hours, "country": land.country,
        "language": land.language, "timezone": land.zone,
    })  # fmt: skip


def _account(market: Market, address: str, folder: Path, per_second: int) -> str:
    land = market.land
    settings: dict[str, object] = {"courier": land.courier, "shop": land.shop, "base_url": address, "per_second": per_second}
    secret = {field.key for field in courier(land.courier).fields if field.secret}
    for key, value in market.scenario.credentials.items():
        if key in secret:
            file = folder / f"{land.account}.{key}"
            file.write_text(value, encoding="utf-8")
            settings[f"{key}_file"] = str(file.resolve())
        else:
            settings[key] = value
    return _table(f"accounts.{land.account}", settings)


def _table(name: str, values: dict[str, object]) -> str:
    return "".join([f"[{name}]\n", *(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items())])
