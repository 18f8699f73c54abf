"""The session of pybit against a served exchange: `run` starts both."""

import functools
import os
import sys

import family
import streams
from left_out import LEFT_OUT, calls_of
from pybit.unified_trading import HTTP
from settings import point_sockets_to, session
from story import ALL, Story, account_calls, further_calls, money_of, refused

from clients.coverage import none_served
from clients.exchange import served
from clients.proof import Watched, all_accounted_for, public_methods


def main() -> None:
    exchange = served()
    point_sockets_to(exchange.ws_url)
    called: set[str] = set()
    keyed = functools.partial(session, exchange.url)
    client = Watched(keyed(*exchange.keys("alice")), called)
    account_calls(client)
    for terms in ALL:
        print(f"==== {terms.category}", flush=True)
        Story(client, exchange, "alice", terms).run()
    money_of(client, exchange, "alice")
    further_calls(client)
    family.family(client, exchange, "alice", keyed)
    family.from_outside(client, exchange, "alice")
    family.by_private_key(exchange, "alice", keyed)
    practice = Watched(keyed(*exchange.keys("alice"), demo=True), called)
    refused("money for practice", practice.request_demo_trading_funds, 10032)
    print("==== streams", flush=True)
    for terms in ALL:
        streams.public(terms)
    streams.private(Watched(keyed(*exchange.keys("carol")), called), exchange, "carol")
    streams.trading(Watched(keyed(*exchange.keys("dave")), called), exchange, "dave")
    all_accounted_for(HTTP, called, LEFT_OUT)
    none_served("bybit", calls_of(public_methods(HTTP) - called))


if __name__ == "__main__":
    main()
    # Its sockets' threads go on after they were told to end.
    sys.stdout.flush()
    os._exit(0)
