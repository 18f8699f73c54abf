"""A small exchange and a client at its wire: bytes in, bytes out, no sockets."""

from __future__ import annotations

import hmac
from collections.abc import Generator, Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import msgspec

from simexchange.core.invariants import check
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import AccountNo, MarketNo
from simexchange.core.vocabulary.markets import Filters
from simexchange.core.vocabulary.step import Step
from simexchange.core.vocabulary.units import MILLISECOND, ONE, SECOND, Amount, Nanos, Price, Quantity, Rate
from simexchange.dialects.binance.spot.product import SpotProduct
from simexchange.dialects.binance.venue import BinanceDialect
from simexchange.dialects.contract import (
    ApiError,
    ApiRequest,
    Call,
    Incoming,
    Key,
    MarketStream,
    Reply,
    Throttled,
    TimePolicy,
    UserStream,
)
from simexchange.projections.views import Views
from tests.core.world import Person, World, show

FILTERS = Filters(
    price_min=Price(ONE // 100),
    price_max=Price(1_000_000 * ONE),
    qty_min=Quantity(ONE // 1000),
    qty_max=Quantity(9_000 * ONE),
    market_qty_max=Quantity(100 * ONE),
    notional_min=Amount(5 * ONE),
    notional_max=Amount(9_000_000 * ONE),
    bid_up=Rate(5 * ONE),
    bid_down=Rate(ONE // 5),
    ask_up=Rate(5 * ONE),
    ask_down=Rate(ONE // 5),
    max_orders=3,
)


class Keys:
    """The gateway's listen keys, for one test."""

    def __init__(self) -> None:
        self.open_keys: dict[tuple[AccountNo, str], str] = {}

    def open(self, account: AccountNo, product: str) -> str:
        return self.open_keys.setdefault((account, product), f"key{account}")

    def renew(self, account: AccountNo, product: str) -> str | None:
        return self.open_keys.get((account, product))

    def close(self, account: AccountNo, product: str) -> bool:
        return self.open_keys.pop((account, product), None) is not None


class Connection:
    """One WebSocket API connection, for one test."""

    connected_since = Nanos(1_600_000_000 * SECOND)
    connection_id = "1"

    def __init__(self) -> None:
        self.running: dict[int, AccountNo] = {}
        self.made = 0
        self.return_rate_limits = True
        self.key: Key | None = None
        self.authorised_since = Nanos(0)

    def log_on(self, key: Key, at: Nanos) -> None:
        self.key, self.authorised_since = key, at

    def log_out(self) -> None:
        self.key = None
        self.running.clear()

    def subscribe(self, account: AccountNo, topic: str = "", *, logged_on: bool = False) -> int | None:
        if account in self.running.values():
            return None
        self.running[self.made] = account
        self.made += 1
        return self.made - 1

    def subscribed(self, topic: str) -> int | None:
        return None

    def unsubscribe(self, number: int | None = None) -> bool:
        ended = [one for one in self.running if number in (None, one)]
        for one in ended:
            del self.running[one]
        return bool(ended)

    def subscriptions(self) -> tuple[int, ...]:
        return tuple(self.running)


class Countdowns:
    """The gateway's heart-beats, for one test: what was set last."""

    def __init__(self) -> None:
        self.running: dict[tuple[AccountNo, MarketNo], Nanos] = {}

    def set(self, account: AccountNo, market: MarketNo, after: Nanos) -> None:
        self.running[account, market] = after


class Answer(msgspec.Struct):
    """What came back over REST."""

    status: int
    body: Any
    reply: Reply

    @property
    def code(self) -> int | None:
        """The venue's error code, or None for a good answer."""
        return self.body.get("code") if isinstance(self.body, dict) and self.status >= 400 else None


class Bench(World):
    """A world whose events are folded into views and streams, and a dialect in front of it."""

    maker: Person
    taker: Person
    third: Person

    def __init__(self, *, filters: Filters = FILTERS, maker_fee: str = "0.001", taker_fee: str = "0.002") -> None:
        self.views = Views()
        self.seq = 0
        self.market_streams: list[tuple[MarketStream, list[bytes]]] = []
        self.user_streams: list[tuple[UserStream, list[bytes]]] = []
        self.product = SpotProduct()
        self.dialect = BinanceDialect((self.product,))
        self.listen_keys = Keys()
        self.connection = Connection()
        self.countdowns = Countdowns()
        self.throttled: Throttled | None = None
        """What the gateway says of the account's order rate."""
        super().__init__(filters=filters, maker_fee=maker_fee, taker_fee=taker_fee)
        self.keys = {f"key{person.name}": Key(f"key{person.name}", "secret", person.no) for person in self.people}

    # The exchange

    def run(self, command: cmd.Command) -> list[ev.Event]:
        """As a writer does it: one record for the command, and one for each step it makes necessary."""
        events = self.record(command).events
        while (following := self.state.pending()) is not None:
            events += self.record(following).events
        return events

    def step(self, command: cmd.Command) -> Step:
        """What a handler gets back: its own record, while what it made necessary is done, too."""
        step = self.record(command)
        while (following := self.state.pending()) is not None:
            self.record(following)
        return step

    def record(self, command: cmd.Command) -> Step:
        """Execute, fold event by event, tell the streams."""
        self.seq += 1
        events = list(self.engine.execute(command, self.at))
        check(self.state)
        self.trades += [(show(event.qty), show(event.price)) for event in events if isinstance(event, ev.TradeExecuted)]
        for event in events:
            self.views.apply(self.seq, self.at, event)
            for market, heard in self.market_streams:
                if market.follows is None or getattr(event, "market", None) in market.follows:
                    heard.extend(market.on_event(self.seq, self.at, event, self.views))
            for user, heard in self.user_streams:
                heard.extend(user.on_event(self.seq, self.at, event, self.views, self.state))
        for user, heard in self.user_streams:
            heard.extend(user.end_of_step(self.seq, self.at, self.views, self.state))
        return Step(self.seq, self.at, events)

    def hears(self, name: str, **options: str) -> list[bytes]:
        """Payloads of a market stream from now on."""
        stream = self.product.market_stream(name, self.state, self.views, options)
        assert stream is not None, name
        heard: list[bytes] = []
        self.market_streams.append((stream, heard))
        return heard

    def flush(self) -> None:
        """The interval of every stream is over."""
        for stream, heard in self.market_streams:
            heard.extend(stream.flush(self.at, self.views))

    def listens(self, person: Person) -> list[bytes]:
        """Payloads of a private stream from now on."""
        heard: list[bytes] = []
        self.user_streams.append((self.product.user_stream(person.no, self.state, self.views), heard))
        return heard

    # The client

    def now_ms(self) -> int:
        return int(self.at) // MILLISECOND

    def public(self, path: str, headers: Mapping[str, str] | None = None, /, **sent: object) -> Answer:
        """An unsigned call with its parameters in the query."""
        return self.send("GET", path, urlencode(sent), b"", headers or {})

    def signed(self, person: Person, method: str, path: str, **sent: object) -> Answer:
        """A signed call, as most clients send it: GET by query, the others by body."""
        text = urlencode({**sent, "timestamp": self.now_ms()})
        text += f"&signature={sign(text)}"
        headers = {"x-mbx-apikey": f"key{person.name}"}
        if method == "GET":
            return self.send(method, path, text, b"", headers)
        return self.send(method, path, "", text.encode(), headers)

    def send(self, method: str, path: str, query: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """One request as bytes, the reply as what it says."""
        incoming = Incoming(method, path, query, body, headers)
        route = next((r for r in self.product.routes if (r.method, r.path) == (method, path)), None)
        if route is None:
            reply = self.product.unknown_call(method, path, Nanos(self.state.now))
            return Answer(reply.status, reply.body, reply)
        authorised = self.dialect.authorise(route.auth, incoming, self.keys.get, TimePolicy("strict", self.at, self.at))
        if isinstance(authorised, ApiError):
            reply = self.dialect.error(authorised, Nanos(self.state.now))
        else:
            call = self.a_call(authorised.params, authorised.key, authorised.options)
            reply = self.drive(route.handler(call))
        return Answer(reply.status, msgspec.json.decode(reply.body), reply)

    def a_call(self, params: Mapping[str, str], key: Key | None, options: Mapping[str, str]) -> Call:
        return Call(
            params, self.state, self.views, self.at, self.at, None if key is None else key.account, key=key,
            product=self.product.name,
            listen_keys=self.listen_keys,
            session=self.connection, options=options, counts={"X-MBX-ORDER-COUNT-10S": "4"},
            countdowns=self.countdowns,
            throttled=lambda: self.throttled,
        )  # fmt: skip

    def drive(self, outcome: Generator[cmd.Command, Step, Reply] | Reply) -> Reply:
        """As the gateway does it: submit each command, send its step back."""
        if isinstance(outcome, Reply):
            return outcome
        try:
            command = next(outcome)
            while True:
                command = outcome.send(self.step(command))
        except StopIteration as end:
            reply: Reply = end.value
            return reply

    def api(self, method: str, params: Mapping[str, object] | None = None, person: Person | None = None) -> Any:
        """One WebSocket API request, signed where a person sends it; the frame that answers."""
        sent = dict(params or {})
        if person is not None:
            sent |= {"apiKey": f"key{person.name}", "timestamp": self.now_ms()}
            sent["signature"] = sign("&".join(f"{name}={_text(sent[name])}" for name in sorted(sent)))
        return self.frame(msgspec.json.encode({"id": "x", "method": method, "params": sent}).decode())

    def frame(self, text: str) -> Any:
        """One WebSocket API frame as text, the frame that answers."""
        policy = TimePolicy("strict", self.at, self.at)
        request = self.dialect.api_request(self.product, text, self.keys.get, policy, self.connection.key)
        if not isinstance(request, ApiRequest):
            refused = self.dialect.error(request.error, Nanos(self.state.now))
            return msgspec.json.decode(self.dialect.api_reply(self.product, request, refused, return_rate_limits=True))
        reply = self.drive(request.method.handler(self.a_call(request.params, request.key, request.options)))
        headed = Reply(reply.status, reply.body, {**reply.headers, "X-MBX-USED-WEIGHT-1M": "7"})
        return msgspec.json.decode(self.dialect.api_reply(self.product, request, headed, return_rate_limits=True))


def sign(text: str) -> str:
    """The signature of everybody here."""
    return hmac.new(b"secret", text.encode(), sha256).hexdigest()


def _text(value: object) -> str:
    """A JSON value as the venue signs it."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def decoded(payloads: list[bytes]) -> list[Any]:
    return [msgspec.json.decode(payload) for payload in payloads]
