"""Whatever happens, what private topics told last is what REST answers: nothing is left untold, nothing told wrong."""

from __future__ import annotations

from typing import Any, Final

from hypothesis import given, settings, strategies as st

from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.orders import TimeInForce
from simexchange.core.vocabulary.units import ONE, Amount
from simexchange.dialects.bybit.v5.orderrows import order_news
from tests.dialects.bybit.v5.desk import INVERSE, LINEAR, SPOT, Desk

MARKETS: Final = (SPOT, LINEAR, INVERSE)
SYMBOLS: Final = {LINEAR: ("linear", "BTCUSDT"), INVERSE: ("inverse", "BTCUSD")}
MOVED_BY_OTHERS: Final = {"adlRankIndicator", "liqPrice", "updatedTime"}
"""What of a position changes with what other people, or the account's other positions, do."""

Act = tuple[str, int, int, int, int]
acts = st.lists(
    st.tuples(
        st.sampled_from(["Buy", "Sell", "cancel", "lever", "move", "amend"]), st.integers(0, 2), st.integers(-40, 40),
        st.integers(1, 5), st.integers(0, 3),
    ),
    min_size=3, max_size=20,
)  # fmt: skip


def does(desk: Desk, act: Act) -> None:
    """One thing that bob or carol does, bob mostly."""
    what, at, price, qty, who = act
    market, person = MARKETS[at], desk.carol if who == 0 else desk.bob
    if what == "cancel":
        desk.run(cmd.CancelAll(person.no, desk.no(market)))
    elif what == "lever":
        desk.run(cmd.SetLeverage(person.no, desk.no(market), 5 + qty))
    elif what == "move":
        desk.run(cmd.Transfer(person.no, "unified", "funding", "USDT", Amount(qty * ONE)))
    elif what == "amend":
        for order in desk.views.orders.open(person.no, desk.no(market))[:1]:
            desk.run(cmd.ModifyOrder(person.no, order.market, order.qty, order.price, order.id))
    else:
        tif = TimeInForce.IOC if who == 1 else TimeInForce.GTC
        desk.places(person, market, what, qty if at == 2 else qty / 10, 60_000 + price, tif=tif)


@settings(max_examples=8, deadline=None)
@given(chosen=acts)
def test_what_was_told_last_is_what_rest_answers(chosen: list[Act]) -> None:
    desk = Desk()
    heard = {name: desk.listens(desk.bob, name) for name in ("order", "execution", "position", "wallet")}
    for act in chosen:
        does(desk, act)

    assert_orders(desk, heard["order"].rows)
    assert_executions(desk, heard["execution"].rows)
    assert_positions(desk, heard["position"].rows)
    assert_wallet(desk, heard["wallet"].rows)


def assert_orders(desk: Desk, told: list[Any]) -> None:
    """Each order there ever was, as it stands."""
    last = {row["orderId"]: row for row in told}
    rows = desk.views.orders.history(desk.bob.no)
    assert last == {row["orderId"]: row for row in (order_news(each, desk.state, desk.views) for each in rows)}


def assert_executions(desk: Desk, told: list[Any]) -> None:
    """Each fill once, and what its order had left."""
    fills = desk.views.trades.fills(desk.bob.no)
    assert len(told) == len(fills)
    assert [(row["seq"], row["isMaker"]) for row in told] == [(fill.seq, fill.is_maker) for fill in fills]


def assert_positions(desk: Desk, told: list[Any]) -> None:
    for market, (category, symbol) in SYMBOLS.items():
        rows = [row for row in told if (row["category"], row["symbol"]) == (category, symbol)]
        if not rows:
            assert desk.no(market) not in desk.state.accounts[desk.bob.no].positions
            continue
        (shown,) = desk.asks("/v5/position/list", category=category, symbol=symbol)["list"]
        last = {**rows[-1], "avgPrice": rows[-1]["entryPrice"]}
        names = (set(shown) & set(last)) - MOVED_BY_OTHERS
        assert {name: last[name] for name in names} == {name: shown[name] for name in names}


def assert_wallet(desk: Desk, told: list[Any]) -> None:
    if not told:
        return
    (shown,) = desk.asks("/v5/account/wallet-balance", accountType="UNIFIED")["list"]
    coins = {coin["coin"]: coin for coin in shown["coin"]}
    last = {coin["coin"]: coin for row in told for coin in row["coin"]}
    assert {name: last[name] for name in last} == {name: coins[name] for name in last}
    assert {name: told[-1][name] for name in shown if name != "coin"} == {
        name: shown[name] for name in shown if name != "coin"
    }
