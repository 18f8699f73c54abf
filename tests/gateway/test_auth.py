"""Keys of every kind over real sockets: signatures, permissions, addresses, and logging on."""

import logging
from typing import Any
from urllib.parse import quote

import pytest

from simexchange.core.vocabulary.units import DAY, SECOND, Nanos
from simexchange.dialects.binance.venue import binance_as_of
from simexchange.dialects.contract import Permission
from simexchange.gateway.keys import Terms
from simexchange.runtime.clock import PAUSED
from tests.gateway.real import limit, trading
from tests.gateway.signers import ED_KEY, RSA_KEY, Client, Sign, by_ed25519, by_rsa, by_secret, call, public
from tests.gateway.world import Served, hear

ORDER = limit("BUY", "0.1", "50000")
REFUSED = {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."}
BAD_SIGNATURE = {"code": -1022, "msg": "Signature for this request is not valid."}
PLAIN_TERMS = Terms()
READER = Terms(permissions=frozenset({Permission.READING}))


def rsa_client(world: Served, terms: Terms = PLAIN_TERMS) -> Client:
    return Client(world, world.keys.add_public(world.account, public(RSA_KEY), terms).api_key, by_rsa)


def ed_client(world: Served, terms: Terms = PLAIN_TERMS) -> Client:
    return Client(world, world.keys.add_public(world.account, public(ED_KEY), terms).api_key, by_ed25519)


def hmac_client(world: Served, terms: Terms = PLAIN_TERMS) -> Client:
    key = world.keys.make(world.account, terms)
    return Client(world, key.api_key, by_secret(key.secret))


CLIENTS = [
    pytest.param(hmac_client, id="HMAC"), pytest.param(rsa_client, id="RSA"), pytest.param(ed_client, id="Ed25519"),
]  # fmt: skip


@pytest.mark.parametrize("make", CLIENTS)
async def test_a_key_of_each_kind_trades_and_reads_over_rest(make: Any) -> None:
    """Spot and USDⓈ-M; the order's parameters in the query, the body, or partly in each."""
    async with trading() as world:
        client = make(world)
        placed = await client.ask("POST", "/api/v3/order", **ORDER)
        in_body = await client.send("POST", "/api/v3/order", data=client.query(**ORDER))
        query, _, body = client.query(**ORDER).partition("&timeInForce")
        mixed = await client.send("POST", f"/api/v3/order?{query}", data=f"timeInForce{body}", status=400)
        future = await client.ask("POST", "/fapi/v1/order", **limit("BUY", "0.1", "50000"))
        open_orders = await client.ask("GET", "/api/v3/openOrders")

    assert [row["orderId"] for row in open_orders] == [placed["orderId"], in_body["orderId"]]
    # The separator between the two parts was not signed.
    assert mixed == BAD_SIGNATURE
    assert future["status"] == "NEW"


@pytest.mark.parametrize("make", CLIENTS)
async def test_a_key_of_each_kind_trades_over_the_websocket_api(make: Any) -> None:
    """Booleans and numbers are signed as their JSON spells them."""
    async with trading() as world, world.socket("/ws-api/v3") as socket:
        client = make(world)
        placed = await call(socket, "order.place", **client.signed(**ORDER, recvWindow=5000.5))
        status = await call(socket, "account.status", **client.signed(omitZeroBalances=True))
        python = await call(
            socket, "account.status",
            **{**client.signed(omitZeroBalances="True"), "omitZeroBalances": True},
        )  # fmt: skip

    assert placed["status"] == 200
    assert status["status"] == 200
    # `str(True)` of Python is not what JSON says.
    assert python["error"] == BAD_SIGNATURE


@pytest.mark.parametrize("make", CLIENTS)
@pytest.mark.parametrize(
    "spoil",
    [lambda text: text[:-2], lambda text: text.replace("=", ""), lambda _: "%%%", lambda text: " " + text],
    ids=["shorter", "unpadded", "nonsense", "spaced"],
)
async def test_a_spoilt_signature_is_1022(make: Any, spoil: Sign) -> None:
    async with trading() as world:
        client = make(world)
        query, _, _ = client.query().rpartition("&signature=")
        bad = quote(spoil(client.sign(query.encode())), safe="")
        if client.sign is not by_rsa and "=" not in client.sign(b""):
            bad = "0" + bad
        answer = await client.send("GET", f"/api/v3/account?{query}&signature={bad}", status=400)

    assert answer == BAD_SIGNATURE


async def test_base64_that_was_not_percent_encoded_is_another_signature() -> None:
    """A plus sign in a query is a space."""
    async with trading() as world:
        client = rsa_client(world)
        for n in range(200):
            text = f"recvWindow=5000&timestamp={world.now() - n}"
            signature = client.sign(text.encode())
            if "+" in signature:
                break
        raw = await client.send("GET", f"/api/v3/account?{text}&signature={signature}", status=400)
        good = await client.send("GET", f"/api/v3/account?{text}&signature={quote(signature, safe='')}")

    assert raw == BAD_SIGNATURE
    assert good["accountType"] == "SPOT"


@pytest.mark.parametrize(
    ("query", "data", "answer"),
    [
        ("symbol=BTCUSDT&symbol=BTCUSDT", None, (-1101, "Duplicate values for a parameter detected.")),
        ("", "symbol=BTCUSDT&symbol=ETHUSDT", (-1101, "Duplicate values for a parameter detected.")),
    ],
)
async def test_a_parameter_sent_twice_in_one_place_is_1101(query: str, data: str | None, answer: Any) -> None:
    async with trading() as world:
        client = hmac_client(world)
        stamp = f"timestamp={world.now()}"
        signed = "&".join(part for part in (query, stamp) if part)
        signature = client.sign(f"{signed}{data or ''}".encode())
        reply = await client.send("DELETE", f"/api/v3/openOrders?{signed}&signature={signature}", status=400, data=data)

    assert (reply["code"], reply["msg"]) == answer


async def test_the_query_wins_where_query_and_body_name_a_parameter() -> None:
    async with trading() as world:
        client = hmac_client(world)
        query = f"symbol=BTCUSDT&timestamp={world.now()}"
        body = "symbol=NOSUCH&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price=50000"
        signature = client.sign((query + body).encode())
        placed = await client.send("POST", f"/api/v3/order?{query}&signature={signature}", data=body)

    assert placed["symbol"] == "BTCUSDT"


PLAIN, ENCODED = "a/b", "a%2Fb"
UNICODE, UNICODE_ENCODED = "１２", quote("１２", safe="")


@pytest.mark.parametrize(
    ("day", "signed", "sent", "good"),
    [
        ("", ENCODED, ENCODED, True),
        ("", PLAIN, PLAIN, True),
        ("", PLAIN, ENCODED, False),
        ("", UNICODE_ENCODED, UNICODE_ENCODED, True),
        ("", UNICODE, UNICODE_ENCODED, False),
        ("", UNICODE, UNICODE, False),
        ("2026-01-15", PLAIN, ENCODED, False),
        ("2026-01-14", PLAIN, ENCODED, True),
        ("2026-01-14", UNICODE, UNICODE_ENCODED, True),
        ("2026-01-14", UNICODE, UNICODE, True),
        ("2026-01-14", ENCODED, ENCODED, True),
        ("2026-01-14", ENCODED + "0", ENCODED, False),
        ("2025-12-08", PLAIN, ENCODED, True),
    ],
)
@pytest.mark.parametrize("in_body", [False, True], ids=["query", "body"])
async def test_percent_signs_come_before_the_signature_since_2026_01_15(
    day: str, signed: str, sent: str, good: bool, in_body: bool
) -> None:
    """Any value with something to encode; the one of ``apiKey`` is read by nobody."""
    if sent == UNICODE and not in_body:
        pytest.skip("no request line has bytes beyond ASCII")
    async with trading(dialect=binance_as_of(day)) as world:
        client = hmac_client(world)
        stamp = f"&symbol=BTCUSDT&orderId=7&timestamp={world.now()}"
        signature = client.sign(f"apiKey={signed}{stamp}".encode())
        text = f"apiKey={sent}{stamp}&signature={signature}"
        if in_body:
            answer = await client.send("DELETE", "/api/v3/order", status=400, data=text.encode())
        else:
            answer = await client.send("DELETE", f"/api/v3/order?{text}", status=400)

    assert answer["code"] == (-2011 if good else -1022)


# What a key may do

TRADES = [
    ("POST", "/api/v3/order", ORDER, Permission.SPOT_TRADING),
    ("POST", "/api/v3/order/test", ORDER, Permission.SPOT_TRADING),
    ("DELETE", "/api/v3/openOrders", {"symbol": "BTCUSDT"}, Permission.SPOT_TRADING),
    ("POST", "/fapi/v1/order", ORDER, Permission.FUTURES),
    ("POST", "/fapi/v1/leverage", {"symbol": "BTCUSDT", "leverage": 5}, Permission.FUTURES),
    ("POST", "/sapi/v1/asset/transfer", {"type": "MAIN_UMFUTURE", "asset": "USDT", "amount": 1},
     Permission.UNIVERSAL_TRANSFER),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "params", "needed"), TRADES)
async def test_a_key_without_the_permission_of_a_call_is_2015_and_changes_nothing(
    method: str, path: str, params: dict[str, Any], needed: Permission
) -> None:
    async with trading() as world:
        reader, missing = (
            hmac_client(world, READER),
            hmac_client(world, Terms(permissions=frozenset(Permission) - {needed})),
        )
        able = hmac_client(world, Terms(permissions=frozenset({needed})))
        seq = world.exchange.seq
        answers = [await client.ask(method, path, status=401, **params) for client in (reader, missing)]
        unchanged = world.exchange.seq
        done = await able.ask(method, path, status=400 if method == "DELETE" else 200, **params)
        account = await reader.ask("GET", "/api/v3/account")
        blind = await able.ask("GET", "/api/v3/account", status=401)

    assert answers == [REFUSED, REFUSED]
    assert unchanged == seq
    assert done.get("code") in (None, -2011)
    assert account["accountType"] == "SPOT"
    assert blind == REFUSED


@pytest.mark.parametrize(
    ("path", "method", "params", "status"),
    [
        ("/ws-api/v3", "order.place", ORDER, 401),
        ("/ws-api/v3", "openOrders.cancelAll", {"symbol": "BTCUSDT"}, 401),
        ("/ws-api/v3", "openOrders.status", {}, 200),
        ("/ws-api/v3", "account.status", {}, 200),
        ("/ws-api/v3", "userDataStream.subscribe.signature", {}, 200),
        ("/ws-fapi/v1", "order.place", ORDER, 401),
        ("/ws-fapi/v1", "v2/account.balance", {}, 200),
    ],
)
async def test_a_reading_key_only_reads_over_the_websocket_api(
    path: str, method: str, params: dict[str, Any], status: int
) -> None:
    async with trading() as world, world.socket(path) as socket:
        reader = hmac_client(world, READER)
        answer = await call(socket, method, **reader.signed(**params))

    assert answer["status"] == status
    assert answer.get("error") == (REFUSED if status == 401 else None)


async def test_the_restrictions_of_a_key_are_told_as_they_are() -> None:
    async with trading() as world:
        reader = hmac_client(world, Terms(permissions=READER.permissions, addresses=("127.0.0.1", "10.0.0.0/8")))
        everything = hmac_client(world, Terms(permissions=frozenset(Permission), created_at=10**18))
        told = await reader.ask("GET", "/sapi/v1/account/apiRestrictions")
        all_told = await everything.ask("GET", "/sapi/v1/account/apiRestrictions")

    on = {name for name, value in told.items() if value is True}
    assert on == {"ipRestrict", "enableReading"}
    assert {name for name, value in all_told.items() if value is True} == {
        "enableReading", "enableSpotAndMarginTrading", "enableFutures", "enableWithdrawals", "enableInternalTransfer",
        "permitsUniversalTransfer",
    }  # fmt: skip
    assert all_told["createTime"] == 10**12


# Where a key may come from


@pytest.mark.parametrize(
    ("addresses", "status"),
    [(("127.0.0.1",), 200), (("127.0.0.0/8", "10.1.2.3"), 200), (("10.1.2.3",), 401), (("10.0.0.0/8", "::1"), 401)],
)
async def test_a_key_that_is_bound_to_addresses_is_good_from_those(addresses: tuple[str, ...], status: int) -> None:
    async with trading() as world, world.socket("/ws-api/v3") as socket:
        client = hmac_client(world, Terms(addresses=addresses))
        answer = await client.ask("GET", "/api/v3/account", status=status)
        heard = await call(socket, "account.status", **client.signed())
        key_only = await client.send("POST", "/fapi/v1/listenKey", status=status)

    assert heard["status"] == status
    assert (answer == REFUSED, key_only == REFUSED) == (status == 401, status == 401)


# Several keys, changed while the exchange runs


async def test_a_deleted_key_opens_nothing_and_its_account_keeps_the_others() -> None:
    async with trading() as world:
        first, second = hmac_client(world), rsa_client(world)
        await first.ask("GET", "/api/v3/account")
        world.keys.remove(first.api_key)
        gone = await first.ask("GET", "/api/v3/account", status=401)
        still = await second.ask("GET", "/api/v3/account")

    assert gone == REFUSED
    assert still["uid"] == world.account


async def test_no_secret_reaches_the_diagnostic_log(caplog: pytest.LogCaptureFixture) -> None:
    """Not even where everything is logged and a signature is wrong."""
    caplog.set_level(logging.DEBUG)
    async with trading() as world:
        key = world.keys.make(world.account)
        client = Client(world, key.api_key, lambda _: "00")
        await client.ask("GET", "/api/v3/account", status=400)
        logging.getLogger("simexchange").warning("%s %r", key, [key])

    assert "account=" in caplog.text
    assert key.secret not in caplog.text


# Logging on


async def test_who_has_logged_on_neither_names_nor_signs_a_request() -> None:
    async with trading() as world, world.socket("/ws-api/v3?returnRateLimits=false") as socket:
        client = ed_client(world)
        before = await call(socket, "session.status")
        on = await call(socket, "session.logon", **client.signed())
        placed = await call(socket, "order.place", timestamp=world.now(), **ORDER)
        unstamped = await call(socket, "order.place", **ORDER)
        stale = await call(socket, "account.status", timestamp=world.now() - 6_000)
        account = await call(socket, "account.status", timestamp=world.now())
        off = await call(socket, "session.logout")
        refused = await call(socket, "account.status", timestamp=world.now())

    assert (before["result"]["apiKey"], before["result"]["authorizedSince"]) == (None, None)
    assert on["result"]["apiKey"] == client.api_key
    assert on["result"]["authorizedSince"] <= on["result"]["serverTime"]
    assert on["result"]["returnRateLimits"] is False
    assert placed["result"]["status"] == "NEW"
    assert (unstamped["error"]["code"], stale["error"]["code"]) == (-1102, -1021)
    assert account["result"]["uid"] == world.account
    assert (off["result"]["apiKey"], off["result"]["userDataStream"]) == (None, False)
    assert refused["error"]["msg"] == "Mandatory parameter 'apiKey' was not sent, was empty/null, or malformed."


async def test_a_request_of_its_own_key_overrides_the_session() -> None:
    """A reading key logs on; an order is signed by another one."""
    async with trading() as world, world.socket("/ws-api/v3") as socket:
        reader, trader = ed_client(world, READER), hmac_client(world)
        bob = Client(world, world.bob.api_key, by_secret(world.bob.secret))
        await call(socket, "session.logon", **reader.signed())
        refused = await call(socket, "order.place", timestamp=world.now(), **ORDER)
        placed = await call(socket, "order.place", **trader.signed(**ORDER))
        unsigned = await call(socket, "account.status", apiKey=bob.api_key, timestamp=world.now())
        other = await call(socket, "account.status", **bob.signed())
        mine = await call(socket, "account.status", timestamp=world.now())

    assert refused["error"] == REFUSED
    assert placed["status"] == 200
    assert unsigned["error"]["code"] == -1102
    assert (other["result"]["uid"], mine["result"]["uid"]) == (world.bob.account, world.account)


@pytest.mark.parametrize("make", CLIENTS[:2])
async def test_only_an_ed25519_key_logs_on(make: Any) -> None:
    async with trading() as world, world.socket("/ws-api/v3") as socket:
        answer = await call(socket, "session.logon", **make(world).signed())
        status = await call(socket, "session.status")

    assert answer["error"] == {"code": -1020, "msg": "This operation is not supported."}
    assert status["result"]["apiKey"] is None


async def test_a_wrong_signature_does_not_log_on() -> None:
    async with trading() as world, world.socket("/ws-api/v3") as socket:
        signed = ed_client(world).signed()
        answer = await call(socket, "session.logon", **{**signed, "timestamp": signed["timestamp"] + 1})
        unnamed = await call(socket, "session.logon", timestamp=world.now(), signature="x")
        status = await call(socket, "session.status")

    assert answer["error"] == BAD_SIGNATURE
    assert unnamed["error"]["code"] == -1102
    assert status["result"]["apiKey"] is None


async def test_a_private_stream_needs_no_signature_after_logging_on_and_ends_with_the_session() -> None:
    """The venue's last word is eventStreamTerminated."""
    async with trading() as world, world.socket("/ws-api/v3") as socket:
        client = ed_client(world)
        early = await call(socket, "userDataStream.subscribe")
        await call(socket, "session.logon", **client.signed())
        begun = await call(socket, "userDataStream.subscribe")
        again = await call(socket, "userDataStream.subscribe")
        await client.ask("POST", "/api/v3/order", **ORDER)
        report = await hear(socket)
        await hear(socket)
        off = await call(socket, "session.logout")
        last = await hear(socket)
        await client.ask("POST", "/api/v3/order", **ORDER)
        silent = await call(socket, "ping")

    assert early["error"]["code"] == -1002
    assert (begun["result"], again["error"]["code"]) == ({"subscriptionId": 0}, -2035)
    assert (report["subscriptionId"], report["event"]["e"]) == (0, "executionReport")
    assert (last["subscriptionId"], last["event"]["e"]) == (0, "eventStreamTerminated")
    assert off["result"]["userDataStream"] is False
    assert silent["id"] == "ping"


async def test_a_session_whose_key_is_deleted_is_revoked_by_its_next_request() -> None:
    """One frame without an id; then it is as if nobody had logged on."""
    async with trading() as world, world.socket("/ws-api/v3") as socket:
        client = ed_client(world)
        await call(socket, "session.logon", **client.signed())
        world.keys.remove(client.api_key)
        seq = world.exchange.seq
        revoked = await call(socket, "order.place", timestamp=world.now(), **ORDER)
        status = await call(socket, "session.status")

    assert revoked == {"id": None, "status": 401, "error": REFUSED}
    assert world.exchange.seq == seq
    assert status["result"]["apiKey"] is None


async def test_usdm_logs_on_too() -> None:
    """Without word of private streams, which have sockets of their own there."""
    async with trading() as world, world.socket("/ws-fapi/v1") as socket:
        on = await call(socket, "session.logon", **ed_client(world).signed())
        placed = await call(socket, "order.place", timestamp=world.now(), **ORDER)
        started = await call(socket, "userDataStream.start")
        off = await call(socket, "session.logout")

    assert set(on["result"]) == {"apiKey", "authorizedSince", "connectedSince", "returnRateLimits", "serverTime"}
    assert placed["status"] == 200
    assert len(started["result"]["listenKey"]) == 64
    assert off["result"]["apiKey"] is None


async def test_requests_refused_for_what_they_ask_are_not_told_to_who_looks_for_wrong_keys() -> None:
    """They would push out those that are; one without a signature is one of those."""
    async with trading() as world:
        client = hmac_client(world)
        await client.ask("POST", "/api/v3/order", status=400, **{**ORDER, "side": "BOTH"})
        await client.send("POST", f"/api/v3/order?{client.query(**ORDER).partition('&signature')[0]}", status=400)
        told = await world.control("GET", "/refused")

    assert [call["text"] for call in told["calls"]] == [
        "Mandatory parameter 'signature' was not sent, was empty/null, or malformed."
    ]


async def test_a_connection_tells_since_when_it_is_there_in_exchange_time() -> None:
    """As it tells the server's time: the exchange began a day ago and stands."""
    async with trading(speed=PAUSED, ago=DAY) as world, world.socket("/ws-api/v3") as socket:
        status = (await call(socket, "session.status"))["result"]

    assert 0 <= status["serverTime"] - status["connectedSince"] < 60_000


@pytest.mark.parametrize("unit", ["MICROSECOND", "microsecond"])
async def test_a_websocket_api_connection_speaks_microseconds_on_wish(unit: str) -> None:
    async with trading() as world, world.socket(f"/ws-api/v3?timeUnit={unit}") as socket:
        status = await call(socket, "session.status")
        stamped = await call(socket, "account.status", **hmac_client(world).signed(timestamp=world.now() * 1000 + 7))

    assert 10**15 < status["result"]["serverTime"] < 10**16
    assert stamped["status"] == 200


# The time that is asked twice


@pytest.mark.parametrize(
    ("path", "code", "counted"),
    [("/api/v3/order", -1021, "X-MBX-ORDER-COUNT-10S"), ("/fapi/v1/order", -5028, "X-MBX-ORDER-COUNT-10S")],
)
async def test_the_window_counts_once_more_before_the_matching_engine(
    path: str, code: int, counted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request came in time and was slow on its way inside: it is refused, and counted as an order."""
    async with trading() as world:
        client = hmac_client(world)
        calls, real = world.server.calls, world.server.calls.wall
        asked: list[Nanos] = []

        def slow() -> Nanos:
            asked.append(real())
            return Nanos(asked[-1] + (3 * SECOND if len(asked) > 1 else 0))

        query = client.query(**ORDER, recvWindow="5000.5", timestamp=world.now() - 2_500)
        seq = world.exchange.seq
        monkeypatch.setattr(calls, "wall", slow)
        monkeypatch.setattr(calls.exchange, "now", lambda: asked[-1] + (3 * SECOND if len(asked) > 1 else 0))
        url = f"{world.url}{path}?{query}"
        async with world.session.post(url, headers={"X-MBX-APIKEY": client.api_key}) as response:
            body = await response.json()
            headers = response.headers
        assert world.exchange.seq == seq

    assert (response.status, body["code"]) == (400, code)
    assert headers[counted] == "1"
