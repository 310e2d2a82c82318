"""The page of one case: both stories side by side, addresses, letters, timeline, evidence; errors and headers."""

from __future__ import annotations

from typing import Any

import pytest
import structlog

from reconciler.store import Pool
from reconciler.web import pages
from tests.web import world
from tests.web.conftest import Client
from tests.web.test_queue import text_of, tree


def section(page: Any, heading: str) -> str:
    """The text of the section with this heading."""
    return text_of(page.xpath(f"//section[.//h2[@id='{heading}']]")[0])


async def test_both_stories_stand_side_by_side(client: Client) -> None:
    page = await tree(client, f"/cases/{world.TOO_HIGH}")
    told, says = section(page, "told"), section(page, "says")
    for part in (
        "149.99 RON",
        "24 November 2026",
        "22 November 2026, 11:00 (phone), late discount",
        "Ioana Țurcanu",
        "Shipping 20.00 RON",
    ):
        assert part in told
    assert "Told earlier 169.99 RON for 23 November 2026" in told
    for part in ("Courier means to collect 169.99 RON", "out for delivery", "Iași", "Ioana Turcanu"):
        assert part in says


async def test_the_difference_and_its_cause(client: Client) -> None:
    page = await tree(client, f"/cases/{world.TOO_HIGH}")
    said = text_of(page.xpath("//section[@aria-label='The difference']")[0])
    assert "Told 149.99 RON → asked 169.99 RON difference +20.00 RON" in said
    assert "20.00 RON more is asked than told." in said
    assert "Either the shipping fee was added or it is what the customer was told earlier." in said


async def test_addresses_told_booked_and_delivered(client: Client) -> None:
    said = section(await tree(client, f"/cases/{world.TOO_HIGH}"), "where")
    assert "Street Str. Lăpușneanu 14, bl. B2 STR LAPUSNEANU 4 differs" in said
    assert "City Iași Iasi Country" in said
    assert "not delivered" in said
    assert "Handed over Suceava" in section(await tree(client, f"/cases/{world.SHORT}"), "where")


async def test_letters_with_the_gates_objections(client: Client) -> None:
    page = await tree(client, f"/cases/{world.TOO_HIGH}")
    assert page.xpath("//article/h3/text()[1]")[0].strip() == "Phone script"
    mail = page.xpath("//article[.//h3[contains(., 'Mail to the courier')]]")[0]
    assert f"Modificare ramburs - AWB {world.AWB} - 149,99 RON" in text_of(mail)
    assert mail.xpath(".//pre/@lang") == ["ro"]
    assert "\n\nVă rugăm" in mail.xpath(".//pre")[0].text_content()
    assert "An older one" in text_of(page.xpath("//details")[0])
    customer = page.xpath("//article[.//h3[contains(., 'Letter to the customer')]]")[0]
    assert "The letter says 'în curând', which names no day." in text_of(customer)


async def test_the_timeline_holds_every_side_newest_first(client: Client) -> None:
    said = section(await tree(client, f"/cases/{world.TOO_HIGH}"), "timeline")
    parts = [
        "Out for delivery: In livrare [S1]",
        "Case opened by detection",
        "Courier means to collect 169.99 RON",
        "In transit: In depozit [H3]",
        "Customer told 149.99 RON, for 24 November 2026 (phone)",
        "Picked up by the courier",
        "Customer told 169.99 RON, for 23 November 2026 (shop)",
    ]
    assert sorted(parts, key=said.index) == parts


async def test_payout_lines_and_the_family(client: Client) -> None:
    said = section(await tree(client, f"/cases/{world.SHORT}"), "payouts")
    assert "20 November 2026 Z400003 99.00 RON 0.00 RON 94.00 RON ramburs-2026-11-20.xlsx, line 7 OP 4471" in said
    assert "2150000000102 FAN Courier another piece" in section(await tree(client, f"/cases/{world.TOO_HIGH}"), "family")


async def test_evidence_of_any_shape_is_shown_with_amounts_written_out(client: Client) -> None:
    said = section(await tree(client, f"/cases/{world.TOO_HIGH}"), "evidence")
    for part in ("Gate First scan", "169.99", "means to collect", "23 November 2026, 08:00", "Silent no", "Told 149.99"):
        assert part in said
    said = section(await tree(client, f"/cases/{world.LATE}"), "evidence")
    for part in ("Promised on 20 November 2026", "Days of slip 3", "Status in transit", "Place none", "Thresholds nothing"):
        assert part in said


async def test_a_case_about_a_parcel_nobody_knows_the_order_of(client: Client, pool: Pool) -> None:
    async with pool.acquire() as connection:
        await world.case(connection, 50, kind="unknown_parcel", parcel_id=999, order_id=None, evidence=["paid", {"paid": 100}])
    page = await tree(client, "/cases/50")
    assert "No order is known" in section(page, "told")
    assert "No parcel is known" in section(page, "says")
    assert "no waybill" in text_of(await tree(client, "/?kind=unknown_parcel"))


async def test_nothing_the_outside_wrote_becomes_markup(client: Client) -> None:
    answer = await client.get(f"/cases/{world.TOO_HIGH}")
    written = await answer.text()
    assert world.NASTY not in written
    assert written.count("&lt;script&gt;") == 2


@pytest.mark.parametrize(
    "path", ["/", "/cases/1", "/cases/99", "/runs", "/nowhere", "/?kind=%00", "/api/v1/cases", "/static/desk.css"]
)
async def test_every_answer_bears_the_headers(client: Client, path: str) -> None:
    headers = (await client.get(path)).headers
    assert headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert len(headers["X-Request-Id"]) == 32
    assert "aiohttp" not in headers["Server"]
    assert headers["Cache-Control"] == ("no-store" if "static" not in path else "public, max-age=31536000, immutable")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/cases/99", 404), ("/cases/nine", 404), ("/cases/99999999999999999999", 404), ("/cases/-1", 404), ("/runs/77", 404),
        ("/nowhere", 404), ("/static/../app.py", 404), ("/?kind=<b>", 400), ("/?after=zzz", 400), ("/?limit=0", 400),
        ("/?kind=late&kind=lost", 400), ("/?shop=<b>", 400), ("/?colour=red", 400), ("/runs?after=x", 400), ("/cases/1?x=1", 400),
    ],
)  # fmt: skip
async def test_what_cannot_be_served_gets_a_page_that_echoes_nothing(client: Client, path: str, status: int) -> None:
    answer = await client.get(path)
    said = await answer.text()
    assert answer.status == status
    assert answer.content_type == "text/html"
    assert "To the queue" in said
    assert "<b>" not in said
    assert "nowhere" not in said


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_the_desk_is_read_only(client: Client, method: str) -> None:
    answer = await client.request(method, "/cases/1")
    assert answer.status == 405
    assert answer.headers["Allow"] == "GET,HEAD"


async def test_head_has_the_headers_without_the_page(client: Client) -> None:
    answer = await client.head("/")
    assert answer.status == 200
    assert await answer.read() == b""


async def test_a_fault_of_ours_is_logged_and_not_shown(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the secret inside")

    monkeypatch.setattr(pages, "timeline", broken)
    with structlog.testing.capture_logs() as logs:
        answer = await client.get("/cases/1")
    said = await answer.text()
    assert answer.status == 500
    assert "secret" not in said
    assert "Traceback" not in said
    assert answer.headers["X-Request-Id"] in said
    assert [(entry["route"], entry["request_id"]) for entry in logs] == [("GET /cases/{id}", answer.headers["X-Request-Id"])]
