"""A session of freqtrade: live mode with its dry-run beside it, on the same market, for as long as asked.

Runs beside an exchange, `simexchange run -- python -m clients.freqtrade.session`: its clock, and that of the bots it
starts, is exchange time. Everything is written down, in `session.json`, and judged afterwards by `start.py`.
"""

import argparse
import json
import os
import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from clients.exchange import READY, Exchange
from clients.freqtrade import settings
from clients.freqtrade.bot import Bot, machine_seconds, wait

WALLETS = {"spot": "spot", "futures": "usdm"}
STARTS_WITHIN = 900.0
HOME_WITHIN = 600.0
"""Wall seconds."""
BEHIND = 5.0
"""Seconds of exchange time that do not matter."""


def begins(exchange: Exchange, bot: Bot) -> None:
    """Wait until it trades. A program that starts wants a processor for itself, so one after the other, and each when
    the exchange is on time again."""
    wait(f"{bot.name} does not begin", bot.running, within=STARTS_WITHIN)
    wait(
        "the exchange falls behind for good: try a lower --speed",
        lambda: time.time() - exchange.control("clock")["now"]["ns"] / 1e9 < BEHIND,
        within=STARTS_WITHIN,
    )
    print(f"     {bot.name} trades, {_now()}", flush=True)


def trade(bots: list[Bot], span: float, hurry: float) -> float:
    """Let them trade for *span* seconds of exchange time, *hurry* wall seconds at most; how long it was."""
    began, until = time.time(), machine_seconds() + hurry
    print(f"     all bots trade since {_now()}", flush=True)
    while time.time() - began < span and machine_seconds() < until:
        time.sleep(60)
        for bot in bots:
            bot.running()
    lasted = time.time() - began
    if lasted < span:
        print(f"     no more time: it was {lasted / 3600:.1f} h", flush=True)
    return lasted


def home(bots: list[Bot]) -> None:
    """Everybody out of everything."""
    print(f"     all go home, {_now()}", flush=True)
    for bot in bots:
        wait(f"{bot.name} keeps something open", lambda bot=bot: bot.go_home() or bot.at_home(),
             within=HOME_WITHIN, every=60.0)  # fmt: skip


def balances(exchange: Exchange, bot: Bot) -> dict[str, Any]:
    """What the bot says it has, and what the ledger says at the same moment."""
    said, ledger = exchange.settled(bot.product, WALLETS[bot.product], lambda: bot.ask("balance"))
    rows = {row["currency"]: row["balance"] for row in said["currencies"] if row["balance"] and not row["is_position"]}
    return {"said": rows, "ledger": {asset: [str(free), str(held)] for asset, (free, held) in ledger.items()}}


def _now() -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S, exchange time", time.gmtime())


def main() -> None:
    read = argparse.ArgumentParser()
    read.add_argument("--program", required=True, help="freqtrade of the client's environment")
    read.add_argument("--folder", type=Path, required=True)
    read.add_argument("--products", default="spot,futures")
    read.add_argument("--assets", default=",".join(settings.ASSETS))
    read.add_argument("--span", type=float, required=True, help="seconds of exchange time")
    read.add_argument("--hurry", type=float, required=True, help="wall seconds it may take")
    given = read.parse_args()
    ready = json.loads(Path(os.environ[READY]).read_text())
    exchange = Exchange(ready)
    # Told to end, it takes its bots with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with ExitStack() as ends:
        bots = []
        for product in given.products.split(","):
            where = settings.where(ready, product)
            where["exchange"]["pair_whitelist"] = settings.traded(given.assets.split(","))[product]
            for live in (True, False):
                bots.append(Bot(given.program, given.folder, product, where, live=live))
                ends.callback(bots[-1].kill)
                begins(exchange, bots[-1])
        lasted = trade(bots, given.span, given.hurry)
        home(bots)
        found = {
            "lasted": lasted,
            "balances": {bot.product: balances(exchange, bot) for bot in bots if bot.live},
            "ended": {bot.name: bot.end() for bot in bots},
            "unserved": exchange.unserved(),
        }
    (given.folder / "session.json").write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
