"""The options of `serve` and `demo`, and what they come to."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from simexchange.cli.scenario import parameters_of
from simexchange.config import faultplans, feefiles, scenarios
from simexchange.config.assembling import GivenKey, Setup
from simexchange.config.opening import parse_account
from simexchange.config.served import parse_venues
from simexchange.config.venuerules import OWN
from simexchange.config.words import duration, instant
from simexchange.core.vocabulary.units import DAY, Nanos
from simexchange.errors import ConfigError, UsageError
from simexchange.eventlog.durability import parse_durability
from simexchange.runtime.clock import PAUSED, Speed, parse_speed
from simexchange.runtime.lockstep import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Callable

    from simexchange.config.scenarios import Scenario
    from simexchange.core.feetables import FeeTable
    from simexchange.gateway.faults.plan import Rule

TLS_PORT: Final = 8443
_CLIENT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)
LONGEST_HISTORY: Final = Nanos(3_650 * DAY)
"""Its midnights are made at the start: a second for these, and longer than anybody waits where a unit is mistyped."""


class ServeOptions(Setup, frozen=True, kw_only=True):
    """Everything `serve` was told, checked as far as no log is needed. None: not said."""

    data: Path | None = None
    ready_file: Path | None = None
    run_for: Nanos | None = None
    budget: bool = False
    quiet: bool = False


def exchange_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options, in the order `--help` shows them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


_OPTIONS: Final = (
    click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on."),
    click.option("--port", type=click.IntRange(0, 65_535), default=8420, show_default=True, help="0: any free one."),
    click.option(
        "--venue", "venues", multiple=True,
        help="NAME[,NAME]...: which venues clients find here, binance and bybit. [default: both]",
    ),
    click.option("--data", type=click.Path(path_type=Path), help="Folder of the event log; made, or gone on with."),
    click.option("--ephemeral", is_flag=True, help="Keep the log in a folder removed at exit (the default)."),
    click.option(
        "--feed",
        help="synthetic, ladder, recorded:PATH, pinned:LOG or none. [default: synthetic; with --scenario ladder]",
    ),
    click.option("--scenario", help="What happens when: a name (see `simexchange scenario list`) or FILE.toml."),
    click.option("--set", "sets", multiple=True, help="NAME=VALUE, a parameter of the scenario; repeatable."),
    click.option(
        "--preset", type=click.Choice(["static"]),
        help="static: the ladder, and no fees; prices move when a scenario says so.",
    ),
    click.option("--no-fees", is_flag=True, help="Charge nobody anything, whatever the market files say."),
    click.option("--market", "markets", type=click.Path(path_type=Path), multiple=True, help="Market file; many."),
    click.option("--fees", type=click.Path(path_type=Path), multiple=True, help="Fee file; many."),
    click.option("--seed", type=click.IntRange(0, 2**63 - 1), help="Everything random comes from it. [default: 1]"),
    click.option("--speed", help="1x, 60x, 0.5x, max or paused. [default: 1x]"),
    click.option(
        "--lockstep", multiple=True,
        help="NAME[,NAME]...: exchange time passes only when each of these clients says that it waits, or, written "
        "account:NAME, is idle.",
    ),
    click.option("--start", help="Where exchange time starts, ISO-8601. [default: now]"),
    click.option(
        "--tape-time", type=click.Choice(["rebased", "original"]), default="rebased", show_default=True,
        help="Whether a tape is moved to exchange time.",
    ),
    click.option("--history", default="2d", show_default=True, help="How much past the candles have (0s: none)."),
    click.option("--on-end", type=click.Choice(["hold", "loop"]), default="hold", show_default=True, help="Of a tape."),
    click.option(
        "--account", "accounts", multiple=True,
        help="NAME[@RULES][/TIER][:ASSET=AMOUNT,…]; without RULES at home at the first venue served; repeatable. "
        "[default: demo, and one at each further venue, like demo-bybit]",
    ),
    click.option("--key", "keys", multiple=True, help="NAME=KEY:SECRET, a fixed key of an account; repeatable."),
    click.option("--allow-any-key", is_flag=True, help="Take keys that look like a real venue's."),
    click.option("--ready-file", type=click.Path(path_type=Path), help="Written when clients may come."),
    click.option("--for", "run_for", help="Stop after this much wall time, like 20s."),
    click.option("--until", help="Stop after this much exchange time from the start, like 6h."),
    click.option("--durability", default="always", show_default=True, help="always, interval:50ms or off."),
    click.option("--allow-host", "allowed_hosts", multiple=True, help="A further host name clients may ask under."),
    click.option(
        "--limits", type=click.Choice(["strict", "headers", "off"]), default="headers", show_default=True,
        help="Rate limits: enforced, shown only, or not counted.",
    ),
    click.option(
        "--faults", multiple=True,
        help="What goes wrong on purpose: FILE, a shipped plan's name, from:LOG, or none (counted only); many.",
    ),
    click.option("--tls", is_flag=True, help="Speak https and wss besides, under the venue's own host names too."),
    click.option(
        "--tls-port", "tls_ports", type=click.IntRange(0, 65_535), multiple=True,
        help="Where, with --tls; many. [default: 8443, with --port 0 any free one]",
    ),
    click.option(
        "--venue-port", "venue_ports", multiple=True,
        help="NAME=PORT, a port at whose root that venue is alone, like bybit=8421; 0: any free one; many.",
    ),
    click.option("--venue-tls-port", "venue_tls_ports", multiple=True, help="The same by https and wss."),
    click.option(
        "--proxy-port", type=click.IntRange(0, 65_535),
        help="A proxy for clients with built-in host names; it leads here and nowhere else.",
    ),
    click.option(
        "--budget", is_flag=True,
        help="At the end, list every call with what it weighed. What is not served is listed anyway.",
    ),
    click.option(
        "--strict-routing", is_flag=True,
        help="Streams stay silent at a routed path (/public, /market, /private) that is not theirs.",
    ),
    click.option(
        "--api-date", help="Answer as the venue's API did on that day, e.g. 2026-06-29: COIN-M before its integration."
    ),
)  # fmt: skip


def read_options(given: dict[str, Any]) -> ServeOptions:
    """What click collected, as values. Raises UsageError naming the option, ConfigError naming a file."""
    # A file that is wrong is no wrong use of an option, and has an exit code of its own.
    fees, faults = feefiles.read(given["fees"]), faultplans.read(given["faults"])
    scenario = scenario_of(given["scenario"], given["sets"])
    try:
        return _read(given, fees, scenario, faults)
    except ConfigError as error:
        raise UsageError(str(error)) from None


def scenario_of(asked: str | None, sets: tuple[str, ...]) -> Scenario | None:
    """Raises UsageError naming ``--set``, ConfigError naming the scenario and the line."""
    parameters = parameters_of(sets)
    if asked is None:
        if sets:
            raise UsageError("--set is about a scenario: say which, with --scenario")
        return None
    return scenarios.load(asked, parameters)


def _feed(given: dict[str, Any]) -> str:
    static = given["preset"] == "static"
    feed: str = given["feed"] or ("ladder" if static or given["scenario"] is not None else "synthetic")
    if static and feed != "ladder":
        raise ConfigError(f"--preset static is a ladder, not --feed {feed}; leave one of them out")
    kind, _, path = feed.partition(":")
    if feed not in ("synthetic", "ladder", "none") and not (kind in ("recorded", "pinned") and path):
        raise ConfigError(f"--feed {feed!r} is not known: say synthetic, ladder, recorded:PATH, pinned:LOG or none")
    return feed


def _read(
    given: dict[str, Any], fees: tuple[FeeTable, ...], scenario: Scenario | None, faults: tuple[Rule, ...] | None
) -> ServeOptions:
    if given["data"] is not None and given["ephemeral"]:
        msg = "--data and --ephemeral exclude each other: say where the log is kept, or that it is not"
        raise ConfigError(msg)
    history = Nanos(0) if given["history"] in ("0", "0s") else duration(given["history"], "--history")
    if history > LONGEST_HISTORY:
        msg = f"--history {given['history']}: ten years, 3650d, is the most"
        raise ConfigError(msg)
    lockstep = _lockstep(given["lockstep"])
    venues = parse_venues(given["venues"])
    accounts = tuple(parse_account(text, venues[0]) for text in given["accounts"])
    names = [account.name for account in accounts]
    if len(set(names)) != len(names):
        msg = "--account: the same name twice; put everything it is given into one"
        raise ConfigError(msg)
    return ServeOptions(
        host=given["host"],
        port=given["port"],
        venues=venues,
        data=given["data"],
        feed=_feed(given),
        scenario=scenario,
        no_fees=given["no_fees"] or given["preset"] == "static",
        markets=given["markets"],
        fees=fees,
        seed=given["seed"],
        speed=_speed(given["speed"], lockstep),
        lockstep=lockstep,
        start=None if given["start"] is None else instant(given["start"], "--start"),
        tape_time=given["tape_time"],
        history=history,
        on_end=given["on_end"],
        accounts=accounts,
        keys=tuple(_key(text) for text in given["keys"]),
        allow_any_key=given["allow_any_key"],
        ready_file=given["ready_file"],
        run_for=None if given["run_for"] is None else duration(given["run_for"], "--for"),
        until=None if given["until"] is None else duration(given["until"], "--until"),
        durability=parse_durability(given["durability"]),
        allowed_hosts=given["allowed_hosts"],
        limits=given["limits"],
        api_date=_day(given["api_date"], venues),
        tls_ports=_tls_ports(given["tls"], given["tls_ports"], given["port"]),
        venue_ports=_venue_ports(given["venue_ports"], "--venue-port", venues),
        venue_tls_ports=_venue_ports(given["venue_tls_ports"], "--venue-tls-port", venues),
        proxy_port=given["proxy_port"],
        strict_routing=given["strict_routing"],
        faults=faults,
        budget=given["budget"],
    )


def _venue_ports(texts: tuple[str, ...], option: str, venues: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    found = []
    for text in texts:
        name, _, port = text.partition("=")
        if name not in venues:
            raise ConfigError(f"{option} {text!r}: write NAME=PORT, of a venue that is served: {', '.join(venues)}")
        if not (port.isascii() and port.isdecimal() and int(port) < 65_536):
            raise ConfigError(f"{option} {text!r}: after the equals sign comes a port, 0 to 65535")
        found.append((name, int(port)))
    return tuple(found)


def _lockstep(given: tuple[str, ...]) -> tuple[str, ...]:
    names = tuple(name for text in given for name in text.split(","))
    for name in names:
        if not _CLIENT.fullmatch(name.removeprefix(ACCOUNT)):
            raise ConfigError(f"--lockstep: {name!r} is no name of a client; use letters, digits, - and _")
    if len(set(names)) != len(names):
        raise ConfigError("--lockstep: the same name twice; each client has its own")
    return names


def _speed(given: str | None, lockstep: tuple[str, ...]) -> Speed:
    if given is not None and any(not name.startswith(ACCOUNT) for name in lockstep):
        raise ConfigError("--speed and --lockstep exclude each other: in lockstep, time passes when everybody waits")
    speed = parse_speed(given or "1x")
    if lockstep and speed == PAUSED:
        raise ConfigError("--speed paused and --lockstep exclude each other: nobody would ever go on")
    return speed


def _tls_ports(asked: bool, ports: tuple[int, ...], port: int) -> tuple[int, ...]:
    """``--tls-port`` alone asks for TLS as well."""
    return ports or ((TLS_PORT if port else 0,) if asked else ())


def _day(text: str | None, venues: tuple[str, ...]) -> str:
    """An ISO date as it stands; empty where none was said."""
    if text is None:
        return ""
    if OWN not in venues:
        msg = f"--api-date is about {OWN}, which --venue leaves out"
        raise ConfigError(msg)
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        msg = f"--api-date {text!r} is no date: write it like 2025-12-08"
        raise ConfigError(msg) from None


def _key(text: str) -> GivenKey:
    name, equals, pair = text.partition("=")
    api_key, colon, secret = pair.partition(":")
    if not (name and equals and api_key and colon and secret):
        # The text is not repeated: it may hold a secret.
        msg = "--key: write NAME=KEY:SECRET"
        raise ConfigError(msg)
    return GivenKey(name, api_key, secret)
