"""Short words for tests about order lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import ListId
from simexchange.core.vocabulary.orders import ListKind, OrderKind, Side, Terms, TimeInForce, Trigger
from simexchange.core.vocabulary.units import Price, Quantity
from tests.core.world import Events, Person, only, units

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simexchange.core.book import Order


def leg(
    side: Side,
    qty: float | str,
    at: float | str | None = None,
    *,
    rises: float | str | None = None,
    falls: float | str | None = None,
    tif: TimeInForce = TimeInForce.GTC,
    client_id: str = "",
    **terms: Any,
) -> cmd.Leg:
    """An order of a list: at a price or at market, and asleep until the last price rises or falls to somewhere."""
    woken_at = rises if rises is not None else falls
    if woken_at is not None:
        terms["trigger"] = Trigger(Price(units(woken_at)), rising=rises is not None)
    kind = OrderKind.MARKET if at is None else OrderKind.LIMIT
    more = Terms(**terms) if terms else None
    return cmd.Leg(side, kind, Quantity(units(qty)), Price(units(at or 0)), tif, client_id, more)


def places(who: Person, kind: ListKind, *given: cmd.Leg, client_id: str = "") -> Events:
    """Place a list in the world's market."""
    return who.world.run(cmd.PlaceList(who.no, who.world.market, kind, given, client_id))


def cancels(who: Person, order_list: int) -> Events:
    """Cancel a list."""
    return who.world.run(cmd.CancelList(who.no, who.world.market, ListId(order_list)))


def ids(events: Sequence[Any]) -> tuple[int, ...]:
    """The orders of the list that was accepted in these events."""
    orders: tuple[int, ...] = only(events, ev.ListAccepted)[0].orders
    return orders


def order(who: Person, no: int) -> Order | None:
    """An open order of *who*."""
    return who.world.state.accounts[who.no].orders.get(no)  # type: ignore[call-overload, no-any-return]


def ends(events: Sequence[Any]) -> list[tuple[str, int, str]]:
    """What ended, how and why: (canceled or expired, number of the order, reason); ('list', its number, reason)."""
    found = []
    for event in events:
        match event:
            case ev.OrderCanceled() | ev.OrderExpired():
                word = "canceled" if isinstance(event, ev.OrderCanceled) else "expired"
                found.append((word, event.order & 0xFFFFFFFF, event.reason.name))
            case ev.ListEnded():
                reason = "FILLED" if event.reason is None else event.reason.name
                found.append(("list", event.order_list & 0xFFFFFFFF, reason))
    return found
