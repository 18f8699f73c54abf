"""The page on commands, events and refusals."""

from __future__ import annotations

import typing
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any

import msgspec

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
from simexchange.core.vocabulary import units
from simexchange.core.vocabulary.commands import Command
from simexchange.core.vocabulary.events import Event
from simexchange.core.vocabulary.rejections import RejectReason


def structs_below(roots: Iterable[type]) -> list[type[msgspec.Struct | Enum]]:
    """Structs and enums that the fields of *roots* are made of, in order of first mention."""
    found: dict[type[msgspec.Struct | Enum], None] = {}

    def visit(hint: Any) -> None:
        for part in typing.get_args(hint):
            visit(part)
        if isinstance(hint, type) and issubclass(hint, (msgspec.Struct, Enum)) and hint not in found:
            found[hint] = None
            descend(hint)

    def descend(cls: type) -> None:
        if issubclass(cls, msgspec.Struct):
            for field in msgspec.structs.fields(cls):
                visit(field.type)

    for root in roots:
        descend(root)
    return list(found)


def struct_section(cls: type[msgspec.Struct]) -> Iterator[str]:
    """One struct: what it means, and its members by their place in the log's array."""
    tag = cls.__struct_config__.tag
    yield f"### {cls.__name__}"
    yield ""
    yield prose(cls)
    yield ""
    notes = attribute_notes(cls)
    rows = [("0", "", str(tag), "–", "the tag")] if tag is not None else []
    rows += [
        (str(place), f"`{field.name}`", type_text(field.type), default_text(field), notes.get(field.name, ""))
        for place, field in enumerate(msgspec.structs.fields(cls), start=len(rows))
    ]
    yield from table(("place", "name", "type", "default", ""), rows)
    yield ""


def enum_section(cls: type[Enum]) -> Iterator[str]:
    notes = attribute_notes(cls)
    yield f"### {cls.__name__}"
    yield ""
    yield prose(cls)
    yield ""
    yield from table(
        ("value", "name", ""), [(f"`{member.value}`", member.name, notes.get(member.name, "")) for member in cls]
    )
    yield ""


def events_page() -> str:
    events: tuple[type[msgspec.Struct], ...] = typing.get_args(Event)
    commands: tuple[type[msgspec.Struct], ...] = typing.get_args(Command)
    units_of = {
        "Price, Quantity, Amount, Rate": f"whole units of 10⁻⁸: `1` is written `{units.ONE}`",
        "Cost": f"whole units of 10⁻¹⁶: `1` is written `{units.FINE}`",
        "Nanos": "nanoseconds since 1970 for a moment, nanoseconds for a span",
    }
    parts = [part for part in structs_below((*events, *commands)) if part is not RejectReason]
    lines = [
        "# Commands, events and refusals",
        "",
        MARK,
        "",
        paragraph(
            "What stands in the [event log](log-format.md).",
            "A command is what somebody asked for, its events are what happened.",
            "Each is a JSON array: first its tag, then its members in the order below.",
            "Members are only ever appended, each with a default, and members at the end may be absent.",
        ),
        "",
        *table(("type", "written as"), list(units_of.items())),
        "",
        "## Events",
        "",
        *table(
            ("tag", "event", ""),
            [
                (str(e.__struct_config__.tag), f"[{e.__name__}](#{anchor(e.__name__)})", prose(e).split("\n")[0])
                for e in events
            ],
        ),
        "",
    ]
    for event in events:
        lines += struct_section(event)
    lines += ["## Commands", ""]
    for command in commands:
        lines += struct_section(command)
    lines += ["## Parts", ""]
    for part in parts:
        lines += enum_section(part) if issubclass(part, Enum) else struct_section(part)
    lines += [
        "## Refusals",
        "",
        prose(RejectReason),
        "How a venue words each of them stands on its own page.",
        "",
        *table(("", "reason"), [(str(place), f"`{reason}`") for place, reason in enumerate(RejectReason, start=1)]),
    ]
    return page(*lines)
