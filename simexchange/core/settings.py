"""Accounts, money movements and settings: the commands that need no book."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simexchange.core import bonuses, collateral, constituents, distress, fees, funding, margin, modes, protection
from simexchange.core.accounts import OwnFees
from simexchange.core.soundness import fault_of_rules
from simexchange.core.state import FUND
from simexchange.core.vocabulary import commands as cmd, events as ev, settingevents
from simexchange.core.vocabulary.assets import WALLETS
from simexchange.core.vocabulary.ids import AccountNo, MarketNo
from simexchange.core.vocabulary.markets import Commission
from simexchange.core.vocabulary.orders import AccountOption, SelfTrade
from simexchange.core.vocabulary.poolevents import CollateralModeSet
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import ONE

if TYPE_CHECKING:
    from collections.abc import Callable

    from simexchange.core.accounts import Account
    from simexchange.core.engine import Engine


def handlers(engine: Engine) -> dict[type, Callable[[Any], None]]:
    """What does what."""
    served: dict[type, Callable[[Engine, Any], None]] = {
        cmd.AdoptBundle: adopt_bundle,
        cmd.SetRules: set_rules,
        cmd.OpenAccount: open_account,
        cmd.Deposit: deposit,
        cmd.Withdraw: withdraw,
        cmd.Transfer: transfer,
        cmd.GrantBonus: bonuses.grant,
        cmd.ExpireBonus: bonuses.expire,
        cmd.ProvideCapital: provide_capital,
        cmd.SetFundPolicy: set_fund_policy,
        cmd.SetLeverage: modes.set_leverage,
        cmd.SetMarginMode: modes.set_margin_mode,
        cmd.SetPositionMode: modes.set_position_mode,
        cmd.AdjustMargin: modes.adjust_margin,
        cmd.SetAutoMargin: modes.set_auto_margin,
        cmd.SetFees: set_fees,
        cmd.SetAccountOption: set_account_option,
        cmd.ProtectPosition: protection.protect,
        cmd.SetAssetLimit: set_asset_limit,
        cmd.SetReferencePrice: set_reference_price,
        cmd.DescribeHistory: describe_history,
        cmd.NoteFeed: note_feed,
        cmd.SetConstituents: constituents.set_constituents,
        cmd.SetSourcePrice: constituents.set_source_price,
        cmd.SetFunding: funding.set_terms,
    }
    return {kind: _bound(engine, handler) for kind, handler in served.items()}


def _bound(engine: Engine, handler: Callable[[Engine, Any], None]) -> Callable[[Any], None]:
    def run(command: Any) -> None:
        handler(engine, command)

    return run


def adopt_bundle(engine: Engine, command: cmd.AdoptBundle) -> None:
    """Make a venue's policies known, if its discount leaves every rebate paid for (money rule L13)."""
    bundle, state = command.bundle, engine.state
    wrong = collateral.fault(bundle)
    if (
        not wrong
        and not collateral.stands_by(state.bundles.get(bundle.name), bundle)
        and any(state.accounts[no].rules == bundle.name for no in state.unified)
    ):
        wrong = "collateral that accounts rest on would be gone"
    if wrong:
        engine.refuse(command, AccountNo(0), RejectReason.MARKET_INVALID, f"{bundle.name}: {wrong}")
        return
    if engine.rebates and not all(
        fees.acceptable(state, bundle, no, rules) for (name, no), rules in state.rules.items() if name == bundle.name
    ):
        engine.refuse(command, AccountNo(0), RejectReason.NOT_SUPPORTED, bundle.name)
        return
    engine.emit(ev.BundleAdopted(command.bundle))
    engine.rules_changed()
    engine.risk.forget()
    for unified in state.unified:
        engine.touch(unified)


def set_rules(engine: Engine, command: cmd.SetRules) -> None:
    """Set a bundle's rules for one market. Changed brackets move everybody's maintenance margin there."""
    if command.bundle not in engine.state.bundles:
        engine.refuse(command, AccountNo(0), RejectReason.RULES_UNKNOWN, command.bundle)
        return
    market = engine.state.markets.get(command.market)
    if market is None:
        engine.refuse(command, AccountNo(0), RejectReason.MARKET_UNKNOWN)
        return
    rules = command.rules
    fault = fault_of_rules(rules)
    if not fault and not fees.acceptable(engine.state, engine.state.bundles[command.bundle], command.market, rules):
        fault = "maker, taker: a rebate that nobody's fee pays for, or a fee above what it is taken from"
    if fault:
        engine.refuse(command, AccountNo(0), RejectReason.MARKET_INVALID, fault)
        return
    engine.emit(ev.RulesSet(command.bundle, command.market, command.rules))
    engine.rules_changed()
    engine.rebates = engine.rebates or fees.rebating(*fees.blend(None, rules))
    for no, _ in market.holders:
        engine.touch(no)


def open_account(engine: Engine, command: cmd.OpenAccount) -> None:
    """Open an account; its name is taken once."""
    state = engine.state
    if command.name in state.account_no or not command.name:
        engine.refuse(command, AccountNo(0), RejectReason.ACCOUNT_EXISTS, command.name)
    elif command.rules and command.rules not in state.bundles:
        engine.refuse(command, AccountNo(0), RejectReason.RULES_UNKNOWN, command.rules)
    else:
        no = AccountNo(len(state.accounts) + 1)
        engine.emit(ev.AccountOpened(no, command.name, command.rules, command.account_class))
        bundle = state.bundles.get(command.rules)
        if bundle is not None and bundle.pooled and state.accounts[no].margined:
            engine.emit(CollateralModeSet(no, unified=True))


def _movement(
    engine: Engine, command: cmd.Deposit | cmd.Withdraw | cmd.Transfer | cmd.ProvideCapital, account: AccountNo
) -> Account | None:
    """The account of a money movement whose words are sound; else the refusal is made and None returned."""
    found = engine.state.accounts.get(account)
    if found is None:
        engine.refuse(command, account, RejectReason.ACCOUNT_UNKNOWN)
    elif command.wallet not in WALLETS:
        engine.refuse(command, account, RejectReason.WALLET_UNKNOWN, command.wallet)
    elif not command.asset:
        engine.refuse(command, account, RejectReason.ASSET_UNKNOWN)
    elif command.amount <= 0:
        engine.refuse(command, account, RejectReason.AMOUNT_NOT_POSITIVE)
    else:
        return found
    return None


def deposit(engine: Engine, command: cmd.Deposit) -> None:
    """Bring money in."""
    if _movement(engine, command, command.account) is not None:
        engine.emit(ev.FundsDeposited(command.account, command.wallet, command.asset, command.amount))
        engine.touch(command.account)


def withdraw(engine: Engine, command: cmd.Withdraw) -> None:
    """Take money out, as far as nothing needs it."""
    account = _movement(engine, command, command.account)
    if account is None:
        return
    if command.amount > removable(engine, account, command.wallet, command.asset):
        engine.refuse(command, command.account, RejectReason.TRANSFER_INSUFFICIENT)
        return
    gone = bonuses.forfeit(engine, account, command.wallet, command.asset)
    engine.emit(ev.FundsWithdrawn(command.account, command.wallet, command.asset, command.amount, gone))
    engine.touch(command.account)


def transfer(engine: Engine, command: cmd.Transfer) -> None:
    """Move money between wallets, as far as nothing needs it where it is."""
    account = _movement(engine, command, command.account)
    if account is None:
        return
    to_account = command.to_account or command.account
    if to_account not in engine.state.accounts:
        engine.refuse(command, command.account, RejectReason.ACCOUNT_UNKNOWN)
    elif command.to_wallet not in WALLETS or (to_account, command.to_wallet) == (command.account, command.wallet):
        engine.refuse(command, command.account, RejectReason.WALLET_UNKNOWN, command.to_wallet)
    elif command.amount > removable(engine, account, command.wallet, command.asset):
        engine.refuse(command, command.account, RejectReason.TRANSFER_INSUFFICIENT)
    else:
        gone = bonuses.forfeit(engine, account, command.wallet, command.asset)
        engine.emit(
            ev.FundsTransferred(
                command.account, command.wallet, to_account, command.to_wallet, command.asset, command.amount, gone
            )
        )
        engine.touch(command.account)
        engine.touch(to_account)


def removable(engine: Engine, account: Account, wallet: str, asset: str) -> int:
    """What may leave a wallet: own free funds, less what positions and orders need (money rule L14)."""
    free = account.free(wallet, asset) - account.bonus(wallet, asset)
    if account.shares(wallet):
        return margin.wallet_state(engine.state, account, wallet, asset).withdrawable
    if not account.margined or not (account.positions or account.exposures):
        return free
    return min(free, margin.wallet_state(engine.state, account, wallet, asset).withdrawable)


def provide_capital(engine: Engine, command: cmd.ProvideCapital) -> None:
    """Give the insurance fund money of its own."""
    if _movement(engine, command, FUND) is not None:
        engine.emit(ev.CapitalProvided(FUND, command.wallet, command.asset, command.amount))


def set_fund_policy(engine: Engine, command: cmd.SetFundPolicy) -> None:
    """Say what the insurance fund may lose of an asset that something settles in, and how long it keeps positions."""
    known = any(market.spec.settle == command.asset for market in engine.state.markets.values() if market.derivative)
    if not known:
        engine.refuse(command, AccountNo(0), RejectReason.ASSET_UNKNOWN, command.asset)
    elif command.patience < 0:
        engine.refuse(command, AccountNo(0), RejectReason.AMOUNT_NOT_POSITIVE, command.asset)
    elif distress.policy_of(engine.state, command.asset) == (command.floor, command.patience):
        engine.refuse(command, AccountNo(0), RejectReason.SETTING_UNCHANGED, command.asset)
    else:
        engine.emit(ev.FundPolicySet(command.asset, command.floor, command.patience))


def set_fees(engine: Engine, command: cmd.SetFees) -> None:
    """Give an account its own rates: no more than there is to take from, and no rebate that another's fee would not
    pay (money rule L13).
    """
    account = engine.state.accounts.get(command.account)
    own = OwnFees(Commission(command.maker, command.taker, command.buyer, command.seller), command.special, command.tax)
    if account is None:
        engine.refuse(command, command.account, RejectReason.ACCOUNT_UNKNOWN)
    elif command.market and command.market not in engine.state.markets:
        engine.refuse(command, command.account, RejectReason.MARKET_UNKNOWN)
    elif not _payable(engine, account, command.market, own):
        engine.refuse(command, command.account, RejectReason.NOT_SUPPORTED)
    else:
        engine.rebates = engine.rebates or fees.rebating(*own)
        engine.emit(
            ev.FeesSet(
                command.account, command.market, command.maker, command.taker, command.buyer, command.seller,
                command.special, command.tax,
            )
        )  # fmt: skip
        engine.rules_changed()
        if account.reserves:
            # The fee to close is part of its margin.
            engine.touch(account.no)


def _payable(engine: Engine, account: Account, market: MarketNo, own: OwnFees) -> bool:
    state = engine.state
    concerned = [market] if market else list(state.markets)
    if not engine.rebates and not fees.rebating(*own):
        return all(fees.sound([fees.blend(own, state.rules.get((account.rules, no)))], ONE) for no in concerned)
    return all(
        fees.acceptable(state, state.bundles.get(account.rules), no, state.rules.get((account.rules, no)), own)
        for no in concerned
    )


HIGHEST: dict[AccountOption, int] = {
    AccountOption.TRADE_GROUP: (1 << 63) - 1,
    AccountOption.SELF_TRADE: max(SelfTrade),
    AccountOption.DISCOUNT_SPOT: 1,
    AccountOption.DISCOUNT_FUTURES: 1,
    AccountOption.CANCEL_ON_DISCONNECT: 1,
    AccountOption.LIMIT_SPOT: 2,
    AccountOption.LIMIT_DERIVATIVES: 2,
    AccountOption.DISCONNECT_SPOT: 3_600,
    AccountOption.DISCONNECT_DERIVATIVES: 3_600,
}
"""Each option's values go from 0 to this."""


def set_account_option(engine: Engine, command: cmd.SetAccountOption) -> None:
    """Choose something for an account. What it never chose is not a choice: there the market's rules speak."""
    account = engine.state.accounts.get(command.account)
    if account is None:
        engine.refuse(command, command.account, RejectReason.ACCOUNT_UNKNOWN)
    elif not 0 <= command.value <= HIGHEST[command.option]:
        engine.refuse(command, command.account, RejectReason.NOT_SUPPORTED)
    elif account.options.get(command.option) == command.value:
        engine.refuse(command, command.account, RejectReason.SETTING_UNCHANGED)
    else:
        engine.emit(ev.AccountOptionSet(command.account, command.option, command.value))
        engine.rules_changed()


def set_asset_limit(engine: Engine, command: cmd.SetAssetLimit) -> None:
    """Bound what one order of an account may move of an asset (Binance MAX_ASSET)."""
    account = engine.state.accounts.get(command.account)
    if account is None:
        engine.refuse(command, command.account, RejectReason.ACCOUNT_UNKNOWN)
    elif not command.asset:
        engine.refuse(command, command.account, RejectReason.ASSET_UNKNOWN)
    elif command.most < 0:
        engine.refuse(command, command.account, RejectReason.AMOUNT_NOT_POSITIVE)
    elif account.asset_limits.get(command.asset, 0) == command.most:
        engine.refuse(command, command.account, RejectReason.SETTING_UNCHANGED)
    else:
        engine.emit(settingevents.AssetLimitSet(command.account, command.asset, command.most))


def set_reference_price(engine: Engine, command: cmd.SetReferencePrice) -> None:
    """Set a spot market's reference price by hand (Binance: external calculation 0), or leave it to its trades."""
    market = engine.state.markets.get(command.market)
    if market is None or market.derivative:
        engine.refuse(command, AccountNo(0), RejectReason.MARKET_UNKNOWN)
    elif command.price < 0:
        engine.refuse(command, AccountNo(0), RejectReason.PRICE_NOT_POSITIVE)
    elif (market.averages.given if market.averages is not None else 0) == command.price:
        engine.refuse(command, AccountNo(0), RejectReason.SETTING_UNCHANGED)
    else:
        engine.emit(settingevents.ReferencePriceSet(command.market, command.price))


def describe_history(engine: Engine, command: cmd.DescribeHistory) -> None:
    """Write down from what the past before the start is made."""
    engine.emit(
        ev.HistoryDescribed(command.index, command.seed, command.model, command.span, command.join, command.digest)
    )


def note_feed(engine: Engine, command: cmd.NoteFeed) -> None:
    """Write down what a feed says of itself."""
    engine.emit(ev.FeedNoted(command.feed, command.what, command.detail))
