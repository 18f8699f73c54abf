"""Whether the orders and the money in a live bot's own database are those of the event log."""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from clients.freqtrade.bot import DATABASE, placed, rows
from clients.proof import same, shown
from simexchange.core.vocabulary.events import AccountOpened, OrderAccepted, TradeExecuted
from simexchange.core.vocabulary.units import decimal_text
from simexchange.dialects.binance.usdm.algorows import FIRST_ALGO_ID, order_of
from simexchange.eventlog.locate import open_log
from simexchange.eventlog.replay import records

BEGAN_WITH = Decimal(100_000)
FLOAT = 1e-9
"""Its database has binary numbers: how far they may be from the decimal one, relative."""
CENT = 0.01
"""So far its rounded profits may add up wrongly."""


@dataclass
class Order:
    """What the log says of an order."""

    qty: Decimal
    filled: Decimal = Decimal(0)
    quote: Decimal = Decimal(0)
    fees: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    fills: int = 0
    made: int = 0
    """How many of its fills it waited for in the book."""


def balances(product: str, said: dict[str, float], ledger: dict[str, list[str]]) -> None:
    """What the bot says it has is what the ledger says, asset by asset, and nothing is held any more."""
    total = {asset: Decimal(free) + Decimal(held) for asset, (free, held) in ledger.items()}
    same(f"{product}: assets", set(said), set(total))
    for asset, amount in total.items():
        _near(f"{product}: {asset}", said[asset], amount)
    same(f"{product}: held", {asset: held for asset, (_, held) in ledger.items() if Decimal(held)}, {})
    shown(f"{product}: what freqtrade says it has is what the ledger says: {ledger}")


def told(log: Path, account: str) -> dict[int, Order]:
    """The orders of an account and what was filled of them."""
    found: dict[int, Order] = {}
    no = -1
    opened = open_log(str(log))
    try:
        for record in records(opened):
            for event in record.events:
                if isinstance(event, TradeExecuted):
                    for fill in (event.taker, event.maker):
                        if fill.account == no and fill.order in found:
                            order = found[fill.order]
                            order.filled += Decimal(decimal_text(event.qty))
                            order.quote += Decimal(decimal_text(event.quote))
                            order.fees[fill.fee_asset] += Decimal(decimal_text(fill.fee))
                            order.fills += 1
                            order.made += fill is event.maker
                elif isinstance(event, OrderAccepted) and event.account == no:
                    found[event.order] = Order(Decimal(decimal_text(event.qty)))
                elif isinstance(event, AccountOpened) and event.name == account:
                    no = event.no
    finally:
        opened.close()
    return found


def engine_id(text: str) -> int:
    """The order that the bot knows as *text*: an order's id, or one of the Algo Service."""
    number = int(text)
    return order_of(number) if number >= FIRST_ALGO_ID else number


def orders(product: str, folder: Path, truth: dict[int, Order]) -> dict[int, dict[str, Any]]:
    """Every order both ways, the bot's in *folder* and the log's; AssertionError at the first difference.

    The orders in the bot's database, by the engine's number.
    """
    own = {engine_id(row["order_id"]): row for row in rows(folder / DATABASE, "SELECT * FROM orders")}
    same(f"{product}: orders there are not", set(own) - set(truth), set())
    taken_back = {engine_id(entry.order) for entry in placed(folder)} - set(own)
    same(f"{product}: orders the bot does not know", set(truth) - set(own), taken_back)
    same(f"{product}: filled of what it took back", sum(truth[number].filled for number in taken_back), 0)
    for number, row in own.items():
        order = truth[number]
        _near(f"{product}: order {number}: filled", row["filled"], order.filled)
        if order.filled:
            _near(f"{product}: order {number}: average", row["average"], order.quote / order.filled)
        same(f"{product}: order {number}: closed", row["status"] == "closed", order.filled == order.qty)
        same(f"{product}: order {number}: open", row["status"] in ("open", "new"), False)
    return own


def compare(folder: Path, product: str, ledger: dict[str, list[str]]) -> None:
    """Orders and earnings of a live bot; *folder* has the event log and the bot's."""
    truth = told(folder / "data", product)
    own = orders(product, folder / f"{product}-live", truth)
    fills = sum(order.fills for order in truth.values())
    made = sum(order.made for order in truth.values())
    shown(f"{product}: {len(truth)} orders with {fills} fills, {made} as maker: as in the event log")
    earned = sum(map(Decimal, ledger["USDT"])) - BEGAN_WITH
    trades = rows(folder / f"{product}-live" / DATABASE, "SELECT * FROM trades")
    # On spot, what is bought is paid for in what was bought, and its costs are the bot's own amounts.
    too_much = _one_rate(trades, own, truth) if product == "futures" else 0.0
    _money(product, trades, own, too_much, earned)


def _one_rate(trades: list[dict[str, Any]], own: dict[int, dict[str, Any]], truth: dict[int, Order]) -> float:
    """What it reckons too much of fees.

    freqtrade knows one rate for each side of a trade: where an order was filled partly as maker and partly as taker,
    the plain mean of the two, however much was filled at each; where a side took several orders, that of one of them.
    An order that is alone on its side, and all maker or all taker, must have cost what it believes.
    """
    rates = {trade["id"]: (trade["is_short"], trade["fee_open"], trade["fee_close"]) for trade in trades}
    sides: dict[tuple[int, bool], list[int]] = defaultdict(list)
    for number, row in own.items():
        if truth[number].filled:
            entry = row["ft_order_side"] == ("sell" if rates[row["ft_trade_id"]][0] else "buy")
            sides[row["ft_trade_id"], entry].append(number)
    too_much = 0.0
    for (trade, entry), numbers in sides.items():
        rate = rates[trade][1 if entry else 2]
        for number in numbers:
            order = truth[number]
            wrong = rate * float(order.quote) - float(sum(order.fees.values()))
            if len(numbers) == 1 and order.made in (0, order.fills):
                same(f"order {number}: fee off by {wrong!r}", abs(wrong) > CENT, False)
            too_much += wrong
    return too_much


def _money(
    product: str, trades: list[dict[str, Any]], own: dict[int, dict[str, Any]], too_much: float, earned: Decimal
) -> None:
    """What the bot believes to have earned must be what came into the ledger."""
    if product == "futures":
        believed = sum(trade["realized_profit"] for trade in trades)
    else:
        filled = [row for row in own.values() if row["filled"]]
        paid = sum((-1 if row["side"] == "buy" else 1) * row["cost"] for row in filled)
        believed = paid - sum(trade["fee_close_cost"] or 0 for trade in trades)
    if abs(believed + too_much - float(earned)) > CENT:
        raise AssertionError(
            f"{product}: earned {earned} USDT, the bot believes {believed!r}, fees {too_much!r} too high"
        )
    shown(f"{product}: what it believes to have earned, {believed:.4f} USDT, is what the ledger says: {earned}; "
          f"it took fees for {too_much:.4f} too high, by knowing one rate for each side of a trade")  # fmt: skip


def _near(what: str, got: float | None, expected: Decimal) -> None:
    if abs((got or 0.0) - float(expected)) > FLOAT * max(1.0, float(expected)):
        raise AssertionError(f"{what}: {got!r}, the event log has {expected}")
