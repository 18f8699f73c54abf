"""The shape of a JSON answer: the path of every member, and of which types it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

Shape = Mapping[str, frozenset[str]]
ENDPOINTS: Final = "payloads/jkorf_binance/Binance.Net.UnitTests/Endpoints"


class Published(NamedTuple):
    """One published example of an answer."""

    name: str
    call: str
    body: Any


def published(shared: Path) -> Iterator[Published]:
    """Every example of a REST answer beside the project: method, path, whether signed, then the answer."""
    root = shared / ENDPOINTS
    for file in sorted(root.rglob("*.txt")):
        method, path, _, *rest = file.read_text(encoding="utf-8-sig").split("\n")
        path = path.strip()
        body = msgspec.json.decode("\n".join(rest)) if "".join(rest).strip() else None
        name = file.relative_to(root).with_suffix("").as_posix()
        yield Published(name, f"{method.strip()} {path if path.startswith('/') else '/' + path}", body)


def shape_of(body: Any) -> Shape:
    """``symbols[].filters[].tickSize`` → ``{"string"}``; rows of an array are one."""
    found: dict[str, set[str]] = {}
    for path, kind in _walk("", body):
        found.setdefault(path, set()).add(kind)
    return {path: frozenset(kinds) for path, kinds in found.items()}


def _walk(path: str, value: Any) -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            yield path, "object"
            for name, one in value.items():
                yield from _walk(f"{path}.{name}" if path else name, one)
        case list():
            yield path, "array"
            for one in value:
                yield from _walk(f"{path}[]", one)
        case bool():
            yield path, "boolean"
        case str():
            yield path, "string"
        case None:
            yield path, "null"
        case _:
            yield path, "number"


def leaves(body: Any) -> Iterator[tuple[str, Any]]:
    """(path, value) of everything that is no object and no array."""
    match body:
        case dict():
            for name, one in body.items():
                for path, value in leaves(one):
                    yield f"{name}.{path}" if path else name, value
        case list():
            for one in body:
                for path, value in leaves(one):
                    yield f"[].{path}" if path else "[]", value
        case _:
            yield "", body
