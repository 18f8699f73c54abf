"""A day on USDⓈ-M, and two values for each parameter that a call on it can have."""

from collections.abc import Mapping
from typing import Final

from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.orders import OrderKind, Side, TimeInForce
from simexchange.core.vocabulary.units import ONE, Price, Quantity
from simexchange.dialects.binance.coinm.product import CoinmProduct
from simexchange.dialects.binance.usdm.product import UsdmProduct
from tests.dialects.binance.effects.effect import Values
from tests.dialects.binance.effects.shop import HOUR, MINUTE, Shop

ORDER: Final = "/fapi/v1/order"
ALGO: Final = "/fapi/v1/algoOrder"
LEVELS: Final = 25


def day() -> Shop:
    """The taker's day, the maker standing on both sides of it."""
    shop = Shop(UsdmProduct())
    for symbol, middle in (("BTCUSDT", 60_000), ("ETHUSDT", 2_000)):
        _quotes(shop, symbol, middle)
    _crowd(shop)
    shop.does(shop.taker, "POST", "/fapi/v1/marginType", symbol="ETHUSDT", marginType="ISOLATED")
    _liquidations(shop)
    for symbol in ("BTCUSDT", "ETHUSDT"):
        shop.does(shop.taker, "POST", "/fapi/v1/leverage", symbol=symbol, leverage=10)
    for times in range(3):
        shop.note(f"hour{times}")
        side, share = (("BUY", 2), ("SELL", 1), ("BUY", 2))[times]
        for symbol, unit in (("BTCUSDT", 0.05), ("ETHUSDT", 0.5)):
            order = _order(shop, symbol, side, unit * share)
            shop.note(f"{symbol} taken {times}", order["orderId"])
        _coins(shop, times + 1)
        shop.does(shop.taker, "POST", "/fapi/v1/positionMargin", symbol="ETHUSDT", amount=5 + times, type=1)
        shop.does(shop.taker, "POST", "/fapi/v1/positionMargin", symbol="ETHUSDT", amount=1, type=2)
        shop.wait((HOUR + MINUTE) / 1e9)
        shop.run(cmd.SetIndex("BTC-USDT", Price((60_010 + times) * ONE)))
    _waiting_orders(shop)
    # Through two settlements of funding.
    shop.wait(14 * HOUR / 1e9)
    shop.note("later")
    last = [row["id"] for row in shop.does(shop.taker, "GET", "/fapi/v1/userTrades", symbol="BTCUSDT")]
    shop.note("BTCUSDT trade", last[1])
    shop.note("aggregate", shop.public("/fapi/v1/aggTrades", symbol="BTCUSDT").body[1]["a"])
    return shop


def _quotes(shop: Shop, symbol: str, middle: int) -> None:
    for step in range(1, LEVELS + 1):
        for side, price in (("BUY", middle - step), ("SELL", middle + step)):
            shop.does(
                shop.maker, "POST", ORDER, symbol=symbol, side=side, type="LIMIT", quantity=5, price=price,
                timeInForce="GTC",
            )  # fmt: skip


def _coins(shop: Shop, contracts: int) -> None:
    """Some trade in coin-margined contracts, of which statistics under ``/futures/data`` tell."""
    for market, price in (("perp:BTC-USD", 60_000), ("perp:ETH-USD", 2_000)):
        for person, side, qty in ((shop.maker, Side.SELL, contracts), (shop.taker, Side.BUY, contracts)):
            terms = (OrderKind.LIMIT, Quantity(qty * ONE), Price(price * ONE), TimeInForce.GTC)
            shop.run(cmd.PlaceOrder(person.no, shop.state.market_no[market], side, *terms))
        contracts += 1


def _crowd(shop: Shop) -> None:
    """Six more people, so that there is a fifth of them at the top with both sides in it; in coin contracts, too."""
    crowd = [shop.joined(f"person {number}") for number in range(6)]
    markets = (("/fapi", UsdmProduct(), "BTCUSDT", 60_000), ("/fapi", UsdmProduct(), "ETHUSDT", 2_000))
    coins = (("/dapi", CoinmProduct(), "BTCUSD_PERP", 60_000), ("/dapi", CoinmProduct(), "ETHUSD_PERP", 2_000))
    for place, (prefix, product, symbol, price) in enumerate(markets + coins):
        shop.product = product
        for number in range(3):
            order = {
                "symbol": symbol,
                "type": "LIMIT",
                "timeInForce": "GTC",
                "quantity": 9 + place - number,
                "price": price,
            }
            for person, side in zip(crowd[2 * number : 2 * number + 2], ("SELL", "BUY"), strict=True):
                shop.does(person, "POST", f"{prefix}/v1/order", side=side, **order)
    # One more on the long side.
    shop.does(shop.maker, "POST", "/dapi/v1/order", symbol="BTCUSD_PERP", side="BUY", type="LIMIT", quantity=20,
              price=60_000, timeInForce="GTC")  # fmt: skip
    sold = {"symbol": "BTCUSD_PERP", "side": "SELL", "type": "MARKET", "quantity": 11}
    shop.does(crowd[0], "POST", "/dapi/v1/order", **sold)
    shop.product = UsdmProduct()


def _liquidations(shop: Shop) -> None:
    """Two, an hour apart, of a little ether at 50x."""
    shop.does(shop.taker, "POST", "/fapi/v1/leverage", symbol="ETHUSDT", leverage=50)
    for number in range(2):
        _order(shop, "ETHUSDT", "BUY", 1)
        shop.run(cmd.SetMark(shop.state.market_no["perp:ETH-USDT"], Price(1_800 * ONE)))
        shop.note(f"liquidated {number}")
        shop.wait(10)
        shop.run(cmd.SetIndex("ETH-USDT", Price(2_000 * ONE)))
        shop.wait(HOUR / 1e9)


def _order(shop: Shop, symbol: str, side: str, qty: float, **more: object) -> dict[str, str]:
    answer: dict[str, str] = shop.does(
        shop.taker, "POST", ORDER, symbol=symbol, side=side, type="MARKET", quantity=qty, newOrderRespType="RESULT",
        **more,
    )  # fmt: skip
    return answer


def _waiting_orders(shop: Shop) -> None:
    """Open, canceled, modified and conditional orders of the taker in both markets."""
    for symbol, price in (("BTCUSDT", 59_000), ("ETHUSDT", 1_900)):
        limit = {"symbol": symbol, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1"}
        for number in range(3):
            made = shop.does(
                shop.taker, "POST", ORDER, **limit, price=price - number, newClientOrderId=f"{symbol}-{number}"
            )
            shop.note(f"{symbol} open {number}", made["orderId"])
        gone = shop.does(shop.taker, "POST", ORDER, **limit, price=price - 9)
        shop.does(shop.taker, "DELETE", ORDER, symbol=symbol, orderId=gone["orderId"])
        for number in range(2):
            made = shop.does(
                shop.taker, "POST", ALGO, algoType="CONDITIONAL", symbol=symbol, side="SELL", type="STOP_MARKET",
                triggerPrice=price, quantity="0.1", clientAlgoId=f"{symbol}-stop-{number}",
            )  # fmt: skip
            shop.note(f"{symbol} algo {number}", made["algoId"])
            shop.wait(1)
        shop.does(shop.taker, "DELETE", ALGO, algoId=made["algoId"])
    for number in range(2):
        shop.wait(60)
        shop.note(f"modified {number}")
        shop.does(
            shop.taker, "PUT", ORDER, symbol="BTCUSDT", side="BUY", orderId=shop.noted["BTCUSDT open 0"],
            quantity="1.5", price=58_990 + number,
        )  # fmt: skip


USUAL: Final[Mapping[str, Values]] = {
    "symbol": ("BTCUSDT", "ETHUSDT"),
    "pair": ("BTCUSDT", "ETHUSDT"),
    "limit": ("1", "2"),
    "startTime": ("{hour0}", "{later}"),
    "endTime": ("{hour0}", "{later}"),
    "interval": ("1m", "1h"),
    "orderId": ("{BTCUSDT open 1}", "{BTCUSDT open 2}"),
    "origClientOrderId": ("BTCUSDT-1", "BTCUSDT-2"),
    "algoId": ("{BTCUSDT algo 0}", "{BTCUSDT algo 1}"),
    "page": ("1", "2"),
    "period": ("5m", "1h"),
    "contractType": ("PERPETUAL", "CURRENT_QUARTER"),
}
