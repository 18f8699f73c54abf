"""What the control API takes and gives of checkpoints and rewinds; see `control_schemas`."""

import msgspec

from simexchange.gateway.control_schemas import Answer, Moment, Request


class CheckpointRow(msgspec.Struct, frozen=True):
    """A record that has a name."""

    name: str
    """``start`` is where clients were first let in."""
    seq: int


class Checkpoints(Answer, frozen=True):
    """All of them, by seq."""

    checkpoints: list[CheckpointRow]


class SaveCheckpoint(Request):
    """Name the newest record."""

    name: str
    """Letters, digits, - and _, not digits alone. One that is there names another record now."""


class CheckpointSaved(Answer, frozen=True):
    """The record that has the name."""

    name: str
    seq: int
    at: Moment


class RewindRequest(Request):
    """Where to go back to."""

    to: int | str
    """The seq of a record, or the name of a checkpoint."""


class Rewound(Answer, frozen=True):
    """Where the exchange goes on from."""

    seq: int
    at: Moment
    digest: str
    """Of record *seq*."""
    kept: str
    """The name under which the log that went on is kept, beside the log."""
