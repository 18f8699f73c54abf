"""Faults over the control API."""

import pytest

from tests.gateway.real import limit, trading


async def test_rules_are_added_listed_removed_and_ended() -> None:
    async with trading(faults=()) as world:
        added = await world.control(
            "POST",
            "/faults",
            {"faults": [{"kind": "error", "status": 400, "match": "orders", "times": 1}, {"kind": "latency"}]},
        )
        assert added == {"names": ["error", "latency"]}
        await world.control("POST", "/faults/remove", {"name": "latency"})
        await world.sign("POST", "/api/v3/order", status=400, **limit("BUY", "0.01", "50000"))
        told = await world.control("GET", "/faults")
        assert told["counting"] is True
        assert told["applied"] == 1
        (rule,) = told["faults"]
        assert (rule["name"], rule["seen"], rule["applied"]) == ("error", 1, 1)
        assert rule["rule"] == {"kind": "error", "name": "error", "status": 400, "match": "orders", "times": 1}
        (last,) = told["last"]
        assert (last["name"], last["account"], last["channel"]) == ("POST /api/v3/order", "alice", "rest")
        assert (last["connection"], last["direction"], last["ordinal"]) == (1, "in", 1)
        assert last["detail"]["status"] == 400
        assert await world.control("POST", "/faults/clear") == {"ended": 1}
        assert (await world.control("GET", "/faults"))["faults"] == []


async def test_one_that_is_wrong_keeps_all_of_them_out() -> None:
    async with trading() as world:
        both = {"faults": [{"kind": "error"}, {"kind": "eror"}]}
        refused = await world.control("POST", "/faults", both, status=400)
        assert refused["error"]["reason"] == "fault"
        assert "fault 2: kind = 'eror'" in refused["error"]["message"]
        told = await world.control("GET", "/faults")
        assert (told["counting"], told["faults"], told["last"]) == (False, [], [])


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/faults", {"faults": "error"}, 400),
        ("/faults", {"faults": [{"kind": None}]}, 400),
        ("/faults", {"faults": [{"kind": ["error"]}]}, 400),
        ("/faults", {"rules": []}, 400),
        ("/faults", {"faults": [{"kind": "error"}] * 1_001}, 400),
        ("/faults", {"faults": [{"kind": "error", "name": "x"}, {"kind": "error", "name": "x"}]}, 409),
        ("/faults/remove", {"name": "nobody"}, 404),
    ],
)
async def test_what_cannot_be_is_refused_and_changes_nothing(path: str, body: object, status: int) -> None:
    async with trading(faults=()) as world:
        seq = world.exchange.seq
        assert "error" in await world.control("POST", path, body, status=status)
        assert world.exchange.seq == seq
        assert world.server.faults.standing == ()


async def test_without_the_token_nobody_breaks_anything() -> None:
    async with trading() as world:
        await world.control("POST", "/faults", {"faults": [{"kind": "error"}]}, status=401, token="")
        assert not world.server.faults.begun
