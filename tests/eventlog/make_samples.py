"""Adds a frozen sample of every command and event that has none yet to ``samples.jsonl``; it never changes one.

Run as ``python -m tests.eventlog.make_samples`` after adding a command or an event. A sample that no longer reads
as it did is a broken promise to everybody's logs: fields are appended, never changed.
"""

import itertools
import json
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from simexchange.core.vocabulary.commands import Command
from simexchange.core.vocabulary.events import Event
from simexchange.core.vocabulary.levels import Levels
from simexchange.eventlog.inspection import describe
from simexchange.eventlog.record import encode_struct

SAMPLES = Path(__file__).with_name("samples.jsonl")


def kinds() -> list[type[msgspec.Struct]]:
    """Every command, then every event."""
    return [*get_args(Command), *get_args(Event)]


def example(hint: Any, numbers: Iterator[int]) -> Any:
    """A value of that type, unlike the ones made before it."""
    hint = getattr(hint, "__supertype__", hint)
    origin, inside = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return example(next(each for each in inside if each is not NoneType), numbers)
    if origin in (tuple, list):
        return tuple(example(inside[0], numbers) for _ in range(2))
    if hint is Levels:
        return Levels.of((next(numbers) * 1_000_003, next(numbers)) for _ in range(3))
    if hint is bool:
        return True
    if hint is int:
        # Beyond 64 bits now and then: nothing in the format stops there.
        number = next(numbers)
        return 10**20 + number if number % 5 == 0 else 10**9 + number
    if hint is str:
        return f"text-{next(numbers)}"
    if issubclass(hint, Enum):
        return list(hint)[-1]
    hints = get_type_hints(hint)
    return hint(**{name: example(hints[name], numbers) for name in hint.__struct_fields__})


def main() -> None:
    """Add what is missing."""
    known = {json.loads(line)["type"] for line in SAMPLES.read_text().splitlines()} if SAMPLES.exists() else set()
    with SAMPLES.open("a") as out:
        for kind in kinds():
            if kind.__name__ in known:
                continue
            made = example(kind, itertools.count(1))
            sample = {"type": kind.__name__, "stored": encode_struct(made).decode(), "reads": describe(made)}
            out.write(json.dumps(sample) + "\n")


if __name__ == "__main__":
    main()
