"""Which orders a name can mean, as any venue calls them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simexchange.core.vocabulary.ids import OrderId
    from simexchange.dialects.contract import Dialect


def orders_called(name: str, dialects: Iterable[Dialect]) -> list[OrderId]:
    """The numbers of the orders that one of *dialects* calls *name*, whether or not there are such orders."""
    return [number for dialect in dialects if (number := dialect.order_number(name)) is not None]
