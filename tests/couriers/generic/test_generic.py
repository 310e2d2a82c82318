"""The generic reader: recorded files, column maps, awkward cells, any bytes."""

from __future__ import annotations

import io
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from couriers.contract import ManifestReading
from couriers.errors import CourierError
from couriers.facts import ManifestLine, Money, Parcels, Rejected, Status
from couriers.generic.adapter import COURIER
from couriers.generic.columns import WORDS, folded
from couriers.generic.manifests import NAMES
from couriers.generic.parse import TABLE, GenericParser
from couriers.report import manifest_json, parcels_json

RECORDED = Path(__file__).parent / "recorded"
PAYLOADS = sorted(path for path in RECORDED.iterdir() if not path.name.endswith(".expected.json"))
PARSER = GenericParser()


def printed(kind: str, body: bytes) -> dict[str, Any]:
    """What ``courier parse generic KIND FILE --json`` prints."""
    try:
        if kind == "manifest":
            return manifest_json("generic", PARSER.manifest(io.BytesIO(body)))
        return parcels_json("generic", PARSER.tracking(body) if kind == "tracking" else PARSER.parcels(body))
    except CourierError as error:
        return {"courier": "generic", "error": {"kind": error.kind, "message": error.message}}


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: path.name)
def test_recorded(path: Path) -> None:
    expected = json.loads(path.with_name(path.stem + ".expected.json").read_text())
    assert printed(path.stem.split("_")[0], path.read_bytes()) == expected


def read(text: str, parser: GenericParser = PARSER) -> tuple[ManifestReading, list[ManifestLine | Rejected]]:
    reading = parser.manifest(io.BytesIO(text.encode()))
    return reading, list(reading.lines)


def the_line(text: str, parser: GenericParser = PARSER) -> ManifestLine:
    [line] = read(text, parser)[1]
    assert isinstance(line, ManifestLine), line
    return line


def the_reason(text: str) -> str:
    [line] = read(text)[1]
    assert isinstance(line, Rejected), line
    return line.reason


def test_the_table_lists_our_own_words() -> None:
    assert {meaning.code: meaning.status for meaning in TABLE.meanings.values()} == {str(each): each for each in Status}


def test_no_word_means_two_columns_of_a_manifest() -> None:
    words = [folded(word) for name in NAMES for word in {folded(each): each for each in (name, *WORDS[name])}.values()]
    assert sorted(words) == sorted(set(words))


def test_the_courier_has_no_connection() -> None:
    assert (COURIER.connect, COURIER.sandbox) == (None, None)


def test_a_column_map_goes_before_the_usual_words() -> None:
    parser = GenericParser({"awb": "Nr. document", "amount": "Ramburs net", "paid_on": "Data OP"}, currency="EUR")
    text = "AWB;nr document;Suma;RAMBURS_NET;Data OP\nx;77;1,00;20,50;01/02/2026\n"
    line = the_line(text, parser)
    assert (line.awb, line.collected) == ("77", Money(2050, "EUR"))
    assert line.paid_on is not None
    assert line.paid_on.isoformat() == "2026-02-01"


def test_a_mapped_header_that_is_missing_is_named() -> None:
    with pytest.raises(CourierError, match=r"'Nr\. document' \(awb\)"):
        GenericParser({"awb": "Nr. document"}).manifest(io.BytesIO(b"waybill,amount\n1,2\n"))


def test_a_map_of_no_column_of_ours_is_refused() -> None:
    with pytest.raises(ValueError, match="no column 'abw'"):
        GenericParser({"abw": "AWB"})
    with pytest.raises(ValueError, match="currency"):
        GenericParser(currency="XYZ")


@pytest.mark.parametrize("header", ["amount", "cod", "cod_amount", "collected", "Kwota", "SUMĂ", "částka", "сума", "remitted"])
def test_one_amount_fills_both(header: str) -> None:
    line = the_line(f"awb,{header}\n123,10.50\n")
    assert line.collected == line.remitted == Money(1050, "RON")
    assert line.fee == Money(0, "RON")


@pytest.mark.parametrize(
    ("cell", "awb"),
    [
        ('"=""00123"""', "00123"),
        ("'00123", "00123"),
        ("4012345.0", "4012345"),
        (" RR 123 RO ", "RR 123 RO"),
        ("AB-12/3", "AB-12/3"),
    ],
)
def test_waybills(cell: str, awb: str) -> None:
    assert the_line(f"awb,amount\n{cell},1.00\n").awb == awb


@pytest.mark.parametrize("cell", ["6.2E+23", '"6,20999E+23"', "1E+15", "=1+1", "@x1", "abc", "12345678901234567.0", "  "])
def test_damaged_waybills_are_rejected(cell: str) -> None:
    assert "waybill" in the_reason(f"awb,amount\n{cell},1.00\n")


@pytest.mark.parametrize("amount", ["1.234", "abc", "1.001", "NaN", "1e5", '"1,2,3"', "149.999", "٣.٠٠", "", "5 EUR"])
def test_amounts_with_no_one_meaning_are_rejected(amount: str) -> None:
    assert the_reason(f"awb,amount,currency\n1,{amount},RON\n")


@pytest.mark.parametrize(("amount", "money"), [("149,90 lei", (14990, "RON")), ("€ 20", (2000, "EUR")), ("-5.00", (-500, "RON"))])
def test_an_amount_may_carry_its_unit(amount: str, money: tuple[int, str]) -> None:
    assert the_line(f"awb;amount\n1;{amount}\n").collected == Money(*money)


def test_an_unknown_currency_is_rejected_line_by_line() -> None:
    assert the_reason("awb,amount,currency\n1,2.00,QQQ\n") == "the currency 'QQQ' is not known"


@pytest.mark.parametrize(
    "text", ["2026-11-09", "9.11.2026", "09/11/2026", "09-11-2026", "9. 11. 2026", "09.11.2026 10:30", "2026-11-09T01:00:00Z"]
)
def test_days(text: str) -> None:
    line = the_line(f"awb,amount,paid_on\n1,2.00,{text}\n")
    assert line.paid_on is not None
    assert line.paid_on.isoformat() == "2026-11-09"


@pytest.mark.parametrize("text", ["11/19/2026", "1970-01-01", "46345", "yesterday", "32.01.2026"])
def test_what_is_no_day_is_rejected(text: str) -> None:
    assert text in the_reason(f"awb,amount,paid_on\n1,2.00,{text}\n")


def test_a_file_that_writes_months_first_has_no_sure_slashes() -> None:
    _, lines = read("awb,amount,paid_on\n1,2.00,05/06/2026\n2,2.00,11/19/2026\n3,2.00,2026-11-19\n")
    assert [type(each) for each in lines] == [Rejected, Rejected, ManifestLine]
    answer = PARSER.tracking(b"awb,at,status\n1,05/06/2026,lost\n2,11/19/2026,lost\n")
    assert [parcel.events for parcel in answer.parcels] == [(), ()]


def test_money_not_yet_paid() -> None:
    assert the_line("awb,amount,paid_on\n1,2.00,\n").remitted is None
    line = the_line("awb,collected,remitted,paid_on\n1,2.00, ,2026-11-19\n")
    assert (line.remitted, line.paid_on) == (None, None)


def test_short_and_padded_rows() -> None:
    text = "awb,amount,reference,,\n1,2.00\n2,2.00,R,,,,\n"
    assert [(each.awb, each.reference) for each in read(text)[1] if isinstance(each, ManifestLine)] == [("1", None), ("2", "R")]


@pytest.mark.parametrize("label", ["Total", "TOTAL GENERAL:", "Razem", "Suma", "Celkem", "Разом:", "Łącznie"])
def test_footers(label: str) -> None:
    reading, lines = read(f"nr;awb;kwota;waluta\n1;77;2,00;PLN\n{label};;2,00;\n")
    assert (len(lines), reading.total) == (1, Money(200, "PLN"))


def test_a_total_that_cannot_be_read_is_rejected() -> None:
    reading, lines = read("awb,amount\n77,2.00\nTotal,much\n")
    assert (reading.total, [type(each) for each in lines]) == (None, [ManifestLine, Rejected])


def test_a_tracking_file_may_be_of_one_named_parcel() -> None:
    body = b"at,status\n2026-11-19T10:00:00,delivered\n"
    [report] = PARSER.tracking(body, "77").parcels
    assert (report.awb, report.status) == ("77", Status.DELIVERED)
    with pytest.raises(CourierError, match="awb"):
        PARSER.tracking(body)


def test_our_words_may_stand_in_the_column_of_codes() -> None:
    assert PARSER.tracking(b"awb,at,code\n1,2026-11-19,Out for delivery\n").parcels[0].status is Status.OUT_FOR_DELIVERY


def test_undated_rows_have_no_newest() -> None:
    assert PARSER.tracking(b"awb,status\n1,delivered\n1,lost\n").parcels[0].status is Status.UNKNOWN


def test_a_parcel_list_without_amounts_claims_nothing() -> None:
    [report] = PARSER.parcels(b"awb,order_ref,city\n77,A-1,Cluj\n").parcels
    assert (report.claim, report.order_ref) == (None, "A-1")


@pytest.mark.parametrize(
    "body", [b"", b"<!DOCTYPE html><html><body>Sign in</body></html>", b"PK\x03\x04broken", b"{}", b"\xd0\xcf\x11\xe0"]
)
def test_what_is_no_table_is_malformed(body: bytes) -> None:
    for parse in (PARSER.tracking, PARSER.parcels, lambda each: PARSER.manifest(io.BytesIO(each))):
        with pytest.raises(CourierError) as caught:
            parse(body)
        assert caught.value.kind == "malformed"


def test_a_long_statement_streams() -> None:
    text = "awb,amount,paid_on\n" + "".join(f"{n},{n % 500}.{n % 100:02d},2026-11-{1 + n % 28:02d}\n" for n in range(100_000))
    reading = PARSER.manifest(io.BytesIO(text.encode()))
    assert sum(line.collected.minor for line in reading.lines if isinstance(line, ManifestLine)) == sum(
        n % 500 * 100 + n % 100 for n in range(100_000)
    )


_CELLS = st.sampled_from(
    ["", "77", "AB 1", "1.00", "1,234", "RON", "x", "Total", "2026-11-19", "05/06/2026", '"', "=1", "lost", "awb"]
)
_ROWS = st.lists(st.lists(_CELLS, max_size=6), max_size=6).map(lambda rows: "\n".join(";".join(row) for row in rows))


@given(st.binary() | _ROWS.map(lambda rows: ("awb;amount;paid_on;status;at;state\n" + rows).encode()))
def test_any_bytes(body: bytes) -> None:
    for parse in (PARSER.tracking, PARSER.parcels):
        with suppress(CourierError):
            assert isinstance(parse(body), Parcels)
    with suppress(CourierError):
        assert all(isinstance(each, ManifestLine | Rejected) for each in PARSER.manifest(io.BytesIO(body)).lines)


@given(st.text(), st.text(), st.text())
def test_any_cells(awb: str, amount: str, day: str) -> None:
    cells = ['"' + each.replace('"', '""') + '"' for each in (awb, amount, day)]
    body = ("awb;amount;paid_on\n" + ";".join(cells)).encode(errors="replace")
    assert all(isinstance(each, ManifestLine | Rejected) for each in PARSER.manifest(io.BytesIO(body)).lines)
