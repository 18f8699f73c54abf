"""Leverage brackets and the formulas over them: maintenance margin, order cost, liquidation and bankruptcy price.

All functions are over plain numbers (10**-8 unless said otherwise); `margin.py` applies them to accounts.
Sources: Binance FAQ b3c689c1 (USDⓈ-M liquidation price), ceccfcfb (COIN-M), 87fa7ee3 (cost to open an order);
seen 2026-11.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from simexchange.core.vocabulary.units import ONE, div_up, div_zero

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simexchange.core.vocabulary.markets import Tier

Leg = tuple[int, int]
"""(signed quantity, entry cost at 10**-16 signed as the quantity)."""


def tier_of(tiers: Sequence[Tier], worth: int) -> Tier:
    """The bracket whose (floor, cap] contains *worth*; the last one above all."""
    for tier in tiers:
        if worth <= tier.cap:
            return tier
    return tiers[-1]


def maintenance(tiers: Sequence[Tier], worth: int) -> int:
    """Maintenance margin of a position worth *worth*. The odd unit counts against the holder."""
    if not tiers or not worth:
        return 0
    tier = tier_of(tiers, worth)
    return div_up(worth * tier.maintenance_rate, ONE) - tier.cum


def cap_at(tiers: Sequence[Tier], leverage: int) -> int:
    """The most that may be held at *leverage*: the largest cap whose bracket still offers it."""
    caps = [tier.cap for tier in tiers if tier.max_leverage >= leverage]
    return max(caps, default=0)


def cumulative(rows: Sequence[tuple[int, int]]) -> list[int]:
    """Maintenance amounts of brackets given as (floor, rate): each makes the margin continuous at its floor."""
    found: list[int] = []
    for i, (floor, rate) in enumerate(rows):
        found.append(found[-1] + floor * (rate - rows[i - 1][1]) // ONE if i else 0)
    return found


def initial(worth: int, leverage: int) -> int:
    """Initial margin of *worth* at *leverage*. The odd unit counts against the holder."""
    return div_up(worth, leverage)


def liquidation_fee(sold: int, rate: int, left: int) -> int:
    """The fee on *sold* worth of a liquidated position: never more than the *left* margin balance, never below zero.

    What backs the rest of the position is not the exchange's to take (money rule L3).
    """
    return min(sold * rate // ONE, max(0, left))


def open_loss(side: int, price: int, qty: int, mark: int) -> int:
    """What an order of *qty* at *price* has lost at birth, *side* +1 or −1: never below zero."""
    return max(0, div_up(qty * side * (price - mark), ONE))


def order_cost(side: int, price: int, qty: int, mark: int, leverage: int) -> int:
    """Cost of opening *qty* at *price*: initial margin plus the loss at birth.

    The text of Binance's page up to 2024-11 (initial margin at the order's own price, both ways). A later text has
    shorts assume max(last × 1.0015, mark, price); its open-loss line was not to be read, so it is not used.
    """
    return initial(div_up(price * qty, ONE), leverage) + open_loss(side, price, qty, mark)


def linear_liquidation_price(backing: int, legs: Sequence[Leg], tiers: Sequence[Tier]) -> int:
    """The price at which *backing* + profit of *legs* equals their maintenance margin; 0 where there is none.

    *backing* is the wallet less the other contracts' maintenance margin plus their unrealised profit. Each leg's
    bracket is the one that contains its worth at the answer, so brackets are tried, not iterated (an iteration can
    go back and forth at an edge). For a one-sided position the answer is unique; the nearest to zero is given else.
    """
    held = [leg for leg in legs if leg[0]]
    for choice in product(tiers, repeat=len(held)):
        above = backing * ONE
        below = 0
        for (qty, cost), tier in zip(held, choice, strict=True):
            above += tier.cum * ONE - cost
            below += abs(qty) * tier.maintenance_rate - qty * ONE
        if not below:
            continue
        price = div_zero(above * ONE, below) if below > 0 else div_zero(-above * ONE, -below)
        if price > 0 and all(
            _within(abs(qty) * price // ONE, tier, tiers) for (qty, _), tier in zip(held, choice, strict=True)
        ):
            return price
    return 0


def inverse_liquidation_price(backing: int, legs: Sequence[Leg], tiers: Sequence[Tier]) -> int:
    """The same for coin-margined contracts: quantities are USD worth (contracts × size), costs and *backing* coin.

    Costs are signed as the quantity, at 10**-16. A short at 1x has no liquidation price: 0.
    """
    held = [leg for leg in legs if leg[0]]
    for choice in product(tiers, repeat=len(held)):
        above = 0
        below = backing * ONE
        for (worth, cost), tier in zip(held, choice, strict=True):
            above += abs(worth) * tier.maintenance_rate + worth * ONE
            below += tier.cum * ONE + cost
        if not below:
            continue
        price = div_zero(above * ONE, below) if below > 0 else div_zero(-above * ONE, -below)
        if price > 0 and all(
            _within(abs(worth) * ONE // price, tier, tiers) for (worth, _), tier in zip(held, choice, strict=True)
        ):
            return price
    return 0


def _within(worth: int, tier: Tier, tiers: Sequence[Tier]) -> bool:
    return tier_of(tiers, worth) is tier


def linear_bankruptcy_price(mark: int, equity: int, qty: int, tick: int) -> int:
    """Where the position alone would have eaten *equity* (margin balance at *mark*).

    To the tick in favour of its holder, a long's up and a short's down: a takeover never leaves less than nothing.
    """
    price = mark - div_zero(equity * ONE, qty) if qty > 0 else mark + div_zero(equity * ONE, -qty)
    price = price + -price % tick if qty > 0 else price - price % tick
    return max(price, tick)
