"""What a second venue says of the markets that ship: its fees, limits and brackets, for accounts under its rules.

A market file is written in one venue's words, those of `OWN`: its tables hold the market and that venue's rules for it.
What another venue says of the same market is a table of its own, named by the market's id, without the market's facts.
Where it has none, or the market comes from a file of one's own, the market's rules hold under both.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

import msgspec

from simexchange.config import markets
from simexchange.config.markets import FilterTable, TierTable, converted, filters_of, tiers_of
from simexchange.config.words import decimal
from simexchange.core.vocabulary.markets import MarketKind, MarketRules
from simexchange.core.vocabulary.units import Rate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simexchange.config.markets import Listing
    from simexchange.core.vocabulary.markets import Market

OWN: Final = "binance"
"""The rules that market files are written in."""


class RulesTable(msgspec.Struct, forbid_unknown_fields=True):
    """One market under one venue's rules; the keys mean what they mean in a market file."""

    maker: str
    taker: str
    source: str
    liquidation_fee: str = "0"
    default_leverage: int = 20
    delivery_fee: str = ""
    filters: FilterTable = msgspec.field(default_factory=FilterTable)
    tiers: list[TierTable] = []


class RulesFile(msgspec.Struct, forbid_unknown_fields=True):
    """A whole file."""

    rules: str
    date: str
    market: dict[str, RulesTable]


@cache
def preset(rules: str) -> Mapping[str, MarketRules]:
    """What *rules* say of the markets that ship, by market id (of dated contracts: of the series); empty: nothing."""
    folder = resources.files("simexchange").joinpath("presets", "rules")
    file = folder.joinpath(f"{rules}.toml")
    if not file.is_file():
        return {}
    name = f"preset rules/{rules}.toml"
    given = converted(tomllib.loads(file.read_text(encoding="utf-8")), RulesFile, name)
    return {market: _rules(table, f"{name}, {market}", given.date) for market, table in given.market.items()}


def _rules(table: RulesTable, what: str, date: str) -> MarketRules:
    return MarketRules(
        filters=filters_of(table.filters, what),
        maker=Rate(decimal(table.maker, f"{what}.maker")),
        taker=Rate(decimal(table.taker, f"{what}.taker")),
        tiers=tiers_of(table.tiers, what),
        liquidation_fee=Rate(decimal(table.liquidation_fee, f"{what}.liquidation_fee")),
        default_leverage=table.default_leverage,
        source=f"{table.source} ({date})",
        delivery_fee=Rate(decimal(table.delivery_fee, f"{what}.delivery_fee")) if table.delivery_fee else None,
    )


def rules_for(rules: str, market: Market, own: MarketRules) -> MarketRules:
    """What *rules* say of *market*, of which its file says *own*.

    A file of one's own is the word of whoever wrote it, and holds under all rules; so does it that nobody is charged.
    """
    series = market.id.rpartition("-")[0] if market.kind is MarketKind.DATED and market.expiry else market.id
    shipped, found = _shipped().get(series), preset(rules).get(series)
    if rules == OWN or shipped is None or found is None:
        return own
    if own == shipped.rules:
        return found
    return markets.uncharged(found) if own == markets.uncharged(shipped.rules) else own


@cache
def _shipped() -> Mapping[str, Listing]:
    return markets.preset()
