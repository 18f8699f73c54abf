"""Which topics there are at which address."""

import pytest

from simexchange.dialects.bybit.v5.product import PRODUCTS
from tests.dialects.bybit.v5.desk import Desk

EVERYWHERE = ("orderbook.1.{}", "orderbook.50.{}", "orderbook.200.{}", "orderbook.1000.{}", "orderbook.rpi.{}",
    "publicTrade.{}", "kline.1.{}", "kline.M.{}")  # fmt: skip
OF_CONTRACTS = ("allLiquidation.{}", "liquidation.{}")
SYMBOLS = {
    "spot": ("BTCUSDT", "ETHUSDT"),
    "linear": ("BTCUSDT", "ETHUSDT", "BTCUSDT-27MAR26"),
    "inverse": ("BTCUSD", "BTCUSDH26"),
}
NONE = (
    "", ".", "x", "orderbook", "orderbook.50", "orderbook..BTCUSDT", "orderbook.50.", "orderbook.2.BTCUSDT",
    "orderbook.500.BTCUSDT", "orderbook.050.BTCUSDT", "orderbook.²00.BTCUSDT", "orderbook.-1.BTCUSDT",
    "orderbook.50.btcusdt", "orderbook.50.NOPEUSDT", "orderbook.50.BTCUSDT.", "kline.2.BTCUSDT", "kline..BTCUSDT",
    "kline.1m.BTCUSDT", "kline.BTCUSDT", "publicTrade", "publicTrade.BTC", "publicTrade.1.BTCUSDT",
    "trade.BTCUSDT", "order", "wallet", "kline_lt.1.BTC3L", "tickers_lt.BTC3L", "lt.BTC3L",
)  # fmt: skip


def has(desk: Desk, category: str, topic: str) -> bool:
    product = next(one for one in PRODUCTS if one.name == f"v5-{category}")
    stream = product.market_stream(topic, desk.state, desk.views)
    assert stream is None or stream.name == topic
    return stream is not None


@pytest.mark.parametrize("category", SYMBOLS)
def test_every_topic_is_there_of_every_symbol_of_its_category(desk: Desk, category: str) -> None:
    topics = EVERYWHERE if category == "spot" else EVERYWHERE + OF_CONTRACTS

    missing = [
        topic.format(symbol)
        for topic in topics
        for symbol in SYMBOLS[category]
        if not has(desk, category, topic.format(symbol))
    ]

    assert missing == []


@pytest.mark.parametrize("category", SYMBOLS)
def test_what_the_venue_does_not_have_is_no_topic(desk: Desk, category: str) -> None:
    assert [topic for topic in NONE if has(desk, category, topic)] == []


def test_a_symbol_of_another_category_is_no_topic(desk: Desk) -> None:
    """BTCUSDT is a symbol of two of them, all others of one."""
    everywhere = {symbol for symbols in SYMBOLS.values() for symbol in symbols}
    for category, symbols in SYMBOLS.items():
        for symbol in everywhere.difference(symbols):
            assert not has(desk, category, f"publicTrade.{symbol}"), (category, symbol)


def test_nobody_is_liquidated_on_spot(desk: Desk) -> None:
    assert [topic for topic in OF_CONTRACTS if has(desk, "spot", topic.format("BTCUSDT"))] == []
