"""Orders that are watched over: they go some seconds after the last connection that watched is gone."""

import asyncio
import time
from typing import Any

from simexchange.core.vocabulary.commands import SetAccountOption
from simexchange.core.vocabulary.orders import AccountOption
from tests.gateway.both import WAIT, Both, say, serving

LINEAR: dict[str, Any] = {"category": "linear", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "qty": "0.1"}


async def _bids(world: Both) -> None:
    """Bob bids on the perpetual and on spot, and wants his contracts' orders gone a second after he is."""
    for category in ("linear", "spot"):
        answer, _ = await world.post("/v5/order/create", **{**LINEAR, "category": category}, price="100")
        assert answer["retCode"] == 0, answer
    account = world.bob.account
    world.exchange.submit(SetAccountOption(account, AccountOption.DISCONNECT_DERIVATIVES, 1), "control")


def _open(world: Both) -> list[str]:
    state = world.exchange.state
    rows = world.exchange.views.orders.open(world.bob.account)
    return ["linear" if state.markets[row.market].derivative else "spot" for row in rows]


async def test_what_was_watched_over_goes_a_while_after_its_owner() -> None:
    async with serving() as world:
        await _bids(world)
        async with world.socket("/v5/private") as socket:
            assert (await say(socket, **world.log_on()))["success"]
            assert (await say(socket, op="subscribe", args=["dcp.future"]))["success"]
            assert _open(world) == ["linear", "spot"]
        begun = time.monotonic()
        async with asyncio.timeout(WAIT):
            while "linear" in _open(world):  # noqa: ASYNC110 - nobody is there to be told
                await asyncio.sleep(0.02)
        assert time.monotonic() - begun > 0.8
        assert _open(world) == ["spot"]
        history, _ = await world.get("/v5/order/history", world.bob, category="linear")
        assert [row["cancelType"] for row in history["result"]["list"]] == ["CancelByDCP"]


async def test_who_comes_back_in_time_keeps_his_orders() -> None:
    """One of two connections may go; and when both are gone, who is there again in time keeps what he has."""
    async with serving() as world:
        await _bids(world)
        async with world.socket("/v5/private") as first:
            await say(first, **world.log_on())
            await say(first, op="subscribe", args=["dcp.future"])
            async with world.socket("/v5/private") as second:
                await say(second, **world.log_on())
                await say(second, op="subscribe", args=["dcp.future"])
        await asyncio.sleep(0.3)
        async with world.socket("/v5/private") as again:
            await say(again, **world.log_on())
            await say(again, op="subscribe", args=["dcp.future"])
            await asyncio.sleep(1.0)
            assert _open(world) == ["linear", "spot"]
