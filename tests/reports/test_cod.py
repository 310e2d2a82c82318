"""Finance's COD report: exact to the bani, safe in a spreadsheet, and no larger in memory for a larger period."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import tracemalloc
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from python_calamine import CalamineWorkbook

from reconciler.reports.cod import COLUMNS, CsvSheet, Period, Totals, replacing, write_report, xlsx_sheet
from reconciler.store import Connection, Pool
from reconciler.store.statements import statements
from tests.conftest import Cli

NOVEMBER = ("--from", "2026-11-01", "--to", "2026-11-30")
PERIOD = Period(date(2026, 11, 1), date(2026, 11, 30))
# Half past eleven at night in Bucharest on 30 November; in UTC still the same day, at half past midnight no more.
LAST_NIGHT = datetime(2026, 11, 30, 21, 30, tzinfo=UTC)
FIRST_OF_DECEMBER = datetime(2026, 11, 30, 22, 30, tzinfo=UTC)
NOON = datetime(2026, 11, 17, 10, 0, tzinfo=UTC)


class World:
    """Facts made by hand; what is not said is ordinary."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def row(self, table: str, **values: Any) -> None:
        places = ", ".join(f"${nth}" for nth in range(1, len(values) + 1))
        await self.connection.execute(
            f"insert into {table} ({', '.join(values)}) overriding system value values ({places})", *values.values()
        )

    async def shop(self, shop_id: int, name: str, timezone: str = "Europe/Bucharest") -> None:
        await self.row("shops", id=shop_id, name=name, country="RO", language="ro", timezone=timezone)

    async def order(self, order_id: int, told: int, **values: Any) -> None:
        usual = {
            "shop_id": 1, "order_ref": f"R-{order_id}", "ordered_at": datetime(2026, 11, 15, 9, 0, tzinfo=UTC),
            "promise_id": order_id, "currency": "RON", "told_at": NOON,
        }  # fmt: skip
        await self.row("orders", id=order_id, told_minor=told, **usual | values)

    async def parcel(self, parcel_id: int, order_id: int | None, asked: int | None = None, **values: Any) -> None:
        awb = values.pop("awb", f"70000000{parcel_id:05}")
        usual: dict[str, Any] = {
            "shop_id": 1, "courier": "fan", "awb": awb, "awb_key": awb, "status": "delivered", "delivered_at": NOON,
            "tracked_at": NOON, "claim_minor": asked, "claim_currency": None if asked is None else "RON",
            "claim_state": None if asked is None else "to_collect",
        }  # fmt: skip
        await self.row("parcels", id=parcel_id, order_id=order_id, **usual | values)

    async def statement(self, manifest_id: int = 1, **values: Any) -> None:
        usual = {
            "shop_id": 1, "courier": "fan", "name": f"viramente-{manifest_id}.csv", "sha256": str(manifest_id).encode(),
            "received_at": NOON, "complete": True,
        }  # fmt: skip
        await self.row("manifests", id=manifest_id, **usual | values)

    async def line(self, parcel_id: int, collected: int, fee: int = 0, remitted: int | None = None, **values: Any) -> None:
        key = await self.connection.fetchval("select count(*) from manifest_lines")
        usual = {"manifest_id": 1, "line": key + 2, "currency": "RON", "paid_on": date(2026, 11, 19), "reference": "OP-7"}
        await self.row(
            "manifest_lines", parcel_id=parcel_id, collected_minor=collected, fee_minor=fee, remitted_minor=remitted, line_key=key,
            **usual | values,
        )  # fmt: skip


@pytest_asyncio.fixture
async def world(pool: Pool) -> AsyncIterator[World]:
    """Two shops and an empty statement."""
    async with pool.acquire() as connection:
        made = World(connection)
        await made.shop(1, "default")
        await made.shop(2, "kopec", "Europe/Prague")
        await made.statement()
        yield made


async def report(pool: Pool, period: Period = PERIOD) -> tuple[list[dict[str, str]], Totals]:
    """The report's rows as a reader of the CSV sees them, and its totals."""
    sink = io.BytesIO()
    totals = await write_report(pool, period, CsvSheet(sink, ";"))
    return list(csv.DictReader(io.StringIO(sink.getvalue().decode("utf-8-sig")), delimiter=";")), totals


def total(totals: Totals, courier: str, currency: str = "RON") -> dict[str, Any]:
    return next(line for line in totals.lines() if (line["courier"], line["currency"]) == (courier, currency))


async def test_a_paid_parcel_is_told_in_full(pool: Pool, world: World) -> None:
    await world.order(1, 14999)
    await world.parcel(11, 1, 14999, account="fan-main")
    await world.line(11, 14999, 350, 14649, delivered_on=date(2026, 11, 17))
    rows, totals = await report(pool)
    assert rows == [
        {
            "shop": "default", "courier": "fan", "account": "fan-main", "awb": "7000000000011", "order_ref": "R-1",
            "ordered_on": "2026-11-15", "delivered_on": "2026-11-17", "told": "149.99", "asked": "149.99", "collected": "149.99",
            "fee": "3.50", "remitted": "146.49", "currency": "RON", "difference": "0.00", "paid_on": "2026-11-19",
            "reference": "OP-7", "statement": "viramente-1.csv", "status": "delivered", "open_cases": "",
        }
    ]  # fmt: skip
    assert totals.rows == 1


async def test_totals_are_exact_where_floats_are_not(pool: Pool, world: World) -> None:
    for nth in range(1, 301):
        await world.order(nth, 10)
        await world.parcel(nth, nth, 10)
        await world.line(nth, 10, 0, 10)
    await world.order(400, 9_007_199_254_740_993)
    await world.parcel(400, 400, 9_007_199_254_740_993, courier="packeta")
    _, totals = await report(pool)
    assert total(totals, "fan") == {
        "courier": "fan", "currency": "RON", "parcels": 300, "told": Decimal("30.00"), "asked": Decimal("30.00"),
        "collected": Decimal("30.00"), "fee": Decimal("0.00"), "remitted": Decimal("30.00"), "difference": Decimal("0.00"),
    }  # fmt: skip
    assert total(totals, "packeta")["difference"] == Decimal("-90071992547409.93")
    assert total(totals, "all couriers")["told"] == Decimal("90071992547439.93")


async def test_days_are_the_shop_s(pool: Pool, world: World) -> None:
    await world.order(1, 5000)
    await world.parcel(11, 1, 5000, delivered_at=LAST_NIGHT)
    await world.order(2, 5000)
    await world.parcel(12, 2, 5000, delivered_at=FIRST_OF_DECEMBER)
    await world.order(3, 5000, shop_id=2, currency="CZK")
    await world.parcel(13, 3, 5000, shop_id=2, courier="packeta", delivered_at=FIRST_OF_DECEMBER, claim_currency="CZK")
    rows, _ = await report(pool)
    assert [(row["awb"][-2:], row["delivered_on"]) for row in rows] == [("11", "2026-11-30"), ("13", "2026-11-30")]
    december = Period(date(2026, 12, 1), date(2026, 12, 1))
    rows, _ = await report(pool, december)
    assert [row["awb"][-2:] for row in rows] == ["12"]


async def test_delivered_and_unpaid_is_missing_money(pool: Pool, world: World) -> None:
    await world.order(1, 14999)
    await world.parcel(11, 1, 16999)
    rows, _ = await report(pool)
    assert [(row["asked"], row["collected"], row["remitted"], row["difference"]) for row in rows] == [("169.99", "", "", "-149.99")]


async def test_paid_in_the_period_delivered_before_it(pool: Pool, world: World) -> None:
    await world.order(1, 5000)
    await world.parcel(11, 1, 5000, delivered_at=datetime(2026, 10, 30, 9, 0, tzinfo=UTC))
    await world.line(11, 5000, 0, 5000, paid_on=None, reference=None)
    await world.connection.execute("update manifests set paid_on = '2026-11-02', reference = 'DOC-1'")
    rows, _ = await report(pool)
    assert [(row["delivered_on"], row["paid_on"], row["reference"]) for row in rows] == [("2026-10-30", "2026-11-02", "DOC-1")]


async def test_a_payout_without_a_day_is_not_lost(pool: Pool, world: World) -> None:
    await world.parcel(11, None, status="unknown", delivered_at=None, tracked_at=None)
    await world.line(11, 5000, 0, 5000, paid_on=None)
    rows, _ = await report(pool)
    assert [(row["paid_on"], row["told"], row["remitted"], row["difference"]) for row in rows] == [("", "", "50.00", "50.00")]


async def test_what_moved_no_money_is_left_out(pool: Pool, world: World) -> None:
    await world.order(1, 0)
    await world.parcel(11, 1, 0)
    await world.order(2, 5000)
    await world.parcel(12, 2, 5000, status="in_transit", delivered_at=None)
    rows, totals = await report(pool)
    assert (rows, totals.rows, list(totals.lines())) == ([], 0, [])


async def test_money_announced_then_paid_counts_once_and_reversals_count(pool: Pool, world: World) -> None:
    await world.order(1, 5000)
    await world.parcel(11, 1, 5000)
    await world.line(11, 5000, 0, None, paid_on=None)
    await world.line(11, 5000, 100, 4900)
    await world.line(11, -5000, -100, -4900, paid_on=date(2026, 11, 25), reference="OP-9")
    rows, _ = await report(pool)
    assert [
        (row["collected"], row["fee"], row["remitted"], row["difference"], row["paid_on"], row["reference"]) for row in rows
    ] == [("0.00", "0.00", "0.00", "-50.00", "2026-11-25", "OP-7, OP-9")]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ((15000, 0), {"11": "150.00"}),
        ((10000, 5000), {"11": "100.00", "12": "50.00"}),
        ((15000, 15000), {"11": "150.00", "12": "0.00"}),
        ((10000, 7000), {"11": "100.00", "12": "50.00"}),
        ((10000, 3000), {"11": "120.00", "12": "30.00"}),
        ((None, 9000), {"12": "150.00"}),
    ],
)
async def test_the_told_amount_of_an_order_is_counted_once(
    pool: Pool, world: World, asked: tuple[int | None, int], told: dict[str, str]
) -> None:
    await world.order(1, 15000)
    await world.parcel(11, 1, asked[0])
    await world.parcel(12, 1, asked[1])
    rows, totals = await report(pool)
    assert {row["awb"][-2:]: row["told"] for row in rows} == told
    assert total(totals, "fan")["told"] == Decimal("150.00")


async def test_the_parcel_that_came_back_carries_nothing(pool: Pool, world: World) -> None:
    await world.order(1, 15000)
    await world.parcel(11, 1, 15000, status="returned", delivered_at=None)
    await world.parcel(12, 1, 15000, replaces="7000000000011")
    rows, _ = await report(pool)
    assert [(row["awb"][-2:], row["told"]) for row in rows] == [("12", "150.00")]


async def test_nothing_is_due_for_a_parcel_that_came_back(pool: Pool, world: World) -> None:
    for nth in (1, 2):
        await world.order(nth, 5000)
        await world.parcel(10 + nth, nth, 5000, status="returned", delivered_at=None)
        await world.line(10 + nth, 5000, 0, 5000)
    await world.line(12, -5000, 0, -5000, reference="OP-9")
    rows, _ = await report(pool)
    assert [(row["awb"][-2:], row["told"], row["asked"], row["remitted"], row["difference"]) for row in rows] == [
        ("11", "0.00", "50.00", "50.00", "50.00"),
        ("12", "0.00", "50.00", "0.00", "0.00"),
    ]


async def test_a_redirected_parcel_is_one_row_with_its_legs_money(pool: Pool, world: World) -> None:
    await world.order(1, 5000)
    await world.parcel(11, 1, 5000, status="redirected", delivered_at=None)
    await world.parcel(12, 1, 4000, root_id=11, role="redirect", event_at=NOON)
    await world.line(12, 4000, 0, 4000)
    rows, _ = await report(pool)
    assert [(row["awb"][-2:], row["status"], row["asked"], row["remitted"], row["difference"]) for row in rows] == [
        ("11", "delivered", "40.00", "40.00", "-10.00")
    ]


async def test_currencies_are_never_added(pool: Pool, world: World) -> None:
    await world.order(1, 15000)
    await world.parcel(11, 1, 3000, claim_currency="EUR")
    await world.line(11, 3000, 0, 3000, currency="EUR")
    rows, totals = await report(pool)
    assert [(row["currency"], row["told"], row["asked"], row["remitted"], row["difference"]) for row in rows] == [
        ("EUR", "", "30.00", "30.00", "30.00"),
        ("RON", "150.00", "", "", "-150.00"),
    ]
    assert [(line["courier"], line["currency"], line["difference"]) for line in totals.lines()] == [
        ("fan", "EUR", Decimal("30.00")), ("fan", "RON", Decimal("-150.00")),
        ("all couriers", "EUR", Decimal("30.00")), ("all couriers", "RON", Decimal("-150.00")),
    ]  # fmt: skip


async def test_the_courier_s_own_word_stands_where_it_has_no_statements(pool: Pool, world: World) -> None:
    await world.order(1, 5000)
    await world.parcel(11, 1, 5000, claim_state="remitted", claim_paid_on=date(2026, 11, 20))
    await world.row("claims", parcel_id=11, id=1, minor=5000, currency="RON", state="remitted", source="tracking",
                    reference="T-1", seen_at=NOON)  # fmt: skip
    await world.order(2, 6000)
    await world.parcel(12, 2, 6000, claim_state="collected")
    rows, _ = await report(pool)
    told = {
        row["awb"][-2:]: (row["collected"], row["remitted"], row["paid_on"], row["reference"], row["statement"]) for row in rows
    }
    assert told == {"11": ("50.00", "50.00", "2026-11-20", "T-1", ""), "12": ("60.00", "", "", "", "")}


async def test_open_cases_are_named_and_closed_ones_not(pool: Pool, world: World) -> None:
    await world.order(1, 5000)
    await world.parcel(11, 1, 6000)
    usual = {"shop_id": 1, "parcel_id": 11, "order_id": 1, "courier": "fan", "severity": "high", "evidence": {}, "opened_at": NOON,
             "refreshed_at": NOON, "due_at": NOON}  # fmt: skip
    await world.row("cases", id=1, kind="cod_too_high", about=1, by_order=True, **usual)
    await world.row("cases", id=2, kind="remittance_overdue", about=11, by_order=False, state="waiting", **usual)
    await world.row("cases", id=3, kind="late", about=11, by_order=False, state="settled", **usual)
    rows, _ = await report(pool)
    assert [row["open_cases"] for row in rows] == ["cod_too_high, remittance_overdue"]


async def test_only_the_shop_and_courier_asked_for(pool: Pool, world: World) -> None:
    await world.order(1, 5000)
    await world.parcel(11, 1, 5000)
    await world.order(2, 5000, shop_id=2)
    await world.parcel(12, 2, 5000, shop_id=2)
    await world.parcel(13, 1, 0, courier="packeta")
    await world.line(13, 700, 0, 700)
    found = {}
    for name, period in {
        "shop": Period(PERIOD.first, PERIOD.last, 2),
        "courier": Period(PERIOD.first, PERIOD.last, None, "packeta"),
    }.items():
        rows, _ = await report(pool, period)
        found[name] = [row["awb"][-2:] for row in rows]
    assert found == {"shop": ["12"], "courier": ["13"]}


async def test_the_spreadsheet_holds_numbers_days_and_texts(pool: Pool, world: World, cli: Cli, tmp_path: Path) -> None:
    await world.order(1, 14999, order_ref="=1+1")
    await world.parcel(11, 1, 14999, awb="80012345678901234567")
    await world.line(11, 14999, 350, 14649)
    done = cli("export", "cod", *NOVEMBER, "--format", "xlsx")
    assert (done.returncode, done.stdout) == (0, "")
    assert "cod-2026-11-01-2026-11-30.xlsx: 1 rows" in done.stderr
    book = CalamineWorkbook.from_path(str(tmp_path / "cod-2026-11-01-2026-11-30.xlsx"))
    assert book.sheet_names == ["cod", "totals"]
    header, row = book.get_sheet_by_name("cod").to_python()
    shown = dict(zip(header, row, strict=True))
    assert list(shown) == list(COLUMNS)
    assert (shown["awb"], shown["order_ref"], shown["reference"]) == ("80012345678901234567", "=1+1", "OP-7")
    assert (shown["told"], shown["fee"], shown["remitted"], shown["difference"]) == (149.99, 3.5, 146.49, 0)
    assert (shown["ordered_on"], shown["paid_on"]) == (date(2026, 11, 15), date(2026, 11, 19))
    assert book.get_sheet_by_name("totals").to_python() == [
        ["courier", "currency", "parcels", "told", "asked", "collected", "fee", "remitted", "difference"],
        ["fan", "RON", 1, 149.99, 149.99, 149.99, 3.5, 146.49, 0],
        ["all couriers", "RON", 1, 149.99, 149.99, 149.99, 3.5, 146.49, 0],
    ]


async def test_a_long_report_goes_on_in_another_sheet(pool: Pool, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.reports.cod._ROWS_OF_A_SHEET", 2)
    for nth in range(1, 6):
        await world.order(nth, 100)
        await world.parcel(nth, nth, 100)
    sink = io.BytesIO()
    with xlsx_sheet(sink) as sheet:
        await write_report(pool, PERIOD, sheet)
    sink.seek(0)
    book = CalamineWorkbook.from_filelike(sink)
    assert [(name, len(book.get_sheet_by_name(name).to_python())) for name in book.sheet_names] == [
        ("cod", 3), ("totals", 3), ("cod 2", 3), ("cod 3", 2),
    ]  # fmt: skip


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
async def test_no_text_becomes_a_formula(pool: Pool, world: World, start: str) -> None:
    nasty = f'{start}HYPERLINK("http://example.com";"x")\n;'
    await world.order(1, 5000, order_ref=nasty)
    await world.parcel(11, 1, 6000, account=nasty)
    rows, _ = await report(pool)
    assert (rows[0]["order_ref"], rows[0]["account"]) == (f"'{nasty}", f"'{nasty}")
    assert rows[0]["difference"] == "-50.00"


@pytest.mark.parametrize(("name", "sign"), [(";", ";"), (",", ","), ("|", "|"), ("tab", "\t")])
async def test_csv_goes_to_standard_output(world: World, cli: Cli, name: str, sign: str) -> None:
    await world.order(1, 5000)
    await world.parcel(11, 1, 5000)
    done = cli("export", "cod", *NOVEMBER, "--separator", name)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("\ufeffshop")
    header, row = csv.reader(io.StringIO(done.stdout.removeprefix("\ufeff")), delimiter=sign)
    assert (header, row[:4]) == (list(COLUMNS), ["default", "fan", "", "7000000000011"])


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
async def test_an_empty_period_says_so_and_has_its_header(world: World, cli: Cli, tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"empty.{kind}"
    done = cli("export", "cod", *NOVEMBER, "--format", kind, "--output", str(file))
    assert done.returncode == 0
    assert done.stderr.splitlines()[0] == "No COD was delivered or paid out from 2026-11-01 to 2026-11-30."
    if kind == "csv":
        assert file.read_bytes() == b"\xef\xbb\xbf" + ";".join(COLUMNS).encode() + b"\n"
    else:
        assert CalamineWorkbook.from_path(str(file)).get_sheet_by_name("cod").to_python() == [list(COLUMNS)]


async def test_the_totals_as_json(world: World, cli: Cli) -> None:
    await world.order(1, 5000)
    await world.parcel(11, 1, 5000)
    done = cli("export", "cod", *NOVEMBER, "--output", "november.csv", "--json")
    sums = {
        "parcels": 1,
        "told": "50.00",
        "asked": "50.00",
        "collected": "0.00",
        "fee": "0.00",
        "remitted": "0.00",
        "difference": "-50.00",
    }
    assert json.loads(done.stdout) == {
        "file": "november.csv", "from": "2026-11-01", "to": "2026-11-30", "rows": 1,
        "totals": [{"courier": "fan", "currency": "RON", **sums}, {"courier": "all couriers", "currency": "RON", **sums}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (("--from", "2026-13-01", "--to", "2026-11-30"), "--from '2026-13-01' is no day; write it like 2026-11-01."),
        (("--from", "2026-11-01", "--to", "30.11.2026"), "--to '30.11.2026' is no day; write it like 2026-11-01."),
        (("--from", "0026-11-01", "--to", "2026-11-30"), "--from '0026-11-01' is not in our century; write it like 2026-11-01."),
        (("--from", "2026-12-01", "--to", "2026-11-30"), "--from 2026-12-01 is after --to 2026-11-30; the first day comes first."),
        ((*NOVEMBER, "--format", "parquet"), "Parquet is not offered yet; take --format csv or --format xlsx."),
        ((*NOVEMBER, "--shop", "none"), "There is no shop 'none'; built-in defaults has default."),
        ((*NOVEMBER, "--json"), "The totals and the CSV would both go to standard output; name a file with --output."),
    ],
)
def test_a_wrong_call_is_one_sentence(cli: Cli, wrong: tuple[str, ...], said: str) -> None:
    done = cli("export", "cod", *wrong)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", said + "\n")


def test_an_unknown_courier_is_named(cli: Cli) -> None:
    done = cli("export", "cod", *NOVEMBER, "--courier", "pigeon")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith("There is no courier 'pigeon'")


def test_a_file_that_cannot_be_written_says_so(cli: Cli) -> None:
    done = cli("export", "cod", *NOVEMBER, "--output", "nowhere/report.csv")
    assert (done.returncode, done.stderr) == (1, "nowhere/report.csv cannot be written: No such file or directory.\n")


def test_a_report_cut_off_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "report.csv"
    file.write_bytes(b"whole")

    class Cut(Exception):
        pass

    def write_half() -> None:
        with replacing(file) as sink:
            sink.write(b"hal")
            raise Cut

    with pytest.raises(Cut):
        write_half()
    assert [each.name for each in tmp_path.iterdir()] == ["report.csv"]
    assert file.read_bytes() == b"whole"


async def _many(connection: Connection, first: int, last: int) -> None:
    """Parcels of November, each delivered and paid, some paid short by their number of bani."""
    numbers = {"first": first, "last": last}
    for statement in (
        """insert into orders (id, shop_id, order_ref, promise_id, told_minor, currency, told_at)
           select n, 1, 'R-' || n, n, 10000 + n % 7, 'RON', now() from generate_series({first}, {last}) n""",
        """insert into parcels (id, shop_id, courier, awb, awb_key, order_id, status, delivered_at, tracked_at, claim_minor,
               claim_currency, claim_state)
           select n, 1, 'fan', 70000000000 + n, 70000000000 + n, n, 'delivered', '2026-11-01T09:00Z'::timestamptz
               + (n % 28) * interval '1 day', now(), 10000 + n % 7, 'RON', 'to_collect' from generate_series({first}, {last}) n""",
        """insert into manifest_lines (manifest_id, line, parcel_id, collected_minor, fee_minor, remitted_minor, currency, paid_on,
               reference, line_key)
           select 1, n, n, 10000 + n % 7, 0, 10000, 'RON', '2026-11-30', 'OP-' || n % 28, n
           from generate_series({first}, {last}) n""",
        "analyze orders", "analyze parcels", "analyze manifest_lines",
    ):  # fmt: skip
        await connection.execute(statement.format(**numbers))


async def test_a_hundred_thousand_rows_are_never_held_at_once(pool: Pool, world: World, tmp_path: Path) -> None:
    await _many(world.connection, 1, 100_000)
    path = tmp_path / "many.csv"
    tracemalloc.start()
    try:
        with replacing(path) as sink:
            totals = await write_report(pool, PERIOD, CsvSheet(sink, ";"))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 40_000_000, "held at once, the rows alone are several times that"
    with path.open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    over = sum(Decimal(n % 7) for n in range(1, 100_001)) / 100
    assert len(rows) == 100_000
    assert sum(Decimal(row["difference"]) for row in rows) == total(totals, "fan")["difference"] == -over


@pytest.mark.parametrize("change", [
    "update parcels set claim_minor = null, claim_currency = null, claim_state = null",
    "update parcels set delivered_at = delivered_at - interval '60 days'",
    "update parcels set claim_state = 'remitted', claim_paid_on = '2026-11-09'; delete from manifest_lines",
])  # fmt: skip
async def test_the_cost_grows_with_the_rows_not_with_their_square(pool: Pool, world: World, change: str) -> None:
    await _many(world.connection, 1, 30_000)
    await world.connection.execute(change)
    for nth in range(1, 31):
        await world.connection.execute("update parcels set order_id = $1 where id = any($2)", nth, [nth, nth + 100, nth + 200])
    async with pool.acquire() as connection, connection.transaction():
        sql = statements("cod_report")
        await sql.begin(connection)
        await connection.execute("set local statement_timeout = '20s'")
        try:
            found = [row async for row in sql.rows(connection, shop_id=None, courier=None, first=PERIOD.first, last=PERIOD.last)]
        except asyncpg.QueryCanceledError:
            pytest.fail("thirty thousand rows took over 20 seconds")
    assert len(found) > 29_000


def test_the_group_offers_only_what_there_is(cli: Cli) -> None:
    done: subprocess.CompletedProcess[str] = cli("export", "--help")
    assert "cod" in done.stdout
    assert not {"aging", "remittances", "scorecard"} & set(done.stdout.split())
