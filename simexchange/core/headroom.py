"""How far the marks of a pool's markets may go before the pool has to be looked at.

Two ways to the same kind of answer. `bounds` takes whatever a pool may hold: both sides of a market, inverse contracts,
brackets that jump. `lines` is for what nearly every pool holds, one position per linear market under brackets that
follow on one another: there, as long as every position stays in its bracket, what the pool can spare is one straight
line per mark, which costs a product and a sum to look up; the straight lines are drawn once and kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from simexchange.core import margin, valuing
from simexchange.core.brackets import FREE, liquidation_bounds, maintenance
from simexchange.core.vocabulary.ids import market_of
from simexchange.core.vocabulary.units import FINE, ONE, div_up

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simexchange.core.accounts import Account
    from simexchange.core.brackets import Leg
    from simexchange.core.margin import PoolName
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.ids import MarketNo, PositionKey
    from simexchange.core.vocabulary.markets import Tier

Bounds = tuple["MarketNo", int, int]
"""A market, and the marks at or below and at or above which a pool is to be looked at; 0: none."""
Way = tuple["MarketState", list[int], int, int, int, int, int, int, int]
"""What goes for every position of one side of a market in one bracket, which is a straight line in its mark:
(market, rows, side, floor, cap, gain, scale, room, limit).

rows: where its bounds are put down. side: the sign of the marks at which it loses, −1 of a long and +1 of a short. It
is in the bracket while floor < its worth <= cap, both at 10**-16; on the side where it loses it is out of it where
side × mark × size > limit. gain: what each 10**-16 it is worth adds to what the pool can spare, at 10**-24. scale: what
it counts for in the shares. room: by how much of itself its mark may move for each part of all that the pool counts
which the pool can spare; both parts at 2**-PART.
"""
Line = tuple[int, Way]
"""A position: its size, and its way."""
PART = 40
"""Fractions of a mark are at 2**-40, and cut: a bound is nearer by less than a ten-millionth of a percent."""
LOWER, UPPER = -1, 1
FAR = 1 << 200
"""More than anything is worth."""


class Brackets(NamedTuple):
    """The leverage brackets of a market for those whose alarm is at *part* of their equity."""

    tiers: Sequence[Tier]
    part: int
    even: tuple[tuple[int, int, Way, Way], ...]
    """(cap at 10**-16, cum at 10**-24, the way of a long, that of a short) of each; none where lines do not fit."""


def brackets_of(
    market: MarketState, tiers: Sequence[Tier], part: int, rows: Callable[[MarketNo, int], list[int]]
) -> Brackets:
    """*tiers* made ready for lines; *rows* tells where the bounds of one side of a market are kept.

    Lines fit if rates rise from bracket to bracket, the margin is the same on both sides of a cap, and what gains
    frees more than it needs: then what a pool can spare only ever grows where a position gains, whatever brackets it
    goes through, and a line need only be left on the side where it loses.
    """
    found: list[tuple[int, int, Way, Way]] = []
    lower, upper = rows(market.no, LOWER), rows(market.no, UPPER)
    floor = rate = cum = 0
    for tier in tiers or FREE:
        last = tier is (tiers or FREE)[-1]
        follows = floor * (tier.maintenance_rate - rate) == (tier.cum - cum) * ONE and (last or tier.cap > floor)
        if market.inverse or not follows or not rate <= tier.maintenance_rate < part:
            return Brackets(tiers, part, ())
        rate, cum = tier.maintenance_rate, tier.cum
        low, high = floor * ONE, FAR if last else tier.cap * ONE
        scale = ONE + rate
        long = (market, lower, LOWER, low, high, part - rate, scale, (scale << PART) // (part - rate), -low - 1)
        short = (market, upper, UPPER, low, high, -part - rate, scale, (scale << PART) // (part + rate), high)
        found.append((high, cum * FINE, long, short))
        floor = tier.cap
    return Brackets(tiers, part, tuple(found))


def allowance(part: int) -> int:
    """The roundings of one position, in units of equity: of its profit, of its maintenance, and of what backs it."""
    return 2 + div_up(ONE, part)


def lines(
    state: ExchangeState,
    account: Account,
    name: PoolName,
    keys: Sequence[PositionKey],
    brackets: Callable[[Account, MarketNo], Brackets],
) -> tuple[int, tuple[Line, ...]]:
    """A pool as straight lines: (what it can spare with every mark at nothing, at 10**-24; its positions).

    Roundings are taken off. No positions where it cannot be told so: see above.
    """
    found: list[Line] = []
    part = margin.alarm(state, account)
    fixed = (account.free(*name) - allowance(part) * len(keys)) * ONE * part
    if account.reserves or (len(keys) > 1 and len({market_of(key) for key in keys}) < len(keys)):
        return 0, ()
    for key in keys:
        no = market_of(key)
        mark, position = state.markets[no].mark, account.positions[key]
        size, even = abs(position.qty), brackets(account, no).even
        if not mark or not size or not even:
            return 0, ()
        _, cum, long, short = next(row for row in even if size * mark <= row[0])
        fixed += cum - position.cost * part
        found.append((size, long if position.qty > 0 else short))
    return fixed, tuple(found)


def bounds(state: ExchangeState, account: Account, name: PoolName, keys: Sequence[PositionKey]) -> tuple[Bounds, ...]:
    """Between which marks a pool surely holds enough, for each market it has positions in; empty: nowhere."""
    legs: dict[MarketNo, list[Leg]] = {}
    brackets: dict[MarketNo, Sequence[Tier]] = {}
    part, apart = margin.alarm(state, account), 0
    for key in keys:
        position, no = account.positions[key], market_of(key)
        legs.setdefault(no, []).append((position.qty, position.cost))
        # Those of one market with cross margin, and one of its own margin: all have the same.
        brackets[no], constant = margin.upkeep(state, account, state.markets[no], key)
        apart += constant
    cash = account.free(*name) - div_up(apart * ONE, part)
    backing = dict.fromkeys(legs, cash) if len(legs) == 1 else _shares(state, legs, brackets, cash, part)
    rounded = allowance(part)
    found = []
    for no, held in legs.items():
        market = state.markets[no]
        mark = margin.price_of(market)
        if no not in backing or not mark:
            return ()
        contract = market.spec.contract_size if market.inverse else 0
        tiers = brackets[no]
        between = liquidation_bounds(backing[no] - rounded * len(held), held, tiers, mark, contract, part)
        if between is None:
            return ()
        found.append((no, *between))
    return tuple(found)


def _shares(
    state: ExchangeState,
    legs: dict[MarketNo, list[Leg]],
    brackets: dict[MarketNo, Sequence[Tier]],
    cash: int,
    part: int,
) -> dict[MarketNo, int]:
    """What backs each market if each may use up its share of what is spare; empty where nothing is.

    Spare is by what *part* of the equity exceeds maintenance.

    Shares go by what a market can take from the pool while its mark moves by a part of itself: what it is worth
    net, and its maintenance. Equal parts would leave the smallest position room that the largest needs.
    """
    spare = cash * part
    gains: dict[MarketNo, int] = {}
    weights: dict[MarketNo, int] = {}
    for no, held in legs.items():
        market = state.markets[no]
        spec, mark = market.spec, market.mark
        if not mark:
            # Valued at its last trade, which moves without a word to the index.
            return {}
        tiers = brackets[no]
        gain = net = maintained = 0
        for qty, cost in held:
            worth = valuing.worth(spec, mark, qty)
            needed = maintenance(tiers, worth)
            gain += valuing.unrealised(spec, qty, cost, mark) * part - needed * ONE
            net += worth if qty > 0 else -worth
            maintained += needed
        gains[no] = gain
        weights[no] = abs(net) + maintained + 1
        spare += gain
    if spare <= 0:
        return {}
    total = sum(weights.values())
    return {no: (spare * weight // total - gains[no]) // part for no, weight in weights.items()}
