"""`simexchange explore`: run one test again and again, under other orders of messages and faults, until it fails."""

from __future__ import annotations

import re
import shlex
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec

from simexchange.cli.exits import CHECK_FAILED
from simexchange.cli.logs import JSON
from simexchange.config.words import duration
from simexchange.core.vocabulary.units import SECOND
from simexchange.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simexchange.cli.trials import Target, Trials
    from simexchange.gateway.exploring.search import Found, Limits, Outcome
    from simexchange.gateway.exploring.steps import Choice, Schedule

ORDERS: Final = "orderings"
RANDOM: Final = "faults"
BOTH: Final = "both"


class Told(msgspec.Struct, frozen=True):
    """What is said with ``--json``."""

    test: str
    found: bool
    searched: str
    """``orderings`` or ``faults``: which search found it; of none, both that were made."""
    trials: int
    schedules: int
    exhausted: bool
    """Whether every ordering within the bound was tried."""
    shaky: int
    steps: list[str] = []
    first: int = 0
    """How many steps the schedule had that failed first."""
    why: str = ""
    story: str = ""
    file: str = ""
    command: str = ""


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("test")
@click.argument("more", nargs=-1, type=click.UNPROCESSED)
@click.option(
    "--search", "which", type=click.Choice([ORDERS, RANDOM, BOTH]), default=BOTH, show_default=True,
    help="Other orders of what happens anyway, one by one; random faults; or first the one, then the other.",
)  # fmt: skip
@click.option(
    "--bound", type=click.IntRange(1, 6), default=2, show_default=True, help="How many messages are reordered at once."
)
@click.option(
    "--trials", type=click.IntRange(1, 100_000), default=200, show_default=True, help="Runs of each search at most."
)
@click.option("--within", default="10m", show_default=True, help="How long each search lasts at most, like 90s.")
@click.option("--each", default="60s", show_default=True, help="How long one run may last; a longer one has failed.")
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Random faults are drawn from it."
)
@click.option("--kind", "kinds", multiple=True, help="Only faults of this kind; may be said more than once.")
@click.option(
    "--save", type=click.Path(dir_okay=False, path_type=Path), help="The plan to write. [default: explored-TEST.toml]"
)
@JSON
def explore(
    test: str, more: tuple[str, ...], which: str, bound: int, trials: int, within: str, each: str, seed: int,
    kinds: tuple[str, ...], save: Path | None, *, as_json: bool,
) -> int:  # fmt: skip
    """Run TEST under other orders of messages, and under faults, until it fails; then find the fewest that do it.

    TEST is a pytest node (tests/test_bot.py::test_it), a function (bot.py:run, package.module:run) or a script; what
    follows is handed to it. It has to start its exchange itself. The least schedule that fails is saved as a fault plan
    with the story of what happened, and the command that does it again is printed. Exit code 4 where one was found.
    """
    # Each command pays for what it imports, so that the others start quickly.
    from simexchange.cli.trials import Trials, target_of
    from simexchange.gateway.exploring.search import Limits

    if save is not None and not save.parent.is_dir():
        # Said before the search, not after it.
        msg = f"--save {save}: there is no folder {save.parent}"
        raise UsageError(msg)
    limits = Limits(bound, trials, _seconds(within, "--within"))
    target = target_of(test, more)
    with tempfile.TemporaryDirectory(prefix="simexchange-explore-") as folder:
        trial = Trials(target, Path(folder), _seconds(each, "--each"))
        searched, found = _search(trial, limits, which, seed, kinds, quiet=as_json)
        told = _told(target, searched, found, save)
    _say(told, as_json=as_json)
    return CHECK_FAILED if told.found else 0


def _search(
    trial: Trials, limits: Limits, which: str, seed: int, kinds: tuple[str, ...], *, quiet: bool
) -> tuple[str, Found]:
    """The search that found something, or the last one. One trial without faults goes before them."""
    from simexchange.gateway.exploring.search import Search
    from simexchange.gateway.exploring.steps import FAULTS, ORDERINGS

    found = None
    made: list[str] = []
    known: dict[Schedule, Outcome] = {}
    for name in (ORDERS, RANDOM) if which == BOTH else (which,):
        menu = tuple(_menu(ORDERINGS if name == ORDERS else (*FAULTS, *ORDERINGS), kinds))
        if not menu:
            continue
        made.append(name)
        search = Search(trial, limits, say=lambda text: None if quiet else click.echo(text, err=True), known=known)
        search.baseline()
        found = search.orderings(menu) if name == ORDERS else search.random(menu, seed)
        if found.least:
            return name, found
    if found is None:
        tried = dict.fromkeys(choice.kind for choice in (*ORDERINGS, *FAULTS))
        msg = f"--kind: {', '.join(kinds)} is none that this search tries: {', '.join(tried)}"
        raise UsageError(msg)
    return " and ".join(made), found


def _menu(choices: tuple[Choice, ...], kinds: tuple[str, ...]) -> Iterator[Choice]:
    return (choice for choice in choices if not kinds or choice.kind in kinds)


def _told(target: Target, searched: str, found: Found, save: Path | None) -> Told:
    """What came of it; the plan is written where there is one."""
    from simexchange.config.rehearsal import FAULTS
    from simexchange.gateway.exploring.planfile import plan_text
    from simexchange.gateway.exploring.story import story
    from simexchange.gateway.exploring.trace import read

    counts: dict[str, Any] = {
        "test": target.name, "searched": searched, "trials": found.trials, "schedules": found.schedules,
        "exhausted": found.exhausted, "shaky": found.shaky,
    }  # fmt: skip
    if not found.least or found.outcome is None:
        return Told(found=False, **counts)
    file = save or Path(f"explored-{re.sub(r'[^A-Za-z0-9]+', '-', target.name).strip('-')}.toml")
    command = f"{FAULTS}={shlex.quote(str(file))} {target.shown()}"
    happened = story(read(found.outcome.told)[1], found.outcome.why)
    comments = (
        f"Found by `simexchange explore {target.name}`, which fails under what is below.", happened,
        f"Run it again: {command}",
    )  # fmt: skip
    try:
        file.write_text(plan_text(found.least, comments), encoding="utf-8")
    except OSError as error:
        msg = f"--save {file}: it cannot be written: {error.strerror}"
        raise ConfigError(msg) from error
    return Told(
        found=True, steps=[str(step) for step in found.least], first=len(found.first), why=found.outcome.why,
        story=happened, file=str(file), command=command, **counts,
    )  # fmt: skip


def _say(told: Told, *, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(told))
        return
    if not told.found:
        all_of_them = "every schedule within the bound" if told.exhausted else "as many schedules as it was given"
        shaky = f"; {told.shaky} failed once and not again" if told.shaky else ""
        click.echo(f"{told.test} held under {told.schedules} schedules of {told.searched}: {all_of_them}{shaky}")
        return
    click.echo(f"{told.test} fails: {told.why}")
    click.echo(f"\nthe fewest faults that do it ({told.trials} runs):")
    for number, step in enumerate(told.steps, 1):
        click.echo(f"  {number}. {step}")
    click.echo(f"\n{told.story}\n\nsaved as {told.file}; run it again:\n  {told.command}")


def _seconds(text: str, option: str) -> float:
    try:
        span = duration(text, option)
    except ConfigError as error:
        raise UsageError(str(error)) from error
    if span <= 0:
        msg = f"{option} {text!r}: it is above zero"
        raise UsageError(msg)
    return span / SECOND
