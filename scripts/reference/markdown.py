"""Small pieces of Markdown, and what a class says about itself."""

from __future__ import annotations

import ast
import inspect
import textwrap
import types
import typing
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any

import msgspec

MARK = "<!-- Made by `python -m scripts.reference` from the code. Change the code, then run it again. -->"


def cell(text: str) -> str:
    """*text* fit for one cell of a Markdown table."""
    return " ".join(text.split()).replace("|", "\\|").replace("``", "`")


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(cell(text) for text in row) + " |"


def prose(item: object) -> str:
    """The docstring of *item*, its indentation and its literals in Markdown."""
    return (inspect.getdoc(item) or "").replace("``", "`")


def attribute_notes(cls: type) -> dict[str, str]:
    """What the string under each attribute of *cls* says."""
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
    assert isinstance(body, ast.ClassDef)
    notes: dict[str, str] = {}
    name = ""
    for node in body.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            name = node.target.id
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and name:
            notes[name] = str(node.value.value)
            name = ""
        else:
            name = ""
    return notes


def type_text(hint: Any) -> str:
    """An annotation as a reader wants it: `tuple[Fill, …]`, `Terms or null`."""
    if hint is type(None):
        return "null"
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        return " or ".join(type_text(part) for part in typing.get_args(hint))
    if origin := typing.get_origin(hint):
        parts = ("…" if part is ... else type_text(part) for part in typing.get_args(hint))
        return f"{origin.__name__}[{', '.join(parts)}]"
    return getattr(hint, "__name__", str(hint))


def default_text(field: msgspec.structs.FieldInfo) -> str:
    if field.default is msgspec.NODEFAULT and field.default_factory is msgspec.NODEFAULT:
        return "–"
    value = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, msgspec.Struct):
        return "its own defaults"
    return f"`{msgspec.json.encode(value).decode()}`"


def anchor(heading: str) -> str:
    return heading.lower().replace(" ", "-").replace("`", "")


def page(*lines: str) -> str:
    return "\n".join(lines).rstrip() + "\n"


def paragraph(*sentences: str) -> str:
    """Sentences as one paragraph of lines of a readable length."""
    return textwrap.fill(" ".join(sentences), width=118, break_long_words=False, break_on_hyphens=False)
