"""FAN Courier's recorded answers, its broken ones, and any bytes at all."""

from __future__ import annotations

import contextlib
import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from couriers.contract import ManifestReading
from couriers.errors import CourierError
from couriers.facts import ManifestLine, Parcels, Rejected, Status
from couriers.fan.adapter import COURIER
from couriers.fan.events import STATUSES
from couriers.fan.parse import FanParser
from couriers.report import manifest_json, parcels_json

RECORDED = Path(__file__).parent / "recorded"
AWB = "7000000000101"
PARSER = FanParser()
CODES = (
    "S0 0 C0 H0 H10 H1 H11 H2 H3 H4 H12 H13 H15 H17 C1 S1 S35 S2 S3 S11 S4 S19 S20 S28 S5 S10 S25 S27 S42 S6 S7 S15 S22 S14"
    " S21 S24 S30 S50 S12 S49 S54 S55 S64 S8 S46 S9 S47 S33 S16 S43 S37 S38 S34 34"
)


def cases() -> list[Path]:
    return sorted(path for path in RECORDED.iterdir() if not path.name.endswith(".expected.json"))


@pytest.mark.parametrize("path", cases(), ids=lambda path: path.name)
def test_recorded_answers(path: Path) -> None:
    expected = json.loads(path.with_name(f"{path.stem}.expected.json").read_text(encoding="utf-8"))
    kind = path.name.partition("_")[0]
    body = path.read_bytes()
    printed: dict[str, Any]
    if kind == "manifest":
        printed = manifest_json("fan", PARSER.manifest(io.BytesIO(body)))
    elif kind == "parcels":
        printed = parcels_json("fan", PARSER.parcels(body))
    else:
        printed = parcels_json("fan", PARSER.tracking(body, AWB))
    assert printed == expected


def test_status_table_is_complete() -> None:
    assert {meaning.code for meaning in STATUSES.meanings.values()} == set(CODES.split())
    assert [meaning.code for meaning in STATUSES.meanings.values() if meaning.status is Status.DELIVERED] == ["S2"]
    assert not any(meaning.informs for meaning in STATUSES.meanings.values())


def test_rulebook_names_a_source_for_every_key() -> None:
    rulebook = COURIER.rulebook
    keys = set(rulebook.__dataclass_fields__) - {"title", "language", "sources"}
    assert keys == set(rulebook.sources)


@pytest.mark.parametrize("code", ["2", "02", "S2", "s2", 2])
def test_legacy_numbers_are_the_digits_of_s_codes(code: str | int) -> None:
    body = json.dumps([{"EventId": code, "EventName": "Livrat", "Location": "Iasi", "Date": "04.03.2026 12:30"}]).encode()
    [report] = PARSER.tracking(body, AWB).parcels
    assert report.status is Status.DELIVERED
    assert report.events[0].code == str(code)


BROKEN = {
    b"": "malformed",
    b"   \r\n": "malformed",
    b"<!DOCTYPE html><html><body>502</body></html>": "malformed",
    b'{"status":"success","data":[{"awbNumber":': "malformed",
    b"\x00\x01\x81\x9d\xff\xfa": "malformed",
    b"{}": "malformed",
    b"42": "malformed",
    b'{"status":"success"}': "malformed",
    b'{"message":"Unauthenticated."}': "auth",
    b'{"status":"error","message":"Invalid token"}': "auth",
    b'{"status":"error","message":"Too Many Attempts."}': "rate_limit",
    b'{"status":"error","message":"The selected client id is invalid."}': "refused",
    b'{"status":"fail","errors":{"date":["The date is required."]}}': "refused",
    b'{"status":"error","message":"AWB not found"}': "not_found",
    b'{"status":"error","message":"Something went wrong"}': "server",
    b'{"status":"error","message":null}': "server",
    b"-1,Utilizator sau parola gresita": "auth",
    "-1,Eroare internă".encode("cp1250"): "server",
}


@pytest.mark.parametrize(("body", "kind"), BROKEN.items())
def test_answers_that_are_errors(body: bytes, kind: str) -> None:
    with pytest.raises(CourierError) as tracking:
        PARSER.tracking(body)
    assert tracking.value.kind == kind
    with pytest.raises(CourierError) as parcels:
        PARSER.parcels(body)
    assert parcels.value.kind == kind
    with pytest.raises(CourierError) as manifest:
        list(PARSER.manifest(io.BytesIO(body)).lines)
    assert manifest.value.kind == kind


def test_an_empty_list_is_an_answer() -> None:
    empty = b'{"status":"success","perPage":100,"currentPage":1,"total":0,"data":[]}'
    assert PARSER.tracking(empty) == PARSER.parcels(empty) == Parcels()
    assert list(PARSER.manifest(io.BytesIO(empty)).lines) == []
    for body in (b"[]", b'{"progressdetail":null}', b'{"progressdetail":[]}'):
        assert PARSER.tracking(body, AWB) == Parcels()


def test_an_error_in_text_is_the_whole_answer() -> None:
    with pytest.raises(CourierError) as error:
        PARSER.tracking(b"-1,AWB inexistent", AWB)
    assert error.value.kind == "not_found"


def test_a_lone_item_without_number_takes_the_argument() -> None:
    body = b'{"status":"success","data":[{"message":"The AWB has been registered by sender"}]}'
    [report] = PARSER.tracking(body, AWB).parcels
    assert (report.awb, report.status, report.error) == (AWB, Status.CREATED, None)
    assert PARSER.tracking(body).complaints[0].where == "item 1"


def test_events_without_a_readable_time_are_no_good_news() -> None:
    body = b'{"status":"success","data":[{"awbNumber":"1","events":[{"id":"S2","name":"Livrat","date":"0001-01-01 00:00:00"}]}]}'
    answer = PARSER.tracking(body)
    assert answer.parcels[0].status is Status.UNKNOWN
    assert answer.complaints[0].where == "item 1, event 1"


def test_a_return_is_not_returned_before_its_own_number_arrives() -> None:
    body = b"""{"status":"success","data":[{"awbNumber":"1","returnAwbNumber":"2","events":[
        {"id":"S43","name":"Retur","date":"2026-03-04 09:00:00"}]},
        {"awbNumber":"2","events":[{"id":"H2","name":"transit","date":"2026-03-05 09:00:00"}]}]}"""
    assert PARSER.tracking(body).parcels[0].status is Status.RETURNING


def test_times_around_the_change_of_clocks_keep_their_offset() -> None:
    def at(text: str) -> str:
        body = {"status": "success", "data": [{"awbNumber": "1", "events": [{"id": "S1", "date": text}]}]}
        return PARSER.tracking(json.dumps(body).encode()).parcels[0].events[0].at.isoformat()

    assert at("2026-03-29 02:59:59") == "2026-03-29T02:59:59+02:00"
    assert at("2026-03-29 04:00:00") == "2026-03-29T04:00:00+03:00"
    assert at("2026-10-25T08:00:00Z") == "2026-10-25T08:00:00+00:00"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1250", "iso8859_2", "utf-16"])
def test_payout_files_in_any_column_order_and_encoding(separator: str, encoding: str) -> None:
    text = io.StringIO()
    rows = csv.writer(text, delimiter=separator)
    rows.writerow(["Destinatar", "data_virament", "NUMĂR AWB", "suma_incasata"])
    rows.writerow(["Ţepeş, Ştefan", "05.03.2026", "7000000000101", "149,9"])
    rows.writerow(["Ana", "05.03.2026", "7000000000102"])
    [line, short] = PARSER.manifest(io.BytesIO(text.getvalue().encode(encoding))).lines
    assert isinstance(line, ManifestLine)
    assert (line.awb, str(line.remitted), line.line) == ("7000000000101", "149.90 RON", 2)
    assert short == Rejected(3, "the line states no amount")


def test_a_rounded_number_is_no_awb() -> None:
    items = b'[{"info":{"awbNumber":6.20999E+12,"amountCollected":1,"cod":1}},{"info":{"awbNumber":7000000000101.0,"cod":1}}]'
    body = b'{"status":"success","data":' + items + b"}"
    assert [each.awb for each in PARSER.parcels(body).parcels] == [AWB]
    [damaged, _] = PARSER.manifest(io.BytesIO(body)).lines
    assert damaged == Rejected(1, "the AWB '6.20999E+12' is damaged; export it as text")


def test_a_file_without_its_columns_says_what_was_looked_for() -> None:
    with pytest.raises(CourierError, match="numar_awb, suma_incasata, data_virament") as error:
        PARSER.manifest(io.BytesIO(b"a;b\n1;2\n"))
    assert error.value.kind == "malformed"


def test_a_long_payout_file_streams() -> None:
    head = b"numar_awb,suma_incasata,data_virament\n"
    rows = b"".join(b"%d,%d.50,05.03.2026\n" % (7_000_000_000_000 + number, number % 500) for number in range(20_000))
    count = 0
    for line in PARSER.manifest(io.BytesIO(head + rows)).lines:
        assert isinstance(line, ManifestLine)
        count += 1
    assert count == 20_000


def _drained(reading: ManifestReading) -> None:
    assert all(isinstance(each, ManifestLine | Rejected) for each in reading.lines)


_SEEDS = [path.read_bytes() for path in cases()]
_KEYS = """awbNumber awb events id name date data ora status EventId info cod currency paymentDate returnAwbNumber message
progressdetail ramburs amountCollected transferDate recipient address 0 1 data_virament awb_retur"""
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False).map(str) | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(_KEYS),
            inner,
            max_size=6,
        )
    ),
    max_leaves=25,
)
_bodies = (
    st.binary(max_size=300)
    | st.sampled_from(_SEEDS).flatmap(
        lambda seed: st.tuples(st.integers(0, len(seed)), st.integers(0, 60), st.binary(max_size=8)).map(
            lambda cut: seed[: cut[0]] + cut[2] + seed[cut[0] + cut[1] :]
        )
    )
    | _json.map(lambda value: json.dumps({"status": "success", "data": value}).encode())
    | _json.map(lambda value: json.dumps([value]).encode())
    | _json.map(lambda value: json.dumps({"progressdetail": value}).encode())
    | st.text(max_size=200).map(lambda text: ("1," + text).encode("utf-8", "replace"))
    | st.text(max_size=200).map(lambda text: ("numar_awb,suma_incasata,data_virament\n" + text).encode("utf-8", "replace"))
)


@settings(max_examples=400, deadline=None)
@given(_bodies, st.none() | st.just(AWB))
def test_any_bytes_give_facts_or_a_courier_error(body: bytes, awb: str | None) -> None:
    for read in (PARSER.tracking, PARSER.parcels):
        try:
            answer = read(body, awb)
        except CourierError:
            continue
        json.dumps(parcels_json("fan", answer))
    with contextlib.suppress(CourierError):
        _drained(PARSER.manifest(io.BytesIO(body)))
