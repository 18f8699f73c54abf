"""The host names under which a venue's clients look for it, and what each of them is.

Where a client has its host names built in, they are mapped to us (a hosts file, or the proxy), and the Host header
then says what its path alone does not: ``/ws/btcusdt@trade`` is spot at one host and contracts at another. The names
were read in the sources of the client libraries of 2026-11: ccxt 4.5.90, python-binance 1.0.37, binance-sdk-spot
13.3.0 with its common constants, hummingbot 20260922, pybit 5.17.0. Of Bybit also those of "Integration Guidance",
where its local sites have theirs (seen 2026-11).
"""

from collections.abc import Iterable

from simexchange.gateway.calls import Target

_BINANCE: dict[str, str] = {
    # REST: there the path alone says which product is meant.
    "api.binance.com": "spot",
    "api1.binance.com": "spot",
    "api2.binance.com": "spot",
    "api3.binance.com": "spot",
    "api4.binance.com": "spot",
    "api-gcp.binance.com": "spot",
    "data-api.binance.vision": "spot",
    "fapi.binance.com": "usdm",
    "dapi.binance.com": "coinm",
    # Streams, at the root of their hosts (there also on port 9443).
    "stream.binance.com": "spot",
    "data-stream.binance.vision": "spot",
    "fstream.binance.com": "usdm",
    "dstream.binance.com": "coinm",
    # WebSocket API.
    "ws-api.binance.com": "spot",
    "ws-fapi.binance.com": "usdm",
    "ws-dapi.binance.com": "coinm",
    # The venue's demo and its two test networks.
    "demo-api.binance.com": "spot",
    "demo-stream.binance.com": "spot",
    "demo-ws-api.binance.com": "spot",
    "demo-fapi.binance.com": "usdm",
    "demo-dapi.binance.com": "coinm",
    "testnet.binance.vision": "spot",
    "stream.testnet.binance.vision": "spot",
    "ws-api.testnet.binance.vision": "spot",
    "testnet.binancefuture.com": "usdm",
    "stream.binancefuture.com": "usdm",
    "fstream.binancefuture.com": "usdm",
    "dstream.binancefuture.com": "coinm",
    # Not served: mapped all the same, so that a client is told so here instead of going there.
    "eapi.binance.com": "",
    "papi.binance.com": "",
    "nbstream.binance.com": "",
    "margin-stream.binance.com": "",
    "www.binance.com": "",
}

# One name for all calls and one for all streams, at each of the venue's domains; the path says what is meant.
_BYBIT_DOMAINS = (
    "bybit.com", "bytick.com", "bybit.nl", "bybit.com.hk", "byhkbit.com", "bybit-tr.com", "bybit.kz", "bybit.eu",
    "bybit.ae", "bybit.id", "bybitgeorgia.ge",
)  # fmt: skip
_BYBIT: dict[str, str] = {
    **{f"{kind}.{domain}": "v5" for domain in _BYBIT_DOMAINS for kind in ("api", "stream")},
    # The venue's test network and its demo.
    **{
        f"{kind}-{place}.{domain}": "v5"
        for domain in ("bybit.com", "bytick.com")
        for place in ("testnet", "demo", "demo-testnet")
        for kind in ("api", "stream")
    },
    # Not served: mapped all the same.
    "www.bybit.com": "",
}

HOSTS: dict[str, dict[str, str]] = {"binance": _BINANCE, "bybit": _BYBIT}
"""Venue → host name → the product it is; empty where it is none of ours."""

HTTPS_PORTS = (443, 9443)
"""Where a venue listens for ``https`` and ``wss``."""


def hosts_of(venues: Iterable[str]) -> tuple[str, ...]:
    """All host names of *venues*, in the order of the table."""
    return tuple(name for venue in venues for name in HOSTS.get(venue, ()))


def roots_of(targets: Iterable[Target]) -> dict[str, Target]:
    """Host name → the product that it is, of those that are served, where a path alone does not say it."""
    served = {(target.dialect.name, target.product.name): target for target in targets if target.venue.at_root}
    named = ((name, (venue, product)) for venue, names in HOSTS.items() for name, product in names.items())
    return {name: served[which] for name, which in named if which in served}
