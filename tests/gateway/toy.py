"""A product small enough to see through, for what the gateway does with any product.

It speaks with the real Binance dialect's voice (signatures, errors, frames) and knows one fact: deposits.
"""

import hmac
from collections.abc import Collection, Generator, Iterable, Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import msgspec

from simexchange.core.vocabulary.commands import Command, Deposit
from simexchange.core.vocabulary.events import Event, FundsDeposited
from simexchange.core.vocabulary.ids import AccountNo, MarketNo
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.step import Step
from simexchange.core.vocabulary.units import MILLISECOND, Amount, Nanos
from simexchange.dialects.binance.spot.errors import REJECTIONS
from simexchange.dialects.contract import ApiError, Auth, Call, MarketStream, Method, Reply, Route

_JSON = {"Content-Type": "application/json;charset=UTF-8"}
BIG = 200_000
"""Bytes of the payload that a ``big`` stream sends."""


def _reply(value: Any, orders: int = 0) -> Reply:
    return Reply(200, msgspec.json.encode(value), _JSON, order_count=orders)


def _hello(call: Call) -> Reply:
    return _reply({"hello": call.params.get("name", "world")})


def _boom(call: Call) -> Reply:
    raise KeyError("a bug")


def _deposit(call: Call) -> Generator[Command, Step, Reply]:
    assert call.account is not None
    step = yield Deposit(call.account, "spot", "USDT", Amount(int(call.params["units"])))
    return _reply({"seq": step.seq}, orders=1)


def _boom_late(call: Call) -> Generator[Command, Step, Reply]:
    assert call.account is not None
    yield Deposit(call.account, "spot", "USDT", Amount(1))
    raise KeyError("a bug after a command")


def _counts(call: Call) -> Reply:
    return _reply(dict(call.counts))


def _listen(call: Call) -> Reply:
    assert call.listen_keys is not None
    assert call.account is not None
    return _reply({"listenKey": call.listen_keys.open(call.account, "spot")})


def _stop_listening(call: Call) -> Reply:
    assert call.listen_keys is not None
    assert call.account is not None
    return _reply({"closed": call.listen_keys.close(call.account, "spot")})


def _subscribe(call: Call) -> Reply:
    assert call.session is not None
    assert call.account is not None
    return _reply({"subscriptionId": call.session.subscribe(call.account)})


def _unsubscribe(call: Call) -> Reply:
    assert call.session is not None
    return _reply({"ended": call.session.unsubscribe(), "left": call.session.subscriptions()})


class Deposits:
    """Every deposit, as it happens; ``big`` pads each."""

    every = Nanos(0)
    follows: Collection[MarketNo] | None = None

    def __init__(self, name: str) -> None:
        self.name = name
        self._padding = "x" * BIG if name == "big" else ""

    def on_event(self, seq: int, at: Nanos, event: Event, views: Any) -> Iterable[bytes]:
        if not isinstance(event, FundsDeposited):
            return ()
        return [msgspec.json.encode({"seq": seq, "amount": event.amount, "pad": self._padding})]

    def flush(self, at: Nanos, views: Any) -> Iterable[bytes]:
        return ()


class Broken(Deposits):
    def on_event(self, seq: int, at: Nanos, event: Event, views: Any) -> Iterable[bytes]:
        raise KeyError("a bug in a stream")


class Ticks(Deposits):
    """Counts, ten times a second."""

    every = Nanos(100 * MILLISECOND)

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._count = 0

    def on_event(self, seq: int, at: Nanos, event: Event, views: Any) -> Iterable[bytes]:
        return ()

    def flush(self, at: Nanos, views: Any) -> Iterable[bytes]:
        self._count += 1
        return [msgspec.json.encode({"tick": self._count})]


class Mine:
    """One account's deposits, and a word at the end of each record."""

    def __init__(self, account: AccountNo) -> None:
        self._account = account
        self._touched = False

    def on_event(self, seq: int, at: Nanos, event: Event, views: Any, state: Any) -> Iterable[bytes]:
        self._touched = isinstance(event, FundsDeposited) and event.account == self._account
        return [msgspec.json.encode({"e": "deposit", "seq": seq})] if self._touched else ()

    def end_of_step(self, seq: int, at: Nanos, views: Any, state: Any) -> Iterable[bytes]:
        touched, self._touched = self._touched, False
        return [msgspec.json.encode({"e": "end", "seq": seq})] if touched else ()


STREAMS = {"deposits": Deposits, "big": Deposits, "broken": Broken, "ticks@100ms": Ticks}


class Toy:
    """Stands where spot stands."""

    name: str = "spot"
    rest_prefixes: tuple[str, ...] = ("/api", "/sapi")
    rejections: Mapping[RejectReason, ApiError] = REJECTIONS
    options: Mapping[str, str] = {}
    routes: tuple[Route, ...] = (
        Route("GET", "/api/v3/hello", _hello),
        Route("GET", "/api/v3/boom", _boom, weight=7),
        Route("POST", "/api/v3/deposit", _deposit, Auth.SIGNED),
        Route("POST", "/api/v3/boom", _boom_late, Auth.SIGNED),
        Route("GET", "/api/v3/counts", _counts, Auth.SIGNED, weight=40),
        Route("POST", "/api/v3/userDataStream", _listen, Auth.KEY),
        Route("DELETE", "/api/v3/userDataStream", _stop_listening, Auth.KEY),
    )
    methods: tuple[Method, ...] = (
        Method("hello", _hello),
        Method("boom", _boom),
        Method("deposit", _deposit, Auth.SIGNED),
        Method("subscribe", _subscribe, Auth.SIGNED),
        Method("unsubscribe", _unsubscribe),
    )

    def market_stream(self, name: str, state: Any, views: Any, options: Mapping[str, str] = {}) -> MarketStream | None:
        kind = STREAMS.get(name)
        return kind(name) if kind is not None else None

    def user_stream(self, account: AccountNo, state: Any, views: Any, topic: str = "") -> Mine:
        return Mine(account)

    def branch(self, name: str) -> str:
        return "market" if name == "deposits" else "public"

    def unknown_call(self, method: str, path: str, at: Nanos) -> Reply:
        return Reply(404, b'{"code":-1,"msg":"%s %s"}' % (method.encode(), path.encode()), _JSON)


def signed(secret: str, **params: Any) -> str:
    """The query of a signed REST call."""
    text = urlencode(params)
    return f"{text}&signature={hmac.new(secret.encode(), text.encode(), sha256).hexdigest()}"


def signed_params(secret: str, **params: Any) -> dict[str, Any]:
    """The params of a signed WebSocket API call."""
    text = "&".join(f"{name}={params[name]}" for name in sorted(params))
    return {**params, "signature": hmac.new(secret.encode(), text.encode(), sha256).hexdigest()}
