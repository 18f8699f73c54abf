"""Books, trades and candles of each category, and what is said to what cannot be answered."""

import pytest

from tests.dialects.bybit.v5.desk import INVERSE, LINEAR, QUARTER, SPOT, START, Desk

MINUTE_MS = 60_000
START_MS = START // 1_000_000
LINEAR_BTC = {"category": "linear", "symbol": "BTCUSDT"}


def quoted(desk: Desk, market: str, qty: float | str = 1) -> None:
    """A bid at 59,990 and an ask at 60,010."""
    desk.places(desk.alice, market, "Buy", qty, 59_990)
    desk.places(desk.alice, market, "Sell", qty, 60_010)


def test_the_time_is_the_exchange_s(desk: Desk) -> None:
    desk.wait(1.5)

    answer = desk.get("/v5/market/time")

    assert answer.result == {"timeSecond": str(START_MS // 1000 + 1), "timeNano": str(START + 1_500_000_000)}
    assert answer.body["time"] == START_MS + 1_500


# Books


@pytest.mark.parametrize(
    "category, symbol, market, qty, price, size",
    [
        ("spot", "BTCUSDT", SPOT, 1, "59990", "1"),
        ("linear", "BTCUSDT", LINEAR, 1, "59990.00", "1.000"),
        ("linear", "BTCUSDT-27MAR26", QUARTER, 1, "59990.00", "1.000"),
        ("inverse", "BTCUSD", INVERSE, 7, "59990.00", "700"),
    ],
)
def test_a_book_has_both_sides(
    desk: Desk, category: str, symbol: str, market: str, qty: int, price: str, size: str
) -> None:
    quoted(desk, market, qty)

    book = desk.asks("/v5/market/orderbook", category=category, symbol=symbol)

    assert book["b"] == [[price, size]]
    assert book["s"] == symbol
    assert book["u"] == 2
    assert book["ts"] == desk.now_ms()


@pytest.mark.parametrize("category, usual", [("spot", 1), ("linear", 25)])
def test_how_deep_a_book_is_told(desk: Desk, category: str, usual: int) -> None:
    market = SPOT if category == "spot" else LINEAR
    for step in range(30):
        desk.places(desk.alice, market, "Buy", "0.01", 59_000 - step)
    asked = {"category": category, "symbol": "BTCUSDT"}

    assert len(desk.asks("/v5/market/orderbook", **asked)["b"]) == usual
    assert len(desk.asks("/v5/market/orderbook", **asked, limit=3)["b"]) == 3
    # More than there is to have is not refused: see `marketpages`.
    assert len(desk.asks("/v5/market/orderbook", **asked, limit=9_999)["b"]) == 30
    assert len(desk.asks("/v5/market/full_orderbook", **asked)["b"]) == 30


def test_a_book_says_when_and_after_which_record_it_changed(desk: Desk) -> None:
    quoted(desk, LINEAR)
    first = desk.asks("/v5/market/orderbook", **LINEAR_BTC)
    desk.wait(2)
    desk.trade(LINEAR, 60_000, 1)
    second = desk.asks("/v5/market/orderbook", **LINEAR_BTC)

    assert first["cts"] == START_MS
    assert second["cts"] == second["ts"] == START_MS + 2_000
    assert second["seq"] == desk.seq > first["seq"]
    assert second["u"] > first["u"]


def test_no_level_is_for_retail_alone(desk: Desk) -> None:
    quoted(desk, LINEAR)

    book = desk.asks("/v5/market/rpi_orderbook", **LINEAR_BTC, limit=50)

    assert book["a"] == [["60010.00", "1.000", "0.000"]]
    assert desk.get("/v5/market/rpi_orderbook", **LINEAR_BTC).code == 10001


# Trades


def test_trades_are_told_newest_first_with_the_taker_s_side(desk: Desk) -> None:
    desk.trade(INVERSE, 60_000, 2)
    desk.wait(1)
    desk.trade(INVERSE, 60_100, 3, side="Sell")

    rows = desk.asks("/v5/market/recent-trade", category="inverse", symbol="BTCUSD")["list"]

    assert [(row["price"], row["size"], row["side"]) for row in rows] == [
        ("60100.00", "300", "Sell"),
        ("60000.00", "200", "Buy"),
    ]
    assert rows[0]["time"] == str(START_MS + 1_000)
    assert len({row["execId"] for row in rows}) == 2


@pytest.mark.parametrize("category, market, most", [("spot", SPOT, 60), ("linear", LINEAR, 70)])
def test_how_many_trades_are_told(desk: Desk, category: str, market: str, most: int) -> None:
    for _ in range(70):
        desk.trade(market, 60_000, "0.01")
    asked = {"category": category, "symbol": "BTCUSDT"}

    assert len(desk.asks("/v5/market/recent-trade", **asked, limit=1_000)["list"]) == most
    assert len(desk.asks("/v5/market/recent-trade", **asked, limit=5)["list"]) == 5


def test_there_are_no_trades_of_options(desk: Desk) -> None:
    assert desk.asks("/v5/market/recent-trade", category="option") == {"category": "option", "list": []}
    assert desk.get("/v5/market/recent-trade", category="linear").text == "params error: symbol is required"


# Candles


def prices(desk: Desk, *each: int) -> None:
    """A trade a minute."""
    for price in each:
        desk.trade(LINEAR, price, 1)
        desk.wait(60)


def test_candles_are_seven_texts_newest_first(desk: Desk) -> None:
    prices(desk, 60_000, 60_100)

    answer = desk.asks("/v5/market/kline", **LINEAR_BTC, interval="1")

    assert answer["symbol"] == "BTCUSDT"
    assert answer["category"] == "linear"
    assert answer["list"][1:] == [
        [str(START_MS + MINUTE_MS), "60100.00", "60100.00", "60100.00", "60100.00", "1.000", "60100"],
        [str(START_MS), "60000.00", "60000.00", "60000.00", "60000.00", "1.000", "60000"],
    ]


def test_volume_of_an_inverse_contract_is_in_dollars_and_turnover_in_coins(desk: Desk) -> None:
    desk.trade(INVERSE, 62_500, 10)

    (row,) = desk.asks("/v5/market/kline", category="inverse", symbol="BTCUSD", interval="60")["list"]

    assert row[5:] == ["1000", "0.016"]


def test_without_a_category_a_candle_is_of_a_linear_contract(desk: Desk) -> None:
    prices(desk, 60_000)
    desk.trade(SPOT, 50_000, 1)

    assert desk.asks("/v5/market/kline", symbol="BTCUSDT", interval="D")["list"][0][1] == "60000.00"


def test_a_start_names_the_candle_that_holds_it(desk: Desk) -> None:
    prices(desk, *range(60_000, 60_005))
    asked = {**LINEAR_BTC, "interval": "1"}

    def starts(**more: int) -> list[int]:
        rows = desk.asks("/v5/market/kline", **asked, **more)["list"]
        return [(int(row[0]) - START_MS) // MINUTE_MS for row in rows]

    assert starts(start=START_MS + MINUTE_MS + 1, limit=2) == [2, 1]
    assert starts(start=START_MS, end=START_MS + 3 * MINUTE_MS, limit=2) == [3, 2]
    assert starts(start=START_MS + MINUTE_MS, end=START_MS + 2 * MINUTE_MS) == [2, 1]
    assert starts(end=START_MS) == [0]
    assert starts(start=START_MS + 10 * MINUTE_MS) == []


@pytest.mark.parametrize("interval", ["1", "3", "5", "15", "30", "60", "120", "240", "360", "720", "D", "W", "M"])
def test_every_interval_has_candles(desk: Desk, interval: str) -> None:
    prices(desk, 60_000)

    assert desk.asks("/v5/market/kline", **LINEAR_BTC, interval=interval, limit=1)["list"][0][4] == "60000.00"


@pytest.mark.parametrize("kind", ["mark", "index", "premium-index"])
def test_candles_of_prices_that_nobody_trades_have_five_texts(desk: Desk, kind: str) -> None:
    desk.index(61_000)
    desk.wait(60)

    rows = desk.asks(f"/v5/market/{kind}-price-kline", **LINEAR_BTC, interval="1")["list"]

    assert {len(row) for row in rows} == {5}
    assert rows[0][4] == ("0.000000" if kind == "premium-index" else "61000.00")


@pytest.mark.parametrize(
    "path, sent, text",
    [
        ("kline", {"interval": "2"}, "params error: interval invalid"),
        ("kline", {"interval": ""}, "params error: interval is required"),
        ("kline", {"interval": "1", "limit": 0}, "params error: limit invalid"),
        ("kline", {"interval": "1", "limit": "x"}, "params error: limit invalid"),
        ("kline", {"interval": "1", "start": -1}, "params error: start invalid"),
        ("kline", {"interval": "1", "end": 2**63}, "params error: end invalid"),
        ("kline", {"interval": "1", "start": 5, "end": 4}, "params error: start is after end"),
        ("kline", {"interval": "1", "symbol": "btcusdt"}, "params error: symbol invalid"),
        ("kline", {"interval": "1", "symbol": "NONEUSDT"}, "params error: symbol invalid"),
        ("kline", {"interval": "1", "symbol": ""}, "params error: symbol is required"),
        ("kline", {"interval": "1", "category": "option"}, "Illegal category"),
        ("kline", {"interval": "1", "category": "inverse"}, "params error: symbol invalid"),
        ("mark-price-kline", {"interval": "1", "category": "spot"}, "Illegal category"),
        ("mark-price-kline", {"interval": "1", "category": "option"}, "params error: symbol invalid"),
        ("premium-index-price-kline", {"interval": "1", "category": "inverse"}, "Illegal category"),
        ("orderbook", {"category": "LINEAR"}, "Illegal category"),
        ("orderbook", {"limit": "-1"}, "params error: limit invalid"),
        ("orderbook", {"category": "option"}, "params error: symbol invalid"),
        ("orderbook", {"symbol": "\u0661"}, "params error: symbol invalid"),
        ("full_orderbook", {"category": ""}, "params error: category is required"),
        ("recent-trade", {"symbol": "BTCUSD"}, "params error: symbol invalid"),
        ("recent-trade", {"limit": "1e3"}, "params error: limit invalid"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_a_wrong_parameter(
    desk: Desk, path: str, sent: dict[str, object], text: str
) -> None:
    answer = desk.get(f"/v5/market/{path}", **{**LINEAR_BTC, **sent})

    assert (answer.status, answer.code, answer.text) == (200, 10001, text)
    assert answer.result == {}
