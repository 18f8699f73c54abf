"""Own alarms over the control API."""

from typing import Any

import pytest

from simexchange.core.vocabulary.commands import ListMarket, SetMark, Withdraw
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.units import ONE, Amount, Price
from tests.gateway.both import serving
from tests.gateway.test_control import PERP
from tests.gateway.test_control_explain import RULES, trade
from tests.gateway.world import Served, served


def thin(world: Served) -> None:
    """alice is long 2 at 100 with 21 behind it."""
    trade(world)
    world.exchange.submit(Withdraw(world.alice.account, "usdm", "USDT", Amount(979 * ONE)), source="control")


def marks(world: Served, price: int) -> None:
    world.exchange.submit(SetMark(MarketNo(1), Price(price * ONE)), source="control")


async def test_an_alarm_is_set_goes_off_and_is_removed() -> None:
    async with served(commands=(ListMarket(PERP), RULES)) as world:
        thin(world)
        said = {"account": "alice", "kind": "margin_ratio", "bound": "0.5", "name": "mine", "market": PERP.id}
        (row,) = (await world.control("POST", "/alarms", said))["alarms"]
        marks(world, 90)
        told = await world.control("GET", "/alarms?account=alice")
        removed = await world.control("POST", "/alarms/remove", {"account": "alice", "name": "mine"})

        assert (row["name"], row["bound"], row["market"], row["armed"], row["raised_at"]) == (
            "mine", "0.5", PERP.id, True, None,
        )  # fmt: skip
        (raised,) = told["raised"]
        assert (raised["account"], raised["name"], raised["wallet"], raised["over"]) == ("alice", "mine", "usdm", False)
        assert float(raised["value"]) >= 0.5
        assert told["alarms"][0]["armed"] is False
        assert (removed["alarms"], removed["raised"]) == ([], told["raised"])


async def test_an_alarm_that_pauses_stops_the_clock_of_a_served_exchange() -> None:
    async with served(commands=(ListMarket(PERP), RULES)) as world:
        thin(world)
        said = {"account": "alice", "kind": "liquidation_distance", "bound": "0.03", "pause": True}
        await world.control("POST", "/alarms", said)
        marks(world, 91)

        told = await world.control("GET", "/alarms")
        assert [(row["name"], row["paused"]) for row in told["raised"]] == [("liquidation_distance", True)]
        assert (await world.control("GET", "/clock"))["mode"] == "pause"


@pytest.mark.parametrize(
    ("change", "status", "reason"),
    [
        ({"account": "nobody"}, 404, "account_unknown"),
        ({"account": "insurance"}, 409, "account_class"),
        ({"kind": "weather"}, 400, "kind"),
        ({"bound": "0"}, 400, "bound"),
        ({"bound": "1"}, 400, "bound"),
        ({"bound": "-0.5"}, 400, "malformed"),
        ({"bound": "half"}, 400, "malformed"),
        ({"bound": 0.5}, 400, "malformed"),
        ({"name": ""}, 400, "name"),
        ({"name": "a\nb"}, 400, "name"),
        ({"name": "x" * 65}, 400, "name"),
        ({"wallet": "purse"}, 400, "wallet"),
        ({"wallet": "spot"}, 400, "wallet"),
        ({"wallet": "unified"}, 400, "wallet"),
        ({"market": "perp:NIL"}, 404, "not_there"),
        ({"colour": "red"}, 400, "malformed"),
    ],
)
async def test_a_wrong_alarm_is_refused_and_nothing_changes(change: dict[str, Any], status: int, reason: str) -> None:
    async with served(commands=(ListMarket(PERP), RULES)) as world:
        seq = world.exchange.seq
        said = {"account": "alice", "kind": "margin_ratio", "bound": "0.5", **change}
        reply = await world.control("POST", "/alarms", said, status=status)

        assert reply["error"]["reason"] == reason
        assert (world.exchange.seq, world.exchange.views.alarms.of()) == (seq, [])


async def test_what_is_not_there_cannot_be_removed_and_there_is_an_end_to_them() -> None:
    async with served(commands=(ListMarket(PERP), RULES)) as world:
        gone = await world.control("POST", "/alarms/remove", {"account": "alice", "name": "x"}, status=404)
        for number in range(100):
            said = {"account": "alice", "kind": "margin_ratio", "bound": "0.5", "name": str(number)}
            await world.control("POST", "/alarms", said)
        said = {"account": "alice", "kind": "margin_ratio", "bound": "0.5"}
        full = await world.control("POST", "/alarms", said, status=409)
        await world.control("POST", "/alarms", {**said, "name": "7"})

        assert (gone["error"]["reason"], full["error"]["reason"]) == ("not_there", "too_many")


async def test_an_alarm_of_the_second_venue_is_of_all_its_assets_together() -> None:
    """Its account has one wallet: an alarm in one of the first venue's would never go off."""
    async with serving("carol@bybit:USDT=1000,BTC=1") as world:
        said = {"account": "carol", "kind": "margin_ratio", "bound": "0.5", "wallet": "unified"}
        (row,) = (await world.control("POST", "/alarms", said))["alarms"]
        with pytest.raises(AssertionError, match="carol keeps no positions in 'usdm': unified"):
            await world.control("POST", "/alarms", {**said, "wallet": "usdm"})

    assert (row["wallet"], row["value"]) == ("unified", "0")
