"""A recording as a feed: when it plays what, and what it does at its beginning, in a gap and at its end."""

from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest

from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.levels import Levels
from simexchange.core.vocabulary.markets import Market, MarketKind, MarketStatus
from simexchange.core.vocabulary.orders import AccountClass, OrderKind, Side, TimeInForce
from simexchange.core.vocabulary.units import MILLISECOND, ONE, SECOND, Amount, Nanos, Price, Quantity
from simexchange.feeds.recorded import RecordedFeed, RecordedState, TapeUnreadable
from tests.feeds.recorded.playing import START, Stage
from tests.feeds.recorded.tapes import Tape, rows

T = 1_723_161_255_000
"""When the little tapes begin, ms of their own time."""
BOOK = rows("99 5", "98 9"), rows("101 5", "102 9")


def little() -> Tape:
    """A snapshot at T, a diff 100 ms later that asks 4 at 101, a print of 1 after 150 ms, a diff after 200 ms."""
    return (
        Tape()
        .depth(T)
        .snapshot(T, *BOOK)
        .depth(T + 100, [], rows("101 4"))
        .trade(T + 150, "101", "1")
        .depth(T + 200, [], rows("101 3"))
    )


def played(stage: Stage) -> list[tuple[int, cmd.Command]]:
    """(ms since the start, command) of everything the tape said, without what the feed says of itself."""
    quiet = cmd.NoteFeed | cmd.SetIndex | cmd.PassTime
    return [
        ((at - START) // MILLISECOND, command) for at, command, _ in stage.steps() if not isinstance(command, quiet)
    ]


def words(commands: Iterable[cmd.Command]) -> list[str]:
    return [type(command).__name__ for command in commands]


def adjust(bids: list[str], asks: list[str], *, snapshot: bool = False, touch: bool = False) -> cmd.AdjustBook:
    """A frame of market 1 as the feed is to make it."""

    def levels(given: list[str]) -> Levels:
        return Levels.of([(int(price) * ONE, int(size) * ONE) for price, size in (row.split() for row in given)])

    return cmd.AdjustBook(MarketNo(1), levels(bids), levels(asks), snapshot, touch)


def test_a_feed_lists_its_market_opens_its_account_and_halts_until_the_snapshot(tmp_path: Path) -> None:
    """Product and symbol are read from the frames; tick and step, where nobody says them, from the numbers."""
    feed = RecordedFeed(little().write(tmp_path / "tape"))

    stage = Stage(feed).open()

    [market] = stage.state.markets.values()
    house = stage.state.accounts[stage.state.account_no["house:spot:BTC-USDT"]]
    assert (market.spec.id, market.spec.tick, market.spec.step) == ("spot:BTC-USDT", ONE, ONE)
    assert house.account_class is AccountClass.HOUSE
    assert market.status is MarketStatus.HALT
    assert feed.markets(stage.state) == [market.no]


def test_what_is_there_already_is_not_asked_for_again(tmp_path: Path) -> None:
    """A second setup, as after a restart, has nothing to say."""
    feed = RecordedFeed(little().write(tmp_path / "tape"))
    stage = Stage(feed).open()

    assert list(feed.setup(stage.state)) == []


def test_a_given_market_is_listed_as_it_is_given(tmp_path: Path) -> None:
    """The preset's tick and step win over what the recording shows."""
    spec = Market("spot:BTC-USDT", MarketKind.SPOT, "BTC", "USDT", "USDT", Price(ONE // 100), Quantity(ONE // 1000))

    stage = Stage(RecordedFeed(little().write(tmp_path / "tape"), markets={spec.id: spec})).open()

    assert [market.spec for market in stage.state.markets.values()] == [spec]


def test_a_tape_is_played_frame_by_frame_at_its_own_distances(tmp_path: Path) -> None:
    """The first frame is at the start; the market opens with the snapshot; each frame is one command."""
    stage = Stage(RecordedFeed(little().write(tmp_path / "tape"))).open()

    assert played(stage) == [
        (0, cmd.SetMarketStatus(MarketNo(1), MarketStatus.TRADING)),
        (0, adjust(["99 5", "98 9"], ["101 5", "102 9"], snapshot=True)),
        (100, adjust([], ["101 4"])),
        (150, cmd.PrintTrade(MarketNo(1), Price(101 * ONE), Quantity(ONE), Side.BUY)),
        (200, adjust([], ["101 3"])),
    ]


def test_a_tape_can_keep_its_own_time(tmp_path: Path) -> None:
    """``original``: an exchange started when the tape was recorded plays it then."""
    feed = RecordedFeed(little().write(tmp_path / "tape"), tape_time="original")
    first = feed.first_at()
    assert first == T * MILLISECOND

    stage = Stage(feed, Nanos(first - SECOND)).open()

    assert [at for at, command, _ in stage.steps() if isinstance(command, cmd.PrintTrade)] == [(T + 150) * MILLISECOND]


def test_where_a_tape_lies_in_time_and_what_it_is_stand_in_the_log(tmp_path: Path) -> None:
    """So that a reader of the log knows what was real."""
    stage = Stage(RecordedFeed(little().write(tmp_path / "tape"))).open()

    notes = [f"{c.what}: {c.detail}" for _, c, _ in stage.steps() if isinstance(c, cmd.NoteFeed)]

    counters = (
        "2 depth updates, 1 prints, 0 best prices, 1 updates and 0 prints before a snapshot, 0 gaps, "
        "0 too late for their place, exchange time -5 ms after receipt"
    )
    assert notes == [
        f"tape-time: rebased: exchange time = tape time + {START - T * MILLISECOND} ns",
        "tape: spot:BTC-USDT: recorded-book from SPOT BTCUSDT",
        "index: BTC-USDT: spot (spot:BTC-USDT)",
        f"end: spot:BTC-USDT: {counters}",
    ]


def test_a_trade_received_after_a_later_depth_update_is_played_before_it(tmp_path: Path) -> None:
    """Exchange time decides, not the network (rule 1)."""
    tape = Tape().depth(T).snapshot(T, *BOOK)
    tape.depth(T + 100, [], rows("101 4")).trade(T + 90, "101", "1", received=T + 120)

    stage = Stage(RecordedFeed(tape.write(tmp_path / "tape"))).open()

    assert [(at, type(c).__name__) for at, c in played(stage)][-2:] == [(90, "PrintTrade"), (100, "AdjustBook")]


def test_nothing_is_played_before_the_snapshot(tmp_path: Path) -> None:
    """Prints without a book are passed over, updates the snapshot contains are dropped; both are counted (rule 12)."""
    tape = Tape().trade(T, "100", "1").depth(T + 10).depth(T + 20, rows("99 7")).snapshot(T + 20, *BOOK)
    tape.depth(T + 30, rows("99 6"))

    stage = Stage(RecordedFeed(tape.write(tmp_path / "tape"))).open()
    commands = [command for _, command in played(stage)]

    assert words(commands) == ["SetMarketStatus", "AdjustBook", "AdjustBook"]
    [progress] = stage.feed_state.tapes
    assert (progress.early, progress.dropped, progress.frames) == (1, 2, 1)


def test_an_update_received_before_the_snapshot_but_after_it_in_truth_is_kept(tmp_path: Path) -> None:
    """The snapshot was asked for over another connection: it stands for update 1 and came after update 2."""
    tape = Tape().depth(T).depth(T + 100, rows("99 6")).snapshot(T + 130, *BOOK, last=1)

    stage = Stage(RecordedFeed(tape.write(tmp_path / "tape"))).open()

    assert [command for _, command in played(stage)][-1] == adjust(["99 6"], [])


def test_a_gap_halts_the_market_and_takes_the_ghosts_away_until_the_next_snapshot(tmp_path: Path) -> None:
    """A book with a hole is worth nothing; users' orders stay (rule 12)."""
    tape = little().depth(T + 300, rows("97 1"), skip=3).trade(T + 310, "101", "1")
    tape.snapshot(T + 400, *BOOK).depth(T + 500, rows("97 2"))
    stage = Stage(RecordedFeed(tape.write(tmp_path / "tape"))).open()

    after = [(at, command) for at, command in played(stage) if at > 200]

    assert after == [
        (300, adjust([], [], snapshot=True)),
        (300, cmd.SetMarketStatus(MarketNo(1), MarketStatus.HALT)),
        (310, cmd.SetMarketStatus(MarketNo(1), MarketStatus.TRADING)),
        (310, adjust(["99 5", "98 9"], ["101 5", "102 9"], snapshot=True)),
        (500, adjust(["97 2"], [])),
    ]
    assert stage.feed_state.tapes[0].gaps == 1


def test_best_prices_are_played_before_the_print_they_explain_and_no_other_time(tmp_path: Path) -> None:
    """Of two the newer is played; one that a depth update overtook is not."""
    tape = Tape(futures=True).depth(T).snapshot(T, *BOOK).depth(T + 1, rows("97 1"))
    tape.best(T + 10, ("99", "4"), ("101", "5")).best(T + 20, ("99", "3"), ("101", "5")).trade(
        T + 30, "99", "1", sold=True
    )
    tape.best(T + 40, ("99", "1"), ("101", "5")).depth(T + 50, rows("99 2")).trade(T + 60, "99", "1", sold=True)

    stage = Stage(RecordedFeed(tape.write(tmp_path / "tape"))).open()
    commands = [command for at, command in played(stage) if at > 1]

    assert commands[0] == adjust(["99 3"], ["101 5"], touch=True)
    assert words(commands) == ["AdjustBook", "PrintTrade", "AdjustBook", "PrintTrade"]


def test_best_prices_on_spot_are_no_source(tmp_path: Path) -> None:
    """They have no exchange time (rule 1)."""
    tape = little().best(T + 205, ("90", "1"), ("91", "1")).trade(T + 210, "101", "1")

    stage = Stage(RecordedFeed(tape.write(tmp_path / "tape"))).open()

    assert not any(isinstance(c, cmd.AdjustBook) and c.touch for _, c in played(stage))


# -------------------------------------------------------------------------------------------------- several, and index


def perp(symbol: str = "BTCUSDT") -> Tape:
    """A perpetual with bids 89 and asks 91, whose book moves to 93 after 3.1 s."""
    tape = Tape(symbol, futures=True).depth(T).snapshot(T, rows("89 1"), rows("91 1")).depth(T + 1)
    return tape.depth(T + 3100, rows("89 0", "91 1"), rows("91 0", "95 1")).depth(T + 4000)


def indexes(stage: Stage) -> list[tuple[int, str, int, bool]]:
    """(seconds since the start, index, price, frozen)."""
    return [
        ((at - START) // SECOND, event.index, event.price // ONE, event.frozen)
        for at, _, events in stage.steps()
        for event in events
        if isinstance(event, ev.IndexSet) and event.source == "feed"
    ]


def test_the_index_is_the_recorded_spot_mid_on_the_second_grid(tmp_path: Path) -> None:
    """Two tapes on one clock: the perpetual's index is the spot tape's mid, once a second."""
    (tmp_path / "tapes").mkdir()
    little().depth(T + 3000).write(tmp_path / "tapes" / "spot")
    perp().write(tmp_path / "tapes" / "usdm")
    stage = Stage(RecordedFeed(str(tmp_path / "tapes"))).open()

    assert indexes(stage) == [(n, "BTC-USDT", 100, False) for n in (1, 2, 3, 4)]


def test_a_users_order_does_not_move_the_index(tmp_path: Path) -> None:
    """It is what is recorded, not what the book has become."""
    (tmp_path / "tapes").mkdir()
    little().depth(T + 3000).write(tmp_path / "tapes" / "spot")
    perp().write(tmp_path / "tapes" / "usdm")
    stage = Stage(RecordedFeed(str(tmp_path / "tapes"))).open(cmd.OpenAccount("ann", ""))
    ann, spot = stage.state.account_no["ann"], stage.state.market_no["spot:BTC-USDT"]
    stage.engine.execute(cmd.Deposit(ann, "spot", "USDT", Amount(1000 * ONE)), START)
    list(stage.steps(until=lambda at: at > START + SECOND))
    stage.engine.execute(
        cmd.PlaceOrder(ann, spot, Side.BUY, OrderKind.LIMIT, Quantity(ONE), Price(100 * ONE), TimeInForce.GTC),
        stage.now,
    )

    assert stage.state.markets[spot].book.best_bid() == 100 * ONE
    assert {price for _, _, price, _ in indexes(stage)} == {100}


def test_a_perpetual_without_a_spot_tape_is_its_own_index_and_the_log_says_so(tmp_path: Path) -> None:
    """Its recorded mid: 90, and 93 once the book has moved."""
    stage = Stage(RecordedFeed(perp().write(tmp_path / "tape"))).open()
    notes: list[str] = []
    found = []
    for _, command, events in stage.steps():
        notes += [command.detail] if isinstance(command, cmd.NoteFeed) and command.what == "index" else []
        found += [e.price // ONE for e in events if isinstance(e, ev.IndexSet) and e.source == "feed"]

    assert notes == ["BTC-USDT: self (perp:BTC-USDT)"]
    assert found == [90, 90, 90, 93]


def test_an_index_whose_tape_has_been_quiet_for_five_seconds_is_frozen(tmp_path: Path) -> None:
    """Said once; it thaws with the next word of the tape (rule 11)."""
    tape = Tape(futures=True).depth(T).snapshot(T, rows("89 1"), rows("91 1")).depth(T + 500)
    tape.depth(T + 8500).depth(T + 10_000)
    stage = Stage(RecordedFeed(tape.write(tmp_path / "tape"))).open()

    assert [(second, frozen) for second, _, _, frozen in indexes(stage)] == [
        *((n, False) for n in (1, 2, 3, 4, 5)),
        (6, True),
        (9, False),
        (10, False),
    ]


def test_recorded_mark_prices_are_taken_as_they_are(tmp_path: Path) -> None:
    """No formula where the venue said it (rule 11)."""
    tape = perp().mark(T + 1500, "90.5", "90.25")
    stage = Stage(RecordedFeed(tape.write(tmp_path / "tape"))).open()

    list(stage.steps(until=lambda at: at > START + 1500 * MILLISECOND))

    [market] = stage.state.markets.values()
    assert (market.mark, market.index_price) == (9_050_000_000, 9_025_000_000)


def test_where_the_tape_says_the_index_nothing_is_sampled(tmp_path: Path) -> None:
    """The mid of 90 at the first second; from then on what the venue said."""
    tape = perp().mark(T + 1500, "90.5", "92").mark(T + 2500, "90.5", "94")
    stage = Stage(RecordedFeed(tape.write(tmp_path / "tape"))).open()

    assert [(second, price) for second, _, price, _ in indexes(stage)] == [(1, 90), (1, 92), (2, 94)]


def test_contracts_that_cannot_be_traded_are_read_along(tmp_path: Path) -> None:
    """A COIN-M tape lists nothing and plays nothing, but is counted and said."""
    feed = RecordedFeed(perp("BTCUSD_PERP").write(tmp_path / "tape"))

    stage = Stage(feed).open()

    assert stage.state.markets == {}
    assert list(feed.markets(stage.state)) == []
    assert [c for _, c, _ in stage.steps() if not isinstance(c, cmd.NoteFeed)] == []
    assert stage.feed_state.tapes[0].frames == 4


# ------------------------------------------------------------------------------------------------------------- the end


def test_a_sweep_of_hundreds_of_prints_in_one_instant_is_decided_in_short_steps(tmp_path: Path) -> None:
    """Everybody else is served between them; exchange time does not pass."""
    tape = little()
    for _ in range(450):
        tape.trade(T + 300, "101", "1")
    stage = Stage(RecordedFeed(tape.write(tmp_path / "tape"))).open()
    list(stage.steps(until=lambda at: at > START + 200 * MILLISECOND))
    sizes = []

    while stage.wake == START + 300 * MILLISECOND:
        stage.feed_state, commands, stage.wake = stage.feed.step(stage.feed_state, stage.state, stage.wake)
        sizes.append(sum(isinstance(command, cmd.PrintTrade) for command in commands))

    assert sizes == [200, 200, 50]


def test_when_the_tape_ends_the_book_holds(tmp_path: Path) -> None:
    """The feed asks to be woken no more, and the market stays open with its book."""
    stage = Stage(RecordedFeed(little().write(tmp_path / "tape"))).open()

    list(stage.steps())

    [market] = stage.state.markets.values()
    assert stage.wake is None
    assert market.status is MarketStatus.TRADING
    assert (market.book.best_bid(), market.book.best_ask()) == (99 * ONE, 101 * ONE)


def test_a_looping_tape_begins_again_with_its_snapshot_at_a_later_time(tmp_path: Path) -> None:
    """A second after the end; the market is not halted between, and trade ids go on."""
    stage = Stage(RecordedFeed(little().write(tmp_path / "tape"), on_end="loop")).open()

    steps = list(stage.steps(until=lambda at: at > START + 2 * SECOND))

    prints = [(at, e.trade) for at, _, events in steps for e in events if isinstance(e, ev.TapePrinted)]
    snapshots = [at for at, command, _ in steps if isinstance(command, cmd.AdjustBook) and command.snapshot]
    assert [((at - START) // MILLISECOND, trade) for at, trade in prints] == [(150, 1), (1350, 2)]
    assert [(at - START) // MILLISECOND for at in snapshots] == [0, 1200]
    assert sum(1 for _, c, _ in steps if isinstance(c, cmd.SetMarketStatus)) == 1


# ---------------------------------------------------------------------------------------------------------- restarting


@pytest.mark.parametrize("at_step", range(1, 8))
def test_a_feed_goes_on_from_its_stored_state_as_if_nothing_had_been(tmp_path: Path, at_step: int) -> None:
    """Another process, the state through JSON: the same commands at the same instants, over the end of a round."""
    path = little().write(tmp_path / "tape")
    end = START + 2 * SECOND
    whole = Stage(RecordedFeed(path, on_end="loop")).open()
    expected = [(at, command) for at, command, _ in whole.steps(until=lambda at: at > end)]

    stage = Stage(RecordedFeed(path, on_end="loop")).open()
    found: list[tuple[int, cmd.Command]] = []
    while stage.wake is not None and stage.wake <= end:
        wake = stage.wake
        found += [(at, c) for at, c, _ in stage.steps(until=lambda at, wake=wake: at > wake)]  # type: ignore[misc]
        at_step -= 1
        if at_step == 0:
            stage.feed = RecordedFeed(path, on_end="loop")
            stored = msgspec.json.encode(stage.feed_state)
            stage.feed_state = msgspec.json.decode(stored, type=RecordedState)

    assert found == expected


def test_a_resumed_tape_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """The exchange was down for ten seconds: the tape is moved by them, nothing is skipped, nothing rushed."""
    feed = RecordedFeed(little().write(tmp_path / "tape"))
    stage = Stage(feed).open()
    list(stage.steps(until=lambda at: at > START + 100 * MILLISECOND))
    assert stage.wake == START + 150 * MILLISECOND

    stage.feed_state, stage.wake = feed.resume(stage.feed_state, stage.state, Nanos(START + 10 * SECOND))

    assert [(at, type(c).__name__) for at, c in played(stage)] == [(10_000, "PrintTrade"), (10_050, "AdjustBook")]


# -------------------------------------------------------------------------------------------------------- what it reads


def test_a_place_without_recordings_is_refused_by_name(tmp_path: Path) -> None:
    """The text says what to give instead."""
    with pytest.raises(TapeUnreadable, match=r"no recording at .*nothing.*: give a file, a folder or a glob"):
        RecordedFeed(str(tmp_path / "nothing"))


def test_a_glob_names_several_tapes(tmp_path: Path) -> None:
    """Side by side, in order of path."""
    little().write(tmp_path / "b.log")
    perp().write(tmp_path / "a.log")

    feed = RecordedFeed(str(tmp_path / "*.log"))

    assert [spec.id for spec in feed.specs] == ["perp:BTC-USDT", "spot:BTC-USDT"]
