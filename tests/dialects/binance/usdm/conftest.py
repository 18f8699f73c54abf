"""What every test of USDⓈ-M may ask for."""

import pytest

from tests.dialects.binance.usdm.desk import Desk


@pytest.fixture
def desk() -> Desk:
    """BTCUSDT at 100, three people with 10,000 USDT at 10x, nobody has traded yet."""
    return Desk()
