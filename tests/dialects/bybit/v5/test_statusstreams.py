"""Pauses of trading, as they begin and when they are over."""

from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.markets import MarketStatus
from simexchange.core.vocabulary.units import SECOND, Nanos
from simexchange.dialects.bybit.v5.product import PRODUCTS
from tests.dialects.bybit.v5.desk import LINEAR, SPOT, Desk


def all_of(desk: Desk, kind: str, status: MarketStatus) -> None:
    """Every market of spot, or every contract, is halted or resumed."""
    for market in list(desk.state.markets.values()):
        if market.derivative is (kind == "futures"):
            desk.run(cmd.SetMarketStatus(market.no, status))


def test_a_pause_is_told_when_it_begins_and_when_it_is_over(desk: Desk) -> None:
    heard = desk.hears("status", "system.status")
    desk.flush()
    assert heard.all == []

    all_of(desk, "futures", MarketStatus.HALT)
    desk.flush()
    desk.flush()
    (begun,) = heard.take()
    desk.at = Nanos(desk.at + 60 * SECOND)
    all_of(desk, "futures", MarketStatus.TRADING)
    desk.flush()
    (over,) = heard.take()

    assert list(begun) == ["topic", "ts", "data"]
    assert begun["data"][0]["state"] == "ongoing"
    assert over["data"] == [{**begun["data"][0], "state": "completed", "end": str(desk.now_ms())}]


def test_a_newcomer_hears_what_goes_on(desk: Desk) -> None:
    all_of(desk, "spot", MarketStatus.HALT)

    heard = desk.hears("status", "system.status").last
    assert heard["data"] == desk.asks("/v5/system/status")["list"]


def test_one_market_alone_is_no_pause(desk: Desk) -> None:
    heard = desk.hears("status", "system.status")
    for market in (SPOT, LINEAR):
        desk.run(cmd.SetMarketStatus(desk.no(market), MarketStatus.HALT))
    desk.flush()

    assert heard.all == []


def test_it_is_a_topic_of_its_own_address(desk: Desk) -> None:
    names = {
        product.name
        for product in PRODUCTS[2:]
        if product.market_stream("system.status", desk.state, desk.views) is not None
    }

    assert names == {"v5-status"}
    assert PRODUCTS[-1].market_stream("publicTrade.BTCUSDT", desk.state, desk.views) is None
