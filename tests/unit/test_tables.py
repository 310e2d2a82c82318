"""Tables as they really come: any encoding and separator of the region, torn quotes, workbooks, rubbish."""

from __future__ import annotations

import io
from datetime import date, datetime
from functools import cache
from itertools import product

import pytest
import xlsxwriter
from hypothesis import example, given
from hypothesis import strategies as st

from couriers.errors import CourierError
from couriers.facts import Rejected
from couriers.tables import Row, encoding_of, is_spreadsheet, read_rows, separator_of

POLISH = ["numer przesyłki", "Zażółć gęślą jaźń", "Śliwińska Łucja, ul. Źródlana 5", "1 234,50"]
ROMANIAN = ["număr AWB", "Ștefan Țîrlea", "Str. Mărășești 12, București", "149,99"]
CZECH = ["číslo zásilky", "Příliš žluťoučký kůň", "Křižíkova 8, Plzeň", "1490"]
UKRAINIAN = ["номер ТТН", "Їжакевич Ґалина Єгорівна", "вул. Прорізна, Київ", "1 499,00"]

WITH_CEDILLAS = [cell.translate(str.maketrans("ȘșȚț", "ŞşŢţ")) for cell in ROMANIAN]
ENCODED = [
    *product([POLISH, CZECH, WITH_CEDILLAS], ["cp1250", "iso8859_2", "cp852"]),
    (UKRAINIAN, "cp1251"),
    *product([POLISH, ROMANIAN, CZECH, UKRAINIAN], ["utf-8", "utf-8-sig", "utf-16"]),
]


def _read(content: bytes) -> list[Row | Rejected]:
    return list(read_rows(io.BytesIO(content)))


def _cells(content: bytes) -> list[list[str]]:
    rows = _read(content)
    assert all(isinstance(row, Row) for row in rows), rows
    return [row.cells for row in rows if isinstance(row, Row)]


def _workbook(*rows: list[object]) -> bytes:
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return content.getvalue()


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize(("cells", "encoding"), ENCODED)
def test_every_encoding_with_every_separator(cells: list[str], encoding: str, separator: str) -> None:
    line = separator.join(f'"{cell}"' for cell in cells)
    assert _cells(f"{line}\r\n{line}\r\n".encode(encoding)) == [cells, cells]


@pytest.mark.parametrize("mark", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_known_by_its_mark_whichever_end_comes_first(mark: str) -> None:
    assert _cells("\ufeffawb;nume\n7;Țîrlea\n".encode(mark)) == [["awb", "nume"], ["7", "Țîrlea"]]


def test_a_letter_cut_by_the_end_of_a_block_is_still_utf_8() -> None:
    content = b"a" * ((1 << 20) - 1) + "ș;1\n".encode()
    assert encoding_of(io.BytesIO(content)) == "utf-8-sig"
    assert encoding_of(io.BytesIO(content[: (1 << 20)])) != "utf-8-sig"


@pytest.mark.parametrize(
    ("header", "separator"),
    [
        ("awb", ","),
        ("awb;cod,ramburs;nume", ";"),
        ('awb,"a;b;c;d",nume', ","),
        ("awb\tcod, lei\tnume", "\t"),
        ("awb|cod", "|"),
        ("a;b,c", ","),
    ],
)
def test_separators_inside_quotes_do_not_count(header: str, separator: str) -> None:
    assert separator_of(header) == separator


def test_lines_above_the_header_do_not_decide_the_separator() -> None:
    assert _cells(b"Raport ramburs, noiembrie\n\nawb;suma;data\n7;149,99;2026-11-20\n")[1:] == [
        ["awb", "suma", "data"],
        ["7", "149,99", "2026-11-20"],
    ]


def test_rows_know_their_line_and_empty_ones_are_left_out() -> None:
    assert _read(b'a;b\r\n\r\n;\r\n"x\ny";1\r\nz;2') == [Row(1, ["a", "b"]), Row(4, ["x\ny", "1"]), Row(6, ["z", "2"])]


def test_a_quote_never_closed_costs_its_row_only() -> None:
    rows = _read(b'awb;nume\n1;"Ana\n2;Bela\n3;"Cora"\n')
    assert [row.line for row in rows if isinstance(row, Rejected)] == [2]
    assert [row.cells for row in rows if isinstance(row, Row)] == [["awb", "nume"], ["2", "Bela"], ["3", "Cora"]]


def test_a_quote_never_closed_in_a_long_file_costs_its_row_only() -> None:
    lines = [b"awb;nume", b'0;"open', *(b"%d;x" % number for number in range(1, 500))]
    rows = _read(b"\n".join(lines))
    assert [(row.line, row.reason) for row in rows if isinstance(row, Rejected)] == [
        (2, "the row cannot be read: a quote is opened and never closed")
    ]
    assert [row for row in rows if isinstance(row, Row)][1:] == [Row(number + 2, [str(number), "x"]) for number in range(1, 500)]


def test_a_cell_beyond_all_measure_costs_its_row_only() -> None:
    rows = _read(b"awb;nume\n1;" + b"x" * 200_000 + b"\n2;y\n")
    assert [type(row) for row in rows] == [Row, Rejected, Row]
    assert rows[2] == Row(3, ["2", "y"])


def test_a_workbook_keeps_numbers_dates_and_texts_as_they_were_meant() -> None:
    content = _workbook(
        ["AWB", "suma", "data", "ora", "plătit"],
        [7000000000101, 149.99, date(2026, 11, 20), datetime(2026, 11, 20, 9, 14), True],  # noqa: DTZ001 - sheets know no zones
        ["0012345678901234567890", 149.0, None, None, "nu"],
        [999_999_999_999_999, -20.5, None, None, ""],
    )
    assert is_spreadsheet(io.BytesIO(content))
    assert _cells(content) == [
        ["AWB", "suma", "data", "ora", "plătit"],
        ["7000000000101", "149.99", "2026-11-20", "2026-11-20 09:14:00", "True"],
        ["0012345678901234567890", "149", "", "", "nu"],
        ["999999999999999", "-20.5", "", "", ""],
    ]


@pytest.mark.parametrize("number", [10**15, 590000000000123456, 12345678901234567890])
def test_a_number_longer_than_a_sheet_can_keep_is_seen_to_be_damaged(number: int) -> None:
    ((cell,),) = _cells(_workbook([number]))
    assert "e+" in cell


def test_rows_of_a_workbook_know_their_line() -> None:
    assert _read(_workbook([], [], ["awb"], [], [7])) == [Row(3, ["awb"]), Row(5, ["7"])]


def _sparse(row: int, column: int) -> bytes:
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write(0, 0, "awb")
    sheet.write(row, column, "x")
    book.close()
    return content.getvalue()


def test_a_small_file_that_spans_a_huge_sheet_is_refused() -> None:
    with pytest.raises(CourierError, match="too large"):
        _read(_sparse(1_048_575, 16_383))
    with pytest.raises(CourierError, match="too large"):
        _read(_sparse(1_048_575, 40))
    assert [row.line for row in _read(_sparse(9, 700))] == [1, 10]
    assert [row.line for row in _read(_sparse(50_000, 2))] == [1, 50_001]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "The file is empty."),
        (b"\xef\xbb\xbf", "The file is empty."),
        (b"\xff\xfe", "The file is empty."),
        (_workbook(), "The spreadsheet is empty."),
        (_workbook(["awb"])[:200], "The spreadsheet cannot be opened."),
        (b"PK\x03\x04", "The spreadsheet cannot be opened."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "The spreadsheet cannot be opened."),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, says: str) -> None:
    with pytest.raises(CourierError) as caught:
        _read(content)
    assert (caught.value.kind, caught.value.message) == ("malformed", says)


@pytest.mark.parametrize("content", [b"\n\n\r\n", b";;;\n;;;\n", b'""\n'])
def test_a_file_of_empty_rows_has_no_rows(content: bytes) -> None:
    assert _read(content) == []


_CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12) | st.sampled_from(
    ['a "b" c', "x;y", "1,5", "a\nb", "ș"]
)


@given(st.lists(st.lists(_CELLS, min_size=2, max_size=4), min_size=1, max_size=6), st.sampled_from(";,\t|"))
def test_quoted_cells_read_back_as_they_were(table: list[list[str]], separator: str) -> None:
    head = ["awb", "nume", "suma", "data", "oraș"]
    quoted = [separator.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in [head, *table]]
    assert _cells("\n".join(quoted).encode()) == [head, *(row for row in table if any(row))]


@cache
def _sheet() -> bytes:
    return _workbook(["awb", "suma"], ["7000000000101", 149.99], [1.5, date(2026, 11, 20)])


def _must_end_well(content: bytes) -> None:
    """Rows and rejects whose lines only grow, or the one error there is."""
    try:
        rows = _read(content)
    except CourierError as error:
        assert error.kind == "malformed"  # noqa: PT017 - raising is one of two good ends
        return
    assert [row.line for row in rows] == sorted(row.line for row in rows)


@given(
    st.binary(max_size=200)
    | st.text('a1;,\t|"\r\n\0ș', max_size=60).map(str.encode)
    | st.builds(lambda text: b"\xff\xfe" + text.encode("utf-16-le") + b"x", st.text('a;"\n', max_size=20))
)
@example(b'"')
@example(b'"\n' * 120)
@example(b"\r\r\n\x85;")
def test_any_bytes_end_in_rows_or_the_one_error(content: bytes) -> None:
    _must_end_well(content)


@given(st.data())
def test_a_damaged_workbook_ends_in_rows_or_the_one_error(data: st.DataObject) -> None:
    content = bytearray(_sheet())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(4, len(content) - 1))] = data.draw(st.integers(0, 255))
    _must_end_well(bytes(content[: data.draw(st.integers(5, len(content)))] if data.draw(st.booleans()) else content))
