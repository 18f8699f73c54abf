"""Which contracts a call is about: those it names by symbol, on COIN-M also by pair, or all of its product."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from simexchange.dialects.binance.changes import SYMBOL_JUDGED
from simexchange.dialects.binance.usdm import errors
from simexchange.dialects.binance.usdm.symbols import INVERSE, contracts_of, find, listed, pair_of
from simexchange.dialects.contract import ApiError, Call

if TYPE_CHECKING:
    from simexchange.core.market import MarketState
    from simexchange.core.vocabulary.ids import MarketNo


def chosen(call: Call) -> "list[MarketState] | ApiError":
    """The contracts that are listed and named; all that are listed where none is."""
    symbol = call.params.get("symbol")
    if symbol:
        market = find(call, symbol)
        return errors.BAD_SYMBOL if market is None else [market]
    return of_pair(call, listed(call))


def known(call: Call) -> "list[MarketState] | ApiError":
    """The same of every contract there ever was, for what is asked about the past."""
    symbol = call.params.get("symbol")
    if symbol:
        market = find(call, symbol)
        if market is None and SYMBOL_JUDGED not in call.options:
            return errors.BAD_SYMBOL
        return [] if market is None else [market]
    contracts = contracts_of(call)
    return of_pair(call, (market for market in call.state.markets.values() if contracts.has(call.state, market)))


def of_pair(call: Call, markets: "Iterable[MarketState]") -> "list[MarketState]":
    """Those of the pair that was sent, where the product takes one."""
    pair = call.params.get("pair") if contracts_of(call) is INVERSE else None
    return [market for market in markets if not pair or pair_of(market.spec) == pair]


def newest(
    markets: "list[MarketState]",
    limit: int,
    rows_of: "Callable[[MarketNo], list[Any]]",
    when: Callable[[Any], tuple[int, int]],
    *,
    oldest_first: bool,
) -> list[Any]:
    """At most *limit* rows of all *markets*, ascending by *when*: the first ones, or the last.

    *rows_of* gives those of one contract, ascending and cut to the limit from the same end.
    """
    if len(markets) == 1:
        return rows_of(markets[0].no)
    rows = sorted((row for market in markets for row in rows_of(market.no)), key=when)
    return rows[:limit] if oldest_first else rows[-limit:]
