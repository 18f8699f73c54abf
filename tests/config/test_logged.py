"""What a log was opened with is found in its first records."""

from itertools import islice

import pytest

from simexchange.config.logged import opened_with, same_markets
from simexchange.config.markets import Listing, contracts, parse, preset
from simexchange.config.opening import DEMO, account_commands, opening
from simexchange.core.vocabulary.units import Nanos
from simexchange.errors import ConfigError
from simexchange.eventlog.header import Header
from simexchange.eventlog.memory import MemoryLog
from simexchange.runtime.exchange import Exchange

START = Nanos(1_700_000_000_000_000_000)
OTHER = '[market."spot:AB-CD"]\ntick="0.01"\nstep="0.001"\nmaker="0.001"\ntaker="0.001"\n'


def _opened(listings: dict[str, Listing], *, whole: bool) -> MemoryLog:
    log = MemoryLog(Header(seed=1, start=START))
    exchange = Exchange(log)
    for command in opening(listings.values(), exchange.state):
        exchange.submit(command, "control")
    for command in account_commands(DEMO, exchange.state) if whole else ():
        exchange.submit(command, "control")
    exchange.close()
    return log


def test_markets_are_found_as_they_were_listed() -> None:
    assert opened_with(_opened(preset(), whole=True)) == contracts(preset(), START)


def test_an_opening_that_was_cut_short_is_none() -> None:
    """Nobody can have traded on it, so it is opened from the beginning."""
    assert opened_with(_opened(preset(), whole=False)) is None


def test_an_opening_that_was_cut_short_anywhere_is_gone_on_with() -> None:
    """Whatever came through last: every market has its rules in the end, and the fund its money."""
    whole = Exchange(MemoryLog(Header(seed=1, start=START)))
    made = sum(bool(whole.submit(command, "control")) for command in opening(preset().values(), whole.state))

    for cut in range(made):
        exchange = Exchange(MemoryLog(Header(seed=1, start=START)))
        for command in islice(opening(preset().values(), exchange.state), cut):
            exchange.submit(command, "control")
        for command in opening(preset().values(), exchange.state):
            exchange.submit(command, "control")

        assert exchange.state.rules == whole.state.rules
        assert exchange.state.purses.amount("ext:capital", "USDT") == whole.state.purses.amount("ext:capital", "USDT")
        exchange.close()
    whole.close()


def test_a_market_file_may_repeat_the_log_and_not_contradict_it() -> None:
    logged, other = preset(), parse(OTHER, "f.toml")

    same_markets(logged, {})
    same_markets(logged, preset())
    with pytest.raises(ConfigError, match="spot:AB-CD"):
        same_markets(logged, other)
    with pytest.raises(ConfigError, match="spot:AB-CD"):
        same_markets(other, parse(OTHER.replace('"0.01"', '"0.02"'), "f.toml"))
