"""Keeps the rows of shops and accounts as the settings name them."""

from __future__ import annotations

from reconciler.config import Config
from reconciler.store import Pool
from reconciler.store.statements import statements


async def put_shops(pool: Pool, config: Config) -> dict[str, int]:
    """Each configured shop's id by its key."""
    sql = statements("shops")
    async with pool.acquire(timeout=10) as connection, connection.transaction():
        ids = {
            key: await sql.put_shop(connection, name=key, country=shop.country, language=shop.language, timezone=shop.timezone)
            for key, shop in sorted(config.shops.items())
        }
        for key, each in sorted(config.accounts.items()):
            await sql.put_account(connection, name=key, shop=ids[each.shop], courier=each.courier)
    return ids
