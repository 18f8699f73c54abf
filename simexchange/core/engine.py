"""The engine: turns commands into events.

Holds no state of its own but the batch it is making: see `ExchangeState`. One small handler per command; what a
step makes necessary later stands in `state.pending()`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from simexchange.core import (
    amending,
    constituents,
    converting,
    costing,
    deleveraging,
    delivering,
    families,
    fees,
    fund,
    funding,
    liquidation,
    margin,
    marks,
    matching,
    noting,
    orderlists,
    placing,
    protection,
    resetting,
    routing,
    settings,
    settlement,
    tape,
    waking,
)
from simexchange.core.brackets import cap_at
from simexchange.core.risk import RiskIndex
from simexchange.core.soundness import fault_of_market
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.families import JoinFamily, ResetAccount, TransferInFamily
from simexchange.core.vocabulary.ids import AccountNo, MarketNo
from simexchange.core.vocabulary.markets import MarketStatus
from simexchange.core.vocabulary.orders import AccountClass, EndReason
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import Nanos

if TYPE_CHECKING:
    from collections.abc import Callable

    from simexchange.core.accounts import Account
    from simexchange.core.book import Order
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState

BY_USER = EndReason.USER
# Given plain integers, as in `placing`: mypy does not look at its arguments.
_canceled: Callable[..., ev.OrderCanceled] = ev.OrderCanceled

CASCADE = (cmd.Liquidate, cmd.Deleverage)
"""Steps between which no mark moves and nobody but whom they touch changes."""
REVISION = 5
"""Raised whenever the same command could become other events than before."""


class Engine:
    """Decides. `execute` is the only way in."""

    def __init__(self, state: ExchangeState) -> None:
        self.state = state
        self.at = Nanos(0)
        self.touched: dict[AccountNo, None] = {}
        """Accounts whose equity or requirement this step moved."""
        self.reducers: dict[AccountNo, None] = {}
        """Accounts that have one more reduce-only order in the book."""
        self.marked: dict[MarketNo, None] = {}
        """Markets whose mark this step moved."""
        self.moved: dict[str, int] = {}
        """Indexes this command moved, and where they stood before."""
        self.risk = RiskIndex(state)
        self._caps: dict[tuple[str, MarketNo, int], int] = {}
        self._routes: dict[tuple[str, MarketNo], list[MarketState]] = {}
        self.charges: dict[tuple[AccountNo, MarketNo], fees.Charge] = {}
        self.order_limits = _order_limits(state)
        """Open spot orders an account may have in all, by the rules that bound them."""
        self.short_rules = costing.short_rules(state)
        """What sells are reckoned at, by bundles that have them reckoned at another price than their own."""
        self.rebates = fees.rebates_known(state)
        """Whether anybody gets a rebate anywhere: until then no rates can clash with others'."""
        self.queues: dict[tuple[MarketNo, bool], deleveraging.Queue] = {}
        """Who is deleveraged first, by market and side (True: longs), while liquidations go on at the same marks."""
        self._batch: list[ev.Event] = []
        self._handlers: dict[type, Callable[[Any], None]] = {
            cmd.PlaceOrder: partial(placing.place, self),
            cmd.CancelOrder: self._cancel_order,
            cmd.CancelAll: self._cancel_all,
            cmd.AmendOrder: partial(amending.amend, self),
            cmd.ModifyOrder: partial(amending.modify, self),
            cmd.AdjustBook: partial(tape.adjust_book, self),
            cmd.PrintTrade: partial(tape.print_trade, self),
            cmd.PassTime: self._pass_time,
            cmd.SetIndex: self._set_index,
            cmd.SetMark: self._set_mark,
            cmd.Liquidate: self._liquidate,
            cmd.Deleverage: partial(deleveraging.step, self),
            cmd.SettleFunding: self._settle_funding,
            cmd.UnwindFund: self._unwind_fund,
            cmd.FireTrigger: partial(waking.fire, self),
            cmd.PlaceList: partial(orderlists.place, self),
            cmd.CancelList: partial(orderlists.cancel, self),
            cmd.StartLegs: partial(orderlists.start, self),
            cmd.OpenExchange: self._open_exchange,
            cmd.ListMarket: self._list_market,
            cmd.SetMarketStatus: self._set_market_status,
            cmd.CloseMarket: self._close_market,
            cmd.SetCollateralMode: partial(converting.set_mode, self),
            cmd.ExchangeAssets: partial(converting.step, self),
            JoinFamily: partial(families.join, self),
            TransferInFamily: partial(families.transfer, self),
            ResetAccount: partial(resetting.reset, self),
            **settings.handlers(self),
            **noting.handlers(self),
        }

    def execute(self, command: cmd.Command, at: Nanos) -> list[ev.Event]:
        """Decide *command* at the instant *at* and return what happened, already applied, in order."""
        self.at = at
        self._batch = []
        if self.moved:
            self.moved = {}
        if self.queues and type(command) not in CASCADE:
            self.queues.clear()
        self._handlers[type(command)](command)
        if self.touched or self.reducers:
            protection.settle_reducers(self)
        if self.touched or self.marked:
            self._check_risk()
        state = self.state
        if state.started:
            waking.tell(self)
        if state.stirred:
            orderlists.settle(self)
        return self._batch

    def emit(self, event: ev.Event) -> None:
        """Something happened. Applied at once: the next decision in this command must see it."""
        self.state.apply(event, self.at)
        self._batch.append(event)

    def touch(self, account: AccountNo) -> None:
        """Have *account*'s margin looked at when the command is through."""
        self.touched[account] = None

    def cap_of(self, account: Account, market: MarketNo, leverage: int) -> int:
        """The most *account* may hold in *market* at *leverage*; found once, until rules change."""
        key = (account.rules, market, leverage)
        found = self._caps.get(key)
        if found is None:
            found = self._caps[key] = cap_at(margin.tiers_of(self.state, account, market), leverage)
        return found

    def charge(self, account: AccountNo, market: MarketNo) -> fees.Charge:
        """What *account* pays in *market*; found once, until rules, rates or options change."""
        key = (account, market)
        found = self.charges.get(key)
        if found is None:
            found = self.charges[key] = fees.charge(self.state, self.state.accounts[account], market)
        return found

    def route(self, rules: str, market: MarketState) -> list[MarketState]:
        """The books an order under *rules* sent to *market* is routed over; found once, until rules change."""
        key = (rules, market.no)
        found = self._routes.get(key)
        if found is None:
            found = self._routes[key] = routing.route(self.state, rules, market)
        return found

    def rules_changed(self) -> None:
        """Forget what followed from the old rules, rates and options."""
        self.order_limits = _order_limits(self.state)
        self.short_rules = costing.short_rules(self.state)
        self._caps.clear()
        self.charges.clear()
        self._routes.clear()

    def refuse(self, command: cmd.Command, account: AccountNo, reason: RejectReason, detail: str = "") -> None:
        """A command other than an order is refused."""
        self.emit(ev.CommandRefused(type(command).__name__, account, reason, detail))

    def _check_risk(self) -> None:
        """Look at every pool whose margin may have become too little, in order of account.

        Then at those that the look has moved: what helps an isolated position out is taken from what backs others.
        """
        while self.touched or self.marked:
            touched, marked = self.touched, self.marked
            self.touched, self.marked = {}, {}
            for queue in self.queues.values():
                queue.stale.update(touched)
            for account, pools in self.risk.suspects(touched, marked):
                for pool in pools:
                    liquidation.check_pool(self, account, pool.name, pool.keys)
                if not pools and not liquidation.safe(self, account):
                    liquidation.check(self, account)

    # Orders

    def _cancel_order(self, command: cmd.CancelOrder) -> None:
        account = self.state.accounts.get(command.account)
        if account is None:
            self.refuse(command, command.account, RejectReason.ACCOUNT_UNKNOWN)
            return
        if command.order:
            order = account.orders.get(command.order)
        else:
            order = account.client_ids.get((command.market, command.client_id))
        if order is None or order.market != command.market:
            self.refuse(command, command.account, RejectReason.ORDER_UNKNOWN)
            return
        self._cancel(order, command.cancel_id)

    def _cancel(self, order: Order, cancel_id: str = "", reason: EndReason = BY_USER) -> None:
        if order.more is not None and order.more.sub_position:
            # Others may name the position it was to open.
            self.touch(order.account)
        self.emit(_canceled(order.id, order.account, order.market, order.left, order.hold, reason, cancel_id))

    def _cancel_all(self, command: cmd.CancelAll) -> None:
        account = self.state.accounts.get(command.account)
        if account is None:
            self.refuse(command, command.account, RejectReason.ACCOUNT_UNKNOWN)
            return
        chosen = [order for order in account.orders.values() if command.market in (0, order.market)]
        if not chosen:
            self.refuse(command, command.account, RejectReason.ORDER_UNKNOWN)
        for order in chosen:
            self._cancel(order, reason=EndReason.OWNER_GONE if command.gone else BY_USER)

    # Prices

    def _set_index(self, command: cmd.SetIndex) -> None:
        if command.index not in self.state.indexes:
            self.refuse(command, AccountNo(0), RejectReason.INDEX_UNKNOWN, command.index)
        elif command.price <= 0:
            self.refuse(command, AccountNo(0), RejectReason.PRICE_NOT_POSITIVE, command.index)
        else:
            marks.set_index(self, command.index, command.price, "feed", frozen=command.frozen)

    def _set_mark(self, command: cmd.SetMark) -> None:
        market = self.state.markets.get(command.market)
        if market is None or not market.derivative:
            self.refuse(command, AccountNo(0), RejectReason.MARKET_UNKNOWN)
        elif command.price <= 0:
            self.refuse(command, AccountNo(0), RejectReason.PRICE_NOT_POSITIVE)
        else:
            index = market.index_price or marks.own_index(self, market)[0] or command.price
            marks.set_mark(self, market, index, command.price)

    # Time

    def _pass_time(self, _: cmd.PassTime) -> None:
        """Do what falls due at this instant: ends of orders, then quiet sources of indexes, then marks, then the fund's
        unwinding, then funding, then deliveries.
        """
        state = self.state
        while (order_id := state.overdue(self.at)) is not None:
            account = state.accounts[AccountNo(order_id >> 32)]
            matching.expire(self, account.orders[order_id], EndReason.GOOD_TILL)
        if state.composed:
            constituents.drop_stale(self)
        markets = list(state.markets.values())
        for market in markets:
            if market.mark_due and market.mark_due <= self.at:
                marks.sample(self, market)
        # The fund trades first: funding is paid on what is held at this instant, and nothing may come between.
        for market in markets:
            if (market.fund_due and market.fund_due <= self.at) or (market.fund_until and market.fund_until <= self.at):
                fund.unwind(self, market)
        for market in markets:
            if market.funding is not None and market.funding.next_at <= self.at:
                funding.fall_due(self, market)
        for market in markets:
            if market.expires and market.expires <= self.at:
                delivering.fall_due(self, market)

    # Steps of the engine itself

    def _liquidate(self, command: cmd.Liquidate) -> None:
        liquidation.step(self, self.state.accounts[command.account], command.wallet, command.asset)

    def _settle_funding(self, command: cmd.SettleFunding) -> None:
        funding.settle(self, self.state.markets[command.market])

    def _close_market(self, command: cmd.CloseMarket) -> None:
        settlement.close(self, self.state.markets[command.market])

    def _unwind_fund(self, command: cmd.UnwindFund) -> None:
        fund.unwind(self, self.state.markets[command.market])

    # Opening

    def _open_exchange(self, command: cmd.OpenExchange) -> None:
        if self.state.accounts:
            self.refuse(command, AccountNo(0), RejectReason.ACCOUNT_EXISTS)
            return
        self.emit(ev.ExchangeOpened(command.seed, command.start))
        self.emit(ev.AccountOpened(AccountNo(1), "insurance", "", AccountClass.FUND))

    def _list_market(self, command: cmd.ListMarket) -> None:
        spec = command.market
        if spec.id in self.state.market_no:
            self.refuse(command, AccountNo(0), RejectReason.MARKET_EXISTS, spec.id)
            return
        fault = fault_of_market(spec, self.at)
        if fault:
            self.refuse(command, AccountNo(0), RejectReason.MARKET_INVALID, fault)
            return
        self.emit(ev.MarketListed(MarketNo(len(self.state.markets) + 1), spec))
        self.rules_changed()

    def _set_market_status(self, command: cmd.SetMarketStatus) -> None:
        market = self.state.markets.get(command.market)
        if market is None:
            self.refuse(command, AccountNo(0), RejectReason.MARKET_UNKNOWN)
        elif market.status is MarketStatus.DELISTED or market.delivery is not None:
            self.refuse(command, AccountNo(0), RejectReason.MARKET_DELISTED)
        elif market.status is command.status:
            self.refuse(command, AccountNo(0), RejectReason.SETTING_UNCHANGED)
        else:
            self.emit(ev.MarketStatusSet(command.market, MarketStatus(command.status)))


def _order_limits(state: ExchangeState) -> dict[str, int]:
    return {bundle.name: bundle.max_orders for bundle in state.bundles.values() if bundle.max_orders}
