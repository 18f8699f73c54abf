"""Keys over the control API: made, changed and deleted while the exchange runs."""

from typing import Any

import pytest

from tests.gateway.real import limit, trading
from tests.gateway.signers import ED_KEY, RSA_KEY, Client, Sign, by_ed25519, by_rsa, by_secret, private_pem, public
from tests.gateway.world import served

ORDER = limit("BUY", "0.1", "50000")


async def test_a_key_is_made_used_and_deleted_while_the_exchange_runs() -> None:
    """Its secret is told once."""
    async with trading() as world:
        made = await world.control("POST", "/keys", {"account": "alice", "label": "bot"})
        client = Client(world, made["api_key"], by_secret(made["api_secret"]))
        await client.ask("POST", "/api/v3/order", **ORDER)
        listed = await world.control("GET", "/keys?account=alice")
        removed = await world.control("POST", "/keys/remove", {"api_key": made["api_key"]})
        gone = await client.ask("GET", "/api/v3/account", status=401)
        left = await world.control("GET", "/keys")

    assert [row["api_key"] for row in listed["keys"]] == [world.alice.api_key, made["api_key"]]
    assert all("api_secret" not in row for row in listed["keys"])
    assert listed["keys"][1]["label"] == "bot"
    assert listed["keys"][1]["permissions"] == [
        "reading", "spot_trading", "futures", "universal_transfer", "internal_transfer",
    ]  # fmt: skip
    assert listed["keys"][1]["created"]["ns"] > 0
    assert removed["api_key"] == made["api_key"]
    assert gone["code"] == -2015
    assert [row["account"] for row in left["keys"]] == ["alice", "bob"]


@pytest.mark.parametrize(
    ("pem", "kind", "sign"),
    [(public(RSA_KEY), "rsa", by_rsa), (public(ED_KEY), "ed25519", by_ed25519)],
    ids=["RSA", "Ed25519"],
)
async def test_a_public_key_is_given_and_its_private_half_signs(pem: str, kind: str, sign: Sign) -> None:
    async with trading() as world:
        made = await world.control("POST", "/keys", {"account": "alice", "public_key": pem})
        account = await Client(world, made["api_key"], sign).ask("GET", "/api/v3/account")

    assert (made["kind"], made["api_secret"], len(made["api_key"])) == (kind, "", 64)
    assert account["uid"] == world.account


async def test_what_a_key_may_do_and_where_from_is_changed() -> None:
    async with trading() as world:
        name = {"api_key": world.alice.api_key}
        client = Client(world, world.alice.api_key, by_secret(world.alice.secret))
        narrowed = await world.control("POST", "/keys/change", {**name, "permissions": ["reading"]})
        refused = await client.ask("POST", "/api/v3/order", status=401, **ORDER)
        moved = await world.control("POST", "/keys/change", {**name, "addresses": ["10.0.0.1"]})
        away = await client.ask("GET", "/api/v3/account", status=401)
        back = await world.control("POST", "/keys/change", {**name, "addresses": []})
        account = await client.ask("GET", "/api/v3/account")

    assert narrowed["permissions"] == moved["permissions"] == back["permissions"] == ["reading"]
    assert (narrowed["addresses"], moved["addresses"], back["addresses"]) == ([], ["10.0.0.1"], [])
    assert (refused["code"], away["code"]) == (-2015, -2015)
    assert account["accountType"] == "SPOT"


REAL = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"


@pytest.mark.parametrize(
    ("path", "body", "status", "reason"),
    [
        ("/keys", {"account": "nobody"}, 404, "account_unknown"),
        ("/keys", {"account": "alice", "label": "x" * 65}, 400, "label"),
        ("/keys", {"account": "alice", "label": "two\nlines"}, 400, "label"),
        ("/keys", {"account": "insurance"}, 409, "account_class"),
        ("/keys", {"account": "alice", "api_key": "mine"}, 400, "key"),
        ("/keys", {"account": "alice", "api_key": REAL, "api_secret": "s"}, 400, "key"),
        ("/keys", {"account": "alice", "public_key": "nonsense"}, 400, "key"),
        ("/keys", {"account": "alice", "public_key": private_pem(ED_KEY)}, 400, "key"),
        ("/keys", {"account": "alice", "public_key": public(ED_KEY), "api_secret": "s"}, 400, "key"),
        ("/keys", {"account": "alice", "permissions": ["flying"]}, 400, "malformed"),
        ("/keys", {"account": "alice", "addresses": ["somewhere"]}, 400, "key"),
        ("/keys", {"account": "alice", "addresses": ["10.0.0.1/8"]}, 400, "key"),
        ("/keys/change", {"api_key": "nothing"}, 404, "not_there"),
        ("/keys/change", {"api_key": "ALICE", "addresses": ["300.1.1.1"]}, 400, "key"),
        ("/keys/remove", {"api_key": "nothing"}, 404, "not_there"),
        ("/keys", {"account": "bob", "api_key": "ALICE", "api_secret": "s"}, 409, "key"),
    ],
)
async def test_what_cannot_be_done_is_refused_and_changes_nothing(
    path: str, body: dict[str, Any], status: int, reason: str
) -> None:
    async with served() as world:
        body = {name: world.alice.api_key if value == "ALICE" else value for name, value in body.items()}
        before = list(world.keys)
        answer = await world.control("POST", path, body, status=status)

        assert list(world.keys) == before

    assert answer["error"]["reason"] == reason
    assert "PRIVATE" not in answer["error"]["message"]
