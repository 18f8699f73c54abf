"""How a test moves what the still ladder quotes: it tells the feed, which does it as if its timeline had said so.

A log of such a test replays and rechecks like any other; only the feed, run over it again, would do otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simexchange.core import marks
from simexchange.core.vocabulary.units import SECOND, Nanos, Price, Rate, div_zero, floor_to
from simexchange.errors import NotThere
from simexchange.feeds.scripted.acting import premium_for, quantum
from simexchange.feeds.scripted.feed import NAME
from simexchange.feeds.scripted.ladder import index_of
from simexchange.feeds.scripted.state import MarketShape, ScriptedState, Way
from simexchange.feeds.scripted.timeline import Path

if TYPE_CHECKING:
    from simexchange.core.market import MarketState
    from simexchange.runtime.exchange import Exchange


AT_ONCE: Final = Nanos(0)
PARTS: Final = 60
"""In how many steps a price goes its way, unless they would be shorter than a second."""


def ladder_of(exchange: Exchange, market: MarketState) -> ScriptedState | None:
    """What the feed keeps, if it quotes *market*."""
    state = exchange.feed_state(NAME)
    return state if isinstance(state, ScriptedState) and index_of(market.spec) in state.indexes else None


def move_index(exchange: Exchange, market: MarketState, price: int, over: Nanos = AT_ONCE) -> None:
    """Send the index of *market* to *price*, with every ladder that follows it. Raises NotThere without one."""
    feed_state = ladder_of(exchange, market)
    if feed_state is None:
        msg = f"nobody quotes {market.spec.id}: place orders there, or set its mark"
        raise NotThere(msg)
    name, unit = index_of(market.spec), quantum(exchange.state, index_of(market.spec))
    index, now = feed_state.indexes[name], exchange.now()
    target = Price(max(unit, floor_to(price, unit)))
    index.before = index.price
    # To be there at once it set out a nanosecond ago.
    began, lasts = (now, over) if over else (now - 1, 1)
    every = Nanos(max(SECOND, lasts // PARTS))
    index.way = Way(index.price, target, Nanos(began), Nanos(lasts), Path.LINEAR, every)
    for each in exchange.state.markets.values():
        if index_of(each.spec) == name:
            feed_state.behind[each.spec.id] = None


def lean(exchange: Exchange, market: MarketState, rate: int) -> None:
    """Let the ladder of a perpetual stand so far from its index that the running interval settles at *rate*.

    To a tick: a rate is made of prices. Nothing happens where there is no ladder, or where it settles at *rate* anyway.
    """
    feed_state, now = ladder_of(exchange, market), exchange.now()
    if feed_state is None or market.funding is None or marks.predicted_rate(market, now) == rate:
        return
    premium = _premium(market, rate, now)
    feed_state.shapes.setdefault(market.spec.id, MarketShape()).premium = Rate(premium)
    feed_state.behind[market.spec.id] = None


def _premium(market: MarketState, rate: int, now: int) -> int:
    """What premium the rest of the interval needs, that its weighted average settles at *rate*."""
    funding, spec = market.funding, market.spec
    assert funding is not None  # noqa: S101 - asked for perpetuals only
    wanted = premium_for(rate, spec, now)
    weighted, weight = marks.premium_sums(funding, now)
    count = (funding.next_at - funding.started_at) // funding.every
    total = count * (count + 1) // 2
    left = total - weight
    return wanted if left <= 0 else div_zero(wanted * total - weighted, left)
