"""Published self-trades and icebergs, by orders of one account in a small market."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from simexchange.core import icebergs
from simexchange.core.vocabulary.events import OrderRested
from simexchange.core.vocabulary.markets import Filters
from simexchange.core.vocabulary.orders import OrderKind, SelfTrade, Side, Terms
from simexchange.core.vocabulary.units import ONE, Quantity
from simexchange.dialects.binance.spot.answers import status
from simexchange.projections.views import Views
from tests.core.world import World, only, units

if TYPE_CHECKING:
    from collections.abc import Callable

    from simexchange.core.vocabulary import commands as cmd
    from tests.core.world import Events, Person

Inputs = dict[str, Any]


class Heard(World):
    """A world with what a venue would answer about it."""

    def __init__(self) -> None:
        self.views = Views()
        self.seq = 0
        super().__init__(cash=20_000)

    def run(self, command: cmd.Command) -> Events:
        """As everywhere, and told to the views."""
        self.seq += 1
        events = super().run(command)
        for event in events:
            self.views.apply(self.seq, self.at, event)
        return events

    def place(self, person: Person, order: Inputs, side: str = "BUY") -> Any:
        """Place an order as it is written in the page: an order without a price is a market order. Its id."""
        more = Terms(self_trade=SelfTrade[order.get("stp", "NONE")])
        return person.order(Side[order.get("side", side)], order["qty"], order.get("price"), more=more)[0].order

    def told(self, order: Any) -> dict[str, Any]:
        """What the venue would say of the order."""
        row = self.views.orders.get(order)
        assert row is not None
        return {
            "status": status(row),
            "executed": Decimal(row.filled) / ONE,
            "prevented": Decimal(row.prevented) / ONE,
            "available": Decimal(row.left) / ONE,
            "rests": row.resting,
            "kind": OrderKind(row.kind).name,
        }


def self_trade(i: Inputs) -> dict[str, object]:
    """What becomes of one account's orders that meet."""
    world = Heard()
    makers = i.get("makers") or [i["maker"]]
    ids = [world.place(world.taker, maker) for maker in makers]
    taker = world.told(world.place(world.taker, i["taker"]))
    made = [world.told(order) for order in ids]
    if taker["kind"] == "MARKET":
        return {"maker": made[0]["status"], "taker": taker["status"]}
    statuses = {one["status"] for one in made}
    return {
        "makers": f"all {statuses.pop()}" if len(statuses) == 1 else "",
        "maker": made[0],
        "taker": taker,
        "trades": Decimal(len(world.trades)),
    }


def iceberg_parts(i: Inputs) -> dict[str, object]:
    """How many slices, and whether a market that allows so many takes it."""
    world = World(filters=Filters(iceberg_parts=i["limit"]))
    shown = Quantity(units(i["icebergQty"]))
    placed = world.taker.buys(i["qty"], at=1, more=Terms(iceberg_qty=shown))
    parts = icebergs.parts(units(i["qty"]), shown)
    return {"parts": Decimal(parts), "passes": bool(only(placed, OrderRested))}


CASES: dict[str, Callable[[Inputs], dict[str, object]]] = {
    "stp_decrement": self_trade,
    "stp_expire_both": self_trade,
    "stp_expire_maker_sweeps_levels": self_trade,
    "stp_market_expire_maker": self_trade,
    "filter_iceberg_parts": iceberg_parts,
    "filter_iceberg_parts_fail": iceberg_parts,
}
