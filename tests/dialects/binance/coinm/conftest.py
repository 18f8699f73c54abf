"""What every test of COIN-M may ask for."""

import pytest

from tests.dialects.binance.coinm.desk import CoinDesk


@pytest.fixture
def desk() -> CoinDesk:
    """BTCUSD_PERP at 50,000, three people with 10 BTC at 10x, nobody has traded yet."""
    return CoinDesk()
