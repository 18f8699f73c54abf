"""What a client can say on a market-data socket, as the gateway understands it."""

from collections.abc import Callable
from typing import Any

import msgspec


class Subscribe(msgspec.Struct, frozen=True):
    """A socket asks for streams; *ack* goes back first."""

    names: tuple[str, ...]
    ack: bytes
    refused: Callable[[str], bytes] | None = None
    """What goes back instead where the venue has no stream of a name, and none of them begins then.

    None: the venue says nothing of it, and the name is silent.
    """
    again: Callable[[str], bytes] | None = None
    """The same where the socket hears a name already. None: that is no mistake."""


class Unsubscribe(msgspec.Struct, frozen=True):
    """A socket gives streams up; *ack* goes back."""

    names: tuple[str, ...]
    ack: bytes


class ListSubscriptions(msgspec.Struct, frozen=True):
    """A socket asks what it has; `Dialect.subscriptions` writes the answer."""

    id: Any


class SetCombined(msgspec.Struct, frozen=True):
    """A socket switches the envelope on or off."""

    combined: bool
    ack: bytes


class AskCombined(msgspec.Struct, frozen=True):
    """A socket asks whether the envelope is on; one of the two goes back."""

    if_on: bytes
    if_off: bytes


class Answer(msgspec.Struct, frozen=True):
    """Something that is answered at once (an error, a property, a pong)."""

    body: bytes


SocketRequest = Subscribe | Unsubscribe | ListSubscriptions | SetCombined | AskCombined | Answer
