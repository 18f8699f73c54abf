"""Timelines: each kind of step does what it says, when it says, and the log tells of it."""

import pytest

from simexchange.core.vocabulary.markets import MarketStatus
from simexchange.core.vocabulary.notes import ScenarioStepped
from simexchange.core.vocabulary.units import MINUTE, ONE, SECOND
from simexchange.eventlog.replay import records
from simexchange.projections.candle import CandleKind
from tests.feeds.scripted.still import PERP, SPOT, START, Still, events


def step(text: str) -> str:
    return "\n".join(f"[[step]]\n{each.strip()}" for each in text.split("---"))


def test_a_price_goes_in_equal_parts_and_ends_on_the_tick_it_was_sent_to() -> None:
    still = Still(step('at = "+10s"\ndrop = "25%"\nover = "10s"'))
    seen: list[float] = []
    for _ in range(12):
        still.wait(1 if seen else 10)
        seen.append(still.index())

    assert seen[:4] == [60_000, 58_500, 57_000, 55_500]
    assert seen[-2:] == [45_000, 45_000]


@pytest.mark.parametrize(
    ("path", "seen"),
    [("late", [59_625, 58_500, 56_625, 54_000]), ("early", [57_375, 55_500, 54_375, 54_000])],
)
def test_a_price_may_go_ever_faster_or_ever_slower(path: str, seen: list[float]) -> None:
    still = Still(step(f'at = "+0s"\nto = "54000"\nover = "4s"\npath = "{path}"'))
    prices = []
    for _ in seen:
        still.wait(1)
        prices.append(still.index())

    assert prices == seen


def test_a_wick_touches_its_end_and_is_back_where_it_began() -> None:
    still = Still(step('at = "+0s"\ndrop = "10%"\nover = "5s"\npath = "wick"'))
    still.wait(2.5)
    tip = (still.index(), still.market().last)

    still.wait(2.5)

    assert tip == (54_000.0, 54_000 * ONE)
    assert still.index() == 60_000
    rows = still.exchange.views.candles.rows(still.market().no, CandleKind.TRADE, MINUTE, START, still.exchange.now())
    assert [row.low for row in rows] == [54_000 * ONE]


def test_a_recovery_goes_back_part_of_the_last_move() -> None:
    still = Still(step('drop = "25%"\nat = "+1s" --- after = "1s"\nrecover = "50%"'))

    still.wait(2)

    assert still.index() == 52_500


def test_no_move_leads_above_the_highest_price_there_is() -> None:
    """A scenario that rises again and again would come to numbers that nothing can keep."""
    still = Still(step(" --- ".join(['after = "1s"\nrise = "10000%"'] * 6)))

    still.wait(6)

    assert still.index() == 1_000_000_000


def test_a_premium_moves_the_perpetual_and_not_its_index() -> None:
    still = Still(step('at = "+1s"\npremium = "0.5%" --- after = "1s"\npremium = "-0.5%"'))
    still.wait(1)
    above = (still.index(), still.book(levels=1)[0][0][0], still.exchange.state.markets[still.market().no].funding)
    premium = above[2].premium if above[2] is not None else 0
    still.wait(1)

    assert above[:2] == (60_000, 60_300.0)
    assert premium == ONE // 200
    assert still.book(levels=1)[1][0][0] == 59_700.0
    assert still.book(SPOT, levels=1)[0][0][0] == 59_999.99


def test_a_ladder_is_widened_thinned_taken_away_and_put_back() -> None:
    still = Still(
        step(
            'at = "+1s"\nspread = "1%" --- after = "1s"\ndepth = "20%" --- after = "1s"\nladder = "gone"\n'
            f'market = "{PERP}" --- after = "1s"\nladder = "back"'
        )
    )
    seen = []
    for _ in range(4):
        still.wait(1)
        seen.append(still.book(levels=1))

    assert seen == [
        ([(59_700.0, 10.0)], [(60_300.0, 10.0)]),
        ([(59_700.0, 2.0)], [(60_300.0, 2.0)]),
        ([], []),
        ([(59_999.9, 10.0)], [(60_000.1, 10.0)]),
    ]
    assert still.book(SPOT, levels=1)[0] == [(59_999.99, 10.0)]


def test_markets_halt_and_resume() -> None:
    still = Still(step(f'at = "+1s"\nhalt = true\nmarket = "{PERP}" --- after = "1s"\nresume = true'))
    still.wait(1)
    halted = (still.market().status, still.market(SPOT).status)
    still.wait(1)

    assert halted == (MarketStatus.HALT, MarketStatus.TRADING)
    assert still.market().status is MarketStatus.TRADING


def test_money_comes_and_goes_and_only_to_accounts_that_are_there() -> None:
    still = Still(
        step(
            'at = "+1s"\ndeposit = "1000 USDT"\naccount = "a" --- withdraw = "250 USDT"\naccount = "a" --- '
            'deposit = "5 USDT"\naccount = "nobody"'
        )
    )
    no = still.account("a")

    still.wait(1)

    assert still.of(no).balances["usdm", "USDT"].free == 750 * ONE


def test_each_step_is_told_in_the_log_under_the_feeds_name() -> None:
    still = Still(step('at = "+1s"\ntext = "it begins" --- after = "1s"\ndrop = "5%"'))

    still.wait(3)

    assert [(e.scenario, e.step, e.text) for e in events(still.log, ScenarioStepped)] == [
        ("test", 1, "it begins"),
        ("test", 2, "drop 5%"),
    ]
    sources = [
        (r.source, (r.at - START) / SECOND)
        for r in records(still.log)
        for e in r.events
        if isinstance(e, ScenarioStepped)
    ]
    assert sources == [("feed:scripted", 1), ("feed:scripted", 2)]


def test_it_begins_again_when_it_repeats() -> None:
    still = Still(
        "repeat = true\n"
        + step('at = "+1s"\nrise = "1%" --- after = "1s"\nrecover = "100%" --- after = "1s"\ntext = "x"')
    )

    still.wait(9)

    assert len(events(still.log, ScenarioStepped)) == 9
    assert still.index() == 60_000


def test_a_step_at_a_given_moment_comes_then() -> None:
    still = Still(step('at = "2024-01-01T02:00:00Z"\nto = "50000"'))
    still.wait(7_199)
    before = still.index()

    still.wait(1)

    assert (before, still.index()) == (60_000, 50_000)
