"""Bybit over real sockets: what is the gateway's part of it."""

import asyncio
import hmac
from base64 import b64encode
from hashlib import sha256
from typing import Any

import aiohttp
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.units import DAY, MINUTE, SECOND
from simexchange.dialects.contract import Key
from simexchange.gateway.connection import GOING_AWAY, POLICY_VIOLATION, Connection
from simexchange.gateway.conversations import _has_room
from simexchange.gateway.keys import ForeignKey, Keys, looks_foreign
from simexchange.gateway.venues import VENUES
from simexchange.gateway.websocket import silence_of
from tests.gateway.both import WAIT, Both, say, serving
from tests.gateway.signers import ED_KEY, RSA_KEY, public
from tests.gateway.test_connection import Wire

PUBLIC = VENUES["bybit"].mounts["v5-linear"].socket
PRIVATE = VENUES["bybit"].mounts["v5-private"].socket


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


async def test_a_key_that_may_nothing_and_one_from_elsewhere_hear_the_code_of_each() -> None:
    """At the venue a bound address has a code of its own, whatever else the key may do."""
    async with serving() as world:
        codes = []
        changes: tuple[dict[str, list[str]], ...] = (
            {"permissions": []}, {"addresses": ["10.0.0.1"]}, {"permissions": ["reading"], "addresses": []},
        )  # fmt: skip
        for change in changes:
            await world.control("POST", "/keys/change", {"api_key": world.bob.api_key, **change})
            codes.append((await world.get("/v5/user/query-api", world.bob))[0]["retCode"])

    assert codes == [10005, 10010, 0]


async def test_a_key_of_a_kind_the_venue_has_not_is_refused_where_it_is_given() -> None:
    """The venue's own pairs are of RSA; there is no Ed25519."""
    async with serving() as world:
        refused = await world.control("POST", "/keys", {"account": "bob", "public_key": public(ED_KEY)}, status=400)
        taken = await world.control("POST", "/keys", {"account": "bob", "public_key": public(RSA_KEY)})
        other = await world.control("POST", "/keys", {"account": "alice", "public_key": public(ED_KEY)})

    assert refused["error"]["message"] == "bybit takes keys of the kinds hmac, rsa, and this one is ed25519"
    assert (taken["kind"], other["kind"]) == ("rsa", "ed25519")


async def test_a_key_opens_nothing_in_a_past_before_its_account() -> None:
    """No account's, then: the venue says so, and nothing fails."""
    async with serving() as world:
        seq = world.exchange.seq
        answers = [
            (
                await world.get(
                    "/v5/account/wallet-balance", world.bob, f"{world.url}/at/{at}/bybit", accountType="UNIFIED"
                )
            )[0]
            for at in (1, seq)
        ]

    assert [answer["retCode"] for answer in answers] == [10003, 0]


async def test_where_it_is_served_alone_the_others_accounts_stay_strangers() -> None:
    """A call counts on the rules of its own venue, and an account of another one has not those."""
    async with serving(venues=("bybit",)) as world, world.socket("/v5/private") as socket:
        assert not (await say(socket, **world.log_on(world.alice)))["success"]
        assert (await say(socket, **world.log_on(world.bob)))["success"]
        answer, told = await world.get("/api/v3/time", base=world.url)

    assert told["status"] == "404"
    assert "serverTime" not in answer


# How long sockets live


def beats(connection: Connection, *walls: int) -> list[int | None]:
    """What is thought of it at each of these instants."""
    return [connection.beat(wall) for wall in walls]


def test_nobody_is_pinged_and_no_day_ends() -> None:
    wire = Wire()
    connection = Connection(wire, PUBLIC, 0, combined=False)
    for day in range(1, 4):
        connection.write(b"news")
        assert beats(connection, day * DAY) == [None]

    assert wire.writes == [b"news"] * 3


def test_a_socket_on_which_nobody_speaks_for_ten_minutes_is_let_go() -> None:
    """It counts from the last word of either side."""
    connection = Connection(Wire(), PUBLIC, 0, combined=False)
    silent = beats(connection, 9 * MINUTE)
    connection.busy = True
    assert silent + beats(connection, 9 * MINUTE + SECOND, 19 * MINUTE, 19 * MINUTE + SECOND) == [
        None, None, None, GOING_AWAY,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "span"),
    [("30s", 30), ("2m", 120), ("1s", 30), ("99m", 600), ("", 600), ("soon", 600), ("5h", 600), ("-3m", 600)],
)
def test_a_private_socket_may_say_how_long_it_may_be_silent(said: str, span: int) -> None:
    """30 seconds to ten minutes; a public one may not."""
    assert silence_of(PRIVATE, {"max_active_time": said}) == span * SECOND
    assert silence_of(PUBLIC, {"max_active_time": said}) == 600 * SECOND


def test_topics_of_one_connection_have_so_many_letters_together() -> None:
    """21,000, however many they are; not so many topics."""
    connection = Connection(Wire(), PUBLIC, 0, combined=False)
    connection.names = dict.fromkeys(f"tickers.{number:012}" for number in range(1_050 - 1))

    assert _has_room(connection, "tickers.BTCUSDT12345")
    assert not _has_room(connection, "tickers.BTCUSDT123456")


async def test_its_own_ping_keeps_a_socket_and_silence_ends_it() -> None:
    async with serving() as world, world.socket("/v5/private?max_active_time=1m") as socket:
        start = world.server.calls.wall()
        look(world, start + 50 * SECOND)
        await say(socket, op="ping")
        look(world, start + 100 * SECOND)
        look(world, start + 159 * SECOND)
        assert world.server.sockets.count == 1
        look(world, start + 161 * SECOND)
        end = await socket.receive(timeout=WAIT)

    assert (end.type, end.data) == (aiohttp.WSMsgType.CLOSE, GOING_AWAY)


async def test_no_compression_is_agreed_on() -> None:
    """Whatever a client offers: messages go out as they are."""
    async with serving() as world, world.socket("/v5/public/spot", compress=15) as socket:
        assert socket.compress == 0


async def test_a_socket_whose_key_is_deleted_is_told_and_closed() -> None:
    async with serving() as world, world.socket("/v5/private") as socket, world.socket("/v5/private") as other:
        await say(socket, **world.log_on())
        await say(other, op="ping")
        world.keys.remove(world.bob.api_key)
        world.server.sockets.beat()
        told, end = await socket.receive_json(timeout=WAIT), await socket.receive(timeout=WAIT)
        alive = await say(other, op="ping")

    assert (told["op"], told["success"]) == ("auth", False)
    assert (end.type, end.data) == (aiohttp.WSMsgType.CLOSE, POLICY_VIOLATION)
    assert alive["op"] == "pong"


async def test_strict_takes_five_hundred_sockets_in_five_minutes_of_all_kinds_together() -> None:
    async with serving(limits="strict") as world:
        for _ in range(499):
            assert refused(world, "v5-linear") is None
        assert refused(world, "v5-private") is None
        assert refused(world, "v5-spot").error.status == 403
        assert refused(world, "spot") is None


def refused(world: Both, product: str) -> Any:
    """Why one more socket of *product* may not be opened now."""
    target = world.server._targets[product]
    return world.server.calls.limits.connect(target.mount, target.venue.refusals, "here", "x", 7)


async def test_of_one_kind_an_address_has_a_thousand_at_once_in_strict_mode() -> None:
    async with serving(limits="strict") as world, world.socket("/v5/public/spot"):
        await asyncio.sleep(0)
        world.server.sockets._there["v5-spot", "127.0.0.1"] = 1_000
        with pytest.raises(aiohttp.WSServerHandshakeError) as failed:
            await world.socket("/v5/public/spot")
        async with world.socket("/v5/public/linear") as other:
            assert await say(other, op="ping")

    assert failed.value.status == 403


@pytest.mark.parametrize(
    ("path", "least"), [("/v5/public/linear", 0.005), ("/v5/private", 0.005), ("/v5/trade", 0.002)]
)
async def test_no_answer_comes_before_a_client_can_have_noted_its_request(path: str, least: float) -> None:
    """pybit notes a request after it was sent, beside a thread that reads: of answers at once, it lost some."""
    loop = asyncio.get_running_loop()
    async with serving() as world, world.socket(path) as socket:
        for _ in range(5):
            sent = loop.time()
            await say(socket, op="ping")
            assert loop.time() - sent >= least


async def test_what_waits_for_its_breath_is_heard_in_order_and_not_one_by_one() -> None:
    loop = asyncio.get_running_loop()
    async with serving() as world, world.socket("/v5/public/linear") as socket:
        begun = loop.time()
        for n in range(1_000):
            await socket.send_str(f'{{"op":"ping","req_id":{n}}}')
        answers = [(await socket.receive_json(timeout=WAIT))["req_id"] for _ in range(1_000)]
        took = loop.time() - begun

    assert answers == list(range(1_000))
    assert took < 1_000 * 0.005


async def test_what_was_said_last_is_heard_though_its_socket_goes() -> None:
    """An order is on its way when its client closes: it is carried out, as over a network."""
    async with serving() as world:
        async with world.socket("/v5/trade") as socket:
            await say(socket, **world.log_on())
            what = {"category": "linear", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "qty": "0.1"}
            header = {"X-BAPI-TIMESTAMP": str(world.now())}
            await socket.send_json({"op": "order.create", "header": header, "args": [{**what, "price": "9000"}]})
        await asyncio.sleep(0.02)
        found, _ = await world.get("/v5/order/realtime", world.bob, category="linear", symbol="BTCUSDT")

        assert len(found["result"]["list"]) == 1
        assert world.server.sockets.count == 0


async def test_what_is_on_its_way_to_a_socket_that_is_ended_is_not_heard(caplog: pytest.LogCaptureFixture) -> None:
    async with serving() as world:
        async with world.socket("/v5/private") as socket:
            await say(socket, **world.log_on())
            await socket.send_str('{"op":"ping"}')
            await asyncio.sleep(0.001)
            world.keys.remove(world.bob.api_key)
            world.server.sockets.beat()
            heard = [await socket.receive(timeout=WAIT) for _ in range(2)]
        await asyncio.sleep(0.02)

        assert world.server.sockets.count == 0
        assert not world.server._fanout._user

    assert [message.type for message in heard] == [aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.CLOSE]
    assert '"success":false' in str(heard[0].data)
    assert not caplog.records


def look(world: Both, wall: int) -> None:
    """Look at every socket as if the wall clock stood there."""
    world.stand(wall)
    world.server.sockets.beat()


# Keys


async def test_an_rsa_key_signs_in_base64() -> None:
    """Given by its public half; on a socket, too."""
    private = rsa_private()
    async with serving() as world:
        pem = pem_of(private)
        made = await world.control("POST", "/keys", {"account": "bob", "public_key": pem})
        stranger = await world.control("POST", "/keys", {"account": "alice", "public_key": pem_of(rsa_private())})
        expires = world.now() + 10_000
        said = f"GET/realtime{expires}"
        async with world.socket("/v5/private") as socket:
            good = await say(socket, op="auth", args=[made["api_key"], expires, sign(private, said)])
        async with world.socket("/v5/private") as socket:
            bad = await say(socket, op="auth", args=[made["api_key"], expires, sign(rsa_private(), said)])
        listed = await world.control("GET", "/keys")

    assert (made["kind"], made["venue"], made["api_secret"]) == ("rsa", "bybit", "")
    assert stranger["venue"] == "binance"
    assert (good["success"], bad["success"]) == (True, False)
    assert {row["account"]: row["venue"] for row in listed["keys"]} == {"alice": "binance", "bob": "bybit"}


async def test_a_refused_signature_is_explained_as_at_the_other_venue() -> None:
    """What should have been signed, and the mistake that explains what was."""
    async with serving() as world:
        path = "/v5/account/info"
        content = ""
        stamp = str(world.now())
        text = f"{stamp}{world.bob.api_key}{content}"
        signed = {"X-BAPI-TIMESTAMP": stamp, "X-BAPI-SIGN": hmac_of(world.bob, text)}
        headers = world.stamped(content, world.bob, **signed)
        answer, _ = await world._send("GET", f"{world.url}/bybit{path}", headers, None)
        (call,) = (await world.control("GET", "/refused"))["calls"]

    assert answer["retCode"] == call["code"] == 10004
    assert (call["path"], call["why"], call["how"]) == (path, "signature", "recv_window is not signed")
    assert (call["expected"], call["signed"]) == (f"{stamp}{world.bob.api_key}5000", text)
    assert world.bob.secret not in str(call)


@pytest.mark.parametrize(
    ("key", "foreign"),
    [
        ("aB3" * 6, True),
        ("Ab" * 9, True),
        ("simBob1234567890aB", False),
        ("alicestradingkey12", False),
        ("ALICESTRADINGKEY12", False),
        ("aB3" * 5, False),
        ("a-B" * 6, False),
        ("aB34" * 16, True),
    ],
)
def test_a_key_with_the_shape_of_a_real_one_is_refused(key: str, foreign: bool) -> None:
    """18 letters of both sizes and digits at Bybit, 64 at Binance."""
    assert looks_foreign(key) is foreign
    keys = Keys()
    if foreign:
        with pytest.raises(ForeignKey, match="--allow-any-key"):
            keys.add(AccountNo(1), key, "s" * 36)
    assert keys.add(AccountNo(1), key, "s" * 36, allow_any=True).api_key == key


def rsa_private() -> RSAPrivateKey:
    return generate_private_key(65_537, 2048)


def pem_of(private: RSAPrivateKey) -> str:
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def sign(private: RSAPrivateKey, text: str) -> str:
    return b64encode(private.sign(text.encode(), PKCS1v15(), SHA256())).decode()


def hmac_of(key: Key, text: str) -> str:
    return hmac.new(key.secret.encode(), text.encode(), sha256).hexdigest()
