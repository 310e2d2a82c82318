"""InPost: recorded answers, the status table, and whatever else bytes may hold."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from couriers.contract import ManifestReading
from couriers.errors import CourierError
from couriers.facts import ManifestLine, Money, Rejected, Status
from couriers.inpost.meaning import TABLE, waybill
from couriers.inpost.parse import InPostParser, page_of
from couriers.report import manifest_json, parcels_json

PARSER = InPostParser()
RECORDED = sorted(path for path in (Path(__file__).parent / "recorded").iterdir() if not path.name.endswith(".expected.json"))
AWB = "620999000000000000000001"
HEADER = "Numer przesyłki;Kwota pobrania;Data przelewu;Tytuł przelewu;Referencje\n"


def printed(kind: str, body: bytes) -> dict[str, Any]:
    """What ``courier parse inpost KIND`` prints."""
    try:
        if kind == "manifest":
            return manifest_json("inpost", PARSER.manifest(io.BytesIO(body)))
        return parcels_json("inpost", getattr(PARSER, kind)(body))
    except CourierError as error:
        return {"courier": "inpost", "error": {"kind": error.kind, "message": error.message}}


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.name)
def test_recorded(path: Path) -> None:
    expected = json.loads(path.with_suffix(".expected.json").read_text(encoding="utf-8"))
    assert printed(path.name.split("_")[0], path.read_bytes()) == expected


def read(text: str | bytes) -> tuple[list[ManifestLine | Rejected], ManifestReading]:
    reading = PARSER.manifest(io.BytesIO(text if isinstance(text, bytes) else text.encode()))
    return list(reading.lines), reading


def test_every_code_of_the_sheet_is_known_once() -> None:
    codes = list(TABLE.meanings)
    assert len([code for code in codes if "." not in code]) == 56
    assert len([code for code in codes if "." in code]) == 119
    expanded = [f"fmd.10{number:02}" for number in range(1, 18)]
    assert [code for code in sorted(codes) if code.startswith("fmd.10")] == expanded
    for code, status in {
        "canceled_redirect_to_box": Status.IN_TRANSIT,
        "canceled": Status.CANCELLED,
        "cancelled": Status.CANCELLED,
        "pickup_reminder_sent_address": Status.OUT_FOR_DELIVERY,
        "pickup_reminder_sent": Status.AT_PICKUP_POINT,
        "FMD.1014": Status.CREATED,
        "FMD.1015": Status.IN_TRANSIT,
        "LMD.3007": Status.AT_PICKUP_POINT,
        "LMD.3011": Status.HELD,
        "LMD.3012": Status.IN_TRANSIT,
        "other": Status.UNKNOWN,
        "INF.1001": None,
        "return_pickup_confirmation_to_sender": None,
    }.items():
        meaning = TABLE.get(code)
        assert meaning is not None
        assert meaning.status is status


@pytest.mark.parametrize("kind", ["tracking", "parcels"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"[5]",
        b"{}",
        b"null",
        b'{"items": null}',
        b'{"parcels": 5}',
        b'{"items": [{"id": 1, "tracking_nu',
        b"<html><body>zaraz wracamy</body></html>",
        b"\xff\xfe\x00",
        b'{"status": 1e99999999999999999999}',
    ],
)
def test_no_answer_is_malformed(kind: str, body: bytes) -> None:
    assert printed(kind, body)["error"]["kind"] == "malformed"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"status": 401, "error": "token_invalid"}, "auth"),
        ({"status": "403", "error": "x", "message": "Brak dostępu"}, "auth"),
        ({"error": "unauthorized"}, "auth"),
        ({"message": "Unauthorized"}, "auth"),
        ({"error": "invalid_client", "error_description": "x"}, "auth"),
        ({"errors": [{"code": "UNAUTHORIZED", "message": "bad token"}]}, "auth"),
        ({"title": "Not Found", "detail": "x", "status": 404}, "not_found"),
        ({"message": "Parcel not found"}, "not_found"),
        ({"message": "zaraz wracamy"}, "server"),
        ({"status": 404, "key": "code", "error": "nie ma"}, "not_found"),
        ({"status": 422, "error": "validation_failed", "message": "m", "details": {"name": ["required"]}}, "refused"),
        ({"status": 429, "message": "wolniej"}, "rate_limit"),
        ({"status": 503, "error": "unavailable"}, "server"),
        ({"error": "coś się zepsuło"}, "server"),
        ({"status": 200, "error": {"deep": [[[[[[["x"]]]]]]]}}, "server"),
        ({"status": 400, "error": "routing_failed", "items": []}, "refused"),
    ],
)
def test_error_bodies_whatever_the_http_status(body: dict[str, Any], kind: str) -> None:
    for asked in ("tracking", "parcels", "manifest"):
        assert printed(asked, json.dumps(body).encode())["error"]["kind"] == kind


@pytest.mark.parametrize("kind", ["tracking", "parcels"])
def test_a_bare_list_is_an_answer(kind: str) -> None:
    assert printed(kind, b"[]") == {"courier": "inpost", "parcels": [], "complaints": []}
    answer = printed(kind, json.dumps([5, {"id": 1, "tracking_number": AWB, "status": "confirmed", "cod": None}]).encode())
    assert [each["awb"] for each in answer["parcels"]] == [AWB]
    assert [each["where"] for each in answer["complaints"]] == ["item 1"]


def test_a_parcel_of_the_global_api_may_stand_alone() -> None:
    body = {"trackingNumber": AWB, "status": "LMD.1001", "events": [{"eventCode": "LMD.1001", "timestamp": "2026-03-05T10:00:00Z"}]}
    (parcel,) = PARSER.tracking(json.dumps(body).encode()).parcels
    assert (parcel.awb, parcel.status, len(parcel.events)) == (AWB, Status.OUT_FOR_DELIVERY, 1)


def test_half_a_letter_does_not_stop_the_output() -> None:
    detail = rb'{"status": "\ud83d", "agency": "\ud83d\ude00", "datetime": "2026-03-03T12:00Z"}'
    body = b'{"tracking_number": "6209", "tracking_details": [' + detail + b"]}"
    (event,) = printed("tracking", body)["parcels"][0]["events"]
    assert (event["code"], event["place"], event["status"]) == ("?", "\U0001f600", "unknown")


def test_a_spreadsheets_count_of_days_is_a_date() -> None:
    (line, wrong), _ = read(f"{HEADER}{AWB};129,90;46086;T;\n{AWB};129,90;460860;T;\n")
    assert isinstance(line, ManifestLine)
    assert str(line.paid_on) == "2026-03-05"
    assert wrong == Rejected(3, f"parcel {AWB}: '460860' is not a date")


def test_windows_1250_answer_is_read() -> None:
    body = '{"id": 1, "tracking_number": "6209", "status": "confirmed", "receiver": {"last_name": "Żółć"}}'
    (parcel,) = PARSER.parcels(body.encode("cp1250")).parcels
    assert parcel.recipient is not None
    assert parcel.recipient.name == "Żółć"


def test_the_argument_names_a_parcel_the_answer_does_not() -> None:
    body = b'{"status": "delivered", "tracking_details": []}'
    assert PARSER.tracking(body, "620").parcels[0].awb == "620"
    assert PARSER.tracking(body).parcels[0].awb is None
    assert PARSER.tracking(body).parcels[0].status is Status.DELIVERED


def test_delivered_is_returned_only_after_going_back() -> None:
    def events(*codes: str) -> bytes:
        details = [{"status": code, "datetime": f"2026-03-0{day}T10:00:00+01:00"} for day, code in enumerate(codes, 1)]
        return json.dumps({"tracking_number": AWB, "tracking_details": details[::-1]}).encode()

    assert PARSER.tracking(events("returned_to_sender", "out_for_delivery", "delivered")).parcels[0].status is Status.RETURNED
    assert PARSER.tracking(events("delivered", "returned_to_sender")).parcels[0].status is Status.RETURNING
    assert PARSER.tracking(events("avizo", "delivered")).parcels[0].status is Status.DELIVERED
    assert PARSER.tracking(events("delivered", "return_pickup_confirmation_to_sender")).parcels[0].status is Status.DELIVERED


def test_order_reference_and_day_of_making_are_kept() -> None:
    body = {"id": 1, "tracking_number": AWB, "status": "confirmed", "reference": "ZAM-1", "created_at": "2026-03-02T15:01:10+01:00"}
    (parcel,) = PARSER.parcels(json.dumps({"items": [body]}).encode()).parcels
    assert parcel.order_ref == "ZAM-1"
    assert parcel.registered_at is not None
    assert parcel.claim is None


@pytest.mark.parametrize(
    ("cod", "money"),
    [
        ({"amount": 129.9, "currency": "PLN"}, Money(12990, "PLN")),
        ({"amount": "129.90", "currency": "pln"}, Money(12990, "PLN")),
        ({"amount": "129,9"}, Money(12990, "PLN")),
        ({"amount": None, "currency": "PLN"}, Money(0, "PLN")),
        (None, Money(0, "PLN")),
        ({"amount": 129.999, "currency": "PLN"}, None),
        ({"amount": -5, "currency": "PLN"}, None),
        ({"amount": True, "currency": "PLN"}, None),
        ({"amount": 1e300, "currency": "PLN"}, None),
        ({"amount": 5, "currency": {}}, Money(500, "PLN")),
        ({"amount": 5, "currency": "XQQ"}, None),
        ({}, None),
        ("129.90", Money(12990, "PLN")),
        (129.9, Money(12990, "PLN")),
        (0, Money(0, "PLN")),
        ("", Money(0, "PLN")),
        ("abc", None),
        (True, None),
        ([1], None),
    ],
)
def test_cod(cod: object, money: Money | None) -> None:
    answer = PARSER.parcels(json.dumps({"id": 1, "tracking_number": AWB, "status": "confirmed", "cod": cod}).encode())
    (parcel,) = answer.parcels
    assert (parcel.claim.money if parcel.claim else None) == money
    assert len(answer.complaints) == (0 if money else 1)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (" 620999000000000000000001 ", AWB),
        ("620999 000000 000000 000001", AWB),
        (620999000000000000000001, AWB),
        ("6,20999E+23", None),
        ("6.2E23", None),
        ("Razem", None),
        ("", None),
        (None, None),
        (-1, None),
        (True, None),
    ],
)
def test_waybills(value: object, number: str | None) -> None:
    assert waybill(value) == number


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1250", "iso8859_2", "utf-16"])
@pytest.mark.parametrize("separator", [";", "\t"])
def test_cod_report_in_any_encoding(encoding: str, separator: str) -> None:
    text = f"{HEADER}{AWB};129,90;05.03.2026;Pobranie zł;ŻÓŁĆ-1\n".replace(";", separator)
    (line,), _ = read(text.encode(encoding))
    assert isinstance(line, ManifestLine)
    assert (line.awb, line.collected, line.remitted, line.order_ref) == (AWB, Money(12990, "PLN"), Money(12990, "PLN"), "ŻÓŁĆ-1")


@pytest.mark.parametrize(
    "header",
    [
        "Numer przesyłki;Data przelewu",
        "Kwota;Data przelewu",
        "Numer przesyłki;Numer paczki;Kwota",
        "Numer przesyłki;Kwota pobrania;Kwota pobrania",
        "Numer przesyłki;Kwota;Kwota ubezpieczenia",
        "",
    ],
)
def test_a_header_that_does_not_tell_is_held_for_a_person(header: str) -> None:
    with pytest.raises(CourierError) as caught:
        read(f"{header}\n{AWB};1,00;2026-03-05\n")
    assert caught.value.kind == "malformed"
    assert "column" in caught.value.message or "looked for" in caught.value.message or "empty" in caught.value.message


def test_a_header_may_stand_in_row_30_and_no_later() -> None:
    line = f"{AWB};1,00;2026-03-05;T;R\n"
    assert len(read("x;\n" * 29 + HEADER + line)[0]) == 1
    with pytest.raises(CourierError):
        read("x;\n" * 30 + HEADER + line)


def test_one_bad_line_never_costs_the_others() -> None:
    lines, reading = read(
        HEADER
        + f"{AWB};129,90;2026-03-05;T;R\n"
        + f"{AWB};129,90,00;2026-03-05;T;R\n"
        + f"{AWB};129,90 EUR;2026-03-05;T;R\n"
        + f"{AWB};129,90 BTC;2026-03-05;T;R\n"
        + f"{AWB};129;90;2026-03-05;T;R\n"
        + ";129,90;2026-03-05;T;R\n"
        + f"{AWB};;2026-03-05;T;R\n"
        + f"{AWB}\n"
        + "3;Suma;;;\n"
        + "Razem;389,70 zł;;;\n"
    )
    assert [each.line for each in lines if isinstance(each, ManifestLine)] == [2, 4]
    assert [each.line for each in lines if isinstance(each, Rejected)] == [3, 5, 6, 7, 8, 9, 10]
    assert reading.total == Money(38970, "PLN")


def test_without_a_transfer_date_the_money_is_not_paid() -> None:
    (line,), _ = read(f"{HEADER}{AWB};129,90;;;\n")
    assert isinstance(line, ManifestLine)
    assert (line.remitted, line.paid_on) == (None, None)


def test_paging_is_told_by_the_answer() -> None:
    full = b'{"count": "65", "per_page": 30, "items": [{}]}'
    assert [page_of(full).is_last(page, 100) for page in (1, 2, 3)] == [False, False, True]
    assert page_of(b'{"count": 65, "per_page": 30, "items": []}').is_last(1, 100)
    assert page_of(b'{"total_pages": 2, "items": [{}]}').is_last(2, 100)
    assert page_of(b'{"items": [{}]}').is_last(1, 100)


LOAD = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
NAMES = """status error key message details items parcels payload event event_ts tracking_number tracking_details datetime
cod amount currency receiver address custom_attributes id target_point trackingNumber events eventCode timestamp
returnToSender updated_at reference"""
KEYS = st.sampled_from(NAMES.split())
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from(["delivered", "returned_to_sender", "INF.1001", AWB, "2026-03-05T10:00:00Z", "0001-01-01", "1,5", "6E+23"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=10,
)
BODIES = st.binary(max_size=300) | st.dictionaries(KEYS, VALUES, max_size=8).map(lambda value: json.dumps(value).encode())
CELLS = st.sampled_from([AWB, "129,90", "2026-03-05", "Razem", '"', "", "6,2E+23", "1.234", "x", "Numer przesyłki", "Kwota"])
TABLES = st.lists(st.lists(CELLS | st.text(max_size=5), max_size=6).map(";".join), max_size=8).map("\n".join)


@LOAD
@given(BODIES)
def test_any_bytes_give_facts_or_a_courier_error(body: bytes) -> None:
    for kind in ("tracking", "parcels", "manifest"):
        json.dumps(printed(kind, body))


@LOAD
@given(TABLES, st.booleans())
def test_any_table_gives_lines_or_a_courier_error(table: str, with_header: bool) -> None:
    json.dumps(printed("manifest", ((HEADER if with_header else "") + table).encode("utf-8", "replace")))
