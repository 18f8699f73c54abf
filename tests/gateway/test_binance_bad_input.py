"""Bad input to real calls: the venue's own error, never a 500, never a change."""

from typing import Any

import pytest

from simexchange.dialects.binance.coinm.product import CoinmProduct
from simexchange.dialects.binance.spot.product import SpotProduct
from simexchange.dialects.binance.usdm.product import UsdmProduct
from tests.gateway.real import limit, trading
from tests.gateway.world import Served

GOOD = limit("BUY", "0.1", "50000")
HUGE = "9" * 400


def _ask(**change: Any) -> dict[str, Any]:
    """A good order with some of its parameters changed; None leaves one out."""
    return {name: value for name, value in {**GOOD, **change}.items() if value is not None}


BAD_ORDERS = {
    "no symbol": _ask(symbol=None),
    "empty symbol": _ask(symbol=""),
    "unknown symbol": _ask(symbol="NOPEUSDT"),
    "lower-case symbol": _ask(symbol="btc usdt"),
    "no side": _ask(side=None),
    "unknown side": _ask(side="HOLD"),
    "unknown type": _ask(type="MAYBE"),
    "no price": _ask(price=None),
    "no quantity": _ask(quantity=None),
    "unknown time in force": _ask(timeInForce="NOW"),
    "no time in force": _ask(timeInForce=None),
    "negative price": _ask(price="-1"),
    "zero quantity": _ask(quantity="0"),
    "negative quantity": _ask(quantity="-0.1"),
    "too precise": _ask(quantity="0.123456789"),
    "off the tick": _ask(price="50000.001"),
    "off the step": _ask(quantity="0.1000001"),
    "huge price": _ask(price=HUGE),
    "huge quantity": _ask(quantity=HUGE),
    "no number": _ask(price="fifty"),
    "exponent": _ask(price="5e4"),
    "not a number": _ask(price="NaN"),
    "infinity": _ask(quantity="Infinity"),
    "other digits": _ask(quantity="٠.١"),
    "too small": _ask(quantity="0.00001"),
    "too dear": _ask(quantity="100"),
    "strange client id": _ask(newClientOrderId="ä" * 40),
    "long client id": _ask(newClientOrderId="x" * 400),
    "bad window": _ask(recvWindow="soon"),
    "long window": _ask(recvWindow="60001"),
    "negative window": _ask(recvWindow="-1"),
}


async def _order_refused(world: Served, path: str, params: dict[str, Any]) -> Any:
    """The refusal of a bad order, after a look at whether anything changed but ids and the record of the refusal."""
    account = world.exchange.state.accounts[world.account]
    before = {key: (balance.free, balance.held) for key, balance in account.balances.items()}
    reply = await _any_status(world, "POST", path, params)
    assert {key: (balance.free, balance.held) for key, balance in account.balances.items()} == before
    assert not account.orders
    return reply


async def _any_status(world: Served, method: str, path: str, params: dict[str, Any], **options: Any) -> tuple[int, Any]:
    """Status and JSON of a signed call."""
    from tests.gateway.toy import signed

    stamp = {"timestamp": world.now()} if options.get("stamp", True) else {}
    query = signed(world.alice.secret, **{**params, **stamp})
    headers = {"X-MBX-APIKEY": world.alice.api_key}
    async with world.session.request(method, f"{world.url}{path}", data=query.encode(), headers=headers) as response:
        body = await response.read()
        content = body.decode() if response.content_type == "text/html" else await response.json(content_type=None)
        return response.status, content


@pytest.mark.parametrize("path", ["/api/v3/order", "/fapi/v1/order"])
async def test_a_bad_order_is_refused_in_the_venues_words(path: str, caplog: pytest.LogCaptureFixture) -> None:
    """One table for both products: 4xx, a code below -1000, no order, no balance moved, nothing in the log."""
    found = {}
    async with trading() as world:
        for name, params in BAD_ORDERS.items():
            status, reply = await _order_refused(world, path, params)
            found[name] = (400 <= status < 500, reply["code"] < -1000, bool(reply["msg"]))

    assert {name: verdict for name, verdict in found.items() if verdict != (True, True, True)} == {}
    assert "unexpectedly" not in caplog.text


@pytest.mark.parametrize("path", ["/api/v3/order", "/fapi/v1/order"])
async def test_a_client_id_of_an_open_order_is_a_duplicate(path: str) -> None:
    async with trading() as world:
        first, _ = await _any_status(world, "POST", path, _ask(newClientOrderId="mine"))
        second, reply = await _any_status(world, "POST", path, _ask(newClientOrderId="mine"))

        assert (first, second) == (200, 400)
        assert reply["code"] in {-2010, -4116}
        assert len(world.exchange.state.accounts[world.account].orders) == 1


@pytest.mark.parametrize("path", ["/api/v3/account", "/fapi/v3/account"])
@pytest.mark.parametrize(
    "headers, query, code",
    [
        ({}, "timestamp={now}&signature=00", (-2014, -2015)),
        ({"X-MBX-APIKEY": "nobody"}, "timestamp={now}&signature=00", (-2014, -2015)),
        ({"X-MBX-APIKEY": "{key}"}, "timestamp={now}&signature=00", (-1022,)),
        ({"X-MBX-APIKEY": "{key}"}, "timestamp={now}&signature=" + "z" * 64, (-1022,)),
        ({"X-MBX-APIKEY": "{key}"}, "timestamp={now}", (-1102,)),
        ({"X-MBX-APIKEY": "{key}"}, "signature=00", (-1102,)),
        ({"X-MBX-APIKEY": "{key}"}, "timestamp=yesterday&signature=00", (-1100, -1102)),
        ({"X-MBX-APIKEY": "{key}"}, "timestamp=1&signature=00", (-1021,)),
        ({"X-MBX-APIKEY": "{key}"}, "timestamp=9999999999999&signature=00", (-1021,)),
        ({"X-MBX-APIKEY": "{key}"}, "timestamp={now}&timestamp={now}&signature=00", (-1101,)),
    ],
)  # fmt: skip
async def test_who_is_not_known_is_told_so(
    path: str, headers: dict[str, str], query: str, code: tuple[int, ...]
) -> None:
    async with trading() as world:
        filled = {name: value.format(key=world.alice.api_key) for name, value in headers.items()}
        url = f"{world.url}{path}?{query.format(now=world.now())}"
        async with world.session.get(url, headers=filled) as response:
            status, reply = response.status, await response.json(content_type=None)

    assert status in {400, 401}
    assert reply["code"] in code


CALLS = [
    (product.name, route.method, route.path)
    for product in (SpotProduct(), UsdmProduct(), CoinmProduct())
    for route in product.routes
]
ODD_PARAMS: list[dict[str, str]] = [
    {},
    {"symbol": "BTCUSDT"},
    {"symbol": "NOPE", "limit": "-1", "interval": "1x", "startTime": "x", "orderId": "x"},
    {"symbol": "BTCUSDT", "limit": HUGE, "startTime": HUGE, "endTime": HUGE, "fromId": HUGE, "orderId": HUGE,
     "interval": "1m", "leverage": HUGE, "amount": HUGE},
    {"symbol": "BTCUSDT", "limit": "0", "startTime": "5", "endTime": "1", "fromId": "0", "orderId": "0",
     "interval": "1m"},
    {"symbol": "%00\u0000", "symbols": '["BTCUSDT"', "batchOrders": "[{]", "orderIdList": "[x]", "type": "X"},
    {"symbols": '["BTCUSDT","NOPE"]', "batchOrders": '[{"symbol":5},null,7]', "orderIdList": '["a",null]',
     "symbol": "BTCUSDT", "leverage": "0", "marginType": "X", "dualSidePosition": "maybe", "listenKey": "x"},
    {"symbol": "BTCUSDT", "origClientOrderId": "\ud83d".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
     "newClientOrderId": "'; --", "asset": "\u2028", "amount": "1e9", "pair": "\n", "contractType": "X",
     "period": "5m", "type": "MAIN_UMFUTURE", "countdownTime": "-1", "timeZone": "25:99"},
    {"symbol": "BTCUSDT", "symbols": "[" * 3_000, "batchOrders": "[" * 3_000, "orderIdList": '[{"a":' * 2_000,
     "permissions": "[" * 3_000},
]  # fmt: skip


@pytest.mark.parametrize("params", ODD_PARAMS, ids=range(len(ODD_PARAMS)))
async def test_no_call_of_any_product_stumbles_over_odd_parameters(
    params: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """Every route, signed whether it needs that or not: an answer or the venue's refusal, never -1000 for a bug."""
    stumbled = []
    async with trading() as world:
        for product, method, path in CALLS:
            own = {"BTCUSDT": "BTCUSD_PERP"} if product == "coinm" else {}
            sent = {name: own.get(value, value) for name, value in params.items()}
            status, reply = await _any_status(world, method, path, sent)
            if status >= 500:
                stumbled.append((method, path, reply))

    assert stumbled == []
    assert "unexpectedly" not in caplog.text
