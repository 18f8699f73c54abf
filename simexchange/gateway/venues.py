"""Where each venue is mounted, and how its sockets, limits and last-resort refusals behave.

Everything here is about carrying bytes: paths of sockets, ping rhythms, rate limits and the few answers that are
given when no dialect was reached. A new venue is a new row. Figures are the venue's published ones, seen 2026-11.
"""

from collections.abc import Mapping

import msgspec

from simexchange.core.vocabulary.units import DAY, MILLISECOND, MINUTE, SECOND, Nanos
from simexchange.dialects.contract import ApiError, Payer


class SocketRules(msgspec.Struct, frozen=True):
    """What a venue does to and expects of an open socket. Spans are wall time."""

    ping_every: Nanos
    """0: the venue pings nobody."""
    pong_within: Nanos
    messages_per_second: int
    """More than this from the client ends the connection (strict limits only); 0: no limit is published."""
    streams: int = 1_024
    """Streams of one connection; 0: any number."""
    letters: int = 0
    """Letters of all their names together; 0: any number."""
    life: Nanos = Nanos(DAY)
    """0: for ever."""
    silence: Nanos = Nanos(0)
    """A connection on which neither side says anything for so long is closed; 0: none is."""
    silence_option: str = ""
    """The word in an address by which a client says another span, 30 s to 10 min; empty: there is none."""
    announced: Nanos = Nanos(0)
    """How long before its planned end a connection is told of it; 0: it is not told."""
    any_pong: bool = False
    """Whether a pong that answers no ping keeps a connection alive, too."""
    connections: int = 0
    """Connections one address may open in `connections_in`; 0: no limit is published."""
    connections_in: Nanos = Nanos(5 * MINUTE)
    together: bool = False
    """Whether all sockets of the venue count together there, or those of each address by themselves."""
    open_at_once: int = 0
    """Sockets of this kind that one address may have open; 0: any number."""
    ends_with_key: bool = False
    """Whether a connection is closed whose key is deleted, changed or bound to other addresses."""
    breath: Nanos = Nanos(0)
    """How long what a client says is on its way before it is heard, as over a network; 0: it is heard at once."""


class OrderLimit(msgspec.Struct, frozen=True):
    """A limit on new orders of one account."""

    letter: str
    """As the header spells the window: ``10S``, ``1M``, ``1D``."""
    window: Nanos
    limit: int
    by_call: bool = False
    """Whether a call of several orders counts once."""


class RequestLimit(msgspec.Struct, frozen=True):
    """How many requests one address may send in a window."""

    limit: int
    window: Nanos
    error: ApiError
    """``{limit}`` and ``{address}`` are filled in."""
    ban: Nanos = Nanos(0)
    """For how long an address is shut out that sends more; 0: until the window is over."""


class Quota(msgspec.Struct, frozen=True):
    """Calls that share a limit of their own, beside their weight."""

    paths: tuple[str, ...]
    limit: RequestLimit


class Limits(msgspec.Struct, frozen=True):
    """The rate limits of a pool. Products with the same pool share their counts."""

    pool: str
    weight: int
    """Request weight of one address per minute; 0: nothing weighs."""
    orders: tuple[OrderLimit, ...]
    too_heavy: ApiError
    """``{limit}`` and ``{address}`` are filled in."""
    banned: ApiError
    """``{until}`` (ms) and ``{address}`` are filled in."""
    connecting: int
    """What opening a WebSocket API connection weighs."""
    requests: "RequestLimit | None" = None
    """All requests of one address, whatever they weigh."""
    sockets: bool = True
    """Whether what is said on a socket counts as well."""
    quotas: tuple["Quota", ...] = ()
    headers: tuple[str, ...] = ("X-MBX-USED-WEIGHT", "X-MBX-USED-WEIGHT-1M")
    """The headers that show the weight that was used."""
    order_header: str = "X-MBX-ORDER-COUNT-"
    """How the header begins that shows new orders; it ends with the window."""
    first_fill_taker: int = 0
    """How many orders come off the account's counts when an order is filled for the first time, as it comes in."""
    first_fill_maker: int = 0
    """The same, where it had been in the book."""


class AloneLimit(msgspec.Struct, frozen=True):
    """The limit of each call that is limited by itself."""

    weight: int
    header: str


class Outages(msgspec.Struct, frozen=True):
    """What a product says when it is rehearsed that something is wrong with the venue (`faults`)."""

    unknown: ApiError
    """Whether it was done is left open."""
    unavailable: ApiError
    """It was not done."""
    overloaded: ApiError
    bare: bool = False
    """Whether *unknown* and *unavailable* come from in front of the API: ``{"timestamp","path","msg"}``, no code."""


class Mount(msgspec.Struct, frozen=True):
    """The sockets of one product."""

    streams: str
    """Path prefix of its market and user streams; empty where it has none."""
    api: str
    """Path of its WebSocket API; empty where it has none."""
    socket: SocketRules
    limits: Limits
    outages: Outages
    branches: tuple[str, ...] = ()
    """First segments after the prefix that split streams by kind; an address without one stands for the first."""
    by_message: bool = False
    """Whether *streams* is the whole path, and every stream is asked for by a message."""


class Refusals(msgspec.Struct, frozen=True):
    """What the gateway says in the venue's words where the dialect was not asked."""

    unexpected: ApiError
    unavailable: ApiError
    """Storage has failed: nothing was done."""
    outcome_unknown: ApiError
    """Storage failed after the call was carried out: it may be lost."""
    too_large: ApiError
    malformed: ApiError
    """The body cannot be read as HTTP."""
    too_many_orders: ApiError
    """``{limit}`` and ``{window}`` are filled in. Also of a call that has a limit of its own."""
    too_many_connections: ApiError
    """``{limit}`` and ``{window}`` are filled in."""


class Venue(msgspec.Struct, frozen=True):
    """One venue: its path prefix, the sockets of its products and its refusals."""

    prefix: str
    at_root: bool
    """Also reachable without the prefix."""
    mounts: dict[str, Mount]
    """By product name."""
    refusals: Refusals
    maintenance: ApiError
    """The answer to every call while the venue is down on purpose, but for those of *status*."""
    status: Mapping[str, bytes] = {}
    """Calls that tell of the venue's own state, and what they say then."""
    alone: dict[Payer, AloneLimit] = {}
    """For calls that are limited by themselves."""
    listen_keys: bool = True
    """Whether private streams are asked for by listen keys."""
    retry_after: bool = True
    """Whether a limit's refusal says by a header how long to wait."""


_SPOT_SOCKET = SocketRules(
    ping_every=Nanos(20 * SECOND),
    pong_within=Nanos(60 * SECOND),
    messages_per_second=5,
    # Announced on 2026-05-06 as ten minutes; a month later the figure was taken out, and the event stayed.
    announced=Nanos(10 * MINUTE),
    connections=300,
)
_FUTURES_SOCKET = SocketRules(
    ping_every=Nanos(3 * MINUTE),
    pong_within=Nanos(10 * MINUTE),
    messages_per_second=10,
    any_pong=True,
)
_SPOT_HEAVY = ApiError(
    429,
    -1003,
    "Too much request weight used; current limit is {limit} request weight per 1 MINUTE. "
    "Please use WebSocket Streams for live updates to avoid polling the API.",
)
_SPOT_BANNED = ApiError(
    418,
    -1003,
    "Way too much request weight used; IP banned until {until}. "
    "Please use WebSocket Streams for live updates to avoid bans.",
)
# Of the derivatives' texts only the form is documented; with the address in it they are quoted from live answers, 2026.
_FUTURES_HEAVY = ApiError(
    429,
    -1003,
    "Too many requests; current limit of IP({address}) is {limit} requests per minute. "
    "Please use the websocket for live updates to avoid polling the API.",
)
_FUTURES_BANNED = ApiError(
    418,
    -1003,
    "Way too many requests; IP({address}) banned until {until}. "
    "Please use the websocket for live updates to avoid bans.",
)
_TOO_MANY = ApiError(429, -1003, "Too many requests queued.")
_FUNDING_QUOTA = Quota(
    ("/fapi/v1/fundingRate", "/fapi/v1/fundingInfo"), RequestLimit(500, Nanos(5 * MINUTE), _TOO_MANY)
)
_SPOT_LIMITS = Limits(
    pool="spot",
    weight=6_000,
    orders=(OrderLimit("10S", Nanos(10 * SECOND), 100), OrderLimit("1D", Nanos(DAY), 200_000)),
    too_heavy=_SPOT_HEAVY,
    banned=_SPOT_BANNED,
    connecting=2,
    requests=RequestLimit(300_000, Nanos(5 * MINUTE), _TOO_MANY),
    first_fill_taker=1,
    first_fill_maker=5,
)
# USDⓈ-M and COIN-M count in one pool since 2026-06-30.
_FUTURES_LIMITS = Limits(
    pool="futures",
    weight=2_400,
    orders=(OrderLimit("10S", Nanos(10 * SECOND), 300), OrderLimit("1M", Nanos(MINUTE), 1_200, by_call=True)),
    too_heavy=_FUTURES_HEAVY,
    banned=_FUTURES_BANNED,
    connecting=5,
    quotas=(_FUNDING_QUOTA,),
)
# "Error codes" of spot, and what "General Info" of USDⓈ-M says of HTTP 503 and of its four texts (seen 2026-11).
_INTERNAL = ApiError(503, -1001, "Internal error; unable to process your request. Please try again.")
_UNKNOWN_STATUS = ApiError(
    503,
    -1007,
    "Timeout waiting for response from backend server. Send status unknown; execution status unknown.",
)
_SPOT_OUTAGES = Outages(
    _UNKNOWN_STATUS,
    _INTERNAL,
    ApiError(503, -1008, "Server is currently overloaded with other requests. Please try again in a few minutes."),
)
# The form without a code is quoted from live answers of /fapi (daisy613/LHPControl, issue 16; 2020-12).
_FUTURES_OUTAGES = Outages(
    ApiError(503, -1000, "Unknown error, please check your request or try again later."),
    ApiError(503, -1001, "Service Unavailable."),
    ApiError(
        503,
        -1008,
        "Request throttled by system-level protection. Reduce-only/close-position orders are exempt. Please try again.",
    ),
    bare=True,
)
_BRANCHES = ("public", "market", "private")

_BINANCE = Venue(
    prefix="/binance",
    at_root=True,
    mounts={
        "spot": Mount("/spot", "/ws-api/v3", _SPOT_SOCKET, _SPOT_LIMITS, _SPOT_OUTAGES),
        "usdm": Mount("/um", "/ws-fapi/v1", _FUTURES_SOCKET, _FUTURES_LIMITS, _FUTURES_OUTAGES, _BRANCHES),
        "coinm": Mount("/cm", "/ws-dapi/v1", _FUTURES_SOCKET, _FUTURES_LIMITS, _FUTURES_OUTAGES, _BRANCHES),
    },
    # ccxt quotes the text from a live answer; its status is not documented. "System Status" of /sapi, seen 2026-11.
    maintenance=ApiError(503, 1, "System is under maintenance."),
    status={"GET /sapi/v1/system/status": b'{"status":1,"msg":"system_maintenance"}'},
    # /sapi, by call: "General Info" of the wallet's pages, seen 2026-11.
    alone={
        Payer.ADDRESS: AloneLimit(12_000, "X-SAPI-USED-IP-WEIGHT-1M"),
        Payer.ACCOUNT: AloneLimit(180_000, "X-SAPI-USED-UID-WEIGHT-1M"),
    },
    refusals=Refusals(
        unexpected=ApiError(500, -1000, "An unknown error occurred while processing the request."),
        unavailable=_INTERNAL,
        outcome_unknown=_UNKNOWN_STATUS,
        too_large=ApiError(413, -1101, "Too many parameters sent for this endpoint."),
        malformed=ApiError(400, -1102, "A mandatory parameter was not sent, was empty/null, or malformed."),
        too_many_orders=ApiError(429, -1015, "Too many new orders; current limit is {limit} orders per {window}."),
        too_many_connections=ApiError(
            429, -1034, "Too many connection attempts from IP; current limit is {limit} per '{window}'."
        ),
    ),
)

# Bybit pings nobody: clients do, every 20 s, and one that says nothing for ten minutes is let go ("WebSocket Connect",
# docs/v5/ws/connect.mdx, where the longest list of topics is said, too). An address may send 600 requests in five
# seconds, else it is shut out for ten minutes; it may open 500 sockets in five minutes, and have 1,000 of each kind for
# market data ("Rate Limit Rules"; all seen 2026-11). Calls have their own limits, by account. Not published are a limit
# on messages, how long a socket lives, by which code it is closed, and what becomes of one whose key is deleted: there
# is no limit and no end here, and that socket is closed. No answer over a network comes at once, and pybit counts on
# it: it notes a request after it has sent it (5.17.0), and an answer it has no note of ends its socket or is dropped.
_BYBIT_SOCKET = SocketRules(
    ping_every=Nanos(0),
    pong_within=Nanos(0),
    messages_per_second=0,
    streams=0,
    life=Nanos(0),
    silence=Nanos(10 * MINUTE),
    connections=500,
    together=True,
    ends_with_key=True,
    breath=Nanos(5 * MILLISECOND),
)
_BYBIT_PRIVATE_SOCKET = msgspec.structs.replace(_BYBIT_SOCKET, silence_option="max_active_time")
_BYBIT_TRADE_SOCKET = msgspec.structs.replace(_BYBIT_PRIVATE_SOCKET, breath=Nanos(2 * MILLISECOND))
_BYBIT_PUBLIC_SOCKET = msgspec.structs.replace(_BYBIT_SOCKET, letters=21_000, open_at_once=1_000)
_BYBIT_TOO_MANY = ApiError(403, 10018, "Exceeded the IP Rate Limit.")
_BYBIT_TOO_OFTEN = ApiError(200, 10006, "Too many visits. Exceeded the API Rate Limit.")
_BYBIT_LIMITS = Limits(
    pool="bybit",
    weight=0,
    orders=(),
    too_heavy=_BYBIT_TOO_OFTEN,
    banned=_BYBIT_TOO_MANY,
    connecting=0,
    sockets=False,
    requests=RequestLimit(600, Nanos(5 * SECOND), _BYBIT_TOO_MANY, ban=Nanos(10 * MINUTE)),
    headers=(),
)
_BYBIT_SERVER = ApiError(200, 10016, "Server error.")
_BYBIT_TIMEOUT = ApiError(200, 10000, "Server Timeout")
# "Websocket Trade Guideline" names the code of an overload; what is said during maintenance is not published.
_BYBIT_OUTAGES = Outages(_BYBIT_TIMEOUT, _BYBIT_SERVER, ApiError(200, 10429, "System level frequency protection"))


def _bybit(streams: str, api: str, socket: SocketRules = _BYBIT_PUBLIC_SOCKET) -> Mount:
    return Mount(streams, api, socket, _BYBIT_LIMITS, _BYBIT_OUTAGES, by_message=bool(streams))


_BYBIT = Venue(
    prefix="/bybit",
    at_root=False,
    mounts={
        "v5": _bybit("", "/v5/trade", _BYBIT_TRADE_SOCKET),
        "v5-private": _bybit("", "/v5/private", _BYBIT_PRIVATE_SOCKET),
        **{f"v5-{category}": _bybit(f"/v5/public/{category}", "") for category in ("spot", "linear", "inverse")},
        "v5-status": _bybit("/v5/public/misc/status", ""),
    },
    maintenance=_BYBIT_SERVER,
    listen_keys=False,
    retry_after=False,
    refusals=Refusals(
        unexpected=_BYBIT_SERVER,
        unavailable=_BYBIT_SERVER,
        outcome_unknown=_BYBIT_TIMEOUT,
        too_large=ApiError(200, 10001, "Request parameter error: the body is too large."),
        malformed=ApiError(200, 10001, "Request parameter error: the body cannot be read."),
        too_many_orders=_BYBIT_TOO_OFTEN,
        too_many_connections=_BYBIT_TOO_MANY,
    ),
)

VENUES: dict[str, Venue] = {"binance": _BINANCE, "bybit": _BYBIT}
