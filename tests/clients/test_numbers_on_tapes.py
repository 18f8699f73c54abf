"""What `test_numbers.py` says, of a day on six minutes of real order flow."""

from pathlib import Path

import pytest

from tests.clients.day import Day, live
from tests.clients.test_numbers import (
    test_every_number_that_ccxt_parsed_has_a_row,
    test_the_day_has_every_kind_of_row,
    test_what_a_call_parsed_is_what_the_log_says,
    truths,
)

__all__ = [
    "test_every_number_that_ccxt_parsed_has_a_row",
    "test_the_day_has_every_kind_of_row",
    "test_what_a_call_parsed_is_what_the_log_says",
    "truths",
]


@pytest.fixture(scope="module")
def day(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Day:
    return live(tmp_path_factory.mktemp("day"), f"recorded:{shared_data / 'binance_streams'}")
