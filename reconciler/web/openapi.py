"""The description of the JSON, written by hand; a test holds it against the routes and the answers."""

from __future__ import annotations

from typing import Any

from reconciler.desk.words import SEVERITIES, STATES, known_kinds

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_MAYBE_TEXT: Schema = {"type": ["string", "null"]}
_WHOLE: Schema = {"type": "integer"}
_INSTANT: Schema = {"type": "string", "format": "date-time"}
_MAYBE_INSTANT: Schema = {"type": ["string", "null"], "format": "date-time"}
_MONEY: Schema = {
    "type": ["object", "null"],
    "required": ["amount", "currency"],
    "properties": {
        "amount": {"type": "string", "pattern": r"^-?\d+\.\d{2}$"},
        "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
    },
}


def description() -> Schema:
    """The OpenAPI document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "reconciler",
            "version": "1",
            "description": "Where couriers and customers were told different stories about a parcel. Read only. "
            "Amounts are text with two decimals, times are UTC.",
        },
        "paths": {
            "/api/v1/cases": {"get": _get("The queue, urgent first", _listed("cases", "Case", total=True), [*_filters(), *_PARTS])},
            "/api/v1/cases/{id}": {"get": _get("One case with its letters", _named("CaseDetail"), [_ID], missing=True)},
            "/api/v1/runs": {"get": _get("Reconciliations, newest first", _listed("runs", "Run"), _PARTS)},
            "/api/v1/openapi.json": {"get": _get("This document", {"type": "object"}, [])},
        },
        "components": {
            "schemas": {"Case": _case(), "CaseDetail": _detail(), "Run": _run(), "Problem": _PROBLEM},
            "responses": {
                "Problem": {
                    "description": "RFC 9457: what was wrong, in a sentence",
                    "content": {"application/problem+json": {"schema": _named("Problem")}},
                }
            },
        },
    }


def _named(schema: str) -> Schema:
    return {"$ref": f"#/components/schemas/{schema}"}


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "required": list(properties), "properties": properties}


def _listed(name: str, schema: str, *, total: bool = False) -> Schema:
    more = {"total": _WHOLE} if total else {}
    return _object(**{name: {"type": "array", "items": _named(schema)}}, **more, next=_MAYBE_TEXT)


def _query(name: str, meaning: str, schema: Schema) -> Schema:
    return {"name": name, "in": "query", "description": meaning, "schema": schema}


def _filters() -> list[Schema]:
    return [
        _query("kind", "one kind of case", {"enum": list(known_kinds())}),
        _query("state", "one state, or all; without it those open and waiting", {"enum": [*STATES, "all"]}),
        _query("courier", "one courier", _TEXT),
        _query("severity", "one severity", {"enum": list(SEVERITIES)}),
        _query("shop", "one shop", _TEXT),
    ]


def _get(meaning: str, answer: Schema, parameters: list[Schema], *, missing: bool = False) -> Schema:
    problem = {"$ref": "#/components/responses/Problem"}
    return {
        "summary": meaning,
        "parameters": parameters,
        "responses": {
            "200": {"description": meaning, "content": {"application/json": {"schema": answer}}},
            "400": problem,
            **({"404": problem} if missing else {}),
            "503": problem,
        },
    }


_ID: Schema = {"name": "id", "in": "path", "required": True, "schema": _WHOLE}
_PARTS: list[Schema] = [
    _query("limit", "how many at most", {"type": "integer", "minimum": 1, "maximum": 500, "default": 100}),
    _query("after", "the 'next' of the page before", _TEXT),
]
_PROBLEM: Schema = _object(type=_TEXT, title=_TEXT, status=_WHOLE, detail=_TEXT, request_id=_TEXT)


def _case() -> Schema:
    return _object(
        id=_WHOLE,
        kind=_TEXT,
        state={"enum": list(STATES)},
        severity={"enum": list(SEVERITIES)},
        shop=_TEXT,
        courier=_TEXT,
        awb=_MAYBE_TEXT,
        order_ref=_MAYBE_TEXT,
        told=_MONEY,
        asked=_MONEY,
        difference={"type": ["string", "null"], "description": "asked minus told, signed"},
        explanations={"type": "array", "items": _TEXT},
        opened_at=_INSTANT,
        due_at=_INSTANT,
        assignee=_MAYBE_TEXT,
        evidence={"type": "object"},
    )


def _detail() -> Schema:
    draft = _object(
        id=_WHOLE,
        audience={"enum": ["courier", "customer", "call"]},
        language=_TEXT,
        subject=_MAYBE_TEXT,
        body=_TEXT,
        objections={"type": "array", "items": _TEXT},
        made_at=_INSTANT,
    )
    scan = _object(at=_INSTANT, awb=_TEXT, status=_MAYBE_TEXT, code=_TEXT, text=_TEXT, place=_MAYBE_TEXT, reason=_MAYBE_TEXT)
    change = _object(at=_INSTANT, what=_TEXT, actor=_TEXT, facts={"type": "object"})
    more = _object(
        drafts={"type": "array", "items": draft},
        timeline={"type": "array", "items": scan},
        history={"type": "array", "items": change},
        closed_at=_MAYBE_INSTANT,
        closed_reason=_MAYBE_TEXT,
    )
    return {"allOf": [_named("Case"), more]}


def _run() -> Schema:
    step = _object(name=_TEXT, state=_TEXT, reason=_MAYBE_TEXT, seconds={"type": ["number", "null"]})
    return _object(
        run=_WHOLE,
        shop=_TEXT,
        business_date={"type": ["string", "null"], "format": "date"},
        state={"enum": ["running", "done", "partial", "failed"]},
        started_at=_INSTANT,
        finished_at=_MAYBE_INSTANT,
        counts={"type": "object"},
        steps={"type": "array", "items": step},
    )
