"""The same facts as JSON, for people's scripts."""

from __future__ import annotations

from aiohttp import web

from reconciler.desk.cases import case_detail, case_json, detail_json, list_cases
from reconciler.desk.runs import list_runs, run_json
from reconciler.errors import WrongCall
from reconciler.web import asked
from reconciler.web.errors import NotThere
from reconciler.web.openapi import description
from reconciler.web.reading import reading

_USUAL, _MOST = 100, 500


async def cases(request: web.Request) -> web.Response:
    """``GET /api/v1/cases``: a page of the queue."""
    chosen, part = asked.case_filter(request)
    limit = asked.limit(part, _USUAL, _MOST)
    async with reading(request) as connection:
        page = await list_cases(connection, chosen, limit=limit, after=part.get("after"))
    return web.json_response({"cases": [case_json(case) for case in page.cases], "total": page.total, "next": page.next})


async def case(request: web.Request) -> web.Response:
    """``GET /api/v1/cases/{id}``: one case with its letters, scans and history."""
    asked.parameters(request)
    case_id = asked.number(request.match_info["id"])
    async with reading(request) as connection:
        detail = None if case_id is None else await case_detail(connection, case_id)
    if detail is None:
        raise NotThere("There is no case with this number.")
    return web.json_response(detail_json(detail))


async def runs(request: web.Request) -> web.Response:
    """``GET /api/v1/runs``: reconciliations, newest first."""
    part = asked.parameters(request, "after", "limit")
    limit = asked.limit(part, _USUAL, _MOST)
    before = asked.number(part.get("after"))
    if "after" in part and before is None:
        raise WrongCall("after must be the 'next' of an earlier page.")
    async with reading(request) as connection:
        found, following = await list_runs(connection, limit=limit, before=before)
    return web.json_response({"runs": [run_json(run) for run in found], "next": following and str(following)})


async def openapi(request: web.Request) -> web.Response:
    """``GET /api/v1/openapi.json``: what all this is."""
    asked.parameters(request)
    return web.json_response(description())
