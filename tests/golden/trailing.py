"""Published trailing stops, walked tick by tick through a market."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.markets import Market, MarketKind
from simexchange.core.vocabulary.orders import OrderKind, Side, Terms, TimeInForce, Trigger
from simexchange.core.vocabulary.units import ONE, Amount, Price, Quantity, Rate
from tests.core.world import World, only, units

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.core.world import Events

BUY, SELL = Side.BUY, Side.SELL
BIP = 10_000
"""One basis point as a rate."""
FAQ = "https://github.com/binance/binance-spot-api-docs/blob/master/faqs/trailing-stop-faq.md"
"""The page of the five scenarios, as of 2026-07-21, seen 2026-11."""

Inputs = dict[str, Any]


class Walk:
    """A spot market where somebody trades a little at any price one asks for."""

    def __init__(self, start: str) -> None:
        self.world = World(cash=0)
        spec = Market("spot:B-U", MarketKind.SPOT, "B", "U", "U", Price(ONE // 100), Quantity(ONE // 1000))
        self.world.run(cmd.ListMarket(spec))
        self.market = self.world.market = self.world.state.market_no["spot:B-U"]
        for person in self.world.people:
            for asset, amount in (("B", 1_000), ("U", 100_000_000)):
                self.world.run(cmd.Deposit(person.no, "spot", asset, Amount(amount * ONE)))
        self.at(start)

    def at(self, price: str) -> Events:
        """Two people trade at *price*; what that wakes works."""
        self.world.third.sells("0.001", at=price)
        events: Events = self.world.maker.buys("0.001", at=price)
        return events

    def to(self, *prices: str, step: str = "500") -> list[str]:
        """Trades at every price from one to the next, *step* apart; those at which an order woke."""
        woke = []
        for first, last in pairwise(prices):
            for price in _between(units(first), units(last), units(step)):
                text = f"{price // ONE}.{price % ONE:08d}"
                if only(self.at(text), ev.OrderTriggered):
                    woke.append(text.rstrip("0").rstrip("."))
        return woke

    def trails(self, side: Side, kind: str, limit: str, bips: int, stop: str = "0") -> Events:
        """Place the order of a scenario."""
        above = (kind == "STOP_LOSS_LIMIT") == (side is BUY)
        trigger = Trigger(
            Price(0), rising=side is BUY, activation=Price(units(stop)), trailing=Rate(bips * BIP),
            activation_rising=above,
        )  # fmt: skip
        order = cmd.PlaceOrder(
            self.world.taker.no, self.market, side, OrderKind.LIMIT, Quantity(units("0.01")), Price(units(limit)),
            TimeInForce.GTC, "", Terms(trigger=trigger),
        )  # fmt: skip
        return self.world.run(order)


def _between(first: int, last: int, step: int) -> Iterable[int]:
    """From the price after *first* to *last*."""
    way = step if last > first else -step
    yield from range(first + way, last, way)
    yield last


def reached(inputs: Inputs) -> dict[str, object]:
    """Where an order that has followed to an extreme wakes: every tick on the way there and back is walked."""
    side = BUY if inputs["side"] == "BUY" else SELL
    extreme, bips = inputs["extreme_after_activation"], int(inputs["trailingDelta"])
    walk = Walk(extreme)
    walk.trails(side, inputs["type"], extreme, bips)
    far = units(extreme) * (100 + side * 20) // 100 // ONE
    return {"trigger_price": walk.to(extreme, str(far), step="5")[0]}


CASES: dict[str, Callable[[Inputs], dict[str, object]]] = {f"spot_trailing_{letter}": reached for letter in "ABC"}
