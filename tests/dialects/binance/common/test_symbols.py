"""Market ids and symbols, both ways."""

import pytest

from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.markets import Market, MarketKind
from simexchange.core.vocabulary.units import ONE, Price, Quantity
from simexchange.dialects.binance.common.symbols import find_market, product_of, symbol_of


def market(text: str) -> Market:
    """The market of an id."""
    kind, _, rest = text.partition(":")
    base, quote = rest.split("-")[:2]
    kinds = {"spot": MarketKind.SPOT, "perp": MarketKind.PERPETUAL, "dated": MarketKind.DATED}
    return Market(text, kinds[kind], base, quote, quote, Price(1), Quantity(ONE), inverse=quote == "USD")


IDS = (
    "spot:BTC-USDT",
    "perp:BTC-USDT",
    "dated:BTC-USDT-261225",
    "perp:BTC-USD",
    "dated:BTC-USD-261225",
    "spot:ETH-BTC",
    "spot:1000SATS-FDUSD",
    "perp:1000PEPE-USDC",
)
NUMBERS = {text: MarketNo(no) for no, text in enumerate(IDS, 1)}


@pytest.mark.parametrize(
    ("text", "product", "symbol"),
    [
        ("spot:BTC-USDT", "spot", "BTCUSDT"),
        ("perp:BTC-USDT", "usdm", "BTCUSDT"),
        ("dated:BTC-USDT-261225", "usdm", "BTCUSDT_261225"),
        ("perp:BTC-USD", "coinm", "BTCUSD_PERP"),
        ("dated:BTC-USD-261225", "coinm", "BTCUSD_261225"),
        ("spot:ETH-BTC", "spot", "ETHBTC"),
        ("spot:1000SATS-FDUSD", "spot", "1000SATSFDUSD"),
        ("perp:1000PEPE-USDC", "usdm", "1000PEPEUSDC"),
    ],
)
def test_a_market_has_one_symbol_in_one_product(text: str, product: str, symbol: str) -> None:
    """And is found again by it."""
    assert (product_of(market(text)), symbol_of(market(text))) == (product, symbol)
    assert find_market(NUMBERS, product, symbol) == NUMBERS[text]


@pytest.mark.parametrize(
    ("product", "symbol"),
    [
        ("spot", "NOPE"),
        ("spot", ""),
        ("spot", "btcusdt"),
        ("spot", "BTC-USDT"),
        ("spot", "BTCUSDT_261225"),
        ("spot", "BTCUSD_PERP"),
        ("usdm", "BTCUSD"),
        ("usdm", "BTCUSD_PERP"),
        ("usdm", "BTCUSDT_991231"),
        ("coinm", "BTCUSDT"),
        ("coinm", "BTCUSD"),
    ],
)
def test_a_symbol_of_another_product_is_not_found(product: str, symbol: str) -> None:
    """Nor one in another case."""
    assert find_market(NUMBERS, product, symbol) is None
