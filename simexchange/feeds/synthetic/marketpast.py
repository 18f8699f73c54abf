"""The past of one market: its index's path, dressed with premium, bounce and volume."""

from math import sqrt
from typing import Final

from simexchange.core.market import MarketState
from simexchange.core.valuing import worth as worth_of
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.markets import Market, MarketKind
from simexchange.core.vocabulary.units import (
    DAY,
    HOUR,
    MINUTE,
    ONE,
    SECOND,
    Amount,
    Nanos,
    Price,
    Quantity,
    floor_to,
)
from simexchange.feeds.synthetic.draws import normal, stream, uniform
from simexchange.feeds.synthetic.opening import opening_price
from simexchange.feeds.synthetic.past import IndexPast, Ohlc, PastFactor
from simexchange.feeds.synthetic.quarters import distance
from simexchange.feeds.synthetic.series import exp
from simexchange.feeds.synthetic.settings import Settings
from simexchange.projections.candle import Candle, CandleKind, aggregate

TURNOVER: Final = 60_000.0
"""Quote currency a minute in an ordinary one, in a market of size 1; about what the live participants trade."""
TRADE: Final = 870.0
"""Quote currency of an average trade."""
BOUNCE: Final = 0.25
"""How far from the middle the last trade of a minute was, in basis points, on average."""


class MarketPast:
    """Rows of one market before the start."""

    def __init__(self, no: MarketNo, spec: Market, index: IndexPast, seed: int, settings: Settings, start: int) -> None:
        premium, pace = settings.premium, settings.pace(spec.id)
        self.no = no
        self.spec = spec
        self.blank = MarketState(no, spec)
        """The market as it would be before anything happened: what the engine's formulas ask for."""
        self.index = index
        self.begin = index.begin
        self.end = index.end
        self.fine_from = index.fine_from
        self.derivative = spec.kind is not MarketKind.SPOT
        self._settings = premium
        self._size = index.settings.size * pace.size * pace.rate
        self._premium = PastFactor(
            stream(seed, f"past/{index.settings.name}/premium"), premium.memory, premium.deviation, HOUR, self.end
        )
        self._flow = stream(seed, f"past/{spec.id}/flow")
        self._join = opening_price(spec, index.settings.price, premium, start)

    # ---------------------------------------------------------------------------------------------------------- rows

    def minute_rows(self, kind: CandleKind, day: int) -> list[Candle]:
        """The minutes of a day that lie in the past, ascending. The rows are the caller's."""
        rows: list[Candle] = []
        for i, bar in enumerate(self.index.minutes(day)):
            if bar[0] < self.begin:
                continue
            if self.index.is_fine(bar[0]):
                rows += aggregate(self.second_rows(kind, bar[0]), "1m")
            else:
                rows.append(self._row(kind, bar, MINUTE, self.index.agitations(day)[i]))
        return rows

    def second_rows(self, kind: CandleKind, minute: int) -> list[Candle]:
        """The sixty seconds of a minute of the last hour."""
        day = floor_to(minute, DAY)
        agitation = self.index.agitations(day)[(minute - day) // MINUTE]
        return [self._row(kind, bar, SECOND, agitation) for bar in self.index.seconds(minute)]

    def _row(self, kind: CandleKind, bar: Ohlc, span: int, agitation: float) -> Candle:
        start, end = Nanos(bar[0]), Nanos(bar[0] + span)
        if kind is CandleKind.INDEX:
            return counted(start, end, bar[1], bar[2], bar[3], bar[4])
        if kind is CandleKind.PREMIUM:
            first, last = self.premium_rate(bar[0]), self.premium_rate(end)
            return counted(start, end, first, max(first, last), min(first, last), last)
        prices = self._dressed(bar, end, bounce=kind is CandleKind.TRADE)
        row = counted(start, end, *prices)
        if kind is CandleKind.TRADE:
            self._fill(row, bar, span, agitation)
        return row

    def _dressed(self, bar: Ohlc, end: int, *, bounce: bool) -> tuple[int, int, int, int]:
        """Open, high, low and close of the market where the index was in *bar*."""
        tick = self.spec.tick
        first = self._price(bar[1], bar[0], bounce=bounce)
        last = self._price(bar[4], end, bounce=bounce)
        above = 1.0 + self.premium_at(end) * 0.0001
        high = max(first, last, floor_to(int(bar[2] * above), tick))
        low = max(tick, min(first, last, floor_to(int(bar[3] * above), tick)))
        return first, high, low, last

    def _price(self, index: int, at: int, *, bounce: bool) -> int:
        """What the market stood at when the index was *index*: the same whichever candle it opens or closes."""
        if at >= self.end:
            return self._join
        distance = self.premium_at(at)
        if bounce:
            distance += BOUNCE if uniform(self._flow, 8 * (at // SECOND)) < 0.5 else -BOUNCE
        tick = self.spec.tick
        return max(tick, floor_to(int(index * (1.0 + distance * 0.0001) + tick * 0.5), tick))

    def _fill(self, row: Candle, bar: Ohlc, span: int, agitation: float) -> None:
        """Volumes: more in agitated times and where the price moved, and on the side it moved to."""
        k = 8 * (row.start // SECOND) + 1
        size = self._size
        if span == MINUTE:
            # Neither the minute's nor the second's draws are the other's: 4 and more belong to minutes.
            k += 4
        minutes = span / MINUTE
        spread = 0.5 if span == MINUTE else 1.2
        worth = TURNOVER * size * minutes * agitation * exp(spread * normal(self._flow, k) - 0.5 * spread * spread)
        step = self.spec.step
        typical = (row.open + row.high + row.low + row.close) // 4
        spec = self.spec
        volume = max(step, floor_to(int(worth * ONE / (spec.contract_size if spec.inverse else typical) * ONE), step))
        usual = self.index.usual_move(agitation) * sqrt(minutes) * bar[1]
        push = max(-2.0, min(2.0, (bar[4] - bar[1]) / usual))
        share = max(0.02, min(0.98, 0.5 + 0.12 * push + 0.1 * normal(self._flow, k + 1)))
        bought = min(volume, floor_to(int(volume * share), step))
        row.volume = Quantity(volume)
        row.quote = Amount(worth_of(spec, typical, volume))
        row.count = max(1, int(worth / (TRADE * size) + 0.5))
        row.taker_volume = Quantity(bought)
        row.taker_quote = Amount(worth_of(spec, typical, bought))

    # ------------------------------------------------------------------------------------------------------- premium

    def premium_at(self, at: int) -> float:
        """How far it stood above the index, in basis points; nothing on a spot market."""
        return distance(self.spec, self._settings, self._premium.at(at), at) if self.derivative else 0.0

    def premium_rate(self, at: int) -> int:
        """The premium as a `Rate`."""
        return int(self.premium_at(at) * 10_000.0)

    def average_premium(self, begin: int, end: int) -> int:
        """The average over an interval, later samples weighing more as in the live formula."""
        weighted = weight = 0
        steps = max(1, (end - begin) // (HOUR // 4))
        for i in range(1, steps + 1):
            weighted += i * self.premium_rate(begin + (end - begin) * i // steps)
            weight += i
        return weighted // weight

    def mark_at(self, at: int) -> Price:
        """The mark at a whole minute of the past, or at its end."""
        if at >= self.end:
            return self._join
        day = floor_to(at, DAY)
        bar = self.index.minutes(day)[(at - day) // MINUTE]
        return Price(self._price(bar[1], at, bounce=False))


def counted(start: Nanos, end: Nanos, first: int, high: int, low: int, last: int) -> Candle:
    """A candle without volume, of one sample a second."""
    samples = (end - start) // SECOND
    return Candle(start, end, Price(first), Price(high), Price(low), Price(last), count=samples, before_start=True)
