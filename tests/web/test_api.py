"""The JSON: the shape of a case, pages, problem details, health, and that its description is true."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reconciler.store import Pool
from reconciler.store.database import open_pool
from reconciler.web.app import build_app
from reconciler.web.openapi import description
from tests.web import world
from tests.web.conftest import Client

API = "/api/v1"


async def body(client: Client, path: str) -> dict[str, Any]:
    """What this address answers, which must be served."""
    answer = await client.get(path)
    assert answer.status == 200
    assert answer.content_type == "application/json"
    found: dict[str, Any] = await answer.json()
    return found


async def test_a_case_as_scripts_read_it(client: Client) -> None:
    cases = (await body(client, f"{API}/cases"))["cases"]
    assert cases[1] == {
        "id": world.SHORT,
        "kind": "remittance_short",
        "state": "open",
        "severity": "high",
        "shop": "demo",
        "courier": "fan",
        "awb": "Z400003",
        "order_ref": "R-1003",
        "told": {"amount": "99.00", "currency": "RON"},
        "asked": {"amount": "94.00", "currency": "RON"},
        "difference": "-5.00",
        "explanations": [],
        "opened_at": "2026-11-23T06:00:00+00:00",
        "due_at": "2026-11-23T11:00:00+00:00",
        "assignee": None,
        "evidence": {"gate": "payout_line", "due": "99.00", "paid": "94.00", "lines": 1},
    }


async def test_a_difference_needs_two_amounts_in_one_currency(client: Client) -> None:
    cases = {case["id"]: case for case in (await body(client, f"{API}/cases"))["cases"]}
    assert cases[world.TOO_HIGH]["difference"] == "20.00"
    assert cases[world.CURRENCY]["difference"] is None
    assert cases[world.CURRENCY]["asked"] == {"amount": "99.00", "currency": "EUR"}
    assert (cases[world.LATE]["told"], cases[world.LATE]["asked"], cases[world.LATE]["difference"]) == (None, None, None)


async def test_one_case_has_letters_scans_and_history(client: Client) -> None:
    case = await body(client, f"{API}/cases/{world.TOO_HIGH}")
    drafts = [(draft["audience"], draft["id"]) for draft in case["drafts"]]
    assert drafts == [("call", 1), ("courier", 2), ("courier", 4), ("customer", 3)]
    assert case["drafts"][3]["objections"] == ["The letter says 'în curând', which names no day."]
    assert [scan["code"] for scan in case["timeline"]] == ["S1", "H3", "C0"]
    assert case["history"] == [{"at": "2026-11-23T06:00:00+00:00", "what": "opened", "actor": "detection", "facts": {}}]
    assert case["evidence"]["claims"][0]["amount"] == "169.99"


async def test_pages_by_the_next_cursor(client: Client) -> None:
    found, path = [], f"{API}/cases?state=all&limit=2"
    while path:
        answer = await body(client, path)
        assert answer["total"] == 5
        found += [case["id"] for case in answer["cases"]]
        path = answer["next"] and f"{API}/cases?state=all&limit=2&after={answer['next']}"
    assert found == [world.TOO_HIGH, world.SHORT, world.CURRENCY, world.LATE, world.SETTLED]


async def test_the_filters_are_those_of_the_page(client: Client) -> None:
    answer = await body(client, f"{API}/cases?kind=late&state=waiting&courier=fan&severity=normal&shop=demo")
    assert ([case["id"] for case in answer["cases"]], answer["total"], answer["next"]) == ([world.LATE], 1, None)


async def test_runs_newest_first(client: Client) -> None:
    answer = await body(client, f"{API}/runs?limit=1")
    assert answer["runs"][0] == {
        "run": 2,
        "shop": "demo",
        "business_date": "2026-11-22",
        "state": "partial",
        "started_at": "2026-11-23T02:00:00+00:00",
        "finished_at": "2026-11-23T02:00:42+00:00",
        "counts": {"opened": 1},
        "steps": [
            {"name": "pull fan", "state": "partial", "reason": "3 of 40 waybills got no answer", "seconds": 1.5},
            {"name": "detect", "state": "done", "reason": None, "seconds": 1.5},
        ],
    }
    older = await body(client, f"{API}/runs?after={answer['next']}")
    assert ([run["run"] for run in older["runs"]], older["next"]) == ([1], None)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/cases?kind=%3Cevil%3E", 400), ("/cases?state=evil", 400), ("/cases?courier=evil", 400), ("/cases?severity=evil", 400),
        ("/cases?shop=evil", 400), ("/cases?limit=501", 400), ("/cases?limit=evil", 400), ("/cases?limit=%D9%A1", 400),
        ("/cases?after=evil", 400), ("/cases?after=MXwxfDE5OTk5OTk5OTk5OTk5OTk5OTk5", 400), ("/cases?evil=1", 400),
        ("/cases?after=NHwtOTk5OTk5OTk5OTk5OTk5OTl8MQ", 400), ("/runs?after=-1", 400), ("/cases/77", 404), ("/cases/evil", 404),
        ("/evil", 404), ("/runs?limit=0", 400), ("/cases?shop=evil%00", 400), ("/cases?after=%C3%A9", 400),
    ],
)  # fmt: skip
async def test_what_cannot_be_served_gets_problem_details(client: Client, path: str, status: int) -> None:
    answer = await client.get(API + path)
    problem = await answer.json(content_type="application/problem+json")
    assert (answer.status, problem["status"]) == (status, status)
    assert set(problem) == {"type", "title", "status", "detail", "request_id"}
    assert problem["detail"].endswith(".")
    assert "evil" not in str(problem)


async def test_other_methods_are_refused_as_problems(client: Client) -> None:
    answer = await client.delete(f"{API}/cases/1")
    assert answer.status == 405
    assert answer.content_type == "application/problem+json"


async def test_health(client: Client, pool: Pool) -> None:
    assert await body(client, "/healthz") == {"status": "alive"}
    assert (await body(client, "/readyz"))["status"] == "ready"
    async with pool.acquire() as connection:
        await connection.execute("delete from schema_migrations where version = (select max(version) from schema_migrations)")
    answer = await client.get("/readyz")
    assert answer.status == 503
    assert answer.content_type == "application/problem+json"


async def test_without_its_database_the_service_lives_but_is_not_ready(
    database_url: str, tmp_path: Path, aiohttp_client: Any
) -> None:
    async with open_pool(database_url, tmp_path, size=1) as pool:
        client = await aiohttp_client(build_app(pool, world.CONFIG, world.clock))
        async with pool.acquire():  # nobody else gets a connection now
            ready, queue = await client.get("/readyz"), await client.get("/")
            assert (await client.get("/healthz")).status == 200
    assert (ready.status, queue.status) == (503, 503)
    assert ready.headers["Retry-After"] == "60"
    assert "does not answer just now" in await queue.text()


async def test_the_description_names_every_address(client: Client) -> None:
    described = set((await body(client, f"{API}/openapi.json"))["paths"])
    routed = {resource.canonical for resource in client.server.app.router.resources()}  # type: ignore[attr-defined]
    assert described == {path for path in routed if path.startswith(API)}


@pytest.mark.parametrize("path", ["/cases", "/cases/{id}", "/runs", "/openapi.json"])
async def test_answers_are_as_described(client: Client, path: str) -> None:
    document = description()
    schema = document["paths"][API + path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    check(await body(client, API + path.replace("{id}", str(world.TOO_HIGH))), schema, document)


def check(value: Any, schema: dict[str, Any], document: dict[str, Any]) -> None:
    """Holds a value against the few words of JSON Schema the description uses; keys must be exactly those described."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    if "allOf" in schema:
        parts = [
            document["components"]["schemas"][each["$ref"].rsplit("/", 1)[1]] if "$ref" in each else each
            for each in schema["allOf"]
        ]
        schema = {"type": "object", "properties": {name: part for each in parts for name, part in each["properties"].items()}}
    if "enum" in schema:
        assert value in schema["enum"]
        return
    kinds = {"string": str, "integer": int, "number": float, "null": type(None), "array": list, "object": dict}
    named = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    assert isinstance(value, tuple(kinds[each] for each in named))
    if isinstance(value, list):
        for item in value:
            check(item, schema["items"], document)
    elif isinstance(value, dict) and "properties" in schema:
        assert set(value) == set(schema["properties"])
        for name, part in value.items():
            check(part, schema["properties"][name], document)
