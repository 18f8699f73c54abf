"""What is different between two pasts: exact, complete, and nothing else."""

from itertools import pairwise

from simexchange.core.vocabulary.units import FINE, ONE, decimal_text
from simexchange.eventlog.differences import Change, differences, facts
from simexchange.eventlog.replay import Replay
from tests.core.world import PERP
from tests.eventlog.world import LoggedWorld, busy_world


def test_nothing_is_different_between_a_past_and_itself() -> None:
    log = busy_world().log
    for seq in range(1, log.last_seq + 1):
        assert differences(Replay(log).run(seq), Replay(log).run(seq), everybody=True) == []


def test_a_trade_is_told_whole() -> None:
    """Who bought and sold, what it cost them, what is left of the order, and what the market says of it."""
    world = LoggedWorld(cash=1_000, maker_fee="0", taker_fee="0.001")
    world.market = world.state.market_no[PERP]
    world.index(100)
    seller, buyer, _ = world.people
    seller.sells(3, at=101)
    before = world.log.last_seq
    buyer.buys(2, at=101)
    order = next(iter(world.state.accounts[seller.no].orders))

    changes = differences(Replay(world.log).run(before), Replay(world.log).run())

    told = {(each.of, each.name, each.what): (each.before, each.after, each.change) for each in changes}
    assert told == {
        ("account", "maker", f"position {PERP} qty"): ("", "-2", "-2"),
        ("account", "maker", f"position {PERP} cost"): ("", "-202", "-202"),
        ("account", "maker", f"order {order} {PERP} left"): ("3", "1", "-2"),
        ("account", "taker", "balance usdm USDT free"): ("1000", "999.798", "-0.202"),
        ("account", "taker", f"position {PERP} qty"): ("", "2", "+2"),
        ("account", "taker", f"position {PERP} cost"): ("", "202", "+202"),
        ("market", PERP, "trades"): ("0", "1", "+1"),
        ("market", PERP, "last"): ("", "101", "+101"),
        ("market", PERP, "ask size"): ("3", "1", "-2"),
    }


def test_what_is_gone_stands_with_what_it_was() -> None:
    world = LoggedWorld(cash=1_000)
    ann = world.people[0]
    ann.buys(1, at=90)
    before = world.log.last_seq
    order = next(iter(world.state.accounts[ann.no].orders))
    ann.cancels(order)

    changes = differences(Replay(world.log).run(before), Replay(world.log).run())

    assert Change("account", "maker", f"order {order} spot:BTC-USDT", "buy 1 limit at 90", "", "") in changes
    assert Change("account", "maker", f"order {order} spot:BTC-USDT left", "1", "", "-1") in changes


def test_the_changes_are_the_sum_of_those_between() -> None:
    """Number by number, so that nothing is lost on the way and nothing rounded."""
    log = busy_world().log
    states = [Replay(log).run(seq) for seq in range(1, log.last_seq + 1)]
    sums: dict[tuple[str, str, str], int] = {}
    for before, after in pairwise(states):
        old, new = dict(facts(before, everybody=True)), dict(facts(after, everybody=True))
        for place in old.keys() | new.keys():
            numbers = [each.number if each else 0 for each in (old.get(place), new.get(place))]
            sums[place] = sums.get(place, 0) + numbers[1] - numbers[0]

    for each in differences(states[0], states[-1], everybody=True):
        if each.change:
            unit = FINE if each.what.endswith("cost") else 1 if _is_count(each.what) else ONE
            total = decimal_text(sums[each.of, each.name, each.what], unit)
            assert each.change.removeprefix("+") == total


def _is_count(what: str) -> bool:
    return what == "trades" or what.startswith("leverage")


def test_feeds_are_told_of_only_where_that_is_wanted() -> None:
    log = busy_world().log
    start, end = Replay(log).run(1), Replay(log).run()

    some = {each.name for each in differences(start, end) if each.of == "account"}
    every = {each.name for each in differences(start, end, everybody=True) if each.of == "account"}

    assert some <= every
    assert not any(name.startswith("house") for name in some)
