"""Explanations over the control API."""

from typing import Any

import msgspec
import pytest

from simexchange.core.explaining.figures import Section
from simexchange.core.vocabulary.commands import (
    Deposit,
    ListMarket,
    PlaceOrder,
    SetIndex,
    SetMark,
    SetRules,
    Withdraw,
)
from simexchange.core.vocabulary.ids import ORDER_ID_SHIFT, AccountNo, MarketNo
from simexchange.core.vocabulary.markets import Filters, MarketRules
from simexchange.core.vocabulary.orders import OrderKind, Side, TimeInForce
from simexchange.core.vocabulary.units import ONE, Amount, Price, Quantity, Rate
from simexchange.dialects.bybit.common.ids import order_id
from simexchange.dialects.bybit.venue import BYBIT
from tests.core.formulas import check_sections, shown
from tests.core.world import TIERS
from tests.gateway.test_control import PERP
from tests.gateway.world import Served, served

RULES = SetRules("binance", MarketNo(1), MarketRules(Filters(), Rate(0), Rate(0), TIERS, default_leverage=10))


def trade(world: Served) -> None:
    """Alice buys 2 of Bob at 100, each with 1,000 USDT."""
    submit = world.exchange.submit
    for key in (world.alice, world.bob):
        submit(Deposit(key.account, "usdm", "USDT", Amount(1_000 * ONE)), source="control")
    submit(SetIndex("BTC-USDT", Price(100 * ONE)), source="control")
    for key, side in ((world.bob, Side.SELL), (world.alice, Side.BUY)):
        order = (OrderKind.LIMIT, Quantity(2 * ONE), Price(100 * ONE), TimeInForce.GTC)
        submit(PlaceOrder(AccountNo(key.account), MarketNo(1), side, *order), source="client")


def sections(answer: Any) -> list[Section]:
    return msgspec.convert(answer["sections"], list[Section])


async def test_margin_is_explained_as_it_is_now_and_as_it_was() -> None:
    async with served(commands=(ListMarket(PERP), RULES)) as world:
        trade(world)
        now = await world.control("GET", "/explain/margin?account=alice")
        before = await world.control("GET", f"/explain/margin?account=alice&seq={now['seq'] - 1}")

        assert (now["question"], now["seq"]) == ("margin alice", world.exchange.seq)
        assert shown(sections(now), PERP.id)["notional"] == "200"
        assert check_sections(sections(now)) > 10
        assert [section["name"] for section in before["sections"]] == ["usdm USDT"]


async def test_an_order_is_explained_as_far_as_it_has_come() -> None:
    async with served(commands=(ListMarket(PERP), RULES)) as world:
        trade(world)
        order = 1 + (world.alice.account << ORDER_ID_SHIFT)
        found = await world.control("GET", f"/explain/order?id={order}")
        unknown = await world.control("GET", "/explain/order?id=5", status=404)

        assert found["question"] == f"order {order}"
        assert found["sections"][-1]["note"].startswith("filled: 2 in 1 trades")
        assert "there is no order '5'" in str(unknown)


async def test_an_order_is_found_by_what_its_venue_calls_it() -> None:
    async with served(dialect=BYBIT, commands=(ListMarket(PERP), RULES)) as world:
        trade(world)
        order = 1 + (world.alice.account << ORDER_ID_SHIFT)
        inside = await world.control("GET", f"/explain/order?id={order}")
        outside = await world.control("GET", f"/explain/order?id={order_id(order, spot=False)}")

        assert outside["question"] == inside["question"] == f"order {order}"


async def test_the_funding_to_come_is_explained() -> None:
    async with served(commands=(ListMarket(PERP), RULES)) as world:
        trade(world)
        market = await world.control("GET", f"/explain/funding?market={PERP.id}")
        account = await world.control("GET", "/explain/funding?account=alice")

        assert shown(sections(market), f"{PERP.id}: predicted funding rate")["funding_rate"] == "0.0001"
        assert account["sections"] == []


async def test_liquidations_are_listed_and_explained() -> None:
    """Alice is 2 long at 100 with 21: at 90 her balance is 1, and 1.80 are needed."""
    async with served(commands=(ListMarket(PERP), RULES)) as world:
        trade(world)
        withdrawn = Withdraw(world.alice.account, "usdm", "USDT", Amount(979 * ONE))
        world.exchange.submit(withdrawn, source="control")
        world.exchange.submit(SetMark(MarketNo(1), Price(90 * ONE)), source="control")
        listed = await world.control("GET", "/liquidations")
        mine = await world.control("GET", "/liquidations?account=alice")
        none = await world.control("GET", "/liquidations?account=bob")
        row = listed["liquidations"][0]
        found = await world.control("GET", f"/explain/liquidation?id={row['id']}")
        again = await world.control("GET", "/explain/liquidation?id=alice:1")

        assert listed == mine
        assert none["liquidations"] == []
        assert (row["name"], row["account"], row["wallet"]) == ("alice:1", "alice", "usdm")
        assert check_sections(sections(found)) > 10
        assert shown(sections(found), "it begins")["balance"] == "1"
        assert found == again


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("/explain/liquidation", 400, "malformed"),
        ("/explain/liquidation?id=1", 404, "not_there"),
        ("/explain/liquidation?id=alice:1", 404, "not_there"),
        ("/liquidations?account=nobody", 404, "not_there"),
        ("/explain/margin", 400, "malformed"),
        ("/explain/margin?account=nobody", 404, "not_there"),
        ("/explain/margin?account=alice&seq=-1", 400, "malformed"),
        ("/explain/margin?account=alice&seq=x", 400, "malformed"),
        ("/explain/margin?account=alice&seq=0", 404, "not_there"),
        ("/explain/margin?account=alice&seq=99999", 404, "not_there"),
        ("/explain/margin?account=alice&leverage=5", 400, "unknown_parameter"),
        ("/explain/funding", 400, "malformed"),
        ("/explain/funding?account=alice&market=perp:BTC-USDT", 400, "malformed"),
        ("/explain/funding?market=perp:NIL-USDT", 404, "not_there"),
        ("/explain/funding?market=", 400, "malformed"),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(path: str, status: int, reason: str) -> None:
    async with served(commands=(ListMarket(PERP), RULES)) as world:
        reply = await world.control("GET", path, status=status)

        assert reply["error"]["reason"] == reason
        assert reply["error"]["message"]


async def test_what_would_have_been_is_run_again_on_a_fork() -> None:
    """With 50 more the wallet has 50 more, in the same records; with 20x half the margin is asked for."""
    async with served(commands=(ListMarket(PERP), RULES)) as world:
        trade(world)
        body = {"account": "alice", "leverage": {PERP.id: 20}, "deposits": {"usdm": {"USDT": "50"}}}
        found = await world.control("POST", "/explain/what-if", body)
        now = await world.control("GET", "/explain/margin?account=alice")

        assert found["actual"]["final"] == now["sections"]
        assert [each["type"] for each in found["change"]] == ["SetLeverage", "Deposit"]
        instead = msgspec.convert(found["instead"]["final"], list[Section])
        assert check_sections(instead) > 10
        assert shown(instead, PERP.id)["initial_margin"] == "10"
        assert shown(instead, "usdm USDT")["wallet"] == "1050"
        assert found["instead"]["equity"][-1]["equity"] == "1050"
        assert found["actual"]["liquidations"] == found["instead"]["liquidations"] == []


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ({"account": "alice"}, 400, "malformed"),
        ({}, 400, "malformed"),
        ({"account": "nobody", "leverage": {PERP.id: 5}}, 404, "not_there"),
        ({"account": "alice", "leverage": {"perp:NIL": 5}}, 404, "not_there"),
        ({"account": "alice", "leverage": {PERP.id: 500}}, 409, "config"),
        ({"account": "alice", "margin": {PERP.id: "both"}}, 400, "malformed"),
        ({"account": "alice", "deposits": {"usdm": {"USDT": "-1"}}}, 400, "malformed"),
        ({"account": "alice", "leverage": {PERP.id: 5}, "before": 99_999}, 404, "not_there"),
        ({"account": "alice", "leverage": {PERP.id: 5}, "until": 99_999}, 404, "not_there"),
        ({"account": "alice", "leverage": {PERP.id: 5}, "before": 0}, 404, "not_there"),
        ({"account": "alice", "leverage": {PERP.id: 5}, "slot": "long"}, 400, "malformed"),
    ],
)
async def test_a_change_that_makes_no_sense_is_refused(body: Any, status: int, reason: str) -> None:
    async with served(commands=(ListMarket(PERP), RULES)) as world:
        trade(world)
        reply = await world.control("POST", "/explain/what-if", body, status=status)

        assert reply["error"]["reason"] == reason
