"""The order book: a ladder of price levels, first in first out inside a level.

A level is an intrusive linked list, so that cancelling from the middle and taking from the front cost the same
however deep the level is. Links are cleared on removal: a removed chain must not wait for the cyclic collector.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING, Protocol

from simexchange.core.vocabulary.ids import key_of, number_of
from simexchange.core.vocabulary.orders import BUY, SELL, OrderKind, Side, Terms, TimeInForce, closes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simexchange.core.vocabulary.ids import AccountNo, MarketNo, OrderId, PositionKey
    from simexchange.core.vocabulary.units import Amount, Nanos, Price, Quantity


class Order:
    """One open order. ``left`` is what is unfilled; ``level`` is where it rests, or None."""

    __slots__ = (
        "accepted_at", "account", "amends", "asleep", "client_id", "cum_quote", "hidden", "hold", "id", "key", "kind",
        "left", "level", "market", "more", "next", "prev", "prevented", "price", "qty", "reduce_only", "side", "tif",
    )  # fmt: skip

    def __init__(
        self,
        order_id: OrderId,
        account: AccountNo,
        market: MarketNo,
        side: Side,
        kind: OrderKind,
        qty: Quantity,
        price: Price,
        tif: TimeInForce,
        client_id: str,
        hold: Amount,
        more: Terms | None,
        accepted_at: Nanos,
    ) -> None:
        self.id = order_id
        self.account = account
        self.market = market
        self.side = side
        self.kind = kind
        self.qty: int = qty
        self.price: int = price
        self.left: int = qty
        self.tif = tif
        self.client_id = client_id
        self.hold: int = hold
        self.more = more
        self.accepted_at = accepted_at
        self.key: PositionKey = market
        """The position it works on."""
        if more is None:
            self.reduce_only = False
        else:
            self.reduce_only = closes(more, side)
            if more.slot:
                self.key = position_key(market, more, order_id)
        self.asleep = False
        """It waits for its trigger, or for another leg of its list: it is in no level, and does not trade."""
        # In one statement, as every order pays for it. *hidden*: what of `left` the book does not show, the rest of an
        # iceberg. *amends*: how often it was made smaller, or modified. *prevented*: what will not trade because it
        # would have with its own account or group: qty = filled + prevented + left.
        self.cum_quote = self.hidden = self.amends = self.prevented = 0
        self.level: Level | None = None
        self.prev: Order | None = None
        self.next: Order | None = None

    @property
    def untraded(self) -> bool:
        """Whether nothing of it was filled."""
        return self.left + self.prevented == self.qty


def position_key(market: MarketNo, terms: Terms, order: OrderId) -> PositionKey:
    """The position an order with *terms*, numbered *order*, works on."""
    return key_of(market, terms.slot, number_of(order) if terms.sub_position < 0 else terms.sub_position)


class Level:
    """All orders at one price, oldest at the head. ``qty`` is what they show, ``hidden`` what icebergs have besides."""

    __slots__ = ("count", "head", "hidden", "price", "qty", "tail")

    def __init__(self, price: int) -> None:
        self.price = price
        self.qty = 0
        self.hidden = 0
        self.count = 0
        self.head: Order | None = None
        self.tail: Order | None = None

    def __iter__(self) -> Iterator[Order]:
        order = self.head
        while order is not None:
            following = order.next
            yield order
            order = following

    def append(self, order: Order) -> None:
        """Put *order* behind everything here."""
        tail = self.tail
        order.level = self
        order.prev = tail
        if tail is None:
            self.head = order
        else:
            tail.next = order
        self.tail = order
        self.qty += order.left
        self.count += 1
        if order.hidden:
            self.qty -= order.hidden
            self.hidden += order.hidden

    def unlink(self, order: Order) -> None:
        """Take *order* out, wherever it stands."""
        prev, following = order.prev, order.next
        if prev is None:
            self.head = following
        else:
            prev.next = following
        if following is None:
            self.tail = prev
        else:
            following.prev = prev
        order.prev = order.next = order.level = None
        self.qty -= order.left
        self.count -= 1
        if order.hidden:
            self.qty += order.hidden
            self.hidden -= order.hidden


class Ladder(Protocol):
    """One side of a book."""

    levels: dict[int, Level]

    def best(self) -> Level | None:
        """The level that trades first, or None."""
        ...

    def make(self, price: int) -> Level:
        """The level at *price*, new if need be."""
        ...

    def drop(self, level: Level) -> None:
        """Forget an empty level."""
        ...

    def __iter__(self) -> Iterator[Level]:
        """Levels, best first."""
        ...


class ListLadder:
    """Levels in a dict, their keys in a sorted list with the best at the end, where a list is cheap to change.

    ``sign`` is +1 for bids and −1 for asks; a key is price × sign.
    """

    __slots__ = ("keys", "levels", "sign")

    def __init__(self, side: Side) -> None:
        self.sign = int(side)
        self.keys: list[int] = []
        self.levels: dict[int, Level] = {}

    def best(self) -> Level | None:
        """The level that trades first, or None. O(1)."""
        keys = self.keys
        return self.levels[keys[-1] * self.sign] if keys else None

    def make(self, price: int) -> Level:
        """The level at *price*, new if need be. O(log n) to find the place."""
        level = self.levels.get(price)
        if level is None:
            level = self.levels[price] = Level(price)
            key = price * self.sign
            keys = self.keys
            if not keys or key > keys[-1]:
                keys.append(key)
            else:
                insort(keys, key)
        return level

    def drop(self, level: Level) -> None:
        """Forget an empty level. O(log n) to find it."""
        price = level.price
        del self.levels[price]
        key = price * self.sign
        keys = self.keys
        if keys[-1] == key:
            keys.pop()
        else:
            del keys[bisect_left(keys, key)]

    def __iter__(self) -> Iterator[Level]:
        levels, sign = self.levels, self.sign
        return (levels[key * sign] for key in reversed(self.keys))


class OrderBook:
    """Bids and asks of one market."""

    __slots__ = ("asks", "bids")

    def __init__(self, bids: Ladder | None = None, asks: Ladder | None = None) -> None:
        self.bids: Ladder = bids if bids is not None else ListLadder(BUY)
        self.asks: Ladder = asks if asks is not None else ListLadder(SELL)

    def side(self, side: Side) -> Ladder:
        """The ladder orders of *side* rest in."""
        return self.bids if side is BUY else self.asks

    def opposite(self, side: Side) -> Ladder:
        """The ladder orders of *side* take from."""
        return self.asks if side is BUY else self.bids

    def best_bid(self) -> int:
        """The highest bid, or 0."""
        level = self.bids.best()
        return level.price if level is not None else 0

    def best_ask(self) -> int:
        """The lowest ask, or 0."""
        level = self.asks.best()
        return level.price if level is not None else 0

    def price_at(self, side: Side, number: int) -> int:
        """The price of the *number*-th level of a side, 1 being the best; 0 where there are not so many. O(number)."""
        for level in self.side(side):
            number -= 1
            if not number:
                return level.price
        return 0

    def mid(self) -> int:
        """Half way between the best prices, rounded down; 0 where a side is empty."""
        bid, ask = self.bids.best(), self.asks.best()
        return (bid.price + ask.price) // 2 if bid is not None and ask is not None else 0

    def levels(self, side: Side, depth: int) -> list[tuple[int, int, int]]:
        """The first *depth* levels of a side, best first: (price, quantity shown, orders)."""
        found: list[tuple[int, int, int]] = []
        for level in self.side(side):
            if len(found) == depth:
                break
            found.append((level.price, level.qty, level.count))
        return found

    def add(self, order: Order) -> None:
        """Rest *order* behind everything at its price."""
        ladder = self.bids if order.side is BUY else self.asks
        (ladder.levels.get(order.price) or ladder.make(order.price)).append(order)

    def remove(self, order: Order) -> None:
        """Take a resting *order* out, and its level if it was the last there."""
        level = order.level
        assert level is not None
        level.unlink(order)
        if level.head is None:
            (self.bids if order.side is BUY else self.asks).drop(level)

    def reduce(self, order: Order, qty: int) -> None:
        """Make a resting *order* smaller by *qty*, keeping its place; gone when nothing is left."""
        level = order.level
        assert level is not None
        level.qty -= qty
        left = order.left = order.left - qty
        if not left:
            self.remove(order)

    def resize(self, order: Order, left: int, hidden: int) -> None:
        """Make a resting *order* smaller without a trade, keeping its place: it stays even when nothing is left."""
        level = order.level
        assert level is not None
        level.qty += left - hidden - order.left + order.hidden
        level.hidden += hidden - order.hidden
        order.left, order.hidden = left, hidden

    def replenish(self, order: Order, shown: int) -> None:
        """Show the next slice of a resting iceberg, behind everything at its price."""
        level = order.level
        assert level is not None
        level.unlink(order)
        order.hidden = order.left - shown
        level.append(order)

    def takeable(self, side: Side, limit: int) -> Iterator[Level]:
        """Levels an order of *side* with that limit price (0: any) could take, best first."""
        for level in self.opposite(side):
            if limit and (level.price - limit) * side > 0:
                return
            yield level

    def __iter__(self) -> Iterator[Order]:
        """Every resting order: bids best first, then asks best first, each level in queue order."""
        for ladder in (self.bids, self.asks):
            for level in ladder:
                yield from level
