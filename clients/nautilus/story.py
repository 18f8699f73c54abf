"""What a node does with one product: reconcile, listen, look back, trade, lose its line, agree with the ledger."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from nautilus_trader.adapters.binance import BINANCE_VENUE
from nautilus_trader.model.enums import OrderStatus, TimeInForce, TrailingOffsetType
from nautilus_trader.model.identifiers import PositionId
from nautilus_trader.model.objects import Quantity
from trader import BUY, SELL, Trader, eventually

from clients.exchange import Exchange
from clients.proof import money, same, shown
from clients.relay import Relay
from clients.stories import Mover

ACCEPTED, FILLED, CANCELED, EXPIRED = (
    OrderStatus.ACCEPTED,
    OrderStatus.FILLED,
    OrderStatus.CANCELED,
    OrderStatus.EXPIRED,
)
PATHS = {"spot": "/api/v3", "usdm": "/fapi/v1", "coinm": "/dapi/v1"}
SYMBOLS = {"spot": "BTCUSDT", "usdm": "BTCUSDT", "coinm": "BTCUSD_PERP"}
QUANTITIES = {"spot": "0.01", "usdm": "0.02", "coinm": "10"}
DIFF = rb'"U":(\d+),"u":\d+'
"""How a diff of a book names the first update in it."""
LINES = 8
"""How often a line is cut until the book begins whole."""
PUSHES = {"spot": "1", "usdm": "2", "coinm": "1000"}
"""How much the other account trades at a time to move the price."""


class Before:
    """What the account did by another program before the node came: an order that rests, and a position."""

    def __init__(self, exchange: Exchange, product: str, name: str) -> None:
        path, symbol, qty = PATHS[product], SYMBOLS[product], QUANTITIES[product]
        hand = Mover(exchange, name)
        self.position = Decimal(0)
        if product != "spot":
            hand.ask("POST", f"{path}/order", symbol=symbol, side="BUY", type="MARKET", quantity=qty)
            self.position = Decimal(qty)
        (book,) = [hand.ask("GET", f"{path}/depth", symbol=symbol, limit=5)]
        price = (money(book["bids"][0][0]) * Decimal("0.97")).quantize(Decimal(1))
        terms = {"symbol": symbol, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
        made = hand.ask("POST", f"{path}/order", quantity=qty, price=str(price), **terms)
        self.order_id = str(made["orderId"])


class Story:
    """Told by one node for one account."""

    def __init__(self, trader: Trader, exchange: Exchange, relay: Relay, product: str, name: str) -> None:
        self.trader = trader
        self.make = trader.order_factory
        self.exchange = exchange
        self.relay = relay
        self.product = product
        self.name = name
        self.futures = product != "spot"
        self.mover = Mover(exchange)

    def say(self, sentence: str) -> None:
        shown(f"{self.product}: {sentence}")

    def qty(self, times: int = 1) -> Any:
        return self.trader.quantity(str(Decimal(QUANTITIES[self.product]) * times))

    async def lively(self) -> None:
        """Somebody trades the instrument now and then, for as long as this is not canceled."""
        symbol = self.trader.instrument.raw_symbol.value
        while True:
            for side in ("BUY", "SELL"):
                order = {"symbol": symbol, "side": side, "type": "MARKET", "quantity": "1"}
                await asyncio.to_thread(self.mover.ask, "POST", f"{PATHS[self.product]}/order", **order)
                await asyncio.sleep(0.5)

    # The parts ---------------------------------------------------------------------------------------------

    async def reconciled(self, before: Before) -> None:
        """The order and the position of before are the node's."""
        cache = self.trader.cache
        found = await eventually("the order of before", lambda: cache.orders_open(venue=BINANCE_VENUE))
        same("orders reconciled", [str(order.venue_order_id) for order in found], [before.order_id])
        same("position reconciled", self.trader.holds(), before.position)
        (order,) = found
        self.trader.cancel_order(order)
        await eventually("the order of before is canceled", lambda: order.is_closed)
        self.say("an order and a position of before the start are reconciled; the order is canceled by the node")

    async def market_data(self) -> None:
        # Marks of a contract with a day of delivery have no rate of funding, which the adapter cannot read.
        kinds = self.trader.listen(marks=self.product == "usdm")
        quick = [kind for kind in kinds if kind != "bar"]
        for kind in quick:
            await eventually(f"{kind} of the market", lambda kind=kind: self.trader.came[kind])
        quote = self.trader.newest["quote"]
        same("bid below ask", quote.bid_price < quote.ask_price, True)
        self.say(f"{len(quick)} kinds of market data come: {', '.join(quick)}")

    async def look_back(self) -> None:
        for kind in self.trader.look_back():
            await eventually(f"history of {kind}", lambda kind=kind: kind in self.trader.history)
        self.say("candles and trades of the past are answered")

    async def whole(self) -> None:
        """The diffs reach back to the snapshot; else the line is cut, and both begin again.

        The adapter subscribes and asks for its snapshot at once, and looks for no gap between the two: what changed
        there it never hears of.
        """
        for _ in range(LINES):
            await eventually("a snapshot and a diff", lambda: self.trader.snapshot and self.relay.seen, 60)
            began, snapshot = int(self.relay.seen[1]), self.trader.snapshot
            if began <= snapshot + 1:
                return
            self.say(f"diffs began at {began}, after the snapshot at {snapshot}: the line is cut again")
            self.trader.snapshot = 0
            self.relay.cut()
        raise AssertionError("diffs began after the snapshot each time")

    async def the_book(self) -> None:
        """The book kept from diffs is the exchange's: at the same update id, level by level."""
        await self.whole()
        path, symbol = PATHS[self.product], self.trader.instrument.raw_symbol.value
        compared = 0
        for _ in range(400):
            asked = await asyncio.to_thread(self.mover.ask, "GET", f"{path}/depth", symbol=symbol, limit=100)
            kept = await self._at(asked["lastUpdateId"])
            if kept is None:
                continue
            for side, levels in zip(("bids", "asks"), kept, strict=True):
                same(f"{side} at {asked['lastUpdateId']}", levels, [(money(p), money(q)) for p, q in asked[side]])
            compared += 1
            if compared == 3:
                self.say("the book kept from diffs is the exchange's, 100 levels a side, at three update ids")
                return
        raise AssertionError("the book never stood where the exchange's did")

    async def _at(self, update: int) -> tuple[Any, Any] | None:
        """Bids and asks of the node's book when it stands at *update*; nothing if it goes by it."""
        book = self.trader.cache.order_book(self.trader.instrument_id)
        for _ in range(40):
            if book.sequence >= update:
                break
            await asyncio.sleep(0.01)
        if book.sequence != update:
            return None
        return tuple(
            [(level.price.as_decimal(), money(level.size()).quantize(Decimal(1).scaleb(-8)).normalize())
             for level in levels[:100]]
            for levels in (book.bids(), book.asks())
        )  # fmt: skip

    async def resting(self) -> None:
        """Orders that wait: placed, changed where that can be, canceled one by one, in a list, all at once."""
        trader, make, iid = self.trader, self.make, self.trader.instrument_id
        order = await trader.place(make.limit(iid, BUY, self.qty(), trader.at("-2")), ACCEPTED)
        if self.futures:
            trader.modify_order(order, quantity=self.qty(2), price=trader.at("-3"))
            await eventually("the order is changed", lambda: order.quantity == self.qty(2))
        await trader.take_back(order)
        maker = await trader.place(make.limit(iid, SELL, self.qty(), trader.at("2"), post_only=True), ACCEPTED)
        words = "-5022" if self.futures else "immediately match"
        await trader.refused(make.limit(iid, BUY, self.qty(), trader.at("1"), post_only=True), words)
        three = [make.limit(iid, BUY, self.qty(), trader.at(f"-{n}")) for n in (2, 3, 4)]
        for each in three:
            await trader.place(each, ACCEPTED)
        trader.cancel_orders(three[:2])
        for each in three[:2]:
            await trader.becomes(each, CANCELED)
        trader.cancel_all_orders(iid)
        for each in (three[2], maker):
            await trader.becomes(each, CANCELED)
        if not self.futures:
            order = make.limit(iid, BUY, self.qty(10), trader.at("-2"), display_qty=self.qty())
            await trader.take_back(await trader.place(order, ACCEPTED))
        self.say("orders rest, are changed, refused, canceled by one, by list, all at once" if self.futures else
                 "orders rest, with a hidden part too, are refused, canceled by one, by list, all at once")  # fmt: skip

    async def taking(self) -> None:
        """Orders that trade at once, or end at once."""
        trader, make, iid = self.trader, self.make, self.trader.instrument_id
        before = trader.holds()
        for side in (BUY, SELL):
            order = await trader.place(make.market(iid, side, self.qty()), FILLED)
            same("what was told of a market order", trader.kinds_said(order)[:3],
                 ["Initialized", "Submitted", "Accepted"])  # fmt: skip
            same("what it filled", order.filled_qty, self.qty())
            commission = trader.said[order.client_order_id][-1].commission
            same("it paid a commission", commission.as_decimal() > 0, True)
        across = {BUY: "0.5", SELL: "-0.5"}
        for tif in (TimeInForce.IOC, TimeInForce.FOK):
            for side in (BUY, SELL):
                limit = make.limit(iid, side, self.qty(), trader.at(across[side]), time_in_force=tif)
                await trader.place(limit, FILLED)
            far = make.limit(iid, BUY, self.qty(), trader.at("-2"), time_in_force=tif)
            if self.futures and tif == TimeInForce.FOK:
                # The venue ends it at once or refuses it: both leave nothing.
                await trader.place(far, EXPIRED, OrderStatus.REJECTED)
            else:
                await trader.place(far, EXPIRED)
        if not self.futures:
            await self.for_quote()
        same("what is held", trader.holds() if self.futures else before, before)
        self.say("market orders, IOC and FOK trade or end")

    async def for_quote(self) -> None:
        """An order for an amount of USDT. The node takes the amount for a quantity, and thinks that much is open."""
        trader = self.trader
        amount = Quantity.from_str("500.00")
        order = self.make.market(trader.instrument_id, BUY, amount, quote_quantity=True)
        await trader.place(order, OrderStatus.PARTIALLY_FILLED)
        paid = sum(event.last_qty.as_decimal() * event.last_px.as_decimal()
                   for event in trader.said[order.client_order_id] if hasattr(event, "last_px"))  # fmt: skip
        same(f"it paid about 500: {paid}", 499 < paid <= 500, True)

    async def futures_only(self) -> None:
        """Good till a date, at a price the venue picks, only to reduce."""
        trader, make, iid = self.trader, self.make, self.trader.instrument_id
        date = datetime.now(UTC) + timedelta(minutes=20)
        until = make.limit(iid, BUY, self.qty(), trader.at("-2"), time_in_force=TimeInForce.GTD, expire_time=date)
        await trader.take_back(await trader.place(until, ACCEPTED))
        matched = make.limit(iid, BUY, self.qty(), trader.at("-2"))
        await trader.place(matched, ACCEPTED, FILLED, OrderStatus.PARTIALLY_FILLED, params={"price_match": "QUEUE_5"})
        await eventually("the venue's price", lambda: matched.price > trader.at("-1"))
        if matched.is_open:
            trader.cancel_order(matched)
            await trader.becomes(matched, CANCELED, FILLED)
        wrong = make.market(iid, BUY, self.qty(), reduce_only=True)
        await trader.refused(wrong, "-2022")
        for position in trader.cache.positions_open(instrument_id=iid):
            trader.close_position(position)
        await eventually("the position is closed", lambda: not trader.holds())
        self.say("orders till a date, at the venue's price, only to reduce; the position of before is closed")

    async def sleeping(self, *, served: bool) -> None:
        """Conditional orders: each type the adapter has, woken by the price; or refused, where it knows no service."""
        trader = self.trader
        made = self.sleepers()
        if not served:
            for make, _ in made:
                await trader.refused(make(), "-4120")
            self.say(f"{len(made)} types of conditional orders are refused with -4120: the adapter knows no other way")
            return
        seen: list[str] = []
        for make, pushed in made:
            order = make()
            await trader.place(order, ACCEPTED, FILLED, EXPIRED)
            await asyncio.to_thread(
                self.mover.push, f"{PATHS[self.product]}/order", SYMBOLS[self.product], pushed, PUSHES[self.product],
                lambda order=order: wait_a_little(order),
            )  # fmt: skip
            # Of most of a contract's orders the node hears that they expired, as the venue says when one wakes.
            # It thinks them ended, and passes on what comes after all the same.
            await eventually(f"{order} is filled", lambda order=order: "Filled" in trader.kinds_said(order))
            seen.append(" ".join(trader.kinds_said(order)[2:]))
        if self.futures:
            for position in trader.cache.positions_open(instrument_id=trader.instrument_id):
                trader.close_position(position)
            await eventually("the position is closed", lambda: not trader.holds())
        self.say(f"{len(made)} types of conditional orders wait, wake and trade: {'; '.join(sorted(set(seen)))}")

    def sleepers(self) -> list[tuple[Callable[[], Any], str]]:
        """What makes an order of each type, and where the price has to be pushed.

        Each is made when its turn comes: the pushes for one move the price for the next.
        """
        at, make, iid, qty = self.trader.at, self.make, self.trader.instrument_id, self.qty()
        found: list[tuple[Callable[[], Any], str]] = [
            (lambda: make.stop_limit(iid, BUY, qty, price=at("0.5"), trigger_price=at("0.05")), "BUY"),
            (lambda: make.limit_if_touched(iid, SELL, qty, price=at("-0.5"), trigger_price=at("0.15")), "BUY"),
        ]
        if self.futures:
            offset = {"trailing_offset": Decimal(10), "trailing_offset_type": TrailingOffsetType.BASIS_POINTS}
            found += [
                (lambda: make.stop_market(iid, SELL, qty, trigger_price=at("-0.05")), "SELL"),
                (lambda: make.market_if_touched(iid, BUY, qty, trigger_price=at("-0.15")), "SELL"),
                (lambda: make.trailing_stop_market(iid, SELL, qty, **offset), "SELL"),
            ]
        return found

    async def configured(self, leverage: int) -> None:
        """What the node was told to set is set, at the node and at the venue."""
        account = self.trader.portfolio.account(BINANCE_VENUE)
        same("leverage", account.leverage(self.trader.instrument_id), Decimal(leverage))
        hand = Mover(self.exchange, self.name)
        (row,) = await asyncio.to_thread(hand.ask, "GET", "/fapi/v1/symbolConfig", symbol=SYMBOLS[self.product])
        same("leverage at the venue", row["leverage"], leverage)
        self.say(f"leverage {leverage} is set at the start")

    async def hedged(self) -> None:
        """Both sides of a market at once, in hedge mode, isolated."""
        trader, iid = self.trader, self.trader.instrument_id
        hand = Mover(self.exchange, self.name)
        sides = {"LONG": (BUY, SELL), "SHORT": (SELL, BUY)}
        for step, expected in ((0, {"LONG": self.qty(), "SHORT": -self.qty()}), (1, {})):
            for side, ways in sides.items():
                order = self.make.market(iid, ways[step], self.qty())
                await trader.place(order, FILLED, position_id=PositionId(f"{iid}-{side}"))
            rows = await asyncio.to_thread(hand.ask, "GET", "/fapi/v2/positionRisk", symbol=SYMBOLS[self.product])
            held = {row["positionSide"]: money(row["positionAmt"]) for row in rows if money(row["positionAmt"])}
            same("positions at the venue", held, {side: money(qty) for side, qty in expected.items()})
            same("margin", {row["marginType"] for row in rows}, {"isolated"})
        same("positions of the node", trader.cache.positions_open(instrument_id=iid), [])
        self.say("hedge mode, isolated: a long and a short at once, closed again")

    async def reconnected(self, *, trades: bool) -> None:
        """The line breaks; market data, the book and the account's own stream come again by themselves."""
        trader = self.trader
        trader.snapshot = 0
        broken = self.relay.cut()
        same("lines that were cut", broken, 2 if trades else 1)
        count = dict(trader.came)
        for kind in ("quote", "trade", "deltas"):
            await eventually(f"{kind} after the break", lambda kind=kind: trader.came[kind] > count[kind] + 3, 60)
        if not trades:
            self.say("the line is cut: market data comes again by itself")
            return
        for side in (BUY, SELL):
            position = PositionId(f"{trader.instrument_id}-LONG") if self.futures else None
            order = self.make.market(trader.instrument_id, side, self.qty())
            await trader.place(order, FILLED, position_id=position)
        self.say(f"{broken} lines are cut: market data and the account's stream come again by themselves")

    async def candle(self) -> None:
        bar = await eventually("the end of a candle", lambda: self.trader.newest.get("bar"), 75)
        same("its high is the highest", bar.low <= min(bar.open, bar.close) <= bar.high, True)
        self.say("a candle ends")

    async def agrees(self, account_id: Any) -> None:
        """The node's balances are the ledger's."""
        trader = self.trader
        trader.cancel_all_orders(trader.instrument_id)
        await eventually("no order is open", lambda: all(
            order.is_quote_quantity for order in trader.cache.orders_open(venue=BINANCE_VENUE)))  # fmt: skip
        trader.query_account(account_id)
        wallet = self.product
        said: Any = None
        for _ in range(100):
            await asyncio.sleep(0.1)
            ledger = await asyncio.to_thread(self.exchange.ledger, self.name, wallet)
            if self.futures:
                # It has no more than what the venue says is free to trade with, which prices move.
                said = {asset: row.total.as_decimal() for asset, row in trader.balances().items()}
                ledger = {asset: free + held for asset, (free, held) in ledger.items()}
            else:
                said = {asset: (row.free.as_decimal(), row.locked.as_decimal())
                        for asset, row in trader.balances().items()}  # fmt: skip
            if said == ledger:
                self.say(f"balances are the ledger's: {ledger}")
                return
        same(f"balances of {self.name}", said, ledger)


def wait_a_little(order: Any) -> bool:
    """Whether *order* has woken; asked between two pushes."""
    time.sleep(0.05)
    return bool(order.is_closed or order.status in (OrderStatus.TRIGGERED, OrderStatus.PARTIALLY_FILLED))
