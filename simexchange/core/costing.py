"""At which price the cost of a new order is reckoned: what a venue's pages say, each text from its date on.

Binance FAQ 87fa7ee3 ("cost to open"): the text up to 2024-11 takes a limit order's own price, a market buy's best ask
× 1.0005 and a market sell's best bid. The text of 2026-01-05 has shorts assume max(last × 1.0015, mark, price); its
lines about open loss and market orders were not to be read, so those stay as they were. Seen 2026-11. That page is of
USDⓈ-M: inverse contracts take an order's own price.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core.margin import price_of
from simexchange.core.vocabulary.markets import CostRule
from simexchange.core.vocabulary.orders import BUY, SELL
from simexchange.core.vocabulary.units import ONE, div_up

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simexchange.core.accounts import Account
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.orders import Side

OWN_PRICE = CostRule()
"""The rule of bundles that name none."""


def rule_of(state: ExchangeState, account: Account, at: int) -> CostRule:
    """The rule that holds for *account* at the instant *at*."""
    bundle = state.bundles.get(account.rules)
    return OWN_PRICE if bundle is None else rule_at(bundle.cost_rules, at)


def rule_at(rules: Sequence[CostRule], at: int) -> CostRule:
    """The latest of *rules*, which are in order of their instants, that has begun."""
    for rule in reversed(rules):
        if rule.since <= at:
            return rule
    return OWN_PRICE


def short_rules(state: ExchangeState) -> bool:
    """Whether anybody's sells are ever reckoned at another price than their own."""
    return any(rule.short_last for bundle in state.bundles.values() for rule in bundle.cost_rules)


def market_price(market: MarketState, side: Side, rule: CostRule) -> int:
    """The price a market order is taken to trade at, rounded down; with an empty book the mark."""
    best = market.book.opposite(side).best()
    if best is None:
        return price_of(market)
    factor = rule.market_buy if side is BUY else rule.market_sell
    return best.price * factor // ONE


def least_price(market: MarketState, side: Side, rule: CostRule) -> int:
    """The least price that the initial margin of an order is reckoned at; 0: its own, whatever that is.

    The odd unit counts against its owner.
    """
    if side is not SELL or not rule.short_last or market.inverse:
        return 0
    return max(price_of(market), div_up(market.last * rule.short_last, ONE))
