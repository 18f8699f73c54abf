"""Hedge mode, isolated margin and leverage, by ccxt's own calls on a served exchange."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.clients.desk import KINDS, SYMBOLS, Desk, desk
from tests.clients.served import Served, serve

OPTIONS = ("--feed", "none", *(word for name in ("alice", "bob") for word in ("--account", f"{name}:USDT=90000")))
SYMBOL = SYMBOLS["usdm"]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("modes"), *OPTIONS) as running:
        yield running


@pytest.fixture(params=KINDS)
def desks(served: Served, request: pytest.FixtureRequest) -> Iterator[tuple[Desk, Desk]]:
    """Alice at a desk of some kind, who leaves as she came, and bob who quotes on both sides of 60,000."""
    with ExitStack() as stack:
        alice = stack.enter_context(desk(served, str(request.param), "usdm", "alice"))
        bob = stack.enter_context(desk(served, "sync", "usdm", "bob"))
        bob("create_limit_sell_order", SYMBOL, 1, 60_000.1)
        bob("create_limit_buy_order", SYMBOL, 1, 59_999.9)
        yield alice, bob
        bob("cancel_all_orders", SYMBOL)


def positions(alice: Desk) -> dict[str, Any]:
    """What ccxt makes of the positions that are not flat, by side."""
    return {row["side"]: row for row in alice("fetch_positions", [SYMBOL]) if row["contracts"]}


def test_a_long_and_a_short_by_ccxt(desks: tuple[Desk, Desk]) -> None:
    alice, _ = desks
    alice("set_position_mode", True)
    assert alice("fetch_position_mode")["hedged"] is True
    alice("create_market_buy_order", SYMBOL, 0.02, {"positionSide": "LONG"})
    alice("create_market_sell_order", SYMBOL, 0.01, {"positionSide": "SHORT"})

    held = positions(alice)

    assert {side: row["contracts"] for side, row in held.items()} == {"long": 0.02, "short": 0.01}
    assert {row["hedged"] for row in held.values()} == {True}
    assert {row["marginMode"] for row in held.values()} == {"cross"}
    order = alice("create_limit_sell_order", SYMBOL, 0.02, 60_100, {"positionSide": "LONG"})
    assert order["reduceOnly"] is True
    alice("cancel_all_orders", SYMBOL)
    alice("create_market_sell_order", SYMBOL, 0.02, {"positionSide": "LONG"})
    alice("create_market_buy_order", SYMBOL, 0.01, {"positionSide": "SHORT"})
    assert positions(alice) == {}
    alice("set_position_mode", False)
    assert alice("fetch_position_mode")["hedged"] is False


def test_isolated_margin_by_ccxt(desks: tuple[Desk, Desk]) -> None:
    """0.01 at 60,000.1 and 10x: 60.0001 of margin; 5 in and 2 out."""
    alice, _ = desks
    alice("set_margin_mode", "isolated", SYMBOL)
    alice("set_leverage", 10, SYMBOL)
    alice("create_market_buy_order", SYMBOL, 0.01)
    first = positions(alice)["long"]
    alice("add_margin", SYMBOL, 5)
    alice("reduce_margin", SYMBOL, 2)
    second = positions(alice)["long"]

    assert (first["marginMode"], first["hedged"]) == ("isolated", False)
    assert alice("fetch_leverage", SYMBOL)["longLeverage"] == 10
    # The margin's `collateral` is the position's own wallet with what it has gained.
    gained = second["unrealizedPnl"] - first["unrealizedPnl"]
    assert second["collateral"] - first["collateral"] == pytest.approx(3 + gained)
    assert second["liquidationPrice"] < first["liquidationPrice"]
    changes = alice("fetch_margin_adjustment_history", SYMBOL)
    assert [(row["type"], row["amount"]) for row in changes][-3:] == [("add", 60.0001), ("add", 5), ("reduce", 2)]
    alice("create_market_sell_order", SYMBOL, 0.01, {"reduceOnly": True})
    alice("set_margin_mode", "cross", SYMBOL)


def test_what_is_refused_is_an_error_of_ccxts(desks: tuple[Desk, Desk]) -> None:
    """Each with the venue's code in it."""
    import ccxt

    alice, _ = desks
    for code, call in (
        ("-4061", ("create_market_buy_order", SYMBOL, 0.01, {"positionSide": "LONG"})),
        ("-4049", ("add_margin", SYMBOL, 5)),
        ("-4059", ("set_position_mode", False)),
        ("-4028", ("set_leverage", 125, SYMBOL, {"leverage": 151})),
    ):
        with pytest.raises(ccxt.ExchangeError, match=code):
            alice(*call)
