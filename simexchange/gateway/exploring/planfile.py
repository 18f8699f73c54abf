"""A schedule as a fault plan in TOML, with the story of what it does above it."""

import textwrap
from collections.abc import Iterable
from typing import Final

import msgspec

from simexchange.gateway.exploring.steps import Schedule, Step, Value

WIDTH: Final = 116


def plan_text(schedule: Schedule, comments: Iterable[str] = ()) -> str:
    """The plan that does each step of *schedule* at its message, once.

    >>> print(plan_text((Step("drop", "user", 1, "out", 3),), ["What it does."]), end="")
    # What it does.
    <BLANKLINE>
    [[fault]]
    kind = "drop"
    channel = "user"
    connection = 1
    ordinal = 3
    match = "*"
    times = 1
    """
    parts = ["\n".join(_comment(text) for text in comments)]
    parts += [_table(step) for step in schedule]
    return "\n\n".join(part for part in parts if part) + "\n"


def _comment(text: str) -> str:
    # A comment may hold whatever a test has printed, and TOML takes no control characters.
    text = "".join(each if each.isprintable() else " " for each in text)
    lines = textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False) or [""]
    return "\n".join(f"# {line}".rstrip() for line in lines)


def rule_table(step: Step, name: str = "") -> dict[str, Value]:
    """The rule that does *step*, as a table of a plan."""
    return {
        "kind": step.kind,
        **({"name": name} if name else {}),
        "channel": step.channel,
        "connection": step.connection,
        "ordinal": step.ordinal,
        "match": "*",
        "times": 1,
        **dict(step.params),
    }


def _table(step: Step) -> str:
    return "\n".join(["[[fault]]", *(f"{name} = {_value(value)}" for name, value in rule_table(step).items())])


def _value(value: Value) -> str:
    """As TOML spells it, which for text, whole numbers and truth is as JSON does."""
    return msgspec.json.encode(value).decode()
