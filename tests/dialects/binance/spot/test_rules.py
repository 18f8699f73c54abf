"""By which rules a symbol is traded, as anybody and as an account is told."""

import msgspec
import pytest

from simexchange.core.vocabulary.commands import SetAssetLimit, SetReferencePrice
from simexchange.core.vocabulary.markets import Filters, Market, MarketKind, MarketRules
from simexchange.core.vocabulary.orders import SelfTrade
from simexchange.core.vocabulary.units import MINUTE, ONE, SECOND, Amount, Nanos, Price, Quantity, Rate
from simexchange.dialects.binance.spot import rules
from tests.dialects.binance.spot.bench import FILTERS, Bench

BIP = ONE // 10_000
EVERYTHING = Filters(
    price_min=Price(ONE),
    iceberg_parts=10,
    max_orders=200,
    max_order_lists=20,
    max_conditional_orders=5,
    max_iceberg_orders=6,
    max_amends=7,
    max_position=Quantity(3 * ONE),
    trailing_above_min=Rate(10 * BIP),
    trailing_above_max=Rate(2_000 * BIP),
    trailing_below_min=Rate(20 * BIP),
    trailing_below_max=Rate(1_000 * BIP),
    bid_up=Rate(5 * ONE),
    ask_down=Rate(ONE // 5),
    average_span=Nanos(5 * MINUTE),
    range_bid_up=Rate(10_001 * BIP),
    self_trade_modes=(SelfTrade.NONE, SelfTrade.EXPIRE_BOTH),
    self_trade_default=SelfTrade.EXPIRE_BOTH,
)
NO_SUCH_MODE = "This symbol does not allow the specified self-trade prevention mode."
SPEC = Market("spot:BTC-USDT", MarketKind.SPOT, "BTC", "USDT", "USDT", Price(ONE // 100), Quantity(ONE // 1_000))


def test_every_filter_that_is_in_force_is_listed_with_its_figures() -> None:
    """Averages are over minutes, trailing distances in basis points."""
    shown = {row["filterType"]: row for row in rules.filters(SPEC, MarketRules(EVERYTHING, Rate(0), Rate(0)))}

    assert list(shown) == [
        "PRICE_FILTER", "LOT_SIZE", "ICEBERG_PARTS", "MARKET_LOT_SIZE", "TRAILING_DELTA", "PERCENT_PRICE_BY_SIDE",
        "NOTIONAL", "MAX_POSITION", "MAX_NUM_ORDERS", "MAX_NUM_ORDER_LISTS", "MAX_NUM_ALGO_ORDERS",
        "MAX_NUM_ICEBERG_ORDERS", "MAX_NUM_ORDER_AMENDS",
    ]  # fmt: skip
    assert shown["TRAILING_DELTA"] == {
        "filterType": "TRAILING_DELTA",
        "minTrailingAboveDelta": 10,
        "maxTrailingAboveDelta": 2_000,
        "minTrailingBelowDelta": 20,
        "maxTrailingBelowDelta": 1_000,
    }
    assert (shown["NOTIONAL"]["avgPriceMins"], shown["PERCENT_PRICE_BY_SIDE"]["avgPriceMins"]) == (5, 5)
    assert shown["ICEBERG_PARTS"]["limit"] == 10
    assert shown["MAX_NUM_ALGO_ORDERS"]["maxNumAlgoOrders"] == 5
    assert shown["MAX_NUM_ICEBERG_ORDERS"]["maxNumIcebergOrders"] == 6
    assert shown["MAX_NUM_ORDER_AMENDS"]["maxNumOrderAmends"] == 7
    assert shown["MAX_NUM_ORDER_LISTS"]["maxNumOrderLists"] == 20
    assert shown["MAX_POSITION"]["maxPosition"] == "3.00000000"


def test_a_filter_that_is_off_is_not_listed() -> None:
    shown = [row["filterType"] for row in rules.filters(SPEC, MarketRules(Filters(max_orders=0), Rate(0), Rate(0)))]

    assert shown == ["PRICE_FILTER", "LOT_SIZE", "MARKET_LOT_SIZE", "NOTIONAL"]


def test_self_trade_modes_are_those_of_the_rules() -> None:
    """Where the rules name none, all are allowed, and an order that says nothing trades with its own."""
    assert [rules.MODES[mode] for mode in rules.self_trade_modes(EVERYTHING)] == ["NONE", "EXPIRE_BOTH"]
    assert rules.MODES[rules.default_self_trade_mode(EVERYTHING)] == "EXPIRE_BOTH"
    assert len(rules.self_trade_modes(FILTERS)) == 6
    assert rules.MODES[rules.default_self_trade_mode(FILTERS)] == "NONE"


def test_execution_rules_show_the_price_range_with_the_bounds_that_are_set() -> None:
    bench = Bench(filters=EVERYTHING)

    ranges = [{"ruleType": "PRICE_RANGE", "bidLimitMultUp": "1.0001"}]
    assert bench.public("/api/v3/executionRules").body == {"symbolRules": [{"symbol": "BTCUSDT", "rules": ranges}]}
    assert bench.api("executionRules", {"symbol": "BTCUSDT"})["result"]["symbolRules"][0]["rules"] == ranges


def test_a_symbol_without_execution_rules_is_listed_where_it_was_named(bench: Bench) -> None:
    assert bench.public("/api/v3/executionRules").body == {"symbolRules": []}
    assert bench.public("/api/v3/executionRules", symbol="BTCUSDT").body == {
        "symbolRules": [{"symbol": "BTCUSDT", "rules": []}]
    }
    assert bench.public("/api/v3/executionRules", symbol="BTCUSDT", symbolStatus="TRADING").code == -1128


def test_an_account_is_told_the_filters_of_its_own_rules(bench: Bench) -> None:
    info = bench.public("/api/v3/exchangeInfo", symbol="BTCUSDT").body["symbols"][0]

    answer = bench.signed(bench.taker, "GET", "/api/v3/myFilters", symbol="BTCUSDT")

    assert answer.body == {"exchangeFilters": [], "symbolFilters": info["filters"], "assetFilters": []}


def test_what_an_order_may_move_of_an_asset_is_told_to_its_account(bench: Bench) -> None:
    """Only of the two assets of the symbol."""
    for asset in ("USDT", "ETH"):
        bench.run(SetAssetLimit(bench.taker.no, asset, Amount(50 * ONE)))

    told = bench.signed(bench.taker, "GET", "/api/v3/myFilters", symbol="BTCUSDT").body["assetFilters"]
    refused = bench.signed(
        bench.taker, "POST", "/api/v3/order", symbol="BTCUSDT", side="BUY", type="LIMIT", timeInForce="GTC",
        quantity="1", price="51",
    )  # fmt: skip

    assert told == [{"filterType": "MAX_ASSET", "asset": "USDT", "limit": "50.00000000"}]
    assert refused.body == {"code": -1013, "msg": "Filter failure: MAX_ASSET"}


def test_a_symbol_without_a_reference_price_says_so(bench: Bench) -> None:
    for path in ("referencePrice", "referencePrice/calculation"):
        assert bench.public(f"/api/v3/{path}", symbol="BTCUSDT").body == {
            "code": -2043,
            "msg": "This symbol doesn't have a reference price.",
        }


def test_a_reference_price_is_null_until_something_trades_and_then_the_mean() -> None:
    """Ten buckets of a second."""
    bench = Bench(filters=Filters(reference_buckets=10, reference_bucket=Nanos(SECOND)))
    before = bench.public("/api/v3/referencePrice", symbol="BTCUSDT").body
    for price in (100, 102):
        bench.maker.sells(1, at=price)
        bench.third.buys(1, at=price)

    assert before == {"symbol": "BTCUSDT", "referencePrice": None, "timestamp": bench.now_ms()}
    assert bench.public("/api/v3/referencePrice", symbol="BTCUSDT").body["referencePrice"] == "101.00000000"
    assert bench.api("referencePrice.calculation", {"symbol": "BTCUSDT"})["result"] == {
        "symbol": "BTCUSDT",
        "calculationType": "ARITHMETIC_MEAN",
        "bucketCount": 10,
        "bucketWidthMs": 1_000,
    }


def test_a_reference_price_may_be_set_from_outside(bench: Bench) -> None:
    bench.run(SetReferencePrice(bench.market, Price(99 * ONE)))

    assert bench.public("/api/v3/referencePrice", symbol="BTCUSDT").body["referencePrice"] == "99.00000000"
    assert bench.public("/api/v3/referencePrice/calculation", symbol="BTCUSDT").body == {
        "symbol": "BTCUSDT",
        "calculationType": "EXTERNAL",
        "externalCalculationId": 0,
    }


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ({"icebergQty": "0.01"}, "Filter failure: ICEBERG_PARTS"),
        ({"icebergQty": "2"}, "IcebergQty exceeds QTY."),
        ({"selfTradePreventionMode": "DECREMENT"}, NO_SUCH_MODE),
        ({"price": "0.5"}, "Filter failure: PRICE_FILTER"),
        ({"type": "STOP_LOSS_LIMIT", "stopPrice": "0.5"}, "Filter failure: PRICE_FILTER"),
    ],
)  # fmt: skip
def test_a_test_order_is_judged_by_every_filter_and_placed_nowhere(sent: dict[str, str], text: str) -> None:
    # Everybody here owns more than MAX_POSITION would allow.
    bench = Bench(filters=msgspec.structs.replace(EVERYTHING, max_position=Quantity(0)))
    plain = {
        "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "50",
    }  # fmt: skip
    before = bench.seq

    good = bench.signed(bench.taker, "POST", "/api/v3/order/test", **plain)
    bad = bench.signed(bench.taker, "POST", "/api/v3/order/test", **{**plain, **sent})

    assert (good.status, good.body, bench.seq) == (200, {}, before)
    assert bad.body["msg"] == text
