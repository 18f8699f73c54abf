"""The plan: rules, each a kind of fault with where and when it happens. As read from TOML, a request, or a call."""

import difflib
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

import msgspec

from simexchange.core.vocabulary.notes import FaultApplied
from simexchange.core.vocabulary.units import ONE, SECOND, Nanos
from simexchange.errors import ConfigError
from simexchange.gateway.faults.kinds import (
    EITHER,
    KINDS,
    OFFSET,
    SPAN,
    TEXT,
    WHOLE,
    WORD,
    Kind,
    Param,
    Value,
)
from simexchange.gateway.faults.points import CHANNELS, NOW
from simexchange.gateway.words import Malformed, parse_amount, parse_instant, parse_span

_MOST: Final = 10**9
_NAME_MAX: Final = 200
_STEM_MAX: Final = _NAME_MAX - 20
"""Of a name that a number is added to."""
BEGUN: Final = "faults_begun"
"""The kind of the note that says that messages are counted only from there on; its name says why."""
LATE: Final = "late"
"""Clients had been let in before."""
RESUMED: Final = "resumed"
"""The exchange was begun again over its log: connections are numbered anew."""


UNSENT: Final = (1004, 1005, 1006, 1015)
"""Close codes that no frame carries."""


class Bound(msgspec.Struct, frozen=True):
    """An end of a window: an instant, or a span after the rule was added."""

    at: Nanos
    relative: bool


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of fault, where, when and how often."""

    name: str
    kind: str
    channels: tuple[str, ...]
    direction: str
    match: str = "*"
    """Patterns of names with ``*``, or the venue's groups of calls (``orders``), parted by commas."""
    account: str = ""
    """By name; everybody's where it is empty."""
    connection: int = 0
    """0: any."""
    ordinal: int = 0
    """0: any."""
    since: Bound | None = None
    """Exchange time."""
    until: Bound | None = None
    wall_since: Nanos | None = None
    """Wall time since the rule was added."""
    wall_until: Nanos | None = None
    after: int = 0
    """So many that match are spared first."""
    every: int = 1
    times: int = 0
    """0: without end."""
    chance: int = ONE
    params: Mapping[str, Value] = {}
    written: Mapping[str, str | int | float | bool] = {}
    """As it was given, to be shown and given on."""


KEYS: Final[Mapping[str, tuple[str, str]]] = {
    "kind": ("text", "What happens: one of the kinds below."),
    "name": ("text", "What the rule is called, in the log too. Left out: its kind, with a number where it is taken."),
    "channel": ("word", "`rest`, `api`, `stream` or `user`; left out: each that the kind knows."),
    "match": (
        "text",
        (
            "Names of calls (`POST /api/v3/order`), methods (`order.place`), streams (`btcusdt@depth*`) or private "
            "events (`executionReport`); `*` stands for anything, commas part several. `orders`, `cancels`, `reads` "
            "and `snapshots` (of books) stand for the venue's calls of that sort, `fills`, `acks`, `ends` (of orders) "
            "and `books` (changes of them) for messages of streams that tell of such."
        ),
    ),
    "account": ("text", "Only this account's messages, by its name."),
    "connection": ("whole", "Only this connection: its number within the channel, from 1, in order of opening."),
    "ordinal": ("whole", "Only the message that is the how-manieth of its connection and direction, from 1."),
    "from": ("moment", "Not before this exchange time: ISO-8601, or a span after the rule was added."),
    "until": ("moment", "Not from this exchange time on."),
    "wall_from": ("span", "Not before so much wall time has passed since the rule was added."),
    "wall_until": ("span", "Not after so much wall time."),
    "after": ("whole", "So many messages that match are spared first."),
    "every": ("whole", "Of the others each so-manieth, from the first on."),
    "times": ("whole", "So many times at most; left out, or 0: without end."),
    "chance": ("share", "How likely it is for each, like `0.25`; drawn from the exchange's seed."),
}
"""What every rule may say: type and meaning."""


def rule_of(given: Mapping[str, object], where: str, taken: Iterable[str] = ()) -> Rule:
    """The rule that *given* describes. Raises ConfigError naming *where* and the key, with what was meant perhaps."""
    reader = _Reader(given, where)
    kind = reader.kind()
    reader.only((*KEYS, *kind.params))
    params = {name: reader.param(name, param) for name, param in kind.params.items()}
    channel = reader.word("channel", ("", *kind.channels), CHANNELS)
    direction = str(params["where"]) if kind.direction == EITHER else kind.direction
    if direction == NOW:
        reader.nothing("match", "what strikes at once waits for no message; say which channel, connection or account")
    if kind.name == "close" and params["code"] in UNSENT:
        raise reader.wrong("code", "a close frame may not carry it (RFC 6455 §7.4.1)")
    name = reader.text("name") or _free(kind.name, taken)
    since, until = reader.window("from", "until")
    return Rule(
        name=name,
        kind=kind.name,
        channels=(channel,) if channel else kind.channels,
        direction=direction,
        match=reader.text("match") or kind.match,
        account=reader.text("account"),
        connection=reader.whole("connection"),
        ordinal=reader.whole("ordinal"),
        since=since,
        until=until,
        wall_since=reader.span("wall_from"),
        wall_until=reader.span("wall_until"),
        after=reader.whole("after"),
        every=reader.whole("every", 1, 1),
        times=reader.whole("times"),
        chance=reader.chance(),
        params=params,
        written={"kind": kind.name, "name": name, **reader.written()},
    )


def again(applied: FaultApplied, number: int) -> Rule:
    """The rule that does what a log tells of once more: at the same connection, direction and message."""
    kind = KINDS.get(applied.kind)
    if kind is None:
        msg = f"fault {number} of the log is {applied.kind!r}, which this version does not know"
        raise ConfigError(msg)
    pinned = msgspec.json.decode(applied.detail) if applied.detail else {}
    return rule_of(
        {
            **pinned, "kind": kind.name, "name": f"{(applied.rule or kind.name)[:_STEM_MAX]}#{number}",
            "channel": applied.channel,
            "match": "*", "connection": applied.connection, "ordinal": applied.ordinal, "times": 1,
        },
        f"fault {number} of the log",
    )  # fmt: skip


def shown(kind: str, params: Mapping[str, Value]) -> dict[str, Value]:
    """*params* as they are written: spans as text."""
    known = KINDS[kind].params
    return {
        name: span_text(int(value)) if name in known and known[name].type in (SPAN, OFFSET) else value
        for name, value in params.items()
    }


def span_text(span: int) -> str:
    """A span as `parse_span` reads it, in the greatest unit that it is whole in.

    >>> span_text(1_500_000_000), span_text(0)
    ('1500ms', '0s')
    """
    if span < 0:
        return f"-{span_text(-span)}"
    for unit, size in (("s", SECOND), ("ms", 10**6), ("us", 10**3)):
        if span % size == 0:
            return f"{span // size}{unit}"
    return f"{span}ns"


def nearest(word: str, known: Iterable[str]) -> str:
    """A question that helps, or nothing."""
    close = difflib.get_close_matches(word, list(known), 1, 0.6)
    return f"; did you mean {close[0]!r}?" if close else ""


def _free(name: str, taken: Iterable[str]) -> str:
    names = set(taken)
    if name not in names:
        return name
    return next(f"{name}-{n}" for n in range(2, len(names) + 3) if f"{name}-{n}" not in names)


class _Reader:
    """One table, key by key."""

    def __init__(self, given: Mapping[str, object], where: str) -> None:
        self._given = given
        self._where = where

    def wrong(self, key: str, what: str) -> ConfigError:
        return ConfigError(f"{self._where}: {key} = {self._given.get(key)!r}: {what}")

    def written(self) -> dict[str, str | int | float | bool]:
        return {
            key: value if isinstance(value, str | int | float) else str(value)
            for key, value in self._given.items()
            if key not in ("kind", "name")
        }

    def kind(self) -> Kind:
        name = self.text("kind")
        kind = KINDS.get(name)
        if kind is not None:
            return kind
        if not name:
            msg = f"{self._where}: it needs a kind: {', '.join(KINDS)}"
            raise ConfigError(msg)
        raise self.wrong("kind", f"there is no such kind of fault{nearest(name, KINDS)}" + _listed(KINDS))

    def only(self, known: Iterable[str]) -> None:
        for key in self._given:
            if key not in known:
                kind = self._given.get("kind")
                msg = f"{self._where}: {kind} has no {key!r}{nearest(key, known)}{_listed(known)}"
                raise ConfigError(msg)

    def window(self, begin: str, end: str) -> tuple[Bound | None, Bound | None]:
        """Both ends of a window that is not empty."""
        since, until = self.bound(begin), self.bound(end)
        if since and until and since.relative == until.relative and until.at <= since.at:
            raise self.wrong(end, f"it is not after {begin}: the rule would never strike")
        return since, until

    def nothing(self, key: str, why: str) -> None:
        if self.text(key) not in ("", "*"):
            raise self.wrong(key, why)

    def text(self, key: str) -> str:
        value = self._given.get(key, "")
        if not isinstance(value, str) or len(value) > _NAME_MAX or not value.isprintable():
            raise self.wrong(key, f"it is printable text of at most {_NAME_MAX} characters")
        return value

    def word(self, key: str, words: Iterable[str], all_words: Iterable[str] = ()) -> str:
        value, allowed = self.text(key), tuple(words)
        if value not in allowed:
            there = " or ".join(word for word in allowed if word)
            also = " (of this kind)" if value in all_words else nearest(value, allowed)
            raise self.wrong(key, f"it is {there}{also}")
        return value

    def whole(self, key: str, default: int = 0, least: int = 0, most: int = _MOST) -> int:
        value = self._given.get(key, default)
        if isinstance(value, str) and value.removeprefix("-").isdecimal() and value.isascii() and len(value) < 20:
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.wrong(key, f"it is a whole number from {least} to {most}")
        return value

    def span(self, key: str, default: Nanos | None = None) -> Nanos | None:
        value = self._given.get(key)
        if value is None:
            return default
        if not isinstance(value, str):
            raise self.wrong(key, 'it is a span, like "250ms" or "3s"')
        try:
            return parse_span(value)
        except Malformed:
            raise self.wrong(key, 'it is a span, like "250ms" or "3s"') from None

    def bound(self, key: str) -> Bound | None:
        value = self._given.get(key)
        if value is None:
            return None
        text = value if isinstance(value, str) else str(value)
        try:
            return Bound(parse_span(text), relative=True)
        except Malformed:
            pass
        try:
            return Bound(parse_instant(text), relative=False)
        except Malformed:
            raise self.wrong(key, 'it is an ISO-8601 time, or a span after the start, like "10m"') from None

    def chance(self) -> int:
        value = self._given.get("chance", "1")
        try:
            # Small floats are told with an exponent.
            share = parse_amount(value if isinstance(value, str) else format(Decimal(repr(value)), "f"))
        except (Malformed, InvalidOperation):
            share = -1
        if not 0 <= share <= ONE or isinstance(value, bool):
            raise self.wrong("chance", "it is a share from 0 to 1, like 0.25")
        return share

    def param(self, key: str, param: Param) -> Value:
        if key not in self._given:
            return param.default
        if param.type in (SPAN, OFFSET):
            return self._span_within(key, param)
        if param.type == WHOLE:
            if param.or_zero and self._given[key] in (0, "0") and self._given[key] is not False:
                return 0
            return self.whole(key, int(param.default), param.least, min(param.most, _MOST))
        if param.type == WORD:
            return self.word(key, param.words)
        if param.type == TEXT:
            return self.text(key)
        value = self._given[key]
        if value in ("true", "false"):
            value = value == "true"
        if not isinstance(value, bool):
            raise self.wrong(key, "it is true or false")
        return value

    def _span_within(self, key: str, param: Param) -> int:
        text = self._given[key]
        negative = param.type == OFFSET and isinstance(text, str) and text.startswith("-")
        plain = text[1:] if negative and isinstance(text, str) else text
        try:
            span = parse_span(plain) if isinstance(plain, str) else -1
        except Malformed:
            span = -1
        value = -span if negative else span
        if span < 0 or not param.least <= value <= param.most:
            bounds = f"from {span_text(param.least)} to {span_text(param.most)}"
            raise self.wrong(key, f'it is a span like "250ms" or "3s", {bounds}')
        return value


def _listed(names: Iterable[str]) -> str:
    return f" (there are: {', '.join(names)})"
