"""From what was asked for to an exchange: the same place for `serve`, for forks and for fixtures."""

from pathlib import Path

import pytest

from simexchange.config.assembling import Assembly, GivenKey, Setup, header, open_log
from simexchange.config.markets import preset
from simexchange.config.opening import parse_account
from simexchange.core.vocabulary.units import DAY, SECOND, Nanos
from simexchange.errors import ConfigError
from simexchange.eventlog.durability import OFF
from simexchange.eventlog.memory import MemoryLog
from simexchange.runtime.clock import PAUSED

START = Nanos(19_723 * DAY)
"""2024-01-01T00:00Z."""
QUIET = Setup(feed="none", start=START, speed=PAUSED, durability=OFF, accounts=(parse_account("alice:spot.USDT=100"),))


def test_an_exchange_is_put_together_over_any_log() -> None:
    assembly = Assembly(QUIET, MemoryLog(header(QUIET)), listings={"spot:BTC-USDT": preset()["spot:BTC-USDT"]})
    keys = assembly.open_keys(None)
    assembly.exchange.close()

    assert list(assembly.exchange.state.market_no) == ["spot:BTC-USDT"]
    assert [name for name, _ in assembly.keys_by_account(keys)] == ["alice"]
    assert assembly.exchange.state.now == START


def test_a_log_that_was_opened_is_gone_on_with() -> None:
    """Markets and accounts are those of the log, and what is there already is told and left as it is."""
    log = MemoryLog(header(QUIET))
    Assembly(QUIET, log, listings={"spot:BTC-USDT": preset()["spot:BTC-USDT"]}).exchange.close()
    opened, said = log.last_seq, list[str]()

    again = Assembly(QUIET, log, say=said.append)
    again.exchange.close()

    assert list(again.exchange.state.market_no) == ["spot:BTC-USDT"]
    assert said == ["account alice is there already and left as it is"]
    assert log.last_seq == opened


def test_a_seed_that_contradicts_the_log_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "events.sqlite"
    open_log(QUIET, path).close()

    with pytest.raises(ConfigError, match="--seed contradicts the log"):
        open_log(Setup(seed=7), path)
    open_log(Setup(seed=1), path).close()


def test_a_key_of_an_account_that_is_not_there_is_refused() -> None:
    setup = Setup(feed="none", start=START, keys=(GivenKey("bob", "k" * 20, "s" * 20),))
    assembly = Assembly(setup, MemoryLog(header(setup)), listings={})

    with pytest.raises(ConfigError, match="there is no account bob"):
        assembly.open_keys(None)
    assembly.exchange.close()


def test_without_a_start_exchange_time_begins_now() -> None:
    assert header(Setup()).start > START + 300 * DAY
    assert header(Setup(start=Nanos(START + SECOND), seed=5)).seed == 5
