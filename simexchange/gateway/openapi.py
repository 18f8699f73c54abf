"""The OpenAPI document of the control API, made from its schemas."""

from collections.abc import Iterable
from typing import Any

import msgspec

from simexchange import __version__
from simexchange.gateway import control_schemas as schemas
from simexchange.gateway.control import ROOT, Endpoint

_REFERENCE = "#/components/schemas/{name}"
_REFUSALS = {
    "400": "Malformed, or refused by the engine.",
    "401": "The control token is missing or wrong.",
    "404": "No such thing.",
    "409": "Contradicts what is there.",
}


def describe(endpoints: Iterable[Endpoint]) -> bytes:
    """The document, encoded."""
    endpoints = tuple(endpoints)
    types: set[type[msgspec.Struct]] = {schemas.Error}
    for endpoint in endpoints:
        types |= {endpoint.gives} | ({endpoint.takes} if endpoint.takes is not None else set())
    ordered = sorted(types, key=lambda one: one.__name__)
    _, components = msgspec.json.schema_components(ordered, ref_template=_REFERENCE)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(ROOT + endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {"title": "simexchange control API", "version": __version__},
            "paths": paths,
            "components": {
                "schemas": components,
                "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            },
        }
    )


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": endpoint.summary,
        "responses": {
            "200": _content(endpoint.gives, "Done."),
            **{status: _content(schemas.Error, text) for status, text in _REFUSALS.items()},
        },
        "security": [] if endpoint.open else [{"token": []}],
    }
    if endpoint.query:
        operation["parameters"] = [
            {"name": name, "in": "query", "description": text, "schema": {"type": "string"}}
            for name, text in endpoint.query.items()
        ]
    if endpoint.takes is not None:
        operation["requestBody"] = {"required": True, **_content(endpoint.takes, "")}
    return operation


def _content(kind: type[msgspec.Struct], text: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": _REFERENCE.format(name=kind.__name__)}}}
    return {"description": text, "content": content} if text else {"content": content}
