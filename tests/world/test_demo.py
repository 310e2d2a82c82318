"""``reconciler demo`` as people run it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from pathlib import Path

import aiohttp

from tests.conftest import Cli


def left_in(folder: Path) -> list[str]:
    """What the demo left behind; the database's own lock does not count."""
    return [each.name for each in folder.iterdir() if each.name.startswith("reconciler-demo-")]


def test_demo_once_prints_its_counts_and_leaves_nothing_behind(cli: Cli, own_folder: Path) -> None:
    ran = cli("demo", "--once", "--json", "--orders", "120", env={"TMPDIR": str(own_folder)})
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["state"] == "done"
    assert told["orders"] == 120
    assert told["parcels"] >= 120
    assert min(told[key] for key in ("events", "manifest_lines", "drafts", "opened", "run")) > 0
    assert told["cases"] == dict(sorted(told["by_kind"].items()))
    assert {step["state"] for step in told["steps"]} == {"done"}
    assert left_in(own_folder) == []


def test_demo_keeps_its_folder_where_one_is_named(cli: Cli, own_folder: Path) -> None:
    kept = own_folder / "kept"
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


async def test_demo_serves_its_desk_until_it_is_stopped(own_folder: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = (sys.executable, "-m", "reconciler", "demo", "--orders", "60", "--port", str(port))
    environment = os.environ | {"TMPDIR": str(own_folder)}
    running = await asyncio.create_subprocess_exec(
        *command, env=environment, cwd=own_folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        assert running.stdout is not None
        told = ""
        async with asyncio.timeout(120):
            while f"http://127.0.0.1:{port}" not in told:
                line = await running.stdout.readline()
                assert line, told
                told += line.decode()
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/api/v1/cases") as answer:
            assert (await answer.json())["total"] > 0
        running.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(running.wait(), 30) == 0
    finally:
        if running.returncode is None:
            running.kill()
            await running.wait()
    assert left_in(own_folder) == []
