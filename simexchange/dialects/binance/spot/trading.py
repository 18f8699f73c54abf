"""Orders of spot: placing, canceling, querying, and the account they belong to."""

from collections.abc import Generator

from simexchange.core.vocabulary.commands import CancelAll, CancelOrder, Command
from simexchange.core.vocabulary.events import OrderCanceled
from simexchange.core.vocabulary.ids import AccountNo, OrderId
from simexchange.core.vocabulary.orders import OrderStatus
from simexchange.core.vocabulary.step import Step
from simexchange.core.vocabulary.units import Nanos
from simexchange.dialects.binance.common.limits import SPOT_LIMITS
from simexchange.dialects.binance.common.params import is_true
from simexchange.dialects.binance.common.symbols import symbol_of
from simexchange.dialects.binance.common.timestamps import wire_time
from simexchange.dialects.binance.spot import errors, requests, responses
from simexchange.dialects.binance.spot.calls import (
    account_of,
    failure,
    find_order,
    limit_of,
    market_of,
    moment,
    refused,
    spot_markets,
    until,
)
from simexchange.dialects.contract import ApiError, Call, Reply
from simexchange.projections.accounts import FeeRates
from simexchange.projections.orders import OrderRow

Steps = Generator[Command, Step, Reply]

FULL_BY_DEFAULT = ("LIMIT", "MARKET")


def new_order(call: Call) -> Steps:
    """Place an order; answered by its row as it stands after the step."""
    market = market_of(call)
    if isinstance(market, ApiError):
        return failure(market)
    account = account_of(call)
    number = call.state.accounts[account].orders_made + 1
    client_id = call.params.get("newClientOrderId") or responses.made_client_id(account, number)
    step = yield requests.place_order(call.params, account, market.no, client_id)
    error = refused(step)
    if error is not None:
        return failure(error)
    row = call.views.orders.get(OrderId(number))
    assert row is not None, "an accepted order without a row"  # noqa: S101 - a bug, never input
    return responses.reply(_placed(call, row, symbol_of(market.spec), step), order_count=1)


def _placed(call: Call, row: OrderRow, symbol: str, step: Step) -> dict[str, object]:
    kind = call.params.get("newOrderRespType") or ("FULL" if call.params["type"] in FULL_BY_DEFAULT else "ACK")
    if kind == "ACK":
        return responses.acknowledged(row, symbol, step.at, call.options)
    answer = responses.resulted(row, symbol, step.at, call.options)
    if kind == "FULL":
        answer["fills"] = responses.fills_of(row.id, step.events)
    return answer


def check_order(call: Call) -> Reply:
    """Judge a new order as far as the venue does before its matching engine, and place nothing."""
    market = market_of(call)
    if isinstance(market, ApiError):
        return failure(market)
    account = call.views.accounts.by_no[account_of(call)]
    rules = call.views.markets.rules(account.rules, market.no)
    if rules is not None:
        command = requests.place_order(call.params, account.no, market.no, "")
        reason = requests.failed_filter(command, call.state.markets[market.no], rules.filters)
        if reason is not None:
            return failure(errors.REJECTIONS[reason])
    if not is_true(call.params, "computeCommissionRates"):
        return responses.reply({})
    fees = call.views.accounts.fees(account.no, market.no)
    return responses.reply(
        {
            "standardCommissionForOrder": responses.order_rates(fees),
            "specialCommissionForOrder": responses.order_rates(responses.NO_FEES),
            "taxCommissionForOrder": responses.order_rates(responses.NO_FEES),
            "discount": responses.DISCOUNT,
        }
    )


def query_order(call: Call) -> Reply:
    market = market_of(call)
    if isinstance(market, ApiError):
        return failure(market)
    row = find_order(call, market.no)
    if row is None:
        return failure(errors.NO_SUCH_ORDER)
    return responses.reply(responses.queried(row, symbol_of(market.spec), call.options))


def cancel_order(call: Call) -> Steps:
    """Cancel one order; where both ids were sent they must name the same."""
    market = market_of(call)
    if isinstance(market, ApiError):
        return failure(market)
    row = find_order(call, market.no)
    if row is None or not row.is_open:
        return failure(errors.UNKNOWN_ORDER_SENT)
    if not _allowed(row, call.params.get("cancelRestrictions")):
        return failure(errors.CANCEL_RESTRICTED)
    account = account_of(call)
    step = yield CancelOrder(account, market.no, row.id)
    error = refused(step)
    if error is not None:
        return failure(error)
    client_id = call.params.get("newClientOrderId") or responses.cancel_id(account, row.id)
    return responses.reply(responses.canceled(row, symbol_of(market.spec), client_id, step.at, call.options))


def _allowed(row: OrderRow, restrictions: str | None) -> bool:
    if restrictions == "ONLY_NEW":
        return row.status is OrderStatus.NEW
    if restrictions == "ONLY_PARTIALLY_FILLED":
        return row.status is OrderStatus.PARTIALLY_FILLED
    return True


def cancel_open_orders(call: Call) -> Steps:
    """Cancel all open orders of a symbol; that there are none is -2011."""
    market = market_of(call)
    if isinstance(market, ApiError):
        return failure(market)
    account = account_of(call)
    if not call.views.orders.open(account, market.no):
        return failure(errors.UNKNOWN_ORDER_SENT)
    step = yield CancelAll(account, market.no)
    error = refused(step)
    if error is not None:
        return failure(error)
    return responses.reply(
        [
            responses.canceled(row, symbol_of(market.spec), responses.cancel_id(account, row.id), step.at, call.options)
            for row in _canceled_rows(call, step)
        ]
    )


def _canceled_rows(call: Call, step: Step) -> list[OrderRow]:
    rows = [call.views.orders.get(event.order) for event in step.events if isinstance(event, OrderCanceled)]
    return [row for row in rows if row is not None]


def open_orders(call: Call) -> Reply:
    """Open orders of a symbol, or of all."""
    account = account_of(call)
    if not call.params.get("symbol"):
        markets = {row.no: symbol_of(row.spec) for row in spot_markets(call)}
        rows = call.views.orders.open(account)
        return responses.reply(
            [responses.queried(row, markets[row.market], call.options) for row in rows if row.market in markets]
        )
    market = market_of(call)
    if isinstance(market, ApiError):
        return failure(market)
    symbol = symbol_of(market.spec)
    rows = call.views.orders.open(account, market.no)
    return responses.reply([responses.queried(row, symbol, call.options) for row in rows])


def all_orders(call: Call) -> Reply:
    market = market_of(call)
    if isinstance(market, ApiError):
        return failure(market)
    first = call.params.get("orderId")
    rows = call.views.orders.history(
        account_of(call),
        market.no,
        from_id=OrderId(int(first)) if first else None,
        start=moment(call, "startTime"),
        end=until(call),
        limit=limit_of(call),
    )
    symbol = symbol_of(market.spec)
    return responses.reply([responses.queried(row, symbol, call.options) for row in rows])


def my_trades(call: Call) -> Reply:
    market = market_of(call)
    if isinstance(market, ApiError):
        return failure(market)
    order, first = call.params.get("orderId"), call.params.get("fromId")
    rows = call.views.trades.fills(
        account_of(call),
        market.no,
        from_id=requests.trade_id(first),
        start=moment(call, "startTime"),
        end=until(call),
        order=OrderId(int(order)) if order else None,
        limit=limit_of(call),
    )
    symbol = symbol_of(market.spec)
    return responses.reply([responses.my_trade(row, symbol, call.options) for row in rows])


# The account


def account(call: Call) -> Reply:
    """Balances of every asset that can be held in the spot wallet, and the rates of the first market."""
    no = account_of(call)
    fees = account_fees(call, no)
    return responses.reply(
        {
            # In hundredths of a percent, as the venue has always written it.
            "makerCommission": fees.maker // 10_000,
            "takerCommission": fees.taker // 10_000,
            "buyerCommission": 0,
            "sellerCommission": 0,
            "commissionRates": responses.commission_rates(fees),
            "canTrade": True,
            "canWithdraw": True,
            "canDeposit": True,
            "brokered": False,
            "requireSelfTradePrevention": False,
            "preventSor": False,
            "updateTime": wire_time(spot_updated_at(call, no), call.options),
            "accountType": "SPOT",
            "balances": balances(call, no, omit_zeros=is_true(call.params, "omitZeroBalances")),
            "permissions": ["SPOT"],
            "uid": no,
        }
    )


def spot_updated_at(call: Call, no: AccountNo) -> Nanos:
    """When the spot wallet changed last; what happens in the account's other wallets is no matter of this product."""
    return max((row.updated_at for row in call.views.balances.of(no, "spot")), default=Nanos(0))


def account_fees(call: Call, no: AccountNo) -> FeeRates:
    """The rates shown for the account as a whole: those of the first spot market."""
    markets = spot_markets(call)
    return call.views.accounts.fees(no, markets[0].no) if markets else responses.NO_FEES


def spot_assets(call: Call, no: AccountNo) -> list[str]:
    """Assets of the spot markets in order of listing, then any other the account ever had."""
    assets = {asset: None for row in spot_markets(call) for asset in (row.spec.base, row.spec.quote)}
    assets.update((row.asset, None) for row in call.views.balances.of(no, "spot"))
    return list(assets)


def balances(call: Call, no: AccountNo, *, omit_zeros: bool) -> list[dict[str, str]]:
    rows = [call.views.balances.get(no, "spot", asset) for asset in spot_assets(call, no)]
    return [responses.balance(row) for row in rows if not omit_zeros or row.free or row.held]


def commission(call: Call) -> Reply:
    market = market_of(call)
    if isinstance(market, ApiError):
        return failure(market)
    fees = call.views.accounts.fees(account_of(call), market.no)
    return responses.reply(
        {
            "symbol": symbol_of(market.spec),
            "standardCommission": responses.commission_rates(fees),
            "specialCommission": responses.commission_rates(responses.NO_FEES),
            "taxCommission": responses.commission_rates(responses.NO_FEES),
            "discount": responses.DISCOUNT,
        }
    )


def order_limits(call: Call) -> Reply:
    """How many of the new orders it may send the account has used up."""
    return responses.reply(
        [
            {**limit.shown(), "count": int(call.counts.get(limit.header, 0))}
            for limit in SPOT_LIMITS
            if limit.kind == "ORDERS"
        ]
    )
