"""The clock in hand: what each kind of jump finds, and what happens where two want to move it."""

import asyncio
from collections.abc import Sequence
from typing import Any, Self

import msgspec
import pytest

from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.events import CommandRefused, OrderRejected
from simexchange.core.vocabulary.markets import MarketStatus
from simexchange.core.vocabulary.notes import SetAlarm
from simexchange.core.vocabulary.orders import OrderKind, Side, Terms, TimeInForce, Trigger, TriggerPrice
from simexchange.core.vocabulary.units import DAY, HOUR, MINUTE, ONE, SECOND, Amount, Nanos, Price, Quantity, Rate
from simexchange.eventlog.header import Header
from simexchange.eventlog.memory import MemoryLog
from simexchange.feeds.scripted import ScriptedFeed
from simexchange.gateway.control import Refused
from simexchange.gateway.control_clock import ClockActs
from simexchange.gateway.control_schemas import Clock, SetClock
from simexchange.runtime.clock import PAUSED
from simexchange.runtime.exchange import Exchange
from tests.feeds.scripted.still import PERP, SPOT, START, Still
from tests.runtime.world import HandWall

CRASH = '[[step]]\nat = "+1h"\ndrop = "25%"\nover = "1m"\n'


class Desk:
    """A still exchange that runs on this loop, and its clock."""

    def __init__(
        self, timeline: str | None = None, *, until: Nanos | None = None, names: Sequence[str] = (SPOT, PERP)
    ) -> None:
        self.still = Still(timeline, names=names)
        self.exchange = self.still.exchange
        self.exchange._until = until
        self.acts = ClockActs(self.exchange, 5.0)

    async def clock(self, mode: str, **what: Any) -> Clock:
        return await self.acts.set_clock({}, msgspec.convert({"mode": mode, **what}, SetClock))

    async def refused(self, mode: str, **what: Any) -> str:
        with pytest.raises(Refused) as found:
            await self.clock(mode, **what)
        return found.value.reason

    async def __aenter__(self) -> Self:
        self.exchange.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.exchange.stop()


def passed(clock: Clock) -> float:
    """Seconds since the start."""
    return (clock.now.ns - START) / SECOND


async def test_a_fill_of_an_order_that_a_price_woke_is_found() -> None:
    """Its trade is in a record of the engine's own, after that of the price."""
    desk = Desk(CRASH)
    no = desk.still.account("a", USDT=50_000)
    desk.still.order(no, 1)
    stop = Terms(trigger=Trigger(Price(55_000 * ONE), TriggerPrice.LAST, rising=False), reduce_only=True)
    desk.still.do(
        cmd.PlaceOrder(
            no, desk.still.market().no, Side.SELL, OrderKind.MARKET, Quantity(ONE), Price(0), TimeInForce.IOC, "", stop
        )
    )
    async with desk:
        clock = await desk.clock("jump", to="fill")

        assert passed(clock) == 3_600 + 20
        assert not desk.still.of(no).positions


async def test_the_next_liquidation_of_a_user_is_found() -> None:
    desk = Desk(CRASH)
    no = desk.still.account("a", USDT=6_100)
    desk.still.do(cmd.SetLeverage(no, desk.still.market().no, 10))
    desk.still.order(no, 1)
    async with desk:
        clock = await desk.clock("jump", to="liquidation")

    assert 3_600 < passed(clock) < 3_660
    assert desk.still.index() < 60_000 * 0.91


async def test_the_next_alarm_is_found_and_without_one_it_is_not_looked_for() -> None:
    desk = Desk(CRASH)
    no = desk.still.account("a", USDT=6_100)
    desk.still.do(cmd.SetLeverage(no, desk.still.market().no, 10))
    desk.still.order(no, 1)
    async with desk:
        none = await desk.refused("jump", to="alarm")
        desk.still.do(SetAlarm(no, "near", "margin_ratio", Rate(ONE // 2)))
        clock = await desk.clock("jump", to="alarm")

    assert none == "no_alarm"
    assert 3_600 < passed(clock) < 3_660


async def test_records_are_stepped_through_one_by_one() -> None:
    desk = Desk('[[step]]\nat = "+5s"\ndrop = "1%"\n')
    async with desk:
        seqs, instants = [], []
        for _ in range(4):
            clock = await desk.clock("step", to="record")
            await asyncio.sleep(0.02)
            seqs.append(desk.exchange.seq)
            instants.append(passed(clock))
        rest = await desk.clock("step", to="+0s")
        await asyncio.sleep(0.02)

    first = seqs[0]
    assert seqs == [first, first + 1, first + 2, first + 3]
    assert instants == [5, 5, 5, 5]
    assert passed(rest) == 5
    assert desk.still.index() == 59_400


async def test_where_no_record_is_to_come_a_step_to_one_stays_where_it_is() -> None:
    desk = Desk(names=(SPOT,))
    async with desk:
        assert await desk.refused("step", to="record") == "not_reached"
        assert desk.exchange.now() == START


async def test_one_who_jumps_while_another_jump_runs_ends_it_and_the_other_is_told() -> None:
    desk = Desk('repeat = true\n[[step]]\nat = "+1s"\ndrop = "1%"\n[[step]]\nafter="1s"\nrecover = "100%"\n')
    async with desk:
        first = asyncio.create_task(desk.refused("jump", to="+300d"))
        await asyncio.sleep(0.05)
        second = await desk.clock("jump", to="+1m")

        assert await first == "interrupted"
        assert second.now.ns % (MINUTE // 60) == 0
        assert desk.exchange.now() == second.now.ns


@pytest.mark.parametrize("other", [{"mode": "pause"}, {"mode": "run", "speed": "1x"}, {"mode": "step"}])
async def test_whatever_moves_the_clock_ends_a_jump(other: dict[str, Any]) -> None:
    desk = Desk('repeat = true\n[[step]]\nat = "+1s"\ndrop = "1%"\n[[step]]\nafter="1s"\nrecover = "100%"\n')
    async with desk:
        first = asyncio.create_task(desk.refused("jump", to="+300d"))
        await asyncio.sleep(0.05)
        await desk.clock(**other)

        assert await first == "interrupted"
        assert desk.exchange.clock.speed.mode.value == ("run" if other["mode"] == "run" else "paused")


async def test_a_jump_beyond_the_end_of_exchange_time_is_refused_before_it_begins() -> None:
    desk = Desk(until=Nanos(START + HOUR))
    async with desk:
        reason = await desk.refused("jump", to="+2h")
        before = desk.exchange.now()
        clock = await desk.clock("jump", to="+1h")

    assert (reason, before) == ("beyond_the_end", START)
    assert passed(clock) == 3_600


async def test_a_kind_that_does_not_come_before_the_end_is_not_called_reached() -> None:
    desk = Desk(until=Nanos(START + HOUR))
    async with desk:
        assert await desk.refused("jump", to="funding") == "over"
        assert desk.exchange.now() == START + HOUR


async def test_a_market_without_funding_is_looked_at_for_thirty_days_and_then_told() -> None:
    desk = Desk(names=(SPOT,))
    async with desk:
        assert await desk.refused("jump", to="funding") == "not_reached"
        assert desk.exchange.now() == START + 30 * DAY


class Restless(ScriptedFeed):
    """A feed that wants to be asked again at once, for ever."""

    name = "restless"

    def step(self, feed_state: Any, state: ExchangeState, at: Nanos) -> tuple[Any, Sequence[cmd.Command], Nanos | None]:
        return feed_state, [cmd.NoteFeed("restless", "again")], at


async def test_a_feed_that_does_not_let_an_instant_pass_does_not_hold_a_jump_for_ever() -> None:
    feed = Restless(None)
    exchange = Exchange(MemoryLog(Header(seed=1, start=START)), feeds=[feed], speed=PAUSED, wall=HandWall())
    exchange.start_feeds()
    exchange.start()
    acts = ClockActs(exchange, 0.1)
    try:
        with pytest.raises(Refused, match="a feed holds it there") as found:
            await acts.set_clock({}, SetClock(mode="jump", to="+1s"))

        assert found.value.reason == "stuck"
        assert exchange.now() == START
    finally:
        await exchange.stop()


async def test_after_the_exchange_has_stopped_a_jump_ends_at_once() -> None:
    desk = Desk()
    async with desk:
        pass

    async with asyncio.timeout(1):
        assert await desk.refused("jump", to="+1h") == "stopping"


async def test_while_it_stands_still_everything_asked_is_done_at_that_instant() -> None:
    desk = Desk()
    no, market = desk.still.account("a", USDT=50_000), desk.still.market().no
    until = Terms(good_till=Nanos(START + 91 * MINUTE))
    asked: list[cmd.Command] = [
        cmd.SetLeverage(no, market, 10),
        cmd.PlaceOrder(no, market, Side.BUY, OrderKind.MARKET, Quantity(ONE), Price(0), TimeInForce.IOC),
        cmd.PlaceOrder(
            no, market, Side.BUY, OrderKind.LIMIT, Quantity(ONE // 10), Price(59_000 * ONE), TimeInForce.GTD, "", until
        ),
        cmd.Deposit(no, "usdm", "USDT", Amount(ONE)),
        cmd.Withdraw(no, "usdm", "USDT", Amount(ONE)),
        cmd.Transfer(no, "usdm", "spot", "USDT", Amount(ONE)),
        cmd.SetIndex("BTC-USDT", Price(59_500 * ONE)),
        cmd.SetMarketStatus(market, MarketStatus.HALT),
        cmd.SetMarketStatus(market, MarketStatus.TRADING),
    ]
    async with desk:
        await desk.clock("jump", to="+90m")
        steps = [desk.still.do(command) for command in asked]
        await asyncio.sleep(0.05)
        open_orders = list(desk.still.of(no).orders)

        assert {step.at for step in steps} == {desk.exchange.now()} == {START + 90 * MINUTE}
        assert not any(isinstance(event, CommandRefused | OrderRejected) for step in steps for event in step.events)
        assert len(open_orders) == 1
        await desk.clock("step", to="+1m")
        assert not desk.still.of(no).orders
