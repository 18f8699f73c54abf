"""Every table from the core's words to the venue's is total, so that nothing that can happen has no words."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

import pytest

from simexchange.core.vocabulary.markets import MarketStatus
from simexchange.core.vocabulary.orders import (
    EndReason,
    OrderKind,
    OrderStatus,
    SelfTrade,
    Side,
    TimeInForce,
    TriggerPrice,
)
from simexchange.dialects.binance.usdm import income, orderwords, responses, userstream
from simexchange.dialects.binance.usdm.requests import TIMES_IN_FORCE
from simexchange.projections.income import IncomeKind


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (orderwords.SIDE, Side),
        (orderwords.KIND, OrderKind),
        (orderwords.TIF, TimeInForce),
        (orderwords.STATUS, OrderStatus),
        (orderwords.SELF_TRADE, SelfTrade),
        (orderwords.WATCHED, TriggerPrice),
        (responses.MARKET_STATUS, MarketStatus),
        (userstream.EXPIRE_REASONS, EndReason),
        (income.WORDS, IncomeKind),
    ],
)
def test_every_word_of_the_core_has_one_of_the_venue(table: Mapping[Any, Any], words: type[Enum]) -> None:
    """Keys are the enum, no more and no less."""
    assert set(table) == set(words)


def test_times_in_force_read_as_they_are_written() -> None:
    """What is sent comes back."""
    assert {word: orderwords.TIF[tif] for word, tif in TIMES_IN_FORCE.items()} == {
        word: word for word in TIMES_IN_FORCE
    }
