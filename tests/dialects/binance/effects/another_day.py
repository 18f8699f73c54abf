"""The same days an hour later, when two people did what is rarer: so that every member of an answer moves."""

from typing import Final

from msgspec.structs import replace

from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.markets import Commission, Filters, Market, MarketKind, MarketRules, MarketStatus
from simexchange.core.vocabulary.units import HOUR, ONE, Amount, Nanos, Price, Quantity, Rate
from simexchange.dialects.binance.coinm.product import CoinmProduct
from tests.core.world import TIERS, Person
from tests.dialects.binance.effects.shop import Shop

ORDER: Final = "/fapi/v1/order"
ALGO: Final = "/fapi/v1/algoOrder"


def spot(shop: Shop) -> Shop:
    """Orders of every kind for quotes, icebergs, pegs, lists that are done; a market unlike the others."""
    shop.wait(3_700)
    path = "/api/v3/order"
    for symbol, qty in (("BTCUSDT", "0.077"), ("ETHUSDT", "0.77")):
        shop.does(shop.taker, "POST", path, symbol=symbol, side="SELL", type="MARKET", quantity=qty)
    third = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1"}
    shop.does(shop.third, "POST", path, **third, price=59_500, icebergQty="0.5")
    own = [
        shop.does(
            shop.third, "POST", path, symbol="ETHUSDT", side=side, type="LIMIT", timeInForce="GTC", quantity=qty,
            price=2_000, selfTradePreventionMode="EXPIRE_BOTH",
        )
        for side, qty in (("SELL", "0.3"), ("BUY", "0.2"))
    ]  # fmt: skip
    shop.note("third prevented", own[1]["orderId"])
    shop.does(
        shop.third, "POST", path, symbol="BTCUSDT", side="BUY", type="LIMIT", timeInForce="FOK", quantity="30",
        price=60_001,
    )  # fmt: skip
    shop.does(shop.third, "POST", path, symbol="BTCUSDT", side="BUY", type="MARKET", quoteOrderQty="600")
    pair = {
        "symbol": "ETHUSDT",
        "side": "SELL",
        "quantity": "0.1",
        "aboveType": "LIMIT_MAKER",
        "belowType": "STOP_LOSS",
    }
    done = shop.does(shop.third, "POST", "/api/v3/orderList/oco", **pair, abovePrice=2_200, belowStopPrice=1_900)
    shop.does(shop.third, "DELETE", "/api/v3/orderList", symbol="ETHUSDT", orderListId=done["orderListId"])
    working = {"workingSide": "BUY", "workingType": "LIMIT", "workingTimeInForce": "GTC", "workingQuantity": "0.1"}
    pending = {"pendingSide": "SELL", "pendingType": "LIMIT_MAKER", "pendingQuantity": "0.1", "pendingPrice": "62000"}
    shop.does(shop.third, "POST", "/api/v3/orderList/oto", symbol="BTCUSDT", **working, workingPrice="59400", **pending)
    shop.does(
        shop.maker, "POST", "/api/v3/sor/order", symbol="BTCUSDT", side="SELL", type="LIMIT", timeInForce="IOC",
        quantity="0.3", price=50_000,
    )  # fmt: skip
    shop.does(shop.third, "POST", "/sapi/v1/bnbBurn", spotBNBBurn="true")
    shop.run(cmd.Deposit(shop.third.no, "spot", "USDT", Amount(7 * ONE)))
    _unlike(shop)
    return shop


def _unlike(shop: Shop) -> None:
    """Ether has rules of its own, other filters, fees and taxes; a third market is halted."""
    bitcoin, ether = (shop.state.market_no[f"spot:{base}-USDT"] for base in ("BTC", "ETH"))
    rules = shop.state.rules["binance", ether]
    filters = replace(
        rules.filters, iceberg_parts=7, max_orders=99, max_order_lists=9, max_conditional_orders=4, max_amends=3,
        price_min=Price(ONE), price_max=Price(99_999 * ONE), notional_min=Amount(7 * ONE),
        notional_max=Amount(99_999 * ONE),
        bid_up=Rate(4 * ONE), bid_down=Rate(ONE // 4), ask_up=Rate(4 * ONE), ask_down=Rate(ONE // 4),
        trailing_above_min=Rate(ONE // 500), trailing_above_max=Rate(ONE // 10), trailing_below_min=Rate(ONE // 500),
        trailing_below_max=Rate(ONE // 10), range_ask_down=Rate(ONE // 2),
    )  # fmt: skip
    fees = Commission(maker=Rate(1_000), taker=Rate(2_000), buyer=Rate(3_000), seller=Rate(4_000))
    shop.run(
        cmd.SetRules("binance", ether, replace(rules, filters=filters, special=fees, tax=fees, taker=Rate(120_000)))
    )
    shop.run(cmd.SetReferencePrice(bitcoin, Price(61_000 * ONE)))
    coarse = Market("spot:XRP-BTC", MarketKind.SPOT, "XRP", "BTC", "BTC", Price(ONE // 100_000), Quantity(ONE))
    shop.run(cmd.ListMarket(coarse))
    no = MarketNo(len(shop.state.markets))
    shop.run(cmd.SetRules("binance", no, MarketRules(Filters(max_orders=5), Rate(0), Rate(0))))
    shop.run(cmd.SetMarketStatus(no, MarketStatus.HALT))


def usdm(shop: Shop) -> Shop:
    """Hedging positions, conditional orders that came true, and a contract unlike the others."""
    _a_coin_trade(shop)
    shop.wait(3_700)
    market = {"type": "MARKET", "newOrderRespType": "RESULT"}
    for symbol, qty in (("BTCUSDT", "0.077"), ("ETHUSDT", "0.77")):
        shop.does(shop.taker, "POST", ORDER, symbol=symbol, side="SELL", quantity=qty, **market)
    third = shop.third
    shop.does(third, "POST", "/fapi/v1/positionSide/dual", dualSidePosition="true")
    for side, slot, qty in (("BUY", "LONG", "0.5"), ("SELL", "SHORT", "0.2")):
        shop.does(third, "POST", ORDER, symbol="BTCUSDT", side=side, positionSide=slot, quantity=qty, **market)
    limit = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "positionSide": "LONG", "quantity": "1"}
    shop.does(third, "POST", ORDER, **limit, timeInForce="GTD", price=59_000, goodTillDate=shop.now_ms() + 9_000_000)
    shop.does(third, "POST", ORDER, **limit, timeInForce="GTC", priceMatch="QUEUE", selfTradePreventionMode="NONE")
    stop = {"algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": "SELL", "positionSide": "LONG"}
    shop.does(
        third, "POST", ALGO, **stop, type="STOP_MARKET", triggerPrice=59_500, workingType="MARK_PRICE",
        closePosition="true", priceProtect="true",
    )  # fmt: skip
    came = shop.does(
        third, "POST", ALGO, **stop, type="TAKE_PROFIT", triggerPrice=60_005, price=59_990, quantity="0.1",
        timeInForce="GTC",
    )  # fmt: skip
    shop.note("third algo", came["algoId"])
    shop.does(shop.taker, "POST", ORDER, symbol="BTCUSDT", side="BUY", quantity="30", **market)
    shop.does(third, "POST", "/fapi/v1/feeBurn", feeBurn="true")
    shop.does(third, "POST", "/fapi/v1/marginType", symbol="ETHUSDT", marginType="ISOLATED")
    shop.does(third, "POST", ORDER, symbol="ETHUSDT", side="BUY", positionSide="LONG", quantity="2", **market)
    margin = {"symbol": "ETHUSDT", "positionSide": "LONG", "type": 1}
    shop.does(third, "POST", "/fapi/v1/positionMargin", **margin, amount=7)
    _unlike_contract(shop)
    return shop


def _a_coin_trade(shop: Shop) -> None:
    """One of those at the top sells some of what it has."""
    shop.product, linear = CoinmProduct(), shop.product
    order = {"symbol": "BTCUSD_PERP", "side": "SELL", "type": "MARKET", "quantity": 4}
    shop.does(Person(shop, "person 1"), "POST", "/dapi/v1/order", **order)
    shop.product = linear


def _unlike_contract(shop: Shop) -> None:
    """A contract with steps, tiers, caps and an interval of its own; ether's funding is set by hand."""
    spec = Market(
        "perp:XRP-USDC", MarketKind.PERPETUAL, "XRP", "USDC", "USDC", Price(ONE // 10_000), Quantity(ONE),
        funding_interval=Nanos(4 * HOUR), index="BTC-USDT", impact_notional=Amount(100 * ONE),
    )  # fmt: skip
    shop.run(cmd.ListMarket(spec))
    rules = MarketRules(
        Filters(qty_min=Quantity(ONE), max_orders=50, bid_up=Rate(ONE + ONE // 5), ask_down=Rate(ONE - ONE // 5)),
        Rate(10_000), Rate(20_000), TIERS, Rate(2_000_000), 5,
    )  # fmt: skip
    shop.run(cmd.SetRules("binance", MarketNo(len(shop.state.markets)), rules))


def coinm(shop: Shop) -> Shop:
    """Both sides of a contract held, conditional orders that came true, and a contract unlike the others."""
    shop.wait(3_700)
    order, algo = "/dapi/v1/order", "/dapi/v1/algoOrder"
    market = {"type": "MARKET", "newOrderRespType": "RESULT"}
    third = shop.third
    shop.does(third, "POST", "/dapi/v1/positionSide/dual", dualSidePosition="true")
    for side, slot, qty in (("BUY", "LONG", "5"), ("SELL", "SHORT", "2")):
        shop.does(third, "POST", order, symbol="BTCUSD_PERP", side=side, positionSide=slot, quantity=qty, **market)
    limit = {"symbol": "BTCUSD_PERP", "side": "BUY", "type": "LIMIT", "positionSide": "LONG", "quantity": "1"}
    shop.does(third, "POST", order, **limit, timeInForce="GTC", priceMatch="QUEUE", selfTradePreventionMode="NONE")
    stop = {"algoType": "CONDITIONAL", "symbol": "BTCUSD_PERP", "side": "SELL", "positionSide": "LONG"}
    shop.does(
        third, "POST", algo, **stop, type="STOP_MARKET", triggerPrice=59_500, workingType="MARK_PRICE",
        closePosition="true", priceProtect="true",
    )  # fmt: skip
    came = shop.does(
        third, "POST", algo, **stop, type="TAKE_PROFIT", triggerPrice=60_005, price=59_990, quantity="1",
        timeInForce="GTC",
    )  # fmt: skip
    shop.note("third algo", came["algoId"])
    shop.does(shop.taker, "POST", order, symbol="BTCUSD_PERP", side="BUY", quantity="3000", **market)
    _unlike_inverse(shop)
    return shop


def _unlike_inverse(shop: Shop) -> None:
    """A contract with steps, tiers, caps, fees and an interval of its own, that is halted."""
    spec = Market(
        "perp:XRP-USD", MarketKind.PERPETUAL, "XRP", "USD", "XRP", Price(ONE // 10_000), Quantity(10 * ONE),
        inverse=True, contract_size=Amount(10 * ONE), funding_interval=Nanos(4 * HOUR), index="BTC-USDT",
        impact_notional=Amount(100 * ONE),
    )  # fmt: skip
    shop.run(cmd.ListMarket(spec))
    rules = MarketRules(
        Filters(qty_min=Quantity(10 * ONE), max_orders=50, bid_up=Rate(ONE + ONE // 5), ask_down=Rate(ONE - ONE // 5)),
        Rate(30_000), Rate(40_000), TIERS, Rate(2_000_000), 5,
    )  # fmt: skip
    no = MarketNo(len(shop.state.markets))
    shop.run(cmd.SetRules("binance", no, rules))
    shop.run(cmd.SetMarketStatus(no, MarketStatus.HALT))
