"""What is said on sockets of the desk: public and private topics fed like the gateway's, and requests by ``op``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec

from simexchange.core.vocabulary.units import Nanos
from simexchange.dialects.contract import (
    ApiRequest,
    Gathering,
    Key,
    MarketStream,
    Opening,
    Reply,
    TimePolicy,
    UserStream,
)

if TYPE_CHECKING:
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.events import Event
    from simexchange.core.vocabulary.ids import AccountNo
    from simexchange.dialects.contract import Product
    from simexchange.projections.views import Views
    from tests.core.world import Person
    from tests.dialects.bybit.v5.desk import Desk

LIMITS: Final = {"X-Bapi-Limit": "10", "X-Bapi-Limit-Status": "9", "X-Bapi-Limit-Reset-Timestamp": "1"}
"""The headers that the gateway adds to an answer."""


class Heard:
    """Payloads of one subscriber, as they came."""

    def __init__(self) -> None:
        self.payloads: list[bytes] = []

    @property
    def all(self) -> list[Any]:
        """Everything so far, decoded."""
        return [msgspec.json.decode(payload) for payload in self.payloads]

    @property
    def last(self) -> Any:
        return self.all[-1]

    @property
    def rows(self) -> list[Any]:
        """Of private topics: the rows of all events."""
        return [row for event in self.all for row in event["data"]]

    def take(self) -> list[Any]:
        """What came since it was last asked."""
        taken = self.all
        self.payloads.clear()
        return taken


class Streams:
    """Who hears what."""

    def __init__(self) -> None:
        self.market: list[tuple[MarketStream, Heard]] = []
        self.user: list[tuple[UserStream, Heard]] = []

    def add_market(self, stream: MarketStream, at: Nanos, views: Views) -> Heard:
        heard = Heard()
        if isinstance(stream, Opening):
            heard.payloads.extend(stream.opening(at, views))
        self.market.append((stream, heard))
        return heard

    def add_user(self, stream: UserStream, heard: Heard | None = None) -> Heard:
        heard = heard or Heard()
        self.user.append((stream, heard))
        return heard

    def on_event(self, seq: int, at: Nanos, event: Event, views: Views, state: ExchangeState) -> None:
        """A stream is told of the events of the markets it follows."""
        for market, heard in self.market:
            if market.follows is None or getattr(event, "market", None) in market.follows:
                heard.payloads.extend(market.on_event(seq, at, event, views))
        for user, heard in self.user:
            heard.payloads.extend(user.on_event(seq, at, event, views, state))

    def end_of_step(self, seq: int, at: Nanos, views: Views, state: ExchangeState) -> None:
        for market, heard in self.market:
            if isinstance(market, Gathering):
                heard.payloads.extend(market.end_of_step(seq, at, views))
        for user, heard in self.user:
            heard.payloads.extend(user.end_of_step(seq, at, views, state))

    def flush(self, at: Nanos, views: Views) -> None:
        for market, heard in self.market:
            heard.payloads.extend(market.flush(at, views))


class Socket:
    """One connection to the private or to the trade address, as its client sees it."""

    def __init__(self, desk: Desk, product: Product, person: Person) -> None:
        self.desk = desk
        self.product = product
        self.person = person
        self.heard = Heard()
        """What all of its topics told."""
        self.session = Session(desk, product, self.heard)

    def log_on(self) -> Any:
        """``auth``, by the person's key."""
        key, expires = self.desk.keys[self.person.name], self.desk.now_ms() + 1_000
        message = f"GET/realtime{expires}".encode()
        return self.says("auth", [key.api_key, expires, self.desk.signature(key, message)])

    def says(self, op: str, args: Any = None, **more: object) -> Any:
        """One request, and the frame that answers it."""
        sent: dict[str, object] = {"op": op, **more}
        if args is not None:
            sent["args"] = args
        return self.frame(msgspec.json.encode(sent).decode())

    def asks(self, op: str, order: Mapping[str, object], req_id: object = "r1") -> Any:
        """An order's request as clients of the trade socket send it."""
        header = {"X-BAPI-TIMESTAMP": str(self.desk.now_ms()), "X-BAPI-RECV-WINDOW": "5000"}
        return self.says(op, [dict(order)], reqId=req_id, header=header)

    def frame(self, text: str) -> Any:
        """One message as text, the frame that answers it."""
        desk = self.desk
        policy = TimePolicy("strict", desk.at, desk.at)
        request = desk.dialect.api_request(self.product, text, desk.keys.get, policy, self.session.key)
        if isinstance(request, ApiRequest):
            name = self.product.name
            call = desk.call(request.params, request.key, request.raw, session=self.session, product=name)
            reply = desk.drive(request.method.handler(call))
            reply = Reply(reply.status, reply.body, {**reply.headers, **LIMITS})
        else:
            reply = desk.dialect.error(request.error, desk.at)
        spell = desk.dialect.api_reply
        answer = spell(self.product, request, reply, return_rate_limits=True, connection_id=self.session.connection_id)
        return msgspec.json.decode(answer)


class Session:
    """The same as handlers see it. Implements `contract.Session`."""

    connection_id = "c1"
    return_rate_limits = True

    def __init__(self, desk: Desk, product: Product, heard: Heard) -> None:
        self.key: Key | None = None
        self.connected_since = self.authorised_since = Nanos(desk.at)
        self._desk = desk
        self._product = product
        self._heard = heard
        self._running: dict[int, tuple[str, UserStream]] = {}
        self._made = 0

    def log_on(self, key: Key, at: Nanos) -> None:
        self.key, self.authorised_since = key, at

    def log_out(self) -> None:
        self.key = None
        self.unsubscribe()

    def subscribe(self, account: AccountNo, topic: str = "", *, logged_on: bool = False) -> int | None:
        if self.subscribed(topic) is not None:
            return None
        desk = self._desk
        stream = self._product.user_stream(account, desk.state, desk.views, topic)
        self._running[self._made] = topic, stream
        desk.streams.add_user(stream, self._heard)
        self._made += 1
        return self._made - 1

    def subscribed(self, topic: str) -> int | None:
        return next((number for number, (name, _) in self._running.items() if name == topic), None)

    def unsubscribe(self, number: int | None = None) -> bool:
        ended: Iterable[int] = list(self._running) if number is None else [number] if number in self._running else []
        for one in ended:
            _, stream = self._running.pop(one)
            self._desk.streams.user = [pair for pair in self._desk.streams.user if pair[0] is not stream]
        return bool(ended)

    def subscriptions(self) -> tuple[int, ...]:
        return tuple(self._running)
