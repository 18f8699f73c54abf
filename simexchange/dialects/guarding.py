"""Private streams that watch over their owner's orders."""

from typing import Protocol, runtime_checkable

from simexchange.core.vocabulary.orders import AccountOption


@runtime_checkable
class Guarding(Protocol):
    """A private stream that watches over orders: when nobody listens to it any more, they go after a while."""

    guards: AccountOption
    """Over which orders, and for how long: the option of the account that says the latter, in wall seconds."""
