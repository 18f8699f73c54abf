"""Pinned forks: with nothing changed the same records, with something changed what follows from it, and a report."""

import random
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from simexchange.config import markets
from simexchange.config.opening import DEMO, account_commands, opening
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.notes import SetAlarm
from simexchange.core.vocabulary.orders import OrderKind, Side, TimeInForce
from simexchange.core.vocabulary.units import ONE, SECOND, Amount, Nanos, Price, Quantity, Rate, decimal_text
from simexchange.errors import ConfigError, NotThere
from simexchange.eventlog.checkpointing import make_checkpoint
from simexchange.eventlog.header import Parent
from simexchange.eventlog.locate import open_log
from simexchange.eventlog.log import EventLog
from simexchange.eventlog.memory import MemoryLog
from simexchange.eventlog.recheck import recheck
from simexchange.eventlog.record import Record
from simexchange.eventlog.replay import records, replay
from simexchange.feeds.contract import Feed
from simexchange.feeds.synthetic.feed import SyntheticFeed
from simexchange.feeds.synthetic.settings import Settings
from simexchange.runtime.clock import PAUSED
from simexchange.runtime.divergence import Divergence
from simexchange.runtime.exchange import Exchange
from simexchange.runtime.pinned_feed import must_be_parent, pinned_feeds
from simexchange.runtime.pinning import NOTHING, Changes, Given, pinned
from simexchange.runtime.schedule import FeedMark
from tests.eventlog.world import busy_world
from tests.runtime.test_restart import cut
from tests.runtime.world import HEADER, HandWall

LOGS = sorted((Path(__file__).parent.parent.parent / "fixtures" / "logs").glob("*.jsonl"))
BTC = "perp:BTC-USDT"


def again(parent: EventLog, seq: int, changes: Changes = NOTHING) -> tuple[EventLog, Divergence]:
    """The pinned fork of *parent* after record *seq*."""
    target = cut(parent, seq)
    return target, pinned(parent, target, seq, changes)


@pytest.fixture(scope="module")
def market() -> EventLog:
    """Twelve seconds of the shipped market, with a person in it who trades every second."""
    exchange = Exchange(MemoryLog(HEADER), feeds=[SyntheticFeed(Settings(history=Nanos(0)))])
    exchange.pause()
    for command in opening(markets.preset().values(), exchange.state):
        exchange.submit(command, "control")
    exchange.start_feeds()
    for command in account_commands(DEMO, exchange.state):
        exchange.submit(command, "control")
    state = exchange.state
    # Goes off with the first position, and again whenever there was none between.
    exchange.submit(SetAlarm(state.account_no["demo"], "mine", "margin_ratio", Rate(1)), "control")
    for second in range(1, 13):
        exchange.advance_to(Nanos(HEADER.start + second * SECOND))
        exchange.submit(_order(state, Side.BUY if second % 3 else Side.SELL, "0.05", f"o{second}"))
    exchange.flush()
    exchange.close()
    return exchange.log


def _order(state: ExchangeState, side: Side, qty: str, client_id: str = "") -> cmd.Command:
    whole, _, fraction = qty.partition(".")
    return cmd.PlaceOrder(
        state.account_no["demo"], state.market_no[BTC], side, OrderKind.MARKET,
        Quantity(int(whole + fraction.ljust(8, "0"))), Price(0), TimeInForce.IOC, client_id,
    )  # fmt: skip


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
def test_with_nothing_changed_every_fixture_log_comes_to_the_same_digests(path: Path) -> None:
    """After records chosen at random, in the middle of the engine's steps too."""
    log = open_log(str(path))
    lines = list(log.read())
    draw = random.Random(path.stem)

    for seq in sorted({1, *(draw.randrange(1, log.last_seq) for _ in range(6)), log.last_seq}):
        target, found = again(log, seq)

        assert list(target.read()) == lines
        assert (found.same, found.first, found.accounts) == (True, None, ())
        assert (found.lost_count, found.gained_count, found.refused_now_count) == (0, 0, 0)
    log.close()


def test_with_nothing_changed_a_market_comes_to_the_same_digests(market: EventLog) -> None:
    """Feeds, timers, funding, a client, an alarm: all of it, from anywhere."""
    assert any(record.source == "watch" for record in records(market, 200))
    draw = random.Random(11)
    for seq in sorted(draw.sample(range(200, market.last_seq), 4)):
        target, found = again(market, seq)

        assert target.last_digest == market.last_digest, f"forked after {seq}"
        assert found.same
        assert found.records_was == found.records_now == market.last_seq - seq


def test_a_flow_without_an_account_has_none_of_its_orders(market: EventLog) -> None:
    """The rest of the flow is the same; the report says what was lost by it, and the log holds."""
    target, found = again(market, 500, Changes(without=("demo",)))

    assert (found.left_out, found.same) == (12, False)
    state, was = replay(target), replay(market)
    demo = state.accounts[state.account_no["demo"]]
    assert not demo.positions
    mine = next(owner for owner in found.accounts if owner.account == "demo")
    before = was.accounts[demo.no].positions[was.market_no[BTC]].qty
    assert [(row.of, row.was, row.now) for row in mine.positions] == [(BTC, decimal_text(before), "0")]
    assert found.first is not None
    assert (found.first.source, found.first.command["account"]) == ("client", demo.no)
    assert "demo" in {name for trade in found.lost for name in (trade.maker, trade.taker)}
    assert not {name for trade in found.gained for name in (trade.maker, trade.taker)} & {"demo"}
    assert recheck(target).ok
    assert again(market, 500, Changes(without_clients=True))[0].last_digest == target.last_digest


def test_an_accounts_own_orders_in_place_of_those_left_out_make_the_same_log(market: EventLog) -> None:
    """What an export prints, handed in again: executed where it was."""
    own = tuple(_given(record) for record in records(market, 501) if record.source == "client")

    target, found = again(market, 500, Changes(without=("demo",), orders=own))

    assert target.last_digest == market.last_digest
    assert (found.same, found.lost_count, found.gained_count) == (True, 0, 0)


def test_an_order_of_ones_own_is_executed_at_its_instant(market: EventLog) -> None:
    state = replay(market, to_seq=500)
    at = Nanos(HEADER.start + 5 * SECOND + 123)
    extra = Given(0, at, "client", 0, _order(state, Side.SELL, "0.2", "mine"))

    target, found = again(market, 500, Changes(orders=(extra,)))

    made = [record for record in records(target, 501) if getattr(record.command, "client_id", "") == "mine"]
    assert [(record.at, record.source) for record in made] == [(at, "client")]
    assert (found.same, found.gained_count > 0) == (False, True)
    assert recheck(target).ok


def test_an_order_whose_place_is_in_the_fork_already_is_not_executed_twice(market: EventLog) -> None:
    """All of a client's records, as an export prints them, may be given whatever the fork's record is."""
    clients = [record for record in records(market) if record.source == "client"]
    seq = clients[5].seq
    orders = tuple(_given(each) for each in clients)

    target, found = again(market, seq, Changes(without_clients=True, orders=orders))

    assert found.left_out == len(clients) - 6
    assert sum(record.source == "client" for record in records(target)) == len(clients)
    assert target.last_digest == market.last_digest


def test_other_fees_change_what_is_paid_and_nothing_else(market: EventLog) -> None:
    """A person who pays nothing has the more at the end what he paid in fees before."""
    at = 500

    def free(state: ExchangeState) -> list[cmd.Command]:
        demo = state.account_no["demo"]
        return [cmd.SetFees(demo, no, Rate(0), Rate(0)) for no in state.markets]

    target, found = again(market, at, Changes(at_fork=free))

    demo = replay(market).account_no["demo"]
    paid = sum(
        fill.fee
        for record in records(market, at + 1)
        for event in record.events
        for fill in (getattr(event, "taker", None), getattr(event, "maker", None))
        if fill is not None and getattr(fill, "account", 0) == demo
    )
    assert paid > 0
    assert (found.lost_count, found.gained_count) == (0, 0)
    mine = next(owner for owner in found.accounts if owner.account == "demo")
    assert [(row.of, row.difference) for row in mine.balances] == [("usdm.USDT", decimal_text(paid))]
    assert [each["type"] for each in found.put_in] == ["SetFees"] * len(replay(market).markets)
    assert recheck(target).ok


def test_a_command_that_is_refused_now_is_told_with_its_reason() -> None:
    """Without the deposit there is no money: what was accepted is refused, and the other way round."""
    log = busy_world().log
    state = replay(log)
    name = "taker"
    seq = next(
        record.seq for record in records(log)
        if isinstance(record.command, cmd.PlaceOrder) and record.command.account == state.account_no[name]
    ) - 1  # fmt: skip
    at = replay(log, to_seq=seq)
    free = at.accounts[at.account_no[name]].balance("spot", "USDT").free

    def poor(now: ExchangeState) -> list[cmd.Command]:
        return [cmd.Transfer(now.account_no[name], "spot", "usdm", "USDT", Amount(free - ONE))]

    target, found = again(log, seq, Changes(at_fork=poor))

    assert found.refused_now_count > 0
    assert {(each.account, each.reason) for each in found.refused_now if each.account == name}
    assert recheck(target).ok


def test_what_the_engine_refuses_at_the_fork_is_said(market: EventLog) -> None:
    def wrong(state: ExchangeState) -> list[cmd.Command]:
        return [cmd.SetLeverage(state.account_no["demo"], state.market_no[BTC], 1_000_000)]

    with pytest.raises(ConfigError, match="SetLeverage at record 500 is refused"):
        again(market, 500, Changes(at_fork=wrong))
    with pytest.raises(NotThere, match="no account nobody"):
        again(market, market.last_seq - 5, Changes(without=("nobody",)))


def _given(record: Record) -> Given:
    return Given(record.seq, record.at, record.source, record.cause, record.command)


def served(log: EventLog, feeds: list[Feed[Any]], orders: list[Record], end: Nanos) -> EventLog:
    """*log* gone on with: its feeds, and *orders* of clients at their instants, to *end*."""
    exchange = Exchange(log, feeds=feeds, speed=PAUSED, wall=HandWall())
    exchange.catch_up()
    exchange.start_feeds()
    for record in orders:
        exchange.advance_to(Nanos(record.at))
        exchange.submit(record.command)
    exchange.advance_to(end)
    exchange.close()
    return log


@pytest.mark.parametrize("kind", ["free", "pinned"])
def test_a_served_fork_goes_on_where_the_parent_stood(market: EventLog, kind: str) -> None:
    """With the same clients it becomes the parent: feeds with their own streams, or as they are in the parent's log."""
    draw = random.Random(5)
    end = [record.at for record in records(market)][-1]
    for seq in sorted(draw.sample(range(200, market.last_seq), 3)):
        orders = [record for record in records(market, seq + 1) if record.source == "client"]
        feeds = pinned_feeds(market) if kind == "pinned" else [SyntheticFeed(Settings(history=Nanos(0)))]

        fork = served(cut(market, seq), list(feeds), orders, end)

        assert fork.last_digest == market.last_digest, f"forked after {seq}"


def test_a_bot_meets_the_same_flow_in_a_served_pinned_fork(market: EventLog) -> None:
    """Without the person's orders the feeds' commands are the same, at the same instants, and it can be begun anew."""
    end = [record.at for record in records(market)][-1]
    flow = [(r.at, r.command) for r in records(market, 501) if r.source == "feed:synthetic"]
    orders = [record for record in records(market, 501) if record.source == "client"][:3]

    whole = served(cut(market, 500), list(pinned_feeds(market)), orders, end)
    halves = served(cut(market, 500), list(pinned_feeds(market)), orders, Nanos(orders[2].at + 7))
    again = served(halves, list(pinned_feeds(market)), [], end)

    assert [(r.at, r.command) for r in records(whole, 501) if r.source == "feed:synthetic"] == flow
    assert whole.last_digest != market.last_digest
    assert again.last_digest == whole.last_digest
    assert recheck(whole).ok


def test_a_checkpoint_of_another_feed_of_that_name_is_passed_over(market: EventLog) -> None:
    """What a synthetic feed remembered is nothing to one that plays its records."""
    seq = 600
    log = cut(market, seq)
    feed = SyntheticFeed(Settings(history=Nanos(0)))
    own = Exchange(cut(market, seq), feeds=[feed], speed=PAUSED, wall=HandWall())
    marks = msgspec.json.encode(
        [FeedMark("synthetic", True, msgspec.Raw(msgspec.json.encode(own.feed_state("synthetic"))), None, Nanos(0), [])]
    )
    own.close()
    make_checkpoint(log, seq, marks)
    end = [record.at for record in records(market)][-1]
    orders = [record for record in records(market, seq + 1) if record.source == "client"]

    assert served(log, list(pinned_feeds(market)), orders, end).last_digest == market.last_digest


def test_a_flow_is_pinned_to_a_fork_of_its_own_log_only(market: EventLog) -> None:
    other = busy_world().log
    forked = replace(HEADER, parent=Parent("run", 20, [r.digest for r in records(market)][19]))

    must_be_parent(market, forked)
    with pytest.raises(ConfigError, match="is not the log"):
        must_be_parent(other, forked)
    with pytest.raises(ConfigError, match="make one with `simexchange fork`"):
        must_be_parent(market, HEADER)
