"""Adds a frozen sample of every stored shape that kept logs have and ``shapes.jsonl`` lacks; it never changes one.

A shape is the kind (command or event), the tag, and how many members are stored. Kept logs are those in the folders of
``fixtures/logs``, one for each format and engine revision there was; what the present one stores is in
``samples.jsonl``. Run as ``python -m tests.eventlog.make_shapes`` when a folder was added. What was once stored reads
for ever as it did.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from simexchange.core.vocabulary.commands import Command
from simexchange.core.vocabulary.events import Event
from simexchange.eventlog.inspection import describe

SHAPES = Path(__file__).with_name("shapes.jsonl")
LOGS = Path(__file__).parents[2] / "fixtures" / "logs"
UNIONS: dict[str, Any] = {"command": Command, "event": Event}


def stored_in(folder: Path) -> Iterator[tuple[str, str, list[Any]]]:
    """(where, kind, stored array) of every command and event in the kept logs, oldest formats first."""
    for path in sorted(
        folder.rglob("*.jsonl"), key=lambda path: (path.parent == folder, "revision" in str(path), path)
    ):
        where = path.parent.name if path.parent != folder else "schema_4"
        for line in path.read_bytes().splitlines():
            if line.startswith(b"["):
                _, _, _, _, command, events, _ = json.loads(line)
                yield where, "command", command
                yield from ((where, "event", event) for event in events)


def shape(kind: str, stored: list[Any]) -> tuple[str, int, int, tuple[int, ...]]:
    """What tells one shape from another: with the members of what is inside, like the rules of a market."""
    struct = next(each for each in UNIONS[kind].__args__ if each.__struct_config__.tag == stored[0])
    hints = get_type_hints(struct)
    inside = [
        len(value)
        for name, value in zip(struct.__struct_fields__, stored[1:], strict=False)
        if isinstance(value, list) and get_origin(hints[name]) is not tuple and _has_struct(hints[name])
    ]
    return kind, stored[0], len(stored), tuple(inside)


def _has_struct(hint: Any) -> bool:
    return any(isinstance(each, type) and issubclass(each, msgspec.Struct) for each in get_args(hint) or (hint,))


def reads(kind: str, stored: str) -> dict[str, Any]:
    """What a stored array means today, by the names of its fields."""
    value = msgspec.json.decode(stored, type=UNIONS[kind])
    shown: dict[str, Any] = json.loads(json.dumps(describe(value)))
    return shown


def main() -> None:
    """Add what is missing."""
    lines = SHAPES.read_text().splitlines() if SHAPES.exists() else []
    known = {shape(row["kind"], json.loads(row["stored"])) for row in map(json.loads, lines)}
    with SHAPES.open("a") as out:
        for where, kind, stored in stored_in(LOGS):
            if shape(kind, stored) in known:
                continue
            known.add(shape(kind, stored))
            text = json.dumps(stored, separators=(",", ":"), ensure_ascii=False)
            out.write(json.dumps({"kind": kind, "from": where, "stored": text, "reads": reads(kind, text)}) + "\n")


if __name__ == "__main__":
    main()
