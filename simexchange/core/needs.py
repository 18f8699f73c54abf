"""What one position and the orders that work on it need: initial margin, maintenance margin, the fee to close.

Under some rules margin includes what closing would cost a taker where the position is bankrupt, and that of an order
the fee to open, too. With cross margin a long is bankrupt at entry × (1 − 1 ÷ leverage), a short at entry × (1 + 1 ÷
leverage); in coin it is the other way round. An isolated position is where its own margin and that fee are used up, so
that what was put in for the fee pays it. Either way the fee does not move with the mark.
(Bybit help center, "Order Cost (USDT Contract)", and "Liquidation Price Calculation under Isolated Mode", 2026-05-27;
seen 2026-11. At which price a cross position's fee is reckoned is not published: see
docs/explanation/unified-collateral.md.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core import fees, valuing
from simexchange.core.brackets import initial, maintenance
from simexchange.core.ledger import wallet_of
from simexchange.core.vocabulary.ids import key_of, market_of, slot_of
from simexchange.core.vocabulary.orders import BUY, SELL
from simexchange.core.vocabulary.units import FINE, ONE, div_up

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simexchange.core.accounts import Account
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.ids import MarketNo, PositionKey
    from simexchange.core.vocabulary.markets import Market, Tier


def price_of(market: MarketState) -> int:
    """The price a position is valued at: the mark, or the last trade before there is one."""
    return market.mark or market.last


def leverage_of(state: ExchangeState, account: Account, key: PositionKey) -> int:
    """The leverage set for the slot, else for the market, else the rules' default."""
    found = account.leverage.get(key)
    if found is not None:
        return found
    market = market_of(key)
    if key != market:
        found = account.leverage.get(key_of(market, slot_of(key)), account.leverage.get(market))
        if found is not None:
            return found
    rules = state.rules.get((account.rules, market))
    return 1 if rules is None else rules.default_leverage


def tiers_of(state: ExchangeState, account: Account, market: MarketNo) -> Sequence[Tier]:
    """The leverage brackets that hold for *account* in *market*."""
    rules = state.rules.get((account.rules, market))
    return () if rules is None else rules.tiers


def unrealised_of(account: Account, market: MarketState, key: PositionKey | None = None) -> int:
    """Unrealised profit of a position in *market* at its mark, toward zero; the one-way one where no *key* is given."""
    position = account.positions.get(market.no if key is None else key)
    return 0 if position is None else valuing.unrealised(market.spec, position.qty, position.cost, price_of(market))


def worth_of(account: Account, market: MarketState, key: PositionKey | None = None) -> int:
    """What a position in *market* is worth at its mark, above zero, rounded down."""
    position = account.positions.get(market.no if key is None else key)
    return 0 if position is None else valuing.worth(market.spec, price_of(market), position.qty)


def growing(account: Account, key: PositionKey, side: int, qty: int, replaced: int = 0) -> int:
    """What of an order of *qty* would make a position larger, were all orders before it filled.

    *replaced* is what is left of the order it takes the place of.
    """
    position, exposure = account.positions.get(key), account.exposures.get(key)
    held = 0 if position is None else position.qty
    queued = 0 if exposure is None else (exposure.bid_qty if side > 0 else exposure.ask_qty)
    return max(0, qty - max(0, -held * side - (queued - replaced)))


# The fee to close


def fee_rate(state: ExchangeState, account: Account, market: MarketState) -> int:
    """What *account* pays as a taker where its rules count the fee to close as margin; else nothing."""
    if not account.reserves:
        return 0
    bundle = state.bundles.get(account.rules)
    if bundle is None or not bundle.closing_fee:
        return 0
    parts = fees.parts(account, market.no, state.rules.get((account.rules, market.no)))
    return max(0, sum(part.taker + max(part.buyer, part.seller) for part in parts))


def bankrupt_parts(spec: Market, side: int, leverage: int) -> int:
    """How many of *leverage* parts of its entry value a position of *side* is worth where it is bankrupt."""
    return leverage - 1 if (side > 0) is not spec.inverse else leverage + 1


def closing_fee(
    state: ExchangeState, account: Account, market: MarketState, key: PositionKey, leverage: int = 0
) -> int:
    """What is set aside for closing a position, 10**-8 of what it settles in. The odd unit counts against its owner.

    *leverage*: another one than that in force; likewise below.
    """
    position = account.positions.get(key)
    rate = fee_rate(state, account, market) if account.reserves and position is not None else 0
    if not rate or position is None:
        return 0
    cost, side = abs(position.cost), 1 if position.qty > 0 else -1
    if market.no not in account.isolated:
        leverage = leverage or leverage_of(state, account, key)
        return div_up(cost * rate * bankrupt_parts(market.spec, side, leverage), leverage * FINE)
    own = account.free(wallet_of(market, account, key), market.spec.settle) * ONE
    if (side > 0) is not market.inverse:
        return max(0, div_up((cost - own) * rate, (ONE - rate) * ONE))
    return max(0, div_up((cost + own) * rate, (ONE + rate) * ONE))


def of_orders(state: ExchangeState, account: Account, market: MarketState, side: int, worth: int, leverage: int) -> int:
    """What is set aside to open and to close what orders of *side* worth so much would open."""
    rate = fee_rate(state, account, market) if worth else 0
    if not rate:
        return 0
    return div_up(worth * rate * (leverage + bankrupt_parts(market.spec, side, leverage)), leverage * ONE)


# Margin


def upkeep(state: ExchangeState, account: Account, market: MarketState, key: PositionKey) -> tuple[Sequence[Tier], int]:
    """What the maintenance margin of a position is made of: brackets over its worth at the mark, and what is constant.

    Constant are the fee to close, and all of it where rules measure isolated positions at their entry.
    """
    tiers = tiers_of(state, account, market.no)
    if not account.reserves:
        return tiers, 0
    apart = closing_fee(state, account, market, key)
    bundle, position = state.bundles.get(account.rules), account.positions.get(key)
    if bundle is None or not bundle.maintained_at_entry or position is None or market.no not in account.isolated:
        return tiers, apart
    return (), apart + maintenance(tiers, abs(position.cost) // ONE)


def maintenance_of(state: ExchangeState, account: Account, market: MarketState, key: PositionKey) -> int:
    """Maintenance margin of one position at its mark."""
    tiers, apart = upkeep(state, account, market, key)
    return maintenance(tiers, worth_of(account, market, key)) + apart


def position_initial(
    state: ExchangeState, account: Account, market: MarketState, key: PositionKey, leverage: int = 0
) -> int:
    """Initial margin of one position at its mark."""
    held = initial(worth_of(account, market, key), leverage or leverage_of(state, account, key))
    return held + closing_fee(state, account, market, key, leverage) if account.reserves else held


def requirement(
    state: ExchangeState,
    account: Account,
    market: MarketState,
    bid: int = 0,
    ask: int = 0,
    key: PositionKey | None = None,
    leverage: int = 0,
) -> int:
    """Initial margin of a position and the open orders that work on it, with further orders worth *bid* and *ask*.

    The larger of the two sides: max(|P + B|, |P − A|) ÷ leverage, P the position's signed worth at mark. In a slot
    what closes counts nothing, so that it is |P| + what opens.
    Source: dev.binance.vision/t/17078 (derived there), seen 2026-11.
    """
    key = market.no if key is None else key
    position = account.positions.get(key)
    worth = 0 if position is None else valuing.money(market.spec, price_of(market), position.qty)
    exposure = account.exposures.get(key)
    if exposure is not None:
        bid += exposure.bid_value
        ask += exposure.ask_value
    leverage = leverage or leverage_of(state, account, key)
    if not account.reserves:
        return initial(max(abs(worth + bid), abs(worth - ask)), leverage)
    # Of either side what only closes costs no fee beside that of the position.
    opens, sells = max(0, bid + min(0, worth)), max(0, ask - max(0, worth))
    above = initial(abs(worth + bid), leverage) + of_orders(state, account, market, BUY, opens, leverage)
    below = initial(abs(worth - ask), leverage) + of_orders(state, account, market, SELL, sells, leverage)
    return max(above, below) + closing_fee(state, account, market, key, leverage)


def order_margin(state: ExchangeState, account: Account, market: MarketState, key: PositionKey) -> int:
    """What open orders need beyond what the position they work on does."""
    held = position_initial(state, account, market, key)
    return max(0, requirement(state, account, market, key=key) - held)
