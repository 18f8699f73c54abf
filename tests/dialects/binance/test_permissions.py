"""Which option of a key each call needs, where the venue's word for the call does not say it already."""

from simexchange.dialects.binance.permissions import of_route
from simexchange.dialects.binance.spot.product import SpotProduct
from simexchange.dialects.contract import Permission


def test_of_the_wallet_a_key_that_only_reads_moves_nothing() -> None:
    """Two of these ask with POST, and one says what fees are paid in."""
    reads = {
        route.path
        for route in SpotProduct().routes
        if route.path.startswith("/sapi") and route.method != "GET" and of_route(route) is Permission.READING
    }

    assert reads == {"/sapi/v1/bnbBurn", "/sapi/v1/asset/get-funding-asset", "/sapi/v3/asset/getUserAsset"}
