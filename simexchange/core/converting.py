"""Pooled assets: the mode in which they back positions together, and the automatic exchange that pays debts in it.

What is owed in one asset is bought with the others: where it falls below what the rules let it, where a liquidation
leaves it, and where nothing is open and all debts come near what stands against them. Sold and bought is at index ×
(1 ∓ buffer); both legs go through the exchange's purse and what the buffers take is its fee (money rule L17).
(Binance, multi-asset trading rules and FAQ f80415bea8124f6494566f23c0bf9c38, seen 2026-11.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from simexchange.core import collateral, margin
from simexchange.core.forced import cancel, insured
from simexchange.core.ledger import wallet_of
from simexchange.core.vocabulary.assets import ALL_ASSETS
from simexchange.core.vocabulary.ids import market_of
from simexchange.core.vocabulary.orders import EndReason, ExchangeReason
from simexchange.core.vocabulary.poolevents import AssetsExchanged, CollateralModeSet, ExchangeFinished, ExchangeStarted
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import ONE, Amount, Price, div_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simexchange.core.accounts import Account
    from simexchange.core.engine import Engine
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.commands import ExchangeAssets, SetCollateralMode
    from simexchange.core.vocabulary.ids import OrderId
    from simexchange.core.vocabulary.markets import Collateral


class Source(NamedTuple):
    """An asset that can pay."""

    row: Collateral
    price: int
    rate: int
    """What one unit of it fetches, in the numéraire."""
    bought: int
    """How much of what is owed all there is of it buys."""


def set_mode(engine: Engine, command: SetCollateralMode) -> None:
    """Change whether an account's assets back its positions together; what stands in the way is named."""
    account = engine.state.accounts.get(command.account)
    if account is None:
        engine.refuse(command, command.account, RejectReason.ACCOUNT_UNKNOWN)
        return
    reason = obstacle(engine.state, account, unified=command.unified)
    if reason is not None:
        engine.refuse(command, command.account, reason)
        return
    engine.emit(CollateralModeSet(command.account, command.unified))
    engine.touch(command.account)


def obstacle(state: ExchangeState, account: Account, *, unified: bool) -> RejectReason | None:
    """Why the mode cannot change now (Binance error codes −4167 to −4172, seen 2026-11)."""
    wallet = account.linear_wallet
    if unified and not collateral.rows_of(state, account):
        return RejectReason.NOT_SUPPORTED
    if unified == account.unified:
        return RejectReason.SETTING_UNCHANGED
    if any(state.markets[account.orders[no].market].derivative for no in orders_in(state, account, wallet)):
        return RejectReason.COLLATERAL_ORDERS_OPEN
    if any(wallet_of(state.markets[no], account) == wallet for no in account.isolated):
        return RejectReason.COLLATERAL_ISOLATED
    if any(money.free < 0 for (place, _), money in account.balances.items() if place == wallet):
        return RejectReason.COLLATERAL_NEGATIVE
    settled = not account.liquidating and (account.no, wallet) not in state.exchanges
    if settled and _bears(state, account, wallet, unified=unified):
        return None
    return RejectReason.COLLATERAL_MARGIN_INSUFFICIENT


def _bears(state: ExchangeState, account: Account, wallet: str, *, unified: bool) -> bool:
    """Whether what is there would bear the positions in the other mode, initial margin and all."""
    found = margin.sums(state, account, wallet)
    if not unified:
        return all(each.equity >= each.position_initial for each in found.values())
    known = collateral.rates_of(state, account)
    held = [state.markets[market_of(key)].spec.settle for key, _ in margin.pooled(state, account, wallet, ALL_ASSETS)]
    return all(settle in known for settle in held) and collateral.pool(found, known).spare >= 0


def orders_in(state: ExchangeState, account: Account, wallet: str) -> Iterator[OrderId]:
    """The open orders that draw on *wallet*, or work on positions there; spot ones where they settle in it."""
    for number, order in account.orders.items():
        if wallet_of(state.markets[order.market], account) == wallet:
            yield number


def check(engine: Engine, account: Account) -> None:
    """Have what the account owes bought back where it must be, if there is anything to pay with."""
    state, wallet = engine.state, account.linear_wallet
    if (account.no, wallet) in state.exchanges or (wallet, ALL_ASSETS) in account.liquidating:
        return
    rows = collateral.rows_of(state, account)
    owed = [row for row in rows if account.free(wallet, row.asset) < 0]
    if not owed or collateral.stale(state, account):
        return
    for row in owed:
        balance = account.free(wallet, row.asset)
        if row.exchange_threshold and balance < row.exchange_threshold and _sources(state, account, wallet, row):
            _start(engine, account, ExchangeReason.THRESHOLD, row.asset, balance, row.exchange_threshold)
            return
    if any(margin.pooled(state, account, wallet, ALL_ASSETS)):
        return
    ordered = any(state.markets[account.orders[no].market].derivative for no in orders_in(state, account, wallet))
    if ordered and margin.shared(state, account, wallet).spare >= 0:
        # Orders that are not borne any longer do not keep debts from being paid: nobody else would look at them.
        return
    debts, against = _loan(state, account, wallet)
    if debts * ONE >= against * state.bundles[account.rules].exchange_ltv:
        _start(engine, account, ExchangeReason.IDLE, ALL_ASSETS, -debts, against)


def _loan(state: ExchangeState, account: Account, wallet: str) -> tuple[int, int]:
    """What is owed in all, and what stands against it, in the numéraire."""
    debts = against = 0
    for asset, rates in collateral.rates_of(state, account).items():
        money = account.balances.get((wallet, asset))
        value = 0 if money is None else collateral.worth(money.free + money.held, rates)
        if value < 0:
            debts -= value
        else:
            against += value
    return debts, against


def _start(engine: Engine, account: Account, reason: ExchangeReason, asset: str, balance: int, bound: int) -> None:
    engine.emit(ExchangeStarted(account.no, account.linear_wallet, reason, asset, Amount(balance), Amount(bound)))


def step(engine: Engine, command: ExchangeAssets) -> None:
    """Buy back what is owed: one asset that fell too low, or all of them."""
    account = engine.state.accounts[command.account]
    reason, asset = engine.state.exchanges[command.account, command.wallet]
    if asset == ALL_ASSETS:
        settle(engine, account, command.wallet, reason)
    else:
        for row in collateral.rows_of(engine.state, account):
            if row.asset == asset:
                _buy_back(engine, account, command.wallet, row, reason)
    engine.emit(ExchangeFinished(command.account, command.wallet))
    engine.touch(command.account)


def settle(engine: Engine, account: Account, wallet: str, reason: ExchangeReason) -> None:
    """Buy back all that is owed, in the order of the rules; what nothing is left for the insurance fund pays.

    Spot orders that hold what could pay are canceled first.
    """
    for number in list(orders_in(engine.state, account, wallet)):
        cancel(engine, account.orders[number], EndReason.LIQUIDATION)
    for row in collateral.rows_of(engine.state, account):
        _buy_back(engine, account, wallet, row, reason)
    for (place, asset), money in sorted(account.balances.items(), key=lambda item: item[0]):
        if place == wallet and money.free < 0:
            engine.emit(insured(engine.state, account, wallet, asset, -money.free))


def _buy_back(engine: Engine, account: Account, wallet: str, owed: Collateral, reason: ExchangeReason) -> None:
    """Buy what is owed of one asset, as far as there is anything to pay with."""
    state = engine.state
    debt = -account.free(wallet, owed.asset)
    sources = _sources(state, account, wallet, owed)
    price = collateral.index_price(state, owed.index)
    for source, wanted in zip(sources, _parts(state, account, sources, debt), strict=True):
        if not wanted:
            continue
        given = div_up(wanted * exchange_rate(price, owed), source.rate)
        engine.emit(
            AssetsExchanged(
                account.no, wallet, source.row.asset, Amount(given), owed.asset, Amount(wanted),
                Amount(given - div_up(wanted * price, source.price)), Price(source.price), Price(price),
                source.row.index, owed.index, source.row.exchange_bid_buffer, owed.exchange_ask_buffer, reason,
            )
        )  # fmt: skip


def exchange_rate(price: int, row: Collateral) -> int:
    """What one unit of an asset costs in an automatic exchange, in the numéraire."""
    return price * (ONE + row.exchange_ask_buffer) // ONE


def _sources(state: ExchangeState, account: Account, wallet: str, owed: Collateral) -> list[Source]:
    """What can pay for *owed*, in the order of the rules."""
    cost = exchange_rate(collateral.index_price(state, owed.index), owed)
    found: list[Source] = []
    if account.free(wallet, owed.asset) >= 0 or not cost:
        return found
    for row in collateral.rows_of(state, account):
        price, there = collateral.index_price(state, row.index), account.free(wallet, row.asset)
        rate = price * (ONE - row.exchange_bid_buffer) // ONE
        if there > 0 and there * rate >= cost:
            found.append(Source(row, price, rate, there * rate // cost))
    return found


def _parts(state: ExchangeState, account: Account, sources: list[Source], debt: int) -> list[int]:
    """How much of *debt* each source buys: its share of what all could buy, or all it can, one after the other.

    Shares are rounded down; what that leaves is bought by the first that can.
    """
    total = sum(source.bought for source in sources)
    left = min(debt, total)
    if state.bundles[account.rules].exchange == "in_proportion" and total > debt:
        parts = [debt * source.bought // total for source in sources]
        left -= sum(parts)
    else:
        parts = [0 for _ in sources]
    for at, source in enumerate(sources):
        more = min(left, source.bought - parts[at])
        parts[at] += more
        left -= more
    return parts
