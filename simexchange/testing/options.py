"""What can be said about an exchange for a test."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import msgspec

from simexchange.core.vocabulary.units import SECOND, Nanos
from simexchange.errors import ConfigError
from simexchange.testing import wording
from simexchange.testing.wording import VENUES
from simexchange.testing.words import Moment, Number, Span

START: Final = Nanos(1_704_067_200 * SECOND)
"""2024-01-01T00:00Z: where the time of a test begins, unless it is frozen or something else is said."""
DEFAULT: Final = "default"
"""The account a test has without asking."""
MONEY: Final[Mapping[str, Number]] = {"USDT": 1_000_000}
"""What the default account has, in its spot and in its futures wallet."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """One exchange for a test: everything that may be said of it."""

    seed: int = 1
    start: Moment | None = None
    """None: where a frozen time stands, else 2024-01-01T00:00Z."""
    scenario: str | Path = ""
    """The name of a built-in scenario or the path of a TOML file; empty: nothing happens by itself."""
    params: dict[str, Any] = {}
    """What the scenario is told."""
    scenario_dirs: tuple[Path, ...] = ()
    """Where a scenario is looked for by name, besides the built-in ones."""
    speed: str = "paused"
    """How exchange time passes by itself: ``paused``, ``1x``, ``60x``, ``max``."""
    funding_every: Span = ""
    """How far funding settlements of perpetuals are apart; empty: as at the venue."""
    venues: tuple[str, ...] = ("binance",)
    """Which are served. The account ``default`` is at home at the first; every other one has an account that is called
    as it is, with the same money."""
    markets: tuple[Path, ...] = ()
    """Market files; none: the built-in spot markets and perpetuals."""
    fees: bool = False
    """Whether the built-in markets charge what the venue charges."""
    accounts: dict[str, dict[str, Number]] = {}
    """Further accounts and their money, by asset or ``wallet.asset``; ``NAME@VENUE`` is at home there."""
    money: dict[str, Number] = msgspec.field(default_factory=lambda: dict(MONEY))
    """Of the account ``default``."""
    faults: tuple[tuple[str, dict[str, Any]], ...] = ()
    """Kinds of faults with their parameters; served exchanges only."""
    faults_file: str | Path = ""
    """A plan of faults: a TOML file, the name of a shipped one, or ``from:LOG``."""
    limits: str = "headers"
    timestamp_policy: str = "auto"
    tls: bool = False

    @property
    def served(self) -> tuple[str, ...]:
        """The venues themselves, each once."""
        return tuple(dict.fromkeys(VENUES[name] for name in self.venues))

    def account_at(self, venue: str) -> str:
        """The account that is at home at *venue* without asking."""
        return DEFAULT if venue == self.served[0] else venue


def options(**given: Any) -> Options:
    """*given* as options. Raises ConfigError naming the first that is none, or that is said as it cannot be."""
    unknown = [name for name in given if name not in Options.__struct_fields__]
    if unknown:
        msg = f"{unknown[0]!r} is no option of an exchange; there are {', '.join(Options.__struct_fields__)}"
        raise ConfigError(msg)
    return Options(**{name: wording.checked(name, value) for name, value in given.items()})


def seed_of(text: str) -> int:
    """A seed for a test of that name: the same on every machine, in every order, in every process."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") >> 1
