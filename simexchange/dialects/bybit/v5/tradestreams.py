"""Topics of what was traded: ``publicTrade.BTCUSDT``, ``allLiquidation.BTCUSDT`` and the older ``liquidation.BTCUSDT``.

"Trade", "All Liquidation" and "Liquidation" (docs/v5/websocket/public, snapshot 2026-07-24, seen 2026-11; the last one
was taken out on 2025-11-19).
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

from simexchange.core.state import FUND
from simexchange.core.vocabulary.events import LiquidationStepDecided, TapePrinted, TradeExecuted
from simexchange.core.vocabulary.liquidations import LiquidationPart
from simexchange.core.vocabulary.orders import BUY, OFF_TAPE, TradeKind
from simexchange.core.vocabulary.units import MILLISECOND, SECOND, Nanos
from simexchange.dialects.bybit.common.ids import execution_id
from simexchange.dialects.bybit.common.quantities import price_text, qty_text
from simexchange.dialects.bybit.common.symbols import SPOT, category_of, symbol_of
from simexchange.dialects.bybit.common.timestamps import millis
from simexchange.dialects.bybit.v5.bookstreams import Stream
from simexchange.dialects.bybit.v5.responses import Json, encode

if TYPE_CHECKING:
    from simexchange.core.market import MarketState
    from simexchange.core.vocabulary.events import Event
    from simexchange.core.vocabulary.ids import MarketNo
    from simexchange.projections.views import Views

MOST_TRADES: Final = 1_024
"""Trades in one message."""
LOOKED_BACK: Final = 500
"""Trades that are looked at for the last one at another price."""
LIQUIDATIONS_EVERY: Final = Nanos(500 * MILLISECOND)
ONE_LIQUIDATION_EVERY: Final = Nanos(SECOND)


class Direction:
    """Where the price went with each trade: ``PlusTick``, ``ZeroPlusTick``, ``MinusTick`` or ``ZeroMinusTick``."""

    def __init__(self, market: "MarketNo", views: "Views") -> None:
        self._price = 0
        self.word = "ZeroPlusTick"
        """Of the last trade. The first trade of all has none before it, and the venue does not say what it is."""
        for row in views.trades.tape(market, limit=LOOKED_BACK):
            self.goes(row.price)

    def goes(self, price: int) -> str:
        """The word for a trade at *price* after those before."""
        before, self._price = self._price, price
        if price == before:
            self.word = "ZeroPlusTick" if self.word.endswith("PlusTick") else "ZeroMinusTick"
        elif before:
            self.word = "PlusTick" if price > before else "MinusTick"
        return self.word


class Trades(Stream):
    """Every print, those of one record in one message. Implements `Gathering`."""

    def __init__(self, name: str, market: "MarketState", views: "Views") -> None:
        super().__init__(name, Nanos(0), (market.no,))
        self._market = market
        spot = category_of(market.spec) == SPOT
        self._direction = None if spot else Direction(market.no, views)
        self._rows: list[Json] = []

    def on_event(self, seq: int, at: Nanos, event: "Event", views: "Views") -> Iterable[bytes]:
        if isinstance(event, TradeExecuted):
            if event.kind not in OFF_TAPE:
                self._rows.append(self._row(seq, at, event))
        elif isinstance(event, TapePrinted):
            self._rows.append(self._row(seq, at, event))
        return ()

    def end_of_step(self, seq: int, at: Nanos, views: "Views") -> Iterable[bytes]:
        """What the record traded, in the order it was traded."""
        return self._told(at) if self._rows else ()

    def _told(self, at: Nanos) -> Iterator[bytes]:
        rows, self._rows = self._rows, []
        for first in range(0, len(rows), MOST_TRADES):
            part = rows[first : first + MOST_TRADES]
            yield encode({"topic": self.name, "type": "snapshot", "ts": millis(at), "data": part})

    def _row(self, seq: int, at: Nanos, event: TradeExecuted | TapePrinted) -> Json:
        """``L`` is a field of contracts only."""
        spec = self._market.spec
        row = {
            "T": millis(at),
            "s": symbol_of(spec),
            "S": "Buy" if event.aggressor is BUY else "Sell",
            "v": qty_text(spec, event.qty),
            "p": price_text(spec, event.price),
        }
        if self._direction is not None:
            row["L"] = self._direction.goes(event.price)
        trade = execution_id(self._market.no, event.trade)
        return {**row, "i": trade, "BT": False, "RPI": False, "seq": seq}


class Liquidation:
    """One part of a liquidation: whose side, at which bankruptcy price, how much of it so far."""

    def __init__(self, decided: LiquidationStepDecided, at: Nanos) -> None:
        self.account = decided.account
        self.long = decided.position.qty > 0
        self.price = decided.price
        self.qty = 0 if decided.part is LiquidationPart.REDUCE else int(decided.qty)
        """What is sold in the book is counted as it sells."""
        self.at = at


class Liquidations(Stream):
    """Positions that are liquidated; what the fund does with what it took over is nobody's liquidation."""

    def __init__(self, name: str, market: "MarketState", every: Nanos = LIQUIDATIONS_EVERY) -> None:
        # What was decided names its market in the position only.
        super().__init__(name, every, None)
        self._market = market
        self._parts: list[Liquidation] = []

    def on_event(self, seq: int, at: Nanos, event: "Event", views: "Views") -> Iterable[bytes]:
        if isinstance(event, LiquidationStepDecided):
            if event.position.market == self._market.no and event.account != FUND:
                self._parts.append(Liquidation(event, at))
        elif self._parts and isinstance(event, TradeExecuted) and event.kind is TradeKind.LIQUIDATION:
            part = self._parts[-1]
            if event.market == self._market.no and event.taker.account == part.account:
                part.qty += event.qty
                part.at = at
        return ()

    def flush(self, at: Nanos, views: "Views") -> Iterable[bytes]:
        parts, self._parts = [part for part in self._parts if part.qty], []
        if not parts:
            return ()
        return (encode({"topic": self.name, "type": "snapshot", "ts": millis(at), "data": self._data(parts)}),)

    def _data(self, parts: list[Liquidation]) -> Any:
        """``S`` is the side of the position: ``Buy`` where a long one was liquidated."""
        spec = self._market.spec
        return [
            {
                "T": millis(part.at),
                "s": symbol_of(spec),
                "S": "Buy" if part.long else "Sell",
                "v": qty_text(spec, part.qty),
                "p": price_text(spec, part.price),
            }
            for part in parts
        ]


class LatestLiquidation(Liquidations):
    """The older topic: at most one each second, the latest."""

    def __init__(self, name: str, market: "MarketState") -> None:
        super().__init__(name, market, ONE_LIQUIDATION_EVERY)

    def _data(self, parts: list[Liquidation]) -> Any:
        spec, part = self._market.spec, parts[-1]
        return {
            "updatedTime": millis(part.at),
            "symbol": symbol_of(spec),
            "side": "Buy" if part.long else "Sell",
            "size": qty_text(spec, part.qty),
            "price": price_text(spec, part.price),
        }
