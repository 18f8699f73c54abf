"""Statistics of a synthetic market, as docs/explanation/synthetic-market.md reports them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.commands import Command
from simexchange.core.vocabulary.events import CommandRefused, Event, OrderRejected, TradeExecuted
from simexchange.core.vocabulary.orders import AccountClass
from simexchange.core.vocabulary.units import SECOND, Nanos
from simexchange.feeds.synthetic import SyntheticState

YEAR_OF_MINUTES = 365 * 1440


@dataclass
class MarketSeries:
    """What was seen of one market."""

    mids: list[int] = field(default_factory=list)
    """Once a second."""
    spreads: list[float] = field(default_factory=list)
    """In basis points, once a second."""
    signs: list[int] = field(default_factory=list)
    sign_minutes: list[int] = field(default_factory=list)
    looks: int = 0
    crossed: int = 0
    shallow: int = 0
    """Instants with fewer than five levels on a side."""
    volume: int = 0
    quote: int = 0


class Watcher:
    """Looks at every market after every step of the feed."""

    def __init__(self, state: ExchangeState) -> None:
        self.state = state
        self.series = {no: MarketSeries() for no in state.markets}
        self.agitations: list[list[float]] = []
        """Per second: the volatility of each index against its base."""
        self.indexes: list[list[int]] = []
        """Per second: the price of each index."""
        self.operations = 0
        self.refused: list[Event] = []
        self._second = 0

    def listen(self, at: Nanos, command: Command, events: Sequence[Event]) -> None:
        self.operations += 1
        for event in events:
            if isinstance(event, TradeExecuted):
                series = self.series[event.market]
                series.signs.append(int(event.aggressor))
                series.sign_minutes.append(at // (60 * SECOND))
                series.volume += event.qty
                series.quote += event.quote
            elif isinstance(event, OrderRejected | CommandRefused):
                account = self.state.accounts.get(event.account)
                if account is None or account.account_class is AccountClass.AGENT:
                    self.refused.append(event)

    def look(self, at: Nanos, feed_state: SyntheticState) -> None:
        new_second = at // SECOND != self._second
        self._second = at // SECOND
        if new_second:
            self.agitations.append([index.agitation for index in feed_state.indexes])
            self.indexes.append([index.price for index in feed_state.indexes])
        for no, series in self.series.items():
            book = self.state.markets[no].book
            bid, ask = book.best_bid(), book.best_ask()
            series.looks += 1
            series.crossed += bool(bid and ask and bid >= ask)
            series.shallow += min(len(book.bids.levels), len(book.asks.levels)) < 5
            if new_second:
                series.mids.append((bid + ask) // 2)
                series.spreads.append((ask - bid) / ask * 10_000)


def returns(mids: Sequence[int], every: int) -> list[float]:
    """Log returns over *every* samples."""
    picked = mids[::every]
    return [math.log(after / before) for before, after in pairwise(picked)]


def autocorrelation(values: Sequence[float], lag: int) -> float:
    mean = math.fsum(values) / len(values)
    variance = math.fsum((value - mean) ** 2 for value in values)
    return math.fsum((a - mean) * (b - mean) for a, b in zip(values, values[lag:], strict=False)) / variance


def overlapping_autocorrelation(mids: Sequence[int], every: int) -> float:
    """Lag-1 autocorrelation of returns over *every* samples, over every possible start: a third less sampling error."""
    logs = [math.log(mid) for mid in mids]
    moves = [after - before for before, after in zip(logs, logs[every:], strict=False)]
    products = [a * b for a, b in zip(moves, moves[every:], strict=False)]
    return (math.fsum(products) / len(products)) / (math.fsum(move * move for move in moves) / len(moves))


def yearly(moves: Sequence[float], per_year: float) -> float:
    """Standard deviation of *moves*, a year's worth."""
    return math.sqrt(math.fsum(move * move for move in moves) / len(moves) * per_year)


def quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def kurtosis(values: Sequence[float]) -> float:
    second = math.fsum(value**2 for value in values) / len(values)
    return math.fsum(value**4 for value in values) / len(values) / second**2


def root_mean_square(values: Sequence[float]) -> float:
    return math.sqrt(math.fsum(value * value for value in values) / len(values))


def correlation(xs: Sequence[float], ys: Sequence[float]) -> float:
    mean_x, mean_y = math.fsum(xs) / len(xs), math.fsum(ys) / len(ys)
    covariance = math.fsum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True))
    variances = math.fsum((x - mean_x) ** 2 for x in xs) * math.fsum((y - mean_y) ** 2 for y in ys)
    return covariance / math.sqrt(variances)
