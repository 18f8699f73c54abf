"""Fault plans by what a person types: a TOML file, the name of one that ships, ``from:LOG``, or ``none``."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from simexchange.core.vocabulary.notes import FaultApplied
from simexchange.errors import ConfigError
from simexchange.eventlog.locate import open_log
from simexchange.eventlog.record import decode
from simexchange.gateway.faults.injector import SOURCE
from simexchange.gateway.faults.plan import BEGUN, RESUMED, Rule, again, nearest, rule_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NONE: Final = "none"
"""No rules; but messages are counted from the start."""
FROM: Final = "from:"
TABLE: Final = "fault"
ABOUT: Final = "about"


def read(asked: Iterable[str]) -> tuple[Rule, ...] | None:
    """The rules of all plans that were asked for; None where none was. Raises ConfigError naming plan and key."""
    rules: list[Rule] = []
    asked, taken = tuple(asked), set[str]()
    for name in asked:
        for rule in _rules(name, tuple(taken)):
            if rule.name in taken:
                msg = f"fault plan {name}: there is a fault {rule.name!r} already; give it another name"
                raise ConfigError(msg)
            rules.append(rule)
            taken.add(rule.name)
    return tuple(rules) if asked else None


def presets() -> Mapping[str, str]:
    """The plans that come with the package: name → what it is about."""
    return {name: str(tomllib.loads(text).get(ABOUT, "")) for name, text in _shipped().items()}


def _rules(asked: str, taken: Iterable[str]) -> list[Rule]:
    if asked == NONE:
        return []
    if asked.startswith(FROM):
        return _of_log(asked.removeprefix(FROM))
    shipped = _shipped()
    if asked in shipped:
        return parse(shipped[asked], f"fault plan {asked}", taken)
    path = Path(asked)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        plain = "/" not in asked and "." not in asked
        hint = f"; there is no such plan{nearest(asked, shipped)} (there are: {', '.join(shipped)})" if plain else ""
        msg = f"fault plan {asked}: cannot be read ({error.__class__.__name__}){hint or '; check the path'}"
        raise ConfigError(msg) from None
    return parse(text, f"fault plan {asked}", taken)


def parse(text: str, name: str, taken: Iterable[str] = ()) -> list[Rule]:
    """The rules of one TOML text: a table ``[[fault]]`` each."""
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        msg = f"{name}: no valid TOML ({error})"
        raise ConfigError(msg) from None
    for key in given:
        if key not in (TABLE, ABOUT):
            msg = f"{name}: it has no {key!r}; a rule is a table [[{TABLE}]], and beside them there may be {ABOUT}"
            raise ConfigError(msg)
    tables: Any = given.get(TABLE, [])
    if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
        msg = f"{name}: write [[{TABLE}]], with two brackets, before each rule"
        raise ConfigError(msg)
    names, rules = list(taken), []
    for number, table in enumerate(tables, 1):
        rules.append(rule_of(_plain(table), f"{name}, fault {number}", names))
        names.append(rules[-1].name)
    return rules


def _plain(table: Mapping[str, Any]) -> dict[str, Any]:
    """TOML has times of its own; a rule has text."""
    return {
        key: value.isoformat() if hasattr(value, "isoformat") else value for key, value in table.items()
    }  # fmt: skip


def _shipped() -> dict[str, str]:
    folder = resources.files("simexchange").joinpath("presets", "faults")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return {file.name.removesuffix(".toml"): file.read_text(encoding="utf-8") for file in files}


def _of_log(path: str) -> list[Rule]:
    """What a log tells of faults, as rules that do each again at its place; those since it was last begun again.

    Raises ConfigError, LogError.
    """
    log, mark = open_log(path), f'"{SOURCE}"'.encode()
    rules: list[Rule] = []
    try:
        told = (event for line in log.read() if mark in line for event in decode(line).events)
        for event in told:
            if not isinstance(event, FaultApplied):
                continue
            if event.kind != BEGUN:
                rules.append(again(event, len(rules) + 1))
            elif event.name == RESUMED:
                rules.clear()
            else:
                msg = (
                    f"--faults from:{path}: its messages were not counted from the start, so that nobody knows "
                    f"where its faults were; record them with --faults {NONE}, and add faults then"
                )
                raise ConfigError(msg)
    finally:
        log.close()
    return rules
