"""``make bench``: every figure a ratio measured in this run. ``python -m bench [ROWS]``, 1,000,000 by default."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import psutil
from rich.console import Console
from rich.table import Table

from bench.peers import IN_MEMORY, Took, bare_postgres
from bench.world import WRONG_EVERY, Files, write
from reconciler.store.database import embedded_url
from reconciler.store.migrations import migrate

_PEER_MINUTES = 20


class Run(NamedTuple):
    """One of our commands: wall seconds, peak memory of our process in MB, what it printed."""

    seconds: float
    megabytes: int
    said: dict[str, Any]


def ours(url: str, folder: Path, *arguments: str) -> Run:
    """Runs a command as a user would, in a process of its own."""
    environment = os.environ | {"RECONCILER_DATABASE_URL": url}
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", *arguments, "--json"], env=environment, cwd=folder, stdout=subprocess.PIPE
    )
    peak = 0
    watched = psutil.Process(process.pid)
    while process.poll() is None:
        try:
            peak = max(peak, watched.memory_info().rss)
        except psutil.Error:
            break
        time.sleep(0.05)
    assert process.stdout is not None
    said = json.loads(process.stdout.read())
    return Run(time.perf_counter() - started, peak >> 20, said)


def peer(name: str, files: Files) -> Took:
    """An in-memory contender in a process of its own, so that none inherits another's warm memory."""
    code = (
        "import json,sys;from pathlib import Path;from bench.peers import IN_MEMORY;from bench.world import Files;"
        f"print(json.dumps(IN_MEMORY[{name!r}](Files(Path({str(files.orders)!r}),Path({str(files.payouts)!r}),{files.rows}))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=_PEER_MINUTES * 60, check=True)
    return Took(*json.loads(done.stdout))


async def on_server(url: str, *statements: str) -> None:
    """Statements on the server's own database."""
    connection = await asyncpg.connect(url.replace("/reconciler?", "/postgres?"))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def main() -> None:
    """Prints the table; fails where a contender finds other differences than were planted."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    planted = -(-rows // WRONG_EVERY)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as kept:
        folder = Path(kept)
        files = write(folder, rows)
        url = embedded_url(folder / "data")
        asyncio.run(migrate(url))
        asyncio.run(on_server(url, "create database bare"))
        bare = asyncio.run(bare_postgres(url.replace("/reconciler?", "/bare?"), files))
        assert bare.orders is not None
        orders = ours(url, folder, "import", "orders", str(files.orders))
        payouts = ours(url, folder, "import", "manifest", str(files.payouts), "--courier", "generic")
        first = ours(url, folder, "detect", "--as-of", "2026-11-22T12:00:00+00:00")
        second = ours(url, folder, "detect", "--as-of", "2026-11-22T12:00:00+00:00")
        peers = {name: peer(name, files) for name in IN_MEMORY}
    found = {"bare PostgreSQL": bare.found, "reconciler": first.said["opened"]} | {name: took.found for name, took in peers.items()}
    wrong = {name: count for name, count in found.items() if count != planted}
    table = Table("what", "seconds", "ratio", "peak MB", title=f"{rows:,} orders, {rows:,} payout lines, {planted:,} wrong")
    reconciled = payouts.seconds + first.seconds
    table.add_row("bare PostgreSQL: orders", f"{bare.orders:.1f}", "1.00", "")
    table.add_row(
        "reconciler: import orders", f"{orders.seconds:.1f}", f"{orders.seconds / bare.orders:.2f}", str(orders.megabytes)
    )
    table.add_row("bare PostgreSQL: payouts and differences", f"{bare.payouts:.1f}", "1.00", "")
    table.add_row(
        "reconciler: import manifest, detect", f"{reconciled:.1f}", f"{reconciled / bare.payouts:.2f}",
        str(max(payouts.megabytes, first.megabytes)),
    )  # fmt: skip
    table.add_row("reconciler: detect again", f"{second.seconds:.1f}", f"{second.seconds / reconciled:.2f} of the first", "")
    for name, took in peers.items():
        table.add_row(
            f"{name}: read, join, compare; nothing stored", f"{took.payouts:.1f}", f"{took.payouts / bare.payouts:.2f}", ""
        )
    Console(width=110).print(table)
    if wrong:
        sys.exit(f"Other differences than the {planted} planted: {wrong}")


if __name__ == "__main__":
    main()
