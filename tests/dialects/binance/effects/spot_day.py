"""A day on spot, and two values for each parameter that a call on it can have."""

from collections.abc import Mapping
from typing import Final

from msgspec.structs import replace

from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.markets import Filters, Market, MarketKind, MarketRules, MarketStatus
from simexchange.core.vocabulary.units import ONE, Amount, Price, Quantity, Rate
from simexchange.dialects.binance.spot.product import SpotProduct
from tests.dialects.binance.effects import family_rows
from tests.dialects.binance.effects.effect import ABSENT, Values
from tests.dialects.binance.effects.shop import HOUR, MINUTE, Shop

ORDER: Final = "/api/v3/order"
LEVELS: Final = 25


def day() -> Shop:
    """The taker's day, the maker standing on both sides of it."""
    shop = Shop(SpotProduct())
    _a_second_dollar(shop)
    _rules(shop)
    family_rows.family(shop)
    for symbol, middle in (("BTCUSDT", 60_000), ("ETHUSDT", 2_000), ("BTCUSDC", 59_990)):
        _quotes(shop, symbol, middle)
    for times in range(3):
        shop.note(f"hour{times}")
        for symbol in ("BTCUSDT", "ETHUSDT"):
            made = shop.does(
                shop.taker, "POST", ORDER, symbol=symbol, side=("BUY", "SELL", "BUY")[times], type="MARKET",
                quantity=(times + 1) / 10, newOrderRespType="FULL",
            )  # fmt: skip
            shop.note(f"{symbol} taken {times}", made["orderId"])
            shop.note(f"{symbol} trade {times}", made["fills"][0]["tradeId"])
            _routed(shop, times)
            _prevented(shop, symbol)
        _waiting_orders(shop, times)
        family_rows.money_moves(shop, times)
        transfer = {"type": "MAIN_UMFUTURE", "asset": "USDT", "amount": 10 + times}
        shop.does(shop.taker, "POST", "/sapi/v1/asset/transfer", **transfer)
        shop.wait((HOUR + MINUTE) / 1e9)
    shop.note("later")
    amended = shop.does(
        shop.taker, "GET", "/api/v3/order/amendments", symbol="BTCUSDT", orderId=shop.noted["BTCUSDT open 1"]
    )
    shop.note("amendment", amended[1]["executionId"])
    everything = {"type": "MAIN_UMFUTURE", "asset": "BNB", "amount": 1_000}
    shop.does(shop.taker, "POST", "/sapi/v1/asset/transfer", **everything)
    shop.note("aggregate", shop.public("/api/v3/aggTrades", symbol="BTCUSDT").body[1]["a"])
    shop.does(shop.taker, "POST", "/api/v3/userDataStream")
    shop.run(cmd.SetMarketStatus(shop.state.market_no["spot:BNB-USDT"], MarketStatus.HALT))
    return shop


def _a_second_dollar(shop: Shop) -> None:
    """BTCUSDC, which orders may be routed to."""
    spec = Market("spot:BTC-USDC", MarketKind.SPOT, "BTC", "USDC", "USDC", Price(ONE // 100), Quantity(ONE // 1000))
    shop.run(cmd.ListMarket(spec))
    shop.run(cmd.SetRules("binance", MarketNo(len(shop.state.markets)), MarketRules(Filters(), Rate(0), Rate(0))))
    shop.run(cmd.AdoptBundle(replace(shop.state.bundles["binance"], routing=("USDT", "USDC"))))
    for person in shop.people:
        shop.run(cmd.Deposit(person.no, "spot", "USDC", Amount(10_000_000 * ONE)))


def _rules(shop: Shop) -> None:
    """A price range for bitcoin, a reference price for both."""
    for no, price in ((shop.state.market_no["spot:BTC-USDT"], 60_000), (shop.state.market_no["spot:ETH-USDT"], 2_000)):
        shop.run(cmd.SetReferencePrice(no, Price(price * ONE)))
    bitcoin = shop.state.market_no["spot:BTC-USDT"]
    rules = shop.state.rules["binance", bitcoin]
    ranged = replace(rules, filters=replace(rules.filters, range_bid_up=Rate(2 * ONE)))
    shop.run(cmd.SetRules("binance", bitcoin, ranged))


def _quotes(shop: Shop, symbol: str, middle: int) -> None:
    for step in range(1, LEVELS + 1):
        for side, price in (("BUY", middle - step), ("SELL", middle + step)):
            shop.does(
                shop.maker, "POST", ORDER, symbol=symbol, side=side, type="LIMIT", quantity=1, price=price,
                timeInForce="GTC",
            )  # fmt: skip


def _routed(shop: Shop, times: int) -> None:
    made = shop.does(
        shop.taker, "POST", "/api/v3/sor/order", symbol="BTCUSDT", side="BUY", type="LIMIT", quantity=0.2,
        price=60_001, timeInForce="IOC", newOrderRespType="FULL",
    )  # fmt: skip
    shop.note(f"routed {times}", made["orderId"])
    shop.note(f"allocation {times}", made["fills"][0]["allocId"])


def _prevented(shop: Shop, symbol: str) -> None:
    """A buy meets two orders of its own account."""
    price = {"BTCUSDT": 60_000, "ETHUSDT": 2_000}[symbol]
    for side in ("SELL", "SELL", "BUY"):
        made = shop.does(
            shop.taker, "POST", ORDER, symbol=symbol, side=side, type="LIMIT", quantity=0.5, price=price,
            timeInForce="GTC", selfTradePreventionMode="EXPIRE_MAKER", newOrderRespType="FULL",
        )  # fmt: skip
    shop.note(f"{symbol} preventing", made["orderId"])
    shop.does(shop.taker, "DELETE", ORDER, symbol=symbol, orderId=made["orderId"])


def _waiting_orders(shop: Shop, times: int) -> None:
    """Open, canceled and amended orders, and a list of two."""
    for symbol, price in (("BTCUSDT", 59_000), ("ETHUSDT", 1_900)):
        made = shop.does(
            shop.taker, "POST", ORDER, symbol=symbol, side="BUY", type="LIMIT", timeInForce="GTC", quantity=1,
            price=price - times, newClientOrderId=f"{symbol}-{times}",
        )  # fmt: skip
        shop.note(f"{symbol} open {times}", made["orderId"])
        for number in range(2):
            shop.does(
                shop.taker, "PUT", "/api/v3/order/amend/keepPriority", symbol=symbol, orderId=made["orderId"],
                newQty=(9 - number) / 10, newClientOrderId=f"{symbol}-{times}",
            )  # fmt: skip
        gone = shop.does(
            shop.taker, "POST", ORDER, symbol=symbol, side="BUY", type="LIMIT", timeInForce="GTC", quantity=1,
            price=price - 9,
        )  # fmt: skip
        shop.does(shop.taker, "DELETE", ORDER, symbol=symbol, orderId=gone["orderId"])
    pair = shop.does(
        shop.taker, "POST", "/api/v3/orderList/oco", symbol="BTCUSDT", side="SELL", quantity=0.1,
        aboveType="LIMIT_MAKER", abovePrice=61_000 + times, belowType="STOP_LOSS", belowStopPrice=59_000 - times,
        listClientOrderId=f"list-{times}",
    )  # fmt: skip
    shop.note(f"list {times}", pair["orderListId"])


USUAL: Final[Mapping[str, Values]] = {
    "symbol": ("BTCUSDT", "ETHUSDT"),
    "symbols": ('["BTCUSDT"]', '["BTCUSDT","ETHUSDT"]'),
    "symbolStatus": ("TRADING", "HALT"),
    "type": ("FULL", "MINI"),
    "limit": ("1", "2"),
    "startTime": (ABSENT, "{hour1}"),
    "endTime": (ABSENT, "{hour1}"),
    "interval": ("1m", "1h"),
    "fromId": ("1", "2"),
    "orderId": ("{BTCUSDT open 1}", "{BTCUSDT open 2}"),
    "origClientOrderId": ("BTCUSDT-1", "BTCUSDT-2"),
    "newClientOrderId": ("mine", "yours"),
}
