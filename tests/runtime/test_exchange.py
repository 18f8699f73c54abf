"""The one writer: commands, timers and feeds in one line, each in its turn."""

import asyncio
from typing import Any

import msgspec
import pytest

from simexchange.core.delivering import contract
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.markets import MarketStatus
from simexchange.core.vocabulary.orders import OrderKind, Side, Terms, TimeInForce
from simexchange.core.vocabulary.step import Step
from simexchange.core.vocabulary.units import DAY, HOUR, MILLISECOND, ONE, SECOND, Nanos, Price, Quantity
from simexchange.eventlog.memory import MemoryLog
from simexchange.eventlog.recheck import recheck
from simexchange.eventlog.record import Record
from simexchange.eventlog.replay import records
from simexchange.eventlog.verify import verify
from simexchange.runtime.clock import MAX, PAUSED, WALL, SystemTime, parse_speed
from simexchange.runtime.exchange import Exchange
from simexchange.runtime.jump import JumpTo
from tests.core.dated import LINEAR
from tests.core.world import PERP, SPOT, T0
from tests.runtime.world import HEADER, Crowd, HandWall, after, begin, user_order


def recorded(exchange: Exchange) -> list[Record]:
    exchange.flush()
    return list(records(exchange.log))


def good_till(exchange: Exchange, seconds: float, price: int = 200) -> cmd.Command:
    state = exchange.state
    return cmd.PlaceOrder(
        state.account_no["user"], state.market_no[SPOT], Side.SELL, OrderKind.LIMIT, Quantity(ONE), Price(price * ONE),
        TimeInForce.GTD, "", Terms(good_till=after(seconds)),
    )  # fmt: skip


def test_a_new_exchange_opens_its_log_with_seed_and_start() -> None:
    exchange = begin()

    first = recorded(exchange)[0]

    assert (first.seq, first.at, first.source, first.command) == (1, T0, "control", cmd.OpenExchange(7, T0))
    exchange.close()


def test_a_step_tells_seq_instant_and_events_and_is_recorded_so() -> None:
    exchange = begin()

    step = exchange.submit(user_order(exchange, Side.BUY, 2, 90, "mine"))

    last = recorded(exchange)[-1]
    assert (step.seq, step.at, step.events) == (last.seq, last.at, last.events)
    assert [type(event) for event in step.events] == [ev.OrderAccepted, ev.OrderRested]
    assert (last.source, last.cause) == ("client", 0)
    exchange.close()


def test_views_are_folded_with_every_event() -> None:
    """Before the step is answered."""
    exchange = begin()

    exchange.submit(user_order(exchange, Side.BUY, 2, 90))

    user = exchange.state.account_no["user"]
    assert exchange.views.balances.get(user, "spot", "USDT").held == 180 * ONE
    exchange.close()


def test_commands_are_executed_at_exchange_time() -> None:
    wall = HandWall()
    exchange = begin(speed=WALL, wall=wall)

    wall.passes(3 * SECOND)
    step = exchange.submit(user_order(exchange, Side.BUY, 1, 90))

    assert step.at == exchange.now() == T0 + 3 * SECOND
    exchange.close()


def test_while_paused_commands_are_executed_at_the_instant_it_stands_at() -> None:
    wall = HandWall()
    exchange = begin(speed=PAUSED, wall=wall)

    wall.passes(HOUR)
    step = exchange.submit(user_order(exchange, Side.BUY, 1, 90))

    assert step.at == T0
    exchange.close()


def test_a_due_instant_is_never_passed() -> None:
    """Two orders end at 2 s and 4 s; a command at 10 s finds both gone, each by a record at its own instant."""
    wall = HandWall()
    exchange = begin(speed=WALL, wall=wall)
    for seconds in (4, 2):
        exchange.submit(good_till(exchange, seconds))

    wall.passes(10 * SECOND)
    exchange.submit(user_order(exchange, Side.BUY, 1, 90))

    timers = [record for record in recorded(exchange) if record.source == "timer"]
    ended = [record.at - T0 for record in timers if any(isinstance(e, ev.OrderExpired) for e in record.events)]
    assert ended == [2 * SECOND, 4 * SECOND]
    exchange.close()


def test_there_is_no_record_for_an_instant_at_which_nothing_is_due() -> None:
    wall = HandWall()
    exchange = begin(speed=WALL, wall=wall)
    before = exchange.seq

    wall.passes(SECOND // 2)
    exchange.now()
    exchange.advance_to(Nanos(exchange.now() + 1))

    assert exchange.seq == before
    exchange.close()


def test_a_busy_log_verifies_and_rechecks() -> None:
    """Timers, engine steps and feed commands stand in it as the engine would have them."""
    exchange = begin(feeds=[Crowd(), Crowd("futures", 250 * MILLISECOND, PERP)])

    exchange.advance_to(after(30))
    exchange.flush()

    sources = {record.source for record in records(exchange.log)}
    assert sources == {"control", "timer", "feed:crowd", "feed:futures"}
    assert verify(exchange.log).ok
    assert recheck(exchange.log).ok
    exchange.close()


def test_what_a_step_makes_necessary_is_done_before_the_next_command() -> None:
    """Funding comes due: the rate is set by the timer, and everybody has paid before anything else is executed."""
    exchange = begin()
    state = exchange.state
    user = state.account_no["user"]
    exchange.submit(cmd.OpenAccount("other", "binance"))
    exchange.submit(cmd.Deposit(state.account_no["other"], "usdm", "USDT", 1_000 * ONE))  # type: ignore[arg-type]
    market = state.market_no[PERP]
    for account, side in ((user, Side.SELL), (state.account_no["other"], Side.BUY)):
        exchange.submit(
            cmd.PlaceOrder(account, market, side, OrderKind.LIMIT, Quantity(ONE), Price(100 * ONE), TimeInForce.GTC)
        )

    exchange.advance_to(Nanos(T0 + 8 * HOUR))

    found = recorded(exchange)
    due = next(r.seq for r in found if any(isinstance(event, ev.FundingRateSet) for event in r.events))
    following = found[due]
    assert (following.source, following.cause, type(following.command)) == ("engine", due, cmd.SettleFunding)
    assert recheck(exchange.log).ok
    exchange.close()


class Listener:
    """Hears everything."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, int]] = []

    def on_event(self, seq: int, at: Nanos, event: ev.Event) -> None:
        self.heard.append((type(event).__name__, seq))

    def on_step(self, step: Step) -> None:
        self.heard.append(("step", step.seq))

    def on_durable(self, seq: int) -> None:
        self.heard.append(("durable", seq))

    def on_failed(self, seq: int) -> None:
        self.heard.append(("failed", seq))


async def test_subscribers_hear_events_then_the_step_then_that_it_is_durable() -> None:
    exchange = begin()
    exchange.flush()
    exchange.start()
    await asyncio.sleep(0)
    listener = Listener()
    exchange.subscribe(listener)

    step = exchange.submit(user_order(exchange, Side.BUY, 1, 90))
    await exchange.durable(step.seq)
    exchange.unsubscribe(listener)
    exchange.submit(user_order(exchange, Side.BUY, 1, 90))
    await exchange.stop()

    seq = step.seq
    heard = [each for each in listener.heard if each[1] == seq]
    assert heard == [("OrderAccepted", seq), ("OrderRested", seq), ("step", seq), ("durable", seq)]
    assert exchange.durable_seq == seq + 1


def test_a_subscriber_that_fails_is_dropped_and_nobody_else() -> None:
    class Broken(Listener):
        def on_event(self, seq: int, at: Nanos, event: ev.Event) -> None:
            raise RuntimeError("slow consumer")

    exchange = begin()
    broken, sound = Broken(), Listener()
    exchange.subscribe(broken)
    exchange.subscribe(sound)

    exchange.submit(user_order(exchange, Side.BUY, 1, 90))
    exchange.submit(user_order(exchange, Side.BUY, 1, 90))

    assert [name for name, _ in sound.heard].count("step") == 2
    assert broken.heard == []
    exchange.close()


async def test_running_lets_time_pass_to_until_and_not_beyond() -> None:
    """Every command before it is in the log, and exchange time ends exactly there."""
    exchange = begin(feeds=[Crowd()], speed=MAX, until=after(20))
    exchange.start()

    async with asyncio.timeout(30):
        await exchange.finished.wait()
    await exchange.stop()

    same = begin(feeds=[Crowd()])
    same.advance_to(after(20))
    same.close()
    assert exchange.now() == after(20)
    assert exchange.log.last_digest == same.log.last_digest


async def test_clients_come_between_the_commands_of_a_feed() -> None:
    """At full speed with the window open, a client's command is executed and durable while the feed goes on."""
    exchange = begin(feeds=[Crowd()], speed=MAX, wall=SystemTime())
    exchange.start()
    acknowledged = []
    async with asyncio.timeout(30):
        for n in range(20):
            await asyncio.sleep(0)
            step = exchange.submit(user_order(exchange, Side.BUY, 1, 50, f"c{n}"))
            await exchange.durable(step.seq)
            acknowledged.append(step.seq)
    await exchange.stop()

    found = {record.seq: record.source for record in recorded(exchange)}
    assert [found[seq] for seq in acknowledged] == ["client"] * 20
    assert sum(source == "feed:crowd" for source in found.values()) > 20
    assert recheck(exchange.log).ok


async def test_feeds_wait_while_too_much_is_not_durable() -> None:
    """The log is slow: at most 512 records are under way, and commits are what lets feeds go on."""

    begun: list[Exchange] = []

    class Gated(MemoryLog):
        under_way = 0

        def append(self, lines: Any, first: int, last: int, digest: bytes) -> None:
            # The first commit may come before the exchange is there to be asked.
            for running in begun:
                self.under_way = max(self.under_way, running.seq - self.last_seq)
            super().append(lines, first, last, digest)

    log = Gated(HEADER)
    exchange = begin(log, feeds=[Crowd()], speed=MAX, until=after(400))
    begun.append(exchange)
    exchange.start()
    async with asyncio.timeout(60):
        await exchange.finished.wait()
    await exchange.stop()

    assert exchange.seq > 2_000
    assert log.under_way <= 512 + 20


async def test_a_jump_to_an_instant_leaves_nothing_out() -> None:
    """While paused: everything due on the way happens at its instant, then time stands there."""
    exchange = begin(feeds=[Crowd()])
    exchange.submit(good_till(exchange, 3, price=100_000))
    exchange.start()

    async with asyncio.timeout(30):
        reached = await exchange.jump(after(10))
    await exchange.stop()

    assert reached == exchange.now() == after(10)
    assert exchange.clock.speed == PAUSED
    assert any(isinstance(e, ev.OrderExpired) and r.at == after(3) for r in recorded(exchange) for e in r.events)


async def test_jumps_end_at_the_next_thing_of_their_kind() -> None:
    exchange = begin()
    for seconds in (50, 100):
        exchange.submit(good_till(exchange, seconds))
    exchange.start()
    async with asyncio.timeout(30):
        event = await exchange.jump(JumpTo.EVENT)
        expiry = await exchange.jump(JumpTo.EXPIRY)
        funding = await exchange.jump(JumpTo.FUNDING)
    await exchange.stop()

    assert event == after(50)
    assert expiry == after(100)
    assert funding == (T0 // (8 * HOUR) + 1) * 8 * HOUR
    assert exchange.now() == funding


async def test_a_jump_to_an_expiry_ends_where_a_contract_is_delivered() -> None:
    """No order ends before; the contract was to be delivered in an hour."""
    exchange = begin()
    due = Nanos(T0 + HOUR)
    exchange.submit(cmd.ListMarket(contract(msgspec.structs.replace(LINEAR, series=""), due, 0)), "control")
    exchange.start()
    async with asyncio.timeout(30):
        reached = await exchange.jump(JumpTo.EXPIRY)
    await exchange.stop()

    assert reached == due
    assert [market.status for market in exchange.state.markets.values()][-1] is MarketStatus.DELISTED


async def test_a_jump_to_a_fill_ends_with_a_trade_of_the_user() -> None:
    exchange = begin(feeds=[Crowd()])
    exchange.submit(user_order(exchange, Side.BUY, 1, 101))
    exchange.start()

    async with asyncio.timeout(30):
        reached = await exchange.jump(JumpTo.FILL)
    await exchange.stop()

    trades = [
        (record.at, event) for record in recorded(exchange) for event in record.events
        if isinstance(event, ev.TradeExecuted)
        and exchange.state.account_no["user"] in (event.maker.account, event.taker.account)
    ]  # fmt: skip
    assert [at for at, _ in trades] == [reached]


async def test_a_jump_to_what_never_comes_ends_after_a_month() -> None:
    exchange = begin()
    exchange.start()

    async with asyncio.timeout(30):
        reached = await exchange.jump(JumpTo.FILL)

    assert reached == T0 + 30 * DAY
    await exchange.stop()


async def test_a_change_of_speed_ends_a_jump() -> None:
    """A jump to a fill that never comes can be left."""
    exchange = begin(feeds=[Crowd()], wall=SystemTime())
    exchange.start()
    task = asyncio.create_task(exchange.jump(JumpTo.FILL))
    await asyncio.sleep(0.01)

    exchange.set_speed(PAUSED)

    async with asyncio.timeout(10):
        reached = await task
    assert T0 < reached == exchange.now() < T0 + 30 * DAY
    await exchange.stop()


async def test_a_jump_begun_at_speed_goes_on_at_speed() -> None:
    wall = HandWall()
    exchange = begin(speed=parse_speed("2x"), wall=wall)
    exchange.start()
    async with asyncio.timeout(10):
        await exchange.jump(after(1_000))

    wall.passes(SECOND)

    assert exchange.now() == after(1_002)
    await exchange.stop()


def test_pausing_and_going_on_keeps_the_speed() -> None:
    wall = HandWall()
    exchange = begin(speed=parse_speed("10x"), wall=wall)
    wall.passes(SECOND)
    exchange.pause()
    wall.passes(HOUR)
    assert exchange.now() == after(10)

    exchange.resume()
    wall.passes(SECOND)

    assert exchange.now() == after(20)
    exchange.close()


def test_exchange_time_waits_for_what_is_still_to_be_done() -> None:
    """Nobody ran the feed: its wake instant is where time stands, whatever the wall clock says."""
    wall = HandWall()
    exchange = begin(feeds=[Crowd()], speed=WALL, wall=wall)

    wall.passes(10 * SECOND)

    assert exchange.now() == T0 + 100 * MILLISECOND
    step = exchange.submit(user_order(exchange, Side.BUY, 1, 50))
    assert step.at <= T0 + 200 * MILLISECOND
    exchange.close()


def test_health_says_asked_and_reached_speed() -> None:
    exchange = begin(speed=parse_speed("60x"))
    exchange.flush()

    health = exchange.health()

    assert (health.asked_speed, health.failure) == ("60x", "")
    assert (health.seq, health.durable_seq) == (exchange.seq, exchange.seq)
    assert msgspec.json.encode(health)
    exchange.close()


@pytest.mark.parametrize("text", ["off", "interval:5ms", "always"])
async def test_waiting_for_what_is_durable_already_does_not_wait(text: str) -> None:
    exchange = begin()
    exchange.flush()

    async with asyncio.timeout(1):
        await exchange.durable(exchange.seq)

    exchange.close()
