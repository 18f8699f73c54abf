"""A small futures exchange and a client at its wire: bytes in, bytes out, no sockets."""

from __future__ import annotations

from typing import Any

from simexchange.core.vocabulary.markets import Filters
from simexchange.core.vocabulary.units import ONE, Amount, Price, Quantity, Rate
from simexchange.dialects.binance.coinm.product import CoinmProduct
from simexchange.dialects.binance.usdm.product import UsdmProduct
from simexchange.dialects.binance.venue import BinanceDialect
from simexchange.dialects.contract import Key, MarketStream, Product, UserStream
from simexchange.projections.views import Views
from tests.core.world import PERP, Person, World
from tests.dialects.binance.spot.bench import Answer, Bench, Connection, Countdowns, Keys, decoded

FILTERS = Filters(
    price_min=Price(ONE),
    price_max=Price(1_000_000 * ONE),
    qty_min=Quantity(ONE // 1000),
    qty_max=Quantity(1_000 * ONE),
    market_qty_max=Quantity(100 * ONE),
    notional_min=Amount(5 * ONE),
    bid_up=Rate(110_000_000),
    bid_down=Rate(90_000_000),
    ask_up=Rate(110_000_000),
    ask_down=Rate(90_000_000),
    max_orders=3,
    market_take_bound=Rate(5_000_000),
)


class Desk(Bench):
    """BTCUSDT perpetual at an index and mark of 100, three people with 10,000 USDT each at 10x, nobody has traded."""

    def __init__(
        self,
        product: Product | None = None,
        *,
        filters: Filters = FILTERS,
        cash: int = 10_000,
        capital: int = 1_000_000,
    ) -> None:
        self.views = Views()
        self.seq = 0
        self.market_streams: list[tuple[MarketStream, list[bytes]]] = []
        self.user_streams: list[tuple[UserStream, list[bytes]]] = []
        self.product: Any = product or UsdmProduct()
        self.dialect = BinanceDialect((UsdmProduct(), CoinmProduct()))
        self.listen_keys = Keys()
        self.connection = Connection()
        self.countdowns = Countdowns()
        World.__init__(
            self,
            PERP,
            filters=filters,
            maker_fee="0.0002",
            taker_fee="0.0005",
            liquidation_fee="0.01",
            cash=cash,
            capital=capital,
        )
        self.keys = {f"key{person.name}": Key(f"key{person.name}", "secret", person.no) for person in self.people}
        self.index(100)

    def order(self, person: Person, side: str, qty: str, price: str | None = None, **more: object) -> Answer:
        """Place an order over the wire: limit with a price, market without one."""
        terms: dict[str, object] = {"symbol": "BTCUSDT", "side": side, "quantity": qty, "newOrderRespType": "RESULT"}
        terms |= {"type": "MARKET"} if price is None else {"type": "LIMIT", "price": price, "timeInForce": "GTC"}
        return self.signed(person, "POST", "/fapi/v1/order", **{**terms, **more})

    def algo(self, person: Person, side: str, kind: str, **terms: object) -> Answer:
        """Place a conditional order over the wire."""
        sent = {"algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": side, "type": kind, **terms}
        return self.signed(person, "POST", "/fapi/v1/algoOrder", **sent)

    def prints(self, price: str) -> None:
        """The third person sells the maker a little at *price*: the last price is there now."""
        assert self.order(self.maker, "BUY", "0.1", price).status == 200
        assert self.order(self.third, "SELL", "0.1", price, timeInForce="IOC").body["status"] == "FILLED"

    def ask(self, person: Person, path: str, **sent: object) -> Any:
        """The body of a signed question that is answered."""
        answer = self.signed(person, "GET", path, **sent)
        assert answer.status == 200, answer.body
        return answer.body

    def opens(self, person: Person, qty: str, *, short: bool = False) -> None:
        """*person* gets a position of *qty* at 100 from the maker, who rests the other side."""
        sides = ("SELL", "BUY") if short else ("BUY", "SELL")
        assert self.order(self.maker, sides[1], qty, "100").status == 200
        assert self.order(person, sides[0], qty).body["status"] == "FILLED"


__all__ = ["FILTERS", "Answer", "Desk", "decoded"]
