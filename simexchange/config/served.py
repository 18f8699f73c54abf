"""Which venues an exchange can be served as, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simexchange.config.venuerules import OWN
from simexchange.dialects.binance.venue import binance_as_of
from simexchange.dialects.bybit.venue import BYBIT
from simexchange.dialects.contract import KINDS
from simexchange.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simexchange.dialects.contract import Dialect, KeyKind

ALL: Final = (OWN, BYBIT.name)
"""The venues there are; all of them are served where nothing else is said."""


def parse_venues(texts: Iterable[str], where: str = "--venue") -> tuple[str, ...]:
    """Names, each text one or several with commas between; no text: all there are. Raises ConfigError."""
    names = tuple(name.strip() for text in texts for name in text.split(","))
    for name in names:
        if name not in ALL:
            msg = f"{where} {name!r}: there is no such venue; there are {', '.join(ALL)}"
            raise ConfigError(msg)
    if len(set(names)) != len(names):
        msg = f"{where}: the same venue twice; name each once"
        raise ConfigError(msg)
    return names or ALL


def key_kinds(venue: str) -> tuple[KeyKind, ...]:
    """The kinds of keys that *venue* has; of one that nobody knows, all."""
    return dialects_of((venue,))[0].key_kinds if venue in ALL else KINDS


def dialects_of(venues: Iterable[str], api_date: str = "") -> list[Dialect]:
    """The dialects of *venues*, in that order; Binance's as it was on *api_date* (empty: today)."""
    return [binance_as_of(api_date) if venue == OWN else BYBIT for venue in venues]
