"""Leverage brackets and the formulas over them: maintenance margin, order cost, liquidation and bankruptcy price.

All functions are over plain numbers (10**-8 unless said otherwise); `margin.py` applies them to accounts.
Sources: Binance FAQ b3c689c1 (USDⓈ-M liquidation price), ceccfcfb (COIN-M), 87fa7ee3 (cost to open an order);
seen 2026-11.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core.valuing import profit, value, worth_up
from simexchange.core.vocabulary.markets import Tier
from simexchange.core.vocabulary.units import FINE, ONE, Amount, Rate, ceil_to, div_up, div_zero, floor_to

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simexchange.core.vocabulary.markets import Market

Leg = tuple[int, int]
"""(signed quantity, entry cost at 10**-16 signed as the quantity)."""
Ratio = tuple[int, int]
"""A fraction, its lower part above zero."""

FREE = (Tier(Amount(0), Amount(0), 1, Rate(0), Amount(0)),)
"""The bracket of rules that have none: nothing need be maintained."""


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


def open_loss(side: int, price: int, qty: int, mark: int, spec: Market | None = None) -> int:
    """What an order of *qty* at *price* has lost at birth, *side* +1 or −1: never below zero.

    Of a linear market where no *spec* is given.
    """
    if spec is None or not spec.inverse:
        return max(0, div_up(qty * side * (price - mark), ONE))
    return max(0, div_up(-profit(spec, value(spec, price, qty * side), value(spec, mark, qty * side)), ONE))


def order_cost(
    side: int, price: int, qty: int, mark: int, leverage: int, spec: Market | None = None, margined_at: int = 0
) -> tuple[int, int]:
    """What opening *qty* at *price* costs: its initial margin, and the loss at birth.

    The margin is reckoned at *margined_at* where that is given, which is the dated part: `costing`. Of a linear
    market where no *spec* is given. (Binance FAQ 87fa7ee3.)
    """
    at = margined_at or price
    worth = div_up(at * qty, ONE) if spec is None else worth_up(spec, at, qty)
    return initial(worth, leverage), open_loss(side, price, qty, mark, spec)


def reserved_cost(side: int, price: int, qty: int, leverage: int, taker: int) -> int:
    """What an order costs where the fee to open it and the fee to close it at its bankruptcy price are put aside, too.

    Of linear contracts, rate *taker*. (Bybit help, "Order Cost (USDT Contract)", seen 2026-11.)
    """
    worth = div_up(price * qty, ONE)
    margin = initial(worth, leverage)
    gone = linear_bankruptcy_price(price, margin, qty * side, 1)
    return margin + div_up(worth * taker, ONE) + div_up(gone * qty * taker, FINE)


def liquidation_bounds(
    backing: int, legs: Sequence[Leg], tiers: Sequence[Tier], mark: int, contract: int = 0, share: int = ONE
) -> tuple[int, int] | None:
    """The prices around *mark* at or beyond which *legs* need more than they and *backing* are worth: (lower, upper).

    0 stands for a side without such a price. Rounded outward: lower < price < upper surely holds enough. None where
    *mark* itself does not. *backing* is what `linear_liquidation_price` says it is; *contract* is the contract size
    of an inverse market, whose costs and *backing* are coin, and 0 of a linear one. With a *share*, that part of what
    they are worth is to be enough.
    """
    around = (ONE, mark) if contract else (mark, 1)
    for low, high in _enough(backing, legs, tiers, contract, share):
        if _below(low, around) and (high is None or _below(around, high)):
            if contract:
                return (ONE * high[1] // high[0] if high else 0), (div_up(ONE * low[1], low[0]) if low[0] else 0)
            return low[0] // low[1], (div_up(*high) if high else 0)
    return None


def linear_liquidation_price(
    backing: int, legs: Sequence[Leg], tiers: Sequence[Tier], mark: int = 0, share: int = ONE
) -> int:
    """The price at which *backing* + profit of *legs* equals their maintenance margin; 0 where there is none.

    With a *share*, at which that part of what there is equals it: 0.8 for the price of a margin call.

    *backing* is the wallet less the other contracts' maintenance margin plus their unrealised profit. Each leg's
    bracket is the one that contains its worth at the answer, so brackets are tried, not iterated (an iteration can
    go back and forth at an edge). A position of one side has at most one such price. Both sides of one market can
    have one below and one above, and may have it only where one would not look for it: the nearest to *mark* is
    given, without a mark the lower. Toward zero.
    """
    for low, high in _enough(backing, legs, tiers, share=share):
        return _nearest(low[0] // low[1], high[0] // high[1] if high else 0, mark)
    return 0


def inverse_liquidation_price(
    backing: int, legs: Sequence[Leg], tiers: Sequence[Tier], mark: int = 0, share: int = ONE
) -> int:
    """The same for coin-margined contracts: quantities are USD worth (contracts × size), costs and *backing* coin.

    Costs are signed as the quantity, at 10**-16. A short at 1x has no liquidation price: 0.
    """
    for low, high in _enough(backing, legs, tiers, ONE, share):
        return _nearest(ONE * high[1] // high[0] if high else 0, ONE * low[1] // low[0] if low[0] else 0, mark)
    return 0


def _nearest(lower: int, upper: int, mark: int) -> int:
    if lower and upper and mark:
        return lower if abs(mark - lower) <= abs(upper - mark) else upper
    return lower or upper


def _enough(
    backing: int, legs: Sequence[Leg], tiers: Sequence[Tier], contract: int = 0, share: int = ONE
) -> Iterator[tuple[Ratio, Ratio | None]]:
    """The open intervals of x in which *backing* and the profit of *legs* are above their maintenance margin, exact.

    Or *share* of them is.

    x is the price of linear contracts and 10**8 ÷ price of inverse ones, which lose value as x rises: so a position's
    worth, profit and maintenance are straight lines in x between two edges of brackets. With brackets that make the
    margin continuous it is convex in x, and there is one interval at most.
    """
    by = -contract or 1
    sign = -1 if contract else 1
    held = [(by * qty, sign * cost) for qty, cost in legs if qty]
    start: Ratio | None = None
    stretches = _stretches_of_one if len(held) == 1 else _stretches
    for left, right, height, rise in stretches(backing, held, tiers or FREE, share):
        if height * left[1] + rise * left[0] > 0:
            start = start or left
        elif start is not None:
            yield start, left
            start = None
        if rise == 0 or (start is None) != (rise > 0):
            continue
        root = (-height, rise) if rise > 0 else (height, -rise)
        if right is not None and root[0] * right[1] >= right[0] * root[1]:
            continue
        if start is None:
            start = root
        else:
            yield start, root
            start = None
    if start is not None:
        yield start, None


def _stretches(
    backing: int, held: Sequence[Leg], tiers: Sequence[Tier], share: int
) -> Iterator[tuple[Ratio, Ratio | None, int, int]]:
    """Stretches of x from zero up in which every leg stays in one bracket: (left, right, height, rise).

    The right end belongs to the next stretch; the last has none. On it *share* of the equity less maintenance is
    height + rise × x, at 10**-24.
    """
    fixed = (backing * ONE - sum(cost for _, cost in held)) * share
    slope = sum(qty for qty, _ in held) * share
    last = len(tiers) - 1
    places = [0] * len(held)
    left: Ratio = (0, 1)
    while True:
        height, rise = fixed, slope
        right: Ratio | None = None
        for (qty, _), place in zip(held, places, strict=True):
            tier, size = tiers[place], abs(qty)
            height += tier.cum * FINE
            rise -= size * tier.maintenance_rate
            # What is worth less than a unit above the cap is still in the bracket: worth is rounded down.
            if place < last and (right is None or _below(((tier.cap + 1) * ONE, size), right)):
                right = ((tier.cap + 1) * ONE, size)
        yield left, right, height, rise
        if right is None:
            return
        for i, (qty, _) in enumerate(held):
            if places[i] < last and not _below(right, ((tiers[places[i]].cap + 1) * ONE, abs(qty))):
                places[i] += 1
        left = right


def _stretches_of_one(
    backing: int, held: Sequence[Leg], tiers: Sequence[Tier], share: int
) -> Iterator[tuple[Ratio, Ratio | None, int, int]]:
    """The same for one leg, whose stretches are its brackets: nearly every pool has but one."""
    ((qty, cost),) = held
    size, fixed, last = abs(qty), (backing * ONE - cost) * share, tiers[-1]
    left: Ratio = (0, 1)
    for tier in tiers:
        right = None if tier is last else ((tier.cap + 1) * ONE, size)
        yield left, right, fixed + tier.cum * FINE, qty * share - size * tier.maintenance_rate
        if right is not None:
            left = right


def _below(a: Ratio, b: Ratio) -> bool:
    return a[0] * b[1] < b[0] * a[1]


def bankruptcy_price(spec: Market, mark: int, equity: int, qty: int) -> int:
    """Where a position alone would have eaten *equity*, the margin balance of its pool at *mark*.

    To the tick in favour of its holder, a long's up and a short's down: a takeover never leaves less than nothing. A
    short of inverse contracts whose equity no price can eat (1x and below) gets the highest price told of.
    """
    if not spec.inverse:
        return linear_bankruptcy_price(mark, equity, qty, spec.tick)
    now = value(spec, mark, qty)
    # A long is worth so much more coin there, a short so much less.
    then = abs(now) + (equity if qty > 0 else -equity) * ONE
    if then <= 0:
        return max(mark * UNREACHABLE - mark * UNREACHABLE % spec.tick, spec.tick)
    size = abs(qty) * spec.contract_size * ONE
    price = ceil_to(div_up(size, then), spec.tick) if qty > 0 else floor_to(size // then, spec.tick)
    return max(price, spec.tick)


UNREACHABLE = 1_000


def linear_bankruptcy_price(mark: int, equity: int, qty: int, tick: int) -> int:
    """The same of a linear contract."""
    price = mark - div_zero(equity * ONE, qty) if qty > 0 else mark + div_zero(equity * ONE, -qty)
    price = price + -price % tick if qty > 0 else price - price % tick
    return max(price, tick)


def price_in(backing: int, legs: Sequence[Leg], held_in: Sequence[Tier], contract: int = 0) -> int:
    """The liquidation price if each of *legs* were in its bracket of *held_in*, whatever it is worth there.

    Toward zero; 0 where equity and maintenance meet at no price above zero. *backing* and *contract* as in
    `liquidation_bounds`. One of these is the answer of the two above, unless that is at the edge of a bracket.
    """
    cost = sum(each for _, each in legs)
    credit = sum(tier.cum for tier in held_in) + backing
    turned = sum(abs(qty) * tier.maintenance_rate for (qty, _), tier in zip(legs, held_in, strict=True))
    worth = sum(qty for qty, _ in legs) * ONE
    if contract:
        # 1 ÷ price is where the lines of coin meet: see `_enough`.
        above, below = worth + turned, credit * ONE + cost
    else:
        above, below = cost - credit * ONE, worth - turned
    if below < 0:
        above, below = -above, -below
    return above * ONE // below if below and above > 0 else 0
