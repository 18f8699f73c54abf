"""A bot that asks again after a lost answer, without looking whether its order is there: a search finds it."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp

from simexchange.core.vocabulary.events import OrderAccepted
from simexchange.eventlog.replay import records
from simexchange.gateway.exploring.planfile import rule_table
from simexchange.gateway.exploring.search import Limits, Outcome, Search, Trial
from simexchange.gateway.exploring.steps import FAULTS, ORDERINGS, Schedule
from simexchange.gateway.exploring.story import story
from simexchange.gateway.exploring.trace import Trace, read
from simexchange.gateway.faults.plan import rule_of
from tests.gateway.faults.streaming import news
from tests.gateway.real import limit, trading
from tests.gateway.world import Served, hear

ORDER = "/api/v3/order"
LOST = (aiohttp.ClientError, TimeoutError, AssertionError)
"""What a bot sees of a call that did not go well; the last is a status other than 200."""
Bot = Callable[[Served], Awaitable[None]]


async def ask(world: Served, method: str, **params: Any) -> None:
    """One call that is given up after a while."""
    async with asyncio.timeout(1):
        await world.sign(method, ORDER, **params)


async def hasty(world: Served) -> None:
    """Buy. Where that fails, buy again: each time under a new name."""
    for number in count(1):
        try:
            await ask(world, "POST", **limit("BUY", "0.01", "50000", newClientOrderId=f"try-{number}"))
        except LOST:
            continue
        return


async def careful(world: Served) -> None:
    """The same, but under one name, and where that is taken already all is well."""
    while True:
        try:
            await ask(world, "POST", **limit("BUY", "0.01", "50000", newClientOrderId="once"))
        except LOST:
            try:
                await ask(world, "GET", symbol="BTCUSDT", origClientOrderId="once")
            except LOST:
                continue
        return


async def believes_its_stream(world: Served) -> None:
    """Buy what is sold, and sell it again at the first fill; it takes each fill it hears of for a new one."""
    async with news(world) as socket:
        await world.sign("POST", ORDER, key=world.bob, **limit("SELL", "0.01", "60000"))
        await ask(world, "POST", **limit("BUY", "0.01", "60000"))
        fills = 0
        try:
            while True:
                message = await asyncio.wait_for(hear(socket), 0.15)
                if message.get("x") == "TRADE" and message["S"] == "BUY":
                    fills += 1
                    await ask(world, "POST", **limit("SELL", "0.01", "70000"))
        except (TimeoutError, TypeError, *LOST):
            return


async def impatient(world: Served) -> None:
    """Buy what is sold; where the stream has not told of the fill soon after the answer, buy again."""
    async with news(world) as socket:
        await world.sign("POST", ORDER, key=world.bob, **limit("SELL", "0.02", "60000"))
        await ask(world, "POST", **limit("BUY", "0.01", "60000"))
        try:
            async with asyncio.timeout(0.1):
                while (await hear(socket)).get("x") != "TRADE":
                    pass
        except TimeoutError:
            await ask(world, "POST", **limit("BUY", "0.01", "60000"))


def trial_of(bot: Bot, most: int, folder: Path) -> Trial:
    """A run of *bot* on an exchange of its own; it has failed where alice placed more than *most* orders."""
    runs = count(1)

    async def run(schedule: Schedule, trace: str) -> int:
        rules = [rule_of(rule_table(step, f"step {n}"), str(step)) for n, step in enumerate(schedule, 1)]
        async with trading(faults=rules) as world:
            world.server.faults.watch = Trace(trace, world.exchange).passed
            await asyncio.wait_for(bot(world), 5)
            world.exchange.flush()
            events = [event for record in records(world.log) for event in record.events]
            return sum(isinstance(event, OrderAccepted) and event.account == world.account for event in events)

    def trial(schedule: Schedule) -> Outcome:
        trace = str(folder / f"{next(runs)}.jsonl")
        orders = asyncio.run(run(schedule, trace))
        met, happened = read(trace)
        why = f"{orders} orders, not {most}" if orders > most else ""
        return Outcome(bool(why), why, met, sum(row.fault for row in happened), trace)

    return trial


def test_a_search_by_chance_finds_the_double_order_and_shrinks_it(tmp_path: Path) -> None:
    search = Search(trial_of(hasty, 1, tmp_path), Limits(trials=60))

    found = search.random(FAULTS, seed=3)

    assert found.first
    assert 1 <= len(found.least) <= 3
    assert found.outcome is not None
    told = story(read(found.outcome.told)[1], found.outcome.why)
    assert told.count("was accepted") == 2
    assert found.least[0].kind in told


def test_a_search_one_by_one_finds_it_with_one_fault(tmp_path: Path) -> None:
    found = Search(trial_of(hasty, 1, tmp_path)).orderings(FAULTS)

    (step,) = found.least
    assert step.kind in {"timeout_unknown_status", "unknown_status"}
    assert (step.channel, step.direction, step.name) == ("rest", "out", f"POST {ORDER}")


def test_a_bot_that_looks_before_it_asks_again_holds(tmp_path: Path) -> None:
    """Every fault of a request, one at a time."""
    menu = [choice for choice in FAULTS if "rest" in choice.channels]

    found = Search(trial_of(careful, 1, tmp_path), Limits(bound=1)).orderings(menu)

    assert found.exhausted
    assert found.schedules > 3
    assert found.least == ()


def test_a_fill_that_is_told_twice_is_found(tmp_path: Path) -> None:
    menu = [choice for choice in (*ORDERINGS, *FAULTS) if "user" in choice.channels]

    found = Search(trial_of(believes_its_stream, 2, tmp_path), Limits(bound=1)).orderings(menu)

    (step,) = found.least
    assert step.kind in {"duplicate_fill", "duplicate"}
    assert step.channel == "user"


def test_a_bot_that_trusts_the_order_of_stream_and_answer_is_found(tmp_path: Path) -> None:
    found = Search(trial_of(impatient, 1, tmp_path), Limits(bound=1)).orderings(ORDERINGS)

    (step,) = found.least
    assert (step.kind, step.name) == ("early_reply", f"POST {ORDER}")
