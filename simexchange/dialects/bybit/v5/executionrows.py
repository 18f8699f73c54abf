"""Executions as answers and the private topic show them: trades, funding and deliveries alike.

"Get Trade History" and "Execution" of the private stream (docs/v5/order/execution.mdx, websocket/private/execution.mdx,
snapshot 2026-07-24, seen 2026-11). A fee is positive where it is paid, of funding too. Orders of funding and of
deliveries there are none: their ids are empty.
"""

from typing import TYPE_CHECKING, Any, Final

from simexchange.core import display, fees
from simexchange.core.vocabulary.markets import MarketKind
from simexchange.core.vocabulary.orders import BUY, Side, TradeKind
from simexchange.core.vocabulary.units import ONE, div_up
from simexchange.dialects.bybit.common import ids, timestamps
from simexchange.dialects.bybit.common.numbers import print_plain
from simexchange.dialects.bybit.common.symbols import category_of, symbol_of
from simexchange.dialects.bybit.v5 import orderwords as words
from simexchange.dialects.bybit.v5.orderrows import order_id, qty_text

if TYPE_CHECKING:
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.markets import Market
    from simexchange.projections.deliveries import DeliveryRow
    from simexchange.projections.orders import OrderRow
    from simexchange.projections.statements import StatementRow
    from simexchange.projections.trades import FillRow
    from simexchange.projections.views import Views

Json = dict[str, Any]
FINEST_RATE: Final = 100
"""Rates are whole multiples of 0.000001."""
KINDS: Final = {TradeKind.TAKEOVER: "BustTrade", TradeKind.ADL: "AdlTrade"}
"""``execType``; a ladder of a liquidation trades like anybody (its ``createType`` tells it)."""
NO_OPTION: Final = {"tradeIv": "", "markIv": "", "underlyingPrice": "", "blockTradeId": ""}


def kind_of(row: "FillRow") -> str:
    """``execType`` of a trade."""
    return KINDS.get(row.kind, "Trade")


def delivery_kind(spec: "Market") -> str:
    """That of a delivery: ``Delivery`` of linear, ``Settle`` of inverse contracts."""
    return "Settle" if spec.inverse else "Delivery"


def fill(row: "FillRow", state: "ExchangeState", views: "Views") -> Json:
    """One side of a trade as REST shows it. What the mark was then is not kept: it is told as it happens."""
    spec, order = state.markets[row.market].spec, views.orders.get(row.order)
    spot = spec.kind is MarketKind.SPOT
    shown = {
        "symbol": symbol_of(spec),
        "orderId": order_id(spec, row.order),
        **_order(spec, order),
        "side": words.SIDE[row.side],
        "leavesQty": qty_text(spec, row.left),
        "execFee": print_plain(row.fee),
        "execId": execution_id(row),
        "execPrice": print_plain(row.price),
        "execQty": qty_text(spec, row.qty),
        "execType": kind_of(row),
        "execValue": print_plain(row.quote),
        "execTime": timestamps.text(row.at),
        "feeCurrency": row.fee_asset,
        "isMaker": row.is_maker,
        "feeRate": print_plain(fee_rate(row, state)),
        "markPrice": "",
        "indexPrice": "",
        "closedSize": "" if spot else qty_text(spec, row.closed),
        "execPnl": "" if spot else print_plain(row.realised),
        "seq": row.seq,
        "isLeverage": "0" if spot else "",
        **NO_OPTION,
        "execFeeV2": "",
        "extraFees": "",
    }
    if not spot:
        shown["createType"] = words.create_word(spec, row.side, order.more if order is not None else None)
    return shown


def fill_news(row: "FillRow", state: "ExchangeState", views: "Views") -> Json:
    """The same as the private topic has it, at once: with the mark there is."""
    market = state.markets[row.market]
    mark = print_plain(market.mark) if market.derivative and market.mark else ""
    return {"category": category_of(market.spec), **fill(row, state, views), "markPrice": mark}


def fast_news(row: "FillRow", state: "ExchangeState", views: "Views") -> Json:
    """The little that the topic ``execution.fast`` says of a trade."""
    spec, order = state.markets[row.market].spec, views.orders.get(row.order)
    return {
        "category": category_of(spec),
        "symbol": symbol_of(spec),
        "execId": execution_id(row),
        "execPrice": print_plain(row.price),
        "execQty": qty_text(spec, row.qty),
        "orderId": order_id(spec, row.order),
        "isMaker": row.is_maker,
        "orderLinkId": "" if order is None else order.client_id,
        "side": words.SIDE[row.side],
        "execTime": timestamps.text(row.at),
        "seq": row.seq,
    }


def execution_id(row: "FillRow") -> str:
    """What a fill is called: as the trade of the tape that it is, if it is one."""
    if row.nameless:
        return ids.nameless_id(row.account, row.market, row.nameless)
    return ids.execution_id(row.market, row.id)


def _order(spec: "Market", order: "OrderRow | None") -> Json:
    """What an execution says of its order; empty where that is kept no more."""
    if order is None:
        return {
            "orderLinkId": "", "orderPrice": "", "orderQty": "", "orderType": "UNKNOWN",
            "stopOrderType": "UNKNOWN", "marketUnit": "",
        }  # fmt: skip
    return {
        "orderLinkId": order.client_id,
        "orderPrice": print_plain(order.price),
        "orderQty": print_plain(order.quote_qty) if order.quote_qty else qty_text(spec, order.qty),
        "orderType": words.KIND[order.kind],
        "stopOrderType": words.stop_word(spec, order.side, order.more) or "UNKNOWN",
        "marketUnit": words.unit_word(spec, order),
    }


def fee_rate(row: "FillRow", state: "ExchangeState") -> int:
    """The rate a trade's fee came from: the account's own where that makes this fee, else what it was of the worth."""
    market = state.markets[row.market]
    base = row.qty if not market.derivative and row.side is BUY else row.quote
    maker, taker, _ = fees.charge(state, state.accounts[row.account], row.market)
    rate = maker if row.is_maker else taker
    if div_up(base * rate, ONE) == row.fee:
        return rate
    exact = display.ratio(row.fee, base)
    return (exact + FINEST_RATE // 2) // FINEST_RATE * FINEST_RATE


def funding(account: int, row: "StatementRow", state: "ExchangeState") -> Json:
    """A payment of funding, at the mark it was reckoned at. Its side is not published: that of the position here."""
    spec = state.markets[row.market].spec
    worth = display.coins(spec, row.mark, abs(row.qty)) if spec.inverse else row.mark * abs(row.qty) // ONE
    return {
        **_unordered(spec, "Funding"),
        "side": words.SIDE[Side.SELL if row.qty < 0 else Side.BUY],
        "orderQty": "0",
        "execFee": print_plain(-row.amount),
        "execId": ids.funding_id(account, row.id),
        "execPrice": print_plain(row.mark),
        "execQty": qty_text(spec, abs(row.qty)),
        "execValue": print_plain(worth),
        "execTime": timestamps.text(row.at),
        "feeCurrency": row.asset,
        "feeRate": print_plain(row.rate),
        "markPrice": print_plain(row.mark),
        "closedSize": "0",
        "execPnl": "0",
        "seq": row.seq,
    }


def delivery(row: "DeliveryRow", state: "ExchangeState") -> Json:
    """A position that its contract's delivery closed."""
    spec = state.markets[row.market].spec
    return {
        **_unordered(spec, delivery_kind(spec)),
        "side": words.SIDE[Side.SELL if row.qty > 0 else Side.BUY],
        "orderQty": qty_text(spec, abs(row.qty)),
        "execFee": print_plain(row.fee),
        "execId": ids.delivery_id(row.account, row.id),
        "execPrice": print_plain(row.price),
        "execQty": qty_text(spec, abs(row.qty)),
        "execValue": print_plain(row.worth),
        "execTime": timestamps.text(row.at),
        "feeCurrency": spec.settle,
        "feeRate": print_plain(row.rate),
        "markPrice": print_plain(row.price),
        "closedSize": qty_text(spec, abs(row.qty)),
        "execPnl": print_plain(row.realised),
        "seq": row.seq,
        "createType": "CreateBySettle",
    }


def _unordered(spec: "Market", kind: str) -> Json:
    """What an execution without an order has in common with others."""
    return {
        "symbol": symbol_of(spec),
        "orderId": "",
        "orderLinkId": "",
        "orderPrice": "0",
        "leavesQty": "0",
        "orderType": "UNKNOWN",
        "stopOrderType": "UNKNOWN",
        "execType": kind,
        "isMaker": False,
        "indexPrice": "",
        "isLeverage": "",
        "marketUnit": "",
        "createType": "",
        **NO_OPTION,
        "execFeeV2": "",
        "extraFees": "",
    }


__all__ = ["delivery", "delivery_kind", "fast_news", "fee_rate", "fill", "fill_news", "funding", "kind_of"]
