"""The queue and a case in a real browser: by keyboard, in the dark, on a phone, with a quiet console."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from pytest_aiohttp import AiohttpServer

from reconciler.store import Pool
from reconciler.web.app import build_app
from tests.web import world

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

PATHS = ("/", "/?state=all", f"/cases/{world.TOO_HIGH}", f"/cases/{world.SHORT}", "/runs", "/runs/2", "/nowhere")
_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Relative luminance and contrast as WCAG 2 defines them, for every text against the nearest painted background.
_PALE = """() => {
  const parse = (c) => c.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const painted = (node) => {
    for (let e = node; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  const pale = [];
  for (const e of document.querySelectorAll("body *")) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!own || !e.checkVisibility()) continue;
    const [a, b] = [light(parse(getComputedStyle(e).color)), light(painted(e))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) pale.push(`${e.tagName}.${e.className} ${contrast.toFixed(2)} ${e.textContent.slice(0, 30)}`);
  }
  return pale;
}"""


@pytest_asyncio.fixture
async def desk(pool: Pool, aiohttp_server: AiohttpServer) -> str:
    """The address of a desk on the whole world."""
    async with pool.acquire() as connection, connection.transaction():
        await world.build(connection)
    server = await aiohttp_server(build_app(pool, world.CONFIG, world.clock))
    return str(server.make_url("")).rstrip("/")


@pytest_asyncio.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page that may complain of nothing but the address that is not there."""
    opened = await browser.new_page(viewport={"width": 1280, "height": 900})
    complaints: list[str] = []
    opened.on("console", lambda said: complaints.append(f"{said.location['url']} {said.text}"))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    await opened.close()
    assert [each for each in complaints if "/nowhere " not in each] == []


async def test_the_queue_is_filtered_by_keyboard_alone(page: Page, desk: str) -> None:
    await page.goto(desk)
    await page.keyboard.press("Tab")
    assert await page.evaluate("() => document.activeElement.textContent") == "Skip to the content"
    await page.keyboard.press("Enter")
    assert await page.evaluate("() => document.activeElement.id") == "main"
    for _ in range(2):  # past "What happened", to the first list
        await page.keyboard.press("Tab")
    assert await page.evaluate("() => document.activeElement.id") == "kind"
    await page.keyboard.type("Late")
    for _ in range(5):
        await page.keyboard.press("Tab")
    outline = await page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/?kind=late*")
    assert await page.locator("tbody tr").count() == 1
    assert await page.locator("#kind").input_value() == "late"


async def test_from_the_queue_to_a_case_and_its_letters(page: Page, desk: str, tmp_path: Path) -> None:
    await page.goto(desk)
    await page.get_by_role("link", name="COD too high").click()
    await page.wait_for_url(f"**/cases/{world.TOO_HIGH}")
    assert await page.get_by_role("heading", name="What the courier says").is_visible()
    earlier = page.get_by_text("Bună ziua, suma de ieri.")
    assert not await earlier.is_visible()
    await page.locator("summary").focus()
    await page.keyboard.press("Enter")
    assert await earlier.is_visible()
    picture = tmp_path / "case.png"
    await page.screenshot(path=picture, full_page=True)
    assert picture.stat().st_size > 10_000


@pytest.mark.parametrize("path", PATHS)
async def test_on_a_phone_nothing_runs_off_the_side(page: Page, desk: str, path: str, tmp_path: Path, pool: Pool) -> None:
    async with pool.acquire() as connection:
        await connection.execute("update orders set order_ref = repeat('X', 120) where id = 3")
        await connection.execute("update drafts set subject = repeat('Y', 300), body = repeat('Z', 300) where id = 2")
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.goto(desk + path)
    await page.screenshot(path=tmp_path / "phone.png", full_page=True)
    assert await page.evaluate(_WIDE) == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_text_stands_out_enough(page: Page, desk: str, scheme: str, tmp_path: Path) -> None:
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for path in PATHS:
        await page.goto(desk + path)
        assert await page.evaluate(_PALE) == []
    await page.goto(desk)
    ground = await page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert ground == ("rgb(18, 22, 27)" if scheme == "dark" else "rgb(247, 248, 250)")
    await page.screenshot(path=tmp_path / f"{scheme}.png", full_page=True)


async def test_a_page_prints_without_its_controls(page: Page, desk: str) -> None:
    await page.goto(desk)
    await page.emulate_media(media="print")
    assert not await page.locator("form").is_visible()
    assert await page.get_by_role("link", name="COD too high").is_visible()
