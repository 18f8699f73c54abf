"""Bonus money: a part of what is free in a wallet that counts as margin, pays what its policy says, and never leaves.

`Balance.bonus` says how much of `Balance.free` it is; own money is the rest. What it pays of a fill, a funding payment
or a fee stands in the event (money rule L15: one event, two lines), found here once. Where own money is not enough, the
bonus pays the rest: it never exceeds what is there, which the ledger keeps true by comparing alone.

A shortfall that the insurance fund has paid is not asked back from a bonus granted later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from simexchange.core.ledger import wallet_of
from simexchange.core.vocabulary.bonuses import BonusEnd, BonusExpired, BonusGranted
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import Amount

if TYPE_CHECKING:
    from simexchange.core.accounts import Account
    from simexchange.core.engine import Engine
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.bonuses import BonusPolicy
    from simexchange.core.vocabulary.commands import ExpireBonus, GrantBonus
    from simexchange.core.vocabulary.events import Fill


def policy_of(state: ExchangeState, account: Account) -> BonusPolicy | None:
    """What the account's rules say of bonus money; None: there is none under them."""
    bundle = state.bundles.get(account.rules)
    return None if bundle is None else bundle.bonus


def grant(engine: Engine, command: GrantBonus) -> None:
    """Give bonus money where the rules know any; not where positions have wallets of their own, which it would leave
    for.
    """
    account = engine.state.accounts.get(command.account)
    if account is None:
        engine.refuse(command, command.account, RejectReason.ACCOUNT_UNKNOWN)
        return
    policy = policy_of(engine.state, account)
    if not command.asset:
        engine.refuse(command, command.account, RejectReason.ASSET_UNKNOWN)
    elif command.amount <= 0:
        engine.refuse(command, command.account, RejectReason.AMOUNT_NOT_POSITIVE)
    elif policy is None:
        engine.refuse(command, command.account, RejectReason.NOT_SUPPORTED, "the rules know no bonus")
    elif command.wallet not in policy.wallets:
        engine.refuse(command, command.account, RejectReason.WALLET_UNKNOWN, command.wallet)
    elif account.isolated:
        engine.refuse(command, command.account, RejectReason.NOT_SUPPORTED, "bonus beside isolated margin")
    else:
        engine.emit(BonusGranted(command.account, command.wallet, command.asset, command.amount))
        engine.touch(command.account)


def expire(engine: Engine, command: ExpireBonus) -> None:
    """Take bonus money back, all that is still there or as much as is said. Margin is looked at afterwards."""
    account = engine.state.accounts.get(command.account)
    if account is None:
        engine.refuse(command, command.account, RejectReason.ACCOUNT_UNKNOWN)
        return
    left = account.bonus(command.wallet, command.asset)
    amount = min(command.amount or left, left)
    if amount <= 0:
        engine.refuse(command, command.account, RejectReason.AMOUNT_NOT_POSITIVE)
        return
    engine.emit(BonusExpired(command.account, command.wallet, command.asset, Amount(amount), BonusEnd.EXPIRED))
    engine.touch(command.account)


def forfeit(engine: Engine, account: Account, wallet: str, asset: str) -> Amount:
    """What of the bonus is gone when own money leaves *wallet*: all of it, or nothing."""
    policy = policy_of(engine.state, account)
    return Amount(account.bonus(wallet, asset) if policy is not None and policy.forfeited else 0)


def share(bonus: int, own: int, loss: int, fee: int, funding: int, policy: BonusPolicy | None) -> int:
    """How much of what an event costs the bonus pays: what its policy names first, then what *own* money cannot.

    A *loss* below zero is a profit, *funding* below zero was received: they are the account's own.
    """
    first = own_cost = 0
    for cost, named in (
        (loss, policy is not None and policy.losses),
        (fee, policy is not None and policy.fees),
        (funding, policy is not None and policy.funding),
    ):
        if cost > 0 and named:
            first += cost
        else:
            own_cost += cost
    paid = min(bonus, first)
    short = own_cost + first - paid - own
    return min(bonus, paid + max(0, short))


def of_fills(state: ExchangeState, account: Account, market: MarketState, fills: tuple[Fill, ...]) -> tuple[Fill, ...]:
    """*fills* of one account, in their order, each with what the bonus pays of it."""
    wallet, asset = wallet_of(market, account), market.spec.settle
    policy, found = policy_of(state, account), []
    bonus, free = account.bonus(wallet, asset), account.free(wallet, asset)
    for fill in fills:
        gained = fill.closed.realised if fill.closed is not None else 0
        fee = fill.fee if fill.fee_asset == asset else 0
        paid = share(bonus, free - bonus, -gained, fee, 0, policy)
        bonus, free = bonus - paid, free + gained - fee
        found.append(msgspec.structs.replace(fill, bonus=Amount(paid)) if paid else fill)
    return tuple(found)


def of_trade(state: ExchangeState, market: MarketState, made: Fill, taken: Fill) -> tuple[Fill, Fill]:
    """Maker's and taker's side of a trade, each with what its owner's bonus pays of it; of a self-trade the maker's
    first.
    """
    accounts = state.accounts
    maker, taker = accounts[made.account], accounts[taken.account]
    if maker is taker:
        made, taken = of_fills(state, maker, market, (made, taken))
        return made, taken
    if maker.bonused:
        (made,) = of_fills(state, maker, market, (made,))
    if taker.bonused:
        (taken,) = of_fills(state, taker, market, (taken,))
    return made, taken


def of_funding(state: ExchangeState, account: Account, wallet: str, asset: str, amount: int) -> Amount:
    """What the bonus pays of a funding payment of *amount*, below zero where the account pays."""
    return _of(state, account, wallet, asset, 0, 0, -amount)


def of_fee(state: ExchangeState, account: Account, wallet: str, asset: str, amount: int) -> Amount:
    """What the bonus pays of a fee of *amount*."""
    return _of(state, account, wallet, asset, 0, amount, 0)


def of_delivery(state: ExchangeState, account: Account, wallet: str, asset: str, loss: int, fee: int) -> Amount:
    """What the bonus pays of a delivery: of the *loss* (below zero: a profit) and the *fee*."""
    return _of(state, account, wallet, asset, loss, fee, 0)


def _of(state: ExchangeState, account: Account, wallet: str, asset: str, loss: int, fee: int, funding: int) -> Amount:
    bonus = account.bonus(wallet, asset)
    own = account.free(wallet, asset) - bonus
    return Amount(share(bonus, own, loss, fee, funding, policy_of(state, account)) if bonus else 0)
