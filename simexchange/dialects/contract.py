"""What the gateway knows of a venue, and nothing more.

A dialect is pure: a handler is a generator that yields commands, is sent the `Step` each one became, and returns
a `Reply` (a plain function returns its `Reply` at once). It never sees a socket, and the gateway never sees a
venue's field name.

How the gateway drives it:

* REST: `Dialect.authorise` → `Authorised` or `ApiError` (→ `Dialect.error`); then a `Call` made of it goes to
  `Route.handler`, whose commands are submitted one by one. `Route.weight` is counted before, `Reply.order_count`
  after. A path without a route: `Product.unknown_call` of the product whose prefix fits.
* A stream name that is a listen key gets the account's `UserStream`, any other one `Product.market_stream`; a name that
  is neither is acknowledged and silent, as on the venue.
* A WebSocket API frame: `Dialect.api_request` → `ApiRequest` (or `ApiRefusal`), then as REST with a `Call`, then
  `Dialect.api_reply`.
  Private events of a `Call.session` subscription begin after that reply.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, runtime_checkable

import msgspec

from simexchange.core.vocabulary.step import Step
from simexchange.dialects.asking import ListSubscriptions, SocketRequest
from simexchange.dialects.telling import Telling

if TYPE_CHECKING:
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.commands import Command
    from simexchange.core.vocabulary.events import Event
    from simexchange.core.vocabulary.ids import AccountNo, MarketNo, OrderId
    from simexchange.core.vocabulary.rejections import RejectReason
    from simexchange.core.vocabulary.units import Nanos
    from simexchange.projections.views import Views


class Auth(Enum):
    """What a call must carry."""

    NONE = "none"
    KEY = "key"
    SIGNED = "signed"


class Permission(Enum):
    """What a key may be used for; each call needs one of them."""

    READING = "reading"
    """Questions about the account, and its private streams."""
    SPOT_TRADING = "spot_trading"
    FUTURES = "futures"
    """Orders and settings of derivatives."""
    UNIVERSAL_TRANSFER = "universal_transfer"
    """Between the account's own wallets."""
    INTERNAL_TRANSFER = "internal_transfer"
    """Between the accounts of a family."""
    WITHDRAWALS = "withdrawals"


EVERYTHING: Final = frozenset(Permission)
USUAL: Final = EVERYTHING - {Permission.WITHDRAWALS}
"""What a key may do of which nothing was said: nothing leaves the exchange over the API."""

KeyKind = Literal["hmac", "rsa", "ed25519"]
HMAC: Final = "hmac"
RSA: Final = "rsa"
ED25519: Final = "ed25519"
KINDS: Final[tuple[KeyKind, ...]] = (HMAC, RSA, ED25519)
"""All there are; a venue may take fewer."""


class Payer(Enum):
    """Whom a limit counts."""

    ADDRESS = "address"
    ACCOUNT = "account"


class Coverage(Enum):
    """How much of the venue's call is served."""

    FULL = "full"
    PARTIAL = "partial"
    NONE = "none"


class ApiError(msgspec.Struct, frozen=True):
    """A venue's refusal: HTTP status, code, text."""

    status: int
    code: int
    text: str


class Reply(msgspec.Struct, frozen=True):
    """What goes back: status, finished body bytes, further headers."""

    status: int
    body: bytes
    headers: Mapping[str, str] = {}
    order_count: int = 0
    """How many new orders this call counts as, for the venue's order-rate limits."""


class Throttled(msgspec.Struct, frozen=True):
    """An account has sent more new orders than the venue takes in one span of time."""

    error: ApiError
    retry_after: int
    """Seconds."""


class Rated(msgspec.Struct, frozen=True):
    """The limit that a call of one account falls under, and how much of it the call uses."""

    name: str
    """Calls of the same name share it."""
    limit: int
    """In each span, which ends now."""
    span: Nanos
    uses: int = 1
    headers: tuple[str, str, str] = ("", "", "")
    """Under which names an answer shows the limit, what is left of it, and when there is room again."""


ALL_OF_IT: Final = 1 << 31
"""More orders than any batch has."""


def _free() -> Throttled | None:
    """Nobody counts."""
    return None


class Call(msgspec.Struct):
    """One authenticated request, as a handler sees it."""

    params: Mapping[str, str]
    """Decoded parameters of query and body; the query wins."""
    state: ExchangeState
    views: Views
    now: Nanos
    """Exchange time."""
    wall: Nanos
    """Wall time, for what lives on it (listen keys, rate-limit windows)."""
    account: AccountNo | None = None
    api_key: str = ""
    product: str = ""
    """The product that was asked: `Product.name`."""
    key: Key | None = None
    """The key that signed, with what it may do."""
    listen_keys: ListenKeys | None = None
    raw: Mapping[str, Any] = {}
    """The JSON values as sent, of a WebSocket API request, or of a REST body whose dialect hands them on."""
    session: Session | None = None
    """WebSocket API: the connection the call came by."""
    options: Mapping[str, str] = {}
    """What the product says to each of its calls, and what a header switched on: `Authorised.options`,
    `ApiRequest.options`."""
    counts: Mapping[str, str] = {}
    """The rate-limit headers as the reply will carry them (name → count), for calls that ask."""
    countdowns: Countdowns | None = None
    allowed: int = ALL_OF_IT
    """How many orders of a batch may be carried out now, where the venue takes a batch in part: the first ones. Each of
    the others is refused by itself."""
    throttled: Callable[[], Throttled | None] = _free
    """Why the account may place no order now; a `PlaceOrder` that is yielded all the same ends the call with it."""
    keys_of: Callable[[AccountNo], list[Key]] = lambda _: []
    """The keys of an account, oldest first."""


Handler = Callable[[Call], "Generator[Command, Step, Reply] | Reply"]
Check = Callable[[Mapping[str, str]], ApiError | None]
"""What is wrong with the parameters alone; `Dialect.authorise` asks it before key, time and signature."""
Weight = int | Callable[[Mapping[str, str]], int]


class Route(msgspec.Struct, frozen=True):
    """One REST call of a venue."""

    method: str
    path: str
    handler: Handler
    auth: Auth = Auth.NONE
    weight: Weight = 1
    coverage: Coverage = Coverage.FULL
    doc: str = ""
    """What is missing, where coverage is partial."""
    check: Check | None = None
    free: bool = False
    """Whether it weighs nothing where it goes well."""
    alone: Payer | None = None
    """Whose requests of this call alone are limited; None: it weighs in the pool of its product, by address."""
    rate: int = 0
    """How often one account may make this call in the venue's span for it; 0: as often as it likes. Which of its limits
    a single call falls under: `Dialect.rated`."""


class Method(msgspec.Struct, frozen=True):
    """One method of a venue's WebSocket API."""

    name: str
    handler: Handler
    auth: Auth = Auth.NONE
    weight: Weight = 2
    coverage: Coverage = Coverage.FULL
    doc: str = ""
    check: Check | None = None
    free: bool = False
    rate: int = 0
    """As `Route.rate`; a method and a route with the same name of their limit share it."""


class ListenKeys(Protocol):
    """The gateway's table of listen keys (wall time; ends with the process)."""

    def open(self, account: AccountNo, product: str) -> str:
        """The account's key for *product*, made or renewed."""
        ...

    def renew(self, account: AccountNo, product: str) -> str | None:
        """Renew; None where there is none."""
        ...

    def close(self, account: AccountNo, product: str) -> bool:
        """Close; False where there was none."""
        ...


class Countdowns(Protocol):
    """The gateway's heart-beats (wall time; they end with the process)."""

    def set(self, account: AccountNo, market: MarketNo, after: Nanos) -> None:
        """Cancel every order of *account* in *market* when *after* has passed on the wall; 0: do not any more."""
        ...


class Session(Protocol):
    """One WebSocket API connection, as a handler may use it; what it holds ends with the socket."""

    connection_id: str
    """What the connection is called, for venues that say so in their answers."""
    connected_since: Nanos
    """When it was opened, exchange time: clients hold it against the server's time."""
    return_rate_limits: bool
    """Whether replies here carry the rate-limit counts where a request does not say."""
    key: Key | None
    """The key that logged on; its requests need neither name nor sign themselves."""
    authorised_since: Nanos
    """When it did, exchange time."""

    def log_on(self, key: Key, at: Nanos) -> None:
        """Let *key* stand for requests that name none, from now on, instead of any other."""
        ...

    def log_out(self) -> None:
        """Forget the key that logged on, and end what it subscribed to."""
        ...

    def subscribe(self, account: AccountNo, topic: str = "", *, logged_on: bool = False) -> int | None:
        """Send a private stream of *account* here from now on: its number, None where it already runs.

        *topic*: which one, where the venue has several. *logged_on*: it ends when the session logs out.
        """
        ...

    def subscribed(self, topic: str) -> int | None:
        """The number of the subscription to *topic*, None where there is none."""
        ...

    def unsubscribe(self, number: int | None = None) -> bool:
        """End one subscription (None: all of them); False where there was none."""
        ...

    def subscriptions(self) -> tuple[int, ...]:
        """The numbers of those that run, ascending."""
        ...


class MarketStream(Protocol):
    """One subscribed market stream: fed every event after the views were folded to exactly it."""

    name: str
    """The venue's stream name as subscribed, e.g. ``btcusdt@depth@100ms``."""
    every: Nanos
    """0: messages go out event by event. Else `flush` is called about this often (wall time)."""
    follows: Collection[MarketNo] | None
    """Markets whose events it is told of: one that only follows the clock none, and None stands for all events."""

    def on_event(self, seq: int, at: Nanos, event: Event, views: Views) -> Iterable[bytes]:
        """Payloads this event causes now."""
        ...

    def flush(self, at: Nanos, views: Views) -> Iterable[bytes]:
        """Payloads that are due by the clock (klines, depth every 100 ms, tickers)."""
        ...


@runtime_checkable
class Opening(Protocol):
    """A market stream that tells a newcomer where things stand before it goes on: a snapshot, then changes."""

    def opening(self, at: Nanos, views: Views) -> Iterable[bytes]:
        """Payloads for one who has just subscribed: what the others were told so far, on which the next one builds."""
        ...


@runtime_checkable
class Gathering(Protocol):
    """A market stream that puts together what one record caused, and tells it when the record is whole."""

    def end_of_step(self, seq: int, at: Nanos, views: Views) -> Iterable[bytes]:
        """Payloads that tell of the events since the record before."""
        ...


@runtime_checkable
class Ranked(Protocol):
    """A private stream of a venue that has several: of one record, the one with the lowest rank speaks first."""

    rank: int


class UserStream(Protocol):
    """One account's private events of one product."""

    def on_event(self, seq: int, at: Nanos, event: Event, views: Views, state: ExchangeState) -> Iterable[bytes]:
        """Payloads, one per venue event, in the order the venue sends them."""
        ...

    def end_of_step(self, seq: int, at: Nanos, views: Views, state: ExchangeState) -> Iterable[bytes]:
        """Payloads that close a step (one balance message after all execution reports)."""
        ...


class Product(Protocol):
    """One product of a venue (Binance spot, USDⓈ-M, COIN-M)."""

    name: str
    routes: tuple[Route, ...]
    methods: tuple[Method, ...]
    rest_prefixes: tuple[str, ...]
    """Path prefixes whose unknown calls this product answers (``/api``, ``/sapi``)."""
    rejections: Mapping[RejectReason, ApiError]
    options: Mapping[str, str]
    """What each of its calls is told, whatever was sent: how it serves an older API."""

    def market_stream(
        self, name: str, state: ExchangeState, views: Views, options: Mapping[str, str] = ...
    ) -> MarketStream | None:
        """The stream of that name, or None where the venue has none. *options*: the query of the socket's address."""
        ...

    def user_stream(self, account: AccountNo, state: ExchangeState, views: Views, topic: str = ...) -> UserStream:
        """The private stream of *account*; the one called *topic* where the venue has several."""
        ...

    def branch(self, name: str) -> str:
        """Which of the venue's routed paths carries the stream of that name; empty where it has none."""
        ...

    def unknown_call(self, method: str, path: str, at: Nanos) -> Reply:
        """The venue's own answer to a call it, or we, do not have."""
        ...


class Incoming(msgspec.Struct, frozen=True):
    """A REST request as bytes on the wire; header names in lower case."""

    method: str
    path: str
    query: str
    """The raw query string, without ``?``."""
    body: bytes
    headers: Mapping[str, str]


class Key(msgspec.Struct, frozen=True):
    """An API key as the gateway's key file holds it."""

    api_key: str
    secret: str
    """HMAC secret, or a PEM public key for the asymmetric kinds."""
    account: AccountNo
    kind: KeyKind = HMAC
    permissions: frozenset[Permission] = USUAL
    addresses: tuple[str, ...] = ()
    """Where it may be used from, addresses or networks (``10.0.0.0/8``); none: from anywhere."""
    created_at: int = 0
    """Exchange time, ns; 0: with its account."""
    label: str = ""
    elsewhere: bool = False
    """Whether this request came from an address that is none of its own: then it may do nothing."""

    def __repr__(self) -> str:
        """Without the secret: a key may end in a message or a traceback."""
        return f"Key({self.api_key!r}, account={self.account}, kind={self.kind!r})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """The same for terminals."""
        return [("api_key", self.api_key), ("account", self.account), ("kind", self.kind)]


FindKey = Callable[[str], "Key | None"]
"""The key of that name, as far as it may be used from where the request came."""


class TimePolicy(msgspec.Struct, frozen=True):
    """How a request's timestamp is judged: ``strict``, ``lenient`` (exchange or wall time may fit) or ``ignore``."""

    mode: str
    now: Nanos
    wall: Nanos
    """What a client's own clock says: the computer's time, or exchange time where it was started with such a clock."""
    pace: int = 1_000
    """How fast that clock runs, in a thousandth of the computer's: a request is so much longer under way by it."""


class Authorised(msgspec.Struct, frozen=True):
    """A request whose parameters, key, signature and timestamp were found good."""

    params: Mapping[str, str]
    key: Key | None
    options: Mapping[str, str] = {}
    raw: Mapping[str, Any] = {}
    """The values of a JSON body as sent, where a call has more than texts."""


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """What was wrong with a request that was not authorised, for a person. No secret is among it."""

    why: str
    """``time``, ``signature``, ``key_malformed``, ``key_unknown``, ``address``, ``permission`` or ``other``.

    Empty where neither key nor time nor signature was what it was refused for.
    """
    api_key: str
    needed: str
    """The permission the call asks of a key."""
    timestamp: int | None = None
    """As sent, where it is a number."""
    window: str | None = None
    """The receive window, as sent."""
    expected: str = ""
    """What should have been signed."""
    signed: str = ""
    """What was signed instead, where a known mistake explains the signature."""
    how: str = ""
    """What is the matter with it, as a clause."""


class ApiRequest(msgspec.Struct, frozen=True):
    """One WebSocket API request, decoded and authorised; *call* lacks only state and views."""

    id: Any
    method: Method
    params: Mapping[str, str]
    raw: Mapping[str, Any]
    key: Key | None
    return_rate_limits: bool | None = None
    """What the request itself says of it; None = as the connection has it."""
    options: Mapping[str, str] = {}


class ApiRefusal(msgspec.Struct, frozen=True):
    """A WebSocket API frame that is no request, or one that may not be carried out."""

    id: Any
    """As far as it could be read."""
    error: ApiError
    method: str = ""
    """The method that was named; empty where none could be read."""
    unknown: bool = False
    """Whether there is no such method."""
    return_rate_limits: bool | None = None


class Glimpse(msgspec.Struct, frozen=True):
    """What a WebSocket API frame is, before it is judged; empty as far as it cannot be read."""

    id: Any = None
    method: str = ""
    api_key: str = ""


class Dialect(Protocol):
    """A venue: its products, how it signs, and how its sockets talk."""

    name: str
    products: tuple[Product, ...]
    rejections: Mapping[RejectReason, ApiError]
    groups: Mapping[str, tuple[str, ...]]
    """Patterns of calls (``METHOD path``) and methods by what they are for: ``orders``, ``cancels``, ``reads``."""
    key_kinds: tuple[KeyKind, ...]
    """The kinds of keys that the venue has."""

    def key_named(self, incoming: Incoming) -> str:
        """The API key that a REST request names, whether or not there is one; empty where it names none."""
        ...

    def glimpse(self, product: Product, text: str) -> Glimpse:
        """As much of a WebSocket API frame as says what it is and whose."""
        ...

    def order_number(self, text: str) -> OrderId | None:
        """The number of the order that the venue calls *text*; None where it calls none so."""
        ...

    def error(self, error: ApiError, at: Nanos) -> Reply:
        """The venue's shape of an error. *at*: exchange time, for venues that say it."""
        ...

    def turned_away(self, error: ApiError, now: Nanos, until: Nanos) -> Reply:
        """The same on a WebSocket API, for a limit that holds *until* an instant of wall time, *now* being another."""
        ...

    def rated(self, name: str, params: Mapping[str, str], raw: Mapping[str, Any]) -> Rated | None:
        """The limit of a call that has one of its own: *name* is the path of a route, or the name of a method."""
        ...

    def authorise(self, auth: Auth, incoming: Incoming, find_key: FindKey, policy: TimePolicy) -> Authorised | ApiError:
        """Read the parameters and judge key, signature and time, in the venue's order of checks."""
        ...

    def diagnose(self, incoming: Incoming, error: ApiError, find_key: FindKey) -> Diagnosis:
        """What `authorise` gave *error* for. *find_key* knows every key, wherever it may be used from."""
        ...

    def too_late(self, product: Product, params: Mapping[str, str], policy: TimePolicy) -> ApiError | None:
        """Whether a signed request has missed its time since it was authorised: asked before its first order."""
        ...

    def socket_request(self, product: Product, text: str, connection_id: str) -> SocketRequest:
        """What a client said on a market-data socket of *product*."""
        ...

    def subscriptions(self, request: ListSubscriptions, names: Iterable[str]) -> bytes:
        """The answer to a list request."""
        ...

    def envelope(self, stream: str, payload: bytes) -> bytes:
        """A payload as a combined-stream frame."""
        ...

    def subscription_event(self, number: int, payload: bytes) -> bytes:
        """A private payload as subscription *number* of a WebSocket API connection carries it."""
        ...

    def subscription_ended(self, number: int, at: Nanos) -> bytes:
        """The last frame of subscription *number* of a WebSocket API connection; empty where nothing is said."""
        ...

    def listen_key_expired(self, listen_key: str, at: Nanos) -> bytes:
        """What a socket hears when its listen key has run out."""
        ...

    def event_name(self, payload: bytes) -> str:
        """What a private payload calls itself, for sockets that want to hear of some events only."""
        ...

    def telling(self, stream: str, payload: bytes) -> tuple[Telling, str]:
        """What a payload of *stream* (empty: a private one) tells, and of which order; empty where of none."""
        ...

    def shutdown_event(self, at: Nanos) -> tuple[str, bytes]:
        """The stream name and the payload by which a connection is told that it will end."""
        ...

    def connection_event(self, payload: bytes) -> bytes:
        """A payload about a WebSocket API connection as that connection carries it."""
        ...

    def api_request(
        self, product: Product, text: str, find_key: FindKey, policy: TimePolicy, logged_on: Key | None = None,
        options: Mapping[str, str] = ...,
    ) -> ApiRequest | ApiRefusal:  # fmt: skip
        """One WebSocket API request, or why it is none.

        *logged_on*: the key of the session. *options*: the query of the socket's address.
        """
        ...

    def session_revoked(self) -> bytes:
        """What a session hears whose key is good no more."""
        ...

    def api_reply(
        self, product: Product, request: ApiRequest | ApiRefusal, reply: Reply, *, return_rate_limits: bool,
        connection_id: str = ...,
    ) -> bytes:  # fmt: skip
        """The frame that answers a WebSocket API request. ``reply.headers`` has the rate-limit counts, as on REST.

        `ApiRequest.return_rate_limits` wins over *return_rate_limits*.
        """
        ...
