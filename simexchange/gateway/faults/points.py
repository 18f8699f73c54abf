"""Where a message is: its channel, the number of its connection, its direction, and the how-manieth it is there.

The four channels count for themselves. A socket has a number in ``api`` or ``stream`` from its opening, and one in
``user`` from its first private stream. ``rest`` has no sockets that last: there a connection is a *client*, all
requests made with keys of one account, and all without a known key together are one more. So an unmodified client has
the same numbers however often its library opens a new TCP connection.
"""

from collections.abc import Hashable
from typing import Final

import msgspec

from simexchange.core.vocabulary.ids import AccountNo

REST: Final = "rest"
API: Final = "api"
STREAM: Final = "stream"
USER: Final = "user"
CHANNELS: Final = (REST, API, STREAM, USER)
IN: Final = "in"
OUT: Final = "out"
OPEN: Final = "open"
"""The direction of the one thing before all messages of a socket: its handshake."""
NOW: Final = "now"
"""The direction of rules that wait for no message."""
NOBODY: Final = AccountNo(0)


class Point(msgspec.Struct, frozen=True):
    """One message as it passes."""

    channel: str
    connection: int
    """From 1, in order of opening, within the channel."""
    direction: str
    ordinal: int
    """From 1, within connection and direction."""
    name: str
    """The call (``POST /api/v3/order``), the method (``order.place``), the stream, or the private event."""
    account: AccountNo = NOBODY
    telling: str = ""
    """What a message of a stream tells: ``fills``, ``acks``, ``ends``, ``books``, or nothing of these."""
    order: str = ""
    """Of which order, as the venue numbers it."""


class Line:
    """One connection as it is counted within one channel."""

    __slots__ = ("account", "channel", "heard", "number", "told")

    def __init__(self, channel: str, number: int) -> None:
        self.channel = channel
        self.number = number
        self.heard = 0
        self.told = 0
        self.account = NOBODY
        """Whose private stream it carries."""

    def opens(self, name: str) -> Point:
        """The handshake, with the path it asks for."""
        return Point(self.channel, self.number, OPEN, 0, name)

    def hears(self, name: str, account: AccountNo = NOBODY) -> Point:
        """The next message from the client."""
        self.heard += 1
        return Point(self.channel, self.number, IN, self.heard, name, account)

    def tells(self, name: str, account: AccountNo = NOBODY, telling: str = "", order: str = "") -> Point:
        """The next message to it."""
        self.told += 1
        return Point(self.channel, self.number, OUT, self.told, name, account, telling, order)

    def now(self) -> Point:
        """Where it stands: behind the last message to it, or at its handshake where there was none."""
        return Point(self.channel, self.number, OUT if self.told else OPEN, self.told, "", self.account)


class Lines:
    """The connections of every channel, numbered as they come."""

    def __init__(self) -> None:
        self._numbers = dict.fromkeys(CHANNELS, 0)
        self._lines: dict[tuple[str, Hashable], Line] = {}

    def of(self, channel: str, owner: Hashable) -> Line:
        """The line of *owner* (a socket, or for ``rest`` an account), which is the next one where it is new."""
        line = self._lines.get((channel, owner))
        if line is None:
            self._numbers[channel] += 1
            line = self._lines[channel, owner] = Line(channel, self._numbers[channel])
        return line

    def known(self, channel: str, owner: Hashable) -> Line | None:
        """The line of *owner*, where it has one."""
        return self._lines.get((channel, owner))

    def somebody_hears(self, account: AccountNo) -> bool:
        """Whether a socket carries private streams of *account*."""
        return any(line.account == account for (channel, _), line in self._lines.items() if channel == USER)

    def rename(self, before: Hashable, after: Hashable) -> None:
        """What was known as *before* is *after* from now on: a handshake has become a socket."""
        for channel in CHANNELS:
            line = self._lines.pop((channel, before), None)
            if line is not None:
                self._lines[channel, after] = line

    def forget(self, owner: Hashable) -> None:
        """The socket is gone; its number is given to nobody else."""
        for channel in CHANNELS:
            self._lines.pop((channel, owner), None)
