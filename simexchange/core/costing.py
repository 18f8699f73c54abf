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
from simexchange.core.vocabulary.units import ONE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simexchange.core.accounts import Account
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.orders import Side

OWN_PRICE = CostRule()
"""The rule of bundles that name none."""


def rules_of(state: ExchangeState, account: Account) -> tuple[CostRule, ...]:
    """The rules of *account*'s venue."""
    bundle = state.bundles.get(account.rules)
    return () if bundle is None else bundle.cost_rules


def rule_at(rules: Sequence[CostRule], at: int) -> CostRule:
    """The latest of *rules*, which are in order of their instants, that has begun."""
    for rule in reversed(rules):
        if rule.since <= at:
            return rule
    return OWN_PRICE


def short_rules(state: ExchangeState) -> dict[str, tuple[CostRule, ...]]:
    """The rules of bundles whose sells are ever reckoned at another price than their own, by bundle."""
    return {
        name: bundle.cost_rules
        for name, bundle in state.bundles.items()
        if any(rule.short_last for rule in bundle.cost_rules)
    }


def market_price(market: MarketState, side: Side, rules: Sequence[CostRule], at: int) -> int:
    """The price a market order is taken to trade at, rounded down; with an empty book the mark."""
    best = market.book.opposite(side).best()
    if best is None:
        return price_of(market)
    rule = rule_at(rules, at)
    factor = rule.market_buy if side is BUY else rule.market_sell
    return best.price * factor // ONE


def least_price(market: MarketState, side: Side, rules: Sequence[CostRule], at: int) -> int:
    """The least price that the initial margin of an order is reckoned at; 0: its own, whatever that is."""
    return least_of_sell(market, rules, at) if side is SELL and rules and not market.inverse else 0


def least_of_sell(market: MarketState, rules: Sequence[CostRule], at: int) -> int:
    """`least_price` of a sell in a linear market, asked of every one: `price_of` and `div_up` are written out.

    The odd unit counts against its owner.
    """
    rule = rules[-1]
    if rule.since > at:
        rule = rule_at(rules, at)
    rate, last = rule.short_last, market.last
    if not rate:
        return 0
    above, mark = -(-last * rate // ONE), market.mark or last
    return above if above > mark else mark  # noqa: FURB136 - `max` takes twice as long
