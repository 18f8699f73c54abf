"""How an account holds its positions: leverage, margin mode, position mode, and what its owner does with margin.

Each may change only where nothing that is open would become something else by it; every refusal has a reason of its
own. (Binance USDⓈ-M error codes −4028, −2027, −2028, −4161, −4046 to −4055, −4059, −4067, −4068, −4168; seen 2026-11.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core import converting, isolating, margin
from simexchange.core.brackets import cap_at
from simexchange.core.choices import hedges_by_coin
from simexchange.core.ledger import wallet_of
from simexchange.core.vocabulary import commands as cmd, events as ev, modeevents
from simexchange.core.vocabulary.ids import MarketNo, key_of, market_of, slot_of
from simexchange.core.vocabulary.orders import MarginCause, MarginMode, PositionMode, Slot
from simexchange.core.vocabulary.poolevents import CollateralModeSet
from simexchange.core.vocabulary.rejections import RejectReason

if TYPE_CHECKING:
    from simexchange.core.accounts import Account
    from simexchange.core.engine import Engine
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.ids import PositionKey

    Setting = cmd.SetLeverage | cmd.SetMarginMode | cmd.AdjustMargin | cmd.SetAutoMargin


def _found(engine: Engine, command: Setting) -> tuple[Account, MarketState] | None:
    """The account and the derivative a setting is of; else the refusal is made and None returned."""
    account, market = engine.state.accounts.get(command.account), engine.state.markets.get(command.market)
    if account is None:
        engine.refuse(command, command.account, RejectReason.ACCOUNT_UNKNOWN)
        return None
    if market is None or not market.derivative:
        engine.refuse(command, command.account, RejectReason.MARKET_UNKNOWN)
        return None
    return account, market


# Leverage


def set_leverage(engine: Engine, command: cmd.SetLeverage) -> None:
    """Change leverage: within the brackets, with position and orders below the new cap, and enough margin.

    Said of a market it holds for all positions there, whatever was said of one slot before.
    """
    found = _found(engine, command)
    if found is None:
        return
    account, market = found
    reason = _check_leverage(engine, account, market, command)
    if reason is not None:
        engine.refuse(command, command.account, reason)
        return
    engine.emit(ev.LeverageSet(command.account, command.market, command.leverage, command.slot))
    engine.touch(command.account)


def _check_leverage(
    engine: Engine, account: Account, market: MarketState, command: cmd.SetLeverage
) -> RejectReason | None:
    state, leverage = engine.state, command.leverage
    tiers = margin.tiers_of(state, account, market.no)
    if command.slot is not Slot.NET and account.mode_in(market.no) is PositionMode.ONE_WAY:
        return RejectReason.POSITION_SLOT_MISMATCH
    if not 1 <= leverage <= max((tier.max_leverage for tier in tiers), default=1):
        return RejectReason.LEVERAGE_INVALID
    keys = [key for key in margin.keys_in(account, market) if command.slot is Slot.NET or slot_of(key) == command.slot]
    cap = cap_at(tiers, leverage)
    if any(_largest(account, market, key) > cap for key in keys):
        return RejectReason.LEVERAGE_CAP_EXCEEDED
    isolated, more = market.no in account.isolated, 0
    for key in keys:
        now = margin.leverage_of(state, account, key)
        if isolated and key in account.positions and leverage < now:
            return RejectReason.LEVERAGE_ISOLATED_POSITION
        needs = margin.requirement(state, account, market, key=key)
        if isolated:
            # A position's own margin stays as it is; of the account's only what orders need is asked.
            needs = margin.order_margin(state, account, market, key)
        if account.reserves:
            more += _reserving(state, account, market, key, leverage, isolated=isolated) - needs
        else:
            more += -(-needs * now // leverage) - needs
    if more > 0 and not margin.covers(state, account, market, more):
        return RejectReason.LEVERAGE_MARGIN_INSUFFICIENT
    return None


def _reserving(
    state: ExchangeState, account: Account, market: MarketState, key: PositionKey, leverage: int, *, isolated: bool
) -> int:
    """What a position and its orders need at another *leverage* where fees are set aside, which do not go by it alone;
    of an isolated one what its orders do.
    """
    needs = margin.requirement(state, account, market, key=key, leverage=leverage)
    if not isolated:
        return needs
    return max(0, needs - margin.position_initial(state, account, market, key, leverage))


def _largest(account: Account, market: MarketState, key: PositionKey) -> int:
    """What a position could come to be worth by the orders of one side that work on it."""
    exposure = account.exposures.get(key)
    queued = 0 if exposure is None else max(exposure.bid_value, exposure.ask_value)
    return margin.worth_of(account, market, key) + queued


# Modes


def set_margin_mode(engine: Engine, command: cmd.SetMarginMode) -> None:
    """Back the positions of one market by the account's wallet, or each by a wallet of its own; or those of all."""
    if not command.market:
        _set_margin_mode_everywhere(engine, command)
        return
    found = _found(engine, command)
    if found is None:
        return
    account, market = found
    reason = _check_margin_mode(account, market, command.mode)
    if reason is not None:
        engine.refuse(command, command.account, reason)
    elif command.mode is MarginMode.ISOLATED and any(balance.bonus for balance in account.balances.values()):
        # Bonus money would leave the wallet that it may not leave.
        engine.refuse(command, command.account, RejectReason.NOT_SUPPORTED, "isolated margin beside bonus")
    else:
        engine.emit(modeevents.MarginModeSet(command.account, command.market, command.mode))


def _check_margin_mode(account: Account, market: MarketState, mode: MarginMode) -> RejectReason | None:
    if not account.margined:
        # The tape's account and the fund hold what they take over, with the one wallet they have.
        return RejectReason.NOT_SUPPORTED
    if (market.no in account.isolated) is (mode is MarginMode.ISOLATED):
        return RejectReason.MARGIN_MODE_UNCHANGED
    if mode is MarginMode.ISOLATED and account.shares(wallet_of(market, account)):
        return RejectReason.ISOLATED_WHILE_UNIFIED
    if any(order.market == market.no for order in account.orders.values()):
        return RejectReason.MARGIN_MODE_ORDERS
    if mode is MarginMode.ISOLATED and account.bonus(wallet_of(market, account), market.spec.settle):
        # Bonus money would leave its wallet for those of positions.
        return RejectReason.NOT_SUPPORTED
    if any(market_of(key) == market.no for key in account.positions):
        return RejectReason.MARGIN_MODE_POSITION
    return None


def _set_margin_mode_everywhere(engine: Engine, command: cmd.SetMarginMode) -> None:
    """Cross margin or isolated margin for an account as a whole, with nothing open.

    Where its rules pool assets, cross margin is that of the pool and isolated margin each asset's own. (Bybit v5
    account/set-margin-mode, whose mode is account-wide; the reasons it gives are of orders and of positions that are
    open, 3400102 and 3400101 of its unified v3 API; seen 2026-11.)
    """
    account = engine.state.accounts.get(command.account)
    if account is None:
        engine.refuse(command, command.account, RejectReason.ACCOUNT_UNKNOWN)
        return
    isolate = command.mode is MarginMode.ISOLATED
    reason = _check_everywhere(engine, account, isolate=isolate)
    if reason is not None:
        engine.refuse(command, account.no, reason)
        return
    bundle = engine.state.bundles.get(account.rules)
    pools = bundle is not None and bundle.pooled
    if isolate and account.unified:
        engine.emit(CollateralModeSet(account.no, unified=False))
    engine.emit(modeevents.MarginModeSet(account.no, command.market, command.mode))
    if pools and not isolate:
        engine.emit(CollateralModeSet(account.no, unified=True))
    engine.touch(account.no)


def _check_everywhere(engine: Engine, account: Account, *, isolate: bool) -> RejectReason | None:
    markets = engine.state.markets
    if not account.margined:
        return RejectReason.NOT_SUPPORTED
    if account.modes.isolates is isolate and (isolate or not account.isolated):
        return RejectReason.MARGIN_MODE_UNCHANGED
    if any(markets[order.market].derivative for order in account.orders.values()):
        return RejectReason.MARGIN_MODE_ORDERS
    if account.positions:
        return RejectReason.MARGIN_MODE_POSITION
    if isolate and account.bonused and any(balance.bonus for balance in account.balances.values()):
        # Bonus money would leave its wallet for those of positions.
        return RejectReason.NOT_SUPPORTED
    return converting.obstacle(engine.state, account, unified=False) if isolate and account.unified else None


def set_position_mode(engine: Engine, command: cmd.SetPositionMode) -> None:
    """Have one signed position in each market, a long and a short, or separate ones; or so in one market alone."""
    account = engine.state.accounts.get(command.account)
    if account is None:
        engine.refuse(command, command.account, RejectReason.ACCOUNT_UNKNOWN)
        return
    if command.settle:
        _set_position_mode_by_coin(engine, account, command)
        return
    reason = _check_mode_here(engine, account, command) if command.market else _check_mode(engine, account, command)
    if reason is not None:
        engine.refuse(command, command.account, reason)
    else:
        engine.emit(modeevents.PositionModeSet(command.account, command.mode, command.market))


def _check_mode(engine: Engine, account: Account, command: cmd.SetPositionMode) -> RejectReason | None:
    markets = engine.state.markets
    if not account.margined or (command.mode is not PositionMode.ONE_WAY and _hedged(engine, account)):
        return RejectReason.NOT_SUPPORTED
    if account.position_mode is command.mode and not account.modes.markets:
        return RejectReason.POSITION_MODE_UNCHANGED
    if any(markets[order.market].derivative for order in account.orders.values()):
        return RejectReason.POSITION_MODE_ORDERS
    return RejectReason.POSITION_MODE_POSITION if account.positions else None


def _check_mode_here(engine: Engine, account: Account, command: cmd.SetPositionMode) -> RejectReason | None:
    market = engine.state.markets.get(command.market)
    if market is None or not market.derivative:
        return RejectReason.MARKET_UNKNOWN
    if not account.margined:
        return RejectReason.NOT_SUPPORTED
    if command.mode is not PositionMode.ONE_WAY and not _may_hedge(engine, account, market):
        return RejectReason.NOT_SUPPORTED
    if account.mode_in(market.no) is command.mode:
        return RejectReason.POSITION_MODE_UNCHANGED
    return _open_in(account, market)


def _open_in(account: Account, market: MarketState) -> RejectReason | None:
    if any(order.market == market.no for order in account.orders.values()):
        return RejectReason.POSITION_MODE_ORDERS
    if any(market_of(key) == market.no for key in account.positions):
        return RejectReason.POSITION_MODE_POSITION
    return None


def _hedged(engine: Engine, account: Account) -> tuple[str, ...]:
    bundle = engine.state.bundles.get(account.rules)
    return () if bundle is None else bundle.hedged


def _may_hedge(engine: Engine, account: Account, market: MarketState) -> bool:
    """Whether the account's rules let it have a long and a short in *market*."""
    settles = _hedged(engine, account)
    return not settles or (hedges_by_coin(market.spec) and market.spec.settle in settles)


def _set_position_mode_by_coin(engine: Engine, account: Account, command: cmd.SetPositionMode) -> None:
    """The mode of every linear perpetual settled in one asset: where something is open it stays what it is.

    (Bybit v5 position/switch-mode by coin: what has a position or orders is left alone, what is listed later follows;
    seen 2026-11.)
    """
    settles = _hedged(engine, account)
    found = [
        market
        for market in engine.state.markets.values()
        if market.derivative and hedges_by_coin(market.spec) and market.spec.settle == command.settle
    ]
    free = [m for m in found if account.mode_in(m.no) is not command.mode and _open_in(account, m) is None]
    reason = None
    if not found:
        reason = RejectReason.MARKET_UNKNOWN
    elif not account.margined or (
        command.mode is not PositionMode.ONE_WAY and settles and command.settle not in settles
    ):
        reason = RejectReason.NOT_SUPPORTED
    elif not free and account.modes.coins.get(command.settle, account.position_mode) is command.mode:
        reason = RejectReason.POSITION_MODE_UNCHANGED
    if reason is not None:
        engine.refuse(command, account.no, reason)
        return
    for market in free:
        engine.emit(modeevents.PositionModeSet(account.no, command.mode, market.no))
    engine.emit(modeevents.PositionModeSet(account.no, command.mode, MarketNo(0), command.settle))


# Margin of isolated positions


def adjust_margin(engine: Engine, command: cmd.AdjustMargin) -> None:
    """Add margin to an isolated position, or take out what neither it nor its leverage needs."""
    found = _found(engine, command)
    if found is None:
        return
    account, market = found
    key = key_of(command.market, command.slot, max(0, command.sub))
    reason = _check_isolated(account, market, command, RejectReason.MARGIN_NOT_ISOLATED)
    if reason is None and key not in account.positions:
        reason = RejectReason.MARGIN_POSITION_MISSING
    most = 0
    if reason is None and command.amount > 0:
        most = isolating.addable(engine.state, account, market)
        reason = RejectReason.MARGIN_ADDED_TOO_MUCH if command.amount > most else None
    elif reason is None:
        most = isolating.removable(engine.state, account, market, key)
        reason = RejectReason.MARGIN_REMOVED_TOO_MUCH if -command.amount > most else None
    if reason is not None:
        engine.refuse(command, command.account, reason)
    else:
        isolating.adjust(engine, account, market, key, command.amount, most, MarginCause.OWNER)


def _check_isolated(
    account: Account, market: MarketState, command: cmd.AdjustMargin | cmd.SetAutoMargin, otherwise: RejectReason
) -> RejectReason | None:
    """Whether a command names an isolated position such as the account's modes have."""
    if not isolating.names(account, market, command.slot, command.sub):
        return RejectReason.POSITION_SLOT_MISMATCH
    if isinstance(command, cmd.AdjustMargin) and not command.amount:
        return RejectReason.AMOUNT_NOT_POSITIVE
    return None if market.no in account.isolated else otherwise


def set_auto_margin(engine: Engine, command: cmd.SetAutoMargin) -> None:
    """Have an isolated position helped before it is liquidated, or no more. A separate one must be there."""
    found = _found(engine, command)
    if found is None:
        return
    account, market = found
    key = key_of(command.market, command.slot, max(0, command.sub))
    reason = _check_isolated(account, market, command, RejectReason.AUTO_MARGIN_NOT_ISOLATED)
    if reason is None and command.sub and key not in account.positions:
        reason = RejectReason.MARGIN_POSITION_MISSING
    if reason is None and (key in account.auto_margin) is command.on:
        reason = RejectReason.AUTO_MARGIN_UNCHANGED
    if reason is not None:
        engine.refuse(command, command.account, reason)
    else:
        engine.emit(modeevents.AutoMarginSet(command.account, command.market, command.slot, command.sub, command.on))
        engine.touch(command.account)
