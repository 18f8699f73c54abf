"""What is said on a socket: subscriptions on market-data sockets, calls on WebSocket API sockets."""

from collections.abc import Mapping
from typing import Protocol

from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.units import Nanos
from simexchange.dialects.asking import (
    Answer,
    AskCombined,
    ListSubscriptions,
    SetCombined,
    SocketRequest,
    Subscribe,
    Unsubscribe,
)
from simexchange.dialects.contract import (
    ApiError,
    ApiRefusal,
    Glimpse,
    Key,
    Reply,
)
from simexchange.gateway.addresses import ApiAddress, StreamAddress
from simexchange.gateway.calls import Bend, Calls, Target, skewed
from simexchange.gateway.connection import POLICY_VIOLATION, Connection
from simexchange.gateway.fanout import Fanout
from simexchange.gateway.faults.api import ApiFaults, Spoken
from simexchange.gateway.faults.pipes import Frame
from simexchange.gateway.faults.points import NOBODY
from simexchange.gateway.frames import frame
from simexchange.gateway.keys import LENGTH


class Conversation(Protocol):
    """What a socket's messages go to."""

    def hear(self, text: str) -> None:
        """One message from the client."""
        ...

    def announce_end(self) -> None:
        """Tell the client that the connection will end."""
        ...

    def look_at_key(self) -> None:
        """End the connection where it was opened by a key that is good no more, and the venue does that."""
        ...


class MarketTalk:
    """A market-data socket: streams come and go by name; a listen key is the name of a private stream."""

    def __init__(
        self,
        connection: Connection,
        address: StreamAddress,
        fanout: Fanout,
        calls: Calls,
        targets: Mapping[str, Target],
        *,
        routed: bool = False,
    ) -> None:
        """*routed*: what belongs to another of the venue's routed paths stays silent here, as there.

        *targets*: every product; products of one pool have had one house of sockets since they share their limits
        ("User Data Streams" of COIN-M names the address of USDⓈ-M, seen 2026-11), so that listen keys of either open.
        """
        connection.events = address.events
        self._connection = connection
        self._target = address.target
        self._options = address.options
        branches = address.target.mount.branches
        self._branch = address.branch or (branches[0] if branches else "")
        self._routed = routed and bool(branches)
        self._fanout = fanout
        self._calls = calls
        self._targets = targets
        self._private: dict[str, tuple[Target, AccountNo]] = {}
        self._add(address.names)

    def hear(self, text: str) -> None:
        target = self._target
        reply = self._answer(target.dialect.socket_request(target.product, text, self._connection.id))
        if reply is not None:
            self._connection.write(frame(reply))

    def look_at_key(self) -> None:
        """Nobody logs on here."""

    def announce_end(self) -> None:
        dialect = self._target.dialect
        name, payload = dialect.shutdown_event(self._calls.exchange.now())
        self._connection.write(frame(dialect.envelope(name, payload) if self._connection.combined else payload))

    def _answer(self, request: SocketRequest) -> bytes | None:
        connection = self._connection
        match request:
            case Subscribe(names, ack):
                refusal = self._refusal(request)
                if refusal is not None:
                    return refusal
                # The acknowledgement goes first: the client is told before the stream begins.
                connection.write(frame(ack))
                self._add(names)
                return None
            case Unsubscribe(names, ack):
                for name in names:
                    self._remove(name)
                return ack
            case ListSubscriptions():
                return self._target.dialect.subscriptions(request, connection.names)
            case SetCombined(combined, ack):
                connection.combined = combined
                return ack
            case AskCombined(if_on, if_off):
                return if_on if connection.combined else if_off
            case Answer(body):
                return body

    def _refusal(self, request: Subscribe) -> bytes | None:
        """What the venue says of the first name it does not have, or that is heard here already."""
        for name in request.names:
            if request.refused is not None and not self._is_stream(name):
                return request.refused(name)
            if request.again is not None and name in self._connection.names:
                return request.again(name)
        return None

    def _add(self, names: tuple[str, ...]) -> None:
        connection = self._connection
        for name in names:
            if name in connection.names:
                continue
            if not _has_room(connection, name):
                connection.closing = POLICY_VIOLATION
                return
            connection.names[name] = None
            self._begin(name)

    def _begin(self, name: str) -> None:
        """A name that is neither a listen key nor a stream of the venue's stays silent, as there."""
        target = self._target
        key = self._calls.listen_keys.find(name)
        owner = self._targets.get(key.product) if key is not None else None
        if key is not None and owner is not None and owner.mount.limits.pool == target.mount.limits.pool:
            if not self._elsewhere(PRIVATE):
                self._private[name] = owner, key.account
                self._fanout.hear_user(self._connection, owner, key.account, name)
        elif self._elsewhere(target.product.branch(name)):
            return
        elif not self._fanout.hear_market(self._connection, target, name, self._options) and not _like_a_key(name):
            self._calls.note_unserved("STREAM", name)

    def _is_stream(self, name: str) -> bool:
        return self._fanout.has_market(self._target, name, self._options)

    def _elsewhere(self, branch: str) -> bool:
        """Whether streams of that branch are silent at this address."""
        return self._routed and branch != self._branch

    def _remove(self, name: str) -> None:
        if name not in self._connection.names:
            return
        del self._connection.names[name]
        private = self._private.pop(name, None)
        if private is not None:
            self._fanout.ignore_user(self._connection, *private)
        else:
            self._fanout.ignore_market(self._connection, self._target, name, self._options)


def _has_room(connection: Connection, name: str) -> bool:
    """Whether the connection may hear one more stream."""
    rules, names = connection.rules, connection.names
    if rules.streams and len(names) >= rules.streams:
        return False
    return not rules.letters or sum(map(len, names)) + len(name) <= rules.letters


NOBODY_YET = Nanos(0)


class Session:
    """One WebSocket API connection as handlers see it: who logged on, and which private streams it hears."""

    def __init__(self, connection: Connection, target: Target, fanout: Fanout, *, return_rate_limits: bool) -> None:
        self.connected_since = fanout.now()
        self.connection_id = connection.id
        self.return_rate_limits = return_rate_limits
        self.key: Key | None = None
        self.authorised_since = NOBODY_YET
        self._connection = connection
        self._target = target
        self._fanout = fanout
        self._running: dict[int, tuple[AccountNo, str]] = {}
        """Whose stream, and which topic of it."""
        self._of_key: dict[int, None] = {}
        """Those of them that end when the session logs out."""
        self._next = 0
        self._farewells: list[bytes] = []

    def log_on(self, key: Key, at: Nanos) -> None:
        """Let *key* stand for requests that name none, from now on, instead of any other."""
        self.key = key
        self.authorised_since = at

    def log_out(self) -> None:
        """Forget the key that logged on, and end what it subscribed to."""
        self.key = None
        self.authorised_since = NOBODY_YET
        for number in tuple(self._of_key):
            self._end(number)

    def subscribe(self, account: AccountNo, topic: str = "", *, logged_on: bool = False) -> int | None:
        """Send a private stream of *account* here from now on: its number, None where it already runs."""
        if (account, topic) in self._running.values():
            return None
        number = self._next
        self._next += 1
        self._running[number] = account, topic
        if logged_on:
            self._of_key[number] = None
        self._fanout.hear_user(self._connection, self._target, account, number, topic)
        return number

    def subscribed(self, topic: str) -> int | None:
        """The number of the subscription to *topic*, None where there is none."""
        return next((number for number, (_, name) in self._running.items() if name == topic), None)

    def unsubscribe(self, number: int | None = None) -> bool:
        """End one subscription (None: all of them); False where there was none."""
        ended = list(self._running) if number is None else [number] if number in self._running else []
        for one in ended:
            self._end(one)
        return bool(ended)

    def _end(self, number: int) -> None:
        """Nothing more is heard under *number*, but for the venue's last word after the reply."""
        self._of_key.pop(number, None)
        last_words = self._target.dialect.subscription_ended(number, self._fanout.now())
        if last_words:
            self._farewells.append(last_words)
        account, topic = self._running.pop(number)
        self._fanout.ignore_user(self._connection, self._target, account, topic)

    def farewells(self) -> list[bytes]:
        """The last words that are still to be sent."""
        waiting, self._farewells = self._farewells, []
        return waiting

    def subscriptions(self) -> tuple[int, ...]:
        """The numbers of those that run, ascending."""
        return tuple(self._running)


PRIVATE = "private"
"""The branch of private streams, where a venue routes them."""


class ApiTalk:
    """A WebSocket API socket: requests are carried out as they come, replies leave in that order."""

    def __init__(
        self,
        connection: Connection,
        address: ApiAddress,
        fanout: Fanout,
        calls: Calls,
        client_address: str,
        faults: ApiFaults,
    ) -> None:
        self.connection = connection
        self.target = address.target
        self.client_address = client_address
        self._options = address.options
        self._fanout = fanout
        self._calls = calls
        self._faults = faults
        self._return_rate_limits = _flag(address.options, "returnRateLimits")
        self._session = Session(connection, address.target, fanout, return_rate_limits=self._return_rate_limits)

    @property
    def account(self) -> AccountNo:
        """Who logged on; 0 where nobody did."""
        return NOBODY if self._session.key is None else self._session.key.account

    def look_at_key(self) -> None:
        """End a connection whose key is good no more, where the venue does that."""
        session = self._session
        if not self.connection.rules.ends_with_key or session.key is None or self._is_good(session.key):
            return
        session.log_out()
        self._fanout.send(self.connection, 0, frame(self.target.dialect.session_revoked()))
        self.connection.closing = POLICY_VIOLATION

    def _is_good(self, key: Key) -> bool:
        """Whether it was not deleted, changed, or bound to other addresses."""
        return self._calls.finder(self.target, self.client_address)(key.api_key) == key

    def announce_end(self) -> None:
        dialect = self.target.dialect
        _, payload = dialect.shutdown_event(self._calls.exchange.now())
        self._fanout.send(self.connection, 0, frame(dialect.connection_event(payload)))

    def hear(self, text: str) -> None:
        if self._faults.injector.begun:
            self._faults.hear(self, text)
            return
        spoken = self.carry_out(text)
        for data in spoken.frames:
            self._fanout.send(self.connection, spoken.seq, data)
        if spoken.banned:
            self.connection.closing = POLICY_VIOLATION

    def carry_out(self, text: str, bend: Bend | None = None) -> Spoken:
        """Do what a request says; the reply, and what else is said then."""
        dialect, calls, session = self.target.dialect, self._calls, self._session
        policy = calls.policy(calls.wall())
        if bend is not None:
            policy = skewed(policy, bend.skew)
        find = calls.finder(self.target, self.client_address)
        if session.key is not None and find(session.key.api_key) != session.key:
            # The key was deleted, changed, or may not be used from here any more.
            session.log_out()
            if self.connection.rules.ends_with_key:
                self.connection.closing = POLICY_VIOLATION
            return self._spoken(0, dialect.session_revoked())
        request = dialect.api_request(self.target.product, text, find, policy, session.key, self._options)
        if isinstance(request, ApiRefusal):
            answered = calls.socket_refusal(self.target, request, self.client_address)
        else:
            answered = calls.socket(self.target, request, policy, self.client_address, session, bend)
        product, shown = self.target.product, self._return_rate_limits
        reply = dialect.api_reply(
            product, request, answered.reply, return_rate_limits=shown, connection_id=self.connection.id
        )
        return self._spoken(answered.seq, reply, banned=answered.banned)

    def _spoken(self, seq: int, reply: bytes, *, banned: bool = False) -> Spoken:
        return Spoken(seq, (frame(reply), *map(frame, self._session.farewells())), banned)

    # For faults

    def refuse(self, glimpse: Glimpse, reply: Reply) -> bytes:
        """The frame that tells of *reply* to a request that was not carried out."""
        refused = ApiRefusal(glimpse.id, ApiError(reply.status, 0, ""), glimpse.method)
        dialect, product = self.target.dialect, self.target.product
        return frame(
            dialect.api_reply(product, refused, reply, return_rate_limits=False, connection_id=self.connection.id)
        )

    def send(self, message: Frame) -> None:
        """Send a frame on its way, which passes the faults."""
        if self._fanout.pipes is not None:
            self._fanout.pipes.put(self.connection, message)


def _like_a_key(name: str) -> bool:
    """A listen key that has run out is nobody else's business, so it is not counted by name."""
    return len(name) == LENGTH and name.isalnum()


def _flag(options: Mapping[str, str], name: str) -> bool:
    return options.get(name, "true").lower() != "false"
