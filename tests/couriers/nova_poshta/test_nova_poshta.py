"""What Nova Poshta's parser makes of recorded and of broken answers."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from couriers.errors import CourierError
from couriers.facts import (
    Complaint,
    ManifestLine,
    Money,
    ParcelReport,
    Parcels,
    Rejected,
    Status,
)
from couriers.nova_poshta.adapter import COURIER
from couriers.nova_poshta.parse import STATUSES
from couriers.report import manifest_json, parcels_json

RECORDED = Path(__file__).parent / "recorded"
PARSER = COURIER.parser
KEY = "00000000000000000000000000000000"


def answer(*rows: Any, **more: Any) -> bytes:
    return json.dumps({"success": True, "data": list(rows), "errors": [], "warnings": [], "errorCodes": []} | more).encode()


def refusal(**more: Any) -> bytes:
    return answer(**{"success": False} | more)


@pytest.mark.parametrize(
    "recorded",
    [path for path in sorted(RECORDED.iterdir()) if not path.name.endswith(".expected.json")],
    ids=lambda path: path.name,
)
def test_recorded_answer_reads_as_expected(recorded: Path) -> None:
    kind, body = recorded.name.split("_")[0], recorded.read_bytes()
    try:
        if kind == "manifest":
            got = manifest_json("nova_poshta", PARSER.manifest(io.BytesIO(body)))
        else:
            got = parcels_json("nova_poshta", getattr(PARSER, kind)(body))
    except CourierError as error:
        got = {"courier": "nova_poshta", "error": {"kind": error.kind, "message": error.message}}
    assert got == json.loads(recorded.with_name(f"{recorded.stem}.expected.json").read_text(encoding="utf-8"))


def test_status_table_holds_every_code_of_the_sheet_and_no_other() -> None:
    sheet = [*range(1, 13), 14, 41, *range(101, 107), 111, 112]
    assert sorted(STATUSES.meanings) == sorted(map(str, sheet))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  ",
        b"null",
        b"[]",
        b"{}",
        b'"text"',
        b'{"success":true}',
        b'{"success":true,"data":null}',
        b'{"success":true,"data":"x"}',
        b'{"success":true,"data":[{"Number":"2045',
        b"<!DOCTYPE html><html><body>503</body></html>",
        b"\xff\xfe\x00",
        bytes(range(256)),
    ],
)
def test_what_is_no_envelope_is_malformed(body: bytes) -> None:
    for parse in (PARSER.tracking, PARSER.parcels, lambda body: PARSER.manifest(io.BytesIO(body))):
        with pytest.raises(CourierError) as caught:
            parse(body)
        assert caught.value.kind == "malformed"


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({"errorCodes": ["20000200068"]}, "auth"),
        ({"errorCodes": [20000200068]}, "auth"),
        ({"errors": ["API key is not valid"]}, "auth"),
        ({"errors": {"apiKey": "Invalid apiKey"}}, "auth"),
        ({"errorCodes": ["20001401442"]}, "not_found"),
        ({"errorCodes": 20001401442}, "not_found"),
        ({"warnings": ["Invalid DocumentNumber: 1"]}, "not_found"),
        ({"errorCodes": ["20000100016"]}, "server"),
        ({"errors": ["ServiceUnavailable"]}, "server"),
        ({"errors": [{"text": "to many requests"}]}, "rate_limit"),
        ({"errors": "Too Many Requests"}, "rate_limit"),
        ({"errors": ["Дата не вказана"], "errorCodes": ["20000400000"]}, "refused"),
        ({}, "refused"),
        ({"success": "false"}, "refused"),
        ({"success": True, "errors": ["Щось не так"]}, "refused"),
    ],
)
def test_error_envelope_has_its_kind(more: dict[str, Any], kind: str) -> None:
    with pytest.raises(CourierError) as caught:
        PARSER.tracking(refusal(**more))
    assert caught.value.kind == kind


def test_error_message_holds_no_key() -> None:
    with pytest.raises(CourierError) as caught:
        PARSER.tracking(refusal(errors=[f"API key {KEY} is not valid"]))
    assert KEY not in caught.value.message


@pytest.mark.parametrize(
    ("fields", "asked"),
    [
        ({"AfterpaymentOnGoodsCost": 100, "RedeliverySum": 200}, 10000),
        ({"AfterpaymentOnGoodsCost": "0", "RedeliverySum": "200.5"}, 20050),
        ({"AfterpaymentOnGoodsCost": "", "RedeliverySum": 200}, 20000),
        ({"RedeliverySum": 200, "Redelivery": 0}, 20000),
        ({"AfterpaymentOnGoodsCost": 0, "RedeliverySum": 0}, 0),
        ({"AfterpaymentOnGoodsCost": "0.00", "RedeliverySum": "", "Redelivery": "0"}, 0),
        ({"AfterpaymentOnGoodsCost": 0, "Redelivery": False}, 0),
        ({"AfterpaymentOnGoodsCost": 0, "RedeliverySum": ""}, 0),
        ({"AfterpaymentOnGoodsCost": "", "RedeliverySum": "", "Redelivery": ""}, None),
        ({"AfterpaymentOnGoodsCost": 0, "RedeliverySum": "", "Redelivery": 1}, None),
        ({"AfterpaymentOnGoodsCost": "", "RedeliverySum": 0, "Redelivery": 0}, 0),
        ({"AfterpaymentOnGoodsCost": None, "RedeliverySum": None, "Redelivery": None}, 0),
        ({"AnnouncedPrice": 900}, None),
        ({}, None),
    ],
)
def test_asked_amount_is_one_field_and_zero_only_where_told(fields: dict[str, Any], asked: int | None) -> None:
    (report,) = PARSER.tracking(answer({"Number": "20450000000001", "StatusCode": "7"} | fields)).parcels
    money = report.claim.money if report.claim else None
    assert money == (None if asked is None else Money(asked, "UAH"))


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"TrackingUpdateDate": "2026-03-08 15:16:53", "RecipientDateTime": "08.03.2026 15:16:47"}, "2026-03-08T15:16:53+02:00"),
        ({"RecipientDateTime": "08-03-2026 15:16:47", "DateScan": "15:17 08.03.2026"}, "2026-03-08T15:16:47+02:00"),
        ({"DateScan": "15:17 08.07.2026", "DateCreated": "01-07-2026 11:52:42"}, "2026-07-08T15:17:00+03:00"),
        (
            {"TrackingUpdateDate": "?", "DateScan": "0001-01-01 00:00:00", "DateCreated": "01-07-2026 11:52:42"},
            "2026-07-01T11:52:42+03:00",
        ),
        ({"DateScan": "0001-01-01 00:00:00"}, None),
    ],
)
def test_event_has_the_best_time_told(fields: dict[str, str], at: str | None) -> None:
    answered = PARSER.tracking(answer({"Number": "20450000000001", "StatusCode": 9} | fields))
    assert [event.at.isoformat() for event in answered.parcels[0].events] == ([at] if at else [])
    assert answered.parcels[0].status is Status.DELIVERED
    assert not answered.complaints


def test_awb_names_a_lone_document_without_number() -> None:
    row = {"StatusCode": "7"}
    assert [each.awb for each in PARSER.tracking(answer(row), "20450000000001").parcels] == ["20450000000001"]
    assert [each.awb for each in PARSER.tracking(answer(row)).parcels] == [None]
    doubles: list[list[dict[str, str]]] = [[row, row], [{}]]
    for nameless in doubles:
        reading = PARSER.tracking(answer(*nameless))
        assert not reading.parcels
        assert reading.complaints[0] == Complaint("item 1", "the item has no document number")


def manifest(text: str, encoding: str = "utf-8") -> list[ManifestLine | Rejected]:
    return list(PARSER.manifest(io.BytesIO(text.encode(encoding))).lines)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_register_reads_in_any_encoding_and_separator(encoding: str, separator: str) -> None:
    table = "Дата переказу;НОМЕР_ТТН;Сума, грн\n18.10.2026;20450000000001;1 250,50\n"
    (line,) = manifest(table.replace(";", separator), encoding)
    expected = Money(125050, "UAH")
    assert line == ManifestLine("20450000000001", None, expected, Money(0, "UAH"), expected, None, date(2026, 10, 18), None, 2)


@pytest.mark.parametrize(
    ("header", "cells", "expected"),
    [
        ("Номер накладної;Сума без комісії", "20450000000001;90", (9000, 0, 9000)),
        ("ЕН;Сума післяплати;Сума комісії;Перерахована сума", "20450000000001;100;10;90", (10000, 1000, 9000)),
        ("Статус ЕН;Номер ЕН;Оголошена вартість;Сума", "видано;20450000000001;500;100", (10000, 0, 10000)),
        ("Номер відправлення;Сума з комісією, грн;Сума", "20450000000001;110;100", (10000, 0, 10000)),
        ("ТТН;Сума;Вартість послуг", "20450000000001.0;100;3", (10000, 300, 10000)),
    ],
)
def test_register_columns_are_found_by_their_words(header: str, cells: str, expected: tuple[int, int, int]) -> None:
    (line,) = manifest(f"{header}\n{cells}\n")
    assert isinstance(line, ManifestLine)
    assert line.remitted
    assert (line.awb, line.collected.minor, line.fee.minor, line.remitted.minor) == ("20450000000001", *expected)


@pytest.mark.parametrize(
    "table", ["а;б\n1;2\n", "Номер ЕН;Дата\n20450000000001;18.10.2026\n", "Дата;Сума\n18.10.2026;5\n", "Статус ЕН;Сума\nx;5\n"]
)
def test_register_of_unknown_layout_is_malformed(table: str) -> None:
    with pytest.raises(CourierError, match="номер ЕН") as caught:
        manifest(table)
    assert caught.value.kind == "malformed"


def test_total_row_counting_in_the_waybill_column_is_no_line() -> None:
    reading = PARSER.manifest(io.BytesIO("№;ТТН;Сума\n1;20450000000001;5\nРазом;1;5,00\n".encode()))
    assert len(list(reading.lines)) == 1
    assert reading.total == Money(500, "UAH")


def test_other_currency_is_kept_or_refused_never_taken_for_hryvnias() -> None:
    first, second, third = manifest("ТТН;Сума;Валюта\n20450000000001;5;EUR\n20450000000002;5 EUR;UAH\n20450000000003;5;євро-\n")
    assert isinstance(first, ManifestLine)
    assert first.collected == Money(500, "EUR")
    assert isinstance(second, Rejected)
    assert isinstance(third, Rejected)


# Any bytes in: facts and complaints out, or CourierError, nothing else.

_scalars = (
    st.none() | st.booleans() | st.integers() | st.decimals().map(str) | st.text() | st.sampled_from(["0", "3", "9", "11", ""])
)
_values = st.recursive(_scalars, lambda each: st.lists(each) | st.dictionaries(st.text(), each), max_leaves=4)
_keys = st.sampled_from(
    [
        *("Number", "IntDocNumber", "StatusCode", "StateId", "Status", "TrackingUpdateDate", "DateScan", "DateCreated"),
        *("RecipientDateTime", "Redelivery", "RedeliverySum", "RedeliveryNum", "AfterpaymentOnGoodsCost", "CityRecipient"),
        *("BackwardDeliverySum", "InfoRegClientBarcodes", "WarehouseRecipientNumber", "LastCreatedOnTheBasisNumber"),
        *("LastCreatedOnTheBasisDocumentType", "Sum", "Commission", "Date", "Currency", "LastTransactionDateTimeGM"),
    ]
)
_rows = st.lists(st.dictionaries(_keys, _values) | _values, max_size=4)
_envelopes = st.fixed_dictionaries(
    {"data": _rows | _values},
    optional={"success": _values, "errors": _values, "warnings": _values, "errorCodes": _values},
)
_tables = st.tuples(
    st.sampled_from(["Номер ЕН;Сума;Дата;Комісія\n", "ТТН;Сума до виплати;Валюта\n", ""]),
    st.text("0123456789;,.\n\"'E+- Разомгрн", max_size=200),
)
_bodies = st.one_of(
    st.binary(max_size=300),
    _envelopes.map(lambda each: json.dumps(each).encode()),
    _tables.map(lambda each: "".join(each).encode()),
)


@settings(max_examples=200, deadline=None)
@given(_bodies)
def test_any_bytes_give_facts_or_a_courier_error(body: bytes) -> None:
    for parse in (PARSER.tracking, PARSER.parcels):
        try:
            answered = parse(body)
        except CourierError:
            continue
        assert isinstance(answered, Parcels)
        assert all(isinstance(each, ParcelReport) for each in answered.parcels)
        json.dumps(parcels_json("nova_poshta", answered))
    try:
        reading = PARSER.manifest(io.BytesIO(body))
        assert all(isinstance(each, ManifestLine | Rejected) for each in reading.lines)
    except CourierError:
        pass
