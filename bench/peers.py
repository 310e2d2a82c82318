"""The contenders: bare PostgreSQL, which stores the same, and pandas, polars, duckdb, datacompy, which store nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

import asyncpg

from bench.world import Files


class Took(NamedTuple):
    """Seconds for orders and for payouts (None: the peer does both at once, under payouts), and differences found."""

    orders: float | None
    payouts: float
    found: int


_TABLES = """
create table told (order_ref text not null unique, cod_total numeric(12,2) not null, currency text not null, courier text not null,
    awb text not null unique, ordered_at timestamptz, customer_name text, phone text, street text, city text, postcode text,
    country text, shipping_fee numeric(12,2), promised_on date, told_at timestamptz);
create table told_in (like told);
create table paid (awb text not null, collected numeric(12,2) not null, fee numeric(12,2) not null, remitted numeric(12,2) not null,
    delivered_on date, paid_on date, reference text, currency text not null, unique (awb, paid_on, reference, remitted));
create table paid_in (like paid);
create table differences (awb text not null, order_ref text not null, told numeric(12,2), paid numeric(12,2));
"""


async def bare_postgres(url: str, files: Files) -> Took:
    """COPY into a staging table, join with what is known, insert what is new; for payouts also the differences."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_TABLES)
        started = time.perf_counter()
        async with connection.transaction():
            await connection.copy_to_table("told_in", source=files.orders, format="csv", header=True)
            await connection.execute(
                "insert into told select n.* from told_in n left join told t using (order_ref) where t.order_ref is null"
            )
        orders = time.perf_counter() - started
        started = time.perf_counter()
        async with connection.transaction():
            await connection.copy_to_table("paid_in", source=files.payouts, format="csv", header=True)
            await connection.execute(
                "insert into paid select n.* from paid_in n join told t using (awb) "
                "left join paid p using (awb, paid_on, reference, remitted) where p.awb is null"
            )
            await connection.execute(
                "insert into differences select t.awb, t.order_ref, t.cod_total, p.remitted"
                " from paid_in p join told t using (awb) where p.remitted + p.fee <> t.cod_total"
            )
        payouts = time.perf_counter() - started
        return Took(orders, payouts, await connection.fetchval("select count(*) from differences"))
    finally:
        await connection.close()


def pandas(files: Files) -> Took:
    """Read as text, amounts exact, merge, compare."""
    from decimal import Decimal

    import pandas as pd

    started = time.perf_counter()
    told = pd.read_csv(files.orders, dtype=str)
    paid = pd.read_csv(files.payouts, dtype=str)
    both = told.merge(paid, on="awb", how="outer", suffixes=("", "_paid"))
    wrong = both["cod_total"].map(Decimal) != both["remitted"].map(Decimal)
    return Took(None, time.perf_counter() - started, int(wrong.sum()))


def polars(files: Files) -> Took:
    """Read as text, amounts as Decimal, join, compare."""
    import polars as pl

    started = time.perf_counter()
    told = pl.read_csv(files.orders, infer_schema=False)
    paid = pl.read_csv(files.payouts, infer_schema=False)
    both = told.join(paid, on="awb", how="left")
    exact = pl.Decimal(12, 2)
    wrong = both.filter(pl.col("cod_total").cast(exact) != pl.col("remitted").cast(exact))
    return Took(None, time.perf_counter() - started, wrong.height)


def duckdb(files: Files) -> Took:
    """The same as one query."""
    import duckdb as duck

    started = time.perf_counter()
    found = duck.sql(
        f"select count(*) from read_csv('{files.orders}', all_varchar=true) t join read_csv('{files.payouts}', all_varchar=true) p"
        " using (awb) where t.cod_total::decimal(12,2) <> p.remitted::decimal(12,2)"
    ).fetchall()
    return Took(None, time.perf_counter() - started, found[0][0])


def datacompy(files: Files) -> Took:
    """Its pandas comparer over the amount column."""
    import datacompy as compy
    import pandas as pd

    started = time.perf_counter()
    told = pd.read_csv(files.orders, dtype=str)[["awb", "cod_total"]]
    paid = pd.read_csv(files.payouts, dtype=str)[["awb", "remitted"]].rename(columns={"remitted": "cod_total"})
    compared = compy.Compare(told, paid, join_columns="awb")
    found = int((~compared.intersect_rows["cod_total_match"]).sum())
    return Took(None, time.perf_counter() - started, found)


IN_MEMORY: dict[str, Callable[[Files], Took]] = {"pandas": pandas, "polars": polars, "duckdb": duckdb, "datacompy": datacompy}
