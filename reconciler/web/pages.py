"""Staff's pages: the mismatch queue, one case, the reconciliations."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Final

from aiohttp import web
from aiohttp_jinja2 import render_template

from couriers.registry import all_couriers
from reconciler.desk import words
from reconciler.desk.cases import case_detail, counts, list_cases, shop_names
from reconciler.desk.runs import list_runs, newest_runs, one_run
from reconciler.desk.timeline import timeline
from reconciler.errors import WrongCall
from reconciler.store.statements import statements
from reconciler.web import asked
from reconciler.web.errors import NotThere
from reconciler.web.keys import CLOCK, CONFIG
from reconciler.web.reading import reading

_ROWS: Final = 50
_STYLE: Final = (Path(__file__).parent / "static" / "desk.css").read_bytes()
STYLE_EDITION: Final = sha256(_STYLE).hexdigest()[:12]


async def queue(request: web.Request) -> web.Response:
    """``/``: the cases that differ, urgent first, with a filter."""
    chosen, part = asked.case_filter(request)
    limit = asked.limit(part, _ROWS, 200)
    async with reading(request) as connection:
        page = await list_cases(connection, chosen, limit=limit, after=part.get("after"))
        context = {
            "page": page,
            "counts": await counts(connection, chosen),
            "chosen": chosen.chosen,
            "shops": await shop_names(connection),
            "kinds": words.known_kinds(),
            "couriers": sorted(all_couriers()),
            "incomplete": [run for run in await newest_runs(connection) if run.state != "done"],
            "begun": bool(page.cases) or await statements("cases").any_order(connection),
            "first_page": "after" not in part,
            "now": request.app[CLOCK](),
        }
    return render_template("queue.html.j2", request, context)


async def case(request: web.Request) -> web.Response:
    """``/cases/{id}``: both stories of one case, its evidence and its letters."""
    asked.parameters(request)
    case_id = asked.number(request.match_info["id"])
    async with reading(request) as connection:
        detail = None if case_id is None else await case_detail(connection, case_id)
    if detail is None:
        raise NotThere("There is no case with this number.")
    shop = request.app[CONFIG].shops.get(detail.case.shop)
    context = {
        "detail": detail,
        "case": detail.case,
        "shop_name": shop.name if shop else detail.case.shop,
        "moments": timeline(detail),
        "now": request.app[CLOCK](),
    }
    return render_template("case.html.j2", request, context)


async def runs(request: web.Request) -> web.Response:
    """``/runs``: the reconciliations, newest first."""
    part = asked.parameters(request, "after")
    before = asked.number(part.get("after"))
    if "after" in part and before is None:
        raise WrongCall("after must be the 'next' of an earlier page.")
    async with reading(request) as connection:
        found, following = await list_runs(connection, limit=_ROWS, before=before)
    return render_template("runs.html.j2", request, {"runs": found, "following": following, "first_page": before is None})


async def run(request: web.Request) -> web.Response:
    """``/runs/{id}``: what one reconciliation did, and what it could not learn."""
    asked.parameters(request)
    run_id = asked.number(request.match_info["id"])
    async with reading(request) as connection:
        found = None if run_id is None else await one_run(connection, run_id)
    if found is None:
        raise NotThere("There is no reconciliation with this number.")
    return render_template("run.html.j2", request, {"run": found})


async def style(_: web.Request) -> web.Response:
    """``/static/desk.css``: it holds nobody's data, and its address changes with it."""
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return web.Response(body=_STYLE, content_type="text/css", charset="utf-8", headers=headers)
