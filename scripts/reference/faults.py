"""The page on fault plans: what a rule may say, and every kind of fault with its parameters."""

from __future__ import annotations

from collections.abc import Iterator

from scripts.reference.markdown import MARK, page, paragraph, table
from simexchange.config import faultplans
from simexchange.gateway.faults.kinds import KINDS, OFFSET, SPAN, WORD, YES, Kind, Param
from simexchange.gateway.faults.plan import KEYS, shown

EXAMPLE = """
about = "One order in four is placed and nobody says so; the server's clock is wrong for a minute"

[[fault]]
name = "lost"
kind = "timeout_unknown_status"
account = "demo"
chance = "0.25"
how = "cut"

[[fault]]
kind = "clock_skew"
skew = "-8s"
from = "10m"
until = "11m"
"""


def faults_page() -> str:
    """Keys, kinds, plans that ship."""
    return page(
        "# Fault plans",
        "",
        MARK,
        "",
        paragraph(
            "A plan is a list of rules; each lets one kind of fault happen to the messages it matches. It is given by",
            "`--faults FILE` as TOML, or rule by rule while the exchange runs, by `simexchange fault add` and",
            "`POST /sim/v1/faults`. [How to use them](../how-to/faults.md).",
        ),
        "",
        "```toml",
        EXAMPLE.strip(),
        "```",
        "",
        paragraph(
            "Beside the rules a file may say what it is `about`. Whatever is not known is refused, with the name that",
            "was meant perhaps. Chances are drawn from the exchange's seed, the rule's name and the place of the",
            "message (channel, connection, direction, ordinal), and from nothing else.",
        ),
        "",
        "## What every rule may say",
        "",
        *table(("key", "type", ""), ((f"`{name}`", kind, text) for name, (kind, text) in KEYS.items())),
        "",
        paragraph(
            "A span is written like `250ms`, `3s` or `1h30m`, a share like `0.25`. A rule counts the messages that",
            "match and are in its time; `after`, `every`, `times` and `chance` are about those.",
        ),
        "",
        "## Kinds",
        "",
        *(line for kind in KINDS.values() for line in _kind(kind)),
        "## Plans that ship",
        "",
        *table(("plan", ""), ((f"`{name}`", about) for name, about in faultplans.presets().items())),
        "",
        paragraph(
            "`--faults none` has no rules, but counts messages from the start. `--faults from:LOG` has a rule for each",
            "fault that a log tells of.",
        ),
    )


def _kind(kind: Kind) -> Iterator[str]:
    yield f"### `{kind.name}`"
    yield ""
    yield paragraph(kind.doc)
    yield ""
    match = "" if kind.match == "*" else f" Where a rule does not say which, it matches `{kind.match}`."
    direction = _DIRECTIONS.get(kind.direction, "where `where` says")
    yield paragraph(f"Channels: {', '.join(f'`{each}`' for each in kind.channels)}; {direction}.{match}")
    yield ""
    if kind.params:
        yield from table(("key", "type", "default", ""), (_param(kind, *each) for each in kind.params.items()))
        yield ""


def _param(kind: Kind, name: str, param: Param) -> tuple[str, str, str, str]:
    default = shown(kind.name, {name: param.default})[name]
    said = str(default).lower() if param.type == YES else str(default)
    sort = (
        " or ".join(f"`{word}`" for word in param.words) if param.type == WORD else _TYPES.get(param.type, param.type)
    )
    return f"`{name}`", sort, f"`{said}`" if said else "–", param.doc


_TYPES = {SPAN: "span", OFFSET: "span, with a minus or without", YES: "true or false", "whole": "whole number"}
_DIRECTIONS = {"in": "on its way in", "out": "on its way out", "open": "at a handshake"}
