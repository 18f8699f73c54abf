"""Bybit over real sockets: what is the gateway's part of it."""

from tests.gateway.both import say, serving


async def test_its_sockets_are_below_the_prefix_of_its_calls() -> None:
    """``/bybit/v5/private`` is a socket and ``/bybit/v5/nothing`` no call, though both begin alike."""
    async with serving() as world:
        for path in ("/v5/public/spot", "/v5/public/linear", "/v5/public/inverse", "/v5/private"):
            async with world.socket(path) as socket:
                assert (await say(socket, op="ping", req_id="7"))["req_id"] == "7"
        async with world.socket("/v5/trade") as socket:
            assert await say(socket, **world.log_on()) == {
                "retCode": 0, "retMsg": "OK", "op": "auth", "connId": socket_id(await say(socket, op="ping")),
            }  # fmt: skip
        answer, told = await world.get("/v5/nothing")

    assert (answer["retCode"], told["status"]) == (10017, "404")


def socket_id(pong: dict[str, str]) -> str:
    """What the connection is called."""
    return pong["connId"]


async def test_a_key_opens_its_own_venue_only() -> None:
    async with serving() as world, world.socket("/v5/private") as socket:
        refused = await say(socket, **world.log_on(world.alice))
        taken = await say(socket, **world.log_on(world.bob))

    assert (refused["success"], taken["success"]) == (False, True)


async def test_where_it_is_served_alone_the_others_accounts_stay_strangers() -> None:
    """A call counts on the rules of its own venue, and an account of another one has not those."""
    async with serving(venues=("bybit",)) as world, world.socket("/v5/private") as socket:
        assert not (await say(socket, **world.log_on(world.alice)))["success"]
        assert (await say(socket, **world.log_on(world.bob)))["success"]
        answer, told = await world.get("/api/v3/time", base=world.url)

    assert told["status"] == "404"
    assert "serverTime" not in answer
