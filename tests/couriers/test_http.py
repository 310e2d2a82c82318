"""The shared client against a real server: bounded, polite, to its own host only."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from couriers.errors import CourierError
from couriers.http import Http, open_session

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Serve = Callable[..., Awaitable[Http]]


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with open_session() as opened:
        yield opened


@pytest.fixture
def serve(session: aiohttp.ClientSession, aiohttp_server: Callable[..., Awaitable[TestServer]]) -> Serve:
    async def serving(handler: Handler, **options: float) -> Http:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handler)
        server = await aiohttp_server(app)
        return Http(session, str(server.make_url("")), **{"per_second": 1000.0} | options)  # type: ignore[arg-type]

    return serving


async def test_an_answer_comes_back_with_its_headers(serve: Serve) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(text=request.query["awb"], headers={"X-Courier": "fan"})

    answer = await (await serve(handler)).get("/track", params=[("awb", "7000")])
    assert (answer.status, answer.body, answer.headers["x-courier"]) == (200, b"7000", "fan")


@pytest.mark.parametrize(("status", "kind"), [(401, "auth"), (403, "auth"), (302, "server"), (500, "server"), (503, "server")])
async def test_statuses_that_are_no_answer(serve: Serve, status: int, kind: str) -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Location": "http://elsewhere.example/"})

    with pytest.raises(CourierError) as refused:
        await (await serve(handler)).post("/", data=b"x")
    assert refused.value.kind == kind


async def test_a_refused_password_is_tried_once(serve: Serve) -> None:
    tries = 0

    async def handler(_: web.Request) -> web.Response:
        nonlocal tries
        tries += 1
        return web.Response(status=401)

    http = await serve(handler)
    with pytest.raises(CourierError):
        await http.get("/")
    assert tries == 1


async def test_a_passing_failure_is_repeated_where_that_is_harmless(serve: Serve) -> None:
    tries = 0

    async def handler(_: web.Request) -> web.Response:
        nonlocal tries
        tries += 1
        return web.Response(status=502 if tries < 3 else 200)

    assert (await (await serve(handler)).get("/")).status == 200
    assert tries == 3


async def test_a_post_that_may_change_something_is_never_repeated(serve: Serve) -> None:
    tries = 0

    async def handler(_: web.Request) -> web.Response:
        nonlocal tries
        tries += 1
        return web.Response(status=502)

    http = await serve(handler)
    with pytest.raises(CourierError):
        await http.post("/", data=b"x")
    assert tries == 1


async def test_retry_after_is_waited_for_before_any_further_request(serve: Serve) -> None:
    asked: list[float] = []

    async def handler(_: web.Request) -> web.Response:
        asked.append(time.monotonic())
        return web.Response(status=429, headers={"Retry-After": "1"}) if len(asked) == 1 else web.Response(text="ok")

    assert (await (await serve(handler)).get("/")).body == b"ok"
    assert asked[1] - asked[0] >= 1.0


async def test_an_endless_body_is_cut_off(serve: Serve) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(64):
            await response.write(b"x" * 65536)
        return response

    http = await serve(handler, bytes_at_most=100_000)
    with pytest.raises(CourierError, match="larger than we accept"):
        await http.get("/")


async def test_a_silent_server_is_left_in_time(serve: Serve) -> None:
    async def handler(_: web.Request) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    http = await serve(handler, timeout=0.3)
    started = time.monotonic()
    with pytest.raises(CourierError, match="did not answer in time"):
        await http.post("/", data=b"x")
    assert time.monotonic() - started < 5


async def test_another_host_is_never_asked(serve: Serve) -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response()

    http = await serve(handler)
    with pytest.raises(CourierError, match="another host"):
        await http.get("http://elsewhere.example/track")


async def test_a_server_that_is_gone_is_said_so(session: aiohttp.ClientSession) -> None:
    with pytest.raises(CourierError, match="cannot be reached"):
        await Http(session, "http://127.0.0.1:9").post("/", data=b"x")


async def test_requests_keep_the_account_s_pace(serve: Serve) -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response()

    http = await serve(handler, per_second=20.0)
    started = time.monotonic()
    await asyncio.gather(*(http.get("/") for _ in range(11)))
    assert time.monotonic() - started >= 0.45


async def test_errors_hold_no_secret(serve: Serve) -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(status=401, text="token abc123secret")

    http = await serve(handler)
    with pytest.raises(CourierError) as refused:
        await http.get("/", headers={"Authorization": "Bearer abc123secret"}, params=[("password", "abc123secret")])
    assert "abc123secret" not in str(refused.value)
