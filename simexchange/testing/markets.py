"""One market in a test: its prices, and how a test moves them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from simexchange.core import marks
from simexchange.core.vocabulary.commands import SetMark, SetMarketStatus
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.markets import MarketStatus
from simexchange.core.vocabulary.orders import BUY, SELL
from simexchange.core.vocabulary.units import Price
from simexchange.errors import ConfigError
from simexchange.testing.words import Number, Span, date_of, exact, span, units

if TYPE_CHECKING:
    from datetime import datetime

    from simexchange.core.market import MarketState
    from simexchange.testing.inprocess import LocalExchange


class Market:
    """A market as it stands whenever it is asked. Prices are exact decimals; 0: there is none."""

    def __init__(self, exchange: LocalExchange, no: MarketNo) -> None:
        self._exchange = exchange
        self.no = no

    def _read(self, what: str) -> Decimal:
        return exact(self._exchange.do(lambda: getattr(self._market, what)))

    @property
    def _market(self) -> MarketState:
        return self._exchange.state.markets[self.no]

    @property
    def id(self) -> str:
        """``perp:BTC-USDT``."""
        return self._market.spec.id

    def __repr__(self) -> str:
        return f"<market {self.id}: last {self.last}, mark {self.mark}>"

    @property
    def mark(self) -> Decimal:
        """The mark price: what positions are valued and liquidated by. Set, it stands there until a price moves."""
        return self._read("mark")

    @mark.setter
    def mark(self, price: Number) -> None:
        self._exchange.submit(SetMark(self.no, Price(units(price, "mark"))), "control")

    @property
    def last(self) -> Decimal:
        """What was traded at last."""
        return self._read("last")

    @property
    def index(self) -> Decimal:
        """What its index stands at."""
        return self._read("index_price")

    @property
    def price(self) -> Decimal:
        """The middle of the book. Set, the index goes there and the ladders of all markets that follow it, at once."""
        return exact(self._exchange.do(self._market.book.mid))

    @price.setter
    def price(self, price: Number) -> None:
        self._exchange.move_index(self._market, _positive(price))

    def move(self, price: Number, over: Span) -> None:
        """Send the index, and the ladders that follow it, to *price* in equal parts: there after *over* has passed."""
        self._exchange.move_index(self._market, _positive(price), span(over, "over"))

    @property
    def bid(self) -> Decimal:
        """The best bid."""
        return exact(self._exchange.do(self._market.book.best_bid))

    @property
    def ask(self) -> Decimal:
        """The best ask."""
        return exact(self._exchange.do(self._market.book.best_ask))

    def levels(self, side: str, depth: int = 10) -> list[tuple[Decimal, Decimal]]:
        """Price and quantity of the best levels of ``bid`` or ``ask``, best first."""
        if side not in ("bid", "ask"):
            msg = f"levels({side!r}): say bid or ask"
            raise ConfigError(msg)
        rows = self._exchange.do(lambda: self._market.book.levels(BUY if side == "bid" else SELL, depth))
        return [(exact(price), exact(qty)) for price, qty, _ in rows]

    @property
    def funding_rate(self) -> Decimal:
        """What funding would be settled at now; 0 where there is none."""
        return exact(self._exchange.do(lambda: marks.predicted_rate(self._market, self._exchange.runtime.now())))

    @property
    def next_funding(self) -> datetime | None:
        """When funding is settled next; None where there is none."""
        funding = self._market.funding
        return None if funding is None else date_of(funding.next_at)

    def halt(self) -> None:
        """Take no orders any more."""
        self._exchange.submit(SetMarketStatus(self.no, MarketStatus.HALT), "control")

    def resume(self) -> None:
        """Take orders again."""
        self._exchange.submit(SetMarketStatus(self.no, MarketStatus.TRADING), "control")


def _positive(price: Number) -> int:
    """A price in units. Raises ConfigError where it is none that a market can stand at."""
    found = units(price, "price")
    if found <= 0:
        msg = f"price: {price!r} is not above zero"
        raise ConfigError(msg)
    return found
