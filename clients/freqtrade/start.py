"""`clients/freqtrade/run`: an environment for freqtrade, an exchange, the session beside it, and what the log says.

    clients/freqtrade/run [--span 2h] [--speed 30x] [--products spot,futures] [--assets BTC,ETH] [--keep FOLDER]

Everything is exchange time, but for --hurry: the wall seconds the session may take.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from clients.freqtrade import bot, settings
from clients.freqtrade.differences import MODES, table
from clients.freqtrade.ledger import balances, compare
from clients.proof import same, shown
from clients.running import TOP, environment

UNITS = {"m": 60, "h": 3600, "d": 86400}
START = "2026-11-02T00:00:00Z"
"""A Monday."""
FUNDS = "USDT=100000"
AFTER = 6 * 3600
"""Seconds of exchange time for starting, going home and ending, beside the span."""


def seconds(text: str) -> int:
    """`90m`, `24h`, `1d`."""
    return int(text[:-1]) * UNITS[text[-1]]


def play(given: argparse.Namespace, folder: Path) -> int:
    """The exchange and the session beside it; the session's exit status."""
    kept = os.environ.get("SIMEXCHANGE_CLIENTS")
    python = environment("freqtrade", Path(kept or folder) / "freqtrade")
    ready = folder / "ready.json"
    span, market = seconds(given.span), settings.markets(folder, given.assets.split(","))
    command = [sys.executable, "-m", "simexchange", "run", "--port", "0", "--seed", str(given.seed), "--start", START,
               "--speed", given.speed, "--market", str(market), "--data", str(folder / "data"),
               "--durability", "off", "--ready-file", str(ready), "--until", f"{span + AFTER}s",
               *(word for product in given.products.split(",") for word in ("--account", f"{product}:{FUNDS}")),
               "--", sys.executable, "-m", "clients.freqtrade.session", "--program", str(python.with_name("freqtrade")),
               "--folder", str(folder), "--products", given.products, "--assets", given.assets,
               "--span", str(span), "--hurry", str(given.hurry)]  # fmt: skip
    told = {"PYTHONPATH": str(TOP), "PYTHONUNBUFFERED": "1", "SIMEXCHANGE_READY": str(ready), "NO_COLOR": "1"}
    return subprocess.run(
        command, cwd=TOP, env={**os.environ, **told}, timeout=given.hurry + 3600, check=False
    ).returncode


def judge(folder: Path, products: list[str]) -> None:
    """Look at everything the session left; AssertionError at the first thing that does not hold."""
    session = json.loads((folder / "session.json").read_text())
    names = [f"{product}-{mode}" for product in products for mode in MODES]
    same("exit status", session["ended"], dict.fromkeys(names, bot.TOLD_TO_END))
    wrong = {name: lines for name in names if (lines := bot.wrong(folder / name))}
    for name, lines in wrong.items():
        print(f"{name}:", *lines[:40], sep="\n", flush=True)
    same("lines that are errors", {name: len(lines) for name, lines in wrong.items()}, {})
    shown(f"{', '.join(names)}: {session['lasted'] / 3600:.1f} h, no error and no exception in any log")
    same("calls that nobody serves", session["unserved"], {})
    shown("no unserved call")
    for name in names:
        for words, count in bot.warnings(folder / name).most_common():
            print(f"     {name} warns {count} times: {words} …", flush=True)
    for product in products:
        balances(product, **session["balances"][product])
        compare(folder, product, session["balances"][product]["ledger"])
        print(table(folder, product), flush=True)


def main() -> None:
    read = argparse.ArgumentParser(prog="clients/freqtrade/run")
    read.add_argument("--span", default="2h", help="of exchange time, like 24h")
    read.add_argument("--speed", default="30x")
    read.add_argument("--products", default="spot,futures")
    read.add_argument("--assets", default=",".join(settings.ASSETS), help="what is traded against USDT")
    read.add_argument("--seed", type=int, default=3)
    read.add_argument("--hurry", type=float, default=7200.0, help="wall seconds it may take")
    read.add_argument("--keep", type=Path, help="the folder for everything; one that has a session is judged again")
    given = read.parse_args()
    with tempfile.TemporaryDirectory(prefix="simexchange-freqtrade-") as made:
        folder = given.keep or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "session.json").exists() and (ended := play(given, folder)) != 0:
            raise SystemExit(f"freqtrade: the session ended with {ended}")
        judge(folder, given.products.split(","))


if __name__ == "__main__":
    main()
