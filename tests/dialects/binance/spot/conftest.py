"""What every test of spot may ask for."""

import pytest

from tests.dialects.binance.spot.bench import Bench


@pytest.fixture
def bench() -> Bench:
    """Three rich people, BTC/USDT, nobody has traded yet."""
    return Bench()
