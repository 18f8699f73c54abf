"""Public calls tell what the views tell, in the venue's numbers."""

from simexchange.core.vocabulary.commands import SetConstituents, SetSourcePrice
from simexchange.core.vocabulary.indexes import Constituent
from simexchange.core.vocabulary.units import HOUR, MINUTE, ONE, SECOND, Price, Rate
from tests.dialects.binance.usdm.desk import Desk


def test_exchange_info_has_every_field_clients_insist_on(desk: Desk) -> None:
    """ccxt, nautilus and hummingbot each refuse a contract that lacks one of these."""
    info = desk.public("/fapi/v1/exchangeInfo").body

    (contract,) = info["symbols"]
    assert {"timezone", "serverTime", "rateLimits", "exchangeFilters", "assets"} <= set(info)
    assert (contract["symbol"], contract["pair"], contract["contractType"], contract["status"]) == (
        "BTCUSDT", "BTCUSDT", "PERPETUAL", "TRADING",
    )  # fmt: skip
    assert (contract["baseAsset"], contract["quoteAsset"], contract["marginAsset"]) == ("BTC", "USDT", "USDT")
    assert (contract["pricePrecision"], contract["quantityPrecision"]) == (2, 3)
    assert (contract["deliveryDate"], contract["liquidationFee"]) == (4_133_404_800_000, "0.010000")
    assert contract["timeInForce"] == ["GTC", "IOC", "FOK", "GTX", "GTD"]
    assert info["assets"] == [{"asset": "USDT", "marginAvailable": True, "autoAssetExchange": "0"}]
    assert {"maintMarginPercent", "requiredMarginPercent", "underlyingType", "onboardDate"} <= set(contract)
    assert contract["filters"] == [
        {"filterType": "PRICE_FILTER", "minPrice": "1.00", "maxPrice": "1000000.00", "tickSize": "0.01"},
        {"filterType": "LOT_SIZE", "minQty": "0.001", "maxQty": "1000", "stepSize": "0.001"},
        {"filterType": "MARKET_LOT_SIZE", "minQty": "0.001", "maxQty": "100", "stepSize": "0.001"},
        {"filterType": "MAX_NUM_ORDERS", "limit": 3},
        {"filterType": "MIN_NOTIONAL", "notional": "5"},
        {"filterType": "PERCENT_PRICE", "multiplierUp": "1.1000", "multiplierDown": "0.9000", "multiplierDecimal": "4"},
    ]


def test_spot_markets_are_not_in_it(desk: Desk) -> None:
    """BTCUSDT is the perpetual here, though a spot market has the same symbol."""
    desk.order(desk.maker, "SELL", "1", "100")
    desk.order(desk.taker, "BUY", "1")

    assert len(desk.public("/fapi/v1/exchangeInfo").body["symbols"]) == 1
    assert [row["symbol"] for row in desk.public("/fapi/v1/ticker/price").body] == ["BTCUSDT"]
    assert desk.public("/fapi/v1/ticker/price", symbol="BTCUSDT").body["price"] == "100.00"


def test_the_book_with_retail_orders_is_the_book(desk: Desk) -> None:
    """There are none of those; it is told as deep as it goes, or not at all."""
    desk.order(desk.maker, "BUY", "1", "99")
    desk.order(desk.maker, "SELL", "0.5", "101")

    told = desk.public("/fapi/v1/rpiDepth", symbol="BTCUSDT").body

    assert told == desk.public("/fapi/v1/depth", symbol="BTCUSDT", limit=1000).body
    assert desk.public("/fapi/v1/rpiDepth", symbol="BTCUSDT", limit=1000).body == told
    refused = desk.public("/fapi/v1/rpiDepth", symbol="BTCUSDT", limit=500).body
    assert refused == {"code": -4021, "msg": "'500' is not valid depth limit."}
    assert desk.public("/fapi/v1/rpiDepth", symbol="NOPE").body["code"] == -1121


def test_no_composite_index_is_listed(desk: Desk) -> None:
    assert desk.public("/fapi/v1/indexInfo").body == []
    assert desk.public("/fapi/v1/indexInfo", symbol="BTCUSDT").body["code"] == -1121


def test_no_contract_has_opening_hours(desk: Desk) -> None:
    assert desk.public("/fapi/v1/tradingSchedule").body == {"updateTime": desk.now_ms(), "marketSchedules": {}}


def test_the_book_is_told_with_its_number(desk: Desk) -> None:
    """Three levels changed, so the number is three; the best come first."""
    desk.order(desk.maker, "BUY", "1", "99")
    desk.order(desk.maker, "BUY", "2", "98")
    desk.order(desk.maker, "SELL", "0.5", "101")

    body = desk.public("/fapi/v1/depth", symbol="BTCUSDT", limit=5).body

    assert body == {
        "lastUpdateId": 3,
        "E": desk.now_ms(),
        "T": desk.now_ms(),
        "bids": [["99.00", "1.000"], ["98.00", "2.000"]],
        "asks": [["101.00", "0.500"]],
    }
    best = desk.public("/fapi/v1/ticker/bookTicker", symbol="BTCUSDT").body
    assert (best["bidPrice"], best["bidQty"], best["askPrice"], best["askQty"]) == ("99.00", "1.000", "101.00", "0.500")
    assert best["lastUpdateId"] == 3


def test_an_empty_book_is_told_as_zeros(desk: Desk) -> None:
    """And an empty depth, not an error."""
    assert desk.public("/fapi/v1/depth", symbol="BTCUSDT").body["bids"] == []
    assert desk.public("/fapi/v1/ticker/bookTicker", symbol="BTCUSDT").body["bidPrice"] == "0.00"


def test_prints_and_their_aggregates(desk: Desk) -> None:
    """One taker takes two orders at one price: two prints, one aggregate. The seller was the maker."""
    desk.order(desk.maker, "SELL", "1", "100")
    desk.order(desk.third, "SELL", "2", "100")
    desk.order(desk.taker, "BUY", "3")

    prints = desk.public("/fapi/v1/trades", symbol="BTCUSDT").body
    aggregates = desk.public("/fapi/v1/aggTrades", symbol="BTCUSDT").body

    assert prints[1] == {
        "id": 2,
        "price": "100.00",
        "qty": "2.000",
        "quoteQty": "200",
        "time": desk.now_ms(),
        "isBuyerMaker": False,
        "isRPITrade": False,
    }
    assert aggregates == [
        {"a": 1, "p": "100.00", "q": "3.000", "nq": "3.000", "f": 1, "l": 2, "T": desk.now_ms(), "m": False}
    ]
    headers = {"x-mbx-apikey": f"key{desk.taker.name}"}
    older = desk.send("GET", "/fapi/v1/historicalTrades", "symbol=BTCUSDT&fromId=2", b"", headers)
    assert older.body == prints[1:]
    assert desk.send("GET", "/fapi/v1/historicalTrades", "symbol=BTCUSDT", b"", {}).code == -2014


def test_the_newest_prints_are_asked_for_without_an_id(desk: Desk) -> None:
    """An id belongs to the historical prints: here it is a surplus parameter, whatever it says."""
    desk.order(desk.maker, "SELL", "1", "100")
    desk.order(desk.taker, "BUY", "1")

    for surplus in ("2", "0.5", "x"):
        answer = desk.public("/fapi/v1/trades", symbol="BTCUSDT", fromId=surplus)
        assert (answer.status, [row["id"] for row in answer.body]) == (200, [1])


def test_candles_are_twelve_elements(desk: Desk) -> None:
    """Two trades in the first minute, none in the second: a flat candle follows."""
    start = desk.at - desk.at % MINUTE
    for price in ("100", "102"):
        desk.order(desk.maker, "SELL", "1", price)
        desk.order(desk.taker, "BUY", "1")
    desk.passes(MINUTE)

    rows = desk.public("/fapi/v1/klines", symbol="BTCUSDT", interval="1m").body

    begin = start // 1_000_000
    assert rows[0] == [
        begin, "100.00", "102.00", "100.00", "102.00", "2.000", begin + 59_999, "202", 2, "2.000", "202", "0",
    ]  # fmt: skip
    assert rows[1][:6] == [begin + 60_000, "102.00", "102.00", "102.00", "102.00", "0.000"]
    same = desk.public("/fapi/v1/continuousKlines", pair="BTCUSDT", contractType="PERPETUAL", interval="1m").body
    assert same == rows
    assert desk.public("/fapi/v1/klines", symbol="BTCUSDT", interval="1m", limit=1).body == rows[-1:]


def test_mark_index_and_premium_have_candles_of_their_own(desk: Desk) -> None:
    """Eight decimals, no volume; the index by its pair."""
    desk.index(103)

    mark = desk.public("/fapi/v1/markPriceKlines", symbol="BTCUSDT", interval="1m").body[-1]
    index = desk.public("/fapi/v1/indexPriceKlines", pair="BTCUSDT", interval="1m").body[-1]
    premium = desk.public("/fapi/v1/premiumIndexKlines", symbol="BTCUSDT", interval="1m").body[-1]

    assert index[1:6] == ["100.00000000", "103.00000000", "100.00000000", "103.00000000", "0"]
    assert mark[5] == "0"
    assert premium[4] == "0.00000000"


def test_the_rolling_day(desk: Desk) -> None:
    """Opened at 100, last 102: 2 %. There is no bid or ask in it on futures."""
    for price in ("100", "102"):
        desk.order(desk.maker, "SELL", "1", price)
        desk.order(desk.taker, "BUY", "1")

    body = desk.public("/fapi/v1/ticker/24hr", symbol="BTCUSDT").body

    assert (body["openPrice"], body["lastPrice"], body["priceChange"], body["priceChangePercent"]) == (
        "100.00", "102.00", "2.00", "2.000",
    )  # fmt: skip
    assert (body["volume"], body["quoteVolume"], body["weightedAvgPrice"]) == ("2.000", "202", "101.00")
    assert body["count"] == 2
    assert (body["firstId"], body["lastId"], body["lastQty"]) == (1, 2, "1.000")
    assert "bidPrice" not in body
    assert desk.public("/fapi/v1/ticker/24hr").body == [body]


def test_the_next_funding_is_told(desk: Desk) -> None:
    """Mark and index as set, the rate's estimate, and the stamp within eight hours."""
    body = desk.public("/fapi/v1/premiumIndex", symbol="BTCUSDT").body

    assert (body["markPrice"], body["indexPrice"], body["interestRate"]) == (
        "100.00000000", "100.00000000", "0.00010000",
    )  # fmt: skip
    assert 0 < body["nextFundingTime"] - desk.now_ms() <= 8 * 3_600_000
    assert body["nextFundingTime"] % (8 * 3_600_000) == 0
    assert body["time"] == desk.now_ms()
    assert desk.public("/fapi/v1/premiumIndex").body == [body]


def test_settled_rates_are_those_of_the_events(desk: Desk) -> None:
    """Two settlements; with a start the oldest come first."""
    desk.opens(desk.taker, "1")
    desk.passes(16 * HOUR + SECOND)

    rates = desk.public("/fapi/v1/fundingRate", symbol="BTCUSDT").body

    settled = desk.views.funding.rates(desk.market)
    assert [row["fundingTime"] for row in rates] == [row.at // 1_000_000 for row in settled]
    assert [(row["fundingRate"], row["rateType"]) for row in rates] == [("0.00010000", "Regular")] * 2
    assert desk.public("/fapi/v1/fundingRate", startTime=0, limit=1).body == rates[:1]
    info = desk.public("/fapi/v1/fundingInfo").body
    assert (info[0]["fundingIntervalHours"], info[0]["adjustedFundingRateCap"]) == (8, "0.02000000")


def test_constituents_are_what_the_index_was_made_of(desk: Desk) -> None:
    """Weights are parts of the whole; a source that is astray weighs nothing, and an index that is set is itself."""
    parts = tuple(Constituent(name, Rate(weight)) for name, weight in (("binance", 3), ("kraken", 1), ("gate", 4)))
    set_by_hand = desk.public("/fapi/v1/constituents", symbol="BTCUSDT").body

    desk.run(SetConstituents("BTC-USDT", parts))
    for name, price in (("binance", 100), ("kraken", 101), ("gate", 120)):
        desk.run(SetSourcePrice("BTC-USDT", name, Price(price * ONE)))
    body = desk.public("/fapi/v1/constituents", symbol="BTCUSDT").body

    assert [row["exchange"] for row in set_by_hand["constituents"]] == ["simexchange"]
    assert body["constituents"] == [
        {"exchange": "binance", "symbol": "BTCUSDT", "price": "100.00000000", "weight": "0.75000000"},
        {"exchange": "kraken", "symbol": "BTCUSDT", "price": "101.00000000", "weight": "0.25000000"},
        {"exchange": "gate", "symbol": "BTCUSDT", "price": "120.00000000", "weight": "0.00000000"},
    ]


def test_open_interest_is_the_sum_of_longs(desk: Desk) -> None:
    """3 long against 3 short are 3, worth 300 at a mark of 100; the history has it from the next five minutes on."""
    desk.opens(desk.taker, "3")
    desk.passes(5 * MINUTE)
    desk.index(100)

    now = desk.public("/fapi/v1/openInterest", symbol="BTCUSDT").body
    (newest,) = desk.public("/futures/data/openInterestHist", symbol="BTCUSDT", period="5m").body

    assert now["openInterest"] == "3.000"
    assert (newest["sumOpenInterest"], newest["sumOpenInterestValue"]) == ("3.00000000", "300.00000000")
    assert desk.public("/futures/data/openInterestHist", symbol="BTCUSDT", period="5m", endTime=1).body == []


def test_who_stands_where_and_what_takers_did_is_told_by_period(desk: Desk) -> None:
    """Two people long against one; 3 bought and 1 sold by takers in the first five minutes, 2 bought in the next."""
    desk.opens(desk.taker, "3")
    desk.opens(desk.third, "1", short=True)
    desk.passes(5 * MINUTE)
    desk.opens(desk.taker, "2")
    sent = {"symbol": "BTCUSDT", "period": "5m"}

    (everybody,) = desk.public("/futures/data/globalLongShortAccountRatio", **sent).body
    (accounts,) = desk.public("/futures/data/topLongShortAccountRatio", **sent).body or [None]
    takers = desk.public("/futures/data/takerlongshortRatio", **sent).body

    assert (everybody["longShortRatio"], everybody["longAccount"], everybody["shortAccount"]) == (
        "0.5000", "0.3333", "0.6666",
    )  # fmt: skip
    # The one at the top is alone on its side.
    assert accounts is None
    assert [(row["buyVol"], row["sellVol"], row["buySellRatio"]) for row in takers] == [("3.0000", "1.0000", "3.0000")]


def test_every_served_path_is_named_once_and_says_what_it_lacks(desk: Desk) -> None:
    """The coverage table is made of these."""
    routes = desk.product.routes
    names = [(route.method, route.path) for route in routes]

    assert len(names) == len(set(names))
    assert all(bool(route.doc) == (route.coverage.value != "full") for route in routes)
    assert all(route.path.startswith(desk.product.rest_prefixes) for route in routes)


def test_weights_follow_the_limit(desk: Desk) -> None:
    """As the documentation has them; a nonsensical limit weighs as the default."""
    weights = {(route.method, route.path): route.weight for route in desk.product.routes if callable(route.weight)}
    depth, klines = weights["GET", "/fapi/v1/depth"], weights["GET", "/fapi/v1/klines"]

    assert [depth({"limit": n}) for n in ("5", "100", "500", "1000", "x")] == [2, 5, 10, 20, 10]
    assert [klines({"limit": n}) for n in ("99", "100", "500", "1500")] == [1, 2, 5, 10]
    assert [weights["GET", "/fapi/v1/openOrders"](p) for p in ({"symbol": "A"}, {})] == [1, 40]
