"""Symbols inside their categories, and back."""

import pytest

from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.markets import Market, MarketKind
from simexchange.core.vocabulary.units import Price, Quantity
from simexchange.dialects.bybit.common.symbols import _ids, category_of, symbol_of

NAMES = [
    ("spot:BTC-USDT", MarketKind.SPOT, "spot", "BTCUSDT"),
    ("perp:BTC-USDT", MarketKind.PERPETUAL, "linear", "BTCUSDT"),
    ("perp:BTC-USDC", MarketKind.PERPETUAL, "linear", "BTCPERP"),
    ("dated:BTC-USDT-261225", MarketKind.DATED, "linear", "BTCUSDT-25DEC26"),
    ("perp:BTC-USD", MarketKind.PERPETUAL, "inverse", "BTCUSD"),
    ("dated:BTC-USD-261225", MarketKind.DATED, "inverse", "BTCUSDZ26"),
]


@pytest.mark.parametrize("market_id, kind, category, symbol", NAMES)
def test_a_market_has_one_name(market_id: str, kind: MarketKind, category: str, symbol: str) -> None:
    _, _, pair = market_id.partition(":")
    base, quote = pair.split("-")[:2]
    inverse = category == "inverse"
    spec = Market(market_id, kind, base, quote, quote, Price(1), Quantity(1), inverse=inverse)

    assert category_of(spec) == category
    assert symbol_of(spec) == symbol
    assert market_id in _ids(category, symbol) or symbol == "BTCUSDZ26"


@pytest.mark.parametrize("symbol", ["", "-", "BTCUSDT-", "BTCUSDT-99XXX26", "BTCUSDT-2512266", "PERP", "\u00df"])
def test_what_names_nothing_is_no_mistake(symbol: str) -> None:
    state = ExchangeState()

    for category in ("spot", "linear", "inverse", "option"):
        assert not any(each in state.market_no for each in _ids(category, symbol))
