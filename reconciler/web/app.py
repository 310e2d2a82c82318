"""Puts the web service together: settings, middlewares, routes."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import aiohttp_jinja2
import jinja2
from aiohttp import web

from reconciler.config import Config
from reconciler.store import Pool
from reconciler.web import api, health, pages, shown
from reconciler.web.errors import answered, numbered
from reconciler.web.headers import secured
from reconciler.web.keys import CLOCK, CONFIG, POOL, Clock

TEMPLATES: Final = Path(__file__).resolve().parents[2] / "templates" / "pages"
_BODY_AT_MOST: Final = 2**20


def build_app(pool: Pool, config: Config, clock: Clock) -> web.Application:
    """The web service on this pool; ``clock`` says what time it is, with its zone."""
    # The order matters: a request has its number before anything can fail, and what fails within is answered by us.
    app = web.Application(middlewares=[numbered, answered], client_max_size=_BODY_AT_MOST)
    app[POOL], app[CONFIG], app[CLOCK] = pool, config, clock
    app.on_response_prepare.append(secured)
    _set_up_templates(app)
    app.add_routes(
        [
            web.get("/", pages.queue),
            web.get("/cases/{id}", pages.case),
            web.get("/runs", pages.runs),
            web.get("/runs/{id}", pages.run),
            web.get("/static/desk.css", pages.style),
            web.get("/api/v1/cases", api.cases),
            web.get("/api/v1/cases/{id}", api.case),
            web.get("/api/v1/runs", api.runs),
            web.get("/api/v1/openapi.json", api.openapi),
            web.get("/healthz", health.alive),
            web.get("/readyz", health.ready),
        ]
    )
    return app


def _set_up_templates(app: web.Application) -> None:
    environment = aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        filters=shown.FILTERS,
        default_helpers=False,
    )
    environment.globals |= shown.GLOBALS | {"style_edition": pages.STYLE_EDITION}
