"""An account begins anew: what is open ends, and its balances become what is said.

In this order, in one record: orders are canceled, oldest first; positions go to the insurance fund at their marks, in
order of their keys, without a fee and off the tape; bonus money goes back; then each balance is made what is asked, by
a deposit or a withdrawal. So nothing appears or vanishes: whoever stood against a position now has the fund in this
account's place, and every unit of the new balances came in from outside (docs/explanation/decisions/0007).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core import bonuses, forced, margin, valuing
from simexchange.core.ledger import owner_of_wallet, wallet_of
from simexchange.core.state import FUND
from simexchange.core.vocabulary.assets import WALLETS
from simexchange.core.vocabulary.bonuses import BonusEnd, BonusExpired
from simexchange.core.vocabulary.events import FundsDeposited, FundsWithdrawn, OrderAccepted, TradeExecuted
from simexchange.core.vocabulary.families import AccountReset
from simexchange.core.vocabulary.ids import OrderId, TradeId, market_of, slot_of, sub_of
from simexchange.core.vocabulary.orders import (
    BUY,
    IOC,
    LIMIT,
    SELL,
    AccountClass,
    EndReason,
    Origin,
    Slot,
    Terms,
    TradeKind,
)
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import ONE, Amount, Price, Quantity

if TYPE_CHECKING:
    from simexchange.core.accounts import Account
    from simexchange.core.engine import Engine
    from simexchange.core.vocabulary.families import ResetAccount
    from simexchange.core.vocabulary.ids import PositionKey


def reset(engine: Engine, command: ResetAccount) -> None:
    """End what is open and set the balances, all of it or nothing."""
    account = engine.state.accounts.get(command.account)
    if account is None:
        engine.refuse(command, command.account, RejectReason.ACCOUNT_UNKNOWN)
        return
    reason, detail = _reason_against(account, command)
    if reason is not None:
        engine.refuse(command, account.no, reason, detail)
        return
    engine.emit(AccountReset(account.no, len(account.orders), len(account.positions)))
    for order in list(account.orders.values()):
        # Its end may have ended others of its list.
        if order.id in account.orders:
            forced.cancel(engine, order, EndReason.ADMIN)
    for key in sorted(account.positions):
        _hand_over(engine, account, key)
    _take_bonuses(engine, account)
    _set_balances(engine, account, {(one.wallet, one.asset): one.amount for one in command.holdings})
    engine.touch(account.no)


def _reason_against(account: Account, command: ResetAccount) -> tuple[RejectReason | None, str]:
    """Why the account cannot begin so, and a word on it."""
    if account.account_class is not AccountClass.USER:
        return RejectReason.NOT_SUPPORTED, "only a person's account"
    named: dict[tuple[str, str], None] = {}
    for holding in command.holdings:
        if holding.wallet not in WALLETS:
            return RejectReason.WALLET_UNKNOWN, holding.wallet
        if not holding.asset or (holding.wallet, holding.asset) in named:
            return RejectReason.ASSET_UNKNOWN, f"{holding.wallet}.{holding.asset}: no asset, or twice the same"
        if holding.amount < 0:
            return RejectReason.AMOUNT_NOT_POSITIVE, f"{holding.wallet}.{holding.asset}"
        named[holding.wallet, holding.asset] = None
    if account.positions and not command.closed:
        return RejectReason.POSITIONS_OPEN, f"{len(account.positions)}"
    return None, ""


def _hand_over(engine: Engine, account: Account, key: PositionKey) -> None:
    """The fund takes a position at its mark, told to its owner as an order of the exchange's."""
    state = engine.state
    market, fund = state.markets[market_of(key)], state.accounts[FUND]
    held, price = account.positions[key].qty, margin.price_of(market)
    worth = valuing.traded(market.spec, price, abs(held))
    side = SELL if held > 0 else BUY
    order = OrderId(account.orders_made + 1)
    terms = Terms(reduce_only=True, origin=Origin.ADMIN, slot=Slot(slot_of(key)), sub_position=sub_of(key))
    engine.emit(
        OrderAccepted(
            order, account.no, market.no, side, LIMIT, Quantity(abs(held)), Price(price), IOC, "", Amount(0), terms
        )
    )
    given = forced.bare_fill(account, market, -held, worth, key, order)
    taken = forced.bare_fill(fund, market, held, worth, market.no)
    if account.bonused:
        taken, given = bonuses.of_trade(state, market, taken, given)
    engine.emit(
        TradeExecuted(
            market.no, TradeId(0), Price(price), Quantity(abs(held)), Amount(worth // ONE), side, given, taken,
            TradeKind.TAKEOVER,
        )
    )  # fmt: skip
    wallet = wallet_of(market, account, key)
    if owner_of_wallet(wallet) is not None:
        forced.settle_rest(engine, account, wallet, market.spec.settle, took=False)


def _take_bonuses(engine: Engine, account: Account) -> None:
    for (wallet, asset), balance in sorted(account.balances.items(), key=lambda row: row[0]):
        if balance.bonus:
            amount = Amount(balance.bonus)
            engine.emit(BonusExpired(account.no, wallet, asset, amount, BonusEnd.EXPIRED))


def _set_balances(engine: Engine, account: Account, wanted: dict[tuple[str, str], Amount]) -> None:
    """Bring in what is missing (a debt too), take out what is too much."""
    places = sorted({**dict.fromkeys(account.balances), **dict.fromkeys(wanted)})
    for wallet, asset in places:
        missing = wanted.get((wallet, asset), 0) - account.free(wallet, asset)
        if missing > 0:
            engine.emit(FundsDeposited(account.no, wallet, asset, Amount(missing)))
        elif missing < 0:
            engine.emit(FundsWithdrawn(account.no, wallet, asset, Amount(-missing)))
