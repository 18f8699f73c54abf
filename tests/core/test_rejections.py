"""Which refusal wins: the table is the specification.

Each row breaks the rule it names *and* everything that is checked later as far as one order can, so the order of
the rows is the order of the checks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.families import Holding, JoinFamily, ResetAccount, TransferInFamily
from simexchange.core.vocabulary.ids import AccountNo, MarketNo, OrderId
from simexchange.core.vocabulary.indexes import Constituent
from simexchange.core.vocabulary.markets import Bundle, Filters, Market, MarketKind, MarketStatus
from simexchange.core.vocabulary.notes import SetAlarm
from simexchange.core.vocabulary.orders import (
    AccountOption,
    MarginMode,
    OrderKind,
    Peg,
    PositionMode,
    SelfTrade,
    Side,
    Slot,
    Terms,
    TimeInForce,
    Trigger,
)
from simexchange.core.vocabulary.rejections import RejectReason as R
from simexchange.core.vocabulary.units import HOUR, ONE, Amount, Nanos, Price, Quantity, Rate
from tests.core.world import PERP, T0, World, only, units

if TYPE_CHECKING:
    from collections.abc import Callable

FILTERS = Filters(
    price_min=Price(units(10)), price_max=Price(units(1000)), qty_min=Quantity(units("0.01")),
    qty_max=Quantity(units(100)), market_qty_min=Quantity(units("0.02")), market_qty_max=Quantity(units(50)),
    market_step=Quantity(units("0.01")), notional_min=Amount(units(5)), notional_max=Amount(units(5000)),
    notional_max_applies_to_market=True, bid_up=Rate(units("1.2")), bid_down=Rate(units("0.5")),
    ask_up=Rate(units(2)), ask_down=Rate(units("0.8")), max_orders=2, iceberg_parts=99,
    self_trade_modes=(int(SelfTrade.NONE), int(SelfTrade.EXPIRE_TAKER)),
    trailing_above_min=Rate(units("0.01")), trailing_above_max=Rate(units("0.2")),
)  # fmt: skip
GTC, IOC, FOK, POST, GTD = TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK, TimeInForce.POST_ONLY, TimeInForce.GTD
BUY, SELL = Side.BUY, Side.SELL
LIMIT, MARKET = OrderKind.LIMIT, OrderKind.MARKET


def spot() -> World:
    """A spot market that last traded at 100, with a bid at 99 and an ask at 101, and a taker with little money."""
    world = World(filters=FILTERS, bundle=Bundle("binance", fok="refuse"))
    world.maker.sells(1, at=100)
    world.third.buys(1, at=100)
    world.maker.buys(1, at=99)
    world.maker.sells(1, at=101)
    world.run(cmd.Withdraw(world.taker.no, "spot", "USDT", Amount(units(999_000))))
    return world


def order(world: World, side: Side, kind: OrderKind, qty: str, price: str, tif: TimeInForce, **terms: Any) -> R:
    """Place it as the taker; why it was refused."""
    more = Terms(**terms) if terms else None
    client_id = "twice" if qty == "1.0" else ""
    command = cmd.PlaceOrder(
        world.taker.no, world.market, side, kind, Quantity(units(qty)), Price(units(price)), tif, client_id, more
    )
    return reason_of(world, command)


def reason_of(world: World, command: cmd.Command) -> R:
    """The one refusal *command* gets; nothing else happens."""
    events = world.run(command)
    assert len(events) == 1
    assert isinstance(events[0], ev.OrderRejected | ev.CommandRefused)
    return events[0].reason


HELD = Trigger(Price(units(99)))
"""A condition that holds already."""
ABOVE = Trigger(Price(units(120)))
NEAR, FAR = (Trigger(Price(0), trailing=Rate(units(d)), activation_rising=True) for d in ("0.009", "0.201"))
HELD_LONG, MINUS = Slot.LONG, Amount(-1)
TRANSFER, NINTH = SelfTrade.TRANSFER, Peg(level=9)
WIDER, SLIVER = Quantity(units("20.001")), Quantity(units("0.2"))

SPOT_ORDERS = [
    # reason                       side  kind    qty        price      tif   terms
    (R.FEATURE_NOT_SERVED,         BUY,  LIMIT,  "0",       "0",       GTC,  {"order_list": 1, "slot": HELD_LONG}),
    (R.POSITION_SLOT_MISMATCH,     BUY,  LIMIT,  "0",       "0",       GTC,  {"slot": HELD_LONG, "quote_qty": MINUS}),
    (R.POSITION_SLOT_MISMATCH,     BUY,  LIMIT,  "0",       "0",       GTC,  {"sub_position": 1, "quote_qty": MINUS}),
    (R.QTY_NOT_POSITIVE,           BUY,  MARKET, "0",       "0",       GTC,  {"quote_qty": Amount(-1)}),
    (R.ORDER_SHAPE_INVALID,        BUY,  LIMIT,  "0",       "0",       GTC,  {"quote_qty": Amount(1)}),
    (R.ORDER_SHAPE_INVALID,        BUY,  LIMIT,  "0",       "0",       GTC,  {"reduce_only": True}),
    (R.GOOD_TILL_INVALID,          BUY,  LIMIT,  "0",       "0",       GTD,  {}),
    (R.ORDER_SHAPE_INVALID,        BUY,  MARKET, "0",       "0",       POST, {}),
    (R.QTY_NOT_POSITIVE,           BUY,  LIMIT,  "0",       "0",       GTC,  {}),
    (R.QTY_NOT_POSITIVE,           BUY,  LIMIT,  "-1",      "1",       GTC,  {}),
    (R.PRICE_NOT_POSITIVE,         BUY,  LIMIT,  "0.0001",  "0",       GTC,  {}),
    (R.PRICE_NOT_POSITIVE,         BUY,  LIMIT,  "0.0001",  "-5",      GTC,  {}),
    (R.SELF_TRADE_NOT_ALLOWED,     BUY,  LIMIT,  "0",       "0",       GTC,  {"self_trade": TRANSFER, "peg": NINTH}),
    (R.PEG_LEVEL_MISSING,          BUY,  LIMIT,  "0.0001",  "0",       GTC,  {"peg": NINTH}),
    (R.PRICE_BELOW_MIN,            BUY,  LIMIT,  "0.0001",  "9.999",   GTC,  {}),
    (R.PRICE_ABOVE_MAX,            BUY,  LIMIT,  "0.0001",  "1000.001", GTC, {}),
    (R.PRICE_OFF_TICK,             BUY,  LIMIT,  "0.0001",  "500.001", GTC,  {}),
    (R.PRICE_ABOVE_BAND,           BUY,  LIMIT,  "0.0001",  "120.01",  GTC,  {}),
    (R.PRICE_BELOW_BAND,           BUY,  LIMIT,  "0.0001",  "49.99",   GTC,  {}),
    (R.PRICE_ABOVE_BAND,           SELL, LIMIT,  "0.0001",  "200.01",  GTC,  {}),
    (R.PRICE_BELOW_BAND,           SELL, LIMIT,  "0.0001",  "79.99",   GTC,  {}),
    (R.TRAILING_BELOW_MIN,         BUY,  LIMIT,  "0.0001",  "101",     GTC,  {"trigger": NEAR}),
    (R.TRAILING_ABOVE_MAX,         BUY,  LIMIT,  "0.0001",  "101",     GTC,  {"trigger": FAR}),
    (R.QTY_BELOW_MIN,              BUY,  LIMIT,  "0.0099",  "101",     GTC,  {}),
    (R.QTY_ABOVE_MAX,              BUY,  LIMIT,  "100.0001", "101",    GTC,  {}),
    (R.QTY_OFF_STEP,               BUY,  LIMIT,  "0.0101",  "101",     GTC,  {}),
    (R.NOTIONAL_BELOW_MIN,         BUY,  LIMIT,  "0.049",   "101",     GTC,  {}),
    (R.NOTIONAL_ABOVE_MAX,         BUY,  LIMIT,  "50",      "101",     POST, {}),
    (R.MARKET_QTY_BELOW_MIN,       BUY,  MARKET, "0.01",    "0",       GTC,  {}),
    (R.MARKET_QTY_ABOVE_MAX,       BUY,  MARKET, "50.01",   "0",       GTC,  {}),
    (R.MARKET_QTY_OFF_STEP,        BUY,  MARKET, "0.021",   "0",       GTC,  {}),
    (R.NOTIONAL_BELOW_MIN,         BUY,  MARKET, "0.04",    "0",       GTC,  {}),
    (R.WOULD_TRIGGER,              BUY,  LIMIT,  "20",      "101",     FOK,  {"trigger": HELD}),
    (R.NO_LIQUIDITY,               BUY,  MARKET, "0",       "0",       GTC,  {"quote_qty": Amount(units(102))}),
    (R.QTY_BELOW_MIN,              BUY,  MARKET, "0",       "0",       GTC,  {"quote_qty": Amount(1)}),
    (R.ICEBERG_ABOVE_QTY,          BUY,  LIMIT,  "20",      "101",     POST, {"iceberg_qty": WIDER}),
    (R.TOO_MANY_ICEBERG_PARTS,     BUY,  LIMIT,  "20",      "101",     POST, {"iceberg_qty": SLIVER}),
    (R.POST_ONLY_WOULD_TAKE,       BUY,  LIMIT,  "20",      "101",     POST, {}),
    (R.FOK_NOT_FILLABLE,           BUY,  LIMIT,  "20",      "101",     FOK,  {}),
    (R.BALANCE_INSUFFICIENT,       BUY,  LIMIT,  "10.001",  "100",     GTC,  {}),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "side", "kind", "qty", "price", "tif", "terms"), SPOT_ORDERS)
def test_a_spot_order_is_refused_for_the_first_reason_that_holds(
    reason: R, side: Side, kind: OrderKind, qty: str, price: str, tif: TimeInForce, terms: dict[str, object]
) -> None:
    """And it changes nothing but the count of order ids."""
    world = spot()
    before = world.ladder

    found = order(world, side, kind, qty, price, tif, **terms)

    assert found is reason
    assert world.ladder == before


def test_a_refused_order_uses_up_an_id() -> None:
    """As on the venue; the next one gets the next."""
    world = World()

    refused = world.taker.buys(1, at=0)
    accepted = world.taker.buys(1, at=100)

    assert only(refused, ev.OrderRejected)[0].order + 1 == only(accepted, ev.OrderAccepted)[0].order


def test_orders_for_unknown_places_are_refused() -> None:
    """No account, no market, a halted one."""
    world = World()
    nobody = cmd.PlaceOrder(AccountNo(99), world.market, BUY, LIMIT, Quantity(1), Price(1), GTC)
    nowhere = cmd.PlaceOrder(world.taker.no, MarketNo(99), BUY, LIMIT, Quantity(1), Price(1), GTC)

    assert reason_of(world, nobody) is R.ACCOUNT_UNKNOWN
    assert reason_of(world, nowhere) is R.MARKET_UNKNOWN
    world.run(cmd.SetMarketStatus(world.market, MarketStatus.HALT))
    assert order(world, BUY, LIMIT, "1", "100", GTC) is R.MARKET_NOT_TRADING
    world.run(cmd.SetMarketStatus(world.market, MarketStatus.BREAK))
    assert order(world, BUY, LIMIT, "1", "100", GTC) is R.MARKET_NOT_TRADING
    world.run(cmd.SetMarketStatus(world.market, MarketStatus.CANCEL_ONLY))
    assert order(world, BUY, LIMIT, "1", "100", GTC) is R.MARKET_NOT_TRADING
    world.run(cmd.SetMarketStatus(world.market, MarketStatus.DELISTED))
    assert order(world, BUY, LIMIT, "1", "100", GTC) is R.MARKET_DELISTED
    assert reason_of(world, cmd.SetMarketStatus(world.market, MarketStatus.TRADING)) is R.MARKET_DELISTED


def test_an_account_has_only_so_many_open_orders_in_a_market() -> None:
    """Two here; a third is refused, and one may follow a cancel."""
    world = World(filters=Filters(max_orders=2))
    first = world.taker.buys(1, at=10)[0].order
    world.taker.buys(1, at=10)

    assert order(world, BUY, LIMIT, "1", "10", GTC) is R.TOO_MANY_ORDERS
    world.taker.cancels(first)
    assert only(world.taker.buys(1, at=10), ev.OrderRested)


def test_a_client_id_is_unique_among_open_orders_only() -> None:
    """It may be used again when the first is gone."""
    world = World()
    first = world.taker.buys(1, at=10, client_id="mine")[0].order

    again = only(world.taker.buys(1, at=10, client_id="mine"), ev.OrderRejected)
    world.taker.cancels(first)
    after = only(world.taker.buys(1, at=10, client_id="mine"), ev.OrderAccepted)

    assert again[0].reason is R.CLIENT_ID_DUPLICATE
    assert len(after) == 1


def test_a_holding_may_have_a_limit() -> None:
    """What is owned and what open buys would bring count together."""
    world = World(filters=Filters(max_position=Quantity(units(1002))))
    world.taker.buys(1, at=10)

    assert order(world, BUY, LIMIT, "1.001", "10", GTC) is R.POSITION_ABOVE_MAX


def test_an_account_has_only_so_many_open_orders_in_all_spot_markets() -> None:
    """Two here; those of a perpetual do not count, those of another spot market do. Its own market is asked first."""
    world = World(filters=Filters(max_orders=2), bundle=Bundle("binance", max_orders=2))
    other = Market("spot:A-B", MarketKind.SPOT, "A", "B", "B", Price(1), Quantity(1))
    world.run(cmd.ListMarket(other))
    no = world.state.market_no["spot:A-B"]
    world.run(cmd.SetRules("binance", no, world.state.rules["binance", world.market]))
    world.run(cmd.Deposit(world.taker.no, "spot", "B", Amount(units(100))))
    perp = cmd.PlaceOrder(world.taker.no, world.state.market_no[PERP], BUY, LIMIT, Quantity(ONE), Price(ONE), GTC)
    there = cmd.PlaceOrder(world.taker.no, no, BUY, LIMIT, Quantity(ONE), Price(ONE), GTC)
    world.run(perp)
    world.taker.buys(1, at=10)
    world.run(there)

    assert reason_of(world, there) is R.TOO_MANY_ORDERS_IN_ALL
    world.run(cmd.CancelAll(world.taker.no, no))
    world.taker.buys(1, at=10)
    assert order(world, BUY, LIMIT, "1", "10", GTC) is R.TOO_MANY_ORDERS


def test_one_order_may_move_only_so_much_of_an_asset() -> None:
    """At most 2 BTC, as base by quantity, and 150 USDT, as quote by worth; market orders by the reference price."""
    world = World()
    world.maker.sells(1, at=100)
    world.third.buys(1, at=100)
    world.maker.sells(5, at=101)
    world.run(cmd.SetAssetLimit(world.taker.no, "BTC", Amount(units(2))))
    world.run(cmd.SetAssetLimit(world.taker.no, "USDT", Amount(units(150))))

    assert order(world, BUY, LIMIT, "2.001", "10", GTC) is R.ASSET_ABOVE_MAX
    assert order(world, BUY, LIMIT, "1.501", "100", GTC) is R.ASSET_ABOVE_MAX
    assert order(world, BUY, MARKET, "1.501", "0", GTC) is R.ASSET_ABOVE_MAX
    assert only(world.taker.buys(2, at=10), ev.OrderRested)
    world.run(cmd.SetAssetLimit(world.taker.no, "BTC", Amount(0)))
    assert only(world.taker.buys(3, at=10), ev.OrderRested)


def perp() -> World:
    """A perpetual at 100 with an ask at 100 and one at 106; the taker has 50 and 10x."""
    world = World(PERP, filters=Filters(market_take_bound=Rate(units("0.05"))))
    world.index(100)
    world.run(cmd.Withdraw(world.taker.no, "usdm", "USDT", Amount(units(999_950))))
    world.maker.sells(1, at=106)
    return world


PERP_ORDERS = [
    (R.MARK_BAND_EMPTY,       BUY,  MARKET, "1",    "0",   GTC, {"reduce_only": True}),
    (R.POSITION_MISSING,      BUY,  MARKET, "0",    "0",   GTC, {"close_all": True, "trigger": ABOVE}),
    (R.FOK_NOT_FILLABLE,      BUY,  LIMIT,  "2",    "106", FOK, {"reduce_only": True}),
    (R.REDUCE_ONLY_REFUSED,   BUY,  LIMIT,  "5000", "100", GTC, {"reduce_only": True}),
    (R.LEVERAGE_CAP_EXCEEDED, BUY,  LIMIT,  "1001", "100", GTC, {}),
    (R.MARGIN_INSUFFICIENT,   BUY,  LIMIT,  "5.001", "100", GTC, {}),
    (R.MARGIN_INSUFFICIENT,   SELL, LIMIT,  "5.001", "100", GTC, {}),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "side", "kind", "qty", "price", "tif", "terms"), PERP_ORDERS)
def test_a_derivative_order_is_refused_for_the_first_reason_that_holds(
    reason: R, side: Side, kind: OrderKind, qty: str, price: str, tif: TimeInForce, terms: dict[str, object]
) -> None:
    """The book before the account, the account's position before its money."""
    assert order(perp(), side, kind, qty, price, tif, **terms) is reason


def test_a_reduce_only_order_is_refused_when_resting_ones_cover_the_position() -> None:
    """Binance's -4118."""
    world = World(PERP)
    world.index(100)
    world.maker.sells(2, at=100)
    world.taker.buys(2)
    world.taker.reduces(SELL, 2, at=110)

    found = only(world.taker.reduces(SELL, 1, at=111), ev.OrderRejected)

    assert found[0].reason is R.REDUCE_ONLY_COVERED


def test_a_short_order_below_the_mark_costs_its_loss_at_birth_too() -> None:
    """Selling 4 at 95 with the mark at 100: margin 38 and loss 20 do not go into 50; at 100 the 40 do."""
    world = perp()

    refused = order(world, SELL, LIMIT, "4", "95", GTC)
    taken = only(world.taker.sells(4, at=100), ev.OrderRested)

    assert refused is R.MARGIN_INSUFFICIENT
    assert len(taken) == 1


TICKLESS = Market("spot:A-B", MarketKind.SPOT, "A", "B", "B", Price(0), Quantity(1))
PAST = Market("dated:A-B-191225", MarketKind.DATED, "A", "B", "B", Price(1), Quantity(1), expiry=T0)


def moved(
    w: World, *, wallet: str = "spot", to: AccountNo = AccountNo(0), to_wallet: str = "usdm", asset: str = "USDT",
    amount: int = 1, by: AccountNo = AccountNo(0),
) -> TransferInFamily:  # fmt: skip
    """A transfer of the taker's."""
    me = w.taker.no
    return TransferInFamily(me, wallet, to or me, to_wallet, asset, Amount(amount), by or me)


OTHER_COMMANDS: list[tuple[R, Callable[[World], cmd.Command]]] = [
    (R.ACCOUNT_UNKNOWN, lambda w: cmd.CancelOrder(AccountNo(99), w.market, OrderId(1))),
    (R.ORDER_UNKNOWN, lambda w: cmd.CancelOrder(w.taker.no, w.market, OrderId(1))),
    (R.ORDER_UNKNOWN, lambda w: cmd.CancelOrder(w.taker.no, w.market, client_id="nothing")),
    (R.ACCOUNT_UNKNOWN, lambda _: cmd.CancelAll(AccountNo(99))),
    (R.ORDER_UNKNOWN, lambda w: cmd.CancelAll(w.taker.no, w.market)),
    (R.ACCOUNT_EXISTS, lambda _: cmd.OpenExchange(1, Nanos(1))),
    (R.ACCOUNT_EXISTS, lambda _: cmd.OpenAccount("taker", "binance")),
    (R.RULES_UNKNOWN, lambda _: cmd.OpenAccount("new", "nowhere")),
    (R.RULES_UNKNOWN, lambda w: cmd.SetRules("nowhere", w.market, w.state.rules["binance", w.market])),
    (R.MARKET_UNKNOWN, lambda w: cmd.SetRules("binance", MarketNo(99), w.state.rules["binance", w.market])),
    (R.MARKET_EXISTS, lambda w: cmd.ListMarket(w.state.markets[w.market].spec)),
    (R.MARKET_INVALID, lambda _: cmd.ListMarket(TICKLESS)),
    (R.MARKET_INVALID, lambda _: cmd.ListMarket(PAST)),
    (R.INDEX_UNKNOWN, lambda _: cmd.SetConstituents("NO-SUCH", ())),
    (R.MARKET_INVALID, lambda _: cmd.SetConstituents("BTC-USDT", (Constituent("a", Rate(0)),))),
    (R.INDEX_UNKNOWN, lambda _: cmd.SetSourcePrice("BTC-USDT", "a", Price(1))),
    (R.MARKET_UNKNOWN, lambda _: cmd.SetFunding(MarketNo(1), Nanos(HOUR), Rate(1), Rate(-1), Rate(0))),
    (R.MARKET_INVALID, lambda _: cmd.SetFunding(MarketNo(2), Nanos(HOUR), Rate(-1), Rate(1), Rate(0))),
    (R.MARKET_UNKNOWN, lambda _: cmd.SetMarketStatus(MarketNo(99), MarketStatus.HALT)),
    (R.SETTING_UNCHANGED, lambda w: cmd.SetMarketStatus(w.market, MarketStatus.TRADING)),
    (R.ACCOUNT_UNKNOWN, lambda _: cmd.Deposit(AccountNo(99), "spot", "USDT", Amount(1))),
    (R.WALLET_UNKNOWN, lambda w: cmd.Deposit(w.taker.no, "pocket", "USDT", Amount(1))),
    (R.ASSET_UNKNOWN, lambda w: cmd.Deposit(w.taker.no, "spot", "", Amount(1))),
    (R.AMOUNT_NOT_POSITIVE, lambda w: cmd.Deposit(w.taker.no, "spot", "USDT", Amount(0))),
    (R.AMOUNT_NOT_POSITIVE, lambda _: cmd.ProvideCapital("usdm", "USDT", Amount(-1))),
    (R.TRANSFER_INSUFFICIENT, lambda w: cmd.Withdraw(w.taker.no, "spot", "USDT", Amount(units(1_000_001)))),
    (R.TRANSFER_INSUFFICIENT, lambda w: cmd.Transfer(w.taker.no, "spot", "usdm", "ETH", Amount(1))),
    (R.WALLET_UNKNOWN, lambda w: cmd.Transfer(w.taker.no, "spot", "spot", "USDT", Amount(1))),
    (R.ACCOUNT_UNKNOWN, lambda w: cmd.Transfer(w.taker.no, "spot", "usdm", "USDT", Amount(1), AccountNo(99))),
    (R.ACCOUNT_UNKNOWN, lambda w: JoinFamily(w.taker.no, AccountNo(99))),
    (R.ACCOUNT_UNKNOWN, lambda _: SetAlarm(AccountNo(99), "mine", "margin_ratio", Rate(1))),
    (R.MARKET_UNKNOWN, lambda w: SetAlarm(w.taker.no, "mine", "margin_ratio", Rate(1), "", MarketNo(99))),
    (R.ACCOUNT_NOT_RELATED, lambda w: JoinFamily(w.taker.no, w.taker.no)),
    (R.ACCOUNT_NOT_RELATED, lambda w: JoinFamily(w.taker.no, AccountNo(1))),
    (R.ACCOUNT_UNKNOWN, lambda w: moved(w, to=AccountNo(99))),
    (R.ACCOUNT_NOT_RELATED, lambda w: moved(w, to=w.maker.no)),
    (R.ACCOUNT_NOT_RELATED, lambda w: moved(w, by=w.maker.no)),
    (R.WALLET_UNKNOWN, lambda w: moved(w, wallet="pocket")),
    (R.WALLET_UNKNOWN, lambda w: moved(w, to_wallet="spot")),
    (R.ASSET_UNKNOWN, lambda w: moved(w, asset="")),
    (R.AMOUNT_NOT_POSITIVE, lambda w: moved(w, amount=0)),
    (R.TRANSFER_INSUFFICIENT, lambda w: moved(w, amount=units(1_000_001))),
    (R.ACCOUNT_UNKNOWN, lambda _: ResetAccount(AccountNo(99), ())),
    (R.NOT_SUPPORTED, lambda _: ResetAccount(AccountNo(1), ())),
    (R.WALLET_UNKNOWN, lambda w: ResetAccount(w.taker.no, (Holding("pocket", "USDT", Amount(1)),))),
    (R.ASSET_UNKNOWN, lambda w: ResetAccount(w.taker.no, (Holding("spot", "", Amount(1)),))),
    (R.ASSET_UNKNOWN, lambda w: ResetAccount(w.taker.no, (Holding("spot", "USDT", Amount(1)),) * 2)),
    (R.AMOUNT_NOT_POSITIVE, lambda w: ResetAccount(w.taker.no, (Holding("spot", "USDT", Amount(-1)),))),
    (R.ACCOUNT_UNKNOWN, lambda w: cmd.SetLeverage(AccountNo(99), w.market, 5)),
    (R.MARKET_UNKNOWN, lambda w: cmd.SetLeverage(w.taker.no, MarketNo(1), 5)),
    (R.LEVERAGE_INVALID, lambda w: cmd.SetLeverage(w.taker.no, w.market, 21)),
    (R.LEVERAGE_INVALID, lambda w: cmd.SetLeverage(w.taker.no, w.market, 0)),
    (R.POSITION_SLOT_MISMATCH, lambda w: cmd.SetLeverage(w.taker.no, w.market, 21, HELD_LONG)),
    (R.ACCOUNT_UNKNOWN, lambda w: cmd.SetMarginMode(AccountNo(99), w.market, MarginMode.ISOLATED)),
    (R.MARKET_UNKNOWN, lambda w: cmd.SetMarginMode(w.taker.no, MarketNo(1), MarginMode.ISOLATED)),
    (R.MARGIN_MODE_UNCHANGED, lambda w: cmd.SetMarginMode(w.taker.no, w.market, MarginMode.CROSS)),
    (R.ACCOUNT_UNKNOWN, lambda _: cmd.SetPositionMode(AccountNo(99), PositionMode.HEDGE)),
    (R.POSITION_MODE_UNCHANGED, lambda w: cmd.SetPositionMode(w.taker.no, PositionMode.ONE_WAY)),
    (R.ACCOUNT_UNKNOWN, lambda w: cmd.AdjustMargin(AccountNo(99), w.market, Slot.NET, 0, Amount(1))),
    (R.MARKET_UNKNOWN, lambda w: cmd.AdjustMargin(w.taker.no, MarketNo(1), Slot.NET, 0, Amount(1))),
    (R.POSITION_SLOT_MISMATCH, lambda w: cmd.AdjustMargin(w.taker.no, w.market, HELD_LONG, 0, Amount(0))),
    (R.POSITION_SLOT_MISMATCH, lambda w: cmd.AdjustMargin(w.taker.no, w.market, Slot.NET, -1, Amount(0))),
    (R.AMOUNT_NOT_POSITIVE, lambda w: cmd.AdjustMargin(w.taker.no, w.market, Slot.NET, 0, Amount(0))),
    (R.MARGIN_NOT_ISOLATED, lambda w: cmd.AdjustMargin(w.taker.no, w.market, Slot.NET, 0, Amount(1))),
    (R.POSITION_SLOT_MISMATCH, lambda w: cmd.SetAutoMargin(w.taker.no, w.market, HELD_LONG, 0, True)),
    (R.AUTO_MARGIN_NOT_ISOLATED, lambda w: cmd.SetAutoMargin(w.taker.no, w.market, Slot.NET, 0, True)),
    (R.NOT_SUPPORTED, lambda w: cmd.SetFees(w.taker.no, w.market, Rate(-1), Rate(0))),
    (R.ACCOUNT_UNKNOWN, lambda _: cmd.SetAccountOption(AccountNo(99), AccountOption.SELF_TRADE, 1)),
    (R.NOT_SUPPORTED, lambda w: cmd.SetAccountOption(w.taker.no, AccountOption.SELF_TRADE, 7)),
    (R.NOT_SUPPORTED, lambda w: cmd.SetAccountOption(w.taker.no, AccountOption.TRADE_GROUP, -1)),
    (R.NOT_SUPPORTED, lambda w: cmd.SetAccountOption(w.taker.no, AccountOption.DISCOUNT_SPOT, 2)),
    (R.ACCOUNT_UNKNOWN, lambda _: cmd.SetAssetLimit(AccountNo(99), "BTC", Amount(1))),
    (R.ASSET_UNKNOWN, lambda w: cmd.SetAssetLimit(w.taker.no, "", Amount(1))),
    (R.AMOUNT_NOT_POSITIVE, lambda w: cmd.SetAssetLimit(w.taker.no, "BTC", Amount(-1))),
    (R.SETTING_UNCHANGED, lambda w: cmd.SetAssetLimit(w.taker.no, "BTC", Amount(0))),
    (R.MARKET_UNKNOWN, lambda w: cmd.SetReferencePrice(w.market, Price(1))),
    (R.PRICE_NOT_POSITIVE, lambda _: cmd.SetReferencePrice(MarketNo(1), Price(-1))),
    (R.SETTING_UNCHANGED, lambda _: cmd.SetReferencePrice(MarketNo(1), Price(0))),
    (R.INDEX_UNKNOWN, lambda _: cmd.SetIndex("ETH-USDT", Price(1))),
    (R.PRICE_NOT_POSITIVE, lambda _: cmd.SetIndex("BTC-USDT", Price(0))),
    (R.MARKET_UNKNOWN, lambda _: cmd.SetMark(MarketNo(1), Price(1))),
    (R.PRICE_NOT_POSITIVE, lambda w: cmd.SetMark(w.market, Price(0))),
]


@pytest.mark.parametrize(("reason", "make"), OTHER_COMMANDS)
def test_other_commands_are_refused_by_name(reason: R, make: Callable[[World], cmd.Command]) -> None:
    """Nothing changes."""
    world = World(PERP)

    assert reason_of(world, make(world)) is reason


def test_leverage_may_not_fall_below_what_is_held_and_ordered() -> None:
    """20x allows 1,000 here; 900 held at 10x need 90 of 100, and 5x would need 180."""
    world = World(PERP)
    world.index(100)
    world.run(cmd.Withdraw(world.taker.no, "usdm", "USDT", Amount(units(999_900))))
    world.maker.sells(9, at=100)
    world.taker.buys(9)

    assert reason_of(world, cmd.SetLeverage(world.taker.no, world.market, 5)) is R.LEVERAGE_MARGIN_INSUFFICIENT
    world.run(cmd.Deposit(world.taker.no, "usdm", "USDT", Amount(units(900))))
    world.maker.sells(5, at=100)
    world.taker.buys(5)
    assert reason_of(world, cmd.SetLeverage(world.taker.no, world.market, 20)) is R.LEVERAGE_CAP_EXCEEDED


def test_every_reason_is_shown_to_be_reachable() -> None:
    """Those of this page, and the few that need a longer story."""
    shown = {row[0] for row in SPOT_ORDERS + PERP_ORDERS} | {row[0] for row in OTHER_COMMANDS}
    told = {
        R.MARKET_NOT_TRADING, R.TOO_MANY_ORDERS, R.CLIENT_ID_DUPLICATE, R.POSITION_ABOVE_MAX, R.REDUCE_ONLY_COVERED,
        R.LEVERAGE_MARGIN_INSUFFICIENT, R.TOO_MANY_CONDITIONAL, R.TOO_MANY_CONDITIONAL_SPOT,
        R.TOO_MANY_CONDITIONAL_FUTURES, R.CLOSE_ALL_EXISTS, R.TOO_MANY_ORDERS_IN_ALL, R.ASSET_ABOVE_MAX,
        R.TOO_MANY_ICEBERGS,
        # Those of lists have a page of their own: test_order_lists.
        R.LIST_SHAPE_INVALID, R.TOO_MANY_LISTS, R.TOO_MANY_LISTS_OVERALL, R.LIST_ID_DUPLICATE, R.LIST_PRICES_WRONG,
        R.LIST_UNKNOWN,
        # In the last minutes of a contract: test_delivery.
        R.CONTRACT_CLOSING,
        # Those of modes, too: test_modes.
        R.MARGIN_MODE_ORDERS, R.MARGIN_MODE_POSITION, R.POSITION_MODE_ORDERS,
        R.POSITION_MODE_POSITION, R.LEVERAGE_ISOLATED_POSITION, R.MARGIN_POSITION_MISSING, R.MARGIN_ADDED_TOO_MUCH,
        R.MARGIN_REMOVED_TOO_MUCH, R.AUTO_MARGIN_UNCHANGED,
        # Of an account that begins anew: test_resetting.
        R.POSITIONS_OPEN,
        # Those of pooled assets: test_pooled_assets.
        R.ISOLATED_WHILE_UNIFIED, R.COLLATERAL_ORDERS_OPEN, R.COLLATERAL_NEGATIVE, R.COLLATERAL_ISOLATED,
        R.COLLATERAL_MARGIN_INSUFFICIENT,
        R.TOO_MANY_ICEBERGS_IN_ALL, R.MARKET_DELISTED, R.ACCOUNT_LIQUIDATING,
        R.AMEND_UNPAID, R.AMEND_UNCHANGED, R.TOO_MANY_AMENDS, R.AMEND_NOT_SMALLER, R.AMEND_BELOW_FILLED,
    }  # fmt: skip

    assert shown | told == set(R)
