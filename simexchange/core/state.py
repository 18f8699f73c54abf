"""The engine's own state, and the only place that changes it.

`ExchangeState.apply` folds one event. The engine runs it while it decides, replay runs it on the log: the same
line, so positions, margin, funding payments and liquidations are projections of the log.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from typing import TYPE_CHECKING, Any

from simexchange.core import (
    averages,
    choices,
    debts,
    deliveries,
    distress,
    holding,
    indexes,
    legs,
    market as markets,
    standing,
    tape,
    triggers,
)
from simexchange.core.accounts import (
    Account,
    Exposure,
    OwnFees,
    apply_bounds,
    apply_delisted,
    apply_opened,
)
from simexchange.core.book import Order
from simexchange.core.deadlines import Deadlines
from simexchange.core.ledger import Purses
from simexchange.core.market import Index, MarketState, apply_fund_wakes, apply_stirs, funding_of
from simexchange.core.moves import apply_margin_leg, apply_own_wallet, apply_postings, apply_spot_leg
from simexchange.core.vocabulary import (
    bonuses,
    deliveries as dv,
    events as ev,
    families,
    modeevents,
    poolevents,
    priceevents,
    settingevents,
)
from simexchange.core.vocabulary.commands import (
    CloseMarket,
    Command,
    ExchangeAssets,
    FireTrigger,
    Liquidate,
    SettleFunding,
    StartLegs,
)
from simexchange.core.vocabulary.ids import ORDER_ID_SHIFT, AccountNo, ListId, MarketNo, OrderId, PositionKey
from simexchange.core.vocabulary.markets import Bundle, Commission, MarketKind, MarketRules, MarketStatus
from simexchange.core.vocabulary.notes import TOLD as TOLD_BY_NOTES
from simexchange.core.vocabulary.orders import BUY, GTD, AccountOption, ExchangeReason, Origin, TradeKind, TriggerPrice
from simexchange.core.vocabulary.units import SECOND, Nanos

if TYPE_CHECKING:
    from collections.abc import Callable

TAKEOVER, ADL, DELIVERY, CROSSED = TradeKind.TAKEOVER, TradeKind.ADL, TradeKind.DELIVERY, TradeKind.CROSSED
LAST = TriggerPrice.LAST
LIQUIDATION, BY_FUND = Origin.LIQUIDATION, Origin.FUND
FUND = holding.FUND
NEVER = (1 << 63) - 1
TOLD = (ev.CommandRefused, ev.PositionDeleveraged, ev.HistoryDescribed, ev.FeedNoted, *TOLD_BY_NOTES)
TELLING = (*TOLD, families.AccountReset, families.TransferOrdered)
"""Events that only tell."""


class ExchangeState:
    """Everything the next decision needs, and nothing else: closed orders and fills are projections."""

    def __init__(self) -> None:
        self.now: int = 0
        self.seed = 0
        self.start: int = 0
        self.markets: dict[MarketNo, MarketState] = {}
        self.market_no: dict[str, MarketNo] = {}
        self.accounts: dict[AccountNo, Account] = {}
        self.account_no: dict[str, AccountNo] = {}
        self.bundles: dict[str, Bundle] = {}
        self.rules: dict[tuple[str, MarketNo], MarketRules] = {}
        self.indexes: dict[str, Index] = {}
        self.composed: dict[str, Index] = {}
        """Those made of constituents."""
        self.purses = Purses()
        self.liquidations: list[tuple[int, AccountNo, str, str]] = []
        """Under liquidation: (minus margin ratio, account, wallet, asset), the riskiest first."""
        self.deleveragings: dict[tuple[AccountNo, PositionKey], distress.Deleveraging] = {}
        """Positions that the other side is to take now."""
        self.fund_policies: dict[str, distress.FundPolicy] = {}
        """What the insurance fund may lose, per asset; where it is not said, `distress.FUND_POLICY`."""
        self.woken: OrderedDict[OrderId, None] = OrderedDict()
        """Orders whose trigger came, first come first: each works in a record of its own."""
        self.started: dict[OrderId, int] = {}
        """Trailing orders that began to follow in this record, and where: still to be told."""
        self.good_tills = Deadlines()
        self.starts: dict[ListId, None] = {}
        """Lists whose working leg is filled and whose waiting legs have still to begin, first come first."""
        self.stirred: dict[ListId, legs.Stir] = {}
        """Lists of which this record ended a leg; empty when it is through."""
        self.stirs: dict[MarketNo, tuple[MarketState, ...]] = {}
        """Markets whose mark follows a change in this one (only where no feed sets the index)."""
        self.bounded: dict[MarketNo, None] = {}
        """Spot markets where some rules bound a holding: only there `Account.buying` is kept up."""
        self.rounds: dict[MarketNo, None] = {}
        """Markets whose funding round is not through. Asked after every command: contracts get ever more."""
        self.delisting: dict[MarketNo, dict[OrderId, None]] = {}
        """Markets closed for good, with the orders that are still to be canceled."""
        self.trade_groups: dict[AccountNo, int] = {}
        """Accounts that belong to a trade group: a second sight of their options, for every trade asks."""
        self.unified: dict[AccountNo, None] = {}
        """Accounts whose assets back their positions together: looked at whenever a price moves."""
        self.exchanges: dict[tuple[AccountNo, str], tuple[ExchangeReason, str]] = {}
        """(account, wallet) whose debts are to be bought back: why, and of which asset."""
        self._due = 0
        """The earliest due instant, remembered; 0: to be found again."""
        self._money_moved = partial(apply_postings, self)
        self._apply: dict[type, Callable[[Any, Nanos], None]] = {
            ev.ExchangeOpened: self._exchange_opened,
            ev.MarketListed: self._market_listed,
            ev.BundleAdopted: self._bundle_adopted,
            ev.RulesSet: self._rules_set,
            ev.AccountOpened: partial(apply_opened, self),
            ev.FundsDeposited: self._money_moved,
            ev.FundsWithdrawn: self._money_moved,
            ev.FundsTransferred: self._money_moved,
            ev.CapitalProvided: self._money_moved,
            ev.OrderAccepted: self._order_accepted,
            ev.OrderRejected: self._order_rejected,
            ev.OrderRested: self._order_rested,
            ev.TradeExecuted: self._trade_executed,
            ev.OrderCanceled: self._order_ended,
            ev.OrderExpired: self._order_ended,
            modeevents.MarginAdjusted: partial(apply_own_wallet, self),
            ev.IndexSet: partial(indexes.apply_index_set, self),
            priceevents.ConstituentsSet: partial(indexes.apply_constituents_set, self),
            priceevents.SourcePriced: partial(indexes.apply_source_priced, self),
            priceevents.SourceDropped: partial(indexes.apply_source_dropped, self),
            ev.MarkSet: partial(markets.apply_mark_set, self),
            priceevents.FundingTermsSet: partial(markets.apply_terms_set, self),
            priceevents.FundingTermsBegan: partial(markets.apply_terms_began, self),
            ev.FundingRateSet: partial(markets.apply_funding_rate_set, self),
            ev.FundingPaid: self._funding_paid,
            ev.FundingClosed: self._money_moved,
            ev.LiquidationStarted: partial(distress.apply_started, self),
            ev.LiquidationFeeCharged: partial(apply_own_wallet, self),
            ev.InsurancePaid: partial(apply_own_wallet, self),
            ev.LiquidationFinished: partial(distress.apply_finished, self),
            ev.LiquidationStepDecided: partial(distress.apply_step, self),
            ev.MarginCallIssued: partial(distress.apply_called, self),
            ev.MarginCallEnded: partial(distress.apply_call_ended, self),
            ev.FundPolicySet: partial(distress.apply_policy, self),
            ev.MarketStatusSet: self._market_status_set,
            ev.FeesSet: self._fees_set,
            ev.BookAdjusted: self._book_adjusted,
            ev.TapePrinted: self._tape_printed,
            ev.OrderReplenished: partial(standing.apply_replenished, self),
            ev.TradePrevented: partial(standing.apply_prevented, self),
            ev.OrderAmended: partial(standing.apply_amended, self),
            ev.OrderModified: self._order_modified,
            ev.AccountOptionSet: self._account_option_set,
            ev.OrderTriggered: self._order_triggered,
            ev.TrailingStarted: partial(triggers.apply_started, self),
            ev.PositionProtected: self._position_protected,
            settingevents.ReferencePriceSet: self._reference_price_set,
            settingevents.AssetLimitSet: self._asset_limit_set,
            ev.ListAccepted: partial(legs.apply_list_accepted, self),
            ev.ListEnded: partial(legs.apply_list_ended, self),
            ev.LegStarted: self._leg_started,
            ev.ProceedsLocked: partial(legs.apply_proceeds_locked, self),
            dv.DeliveryPriceSet: partial(deliveries.apply_priced, self),
            dv.PositionDelivered: partial(deliveries.apply_delivered, self),
            dv.DeliveryClosed: self._money_moved,
            dv.ContractFollowed: partial(deliveries.apply_followed, self),
            poolevents.AssetsExchanged: self._money_moved,
            bonuses.BonusGranted: self._money_moved,
            bonuses.BonusExpired: self._money_moved,
            **dict.fromkeys(TELLING, self._nothing),
            **{kind: partial(fold, self) for kind, fold in (debts.FOLDS | choices.FOLDS).items()},
        }

    def apply(self, event: ev.Event, at: Nanos) -> None:
        """Fold one event that happened at *at*."""
        self.now = at
        self._apply[type(event)](event, at)

    # What comes next

    def pending(self) -> Command | None:
        """The step the last ones made necessary: funding rounds by market, for they are paid on what was held at their
        instant; waiting legs of lists, triggers, what a delisting leaves to close, positions for the other side to
        take, then liquidations by ratio, then account, then debts of pooled assets.
        """
        if self.rounds:
            return SettleFunding(next(iter(self.rounds)))
        if self.starts:
            following = next(iter(self.starts))
            return StartLegs(legs.owner_of_list(following), following)
        if self.woken:
            return FireTrigger(next(iter(self.woken)))
        if self.delisting:
            for no, orders in self.delisting.items():
                if orders or self.markets[no].unsettled:
                    return CloseMarket(no)
        if self.deleveragings:
            return distress.next_deleveraging(self)
        if self.liquidations:
            _, account, wallet, asset = self.liquidations[0]
            return Liquidate(account, wallet, asset)
        if self.exchanges:
            return ExchangeAssets(*next(iter(self.exchanges)))
        return None

    def next_due(self) -> Nanos | None:
        """The earliest instant at which something falls due, or None."""
        if not self._due:
            self._due = self._find_due()
        return None if self._due == NEVER else Nanos(self._due)

    def overdue(self, at: int) -> OrderId | None:
        """The order whose time was over first by *at*, then the older; None where there is none."""
        first = self.good_tills.first()
        return None if first is None or first[0] > at else first[1]

    def apply_schedule_changed(self) -> None:
        """What is due next is to be found again."""
        self._due = 0

    def _find_due(self) -> int:
        first = self.good_tills.first()
        found = NEVER if first is None else first[0]
        for index in self.composed.values():
            assert index.sources is not None
            found = min(found, index.sources.stale_at() or NEVER)
        for market in self.markets.values():
            if market.funding is not None and market.funding.next_at < found:
                found = market.funding.next_at
            if market.mark_due and market.mark_due < found:
                found = market.mark_due
            if market.fund_due and market.fund_due < found:
                found = market.fund_due
            if market.expires and market.expires < found:
                found = market.expires
            # Later it is asked for on every second that brings news: the fund may have to wait for its price.
            if self.now < market.fund_until < found:
                found = market.fund_until
        return found

    # Opening

    def _nothing(self, event: ev.Event, at: int) -> None:
        """Some events only tell."""

    def _exchange_opened(self, event: ev.ExchangeOpened, at: int) -> None:
        self.seed = event.seed
        self.start = event.start

    def _market_listed(self, event: ev.MarketListed, at: int) -> None:
        spec = event.market
        market = self.markets.get(event.no)
        if market is not None:
            market.spec = spec
            return
        market = self.markets[event.no] = MarketState(event.no, spec)
        self.market_no[spec.id] = event.no
        market.funding = funding_of(spec, at)
        if spec.index and spec.index not in self.indexes:
            self.indexes[spec.index] = Index(spec.index)
        apply_stirs(self)
        choices.apply_listed(self, market)
        self._due = 0

    def spot_of(self, index: str) -> MarketState | None:
        """The spot market whose mid an index follows when nobody sets it."""
        no = self.market_no.get(f"{MarketKind.SPOT.name.lower()}:{index}")
        return None if no is None else self.markets[no]

    def _bundle_adopted(self, event: ev.BundleAdopted, at: int) -> None:
        debts.apply_bundle(self, event.bundle)

    def _rules_set(self, event: ev.RulesSet, at: int) -> None:
        self.rules[event.bundle, event.market] = event.rules
        apply_bounds(self)
        averages.apply_rules(self, event.market)

    # Money

    # A hold and the two of `moves` make up nearly all of an exchange's day, so they are written out. They do what
    # `postings` says of their events, without making a list of it first: tests/replays/test_written_out.py checks that.

    def _hold(self, account: Account, order: Order, amount: int) -> None:
        """Take *amount* out of what is free for *order*; below zero, give it back."""
        spec = self.markets[order.market].spec
        balance = account.balances[account.spot_wallet, spec.quote if order.side is BUY else spec.base]
        balance.free -= amount
        balance.held += amount

    # Orders

    def _order_accepted(self, event: ev.OrderAccepted, at: Nanos) -> None:
        account = self.accounts[event.account]
        account.orders_made += 1
        order = Order(
            event.order, event.account, event.market, event.side, event.kind, event.qty, event.price, event.tif,
            event.client_id, event.hold, event.more, at,
        )  # fmt: skip
        account.orders[event.order] = order
        if event.client_id:
            account.client_ids[event.market, event.client_id] = order
        if event.hold:
            self._hold(account, order, event.hold)
        if self.bounded:
            account.to_buy(order, order.left, self.bounded)
        more = event.more
        if more is not None:
            if more.trigger is not None and not legs.is_waiting(self, order):
                triggers.apply_laid(self, self.markets[event.market], order)
                self._due = 0
            if more.with_position or more.take_profit is not None or more.stop_loss is not None:
                triggers.apply_bound(account, order)
            if more.parent and more.order_list:
                legs.apply_waiting(account, order)
            elif more.origin is LIQUIDATION:
                account.tried.setdefault(order.key, 0)
            elif more.origin is BY_FUND:
                self.markets[event.market].fund_due = (at // SECOND + 1) * SECOND
                self._due = 0

    def _order_rejected(self, event: ev.OrderRejected, at: int) -> None:
        account = self.accounts.get(event.account)
        if account is not None:
            account.orders_made += 1

    def _order_rested(self, event: ev.OrderRested, at: int) -> None:
        # `owner_of`, without its calls: every order that rests comes here.
        account = self.accounts[event.order >> ORDER_ID_SHIFT]  # type: ignore[index]
        order = account.orders[event.order]
        no = event.market
        market = self.markets[no]
        more = order.more
        if more is not None and more.iceberg_qty:
            order.hidden = max(0, order.left - more.iceberg_qty)
        market.book.add(order)
        account.open_counts[no] = account.open_counts.get(no, 0) + 1
        if market.derivative:
            self._expose(account, order, order.left, 1)
        if order.tif is GTD and more is not None:
            self.good_tills.add(more.good_till, order.id)
            self._due = 0
        if market.fund_waits:
            apply_fund_wakes(self, market, at)
        if no in self.stirs:
            self._stir(no, at)

    def _expose(self, account: Account, order: Order, qty: int, sign: int) -> None:
        """Count *qty* of a resting order in (sign 1) or out (sign −1) of its account's sums."""
        exposure = account.exposures.get(order.key)
        if exposure is None:
            spec = self.markets[order.market].spec
            exposure = account.exposures[order.key] = Exposure(spec.contract_size if spec.inverse else 0)
        exposure.count(order, qty, sign)
        if sign < 0 and order.more is not None and order.more.sub_position and exposure.empty:
            # Keys of separate positions never come back.
            del account.exposures[order.key]

    def _order_ended(self, event: ev.OrderCanceled | ev.OrderExpired, at: int) -> None:
        account = self.accounts[event.account]
        order = account.orders[event.order]
        if event.released:
            self._hold(account, order, -event.released)
        if account.attached:
            triggers.apply_unattached(account, order)
        if self.bounded:
            account.to_buy(order, -order.left, self.bounded)
        if self.delisting:
            self.delisting.get(event.market, {}).pop(order.id, None)
        resting = order.level is not None
        if resting:
            market = self.markets[event.market]
            if market.derivative:
                self._expose(account, order, order.left, -1)
            market.book.remove(order)
        elif order.asleep:
            triggers.apply_lifted(self, self.markets[event.market], order)
            self._due = 0
        elif event.account == FUND and order.left == order.qty:
            # Nobody to sell to: no use in asking each second until the book or the mark changes.
            market = self.markets[event.market]
            market.fund_waits, market.fund_due, self._due = True, 0, 0
        self._forget(account, order, resting=resting)
        if order.more is not None and order.more.order_list:
            legs.apply_leg_ended(self, order, event, canceled=type(event) is ev.OrderCanceled)
        # What never stood in the book changed no price: else the fund's own tries would keep a quiet market ticking.
        if resting and event.market in self.stirs:
            self._stir(event.market, at)

    def _forget(self, account: Account, order: Order, *, resting: bool) -> None:
        """An order is no longer open."""
        del account.orders[order.id]
        if account.bound:
            account.bound.pop(order.id, None)
        if order.client_id:
            key = (order.market, order.client_id)
            if account.client_ids.get(key) is order:
                del account.client_ids[key]
        if resting:
            account.open_counts[order.market] -= 1
            if order.tif is GTD and order.more is not None:
                self.good_tills.drop(order.id)
                self._due = 0

    def _order_triggered(self, event: ev.OrderTriggered, at: int) -> None:
        self._money_moved(event, at)
        triggers.apply_triggered(self, event)
        self._due = 0

    def _position_protected(self, event: ev.PositionProtected, at: int) -> None:
        triggers.apply_protected(self.accounts[event.account], event)

    def _leg_started(self, event: ev.LegStarted, at: int) -> None:
        order = self.accounts[event.account].orders[event.order]
        legs.apply_leg_started(self, order, event)
        if order.more is not None and order.more.trigger is not None:
            triggers.apply_laid(self, self.markets[event.market], order)
            self._due = 0

    # Trades

    def _trade_executed(self, event: ev.TradeExecuted, at: Nanos) -> None:
        market = self.markets[event.market]
        maker, taker = event.maker, event.taker
        accounts, purses = self.accounts, self.purses
        if market.derivative:
            apply_margin_leg(accounts[taker.account], purses, market, taker)
            apply_margin_leg(accounts[maker.account], purses, market, maker)
        elif event.routed:
            self._money_moved(event, at)
            self.markets[event.routed].allocations = event.allocation
        else:
            buyer, seller = (taker, maker) if event.aggressor is BUY else (maker, taker)
            base, quote, qty, worth = market.spec.base, market.spec.quote, event.qty, event.quote
            apply_spot_leg(accounts[buyer.account], purses, market, buyer, quote, worth, base, qty)
            apply_spot_leg(accounts[seller.account], purses, market, seller, base, qty, quote, worth)
        if maker.order:
            self._filled(market, maker, event.qty)
        elif market.tape is not None and maker.account == market.tape.account:
            tape.apply_ghost_traded(market, event.aggressor, event.price, event.qty, at)
        if taker.order:
            self._filled(market, taker, event.qty)
        if market.derivative:
            holding.apply_fill(self, market, maker, at)
            holding.apply_fill(self, market, taker, at)
        kind = event.kind
        if kind is not TAKEOVER and kind is not DELIVERY and kind is not ADL:
            market.trades = event.trade
            if kind is not CROSSED:
                market.last = event.price
                if market.triggers is not None:
                    triggers.apply_price(self, market, LAST, event.price)
                if market.averages is not None:
                    market.averages.trade(event.price, event.qty, at)
            if event.market in self.stirs:
                self._stir(event.market, at)

    def _filled(self, market: MarketState, fill: ev.Fill, qty: int) -> None:
        account = self.accounts[fill.account]
        order = account.orders[fill.order]
        order.cum_quote = fill.cum_quote
        order.hold -= fill.released
        if self.bounded:
            account.to_buy(order, -qty, self.bounded)
        if account.attached:
            triggers.apply_brought(account, fill, qty)
        resting = order.level is not None
        if resting:
            if market.derivative:
                self._expose(account, order, qty, -1)
            market.book.reduce(order, qty)
        else:
            order.left = fill.left
        if order.left == 0:
            self._forget(account, order, resting=resting)
            if order.more is not None and order.more.order_list:
                legs.apply_leg_filled(self, order)

    def _order_modified(self, event: ev.OrderModified, at: Nanos) -> None:
        standing.apply_modified(self, self.markets[event.market], event, at)
        self._due = 0
        if event.market in self.stirs:
            self._stir(event.market, at)

    # Settings

    def _fees_set(self, event: ev.FeesSet, at: int) -> None:
        standard = Commission(event.maker, event.taker, event.buyer, event.seller)
        self.accounts[event.account].fees[event.market] = OwnFees(standard, event.special, event.tax)

    def _asset_limit_set(self, event: settingevents.AssetLimitSet, at: int) -> None:
        self.accounts[event.account].limit_asset(event.asset, event.most)

    def _reference_price_set(self, event: settingevents.ReferencePriceSet, at: int) -> None:
        averages.apply_given(self.markets[event.market], event.price)

    def _account_option_set(self, event: ev.AccountOptionSet, at: int) -> None:
        self.accounts[event.account].options[event.option] = event.value
        if event.option is AccountOption.TRADE_GROUP:
            if event.value:
                self.trade_groups[event.account] = event.value
            else:
                self.trade_groups.pop(event.account, None)

    def _market_status_set(self, event: ev.MarketStatusSet, at: int) -> None:
        market = self.markets[event.market]
        market.status = event.status
        if event.status is MarketStatus.DELISTED:
            apply_delisted(self, event.market)
            self._due = 0
        if market.triggers is not None:
            triggers.apply_resumed(self, market)
        if market.fund_waits:
            apply_fund_wakes(self, market, at)

    # Prices

    def _stir(self, no: MarketNo, at: int) -> None:
        for market in self.stirs[no]:
            market.mark_stirred = at
            # Before anything has a price there is nothing to sample: the instant would fall due for ever.
            priced = market.mark or self.own_index(market)[0]
            due = (at // SECOND + 1) * SECOND if priced else 0
            if due != market.mark_due and (not due or not market.mark_due or due < market.mark_due):
                market.mark_due = due
                self._due = 0

    def own_index(self, market: MarketState) -> tuple[int, str]:
        """What an index nobody sets follows: the mid of the spot market of its pair, else its last trade, else this
        market's last trade, else its mid; (0, …) where there is none of them.
        """
        spot = self.spot_of(market.spec.index)
        if spot is not None:
            price = spot.book.mid() or spot.last
            if price:
                return price, "spot"
        return market.last or market.book.mid(), "self"

    # Funding

    def _funding_paid(self, event: ev.FundingPaid, at: int) -> None:
        self._money_moved(event, at)
        waiting = self.markets[event.market].round
        paid, _ = waiting.pop()
        assert paid == event.account
        if not waiting:
            del self.rounds[event.market]

    # The tape

    def _book_adjusted(self, event: ev.BookAdjusted, at: int) -> None:
        tape.apply_book_adjusted(self, event)
        market = self.markets[event.market]
        if market.fund_waits:
            apply_fund_wakes(self, market, at)
        if event.market in self.stirs:
            self._stir(event.market, at)

    def _tape_printed(self, event: ev.TapePrinted, at: int) -> None:
        tape.apply_tape_printed(self, event)
        market = self.markets[event.market]
        if market.triggers is not None:
            triggers.apply_price(self, market, LAST, event.price)
        if market.averages is not None:
            market.averages.trade(event.price, event.qty, at)
        if event.market in self.stirs:
            self._stir(event.market, at)


__all__ = ["FUND", "ExchangeState"]
