"""`simexchange demo`: an exchange, and a hedge traded on it before your eyes."""

from __future__ import annotations

import asyncio
import webbrowser
from contextlib import closing
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click
import msgspec
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

from simexchange.cli.client import Client
from simexchange.cli.options import exchange_options, read_options
from simexchange.cli.session import Session
from simexchange.config.venuerules import OWN
from simexchange.core.vocabulary.units import SECOND
from simexchange.errors import UsageError
from simexchange.eventlog.locate import open_log
from simexchange.eventlog.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable

QTY = Decimal("0.1")
LEVERAGE = 10
HOLD = 6.0
"""Wall seconds the hedge is held."""


@click.command()
@exchange_options
@click.option("--no-open", is_flag=True, help="Do not open a browser.")
def demo(*, no_open: bool, **given: Any) -> None:
    """Start an exchange, buy spot, hedge it with a 10x short, close the hedge, and show what it came to.

    Without --for it goes on serving afterwards.
    """
    options = msgspec.structs.replace(read_options(given), quiet=True)
    if options.venues[0] != OWN:
        msg = f"demo trades at {OWN}: name that venue first, or leave --venue out"
        raise UsageError(msg)
    console = Console()
    session = Session(options)
    hold = HOLD if options.run_for is None else min(HOLD, options.run_for / SECOND / 4)

    async def work(served: Session) -> None:
        console.print(f"The exchange listens on {served.ready.url} and trades by itself.", highlight=False)
        if not no_open and console.is_terminal:
            webbrowser.open(served.ready.url)
        await _hedge(served, console, hold)
        _tell(served, console)

    session.run(work)


async def _hedge(session: Session, console: Console, hold: float) -> None:
    ready = session.ready
    account = ready.accounts[0]
    client = Client(ready.url, account.api_key, account.api_secret)
    with _progress(console) as say:
        say(f"buying {QTY} BTC on the spot market")
        bought = await asyncio.to_thread(_market, client, "/api/v3/order", "BUY", newOrderRespType="FULL")
        say(f"opening a short of {QTY} BTC at {LEVERAGE}x")
        path = "/fapi/v1/leverage"
        await asyncio.to_thread(client.signed, "POST", path, symbol="BTCUSDT", leverage=LEVERAGE)
        await asyncio.to_thread(_market, client, "/fapi/v1/order", "SELL", newOrderRespType="RESULT")
        say("the price may go where it likes: what one loses the other wins")
        await asyncio.sleep(hold)
        say("closing the short")
        await asyncio.to_thread(_market, client, "/fapi/v1/order", "BUY", newOrderRespType="RESULT", reduceOnly="true")
    await asyncio.to_thread(_report, client, bought, console)


def _progress(console: Console) -> _Progress:
    return _Progress(console)


class _Progress:
    """A spinner on a terminal, plain lines elsewhere."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Progress(SpinnerColumn(), TextColumn("{task.description}"), console=console, transient=True)
        self._task = self._bar.add_task("") if console.is_terminal else None

    def __enter__(self) -> Callable[[str], None]:
        if self._task is not None:
            self._bar.start()
        return self._say

    def __exit__(self, *_: object) -> None:
        if self._task is not None:
            self._bar.stop()

    def _say(self, text: str) -> None:
        if self._task is not None:
            self._bar.update(self._task, description=text)
        else:
            self._console.print(text, highlight=False)


def _market(client: Client, path: str, side: str, **more: str) -> dict[str, Any]:
    answer: dict[str, Any] = client.signed(
        "POST", path, symbol="BTCUSDT", side=side, type="MARKET", quantity=QTY, **more
    )
    return answer


def _report(client: Client, bought: dict[str, Any], console: Console) -> None:
    """Profit and loss of the spot holding and of the short, split into price, fees and funding."""
    paid = Decimal(bought["cummulativeQuoteQty"])
    fee = sum((Decimal(fill["commission"]) * Decimal(fill["price"]) for fill in bought["fills"]), Decimal(0))
    last = Decimal(client.get("/api/v3/ticker/price", symbol="BTCUSDT")["price"])
    spot = QTY * last - paid
    sums = dict.fromkeys(("REALIZED_PNL", "COMMISSION", "FUNDING_FEE"), Decimal(0))
    for row in client.signed("GET", "/fapi/v1/income", symbol="BTCUSDT", limit=1000):
        if row["incomeType"] in sums:
            sums[row["incomeType"]] += Decimal(row["income"])
    rows = [
        ("price, spot holding", spot),
        ("price, short", sums["REALIZED_PNL"]),
        ("fees, spot", -fee),
        ("fees, short", sums["COMMISSION"]),
        ("funding", sums["FUNDING_FEE"]),
    ]
    console.print(
        f"bought {QTY} BTC for {paid:.2f} USDT, hedged it, closed the hedge; BTC now at {last:.2f}",
        highlight=False,
        soft_wrap=True,
    )
    for name, amount in [*rows, ("together", sum((amount for _, amount in rows), Decimal(0)))]:
        console.print(f"  {name:<20} {amount:>12.4f} USDT", highlight=False)


def _tell(session: Session, console: Console) -> None:
    """Where the log is, what its digest is, and how a bot comes in."""
    ready = session.ready
    with closing(open_log(ready.log)) as log:
        found = verify(log)
    console.print(f"event log: {ready.log}", highlight=False, soft_wrap=True)
    console.print(
        f"  {found.records} records so far, digest {found.digest}, money adds up: {found.ok}",
        highlight=False,
        soft_wrap=True,
    )
    console.print("point a bot at it:", highlight=False)
    console.print("  import ccxt, simexchange", highlight=False)
    config = f'simexchange.ccxt_config("binance", "{ready.url}", "{ready.accounts[0].api_key}", SECRET)'
    console.print(f"  exchange = ccxt.binance({config})", highlight=False, soft_wrap=True)
    console.print(
        f"  keys with their secrets: simexchange keys list --json {ready.log}", highlight=False, soft_wrap=True
    )
    if session.options.run_for is None and session.options.until is None:
        console.print("serving until Ctrl-C", highlight=False)
