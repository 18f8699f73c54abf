"""Market data as a client asks for it."""

from typing import Any

import pytest

from simexchange.core.vocabulary.units import DAY, HOUR, MINUTE
from tests.dialects.binance.spot.bench import Bench


def traded(bench: Bench) -> None:
    """1 at 100, 2 at 101; then 99 is bid for 3 and 101 asked for 3."""
    bench.maker.sells(1, at=100)
    bench.maker.sells(5, at=101)
    bench.taker.buys(3)
    bench.maker.buys(3, at=99)


def test_the_exchange_says_what_is_traded_by_which_rules(bench: Bench) -> None:
    """Every field that strict clients demand, and the filters that are enforced."""
    answer = bench.public("/api/v3/exchangeInfo").body

    assert {name: answer[name] for name in ("timezone", "serverTime", "exchangeFilters")} == {
        "timezone": "UTC",
        "serverTime": bench.now_ms(),
        "exchangeFilters": [],
    }
    assert [row["rateLimitType"] for row in answer["rateLimits"]] == [
        "REQUEST_WEIGHT", "ORDERS", "ORDERS", "RAW_REQUESTS",
    ]  # fmt: skip
    (symbol,) = answer["symbols"]
    assert (symbol["symbol"], symbol["status"], symbol["baseAsset"], symbol["quoteAsset"]) == (
        "BTCUSDT", "TRADING", "BTC", "USDT",
    )  # fmt: skip
    assert symbol["orderTypes"] == [
        "LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "TAKE_PROFIT", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT",
    ]  # fmt: skip
    assert symbol["allowTrailingStop"] is True
    assert symbol["permissionSets"] == [["SPOT"]]
    filters = {row["filterType"]: row for row in symbol["filters"]}
    assert filters["PRICE_FILTER"]["tickSize"] == "0.01000000"
    assert (filters["LOT_SIZE"]["minQty"], filters["LOT_SIZE"]["stepSize"]) == ("0.00100000", "0.00100000")
    assert filters["NOTIONAL"]["minNotional"] == "5.00000000"
    assert filters["PERCENT_PRICE_BY_SIDE"]["bidMultiplierUp"] == "5"
    assert filters["PERCENT_PRICE_BY_SIDE"]["askMultiplierDown"] == "0.2"
    assert filters["MAX_NUM_ORDERS"]["maxNumOrders"] == 3


@pytest.mark.parametrize(
    ("asked", "symbols"),
    [
        ({"symbol": "BTCUSDT"}, ["BTCUSDT"]),
        ({"symbols": '["BTCUSDT"]'}, ["BTCUSDT"]),
        ({"permissions": "SPOT"}, ["BTCUSDT"]),
        ({"permissions": '["MARGIN","SPOT"]'}, ["BTCUSDT"]),
        ({"permissions": "MARGIN"}, []),
        ({"symbolStatus": "TRADING"}, ["BTCUSDT"]),
        ({"symbolStatus": "HALT"}, []),
    ],
)
def test_symbols_are_chosen_by_name_permission_or_status(
    bench: Bench, asked: dict[str, str], symbols: list[str]
) -> None:
    assert [row["symbol"] for row in bench.public("/api/v3/exchangeInfo", **asked).body["symbols"]] == symbols


def test_permission_sets_are_left_out_on_request(bench: Bench) -> None:
    answer = bench.public("/api/v3/exchangeInfo", showPermissionSets="false").body

    assert answer["symbols"][0]["permissionSets"] == []


def test_ping_and_time(bench: Bench) -> None:
    assert bench.public("/api/v3/ping").body == {}
    assert bench.public("/api/v3/time").body == {"serverTime": bench.now_ms()}


def test_the_book_is_shown_best_first(bench: Bench) -> None:
    """As many levels as asked for."""
    traded(bench)
    bench.maker.buys(1, at=98)

    answer = bench.public("/api/v3/depth", symbol="BTCUSDT", limit=1).body

    assert (answer["bids"], answer["asks"]) == ([["99.00000000", "3.00000000"]], [["101.00000000", "3.00000000"]])
    assert len(bench.public("/api/v3/depth", symbol="BTCUSDT").body["bids"]) == 2


def test_prints_are_listed_ascending(bench: Bench) -> None:
    """The newest, or from an id on."""
    traded(bench)

    newest = bench.public("/api/v3/trades", symbol="BTCUSDT", limit=1).body
    older = bench.public("/api/v3/historicalTrades", symbol="BTCUSDT", fromId=1).body

    assert newest == [
        {
            "id": 2,
            "price": "101.00000000",
            "qty": "2.00000000",
            "quoteQty": "202.00000000",
            "time": bench.now_ms(),
            "isBuyerMaker": False,
            "isBestMatch": True,
        }
    ]
    assert [row["id"] for row in older] == [1, 2]


def test_aggregates_are_listed_by_id_and_time(bench: Bench) -> None:
    traded(bench)

    def listed(**asked: object) -> list[int]:
        return [row["a"] for row in bench.public("/api/v3/aggTrades", symbol="BTCUSDT", **asked).body]

    assert listed() == [1, 2]
    assert listed(fromId=2) == [2]
    assert listed(limit=1) == [2]
    assert listed(endTime=bench.now_ms() - 1) == []


def test_candles_have_twelve_elements(bench: Bench) -> None:
    """In the venue's order; the sixth is the volume, the tenth the takers' part of it."""
    traded(bench)

    (row,) = bench.public("/api/v3/klines", symbol="BTCUSDT", interval="1m").body

    start = bench.at - bench.at % MINUTE
    assert row == [
        start // 1_000_000, "100.00000000", "101.00000000", "100.00000000", "101.00000000", "3.00000000",
        (start + MINUTE) // 1_000_000 - 1, "302.00000000", 2, "3.00000000", "302.00000000", "0",
    ]  # fmt: skip


def test_candles_are_chosen_by_time_and_number(bench: Bench) -> None:
    """Quiet minutes are flat; startTime and endTime are open times."""
    traded(bench)
    first = (bench.at - bench.at % HOUR) // 1_000_000
    bench.passes(3 * HOUR)

    def listed(**asked: object) -> list[int]:
        rows = bench.public("/api/v3/klines", symbol="BTCUSDT", interval="1h", **asked).body
        return [(row[0] - first) // 3_600_000 for row in rows]

    assert listed() == [0, 1, 2, 3]
    assert listed(limit=2) == [2, 3]
    assert listed(startTime=first + 3_600_000, limit=2) == [1, 2]
    assert listed(startTime=first, endTime=first + 3_600_000) == [0, 1]
    assert bench.public("/api/v3/uiKlines", symbol="BTCUSDT", interval="1h").status == 200


def test_the_rolling_day_is_told_in_full_and_in_short(bench: Bench) -> None:
    traded(bench)

    full = bench.public("/api/v3/ticker/24hr", symbol="BTCUSDT").body
    mini = bench.public("/api/v3/ticker/24hr", symbols='["BTCUSDT"]', type="MINI").body
    every = bench.public("/api/v3/ticker/24hr").body

    shown: dict[str, Any] = {
        "symbol": "BTCUSDT", "openPrice": "100.00000000", "highPrice": "101.00000000", "lowPrice": "100.00000000",
        "lastPrice": "101.00000000", "volume": "3.00000000", "quoteVolume": "302.00000000", "firstId": 1, "lastId": 2,
        "count": 2, "closeTime": bench.now_ms(),
    }  # fmt: skip
    assert shown.items() <= full.items()
    assert shown.items() <= mini[0].items()
    assert (full["priceChange"], full["priceChangePercent"]) == ("1.00000000", "1.000")
    assert (full["weightedAvgPrice"], full["lastQty"]) == ("100.66666666", "2.00000000")
    assert (full["bidPrice"], full["askQty"]) == ("99.00000000", "3.00000000")
    assert every == [full]


def test_last_and_best_prices_are_told_of_one_or_of_all(bench: Bench) -> None:
    traded(bench)

    assert bench.public("/api/v3/ticker/price", symbol="BTCUSDT").body == {"symbol": "BTCUSDT", "price": "101.00000000"}
    assert bench.public("/api/v3/ticker/price").body == [{"symbol": "BTCUSDT", "price": "101.00000000"}]
    assert bench.public("/api/v3/ticker/bookTicker", symbols='["BTCUSDT"]').body == [
        {
            "symbol": "BTCUSDT",
            "bidPrice": "99.00000000",
            "bidQty": "3.00000000",
            "askPrice": "101.00000000",
            "askQty": "3.00000000",
        }
    ]


def test_a_market_that_never_traded_answers_all_the_same(bench: Bench) -> None:
    """Zeros and empty lists, no last price to tell."""
    assert bench.public("/api/v3/ticker/24hr", symbol="BTCUSDT").body["lastPrice"] == "0.00000000"
    assert bench.public("/api/v3/ticker/price").body == []
    assert bench.public("/api/v3/ticker/bookTicker", symbol="BTCUSDT").body["askPrice"] == "0.00000000"
    assert bench.public("/api/v3/klines", symbol="BTCUSDT", interval="1d").body == []
    assert bench.public("/api/v3/trades", symbol="BTCUSDT").body == []
    assert bench.public("/api/v3/avgPrice", symbol="BTCUSDT").body["price"] == "0.00000000"
    assert bench.public("/api/v3/ticker/tradingDay", symbol="BTCUSDT").code == -2016


def test_the_average_price_is_that_of_five_minutes(bench: Bench) -> None:
    """302 for 3; afterwards the last price."""
    traded(bench)

    assert bench.public("/api/v3/avgPrice", symbol="BTCUSDT").body == {
        "mins": 5,
        "price": "100.66666666",
        "closeTime": bench.now_ms(),
    }
    bench.passes(HOUR)
    assert bench.public("/api/v3/avgPrice", symbol="BTCUSDT").body["price"] == "101.00000000"


def test_the_trading_day_begins_at_midnight(bench: Bench) -> None:
    traded(bench)

    answer = bench.public("/api/v3/ticker/tradingDay", symbol="BTCUSDT").body

    midnight = (bench.at - bench.at % DAY) // 1_000_000
    assert (answer["openTime"], answer["closeTime"]) == (midnight, midnight + 86_399_999)
    assert (answer["openPrice"], answer["lastPrice"], answer["count"]) == ("100.00000000", "101.00000000", 2)


@pytest.mark.parametrize(("window", "count"), [("1m", 0), ("59m", 0), ("1h", 2), ("1d", 2), ("", 2)])
def test_a_rolling_window_is_as_long_as_it_was_asked_for(bench: Bench, window: str, count: int) -> None:
    """Two trades, an hour ago; the window begins with the minute it began in."""
    traded(bench)
    bench.passes(HOUR)
    sent = {"windowSize": window} if window else {}

    answer = bench.public("/api/v3/ticker", symbol="BTCUSDT", **sent).body

    assert (answer["count"], answer["closeTime"]) == (count, bench.now_ms())
    assert answer["openPrice"] == ("100.00000000" if count else "101.00000000")
    assert answer["openTime"] % 60_000 == 0


def test_a_rolling_window_may_be_small_and_of_several_markets(bench: Bench) -> None:
    traded(bench)

    (answer,) = bench.public("/api/v3/ticker", symbols='["BTCUSDT"]', type="MINI").body
    full = bench.public("/api/v3/ticker", symbol="BTCUSDT").body

    assert full.keys() - answer.keys() == {"priceChange", "priceChangePercent", "weightedAvgPrice"}
    assert answer.items() <= full.items()


@pytest.mark.parametrize(
    ("path", "sent", "weight"),
    [
        ("/api/v3/depth", {"limit": "100"}, 5),
        ("/api/v3/depth", {"limit": "500"}, 25),
        ("/api/v3/depth", {"limit": "1000"}, 50),
        ("/api/v3/depth", {"limit": "5000"}, 250),
        ("/api/v3/depth", {}, 5),
        ("/api/v3/ticker/24hr", {"symbol": "BTCUSDT"}, 2),
        ("/api/v3/ticker/24hr", {"symbols": '["A","B"]'}, 2),
        ("/api/v3/ticker/24hr", {"symbols": str(["A"] * 21)}, 40),
        ("/api/v3/ticker/24hr", {}, 80),
        ("/api/v3/ticker/price", {}, 4),
        ("/api/v3/ticker/tradingDay", {"symbols": str(["A"] * 60)}, 200),
        ("/api/v3/ticker", {"symbol": "BTCUSDT"}, 4),
        ("/api/v3/ticker", {"symbols": str(["A"] * 60)}, 200),
        ("/api/v3/openOrders", {}, 80),
        ("/api/v3/openOrders", {"symbol": "BTCUSDT"}, 6),
        ("/api/v3/myTrades", {"orderId": "1"}, 5),
        ("/api/v3/exchangeInfo", {}, 20),
    ],
)
def test_a_call_weighs_what_the_venue_says(bench: Bench, path: str, sent: dict[str, str], weight: int) -> None:
    route = next(route for route in bench.product.routes if (route.method, route.path) == ("GET", path))

    assert (route.weight(sent) if callable(route.weight) else route.weight) == weight


@pytest.mark.parametrize(("zone", "opens"), [("0", 0), ("8", 16), ("-1:00", 1), ("05:45", 18.25), ("-12", 12)])
def test_a_time_zone_moves_where_days_begin(bench: Bench, zone: str, opens: float) -> None:
    """Hours UTC at which a day opens there, of candles and of the trading day; the times stay those of UTC."""
    bench.maker.sells(9, at=100)
    bench.taker.buys(1)
    sent = {"symbol": "BTCUSDT", "timeZone": zone}

    (row,) = bench.public("/api/v3/klines", interval="1d", **sent).body
    day = bench.public("/api/v3/ticker/tradingDay", **sent).body

    assert row[0] % 86_400_000 == opens * 3_600_000
    assert (row[5], row[6] - row[0]) == ("1.00000000", 86_399_999)
    assert (day["openTime"], day["closeTime"], day["volume"]) == (row[0], row[6], row[5])
