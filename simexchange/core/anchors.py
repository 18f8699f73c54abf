"""What positions are worth at their index, beside what they are worth at their mark.

Who is alone in a book can move its mark, but not an index that comes from outside (`MarketState.anchor`). So wherever
money could be won by a mark that has gone astray, the index is asked as well: no trade and no withdrawal may leave a
pool with less than nothing there, and the insurance fund takes over, sells and gives up only at prices that are no
loss there, but for what a jump of the index itself explains: docs/explanation/decisions/0012.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core import collateral, valuing
from simexchange.core.ledger import wallet_of
from simexchange.core.vocabulary.ids import market_of

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from simexchange.core.accounts import Account
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.events import Fill
    from simexchange.core.vocabulary.ids import PositionKey


def beside(market: MarketState, qty: int) -> int:
    """What a position of *qty*, signed, is worth more at its index than at its mark; 10**-8, toward zero.

    Nothing where the mark stands for itself.
    """
    anchor, mark = market.anchor, market.mark or market.last
    if not anchor or not mark or anchor == mark:
        return 0
    return valuing.unrealised(market.spec, qty, valuing.value(market.spec, mark, qty), anchor)


def loses(market: MarketState, held: int, price: int, fill: Fill) -> bool:
    """Whether one side of a trade at *price* is a loss at the index: *fill*, of a position of *held* before it."""
    side = -held if fill.opened is None else fill.opened.qty_after
    return market.anchor != 0 and (price - market.anchor) * side > 0


def sums_at_index(
    state: ExchangeState,
    account: Account,
    wallet: str,
    found: Mapping[str, collateral.Sums],
    without: Container[PositionKey] = (),
) -> dict[str, collateral.Sums]:
    """*found*, the sums of a shared wallet, with every position but those *without* at its index.

    Only cash and profit are in it.
    """
    there = {}
    for asset, each in found.items():
        sums = there[asset] = collateral.Sums(each.cash)
        sums.unrealised = each.unrealised
    for key, position in account.positions.items():
        market = state.markets[market_of(key)]
        if key not in without and wallet_of(market, account, key) == wallet and market.spec.settle in there:
            there[market.spec.settle].unrealised += beside(market, position.qty)
    return there
