"""What a request gets that cannot be served: a page or problem details, never what it sent nor a traceback."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Final
from uuid import uuid4

import aiohttp_jinja2
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from reconciler.errors import WrongCall
from reconciler.web.keys import REQUEST_ID
from reconciler.web.reading import Unreachable

_SECONDS: Final = 10.0
_SENTENCES: Final = {
    404: "There is nothing at this address.",
    405: "This address can only be read, with GET.",
    408: "The request took too long to arrive.",
    413: "The request is too large.",
    500: "Something went wrong here. It is recorded under the number below; the data is as it was.",
    503: "The database does not answer just now. Try again in a minute; if it stays so, run: reconciler doctor",
}
_log = structlog.get_logger("reconciler.web")


class NotThere(web.HTTPNotFound):
    """There is no such thing; the sentence says what was looked for."""

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self.sentence = sentence


@web.middleware
async def numbered(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Gives the request a number under which staff and log find each other."""
    request[REQUEST_ID] = uuid4().hex
    return await handler(request)


@web.middleware
async def answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns every failure into an answer of ours, within the route's deadline."""
    try:
        async with asyncio.timeout(_SECONDS):
            return await handler(request)
    except WrongCall as error:
        return _problem(request, 400, str(error))
    except NotThere as error:
        return _problem(request, 404, error.sentence)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        kept = {name: value for name, value in error.headers.items() if name in ("Allow", "Retry-After")}
        return _problem(request, error.status, _SENTENCES.get(error.status, "The request cannot be served."), kept)
    except (Unreachable, TimeoutError):
        _log.warning("request not served in time", request_id=request[REQUEST_ID], route=_route(request))
        return _problem(request, 503, _SENTENCES[503], {"Retry-After": "60"})
    except Exception:
        _log.exception("request failed", request_id=request[REQUEST_ID], route=_route(request))
        return _problem(request, 500, _SENTENCES[500])


def _problem(request: web.Request, status: int, sentence: str, headers: dict[str, str] | None = None) -> web.Response:
    title = HTTPStatus(status).phrase
    if request.path.startswith("/api/") or request.path in ("/healthz", "/readyz"):
        body = {"type": "about:blank", "title": title, "status": status, "detail": sentence, "request_id": request[REQUEST_ID]}
        return web.json_response(body, status=status, headers=headers, content_type="application/problem+json")
    context = {"title": title, "status": status, "sentence": sentence, "request_id": request[REQUEST_ID]}
    page = aiohttp_jinja2.render_template("error.html.j2", request, context, status=status)
    page.headers.update(headers or {})
    return page


def _route(request: web.Request) -> str:
    """The route's pattern, not the address: that may carry what a log must not keep."""
    resource = request.match_info.route.resource
    return f"{request.method} {resource.canonical if resource else 'unknown'}"
