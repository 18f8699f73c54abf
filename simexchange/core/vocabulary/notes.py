"""What stands in the log beside trading: faults, alarms, steps of a scenario, repairs. It moves nothing.

A note is written by whoever did or saw the thing, so that a log tells it, and so that what was done on purpose can be
done again at the same place. Fields are positional in the log (``array_like``) and are only ever appended, each with a
default.
"""

import msgspec

from simexchange.core.vocabulary.ids import AccountNo, MarketNo
from simexchange.core.vocabulary.units import Rate

# Commands


class NoteFault(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=61):
    """Write down a fault that the gateway is about to apply: which, and to exactly what."""

    kind: str
    """Its name, like ``latency`` or ``ws_gap``."""
    channel: str
    """``rest``, ``api`` (a WebSocket API), ``stream`` (market data) or ``user`` (private streams)."""
    name: str
    """What it was applied to: a call (``POST /api/v3/order``), a method or a stream."""
    connection: int
    """The number of the connection among those of its channel, from 1, in order of their opening."""
    direction: str
    """``in`` (from the client), ``out`` (to it), or ``open`` (the handshake of a socket, before all messages)."""
    ordinal: int
    """Which message of that connection and direction, from 1; 0 for a handshake."""
    detail: str = ""
    """What it came to, as one JSON object: the drawn latency, the status answered with."""
    rule: str = ""
    """The rule that asked for it, by its name in the fault plan."""
    account: AccountNo = AccountNo(0)
    """Whose request or stream it was; 0 where nobody had said."""


class SetAlarm(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=62):
    """Have an account told when a figure of it comes to a bound; without a *kind* the alarm of that name ends."""

    account: AccountNo
    name: str
    kind: str
    """``margin_ratio`` (rises to the bound) or ``liquidation_distance`` (falls to it)."""
    bound: Rate
    """A share of one at 10**-8: of the margin balance, or of the mark."""
    wallet: str = ""
    """Of which pool; every one where it is empty."""
    market: MarketNo = MarketNo(0)
    """At which market; every one where it is 0."""
    pause: bool = False
    """Whether exchange time stands still from then on."""


class NoteAlarm(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=63):
    """Write down that an alarm went off, or that what it was about is over."""

    account: AccountNo
    name: str
    kind: str
    bound: Rate
    value: Rate
    """The figure that came to the bound, or went back behind it."""
    wallet: str = ""
    """Of which pool, *market*: of the position in which."""
    market: MarketNo = MarketNo(0)
    over: bool = False
    """The figure is back behind the bound by a tenth of it: the alarm may go off again."""
    pause: bool = False
    """Exchange time stands still from here on."""


class NoteStep(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=64):
    """Write down that a step of a scenario begins."""

    scenario: str
    step: int
    """Which, from 1."""
    text: str
    """What it does, as the scenario says it."""


class NoteRepair(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=65):
    """Write down what was wrong with the log before this record, and what was done about it."""

    what: str
    """What befell it: ``torn``, ``truncated``, ``reordered``, ``edited`` or ``foreign``."""
    seq: int
    """The last sound record."""
    detail: str
    """How many bytes, their BLAKE2b-128, and where they were put."""


Note = NoteFault | SetAlarm | NoteAlarm | NoteStep | NoteRepair

# Events


class FaultApplied(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=80):
    """The gateway did wrong on purpose: see `NoteFault`."""

    kind: str
    channel: str
    name: str
    connection: int
    direction: str
    ordinal: int
    detail: str = ""
    rule: str = ""
    account: AccountNo = AccountNo(0)


class AlarmSet(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=81):
    """An alarm of an account was set, or ended where it has no *kind*: see `SetAlarm`."""

    account: AccountNo
    name: str
    kind: str
    bound: Rate
    wallet: str = ""
    market: MarketNo = MarketNo(0)
    pause: bool = False


class AlarmRaised(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=82):
    """An alarm went off, because *value* had come to *bound*; or it is *over*: see `NoteAlarm`."""

    account: AccountNo
    name: str
    kind: str
    bound: Rate
    value: Rate
    wallet: str = ""
    market: MarketNo = MarketNo(0)
    over: bool = False
    pause: bool = False


class ScenarioStepped(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=83):
    """A step of a scenario began."""

    scenario: str
    step: int
    text: str


class LogRepaired(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=84):
    """Something was wrong with the log before this record: see `NoteRepair`."""

    what: str
    seq: int
    detail: str


NoteEvent = FaultApplied | AlarmSet | AlarmRaised | ScenarioStepped | LogRepaired
TOLD = (FaultApplied, AlarmSet, AlarmRaised, ScenarioStepped, LogRepaired)
"""All of them: no decision rests on them."""
