"""``import``: brings files in without any network."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from couriers.contract import Account, CourierInfo
from couriers.registry import UnknownCourier, all_couriers
from couriers.registry import courier as courier_named
from reconciler.cli.installation import Installation, print_json, progress, say, work
from reconciler.config import ShopAccount
from reconciler.errors import WrongCall
from reconciler.intake.answers import ManifestSource, import_answer, import_manifest
from reconciler.intake.orders import import_orders
from reconciler.intake.rejects import Counts

_FILE = click.argument("file", type=click.Path(path_type=Path))
_JSON = click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
_SHOP = click.option("--shop", help="The shop it belongs to, where there are several.")
_COURIER = click.option("--courier", required=True, help="Whose answer it is; see `reconciler courier list`.")
_ACCOUNT = click.option("--account", help="The account of reconciler.toml it came from.")


@click.group("import")
def import_() -> None:
    """Bring in orders, couriers' recorded answers and COD statements.

    Each may be repeated: what is known already changes nothing.
    """


@import_.command()
@_FILE
@_SHOP
@_JSON
def orders(file: Path, shop: str | None, as_json: bool) -> int:
    """What customers were told: CSV, XLSX or JSON lines.

    \b
    Needed columns: order_ref, cod_total, currency, courier, awb.
    Example:        reconciler import orders november.csv
    """

    async def run(here: Installation) -> Counts:
        shops = {key: (here.shop_ids[key], each) for key, each in here.config.shops.items()}
        default = here.config.shop(shop).key if shop or len(shops) == 1 else None
        bar, advance = progress("Importing", file)
        with bar:
            return await import_orders(here.pool, file, shops, all_couriers(), default_shop=default, now=here.now, progress=advance)

    return _told(work(run), as_json, "rows")


@import_.command()
@_FILE
@_COURIER
@_ACCOUNT
@_SHOP
@click.option("--awb", help="The parcel, where the answer does not name it.")
@_JSON
def tracking(file: Path, courier: str, account: str | None, shop: str | None, awb: str | None, as_json: bool) -> int:
    """A courier's recorded tracking answer.

    Example: reconciler import tracking answer.json --courier fan
    """
    return _told(_answer(file, "tracking", courier, account, shop, awb), as_json, "parcels")


@import_.command()
@_FILE
@_COURIER
@_ACCOUNT
@_SHOP
@click.option("--awb", help="The parcel, where the answer does not name it.")
@_JSON
def parcels(file: Path, courier: str, account: str | None, shop: str | None, awb: str | None, as_json: bool) -> int:
    """A courier's list of parcels with the COD and address on record.

    Example: reconciler import parcels slip.json --courier fan
    """
    return _told(_answer(file, "parcels", courier, account, shop, awb), as_json, "parcels")


@import_.command()
@_FILE
@_COURIER
@_ACCOUNT
@_SHOP
@_JSON
def manifest(file: Path, courier: str, account: str | None, shop: str | None, as_json: bool) -> int:
    """A courier's COD statement: payouts as an API answer, CSV, XLSX or XLS.

    Example: reconciler import manifest viramente.csv --courier fan
    """

    async def run(here: Installation) -> Counts:
        info, its, shop_id = _whose(here, courier, account, shop)
        bar, advance = progress("Importing", file)
        with bar:
            return await import_manifest(here.pool, file, ManifestSource(info, its, shop_id), now=here.now, progress=advance)

    return _told(work(run), as_json, "lines")


def _answer(
    file: Path, kind: Literal["tracking", "parcels"], courier: str, account: str | None, shop: str | None, awb: str | None
) -> Counts:
    async def run(here: Installation) -> Counts:
        info, its, shop_id = _whose(here, courier, account, shop)
        return await import_answer(here.pool, file, kind, info, its, shop_id, awb=awb, now=here.now)

    return work(run)


def _whose(here: Installation, courier: str, account: str | None, shop: str | None) -> tuple[CourierInfo, Account | None, int]:
    """The courier, the account and the shop's id. The account says its shop; the only account of a courier is taken unasked."""
    try:
        info = courier_named(courier)
    except UnknownCourier as error:
        raise WrongCall(str(error)) from None
    config = here.config
    found: ShopAccount | None
    if account:
        found = config.account(account)
    else:
        fitting = [each for each in config.accounts.values() if each.courier == info.name and shop in (None, each.shop)]
        found = fitting[0] if len(fitting) == 1 else None
    if found and found.courier != info.name:
        raise WrongCall(f"The account '{account}' is one of {found.courier}, not of {info.name}.")
    key = config.shop(shop or (found.shop if found else None)).key
    return info, found.account if found else None, here.shop_ids[key]


def _told(counts: Counts, as_json: bool, what: str) -> int:
    if as_json:
        print_json(counts.json())
    else:
        click.echo(f"{counts.new} new, {counts.changed} changed, {counts.unchanged} unchanged, {counts.rejected} rejected {what}.")
    if counts.rejected:
        say(f"{counts.rejected} {what} could not be taken; each is in {counts.rejects_file} with its line and the reason.")
    return 1 if counts.rejected else 0
