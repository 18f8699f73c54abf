"""What an account holds: balances, open orders, positions, and the running sums margin is computed from."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from simexchange.core.vocabulary.assets import whole_wallet
from simexchange.core.vocabulary.ids import AccountNo, first_id
from simexchange.core.vocabulary.orders import BUY, AccountClass, PositionMode
from simexchange.core.vocabulary.units import ONE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simexchange.core.book import Order
    from simexchange.core.legs import OrderList
    from simexchange.core.positions import Position
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.events import AccountOpened
    from simexchange.core.vocabulary.ids import ListId, MarketNo, OrderId, PositionKey
    from simexchange.core.vocabulary.liquidations import LiquidationId
    from simexchange.core.vocabulary.markets import Commission
    from simexchange.core.vocabulary.orders import AccountOption, Side, Trigger


class Attached(NamedTuple):
    """What the first fill of an order brings to a position, or each of its fills."""

    key: PositionKey
    side: Side
    """That of the order."""
    take_profit: Trigger | None
    stop_loss: Trigger | None
    partial: bool = False
    """Each fill brings them, for so much of the position as it opened."""
    brought: int = 0
    """How much that is since they were brought last."""


class Balance:
    """One asset in one wallet."""

    __slots__ = ("bonus", "free", "held")

    def __init__(self) -> None:
        self.free = 0
        self.held = 0
        """What open spot orders need; zero in wallets where none settle."""
        self.bonus = 0
        """How much of `free` is bonus money: usable as the rules say, never taken out."""


class Exposure:
    """Open orders of one account that work on one position of a derivative, summed as they come and go.

    So margin costs the same with ten open orders as with ten thousand. Values are price × left in the quote
    asset, coin of inverse contracts; reduce-only orders need no margin and are counted apart.
    """

    __slots__ = (
        "ask_qty", "ask_value", "bid_qty", "bid_value", "contract", "reducing", "reducing_asks", "reducing_bids",
    )  # fmt: skip

    def __init__(self, contract: int = 0) -> None:
        self.contract = contract
        """The contract size of an inverse market, else 0."""
        self.bid_qty = 0
        self.bid_value = 0
        self.ask_qty = 0
        self.ask_value = 0
        self.reducing: dict[OrderId, Order] = {}
        self.reducing_asks = 0
        """What is left of those in `reducing` that sell: so a trade need not look at each of them."""
        self.reducing_bids = 0

    @property
    def empty(self) -> bool:
        """Whether it counts nothing."""
        return not (self.bid_qty or self.ask_qty or self.reducing)

    def reduces(self, side: Side) -> int:
        """What is left of the reduce-only orders of *side*."""
        return self.reducing_bids if side is BUY else self.reducing_asks

    def fits(self, held: int) -> bool:
        """Whether all of them can be filled together from a position of *held*."""
        return self.reducing_asks <= max(0, held) and self.reducing_bids <= max(0, -held)

    def count(self, order: Order, qty: int, sign: int) -> None:
        """Count *qty* of a resting order in (sign 1) or out (sign −1)."""
        if order.reduce_only:
            if sign > 0:
                self.reducing[order.id] = order
            elif qty == order.left:
                self.reducing.pop(order.id, None)
            if order.side is BUY:
                self.reducing_bids += qty * sign
            else:
                self.reducing_asks += qty * sign
            return
        # Values are floored per order, as they stand: what is left is re-valued, so parts never drift from the whole.
        price, left = order.price, order.left
        contract = self.contract
        if contract:
            value = left * contract // price - (left - qty) * contract // price
        else:
            value = price * left // ONE
            if qty != left:
                value -= price * (left - qty) // ONE
        if sign < 0:
            qty, value = -qty, -value
        if order.side is BUY:
            self.bid_qty += qty
            self.bid_value += value
        else:
            self.ask_qty += qty
            self.ask_value += value


class Modes:
    """How an account holds its positions where that was said of less than all there is."""

    __slots__ = ("coins", "isolates", "markets")

    def __init__(self) -> None:
        self.markets: dict[MarketNo, PositionMode] = {}
        """Markets whose position mode is their own: see `Account.mode_in`."""
        self.coins: dict[str, PositionMode] = {}
        """That of linear perpetuals to be listed, by what they settle in."""
        self.isolates = False
        """Whether derivatives to be listed will be isolated."""


class OwnFees(NamedTuple):
    """The rates of one account in one market; None: what the market's rules say."""

    standard: Commission
    special: Commission | None = None
    tax: Commission | None = None


class Account:
    """One account. ``orders``, ``lists`` and their client ids hold open ones only."""

    __slots__ = (
        "account_class", "asset_limits", "attached", "auto_margin", "balances", "bonused", "bound", "buying",
        "called", "client_ids", "covers", "exposures", "fees", "inverse_wallet", "isolated", "leverage",
        "linear_wallet", "liquidating", "liquidations_made", "list_ids", "lists", "lists_made", "margined", "modes",
        "name", "no", "open_counts", "options", "orders", "orders_made", "parent", "position_mode", "positions",
        "positions_made", "reserves", "rules", "sleeping", "spot_wallet", "tried", "unified",
    )  # fmt: skip

    def __init__(self, no: AccountNo, name: str, rules: str, account_class: AccountClass) -> None:
        self.no, self.parent = no, AccountNo(0)
        """Its number, and that of the account it is a sub-account of; 0: of none."""
        self.name = name
        self.rules = rules
        self.account_class = account_class
        self.margined = account_class in (AccountClass.USER, AccountClass.AGENT)
        """Whether margin, bankruptcy and liquidation are for it: not for the tape's account nor the fund."""
        self.linear_wallet, self.inverse_wallet, self.spot_wallet = "usdm", "coinm", "spot"
        self.balances: dict[tuple[str, str], Balance] = {}
        self.orders: dict[OrderId, Order] = {}
        self.client_ids: dict[tuple[MarketNo, str], Order] = {}
        self.lists: dict[ListId, OrderList] = {}
        self.list_ids: dict[tuple[MarketNo, str], OrderList] = {}
        self.open_counts: dict[MarketNo, int] = {}
        self.sleeping: dict[MarketNo, int] = {}
        """How many orders wait for a trigger, per market."""
        self.bound: dict[OrderId, Order] = {}
        """Open orders that end when the position they would close is gone."""
        self.attached: dict[OrderId, Attached] = {}
        """Take-profit and stop-loss of orders without a fill so far."""
        self.buying: dict[MarketNo, int] = {}
        """What open spot buys are still to bring, in markets whose rules bound a holding."""
        self.asset_limits: dict[str, int] = {}
        """The most of an asset that one order may move."""
        self.positions: dict[PositionKey, Position] = {}
        self.exposures: dict[PositionKey, Exposure] = {}
        self.position_mode = PositionMode.ONE_WAY
        self.modes = Modes()
        """What was said of single markets, and of markets to be listed."""
        self.isolated: dict[MarketNo, None] = {}
        """Markets where each position has margin of its own."""
        self.auto_margin: dict[PositionKey, None] = {}
        """Isolated positions that are helped before they are liquidated."""
        self.bonused = self.unified = self.reserves = False
        """Whether it was ever given bonus money; whether every asset of its derivatives wallet backs every position
        there; whether its rules ask for margin beside worth ÷ leverage and worth × rate (`needs`)."""
        self.leverage: dict[PositionKey, int] = {}
        """Per market, or per slot of one."""
        self.options: dict[AccountOption, int] = {}
        """What it chose for itself; what is not here it left as it was."""
        self.fees: dict[MarketNo, OwnFees] = {}
        """Own rates per market; market 0 stands for all."""
        self.orders_made = self.positions_made = self.lists_made = self.liquidations_made = first_id(no)
        self.liquidating: dict[tuple[str, str], LiquidationId] = {}
        """(wallet, asset) pairs under liquidation, with its number."""
        self.tried: dict[PositionKey, int] = {}
        """Positions a liquidation has tried to sell, with the size it meant to leave."""
        self.covers: dict[tuple[str, str], int] = {}
        """What the fund may still lose on pools under liquidation, since their indexes jumped."""
        self.called: dict[tuple[str, str], None] = {}
        """(wallet, asset) pairs whose margin call is out."""

    def balance(self, wallet: str, asset: str) -> Balance:
        """The balance of *asset* in *wallet*; a new empty one where there was none."""
        key = (wallet, asset)
        found = self.balances.get(key)
        if found is None:
            found = self.balances[key] = Balance()
        return found

    def bonus(self, wallet: str, asset: str) -> int:
        """How much of what is free there is bonus money."""
        found = self.balances.get((wallet, asset)) if self.bonused else None
        return 0 if found is None else found.bonus

    def mode_in(self, market: MarketNo) -> PositionMode:
        """How many positions it has in *market*."""
        own = self.modes.markets
        return own.get(market, self.position_mode) if own else self.position_mode

    def separates(self) -> bool:
        """Whether it has separate positions anywhere."""
        return self.position_mode is PositionMode.SEPARATE or PositionMode.SEPARATE in self.modes.markets.values()

    def shares(self, wallet: str) -> bool:
        """Whether the assets in *wallet* back positions together."""
        return self.unified and wallet == self.linear_wallet

    def at_stake(self) -> bool:
        """Whether a price can change what must be done about it: it has positions, was called, or owes something."""
        if self.positions or self.called:
            return True
        return any(money.free < 0 for money in self.balances.values())

    def trades_spot_alone(self, wallet: str) -> bool:
        """Whether *wallet* is that of spot trades, and backs no positions: nothing may go below zero there."""
        return wallet == self.spot_wallet and wallet not in (self.linear_wallet, self.inverse_wallet)

    def to_buy(self, order: Order, qty: int, bounded: Mapping[MarketNo, None]) -> None:
        """An open order is to bring *qty* more; counted where rules bound a holding."""
        if order.market in bounded and order.side is BUY:
            self.buying[order.market] = self.buying.get(order.market, 0) + qty

    def count_buys(self, bounded: Mapping[MarketNo, None]) -> None:
        """Count anew what open buys are to bring."""
        self.buying.clear()
        for order in self.orders.values():
            self.to_buy(order, order.left, bounded)

    def limit_asset(self, asset: str, most: int) -> None:
        """One order may move at most *most* of *asset*; 0: as much as it likes."""
        if most:
            self.asset_limits[asset] = most
        else:
            self.asset_limits.pop(asset, None)

    def forget_wallet(self, wallet: str, asset: str) -> None:
        """The own wallet of a position that is gone is gone when it is empty; the account's stay."""
        found = self.balances.get((wallet, asset))
        if found is not None and not found.free and whole_wallet(wallet) != wallet:
            del self.balances[wallet, asset]

    def forget_sub(self, key: PositionKey) -> None:
        """What was said of a separate position goes with it."""
        self.auto_margin.pop(key, None)

    def free(self, wallet: str, asset: str) -> int:
        """What of *asset* in *wallet* may be used."""
        found = self.balances.get((wallet, asset))
        return 0 if found is None else found.free


def apply_opened(state: ExchangeState, event: AccountOpened, _: int) -> None:
    """There is one more account, with the wallets its rules have."""
    account = Account(event.no, event.name, event.rules, event.account_class)
    bundle = state.bundles.get(event.rules)
    if bundle is not None:
        account.linear_wallet, account.inverse_wallet = bundle.linear_wallet, bundle.inverse_wallet
        account.spot_wallet = bundle.spot_wallet
    state.accounts[event.no] = account
    state.account_no[event.name] = event.no
    apply_reserves(state, event.rules)


def apply_reserves(state: ExchangeState, rules: str) -> None:
    """What accounts under *rules* reserve beside plain margin follows from their bundle."""
    bundle = state.bundles.get(rules)
    for account in state.accounts.values() if bundle is not None else ():
        if bundle is not None and account.rules == rules:
            account.reserves = account.margined and (bundle.closing_fee or bundle.maintained_at_entry)


def apply_bounds(state: ExchangeState) -> None:
    """Find where rules bound a holding; where that has changed, count what open buys are still to bring."""
    bounded = {
        no: None
        for (_, no), rules in state.rules.items()
        if rules.filters.max_position and not state.markets[no].derivative
    }
    if bounded != state.bounded:
        state.bounded = bounded
        for account in state.accounts.values():
            account.count_buys(bounded)


def apply_delisted(state: ExchangeState, no: MarketNo) -> None:
    """A market is closed for good: what is open there is to be canceled, and neither funding nor expiry comes."""
    market = state.markets[no]
    market.funding, market.expires = None, 0
    if market.delivery is None:
        apply_orders_left(state, no)
    else:
        # A delivery is through when this comes.
        state.delisting.pop(no, None)


def apply_orders_left(state: ExchangeState, no: MarketNo) -> None:
    """What is open in a market is to be canceled, oldest id first."""
    found = [o for account in state.accounts.values() for o, order in account.orders.items() if order.market == no]
    state.delisting[no] = dict.fromkeys(sorted(found))
