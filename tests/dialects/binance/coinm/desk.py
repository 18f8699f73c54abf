"""A small exchange of coin-margined contracts and a client at its wire."""

from __future__ import annotations

from typing import Any

from simexchange.core import calendar
from simexchange.core.delivering import contract
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.markets import Filters, Market, MarketKind, MarketRules
from simexchange.core.vocabulary.units import HOUR, MINUTE, ONE, Amount, Nanos, Price, Quantity, Rate
from simexchange.dialects.binance.changes import NOW, ApiAsOf
from simexchange.dialects.binance.coinm.product import CoinmProduct
from simexchange.dialects.binance.usdm.product import UsdmProduct
from simexchange.dialects.binance.venue import BinanceDialect
from tests.core.world import T0, TIERS, Person, units
from tests.dialects.binance.usdm.desk import Answer, Desk, decoded

PERP: dict[str, Any] = {"symbol": "BTCUSD_PERP"}
CURRENT = calendar.current_quarter(T0)
QUARTER = "BTCUSD_231229"


def perpetual(base: str, tick: str, size: int) -> Market:
    """A perpetual of *size* dollars a contract."""
    return Market(
        f"perp:{base}-USD", MarketKind.PERPETUAL, base, "USD", base, Price(units(tick)), Quantity(ONE), inverse=True,
        contract_size=Amount(size * ONE), funding_interval=Nanos(8 * HOUR), index=f"{base}-USD",
        funding_cap=Rate(units("0.003")), funding_floor=Rate(-units("0.003")),
    )  # fmt: skip


SERIES = Market(
    "dated:BTC-USD", MarketKind.DATED, "BTC", "USD", "BTC", Price(ONE // 10), Quantity(ONE), inverse=True,
    contract_size=Amount(100 * ONE), index="BTC-USD", series="quarter", closing=Nanos(10 * MINUTE),
)  # fmt: skip
FILTERS = Filters(
    price_min=Price(ONE),
    price_max=Price(1_000_000 * ONE),
    qty_min=Quantity(ONE),
    qty_max=Quantity(10_000 * ONE),
    market_qty_max=Quantity(5_000 * ONE),
    bid_up=Rate(units("1.1")),
    bid_down=Rate(units("0.9")),
    ask_up=Rate(units("1.1")),
    ask_down=Rate(units("0.9")),
    max_orders=20,
)


class CoinDesk(Desk):
    """BTCUSD_PERP, its quarter and ETHUSD_PERP: BTC stands at 50,000 and ETH at 2,500.

    Three people with 10 BTC and 100 ETH each at 10x, nobody has traded. A contract of BTC is 100 USD, one of ETH is 10;
    makers pay 0.01 %, takers 0.05 %.
    """

    def __init__(self, as_of: ApiAsOf = NOW, filters: Filters = FILTERS) -> None:
        super().__init__(CoinmProduct(as_of))
        self.dialect = BinanceDialect((UsdmProduct(as_of), self.product))
        rules = MarketRules(filters, Rate(10_000), Rate(50_000), TIERS, Rate(units("0.0125")), 10)
        for spec in (perpetual("BTC", "0.1", 100), contract(SERIES, CURRENT, 0), perpetual("ETH", "0.01", 10)):
            self.run(cmd.ListMarket(spec))
            self.run(cmd.SetRules("binance", MarketNo(len(self.state.markets)), rules))
        for coin, amount in (("BTC", 10), ("ETH", 100)):
            self.run(cmd.ProvideCapital("coinm", coin, Amount(1_000 * ONE)))
            for person in self.people:
                self.run(cmd.Deposit(person.no, "coinm", coin, Amount(amount * ONE)))
        self.market = self.state.market_no["perp:BTC-USD"]
        self.moves(50_000)
        self.run(cmd.SetIndex("ETH-USD", Price(2_500 * ONE)))

    def moves(self, price: float | str) -> None:
        """The index of BTC moves."""
        self.run(cmd.SetIndex("BTC-USD", Price(units(price))))

    def order(self, person: Person, side: str, qty: str, price: str | None = None, **more: object) -> Answer:
        """Place an order over the wire: limit with a price (unless the book gives it), market without."""
        terms: dict[str, object] = {**PERP, "side": side, "quantity": qty, "newOrderRespType": "RESULT"}
        terms |= {"type": "MARKET"} if price is None else {"type": "LIMIT", "price": price, "timeInForce": "GTC"}
        if "priceMatch" in more:
            del terms["price"]
        return self.signed(person, "POST", "/dapi/v1/order", **{**terms, **more})

    def algo(self, person: Person, side: str, kind: str, **terms: object) -> Answer:
        """Place a conditional order over the wire."""
        sent = {"algoType": "CONDITIONAL", **PERP, "side": side, "type": kind, **terms}
        return self.signed(person, "POST", "/dapi/v1/algoOrder", **sent)

    def opens(self, person: Person, qty: str, *, short: bool = False, price: str = "50000", **more: Any) -> None:
        """*person* gets a position of *qty* from the maker, who rests the other side."""
        sides = ("SELL", "BUY") if short else ("BUY", "SELL")
        assert self.order(self.maker, sides[1], qty, price, **more).status == 200
        assert self.order(person, sides[0], qty, **more).body["status"] == "FILLED"

    def coins(self, person: Person, coin: str = "BTC") -> int:
        """What *person* has in the coin wallet, in 10**-8."""
        return int(self.state.accounts[person.no].free("coinm", coin))


__all__ = ["CURRENT", "PERP", "QUARTER", "Answer", "CoinDesk", "decoded"]
