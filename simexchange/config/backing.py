"""What backs positions beside own cash of their asset: pooled assets and bonus money, from the shipped tables.

TOML, each with a date and a source.
"""

from __future__ import annotations

import tomllib
from importlib import resources

import msgspec

from simexchange.config.words import decimal
from simexchange.core.vocabulary.bonuses import BonusPolicy
from simexchange.core.vocabulary.markets import Collateral
from simexchange.core.vocabulary.units import Amount, Rate


class AssetTable(msgspec.Struct, forbid_unknown_fields=True):
    """One asset; see `Collateral` for what the figures mean."""

    asset: str
    index: str
    bid_buffer: str
    ask_buffer: str
    exchange_bid_buffer: str
    exchange_ask_buffer: str
    exchange_threshold: str = "0"
    ratio: str = "1"


class CollateralFile(msgspec.Struct, forbid_unknown_fields=True):
    """A whole file."""

    rules: str
    """Of which rules it is."""
    exchange: str
    """in_proportion, or in_order of the assets."""
    exchange_ltv: str
    date: str
    source: str
    asset: list[AssetTable]


class Terms(msgspec.Struct, frozen=True):
    """What a bundle says of pooled assets."""

    collateral: tuple[Collateral, ...]
    exchange: str
    exchange_ltv: Rate


def preset(name: str) -> Terms:
    """The table *name* that comes with the package."""
    file = resources.files("simexchange").joinpath("presets", "collateral", f"{name}.toml")
    found = msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), CollateralFile)
    where = f"preset {name}.toml"
    source = f"{found.source}, seen {found.date}"
    return Terms(
        tuple(_asset(row, where, source) for row in found.asset), found.exchange,
        Rate(decimal(found.exchange_ltv, f"{where}: exchange_ltv")),
    )  # fmt: skip


class BonusTable(msgspec.Struct, forbid_unknown_fields=True):
    """One venue's bonus money; see `BonusPolicy` for what is meant."""

    wallets: list[str]
    losses: bool
    fees: bool
    funding: bool
    forfeited: bool
    date: str
    source: str


def bonus(name: str) -> BonusPolicy:
    """What *name*'s rules say of bonus money. Raises KeyError where nothing is known of that venue."""
    file = resources.files("simexchange").joinpath("presets", "bonuses.toml")
    found = msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), dict[str, BonusTable])[name]
    return BonusPolicy(
        tuple(found.wallets), found.losses, found.fees, found.funding, found.forfeited,
        f"{found.source}, seen {found.date}",
    )  # fmt: skip


def _asset(row: AssetTable, where: str, source: str) -> Collateral:
    what = f"{where}: {row.asset}"
    return Collateral(
        row.asset, row.index, Rate(decimal(row.bid_buffer, what)), Rate(decimal(row.ask_buffer, what)),
        Rate(decimal(row.ratio, what)), Rate(decimal(row.exchange_bid_buffer, what)),
        Rate(decimal(row.exchange_ask_buffer, what)), Amount(decimal(row.exchange_threshold, what)), source,
    )  # fmt: skip
