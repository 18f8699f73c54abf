"""What is refused, and the exception ccxt raises for it; nothing that is refused changes anything.

ccxt chooses the exception by the venue's code, its text and the beginning of the address: with the venue's own address
some codes of contracts have a finer class than with any other. So each case names two: what is raised here, and what
the very same answer raises when it comes from the venue's address. By TLS the address begins so that it is the same.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple

import pytest

from tests.clients.desk import SYMBOLS, Desk, desk
from tests.clients.served import Served, serve
from tests.clients.tale import Tale

OPTIONS = ("--feed", "none", "--tls", "--account", "alice:USDT=10000,BTC=1", "--account", "bob:USDT=100000,BTC=2")
VENUE_ADDRESS = {"spot": "https://api.binance.com/api/v3/order", "usdm": "https://fapi.binance.com/fapi/v1/order"}
PLAIN = {
    "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01", "price": "59000",
}  # fmt: skip
NINETY_MINUTES = 5_400_000


class Case(NamedTuple):
    """One refusal: what is done at a desk, the venue's code, and ccxt's exception here and at the venue."""

    what: str
    product: str
    act: Callable[[Desk], Any]
    code: int
    here: str
    there: str


def order(**changes: str) -> dict[str, str]:
    """The parameters of an order that is good but for *changes*."""
    return {**PLAIN, **changes}


def raw(product: str) -> str:
    """ccxt's name for the call that places an order, its parameters sent as they are."""
    return "privatePostOrder" if product == "spot" else "fapiPrivatePostOrder"


def account(product: str) -> str:
    return "privateGetAccount" if product == "spot" else "fapiPrivateV3GetAccount"


def forged(call: Desk, product: str, **credentials: str) -> Any:
    """Ask for the account with another key or secret."""
    kept = {name: getattr(call.client, name) for name in credentials}
    # ccxt takes -2015 for a ban once a call has gone well.
    call.client.options["hasAlreadyAuthenticatedSuccessfully"] = False
    try:
        for name, value in credentials.items():
            setattr(call.client, name, value)
        return call(account(product))
    finally:
        for name, value in kept.items():
            setattr(call.client, name, value)


def in_both(product: str) -> list[Case]:
    """What both products refuse in the same way."""
    symbol, post, ask = SYMBOLS[product], raw(product), account(product)
    return [
        Case("cancel of an unknown order", product, lambda call: call("cancel_order", "999999999", symbol),
             -2011, "OrderNotFound", "OrderNotFound"),
        Case("query of an unknown order", product, lambda call: call("fetch_order", "999999999", symbol),
             -2013, "OrderNotFound", "OrderNotFound"),
        Case("order in an unknown symbol", product, lambda call: call(post, order(symbol="NOPE")),
             -1121, "BadSymbol", "BadSymbol"),
        Case("a decimal too many", product, lambda call: call(post, order(quantity="0.010000001")),
             -1111, "BadRequest", "BadRequest"),
        Case("a price forgotten", product, lambda call: call(post, {k: v for k, v in PLAIN.items() if k != "price"}),
             -1102, "BadRequest", "BadRequest"),
        Case("a stale time stamp", product,
             lambda call: call(ask, {"timestamp": call.client.milliseconds() - NINETY_MINUTES}),
             -1021, "InvalidNonce", "InvalidNonce"),
        Case("a time stamp in the future", product,
             lambda call: call(ask, {"timestamp": call.client.milliseconds() + NINETY_MINUTES}),
             -1021, "InvalidNonce", "InvalidNonce"),
        Case("a wrong secret", product, lambda call: forged(call, product, secret="0" * 64),
             -1022, "AuthenticationError", "AuthenticationError"),
        Case("an unknown key", product, lambda call: forged(call, product, apiKey="sim" + "0" * 61),
             -2015, "AuthenticationError", "AuthenticationError"),
    ]  # fmt: skip


SPOT, PERP = SYMBOLS["spot"], SYMBOLS["usdm"]
CASES = [
    *in_both("spot"),
    *in_both("usdm"),
    Case("too little money", "spot", lambda call: call("create_limit_buy_order", SPOT, 50, 60_000),
         -2010, "InsufficientFunds", "InsufficientFunds"),
    Case("too few coins", "spot", lambda call: call("create_market_sell_order", SPOT, 1.5),
         -2010, "InsufficientFunds", "InsufficientFunds"),
    Case("a client id that is open already", "spot",
         lambda call: call("create_limit_buy_order", SPOT, 0.001, 56_000, {"clientOrderId": "twice"}),
         -2010, "InvalidOrder", "InvalidOrder"),
    Case("post-only that would take", "spot",
         lambda call: call("create_limit_buy_order", SPOT, 0.01, 60_001, {"postOnly": True}),
         -2010, "OrderImmediatelyFillable", "OrderImmediatelyFillable"),
    Case("worth less than the minimum", "spot", lambda call: call("create_limit_buy_order", SPOT, 0.00002, 59_000),
         -1013, "BadRequest", "BadRequest"),
    Case("a price between two ticks", "spot", lambda call: call("privatePostOrder", order(price="59000.001")),
         -1013, "InvalidOrder", "InvalidOrder"),
    Case("a quantity between two steps", "spot", lambda call: call("privatePostOrder", order(quantity="0.0100001")),
         -1013, "InvalidOrder", "InvalidOrder"),
    Case("cancel of all where there is none", "spot", lambda call: call("cancel_all_orders", "ETH/USDT"),
         -2011, "OrderNotFound", "OrderNotFound"),
    Case("too little margin", "usdm", lambda call: call("create_market_buy_order", PERP, 50),
         -2019, "ExchangeError", "InsufficientFunds"),
    Case("reduce-only without a position", "usdm",
         lambda call: call("create_market_sell_order", PERP, 0.01, params={"reduceOnly": True}),
         -2022, "ExchangeError", "InvalidOrder"),
    Case("a client id that is open already", "usdm",
         lambda call: call("create_limit_buy_order", PERP, 0.002, 56_000, {"clientOrderId": "twice"}),
         -4116, "ExchangeError", "InvalidOrder"),
    Case("post-only that would take", "usdm",
         lambda call: call("create_limit_buy_order", PERP, 0.01, 60_001, {"postOnly": True}),
         -5022, "InvalidOrder", "OrderNotFillable"),
    Case("fill-or-kill that cannot", "usdm",
         lambda call: call("create_limit_buy_order", PERP, 1, 60_001, {"timeInForce": "FOK"}),
         -5021, "InvalidOrder", "OrderNotFillable"),
    Case("worth less than the minimum", "usdm", lambda call: call("create_limit_buy_order", PERP, 0.001, 59_000),
         -4164, "ExchangeError", "InvalidOrder"),
    Case("a price finer than its decimals", "usdm",
         lambda call: call("fapiPrivatePostOrder", order(price="59000.001")),
         -1111, "BadRequest", "BadRequest"),
    Case("a price below the least", "usdm", lambda call: call("create_limit_buy_order", PERP, 0.01, 1),
         -4013, "BadRequest", "BadRequest"),
    Case("cross margin where it is set", "usdm", lambda call: call("set_margin_mode", "cross", PERP),
         -4046, "MarginModeAlreadySet", "MarginModeAlreadySet"),
    Case("isolated margin beside an open order", "usdm", lambda call: call("set_margin_mode", "isolated", PERP),
         -4047, "OperationRejected", "OperationRejected"),
    Case("one-way mode where it is set", "usdm", lambda call: call("set_position_mode", False),
         -4059, "OperationRejected", "OperationRejected"),
    Case("hedge mode beside an open order", "usdm", lambda call: call("set_position_mode", True),
         -4067, "OperationRejected", "OperationRejected"),
]  # fmt: skip


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """No feed: bob quotes 60000 to 60001 in both markets, and alice has one order far below, called "twice"."""
    with serve(tmp_path_factory.mktemp("errors"), *OPTIONS) as running:
        for product, symbol in SYMBOLS.items():
            with desk(running, "sync", product, "bob") as bob:
                bob("create_limit_buy_order", symbol, 0.5, 60_000)
                bob("create_limit_sell_order", symbol, 0.5, 60_001)
            with desk(running, "sync", product, "alice") as alice:
                alice("create_limit_buy_order", symbol, 0.002, 55_000, {"clientOrderId": "twice"})
        yield running


@pytest.fixture(scope="module")
def desks(served: Served) -> Iterator[dict[str, Desk]]:
    with ExitStack() as stack:
        yield {product: stack.enter_context(desk(served, "sync", product, "alice")) for product in SYMBOLS}


@pytest.fixture(scope="module")
def secure(served: Served) -> Iterator[dict[str, Desk]]:
    """The same by TLS, at the addresses that begin as ccxt wants them."""
    with ExitStack() as stack:
        yield {product: stack.enter_context(desk(served.by_tls(), "sync", product, "alice")) for product in SYMBOLS}


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{case.product}: {case.what}") for case in CASES])
def test_a_refusal_has_the_venues_code_and_ccxts_exception(case: Case, served: Served, desks: dict[str, Desk]) -> None:
    call = desks[case.product]
    before = standing(served)

    here = raised(lambda: case.act(call))
    answer = call.client.last_http_response

    assert here == case.here
    assert json.loads(answer)["code"] == case.code
    assert raised(lambda: received(call, VENUE_ADDRESS[case.product], answer)) == case.there
    assert standing(served) == before


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{case.product}: {case.what}") for case in CASES])
def test_by_tls_it_has_the_exception_of_the_venues_own_address(case: Case, secure: dict[str, Desk]) -> None:
    assert raised(lambda: case.act(secure[case.product])) == case.there


def test_where_nothing_is_open_cancel_all_of_contracts_is_done(desks: dict[str, Desk]) -> None:
    """Unlike spot, as at the venue."""
    (answer,) = desks["usdm"]("cancel_all_orders", "ETH/USDT:USDT")

    assert answer["info"]["code"] == 200


def raised(act: Callable[[], Any]) -> str:
    """The name of the exception; of none where it went well."""
    try:
        act()
    except Exception as error:  # noqa: BLE001 - any other class is the finding
        return type(error).__name__
    return "none"


def received(call: Desk, address: str, answer: str) -> None:
    """Let ccxt judge *answer* as if it had come from *address*."""
    call.client.handle_errors(400, "Bad Request", address, "POST", {}, answer, json.loads(answer), {}, "")


def standing(served: Served) -> tuple[Any, ...]:
    """Everything alice and bob have, and the book."""
    tale = Tale(served.records())
    orders = [(order.id, order.left, order.status) for order in tale.orders.values()]
    balances = {key: (balance.free, balance.held) for key, balance in tale.balances.items()}
    return orders, balances, tale.book_seq, tale.leverage, tale.positions
