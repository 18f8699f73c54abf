"""Several served exchanges in one process: each on a loop and a thread of its own, and none knows of the other."""

import asyncio
import threading
from typing import Any

from tests.gateway.real import limit, trading
from tests.gateway.world import hear


async def trade(price: int, rounds: int, meet: threading.Barrier) -> dict[str, Any]:
    """Trade so often at *price* while the other does the same at his; what one's own exchange tells."""
    async with trading() as world, world.socket("/spot/ws/btcusdt@trade") as socket:
        heard = []
        seq = world.exchange.seq
        for turn in range(rounds):
            await asyncio.to_thread(meet.wait, 20)
            await world.sign("POST", "/api/v3/order", **limit("SELL", "0.1", str(price)))
            await world.sign("POST", "/api/v3/order", key=world.bob, **limit("BUY", "0.1", str(price)))
            heard.append((await hear(socket))["p"])
            if turn == rounds // 2 - 1:
                half = world.exchange.seq
        await world.control("POST", "/rewind", {"to": half})
        return {
            "heard": set(heard),
            "trades": len(await world.ask("GET", "/api/v3/trades?symbol=BTCUSDT")),
            "records": (half - seq) * 2 - (next(iter(world.log.kept.values())).last_seq - seq),
        }


def test_two_threads_with_a_server_each() -> None:
    """Prices, trades and a rewind of the one are nothing to the other."""
    meet = threading.Barrier(2)
    found: dict[int, dict[str, Any]] = {}

    def work(price: int) -> None:
        found[price] = asyncio.run(trade(price, 10, meet))

    threads = [threading.Thread(target=work, args=(price,)) for price in (60_000, 61_000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(40)

    assert {price: row["heard"] for price, row in found.items()} == {
        60_000: {"60000.00000000"}, 61_000: {"61000.00000000"},
    }  # fmt: skip
    assert [row["trades"] for row in found.values()] == [5, 5]
    assert [row["records"] for row in found.values()] == [0, 0]
