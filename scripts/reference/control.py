"""The page on the control API."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
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
from simexchange.gateway.control import ROOT, Endpoint
from simexchange.gateway.control_acts import Acts
from simexchange.gateway.control_clock import ClockActs
from simexchange.gateway.control_explain import ExplainActs
from simexchange.gateway.control_families import FamilyActs
from simexchange.gateway.control_faults import FaultActs
from simexchange.gateway.control_keys import KeyActs
from simexchange.gateway.control_preview import PreviewActs
from simexchange.gateway.control_prices import PriceActs
from simexchange.gateway.control_refused import RefusedActs
from simexchange.gateway.control_rules import RulesActs
from simexchange.gateway.control_statements import StatementActs


def endpoints() -> tuple[Endpoint, ...]:
    """Every call of the control API. The tables need no exchange behind them until a call is made."""
    kinds = (
        Acts, ClockActs, ExplainActs, FamilyActs, FaultActs, KeyActs, PreviewActs, PriceActs, RefusedActs, RulesActs,
        StatementActs,
    )  # fmt: skip
    acts: tuple[Any, ...] = tuple(object.__new__(kind) for kind in kinds)
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
