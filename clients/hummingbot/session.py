"""The session of hummingbot's connectors against a served exchange: `run` starts both."""

import asyncio
import logging
import subprocess
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from desk import BUY, LIMIT, MAKER, MARKET, SELL, Desk, eventually
from hummingbot.core.clock import Clock, ClockMode
from hummingbot.core.data_type.common import PositionAction, PositionMode
from settings import PAIR, connector, point_to

from clients.exchange import Exchange, served
from clients.proof import money, same, shown
from clients.relay import Relay
from clients.stories import Mover

ACCOUNTS = {"spot": "alice", "usdm": "carol"}
QUANTITIES = {"spot": "0.01", "usdm": "0.02"}
OPEN, CLOSE = {"position_action": PositionAction.OPEN}, {"position_action": PositionAction.CLOSE}


class Errors(logging.Handler):
    """What its loggers say as errors: to them, refusals and broken lines are warnings."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name}: {record.getMessage()}")


class Story:
    """Told by one connector for one account."""

    def __init__(self, product: str, name: str, exchange: Exchange, made: Any) -> None:
        self.product = product
        self.exchange = exchange
        self.made = made
        self.desk = Desk(made)
        self.path = "/api/v3" if product == "spot" else "/fapi/v1"
        self.name = name
        self.qty = QUANTITIES[product]
        self.more: dict[str, Any] = {} if product == "spot" else OPEN
        self.gap = 0
        """The last diff before the line was cut."""
        self.hand = Mover(exchange, self.name)

    def say(self, sentence: str) -> None:
        shown(f"{self.product}: {sentence}")

    async def ask(self, path: str, **params: Any) -> Any:
        """The venue's own word, by another program with the same key."""
        return await asyncio.to_thread(self.hand.ask, "GET", path, **params)

    async def starts(self) -> None:
        await eventually(f"the connector is ready: {self.made.status_dict}", lambda: self.made.ready, 60)
        rule = self.made.trading_rules[PAIR]
        same("steps", min(rule.min_price_increment, rule.min_base_amount_increment, rule.min_notional_size) > 0, True)
        self.say(f"the connector is ready: {', '.join(sorted(self.made.status_dict))}")

    async def market_data(self) -> None:
        (price,) = (await self.made.get_last_traded_prices([PAIR])).values()
        same("the last price", price > 0, True)
        if self.product == "spot":
            pairs = await self.made.get_all_pairs_prices()
            same("prices of all", "BTCUSDT" in [row["symbol"] for row in pairs], True)
        else:
            funding = await eventually("the funding", lambda: self.made.get_funding_info(PAIR))
            same("marks", min(funding.mark_price, funding.index_price) > 0, True)
            await eventually("a trade", lambda: self.desk.book.last_trade_price > 0)
        self.say("prices, the book and trades come" if self.product == "spot" else
                 "prices, the book, trades and funding come")  # fmt: skip

    async def snapshot(self) -> None:
        """What it does every hour: its stream may begin after its snapshot, and it looks for no gap before that."""
        tracker = self.made.order_book_tracker
        # Over a snapshot it lays the last diffs it had, older ones too: those of before a gap have to be gone by then.
        window = tracker._past_diffs_windows[PAIR]
        await eventually("diffs after the gap", lambda: window and window[0].update_id > self.gap)
        message = await tracker.data_source._order_book_snapshot(PAIR)
        tracker._order_book_snapshot_stream.put_nowait(message)
        await eventually("the snapshot", lambda: self.desk.book.snapshot_uid == message.update_id)

    async def the_book(self) -> None:
        """The book kept from diffs is the exchange's at the same update id."""
        await self.snapshot()
        compared = 0
        for _ in range(600):
            asked = await self.ask(f"{self.path}/depth", symbol="BTCUSDT", limit=50)
            for _ in range(40):
                if self.desk.book.last_diff_uid >= asked["lastUpdateId"]:
                    break
                await asyncio.sleep(0.02)
            book = self.desk.book
            if book.last_diff_uid != asked["lastUpdateId"]:
                continue
            for side, rows in (("bids", book.bid_entries()), ("asks", book.ask_entries())):
                kept = [(row.price, row.amount) for row, _ in zip(rows, range(50), strict=False)]
                same(side, kept, [(float(p), float(q)) for p, q in asked[side]])
            compared += 1
            if compared == 2:
                self.say("the book kept from diffs is the exchange's, 50 levels a side, at two update ids")
                return
        raise AssertionError("the book never stood where the exchange's did")

    async def orders(self) -> None:
        desk = self.desk
        order = await desk.rest(BUY, LIMIT, self.qty, "-2", **self.more)
        await desk.take_back(order)
        maker = await desk.rest(SELL, MAKER, self.qty, "2", **self.more)
        await desk.take_back(maker)
        await desk.refused(BUY, MAKER, self.qty, "1", **self.more)
        orders = [await desk.rest(BUY, LIMIT, self.qty, f"-{n}", **self.more) for n in (2, 3)]
        gone = await self.made.cancel_all(10)
        same("canceled together", sorted(row.order_id for row in gone if row.success), sorted(orders))
        same("open orders at the venue", await self.ask(f"{self.path}/openOrders", symbol="BTCUSDT"), [])
        self.say("limits and makers rest, are refused, canceled by one and all at once")

    async def trades(self) -> None:
        closing = {} if self.product == "spot" else CLOSE
        for kind, percents in ((MARKET, ("0", "0")), (LIMIT, ("0.5", "-0.5"))):
            bought = await self.desk.trade(BUY, kind, self.qty, percents[0], **self.more)
            same("a fee", bought[0].trade_fee.flat_fees[0].amount > 0, True)
            if self.product == "usdm":
                await self.holds(Decimal(self.qty))
            await self.desk.trade(SELL, kind, self.qty, percents[1], **closing)
            if self.product == "usdm":
                await self.holds(Decimal(0))
        self.say("market orders and limits fill, with fees" + ("" if self.product == "spot" else "; positions follow"))

    async def holds(self, amount: Decimal) -> None:
        await eventually(f"a position of {amount}: {self.made.account_positions}", lambda: amount == sum(
            row.amount for row in self.made.account_positions.values()))  # fmt: skip

    async def history(self) -> None:
        """What it asks for about an order when the stream is not enough, of a fill that just was."""
        order = self.desk.submit(BUY, MARKET, self.qty, **self.more)
        await self.desk.heard(order, "BuyOrderCompleted")
        tracked = self.made._order_tracker.all_fillable_orders.get(order) or self.made._order_tracker.fetch_order(order)
        status = await self.made._request_order_status(tracked)
        same("the status asked for", status.new_state.name, "FILLED")
        updates = await self.made._all_trade_updates_for_order(tracked)
        same("the trades asked for", sum(row.fill_base_amount for row in updates), Decimal(self.qty))
        await self.desk.trade(SELL, MARKET, self.qty, **({} if self.product == "spot" else CLOSE))
        if self.product == "usdm":
            same("no funding was paid", (await self.made._fetch_last_fee_payment(PAIR))[0], 0)
        self.say("an order's status and trades are found again")

    async def settings(self) -> None:
        """Leverage and hedge mode, and a position on each side."""
        self.made.set_leverage(PAIR, 7)
        await eventually("leverage", lambda: self.made.get_leverage(PAIR) == 7)
        (row,) = await self.ask("/fapi/v1/symbolConfig", symbol="BTCUSDT")
        same("leverage at the venue", row["leverage"], 7)
        self.made.set_position_mode(PositionMode.HEDGE)
        await eventually("hedge mode", lambda: self.made.position_mode == PositionMode.HEDGE)
        await self.desk.trade(BUY, MARKET, self.qty, **OPEN)
        await self.desk.trade(SELL, MARKET, self.qty, **OPEN)
        await eventually("both sides", lambda: len(self.made.account_positions) == 2)
        await self.desk.trade(SELL, MARKET, self.qty, **CLOSE)
        await self.desk.trade(BUY, MARKET, self.qty, **CLOSE)
        await eventually("no side", lambda: not self.made.account_positions)
        self.made.set_position_mode(PositionMode.ONEWAY)
        await eventually("one way", lambda: self.made.position_mode == PositionMode.ONEWAY)
        self.say("leverage is set; in hedge mode a long and a short at once, closed again")

    async def reconnected(self, cut: Callable[[], int]) -> None:
        """All lines break; the streams come again by themselves. *cut* breaks them and says how many there were."""
        broken = await asyncio.to_thread(cut)
        same("lines were cut", broken >= 2, True)
        self.gap = self.desk.book.last_diff_uid
        await eventually("diffs after the break", lambda: self.desk.book.last_diff_uid > self.gap, 60)
        source = self.made._user_stream_tracker.data_source
        # Its polls would tell of fills too, so the stream itself is looked at.
        await eventually("the account's stream", lambda: self.streaming(source), 60)
        await asyncio.sleep(1)
        since = time.time()
        await self.trades()
        await eventually("events of the account's stream", lambda: source.last_recv_time > since)
        await self.the_book()
        self.say(f"{broken} lines were cut: the book and the account's stream came again by themselves")

    @staticmethod
    def streaming(source: Any) -> bool:
        """Whether the account's stream has an open socket."""
        assistant = source._ws_assistant
        return assistant is not None and assistant._connection.connected

    async def agrees(self) -> None:
        await self.made._update_balances()
        ledger = await asyncio.to_thread(self.exchange.ledger, self.name, self.product)
        total = {asset: free + held for asset, (free, held) in ledger.items()}
        said = {asset: money(amount) for asset, amount in self.made.get_all_balances().items() if amount}
        same("balances", said, total)
        self.say(f"balances are the ledger's: {total}")


async def tell(product: str, name: str, exchange: Exchange, cut: Callable[[], int]) -> None:
    """One connector, from its start to its end."""
    made = connector(product, exchange.keys(name))
    story = Story(product, name, exchange, made)
    clock = Clock(ClockMode.REALTIME, tick_size=0.5)
    clock.add_iterator(made)
    with clock:
        running = asyncio.create_task(clock.run())
        try:
            await story.starts()
            await story.market_data()
            await story.the_book()
            await story.orders()
            await story.trades()
            await story.history()
            if product == "usdm":
                await story.settings()
            await story.reconnected(cut)
            await story.agrees()
        finally:
            running.cancel()
            await made.stop_network()


def alone(product: str, name: str, exchange: Exchange, cut: Callable[[], int]) -> None:
    """One product in a process of its own: the connectors share a session with the first loop they see."""
    errors = Errors()
    logging.getLogger().addHandler(errors)
    asyncio.run(tell(product, name, exchange, cut))
    same("errors in its log", errors.lines, [])


def each(script: str) -> str:
    """Run *script* once more for each product; or the product this process is for."""
    if (product := sys.argv[1]) in ACCOUNTS:
        return product
    for name in ACCOUNTS:
        print(f"==== {name}", flush=True)
        subprocess.run([sys.executable, script, name], check=True, timeout=300)
    return ""


def main() -> None:
    if product := each(__file__):
        exchange = served()
        relay = Relay(exchange.ws_url)
        point_to(exchange.url, relay.ws_url)
        alone(product, ACCOUNTS[product], exchange, relay.cut)


if __name__ == "__main__":
    main()
