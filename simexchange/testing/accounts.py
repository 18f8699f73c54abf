"""One user's account in a test: what it does, and what it has."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import msgspec

from simexchange.config.opening import wallets_for, wallets_of
from simexchange.core import display, margin
from simexchange.core.vocabulary.assets import ALL_ASSETS, WALLETS, whole_wallet
from simexchange.core.vocabulary.commands import (
    CancelAll,
    CancelOrder,
    Deposit,
    PlaceOrder,
    SetLeverage,
    SetMarginMode,
    SetPositionMode,
    Transfer,
    Withdraw,
)
from simexchange.core.vocabulary.events import OrderAccepted, OrderRejected
from simexchange.core.vocabulary.ids import AccountNo, MarketNo, OrderId, key_of
from simexchange.core.vocabulary.orders import (
    MarginMode,
    OrderKind,
    PositionMode,
    Side,
    Slot,
    Terms,
    TimeInForce,
    Trigger,
    TriggerPrice,
)
from simexchange.core.vocabulary.units import Amount, Nanos, Price, Quantity
from simexchange.errors import ConfigError, NotThere, SimexchangeError
from simexchange.testing.symbols import find
from simexchange.testing.words import Moment, Number, date_of, exact, moment, units

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from simexchange.core.accounts import Account as State
    from simexchange.core.market import MarketState
    from simexchange.core.vocabulary.commands import Command
    from simexchange.core.vocabulary.markets import Bundle
    from simexchange.projections.orders import OrderRow
    from simexchange.testing.inprocess import LocalExchange

EVERYTHING: Final = 1 << 31
SLOTS: Final = {"net": Slot.NET, "long": Slot.LONG, "short": Slot.SHORT}


class Refused(SimexchangeError):
    """The exchange refused an order or a setting of a test's own account."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"refused: {reason}" + (f" ({detail})" if detail else ""))
        self.reason = str(reason)
        """A `RejectReason`, like ``balance_insufficient``."""


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """One position as it stood when it was asked for."""

    symbol: str
    qty: Decimal
    """Long above zero, short below."""
    entry_price: Decimal
    mark: Decimal
    notional: Decimal
    """At the mark, signed as the quantity."""
    unrealised: Decimal
    realised: Decimal
    """Since it was opened, before fees and funding."""
    funding: Decimal
    """Received since it was opened; paid below zero."""
    leverage: int
    maintenance: Decimal
    liquidation_price: Decimal
    """0: none."""

    def __bool__(self) -> bool:
        """Whether there is one."""
        return bool(self.qty)


class Payment(msgspec.Struct, frozen=True):
    """One settlement of funding."""

    market: str
    amount: Decimal
    """Received above zero, paid below."""
    rate: Decimal
    mark: Decimal
    qty: Decimal
    asset: str
    at: datetime


class Payments:
    """Settlements of funding, oldest first."""

    def __init__(self, rows: Iterable[Payment]) -> None:
        self.rows = tuple(rows)

    def __iter__(self) -> Iterator[Payment]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, place: int) -> Payment:
        return self.rows[place]

    def __repr__(self) -> str:
        return f"<{self.count} payments of funding, {self.total} in all>"

    @property
    def count(self) -> int:
        """How many there were."""
        return len(self.rows)

    @property
    def total(self) -> Decimal:
        """Their sum."""
        return sum((each.amount for each in self.rows), Decimal(0))


class Fill(msgspec.Struct, frozen=True):
    """One side of a trade."""

    market: str
    order: int
    side: str
    qty: Decimal
    price: Decimal
    fee: Decimal
    fee_asset: str
    maker: bool
    realised: Decimal
    at: datetime


class Order:
    """One order, as it stands whenever it is asked."""

    def __init__(self, account: Account, number: OrderId) -> None:
        self.account = account
        self.id = number

    def _row(self) -> OrderRow:
        exchange = self.account.exchange
        row = exchange.do(lambda: exchange.runtime.views.orders.get(self.id))
        if row is None:
            msg = f"order {self.id} is too long gone to be remembered"
            raise NotThere(msg)
        return row

    @property
    def status(self) -> str:
        """``new``, ``partially_filled``, ``filled``, ``canceled``, ``expired``, …"""
        return self._row().status.name.lower()

    @property
    def open(self) -> bool:
        """Whether anything can still happen to it."""
        return self._row().is_open

    @property
    def qty(self) -> Decimal:
        return exact(self._row().qty)

    @property
    def filled(self) -> Decimal:
        return exact(self._row().filled)

    @property
    def left(self) -> Decimal:
        return exact(self._row().left)

    @property
    def price(self) -> Decimal:
        """Its limit; 0 for a market order."""
        return exact(self._row().price)

    @property
    def average(self) -> Decimal:
        """What its fills cost on average; 0 without any."""
        row = self._row()
        return exact(
            display.trade_average(self.account.exchange.state.markets[row.market].spec, row.cum_quote, row.filled)
        )

    @property
    def client_id(self) -> str:
        return self._row().client_id

    def cancel(self) -> None:
        """Take it out. Raises Refused where it is not open any more."""
        self.account.cancel(self)

    def __repr__(self) -> str:
        row = self._row()
        side = "buy" if row.side is Side.BUY else "sell"
        return f"<order {self.id}: {side} {self.qty} at {self.price or 'market'}, {self.status}, {self.filled} filled>"


class Account:
    """What one user does and has. Money and quantities are exact decimals."""

    def __init__(self, exchange: LocalExchange, name: str, no: AccountNo) -> None:
        self.exchange = exchange
        self.name = name
        self.no = no

    def __repr__(self) -> str:
        return f"<account {self.name}>"

    @property
    def _state(self) -> State:
        return self.exchange.state.accounts[self.no]

    @property
    def _bundle(self) -> Bundle:
        return self.exchange.state.bundles[self._state.rules]

    @property
    def venue(self) -> str:
        """Where it is at home: the venue whose rules it has, and where its keys open something."""
        return self._state.rules

    def _market(self, symbol: str, kind: str = "") -> MarketState:
        return find(self.exchange.state, symbol, kind)

    # Orders

    def buy(self, symbol: str, qty: Number = 0, *, kind: str = "", **terms: Any) -> Order:
        """Buy: at market, or at *price*. A bare ``BTCUSDT`` is the spot market; ``kind="perp"`` the perpetual.

        *terms*: price, tif (gtc, ioc, fok, post_only, gtd), quote (spend so much), stop (wakes at that last price, or
        at that mark with ``on="mark"``), reduce_only, good_till, client_id, slot (long, short).

        Raises Refused, NotThere, ConfigError.
        """
        return self._place(Side.BUY, self._market(symbol, kind or _spot_first(self, symbol)), qty, terms)

    def sell(self, symbol: str, qty: Number = 0, *, kind: str = "", **terms: Any) -> Order:
        """Sell. A bare ``BTCUSDT`` is the spot market where the account has any of it, else the perpetual.

        *terms* as for `buy`.
        """
        return self._place(Side.SELL, self._market(symbol, kind or self._sold_as(symbol)), qty, terms)

    def _sold_as(self, symbol: str) -> str:
        if _spot_first(self, symbol) != "spot":
            return ""
        base = self._market(symbol, "spot").spec.base
        return "spot" if self._state.free(self._bundle.spot_wallet, base) > 0 else ""

    def _place(self, side: Side, market: MarketState, qty: Number, terms: dict[str, Any]) -> Order:
        made = order_command(self.no, market, side, qty, terms)
        step = self.exchange.submit(made)
        for event in step.events:
            if isinstance(event, OrderRejected):
                raise Refused(event.reason)
            if isinstance(event, OrderAccepted) and event.account == self.no:
                return Order(self, event.order)
        msg = f"the order became {', '.join(type(event).__name__ for event in step.events)}"
        raise Refused(msg)

    def cancel(self, order: Order | str, symbol: str = "") -> None:
        """Take an order out: as `buy` gave it, or by its client id and symbol. Raises Refused."""
        if isinstance(order, Order):
            row = order._row()  # noqa: SLF001 - an order of ours
            self.exchange.submit(CancelOrder(self.no, row.market, row.id))
        else:
            self.exchange.submit(CancelOrder(self.no, self._market(symbol).no, client_id=order))

    def cancel_all(self, symbol: str = "", kind: str = "") -> None:
        """Take every open order out, or those in one market."""
        no = self._market(symbol, kind).no if symbol else MarketNo(0)
        self.exchange.submit(CancelAll(self.no, no))

    def orders(self, symbol: str = "", kind: str = "") -> list[Order]:
        """Open orders, oldest first."""
        no = self._market(symbol, kind).no if symbol else None
        rows = self.exchange.do(lambda: self.exchange.runtime.views.orders.open(self.no, no))
        return [Order(self, row.id) for row in rows]

    def fills(self, symbol: str = "", kind: str = "") -> list[Fill]:
        """Trades, oldest first."""
        exchange = self.exchange
        no = self._market(symbol, kind).no if symbol else None
        rows = exchange.do(lambda: list(exchange.runtime.views.trades.fills(self.no, no, limit=EVERYTHING)))
        return [
            Fill(
                exchange.state.markets[row.market].spec.id, row.order, "buy" if row.is_buyer else "sell",
                exact(row.qty), exact(row.price), exact(row.fee), row.fee_asset, row.is_maker, exact(row.realised),
                date_of(row.at),
            )
            for row in rows
        ]  # fmt: skip

    # What it has

    def position(self, symbol: str, slot: str = "net") -> Position:
        """The position in a perpetual (or dated contract); all zeros where there is none. Raises NotThere."""
        return self.exchange.do(lambda: self._position(self._market(symbol), _slot(slot)))

    def _position(self, market: MarketState, slot: Slot) -> Position:
        if not market.derivative:
            msg = f"{market.spec.id} is a spot market: balance() says what is held"
            raise NotThere(msg)
        key = key_of(market.no, slot)
        found = margin.position_state(self.exchange.state, self._state, market, key)
        row = self.exchange.runtime.views.positions.get(self.no, key)
        held = row is not None and bool(found.qty)
        entry = display.entry_price(found.qty, found.cost, display.contract_of(market.spec))
        return Position(
            symbol=market.spec.id,
            qty=exact(found.qty),
            entry_price=exact(entry),
            mark=exact(found.mark),
            notional=exact(found.notional) if found.qty else Decimal(0),
            unrealised=exact(found.unrealised),
            realised=exact(row.realised) if row is not None and held else Decimal(0),
            funding=exact(row.funding) if row is not None and held else Decimal(0),
            leverage=found.leverage,
            maintenance=exact(found.maintenance),
            liquidation_price=exact(found.liquidation_price),
        )

    def balance(self, asset: str, wallet: str = "") -> Decimal:
        """Cash of *asset*: held for orders or free, in one wallet or in all."""
        return exact(self.exchange.do(lambda: self._cash(asset, wallet)))

    def free(self, asset: str, wallet: str = "") -> Decimal:
        """What of *asset* is not held for an order, in one wallet: the one that spot trades settle in, unless said."""
        return exact(self.exchange.do(lambda: self._state.free(wallet or self._bundle.spot_wallet, asset)))

    def _cash(self, asset: str, wallet: str = "") -> int:
        return sum(
            money.free + money.held
            for (place, name), money in self._state.balances.items()
            if name == asset and wallet in ("", whole_wallet(place))
        )

    def delta(self, asset: str) -> Decimal:
        """How much of *asset* it is long in all: cash, and positions at their quantity (inverse: at their worth)."""
        return exact(self.exchange.do(lambda: self._cash(asset) + self._exposure(asset)))

    def _exposure(self, asset: str) -> int:
        total = 0
        for market in self.exchange.state.markets.values():
            if market.derivative and market.spec.base == asset:
                for key in margin.keys_in(self._state, market):
                    found = margin.position_state(self.exchange.state, self._state, market, key)
                    total += found.notional * (found.qty != 0) if market.spec.inverse else found.qty
        return total

    def equity(self, asset: str = "USDT") -> Decimal:
        """Cash of *asset*, and what coins are worth in it; with what is unrealised in either.

        A coin is worth the middle of its spot market's book, else its last price.
        """
        return exact(self.exchange.do(lambda: self._equity(asset)))

    def _equity(self, asset: str) -> int:
        state, account = self.exchange.state, self._state
        open_in: Counter[str] = Counter()
        for market in state.markets.values():
            if market.derivative:
                found = sum(margin.unrealised_of(account, market, key) for key in margin.keys_in(account, market))
                open_in[market.spec.settle] += found
        total = self._cash(asset) + open_in[asset]
        for market in state.markets.values():
            if not market.derivative and market.spec.quote == asset:
                base = market.spec.base
                total += worth(market.book.mid() or market.last, self._cash(base) + open_in[base])
        return total

    def margin_ratio(self, wallet: str = "", asset: str = "USDT") -> Decimal:
        """Maintenance margin ÷ margin balance of a wallet's cross positions: at 1 it is liquidated.

        The wallet is the one that linear contracts are margined in, unless said; where all of its assets are margin
        together, it is the ratio of them all, whatever the *asset*.
        """
        found = self.exchange.do(lambda: self._margined(wallet or self._bundle.linear_wallet, asset))
        if found.margin_balance <= 0:
            return Decimal(1) if found.maintenance else Decimal(0)
        return Decimal(found.maintenance) / Decimal(found.margin_balance)

    def _margined(self, wallet: str, asset: str) -> margin.WalletState:
        me = self._state
        whole = me.unified and wallet == me.linear_wallet
        return margin.wallet_state(self.exchange.state, me, wallet, ALL_ASSETS if whole else asset)

    @property
    def funding_received(self) -> Payments:
        """Every settlement of funding, with ``count`` and ``total``; what was paid is below zero."""
        exchange = self.exchange
        rows = exchange.do(lambda: list(exchange.runtime.views.statements.of(self.no, limit=EVERYTHING)))
        return Payments(
            Payment(
                exchange.state.markets[row.market].spec.id, exact(row.amount), exact(row.rate), exact(row.mark),
                exact(row.qty), row.asset, date_of(row.at),
            )
            for row in rows
        )  # fmt: skip

    # Money and settings

    def deposit(self, **money: Number) -> None:
        """Bring money in: ``deposit(USDT=500)`` into every wallet that can hold it, ``usdm_USDT=500`` into one."""
        self._move(money, Deposit)

    def withdraw(self, **money: Number) -> None:
        """Take money out, likewise. Raises Refused where it is not there."""
        self._move(money, Withdraw)

    def _move(self, money: dict[str, Number], command: type[Deposit | Withdraw]) -> None:
        for place, amount in money.items():
            wallet, _, asset = place.rpartition("_")
            value = Amount(units(amount, place))
            has = (*wallets_of(self._state.rules), "funding")
            if wallet not in ("", *has):
                msg = f"under {self._state.rules} there is no wallet {wallet}: {', '.join(has)}"
                raise ConfigError(msg)
            places = (wallet,) if wallet else wallets_for(asset, self.exchange.state, self._state.rules)
            if not places:
                msg = f"no market served here uses {asset}; name a wallet (spot_{asset}=…)"
                raise ConfigError(msg)
            for each in places:
                self._set(command(self.no, each, asset, value))

    def transfer(self, asset: str, amount: Number, source: str, to: str) -> None:
        """Move money between wallets: spot, usdm, coinm, funding. Raises Refused."""
        for wallet in (source, to):
            if wallet not in WALLETS:
                msg = f"there is no wallet {wallet!r}: {', '.join(WALLETS)}"
                raise ConfigError(msg)
        self._set(Transfer(self.no, source, to, asset, Amount(units(amount, "transfer"))))

    def set_leverage(self, symbol: str, leverage: int) -> None:
        """A whole number. Raises Refused for one that the market does not have, ConfigError for what is none."""
        if type(leverage) is not int:
            msg = f"leverage {leverage!r} is no whole number, like 20"
            raise ConfigError(msg)
        self._set(SetLeverage(self.no, self._market(symbol).no, leverage))

    def set_margin_mode(self, symbol: str, mode: str) -> None:
        """``cross`` or ``isolated``."""
        self._set(SetMarginMode(self.no, self._market(symbol).no, _member(MarginMode, mode)))

    def set_position_mode(self, mode: str) -> None:
        """``one_way`` or ``hedge``."""
        self._set(SetPositionMode(self.no, _member(PositionMode, mode)))

    def _set(self, command: Command) -> None:
        self.exchange.submit(command, "control")


def order_command(
    account: AccountNo, market: MarketState, side: Side, qty: Number, terms: dict[str, Any]
) -> PlaceOrder:
    """An order in the words of the core. Raises ConfigError for a term that is none."""
    given = dict(terms)
    price, client_id = given.pop("price", None), str(given.pop("client_id", ""))
    tif = _member(TimeInForce, given.pop("tif", "gtc" if price is not None else "ioc"))
    more = _terms(given, market)
    kind = OrderKind.MARKET if price is None else OrderKind.LIMIT
    return PlaceOrder(
        account, market.no, side, kind, Quantity(units(qty, "qty")),
        Price(0 if price is None else units(price, "price")),
        tif, client_id, more,
    )  # fmt: skip


def _terms(given: dict[str, Any], market: MarketState) -> Terms | None:
    values: dict[str, Any] = {}
    if "quote" in given:
        values["quote_qty"] = Amount(units(given.pop("quote"), "quote"))
    if "reduce_only" in given:
        values["reduce_only"] = bool(given.pop("reduce_only"))
    if "slot" in given:
        values["slot"] = _slot(given.pop("slot"))
    if "good_till" in given:
        till: Moment = given.pop("good_till")
        values["good_till"] = Nanos(moment(till, "good_till"))
    if "stop" in given:
        price, watched = units(given.pop("stop"), "stop"), _member(TriggerPrice, given.pop("on", "last"))
        stands = {TriggerPrice.LAST: market.last or market.book.mid(), TriggerPrice.MARK: market.mark}
        values["trigger"] = Trigger(Price(price), watched, rising=price > stands.get(watched, market.index_price))
    if given:
        msg = f"{next(iter(given))!r} is no term of an order"
        raise ConfigError(msg)
    return Terms(**values) if values else None


def worth(price: int, qty: int) -> int:
    """What *qty* is worth at *price*, both in 10**-8; for a figure that nobody decides by."""
    return price * qty // 100_000_000


def _spot_first(account: Account, symbol: str) -> str:
    """``spot`` where a bare symbol names a spot market, too."""
    if ":" in symbol or "_" in symbol:
        return ""
    try:
        find(account.exchange.state, symbol, "spot")
    except NotThere:
        return ""
    return "spot"


def _slot(word: str) -> Slot:
    if word not in SLOTS:
        msg = f"slot {word!r} is not one of {', '.join(SLOTS)}"
        raise ConfigError(msg)
    return SLOTS[word]


def _member(kind: Any, word: str) -> Any:
    found = kind.__members__.get(word.upper())
    if found is None:
        msg = f"{word!r} is not one of {', '.join(name.lower() for name in kind.__members__)}"
        raise ConfigError(msg)
    return found
