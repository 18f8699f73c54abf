"""The second venue's sockets on real markets: a served exchange, and clients that hear topics."""

from __future__ import annotations

import hmac
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import msgspec

from simexchange.config import markets, opening
from simexchange.core.engine import Engine
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.commands import Command, Deposit, OpenExchange, PlaceOrder, SetIndex
from simexchange.core.vocabulary.orders import OrderKind, Side, TimeInForce
from simexchange.core.vocabulary.units import ONE, Amount, Nanos, Price, Quantity
from simexchange.dialects.bybit.venue import BYBIT
from tests.core.world import units
from tests.gateway.world import Served, hear, served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    import aiohttp

    from simexchange.dialects.contract import Key

LINEAR: Final = "perp:BTC-USDT"
PUBLIC: Final = "/bybit/v5/public/{}"


def beginning() -> list[Command]:
    """The markets that ship, under the venue's rules, and a price."""
    state = ExchangeState()
    engine = Engine(state)
    engine.execute(OpenExchange(1, Nanos(0)), Nanos(0))
    commands = []
    for command in opening.opening(markets.preset().values(), state, ("bybit",)):
        engine.execute(command, Nanos(0))
        commands.append(command)
    return [*commands, SetIndex("BTC-USDT", Price(60_000 * ONE))]


@asynccontextmanager
async def bybit(**options: Any) -> AsyncIterator[Served]:
    """Serve it; alice and bob are at home here and have a million USDT each."""
    async with served(dialect=BYBIT, commands=beginning(), rules="bybit", **options) as world:
        for key in (world.alice, world.bob):
            world.exchange.submit(Deposit(key.account, "unified", "USDT", Amount(10**6 * ONE)), source="control")
        await world.exchange.durable(world.exchange.seq)
        yield world


def places(world: Served, who: Key, side: str, qty: float | str, price: float | str) -> None:
    """A limit order in the linear BTCUSDT, by the engine's own command."""
    market = world.exchange.state.market_no[LINEAR]
    way = Side.BUY if side == "Buy" else Side.SELL
    world.exchange.submit(
        PlaceOrder(
            who.account,
            market,
            way,
            OrderKind.LIMIT,
            Quantity(units(qty)),
            Price(units(price)),
            TimeInForce.GTC,
            "",
            None,
        )
    )


async def asks(socket: aiohttp.ClientWebSocketResponse, op: str, args: Sequence[Any] = (), **more: Any) -> Any:
    """A request, and its answer: what topics tell meanwhile is passed over."""
    await socket.send_str(msgspec.json.encode({"op": op, "args": list(args), **more}).decode())
    while True:
        message = await hear(socket)
        if "topic" not in message:
            return message


async def topic(socket: aiohttp.ClientWebSocketResponse) -> Any:
    """The next message of a topic."""
    while True:
        message = await hear(socket)
        if "topic" in message:
            return message


def login(key: Key, expires: int) -> list[Any]:
    """The arguments of ``auth``."""
    signature = hmac.new(key.secret.encode(), f"GET/realtime{expires}".encode(), sha256).hexdigest()
    return [key.api_key, expires, signature]
