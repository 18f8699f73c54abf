"""Liquidation of an account whose margin balance is at or below its maintenance margin.

In steps, one record each: cancel its orders; sell the position with the largest maintenance margin by one order at
its bankruptcy price; what is left is taken over by the insurance fund at that price; the next position, until the
account holds enough or nothing. (Binance FAQ 360033525271, b3c689c1, seen 2026-11; money rules L2–L5.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from simexchange.core import (
    anchors,
    bonuses,
    brackets,
    collateral,
    converting,
    distress,
    fund,
    isolating,
    margin,
    matching,
    reduction,
    valuing,
)
from simexchange.core.distress import NEVER_ENOUGH
from simexchange.core.forced import bare_fill, cancel, fund_wallet, insured, risk_of, settle_rest
from simexchange.core.ledger import wallet_of
from simexchange.core.reduction import Cut, Shortfall
from simexchange.core.state import FUND
from simexchange.core.vocabulary.assets import ALL_ASSETS
from simexchange.core.vocabulary.events import (
    LiquidationFeeCharged,
    LiquidationFinished,
    LiquidationStarted,
    LiquidationStepDecided,
    MarginCallEnded,
    MarginCallIssued,
    OrderAccepted,
    TradeExecuted,
)
from simexchange.core.vocabulary.ids import OrderId, TradeId, market_of, slot_of, sub_of
from simexchange.core.vocabulary.liquidations import LiquidationId, LiquidationPart, SizeReason
from simexchange.core.vocabulary.markets import MarketStatus
from simexchange.core.vocabulary.orders import (
    BUY,
    IOC,
    LIMIT,
    SELL,
    EndReason,
    ExchangeReason,
    Origin,
    Slot,
    Terms,
    TradeKind,
)
from simexchange.core.vocabulary.units import FINE, ONE, Amount, Price, Quantity, Rate, div_up

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simexchange.core.accounts import Account
    from simexchange.core.book import Order
    from simexchange.core.engine import Engine
    from simexchange.core.market import MarketState
    from simexchange.core.vocabulary.ids import PositionKey
    from simexchange.core.vocabulary.orders import Side

BY_TIER = "by_tier"


def safe(engine: Engine, account: Account) -> bool:
    """Whether a glance shows that `check` would do nothing: the common case, and cheap.

    One linear position with cross margin, and so much of the margin balance as is left before a margin call above what
    its maintenance margin is in the highest bracket it can be in.
    """
    if account.liquidating or account.called or len(account.positions) != 1 or account.isolated or account.unified:
        return False
    if account.reserves:
        return False
    (key, position) = next(iter(account.positions.items()))
    market = engine.state.markets[market_of(key)]
    rules = engine.state.rules.get((account.rules, market.no))
    price = margin.price_of(market)
    if rules is None or not rules.tiers or not price or market.inverse:
        return False
    cash = account.free(wallet_of(market, account), market.spec.settle)
    worth = abs(position.qty) * price
    return (cash * ONE + position.qty * price - position.cost) * margin.alarm(engine.state, account) > (
        brackets.tier_of(rules.tiers, worth // ONE + 1).maintenance_rate * worth + 2 * FINE
    )


def check(engine: Engine, account: Account) -> None:
    """Start a liquidation for each pool of *account* that needs one; make good one that nothing backs any more."""
    pools = margin.pools_of(engine.state, account)
    for name, keys in pools.items():
        check_pool(engine, account, name, keys)
    for name in [name for name in account.called if name not in pools]:
        call(engine, account, *name, account.free(*name), 0)
    for (wallet, asset), money in sorted(account.balances.items(), key=lambda item: item[0]):
        # Below zero with no position left to carry it: the fund makes it good (money rule L7).
        # In a shared wallet other assets stand against it.
        if (
            money.free < 0
            and not account.trades_spot_alone(wallet)
            and (wallet, asset) not in pools
            and not account.shares(wallet)
        ):
            engine.emit(insured(engine.state, account, wallet, asset, -money.free))
    if account.unified:
        converting.check(engine, account)


def check_pool(engine: Engine, account: Account, name: margin.PoolName, keys: Sequence[PositionKey]) -> None:
    """Start a liquidation of a pool, in which are *keys*, if it needs one; call for margin if it comes close."""
    wallet, asset = name
    if name in account.liquidating or _stale(engine, account, asset, keys):
        return
    balance, needed = margin.standing(engine.state, account, wallet, asset, keys)
    if balance <= needed and account.auto_margin:
        isolating.help_out(engine, account, wallet, asset, balance, needed)
        balance, needed = margin.standing(engine.state, account, wallet, asset, keys)
    if balance <= needed:
        start(engine, account, wallet, asset, balance, needed)
    else:
        call(engine, account, wallet, asset, balance, needed)


def _stale(engine: Engine, account: Account, asset: str, keys: Sequence[PositionKey]) -> bool:
    """Nobody is liquidated on an index whose source has gone quiet."""
    state = engine.state
    if asset == ALL_ASSETS and collateral.stale(state, account):
        return True
    for key in keys:
        index = state.indexes.get(state.markets[market_of(key)].spec.index)
        if index is not None and index.frozen:
            return True
    return False


def start(engine: Engine, account: Account, wallet: str, asset: str, balance: int, needed: int) -> None:
    """A pool of *account* is to be liquidated from now on: *balance* is not above the *needed* maintenance margin."""
    state = engine.state
    held = list(margin.pooled(state, account, wallet, asset))
    risks = tuple(risk_of(state, account, market, key) for key, market in held)
    cover = _cover(engine, account, wallet, asset, held) if engine.moved else 0
    engine.emit(
        LiquidationStarted(
            account.no, wallet, Amount(balance), Amount(needed), asset, LiquidationId(account.liquidations_made + 1),
            Amount(account.free(wallet, asset)), risks, Amount(cover),
        )
    )  # fmt: skip


def _cover(
    engine: Engine, account: Account, wallet: str, asset: str, held: Sequence[tuple[PositionKey, MarketState]]
) -> int:
    """What the indexes that moved in this record cost a pool that has *held*: never below zero.

    Of `ALL_ASSETS` in the numéraire, with what the assets themselves lost.
    """
    state, moved, total = engine.state, engine.moved, 0
    for key, market in held:
        before = moved.get(market.spec.index, 0)
        # In a settlement window the mark moves too slowly to jump over anything.
        if before and market.anchor == market.index_price:
            spec, qty = market.spec, account.positions[key].qty
            change = valuing.unrealised(spec, qty, valuing.value(spec, before, qty), market.anchor)
            total += change * margin.unit_of(state, account, market, key) // ONE
    if asset == ALL_ASSETS:
        found = margin.sums(state, account, wallet)
        for row in collateral.rows_of(state, account):
            before, each = moved.get(row.index, 0), found.get(row.asset)
            if before and each is not None:
                now = collateral.rates_at(collateral.index_price(state, row.index), row)
                then = collateral.rates_at(before, row)
                total += collateral.worth(each.equity, now) - collateral.worth(each.equity, then)
    return max(0, -total)


def call(engine: Engine, account: Account, wallet: str, asset: str, balance: int, needed: int) -> None:
    """Tell the owner of a pool once that it comes close, and once that it does no more."""
    called = (wallet, asset) in account.called
    if not called and not needed:
        return
    bundle = engine.state.bundles.get(account.rules)
    threshold = bundle.margin_call_ratio if bundle is not None else Rate(0)
    close = bool(threshold) and needed * ONE >= balance * threshold and needed > 0
    if close and not called:
        ratio = div_up(needed * ONE, balance) if balance > 0 else NEVER_ENOUGH
        engine.emit(
            MarginCallIssued(account.no, wallet, asset, Amount(balance), Amount(needed), Rate(ratio), threshold)
        )
    elif called and not close:
        engine.emit(MarginCallEnded(account.no, wallet, asset, Amount(balance), Amount(needed)))


class FundTest(NamedTuple):
    """What the fund's taking over is decided on, as in `LiquidationStepDecided`."""

    short: Amount = Amount(0)
    fund_balance: Amount = Amount(0)
    floor: Amount = Amount(0)
    anchor: Price = Price(0)
    beside: Amount = Amount(0)
    short_at_index: Amount = Amount(0)
    cover: Amount = Amount(0)
    cover_after: Amount = Amount(0)


NOT_ASKED = FundTest()


class Case:
    """One position of a pool under liquidation, with the numbers that are decided on."""

    __slots__ = (
        "account", "asset", "backing", "balance", "beside", "cash", "cover", "key", "market", "needed", "others_needed",
        "price", "risk", "rules", "unit", "wallet",
    )  # fmt: skip

    def __init__(
        self,
        engine: Engine,
        account: Account,
        wallet: str,
        asset: str,
        market: MarketState,
        key: PositionKey,
        balance: int,
        needed: int,
    ) -> None:
        state = engine.state
        self.account = account
        self.wallet = wallet
        self.asset = asset
        self.market = market
        self.key = key
        self.balance = balance
        self.needed = needed
        self.cash = account.free(wallet, asset)
        self.risk = risk_of(state, account, market, key)
        self.unit = margin.unit_of(state, account, market, key)
        """What one of the settle asset counts for where the pool owes it: one, unless several assets share it."""
        self.others_needed = needed - div_up(self.risk.maintenance * self.unit, ONE)
        self.rules = state.rules.get((account.rules, market.no))
        self.backing = margin.backing(state, account, market, key)
        """The balance of the pool in what the market settles in."""
        self.beside = anchors.beside(market, self.risk.qty)
        self.cover = account.covers.get((wallet, asset), 0)
        eaten = self.backing - self.risk.closing_fee
        self.price = brackets.bankruptcy_price(market.spec, self.risk.mark, eaten, self.risk.qty)
        """Bankruptcy price: where this position alone would have eaten the balance, the others at their marks, but for
        what is set aside to close it."""

    @property
    def side(self) -> Side:
        """Which way it is closed."""
        return SELL if self.risk.qty > 0 else BUY

    @property
    def fee(self) -> Rate:
        """The part of what is sold that the fund gets."""
        return Rate(0) if self.rules is None else self.rules.liquidation_fee

    def decided(
        self,
        part: LiquidationPart,
        qty: int,
        why: SizeReason,
        cut: Cut | None = None,
        fund: FundTest = NOT_ASKED,
    ) -> LiquidationStepDecided:
        """What is done next with *qty* of it; *fund*: whether that is to take it."""
        slippage = Rate(0) if cut is None or self.rules is None else self.rules.liquidation_slippage
        charge, left, needed = (0, 0, 0) if cut is None else (cut.charge, cut.balance, cut.maintenance)
        return LiquidationStepDecided(
            self.account.no, self.wallet, self.asset, self.account.liquidating[self.wallet, self.asset], part,
            self.risk, Quantity(qty), Price(self.price), why, Amount(self.cash),
            Amount(self.balance - self.cash - self.risk.unrealised), Amount(self.balance), Amount(self.others_needed),
            Amount(self.needed), Rate(0) if cut is None else self.fee, slippage, Amount(charge), Amount(left),
            Amount(needed), *fund,
        )  # fmt: skip


def step(engine: Engine, account: Account, wallet: str, asset: str) -> None:
    """Do the next thing of one liquidation."""
    state = engine.state
    resting = [order for order in account.orders.values() if _drawn_on(engine, account, order, wallet, asset)]
    if resting:
        for order in resting:
            cancel(engine, order, EndReason.LIQUIDATION)
        return
    held = list(margin.pooled(state, account, wallet, asset))
    balance, needed = margin.standing(state, account, wallet, asset, [key for key, _ in held])
    if not held or balance > needed:
        if asset != ALL_ASSETS:
            settle_rest(engine, account, wallet, asset, took=False)
        elif not held:
            converting.settle(engine, account, wallet, ExchangeReason.LIQUIDATION)
        engine.touch(account.no)
        number = account.liquidating[wallet, asset]
        engine.emit(LiquidationFinished(account.no, wallet, asset, number, Amount(balance), Amount(needed)))
        return
    key, market = _first(engine, account, wallet, held)
    case = Case(engine, account, wallet, asset, market, key, balance, needed)
    cut = _cut(engine, case)
    if cut is None:
        _give_up(engine, case)
    else:
        engine.emit(case.decided(LiquidationPart.REDUCE, cut.qty, cut.why, cut))
        _sell(engine, case, cut.qty)


def _first(
    engine: Engine, account: Account, wallet: str, held: Sequence[tuple[PositionKey, MarketState]]
) -> tuple[PositionKey, MarketState]:
    """A fixed order: the largest maintenance margin, then the lower key (money rule L2).

    By tier what the other side of a hedging account covers comes after what nothing covers.
    """
    state, by_tier = engine.state, _goes_by_tier(engine, account)
    return max(
        held,
        key=lambda row: (
            not by_tier or _uncovered(account, row[1], row[0], wallet) > 0,
            margin.burden(state, account, row[1], row[0]),
            -row[0],
        ),
    )


def _drawn_on(engine: Engine, account: Account, order: Order, wallet: str, asset: str) -> bool:
    """Whether *order* works on a position of the pool, or draws on it: a position of its own pool does not.

    Of a pool in which spot trades settle, too, every spot order does.
    """
    market = engine.state.markets[order.market]
    if not market.derivative:
        return asset == ALL_ASSETS and account.spot_wallet == wallet
    if asset not in (market.spec.settle, ALL_ASSETS):
        return False
    if wallet_of(market, account, order.key) == wallet:
        return True
    return not order.reduce_only and wallet_of(market, account) == wallet


def _cut(engine: Engine, case: Case) -> Cut | None:
    """How much of the position is to be sold next; None: no more is, the rest is given up."""
    tried = case.account.tried.get(case.key)
    size = abs(case.risk.qty)
    if not _goes_by_tier(engine, case.account):
        return None if tried is not None else reduction.one_order(_shortfall(engine, case, size))
    sold = min(size, _uncovered(case.account, case.market, case.key, case.wallet))
    if not sold or (tried is not None and size > tried):
        # Where the book did not take what it was to take, it is not asked again.
        return None
    return reduction.by_tier(_shortfall(engine, case, sold))


def _goes_by_tier(engine: Engine, account: Account) -> bool:
    bundle = engine.state.bundles.get(account.rules)
    return bundle is not None and bundle.liquidation == BY_TIER


def _uncovered(account: Account, market: MarketState, key: PositionKey, wallet: str) -> int:
    """By how much a pool's positions on the side of one are larger than those on the other side of that market."""
    way = 1 if account.positions[key].qty > 0 else -1
    sizes = (
        position.qty * way
        for each, position in account.positions.items()
        if market_of(each) == market.no and wallet_of(market, account, each) == wallet
    )
    return max(0, sum(sizes))


def _shortfall(engine: Engine, case: Case, qty: int) -> Shortfall:
    spec, rules = case.market.spec, case.rules
    return Shortfall(
        spec, case.risk.mark, qty, abs(case.risk.qty) - qty,
        margin.tiers_of(engine.state, case.account, case.market.no), case.balance, case.others_needed, case.fee,
        0 if rules is None else rules.liquidation_slippage, reduction.step_of(spec, rules), case.unit,
        case.risk.closing_fee + case.risk.at_entry,
    )  # fmt: skip


def _sell(engine: Engine, case: Case, qty: int) -> None:
    """One immediate order at the bankruptcy price or better; the fee is on what it sold."""
    account, market, key, side, price = case.account, case.market, case.key, case.side, case.price
    order_id = OrderId(account.orders_made + 1)
    terms = Terms(reduce_only=True, origin=Origin.LIQUIDATION, slot=Slot(slot_of(key)), sub_position=sub_of(key))
    engine.emit(
        OrderAccepted(
            order_id, account.no, market.no, side, LIMIT, Quantity(qty), Price(price), IOC, f"autoclose-{order_id}",
            Amount(0), terms,
        )
    )  # fmt: skip
    order = account.orders[order_id]
    while order.left and market.status is MarketStatus.TRADING:
        level = market.book.opposite(side).best()
        if level is None or (level.price - price) * side > 0:
            break
        maker, before = level.head, order.left
        assert maker is not None
        if matching.fill(engine, order, maker, market, TradeKind.LIQUIDATION) is not None:
            break
        sold = before - order.left
        if sold:
            _charge(engine, case, valuing.worth(market.spec, level.price, sold))
    if order.left:
        matching.expire(engine, order, EndReason.IOC_REMAINDER)


def _charge(engine: Engine, case: Case, sold: int) -> None:
    """The fee on one fill. What backs the rest of the position is not the fund's to take (money rule L3)."""
    state, account, wallet = engine.state, case.account, case.wallet
    left = margin.backing(state, account, case.market, case.key)
    charge = brackets.liquidation_fee(sold, case.fee, left)
    if charge:
        asset = case.market.spec.settle
        bonus = bonuses.of_fee(state, account, wallet, asset, charge) if account.bonused else Amount(0)
        engine.emit(
            LiquidationFeeCharged(
                account.no, wallet, asset, Amount(charge), case.market.no, FUND, bonus,
                fund_wallet(state, wallet, asset), Amount(sold), case.fee, Amount(left),
            )
        )  # fmt: skip


def _give_up(engine: Engine, case: Case) -> None:
    """The rest of a position goes to the fund, if that costs it no more than it is there for; else to the other side.

    What it would lose at the mark is what the pool is short of: it may not bring it below its floor, which is tested
    on cash and unrealised profit, before it happens (money rule L5). What it would lose at the index may not be more
    than what a jump of the index cost the pool: a mark that went astray is not the fund's to pay for.
    """
    market, qty = case.market, abs(case.risk.qty)
    short = max(0, -case.backing)
    there = max(0, -(case.backing + case.beside)) if market.anchor else 0
    worth = fund.equity(engine.state, market)
    floor = distress.policy_of(engine.state, market.spec.settle).floor
    left = case.cover - div_up(there * case.unit, ONE)
    test = FundTest(
        Amount(short), Amount(worth), Amount(floor), Price(market.anchor), Amount(case.beside), Amount(there),
        Amount(case.cover), Amount(max(0, left)),
    )  # fmt: skip
    if left < 0 < there:
        engine.emit(case.decided(LiquidationPart.DELEVERAGE, qty, SizeReason.MARK_ASTRAY, fund=test))
    elif worth - short < floor:
        engine.emit(case.decided(LiquidationPart.DELEVERAGE, qty, SizeReason.FUND_SHORT, fund=test))
    else:
        engine.emit(case.decided(LiquidationPart.TAKE_OVER, qty, SizeReason.WHOLE, fund=test))
        _take_over(engine, case, qty)


def _take_over(engine: Engine, case: Case, qty: int) -> None:
    """The fund takes *qty* at the bankruptcy price. Not on the tape, no fee (money rule L4)."""
    account, market, key, price, side = case.account, case.market, case.key, case.price, case.side
    fine = valuing.traded(market.spec, price, qty)
    given = bare_fill(account, market, qty * side, fine, key, frees=False)
    taken = bare_fill(engine.state.accounts[FUND], market, -qty * side, fine, market.no)
    if account.bonused:
        given, taken = bonuses.of_trade(engine.state, market, given, taken)
    engine.emit(
        TradeExecuted(
            market.no, TradeId(0), Price(price), Quantity(qty), Amount(valuing.worth(market.spec, price, qty)), side,
            given, taken, TradeKind.TAKEOVER,
        )
    )  # fmt: skip
    engine.touch(account.no)
    settle_rest(engine, account, case.wallet, case.asset, took=True)


__all__ = ["bare_fill", "call", "check", "safe", "start", "step"]
