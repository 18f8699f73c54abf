"""Whatever a client sends for a parameter: an answer in the venue's envelope, and an error changes nothing."""

from __future__ import annotations

import random
from typing import Any

import pytest

from simexchange.core.vocabulary.families import JoinFamily
from simexchange.dialects.bybit.v5.routes import ACCOUNT, ASSET, POSITIONS, USER
from simexchange.dialects.contract import Route
from tests.dialects.bybit.v5.desk import LINEAR, Desk

ROUTES = [pytest.param(route, id=f"{route.method} {route.path}") for route in (*POSITIONS, *ACCOUNT, *ASSET, *USER)]
GOOD: dict[str, Any] = {
    "category": "linear", "symbol": "BTCUSDT", "accountType": "UNIFIED", "coin": "USDT", "coinName": "USDT",
    "baseCoin": "BTC", "fromAccountType": "UNIFIED", "toAccountType": "FUND", "transferId": f"{7:032x}", "amount": "1",
    "buyLeverage": "9", "sellLeverage": "9", "mode": "0", "autoAddMargin": "1", "margin": "1", "tpSlMode": "Full",
    "riskId": "1", "tradeMode": "1", "takeProfit": "70000", "tpslMode": "Full", "positionIdx": "0",
    "setMarginMode": "REGULAR_MARGIN", "collateralSwitch": "ON", "setHedgingMode": "OFF", "modifyEnable": "false",
    "memberType": "1", "username": "abc123", "subuid": "4", "frozen": "1", "limit": "5", "startTime": "1772452800000",
    "endTime": "1772452801000", "id": "1", "address": "x", "fromUid": "1", "toUid": "2", "list": "[]", "request": "[]",
}  # fmt: skip
ODD: tuple[Any, ...] = (
    "", " ", "💥", "null", "-1", "0x10", "1e9", "9" * 40, "A" * 3_000, "%00", "٣", {"a": 1}, [1, [2]], True, None, 1.5,
)  # fmt: skip


TRIES = 40
"""Of the pairs of a name and a value that each call is sent."""


@pytest.fixture(scope="module")
def odd() -> Desk:
    """Bob has a position, an open order and a sub-account."""
    desk = Desk()
    desk.trade(LINEAR, 60_000, "0.5", taker=desk.bob)
    desk.places(desk.bob, LINEAR, "Buy", "0.1", 50_000)
    kid = desk.joined("kid", money={"unified": {"USDT": 100}})
    desk.run(JoinFamily(kid.no, desk.bob.no))
    GOOD.update(subMemberId=str(kid.no), memberId=str(kid.no), fromMemberId=str(desk.bob.no), toMemberId=str(kid.no))
    return desk


def standing(desk: Desk) -> tuple[Any, ...]:
    """What could have changed."""
    account = desk.state.accounts[desk.bob.no]
    return (
        {place: (money.free, money.held) for place, money in account.balances.items()},
        {key: (one.qty, one.cost) for key, one in account.positions.items()},
        list(account.orders), dict(account.leverage), list(account.isolated), list(account.auto_margin),
        account.modes.isolates, dict(account.modes.markets), dict(account.options), len(desk.state.accounts),
    )  # fmt: skip


@pytest.mark.parametrize("route", ROUTES)
def test_odd_values_are_answered(odd: Desk, route: Route) -> None:
    pairs = [(name, value) for name in GOOD for value in ODD]
    for name, value in random.Random(route.path).sample(pairs, TRIES):
        before = standing(odd)
        ask = odd.get if route.method == "GET" else odd.post
        answer = ask(route.path, **{**GOOD, name: value})
        assert isinstance(answer.body["retCode"], int), (name, value)
        assert answer.body["retMsg"], (name, value)
        if answer.code:
            assert standing(odd) == before, (name, value, answer.text)
