"""How sure a record is before anybody is told of it."""

import re
from typing import Final

import msgspec

from simexchange.core.vocabulary.units import MILLISECOND, SECOND, Nanos
from simexchange.errors import ConfigError

_INTERVAL: Final = re.compile(r"interval:([1-9][0-9]{0,8})(ms|s)")


class Durability(msgspec.Struct, frozen=True):
    """When the disk is asked to keep what was written.

    ==============  =================================================================================================
    ``always``      before anybody is told: a power cut loses nothing that was acknowledged
    ``interval:T``  every T: the death of the process loses nothing, a power cut at most the last T
    ``off``         never: the death of the process loses nothing, a power cut what the system had not yet written
    ==============  =================================================================================================
    """

    sync_each_commit: bool = True
    interval: Nanos = Nanos(0)

    def __str__(self) -> str:
        if self.sync_each_commit:
            return "always"
        return f"interval:{self.interval // MILLISECOND}ms" if self.interval else "off"


ALWAYS: Final = Durability()
OFF: Final = Durability(sync_each_commit=False)


def parse_durability(text: str) -> Durability:
    """``always``, ``interval:50ms`` (or ``s``) or ``off``.

    Raises ConfigError for anything else.

    >>> str(parse_durability("interval:50ms"))
    'interval:50ms'
    """
    if text == "always":
        return ALWAYS
    if text == "off":
        return OFF
    found = _INTERVAL.fullmatch(text)
    if found is None:
        raise ConfigError(f"durability {text!r} is not known: say always, off, or interval:50ms")
    unit = MILLISECOND if found[2] == "ms" else SECOND
    return Durability(sync_each_commit=False, interval=Nanos(int(found[1]) * unit))
