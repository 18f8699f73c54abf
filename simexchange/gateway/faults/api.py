"""Faults of a WebSocket API's requests: before one is carried out here, before its reply goes out in `pipes`."""

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Final, Protocol

import msgspec

from simexchange.core.vocabulary.ids import AccountNo
from simexchange.dialects.contract import Glimpse, Reply
from simexchange.gateway.calls import Bend, Calls, Target
from simexchange.gateway.connection import POLICY_VIOLATION, Connection
from simexchange.gateway.faults.answers import REFUSALS, refusal, unknown_status
from simexchange.gateway.faults.bending import Bending
from simexchange.gateway.faults.injector import Injector, Stroke
from simexchange.gateway.faults.kinds import CUT, Value
from simexchange.gateway.faults.pipes import Frame, plain, strike
from simexchange.gateway.faults.points import API
from simexchange.gateway.faults.replies import await_told
from simexchange.gateway.faults.throttling import BANNED

_SHUT_OUT: Final[Mapping[str, Value]] = {"how": "close", "code": POLICY_VIOLATION}
"""How a socket is closed whose address is banned: see the kind ``close``."""
NAME_MAX: Final = 100
"""Characters of a method's name that are told."""


class Spoken(msgspec.Struct, frozen=True):
    """What a WebSocket API says to one request."""

    seq: int
    """The newest record it has seen."""
    frames: tuple[bytes, ...]
    """The reply, and the last words of subscriptions it ended."""
    banned: bool = False


class Talk(Protocol):
    """One WebSocket API connection, as its faults need it."""

    connection: Connection
    target: Target
    client_address: str

    @property
    def account(self) -> AccountNo:
        """Who logged on."""
        ...

    def carry_out(self, text: str, bend: Bend | None) -> Spoken:
        """Do what a request says."""
        ...

    def refuse(self, glimpse: Glimpse, reply: Reply) -> bytes:
        """The frame that tells of *reply* to a request that was not carried out."""
        ...

    def send(self, frame: Frame) -> None:
        """Send a frame on its way, which passes the faults."""
        ...


class _Request(msgspec.Struct):
    """One request on its way to being carried out."""

    due: float
    talk: Talk
    text: str
    glimpse: Glimpse
    account: AccountNo
    strokes: list[Stroke]


class ApiFaults:
    """The way of WebSocket API requests through the plan. Those of one connection keep their order."""

    def __init__(self, injector: Injector, calls: Calls, bending: Bending) -> None:
        self.injector = injector
        self._calls = calls
        self._bending = bending
        self._waiting: dict[Connection, deque[_Request]] = {}

    def hear(self, talk: Talk, text: str) -> None:
        """One request from a client."""
        glimpse = talk.target.dialect.glimpse(talk.target.product, text)
        key = self._calls.keys.find(glimpse.api_key)
        account = talk.account if key is None else key.account
        glimpse = msgspec.structs.replace(glimpse, method=_name(glimpse.method))
        point = self.injector.lines.of(API, talk.connection).hears(glimpse.method, account)
        strokes = self.injector.judge(point, self.injector.load)
        delay = sum(stroke.span("delay") for stroke in strokes if stroke.kind == "latency")
        waiting = self._waiting.get(talk.connection)
        loop = asyncio.get_running_loop()
        request = _Request(loop.time() + delay, talk, text, glimpse, account, strokes)
        if not delay and not waiting:
            self._do(request)
            return
        if waiting is None:
            waiting = self._waiting[talk.connection] = deque()
        if waiting:
            request.due = max(request.due, waiting[-1].due)
        waiting.append(request)
        self.injector.load += 1
        loop.call_at(request.due, self._next, talk.connection)

    def _next(self, connection: Connection) -> None:
        """Carry out what waited longest; each that waits has a call of its own, in order."""
        waiting = self._waiting[connection]
        request = waiting.popleft()
        if not waiting:
            del self._waiting[connection]
        self.injector.load -= 1
        if not connection.gone:
            self._do(request)

    def _do(self, request: _Request) -> None:
        talk, bend = request.talk, None
        for stroke in request.strokes:
            if stroke.kind in ("timeout_not_applied", "reset_before"):
                if stroke.params.get("how", CUT) == CUT:
                    talk.send(strike(stroke))
                return
            if stroke.kind == "unknown_status" or stroke.kind in REFUSALS:
                self._refuse(request, stroke)
                return
            if stroke.kind != "latency":
                bend = self._bending.bend(stroke, bend)
        spoken = talk.carry_out(request.text, bend)
        self._say(request, spoken)

    def _refuse(self, request: _Request, stroke: Stroke) -> None:
        talk, wall, name = request.talk, self._calls.wall(), request.glimpse.method
        now = self._calls.exchange.now()
        if stroke.kind == "unknown_status":
            reply = unknown_status(talk.target, name, wall, now)
        else:
            reply = refusal(talk.target, stroke, name, wall, talk.client_address, now)
        frames = (talk.refuse(request.glimpse, reply),)
        banned = stroke.kind == "too_many_requests" and stroke.params["status"] == BANNED
        self._say(request, Spoken(stroke.seq, frames, banned))

    def _say(self, request: _Request, spoken: Spoken) -> None:
        talk, name = request.talk, request.glimpse.method

        def unknown() -> bytes:
            calls = self._calls
            return talk.refuse(request.glimpse, unknown_status(talk.target, name, calls.wall(), calls.exchange.now()))

        reply, *last_words = spoken.frames
        # Judged now, before what the call brought about is told: it may have to wait for this reply.
        point = self.injector.lines.of(API, talk.connection).tells(name, request.account)
        strokes = tuple(self.injector.judge(point, self.injector.load))
        told = None
        for stroke in strokes:
            told = await_told(self.injector, stroke) or told
            if stroke.kind == "early_reply":
                self.injector.holds.unpark(point.account, stroke.span("lead"))
        talk.send(
            Frame(
                API, name, request.account, spoken.seq, reply, point=point, strokes=strokes, told=told,
                unknown=unknown,
            )
        )  # fmt: skip
        for words in last_words:
            talk.send(plain(spoken.seq, words))
        if spoken.banned:
            talk.send(strike(Stroke("close", _SHUT_OUT, "", point, spoken.seq)))


def _name(method: str) -> str:
    """A method as a note may say it: what a client sends is anything."""
    return "".join(each if each.isprintable() else "?" for each in method[:NAME_MAX])
