"""The strategy of the session: it remembers what it is told, and is asked from outside, in the node's own loop."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from nautilus_trader.adapters.binance import BINANCE, BINANCE_VENUE
from nautilus_trader.adapters.binance.common.types import BinanceTicker
from nautilus_trader.adapters.binance.futures.types import BinanceFuturesMarkPriceUpdate
from nautilus_trader.model.data import BarType, DataType
from nautilus_trader.model.enums import BookAction, BookType, OrderSide, OrderStatus
from nautilus_trader.model.identifiers import ClientId, InstrumentId
from nautilus_trader.trading.strategy import Strategy

from clients.proof import same

WITHIN = 12.0
"""Wall seconds in which a thing has to come."""
BUY, SELL = OrderSide.BUY, OrderSide.SELL
CLIENT = ClientId(BINANCE)


async def eventually(what: str, ask: Callable[[], Any], within: float = WITHIN) -> Any:
    """The first answer of *ask* that is true; the node goes on meanwhile."""
    until = time.monotonic() + within
    while not (answer := ask()):
        if time.monotonic() > until:
            raise AssertionError(f"{what}: not within {within:g} s")
        await asyncio.sleep(0.05)
    return answer


class Trader(Strategy):
    """Counts what comes in, by kind; keeps what is newest of each."""

    def __init__(self, instrument: str, *, futures: bool) -> None:
        super().__init__()
        self.instrument_id = InstrumentId.from_str(f"{instrument}.{BINANCE}")
        # The shortest candles each has: the session waits for the end of one.
        self.bars = BarType.from_str(f"{self.instrument_id}-1-{'MINUTE' if futures else 'SECOND'}-LAST-EXTERNAL")
        self.came: Counter[str] = Counter()
        self.newest: dict[str, Any] = {}
        self.history: dict[str, list[Any]] = {}
        self.snapshot = 0
        """Update id of the last snapshot that its book was laid on."""
        self.said: dict[Any, list[Any]] = {}
        """Client order id → the events told of it, in order."""

    # What comes in -----------------------------------------------------------------------------------------

    def _note(self, kind: str, what: Any) -> None:
        self.came[kind] += 1
        self.newest[kind] = what

    def on_instrument(self, instrument: Any) -> None:
        self._note("instrument", instrument)

    def on_quote_tick(self, tick: Any) -> None:
        self._note("quote", tick)

    def on_trade_tick(self, tick: Any) -> None:
        self._note("trade", tick)

    def on_order_book_deltas(self, deltas: Any) -> None:
        if deltas.deltas[0].action == BookAction.CLEAR:
            self.snapshot = deltas.sequence
        self._note("deltas", deltas)

    def on_mark_price(self, mark_price: Any) -> None:
        self._note("mark", mark_price)

    def on_bar(self, bar: Any) -> None:
        self._note("bar", bar)

    def on_data(self, data: Any) -> None:
        self._note(type(data).__name__, data)

    def on_historical_data(self, data: Any) -> None:
        rows = data if isinstance(data, list) else [data]
        self.history.setdefault(type(rows[0]).__name__, []).extend(rows)

    def on_order_event(self, event: Any) -> None:
        self.said.setdefault(event.client_order_id, []).append(event)

    # What is asked for -------------------------------------------------------------------------------------

    def listen(self, *, marks: bool) -> list[str]:
        """Subscribe to every kind of data the adapter has; the kinds that will come."""
        metadata = {"instrument_id": self.instrument_id}
        self.subscribe_instrument(self.instrument_id)
        self.subscribe_quote_ticks(self.instrument_id)
        self.subscribe_trade_ticks(self.instrument_id)
        self.subscribe_order_book_deltas(self.instrument_id, book_type=BookType.L2_MBP)
        self.subscribe_data(DataType(BinanceTicker, metadata=metadata), client_id=CLIENT)
        self.subscribe_bars(self.bars)
        kinds = ["quote", "trade", "deltas", "BinanceTicker", "bar"]
        if marks:
            self.subscribe_mark_prices(self.instrument_id)
            self.subscribe_data(DataType(BinanceFuturesMarkPriceUpdate, metadata=metadata), client_id=CLIENT)
            kinds += ["mark", "BinanceFuturesMarkPriceUpdate"]
        return kinds

    def look_back(self) -> list[str]:
        """Ask for history; the kinds that will come."""
        until = datetime.now(UTC)
        since = until - timedelta(minutes=30)
        self.request_bars(self.bars, start=since, end=until)
        self.request_trade_ticks(self.instrument_id, start=since, end=until, limit=100)
        return ["BinanceBar", "TradeTick"]

    @property
    def instrument(self) -> Any:
        return self.cache.instrument(self.instrument_id)

    def last(self) -> Decimal:
        """The last price traded."""
        return Decimal(str(self.newest["trade"].price))

    def at(self, percent: str) -> Any:
        """A price so many percent from the last one, on the tick."""
        wanted = self.last() * (100 + Decimal(percent)) / 100
        tick = Decimal(str(self.instrument.price_increment))
        return self.instrument.make_price((wanted / tick).to_integral_value() * tick)

    def quantity(self, text: str) -> Any:
        return self.instrument.make_qty(Decimal(text))

    def holds(self) -> Decimal:
        """The signed quantity of all open positions of the instrument."""
        rows = self.cache.positions_open(instrument_id=self.instrument_id)
        return sum((row.signed_decimal_qty() for row in rows), Decimal(0))

    # Orders ------------------------------------------------------------------------------------------------

    def kinds_said(self, order: Any) -> list[str]:
        return [type(event).__name__.removeprefix("Order") for event in self.said.get(order.client_order_id, [])]

    async def becomes(self, order: Any, *statuses: OrderStatus) -> Any:
        """Wait until *order* has one of *statuses*; a closed order of another status is an error at once."""
        await eventually(f"{order}", lambda: order.status in statuses or order.is_closed)
        if order.status not in statuses:
            reason = getattr(order.last_event, "reason", "")
            raise AssertionError(f"{order}: {order.status_string()} {reason}")
        return order

    async def place(self, order: Any, *statuses: OrderStatus, **more: Any) -> Any:
        """Submit and wait for what should become of it."""
        self.submit_order(order, **more)
        return await self.becomes(order, *statuses)

    async def take_back(self, order: Any) -> None:
        """Cancel one order."""
        self.cancel_order(order)
        await self.becomes(order, OrderStatus.CANCELED)

    async def refused(self, order: Any, words: str, **more: Any) -> None:
        """Submit what the venue refuses in *words*."""
        await self.place(order, OrderStatus.REJECTED, **more)
        same(f"{words!r} in the refusal {order.last_event.reason!r}", words in order.last_event.reason, True)

    def balances(self) -> dict[str, Any]:
        """Asset → its balance as the portfolio has it, without what is empty."""
        found = self.portfolio.account(BINANCE_VENUE).balances()
        return {str(key): value for key, value in found.items() if value.total.as_decimal()}
