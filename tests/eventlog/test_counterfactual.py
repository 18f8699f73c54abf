"""What would have been is what is, in a world in which it was so."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from simexchange.core import canonical
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.orders import MarginMode
from simexchange.core.vocabulary.units import HOUR, ONE, SECOND, Amount, Price, decimal_text
from simexchange.errors import ConfigError, NotThere
from simexchange.eventlog import explaining
from simexchange.eventlog.counterfactual import Change, Counterfactual, Extra, Leverage, Mode, _Fork, equity_of, what_if
from simexchange.eventlog.memory import MemoryLog
from simexchange.eventlog.replay import records
from tests.core.formulas import check_sections, shown
from tests.core.world import PERP
from tests.eventlog.world import HEADER, LoggedWorld, busy_world

Step = tuple[Any, ...]

STORY: list[Step] = [
    ("index", 100),
    ("order", 0, -1, 30, 100),
    ("order", 1, 1, 10, 100),
    ("mark", 97),
    ("wait", 9 * 3600),
    ("mark", 92),
    ("order", 2, 1, 5, 88),
    ("mark", 88),
    ("wait", 60),
    ("mark", 99),
]
"""The second of three people buys 10 at 100; the mark falls to 88 and comes back."""


def play(steps: list[Step], *, changed_before: int = -1, change: cmd.Command | None = None) -> LoggedWorld:
    """A world in which *steps* happen; the one with the change really in it where there is one."""
    world = LoggedWorld(MemoryLog(HEADER), people=("a", "b", "c"), market=PERP, cash=120, taker_fee="0.0005")
    world.run(cmd.Deposit(world.people[0].no, "usdm", "USDT", Amount(10_000 * ONE)))
    world.run(cmd.Deposit(world.people[2].no, "usdm", "USDT", Amount(10_000 * ONE)))
    for number, (kind, *what) in enumerate(steps):
        if number == changed_before and change is not None:
            world.run(change)
        if kind == "index":
            world.index(what[0])
        elif kind == "mark":
            world.mark(what[0])
        elif kind == "wait":
            world.passes(what[0] * SECOND)
        else:
            who, side, qty, price = what
            person = world.people[who]
            (person.buys if side > 0 else person.sells)(qty, at=price)
    return world


def record_of(steps: list[Step], number: int) -> int:
    """The record in which step *number* begins."""
    return play(steps[:number]).log.last_seq + 1


def same(found: Counterfactual, real: LoggedWorld, who: str) -> None:
    """The course that was reckoned is the one that world took: figures, records and all."""
    final = explaining.margin(real.log, who)
    assert found.instead.final == final.sections
    started = [
        (record.seq, record.at, event.wallet)
        for record in records(real.log, found.before)
        for event in record.events
        if isinstance(event, ev.LiquidationStarted) and event.account == real.state.account_no[who]
    ]
    assert [(fall.seq, fall.at, fall.wallet) for fall in found.instead.liquidations] == started
    account = real.state.accounts[real.state.account_no[who]]
    last = {point.asset: point.equity for point in found.instead.equity}
    assert {asset: decimal_text(value) for asset, value in equity_of(real.state, account).items()} == last


def changed(what: str, world: LoggedWorld) -> cmd.Command:
    """What is changed for b."""
    if what == "isolated":
        return cmd.SetMarginMode(world.people[1].no, world.market, MarginMode.ISOLATED)
    if what == "leverage":
        return cmd.SetLeverage(world.people[1].no, world.market, 20)
    return cmd.Deposit(world.people[1].no, "usdm", "USDT", Amount(40 * ONE))


CHANGES = ["leverage", "deposit", "isolated"]


@pytest.mark.parametrize(
    ("what", "number"),
    [("isolated", 2), *((what, number) for what in ("leverage", "deposit") for number in (2, 3, 6))],
)
def test_a_counterfactual_is_a_real_run_with_the_changed_input(what: str, number: int) -> None:
    actual = play(STORY)
    change = changed(what, actual)
    real = play(STORY, changed_before=number, change=change)

    found = what_if(actual.log, "b", [change], record_of(STORY, number))

    same(found, real, "b")
    assert found.actual.final == explaining.margin(actual.log, "b").sections
    check_sections(found.instead.final)


def test_forty_more_would_have_kept_the_position() -> None:
    """120 less a fee backs 10 at 100: at 88 nothing is left. With 160 it lives to see 99."""
    actual = play(STORY)
    deposit = cmd.Deposit(actual.people[1].no, "usdm", "USDT", Amount(40 * ONE))

    found = what_if(actual.log, "b", [deposit])

    assert [fall.wallet for fall in found.actual.liquidations] == ["usdm"]
    assert found.instead.liquidations == ()
    assert shown(found.instead.final, PERP)["qty"] == "10"
    assert all(section.name == "usdm USDT" for section in found.actual.final)


def test_isolated_margin_would_have_spared_the_rest_of_the_wallet() -> None:
    """100 of the 119.50 back the position; they are lost at 88, and 19.50 stay. With cross margin all of it is gone."""
    actual = play(STORY)
    market = actual.state.markets[actual.market].spec.id

    found = what_if(actual.log, "b", [Mode(market, MarginMode.ISOLATED)])

    assert [fall.wallet for fall in found.actual.liquidations] == ["usdm"]
    assert [fall.wallet for fall in found.instead.liquidations] == [f"usdm:{actual.market}"]
    assert shown(found.instead.final, "usdm USDT")["wallet"] == "19.5"
    assert found.actual.equity[-1].equity == "0"


def test_nothing_changed_is_nothing_changed() -> None:
    """Run again without a change, a busy log goes as it went, from whatever record on."""
    world = busy_world()
    starts = [record.seq for record in records(world.log) if record.source != "engine" and record.seq > 30]

    for before in starts[::4]:
        for who in ("taker", "maker"):
            found = what_if(world.log, who, [], before)
            assert found.instead == found.actual
        fold, origins = explaining.folded(world.log, before - 1)
        fork = _Fork(fold.state, origins, world.taker.no, before)
        for record in records(world.log, before):
            fork.follow(record)
        fork.catch_up(world.state.now)
        assert canonical.dump(fork.state) == canonical.dump(world.state)


steps = st.one_of(
    st.tuples(st.just("order"), st.integers(0, 2), st.sampled_from([1, -1]), st.integers(1, 12), st.integers(92, 108)),
    st.tuples(st.just("index"), st.integers(85, 115)),
    st.tuples(st.just("mark"), st.integers(80, 120)),
    st.tuples(st.just("wait"), st.integers(1, 10 * 3600)),
)


@given(st.lists(steps, min_size=1, max_size=20), st.integers(0, 99), st.sampled_from(CHANGES))
def test_whatever_happens_a_counterfactual_is_a_real_run(drawn: list[Step], place: int, what: str) -> None:
    number = place % len(drawn)
    story: list[Step] = [("index", 100), *drawn]
    actual = play(story)
    change = changed(what, actual)
    real = play(story, changed_before=number + 1, change=change)

    try:
        found = what_if(actual.log, "b", [change], record_of(story, number + 1))
    except ConfigError as refused:
        assert "is refused" in str(refused) or "there is no record" in str(refused)  # noqa: PT017
        return

    same(found, real, "b")


@pytest.mark.parametrize(
    ("who", "change", "before", "said"),
    [
        ("nobody", None, None, "there is no account 'nobody'"),
        ("b", None, 999, "there is no record 999"),
        ("b", None, 1, "it opens the exchange"),
        ("b", None, 2, "b has no account yet before record 2"),
        ("insurance", None, None, "has placed no order"),
        ("b", cmd.SetLeverage(4, 2, 500), 30, "SetLeverage before record 30 is refused: leverage_invalid"),  # type: ignore[arg-type]
    ],
)
def test_a_change_that_makes_no_sense_is_said_in_one_line(
    who: str, change: cmd.Command | None, before: int | None, said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        what_if(play(STORY).log, who, [] if change is None else [change], before)


def test_a_change_is_said_in_names() -> None:
    """As the command line and the control API do it."""
    actual = play(STORY)
    market = actual.state.markets[actual.market].spec.id
    names: list[Change] = [Leverage(market, 20), Extra("usdm", "USDT", Amount(40 * ONE))]
    commands = [changed("leverage", actual), changed("deposit", actual)]

    found = what_if(actual.log, "b", names)

    assert found.instead == what_if(actual.log, "b", commands).instead
    assert [each["type"] for each in found.change] == ["SetLeverage", "Deposit"]
    with pytest.raises(NotThere, match="no market 'perp:NIL'"):
        what_if(actual.log, "b", [Mode("perp:NIL", MarginMode.ISOLATED)])
    with pytest.raises(ConfigError, match="b has no wallet 'unified': spot, usdm, coinm, funding"):
        what_if(actual.log, "b", [Extra("unified", "USDT", Amount(40 * ONE))])


def test_a_change_does_not_come_between_the_steps_of_the_engine() -> None:
    world = play(STORY)
    step = next(record for record in records(world.log) if record.source == "engine")

    with pytest.raises(NotThere, match=f"put the change before record {step.cause}"):
        what_if(world.log, "b", [], step.seq)


def test_timers_of_the_changed_world_fall_due_in_it() -> None:
    """A position that would have been held over the settlement pays its funding, though nobody's record says so."""
    quiet: list[Step] = [("index", 100), ("order", 0, -1, 9, 100), ("order", 1, 1, 1, 100), ("wait", 20 * 3600)]
    actual = play(quiet)
    index = cmd.SetMark(actual.market, Price(101 * ONE))
    real = play(quiet, changed_before=3, change=index)

    found = what_if(actual.log, "b", [index], record_of(quiet, 3))

    assert actual.at - real.at == 0 < HOUR
    same(found, real, "b")
