"""The kinds of faults: what each takes, where it acts. The reference page is made of this table."""

from collections.abc import Mapping
from typing import Final

import msgspec

from simexchange.core.vocabulary.units import DAY, MILLISECOND, MINUTE, SECOND
from simexchange.gateway.faults.draws import DISTRIBUTIONS, FIXED
from simexchange.gateway.faults.points import API, CHANNELS, IN, OUT, REST, STREAM, USER

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


class Kind(msgspec.Struct, frozen=True):
    """One kind of fault."""

    name: str
    doc: str
    channels: tuple[str, ...]
    direction: str
    """``in``, ``out``, or ``either``: then a parameter ``where`` says which."""
    params: Mapping[str, Param] = {}
    match: str = "*"
    """Which messages, where a rule does not say."""


EITHER: Final = "either"
HANG: Final = "hang"
CUT: Final = "cut"
VENUE: Final = "venue"
PROXY: Final = "proxy"

_HOW = Param(
    WORD, HANG, "`hang`: nothing comes until the client gives up; `cut`: the connection is reset instead.", (HANG, CUT)
)
_STATUS = Param(WHOLE, 500, "The HTTP status.", least=400, most=599)

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
            "status": _STATUS,
            "code": Param(WHOLE, -1000, "The venue's code.", least=-(10**6), most=10**6),
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
        "A request is refused with the venue's 503 that says that it was not done.",
        (REST, API),
        IN,
    ),
    Kind(
        "overloaded",
        "A request is refused with the venue's 503 of an overload (-1008). It was not done.",
        (REST, API),
        IN,
    ),
    Kind(
        "unknown_status",
        "A request is answered with the venue's 503 that leaves open whether it was done.",
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
        "is banned with 418 after a few times; each further ban lasts twice as long.",
        (REST, API),
        IN,
        {
            "retry_after": Param(SPAN, 10 * SECOND, "How long to wait.", least=1),
            "patience": Param(WHOLE, 5, "Refusals before the ban."),
            "ban": Param(SPAN, 2 * MINUTE, "How long the first ban lasts.", least=1, most=3 * DAY),
            "status": Param(WHOLE, 429, "418 begins with the ban.", least=418, most=429),
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
            "until": Param(TEXT, "*", "The private event it waits for, like `executionReport`; any where it is `*`."),
            "at_most": Param(SPAN, 2 * SECOND, "How long it waits if nothing comes.", least=1, most=10 * MINUTE),
        },
        match="orders",
    ),
)  # fmt: skip

FRAMES: Final = (Kind("drop", "A message does not go out. Those after it do.", (STREAM, USER), OUT),)

KINDS: Final[Mapping[str, Kind]] = {kind.name: kind for kind in (*ANSWERS, *FRAMES)}
