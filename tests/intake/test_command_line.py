"""The import commands as people call them: exit codes, one sentence, the JSON that scripts stand on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Cli
from tests.intake.conftest import MakeFile

ORDERS = "order_ref,cod_total,currency,courier,awb\n1,10,RON,generic,A1\n2,ten,RON,generic,A2\n3,20,RON,generic,A3\n"
TRACKING = "awb,at,status\nA1,2026-11-19 10:00,held\n"
STATEMENT = "awb,collected,remitted,paid_on\nA1,10,10,2026-11-19\nQ1,5,5,2026-11-19\n"


def one_sentence(text: str) -> bool:
    """An error a person can act on: one line, no traceback."""
    return len(text.strip().splitlines()) == 1 and "Traceback" not in text and text.strip().endswith(".")


def test_a_shops_first_hour(cli: Cli, make: MakeFile, tmp_path: Path) -> None:
    make("orders.csv", ORDERS)
    make("tracking.csv", TRACKING)
    make("statement.csv", STATEMENT)

    first = cli("import", "orders", "orders.csv", "--json")
    assert first.returncode == 1  # a row was rejected
    assert json.loads(first.stdout) == {
        "new": 2,
        "unchanged": 0,
        "changed": 0,
        "rejected": 1,
        "rejects_file": "orders.rejected.csv",
    }
    assert one_sentence(first.stderr)
    assert (tmp_path / "orders.rejected.csv").read_text(encoding="utf-8-sig").splitlines()[0].endswith(",reason")

    again = cli("import", "orders", "orders.csv")
    assert (again.returncode, again.stdout) == (1, "0 new, 0 changed, 2 unchanged, 1 rejected rows.\n")

    tracking = cli("import", "tracking", "tracking.csv", "--courier", "generic", "--json")
    assert tracking.returncode == 0
    assert tracking.stderr == ""
    assert json.loads(tracking.stdout) == {"new": 0, "unchanged": 0, "changed": 1, "rejected": 0, "rejects_file": None}

    statement = cli("import", "manifest", "statement.csv", "--courier", "generic", "--json")
    assert (statement.returncode, json.loads(statement.stdout)["new"]) == (0, 2)

    detected = cli("detect", "--json", "--as-of", "2026-11-20T12:00:00+02:00")
    assert detected.returncode == 0
    found = json.loads(detected.stdout)
    assert set(found) == {"opened", "refreshed", "settled", "by_kind"}
    assert found["by_kind"] == {"remitted_not_delivered": 1, "unknown_parcel": 1}
    assert found["opened"] == 2


@pytest.mark.parametrize(("args", "code", "says"), [
    (("import", "orders", "nothing.csv"), 2, "nothing.csv does not exist"),
    (("import", "orders", "."), 2, "is a folder; name the file in it"),
    (("import", "orders", "empty.csv"), 2, "empty"),
    (("import", "orders", "statement.csv"), 2, "the header lacks order_ref, cod_total, currency, courier"),
    (("import", "orders", "statement.csv", "--shop", "other"), 2, "There is no shop 'other'"),
    (("import", "tracking", "tracking.csv", "--courier", "nobody"), 2, "There is no courier 'nobody'"),
    (("import", "tracking", "tracking.csv", "--courier", "fan"), 2, "tracking.csv"),
    (("import", "manifest", "orders.csv", "--courier", "generic", "--account", "main"), 2, "There is no account 'main'"),
    (("import", "manifest", "tracking.csv", "--courier", "generic"), 2, "no header row with the columns looked for"),
    (("detect", "--as-of", "tomorrow"), 2, "--as-of 'tomorrow' is no time"),
])  # fmt: skip
def test_what_is_wrong_is_one_sentence(cli: Cli, make: MakeFile, args: tuple[str, ...], code: int, says: str) -> None:
    for name, body in (("orders.csv", ORDERS), ("tracking.csv", TRACKING), ("statement.csv", STATEMENT), ("empty.csv", "")):
        make(name, body)
    done = cli(*args)
    assert done.returncode == code
    assert says in done.stderr
    assert one_sentence(done.stderr)
    assert done.stdout == ""


@pytest.mark.parametrize("args", [("import", "orders"), ("import", "tracking", "x.csv"), ("import", "nothing")])
def test_a_wrong_call_shows_how_to_call(cli: Cli, args: tuple[str, ...]) -> None:
    done = cli(*args)
    assert done.returncode == 2
    assert done.stderr.startswith("Usage: ")
    assert "Traceback" not in done.stderr
