"""What the control API takes and gives of faults."""

from simexchange.gateway.control_schemas import Answer, Moment, Request

Written = dict[str, str | int | float | bool]
"""A rule, or parameters, as a plan writes them."""


class AddFaults(Request):
    """Rules to add, all or none: each with a ``kind`` and whatever else a rule of that kind may say."""

    faults: list[Written]


class NamedFault(Request):
    """One rule, by its name."""

    name: str


class FaultRule(Answer, frozen=True):
    """One rule and what became of it."""

    name: str
    kind: str
    rule: Written
    """As it was written."""
    seen: int
    """How many messages matched."""
    applied: int
    """How often it was applied."""


class AppliedFault(Answer, frozen=True):
    """One fault that was applied, as the log has it."""

    seq: int
    at: Moment
    kind: str
    rule: str
    channel: str
    connection: int
    """From 1, in order of opening, within the channel; on ``rest`` a client, which is an account."""
    direction: str
    """``in`` (from the client) or ``out`` (to it)."""
    ordinal: int
    """From 1, within connection and direction."""
    name: str
    """What it was applied to: a call, a method, a stream or a private event."""
    account: str
    """Whose; empty where nobody had said."""
    detail: Written
    """What it came to: the drawn delay, the status."""


class Faults(Answer, frozen=True):
    """The plan, and the last faults that were applied."""

    counting: bool
    """Whether messages are counted: from the start with ``--faults``, else since the first rule was added."""
    faults: list[FaultRule]
    """The rules, in the order they were added in."""
    applied: int
    """How many were applied since the start."""
    last: list[AppliedFault]
    """The last thousand of them, oldest first."""


class FaultsAdded(Answer, frozen=True):
    """The names of the rules."""

    names: list[str]


class FaultsEnded(Answer, frozen=True):
    """How many rules were ended."""

    ended: int
