"""The session of ccxt for Python against a served exchange: `run` starts both.

python session.py [MODULE …]
"""

import asyncio
import sys
from importlib import import_module
from typing import Any

import ccxt.pro
from contracts_tale import COINM, USDM, ContractsTale
from desk import Desk, Mover
from left_out import LEFT_OUT, all_accounted_for
from news_tale import news
from settings import VENUES, settings
from spot_tale import SpotTale

from clients.exchange import Exchange, served

KINDS = {"ccxt": "alice", "ccxt.async_support": "carol", "ccxt.pro": "dave"}
"""Module → the account that is traded with it."""


def client_of(exchange: Exchange, module: str, venue: str, name: str) -> Any:
    """ccxt's own class, told nothing but where the exchange is and whose key it has."""
    return getattr(import_module(module), venue)(settings(exchange.url, exchange.ws_url, *exchange.keys(name)))


def trade(exchange: Exchange, module: str, called: set[str]) -> None:
    """All three products with one kind of client."""
    name = KINDS[module]
    with asyncio.Runner() as runner:
        runs = None if module == "ccxt" else runner
        desks = {venue: Desk(client_of(exchange, module, venue, name), runs, called) for venue in VENUES}
        movers = {venue: Mover(client_of(exchange, "ccxt", venue, "bob")) for venue in VENUES}
        for desk in desks.values():
            desk("loadMarkets")
        SpotTale(desks["binance"], movers["binance"], exchange, name).run()
        for venue, terms in (("binanceusdm", USDM), ("binancecoinm", COINM)):
            ContractsTale(desks[venue], movers[venue], exchange, name, terms).run()
        for desk in desks.values():
            if runs:
                desk("close")


def main(modules: list[str]) -> None:
    exchange = served()
    called: set[str] = set()
    for module in modules:
        print(f"==== {module} {ccxt.__version__}", flush=True)
        trade(exchange, module, called)
        if module == "ccxt.pro":
            asyncio.run(news(exchange, list(VENUES), called))
    if modules == list(KINDS):
        all_accounted_for(ccxt.pro.binance().has, called, LEFT_OUT)


if __name__ == "__main__":
    main(sys.argv[1:] or list(KINDS))
