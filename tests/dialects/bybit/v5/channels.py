"""One public topic with several who hear it, each as a client that puts a book or a ticker together by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from simexchange.dialects.bybit.v5.product import PRODUCTS
from simexchange.dialects.contract import MarketStream, Opening

if TYPE_CHECKING:
    from tests.dialects.bybit.v5.desk import Desk

Side = dict[str, str]


class Client:
    """Applies what it hears as the venue's page tells: a snapshot resets, size 0 deletes, any other is the level."""

    def __init__(self) -> None:
        self.bids: Side = {}
        self.asks: Side = {}
        self.number = 0
        self.seq = 0
        self.messages: list[Any] = []

    def hears(self, payload: bytes) -> None:
        message = msgspec.json.decode(payload)
        self.messages.append(message)
        data = message["data"]
        if message["type"] == "snapshot":
            self.bids, self.asks = dict(data["b"]), dict(data["a"])
        else:
            # One by one: whoever misses a message knows it by that.
            assert data["u"] == self.number + 1
            for side, levels in ((self.bids, data["b"]), (self.asks, data["a"])):
                for price, size in levels:
                    if float(size) == 0:
                        # A level that is not there cannot go: clients fall over it.
                        del side[price]
                    else:
                        side[price] = size
        assert data["seq"] >= self.seq
        self.number, self.seq = data["u"], data["seq"]

    @property
    def book(self) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """Best first."""
        bids = sorted(self.bids.items(), key=lambda level: -float(level[0]))
        return bids, sorted(self.asks.items(), key=lambda level: float(level[0]))


class Channel:
    """As the gateway has it: one stream, fed once, told to everybody; who comes later gets the opening first."""

    def __init__(self, desk: Desk, category: str, topic: str) -> None:
        product = next(one for one in PRODUCTS if one.name == f"v5-{category}")
        stream = product.market_stream(topic, desk.state, desk.views)
        assert stream is not None, topic
        self.desk = desk
        self.stream: MarketStream = stream
        self.clients: list[Client] = []

    def joins(self) -> Client:
        """Somebody subscribes."""
        client = Client()
        if isinstance(self.stream, Opening):
            for payload in self.stream.opening(self.desk.at, self.desk.views):
                client.hears(payload)
        self.clients.append(client)
        return client

    def flush(self) -> None:
        """Its interval is over."""
        for payload in self.stream.flush(self.desk.at, self.desk.views):
            for client in self.clients:
                client.hears(payload)
