"""What each act of a timeline does: to the feed's own state, and in commands."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from simexchange.core.market import MarketState
from simexchange.core.marks import EIGHT_HOURS, interest_of
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.commands import Command, Deposit, SetMarketStatus, Withdraw
from simexchange.core.vocabulary.markets import Market, MarketKind, MarketStatus
from simexchange.core.vocabulary.units import ONE, Amount, Nanos, Price, Rate, div_zero, floor_to
from simexchange.feeds.scripted.ladder import index_of
from simexchange.feeds.scripted.state import IndexState, MarketShape, ScriptedState, Way
from simexchange.feeds.scripted.timeline import HIGHEST, Act, Funding, Halt, Move, Pay, Premium, Recover, Say, Shape


class Changes:
    """What is to be quoted anew."""

    def __init__(self) -> None:
        self.indexes: dict[str, None] = {}
        """Those that have another price."""
        self.markets: dict[str, None] = {}
        """Those whose ladder has another shape."""
        self.said: dict[str, None] = {}
        """Indexes that are to be told to the engine."""


def carry_out(
    act: Act, feed_state: ScriptedState, state: ExchangeState, at: Nanos, changes: Changes
) -> Iterable[Command]:
    """Do *act*, which was due at *at*: what of it are commands, and in *changes* what the ladder has to follow."""
    return _ACTS[type(act)](act, feed_state, state, at, changes)


def quantum(state: ExchangeState, name: str) -> int:
    """What an index is a multiple of: the smallest tick of the markets quoted by it."""
    return min((market.spec.tick for market in state.markets.values() if index_of(market.spec) == name), default=1)


def _move(act: Move, feed_state: ScriptedState, state: ExchangeState, at: Nanos, changes: Changes) -> Iterable[Command]:
    for name, index in _chosen(act.indexes, feed_state):
        end = act.to or index.price + index.price * act.by // ONE
        index.before = index.price
        _send(index, name, end, act, state, at, changes)
    return ()


def _recover(
    act: Recover, feed_state: ScriptedState, state: ExchangeState, at: Nanos, changes: Changes
) -> Iterable[Command]:
    for name, index in _chosen(act.indexes, feed_state):
        end = index.price + (index.before - index.price) * act.part // ONE
        _send(index, name, end, act, state, at, changes)
    return ()


def _send(
    index: IndexState, name: str, end: int, act: Move | Recover, state: ExchangeState, at: Nanos, changes: Changes
) -> None:
    """The index sets out for *end*, or is there at once."""
    unit = quantum(state, name)
    target = Price(max(unit, floor_to(min(end, HIGHEST), unit)))
    if act.over:
        index.way = Way(index.price, target, at, act.over, act.path, act.every)
    else:
        index.way, index.price = None, target
        changes.indexes[name] = changes.said[name] = None


def _premium(
    act: Premium, feed_state: ScriptedState, state: ExchangeState, _at: Nanos, changes: Changes
) -> Iterable[Command]:
    for market in _derivatives(act.markets, state):
        _shape_of(feed_state, market).premium = act.rate
        changes.markets[market.spec.id] = None
    return ()


def _funding(
    act: Funding, feed_state: ScriptedState, state: ExchangeState, at: Nanos, changes: Changes
) -> Iterable[Command]:
    for market in _derivatives(act.markets, state):
        if market.spec.kind is MarketKind.PERPETUAL:
            _shape_of(feed_state, market).premium = premium_for(act.rate, market.spec, at)
            changes.markets[market.spec.id] = None
    return ()


def _shape(
    act: Shape, feed_state: ScriptedState, state: ExchangeState, _at: Nanos, changes: Changes
) -> Iterable[Command]:
    for market in _of(act.markets, state):
        shape = _shape_of(feed_state, market)
        shape.spread = shape.spread if act.spread is None else act.spread
        shape.depth = shape.depth if act.depth is None else act.depth
        changes.markets[market.spec.id] = None
    return ()


def _halt(
    act: Halt, _feed_state: ScriptedState, state: ExchangeState, _at: Nanos, _changes: Changes
) -> Iterator[Command]:
    before, after = MarketStatus.TRADING, MarketStatus.HALT
    if act.resume:
        before, after = after, before
    for market in _of(act.markets, state):
        if market.status is before:
            yield SetMarketStatus(market.no, after)


def _pay(
    act: Pay, _feed_state: ScriptedState, state: ExchangeState, _at: Nanos, _changes: Changes
) -> Iterator[Command]:
    no = state.account_no.get(act.account)
    if no is None:
        return
    if act.amount > 0:
        yield Deposit(no, act.wallet, act.asset, act.amount)
    elif act.amount < 0:
        yield Withdraw(no, act.wallet, act.asset, Amount(-act.amount))


def _say(
    _act: Say, _feed_state: ScriptedState, _state: ExchangeState, _at: Nanos, _changes: Changes
) -> Iterable[Command]:
    return ()


_ACTS: Final[dict[type, Callable[[Any, ScriptedState, ExchangeState, Nanos, Changes], Iterable[Command]]]] = {
    Move: _move,
    Recover: _recover,
    Premium: _premium,
    Funding: _funding,
    Shape: _shape,
    Halt: _halt,
    Pay: _pay,
    Say: _say,
}


def _chosen(names: tuple[str, ...], feed_state: ScriptedState) -> Iterator[tuple[str, IndexState]]:
    """The named indexes, or all; one that is not quoted here stays where it is."""
    for name, index in feed_state.indexes.items():
        if not names or name in names:
            yield name, index


def _of(names: tuple[str, ...], state: ExchangeState) -> Iterator[MarketState]:
    """The named markets, or all."""
    for market in state.markets.values():
        if not names or market.spec.id in names:
            yield market


def premium_for(rate: int, spec: Market, at: int) -> Rate:
    """The premium that settles at *rate* if it stands for a whole interval, cap and floor apart.

    The inverse of premium + clamp(interest − premium, ±damper), divided where the rules say so: see
    `simexchange.core.marks.funding_rate`. Where every premium about zero gives it, zero.
    """
    rules, span = spec.prices_at(at), spec.funding_interval
    whole = div_zero(rate * EIGHT_HOURS, span) if rules.divided else rate
    interest = interest_of(spec, at, span)
    if whole == interest:
        return Rate(0)
    return Rate(whole + rules.damper if whole > interest else whole - rules.damper)


def _derivatives(names: tuple[str, ...], state: ExchangeState) -> Iterator[MarketState]:
    """The named derivatives; without names the perpetuals."""
    for market in _of(names, state):
        if market.derivative and (names or market.spec.kind is MarketKind.PERPETUAL):
            yield market


def _shape_of(feed_state: ScriptedState, market: MarketState) -> MarketShape:
    return feed_state.shapes.setdefault(market.spec.id, MarketShape())
