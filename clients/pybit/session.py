"""The session of pybit against a served exchange: `run` starts both."""

import os
import sys

import streams
from left_out import LEFT_OUT
from pybit.unified_trading import HTTP
from settings import point_sockets_to, session
from story import ALL, Story, account_calls, further_calls, money_of

from clients.exchange import served
from clients.proof import Watched, all_accounted_for


def main() -> None:
    exchange = served()
    point_sockets_to(exchange.ws_url)
    called: set[str] = set()
    client = Watched(session(exchange.url, *exchange.keys("alice")), called)
    account_calls(client)
    for terms in ALL:
        print(f"==== {terms.category}", flush=True)
        Story(client, exchange, "alice", terms).run()
    money_of(client, exchange, "alice")
    further_calls(client)
    print("==== streams", flush=True)
    for terms in ALL:
        streams.public(terms)
    streams.private(Watched(session(exchange.url, *exchange.keys("carol")), called), exchange, "carol")
    streams.trading(Watched(session(exchange.url, *exchange.keys("dave")), called), exchange, "dave")
    all_accounted_for(HTTP, called, LEFT_OUT)


if __name__ == "__main__":
    main()
    # Its sockets' threads go on after they were told to end.
    sys.stdout.flush()
    os._exit(0)
