"""Why margin is what it is where rules count the fee to close: see `simexchange.core.needs`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core import margin
from simexchange.core.ledger import wallet_of
from simexchange.core.needs import bankrupt_parts, fee_rate

if TYPE_CHECKING:
    from simexchange.core.accounts import Account
    from simexchange.core.explaining.figures import Origins, Sheet
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.ids import PositionKey

UP = "up to 10⁻⁸: the odd unit counts against the holder"


def put_down(
    sheet: Sheet, state: ExchangeState, account: Account, market: MarketState, key: PositionKey, origins: Origins
) -> str:
    """Put the fee to close of a position down; what it adds to a formula, which is nothing where none is counted."""
    rate = fee_rate(state, account, market)
    if not rate:
        return ""
    seq, source = origins.fees(account.no, market.no), "FeesSet"
    if not seq:
        seq, source = origins.rules(account.rules, market.no), f"taker rate of {account.rules}"
    sheet.fact("fee_rate", rate, "rate", source, seq)
    unit, position = market.spec.settle, account.positions.get(key)
    fee = margin.closing_fee(state, account, market, key)
    if position is None:
        sheet.figure("closing_fee", fee, unit, "0", note="there is no position")
        return " + closing_fee"
    note = "a taker's fee where the position is bankrupt"
    side = 1 if position.qty > 0 else -1
    if market.no not in account.isolated:
        formula = f"ceil8(abs(cost) × fee_rate × {_parts(market, side)} ÷ leverage)"
        sheet.figure("closing_fee", fee, unit, formula, UP, note=note)
        return " + closing_fee"
    wallet = wallet_of(market, account, key)
    sheet.fact("own_wallet", account.free(wallet, unit), unit, wallet, origins.wallet(account.no, wallet, unit))
    sign = "−" if (side > 0) is not market.inverse else "+"
    formula = f"max(0, ceil8((abs(cost) {sign} own_wallet) × fee_rate ÷ (1 {sign} fee_rate)))"
    sheet.figure("closing_fee", fee, unit, formula, UP, note=note)
    return " + closing_fee"


def requirement(market: MarketState, worth: str) -> str:
    """The formula of what a position and its orders need, over *worth*, bids and asks."""
    above, below = f"max(0, bids + min(0, {worth}))", f"max(0, asks − max(0, {worth}))"
    sides = [
        f"ceil8(abs({worth} {sign}) ÷ leverage) + ceil8({opens} × fee_rate × (leverage + {parts}) ÷ leverage)"
        for sign, opens, parts in (("+ bids", above, _parts(market, 1)), ("− asks", below, _parts(market, -1)))
    ]
    return f"max({sides[0]}, {sides[1]}) + closing_fee"


def _parts(market: MarketState, side: int) -> str:
    """How many of leverage parts of its entry value a position of *side* is worth where it is bankrupt."""
    return "(leverage − 1)" if bankrupt_parts(market.spec, side, 1) == 0 else "(leverage + 1)"
