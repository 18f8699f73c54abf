"""The kinds of faults: what each takes, where it acts. The reference page is made of this table."""

from collections.abc import Mapping
from typing import Final

import msgspec

from simexchange.core.vocabulary.units import DAY, MILLISECOND, MINUTE, SECOND
from simexchange.gateway.faults.draws import DISTRIBUTIONS, FIXED
from simexchange.gateway.faults.points import API, CHANNELS, IN, NOW, OPEN, OUT, REST, STREAM, USER

Value = int | str | bool
"""A parameter: spans are nanoseconds."""

SPAN: Final = "span"
OFFSET: Final = "offset"
WHOLE: Final = "whole"
WORD: Final = "word"
TEXT: Final = "text"
YES: Final = "yes"


class Param(msgspec.Struct, frozen=True):
    """One parameter of a kind."""

    type: str
    """``span`` (like 50ms), ``offset`` (a span that may have a minus), ``whole`` (a number), ``word`` (one of *words*),
    ``text`` or ``yes`` (true or false)."""
    default: Value
    doc: str
    words: tuple[str, ...] = ()
    least: int = 0
    most: int = 2**62
    or_zero: bool = False
    """Whether 0 may be said, too, whatever *least* is."""


class Kind(msgspec.Struct, frozen=True):
    """One kind of fault."""

    name: str
    doc: str
    channels: tuple[str, ...]
    direction: str
    """``in``, ``out``, ``open`` (a handshake), or ``either``: then a parameter ``where`` says which."""
    params: Mapping[str, Param] = {}
    match: str = "*"
    """Which messages, where a rule does not say."""
    needs: str = ""
    """What a venue must do for it to be about anything: one of `NEEDS`; empty: nothing."""


EITHER: Final = "either"
HANG: Final = "hang"
CUT: Final = "cut"
VENUE: Final = "venue"
PROXY: Final = "proxy"

_HOW = Param(
    WORD, HANG, "`hang`: nothing comes until the client gives up; `cut`: the connection is reset instead.", (HANG, CUT)
)
LISTEN_KEYS: Final = "listen keys"
PINGS: Final = "pings"
NEEDS: Final = {
    LISTEN_KEYS: "has no listen keys: its private streams are asked for on a socket that has logged on",
    PINGS: "pings nobody: its clients ping, and a socket on which nobody speaks is closed",
}
"""What not every venue has, and what is said of those that have it not."""

ANSWERS: Final = (
    Kind(
        "latency",
        "Everything takes longer, in its order: before a request is carried out, or before a message goes out.",
        CHANNELS,
        EITHER,
        {
            "where": Param(WORD, OUT, "`in`: before it is carried out; `out`: before the message leaves.", (IN, OUT)),
            "delay": Param(SPAN, 50 * MILLISECOND, "The mean, wall time."),
            "spread": Param(
                SPAN, 0, "Half the width of `uniform`, the standard deviation of `lognormal`; nothing to the others."
            ),
            "distribution": Param(WORD, FIXED, "How delays are drawn.", DISTRIBUTIONS),
            "load": Param(SPAN, 0, "Added for each other request that is under way then."),
        },
    ),
    Kind(
        "error",
        "A request is refused and nothing is done, with a status, code and text of your choice.",
        (REST, API),
        IN,
        {
            "status": Param(
                WHOLE, 0, "The HTTP status, 200 to 599; 0: the venue's of an unknown error.", least=200, most=599,
                or_zero=True,
            ),
            "code": Param(
                WHOLE, 0, "The venue's code; 0: its code of an unknown error.", least=-(10**6), most=10**6
            ),
            "text": Param(TEXT, "", "The venue's text; empty: its text of an unknown error."),
            "retry_after": Param(SPAN, 0, "The header `Retry-After`; none where it is 0s."),
        },
    ),
    Kind(
        "proxy_error",
        "A request comes as far as a proxy in front of the venue, which answers with a page in HTML. Nothing is done.",
        (REST,),
        IN,
        {"status": Param(WHOLE, 502, "403 is the venue's firewall, 502, 503 and 504 a gateway.", least=400, most=599)},
    ),
    Kind(
        "unavailable",
        "A request is refused with what the venue says where it was not done (Binance: 503; Bybit: 10016).",
        (REST, API),
        IN,
    ),
    Kind(
        "overloaded",
        "A request is refused with what the venue says of an overload (Binance: 503, -1008; Bybit: 10429). It was not "
        "done.",
        (REST, API),
        IN,
    ),
    Kind(
        "unknown_status",
        "A request is answered with what leaves open whether it was done (Binance: 503; Bybit: 10000).",
        (REST, API),
        EITHER,
        {"where": Param(WORD, OUT, "`out`: it was done; `in`: it was not. The answer is the same.", (IN, OUT))},
        match="orders",
    ),
    Kind(
        "timeout_unknown_status",
        "A request is carried out, and its answer never comes.",
        (REST, API),
        OUT,
        {"how": _HOW},
        match="orders",
    ),
    Kind(
        "timeout_not_applied",
        "A request is lost on its way: it is not carried out, and no answer comes.",
        (REST, API),
        IN,
        {"how": _HOW},
        match="orders",
    ),
    Kind("reset_before", "The connection is reset before a request is carried out.", (REST, API), IN),
    Kind("reset_after", "A request is carried out, then the connection is reset.", (REST, API), OUT),
    Kind(
        "too_many_requests",
        "A request is refused with 429 and a time to wait. Whoever goes on before it is over is refused as well, and "
        "is banned with 418 after a few times; each further ban lasts twice as long. At Bybit it is 10006 with the "
        "time in `X-Bapi-Limit-Reset-Timestamp`, and then HTTP 403.",
        (REST, API),
        IN,
        {
            "retry_after": Param(SPAN, 10 * SECOND, "How long to wait.", least=1),
            "patience": Param(WHOLE, 5, "Refusals before the ban."),
            "ban": Param(SPAN, 2 * MINUTE, "How long the first ban lasts.", least=1, most=3 * DAY),
            "status": Param(WHOLE, 429, "418 begins with the ban, whatever the venue says then.", least=418, most=429),
            "alone": Param(YES, False, "Refuse this one message and no other after it."),
        },
    ),
    Kind(
        "read_lag",
        "Questions about orders, trades and accounts are answered as things were a while ago: an order that was just "
        "placed is not found, a fill is not seen.",
        (REST, API),
        IN,
        {"lag": Param(SPAN, 2 * SECOND, "How old the answers are, wall time.", least=1, most=10 * MINUTE)},
        match="reads",
    ),
    Kind(
        "clock_skew",
        "The server's clock is wrong: the time it tells, and the one it holds requests against.",
        (REST, API),
        IN,
        {
            "skew": Param(
                OFFSET, -3 * SECOND, "How far it is ahead of the right time; behind it with a minus, like `-3s`.",
                least=-3_650 * DAY, most=3_650 * DAY,
            ),
        },
    ),
    Kind(
        "maintenance",
        "The venue is down on purpose: its system status says so, and every other request is refused.",
        (REST, API),
        IN,
    ),
    Kind(
        "late_reply",
        "A request is carried out, and its answer waits until the account has been told of it by its private stream.",
        (REST, API),
        OUT,
        {
            "event": Param(TEXT, "*", "The private event it waits for (`executionReport`, `order`); `*`: any."),
            "at_most": Param(SPAN, 2 * SECOND, "How long it waits if nothing comes.", least=1, most=10 * MINUTE),
        },
        match="orders",
    ),
    Kind(
        "early_reply",
        "A request is answered first, and the account's private streams tell of it only a while later.",
        (REST, API),
        OUT,
        {"lead": Param(SPAN, 50 * MILLISECOND, "How long later.", least=1, most=10 * MINUTE)},
        match="orders,cancels",
    ),
    Kind(
        "shuffled",
        "Which comes first is drawn for each request, its answer or what the private stream tells of it: in the log it "
        "is `early_reply` or `late_reply`. Nothing where no socket hears that stream.",
        (REST, API),
        OUT,
        {
            "lead": Param(SPAN, 50 * MILLISECOND, "How long the stream waits then.", least=1, most=10 * MINUTE),
            "at_most": Param(SPAN, SECOND, "How long the answer waits if nothing is told.", least=1, most=10 * MINUTE),
        },
        match="orders,cancels",
    ),
    Kind(
        "stale_snapshot",
        "A snapshot of a book is one of a while ago: its update id is behind what streams have told.",
        (REST, API),
        IN,
        {"age": Param(SPAN, 2 * SECOND, "How old it is, wall time.", least=1, most=DAY)},
        match="snapshots",
    ),
)  # fmt: skip

_AT_MOST = Param(SPAN, SECOND, "How long it waits if nothing comes.", least=1, most=10 * MINUTE)

FRAMES: Final = (
    Kind("drop", "A message does not go out. Those after it do.", (STREAM, USER), OUT),
    Kind(
        "duplicate",
        "A message comes more than once.",
        (STREAM, USER),
        OUT,
        {"copies": Param(WHOLE, 1, "How many come beside it.", least=1, most=1_000)},
    ),
    Kind(
        "reorder",
        "A message comes after messages that were told later. While one waits for those, none of them is taken out of "
        "the order, unless a rule names it by `connection` and `ordinal`.",
        (STREAM, USER),
        OUT,
        {
            "window": Param(WHOLE, 2, "Within how many messages; `2` swaps neighbours.", least=2, most=1_000),
            "behind": Param(WHOLE, 0, "Behind how many of them it comes; `0`: that is drawn.", most=999),
            "at_most": _AT_MOST,
        },
    ),
    Kind(
        "ws_gap",
        "Changes of a book are lost: the next message does not join on to the one before (`U`, `u`, `pu`; `seq`).",
        (STREAM,),
        OUT,
        match="books",
    ),
    Kind("duplicate_fill", "A fill is told twice.", (USER,), OUT, match="fills"),
    Kind(
        "ack_after_fill",
        "That an order was accepted is told after its first fill.",
        (USER,),
        OUT,
        {"at_most": _AT_MOST},
        match="acks",
    ),
)  # fmt: skip

CLOSE: Final = "close"
END: Final = "end"
STATUS: Final = "status"
_WHERE = Param(
    WORD, OUT,
    "`out`: right after the message the rule says; `open`: right after the handshake; `now`: at the time the rule is "
    "added (or its `from` has come), to every socket it fits, and where there is none to the first that comes.",
    (OUT, OPEN, NOW),
)  # fmt: skip
_LASTING = Param(SPAN, 0, "How long; `0s`: for good.", most=DAY)
SOCKETS: Final = (
    Kind(
        "close",
        "The server ends the connection.",
        (STREAM, USER, API),
        EITHER,
        {
            "where": _WHERE,
            "how": Param(
                WORD, CLOSE, "`close`: with a close frame; `end`: without one; `cut`: the connection is reset.",
                (CLOSE, END, CUT),
            ),
            "code": Param(WHOLE, 1001, "Of the close frame.", least=1000, most=4999),
        },
    ),
    Kind(
        "day_over",
        "The connection has been open for the day it may be: it is ended as then.",
        (STREAM, USER, API),
        EITHER,
        {"where": _WHERE, "notice": Param(SPAN, 0, "How long before that it is announced, if at all.", most=DAY)},
    ),
    Kind(
        "silence",
        "The connection is half open: it stays, nothing comes any more, and pings are not answered.",
        (STREAM, USER, API),
        EITHER,
        {
            "where": _WHERE,
            "lasting": Param(SPAN, 0, "How long; then it all comes. `0s`: for good.", most=DAY),
            "deaf": Param(YES, True, "Whether the server does not hear the client either."),
        },
    ),
    Kind(
        "slow",
        "The link is slow: bytes to the client trickle.",
        (STREAM, USER, API),
        EITHER,
        {
            "where": _WHERE,
            "bytes_per_second": Param(WHOLE, 1_000, "So many.", least=1),
            "lasting": _LASTING,
        },
    ),
    Kind(
        "no_pings",
        "The server does not ping any more.",
        (STREAM, USER, API),
        EITHER,
        {"where": _WHERE},
        needs=PINGS,
    ),
    Kind(
        "pongs_lost",
        "The client's pongs do not arrive: the server ends the connection with 1008.",
        (STREAM, USER, API),
        EITHER,
        {"where": _WHERE, "within": Param(SPAN, 0, "After how long; `0s`: after the venue's time.", most=DAY)},
        needs=PINGS,
    ),
    Kind(
        "listen_key_expired",
        "The account's listen keys have run out: the stream says so and falls silent, and a keepalive is refused.",
        (USER,),
        EITHER,
        {"where": _WHERE},
        needs=LISTEN_KEYS,
    ),
    Kind(
        "refused",
        "A socket is not let in.",
        (STREAM, API),
        OPEN,
        {
            "how": Param(
                WORD, STATUS,
                "`status`: by an HTTP status; `cut`: the connection is reset; `hang`: no answer comes.",
                (STATUS, CUT, HANG),
            ),
            "status": Param(WHOLE, 503, "The HTTP status.", least=400, most=599),
            "retry_after": Param(SPAN, 0, "The header `Retry-After`; none where it is 0s."),
        },
    ),
)  # fmt: skip

KINDS: Final[Mapping[str, Kind]] = {kind.name: kind for kind in (*ANSWERS, *FRAMES, *SOCKETS)}
