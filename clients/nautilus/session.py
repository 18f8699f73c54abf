"""The session of nautilus_trader against a served exchange: `run` starts both."""

import asyncio
import json
import re
import subprocess
import sys
import tempfile
import urllib.request
from dataclasses import dataclass
from typing import Any

from nautilus_trader.adapters.binance.common.symbol import BinanceSymbol
from nautilus_trader.adapters.binance.futures.enums import BinanceFuturesMarginType
from readers import read_all
from settings import node
from story import DIFF, Before, Story
from trader import Trader, eventually

from clients.exchange import Exchange, served
from clients.proof import same
from clients.relay import Relay
from clients.stories import Mover

INSTRUMENTS = {"spot": "BTCUSDT", "usdm": "BTCUSDT-PERP"}
LEVERAGE = 7
USDM: dict[str, Any] = {"futures_leverages": {BinanceSymbol("BTCUSDT"): LEVERAGE}}
HEDGED = {**USDM, "futures_margin_types": {BinanceSymbol("BTCUSDT"): BinanceFuturesMarginType.ISOLATED},
          "use_reduce_only": False}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One node: of which product, for whose account, told what of execution; nothing where it does not trade."""

    product: str
    account: str
    execution: dict[str, Any] | None
    hedged: bool = False
    agg: bool = False
    """Aggregated trades instead of single ones."""


PARTS = {
    "spot": Part("spot", "alice", {}),
    "USDⓈ-M": Part("usdm", "carol", USDM),
    "USDⓈ-M, hedged": Part("usdm", "erin", HEDGED, hedged=True, agg=True),
    # At its start the adapter asks for GET /dapi/v1/symbolConfig, which the venue does not have: it cannot trade.
    "COIN-M, market data": Part("coinm", "dave", None, agg=True),
}


ERRORS = [
    (r"Failed on submit_order .*'code': (-2010|-2022|-4120|-5022),", "orders the session wants refused"),
    (r"Failed on cancel_all_open_orders .*'code': -2011,", "canceling where nothing is open, at the end"),
    (
        r'Error on handling b\'\{"result":null,"id":0\}',
        "the answer to a subscription, which its spot account stream cannot read",
    ),
]
"""What the node may log as errors, and why. It would at the venue too."""


def judged(lines: list[str]) -> None:
    """Every line the node logged as an error has a reason."""
    errors = [line for line in lines if "[ERROR]" in line]
    counts = [(sum(bool(re.search(pattern, line)) for line in errors), why) for pattern, why in ERRORS]
    for count, why in counts:
        if count:
            print(f"     {count:4d} errors in its log: {why}", flush=True)
    unknown = [line for line in errors if not any(re.search(pattern, line) for pattern, _ in ERRORS)]
    same("errors in its log", unknown, [])


def nearest_quarter(exchange: Exchange) -> str:
    """The COIN-M contract whose streams the adapter can name: it makes of BTCUSD_PERP another symbol."""
    with urllib.request.urlopen(f"{exchange.url}/dapi/v1/exchangeInfo", timeout=20) as reply:  # noqa: S310
        rows = json.load(reply)["symbols"]
    return next(row["symbol"] for row in rows if row["contractType"] == "CURRENT_QUARTER")


def tell(part: Part) -> None:
    """One node, from its start to its end."""
    exchange = served()
    relay = Relay(exchange.ws_url, DIFF)
    product = part.product
    keys = exchange.keys(part.account)
    if part.hedged:
        Mover(exchange, part.account).ask("POST", "/fapi/v1/positionSide/dual", dualSidePosition="true")
    trades = part.execution is not None
    before = None if part.hedged or not trades else Before(exchange, product, part.account)
    instrument = INSTRUMENTS.get(product) or nearest_quarter(exchange)
    trader = Trader(instrument, futures=product != "spot")
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    trading = node(product, exchange.url, relay.ws_url, keys, agg=part.agg, execution=part.execution)
    trading.trader.add_strategy(trader)
    trading.build()
    try:
        story = Story(trader, exchange, relay, product, part.account)
        loop.run_until_complete(run(story, part, before, trading))
    finally:
        trading.dispose()


async def run(story: Story, part: Part, before: Before | None, trading: Any) -> None:
    """From the node's start to its end."""
    running = asyncio.create_task(trading.run_async())
    try:
        await eventually("the node runs", lambda: story.trader.is_running or running.done(), 60)
        if before:
            await story.reconciled(before)
        # Few trade the contract of a quarter.
        others = asyncio.create_task(story.lively()) if part.product == "coinm" else None
        await story.market_data()
        await story.the_book()
        if part.execution is not None:
            await trade(story, part)
        await story.reconnected(trades=part.execution is not None)
        await story.the_book()
        await story.candle()
        await story.look_back()
        if part.execution is not None:
            (account,) = trading.cache.accounts()
            await story.agrees(account.id)
        if not part.hedged:
            keys = story.exchange.keys(part.account)
            await read_all(part.product, story.exchange.url, keys, story.trader.instrument_id)
        if others:
            others.cancel()
    finally:
        await trading.stop_async()
        await asyncio.wait([running], timeout=20)


def by_orders(hand: Mover) -> bool:
    """Whether USDⓈ-M takes conditional orders as orders: as it did before they got a service of their own."""
    try:
        hand.ask("POST", "/fapi/v1/order/test", symbol="BTCUSDT", side="SELL", type="STOP_MARKET", quantity="1",
                 stopPrice="30000")  # fmt: skip
    except OSError as error:
        if "-4120" not in str(error):
            raise
        return False
    return True


async def trade(story: Story, part: Part) -> None:
    """All the types of orders of the part."""
    if story.futures:
        await story.configured(LEVERAGE)
    if part.hedged:
        await story.hedged()
        return
    await story.resting()
    await story.taking()
    if story.futures:
        await story.futures_only()
    await story.sleeping(served=not story.futures or await asyncio.to_thread(by_orders, story.mover))


def main() -> None:
    if sys.argv[1:]:
        tell(PARTS[sys.argv[1]])
        return
    for name in PARTS:
        print(f"==== {name}", flush=True)
        # Its logging is made once in a process, and writes errors where errors go.
        with tempfile.TemporaryFile("w+") as errors:
            ended = subprocess.run([sys.executable, __file__, name], stderr=errors, timeout=300, check=False)
            errors.seek(0)
            lines = errors.read().splitlines()
        if ended.returncode:
            sys.exit("\n".join(lines))
        judged(lines)


if __name__ == "__main__":
    main()
