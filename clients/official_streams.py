"""Streams of the venue's own packages: each says something of the type it declares, and accounts' come back."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from clients.official import plain
from clients.proof import money, same, shown

WITHIN = 20.0
"""Wall seconds for one message."""

Row = tuple[str, dict[str, Any]]


async def each_speaks(connection: Any, rows: Iterable[Row], silent: Iterable[Row]) -> None:
    """Subscribe to every stream; one message of each of *rows*, at once; *silent* ones have nothing to say here."""

    async def first(method: str, given: dict[str, Any]) -> None:
        said: asyncio.Queue[Any] = asyncio.Queue()
        stream = await getattr(connection, method)(**given)
        stream.on("message", said.put_nowait)
        try:
            message = await asyncio.wait_for(said.get(), WITHIN)
        except TimeoutError:
            raise AssertionError(f"{method} says nothing") from None
        if not plain(message):
            raise AssertionError(f"{method}: {message!r}")
        await stream.unsubscribe()

    rows, silent = list(rows), list(silent)
    await asyncio.gather(*(first(*row) for row in rows))
    for method, given in silent:
        await getattr(connection, method)(**given)
    shown(f"{len(rows)} kinds of streams speak in the types the package declares; {len(silent)} have nothing to say")


def all_streams(cls: type, rows: Iterable[Row], silent: Iterable[Row], left_out: dict[str, str]) -> None:
    """Every stream method of *cls* was asked, or there is a reason."""
    words = {"close_connection", "list_subscribe", "on", "on_connection", "ping_server", "subscribe", "unsubscribe",
             "user_data", "create_connection", "send_message"}  # fmt: skip
    methods = {name for name, found in vars(cls).items() if callable(found) and not name.startswith("_")} - words
    asked = {method for method, _ in (*rows, *silent)}
    same("streams neither asked nor left out", sorted(methods - asked - left_out.keys()), [])


def broken(connection: Any) -> None:
    """Break every line of *connection* as a bad network does: without a goodbye."""
    for line in connection.connections:
        line.websocket._response.connection.transport.abort()


class Said:
    """What an account's stream said."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def __call__(self, message: Any) -> None:
        self.events.append(plain(message))

    async def until(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first event of which *holds* is true."""
        for _ in range(int(WITHIN / 0.05)):
            found = next((event for event in self.events if holds(event)), None)
            if found is not None:
                return found
            await asyncio.sleep(0.05)
        raise AssertionError(f"not told within {WITHIN:g} s: {self.events!r}")


async def told_twice(
    open_stream: Callable[[], Awaitable[tuple[Any, Any]]],
    trade: Callable[[str], Any],
    holds: Callable[[dict[str, Any]], bool],
    member: str,
) -> dict[str, Any]:
    """A purchase is told; the line breaks, and the package says so; opened again, the stream tells the sale.

    The packages come back by themselves before the day is over and where the venue announces that it will close;
    after a break, their user does. The last event that has *member* is returned: the types have no name of the event.
    """
    for side in ("BUY", "SELL"):
        connection, stream = await open_stream()
        said = Said()
        stream.on("message", said)
        closed = asyncio.Event()
        connection.on_connection("close", lambda *_, closed=closed: closed.set())
        await asyncio.to_thread(trade, side)
        await said.until(holds)
        await said.until(lambda event: member in event)
        if side == "BUY":
            broken(connection)
            await asyncio.wait_for(closed.wait(), WITHIN)
    await connection.close_connection()
    return [event for event in said.events if member in event][-1]


async def spot_account(open_stream: Callable[[], Awaitable[tuple[Any, Any]]], trade: Callable[[str], Any]) -> None:
    """Orders and balances of spot; *open_stream* gives the connection and the stream."""
    await told_twice(open_stream, trade, lambda event: event.get("X") == "FILLED", "B")
    shown("the spot account's stream tells orders and balances, and again after a broken connection")


async def futures_account(
    open_stream: Callable[[], Awaitable[tuple[Any, Any]]], trade: Callable[[str], Any], symbol: str
) -> None:
    """Orders and positions of futures."""
    update = await told_twice(open_stream, trade, lambda event: event.get("o", {}).get("X") == "FILLED", "a")
    (position,) = [row for row in update["a"]["P"] if row["s"] == symbol]
    same("the position told", money(position["pa"]), 0)
    shown("the futures account's stream tells orders and positions, and again after a broken connection")
