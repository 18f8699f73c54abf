"""The last 24 hours of each market in a line."""

import msgspec

from simexchange.core.vocabulary.ids import MarketNo, TradeId
from simexchange.core.vocabulary.units import DAY, MINUTE, Amount, Nanos, Price, Quantity
from simexchange.projections.candle import Candle, CandleKind, absorb, widened
from simexchange.projections.candles import CandlesView
from simexchange.projections.depth import DepthView
from simexchange.projections.folding import Projection
from simexchange.projections.intervals import floor
from simexchange.projections.trades import TradesView


class TickerRow(msgspec.Struct, frozen=True, gc=False):
    """What one market did in a window up to now. Without a trade in it prices stand at the last one, sums at 0."""

    market: MarketNo
    start: Nanos
    """Beginning of the window: the minute in which it was one window ago."""
    end: Nanos
    """Now."""
    open: Price
    high: Price
    low: Price
    last: Price
    """0 where the market never traded, here or in the made-up past."""
    last_qty: Quantity
    last_at: Nanos
    volume: Quantity
    quote: Amount
    count: int
    first_id: TradeId
    """0 where the window has no trade of this exchange."""
    last_id: TradeId
    previous_close: Price
    """The last price before the window; its first price where there is none."""
    bid: Price
    bid_qty: Quantity
    ask: Price
    ask_qty: Quantity

    @property
    def change(self) -> Price:
        """How much the price moved."""
        return Price(self.last - self.open)


class _Finished(msgspec.Struct, frozen=True):
    """What of a window stays as it is until the running minute is over."""

    minute: Nanos
    """When the running minute began."""
    joined: Candle | None
    """The minutes of the window before it in one candle."""
    before: Candle | None
    """The last candle before the window."""


class TickersView(Projection):
    """Rolling windows, read from one-minute candles, tape and depth: it folds nothing itself.

    The window begins with a whole minute, so it is up to a minute longer than asked: venues say the same of theirs
    (Binance spot, "Rolling window price change statistics": up to 59999 ms wider, seen 2026-11). The running minute
    counts exactly as far as it went. The finished minutes of a window are joined once a minute and remembered.
    """

    __slots__ = ("_candles", "_depth", "_finished", "_trades")

    def __init__(self, candles: CandlesView, trades: TradesView, depth: DepthView) -> None:
        super().__init__()
        self._candles = candles
        self._trades = trades
        self._depth = depth
        self._finished: dict[tuple[MarketNo, int], _Finished] = {}
        """By market and window."""

    def get(self, market: MarketNo, *, at: Nanos, window: int = DAY) -> TickerRow:
        """The ticker at *at*, the exchange's time now, over *window* nanoseconds."""
        minute = floor(MINUTE, at)
        start = floor(MINUTE, Nanos(at - window))
        finished = self._finished.get((market, window))
        if finished is None or finished.minute != minute:
            finished = self._finished[market, window] = self._finish(market, start, minute)
        before = finished.before
        whole = self._join(market, minute, Nanos(at + 1), finished.joined)
        newest = self._trades.last(market)
        if whole is None:
            close = before.close if before is not None else Price(0)
            whole = Candle(start, at, close, close, close, close)
        bid, bid_qty, ask, ask_qty = self._depth.best(market)
        return TickerRow(
            market, start, at, whole.open, whole.high, whole.low, whole.close,
            newest.qty if newest is not None else Quantity(0), newest.at if newest is not None else Nanos(0),
            whole.volume, whole.quote, whole.count, whole.first_id, whole.last_id,
            before.close if before is not None else whole.open,
            Price(bid), Quantity(bid_qty), Price(ask), Quantity(ask_qty),
        )  # fmt: skip

    def forget(self) -> None:
        """The past before the start is another one now: join the minutes anew."""
        self._finished.clear()

    def _finish(self, market: MarketNo, start: Nanos, minute: Nanos) -> _Finished:
        before = self._candles.before(market, CandleKind.TRADE, MINUTE, start)
        return _Finished(minute, self._join(market, start, minute, None), before)

    def _join(self, market: MarketNo, start: Nanos, until: Nanos, begun: Candle | None) -> Candle | None:
        """*begun* and the minutes that begin in [*start*, *until*) in one candle."""
        whole = None if begun is None else widened(begun, begun.start, begun.end)
        for row in self._candles.rows(market, CandleKind.TRADE, MINUTE, start, until):
            if whole is None:
                whole = widened(row, row.start, until)
            else:
                absorb(whole, row)
        return whole
