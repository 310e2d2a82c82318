"""What holds for every courier, built in or added: its folder is whole, its tables are sound, no file is claimed twice."""

from __future__ import annotations

import io
from importlib.resources import files
from pathlib import Path

import pytest

from couriers.contract import CourierInfo
from couriers.errors import CourierError
from couriers.facts import ManifestLine, Status
from couriers.registry import UnknownCourier, all_couriers, courier
from couriers.statuses import StatusTable

RECORDED = Path(__file__).parent


@pytest.fixture(params=sorted(all_couriers()))
def info(request: pytest.FixtureRequest) -> CourierInfo:
    return courier(request.param)


def test_an_unknown_courier_names_those_there_are() -> None:
    with pytest.raises(UnknownCourier, match="fan"):
        courier("pony_express")


def test_its_folder_is_named_as_on_the_command_line(info: CourierInfo) -> None:
    folder = files(f"couriers.{info.name}")
    for name in ("README.md", "statuses.csv", "rulebook.toml"):
        assert folder.joinpath(name).is_file(), name


def test_each_code_means_one_thing(info: CourierInfo) -> None:
    table = StatusTable.of(f"couriers.{info.name}")
    assert table.meanings
    assert all(isinstance(each.status, Status) or each.informs for each in table.meanings.values())


def test_every_rule_has_a_source_or_says_unverified(info: CourierInfo) -> None:
    for statement, source in info.rulebook.sources.items():
        assert source.strip(), statement


def test_what_can_be_asked_can_be_played(info: CourierInfo) -> None:
    assert (info.connect is None) == (info.sandbox is None)
    assert all(field.meaning for field in info.fields)


def _claims(info: CourierInfo, body: bytes) -> bool:
    try:
        return any(isinstance(each, ManifestLine) for each in info.parser.manifest(io.BytesIO(body)).lines)
    except CourierError:
        return False


@pytest.mark.parametrize("name", [name for name in sorted(all_couriers()) if name != "generic"])
def test_no_other_courier_claims_its_statements(name: str) -> None:
    """Generic reads any table it is pointed at; the couriers' own readers must know their own."""
    others = [each for each in all_couriers().values() if each.name not in (name, "generic")]
    own = courier(name)
    for path in sorted((RECORDED / name / "recorded").iterdir()):
        if path.name.endswith(".expected.json") or path.is_dir():
            continue
        body = path.read_bytes()
        if _claims(own, body):
            assert [each.name for each in others if _claims(each, body)] == [], path.name
