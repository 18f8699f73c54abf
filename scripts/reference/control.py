"""The page on the control API."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import msgspec

from scripts.reference.events import structs_below
from scripts.reference.markdown import (
    MARK,
    anchor,
    attribute_notes,
    default_text,
    page,
    paragraph,
    prose,
    table,
    type_text,
)
from simexchange import gateway
from simexchange.gateway.control import ROOT, Endpoint


def tables() -> list[type]:
    """The tables of calls, one class in each ``gateway/control_*.py``: none can be forgotten here."""
    modules = [each.name for each in iter_modules(gateway.__path__) if each.name.startswith("control_")]
    loaded = [import_module(f"{gateway.__name__}.{name}") for name in sorted(modules)]
    return [
        kind
        for module in loaded
        for name, kind in vars(module).items()
        if name.endswith("Acts") and kind.__module__ == module.__name__
    ]


def endpoints() -> tuple[Endpoint, ...]:
    """Every call of the control API. The tables need no exchange behind them until a call is made."""
    acts: tuple[Any, ...] = tuple(object.__new__(kind) for kind in tables())
    return tuple(endpoint for act in acts for endpoint in act.endpoints())


def control_page() -> str:
    calls = sorted(endpoints(), key=lambda call: (call.path, call.method))
    kinds = [kind for call in calls for kind in (call.takes, call.gives) if kind is not None]
    shapes = structs_below(kinds)
    lines = [
        "# Control API",
        "",
        MARK,
        "",
        paragraph(
            f"What an operator or a test may ask of a running exchange, under `{ROOT}`.",
            "Every call but the open ones needs the header `Authorization: Bearer TOKEN`; the ready file has it.",
            "Money and prices are decimal strings.",
            "Times come in as ISO-8601 or integer nanoseconds and go out as both.",
            "Members that a request does not have are refused.",
            "Members of an answer are added over time, never renamed.",
        ),
        "",
        paragraph(
            'An error is `{"error": {"reason": …, "message": …}}` with the status 400 (malformed, or refused),',
            "401 (no token), 404 (no such thing) or 409 (contradicts what is there).",
            f"The same as OpenAPI: `{ROOT}/openapi.json`.",
        ),
        "",
        *table(
            ("call", "", "takes", "gives", "open"),
            (
                (
                    f"`{call.method} {ROOT}{call.path}`",
                    call.summary,
                    shape_link(call.takes) if call.takes else query_text(call),
                    shape_link(call.gives),
                    "yes" if call.open else "",
                )
                for call in calls
            ),
        ),
        "",
        "## Requests and answers",
        "",
    ]
    for kind in dict.fromkeys([*kinds, *shapes]):
        if not issubclass(kind, Enum):
            lines += shape_section(kind)
    return page(*lines)


def shape_link(kind: type) -> str:
    return f"[{kind.__name__}](#{anchor(kind.__name__)})"


def query_text(call: Endpoint) -> str:
    return "; ".join(f"`{name}`: {text}" for name, text in call.query.items())


def shape_section(kind: type[msgspec.Struct]) -> Iterator[str]:
    notes = attribute_notes(kind)
    yield f"### {kind.__name__}"
    yield ""
    yield prose(kind)
    yield ""
    fields = msgspec.structs.fields(kind)
    rows = [(f"`{f.encode_name}`", type_text(f.type), default_text(f), notes.get(f.name, "")) for f in fields]
    yield from table(("member", "type", "default", ""), rows)
    yield ""
