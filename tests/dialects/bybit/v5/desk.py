"""An exchange with every kind of market, and clients at Bybit's wire: bytes in, bytes out, no sockets.

Two people are under Bybit's rules (bob and carol, with keys), one under Binance's (alice, without): all meet in the
same books. The markets are those that ship, at round prices; nobody has traded.
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from copy import deepcopy
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlencode

import msgspec

from simexchange.config import markets, opening
from simexchange.core.engine import Engine
from simexchange.core.invariants import check
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.events import TradeExecuted
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.orders import OrderKind, Side, Terms, TimeInForce
from simexchange.core.vocabulary.step import Step
from simexchange.core.vocabulary.units import MILLISECOND, ONE, SECOND, Amount, Nanos, Price, Quantity
from simexchange.dialects.bybit.v5.product import PRODUCTS
from simexchange.dialects.bybit.venue import BybitDialect
from simexchange.dialects.contract import ApiError, Call, Incoming, Key, Reply, Throttled, TimePolicy
from simexchange.projections.views import Views
from tests.core.world import Events, Person, World, units
from tests.dialects.bybit.v5.listening import Heard, Socket, Streams

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

START: Final = Nanos(1_772_452_800 * SECOND)
"""2 March 2026, 12:00 UTC, a Monday in the middle of a quarter."""
SPOT: Final = "spot:BTC-USDT"
LINEAR: Final = "perp:BTC-USDT"
INVERSE: Final = "perp:BTC-USD"
QUARTER: Final = "dated:BTC-USDT-260327"
INVERSE_QUARTER: Final = "dated:BTC-USD-260327"
PRICES: Final = {"BTC-USDT": 60_000, "ETH-USDT": 2_000, "BNB-USDT": 600, "BTC-USD": 60_000, "ETH-USD": 2_000}
UNIFIED: Final = {"unified": {"USDT": 1_000_000, "BTC": 10}, "funding": {"USDT": 10_000}}
SEPARATE: Final = {
    "spot": {"USDT": 1_000_000, "BTC": 10},
    "usdm": {"USDT": 1_000_000},
    "coinm": {"BTC": 10, "ETH": 100},
}
REST: Final = PRODUCTS[0]
SECRET: Final = "secret"


class Answer(msgspec.Struct):
    """What came back over REST."""

    status: int
    body: Any
    """Decoded JSON."""
    reply: Reply

    @property
    def code(self) -> int:
        """``retCode``: 0 of a good answer."""
        code: int = self.body["retCode"]
        return code

    @property
    def text(self) -> str:
        """``retMsg``."""
        text: str = self.body["retMsg"]
        return text

    @property
    def result(self) -> Any:
        return self.body["result"]

    @property
    def rows(self) -> list[Any]:
        """``result.list``."""
        rows: list[Any] = self.body["result"]["list"]
        return rows


class Countdowns:
    """The gateway's heart-beats, for one test: what was set last."""

    def __init__(self) -> None:
        self.running: dict[tuple[int, int], int] = {}

    def set(self, account: int, market: int, after: int) -> None:
        self.running[account, market] = after


class Desk(World):
    """See the module. `get` and `post` are a client's requests, `places` and `trades` the engine's own commands."""

    def __init__(self, start: int = START) -> None:
        """*start*: when the exchange opens."""
        self.views = Views()
        self.streams = Streams()
        self.seq = 0
        self.trades, self.past = [], []
        self.dialect = BybitDialect(PRODUCTS)
        self.countdowns = Countdowns()
        self.throttled: Throttled | None = None
        """What the gateway says of the account's order rate."""
        self.state = ExchangeState()
        self.engine: Any = Engine(self.state)
        self.at: Any = Nanos(start)
        self.run(cmd.OpenExchange(7, Nanos(start)))
        for command in opening.opening(markets.preset().values(), self.state, ("bybit",)):
            self.run(command)
        for index, price in PRICES.items():
            self.run(cmd.SetIndex(index, Price(price * ONE)))
        self.market = self.no(LINEAR)
        self.keys: dict[str, Key] = {}
        self.bob, self.carol = self.joined("bob"), self.joined("carol")
        self.alice = self.joined("alice", "binance")
        self.people = [self.bob, self.carol, self.alice]

    def joined(self, name: str, rules: str = "bybit", money: Mapping[str, Mapping[str, int]] | None = None) -> Person:
        """Open an account with *money* (wallet → asset → amount); under Bybit's rules with a key of its own."""
        self.run(cmd.OpenAccount(name, rules))
        person = Person(self, name)
        for wallet, assets in (money or (UNIFIED if rules == "bybit" else SEPARATE)).items():
            for asset, amount in assets.items():
                self.run(cmd.Deposit(person.no, wallet, asset, Amount(amount * ONE)))
        if rules == "bybit":
            self.keys[name] = Key(name, SECRET, person.no)
        return person

    def no(self, market_id: str) -> MarketNo:
        return self.state.market_no[market_id]

    def again(self) -> Self:
        """The same exchange once more, for what must not leave a trace here."""
        # The dialect keeps nothing but keys made ready for signing; an engine's table of handlers cannot be copied.
        other = deepcopy(self, {id(self.dialect): self.dialect, id(self.engine): None})
        other.engine = Engine(other.state)
        return other

    # The exchange

    def run(self, command: cmd.Command) -> Events:
        """As a writer does it: one record for the command, and one for each step it makes necessary."""
        events = list(self.record(command).events)
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
        self.past += events
        for event in events:
            self.views.apply(self.seq, self.at, event)
            self.streams.on_event(self.seq, self.at, event, self.views, self.state)
        self.streams.end_of_step(self.seq, self.at, self.views, self.state)
        return Step(self.seq, self.at, events)

    def wait(self, seconds: float) -> None:
        """Time passes, and what falls due in it happens at its instant."""
        end = self.at + int(seconds * SECOND)
        while (due := self.state.next_due()) is not None and due <= end:
            self.at = due
            self.run(cmd.PassTime())
        self.at = Nanos(end)

    def places(
        self, person: Person, market_id: str, side: str, qty: float | str, price: float | str | None = None, *,
        tif: TimeInForce = TimeInForce.GTC, client_id: str = "", more: Terms | None = None,
    ) -> Events:  # fmt: skip
        """An order by the engine's own command: limit with a price, market without. *side*: ``Buy`` or ``Sell``."""
        kind = OrderKind.MARKET if price is None else OrderKind.LIMIT
        way = Side.BUY if side == "Buy" else Side.SELL
        qty, price = Quantity(units(qty)), Price(units(price or 0))
        return self.run(cmd.PlaceOrder(person.no, self.no(market_id), way, kind, qty, price, tif, client_id, more))

    def trade(
        self, market_id: str, price: float | str, qty: float | str, *, side: str = "Buy", maker: Person | None = None,
        taker: Person | None = None,
    ) -> None:  # fmt: skip
        """*taker* (carol) buys or sells from *maker* (alice) at *price*: the last price is there now."""
        other = "Sell" if side == "Buy" else "Buy"
        self.places(maker or self.alice, market_id, other, qty, price)
        events = self.places(taker or self.carol, market_id, side, qty, price, tif=TimeInForce.IOC)
        assert any(isinstance(event, TradeExecuted) for event in events), events

    # A client over REST

    def now_ms(self) -> int:
        return int(self.at) // MILLISECOND

    def get(self, path: str, person: Person | None = None, /, **query: object) -> Answer:
        """A question by query, signed for *person* (bob) where the call needs it."""
        return self.send("GET", path, urlencode(query), b"", person)

    def post(
        self, path: str, body: Mapping[str, object] | None = None, person: Person | None = None, /, **more: object
    ) -> Answer:
        """A call with a JSON body, signed for *person* (bob)."""
        return self.send("POST", path, "", msgspec.json.encode({**(body or {}), **more}), person)

    def asks(self, path: str, person: Person | None = None, /, **query: object) -> Any:
        """``result`` of a question that is answered well."""
        answer = self.get(path, person, **query)
        assert answer.code == 0, (path, query, answer.body)
        return answer.result

    def does(
        self, path: str, body: Mapping[str, object] | None = None, person: Person | None = None, /, **more: object
    ) -> Any:
        """``result`` of a call that is done."""
        answer = self.post(path, body, person, **more)
        assert answer.code == 0, (path, body, more, answer.body)
        return answer.result

    def send(self, method: str, path: str, query: str, body: bytes, person: Person | None = None) -> Answer:
        """One request as bytes; its headers are those of a signed one where there is such a call and it needs them."""
        route = next((r for r in REST.routes if (r.method, r.path) == (method, path)), None)
        if route is None:
            return self._answer(REST.unknown_call(method, path, self.at))
        needs = route.auth.value != "none"
        headers = self.headers(query.encode() if method == "GET" else body, person) if needs else {}
        return self.request(Incoming(method, path, query, body, headers))

    def headers(self, content: bytes, person: Person | None = None) -> dict[str, str]:
        """The four headers of a signed request."""
        key = self.keys[(person or self.bob).name]
        stamp, window = str(self.now_ms()), "5000"
        signature = self.signature(key, (stamp + key.api_key + window).encode() + content)
        return {
            "x-bapi-api-key": key.api_key, "x-bapi-timestamp": stamp, "x-bapi-recv-window": window,
            "x-bapi-sign": signature,
        }  # fmt: skip

    def signature(self, key: Key, message: bytes) -> str:
        """By the kind of the key."""
        return by_rsa(message) if key.kind == "rsa" else hmac.new(SECRET.encode(), message, sha256).hexdigest()

    def takes_rsa(self, person: Person) -> None:
        """*person* signs with a key pair from now on."""
        self.keys[person.name] = Key(person.name, rsa_pair()[1], person.no, "rsa")

    def request(self, incoming: Incoming) -> Answer:
        """As the gateway does it."""
        route = next(r for r in REST.routes if (r.method, r.path) == (incoming.method, incoming.path))
        policy = TimePolicy("strict", self.at, self.at)
        authorised = self.dialect.authorise(route.auth, incoming, self.keys.get, policy)
        if isinstance(authorised, ApiError):
            return self._answer(self.dialect.error(authorised, self.at))
        call = self.call(authorised.params, authorised.key, authorised.raw)
        return self._answer(self.drive(route.handler(call)))

    def call(
        self, params: Mapping[str, str], key: Key | None, raw: Mapping[str, Any], *, session: Any = None,
        product: str = "v5",
    ) -> Call:  # fmt: skip
        """What a handler is asked with."""
        owner = None if key is None else key.account
        countdowns: Any = self.countdowns
        return Call(
            params, self.state, self.views, self.at, self.at, owner, api_key="" if key is None else key.api_key,
            product=product, key=key, raw=raw, session=session, countdowns=countdowns,
            throttled=lambda: self.throttled,
            keys_of=lambda no: [each for each in self.keys.values() if each.account == no],
        )  # fmt: skip

    def drive(self, outcome: Generator[cmd.Command, Step, Reply] | Reply) -> Reply:
        """Submit each command, send its step back."""
        if isinstance(outcome, Reply):
            return outcome
        try:
            command = next(outcome)
            while True:
                command = outcome.send(self.step(command))
        except StopIteration as end:
            reply: Reply = end.value
            return reply

    def _answer(self, reply: Reply) -> Answer:
        assert reply.status != 500, reply.body
        return Answer(reply.status, msgspec.json.decode(reply.body), reply)

    # Sockets

    def hears(self, category: str, topic: str) -> Heard:
        """What a subscriber to a public topic is told from now on, the snapshot first."""
        product = next(one for one in PRODUCTS if one.name == f"v5-{category}")
        stream = product.market_stream(topic, self.state, self.views)
        assert stream is not None, topic
        return self.streams.add_market(stream, self.at, self.views)

    def listens(self, person: Person, topic: str) -> Heard:
        """What a private topic tells its owner from now on."""
        stream = PRODUCTS[1].user_stream(person.no, self.state, self.views, topic)
        return self.streams.add_user(stream)

    def flush(self) -> None:
        """The interval of every public topic is over."""
        self.streams.flush(self.at, self.views)

    def trade_socket(self, person: Person | None = None, *, logged_on: bool = True) -> Socket:
        """A connection to ``/v5/trade``."""
        return self._socket("v5", person, logged_on=logged_on)

    def private_socket(self, person: Person | None = None, *topics: str, logged_on: bool = True) -> Socket:
        """A connection to ``/v5/private`` that hears *topics*."""
        socket = self._socket("v5-private", person, logged_on=logged_on)
        if topics:
            assert socket.says("subscribe", list(topics))["success"]
        return socket

    def _socket(self, product: str, person: Person | None, *, logged_on: bool) -> Socket:
        socket = Socket(self, next(one for one in PRODUCTS if one.name == product), person or self.bob)
        if logged_on:
            socket.log_on()
        return socket


@cache
def rsa_pair() -> tuple[Any, str]:
    """A private key, and the public half as PEM."""
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    private = rsa.generate_private_key(65_537, 2_048)
    return private, private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def by_rsa(message: bytes) -> str:
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    return b64encode(rsa_pair()[0].sign(message, PKCS1v15(), SHA256())).decode()
