"""Families and resets while the exchange runs: what is told, what streams hear, what is refused."""

from typing import Any

import pytest

from simexchange.core.invariants import check
from simexchange.core.vocabulary.units import ONE
from tests.gateway.real import limit, trading
from tests.gateway.world import Served, hear

ALICE, BOB = "alice@simexchange.invalid", "bob@simexchange.invalid"
SUB = "/sapi/v1/sub-account"


async def held(world: Served, name: str) -> dict[str, str]:
    """Everything an account has free, by wallet and asset."""
    rows = (await world.control("GET", "/accounts"))["accounts"]
    (row,) = (row for row in rows if row["name"] == name)
    return {f"{one['wallet']}.{one['asset']}": one["free"] for one in row["balances"] if one["free"] != "0"}


async def a_position(world: Served) -> None:
    """Bob buys 1 BTC of the perpetual from Alice at 60,000."""
    await world.sign("POST", "/fapi/v1/order", **limit("SELL", "1", "60000"))
    await world.sign("POST", "/fapi/v1/order", key=world.bob, **limit("BUY", "1", "60000"))


async def test_a_parent_sees_the_futures_account_of_his_child() -> None:
    """1 BTC at 60,000 at 20x with 100,000 less 30 of fees."""
    async with trading() as world:
        await world.control("POST", "/accounts/join", {"account": "bob", "parent": "alice"})
        await a_position(world)
        v1 = await world.sign("GET", f"{SUB}/futures/account", email=BOB)
        v2 = await world.sign("GET", "/sapi/v2/sub-account/futures/account", email=BOB, futuresType=1)
        coin = await world.sign("GET", "/sapi/v2/sub-account/futures/account", email=BOB, futuresType=2)
        own = await world.sign("GET", "/fapi/v2/account", key=world.bob)
        summary = await world.sign("GET", f"{SUB}/futures/accountSummary")
        paged = await world.sign("GET", "/sapi/v2/sub-account/futures/accountSummary", futuresType=1, page=2)
        (position,) = await world.sign("GET", f"{SUB}/futures/positionRisk", email=BOB)
        v2_positions = await world.sign("GET", "/sapi/v2/sub-account/futures/positionRisk", email=BOB, futuresType=1)
        none = await world.sign("GET", "/sapi/v2/sub-account/futures/positionRisk", email=BOB, futuresType=2)

    assert v1["totalWalletBalance"] == own["totalWalletBalance"] == "99970.00000000"
    for ours, theirs in (("totalMaintenanceMargin", "totalMaintMargin"), ("maxWithdrawAmount", "maxWithdrawAmount")):
        assert v1[ours] == own[theirs] != "0.00000000"
    assert v2 == {"futureAccountResp": {name: value for name, value in v1.items() if name != "asset"}}
    assert coin["deliveryAccountResp"]["totalWalletBalance"] == "2.00000000"
    assert summary["totalWalletBalance"] == "99970.00000000"
    assert [row["email"] for row in summary["subAccountList"]] == [BOB]
    assert paged["futureAccountSummaryResp"]["subAccountList"] == []
    assert paged["futureAccountSummaryResp"]["totalWalletBalance"] == "99970.00000000"
    assert (position["symbol"], position["positionAmount"], position["entryPrice"], position["leverage"]) == (
        "BTCUSDT", "1", "60000", "20",
    )  # fmt: skip
    assert v2_positions == {"futurePositionRiskVos": [position]}
    assert none == {"deliveryPositionRiskVos": []}


async def test_an_account_is_opened_under_a_parent() -> None:
    async with trading() as world:
        made = await world.control("POST", "/accounts", {"name": "bot", "parent": "alice"})
        rows = (await world.control("GET", "/accounts"))["accounts"]
        listed = await world.sign("GET", f"{SUB}/list", limit=200)
        nested = await world.control("POST", "/accounts", {"name": "deep", "parent": "bot"}, status=409)
        orphan = await world.control("POST", "/accounts", {"name": "deep", "parent": "nobody"}, status=404)

    assert [(row["name"], row["parent"]) for row in rows] == [("alice", ""), ("bob", ""), ("bot", "alice")]
    assert [row["subUserId"] for row in listed["subAccounts"]] == [made["no"]]
    assert (nested["error"]["reason"], orphan["error"]["reason"]) == ("account_not_related", "account_unknown")


async def test_a_reset_sets_one_account_and_leaves_everybody_else_where_he_is() -> None:
    """Bob's order is canceled and his long goes to the fund at its mark; Alice keeps her short and her order."""
    async with trading() as world:
        await a_position(world)
        await world.sign("POST", "/api/v3/order", key=world.bob, **limit("BUY", "0.1", "50000"))
        await world.sign("POST", "/api/v3/order", **limit("BUY", "0.1", "40000"))
        body = {"account": "bob", "balances": {"usdm": {"USDT": "2500"}, "spot": {"BTC": "0.5"}}, "close": True}
        before = await held(world, "alice")
        told = await world.control("POST", "/accounts/reset", body)
        after, alice = await held(world, "bob"), await held(world, "alice")
        position = await world.sign("GET", "/fapi/v2/positionRisk", symbol="BTCUSDT")
        trades = await world.sign("GET", "/fapi/v1/userTrades", key=world.bob, symbol="BTCUSDT")
        still = await world.sign("GET", "/api/v3/account", key=world.bob)
        check(world.exchange.state)

    assert (told["canceled"], told["closed"], told["account"]["positions"]) == (1, 1, [])
    assert after == {"usdm.USDT": "2500", "spot.BTC": "0.5"}
    assert alice == before
    assert position[0]["positionAmt"] == "-1.000"
    assert [(row["side"], row["qty"]) for row in trades][-1] == ("SELL", "1.000")
    assert still["uid"] == world.bob.account


async def test_streams_of_an_account_that_is_reset_run_on_and_hear_of_it() -> None:
    """Spot: canceled, balanceUpdate, outboundAccountPosition. USDⓈ-M: the exchange's own order, and its money."""
    async with trading() as world:
        await a_position(world)
        await world.sign("POST", "/api/v3/order", key=world.bob, **limit("BUY", "0.1", "50000"))
        key = await world.ask("POST", "/fapi/v1/listenKey", headers={"X-MBX-APIKEY": world.bob.api_key})
        async with world.socket("/ws-api/v3") as spot, world.socket(f"/um/private/ws/{key['listenKey']}") as futures:
            request = {"id": 1, "method": "userDataStream.subscribe.signature", "params": world.params(world.bob)}
            await spot.send_json(request)
            await hear(spot)
            body = {"account": "bob", "balances": {"usdm": {"USDT": "2500"}}, "close": True}
            await world.control("POST", "/accounts/reset", body)
            first = [(await hear(spot))["event"] for _ in range(4)]
            second = [await hear(futures) for _ in range(5)]
            await world.control(
                "POST", "/deposit", {"account": "bob", "wallet": "spot", "asset": "USDT", "amount": "7"}
            )
            later = [(await hear(spot))["event"] for _ in range(2)]

    assert [event["e"] for event in first] == [
        "executionReport", "balanceUpdate", "balanceUpdate", "outboundAccountPosition",
    ]  # fmt: skip
    assert (first[0]["x"], {event["a"]: event["d"] for event in first[1:3]}) == (
        "CANCELED", {"BTC": "-2.00000000", "USDT": "-100000.00000000"},
    )  # fmt: skip
    assert [event["e"] for event in second] == [
        "ORDER_TRADE_UPDATE", "TRADE_LITE", "ACCOUNT_UPDATE", "ORDER_TRADE_UPDATE", "ACCOUNT_UPDATE",
    ]  # fmt: skip
    new, _, filled, calculated, taken = second
    assert new["o"]["c"].startswith("settlement_autoclose-")
    assert (calculated["o"]["x"], calculated["o"]["X"]) == ("CALCULATED", "FILLED")
    assert (filled["a"]["m"], filled["a"]["P"][0]["pa"]) == ("ORDER", "0")
    assert (taken["a"]["m"], taken["a"]["B"][0]["wb"]) == ("ADMIN_WITHDRAW", "2500.00000000")
    assert [event["e"] for event in later] == ["balanceUpdate", "outboundAccountPosition"]


@pytest.mark.parametrize(
    ("path", "body", "status", "reason"),
    [
        ("/accounts/reset", {"account": "nobody", "balances": {}}, 404, "account_unknown"),
        ("/accounts/reset", {"account": "insurance", "balances": {}}, 409, "account_class"),
        ("/accounts/reset", {"account": "bob", "balances": {}}, 409, "positions_open"),
        ("/accounts/reset", {"account": "bob", "balances": {"pocket": {}}}, 400, "wallet_unknown"),
        ("/accounts/reset", {"account": "bob", "balances": {"spot": {"": "1"}}}, 400, "asset_unknown"),
        ("/accounts/reset", {"account": "bob", "balances": {"spot": {"USDT": "-1"}}}, 400, "malformed"),
        ("/accounts/reset", {"account": "bob", "balances": {"spot": {"USDT": "1e9"}}}, 400, "malformed"),
        ("/accounts/reset", {"account": "bob"}, 400, "malformed"),
        ("/accounts/join", {"account": "bob", "parent": "bob"}, 409, "account_not_related"),
        ("/accounts/join", {"account": "bob", "parent": "nobody"}, 404, "account_unknown"),
        ("/accounts/join", {"account": "bob", "parent": "insurance"}, 409, "account_class"),
    ],
)
async def test_what_cannot_be_done_is_refused_and_changes_nothing(
    path: str, body: dict[str, Any], status: int, reason: str
) -> None:
    async with trading() as world:
        await a_position(world)
        account = world.exchange.state.accounts[world.bob.account]
        before = (dict(account.positions), {place: each.free for place, each in account.balances.items()})
        answer = await world.control("POST", path, body, status=status)

        assert (dict(account.positions), {place: each.free for place, each in account.balances.items()}) == before
        assert not account.parent

    assert answer["error"]["reason"] == reason


async def test_the_insurance_fund_sells_what_a_reset_handed_to_it() -> None:
    """At the mark, within its band: the next buyer near it gets the position."""
    async with trading() as world:
        await a_position(world)
        await world.control("POST", "/accounts/reset", {"account": "bob", "balances": {}, "close": True})
        state = world.exchange.state
        fund = state.accounts[state.account_no["insurance"]]
        (key,) = fund.positions

        assert fund.positions[key].qty == ONE
        assert await held(world, "bob") == {}
