"""An account of the second venue from its first coin to its liquidation: alarms, tables, worth, and page of its log."""

from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.notes import SetAlarm
from simexchange.core.vocabulary.units import ONE, Rate
from simexchange.eventlog.locate import open_log
from simexchange.eventlog.recheck import recheck
from simexchange.eventlog.reporting.gathering import gather
from simexchange.eventlog.reporting.page import page
from simexchange.eventlog.tables.columns import Wanted
from simexchange.testing import LocalExchange, local
from tests.eventlog.test_tables import balances, dicts, moved


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LocalExchange, Path]]:
    """alice has dollars and coins, is short of a linear contract and long of an inverse one, and the price doubles."""
    ex = local(venues="bybit", fees=True, accounts={"alice": {"USDT": 7_000, "BTC": "0.1"}}).start()
    me = ex.account("alice")
    me.buy("BTCUSDT", "0.05", kind="spot")
    me.set_leverage("BTCUSDT", 50)
    me.sell("BTC/USDT:USDT", 1)
    me.buy("BTC/USD:BTC", 50)
    ex.runtime.submit(SetAlarm(me.no, "half", "margin_ratio", Rate(ONE // 2), "", MarketNo(0), pause=False), "control")
    ex.set_funding("BTC/USDT:USDT", "0.01%")
    ex.advance("9h")
    ex.market("BTC/USDT:USDT").move(85_000, over="2h")
    ex.advance("3h")
    path = ex.save_log(tmp_path_factory.mktemp("unified") / "log.jsonl")
    yield ex, path
    ex.stop()


def test_the_alarm_comes_before_the_venues_call_and_that_before_the_end(
    told: tuple[LocalExchange, Path],
) -> None:
    log = told[0].log
    alarm, *_ = log.where("alarm_raised")
    call, *_ = log.where("margin_call_issued")
    end, *_ = log.where("liquidation_started")

    assert alarm.at < call.at < end.at
    assert alarm.value >= Decimal("0.5")
    assert (alarm.wallet, call.wallet, end.asset) == ("unified", "unified", "*")


def test_rows_of_tables_sum_to_what_everybody_has_and_the_log_rechecks(told: tuple[LocalExchange, Path]) -> None:
    with closing(open_log(str(told[1]))) as log:
        assert moved(log) == balances(log)
        assert {asset for name, asset in moved(log) if name == "alice"} == {"USDT", "BTC"}
        assert len(dicts(log, "funding", Wanted("alice"))) == 2
        assert recheck(log).ok


def test_its_page_tells_its_fills_and_its_liquidation(told: tuple[LocalExchange, Path]) -> None:
    """The last point is what it is worth, whose contract that settles in coins is still open."""
    ex, path = told
    with closing(open_log(str(path))) as log:
        story = gather(log, "alice")
    text = page(story, str(path))

    assert {fill.market for fill in story.fills} == {"spot:BTC-USDT", "perp:BTC-USDT", "perp:BTC-USD"}
    assert all(fill.market in text for fill in story.fills)
    assert set(story.counts) == {"alarms", "margin calls", "liquidations"}
    assert max(ratio for _, ratio in story.ratio) > 0.8
    assert abs(Decimal(story.points[-1].equity) / ONE - ex.account("alice").equity()) < Decimal("0.01")
