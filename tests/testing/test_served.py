"""The same behind sockets: a port of its own, keys, what clients asked for, and an end that leaves nothing."""

import asyncio
import gc
import json
import os
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from simexchange.errors import ConfigError
from simexchange.testing import ServedExchange, server
from simexchange.testing.served import Leaked
from tests.testing.bots import MyBot


def bot(exchange: ServedExchange, name: str = "default") -> MyBot:
    return MyBot(exchange.url, *exchange.credentials(name))


def test_clients_see_what_the_test_sees(exchange_server: ServedExchange) -> None:
    alice = exchange_server.account("alice", USDT=10_000)
    answer = bot(exchange_server, "alice").buy("BTCUSDT", 0.1)
    market = exchange_server.market("BTCUSDT", "spot")
    with urllib.request.urlopen(f"{exchange_server.url}/api/v3/ticker/bookTicker?symbol=BTCUSDT") as told:  # noqa: S310
        ticker = json.load(told)

    assert answer["status"] == "FILLED"
    assert (alice.balance("BTC"), alice.fills()[0].price) == (Decimal("0.1"), market.ask)
    assert float(ticker["askPrice"]) == float(market.ask)


def test_calls_are_written_down_as_they_were_asked_and_answered(exchange_server: ServedExchange) -> None:
    mine = bot(exchange_server)
    mine.buy("BTCUSDT", 0.1)
    with pytest.raises(urllib.error.HTTPError):
        mine.call("GET", "/api/v3/order", symbol="BTCUSDT", orderId=5)
    exchange_server.assert_no_unknown_endpoints()
    with pytest.raises(urllib.error.HTTPError):
        mine.call("GET", "/api/v3/horoscope")

    order = exchange_server.requested("/api/v3/order", "POST")[0]
    assert (order.product, order.account, order.status, order.params["side"]) == ("spot", "default", 200, "BUY")
    assert "signature" not in order.params
    assert [(one.path, one.status, one.served) for one in exchange_server.requests[1:]] == [
        ("/api/v3/order", 400, True), ("/api/v3/horoscope", 404, False),
    ]  # fmt: skip
    with pytest.raises(AssertionError, match="1 x GET /api/v3/horoscope"):
        exchange_server.assert_no_unknown_endpoints()


def test_its_clock_is_in_the_tests_hand_as_well(exchange_server: ServedExchange) -> None:
    a = exchange_server.account("a", USDT=10_000)
    a.sell("BTCUSDT", 0.1)
    exchange_server.set_funding("BTCUSDT", "0.02%")
    exchange_server.step("funding")
    exchange_server.run_until(lambda: a.funding_received.count == 2)

    with urllib.request.urlopen(f"{exchange_server.url}/api/v3/time") as told:  # noqa: S310
        assert json.load(told)["serverTime"] == int(exchange_server.now.timestamp() * 1000)
    assert exchange_server.now.hour == 16


def test_two_at_once_know_nothing_of_each_other(exchange_factory: Callable[..., Any]) -> None:
    one, other = exchange_factory(), exchange_factory(accounts={"bob": {"USDT": 5}})
    bot(one).buy("BTCUSDT", 0.1)

    assert one.url != other.url
    assert (len(one.log.where("fill")), len(other.log.where("fill"))) == (1, 0)
    assert [account.name for account in other.accounts] == ["default", "bob"]
    with pytest.raises(ConfigError, match="no account 'bob'"):
        one.credentials("bob")


def test_a_reset_keeps_address_and_keys(exchange_server: ServedExchange) -> None:
    mine, where = bot(exchange_server), exchange_server.url
    mine.buy("BTCUSDT", 0.1)
    exchange_server.reset()

    assert exchange_server.url == where
    assert not exchange_server.requests
    assert mine.buy("BTCUSDT", 0.1)["status"] == "FILLED"
    assert len(exchange_server.log.where("fill")) == 1


def test_variables_for_another_process_name_address_and_key(exchange_server: ServedExchange) -> None:
    key, secret = exchange_server.credentials()
    env = exchange_server.env()

    assert (env["SIMEXCHANGE_URL"], env["SIMEXCHANGE_API_KEY"]) == (exchange_server.url, key)
    assert (env["BINANCE_API_KEY"], env["BINANCE_API_SECRET"]) == (key, secret)
    assert all(isinstance(value, str) for value in {**os.environ, **env}.values())


@pytest.mark.venue("binance", "bybit")
def test_variables_of_an_account_say_where_its_venues_paths_begin(exchange_server: ServedExchange) -> None:
    key, secret = exchange_server.credentials("bybit")
    env = exchange_server.env("bybit")

    assert (env["BYBIT_API_KEY"], env["BYBIT_API_SECRET"]) == (key, secret)
    assert env["SIMEXCHANGE_BYBIT_URL"] == f"{exchange_server.url}/bybit"
    assert env["SIMEXCHANGE_BYBIT_WS_URL"] == f"{exchange_server.ws_url}/bybit"
    assert exchange_server.env()["SIMEXCHANGE_BINANCE_URL"] == exchange_server.url


@pytest.mark.venue("binance", "bybit")
def test_variables_tell_where_each_venue_begins_and_whose_key_opens_it(exchange_server: ServedExchange) -> None:
    """As `simexchange run` has them: a program reads the same ones in a test and beside an exchange."""
    url, ws_url = exchange_server.url, exchange_server.ws_url
    keys = {name: exchange_server.credentials(name).api_key for name in ("default", "bybit")}
    env, bybit = exchange_server.env(), exchange_server.env("bybit")

    assert (env["SIMEXCHANGE_BINANCE_URL"], env["SIMEXCHANGE_BYBIT_URL"]) == (url, f"{url}/bybit")
    assert env["SIMEXCHANGE_BYBIT_WS_URL"] == f"{ws_url}/bybit"
    for told, first in ((env, "default"), (bybit, "bybit")):
        assert told["SIMEXCHANGE_API_KEY"] == keys[first]
        assert (told["BINANCE_API_KEY"], told["BYBIT_API_KEY"]) == (keys["default"], keys["bybit"])


def test_faults_are_added_told_and_taken_away(exchange_server: ServedExchange) -> None:
    mine = bot(exchange_server)
    exchange_server.faults.add("unavailable", times=1, match="POST /api/v3/order")
    mine.buy("BTCUSDT", 0.1)
    name = exchange_server.faults.add("unavailable")
    exchange_server.faults.remove(name)
    exchange_server.faults.add("maintenance")
    exchange_server.faults.clear()

    assert [(row.event.kind, row.event.name) for row in exchange_server.faults.applied] == [
        ("unavailable", "POST /api/v3/order")
    ]
    assert len(exchange_server.log.where("order_accepted")) == 1
    with pytest.raises(ConfigError, match="did you mean"):
        exchange_server.faults.add("maintenence")


def test_a_plan_of_faults_is_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "faults.toml").write_text('[[fault]]\nkind = "unavailable"\ntimes = 1\nmatch = "orders"\n')
    with server(faults_file=str(tmp_path / "faults.toml"), faults=(("latency", {"delay": "1ms"}),)) as exchange:
        bot(exchange).buy("BTCUSDT", 0.1)
        assert {row.event.kind for row in exchange.faults.applied} == {"unavailable", "latency"}
    (tmp_path / "faults.toml").write_text("[[fault]]\nkind = 'rain'\n")
    with pytest.raises(ConfigError, match="rain"):
        server(faults_file=str(tmp_path / "faults.toml")).start()


def test_the_environment_may_name_a_plan_besides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So a search for faults that break a test reaches the exchange of its fixture."""
    (tmp_path / "found.toml").write_text('[[fault]]\nkind = "unavailable"\ntimes = 1\nmatch = "orders"\n')
    monkeypatch.setenv("SIMEXCHANGE_FAULTS", str(tmp_path / "found.toml"))
    with server() as exchange:
        bot(exchange).buy("BTCUSDT", 0.1)
        assert [row.event.kind for row in exchange.faults.applied] == ["unavailable"]


def test_a_socket_is_cut_after_so_many_messages(exchange_server: ServedExchange) -> None:
    exchange_server.faults.drop_ws(after=2)

    async def listen() -> int:
        heard = 0
        where = f"{exchange_server.ws_url}/spot/ws/btcusdt@trade"
        async with aiohttp.ClientSession() as session, session.ws_connect(where) as socket:
            for _ in range(5):
                await asyncio.to_thread(exchange_server.account().buy, "BTCUSDT", 0.01)
            async for message in socket:
                heard += message.type is aiohttp.WSMsgType.TEXT
        return heard

    assert asyncio.run(listen()) <= 3
    assert [row.event.kind for row in exchange_server.faults.applied] == ["close"]


def test_nothing_is_left_when_it_ends() -> None:
    before = {thread.name for thread in threading.enumerate()}
    with server() as exchange:
        bot(exchange).buy("BTCUSDT", 0.1)
        where = exchange.url
    gc.collect()

    assert {thread.name for thread in threading.enumerate()} == before
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"{where}/api/v3/time", timeout=1)  # noqa: S310
    exchange.stop()


def test_a_task_that_goes_on_is_named() -> None:
    exchange = server().start()

    async def forgotten() -> None:
        await asyncio.Event().wait()

    kept = []
    exchange.do(lambda: kept.append(asyncio.get_running_loop().create_task(forgotten())))
    with pytest.raises(Leaked, match="forgotten"):
        exchange.stop()
