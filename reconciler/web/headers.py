"""The headers every answer bears, whoever made it."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from reconciler.web.keys import REQUEST_ID

_ALWAYS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Server": "reconciler",
}


async def secured(request: web.Request, response: web.StreamResponse) -> None:
    """Signal before an answer leaves: pages of customers' data are neither framed, sniffed nor kept."""
    response.headers.update(_ALWAYS)
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Request-Id"] = request.get(REQUEST_ID, "-")
