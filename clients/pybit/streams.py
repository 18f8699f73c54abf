"""Sockets of pybit: public topics in every category, all private ones, and orders over the trade socket."""

import copy
import queue
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from pybit.unified_trading import WebSocket, WebSocketTrading
from story import ALL, LINEAR, SPOT, Story, Terms

from clients.exchange import Exchange
from clients.proof import eventually, money, same, shown

WITHIN = 20.0
"""Wall seconds for one message."""
ATTEMPTS = 5


class Heard:
    """Messages of several topics, as callbacks of pybit's threads put them here."""

    def __init__(self) -> None:
        self._said: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.of: dict[str, list[Any]] = {}

    def under(self, name: str) -> Callable[[Any], None]:
        """A callback. What pybit hands out of a book it goes on writing into."""
        return lambda message: self._said.put((name, copy.deepcopy(message)))

    def take(self) -> None:
        """What was said so far."""
        while not self._said.empty():
            name, message = self._said.get()
            self.of.setdefault(name, []).append(message)

    def until(self, what: str, holds: Callable[[], Any], within: float = WITHIN) -> Any:
        """Take messages until *holds* answers something true."""

        def ask() -> Any:
            self.take()
            return holds()

        return eventually(what, ask, within=within)


def books_agree(terms: Terms) -> None:
    """The book pybit keeps of snapshot and deltas is never crossed, and is the one that a newcomer gets."""
    heard = Heard()
    first = WebSocket(testnet=False, channel_type=terms.category)
    first.orderbook_stream(50, terms.symbol, heard.under("first"))
    heard.until("changes of the book", lambda: len(heard.of.get("first", ())) > 5)
    second = WebSocket(testnet=False, channel_type=terms.category)
    second.orderbook_stream(50, terms.symbol, heard.under("second"))

    def same_update() -> Any:
        """Both books at one update id."""
        books = {m["data"]["u"]: m["data"] for m in heard.of.get("first", ())}
        both = [(books[m["data"]["u"]], m["data"]) for m in heard.of.get("second", ()) if m["data"]["u"] in books]
        return both[-1] if both else None

    one, other = heard.until("both books at one update", same_update)
    # It keeps the levels in the order in which they came.
    same("their bids", sorted(one["b"]), sorted(other["b"]))
    same("their asks", sorted(one["a"]), sorted(other["a"]))
    if not max(money(row[0]) for row in one["b"]) < min(money(row[0]) for row in one["a"]):
        raise AssertionError(f"crossed: {one!r}")
    first.exit()
    second.exit()


def public(terms: Terms) -> None:
    """One message of each public topic."""
    socket, heard, symbol = WebSocket(testnet=False, channel_type=terms.category), Heard(), terms.symbol
    for depth in (1, 50, 200, 1000):
        socket.orderbook_stream(depth, symbol, heard.under(f"book {depth}"))
    socket.trade_stream(symbol, heard.under("trades"))
    socket.ticker_stream(symbol, heard.under("ticker"))
    socket.kline_stream(1, symbol, heard.under("kline"))
    names = {"book 1", "book 50", "book 200", "book 1000", "trades", "ticker", "kline"}
    if terms.category != "spot":
        socket.all_liquidation_stream(symbol, heard.under("liquidations"))
    heard.until("every public topic", lambda: names <= heard.of.keys())
    same("the ticker's symbol", heard.of["ticker"][0]["data"]["symbol"], symbol)
    same("the trades' symbol", {row["s"] for row in heard.of["trades"][0]["data"]}, {symbol})
    broken(socket)
    heard.of.clear()
    heard.until("every public topic after the break", lambda: names <= heard.of.keys())
    socket.exit()
    books_agree(terms)
    shown(f"{terms.category}: {len(names)} public topics, and again after a break; a newcomer's book is the others'")


def private(client: Any, exchange: Exchange, name: str) -> None:
    """An order is told from its acceptance to its fill, with execution, position and wallet."""
    key, secret = exchange.keys(name)
    socket = WebSocket(testnet=False, channel_type="private", api_key=key, api_secret=secret)
    heard = Heard()
    socket.order_stream(heard.under("order"))
    socket.execution_stream(heard.under("execution"))
    socket.fast_execution_stream(heard.under("execution.fast"))
    socket.position_stream(heard.under("position"))
    socket.wallet_stream(heard.under("wallet"))
    time.sleep(1.0)

    def rows(topic: str, order: str = "") -> list[Any]:
        found = [row for message in heard.of.get(topic, ()) for row in message["data"]]
        return [row for row in found if not order or row["orderId"] == order]

    for terms in ALL:
        story = Story(client, exchange, name, terms)
        made = story.place("Buy", "Market")
        heard.until(
            f"{terms.category}: the order filled",
            lambda made=made: any(row["orderStatus"] == "Filled" for row in rows("order", made)),
        )
        for topic in ("execution", "execution.fast"):
            traded = heard.until(topic, lambda topic=topic, made=made: rows(topic, made))
            same(f"{topic}: what traded", sum(money(row["execQty"]) for row in traded), money(terms.qty))
        heard.until("the wallet", lambda: rows("wallet"))
        if terms.category != "spot":
            held = heard.until(
                "the position",
                lambda terms=terms: [r for r in rows("position") if r["symbol"] == terms.symbol and money(r["size"])],
            )
            same("its size", (held[-1]["side"], money(held[-1]["size"])), ("Buy", money(terms.qty)))
        heard.of.clear()
        story.place("Sell", "Market", **({"reduceOnly": True} if terms.category != "spot" else {}))
        heard.until("the wallet again", lambda: rows("wallet"))
    resting = Story(client, exchange, name, LINEAR).limit("Buy", "-0.5")
    heard.until("an order that rests", lambda: [r for r in rows("order", resting) if r["orderStatus"] == "New"])
    client.cancel_order(category="linear", symbol=LINEAR.symbol, orderId=resting)
    heard.until("its end", lambda: [r for r in rows("order", resting) if r["orderStatus"] == "Cancelled"])
    shown("order, execution, execution.fast, position and wallet are told in spot, linear and inverse")
    broken(socket)
    heard.of.clear()
    made = Story(client, exchange, name, SPOT).place("Buy", "Market")
    heard.until("the order after the break", lambda: any(row["orderStatus"] == "Filled" for row in rows("order", made)))
    heard.until("the wallet after the break", lambda: rows("wallet"))
    socket.exit()
    shown("the line breaks: the private socket logs in and is told again by itself")


def broken(socket: Any) -> None:
    """Break a socket's line as a bad network does, and wait until the package has made another."""
    line = socket.ws.sock
    line.sock.shutdown(2)
    eventually("another line", lambda: socket.is_connected() and socket.ws.sock is not line, within=WITHIN)
    # It subscribes anew after it has logged in.
    eventually("its subscriptions", lambda: not socket.attempting_connection, within=WITHIN)
    time.sleep(1.0)


class Traded:
    """Requests over the trade socket, each with its answer.

    pybit registers a callback after it has sent the request. An answer that comes before that reaches nobody; then
    the request is made again.
    """

    def __init__(self, key: str, secret: str) -> None:
        self.socket = WebSocketTrading(testnet=False, api_key=key, api_secret=secret)
        self._heard = Heard()

    def __call__(self, method: str, undo: Callable[[], Any], **given: Any) -> Any:
        """The answer to one request. *undo*: what is done before it is made again."""
        for _ in range(ATTEMPTS):
            self._heard.of.clear()
            both = self._heard.under("answer")
            getattr(self.socket, method)(both, error_callback=both, **given)
            with suppress(AssertionError):
                return self._heard.until(method, lambda: self._heard.of.get("answer"), within=3.0)[0]
            undo()
        raise AssertionError(f"{method}: no answer")


def trading(client: Any, exchange: Exchange, name: str) -> None:
    """Orders over the trade socket: created, amended, canceled, alone and in batches; refusals have codes."""
    ask = Traded(*exchange.keys(name))
    for terms in ALL:
        story = Story(client, exchange, name, terms)
        of, symbol = {"category": terms.category}, {"symbol": terms.symbol}
        row = {**symbol, "side": "Buy", "orderType": "Limit", "qty": terms.qty, "price": story.near("-0.5")}

        def gone(of: dict[str, str] = of, symbol: dict[str, str] = symbol) -> None:
            client.cancel_all_orders(**of, **symbol)

        made = ask("place_order", gone, **of, **row)["data"]["orderId"]
        story.becomes(made, "New")
        ask("amend_order", bool, **of, **symbol, orderId=made, qty=terms.twice)
        same("amended", money(story.order(made)["qty"]), money(terms.twice))
        ask("cancel_order", bool, **of, **symbol, orderId=made)
        story.becomes(made, "Cancelled")
        batch = [one["orderId"] for one in ask("place_batch_order", gone, **of, request=[row, row])["data"]["list"]]
        ask("amend_batch_order", bool, **of, request=[{**symbol, "orderId": one, "qty": terms.twice} for one in batch])
        ask("cancel_batch_order", bool, **of, request=[{**symbol, "orderId": one} for one in batch])
        for one in batch:
            story.becomes(one, "Cancelled")
        wrong = ask("cancel_order", bool, **of, **symbol, orderId=made)
        same("a second cancel", wrong["retCode"], 170213 if terms is SPOT else 110001)
    ask.socket.exit()
    shown("orders over the trade socket in spot, linear and inverse; a refusal has the venue's code")
