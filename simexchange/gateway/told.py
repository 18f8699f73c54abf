"""The exchange's state in the control API's words."""

from collections.abc import Mapping
from typing import Final

from simexchange.core.accounts import Account
from simexchange.core.display import annual_basis_rate, contract_of, entry_price
from simexchange.core.margin import position_state
from simexchange.core.market import MarketState
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.ids import PositionKey, market_of, slot_of, sub_of
from simexchange.core.vocabulary.orders import AccountClass, AccountOption, OrderKind, SelfTrade, Side, Slot
from simexchange.gateway import control_schemas as schemas
from simexchange.gateway.words import decimal, iso
from simexchange.runtime.clock import Mode
from simexchange.runtime.exchange import Exchange


def moment(at: int) -> schemas.Moment:
    return schemas.Moment(iso=iso(at), ns=at)


def mode(exchange: Exchange) -> str:
    return "pause" if exchange.clock.speed.mode is Mode.PAUSED else "run"


def speed(exchange: Exchange) -> schemas.Speed:
    return schemas.Speed(asked=str(exchange.clock.speed), reached=round(exchange.clock.reached_speed(), 3))


def markets(state: ExchangeState) -> list[schemas.MarketRow]:
    """Every market, in order of listing."""
    return [_market(market, state.now) for market in state.markets.values()]


def accounts(state: ExchangeState) -> list[schemas.AccountRow]:
    """The accounts of people, in order of opening; tapes, agents and the fund are not listed."""
    rows = state.accounts.values()
    return [account_row(state, account) for account in rows if account.account_class is AccountClass.USER]


def account_row(state: ExchangeState, account: Account) -> schemas.AccountRow:
    return schemas.AccountRow(
        name=account.name,
        no=account.no,
        rules=account.rules,
        account_class=account.account_class.name.lower(),
        balances=[balance_row(account, wallet, asset) for wallet, asset in sorted(account.balances)],
        positions=[
            _position(state, account, key)
            for key, position in sorted(account.positions.items(), key=lambda item: item[0])
            if position.qty
        ],
        open_orders=[
            schemas.OrderRow(
                order=order.id,
                client_id=order.client_id,
                market=state.markets[order.market].spec.id,
                side="buy" if order.side is Side.BUY else "sell",
                kind="limit" if order.kind is OrderKind.LIMIT else "market",
                price=decimal(order.price),
                qty=decimal(order.qty),
                left=decimal(order.left),
            )
            for order in account.orders.values()
        ],
        options=options(account),
        parent=state.accounts[account.parent].name if account.parent else "",
    )


SELF_TRADES: Final[Mapping[SelfTrade, schemas.SelfTrades]] = {
    SelfTrade.UNSAID: "",
    SelfTrade.NONE: "none",
    SelfTrade.EXPIRE_TAKER: "expire_taker",
    SelfTrade.EXPIRE_MAKER: "expire_maker",
    SelfTrade.EXPIRE_BOTH: "expire_both",
    SelfTrade.DECREMENT: "decrement",
    SelfTrade.TRANSFER: "transfer",
}


def options(account: Account) -> schemas.Options:
    """What *account* chose; what it never chose is as if it had said no."""
    chosen = account.options
    return schemas.Options(
        trade_group=chosen.get(AccountOption.TRADE_GROUP, 0),
        self_trade=SELF_TRADES[SelfTrade(chosen.get(AccountOption.SELF_TRADE, 0))],
        discount_spot=bool(chosen.get(AccountOption.DISCOUNT_SPOT)),
        discount_futures=bool(chosen.get(AccountOption.DISCOUNT_FUTURES)),
        cancel_on_disconnect=bool(chosen.get(AccountOption.CANCEL_ON_DISCONNECT)),
    )


def balance_row(account: Account, wallet: str, asset: str) -> schemas.BalanceRow:
    balance = account.balances[wallet, asset]
    return schemas.BalanceRow(wallet=wallet, asset=asset, free=decimal(balance.free), held=decimal(balance.held))


def _position(state: ExchangeState, account: Account, key: PositionKey) -> schemas.PositionRow:
    market = state.markets[market_of(key)]
    figures = position_state(state, account, market, key)
    return schemas.PositionRow(
        market=market.spec.id,
        qty=decimal(figures.qty),
        slot=Slot(slot_of(key)).name.lower(),
        sub_position=sub_of(key),
        entry_price=decimal(entry_price(figures.qty, figures.cost, contract_of(market.spec))),
        mark_price=decimal(figures.mark),
        leverage=figures.leverage,
        unrealised=decimal(figures.unrealised),
        liquidation_price=decimal(figures.liquidation_price),
    )


def _market(market: MarketState, now: int) -> schemas.MarketRow:
    expiry, last, index = market.spec.expiry, market.last, market.index_price
    known = market.derivative and bool(last and index)
    return schemas.MarketRow(
        market=market.spec.id,
        status=market.status.name.lower(),
        best_bid=_price(market.book.best_bid()),
        best_ask=_price(market.book.best_ask()),
        last=_price(last),
        mark=_price(market.mark),
        index=_price(index),
        expiry=iso(expiry) if expiry else None,
        basis=decimal(last - index) if known else None,
        annual_basis_rate=decimal(annual_basis_rate(last, index, expiry - now)) if known and expiry > now else None,
    )


def _price(value: int) -> str | None:
    """0 stands for no price."""
    return decimal(value) if value else None
