"""The ladder: where its orders stand around a price, and how much there is at each."""

from typing import Final

import msgspec

from simexchange.core.vocabulary.levels import Levels
from simexchange.core.vocabulary.markets import Market
from simexchange.core.vocabulary.units import ONE, Amount, Nanos, Price, Quantity, Rate, ceil_to, floor_to

NEVER_REFILLED: Final = Nanos(-1)


class LadderSettings(msgspec.Struct, frozen=True, kw_only=True):
    """A still market. One account of class HOUSE per market offers the same sizes at the same distances on both sides.

    Nothing is drawn by chance, nobody trades by himself, and what is taken comes back: so a fill depends on the
    order and on the price, and on nothing that happened before.
    """

    prices: tuple[tuple[str, Price], ...] = (
        ("BTC-USDT", Price(60_000 * ONE)),
        ("ETH-USDT", Price(3_000 * ONE)),
        ("BNB-USDT", Price(600 * ONE)),
    )
    """Each index and where it begins; markets that follow another one, or none, stay empty."""
    levels: int = 10
    gap: Rate = Rate(10_000)
    """Between two prices of a side, as a part of the price; at least a tick."""
    worth: Amount = Amount(600_000 * ONE)
    """Of each level, at the price the index begins with: 10 BTC, 200 ETH, 1,000 BNB."""
    refill: Nanos = Nanos(0)
    """How long after it was taken something comes back: 0, before anybody else's turn; `NEVER_REFILLED`."""


def index_of(market: Market) -> str:
    """The index a market is quoted by: the one it follows, or that of its pair."""
    return market.index or f"{market.base}-{market.quote}"


def level_size(market: Market, price: int, worth: int) -> Quantity:
    """How much stands at each price; at least one step."""
    size = worth * ONE // market.contract_size if market.inverse else worth * ONE // price
    return Quantity(max(floor_to(size, market.step), market.step))


def rungs(
    market: Market, settings: LadderSettings, index: int, premium: int, spread: int, size: int
) -> tuple[Levels, Levels, int]:
    """Bids, asks and what is between them, for a market whose index stands at *index*.

    With a premium above zero the best bid, below zero the best ask, is the index × (1 + premium): so the premium index
    is what was asked for, to a tick. No size means no ladder.
    """
    tick = market.tick
    middle = index * (ONE + premium) // ONE
    half = max(tick, ceil_to(middle * spread // (2 * ONE), tick))
    bid, ask = floor_to(middle - half, tick), ceil_to(middle + half, tick)
    if premium > 0:
        bid = floor_to(middle, tick)
        ask = bid + 2 * half
    elif premium < 0:
        ask = ceil_to(middle, tick)
        bid = ask - 2 * half
    between = floor_to((bid + ask) // 2, tick)
    if size <= 0:
        return Levels.of(()), Levels.of(()), between
    gap = max(tick, floor_to(middle * settings.gap // ONE, tick))
    places = range(settings.levels)
    bids = [(bid - place * gap, size) for place in places if bid - place * gap > 0]
    return Levels.of(bids), Levels.of((ask + place * gap, size) for place in places), max(tick, between)
