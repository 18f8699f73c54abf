"""Positions: a signed quantity and what it cost. The entry price is a quotient for people, never stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core.vocabulary.fills import Closed, Opened
from simexchange.core.vocabulary.ids import PositionId
from simexchange.core.vocabulary.units import ONE, div_zero

if TYPE_CHECKING:
    from collections.abc import Callable

    from simexchange.core.vocabulary.events import Fill
    from simexchange.core.vocabulary.ids import PositionKey
    from simexchange.core.vocabulary.units import Nanos

# Made in every trade of a derivative, of plain integers: see `matching`.
_closed: Callable[..., Closed] = Closed
_opened: Callable[..., Opened] = Opened


Standing = tuple[int, int, PositionId]
"""Signed quantity, entry cost and id of a position."""
NOTHING: Standing = (0, 0, PositionId(0))


class Position:
    """A holding in one market."""

    __slots__ = ("cost", "id", "key", "opened_at", "qty", "updated_at")

    def __init__(self, position_id: PositionId, key: PositionKey, opened_at: Nanos) -> None:
        self.id = position_id
        self.key = key
        self.qty = 0
        """Long above zero, short below."""
        self.cost = 0
        """What is still held cost, at 10**-16, signed as the quantity."""
        self.opened_at = opened_at
        self.updated_at = opened_at

    def close(self, qty: int, cost_out: int, at: Nanos) -> None:
        """Take *qty* (above zero) and its share of the cost out."""
        self.qty += -qty if self.qty > 0 else qty
        self.cost -= cost_out
        self.updated_at = at

    def grow(self, qty_after: int, cost_after: int, at: Nanos) -> None:
        """Stand at a greater quantity and cost."""
        self.qty = qty_after
        self.cost = cost_after
        self.updated_at = at


def effect(
    held: int, cost: int, position: PositionId, signed_qty: int, value: int, fresh: int, *, inverse: bool = False
) -> tuple[Closed | None, Opened | None]:
    """What a fill of *signed_qty* worth *value* (10**-16, above zero) does to a position *held* at *cost*.

    A fill that crosses zero is a close and an open: the closing part takes its share of the value rounded down,
    the opening part the rest (exact wherever tick × step is a whole number of 10**-8).
    *fresh* is the id a newly opened position gets. Of inverse contracts values are fine, to 10**-16; what a close
    realises reaches the wallet toward zero at 10**-8, and the residue goes to dust (money rule L8).
    """
    if held == 0:
        return None, _opened(fresh, signed_qty, value if signed_qty > 0 else -value)
    if (held > 0) == (signed_qty > 0):
        return None, _opened(position, held + signed_qty, cost + (value if signed_qty > 0 else -value))
    size, turned = abs(held), abs(signed_qty)
    closing = min(size, turned)
    grain = 1 if inverse else ONE
    if closing == turned:
        out = value
    else:
        out = value * closing // turned
        out -= out % grain
    cost_out = leaving_cost(cost, closing, size, grain)
    profit = (out if held > 0 else -out) - cost_out
    if inverse:
        profit = -profit
    realised = div_zero(profit, ONE)
    closed = _closed(position, closing, realised, cost_out, profit - realised * ONE)
    if closing == turned:
        return closed, None
    rest, rest_value = signed_qty + held, value - out
    return closed, _opened(fresh, rest, rest_value if rest > 0 else -rest_value)


def leaving_cost(cost: int, closing: int, size: int, grain: int = ONE) -> int:
    """The part of *cost* (10**-16) that leaves when *closing* of *size* is closed.

    Rounded toward zero to whole *grains* (linear: 10**-8), and the rest stays in the position: so closing in many
    fills realises exactly what closing in one does, and realised profit of linear contracts needs no rounding of its
    own.
    """
    if closing == size:
        return cost
    part = abs(cost) * closing // size
    part -= part % grain
    return part if cost > 0 else -part


def standing_after(standing: Standing, made: Fill) -> Standing:
    """What *made* leaves of a position *standing* there."""
    qty, cost, position = standing
    if made.closed is not None:
        qty += -made.closed.qty if qty > 0 else made.closed.qty
        cost -= made.closed.cost_out
    if made.opened is not None:
        return made.opened.qty_after, made.opened.cost_after, made.opened.position
    return qty, cost, position
