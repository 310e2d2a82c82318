"""Orders files as shops really export them; and as nobody should."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from reconciler.errors import BadFile
from reconciler.intake.order_columns import NEEDED, OPTIONAL
from tests.intake.conftest import MakeFile
from tests.rules.books import Books

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

FULL = {
    "order_ref": "R-1", "cod_total": "149,99", "currency": "RON", "courier": "generic", "awb": "2150000000101",
    "shop": "default", "ordered_at": "2026-11-18T09:30:00", "language": "ro", "customer_name": "Ștefan Țîrlea",
    "email": "s@example.com", "phone": "+40722000101", "street": "Str. Mărășești 12", "city": "București", "postcode": "010101",
    "region": "Ilfov", "country": "RO", "pickup_point": "", "goods_total": "129,99", "shipping_fee": "20,00", "cod_fee": "0",
    "discount": "", "promised_on": "2026-11-21", "told_at": "2026-11-18T10:00:00+02:00", "told_by": "mail", "account": "main",
    "service": "standard", "parcel_cod": "149,99", "cancelled_at": "", "replaces": "",
}  # fmt: skip


def table(rows: Sequence[Mapping[str, str]], separator: str = ",", columns: list[str] | None = None) -> str:
    """A CSV of the rows."""
    sink = io.StringIO()
    writer = csv.DictWriter(sink, columns or list(rows[0]), delimiter=separator)
    writer.writeheader()
    writer.writerows(rows)
    return sink.getvalue()


def plain(*rows: str) -> str:
    """A CSV of the needed columns only."""
    return "\n".join(["order_ref,cod_total,currency,courier,awb", *rows]) + "\n"


def sheet(rows: Sequence[Sequence[Any]]) -> bytes:
    """An XLSX workbook."""
    body = io.BytesIO()
    book = xlsxwriter.Workbook(body, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    page = book.add_worksheet()
    for line, row in enumerate(rows):
        for place, cell in enumerate(row):
            page.write(line, place, cell)
    book.close()
    return body.getvalue()


async def stored(books: Books) -> dict[str, Any]:
    """The only order with its promise."""
    rows = await books.pool.fetch(
        "select o.*, p.street, p.city, p.postcode, p.told_by, a.awb, a.claim_minor, a.account, a.service"
        " from orders o join promises p on p.id = o.promise_id join parcels a on a.order_id = o.id"
    )
    assert len(rows) == 1
    return dict(rows[0])


def reasons(path: Path | None) -> list[str]:
    """The last column of the rejects file."""
    assert path is not None
    with path.open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.reader(source))
    assert rows[0][-1] == "reason"
    assert all(len(row) == len(rows[0]) for row in rows)
    return [row[-1] for row in rows[1:]]


# As they come


CZECH = FULL | {"customer_name": "Příliš Žluťoučký", "street": "Křižíkova 8", "city": "Plzeň"}
POLISH = FULL | {"customer_name": "Zażółć Gęślą", "street": "ul. Źródlana 5", "city": "Łódź"}
UKRAINIAN = FULL | {"customer_name": "Їжакевич Галина Єгорівна", "street": "вул. Прорізна", "city": "Київ"}
CEDILLAS = FULL | {"customer_name": "Ştefan Ţîrlea", "street": "Str. Mărăşeşti 12", "city": "Bucureşti"}


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize(("row", "encoding"), [
    (FULL, "utf-8"), (FULL, "utf-8-sig"), (FULL, "utf-16"), (CEDILLAS, "cp1250"), (CEDILLAS, "iso8859_2"), (POLISH, "cp1250"),
    (POLISH, "iso8859_2"), (CZECH, "cp1250"), (CZECH, "cp852"), (UKRAINIAN, "cp1251"), (UKRAINIAN, "utf-8"),
])  # fmt: skip
async def test_any_encoding_and_separator(books: Books, make: MakeFile, row: dict[str, str], encoding: str, separator: str) -> None:
    counts = await books.order_file(make("orders.csv", table([row], separator).encode(encoding)), NOW)
    assert (counts.new, counts.rejected) == (1, 0)
    got = await stored(books)
    for column in ("customer_name", "street", "city", "postcode", "awb", "phone", "told_by", "account", "service"):
        assert got[column] == row[column]
    assert (got["told_minor"], got["goods_total"], got["shipping_fee"], got["cod_fee"], got["discount"]) == (
        14999,
        12999,
        2000,
        0,
        None,
    )
    assert (got["claim_minor"], got["promised_on"]) == (14999, date(2026, 11, 21))
    assert got["told_at"] == datetime(2026, 11, 18, 8, 0, tzinfo=UTC)
    assert got["ordered_at"] == datetime(2026, 11, 18, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(("text", "minor"), [
    ("149.99", 14999), ("149,99", 14999), ("1.499,90", 149990), ("1,499.90", 149990), ("1 499,90", 149990), ("149", 14900),
    ("149,9", 14990),
    ("149.99 lei", 14999), ("0", 0), ("149\u00a0000,00", 14900000),
])  # fmt: skip
async def test_any_style_of_decimals(books: Books, make: MakeFile, text: str, minor: int) -> None:
    await books.order_file(make("orders.csv", plain(f'1,"{text}",RON,generic,A1')), NOW)
    assert (await stored(books))["told_minor"] == minor


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
async def test_any_line_ends_order_of_columns_case_and_unknown_columns(books: Books, make: MakeFile, newline: str) -> None:
    body = newline.join(
        ["AWB; Weight ;Cod_Total;ORDER_REF;currency;courier;Note", "A1;2 kg;10,00;1;ron;GENERIC;grüß", "", ";;;;;;"]
    )
    counts = await books.order_file(make("orders.csv", body), NOW)
    assert (counts.new, counts.rejected) == (1, 0)
    got = await stored(books)
    assert (got["currency"], got["extra"]) == ("RON", {"weight": "2 kg", "note": "grüß"})


async def test_a_workbook(books: Books, make: MakeFile) -> None:
    header = ["order_ref", "cod_total", "currency", "courier", "awb", "promised_on", "told_at", "phone", "extra"]
    told_at = datetime.fromisoformat("2026-11-18T10:00:00")  # as a sheet holds it
    rows: list[list[Any]] = [
        header,
        [1, 149.99, "RON", "generic", 2150000000101, date(2026, 11, 21), told_at, "0722", "x"],
        [],
        ["2"],
    ]
    counts = await books.order_file(make("orders.xlsx", sheet(rows)), NOW)
    assert (counts.new, counts.rejected) == (1, 1)
    got = await stored(books)
    assert (got["order_ref"], got["told_minor"], got["awb"], got["promised_on"]) == (
        "1",
        14999,
        "2150000000101",
        date(2026, 11, 21),
    )
    assert got["told_at"] == datetime(2026, 11, 18, 8, 0, tzinfo=UTC)
    assert got["extra"] == {"extra": "x"}
    assert reasons(counts.rejects_file) == ["line 4: currency '' is not one of BGN, CZK, EUR, GBP, HUF, MDL, PLN, RON, UAH, USD"]


async def test_json_lines(books: Books, make: MakeFile) -> None:
    lines = [
        json.dumps({"order_ref": 1, "cod_total": 149.99, "currency": "RON", "courier": "generic", "awb": "A1", "city": "Iași",
        "weight": 2.5,
                    "tags": ["a", {"b": None}], "discount": None}, ensure_ascii=False),
        "", "not json", "[1]", '{"order_ref": {}, "cod_total": 1}', '{"order_ref": "2", "awb": "A2"}',
    ]  # fmt: skip
    counts = await books.order_file(make("orders.jsonl", "\n".join(lines)), NOW)
    assert (counts.new, counts.rejected) == (1, 4)
    got = await stored(books)
    assert (got["told_minor"], got["city"], got["extra"]) == (14999, "Iași", {"weight": "2.5", "tags": ["a", {"b": None}]})
    assert [reason.split(":")[0] for reason in reasons(counts.rejects_file)] == ["line 3", "line 4", "line 5", "line 6"]


@pytest.mark.parametrize(
    "extra", ["NaN", "Infinity", "-Infinity", '"\\u0000"', '"\\ud800"', "[" * 3000 + "]" * 3000, "1" * 5000, '{"\\u0000": 1}']
)
@pytest.mark.parametrize("column", ["weight", "city", "order_ref"])
async def test_json_the_database_cannot_hold(books: Books, make: MakeFile, extra: str, column: str) -> None:
    good = '{"order_ref": "2", "cod_total": "5", "currency": "RON", "courier": "generic", "awb": "A2"}'
    bad = f'{{"order_ref": "1", "cod_total": "5", "currency": "RON", "courier": "generic", "awb": "A1", "{column}": {extra}}}'
    counts = await books.order_file(make("orders.jsonl", f"{bad}\n{good}\n"), NOW)
    assert counts.new + counts.rejected == 2
    assert await books.pool.fetchval("select count(*) from orders where order_ref = '2'") == 1


# What a row must be


@pytest.mark.parametrize(("row", "reason"), [
    (",10,RON,generic,A1", "order_ref is empty"),
    ("R" * 201 + ",10,RON,generic,A1", "order_ref is too long"),
    ("1,,RON,generic,A1", "cod_total is empty; write 0 for a prepaid order"),
    ("1,ten,RON,generic,A1", "cod_total cannot be read: 'ten' is not an amount"),
    ("1,-10,RON,generic,A1", "cod_total -10 is below zero"),
    ("1,1.234,RON,generic,A1", "cod_total cannot be read: '1.234' can mean two amounts; write it with two decimals"),
    ("1,10.005,RON,generic,A1", "cod_total cannot be read: '10.005' can mean two amounts; write it with two decimals"),
    ("1,1e3,RON,generic,A1", "cod_total cannot be read: '1e3' is not an amount"),
    ("1,99999999999999,RON,generic,A1", "cod_total cannot be read: '99999999999999' is too large for an amount"),
    ("1,١٤٩,RON,generic,A1", "cod_total cannot be read: '١٤٩' is not an amount"),
    ("1,10,LEI,generic,A1", "currency 'LEI' is not one of BGN, CZK, EUR, GBP, HUF, MDL, PLN, RON, UAH, USD"),
    ("1,10,RON,nobody,A1", "courier 'nobody' is not known; there are fan, generic, inpost, nova_poshta, packeta"),
    ("1,10,RON,generic,", "awb is empty"),
    ("1,10,RON,generic,---", "awb '---' is no waybill"),
    ("1,10,RON,generic,2.15E+12", "awb '2.15E+12' was damaged by a spreadsheet; export the column as text"),
    ('1,10,RON,generic,"2,15E+12"', "awb '2,15E+12' was damaged by a spreadsheet; export the column as text"),
    ("1,10,RON,generic,A\x001", "the row holds control characters"),
    ("1,10,RON,generic,A1,extra", "the row has 6 cells, the header names 5"),
    ('1,10,RON,generic,"A1', "the row cannot be read: a quote is opened and never closed"),
])  # fmt: skip
async def test_a_bad_row_is_set_aside_with_line_and_reason(books: Books, make: MakeFile, row: str, reason: str) -> None:
    counts = await books.order_file(make("orders.csv", plain("8,10,RON,generic,B8", row, "9,10,RON,generic,B9")), NOW)
    assert (counts.new, counts.rejected) == (2, 1)
    assert reasons(counts.rejects_file) == [f"line 3: {reason}"]
    assert counts.rejects_file is not None
    assert counts.rejects_file.name == "orders.rejected.csv"
    assert counts.json()["rejects_file"] == str(counts.rejects_file)


@pytest.mark.parametrize(("column", "cell", "reason"), [
    ("promised_on", "soon", "promised_on 'soon' is no day; write it like 2026-11-23"),
    ("promised_on", "21.11.2026", "promised_on '21.11.2026' is no day; write it like 2026-11-23"),
    ("promised_on", "2026-02-30", "promised_on '2026-02-30' is no day; write it like 2026-11-23"),
    ("promised_on", "1899-12-31", "promised_on '1899-12-31' is not in our century"),
    ("told_at", "yesterday", "told_at 'yesterday' is no time; write it like 2026-11-23T10:30:00+02:00"),
    ("ordered_at", "3026-11-20", "ordered_at '3026-11-20' is not in our century"),
    ("cancelled_at", "no", "cancelled_at 'no' is no time; write it like 2026-11-23T10:30:00+02:00"),
    ("shop", "other", "shop 'other' is not in the settings"),
    ("shipping_fee", "free", "shipping_fee cannot be read: 'free' is not an amount"),
    ("parcel_cod", "-1", "parcel_cod -1 is below zero"),
])  # fmt: skip
async def test_a_bad_optional_cell(books: Books, make: MakeFile, column: str, cell: str, reason: str) -> None:
    counts = await books.order_file(make("orders.csv", table([FULL | {column: cell}])), NOW)
    assert (counts.new, counts.rejected) == (0, 1)
    assert reasons(counts.rejects_file) == [f"line 2: {reason}"]


@pytest.mark.parametrize("told_at", [
    "2026-11-20T10:00:00+20:00", "2026-11-20T10:00:00-23:59", "2026-11-20T10:00:00+02:00:30.000001",
    "2026-11-20T10:00:00.123456789", "2026-W47-5", "20261120", "2026-11-20", "2026-11-20 10:00", "2026-11-20T24:00",
    "2000-01-01T00:00:00+14:00", "2099-12-31T23:59:59-14:00", "2026-03-29T03:30:00", "2026-10-25T03:30:00",
])  # fmt: skip
async def test_times_of_every_shape_are_taken_or_refused(books: Books, make: MakeFile, told_at: str) -> None:
    counts = await books.order_file(
        make("orders.csv", table([FULL | {"told_at": told_at}, FULL | {"order_ref": "R-2", "awb": "A2"}])), NOW
    )
    assert counts.new + counts.rejected == 2
    assert await books.pool.fetchval("select count(*) from orders where order_ref = 'R-2'") == 1


async def test_the_rejects_keep_the_cells_as_they_came(books: Books, make: MakeFile) -> None:
    body = plain('"=1+1;x",ten,RON,generic,"A ""1"""', "2,10,RON,generic,A2")
    counts = await books.order_file(make("comenzi.csv", body.encode("cp1250")), NOW)
    assert counts.rejects_file is not None
    with counts.rejects_file.open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.reader(source))
    assert rows == [
        [*NEEDED, "reason"],
        ["=1+1;x", "ten", "RON", "generic", 'A "1"', "line 2: cod_total cannot be read: 'ten' is not an amount"],
    ]


async def test_the_rejects_of_a_folder_that_cannot_be_written_land_where_we_are(
    books: Books, make: MakeFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make("orders.csv", plain("1,ten,RON,generic,A1"))
    (tmp_path / "orders.rejected.csv").mkdir()  # in its place stands something else
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    counts = await books.order_file(path, NOW)
    assert counts.rejected == 1
    assert (elsewhere / "orders.rejected.csv").is_file()


async def test_waybills_a_spreadsheet_has_damaged(books: Books, make: MakeFile) -> None:
    rows: list[list[Any]] = [
        list(NEEDED),
        ["1", 10, "RON", "generic", 2.15e20],
        ["2", 10, "RON", "generic", 21500000001012345678],
        ["3", 10, "RON", "generic", "3.1E+11"],
    ]
    counts = await books.order_file(make("orders.xlsx", sheet(rows)), NOW)
    assert (counts.new, counts.rejected) == (0, 3)
    assert all("was damaged by a spreadsheet" in reason for reason in reasons(counts.rejects_file))


async def test_broken_quotes_cost_only_their_row(books: Books, make: MakeFile) -> None:
    good = [f"{nth},10,RON,generic,B{nth}" for nth in range(2, 60)]
    counts = await books.order_file(make("orders.csv", plain('1,10,RON,generic,"A1', *good)), NOW)
    assert (counts.new, counts.rejected) == (58, 1)


async def test_huge_cells(books: Books, make: MakeFile) -> None:
    rows = [
        FULL | {"street": "x" * 3_000_000},
        FULL | {"order_ref": "R-2", "awb": "A2", "city": "y" * 100_000},
        FULL | {"order_ref": "R-3", "awb": "A3"},
    ]
    counts = await books.order_file(make("orders.csv", table(rows)), NOW)
    assert counts.new + counts.rejected == 3
    assert await books.pool.fetchval("select count(*) from orders where order_ref = 'R-3'") == 1
    assert counts.rejects_file is None or counts.rejects_file.stat().st_size < 10_000_000


async def test_a_column_named_extra_is_only_a_column(books: Books, make: MakeFile) -> None:
    counts = await books.order_file(
        make("orders.csv", "order_ref,cod_total,currency,courier,awb,extra\n1,10,RON,generic,A1,hello\n"), NOW
    )
    assert (counts.new, counts.rejected) == (1, 0)
    assert (await stored(books))["extra"] == {"extra": "hello"}


async def test_several_shops_need_a_name(books: Books, pool: Any, tmp_path: Path, make: MakeFile) -> None:
    several = await Books.opened(pool, tmp_path)
    counts = await several.order_file(make("orders.csv", plain("1,10,RON,generic,A1")), NOW)
    assert reasons(counts.rejects_file) == ["line 2: shop is empty and there are several shops"]


async def test_a_large_file_is_taken_in_pieces(books: Books, make: MakeFile) -> None:
    rows = [f"R{nth},{nth}.50,RON,generic,W{nth}" if nth % 500 else f"R{nth},?,RON,generic,W{nth}" for nth in range(1, 12_001)]
    counts = await books.order_file(make("orders.csv", plain(*rows)), NOW)
    assert (counts.new, counts.rejected) == (11_976, 24)
    assert reasons(counts.rejects_file)[-1].startswith("line 12001: ")
    again = await books.order_file(make("orders.csv", plain(*rows)), NOW)
    assert (again.new, again.unchanged, again.rejected) == (0, 11_976, 24)


# What is no orders file


@pytest.mark.parametrize(("name", "body", "says"), [
    ("a.csv", b"", "a.csv: The file is empty."),
    ("a.csv", b"\n\n \n", "header"),
    ("a.csv", b"\xef\xbb\xbf", "a.csv: The file is empty."),
    ("a.csv", b"hello", "a.csv, line 1: the header lacks order_ref, cod_total, currency, courier, awb; needed are "),
    ("a.csv", b"order_ref,cod_total,currency,courier\n1,2,RON,fan\n", "a.csv, line 1: the header lacks awb; needed are "),
    ("a.csv", b"order_ref,cod_total,currency,courier,awb,AWB \n1,2,RON,fan,3,4\n",
    "a.csv, line 1: the header names awb twice; keep one of them."),
    ("a.csv", b"order_ref,cod_total,currency,courier,awb,city,city\n",
    "a.csv, line 1: the header names city twice; keep one of them."),
    ("a.xlsx", b"PK\x03\x04 no zip", "a.xlsx: The spreadsheet cannot be opened."),
    ("a.xls", b"\xd0\xcf\x11\xe0 no book", "a.xls: The spreadsheet cannot be opened."),
    ("a.csv", b"\x00" * 5000, "header"),
    ("a.csv", b'"order_ref,cod_total\n', "header"),
    ("a.csv", b"%PDF-1.7\n\xff\xfe\x00", "header"),
    ("a.jsonl", b"[]", "header"),
])  # fmt: skip
async def test_what_is_no_orders_file_is_one_sentence(books: Books, make: MakeFile, name: str, body: bytes, says: str) -> None:
    with pytest.raises(BadFile) as caught:
        await books.order_file(make(name, body), NOW)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert await books.pool.fetchval("select count(*) from orders") == 0


async def test_a_folder_or_nothing_in_its_place(books: Books, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"is a folder; name the file in it\.$"):
        await books.order_file(tmp_path, NOW)
    with pytest.raises(BadFile, match=r"nothing\.csv does not exist\.$"):
        await books.order_file(tmp_path / "nothing.csv", NOW)


async def test_a_header_alone_is_an_empty_list(books: Books, make: MakeFile) -> None:
    counts = await books.order_file(make("orders.csv", plain()), NOW)
    assert counts.json() == {"new": 0, "unchanged": 0, "changed": 0, "rejected": 0, "rejects_file": None}


# Anything at all

_CELLS = st.one_of(
    st.text(max_size=12), st.sampled_from(["1", "10", "RON", "generic", "A1", "2026-11-20", "149,99", "", '"', "\x00", "\\.",
    "\\N", "é\u2028"]),
    st.integers(-5, 10**15).map(str), st.datetimes().map(str), st.floats().map(str),
)  # fmt: skip
_HEADERS = st.lists(st.sampled_from([*NEEDED, *NEEDED, *OPTIONAL, "extra", "note", "", "Extra"]), min_size=1, max_size=9)
_TABLES = st.tuples(
    st.just(list(NEEDED)) | _HEADERS.map(lambda more: [*NEEDED, *more]) | _HEADERS,
    st.lists(st.lists(_CELLS, max_size=9), max_size=6), st.sampled_from(",;\t|"), st.sampled_from(["utf-8", "utf-16", "cp1251",
    "cp1250"]), st.booleans(),
)  # fmt: skip
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["\ud800", "\x00", "10", "RON", "generic"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4) | st.just("\x00"), inner, max_size=2),
    max_leaves=4,
)
_GOOD = {"order_ref": "1", "cod_total": "10", "currency": "RON", "courier": "generic", "awb": "A1"}
_OBJECTS = st.dictionaries(st.sampled_from([*OPTIONAL, *NEEDED, "extra", "x"]), _JSON, max_size=4).map(lambda more: _GOOD | more)


def _as_table(made: tuple[list[str], list[list[str]], str, str, bool]) -> bytes:
    header, rows, separator, encoding, quoted = made
    sink = io.StringIO()
    writer = csv.writer(sink, delimiter=separator, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL)
    writer.writerow(header)
    writer.writerows(rows)
    return sink.getvalue().encode(encoding, "replace")


_BODIES = (
    st.binary(max_size=300)
    | _TABLES.map(_as_table)
    | st.lists(_OBJECTS | _JSON, min_size=1, max_size=4).map(lambda lines: "\n".join(map(json.dumps, lines)).encode())
    | st.tuples(_TABLES.map(_as_table), st.binary(max_size=20), st.integers(0, 300)).map(
        lambda torn: torn[0][: torn[2]] + torn[1] + torn[0][torn[2] :]
    )
)


@settings(max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(_BODIES)
@example(json.dumps(_GOOD | {"x": math.nan}).encode())
@example(json.dumps(_GOOD | {"x": "\x00"}).encode())
@example(json.dumps(_GOOD | {"city": "\ud800"}).encode())
@example(plain("1,10,RON,generic,A1").replace("awb", "awb,extra").replace("A1", "A1,{").encode())
async def test_any_bytes_give_counts_or_one_sentence(books: Books, make: MakeFile, body: bytes) -> None:
    path = make("any", body)
    try:
        counts = await books.order_file(path, NOW)
    except BadFile as error:
        said = str(error)
        assert "\n" not in said
        return
    assert min(counts.new, counts.changed, counts.unchanged, counts.rejected) >= 0
    assert (counts.rejects_file is not None) == (counts.rejected > 0)
    if counts.rejected:
        assert len(reasons(counts.rejects_file)) == counts.rejected
