"""The one way couriers are asked: bounded, polite, and silent about secrets.

A request waits its turn at the account's rate, has a total time limit, follows no redirect, keeps
no cookie, reads a limited number of bytes, and is repeated only where repeating is harmless.
"""

from __future__ import annotations

import asyncio
import email.utils
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import aiohttp
import stamina
import structlog
from aiolimiter import AsyncLimiter

from couriers.errors import CourierError

log = structlog.get_logger(__name__)

_SECONDS = aiohttp.ClientTimeout(total=30, connect=10)
_BYTES_AT_MOST = 20 * 1024 * 1024
_ATTEMPTS = 3
_RETRY_AFTER_AT_MOST = 60.0


class Answer(NamedTuple):
    """A courier's answer: HTTP status, headers by lower-case name, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@asynccontextmanager
async def open_session() -> AsyncIterator[aiohttp.ClientSession]:
    """The one client session of a process, shared by all accounts."""
    async with aiohttp.ClientSession(
        timeout=_SECONDS,
        cookie_jar=aiohttp.DummyCookieJar(),
        connector=aiohttp.TCPConnector(limit_per_host=4),
        headers={"User-Agent": "reconciler"},
        trust_env=False,
    ) as session:
        yield session


class Http:
    """Requests on behalf of one account, to its own host only."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        base_url: str,
        *,
        per_second: float = 2.0,
        parallel: int = 1,
        timeout: float = 30.0,
        bytes_at_most: int = _BYTES_AT_MOST,
    ) -> None:
        self._session = session
        self._base = base_url.rstrip("/")
        self._host = urlsplit(base_url).netloc
        self._rate = AsyncLimiter(1, 1 / per_second)
        self._room = asyncio.Semaphore(parallel)
        self._timeout = aiohttp.ClientTimeout(total=timeout, connect=min(10.0, timeout))
        self._bytes_at_most = bytes_at_most
        self._not_before = 0.0

    async def get(self, path: str, *, params: Sequence[tuple[str, str]] = (), headers: Mapping[str, str] | None = None) -> Answer:
        """A GET; repeated after a network failure, a 429 or a 5xx. Raises CourierError."""
        return await self.request("GET", path, params=params, headers=headers, repeatable=True)

    async def post(
        self,
        path: str,
        *,
        json: Any = None,
        data: bytes | Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = False,
    ) -> Answer:
        """A POST; ``repeatable`` only where it asks and changes nothing. Raises CourierError."""
        return await self.request("POST", path, json=json, data=data, headers=headers, repeatable=repeatable)

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        data: bytes | Mapping[str, str] | None = None,
        repeatable: bool,
    ) -> Answer:
        """Any request. Answers below 400 and 4xx come back for the adapter to read, except 401 and
        403 (``auth``) and 429 (``rate_limit``); 5xx, redirects and network failures raise."""
        url = path if path.startswith(("http://", "https://")) else f"{self._base}/{path.lstrip('/')}"
        if urlsplit(url).netloc != self._host:
            raise CourierError("refused", "The courier pointed to another host; nothing was sent there.")
        attempts = stamina.retry_context(
            on=_may_repeat, attempts=_ATTEMPTS if repeatable else 1, timeout=None, wait_initial=0.2, wait_max=5.0
        )
        async for attempt in attempts:
            with attempt:
                return await self._once(method, url, params=list(params), headers=headers, json=json, data=data)
        raise AssertionError("stamina always attempts once")

    async def _once(self, method: str, url: str, **kwargs: Any) -> Answer:
        async with self._room:
            await asyncio.sleep(max(0.0, self._not_before - time.monotonic()))
            async with self._rate:
                started = time.monotonic()
                try:
                    async with self._session.request(
                        method, url, allow_redirects=False, timeout=self._timeout, **kwargs
                    ) as response:
                        body = await self._read(response)
                except TimeoutError:
                    raise CourierError("server", "The courier did not answer in time.") from None
                except aiohttp.ClientError as error:
                    raise CourierError("server", f"The courier cannot be reached ({type(error).__name__}).") from None
        log.debug(
            "courier asked",
            host=self._host,
            method=method,
            status=response.status,
            bytes=len(body),
            seconds=round(time.monotonic() - started, 3),
        )
        self._judge(response)
        return Answer(response.status, {key.lower(): value for key, value in response.headers.items()}, body)

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        body = bytearray()
        async for block in response.content.iter_chunked(64 * 1024):
            body += block
            if len(body) > self._bytes_at_most:
                raise CourierError("malformed", "The courier's answer is larger than we accept.")
        return bytes(body)

    def _judge(self, response: aiohttp.ClientResponse) -> None:
        status = response.status
        if status == 429:
            wait = min(_seconds(response.headers.get("Retry-After")), _RETRY_AFTER_AT_MOST)
            self._not_before = time.monotonic() + wait
            raise CourierError("rate_limit", f"The courier asks us to wait {wait:.0f} seconds.", retry_after=wait)
        if status in (401, 403):
            raise CourierError("auth", "The courier refused the credentials; check the account's settings.")
        if status >= 500:
            raise CourierError("server", f"The courier's server failed (HTTP {status}).")
        if 300 <= status < 400:
            raise CourierError("server", "The courier answered with a redirect, which we do not follow.")


def _may_repeat(error: Exception) -> bool:
    return isinstance(error, CourierError) and error.kind in ("server", "rate_limit")


def _seconds(retry_after: str | None) -> float:
    """Seconds a Retry-After header asks for; it may be a number or a date."""
    if not retry_after:
        return 1.0
    try:
        return max(0.0, float(retry_after))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(retry_after).timestamp() - time.time())
    except ValueError:
        return 1.0
