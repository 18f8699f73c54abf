"""Market streams: chains without gaps, one message per thing that happened."""

from typing import Any

import msgspec
import pytest

from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.markets import MarketStatus
from simexchange.core.vocabulary.units import MILLISECOND, MINUTE, ONE, SECOND, Price
from simexchange.dialects.contract import Key
from tests.dialects.binance.usdm.desk import Desk, decoded

NAMES = [
    ("btcusdt@depth", 250),
    ("btcusdt@depth@100ms", 100),
    ("btcusdt@depth@500ms", 500),
    ("btcusdt@depth@0ms", 0),
    ("btcusdt@depth@1000ms", 1000),
    ("btcusdt@depth@1ms", 100),
    ("btcusdt@depth5", 250),
    ("btcusdt@depth10@100ms", 100),
    ("btcusdt@depth20@500ms", 500),
    ("btcusdt@aggTrade", 100),
    ("btcusdt@trade", 0),
    ("btcusdt@bookTicker", 0),
    ("!bookTicker", 0),
    ("btcusdt@markPrice", 3000),
    ("btcusdt@markPrice@1s", 1000),
    ("!markPrice@arr", 3000),
    ("!markPrice@arr@1s", 1000),
    ("btcusdt@kline_1m", 250),
    ("btcusdt@kline_1M", 250),
    ("btcusdt_perpetual@continuousKline_1m", 250),
    ("btcusdt@ticker", 2000),
    ("btcusdt@miniTicker", 500),
    ("!ticker@arr", 1000),
    ("!miniTicker@arr", 1000),
    ("!miniTicker@arr@1000ms", 1000),
    ("btcusdt@forceOrder", 1000),
    ("btcusdt@rpiDepth@500ms", 500),
    ("!contractInfo", 0),
    ("!forceOrder@arr", 1000),
]


@pytest.mark.parametrize(("name", "every"), NAMES)
def test_every_stream_has_its_rhythm(desk: Desk, name: str, every: int) -> None:
    """And is called as it was asked for."""
    stream = desk.product.market_stream(name, desk.state, desk.views)

    assert stream is not None
    assert (stream.name, stream.every) == (name, every * MILLISECOND)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "x",
        "!",
        "!all@arr",
        "btcusdt",
        "btcusdt@",
        "BTCUSDT@trade",
        "nope@trade",
        "btcusdt@depth7",
        "btcusdt@kline_7m",
        "btcusdt@kline_",
        "btcusdt_current_quarter@continuousKline_1m",
        "btcusdt_perpetual@continuousKline_7m",
    ],
)
def test_what_the_venue_does_not_stream_is_no_stream(desk: Desk, name: str) -> None:
    """The gateway acknowledges it and stays silent."""
    assert desk.product.market_stream(name, desk.state, desk.views) is None


def rebuilt(snapshot: dict[str, Any], diffs: list[dict[str, Any]]) -> tuple[dict[str, str], dict[str, str]]:
    """The book a client has after *diffs*, by the documentation's recipe."""
    bids, asks = dict(snapshot["bids"]), dict(snapshot["asks"])
    before = None
    for diff in diffs:
        if diff["u"] < snapshot["lastUpdateId"]:
            continue
        if before is None:
            assert diff["U"] <= snapshot["lastUpdateId"] + 1
        else:
            assert diff["pu"] == before
        before = diff["u"]
        for side, changes in ((bids, diff["b"]), (asks, diff["a"])):
            for price, qty in changes:
                side[price] = qty
                if float(qty) == 0:
                    del side[price]
    return bids, asks


@pytest.mark.parametrize("name", ["btcusdt@depth@0ms", "btcusdt@depth@100ms"])
def test_a_book_rebuilt_from_diffs_is_the_book(desk: Desk, name: str) -> None:
    """Snapshot, then diffs whose pu is the u before: orders come, trade, and go."""
    desk.order(desk.maker, "BUY", "1", "99")
    snapshot = desk.public("/fapi/v1/depth", symbol="BTCUSDT").body
    heard = desk.hears(name)
    desk.order(desk.maker, "SELL", "2", "101")
    desk.flush()
    desk.order(desk.taker, "BUY", "0.5")
    order = desk.order(desk.third, "BUY", "3", "98").body["orderId"]
    desk.flush()
    desk.signed(desk.third, "DELETE", "/fapi/v1/order", symbol="BTCUSDT", orderId=order)
    desk.order(desk.taker, "SELL", "1")
    desk.flush()

    diffs = decoded(heard)

    now = desk.public("/fapi/v1/depth", symbol="BTCUSDT").body
    assert rebuilt(snapshot, diffs) == (dict(now["bids"]), dict(now["asks"]))
    assert diffs[0]["pu"] == snapshot["lastUpdateId"]
    assert diffs[-1]["u"] == now["lastUpdateId"]
    assert [later["pu"] for later in diffs[1:]] == [earlier["u"] for earlier in diffs[:-1]]
    assert (diffs[0]["e"], diffs[0]["s"], diffs[0]["a"]) == ("depthUpdate", "BTCUSDT", [["101.00", "2.000"]])


def test_a_chain_that_is_no_longer_known_breaks(desk: Desk) -> None:
    """More changes than are remembered: the next diff does not follow, so clients fetch a snapshot."""
    heard = desk.hears("btcusdt@depth@100ms")
    desk.order(desk.maker, "BUY", "1", "99")
    desk.flush()
    desk.views.depth._keep = 1
    for price in ("98", "97"):
        desk.order(desk.maker, "BUY", "1", price)
    desk.order(desk.third, "BUY", "1", "96")
    desk.flush()
    desk.order(desk.third, "BUY", "1", "95")
    desk.flush()

    first, second = decoded(heard)

    assert (first["u"], second["pu"], second["u"]) == (1, 4, 5)


def test_nothing_is_said_where_nothing_changed(desk: Desk) -> None:
    """Neither of depth nor of the best price."""
    desk.order(desk.maker, "BUY", "1", "99")
    depth, best = desk.hears("btcusdt@depth@100ms"), desk.hears("btcusdt@bookTicker")
    desk.order(desk.maker, "BUY", "1", "98")
    first = len(best)
    desk.flush()
    desk.flush()

    assert len(decoded(depth)) == 1
    assert len(best) == first == 1


def test_partial_depth_is_whole(desk: Desk) -> None:
    """The best five of seven, in the form of a diff; again only after a change."""
    for price in range(93, 100):
        desk.order((desk.maker, desk.taker, desk.third)[price % 3], "BUY", "1", str(price))
    heard = desk.hears("btcusdt@depth5@100ms")
    desk.flush()
    desk.flush()

    (told,) = decoded(heard)

    assert [price for price, _ in told["b"]] == ["99.00", "98.00", "97.00", "96.00", "95.00"]
    assert told["u"] == desk.views.depth.seq(desk.market)


def test_the_best_price_is_told_when_it_changes(desk: Desk) -> None:
    """With the book's number, and times, unlike on spot."""
    one, every = desk.hears("btcusdt@bookTicker"), desk.hears("!bookTicker")
    desk.order(desk.maker, "BUY", "1", "99")
    desk.order(desk.maker, "SELL", "2", "101")

    told = decoded(one)

    assert told[-1] == {
        "e": "bookTicker",
        "u": 2,
        "s": "BTCUSDT",
        "ps": "BTCUSDT",
        "b": "99.00",
        "B": "1.000",
        "a": "101.00",
        "A": "2.000",
        "T": desk.now_ms(),
        "E": desk.now_ms(),
        "st": 1,
    }
    assert decoded(every) == told


def test_every_print_and_each_aggregate_once(desk: Desk) -> None:
    """One taker, two makers at one price: two trades, one aggregate when the interval is over."""
    desk.order(desk.maker, "BUY", "1", "100")
    desk.order(desk.third, "BUY", "1", "100")
    trades, aggregates = desk.hears("btcusdt@trade"), desk.hears("btcusdt@aggTrade")
    desk.order(desk.taker, "SELL", "2")
    desk.flush()
    desk.flush()

    told = decoded(trades)

    assert [(one["t"], one["p"], one["q"], one["m"], one["X"]) for one in told] == [
        (1, "100.00", "1.000", True, "MARKET"),
        (2, "100.00", "1.000", True, "MARKET"),
    ]
    (aggregate,) = decoded(aggregates)
    assert {key: aggregate[key] for key in "apqflm"} == {
        "a": 1, "p": "100.00", "q": "2.000", "f": 1, "l": 2, "m": True,
    }  # fmt: skip


def test_a_candle_is_told_while_it_runs_and_once_when_it_is_closed(desk: Desk) -> None:
    """Then the next one begins."""
    desk.order(desk.maker, "SELL", "5", "100")
    heard = desk.hears("btcusdt@kline_1m")
    desk.order(desk.taker, "BUY", "1")
    desk.flush()
    desk.flush()
    desk.passes(MINUTE - desk.at % MINUTE + SECOND)
    desk.flush()
    desk.order(desk.taker, "BUY", "2")
    desk.flush()

    candles = [one["k"] for one in decoded(heard)]

    assert [(k["x"], k["v"], k["n"]) for k in candles] == [
        (False, "1.000", 1),
        (True, "1.000", 1),
        (False, "0.000", 0),
        (False, "2.000", 1),
    ]
    assert candles[1]["t"] == candles[0]["t"]
    assert candles[2]["t"] == candles[1]["T"] + 1
    assert candles[0] | {"x": True} == candles[1]


def test_a_continuous_candle_names_pair_and_contract_type(desk: Desk) -> None:
    """Instead of the symbol."""
    desk.opens(desk.taker, "1")
    heard = desk.hears("btcusdt_perpetual@continuousKline_1m")
    desk.flush()

    (told,) = decoded(heard)

    assert (told["e"], told["ps"], told["ct"]) == ("continuous_kline", "BTCUSDT", "PERPETUAL")
    assert "s" not in told
    assert "s" not in told["k"]


def test_mark_price_of_one_and_of_all(desk: Desk) -> None:
    """The same row, alone and in an array, whether it changed or not."""
    one, every = desk.hears("btcusdt@markPrice@1s"), desk.hears("!markPrice@arr@1s")
    desk.flush()
    desk.flush()

    rows = decoded(one)

    assert len(rows) == 2
    assert (rows[0]["e"], rows[0]["p"], rows[0]["i"]) == ("markPriceUpdate", "100.00000000", "100.00000000")
    assert rows[0]["r"] == desk.public("/fapi/v1/premiumIndex", symbol="BTCUSDT").body["lastFundingRate"]
    assert decoded(every) == [[row] for row in rows]


def test_tickers_of_all_tell_those_that_changed(desk: Desk) -> None:
    """One market's ticker comes every time."""
    one, every, mini = desk.hears("btcusdt@ticker"), desk.hears("!ticker@arr"), desk.hears("!miniTicker@arr")
    desk.opens(desk.taker, "1")
    desk.flush()
    desk.flush()

    told = decoded(one)

    assert len(told) == 2
    assert (told[0]["e"], told[0]["c"], told[0]["v"], told[0]["n"]) == ("24hrTicker", "100.00", "1.000", 1)
    assert decoded(every) == [[told[0]]]
    assert decoded(mini)[0][0]["c"] == "100.00"
    assert len(decoded(mini)) == 1


def test_a_liquidation_is_told_with_what_it_came_to() -> None:
    """10 long with 200 USDT fall at 80.85; their order is sold to a bid at 91."""
    desk = Desk(cash=200)
    desk.opens(desk.taker, "10")
    desk.order(desk.third, "BUY", "10", "91")
    heard = desk.hears("!forceOrder@arr")
    desk.mark("80.85")
    desk.flush()
    desk.flush()

    (told,) = decoded(heard)

    order = told["o"]
    assert told["e"] == "forceOrder"
    assert (order["s"], order["S"], order["o"], order["f"], order["X"]) == ("BTCUSDT", "SELL", "LIMIT", "IOC", "FILLED")
    assert (order["q"], order["z"], order["ap"]) == ("10.000", "10.000", "91.00")


def test_the_latest_liquidation_of_a_second_is_told_and_not_the_largest() -> None:
    """10 long are sold out at 80.85, then 5 long at 60, within one interval."""
    desk = Desk(cash=200)
    other = desk.joins("other", 200)
    desk.keys["keyother"] = Key("keyother", "secret", other.no)
    desk.opens(desk.taker, "10")
    desk.opens(other, "5")
    desk.order(desk.third, "BUY", "10", "91")
    heard = desk.hears("!forceOrder@arr")
    desk.mark("80.85")
    desk.mark("60")
    desk.flush()

    (told,) = decoded(heard)

    assert (told["o"]["S"], told["o"]["q"]) == ("SELL", "5.000")


def lists(desk: Desk, base: str) -> MarketNo:
    """List another perpetual with the rules of the first."""
    spec = desk.state.markets[desk.market].spec
    desk.run(cmd.ListMarket(msgspec.structs.replace(spec, id=f"perp:{base}-USDT", base=base, index=f"{base}-USDT")))
    no = desk.state.market_no[f"perp:{base}-USDT"]
    desk.run(cmd.SetRules("binance", no, desk.state.rules["binance", desk.market]))
    return no


def test_a_contract_listed_later_joins_the_streams_of_all(desk: Desk) -> None:
    """Without another subscription: its best price, its ticker, its mark."""
    best, mini, marks = desk.hears("!bookTicker"), desk.hears("!miniTicker@arr"), desk.hears("!markPrice@arr@1s")
    news = desk.hears("!contractInfo")
    eth = lists(desk, "ETH")
    desk.run(cmd.SetIndex("ETH-USDT", Price(200 * ONE)))
    desk.order(desk.maker, "BUY", "1", "199", symbol="ETHUSDT")
    desk.order(desk.third, "SELL", "1", "199", symbol="ETHUSDT")
    desk.flush()

    assert [row["s"] for row in decoded(best)][:1] == ["ETHUSDT"]
    assert "ETHUSDT" in [row["s"] for row in decoded(mini)[-1]]
    assert [row["s"] for row in decoded(marks)[-1]] == ["BTCUSDT", "ETHUSDT"]
    (told,) = decoded(news)
    assert (told["e"], told["s"], told["ps"], told["ct"], told["cs"], told["st"]) == (
        "contractInfo", "ETHUSDT", "ETHUSDT", "PERPETUAL", "TRADING", 1,
    )  # fmt: skip
    assert told["dt"] == 4_133_404_800_000
    assert told["bks"] == [
        {"bs": 1, "bnf": 0, "bnc": 1000, "mmr": 0.01, "cf": 0, "mi": 11, "ma": 20},
        {"bs": 2, "bnf": 1000, "bnc": 100000, "mmr": 0.05, "cf": 40, "mi": 1, "ma": 10},
    ]
    assert eth in desk.state.markets


def test_contract_news_tell_brackets_only_where_they_changed(desk: Desk) -> None:
    """A halt, the same rules once more, other brackets."""
    heard = desk.hears("!contractInfo")
    rules = desk.state.rules["binance", desk.market]
    desk.run(cmd.SetMarketStatus(desk.market, MarketStatus.HALT))
    desk.run(cmd.SetMarketStatus(desk.market, MarketStatus.TRADING))
    desk.run(cmd.SetRules("binance", desk.market, rules))
    desk.run(cmd.SetRules("binance", desk.market, msgspec.structs.replace(rules, tiers=rules.tiers[:1])))

    told = decoded(heard)

    assert [row["cs"] for row in told] == ["PENDING_TRADING", "TRADING", "TRADING"]
    assert [len(row.get("bks", ())) for row in told] == [0, 0, 1]
    assert set(told[0]) == {"e", "E", "s", "ps", "ct", "dt", "ot", "cs", "st"}


@pytest.mark.parametrize("name", ["btcusdt@compositeIndex", "tradingSession"])
def test_streams_of_what_is_not_traded_here_are_silent(desk: Desk, name: str) -> None:
    """Known to the venue, and nothing to tell."""
    heard = desk.hears(name)
    desk.prints("100")
    desk.flush()

    assert heard == []


def test_continuous_candles_come_in_seconds_too(desk: Desk) -> None:
    """Ordinary ones do not."""
    heard = desk.hears("btcusdt_perpetual@continuousKline_1s")
    desk.prints("100")
    desk.passes(2 * SECOND)
    desk.flush()

    assert desk.product.market_stream("btcusdt@kline_1s", desk.state, desk.views) is None
    assert {row["k"]["i"] for row in decoded(heard)} == {"1s"}
    assert all(row["k"]["T"] - row["k"]["t"] == 999 for row in decoded(heard))
