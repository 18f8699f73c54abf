"""Own alarms: they go off before the venue's margin call, once, in the log, and the clock stops where they say so."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import pytest

from simexchange.core import alarming, margin
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.notes import AlarmRaised, SetAlarm
from simexchange.core.vocabulary.orders import AccountClass, Side
from simexchange.core.vocabulary.units import HOUR, ONE, SECOND, Amount, Nanos, Price, Quantity, Rate
from simexchange.eventlog.memory import MemoryLog
from simexchange.eventlog.recheck import recheck
from simexchange.eventlog.record import Record
from simexchange.eventlog.replay import records
from simexchange.eventlog.verify import verify
from simexchange.runtime.clock import MAX, PAUSED, WALL, Mode
from simexchange.runtime.exchange import Exchange
from tests.core.world import PERP, SPOT
from tests.runtime.world import HEADER, HandWall, after, begin, order, until, user_order

CENT = ONE // 100
RATIO, DISTANCE = "margin_ratio", "liquidation_distance"


class Marks(msgspec.Struct):
    """How many marks were set."""

    done: int = 0


class Path:
    """A feed that says the mark once a second, along a path in hundredths."""

    state_type = Marks
    name = "path"
    sets_index = True

    def __init__(self, path: Sequence[int]) -> None:
        self.path = path

    def setup(self, state: ExchangeState) -> Iterable[cmd.Command]:
        return ()

    def markets(self, state: ExchangeState) -> Sequence[MarketNo]:
        return (state.market_no[PERP],)

    def initial(self, state: ExchangeState, at: Nanos) -> tuple[Marks, Nanos | None]:
        return Marks(), Nanos(at + SECOND)

    def step(self, feed_state: Marks, state: ExchangeState, at: Nanos) -> tuple[Marks, list[cmd.Command], Nanos | None]:
        price = self.path[feed_state.done]
        done = feed_state.done + 1
        said = cmd.SetMark(state.market_no[PERP], Price(price * CENT))
        return Marks(done), [said], Nanos(at + SECOND) if done < len(self.path) else None

    def resume(self, feed_state: Marks, state: ExchangeState, at: Nanos) -> tuple[Marks, Nanos | None]:
        return feed_state, Nanos(at + SECOND)


FALL = tuple(range(9_990, 8_800, -10))
"""From 99.90 down to 88.10, ten hundredths a second."""


def crash(path: Sequence[int] = FALL, **options: Any) -> Exchange:
    """Before the path begins: ``user`` is long 100 at 100 with 1,100 behind it; the bracket asks 5 % less 40."""
    exchange = begin(feeds=[Path(path)], **options)
    state = exchange.state
    user = state.account_no["user"]
    if "other" in state.account_no:
        return exchange
    # From now on the index is somebody's, and the mark is what the path says.
    exchange.submit(cmd.SetIndex("BTC-USDT", Price(100 * ONE)), "control")
    exchange.submit(cmd.OpenAccount("other", "binance"), "control")
    other = state.account_no["other"]
    exchange.submit(cmd.Deposit(other, "usdm", "USDT", Amount(1_000_000 * ONE)), "control")
    perp = state.market_no[PERP]
    exchange.submit(order(other, perp, Side.SELL, 100, 100 * ONE))
    exchange.submit(user_order(exchange, Side.BUY, 100, 100, market=PERP))
    spare = state.accounts[user].free("usdm", "USDT") - 1_100 * ONE
    exchange.submit(cmd.Withdraw(user, "usdm", "USDT", Amount(spare)), "control")
    return exchange


def alarm(exchange: Exchange, kind: str = RATIO, percent: int = 50, name: str = "mine", **terms: Any) -> None:
    user = exchange.state.account_no["user"]
    exchange.submit(SetAlarm(user, name, kind, Rate(percent * ONE // 100), **terms), "control")


def told(exchange: Exchange) -> list[tuple[Record, Any]]:
    exchange.flush()
    return [(record, event) for record in records(exchange.log) for event in record.events]


def firsts(exchange: Exchange) -> dict[str, int]:
    """The seq of the first alarm of each name, margin call and liquidation."""
    found: dict[str, int] = {}
    for record, event in told(exchange):
        if isinstance(event, AlarmRaised) and not event.over:
            found.setdefault(event.name, record.seq)
        elif isinstance(event, (ev.MarginCallIssued, ev.LiquidationStarted)):
            found.setdefault(type(event).__name__, record.seq)
    return found


def test_alarms_go_off_before_the_margin_call_and_that_before_the_liquidation() -> None:
    """At half the margin ratio, and 3 % before the end; the venue calls at 80 %."""
    exchange = crash()
    alarm(exchange)
    alarm(exchange, DISTANCE, 3, "near")

    exchange.advance_to(after(200))

    seqs = firsts(exchange)
    assert sorted(seqs, key=lambda name: seqs[name]) == ["mine", "near", "MarginCallIssued", "LiquidationStarted"]
    exchange.close()


def test_an_alarm_stands_right_behind_the_mark_that_set_it_off() -> None:
    """(9,780 × 5 % − 40) ÷ (1,100 − 220 − 5 of fees) is just above a half; at 97.90 it was just below."""
    exchange = crash()
    alarm(exchange)

    exchange.advance_to(after(200))

    rows = told(exchange)
    (where,) = [number for number, (_, event) in enumerate(rows) if isinstance(event, AlarmRaised) and not event.over]
    record, raised = rows[where]
    before, marked = rows[where - 1]
    assert isinstance(marked, ev.MarkSet)
    assert (record.seq, record.cause, record.source, record.at) == (before.seq + 1, before.seq, "watch", before.at)
    assert (raised.kind, raised.wallet, raised.bound) == (RATIO, "usdm", ONE // 2)
    assert ONE // 2 <= raised.value < ONE * 52 // 100
    exchange.close()


def test_two_runs_have_one_digest_and_the_log_holds() -> None:
    digests = []
    for _ in range(2):
        exchange = crash()
        alarm(exchange, pause=True)
        alarm(exchange, DISTANCE, 3, "near")
        for seconds in range(0, 300, 7):
            exchange.advance_to(after(seconds))
        exchange.flush()
        assert verify(exchange.log).ok
        assert recheck(exchange.log).ok
        digests.append(exchange.log.last_digest)
        exchange.close()

    assert digests[0] == digests[1]


def test_an_alarm_goes_off_once_and_again_after_it_was_over() -> None:
    """Down to 97.50, up to 99.90, down again: the half of the ratio is passed twice, and its tenth once between."""
    down = tuple(range(9_990, 9_740, -10))
    exchange = crash((*down, *reversed(down), *down))
    alarm(exchange)

    exchange.advance_to(after(200))

    assert [event.over for _, event in told(exchange) if isinstance(event, AlarmRaised)] == [False, True, False]
    exchange.close()


def test_a_figure_that_trembles_about_the_bound_sets_it_off_once() -> None:
    exchange = crash((9_780, 9_800) * 20)
    alarm(exchange)

    exchange.advance_to(after(60))

    assert [event.over for _, event in told(exchange) if isinstance(event, AlarmRaised)] == [False]
    exchange.close()


def test_an_alarm_set_too_late_goes_off_at_once() -> None:
    exchange = crash((9_700,))
    exchange.advance_to(after(5))
    alarm(exchange)

    assert exchange.views.alarms.raised()[-1].at == after(5)
    exchange.close()


def test_a_jump_of_the_mark_past_everything_is_told_with_the_figure_it_had() -> None:
    """The liquidation comes first in the log, for nothing may come before what a step makes necessary."""
    exchange = crash((8_800,))
    alarm(exchange)

    exchange.advance_to(after(5))

    raised, over = exchange.views.alarms.raised()[:1], exchange.state.accounts[exchange.state.account_no["user"]]
    assert [row.value > ONE for row in raised] == [True]
    assert not over.positions
    exchange.close()


async def test_at_full_speed_time_stands_still_at_the_instant_of_the_alarm() -> None:
    exchange = crash(speed=PAUSED)
    alarm(exchange, pause=True)
    exchange.start()
    exchange.set_speed(MAX)

    await until(lambda: bool(exchange.views.alarms.raised()))
    stopped, at = exchange.clock.speed.mode, exchange.now()
    seq = exchange.seq
    raised = exchange.views.alarms.raised()[0]

    assert (stopped, at, raised.paused) == (Mode.PAUSED, raised.at, True)
    assert (exchange.seq, exchange.state.now) == (seq, raised.at) == (raised.seq, raised.at)
    exchange.resume()
    await until(lambda: exchange.state.now > raised.at)
    assert exchange.state.now > raised.at
    await exchange.stop()


async def test_a_jump_under_way_ends_at_the_alarm() -> None:
    exchange = crash()
    alarm(exchange, pause=True)
    exchange.start()

    arrived = await exchange.jump(after(3_600))

    raised = exchange.views.alarms.raised()[0]
    assert (arrived, exchange.now(), exchange.clock.speed.mode) == (raised.at, raised.at, Mode.PAUSED)
    assert exchange.state.now == raised.at < after(60)
    await exchange.stop()


def test_without_a_loop_time_stops_there_too_and_goes_on_when_told() -> None:
    exchange = crash()
    alarm(exchange, pause=True)

    exchange.advance_to(after(3_600))
    first = exchange.now()
    exchange.advance_to(after(3_600))

    assert (first, exchange.now()) == (exchange.views.alarms.raised()[0].at, after(3_600))
    exchange.close()


def test_a_command_that_comes_late_finds_the_clock_standing() -> None:
    """Nine hours of wall time passed unseen: the funding that was due comes first, and its alarm stops the clock."""
    wall = HandWall()
    exchange = crash((10_000,), wall=wall, speed=WALL)
    wall.passes(SECOND)
    exchange.advance_to(after(1))
    user = exchange.state.accounts[exchange.state.account_no["user"]]
    now = alarming.worst_ratio(exchange.state, user).value
    exchange.submit(SetAlarm(user.no, "mine", RATIO, Rate(now + 1), pause=True), "control")
    silent = exchange.views.alarms.raised()
    wall.passes(9 * HOUR)

    step = exchange.submit(cmd.SetIndex("BTC-USDT", Price(101 * ONE)), "control")

    (raised,) = exchange.views.alarms.raised()
    assert (silent, exchange.clock.speed.mode) == ([], Mode.PAUSED)
    assert step.at == raised.at <= after(8 * 3_600)
    exchange.close()


def test_a_restart_knows_which_alarm_went_off() -> None:
    log = MemoryLog(HEADER)
    exchange = crash(log=log)
    alarm(exchange)
    exchange.advance_to(after(40))
    exchange.flush()
    exchange.close()

    again = crash(log=log)
    again.advance_to(after(60))

    assert len([row for row in again.views.alarms.raised() if not row.over]) == 1
    assert again.views.alarms.of()[0].armed is False
    again.close()


def test_an_alarm_can_be_for_one_pool_or_one_market() -> None:
    exchange = crash()
    alarm(exchange, name="elsewhere", wallet="coinm")
    alarm(exchange, name="spot", market=MarketNo(1))
    alarm(exchange, DISTANCE, 3, "here", wallet="usdm", market=exchange.state.market_no[PERP])

    exchange.advance_to(after(200))

    assert set(firsts(exchange)) == {"here", "MarginCallIssued", "LiquidationStarted"}
    exchange.close()


@pytest.mark.parametrize("percent", [60, 79])
def test_the_figure_is_the_one_the_engine_reckons(percent: int) -> None:
    exchange = crash()
    alarm(exchange, percent=percent, pause=True)

    exchange.advance_to(after(200))

    state = exchange.state
    account = state.accounts[state.account_no["user"]]
    equity = margin.equity(state, account, "usdm", "USDT")
    maintained = margin.maintenance_total(state, account, "usdm", "USDT")
    raised = exchange.views.alarms.raised()[0]
    assert raised.value == maintained * ONE // equity >= percent * ONE // 100
    exchange.close()


def test_trades_of_others_cost_a_watched_account_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks at its figures for them; for its own, and for a mark, somebody does."""
    exchange = crash((9_990,))
    alarm(exchange)
    looked: list[int] = []
    monkeypatch.setattr(exchange._watch, "_looks", {RATIO: lambda _state, _account, _row: looked.append(exchange.seq)})
    state = exchange.state
    spot, other = state.market_no[SPOT], state.account_no["other"]
    exchange.submit(cmd.OpenAccount(f"house:{SPOT}", "binance", AccountClass.HOUSE), "control")
    looked.clear()
    exchange.submit(cmd.Deposit(other, "spot", "USDT", Amount(100 * ONE)), "control")
    exchange.submit(order(other, spot, Side.BUY, 1, 50 * ONE))
    exchange.submit(cmd.PrintTrade(spot, Price(50 * ONE), Quantity(ONE), Side.SELL), "control")
    assert isinstance(told(exchange)[-1][1], ev.TapePrinted | ev.TradeExecuted)
    others = list(looked)
    exchange.submit(cmd.SetMark(state.market_no[PERP], Price(99 * ONE)), "control")
    exchange.submit(cmd.Deposit(state.account_no["user"], "usdm", "USDT", Amount(ONE)), "control")

    assert others == []
    assert looked == [exchange.seq - 1, exchange.seq]
    exchange.close()
