"""``reconciler demo`` as people run it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import Cli


def test_demo_once_prints_its_counts_and_leaves_nothing_behind(cli: Cli, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    ran = cli("demo", "--once", "--json", "--orders", "120", env={"TMPDIR": str(temporary)})
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["state"] == "done"
    assert told["orders"] == 120
    assert told["parcels"] >= 120
    assert min(told[key] for key in ("events", "manifest_lines", "drafts", "opened", "run")) > 0
    assert told["cases"] == dict(sorted(told["by_kind"].items()))
    assert {step["state"] for step in told["steps"]} == {"done"}
    assert [each.name for each in temporary.iterdir() if each.name.startswith("reconciler-demo-")] == []


def test_demo_keeps_its_folder_where_one_is_named(cli: Cli, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    ran = cli("demo", "--once", "--orders", "60", "--seed", "5", "--dir", str(kept))
    assert ran.returncode == 0, ran.stderr
    assert "letters drafted for review" in ran.stdout
    assert (kept / "reconciler.toml").exists()
    assert (kept / "orders.csv").exists()
    seen = cli(
        "cases",
        "--json",
        env={"RECONCILER_DATABASE_URL": "", "RECONCILER_CONFIG": str(kept / "reconciler.toml"), "RECONCILER_DATA": str(kept)},
    )
    assert seen.returncode == 0, seen.stderr
    assert json.loads(seen.stdout)["total"] > 0
    again = cli("demo", "--once", "--dir", str(kept))
    assert again.returncode == 2
    assert "not empty" in again.stderr
