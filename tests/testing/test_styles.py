"""Without pytest: a block, a decorator, a start and a stop, a unittest."""

import inspect
import unittest

import pytest

from simexchange.errors import ConfigError
from simexchange.testing import ExchangeCase, ServedExchange, exchange, local, running, server


def test_a_block() -> None:
    with running(scenario="calm") as ex:
        assert ex.url.startswith("http://127.0.0.1:")
        assert ex.credentials().api_key
        assert ex.account().buy("BTCUSDT", 0.1).status == "filled"
    assert not ex.started


async def test_an_asynchronous_block() -> None:
    async with running(seed=4) as ex:
        assert ex.advance("1h").hour == 1
    assert not ex.started


@exchange(scenario="calm", seed=3)
def test_a_decorator(ex: ServedExchange) -> None:
    assert (ex.options.seed, ex.options.scenario) == (3, "calm")
    assert ex.url


@exchange(sockets=False)
@pytest.mark.parametrize("n", [1, 2])
def test_a_decorator_beside_other_arguments(n: int, ex: ServedExchange) -> None:
    assert n in (1, 2)
    assert ex.account("a", USDT=5).free("USDT") == 5


@exchange()
async def test_a_decorated_coroutine(ex: ServedExchange) -> None:
    assert ex.started


def test_a_start_and_a_stop() -> None:
    ex = server(funding_every="1h")
    with pytest.raises(ConfigError, match=r"call start\(\)"):
        _ = ex.url
    ex.start()
    try:
        assert ex.start() is ex
        assert ex.market("BTCUSDT").next_funding == ex.now.replace(hour=1)
    finally:
        ex.stop()
    ex.stop()
    assert not local().started


class Case(ExchangeCase, unittest.TestCase):
    simx = {"seed": 8}  # noqa: RUF012 - as its users write it

    def test_each_has_its_own(self) -> None:
        assert self.ex.options.seed == 8
        assert not self.ex.log.where("fill")
        self.ex.account().buy("BTCUSDT", 0.1)

    def test_and_another(self) -> None:
        assert not self.ex.log.where("fill")


def test_a_decorator_hides_its_argument_and_refuses_what_it_does_not_know() -> None:
    assert list(inspect.signature(test_a_decorator).parameters) == []
    with pytest.raises(ConfigError, match="'scenarios' is no option"):
        exchange(scenarios="calm")
