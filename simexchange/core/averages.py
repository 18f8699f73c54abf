"""Prices made of trades over a while: the average behind a venue's filters, and the reference price of a price range.

Both are kept in buckets of time, bounded in number, and only for markets whose rules ask for them. (Binance filters.md
and faqs/price_range_execution_rules.md, binance-spot-api-docs 2ae1f34, seen 2026-11.)
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from simexchange.core.vocabulary.orders import BUY, Side
from simexchange.core.vocabulary.units import ONE

if TYPE_CHECKING:
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.ids import MarketNo
    from simexchange.core.vocabulary.markets import Filters

PARTS: Final = 60
"""Into how many buckets the span of an average falls: of five minutes, one every five seconds."""
FINE_COUNT: Final = 10_000
"""Trade counts of the reference price have four decimals, and its sums four more than a price."""

Bucket = list[int]
"""Since when, and two sums: worth (10**-16) and quantity of an average; prices and count of a reference price."""


class Averages:
    """What one market's trades of the last while come to. Changed by state.py only."""

    __slots__ = ("buckets", "count", "given", "part", "prices", "qty", "span", "steps", "width", "window", "worth")

    def __init__(self, span: int = 0, window: int = 0, width: int = 0) -> None:
        self.span = span
        """How far back the average goes; 0: there is none."""
        self.part = span // PARTS
        """How long one bucket of the average is."""
        self.window = window
        """How many buckets of *width* the reference price is made of; 0: it is not made here."""
        self.width = width
        self.buckets: deque[Bucket] = deque()
        self.worth = 0
        self.qty = 0
        self.steps: deque[Bucket] = deque()
        self.prices = 0
        self.count = 0
        self.given = 0
        """The reference price somebody set; it stands before what trades say. 0: nobody did."""

    def trade(self, price: int, qty: int, at: int) -> None:
        """Something traded. What is too old to count is forgotten on the way."""
        if self.span:
            worth = price * qty
            self.worth += worth
            self.qty += qty
            # `_add`, without its call: every trade of nearly every spot market comes here.
            buckets, since = self.buckets, at - at % self.part
            last = buckets[-1] if buckets else None
            if last is not None and last[0] == since:
                last[1] += worth
                last[2] += qty
            else:
                buckets.append([since, worth, qty])
            while buckets[0][0] <= at - self.span:
                _, old_worth, old_qty = buckets.popleft()
                self.worth -= old_worth
                self.qty -= old_qty
        if self.window:
            fine = price * FINE_COUNT
            self.prices += fine
            self.count += FINE_COUNT
            _add(self.steps, at - at % self.width, fine, FINE_COUNT)
            oldest = at - self.window * self.width - self.width
            while self.steps[0][0] <= oldest:
                _, prices, trades = self.steps.popleft()
                self.prices -= prices
                self.count -= trades

    def average(self, at: int, span: int) -> int:
        """Worth by quantity of the trades in the *span* before *at*; 0: there were none, or it is not kept."""
        if not span or span > self.span:
            return 0
        worth, qty, buckets = self.worth, self.qty, self.buckets
        if not buckets or buckets[-1][0] <= at - span:
            # Nothing traded for so long: every order of a quiet market asks.
            return 0
        if buckets[0][0] <= at - span:
            for since, old_worth, old_qty in buckets:
                if since > at - span:
                    break
                worth -= old_worth
                qty -= old_qty
        return worth // qty if qty else 0

    def reference(self, at: int) -> int:
        """The reference price: as set, else the mean of trade prices in the window, each trade counted once.

        Of a bucket that the window's beginning falls into, the part before it does not count. Divisions truncate.
        """
        if self.given:
            return self.given
        cutoff, width = at - self.window * self.width, self.width
        total, count = self.prices, self.count
        for since, prices, trades in self.steps:
            if since >= cutoff:
                break
            # Gone whole, or in part.
            left = since + width - cutoff
            total -= prices - prices * left // width if left > 0 else prices
            count -= trades - trades * left // width if left > 0 else trades
        return total // count if count else 0


def _add(buckets: deque[Bucket], since: int, one: int, other: int) -> None:
    if buckets and buckets[-1][0] == since:
        last = buckets[-1]
        last[1] += one
        last[2] += other
    else:
        buckets.append([since, one, other])


def apply_rules(state: ExchangeState, no: MarketNo) -> None:
    """Keep what the rules of one market ask for: the longest average, and of reference prices the longest window."""
    market = state.markets[no]
    rules = [each.filters for (_, where), each in state.rules.items() if where == no]
    span = max((f.average_span for f in rules), default=0)
    span -= span % PARTS
    windows = [(f.reference_buckets * f.reference_bucket, f.reference_buckets, f.reference_bucket) for f in rules]
    whole, window, width = max(windows, default=(0, 0, 0))
    if not whole:
        window = width = 0
    old = market.averages
    if old is None:
        if span or window:
            market.averages = Averages(span, window, width)
    elif (span, window, width) != (old.span, old.window, old.width):
        market.averages = Averages(span, window, width)
        market.averages.given = old.given


def apply_given(market: MarketState, price: int) -> None:
    """Somebody says what the reference price is."""
    if market.averages is None:
        market.averages = Averages()
    market.averages.given = price


def reference(market: MarketState, filters: Filters, at: int) -> int:
    """What the bands of a spot market are around: its reference price, the average, or the last price."""
    averages = market.averages
    if averages is None:
        return market.last
    if averages.window or averages.given:
        found = averages.reference(at)
        if found:
            return found
    return averages.average(at, filters.average_span) or market.last


def outermost(market: MarketState, filters: Filters, side: Side, limit: int, at: int) -> int:
    """The worst price a taker of *side* with *limit* (0: any) may trade at under the market's price range.

    −1: what stands first in the book is outside already, on the side that is too good. No rule, no reference price or
    no multiplier: nothing is enforced.
    """
    averages = market.averages
    price = 0 if averages is None else averages.reference(at)
    if not price:
        return limit
    up, down = (filters.range_bid_up, filters.range_bid_down)
    if side is not BUY:
        up, down = filters.range_ask_up, filters.range_ask_down
    highest, lowest = price * up // ONE, -(-price * down // ONE)
    best = market.book.opposite(side).best()
    if side is BUY:
        if down and best is not None and best.price < lowest:
            return -1
        return limit if not up or 0 < limit <= highest else max(1, highest)
    if up and best is not None and best.price > highest:
        return -1
    return limit if not down or limit >= lowest else lowest
