"""What every test of v5 may ask for."""

import pytest

from tests.dialects.bybit.v5.desk import Desk


@pytest.fixture
def desk() -> Desk:
    """Every shipped market at a round price; bob and carol under Bybit's rules, alice under Binance's; no trades."""
    return Desk()
