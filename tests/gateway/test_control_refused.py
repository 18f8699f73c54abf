"""What the control API tells of requests that were refused for their key, time or signature."""

from simexchange.gateway.refused import FOREIGN, KEPT
from tests.gateway.toy import signed
from tests.gateway.world import served


async def test_a_refused_request_is_told_with_what_should_have_been_signed() -> None:
    async with served() as world:
        query = signed("another-secret", units=1, timestamp=world.now())
        await world.ask("POST", f"/api/v3/deposit?{query}", status=400, headers={"X-MBX-APIKEY": world.alice.api_key})
        (call,) = (await world.control("GET", "/refused"))["calls"]

    assert (call["method"], call["path"], call["code"], call["why"]) == ("POST", "/api/v3/deposit", -1022, "signature")
    assert call["expected"] == query.rpartition("&signature=")[0]
    assert (call["signed"], call["known"], call["address"]) == ("", True, "127.0.0.1")
    assert call["api_key"] == world.alice.api_key


async def test_no_secret_and_no_signature_is_among_it() -> None:
    async with served() as world:
        query = signed("another-secret", units=1, timestamp=world.now())
        await world.ask("POST", f"/api/v3/deposit?{query}", status=400, headers={"X-MBX-APIKEY": world.alice.api_key})
        text = str(await world.control("GET", "/refused"))

    assert world.alice.secret not in text
    assert query.rpartition("=")[2] not in text


async def test_a_key_that_looks_like_a_real_venues_is_not_repeated() -> None:
    foreign = "a" * 64
    async with served() as world:
        query = signed("secret", units=1, timestamp=world.now())
        await world.ask("POST", f"/api/v3/deposit?{query}", status=401, headers={"X-MBX-APIKEY": foreign})
        answer = await world.control("GET", "/refused")

    assert answer["calls"][0]["api_key"] == FOREIGN
    assert answer["calls"][0]["why"] == "key_unknown"
    assert foreign not in str(answer)


async def test_those_of_one_key_can_be_asked_for() -> None:
    async with served() as world:
        for key in (world.alice, world.bob):
            await world.sign("POST", "/api/v3/deposit", status=400, key=key, units=1, timestamp=1)
        answer = await world.control("GET", f"/refused?api_key={world.bob.api_key}")

    (call,) = answer["calls"]
    assert (call["why"], call["client_time"]) == ("time", 1)
    assert abs(call["exchange_time"] - world.now()) < 60_000


async def test_only_the_newest_are_kept_and_it_needs_the_token() -> None:
    async with served() as world:
        for _ in range(KEPT + 5):
            await world.sign("POST", "/api/v3/deposit", status=400, units=1, timestamp=1)
        kept = await world.control("GET", "/refused")
        await world.control("GET", "/refused", status=401, token="")

    assert len(kept["calls"]) == KEPT


async def test_a_good_request_is_not_among_them() -> None:
    async with served() as world:
        await world.deposit()

        assert await world.control("GET", "/refused") == {"calls": []}
