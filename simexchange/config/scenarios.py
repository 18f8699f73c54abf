"""Scenario files: a timeline in TOML, with parameters, as `simexchange.feeds.scripted.timeline` knows it.

Strict: whatever is not known is refused with the line it stands in and what was probably meant.
"""

from __future__ import annotations

import re
import tomllib
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from simexchange.config.stepwords import Place, StepTable, read_step
from simexchange.core.vocabulary.units import Nanos
from simexchange.errors import ConfigError
from simexchange.feeds.scripted.ladder import index_of
from simexchange.feeds.scripted.timeline import (
    Funding,
    Halt,
    Move,
    Premium,
    Recover,
    Shape,
    Step,
    Timeline,
    ends_after,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from simexchange.config.markets import Listing

LONGEST_PERIODS: Final = 10_000
"""Steps of one scenario."""
_PARAMETER: Final = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)


class ScenarioFile(msgspec.Struct, forbid_unknown_fields=True):
    """A whole file."""

    step: list[dict[str, object]]
    """What happens, in this order; see below."""
    title: str = ""
    """What `scenario list` shows."""
    about: str = ""
    """What happens, in a sentence or two."""
    parameters: dict[str, str] = {}
    """Names and their values where nobody says otherwise; `$name` in a step stands for the value."""
    repeat: bool = False
    """Whether it begins again when its last step is through."""


class Scenario(msgspec.Struct, frozen=True):
    """A scenario as read: its timeline, and what it says of itself."""

    name: str
    title: str
    about: str
    parameters: dict[str, str]
    """With the values it was read with."""
    timeline: Timeline


def shipped() -> dict[str, str]:
    """The names of the scenarios that come with the package, and their texts."""
    folder = resources.files("simexchange").joinpath("presets", "scenarios")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return {file.name.removesuffix(".toml"): file.read_text(encoding="utf-8") for file in files}


def text_of(asked: str, folders: Iterable[Path] = ()) -> tuple[str, str, str]:
    """(name, where it is from, text) of a shipped scenario, of a file, or of ``NAME.toml`` in one of *folders*.

    Raises ConfigError naming what there is.
    """
    path = Path(asked)
    for candidate in [path, *(folder / f"{asked}.toml" for folder in folders)]:
        if candidate.suffix == ".toml" and (candidate is not path or "/" in asked or path.exists()):
            if candidate is not path and not candidate.exists():
                continue
            return candidate.stem, str(candidate), _read(candidate)
    known = shipped()
    if asked in known:
        return asked, f"scenario {asked}", known[asked]
    msg = f"there is no scenario {asked!r}{_meant(asked, known)}: it is a file, FILE.toml, or one of {', '.join(known)}"
    raise ConfigError(msg)


def load(asked: str, given: Mapping[str, object] | None = None, folders: Iterable[Path] = ()) -> Scenario:
    """The scenario *asked* for, by name or file, with the parameters *given* in place of its own.

    Raises ConfigError saying where in the file, and what was probably meant.
    """
    name, where, text = text_of(asked, folders)
    return parse(text, name, where, {key: str(value) for key, value in (given or {}).items()})


def parse(text: str, name: str, where: str, given: Mapping[str, str] | None = None) -> Scenario:
    """The scenario in one TOML *text*; *where* is what errors call it."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{where}: no valid TOML ({error})") from None
    file = _file(raw, text, where)
    parameters = _parameters(file.parameters, given or {}, where)
    used: dict[str, None] = {}
    lines = _step_lines(text)
    steps: list[Step] = []
    for number, table in enumerate(file.step, 1):
        place = Place(where, number, lines[number - 1] if number <= len(lines) else 0, text)
        filled = _filled(table, parameters, used, place)
        steps.append(read_step(_table(filled, place), steps, place))
    for unused in parameters:
        if unused not in used:
            raise ConfigError(f"{where}: no step says ${unused}: the parameter {unused} does nothing")
    timeline = Timeline(name, tuple(steps), _period(file, steps, where))
    return Scenario(name, file.title, file.about, parameters, timeline)


def fitting(scenario: Scenario, listings: Mapping[str, Listing], indexes: Iterable[str]) -> None:
    """Whether what the scenario names is there. Raises ConfigError naming what is not, and what was probably meant."""
    quoted = [name for name in indexes if any(index_of(each.market) == name for each in listings.values())]
    for number, step in enumerate(scenario.timeline.steps, 1):
        act, what = step.act, f"scenario {scenario.name}, step {number}"
        if isinstance(act, Move | Recover):
            _known(act.indexes, quoted, f"{what}: no market served here is quoted by the index", "indexes")
        elif isinstance(act, Premium | Funding | Shape | Halt):
            _known(act.markets, list(listings), f"{what}: there is no market", "markets")


def _known(asked: Iterable[str], known: list[str], what: str, many: str) -> None:
    for name in asked:
        if name not in known:
            raise ConfigError(f"{what} {name}{_meant(name, known)}; the {many} are {', '.join(known) or 'none'}")


def _read(path: Path) -> str:
    try:
        # Some editors put a mark of three bytes before UTF-8; it is no part of the text.
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(f"scenario {path}: is not in UTF-8; save it as that") from None
    except OSError as error:
        raise ConfigError(f"scenario {path}: cannot be read ({error.__class__.__name__}); check the path") from None


def _file(raw: dict[str, Any], text: str, where: str) -> ScenarioFile:
    known = ScenarioFile.__struct_fields__
    for key in raw:
        if key not in known:
            line = _line_of(text, key)
            raise ConfigError(
                f"{where}:{line}: there is no key {key!r}{_meant(key, known)}; a file has {', '.join(known)}"
            )
    try:
        file = msgspec.convert(raw, ScenarioFile)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{where}: {error}; see docs/reference/scenarios.md") from None
    if not file.step:
        raise ConfigError(f"{where}: there is no [[step]], so nothing would happen")
    if len(file.step) > LONGEST_PERIODS:
        raise ConfigError(f"{where}: {len(file.step)} steps; {LONGEST_PERIODS} is the most")
    return file


def _parameters(own: Mapping[str, str], given: Mapping[str, str], where: str) -> dict[str, str]:
    for name in own:
        if not _NAME.fullmatch(name):
            raise ConfigError(f"{where}: a parameter is called by small letters, digits and _, not {name!r}")
    for name in given:
        if name not in own:
            has = f"its parameters are {', '.join(own)}" if own else "it has no parameters"
            raise ConfigError(f"{where}: there is no parameter {name!r}{_meant(name, own)}; {has}")
    return {**own, **given}


def _filled(
    table: Mapping[str, object], parameters: Mapping[str, str], used: dict[str, None], place: Place
) -> dict[str, object]:
    """*table* with values in place of parameters."""

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name not in parameters:
            raise place.wrong(f"there is no parameter ${name}{_meant(name, parameters)}", found[0])
        used[name] = None
        return parameters[name]

    def fill(given: object) -> object:
        if isinstance(given, str):
            return _PARAMETER.sub(value, given)
        return [fill(each) for each in given] if isinstance(given, list) else given

    return {key: fill(given) for key, given in table.items()}


def _table(filled: dict[str, object], place: Place) -> StepTable:
    known = StepTable.__struct_fields__
    for key in filled:
        if key not in known:
            raise place.wrong(f"there is no key {key!r}{_meant(key, known)}; a step has {', '.join(known)}", key)
    try:
        return msgspec.convert(filled, StepTable)
    except msgspec.ValidationError as error:
        key = str(error).rpartition("$.")[2].rstrip("`")
        raise place.wrong(f"{error}", key) from None


def _period(file: ScenarioFile, steps: list[Step], where: str) -> Nanos:
    if not file.repeat:
        return Nanos(0)
    if any(step.absolute for step in steps):
        raise ConfigError(f"{where}: a scenario with steps at given moments cannot repeat")
    period = max(ends_after(step) for step in steps)
    if not period:
        raise ConfigError(f"{where}: it takes no time, so it cannot repeat; let a step wait with after")
    return period


def _step_lines(text: str) -> list[int]:
    """The lines that begin a step."""
    return [number for number, line in enumerate(text.splitlines(), 1) if re.match(r"\s*\[\[\s*step\s*\]\]", line)]


def _line_of(text: str, key: str) -> int:
    """The line in which *key* is said at the top, or the table of that name."""
    pattern = re.compile(rf"\s*(\[+\s*)?[\"']?{re.escape(key)}[\"']?\s*[=\].]")
    return next((number for number, line in enumerate(text.splitlines(), 1) if pattern.match(line)), 1)


def _meant(given: str, known: Iterable[str]) -> str:
    close = get_close_matches(given, list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
