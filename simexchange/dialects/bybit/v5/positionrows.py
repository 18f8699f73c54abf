"""A position, as ``position/list``, ``add-margin`` and the topic ``position`` show it. Every figure is the core's.

Fields: "Get Position Info" (docs/v5/position/position.mdx, snapshot 2026-07-24, seen 2026-11). An account has one row
in a market, or in hedge mode two; of an empty one ``side`` is "" and every figure "0". Realised profit has fees and
funding in it. Prices at which a position is closed are "" where there are none, as in samples of unified accounts.
"""

from typing import TYPE_CHECKING, Any, Final, NamedTuple
from weakref import WeakKeyDictionary

from simexchange.core import deleveraging, display, margin
from simexchange.core.ledger import pool_of
from simexchange.core.vocabulary.ids import key_of, slot_of
from simexchange.core.vocabulary.orders import Origin, PositionMode, Slot
from simexchange.dialects.bybit.common import timestamps
from simexchange.dialects.bybit.common.numbers import print_plain
from simexchange.dialects.bybit.common.quantities import price_text, qty_text
from simexchange.dialects.bybit.common.symbols import symbol_of

if TYPE_CHECKING:
    from simexchange.core.accounts import Account
    from simexchange.core.marginstates import PositionState
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.ids import PositionKey
    from simexchange.core.vocabulary.markets import Tier
    from simexchange.core.vocabulary.orders import Trigger
    from simexchange.core.vocabulary.units import Nanos
    from simexchange.projections.views import Views

Json = dict[str, Any]

LEAST_CLOSING_RATE: Final = 55_000
"""The break-even price reckons with a closing fee of no less than 0.00055."""

_RANKS: "WeakKeyDictionary[ExchangeState, deleveraging.Ranks]" = WeakKeyDictionary()
"""What was reckoned last of each exchange: everybody's position is looked at for it."""


class Protection(NamedTuple):
    """What closes a position whole; None: nothing does."""

    take_profit: "Trigger | None" = None
    stop_loss: "Trigger | None" = None
    trailing: "Trigger | None" = None


def keys_of(account: "Account", market: "MarketState") -> "list[PositionKey]":
    """The positions an account can have in a market by its mode."""
    if account.mode_in(market.no) is PositionMode.ONE_WAY:
        return [market.no]
    return [key_of(market.no, Slot.LONG), key_of(market.no, Slot.SHORT)]


def protection_of(account: "Account", key: "PositionKey") -> Protection:
    """The orders that close all of a position, by what wakes them."""
    position, found = account.positions.get(key), Protection()
    if position is None:
        return found
    for order in account.bound.values():
        more = order.more
        if order.key != key or more is None or more.trigger is None or more.origin is not Origin.TPSL:
            continue
        if more.trigger.trails:
            found = found._replace(trailing=more.trigger)
        elif more.close_all:
            takes = more.trigger.rising is (position.qty > 0)
            found = found._replace(take_profit=more.trigger) if takes else found._replace(stop_loss=more.trigger)
    return found


def position_row(
    state: "ExchangeState", views: "Views", account: "Account", market: "MarketState", key: "PositionKey", now: "Nanos"
) -> Json:
    """One position, empty or not."""
    figures = margin.position_state(state, account, market, key)
    spec, flat = market.spec, not figures.qty
    told = views.positions.get(account.no, key)
    tier, risk = _tier(state, account, market, abs(figures.notional))
    guard = protection_of(account, key)
    isolated = market.no in account.isolated
    realised = 0 if told is None else told.realised - told.fees + told.funding
    return {
        "positionIdx": slot_of(key),
        "riskId": risk,
        "riskLimitValue": "0" if tier is None else print_plain(tier.cap),
        "symbol": symbol_of(spec),
        "side": "" if flat else "Buy" if figures.qty > 0 else "Sell",
        "size": "0" if flat else qty_text(spec, abs(figures.qty)),
        "avgPrice": print_plain(display.entry_price(figures.qty, figures.cost, display.contract_of(spec))),
        "positionValue": print_plain(display.entry_value(figures.cost)),
        "tradeMode": 0,
        "positionStatus": "Liq" if pool_of(market, account, key) in account.liquidating else "Normal",
        "autoAddMargin": int(key in account.auto_margin),
        "adlRankIndicator": 0 if flat else 1 + _rank(state, account, market, key, now),
        "leverage": str(figures.leverage),
        "positionBalance": print_plain(figures.wallet if isolated else figures.position_initial),
        "breakEvenPrice": _break_even(views, account, market, figures, realised),
        "markPrice": price_text(spec, figures.mark),
        "liqPrice": _liquidation_price(state, account, market, figures),
        "bustPrice": "",
        "positionMM": print_plain(figures.maintenance),
        "positionMMByMp": print_plain(figures.maintenance),
        "positionIM": print_plain(figures.position_initial),
        "positionIMByMp": print_plain(figures.position_initial),
        "tpslMode": "Full",
        "takeProfit": _price(market, guard.take_profit),
        "stopLoss": _price(market, guard.stop_loss),
        "trailingStop": "0" if guard.trailing is None else price_text(spec, guard.trailing.distance),
        "unrealisedPnl": print_plain(figures.unrealised),
        "curRealisedPnl": print_plain(realised),
        "cumRealisedPnl": print_plain(views.closings.brought(account.no, key)),
        "seq": -1 if told is None else told.seq,
        "isReduceOnly": False,
        "mmrSysUpdateTime": "",
        "mmrSysUpdatedTime": "",
        "leverageSysUpdatedTime": "",
        "sessionAvgPrice": "",
        "delta": "",
        "gamma": "",
        "vega": "",
        "theta": "",
        "createdTime": timestamps.text(views.closings.since(account.no, key)),
        "updatedTime": timestamps.text(0 if told is None else told.updated_at),
        "openTime": timestamps.millis(0 if flat or told is None else told.opened_at),
    }


def _tier(state: "ExchangeState", account: "Account", market: "MarketState", worth: int) -> "tuple[Tier | None, int]":
    """The tier that a position is in, and its number: tiers go by what a position is worth, nobody sets them."""
    tiers = margin.tiers_of(state, account, market.no)
    for number, tier in enumerate(tiers, 1):
        if worth <= tier.cap:
            return tier, number
    return (tiers[-1], len(tiers)) if tiers else (None, 0)


def _rank(state: "ExchangeState", account: "Account", market: "MarketState", key: "PositionKey", now: "Nanos") -> int:
    ranks = _RANKS.get(state)
    if ranks is None:
        ranks = _RANKS[state] = deleveraging.Ranks()
    return ranks.of(state, account, market, key, now)


def _break_even(
    views: "Views", account: "Account", market: "MarketState", figures: "PositionState", realised: int
) -> str:
    rate = max(views.accounts.fees(account.no, market.no).taker, LEAST_CLOSING_RATE)
    price = display.break_even_after(
        figures.qty, figures.cost, realised, rate, display.contract_of(market.spec)
    )  # fmt: skip
    return print_plain(price) if price > 0 else ""


def _liquidation_price(
    state: "ExchangeState", account: "Account", market: "MarketState", figures: "PositionState"
) -> str:
    """Nothing where it is beyond what orders may be priced at."""
    rules, price = state.rules.get((account.rules, market.no)), figures.liquidation_price
    beyond = rules is not None and (
        price <= rules.filters.price_min or 0 < rules.filters.price_max <= price
    )  # fmt: skip
    return price_text(market.spec, price) if price and not beyond else ""


def _price(market: "MarketState", trigger: "Trigger | None") -> str:
    return "" if trigger is None else price_text(market.spec, trigger.price)
