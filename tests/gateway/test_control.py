"""The control API."""

from typing import Any

import msgspec
import pytest

from simexchange.core.vocabulary.commands import ListMarket
from simexchange.core.vocabulary.markets import Market, MarketKind
from simexchange.core.vocabulary.units import HOUR, MINUTE, ONE, SECOND, Nanos, Price, Quantity
from simexchange.gateway.words import iso
from simexchange.runtime.clock import PAUSED
from tests.gateway.world import served

PERP = Market(
    id="perp:BTC-USDT",
    kind=MarketKind.PERPETUAL,
    base="BTC",
    quote="USDT",
    settle="USDT",
    tick=Price(ONE // 10),
    step=Quantity(ONE // 1000),
    funding_interval=Nanos(8 * HOUR),
    index="BTC-USDT",
)
SPOT = Market("spot:BTC-USDT", MarketKind.SPOT, "BTC", "USDT", "USDT", Price(ONE // 100), Quantity(ONE // 100_000))
MARKETS = (ListMarket(SPOT), ListMarket(PERP))


async def test_health_needs_no_token_and_tells_how_things_are() -> None:
    async with served() as world:
        health = await world.control("GET", "/health", token="")

        assert health["status"] == health["storage"] == "ok"
        assert (health["mode"], health["speed"]["asked"]) == ("run", "1x")
        assert health["seq"] == world.exchange.seq
        assert health["now"]["iso"] == iso(health["now"]["ns"])
        assert abs(health["now"]["ns"] - world.exchange.now()) < SECOND


@pytest.mark.parametrize(
    "method, path",
    [
        ("GET", "/clock"),
        ("POST", "/clock"),
        ("GET", "/accounts"),
        ("POST", "/accounts"),
        ("POST", "/accounts/join"),
        ("POST", "/accounts/reset"),
        ("GET", "/keys"),
        ("POST", "/keys"),
        ("POST", "/keys/change"),
        ("POST", "/keys/remove"),
        ("POST", "/options"),
        ("POST", "/fees"),
        ("POST", "/market"),
        ("POST", "/deposit"),
        ("POST", "/index"),
        ("GET", "/state"),
        ("GET", "/records"),
        ("GET", "/statements/funding"),
        ("GET", "/statements/insurance"),
        ("GET", "/explain/margin"),
        ("GET", "/explain/funding"),
        ("GET", "/explain/liquidation"),
        ("GET", "/liquidations"),
        ("POST", "/explain/what-if"),
    ],
)
@pytest.mark.parametrize("token", ["", "wrong"])
async def test_everything_else_needs_the_token(method: str, path: str, token: str) -> None:
    async with served() as world:
        seq = world.exchange.seq
        reply = await world.control(method, path, {} if method == "POST" else None, status=401, token=token)

        assert reply["error"]["reason"] == "token"
        assert world.exchange.seq == seq


async def test_a_foreign_page_is_refused_even_with_the_token() -> None:
    async with served() as world:
        reply = await world.ask(
            "GET",
            "/sim/v1/clock",
            status=401,
            headers={"Authorization": "Bearer control-token-of-a-test", "Origin": "http://evil.test"},
        )

    assert reply["error"]["reason"] == "origin"


@pytest.mark.parametrize(
    "method, path", [("GET", "/nothing"), ("DELETE", "/clock"), ("PUT", "/accounts"), ("GET", "/")]
)
async def test_unknown_calls_are_404(method: str, path: str) -> None:
    async with served() as world:
        reply = await world.control(method, path, status=404)

    assert reply["error"]["reason"] == "no_such_call"


# --- accounts


async def test_an_account_is_opened_with_money_and_a_key_that_works() -> None:
    async with served() as world:
        opened = await world.control("POST", "/accounts", {"name": "carol", "balances": {"spot": {"USDT": "100.5"}}})
        key = world.keys.find(opened["api_key"])
        assert key is not None
        await world.deposit(50_000_000, key=key)
        listed = await world.control("GET", "/accounts")

    carol = next(row for row in listed["accounts"] if row["name"] == "carol")
    assert opened["api_key"].startswith("sim")
    assert carol["no"] == opened["no"]
    assert carol["balances"] == [{"wallet": "spot", "asset": "USDT", "free": "101", "held": "0"}]
    assert [row["name"] for row in listed["accounts"]] == ["alice", "bob", "carol"]


async def test_an_account_may_bring_its_own_key() -> None:
    async with served() as world:
        opened = await world.control("POST", "/accounts", {"name": "carol", "api_key": "mine", "api_secret": "own"})

        key = world.keys.find("mine")
        assert key is not None
        assert (opened["api_key"], opened["api_secret"]) == ("mine", "own")
        assert (key.account, key.secret) == (opened["no"], "own")


@pytest.mark.parametrize(
    "body, status, reason",
    [
        ({}, 400, "malformed"),
        ({"name": ""}, 400, "name"),
        ({"name": 5}, 400, "malformed"),
        ({"name": "x" * 65}, 400, "name"),
        ({"name": "two\nlines"}, 400, "name"),
        ({"name": "a:b"}, 400, "name"),
        ({"name": "insurance"}, 400, "name"),
        ({"name": "house-of-mine"}, 400, "name"),
        ({"name": "alice"}, 409, "account_exists"),
        ({"name": "carol", "rules": "nowhere"}, 400, "rules_unknown"),
        ({"name": "carol", "colour": "red"}, 400, "malformed"),
        ({"name": "carol", "api_key": "k"}, 400, "key"),
        ({"name": "carol", "api_key": "a" * 64, "api_secret": "s"}, 400, "key"),
        ({"name": "carol", "balances": {"purse": {"USDT": "1"}}}, 400, "wallet_unknown"),
        ({"name": "carol", "balances": {"spot": {"USDT": "0"}}}, 400, "amount_not_positive"),
        ({"name": "carol", "balances": {"spot": {"usdt": "1"}}}, 400, "asset_unknown"),
        ({"name": "carol", "balances": {"spot": {"USDT": "-1"}}}, 400, "malformed"),
        ({"name": "carol", "balances": {"spot": {"USDT": 1}}}, 400, "malformed"),
        ({"name": "carol", "balances": {"spot": {"USDT": "0.000000001"}}}, 400, "malformed"),
    ],
)
async def test_a_bad_account_is_refused_and_none_is_opened(body: Any, status: int, reason: str) -> None:
    async with served() as world:
        reply = await world.control("POST", "/accounts", body, status=status)

        assert reply["error"]["reason"] == reason
        assert "carol" not in world.exchange.state.account_no


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b'{"name":"a","name":"b"'])
async def test_a_body_that_is_no_object_is_malformed(body: bytes) -> None:
    async with served() as world:
        headers = {"Authorization": "Bearer control-token-of-a-test"}
        reply = await world.ask("POST", "/sim/v1/accounts", data=body, headers=headers, status=400)

    assert reply["error"]["reason"] == "malformed"


async def test_a_name_that_is_taken_is_said_in_words() -> None:
    async with served() as world:
        reply = await world.control("POST", "/accounts", {"name": "alice"}, status=409)

    assert reply["error"]["message"] == "there is an account 'alice' already"


async def test_a_deposit_is_in_the_log_and_in_the_balance() -> None:
    async with served() as world:
        body = {"account": "alice", "wallet": "usdm", "asset": "USDT", "amount": "50000.00000001"}
        reply = await world.control("POST", "/deposit", body)
        records = await world.control("GET", f"/records?from={reply['seq']}")

    assert reply["balance"] == {"wallet": "usdm", "asset": "USDT", "free": "50000.00000001", "held": "0"}
    assert records["records"][0][:1] + records["records"][0][2:3] == [reply["seq"], "control"]
    assert records["next"] == reply["seq"] + 1


@pytest.mark.parametrize(
    "change, status, reason",
    [
        ({"account": "nobody"}, 404, "account_unknown"),
        ({"account": "insurance"}, 409, "account_class"),
        ({"wallet": "purse"}, 400, "wallet_unknown"),
        ({"asset": ""}, 400, "asset_unknown"),
        ({"asset": "usdt"}, 400, "asset_unknown"),
        ({"asset": "U SDT"}, 400, "asset_unknown"),
        ({"asset": "A" * 33}, 400, "asset_unknown"),
        ({"amount": "0"}, 400, "amount_not_positive"),
        ({"amount": "1e3"}, 400, "malformed"),
        ({"amount": 5}, 400, "malformed"),
        ({"amount": "9" * 40}, 400, "malformed"),
        ({"more": "1"}, 400, "malformed"),
    ],
)
async def test_a_bad_deposit_is_refused_and_nothing_moves(change: dict[str, Any], status: int, reason: str) -> None:
    async with served() as world:
        body = {"account": "alice", "wallet": "spot", "asset": "USDT", "amount": "1", **change}
        reply = await world.control("POST", "/deposit", body, status=status)

        assert reply["error"]["reason"] == reason
        assert world.exchange.state.accounts[world.account].balances == {}


async def test_what_the_engine_refuses_says_why() -> None:
    async with served() as world:
        body = {"account": "alice", "wallet": "spot", "asset": "USDT", "amount": "0"}
        deposit = await world.control("POST", "/deposit", body, status=400)
        group = await world.control("POST", "/options", {"account": "alice", "trade_group": -1}, status=400)

    assert deposit["error"]["message"] == "the engine refused: amount not positive"
    assert group["error"]["message"] == "the engine refused: not supported"


# --- prices


@pytest.mark.parametrize("body", [{"asset": "BTC"}, {"asset": "BTC-USDT"}, {"market": "perp:BTC-USDT"}])
async def test_an_index_is_set_where_no_feed_sets_it(body: dict[str, str]) -> None:
    async with served(commands=MARKETS) as world:
        reply = await world.control("POST", "/index", {**body, "price": "60000.5"})
        state = await world.control("GET", "/state")

    perp = next(row for row in state["markets"] if row["market"] == "perp:BTC-USDT")
    assert (reply["indexes"], reply["price"]) == (["BTC-USDT"], "60000.5")
    assert perp["index"] == "60000.5"


@pytest.mark.parametrize(
    "body, status, reason",
    [
        ({"price": "1"}, 400, "malformed"),
        ({"price": "1", "asset": "BTC", "market": "perp:BTC-USDT"}, 400, "malformed"),
        ({"price": "0", "asset": "BTC"}, 400, "price_not_positive"),
        ({"price": "x", "asset": "BTC"}, 400, "malformed"),
        ({"price": "1", "asset": "DOGE"}, 404, "index_unknown"),
        ({"price": "1", "market": "perp:DOGE-USDT"}, 404, "market_unknown"),
        ({"price": "1", "market": "spot:BTC-USDT"}, 400, "index_unknown"),
    ],
)
async def test_a_bad_index_is_refused(body: dict[str, str], status: int, reason: str) -> None:
    async with served(commands=MARKETS) as world:
        reply = await world.control("POST", "/index", body, status=status)

        assert reply["error"]["reason"] == reason
        assert world.exchange.state.indexes["BTC-USDT"].price == 0


async def test_an_index_that_a_feed_sets_is_not_the_operators(monkeypatch: pytest.MonkeyPatch) -> None:
    async with served(commands=MARKETS) as world:
        monkeypatch.setattr(type(world.exchange), "sets_index", property(lambda _: True))

        reply = await world.control("POST", "/index", {"asset": "BTC", "price": "1"}, status=409)

    assert reply["error"]["reason"] == "feed_sets_index"


# --- the past


async def test_a_past_state_is_what_was_then() -> None:
    """Three deposits of one USDT; the state at the instant of the second has two."""
    async with served() as world:
        body = {"account": "alice", "wallet": "spot", "asset": "USDT", "amount": "1"}
        seqs = [(await world.control("POST", "/deposit", body))["seq"] for _ in range(3)]
        records = await world.control("GET", f"/records?from={seqs[1]}&limit=1")
        at = records["records"][0][1]

        by_number = await world.control("GET", f"/state?at={at}")
        by_text = await world.control("GET", f"/state?at={iso(at)}")
        now = await world.control("GET", "/state")

    def free(state: Any) -> str:
        return str(state["accounts"][0]["balances"][0]["free"])

    assert (by_number["seq"], free(by_number)) == (seqs[1], "2")
    assert by_text == by_number
    assert (now["seq"], free(now)) == (seqs[2], "3")


@pytest.mark.parametrize(
    "path, status, reason",
    [
        ("/state?at=yesterday", 400, "malformed"),
        ("/state?at=0", 404, "before_the_start"),
        ("/state?when=0", 400, "unknown_parameter"),
        ("/records?from=-1", 400, "malformed"),
        ("/records?from=x", 400, "malformed"),
        ("/records?limit=1001", 400, "malformed"),
        ("/health?verbose=1", 400, "unknown_parameter"),
    ],
)
async def test_a_bad_question_is_refused(path: str, status: int, reason: str) -> None:
    async with served() as world:
        reply = await world.control("GET", path, status=status)

    assert reply["error"]["reason"] == reason


async def test_records_are_those_of_the_log_page_by_page() -> None:
    async with served() as world:
        seen: list[Any] = []
        page = {"next": 1}
        while page["next"] <= world.exchange.seq:
            page = await world.control("GET", f"/records?from={page['next']}&limit=2")
            seen += page["records"]

        stored = [msgspec.json.decode(line) for line in world.log.read()]

    assert seen == stored


# --- the clock


async def test_the_clock_stands_still_and_goes_on() -> None:
    async with served() as world:
        stopped = await world.control("POST", "/clock", {"mode": "pause"})
        later = await world.control("GET", "/clock")
        running = await world.control("POST", "/clock", {"mode": "run", "speed": "60x"})
        numbered = await world.control("POST", "/clock", {"mode": "run", "speed": 2.5})
        fast = await world.control("POST", "/clock", {"mode": "run", "speed": "max"})
        await world.control("POST", "/clock", {"mode": "pause"})
        resumed = await world.control("POST", "/clock", {"mode": "run"})

    assert stopped["mode"] == "pause"
    assert later["now"] == stopped["now"]
    assert [clock["speed"]["asked"] for clock in (running, numbered, fast, resumed)] == ["60x", "2.5x", "max", "max"]


async def test_a_jump_by_a_span_ends_exactly_there_and_time_goes_on_as_before() -> None:
    async with served(speed=PAUSED) as world:
        before = world.exchange.now()
        clock = await world.control("POST", "/clock", {"mode": "jump", "to": "+8h"})
        there = await world.control("POST", "/clock", {"mode": "jump", "to": before + 9 * HOUR})
        by_text = await world.control("POST", "/clock", {"mode": "jump", "to": iso(before + 10 * HOUR)})

    assert clock["now"]["ns"] == before + 8 * HOUR
    assert there["now"]["ns"] == before + 9 * HOUR
    assert by_text["now"]["ns"] == before + 10 * HOUR
    assert by_text["mode"] == "pause"


async def test_a_jump_to_funding_ends_at_the_settlement() -> None:
    """The first settlement after the start is at the next multiple of eight hours."""
    async with served(commands=MARKETS, speed=PAUSED) as world:
        await world.control("POST", "/index", {"asset": "BTC", "price": "60000"})
        due = (world.exchange.now() // (8 * HOUR) + 1) * 8 * HOUR

        clock = await world.control("POST", "/clock", {"mode": "jump", "to": "funding"})

    assert clock["now"]["ns"] == due


async def test_a_step_goes_to_the_next_thing_due_and_stops() -> None:
    async with served(commands=MARKETS) as world:
        clock = await world.control("POST", "/clock", {"mode": "step"})
        due = world.exchange.state.next_due()

    assert clock["mode"] == "pause"
    assert due is not None
    assert clock["now"]["ns"] % SECOND == 0 or clock["now"]["ns"] < due


@pytest.mark.parametrize(
    "body, status, reason",
    [
        ({}, 400, "malformed"),
        ({"mode": "fly"}, 400, "malformed"),
        ({"mode": "run", "speed": "fast"}, 400, "speed"),
        ({"mode": "run", "speed": "paused"}, 400, "speed"),
        ({"mode": "run", "speed": -1}, 400, "speed"),
        ({"mode": "run", "speed": 0}, 400, "speed"),
        ({"mode": "run", "speed": 1e300}, 400, "speed"),
        ({"mode": "run", "to": "+8h"}, 400, "malformed"),
        ({"mode": "pause", "speed": "1x"}, 400, "malformed"),
        ({"mode": "jump"}, 400, "malformed"),
        ({"mode": "jump", "to": "later"}, 400, "malformed"),
        ({"mode": "jump", "to": ""}, 400, "malformed"),
        ({"mode": "jump", "to": "-8h"}, 400, "malformed"),
        ({"mode": "jump", "to": "+100000d"}, 400, "malformed"),
        ({"mode": "jump", "to": 1}, 409, "in_the_past"),
        ({"mode": "jump", "to": "2020-01-01"}, 409, "in_the_past"),
        ({"mode": "jump", "to": "fill"}, 409, "nothing_to_fill"),
        ({"mode": "jump", "to": "+8h", "fast": True}, 400, "malformed"),
    ],
)
async def test_a_bad_clock_order_is_refused_and_time_passes_as_before(body: Any, status: int, reason: str) -> None:
    async with served() as world:
        reply = await world.control("POST", "/clock", body, status=status)
        health = await world.control("GET", "/health")

        assert reply["error"]["reason"] == reason
        assert health["speed"]["asked"] == "1x"
        assert abs(world.exchange.now() - world.exchange.clock.wall.now()) < MINUTE


async def test_a_place_the_clock_cannot_go_to_is_told_with_those_it_can() -> None:
    async with served() as world:
        nonsense = await world.control("POST", "/clock", {"mode": "jump", "to": "later"}, status=400)
        earlier = await world.control("POST", "/clock", {"mode": "jump", "to": 1}, status=409)

    assert nonsense["error"]["message"].endswith(
        "nor a span like +8h, nor one of record, event, fill, funding, expiry, liquidation, alarm"
    )
    assert earlier["error"]["message"].endswith(" and never goes back, but by a rewind")


# --- what an account chooses


async def test_an_account_chooses_what_is_named_and_keeps_the_rest() -> None:
    """Nothing is chosen at first; what is said twice is one record."""
    async with served() as world:
        listed = await world.control("GET", "/accounts")
        first = await world.control("POST", "/options", {"account": "alice", "trade_group": 7, "discount_spot": True})
        again = await world.control("POST", "/options", {"account": "alice", "trade_group": 7})
        both = await world.control("POST", "/options", {"account": "alice", "self_trade": "expire_both"})

    nothing = {
        "trade_group": 0, "self_trade": "", "discount_spot": False, "discount_futures": False,
        "cancel_on_disconnect": False,
    }  # fmt: skip
    assert listed["accounts"][0]["options"] == nothing
    assert first["options"] == {**nothing, "trade_group": 7, "discount_spot": True}
    assert again == first
    assert both["options"] == {**first["options"], "self_trade": "expire_both"}
    assert both["seq"] == first["seq"] + 1


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ({"account": "nobody", "trade_group": 1}, 404, "account_unknown"),
        ({"account": "insurance", "trade_group": 1}, 409, "account_class"),
        ({"account": "alice", "trade_group": -1}, 400, "not_supported"),
        ({"account": "alice", "self_trade": "sometimes"}, 400, "malformed"),
        ({"account": "alice", "colour": "blue"}, 400, "malformed"),
    ],
)
async def test_a_choice_nobody_can_make_is_refused(body: dict[str, Any], status: int, reason: str) -> None:
    async with served() as world:
        reply = await world.control("POST", "/options", body, status=status)

    assert reply["error"]["reason"] == reason


# --- the description


async def test_the_description_names_every_call_and_its_schemas() -> None:
    async with served() as world:
        document = await world.ask("GET", "/sim/v1/openapi.json")
        answered = {f"{method} {path}" for method, path in world.server._control._endpoints}

    schemas = document["components"]["schemas"]
    named = {f"{method.upper()} {path}" for path, calls in document["paths"].items() for method in calls}
    assert document["openapi"].startswith("3.1")
    assert named == answered
    assert named >= {
        f"{call} /sim/v1/{name}"
        for call, name in [
            ("GET", "health"), ("GET", "budget"), ("GET", "clock"), ("POST", "clock"), ("GET", "accounts"),
            ("POST", "accounts"),
            ("POST", "options"), ("GET", "funding"), ("POST", "funding"), ("POST", "constituents"),
            ("POST", "source"), ("GET", "refused"),
            ("GET", "keys"), ("POST", "keys"), ("POST", "keys/change"), ("POST", "keys/remove"),
            ("POST", "accounts/join"), ("POST", "accounts/reset"),
            ("POST", "fees"),
            ("POST", "market"), ("POST", "deposit"), ("POST", "index"), ("GET", "state"), ("GET", "records"),
            ("GET", "explain/margin"), ("GET", "explain/funding"), ("GET", "explain/liquidation"),
            ("POST", "explain/what-if"), ("GET", "liquidations"), ("GET", "statements/funding"),
            ("POST", "preview"),
            ("GET", "statements/insurance"),
            ("GET", "moment"), ("POST", "moment"),
            ("GET", "portfolio"), ("GET", "alarms"), ("POST", "alarms"), ("POST", "alarms/remove"),
            ("GET", "faults"), ("POST", "faults"), ("POST", "faults/remove"), ("POST", "faults/clear"),
            ("GET", "checkpoints"), ("POST", "checkpoints"), ("POST", "rewind"), ("POST", "reset"),
            ("GET", "lockstep"), ("POST", "lockstep/wait"), ("POST", "lockstep/leave"),
            ("GET", "faults"), ("POST", "faults"), ("POST", "faults/remove"), ("POST", "faults/clear"),
        ]
    }  # fmt: skip
    assert schemas["DepositRequest"]["additionalProperties"] is False
    assert schemas["DepositRequest"]["required"] == ["account", "wallet", "asset", "amount"]
    references = msgspec.json.encode(document).decode().split('"#/components/schemas/')[1:]
    assert {reference.partition('"')[0] for reference in references} <= set(schemas)


async def test_ping_is_a_constant() -> None:
    async with served() as world:
        assert await world.ask("GET", "/sim/v1/ping") == {}
