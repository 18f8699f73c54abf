"""How options of an exchange are said: what each may be, and one thing where there may be several."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from simexchange.errors import ConfigError
from simexchange.gateway.ratelimits import LimitMode
from simexchange.settings.ccxt import HOMES
from simexchange.testing.words import Moment, Number

VENUES: Final = HOMES
"""Names of venues, as ccxt spells them, and who answers for them."""
_PLACE: Final = str | Path


def checked(name: str, value: Any) -> Any:
    """*value* as the option *name* is kept. Raises ConfigError for what it cannot be."""
    value = _SEVERAL[name](value) if name in _SEVERAL else value
    if name == "venues":
        _check_venues(value)
    elif name in _CHOICES and value not in _CHOICES[name]:
        msg = f"{name} {value!r} is not known: say {', '.join(map(str, _CHOICES[name]))}"
        raise ConfigError(msg)
    elif name in _SHAPES:
        holds, what = _SHAPES[name]
        if not holds(value):
            msg = f"{name} {value!r} is no {what}"
            raise ConfigError(msg)
    return value


def _check_venues(venues: tuple[Any, ...]) -> None:
    if not venues:
        msg = f"no venue at all is served; there are {', '.join(VENUES)}"
        raise ConfigError(msg)
    for venue in venues:
        if not isinstance(venue, str):
            msg = f"venue {venue!r} is no name; there are {', '.join(VENUES)}"
            raise ConfigError(msg)
        if venue not in VENUES:
            msg = f"venue {venue!r} is not served; there are {', '.join(VENUES)}"
            raise ConfigError(msg)


def _several(value: Any) -> tuple[Any, ...]:
    """One thing alone is one of several."""
    alone = isinstance(value, _PLACE) or not isinstance(value, Iterable)
    return (value,) if alone else tuple(value)


def _paths(value: Any) -> tuple[Any, ...]:
    return tuple(Path(each) if isinstance(each, str) else each for each in _several(value))


def _faults(value: Any) -> tuple[Any, ...]:
    """A kind without parameters may stand alone."""
    return tuple((each, {}) if isinstance(each, str) else each for each in _several(value))


def _is_fault(value: Any) -> bool:
    return isinstance(value, tuple | list) and [type(each) for each in value] == [str, dict]


def _is_money(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(amount, Number) for amount in value.values())


_SEVERAL: Final[Mapping[str, Callable[[Any], Any]]] = {
    "venues": _several,
    "markets": _paths,
    "scenario_dirs": _paths,
    "faults": _faults,
}
_CHOICES: Final[Mapping[str, tuple[Any, ...]]] = {
    "fees": (False, True),
    "limits": tuple(map(str, LimitMode)),
    "timestamp_policy": ("auto", "strict", "lenient", "ignore"),
    "tls": (False, True),
}
_SHAPES: Final[Mapping[str, tuple[Callable[[Any], bool], str]]] = {
    "seed": (lambda value: type(value) is int and 0 <= value < 1 << 63, "whole number from 0 to 2**63 - 1"),
    "start": (lambda value: value is None or isinstance(value, Moment), "datetime and no ISO-8601 text"),
    "scenario": (lambda value: isinstance(value, _PLACE), "name of a scenario and no path of one"),
    "params": (lambda value: isinstance(value, dict), "dict of parameters, like {'drop': '25%'}"),
    "scenario_dirs": (lambda value: all(isinstance(each, Path) for each in value), "list of folders"),
    "speed": (lambda value: isinstance(value, str), "text like '60x', '1x', 'max' or 'paused'"),
    "markets": (lambda value: all(isinstance(each, Path) for each in value), "list of market files"),
    "accounts": (
        lambda value: isinstance(value, dict) and all(map(_is_money, value.values())),
        "dict of accounts, like {'alice': {'USDT': 1000}}",
    ),
    "money": (_is_money, "dict of amounts, like {'USDT': 1000}"),
    "faults": (lambda value: all(map(_is_fault, value)), "list of (kind, {parameter: value})"),
    "faults_file": (lambda value: isinstance(value, _PLACE), "path of a plan, name of one that ships, or from:LOG"),
}
"""What each of the others has to be, and in what words it is told that it is not."""
