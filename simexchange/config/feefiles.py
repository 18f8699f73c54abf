"""Fee files: TOML, each the tiers of one venue in markets of one kind, with a date and a source.

The shipped ones are `presets/fees`; `--fees FILE` takes the place of a shipped table of the same rules and markets.
"""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Final

import msgspec

from simexchange.config.opening import BUNDLES
from simexchange.config.words import decimal
from simexchange.core.feetables import FeeTable
from simexchange.core.vocabulary.markets import Commission, MarketKind
from simexchange.core.vocabulary.units import ONE, Rate
from simexchange.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


COIN: Final = "coin"
MARKETS: Final = {"spot": MarketKind.SPOT, "perp": MarketKind.PERPETUAL, COIN: MarketKind.PERPETUAL}


class TierRates(msgspec.Struct, forbid_unknown_fields=True):
    """What one tier pays, as parts of a value; a maker's rebate is below zero."""

    name: str
    maker: str
    taker: str
    buyer: str = "0"
    seller: str = "0"


class FeeFile(msgspec.Struct, forbid_unknown_fields=True):
    """A whole file."""

    rules: str
    """Accounts under these rules can be given the tiers."""
    markets: str
    """Where: spot, perp (derivatives paid in the quote asset) or coin (those paid in coin), dated ones too."""
    date: str
    """Since when, or when it was seen."""
    source: str
    tier: list[TierRates]


def preset() -> list[FeeTable]:
    """The tables that come with the package."""
    folder = resources.files("simexchange").joinpath("presets", "fees")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return [parse(file.read_text(encoding="utf-8"), f"preset {file.name}") for file in files]


def read(paths: Iterable[Path]) -> tuple[FeeTable, ...]:
    """The shipped tables, and those of *paths* in place of or beside them. Raises ConfigError naming file and key."""
    found = {(table.rules, table.kind, table.inverse): table for table in preset()}
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            msg = f"fee file {path}: cannot be read ({error.__class__.__name__}); check the path"
            raise ConfigError(msg) from None
        table = parse(text, f"fee file {path}")
        found[table.rules, table.kind, table.inverse] = table
    return tuple(found.values())


def parse(text: str, name: str) -> FeeTable:
    """The table of one TOML text."""
    try:
        given = msgspec.convert(tomllib.loads(text), FeeFile)
    except tomllib.TOMLDecodeError as error:
        msg = f"{name}: no valid TOML ({error})"
        raise ConfigError(msg) from None
    except msgspec.ValidationError as error:
        msg = f"{name}: {error}; the keys are listed in docs/reference/config.md"
        raise ConfigError(msg) from None
    bundle = BUNDLES.get(given.rules)
    if bundle is None:
        msg = f"{name}: there are no rules {given.rules!r}: {', '.join(BUNDLES)}"
        raise ConfigError(msg)
    if given.markets not in MARKETS:
        msg = f"{name}: markets are spot, perp or coin, not {given.markets!r}"
        raise ConfigError(msg)
    kind = MARKETS[given.markets]
    table = FeeTable(given.rules, kind, given.date, given.source, {}, inverse=given.markets == COIN)
    for tier in given.tier:
        if not tier.name.isalnum() or tier.name in table.tiers:
            msg = f"{name}: a tier's name is letters and digits, and there once: {tier.name!r}"
            raise ConfigError(msg)
        table.tiers[tier.name] = Commission(
            *(Rate(decimal(getattr(tier, key), f"{name}, {tier.name}.{key}")) for key in _RATES)
        )
    discount = ONE
    if bundle.discount_asset and given.markets != COIN:
        discount = bundle.discount_spot if kind is MarketKind.SPOT else bundle.discount_futures
    if not table.sound(discount):
        msg = f"{name}: the greatest rebate of a maker may not exceed the least fee of a taker, nor a fee the value"
        raise ConfigError(msg)
    return table


_RATES = ("maker", "taker", "buyer", "seller")
