"""What a socket's path names."""

import pytest

from simexchange.dialects.binance.venue import BinanceDialect
from simexchange.gateway.addresses import Addresses, ApiAddress, StreamAddress
from simexchange.gateway.calls import Target
from simexchange.gateway.venues import VENUES
from tests.gateway.toy import Toy

VENUE = VENUES["binance"]
TOY = Toy()
DIALECT = BinanceDialect([TOY])
SPOT, UM = (Target(VENUE, VENUE.mounts[name], DIALECT, TOY) for name in ("spot", "usdm"))
ADDRESSES = Addresses([SPOT, UM])


@pytest.mark.parametrize(
    "path, query, target, combined, names",
    [
        ("/spot/ws", "", SPOT, False, ()),
        ("/spot/ws/", "", SPOT, False, ()),
        ("/spot/ws/btcusdt@depth", "", SPOT, False, ("btcusdt@depth",)),
        ("/spot/ws/btcusdt@depth/ethusdt@trade", "", SPOT, False, ("btcusdt@depth", "ethusdt@trade")),
        ("/spot/ws/btcusdt%40depth", "", SPOT, False, ("btcusdt@depth",)),
        ("/spot/ws/0", "", SPOT, False, ()),
        ("/spot/ws/btcusdt@depth/3", "", SPOT, False, ("btcusdt@depth",)),
        ("/spot/stream", "", SPOT, True, ()),
        ("/spot/stream", "streams=a/b", SPOT, True, ("a", "b")),
        ("/spot/stream", "streams=a%2Fb%40100ms", SPOT, True, ("a", "b@100ms")),
        ("/spot/stream/ws", "", SPOT, False, ()),
        ("/spot/stream/ws/0", "", SPOT, False, ()),
        ("/binance/spot/ws/a", "", SPOT, False, ("a",)),
        ("/um/ws", "", UM, False, ()),
        ("/um/public/ws", "", UM, False, ()),
        ("/um/market/stream", "streams=a", UM, True, ("a",)),
        ("/um/private/ws", "listenKey=K&events=A/B", UM, False, ("K",)),
        ("/um/private/stream", "listenKey=K", UM, True, ("K",)),
        ("/um/private/ws/K", "", UM, False, ("K",)),
        ("/binance/um/market/ws/1", "", UM, False, ()),
    ],
)
def test_a_stream_address_names_product_envelope_and_streams(
    path: str, query: str, target: Target, combined: bool, names: tuple[str, ...]
) -> None:
    address = ADDRESSES.find(path, query)

    assert isinstance(address, StreamAddress)
    assert address.target is target
    assert address.combined is combined
    assert address.names == names


def test_an_address_names_its_branch_and_the_events_it_wants() -> None:
    """Without a branch it is the first; a listen key may be named again."""
    private = ADDRESSES.find("/um/private/ws", "listenKey=K&events=ORDER_TRADE_UPDATE/ACCOUNT_UPDATE&listenKey=L")
    plain = ADDRESSES.find("/um/stream", "streams=btcusdt@kline_1d@+08:00")

    assert isinstance(private, StreamAddress)
    assert (private.branch, private.names) == ("private", ("K", "L"))
    assert private.events == {"ORDER_TRADE_UPDATE", "ACCOUNT_UPDATE"}
    assert private.options == {}
    assert isinstance(plain, StreamAddress)
    assert (plain.branch, plain.events, plain.names) == ("", frozenset(), ("btcusdt@kline_1d@+08:00",))


def test_the_rest_of_the_query_is_for_the_dialect() -> None:
    address = ADDRESSES.find("/spot/stream", "streams=a&timeUnit=MICROSECOND")

    assert address is not None
    assert address.options == {"timeUnit": "MICROSECOND"}


@pytest.mark.parametrize("path", ["/ws-api/v3", "/ws-api/v3/", "/ws-api/v3/0", "/binance/ws-api/v3"])
def test_the_websocket_api_has_an_address_of_its_own(path: str) -> None:
    address = ADDRESSES.find(path, "returnRateLimits=false")

    assert address == ApiAddress(SPOT, {"returnRateLimits": "false"})


@pytest.mark.parametrize(
    "path", ["/", "/spot", "/spot/", "/spot/foo", "/spot/public/ws", "/ws", "/ws-api/v4", "/um/other/ws"]
)
def test_other_paths_are_no_sockets(path: str) -> None:
    assert ADDRESSES.find(path, "") is None
