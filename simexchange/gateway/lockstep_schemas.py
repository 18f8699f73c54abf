"""What the control API takes and gives of lockstep; see `control_schemas`."""

import msgspec

from simexchange.gateway.control_schemas import Answer, Moment, Request


class LockstepWait(Request):
    """A client has nothing to do until an instant of exchange time."""

    client: str
    """One of the names the exchange was started with."""
    until: str | int | None = None
    """An instant; one that has passed is now."""
    for_: str | int | None = msgspec.field(default=None, name="for")
    """A span from now: ``1s``, ``500ms``, or nanoseconds; 0 only lets the others have their turns."""
    account: str = ""
    """Where it is said: the turn comes at the instant at which anything happens to that account, if that is before."""


class LockstepLeave(Request):
    """A client is through."""

    client: str


class LockstepTurn(Answer, frozen=True):
    """It is this client's turn."""

    client: str
    now: Moment


class Waiting(Answer, frozen=True):
    """A client that waits."""

    client: str
    until: Moment


class LockstepShown(Answer, frozen=True):
    """Who is waited for."""

    now: Moment
    waiting: list[Waiting]
    missing: list[str]
    """Who has not said that it waits: exchange time stands until they do."""
    left: list[str]
    """Who is through."""
    watched: list[str]
    """Accounts whose clients say nothing: exchange time stands while they are at work."""
