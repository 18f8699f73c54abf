"""The table: call, field of what ccxt parsed, event of the log it comes from, and how to read it there.

``[]`` in a field stands for every row of a list, in order. An event in parentheses says what is done with it, and where
TradeExecuted is named for a print, TapePrinted is meant, too. Rows without a reader are ccxt's own constants and
arithmetic, named here so that no number goes unmentioned.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final, NamedTuple

from tests.clients.tale import NONE, UNIT, Balance, Order, down, millis
from tests.clients.truth import HOUR, MINUTE, Truth

Read = Callable[[Any], Any]
"""From a `Truth`, or from one row of it."""
Said = tuple[str, Read | None] | tuple[str, Read | None, str]
"""Event, reader, and the product that has the field where only one does."""
Group = dict[str, Said]

CCXT: Final = ("ccxt's own", None)


class Row(NamedTuple):
    """One line of the table."""

    call: str
    field: str
    event: str
    read: Read | None


class Between(NamedTuple):
    """A moment that the log only bounds: a stream that follows the clock says when it spoke."""

    first: int
    last: int


class Newest(list[Any]):
    """Rows of which a stream tells those since it was opened: the last so many."""


class Best(list[Any]):
    """Levels of a side: where the book is deep, the best of them are told."""


def columns(rows: Callable[[Truth], list[Any]], group: Group, *, streamed: bool = False) -> Group:
    """Fields of every one of *rows*; the readers of *group* are given one row each."""
    kind = Newest if streamed else list

    def column(read: Callable[[Any], Any] | None) -> Read | None:
        return None if read is None else lambda truth: kind(map(read, rows(truth)))

    return {f"[].{name}": (said[0], column(said[1]), *said[2:]) for name, said in group.items()}


def on_one(read: Callable[[Any], Any] | None) -> Read | None:
    """*read* of the one order that was canceled."""
    return None if read is None else lambda truth: read(truth.taken_back)


def only(product: str, group: Group) -> Group:
    return {name: (said[0], said[1], product) for name, said in group.items()}


def without(group: Group, *names: str) -> Group:
    return {name: said for name, said in group.items() if name not in names}


def under(prefix: str, group: Group) -> Group:
    return {f"{prefix}.{name}": said for name, said in group.items()}


def bound(*names: str) -> tuple[str, Read]:
    """The first of these filters that is not off."""
    return f"RulesSet.rules.filters.{names[0]}", lambda t: t.filter(*names)


# Market data

MARKET: Final[Group] = {
    "precision.amount": ("MarketListed.market.step", lambda t: Decimal(t.spec["step"])),
    "precision.price": ("MarketListed.market.tick", lambda t: Decimal(t.spec["tick"])),
    "precision.base": ("(the log's unit)", lambda _: UNIT),
    "precision.quote": ("(the log's unit)", lambda _: UNIT),
    "limits.amount.min": bound("qty_min"),
    "limits.amount.max": bound("qty_max"),
    "limits.price.min": bound("price_min"),
    "limits.price.max": bound("price_max"),
    "limits.cost.min": bound("notional_min"),
    "limits.cost.max": (*bound("notional_max"), "spot"),
    # A contract's least market order is its least order, where the rules name none of its own.
    "limits.market.min": (
        "RulesSet.rules.filters.market_qty_min",
        lambda t: t.filter("market_qty_min", *(["qty_min"] if t.product == "usdm" else [])),
    ),
    "limits.market.max": bound("market_qty_max", "qty_max"),
    "created": ("MarketListed.market.onboard", lambda t: millis(t.spec["onboard"]), "usdm"),
    "maker": CCXT,
    "taker": CCXT,
    "contractSize": (*CCXT, "usdm"),
}
CURRENCY: Final[Group] = {
    **dict.fromkeys(("precision", "networks.USDT.precision"), ("(the log's unit)", lambda _: UNIT)),
    **dict.fromkeys(
        ("fee", "fees.USDT", "networks.USDT.fee", "networks.USDT.limits.withdraw.min", "limits.withdraw.min"),
        ("(nothing can be sent out)", lambda _: NONE),
    ),
    **dict.fromkeys(
        ("networks.USDT.limits.withdraw.max", "limits.withdraw.max"),
        ("(nothing can be sent out)", lambda _: Decimal(9_999_999_999)),
    ),
}
NOW: Final[Group] = {"timestamp": ("(the clock)", lambda t: t.now)}
TRADED: Final[Said] = ("TradeExecuted: record.at (newest)", lambda t: t.tape[-1].at, "usdm")
TICKED: Final[Group] = {
    "timestamp": ("TradeExecuted: record.at (newest), or later", lambda t: Between(t.tape[-1].at, t.now))
}
"""A stream of tickers speaks when a figure of it is another one. Every trade changes one; the book changes none of the
small ticker, and the best of the large one may have come back to what was told."""
BOOKED: Final[Group] = {
    "timestamp": ("record.at (newest change of the book), or later", lambda t: Between(t.book_at, t.now))
}
PRICES: Final[Group] = {
    "high": ("TradeExecuted.price (largest)", lambda t: max(trade.price for trade in t.tape)),
    "low": ("TradeExecuted.price (least)", lambda t: min(trade.price for trade in t.tape)),
    "open": ("TradeExecuted.price (first)", lambda t: t.opened),
    "close": ("TradeExecuted.price (newest)", lambda t: t.last),
    "last": ("TradeExecuted.price (newest)", lambda t: t.last),
    "change": ("TradeExecuted.price (newest − first)", lambda t: t.last - t.opened),
    "baseVolume": ("TradeExecuted.qty (sum)", lambda t: t.volume),
    "quoteVolume": ("TradeExecuted.quote (sum)", lambda t: t.quote_volume),
    "average": CCXT,
}
BEST: Final[Group] = {
    "bid": ("OrderRested and what ended it (best price)", lambda t: t.levels("BUY")[0][0]),
    "bidVolume": ("OrderRested and what ended it (its size)", lambda t: t.levels("BUY")[0][1]),
    "ask": ("OrderRested and what ended it (best price)", lambda t: t.levels("SELL")[0][0]),
    "askVolume": ("OrderRested and what ended it (its size)", lambda t: t.levels("SELL")[0][1]),
}
DAY: Final[Group] = {
    **PRICES,
    "percentage": ("TradeExecuted.price (change ÷ first)", lambda t: t.percent),
    "vwap": ("TradeExecuted.quote ÷ qty (sums)", lambda t: t.average),
    "previousClose": ("TradeExecuted.price (first: nothing was before)", lambda t: t.opened, "spot"),
    **only("spot", BEST),
}
MINI: Final[Group] = {**PRICES, "percentage": CCXT, "vwap": CCXT}
BOOK_TIME: Final[Group] = {"timestamp": ("record.at (newest change of the book)", lambda t: t.book_at, "usdm")}


def book(depth: int | None = None) -> Group:
    """Both sides, best first; *depth* levels of each."""

    def side(name: str, part: int) -> Read:
        return lambda t: Best(level[part] for level in t.levels(name)[:depth])

    prices, sizes = "OrderAccepted.price, BookAdjusted", "OrderRested.left, BookAdjusted, less what ended"
    return {
        "bids.[].0": (prices, side("BUY", 0)),
        "bids.[].1": (sizes, side("BUY", 1)),
        "asks.[].0": (prices, side("SELL", 0)),
        "asks.[].1": (sizes, side("SELL", 1)),
        "nonce": ("changes of levels, counted", lambda t: t.book_seq),
    }


TRADE: Final[Group] = {
    "id": ("TradeExecuted.trade", lambda row: str(row.id)),
    "price": ("TradeExecuted.price", lambda row: row.price),
    "amount": ("TradeExecuted.qty", lambda row: row.qty),
    "cost": ("TradeExecuted.quote", lambda row: row.quote),
    "side": ("TradeExecuted.aggressor", lambda row: row.side.lower()),
    "timestamp": ("record.at", lambda row: row.at),
}
AGGREGATE: Final[Group] = {
    **TRADE,
    "id": ("TradeExecuted (one order's at one price, counted)", lambda row: str(row.id)),
    "amount": ("TradeExecuted.qty (sum)", lambda row: row.qty),
    "cost": ("TradeExecuted.quote (sum)", lambda row: row.quote),
}
CANDLE: Final[Group] = {
    "0": ("record.at (start of its span)", lambda row: row.start),
    "1": ("TradeExecuted.price (first)", lambda row: row.open),
    "2": ("TradeExecuted.price (largest)", lambda row: row.high),
    "3": ("TradeExecuted.price (least)", lambda row: row.low),
    "4": ("TradeExecuted.price (newest)", lambda row: row.close),
    "5": ("TradeExecuted.qty (sum)", lambda row: row.volume),
}
MARK_CANDLE: Final[Group] = {
    **{name: (said[0].replace("TradeExecuted.price", "MarkSet.mark"), said[1]) for name, said in CANDLE.items()},
    "5": ("(nobody trades marks)", lambda _: NONE),
}

# Orders, fills and money

TERMS: Final[Group] = {
    "id": ("OrderAccepted.order", lambda row: str(row.id)),
    "clientOrderId": ("OrderAccepted.client_id", lambda row: row.client_id),
    "side": ("OrderAccepted.side", lambda row: row.side.lower()),
    "type": ("OrderAccepted.kind", lambda row: row.kind.lower()),
    "amount": ("OrderAccepted.qty", lambda row: row.qty),
    "status": ("OrderAccepted and what ended it", lambda row: row.status),
    "filled": ("OrderAccepted.qty − Fill.left", lambda row: row.filled),
    "remaining": ("Fill.left", lambda row: row.left),
    "cost": ("Fill.cum_quote", lambda row: row.cum_quote),
    "timestamp": ("OrderAccepted: record.at", lambda row: row.accepted),
    "lastUpdateTimestamp": ("its newest event: record.at", lambda row: row.updated),
    # ccxt tells it of orders that are open or filled.
    "lastTradeTimestamp": (
        "TradeExecuted: record.at",
        lambda row: row.updated if row.filled and row.status in ("open", "closed") else None,
    ),
}


def order(unit: Decimal | None = None) -> Group:
    """An order, its average cut to *unit* by the venue; where the venue tells none, ccxt divides."""

    def average(row: Order) -> Decimal:
        return row.average if unit is None else down(row.average, unit)

    return {
        **TERMS,
        "average": ("Fill.cum_quote ÷ filled", lambda row: average(row) or None),
        # ccxt shows the average where an order had no price.
        "price": ("OrderAccepted.price", lambda row: row.price or average(row)),
    }


FINE: Final = Decimal("0.00001")
"""Averages of contracts are told three decimals finer than their prices."""
CANCELED: Final[Group] = {
    # The client id of a cancel's answer is the cancel's own, on spot.
    **without(order(), "clientOrderId", "lastTradeTimestamp"),
    "timestamp": ("OrderCanceled: record.at", lambda row: row.updated),
}
CHARGED: Final[Group] = {
    "fee.cost": ("Fill.fee (sum)", lambda row: row.fee if row.fills else None),
    "trades.[].id": ("TradeExecuted.trade", lambda row: [str(fill.trade) for fill in row.fills]),
    "trades.[].price": ("TradeExecuted.price", lambda row: [fill.price for fill in row.fills]),
    "trades.[].amount": ("TradeExecuted.qty", lambda row: [fill.qty for fill in row.fills]),
    "trades.[].cost": ("TradeExecuted.quote", lambda row: [fill.quote for fill in row.fills]),
    "trades.[].fee.cost": ("Fill.fee", lambda row: [fill.fee for fill in row.fills]),
    "trades.[].fees.[].cost": ("Fill.fee", lambda row: [[fill.fee] for fill in row.fills]),
}
BOUGHT: Final[Group] = {
    **CHARGED,
    "fees.[].cost": ("Fill.fee (sum)", lambda row: [row.fee] if row.fills else []),
}
STREAMED: Final[Group] = {
    **CHARGED,
    # Added up as floats; the fees it is made of are in the trades.
    "fee.cost": CCXT,
    "trades.[].timestamp": ("record.at", lambda row: [fill.at for fill in row.fills]),
}
FILL: Final[Group] = {
    "id": ("TradeExecuted.trade", lambda row: str(row.trade)),
    "order": ("Fill.order", lambda row: str(row.order)),
    "price": ("TradeExecuted.price", lambda row: row.price),
    "amount": ("TradeExecuted.qty", lambda row: row.qty),
    "cost": ("TradeExecuted.quote", lambda row: row.quote),
    "side": ("TradeExecuted.aggressor", lambda row: row.side.lower()),
    "takerOrMaker": ("TradeExecuted.taker or maker", lambda row: "maker" if row.maker else "taker"),
    "timestamp": ("record.at", lambda row: row.at),
    "fee.cost": ("Fill.fee", lambda row: row.fee),
    "fee.currency": ("Fill.fee_asset", lambda row: row.fee_asset),
    "fees.[].cost": ("Fill.fee", lambda row: [row.fee]),
}


def held(asset: str) -> Group:
    """A balance of the spot wallet, in both of ccxt's spellings."""
    postings = f"postings of {asset}"

    def figure(read: Callable[[Balance], Decimal]) -> Read:
        return lambda t: read(t.balance(asset)) if t.lists(asset) else None

    figures: Group = {
        "free": (f"{postings} (free)", figure(lambda row: row.free)),
        "used": (f"{postings} (held)", figure(lambda row: row.held)),
        "total": (f"{postings} (both)", figure(lambda row: row.free + row.held)),
    }
    return {**under(asset, figures), **{f"{name}.{asset}": said for name, said in figures.items()}}


MARGIN: Final[Group] = {
    "free": ("postings + MarkSet (less initial margin)", lambda t: t.cash + t.unrealised - t.initial),
    "used": ("MarkSet.mark × position + open orders, ÷ LeverageSet", lambda t: t.initial),
    "total": ("postings + MarkSet.mark × position", lambda t: t.cash + t.unrealised),
}
MOVED: Final[Said] = ("record.at (newest posting)", lambda t: t.money_moved)
MONEY: Final[Group] = {**held("USDT"), **held("BTC"), **held("ETH"), **held("BNB"), "timestamp": MOVED}
MARGIN_MONEY: Final[Group] = {**under("USDT", MARGIN), **{f"{name}.USDT": said for name, said in MARGIN.items()}}
STREAMED_MONEY: Final[Group] = {**held("USDT"), **held("BTC"), "timestamp": MOVED}
STREAMED_CASH: Final[Group] = dict.fromkeys(("USDT.total", "total.USDT"), ("postings of USDT", lambda t: t.cash))
NEW_OR_CANCELED: Final[Said] = (
    "OrderAccepted or OrderCanceled: record.at",
    lambda row: row.updated if row.status == "canceled" else row.accepted,
)

# Contracts

ENTRY: Final[Group] = {
    "contracts": ("Opened.qty_after, Closed.qty", lambda t: abs(t.position.qty)),
    "entryPrice": ("Opened.cost_after ÷ qty_after", lambda t: t.entry),
    "unrealizedPnl": ("MarkSet.mark × qty − cost", lambda t: t.unrealised),
    "side": ("Opened.qty_after (sign)", lambda t: "short" if t.position.qty < 0 else "long"),
    "contractSize": CCXT,
}
POSITION: Final[Group] = {
    **ENTRY,
    "timestamp": ("TradeExecuted: record.at", lambda t: t.position.updated),
    "markPrice": ("MarkSet.mark", lambda t: t.mark),
    "notional": ("MarkSet.mark × qty", lambda t: t.worth),
    "initialMargin": ("MarkSet.mark × qty + open orders, ÷ LeverageSet", lambda t: t.initial),
    "maintenanceMargin": ("RulesSet.rules.tiers × worth", lambda t: t.maintenance),
    "maintenanceMarginPercentage": ("RulesSet.rules.tiers", lambda t: Decimal(t.tier["maintenance_rate"])),
    "liquidationPrice": ("postings, Opened.cost_after, RulesSet.rules.tiers", lambda t: t.liquidation_price),
    "initialMarginPercentage": CCXT,
    "marginRatio": CCXT,
    "percentage": CCXT,
    "collateral": CCXT,
}
STREAMED_POSITION: Final[Group] = {
    **ENTRY,
    "unrealizedPnl": ("MarkSet.mark at the newest fill × qty − cost", lambda t: t.unrealised_then),
    "timestamp": POSITION["timestamp"],
}
LEVERAGE: Final[Group] = {
    "longLeverage": ("LeverageSet.leverage", lambda t: t.leverage),
    "shortLeverage": ("LeverageSet.leverage", lambda t: t.leverage),
}
TIER: Final[Group] = {
    "minNotional": ("RulesSet.rules.tiers.floor", lambda row: Decimal(row["floor"])),
    "maxNotional": ("RulesSet.rules.tiers.cap", lambda row: Decimal(row["cap"])),
    "maintenanceMarginRate": ("RulesSet.rules.tiers.maintenance_rate", lambda row: Decimal(row["maintenance_rate"])),
    "maxLeverage": ("RulesSet.rules.tiers.max_leverage", lambda row: row["max_leverage"]),
    "tier": ("RulesSet.rules.tiers (counted)", lambda row: row["number"]),
}
MARKS: Final[Group] = {
    "markPrice": ("MarkSet.mark", lambda t: t.mark),
    "indexPrice": ("IndexSet.price", lambda t: t.index),
}
FUNDING: Final[Group] = {
    **NOW,
    **MARKS,
    "estimatedSettlePrice": ("IndexSet.price", lambda t: t.index),
    "interestRate": ("MarketListed.market.interest", lambda t: Decimal(t.spec["interest"])),
    "fundingRate": ("MarkSet.premium (average, from the replayed log)", lambda t: t.predicted_rate),
    "fundingTimestamp": ("FundingRateSet.next_at", lambda t: t.next_funding),
}
RATE: Final[Group] = {
    "fundingRate": ("FundingRateSet.rate", lambda row: Decimal(row[1]["rate"])),
    "timestamp": ("FundingRateSet: record.at", lambda row: row[0]),
}
FEES: Final[Group] = {
    "maker": ("RulesSet.rules.maker", lambda t: Decimal(t.rules["maker"])),
    "taker": ("RulesSet.rules.taker", lambda t: Decimal(t.rules["taker"])),
}
PAYMENT: Final[Group] = {
    "amount": ("FundingPaid.amount", lambda row: row[1]),
    "timestamp": ("FundingPaid: record.at", lambda row: row[2]),
}
LEDGER: Final[Group] = {
    "amount": ("FundsDeposited.amount, Closed.realised, Fill.fee, FundingPaid.amount", lambda row: abs(row[1])),
    "direction": ("(their sign)", lambda row: "in" if row[1] > 0 else "out"),
    "timestamp": ("record.at", lambda row: row[2]),
}
INTEREST: Final[Group] = {
    **NOW,
    "openInterestAmount": ("Opened.qty_after (sum of longs)", lambda t: t.open_interest),
    "baseVolume": ("Opened.qty_after (sum of longs)", lambda t: t.open_interest),
}

# The calls

CALLS: Final[dict[str, Group]] = {
    "load_markets": MARKET,
    "fetch_currencies": CURRENCY,
    "fetch_time": {"": ("(the clock)", lambda t: t.now)},
    "fetch_ticker": {**DAY, **NOW},
    "fetch_tickers": under("SYMBOL", {**DAY, **NOW}),
    "fetch_bids_asks": under("SYMBOL", {**BEST, **BOOK_TIME}),
    "fetch_last_prices": under("SYMBOL", {"price": PRICES["last"], "timestamp": TRADED}),
    "fetch_order_book": {**book(), **BOOK_TIME},
    "fetch_trades": columns(lambda t: t.newest_aggregates, AGGREGATE),
    "fetch_trades (prints)": columns(lambda t: t.newest, TRADE),
    "fetch_ohlcv": columns(lambda t: t.candles(MINUTE), CANDLE),
    "fetch_ohlcv 1h": columns(lambda t: t.candles(HOUR), CANDLE),
    "cancel_order": {name: (said[0], on_one(said[1])) for name, said in CANCELED.items()},
    "fetch_my_trades": columns(lambda t: t.fills, FILL),
    "fetch_trading_fee": FEES,
    "watch_order_book": {**book(), **BOOKED},
    "partial depth": book(10),
    "watch_bids_asks": {**BEST, "timestamp": ("record.at (newest change of the best)", lambda t: t.best_at, "usdm")},
    "watch_trades": columns(lambda t: t.tape, TRADE, streamed=True),
    "watch_trades aggTrade": columns(lambda t: t.aggregates, AGGREGATE, streamed=True),
    "watch_ohlcv": columns(lambda t: t.candles(MINUTE), CANDLE, streamed=True),
    "watch_ticker": {**MINI, **TICKED},
    "watch_ticker ticker": {**DAY, **TICKED},
    "watch_my_trades": columns(lambda t: t.fills, FILL),
}


def order_calls(group: Group) -> dict[str, Group]:
    """The calls that ask for orders."""
    return {
        "fetch_order": columns(lambda t: t.orders(), group),
        "fetch_orders": columns(lambda t: t.orders(), group),
        "fetch_open_orders": columns(lambda t: t.orders("open"), group),
        "fetch_closed_orders": columns(lambda t: t.orders("closed"), group),
    }


SPOT_CALLS: Final[dict[str, Group]] = {
    **order_calls(order()),
    "create_order": columns(lambda t: t.entered, {**order(), **BOUGHT}),
    "watch_orders": columns(lambda t: t.orders(), {**order(), **STREAMED}),
    "fetch_balance": MONEY,
    "cancel_all_orders": columns(lambda t: t.all_taken_back, CANCELED),
    "watch_balance": STREAMED_MONEY,
}
CONTRACT_CALLS: Final[dict[str, Group]] = {
    **order_calls(order(FINE)),
    "create_order": columns(lambda t: t.entered, order(FINE)),
    # ccxt takes the time of the newest order event that is no trade: futures events do not repeat the order's own.
    "watch_orders": columns(lambda t: t.orders(), {**order(UNIT), **STREAMED, "timestamp": NEW_OR_CANCELED}),
    "set_leverage": {
        "leverage": ("LeverageSet.leverage", lambda t: t.leverage),
        "maxNotionalValue": ("RulesSet.rules.tiers.cap (largest at this leverage)", lambda t: str(t.most)),
    },
    "fetch_balance": MARGIN_MONEY,
    "watch_balance": STREAMED_CASH,
    "fetch_positions": columns(lambda t: [t], POSITION),
    "fetch_leverage": LEVERAGE,
    "fetch_leverages": under("SYMBOL", LEVERAGE),
    "fetch_margin_mode": {"marginMode": ("(cross is what there is)", lambda _: "cross")},
    "fetch_leverage_tiers": under("SYMBOL", columns(lambda t: t.tiers, TIER)),
    "fetch_funding_rate": FUNDING,
    "fetch_funding_rates": under("SYMBOL", FUNDING),
    "fetch_funding_rate_history": columns(lambda t: t.rates, RATE),
    "fetch_funding_history": columns(lambda t: t.payments, PAYMENT),
    "fetch_ledger": columns(lambda t: t.income, LEDGER),
    "fetch_mark_price": {**NOW, **MARKS},
    "fetch_mark_ohlcv": columns(lambda t: t.mark_candles, MARK_CANDLE),
    "fetch_open_interest": INTEREST,
    "watch_mark_price": {**NOW, **MARKS},
    "watch_positions": columns(lambda t: [t], STREAMED_POSITION),
}


def _rows(product: str, calls: dict[str, Group]) -> list[Row]:
    return [
        Row(call, field, said[0], said[1])
        for call, group in calls.items()
        for field, said in group.items()
        if len(said) < 3 or said[2] == product
    ]


TABLE: Final[dict[str, list[Row]]] = {
    "spot": _rows("spot", {**CALLS, **SPOT_CALLS}),
    "usdm": _rows("usdm", {**CALLS, **CONTRACT_CALLS}),
}
