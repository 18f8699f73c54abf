"""`simexchange scenario`: what the shipped scenarios do, whether a file is one, and a file to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec

from simexchange.core.vocabulary.units import DAY, HOUR, MILLISECOND, MINUTE, SECOND
from simexchange.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from simexchange.config.scenarios import Scenario

JSON = click.option("--json", "as_json", is_flag=True, help="One JSON document instead of text.")
SETS = click.option("--set", "sets", multiple=True, help="NAME=VALUE, a parameter of the scenario; repeatable.")

NEW: Final = """\
# A scenario: what happens when. Check it with `simexchange scenario check {file}`,
# play it with `simexchange serve --scenario {file}`. Every key: docs/reference/scenarios.md
title = "{title}"
about = "What happens, in a sentence."
# repeat = true                 # begin again when the last step is through

# Values a step names as $name; `--set drop=30%` gives one another value.
[parameters]
drop = "10%"

# A step is when, and one thing that happens. When: at = "+30s" after the beginning, at = "2026-01-31T12:00:00Z",
# after = "5s" when the step before is through; left out, as soon as it is.
[[step]]
at = "+30s"
drop = "$drop"                  # or rise, move = "-10%", to = "45000", recover = "50%" of the last move
over = "20s"                    # left out, the price jumps
path = "late"                   # linear, late (ever faster), early (ever slower), wick (there and back)
# index = "BTC-USDT"            # left out, every index

[[step]]
after = "10s"
spread = "0.1%"                 # between best bid and best ask
depth = "25%"                   # of what usually stands at each price
# market = "perp:BTC-USDT"      # left out, every market

[[step]]
after = "10s"
recover = "50%"
over = "1m"

[[step]]
ladder = "back"                 # everything as usual; "gone": nobody offers anything

# More things that may happen:
# premium = "0.5%"              # perpetuals above their index
# funding = "0.1%"              # so far above it that whole funding intervals settle at this rate
# halt = true                   # and later: resume = true
# deposit = "1000 USDT"         # and account = "demo", wallet = "usdm"; likewise withdraw
# text = "a line for the log"
"""


class Named(msgspec.Struct, frozen=True):
    """One line of `scenario list`."""

    name: str
    title: str
    about: str
    parameters: dict[str, str]


class StepLine(msgspec.Struct, frozen=True):
    """One step of `scenario show`."""

    step: int
    at: str
    text: str


class Shown(msgspec.Struct, frozen=True):
    """What `scenario show` tells."""

    name: str
    title: str
    about: str
    parameters: dict[str, str]
    steps: list[StepLine]
    repeats_after: str
    """Empty: it happens once."""


@click.group()
def scenario() -> None:
    """Scripted markets: what happens when."""


@scenario.command(name="list")
@JSON
def list_(*, as_json: bool) -> None:
    """The scenarios that come with simexchange."""
    from simexchange.config import scenarios

    rows = []
    for name in scenarios.shipped():
        found = scenarios.load(name)
        rows.append(Named(name, found.title, found.about, found.parameters))
    if as_json:
        click.echo(msgspec.json.encode(rows))
        return
    for row in rows:
        click.echo(f"{row.name}  {row.about}")
        if row.parameters:
            click.echo(f"    {_pairs(row.parameters)}")


@scenario.command()
@click.argument("name")
@SETS
@click.option("--toml", is_flag=True, help="The file as it is written.")
@JSON
def show(name: str, sets: tuple[str, ...], *, toml: bool, as_json: bool) -> None:
    """What the scenario NAME (or FILE.toml) does, step by step, with its parameters filled in."""
    from simexchange.config import scenarios

    if toml:
        click.echo(scenarios.text_of(name)[2], nl=False)
        return
    _show(scenarios.load(name, parameters_of(sets)), as_json=as_json)


@scenario.command()
@click.argument("file")
@SETS
@click.option("--market", "market_files", type=click.Path(path_type=Path), multiple=True, help="Market file; many.")
@JSON
def check(file: str, sets: tuple[str, ...], market_files: tuple[Path, ...], *, as_json: bool) -> None:
    """Whether FILE.toml (or a name) is a scenario that can be played. Exit code 3 where not, with line and key."""
    from simexchange.config import markets, scenarios
    from simexchange.feeds.scripted.ladder import LadderSettings
    from simexchange.runtime.clock import wall_now

    found = scenarios.load(file, parameters_of(sets))
    scenarios.fitting(found, markets.contracts(markets.read(market_files), wall_now()), dict(LadderSettings().prices))
    if as_json:
        click.echo(msgspec.json.encode({"name": found.name, "steps": len(found.timeline.steps)}))
    else:
        click.echo(f"ok: {found.name}, {len(found.timeline.steps)} steps")


@scenario.command()
@click.argument("file", type=click.Path(path_type=Path))
def new(file: Path) -> None:
    """Write FILE, a commented scenario to begin with."""
    if file.suffix != ".toml":
        raise UsageError(f"{file}: a scenario file is called NAME.toml")
    if file.exists():
        raise ConfigError(f"{file} is there already; choose another name, or remove it")
    text = NEW.format(file=file, title=file.stem.replace("_", " ").replace("-", " ").replace('"', "").capitalize())
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{file}: cannot be written ({error.strerror}); choose a folder that is there") from None
    click.echo(f"wrote {file}; play it with: simexchange serve --scenario {file}")


def parameters_of(sets: tuple[str, ...]) -> dict[str, str]:
    """What ``--set`` said. Raises UsageError."""
    found: dict[str, str] = {}
    for text in sets:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsageError(f"--set {text!r}: write NAME=VALUE, like drop=25%")
        if name in found:
            raise UsageError(f"--set: {name} is said twice")
        found[name] = value
    return found


def _show(found: Scenario, *, as_json: bool) -> None:
    lines = [StepLine(n, _when(step), step.text) for n, step in enumerate(found.timeline.steps, 1)]
    period = found.timeline.period
    shown = Shown(found.name, found.title, found.about, found.parameters, lines, span_text(period) if period else "")
    if as_json:
        click.echo(msgspec.json.encode(shown))
        return
    click.echo(f"{shown.title or shown.name}: {shown.about}")
    if shown.parameters:
        click.echo(_pairs(shown.parameters))
    for line in lines:
        click.echo(f"{line.at:>12}  {line.text}")
    if period:
        click.echo(f"again every {shown.repeats_after}")


def _when(step: Any) -> str:
    from simexchange.eventlog.inspection import iso_time

    return iso_time(step.at) if step.absolute else f"+{span_text(step.at)}"


def _pairs(parameters: dict[str, str]) -> str:
    return "  ".join(f"{name}={value}" for name, value in parameters.items())


def span_text(span: int) -> str:
    """A span as a person writes it: 1h30m, 12.5s.

    >>> span_text(5_400_000_000_000)
    '1h30m'
    """
    parts = []
    for unit, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "m"), (SECOND, "s")):
        count, span = divmod(span, unit)
        if count:
            parts.append(f"{count}{name}")
    if span:
        parts.append(f"{span // MILLISECOND}ms")
    return "".join(parts) or "0s"
