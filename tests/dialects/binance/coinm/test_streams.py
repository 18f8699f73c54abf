"""Market streams of COIN-M: by contract, by pair, and since 2026-06-30 of both products on either socket."""

from typing import Any

import pytest

from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.orders import OrderKind, Side, TimeInForce
from simexchange.core.vocabulary.units import MINUTE, SECOND
from simexchange.dialects.binance.changes import ApiAsOf
from simexchange.dialects.binance.coinm.product import CoinmProduct
from simexchange.dialects.binance.usdm.product import UsdmProduct
from tests.core.world import units
from tests.dialects.binance.coinm.desk import QUARTER, CoinDesk, decoded


def _heard(desk: CoinDesk, name: str) -> list[Any]:
    """What a stream says of a trade of 3 contracts at 50,000."""
    heard = desk.hears(name)
    desk.opens(desk.taker, "3")
    desk.flush()
    return decoded(heard)


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("btcusd_perp@depth@100ms", "depthUpdate"),
        ("btcusd_perp@depth5@100ms", "depthUpdate"),
        ("btcusd_perp@aggTrade", "aggTrade"),
        ("btcusd_perp@trade", "trade"),
        ("btcusd_perp@kline_1m", "kline"),
        ("btcusd_perpetual@continuousKline_1m", "continuous_kline"),
        ("btcusd_perp@miniTicker", "24hrMiniTicker"),
        ("btcusd_perp@ticker", "24hrTicker"),
        ("btcusd_perp@bookTicker", "bookTicker"),
        ("btcusd_perp@markPrice", "markPriceUpdate"),
        ("btcusd_perp@markPrice@1s", "markPriceUpdate"),
    ],
)
def test_a_stream_of_a_contract_says_whose_it_is(desk: CoinDesk, name: str, event: str) -> None:
    """``st`` is 2 on COIN-M."""
    first = _heard(desk, name)[0]

    assert (first["e"], first["st"]) == (event, 2)
    assert first.get("s", first.get("ps")) in ("BTCUSD_PERP", "BTCUSD")


def test_volumes_are_contracts_and_coins(desk: CoinDesk) -> None:
    """3 contracts at 50,000 are 0.006 BTC."""
    (ticker,) = _heard(desk, "btcusd_perp@ticker")

    assert (ticker["v"], ticker["q"], ticker["w"], ticker["ps"]) == ("3", "0.006", "50000.0", "BTCUSD")


def test_a_candle_of_a_contract_counts_contracts_and_coins(desk: CoinDesk) -> None:
    candle = _heard(desk, "btcusd_perp@kline_1m")[0]["k"]

    assert (candle["v"], candle["q"], candle["s"]) == ("3", "0.006", "BTCUSD_PERP")


@pytest.mark.parametrize("name", ["btcusd@indexPrice", "btcusd@indexPrice@1s"])
def test_the_index_of_a_pair(desk: CoinDesk, name: str) -> None:
    heard = desk.hears(name)
    desk.flush()

    assert decoded(heard) == [{"e": "indexPriceUpdate", "E": desk.now_ms(), "i": "BTCUSD", "p": "50000.00000000"}]


@pytest.mark.parametrize("name", ["btcusd@markPrice", "btcusd@markPrice@1s"])
def test_the_marks_of_a_pair_come_in_one_array(desk: CoinDesk, name: str) -> None:
    """Of every contract of the pair; a dated one has no rate."""
    heard = desk.hears(name)
    desk.flush()

    ((perpetual, quarter),) = decoded(heard)

    assert (perpetual["s"], perpetual["p"], perpetual["st"]) == ("BTCUSD_PERP", "50000.00000000", 2)
    assert (quarter["s"], quarter["r"], quarter["T"]) == (QUARTER, "", 0)


@pytest.mark.parametrize(
    ("name", "event", "symbol"),
    [
        ("btcusd@indexPriceKline_1m", "indexPrice_kline", "0"),
        ("btcusd_perp@markPriceKline_1m", "markPrice_kline", "BTCUSD_PERP"),
    ],
)
def test_candles_of_prices_nobody_trades(desk: CoinDesk, name: str, event: str, symbol: str) -> None:
    """The index of a pair, the mark of a contract; volumes mean nothing there."""
    heard = desk.hears(name)
    desk.passes(2 * SECOND)
    desk.moves(50_010)
    desk.mark(50_010)
    desk.flush()

    last = decoded(heard)[-1]

    assert (last["e"], last["ps"], last["k"]["s"], last["k"]["i"]) == (event, "BTCUSD", symbol, "1m")
    assert (last["k"]["h"], last["k"]["v"], last["k"]["x"]) == ("50010.00000000", "0", False)
    desk.passes(MINUTE)
    desk.flush()
    assert any(one["k"]["x"] for one in decoded(heard))


@pytest.mark.parametrize(
    "name",
    [
        "btcusd@indexPriceKline_7m", "btcusd@markPriceKline_1m", "btcusd_perp@indexPriceKline_1m", "btcusd@depth",
        "xrpusd@indexPrice", "BTCUSD@indexPrice", "btcusdt@indexPrice", "btcusd_perp@nothing",
    ],
)  # fmt: skip
def test_names_the_venue_does_not_have(desk: CoinDesk, name: str) -> None:
    """A pair has no book, a contract no index of its own."""
    assert desk.product.market_stream(name, desk.state, desk.views) is None


@pytest.mark.parametrize("name", ["!ticker@arr", "!miniTicker@arr", "!markPrice@arr", "!bookTicker"])
def test_streams_of_all_tell_of_both_products(desk: CoinDesk, name: str) -> None:
    """On either socket, told apart by ``st``; before 2026-06-30 each told of its own."""

    def types(product: Any) -> set[int]:
        desk.product = product
        heard = desk.hears(name)
        desk.maker.buys(1, at=49_000)
        desk.run(cmd.PlaceOrder(desk.maker.no, linear, *buy))
        desk.flush()
        rows = [row for one in decoded(heard) for row in (one if isinstance(one, list) else [one])]
        return {2 if "USD_" in row["s"] else 1 for row in rows}

    linear = desk.state.market_no["perp:BTC-USDT"]
    buy = (Side.BUY, OrderKind.LIMIT, units(1), units(95), TimeInForce.GTC)
    old = ApiAsOf("2026-06-29")
    assert types(CoinmProduct()) == types(UsdmProduct()) == {1, 2}
    assert types(CoinmProduct(old)) == {2}
    assert types(UsdmProduct(old)) == {1}


def test_either_socket_knows_the_symbols_of_both(desk: CoinDesk) -> None:
    """Since 2026-06-30."""
    old = ApiAsOf("2026-06-29")

    def known(product: Any, name: str) -> bool:
        return product.market_stream(name, desk.state, desk.views) is not None

    for name in ("btcusdt@depth", "btcusd_perp@depth", "btcusd@indexPrice", "btcusd_perpetual@continuousKline_1m"):
        assert known(CoinmProduct(), name)
        assert known(UsdmProduct(), name)
    assert [known(CoinmProduct(old), name) for name in ("btcusdt@depth", "btcusd_perp@depth")] == [False, True]
    assert [known(UsdmProduct(old), name) for name in ("btcusdt@depth", "btcusd@indexPrice")] == [True, False]


@pytest.mark.parametrize("name", ["btcusd_perp@ticker", "btcusd_perp@miniTicker", "!ticker@arr", "!miniTicker@arr"])
def test_tickers_of_before_keep_the_price_they_opened_at(desk: CoinDesk, name: str) -> None:
    """It stands under ``o``, where a liquidation has its order."""
    desk.product = CoinmProduct(ApiAsOf("2026-06-29"))
    heard = desk.hears(name)
    desk.opens(desk.taker, "3")
    desk.flush()

    rows = [row for one in decoded(heard) for row in (one if isinstance(one, list) else [one])]

    assert {row["o"] for row in rows if row["s"] == "BTCUSD_PERP"} == {"50000.0"}
    assert not [row for row in rows if "st" in row]


def test_a_liquidation_of_before_says_nothing_of_products(desk: CoinDesk) -> None:
    desk.product = CoinmProduct(ApiAsOf("2026-06-29"))
    desk.run(cmd.Withdraw(desk.taker.no, "coinm", "BTC", units("9.79")))
    desk.opens(desk.taker, "1000")
    desk.order(desk.third, "BUY", "1500", "45600")
    heard = desk.hears("!forceOrder@arr")
    desk.mark("45700")
    desk.flush()

    told = decoded(heard)[0]

    assert "st" not in told
    assert "st" not in told["o"]


def test_forced_orders_are_told_by_pair(desk: CoinDesk) -> None:
    """As on USDⓈ-M, with the average in dollars."""
    desk.run(cmd.Withdraw(desk.taker.no, "coinm", "BTC", units("9.79")))
    desk.opens(desk.taker, "1000")
    desk.order(desk.third, "BUY", "1500", "45600")
    heard = desk.hears("!forceOrder@arr")
    desk.mark("45700")
    desk.flush()

    order = decoded(heard)[0]["o"]

    assert (order["s"], order["ps"], order["S"], order["ap"], order["st"]) == (
        "BTCUSD_PERP", "BTCUSD", "SELL", "45600.0", 2,
    )  # fmt: skip
