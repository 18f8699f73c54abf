"""The injector: which rules strike a message, noted in the log before anything is done about it."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Final

import msgspec

from simexchange.core.vocabulary.notes import NoteFault
from simexchange.core.vocabulary.units import Nanos
from simexchange.errors import ConfigError, NotThere, StorageFailed
from simexchange.feeds.synthetic.draws import Stream
from simexchange.gateway.faults import draws
from simexchange.gateway.faults.holds import Holds
from simexchange.gateway.faults.kinds import KINDS, Value
from simexchange.gateway.faults.plan import BEGUN, LATE, RESUMED, Bound, Rule, rule_of, shown
from simexchange.gateway.faults.points import NOW, OPEN, Lines, Point
from simexchange.gateway.faults.throttling import Throttle
from simexchange.runtime.exchange import Exchange

SOURCE: Final = "gateway"
"""Who submits notes of faults."""
TOLD: Final = 1_000
"""The last faults that are kept for whoever asks; all of them are in the log."""
NAMES_MAX: Final = 4_096
"""Names whose match with a rule is remembered."""


Struck = tuple[str, Mapping[str, Value]]
"""The kind of a fault, and its parameters."""
Place = tuple[str, str, int, int]
"""Channel, direction, connection, ordinal."""


class Stroke(msgspec.Struct, frozen=True):
    """A fault that is to be applied to a message, noted already."""

    kind: str
    params: Mapping[str, Value]
    """What was drawn stands in it: done again with these it is the same."""
    rule: str
    point: Point
    seq: int
    """The record of its note: nothing that the fault sends goes out before it is durable."""

    def span(self, name: str) -> float:
        """A span among the parameters, in seconds."""
        return int(self.params[name]) / 1e9


class Standing(msgspec.Struct):
    """A rule at work."""

    rule: Rule
    since: Nanos
    """When it was added, exchange time."""
    wall_since: Nanos
    seen: int = 0
    """Messages that matched."""
    applied: int = 0
    spent: bool = False
    """Whether it was to strike at once, and has."""
    throttle: Throttle | None = None
    names: dict[tuple[str, str], bool] = {}
    number: int = 0
    """Where in the plan it is."""


class Injector:
    """The faults of one server. Until something is added, or it is told to begin, nothing is counted and it is idle."""

    def __init__(
        self,
        exchange: Exchange,
        groups: Mapping[str, tuple[str, ...]] | None = None,
        lacks: Mapping[str, str] | None = None,
    ) -> None:
        """*groups*: the venues' groups of calls, each by patterns: ``orders``, ``cancels``, ``reads``.

        *lacks*: what none of them does (`kinds.NEEDS`), with the words that say so.
        """
        self.exchange = exchange
        self.begun = False
        """Whether messages are counted. Asked for each message, so that an idle injector costs no more than that."""
        self.lines = Lines()
        self.holds = Holds()
        self.told: deque[tuple[Stroke, Nanos]] = deque(maxlen=TOLD)
        self.applied = 0
        """How many faults were applied, whatever became of their rules."""
        self.load = 0
        """Requests under way."""
        self.watch: Callable[[Point, tuple[str, ...]], None] | None = None
        """Told of each message, and of the groups it belongs to."""
        self._groups = groups or {}
        self._lacks = lacks or {}
        self._standing: dict[str, Standing] = {}
        self._anywhere: tuple[Standing, ...] = ()
        """The rules that may strike more than one message."""
        self._at: dict[Place, list[Standing]] = {}
        """The others, by their message: a log that is done again has as many as it tells of faults."""
        self._on_begin: list[Callable[[], None]] = []
        self._on_change: list[Callable[[], None]] = []
        self._served = False

    # --- the plan

    @property
    def standing(self) -> tuple[Standing, ...]:
        """The rules, in the order they were added in."""
        return tuple(self._standing.values())

    def add(self, what: Rule | str, **params: object) -> str:
        """Add a rule, or one of the kind *what* with *params*; its name. A ``from`` may be spelled ``from_``.

        Raises ConfigError.
        """
        if isinstance(what, str):
            given = {key.removesuffix("_"): value for key, value in params.items()}
            what = rule_of({**given, "kind": what}, f"fault {what}", self._standing)
        return self.put((what,))[0]

    def put(self, rules: Iterable[Rule]) -> list[str]:
        """Add *rules*, all or none; their names. Raises ConfigError where a name is taken, or one is about nothing."""
        rules = tuple(rules)
        for rule in rules:
            lack = self._lacks.get(KINDS[rule.kind].needs, "")
            if lack:
                msg = f"fault {rule.name!r}: {rule.kind} is about nothing here: {lack}"
                raise ConfigError(msg)
        names = [rule.name for rule in rules]
        taken = set(self._standing)
        for name in names:
            if name in taken:
                msg = f"there is a fault {name!r} already; give it another name"
                raise ConfigError(msg)
            taken.add(name)
        self.begin()
        now, wall = self.exchange.now(), self.exchange.clock.wall.now()
        for rule in rules:
            throttle = Throttle() if rule.kind == "too_many_requests" else None
            self._standing[rule.name] = Standing(rule, now, wall, throttle=throttle)
        self._changed()
        return names

    def remove(self, name: str) -> None:
        """End one rule. Raises NotThere."""
        if self._standing.pop(name, None) is None:
            msg = f"there is no fault {name!r}"
            raise NotThere(msg)
        self._changed()

    def clear(self) -> int:
        """End every rule; how many there were. Messages are counted on."""
        count = len(self._standing)
        self._standing.clear()
        self._changed()
        return count

    def begin(self) -> None:
        """Count messages from now on. Where that is not from the beginning of the log, the log is told so."""
        if self.begun:
            return
        self.begun = True
        why = LATE if self._served else RESUMED if self.exchange.resumed else ""
        if why and self.exchange.failure is None:
            self.exchange.submit(NoteFault(BEGUN, "", why, 0, "", 0), source=SOURCE)
        for call in self._on_begin:
            call()

    def when_begun(self, call: Callable[[], None]) -> None:
        """Have *call* made when counting begins; at once where it has."""
        if self.begun:
            call()
        self._on_begin.append(call)

    def when_changed(self, call: Callable[[], None]) -> None:
        """Have *call* made whenever rules came or went."""
        self._on_change.append(call)

    def _changed(self) -> None:
        anywhere = []
        self._at.clear()
        for number, standing in enumerate(self._standing.values()):
            standing.number = number
            place = _place(standing.rule)
            if place is None:
                anywhere.append(standing)
            else:
                self._at.setdefault(place, []).append(standing)
        self._anywhere = tuple(anywhere)
        for call in self._on_change:
            call()

    def open(self) -> None:
        """Clients are let in from here on."""
        self._served = True

    # --- messages

    def judge(self, point: Point, load: int = 0, spared: str = "") -> list[Stroke]:
        """What strikes this message, in the order of the plan, each noted. Nothing where the log takes no more.

        Of the kind *spared* only rules that ask for this very message.
        """
        if self.watch is not None:
            self.watch(point, self._belongs_to(point))
        strokes: list[Stroke] = []
        rules = self._anywhere
        if spared:
            rules = tuple(each for each in rules if each.rule.kind != spared)
        here = self._at.get((point.channel, point.direction, point.connection, point.ordinal))
        if here is not None:
            rules = tuple(sorted((*rules, *here), key=lambda each: each.number))
        for standing in rules:
            if self._fits(standing, point):
                struck = self._struck(standing, point, load)
                if struck is not None:
                    stroke = self._note(standing, point, *struck)
                    if stroke is None:
                        return strokes
                    strokes.append(stroke)
        return strokes

    def strike_now(self, standing: Standing, points: Iterable[Point]) -> list[Stroke]:
        """Let a rule that waits for no message strike those of *points* that it fits: where sockets stand now."""
        strokes: list[Stroke] = []
        for point in points:
            if self._fits(standing, msgspec.structs.replace(point, direction=NOW)):
                struck = self._struck(standing, point, 0)
                # Done again it waits for the message before.
                stroke = struck and self._note(standing, point, struck[0], {**struck[1], "where": point.direction})
                if stroke:
                    strokes.append(stroke)
        standing.spent = bool(strokes)
        return strokes

    def _fits(self, standing: Standing, point: Point) -> bool:
        rule = standing.rule
        if point.direction != rule.direction or point.channel not in rule.channels:
            return False
        if rule.connection not in (0, point.connection) or rule.ordinal not in (0, point.ordinal):
            return False
        if rule.account and self.exchange.state.account_no.get(rule.account) != point.account:
            return False
        if rule.match != "*" and not self._named(standing, point):
            return False
        if rule.kind == "shuffled" and not self.lines.somebody_hears(point.account):
            # There is nothing that could come before or after the answer.
            return False
        return self._in_time(standing)

    def _named(self, standing: Standing, point: Point) -> bool:
        name = point.name, point.telling
        found = standing.names.get(name)
        if found is None:
            if len(standing.names) >= NAMES_MAX:
                standing.names.clear()
            found = standing.names[name] = any(
                fnmatchcase(point.name, pattern) or (pattern == point.telling != "")
                for pattern in self._patterns(standing.rule)
            )
        return found

    def _patterns(self, rule: Rule) -> Iterable[str]:
        for word in rule.match.split(","):
            text = word.strip()
            yield from self._groups.get(text, (text,))

    def _belongs_to(self, point: Point) -> tuple[str, ...]:
        named = tuple(
            group
            for group, patterns in self._groups.items()
            if any(fnmatchcase(point.name, pattern) for pattern in patterns)
        )
        return (*named, point.telling) if point.telling else named

    def _in_time(self, standing: Standing) -> bool:
        rule = standing.rule
        if rule.since is not None or rule.until is not None:
            now = self.exchange.now()
            if rule.since is not None and now < _instant(rule.since, standing.since):
                return False
            if rule.until is not None and now >= _instant(rule.until, standing.since):
                return False
        if rule.wall_since is None and rule.wall_until is None:
            return True
        passed = self.exchange.clock.wall.now() - standing.wall_since
        return (rule.wall_since or 0) <= passed and (rule.wall_until is None or passed < rule.wall_until)

    def _struck(self, standing: Standing, point: Point, load: int) -> Struck | None:
        """With which kind and parameters to strike, pinned; None where this one is spared."""
        rule = standing.rule
        wall = self.exchange.clock.wall.now()
        if standing.throttle is not None:
            again = standing.throttle.goes_on(rule.params, wall)
            if again is not None:
                return rule.kind, again
        standing.seen += 1
        past = standing.seen - rule.after
        if past <= 0 or (past - 1) % rule.every or (rule.times and standing.applied >= rule.times):
            return None
        key = draws.place(self.exchange.log.header.seed, rule.name, point)
        if not draws.happens(key, point.ordinal, rule.chance):
            return None
        if standing.throttle is not None:
            return rule.kind, standing.throttle.begin(rule.params, wall)
        return _drawn(rule, key, point.ordinal, load)

    def _note(self, standing: Standing, point: Point, kind: str, params: Mapping[str, Value]) -> Stroke | None:
        rule = standing.rule
        detail = msgspec.json.encode(shown(kind, params)).decode() if params else ""
        note = NoteFault(
            kind, point.channel, point.name, point.connection, point.direction, point.ordinal, detail, rule.name,
            point.account,
        )  # fmt: skip
        try:
            step = self.exchange.submit(note, source=SOURCE)
        except StorageFailed:
            # What cannot be written down is not done.
            return None
        standing.applied += 1
        self.applied += 1
        stroke = Stroke(kind, params, rule.name, point, step.seq)
        self.told.append((stroke, step.at))
        return stroke


def _place(rule: Rule) -> Place | None:
    """The one message that *rule* can strike; None where there may be more."""
    pinned = rule.connection and (rule.ordinal or rule.direction == OPEN) and len(rule.channels) == 1
    return (rule.channels[0], rule.direction, rule.connection, rule.ordinal) if pinned else None


def _drawn(rule: Rule, key: Stream, ordinal: int, load: int) -> Struck:
    """What is drawn for this message, as what it came to: done again, nothing is drawn."""
    params = rule.params
    if rule.kind == "latency":
        return rule.kind, _drawn_latency(params, key, ordinal, load)
    if rule.kind == "reorder" and not params["behind"]:
        return rule.kind, {**params, "behind": 1 + draws.pick(key, ordinal, int(params["window"]) - 1)}
    if rule.kind == "shuffled":
        if draws.pick(key, ordinal, 2):
            return "early_reply", {"lead": params["lead"]}
        return "late_reply", {"event": "*", "at_most": params["at_most"]}
    return rule.kind, params


def _drawn_latency(params: Mapping[str, Value], key: Stream, ordinal: int, load: int) -> dict[str, Value]:
    """What it came to for this message, as a fixed delay."""
    delay = draws.delay(
        key, ordinal, str(params["distribution"]), int(params["delay"]), int(params["spread"])
    ) + load * int(params["load"])  # fmt: skip
    return {"where": params["where"], "delay": delay}


def _instant(bound: Bound, since: Nanos) -> int:
    return since + bound.at if bound.relative else bound.at
