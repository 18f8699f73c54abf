"""Public calls of COIN-M: what differs from USDⓈ-M, and where either knows the other's contracts."""

from typing import Any

import pytest

from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.markets import MarketStatus
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import MINUTE
from simexchange.dialects.binance.coinm.product import CoinmProduct
from simexchange.dialects.binance.usdm.product import UsdmProduct
from tests.dialects.binance.coinm.desk import PERP, QUARTER, CoinDesk
from tests.dialects.binance.usdm.desk import Desk

ARRAYS = ("premiumIndex", "ticker/24hr", "ticker/price", "ticker/bookTicker")


@pytest.fixture
def traded(desk: CoinDesk) -> CoinDesk:
    """3 contracts were bought at 50,000 and 1 sold at 49,990; a book stands around."""
    desk.order(desk.maker, "SELL", "5", "50000")
    desk.order(desk.maker, "BUY", "7", "49990")
    desk.order(desk.taker, "BUY", "3")
    desk.order(desk.taker, "SELL", "1")
    return desk


def test_every_reason_of_the_core_has_this_venues_words() -> None:
    """The table is total."""
    assert set(CoinmProduct.rejections) == set(RejectReason)


def test_without_contracts_public_calls_are_empty() -> None:
    """Not errors: ccxt's binance asks some of them before it trades anything else."""
    desk = Desk(CoinmProduct())

    assert desk.public("/dapi/v1/exchangeInfo").body["symbols"] == []
    assert [desk.public(f"/dapi/v1/{name}").body for name in (*ARRAYS, "fundingInfo")] == [[]] * 5


def test_a_contract_is_listed_with_its_size(desk: CoinDesk) -> None:
    """contractStatus and contractSize, no least notional, no good-till-date."""
    body = desk.public("/dapi/v1/exchangeInfo").body
    contract = next(row for row in body["symbols"] if row["symbol"] == "BTCUSD_PERP")

    assert (contract["pair"], contract["contractStatus"], contract["contractSize"]) == ("BTCUSD", "TRADING", 100)
    assert (contract["marginAsset"], contract["quoteAsset"], contract["contractType"]) == ("BTC", "USD", "PERPETUAL")
    assert (contract["pricePrecision"], contract["quantityPrecision"]) == (1, 0)
    assert "status" not in contract
    assert "MIN_NOTIONAL" not in [one["filterType"] for one in contract["filters"]]
    assert contract["timeInForce"] == ["GTC", "IOC", "FOK", "GTX"]
    assert body["serverTime"] == desk.now_ms() == desk.public("/dapi/v1/time").body["serverTime"]
    assert desk.public("/dapi/v1/ping").body == {}


@pytest.mark.parametrize("name", ARRAYS)
def test_tickers_are_arrays_of_a_symbol_of_a_pair_or_of_all(traded: CoinDesk, name: str) -> None:
    """A symbol gives one row, a pair its contracts; both together are refused, as is an unknown symbol."""
    path = f"/dapi/v1/{name}"

    def symbols(**sent: str) -> list[str]:
        return [row["symbol"] for row in traded.public(path, **sent).body]

    assert symbols() == ["BTCUSD_PERP", QUARTER, "ETHUSD_PERP"]
    assert symbols(pair="BTCUSD") == ["BTCUSD_PERP", QUARTER]
    assert symbols(symbol=QUARTER) == [QUARTER]
    assert symbols(pair="XRPUSD") == []
    assert traded.public(path, symbol="NOPE").code == -1121
    assert traded.public(path, symbol=QUARTER, pair="BTCUSD").code == -1128


def test_a_day_is_told_in_contracts_and_in_coins(traded: CoinDesk) -> None:
    """3 contracts at 50,000 and 1 at 49,990 are 300/50,000 + 100/49,990 BTC; the average is 400 USD over that."""
    (row,) = traded.public("/dapi/v1/ticker/24hr", **PERP).body

    assert (row["volume"], row["baseVolume"], row["pair"]) == ("4", "0.0080004", "BTCUSD")
    assert (row["lastPrice"], row["weightedAvgPrice"], row["count"]) == ("49990.0", "49997.5", 2)
    assert "quoteVolume" not in row


def test_prices_say_their_pair(traded: CoinDesk) -> None:
    """``ps`` in the price ticker, ``pair`` elsewhere."""
    (price,) = traded.public("/dapi/v1/ticker/price", **PERP).body
    (best,) = traded.public("/dapi/v1/ticker/bookTicker", **PERP).body
    (index,) = traded.public("/dapi/v1/premiumIndex", **PERP).body

    assert (price["ps"], price["price"]) == ("BTCUSD", "49990.0")
    assert (best["pair"], best["bidPrice"], best["bidQty"], best["askPrice"]) == ("BTCUSD", "49990.0", "6", "50000.0")
    assert (index["pair"], index["indexPrice"], index["interestRate"]) == ("BTCUSD", "50000.00000000", "0.00010000")


def test_the_book_and_its_limit(traded: CoinDesk) -> None:
    """Sizes are contracts; a limit the venue does not serve is refused."""
    book = traded.public("/dapi/v1/depth", **PERP).body
    traded.order(traded.maker, "BUY", "1", "49980")

    assert (book["symbol"], book["pair"]) == ("BTCUSD_PERP", "BTCUSD")
    assert (book["bids"], book["asks"]) == ([["49990.0", "6"]], [["50000.0", "2"]])
    assert len(traded.public("/dapi/v1/depth", **PERP, limit=5).body["bids"]) == 2
    assert traded.public("/dapi/v1/depth", **PERP, limit=7).code == -4021


def test_prints_are_worth_coins_to_the_nearest(desk: CoinDesk) -> None:
    """A contract at 49,300 is 0.002028397…: 0.00202840 (the venue rounds its 1 at 8,800 to 0.01136364)."""
    desk.opens(desk.taker, "1", price="49300")

    (trade,) = desk.public("/dapi/v1/trades", **PERP).body

    assert (trade["qty"], trade["baseQty"]) == ("1", "0.00202840")
    assert "quoteQty" not in trade


@pytest.mark.parametrize("name", ["trades", "historicalTrades"])
def test_a_tape_is_cut_and_continued(traded: CoinDesk, name: str) -> None:
    """By limit; the old ones also from an id on."""
    headers = {"x-mbx-apikey": "keytaker"}

    def ids(query: str) -> list[int]:
        answer = traded.send("GET", f"/dapi/v1/{name}", f"symbol=BTCUSD_PERP{query}", b"", headers)
        return [row["id"] for row in answer.body]

    assert ids("") == [1, 2]
    assert ids("&limit=1") == [2]
    if name == "historicalTrades":
        assert ids("&fromId=1&limit=1") == [1]


def test_open_interest_says_what_kind_of_contract_it_is(traded: CoinDesk) -> None:
    """2 contracts are open."""
    row = traded.public("/dapi/v1/openInterest", **PERP).body

    assert (row["openInterest"], row["pair"], row["contractType"]) == ("2", "BTCUSD", "PERPETUAL")
    assert traded.public("/dapi/v1/openInterest", symbol=QUARTER).body["contractType"] == "CURRENT_QUARTER"


def test_the_constituents_of_a_pair(desk: CoinDesk) -> None:
    """``symbol`` is a pair here."""
    row = desk.public("/dapi/v1/constituents", symbol="ETHUSD").body

    assert row["symbol"] == "ETHUSD"
    assert [(one["price"], one["weight"]) for one in row["constituents"]] == [("2500.00000000", "1.00000000")]
    assert desk.public("/dapi/v1/constituents", symbol="ETHUSD_PERP").code == -1121


CANDLES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("klines", PERP, {"symbol": "BTCUSDT"}),
    ("markPriceKlines", PERP, {"symbol": "BTCUSDT"}),
    ("premiumIndexKlines", PERP, {"symbol": "BTCUSDT"}),
    ("indexPriceKlines", {"pair": "BTCUSD"}, {"pair": "BTCUSDT"}),
    ("continuousKlines", {"pair": "BTCUSD", "contractType": "PERPETUAL"},
     {"pair": "BTCUSDT", "contractType": "PERPETUAL"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "own", "other"), CANDLES)
def test_candles_are_of_either_product(traded: CoinDesk, name: str, own: Any, other: Any) -> None:
    """Since 2026-06-30 both prefixes accept symbols and pairs of both; elsewhere an unknown one is still that."""
    coin, usd = traded.product, UsdmProduct()
    traded.mark("50100")

    def rows(prefix: str, sent: Any) -> Any:
        traded.product = coin if prefix == "/dapi" else usd
        answer = traded.public(f"{prefix}/v1/{name}", **sent, interval="1m")
        assert answer.status == 200, answer.body
        return answer.body

    assert rows("/dapi", own) == rows("/fapi", own)
    assert rows("/dapi", other) == rows("/fapi", other)
    assert rows("/dapi", own) != rows("/dapi", other)
    traded.product = coin
    assert traded.public("/dapi/v1/depth", symbol="BTCUSDT").code == -1121


@pytest.mark.parametrize("name", ["klines", "aggTrades", "fundingRate"])
def test_times_and_limits_cut_the_past(traded: CoinDesk, name: str) -> None:
    """A start after everything leaves nothing, an end before everything neither; a limit leaves one."""
    traded.passes(9 * 60 * MINUTE)
    traded.order(traded.taker, "BUY", "1")
    sent = {**PERP, **({"interval": "1m"} if name == "klines" else {})}

    def count(**more: int) -> int:
        return len(traded.public(f"/dapi/v1/{name}", **sent, **more).body)

    assert count() >= 1
    assert count(limit=1) == 1
    assert count(startTime=traded.now_ms() + 120_000) == 0
    assert count(endTime=1) == 0


def test_funding_is_listed_for_perpetuals_only(desk: CoinDesk) -> None:
    """Caps of 0.3 %; after eight hours a rate stands in the list."""
    desk.passes(9 * 60 * MINUTE)

    info = desk.public("/dapi/v1/fundingInfo").body
    rates = desk.public("/dapi/v1/fundingRate").body

    assert [row["symbol"] for row in info] == ["BTCUSD_PERP", "ETHUSD_PERP"]
    assert (info[0]["adjustedFundingRateCap"], info[0]["fundingIntervalHours"]) == ("0.00300000", 8)
    assert {row["symbol"] for row in rates} == {"BTCUSD_PERP", "ETHUSD_PERP"}
    assert desk.public("/dapi/v1/fundingRate", symbol=QUARTER).body == []


def test_statistics_tell_the_products_apart_by_what_is_named(traded: CoinDesk) -> None:
    """One path: a symbol is one of USDⓈ-M, a pair with a type one of COIN-M. 2 contracts at 50,000 are 0.004 BTC."""
    traded.product = UsdmProduct()
    path = "/futures/data/openInterestHist"
    pair = {"pair": "BTCUSD", "contractType": "PERPETUAL", "period": "5m"}
    traded.passes(5 * MINUTE)

    (coin,) = traded.public(path, **pair).body

    assert coin["sumOpenInterest"] == "2"
    assert coin["pair"] == "BTCUSD"
    assert coin["contractType"] == "PERPETUAL"
    assert coin["sumOpenInterestValue"] == "0.00400000"
    assert traded.public(path, symbol="BTCUSDT", period="5m").body == []
    assert traded.public(path, **{**pair, "contractType": "NEXT_QUARTER"}).code == -4144
    assert traded.public(path, **{**pair, "contractType": "YEAR"}).code == -4104
    assert traded.public(path, **{**pair, "period": "7m"}).code == -1102
    assert traded.public(path, pair="BTCUSD", period="5m").code == -1102
    assert traded.public(path, period="5m").code == -1102
    assert traded.public(path, **pair, startTime=traded.now_ms() + 1).body == []


def test_what_takers_bought_and_sold(traded: CoinDesk) -> None:
    """3 contracts bought at 50,000 and 1 sold at 49,990, in one period."""
    traded.product = UsdmProduct()
    sent = {"pair": "BTCUSD", "contractType": "PERPETUAL", "period": "5m"}

    (row,) = traded.public("/futures/data/takerBuySellVol", **sent).body

    assert (row["takerBuyVol"], row["takerSellVol"]) == ("3", "1")
    assert (row["takerBuyVolValue"], row["takerSellVolValue"]) == ("0.006", "0.0020004")
    traded.passes(11 * MINUTE)
    traded.order(traded.taker, "BUY", "1")
    assert len(traded.public("/futures/data/takerBuySellVol", **sent, limit=1).body) == 1
    assert traded.public("/futures/data/takerBuySellVol", **sent, endTime=1).body == []
    assert traded.public("/futures/data/takerBuySellVol", **{**sent, "period": "7m"}).code == -1130
    assert traded.public("/futures/data/takerBuySellVol", **{**sent, "pair": "NOPE"}).code == -4144
    assert traded.public("/futures/data/takerBuySellVol", **{**sent, "contractType": "EVERY"}).code == -4104


def test_what_takers_bought_and_sold_of_all_contracts_of_a_pair(traded: CoinDesk) -> None:
    """The perpetual alone is listed, so that its figures are those of all; the row says what was asked for."""
    traded.product = UsdmProduct()
    sent = {"pair": "BTCUSD", "period": "5m"}
    path = "/futures/data/takerBuySellVol"

    (every,) = traded.public(path, **sent, contractType="ALL").body
    (one,) = traded.public(path, **sent, contractType="PERPETUAL").body

    assert every == {**one, "contractType": "ALL"}
    assert traded.public(path, pair="NOPE", period="5m", contractType="ALL").code == -4144


@pytest.mark.parametrize(
    "name", ["topLongShortAccountRatio", "topLongShortPositionRatio", "globalLongShortAccountRatio"]
)
def test_ratios_of_what_nobody_holds_are_the_empty_list(desk: CoinDesk, name: str) -> None:
    """Of a symbol or a pair; what must be sent must be sent all the same."""
    desk.product = UsdmProduct()

    assert desk.public(f"/futures/data/{name}", pair="BTCUSD", period="5m").body == []
    assert desk.public(f"/futures/data/{name}", symbol="BTCUSDT", period="5m").body == []
    assert desk.public(f"/futures/data/{name}", pair="BTCUSD").code == -1102
    assert desk.public(f"/futures/data/{name}", period="5m").code == -1102


def test_ratios_of_a_pair_are_those_of_all_its_contracts(traded: CoinDesk) -> None:
    """Two long and one short in the perpetual, one long and one short in the quarter: 3 beside 2.

    At the top of both is the maker, short: no one on the other side, no ratio.
    """
    traded.order(traded.maker, "SELL", "2", "50000")
    traded.order(traded.third, "BUY", "2")
    traded.order(traded.maker, "SELL", "1", "50500", symbol=QUARTER)
    traded.order(traded.taker, "BUY", "1", symbol=QUARTER)
    traded.passes(5 * MINUTE)
    traded.product = UsdmProduct()
    sent = {"pair": "BTCUSD", "period": "5m"}

    (all_of_them,) = traded.public("/futures/data/globalLongShortAccountRatio", **sent).body

    assert all_of_them == {
        "pair": "BTCUSD", "longShortRatio": "1.5000", "longAccount": "0.6000", "shortAccount": "0.4000",
        "timestamp": traded.now_ms() // 300_000 * 300_000,
    }  # fmt: skip
    assert traded.public("/futures/data/topLongShortPositionRatio", **sent).body == []


def test_sums_over_contracts_end_where_one_of_them_was_not_asked_further(traded: CoinDesk) -> None:
    """Of the oldest period only the perpetual tells; the quarter's oldest is a later one, of which it told nothing."""
    traded.passes(10 * MINUTE)
    traded.order(traded.maker, "SELL", "1", "50500", symbol=QUARTER)
    traded.order(traded.taker, "BUY", "1", symbol=QUARTER)
    traded.order(traded.taker, "BUY", "1")
    traded.passes(10 * MINUTE)
    traded.product = UsdmProduct()
    sent = {"pair": "BTCUSD", "period": "5m", "startTime": 1}
    volumes, ratios = "/futures/data/takerBuySellVol", "/futures/data/globalLongShortAccountRatio"

    every = traded.public(volumes, **sent, contractType="ALL").body
    (oldest,) = traded.public(volumes, **sent, contractType="ALL", limit=1).body
    (ratio,) = traded.public(ratios, **sent, limit=1).body

    assert [(row["takerBuyVol"], row["takerSellVol"]) for row in every][:3] == [("3", "1"), ("0", "0"), ("2", "0")]
    assert oldest == every[0]
    assert ratio == traded.public(ratios, **sent).body[0]


def test_basis_and_deliveries_are_asked_by_pair(traded: CoinDesk) -> None:
    """The quarter over its index; nothing was delivered yet."""
    traded.order(traded.maker, "SELL", "1", "50500", symbol=QUARTER)
    traded.order(traded.taker, "BUY", "1", symbol=QUARTER)
    traded.product = UsdmProduct()
    sent = {"pair": "BTCUSD", "contractType": "CURRENT_QUARTER", "period": "5m"}

    (row,) = traded.public("/futures/data/basis", **sent).body

    assert (row["futuresPrice"], row["indexPrice"], row["basisRate"]) == ("50500.0", "50000.00000000", "0.0100")
    assert traded.public("/futures/data/basis", **{**sent, "contractType": "YEAR"}).code == -4104
    assert traded.public("/futures/data/delivery-price", pair="BTCUSD").body == []


def test_a_halted_contract_says_so(desk: CoinDesk) -> None:
    """In contractStatus."""
    desk.run(cmd.SetMarketStatus(desk.market, MarketStatus.CANCEL_ONLY))

    row = next(one for one in desk.public("/dapi/v1/exchangeInfo").body["symbols"] if one["symbol"] == "BTCUSD_PERP")
    assert row["contractStatus"] == "PRE_SETTLE"
