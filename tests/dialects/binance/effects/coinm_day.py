"""A day on COIN-M, and two values for each parameter that a call on it can have."""

from collections.abc import Mapping
from typing import Final

from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.units import ONE, Price
from simexchange.dialects.binance.coinm.product import CoinmProduct
from tests.dialects.binance.effects.effect import Values
from tests.dialects.binance.effects.shop import HOUR, MINUTE, Shop

ORDER: Final = "/dapi/v1/order"
ALGO: Final = "/dapi/v1/algoOrder"
PERP: Final = "BTCUSD_PERP"
ETHER: Final = "ETHUSD_PERP"
LEVELS: Final = 25


def day() -> Shop:
    """The taker's day, the maker standing on both sides of it."""
    shop = Shop(CoinmProduct())
    for symbol, middle in ((PERP, 60_000), (ETHER, 2_000)):
        _quotes(shop, symbol, middle)
    shop.does(shop.taker, "POST", "/dapi/v1/marginType", symbol=ETHER, marginType="ISOLATED")
    _liquidations(shop)
    for symbol in (PERP, ETHER):
        shop.does(shop.taker, "POST", "/dapi/v1/leverage", symbol=symbol, leverage=10)
    for times in range(3):
        shop.note(f"hour{times}")
        side, share = (("BUY", 2), ("SELL", 1), ("BUY", 2))[times]
        for symbol, unit in ((PERP, 10), (ETHER, 100)):
            order = _order(shop, symbol, side, unit * share)
            shop.note(f"{symbol} taken {times}", order["orderId"])
        shop.does(shop.taker, "POST", "/dapi/v1/positionMargin", symbol=ETHER, amount=(5 + times) / 8, type=1)
        shop.does(shop.taker, "POST", "/dapi/v1/positionMargin", symbol=ETHER, amount=0.125, type=2)
        shop.wait((HOUR + MINUTE) / 1e9)
        shop.run(cmd.SetIndex("BTC-USDT", Price((60_010 + times) * ONE)))
    _waiting_orders(shop)
    # Through two settlements of funding.
    shop.wait(14 * HOUR / 1e9)
    shop.note("later")
    last = [row["id"] for row in shop.does(shop.taker, "GET", "/dapi/v1/userTrades", symbol=PERP)]
    shop.note("trade", last[1])
    return shop


def _quotes(shop: Shop, symbol: str, middle: int) -> None:
    for step in range(1, LEVELS + 1):
        for side, price in (("BUY", middle - step), ("SELL", middle + step)):
            shop.does(
                shop.maker, "POST", ORDER, symbol=symbol, side=side, type="LIMIT", quantity=500, price=price,
                timeInForce="GTC",
            )  # fmt: skip


def _liquidations(shop: Shop) -> None:
    """Two, an hour apart, of a little ether at 50x."""
    shop.does(shop.taker, "POST", "/dapi/v1/leverage", symbol=ETHER, leverage=50)
    for number in range(2):
        _order(shop, ETHER, "BUY", 200)
        shop.run(cmd.SetMark(shop.state.market_no["perp:ETH-USD"], Price(1_800 * ONE)))
        shop.note(f"liquidated {number}")
        shop.wait(10)
        shop.run(cmd.SetIndex("ETH-USDT", Price(2_000 * ONE)))
        shop.wait(HOUR / 1e9)


def _order(shop: Shop, symbol: str, side: str, qty: int, **more: object) -> dict[str, str]:
    answer: dict[str, str] = shop.does(
        shop.taker, "POST", ORDER, symbol=symbol, side=side, type="MARKET", quantity=qty, newOrderRespType="RESULT",
        **more,
    )  # fmt: skip
    return answer


def _waiting_orders(shop: Shop) -> None:
    """Open, canceled, modified and conditional orders of the taker in both markets."""
    for symbol, price in ((PERP, 59_000), (ETHER, 1_900)):
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
                triggerPrice=price, quantity="10", clientAlgoId=f"{symbol}-stop-{number}",
            )  # fmt: skip
            shop.note(f"{symbol} algo {number}", made["algoId"])
            shop.wait(1)
        shop.does(shop.taker, "DELETE", ALGO, algoId=made["algoId"])
    for number in range(2):
        shop.wait(60)
        shop.note(f"modified {number}")
        shop.does(
            shop.taker, "PUT", ORDER, symbol=PERP, side="BUY", orderId=shop.noted[f"{PERP} open 0"], quantity="2",
            price=58_990 + number,
        )  # fmt: skip


USUAL: Final[Mapping[str, Values]] = {
    "symbol": (PERP, ETHER),
    "pair": ("BTCUSD", "ETHUSD"),
    "limit": ("1", "2"),
    "startTime": ("{hour0}", "{later}"),
    "endTime": ("{hour0}", "{later}"),
    "interval": ("1m", "1h"),
    "orderId": ("{BTCUSD_PERP open 1}", "{BTCUSD_PERP open 2}"),
    "origClientOrderId": ("BTCUSD_PERP-1", "BTCUSD_PERP-2"),
    "algoId": ("{BTCUSD_PERP algo 0}", "{BTCUSD_PERP algo 1}"),
    "page": ("1", "2"),
    "contractType": ("PERPETUAL", "CURRENT_QUARTER"),
}
