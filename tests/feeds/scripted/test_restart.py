"""A ladder with traders in it, stopped after any record and begun again: the same log."""

import random

import msgspec

from simexchange.config.scenarios import load
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.events import AccountOpened
from simexchange.core.vocabulary.orders import AccountClass
from simexchange.core.vocabulary.units import HOUR, SECOND, Nanos
from simexchange.eventlog.log import EventLog
from simexchange.eventlog.recheck import recheck
from simexchange.eventlog.replay import records
from simexchange.eventlog.verify import verify
from simexchange.feeds.scripted import LadderSettings, ScriptedState
from tests.feeds.scripted.still import Still, events
from tests.runtime.test_restart import cut

CRASH = {"wait": "1s", "fall": "5s", "rise": "5s", "hold": "1s"}


def traded(log: EventLog | None = None) -> EventLog:
    """A crash with somebody who bought before it, from the beginning or from where *log* ends."""
    still = Still(load("flash_crash", CRASH).timeline, ladder=LadderSettings(levels=3), log=log)
    if "a" not in still.exchange.state.account_no:
        no = still.account("a", USDT=10_000)
        still.order(no, 1)
        still.order(no, 0.5, price=50_000)
    still.exchange.advance_to(still.exchange.state.start + 14 * 10**9)  # type: ignore[arg-type]
    still.exchange.close()
    return still.log


def test_it_goes_on_as_if_it_had_not_been_stopped() -> None:
    whole = traded()
    first = next(
        record.seq for record in records(whole) if isinstance(record.command, cmd.PlaceOrder) and record.command.price
    )
    draw = random.Random(5)

    for seq in sorted(draw.sample(range(first, whole.last_seq), 12)):
        again = traded(cut(whole, seq))

        assert again.last_digest == whole.last_digest, f"stopped after record {seq} of {whole.last_seq}"
    assert recheck(whole).ok
    assert verify(whole).ok
    assert [e for e in events(whole, AccountOpened) if e.account_class is AccountClass.USER]


def test_its_state_can_be_kept_and_found_again_in_the_middle_of_everything() -> None:
    still = Still(load("flash_crash", CRASH).timeline)
    for _ in range(30):
        still.wait(0.5)
        state = still.exchange.feed_state("scripted")

        assert msgspec.json.decode(msgspec.json.encode(state), type=ScriptedState) == state
    assert state.place == 4


def test_what_was_to_come_comes_as_much_later_as_the_exchange_was_away() -> None:
    """A stop of an hour in the middle of a fall: the rest of it comes after the hour."""
    still = Still('[[step]]\nat = "+10s"\ndrop = "10%"\nover = "10s"\n[[step]]\nafter = "5s"\nrecover = "100%"')
    still.wait(15)
    state, exchange = still.exchange.feed_state("scripted"), still.exchange.state
    away = Nanos(exchange.now + HOUR)

    state, wake = still.feed.resume(state, exchange, away)

    assert wake is not None
    assert wake == away + SECOND
    assert state.indexes["BTC-USDT"].way is not None
    end = state.indexes["BTC-USDT"].way.began + 10 * SECOND
    # It had come to half of the way, and the next point of it is when it is back.
    assert end == away + 4 * SECOND
    assert still.feed.timeline.instant(1, state.began) == end + 5 * SECOND


def test_another_timeline_on_the_same_log_begins_when_the_exchange_does() -> None:
    still = Still('[[step]]\nat = "+10s"\ndrop = "10%"')
    still.wait(20)
    still.exchange.close()

    again = Still('[[step]]\nat = "+10s"\nto = "50000"', log=still.log)
    before = again.index()
    again.wait(11)

    assert (before, again.index()) == (54_000, 50_000)


def test_traders_at_chance_leave_the_ladder_as_it_was() -> None:
    """Hundreds of orders of all sizes on both sides, with a price that walks: in the end the ladder is whole."""
    steps = "".join(
        f'[[step]]\nafter = "1s"\nmove = "{move}%"\n' for move in ("+0.2", "-0.4", "+0.3", "-0.1", "+0.5", "-0.6") * 4
    )
    still = Still(steps, ladder=LadderSettings(levels=4))
    accounts = [still.account(name, USDT=10**9) for name in "abc"]
    draw = random.Random(3)
    for _ in range(25):
        for _ in range(12):
            no = draw.choice(accounts)
            qty = draw.choice((-1, 1)) * draw.choice((0.01, 1, 7, 30, 70))
            price = round(60_000 * (1 + draw.uniform(-0.004, 0.004)), 1) if draw.random() < 0.6 else 0
            still.order(no, qty, price=price)
            if draw.random() < 0.3:
                still.do(cmd.CancelAll(no, still.market().no))
        still.wait(1)

    for no in accounts:
        still.do(cmd.CancelAll(no, still.market().no))
    still.wait(1)

    bids, asks = still.book(levels=9)
    assert [size for _, size in bids] == [size for _, size in asks] == [10.0] * 4
    assert still.exchange.seq < 8_000
