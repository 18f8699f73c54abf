"""Upcasters: how a command or an event that was stored in an older shape is read as what it means today.

Stored bytes and their digests stay what they are: only reading changes. Fields are appended with defaults, and a record
that lacks them means the default, so no upcaster is needed for that and today there is none. One is needed where the
meaning of stored fields changed: it is given the stored array, led by its tag, and returns the array of today. A shape
is known by its kind, its tag and the number of its members, which only grows.
"""

from collections.abc import Callable
from typing import Any, Final, get_args

import msgspec

from simexchange.core.vocabulary.commands import Command
from simexchange.core.vocabulary.events import Event

Stored = list[Any]
"""A command or an event as the log has it: its tag, then its members."""
Upcaster = Callable[[Stored], Stored]


class Upcasters:
    """For each kind and tag the ones to apply, by the largest number of members (the tag counted) they are for."""

    def __init__(self) -> None:
        self.active = False
        """Whether there are any: where there are none, reading costs nothing."""
        self._steps: dict[tuple[str, int], dict[int, Upcaster]] = {}

    def add(self, kind: str, tag: int, members: int, upcast: Upcaster) -> None:
        """*kind* is ``command`` or ``event``; shapes with up to *members* members go through *upcast*.

        It returns more members than that, so that an older shape goes through one after the other.
        """
        self._steps.setdefault((kind, tag), {})[members] = upcast
        self.active = True

    def remove(self, kind: str, tag: int) -> None:
        """Forget those of a tag."""
        self._steps.pop((kind, tag), None)
        self.active = bool(self._steps)

    def line(self, line: bytes) -> bytes:
        """The stored *line* with its command and events in the shapes of today; its digest is no longer of its bytes.

        Raises msgspec.MsgspecError where it is no JSON.
        """
        seq, at, source, cause, command, events, *rest = msgspec.json.decode(line, type=list)
        told = [self._through("event", each) for each in events]
        return msgspec.json.encode([seq, at, source, cause, self._through("command", command), told, *rest])

    def _through(self, kind: str, stored: Stored) -> Stored:
        steps = self._steps.get((kind, stored[0]), {})
        for members in sorted(steps):
            if len(stored) <= members:
                stored = steps[members](stored)
        return stored


UPCASTERS: Final = Upcasters()
"""Those of the house: none yet."""


def _members() -> dict[tuple[str, int], int]:
    known = {}
    for kind, union in (("command", Command), ("event", Event)):
        for struct in get_args(union):
            known[kind, int(str(struct.__struct_config__.tag))] = 1 + len(struct.__struct_fields__)
    return known


MEMBERS: Final = _members()
"""(kind, tag) → how many members the shape of today has, its tag counted."""


def newer_shape(line: bytes) -> str:
    """What in a stored line this program does not know: a tag, or members beyond those it has; empty where nothing is.

    A reader that skipped them would go on with half of what was written.
    """
    try:
        _, _, _, _, command, events, *_ = msgspec.json.decode(line, type=list)
        for kind, stored in (("command", command), *(("event", each) for each in events)):
            if not isinstance(stored[0], int):
                return ""
            members = MEMBERS.get((kind, stored[0]))
            if members is None:
                return f"{kind} {stored[0]}"
            if len(stored) > members:
                return f"member {members} of {kind} {stored[0]}"
    except (msgspec.MsgspecError, ValueError, TypeError, IndexError):
        # Not the shape of a record at all: that is damage, not news.
        return ""
    return ""
