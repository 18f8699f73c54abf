"""The day of a market in a line, and the figures of contracts as a whole."""

import pytest

from simexchange.core.vocabulary.units import DAY, SECOND
from tests.dialects.bybit.v5.desk import INVERSE, LINEAR, QUARTER, SPOT, START, Desk

START_MS = START // 1_000_000


def ticker(desk: Desk, category: str, symbol: str) -> dict[str, str]:
    answer = desk.asks("/v5/market/tickers", category=category, symbol=symbol)
    assert answer["category"] == category
    (row,) = answer["list"]
    found: dict[str, str] = row
    return found


def test_a_ticker_of_spot(desk: Desk) -> None:
    desk.trade(SPOT, 60_000, 1)
    desk.trade(SPOT, 60_300, 2)
    desk.places(desk.alice, SPOT, "Buy", "0.5", 59_000)

    assert ticker(desk, "spot", "BTCUSDT") == {
        "symbol": "BTCUSDT", "bid1Price": "59000", "bid1Size": "0.5", "ask1Price": "0", "ask1Size": "0",
        "lastPrice": "60300", "prevPrice24h": "60000", "price24hPcnt": "0.005000", "highPrice24h": "60300",
        "lowPrice24h": "60000", "turnover24h": "180600", "volume24h": "3", "usdIndexPrice": "60000",
    }  # fmt: skip


def test_a_ticker_of_a_perpetual(desk: Desk) -> None:
    desk.trade(LINEAR, 60_000, 1)
    desk.index(61_000)

    row = ticker(desk, "linear", "BTCUSDT")

    assert (row["lastPrice"], row["indexPrice"]) == ("60000.00", "61000.00")
    assert (row["openInterest"], row["singleOpenInterest"]) == ("2.000", "1.000")
    assert row["openInterestValue"] == str(2 * int(row["singleOpenInterestValue"]))
    assert (row["fundingIntervalHour"], row["nextFundingTime"]) == ("8", str(START_MS + 4 * 3_600_000))
    assert (row["deliveryTime"], row["basis"], row["basisRateYear"]) == ("0", "", "")


def test_an_inverse_one_counts_dollars_and_turns_coins_over(desk: Desk) -> None:
    desk.trade(INVERSE, 62_500, 10)

    row = ticker(desk, "inverse", "BTCUSD")

    assert (row["volume24h"], row["turnover24h"]) == ("1000", "0.016")
    assert (row["openInterest"], row["singleOpenInterest"]) == ("2000", "1000")


def test_a_quarter_has_a_basis_and_no_funding(desk: Desk) -> None:
    desk.trade(QUARTER, 60_600, 1)

    row = ticker(desk, "linear", "BTCUSDT-27MAR26")

    assert (row["basis"], row["basisRate"]) == ("600.00", "0.010000")
    assert row["basisRateYear"] > "0.14"
    assert (row["fundingRate"], row["nextFundingTime"], row["predictedDeliveryPrice"]) == ("", "", "")


def test_in_its_last_half_hour_a_quarter_says_what_it_will_be_delivered_at(desk: Desk) -> None:
    desk.wait((desk.state.markets[desk.no(QUARTER)].spec.expiry - START) // SECOND - 600)

    assert ticker(desk, "linear", "BTCUSDT-27MAR26")["predictedDeliveryPrice"] == "60000.00"


def test_an_hour_and_a_day_ago(desk: Desk) -> None:
    desk.trade(LINEAR, 60_000, 1)
    desk.wait(2 * 3_600)
    desk.trade(LINEAR, 60_500, 1)
    assert ticker(desk, "linear", "BTCUSDT")["prevPrice1h"] == "60000.00"

    desk.wait(DAY // SECOND + 61)
    row = ticker(desk, "linear", "BTCUSDT")

    assert (row["prevPrice24h"], row["prevPrice1h"], row["volume24h"]) == ("60500.00", "60500.00", "0.000")


def test_all_of_a_category_that_trade(desk: Desk) -> None:
    rows = desk.asks("/v5/market/tickers", category="inverse")["list"]

    assert [row["symbol"] for row in rows] == ["BTCUSD", "ETHUSD", "BTCUSDH26", "BTCUSDM26"]
    assert desk.asks("/v5/market/tickers", category="option", baseCoin="BTC") == {"category": "option", "list": []}
    assert desk.get("/v5/market/tickers", category="option").code == 10001
    assert desk.get("/v5/market/tickers", category="spot", symbol="BTCUSD").text == "params error: symbol invalid"


# Funding


def test_settled_rates_are_told_newest_first(desk: Desk) -> None:
    desk.wait(25 * 3_600)
    asked = {"category": "linear", "symbol": "BTCUSDT"}

    rows = desk.asks("/v5/market/funding/history", **asked)["list"]

    times = [int(row["fundingRateTimestamp"]) for row in rows]
    assert times == [START_MS + hours * 3_600_000 for hours in (20, 12, 4)]
    assert rows[0]["fundingRate"] == "0.0001"
    some = desk.asks("/v5/market/funding/history", **asked, startTime=times[2], endTime=times[1], limit=1)["list"]
    assert [int(row["fundingRateTimestamp"]) for row in some] == [times[1]]
    assert desk.get("/v5/market/funding/history", **asked, startTime=1).text == "params error: endTime is required"
    assert desk.asks("/v5/market/funding/history", category="linear", symbol="BTCUSDT-27MAR26")["list"] == []


# Open interest, longs and shorts


def held(desk: Desk) -> None:
    """Open interest grows by one every five minutes."""
    for _ in range(4):
        desk.trade(LINEAR, 60_000, 1)
        desk.wait(300)


def test_open_interest_is_told_by_pages(desk: Desk) -> None:
    held(desk)
    asked = {"category": "linear", "symbol": "BTCUSDT", "intervalTime": "5min"}

    whole = desk.asks("/v5/market/open-interest", **asked)
    first = desk.asks("/v5/market/open-interest", **asked, limit=2)
    second = desk.asks("/v5/market/open-interest", **asked, limit=2, cursor=first["nextPageCursor"])

    assert [row["openInterest"] for row in whole["list"][:5]] == [f"{each}.00000000" for each in (8, 6, 4, 2, 0)]
    assert [row["singleOpenInterest"] for row in whole["list"][:4]] == ["4.000", "3.000", "2.000", "1.000"]
    assert first["list"] + second["list"] == whole["list"][:4]
    assert len(whole["list"]) == 50
    some = desk.asks("/v5/market/open-interest", **asked, startTime=START_MS + 600_000, endTime=START_MS + 900_000)
    assert [row["timestamp"] for row in some["list"]] == [str(START_MS + 900_000), str(START_MS + 600_000)]


def test_before_anybody_traded_nothing_was_open(desk: Desk) -> None:
    asked = {"category": "inverse", "symbol": "BTCUSDH26", "intervalTime": "1d"}

    rows = desk.asks("/v5/market/open-interest", **asked, startTime=START_MS - 3 * 86_400_000)

    assert [row["openInterest"] for row in rows["list"]] == ["0.00000000"] * 3
    assert rows["nextPageCursor"] == ""
    assert desk.asks("/v5/market/account-ratio", category="linear", symbol="BTCUSDT", period="1d")["list"] == []


def test_how_many_are_long_and_how_many_short(desk: Desk) -> None:
    held(desk)
    desk.places(desk.alice, LINEAR, "Sell", 1, 60_000)
    desk.places(desk.bob, LINEAR, "Buy", 1, 60_000)
    desk.wait(300)

    rows = desk.asks("/v5/market/account-ratio", category="linear", symbol="BTCUSDT", period="5min", limit=2)

    assert [(row["buyRatio"], row["sellRatio"]) for row in rows["list"]] == [("0.6666", "0.3334"), ("0.5000", "0.5000")]
    assert rows["nextPageCursor"]


@pytest.mark.parametrize(
    "sent, text",
    [
        ({"intervalTime": "5m"}, "params error: intervalTime invalid"),
        ({"intervalTime": ""}, "params error: intervalTime is required"),
        ({"cursor": "first%3DX%26last%3DX"}, "params error: cursor invalid"),
        ({"cursor": "lastid%3D0%26lasttime%3D-5"}, "params error: cursor invalid"),
        ({"startTime": 2, "endTime": 1}, "params error: startTime is after endTime"),
        ({"category": "spot"}, "Illegal category"),
        ({"symbol": "BTCUSD"}, "params error: symbol invalid"),
    ],
)
def test_what_cannot_be_answered_is_a_wrong_parameter(desk: Desk, sent: dict[str, object], text: str) -> None:
    asked = {"category": "linear", "symbol": "BTCUSDT", "intervalTime": "5min", **sent}

    assert desk.get("/v5/market/open-interest", **asked).text == text


# What stands behind


def test_the_fund_is_told_coin_by_coin(desk: Desk) -> None:
    rows = {row["coin"]: row for row in desk.asks("/v5/market/insurance")["list"]}

    assert rows["BTC"] == {
        "coin": "BTC", "symbols": "BTCUSD,BTCUSDH26,BTCUSDM26", "balance": "160", "value": "9600000",
    }  # fmt: skip
    assert "BTCUSDT-27MAR26" in rows["USDT"]["symbols"]
    assert [row["coin"] for row in desk.asks("/v5/market/insurance", coin="USDT")["list"]] == ["USDT"]
    assert desk.asks("/v5/market/insurance", coin="NONE")["list"] == []


def test_an_alert_says_what_the_fund_has(desk: Desk) -> None:
    (row,) = desk.asks("/v5/market/adlAlert", symbol="ETHUSD")["list"]

    assert (row["coin"], row["balance"]) == ("ETH", "3000")
    assert len(desk.asks("/v5/market/adlAlert")["list"]) == 8
    assert desk.get("/v5/market/adlAlert", symbol="NONE").code == 10001


def test_an_index_that_was_set_stands_for_itself(desk: Desk) -> None:
    answer = desk.asks("/v5/market/index-price-components", indexName="ETHUSDT")

    assert (answer["lastPrice"], answer["components"][0]["weight"]) == ("2000", "1")
    assert desk.get("/v5/market/index-price-components", indexName="NONE").text == "params error: indexName invalid"


@pytest.mark.parametrize(
    "path, sent",
    [
        ("/v5/market/historical-volatility", {"category": "option"}),
        ("/v5/market/new-delivery-price", {"category": "option", "baseCoin": "BTC"}),
        ("/v5/market/delivery-price", {"category": "option"}),
        ("/v5/market/fee-group-info", {"productType": "contract"}),
        ("/v5/announcements/index", {"locale": "en-US"}),
    ],
)
def test_what_there_is_nothing_of_is_an_empty_list(desk: Desk, path: str, sent: dict[str, str]) -> None:
    result = desk.asks(path, **sent)

    assert (result if isinstance(result, list) else result["list"]) == []
    assert desk.get(path).code == 10001


def test_volatility_has_its_category_beside_the_result(desk: Desk) -> None:
    answer = desk.get("/v5/market/historical-volatility", category="option")

    assert answer.body["category"] == "option"
    assert desk.get("/v5/market/historical-volatility", category="option", startTime=1).code == 10001
