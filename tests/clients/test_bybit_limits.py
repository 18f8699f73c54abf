"""The second venue's limits as its own library meets them."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from simexchange.testing import sdk


def test_pybit_sleeps_until_there_is_room_and_goes_on(exchange_factory: Callable[..., Any]) -> None:
    """One such call a second: the others wait for the instant that the refusal's header says, by the wall clock."""
    pytest.importorskip("pybit")
    server = exchange_factory(venues=("bybit",), limits="strict")
    # That there is nothing to be repaid is an answer like any other.
    client = sdk.pybit_client(server, ignore_codes={182102})
    began = time.monotonic()

    answers = [client.repay_liability(coin="USDT") for _ in range(3)]

    assert {answer["retCode"] for answer in answers} == {182102}
    assert time.monotonic() - began > 1
    assert len(server.requested("/v5/account/quick-repayment")) > 3
    sdk.close(client)


def test_pybit_reads_what_is_left_of_a_limit(exchange_factory: Callable[..., Any]) -> None:
    pytest.importorskip("pybit")
    server = exchange_factory(venues=("bybit",))
    client = sdk.pybit_client(server, return_response_headers=True)

    _, _, headers = client.get_fee_rates(category="linear", symbol="BTCUSDT")

    assert (headers["X-Bapi-Limit"], headers["X-Bapi-Limit-Status"]) == ("5", "4")
    sdk.close(client)
