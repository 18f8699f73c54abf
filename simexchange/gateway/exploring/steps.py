"""Steps of a schedule: one fault at one message. What a search tries, shrinks, and writes down as a fault plan."""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

Value = int | str | bool
Params = tuple[tuple[str, Value], ...]


class Met(msgspec.Struct, frozen=True):
    """A message that passed in a run, and so a place where a fault can be."""

    channel: str
    connection: int
    direction: str
    ordinal: int
    name: str
    groups: tuple[str, ...] = ()
    """What it belongs to beside its name: ``orders``, ``cancels``, ``fills``, ``acks``, ``books``…"""

    @property
    def place(self) -> tuple[str, int, str, int]:
        """Where it is, whatever it is called."""
        return self.channel, self.connection, self.direction, self.ordinal


class Step(msgspec.Struct, frozen=True):
    """One fault at one message."""

    kind: str
    channel: str
    connection: int
    direction: str
    ordinal: int
    params: Params = ()
    name: str = ""
    """What the message was called when it was met; for people."""

    @property
    def place(self) -> tuple[str, int, str, int]:
        return self.channel, self.connection, self.direction, self.ordinal

    def __str__(self) -> str:
        said = "".join(f" {name}={value}" for name, value in self.params if name != "where")
        way = "to" if self.direction == "out" else "from"
        what = f" ({self.name})" if self.name else ""
        return f"{self.kind}{said} at message {self.ordinal} {way} {self.channel} connection {self.connection}{what}"


Schedule = tuple[Step, ...]


class Choice(msgspec.Struct, frozen=True):
    """A fault a search may try, and at which messages."""

    kind: str
    channels: tuple[str, ...]
    direction: str
    groups: tuple[str, ...] = ()
    """Only at messages of one of these; empty: at any."""
    params: Params = ()

    def fits(self, met: Met) -> bool:
        if met.channel not in self.channels or met.direction != self.direction:
            return False
        return not self.groups or any(group in met.groups for group in self.groups)

    def at(self, met: Met) -> Step:
        """The fault at that message."""
        return Step(self.kind, *met.place, self.params, met.name)


ASKED: Final = ("rest", "api")
TOLD: Final = ("stream", "user")
CHANGES: Final = ("orders", "cancels")

ORDERINGS: Final = (
    Choice("late_reply", ASKED, "out", CHANGES, (("at_most", "500ms"),)),
    Choice("early_reply", ASKED, "out", CHANGES, (("lead", "200ms"),)),
    Choice("ack_after_fill", ("user",), "out", ("acks",)),
    Choice("reorder", ("user",), "out", params=(("behind", 1),)),
)
"""Other orders of what happens anyway. Nothing is lost, and nothing comes twice."""

FAULTS: Final = (
    Choice("timeout_unknown_status", ASKED, "out", CHANGES, (("how", "cut"),)),
    Choice("timeout_not_applied", ASKED, "in", CHANGES, (("how", "cut"),)),
    Choice("unknown_status", ASKED, "out", CHANGES, (("where", "out"),)),
    Choice("unknown_status", ASKED, "in", CHANGES, (("where", "in"),)),
    Choice("unavailable", ASKED, "in"),
    Choice("read_lag", ASKED, "in", ("reads",)),
    Choice("duplicate_fill", ("user",), "out", ("fills",)),
    Choice("duplicate", TOLD, "out"),
    Choice("drop", TOLD, "out"),
    Choice("reorder", ("stream",), "out", params=(("behind", 1),)),
    Choice("close", TOLD, "out", params=(("where", "out"),)),
)
"""What goes wrong between a client and a venue on a bad day, besides `ORDERINGS`."""


def options(menu: Iterable[Choice], met: Iterable[Met]) -> Iterator[Step]:
    """Every fault of *menu* at every message it fits, in the order of the messages."""
    choices = tuple(menu)
    for one in met:
        for choice in choices:
            if choice.fits(one):
                yield choice.at(one)


def in_order(met: Iterable[Met]) -> dict[tuple[str, int, str, int], int]:
    """Place → how early in its run it was met."""
    return {one.place: n for n, one in enumerate(met)}
