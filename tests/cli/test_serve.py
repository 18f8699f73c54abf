"""What scripts rely on when they start `simexchange serve`."""

import json
import os
import signal
import stat
from pathlib import Path

import pytest

from tests.cli.running import MARKET_FILE, ask, run, serving
from tests.feeds.recorded.tapes import Tape, rows

QUIET = ("--feed", "none")


def test_the_ready_file_says_everything_and_is_gone_afterwards(tmp_path: Path) -> None:
    data = tmp_path / "data"
    keys = ("--key", "alice=simone:secret", "--key", "bob=simtwo:has:colons", "--key", "alice=simthree:third")
    accounts = ("--account", "bob", "--account", "alice@binance:USDT=100,spot.BTC=0.5")
    with serving(tmp_path, *QUIET, "--data", data, *accounts, *keys) as served:
        ready, mode = served.ready, stat.S_IMODE(served.ready_file.stat().st_mode)
        left_over = [path.name for path in tmp_path.iterdir() if path.name not in {"ready.json", "data"}]
        money = served.accounts()
        said = served.end(signal.SIGTERM)

        assert (said.code, said.err) == (0, "")
        assert not served.ready_file.exists()
    assert mode == 0o600
    assert left_over == []
    assert set(ready) >= {"url", "ws_url", "control_token", "pid", "log", "accounts"}
    assert ready["url"].removeprefix("http") == ready["ws_url"].removeprefix("ws")
    assert ready["url"].count("/") == 2
    assert ready["log"] == str(data)
    assert ready["accounts"] == [
        {"name": "bob", "api_key": "simtwo", "api_secret": "has:colons", "venue": "binance"},
        {"name": "alice", "api_key": "simone", "api_secret": "secret", "venue": "binance"},
        {"name": "alice", "api_key": "simthree", "api_secret": "third", "venue": "binance"},
    ]
    assert money == {"bob": {}, "alice": {"spot USDT": "100", "usdm USDT": "100", "spot BTC": "0.5"}}


def test_clients_may_come_when_every_book_has_two_sides(tmp_path: Path) -> None:
    """Even while exchange time stands still; without --account there is one that can trade."""
    with serving(tmp_path, "--speed", "paused") as served:
        markets, money = served.markets(), served.accounts()

    assert len(markets) == 11
    assert set(markets) >= {"spot:BTC-USDT", "spot:ETH-USDT", "spot:BNB-USDT", "perp:BTC-USDT", "perp:ETH-USDT"}
    assert {name.rpartition("-")[0] for name in markets if name.startswith("dated:")} == {
        "dated:BTC-USDT", "dated:BTC-USD",
    }  # fmt: skip
    assert all(row["best_bid"] and row["best_ask"] for row in markets.values())
    assert money["demo"] == {"spot BTC": "2", "spot USDT": "100000", "usdm USDT": "50000"}


def test_a_tape_that_stands_still_stands_at_its_first_whole_book(tmp_path: Path) -> None:
    """Its snapshot comes 2 s after its first line: without it nobody could come in to let it go on."""
    at = 1_700_000_000_000
    tape = Tape().depth(at, bids=rows("99 1")).snapshot(at + 2_000, bids=rows("99 1"), asks=rows("101 1"))
    path = tape.depth(at + 2_100, bids=rows("98 1")).trade(at + 9_000, "99", "1", sold=True).write(tmp_path / "tape")

    with serving(tmp_path, "--speed", "paused", "--feed", f"recorded:{path}") as served:
        markets = served.markets()
        _, clock = served.control("GET", "clock")
        _, later = served.control("GET", "clock")

    assert (markets["spot:BTC-USDT"]["best_bid"], markets["spot:BTC-USDT"]["best_ask"]) == ("99", "101")
    assert clock["mode"] == "pause"
    assert later == clock


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_well_and_an_ephemeral_log_goes_with_it(number: int, tmp_path: Path) -> None:
    with serving(tmp_path, *QUIET) as served:
        there = ask("verify", served.log, "--json")
        said = served.end(number)

        assert json.loads(there.out)["ok"] is True
        assert said.code == 0
        assert not Path(served.log).exists()
        assert not served.ready_file.exists()


def test_until_ends_at_exactly_that_exchange_time(tmp_path: Path) -> None:
    data = tmp_path / "data"
    start = "2026-01-01T00:00:00Z"
    said = run("serve", "--port", 0, "--data", data, "--start", start, "--speed", "max", "--until", "30s")
    last = json.loads(ask("inspect", data, "--json").out.splitlines()[-1])

    assert (said.code, said.err) == (0, "")
    assert "2026-01-01T00:00:29" < last["at"] <= "2026-01-01T00:00:30Z"


def test_a_data_folder_goes_on_where_it_was(tmp_path: Path) -> None:
    """Accounts and markets as they were logged, whatever the options are now; a new account is opened beside them."""
    data, market = tmp_path / "data", tmp_path / "market.toml"
    market.write_text(MARKET_FILE)
    with serving(tmp_path, *QUIET, "--data", data, "--market", market, "--account", "alice:USDT=5") as served:
        key = served.ready["accounts"][0]
        served.end(signal.SIGTERM)
    with serving(tmp_path, *QUIET, "--data", data) as served:
        plain = served.accounts(), set(served.markets()), served.ready["accounts"]
        silent = served.end(signal.SIGTERM).out
    more = ("--account", "alice:USDT=7", "--account", "eve:USDT=1", "--market", market)
    with serving(tmp_path, *QUIET, "--data", data, *more) as served:
        added = served.accounts()
        said = served.end(signal.SIGTERM).out

    assert plain == ({"alice": {"spot USDT": "5"}}, {"spot:XYZ-USDT"}, [key])
    assert "alice" not in silent
    assert added == {"alice": {"spot USDT": "5"}, "eve": {"spot USDT": "1"}}
    assert "account alice is there already and left as it is\n" in said


def test_open_orders_and_time_survive_a_restart(tmp_path: Path) -> None:
    from simexchange.cli.client import Client

    data = tmp_path / "data"
    options = (*QUIET, "--data", data, "--speed", "60x", "--key", "demo=simkey:secret")
    order = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": 1, "price": 50_000}
    with serving(tmp_path, *options, "--start", "2026-01-01T00:00:00Z") as served:
        Client(served.url, "simkey", "secret").signed("POST", "/api/v3/order", **order)
        _, before = served.control("GET", "clock")
        served.end(signal.SIGTERM)
    with serving(tmp_path, *options) as served:
        (open_order,) = Client(served.url, "simkey", "secret").signed("GET", "/api/v3/openOrders", symbol="BTCUSDT")
        balance = served.accounts()["demo"]["spot USDT"]
        _, after = served.control("GET", "clock")

    assert open_order["price"] == "50000.00000000"
    assert balance == "50000"
    assert before["now"]["ns"] <= after["now"]["ns"] < before["now"]["ns"] + 3_600_000_000_000


def test_what_contradicts_the_log_is_refused(tmp_path: Path) -> None:
    data, market = tmp_path / "data", tmp_path / "market.toml"
    market.write_text(MARKET_FILE)
    run("serve", "--port", 0, *QUIET, "--data", data, "--seed", 3, "--for", "0s")

    for flag, value in (("--seed", 4), ("--start", "2020-01-01"), ("--market", market)):
        said = run("serve", "--port", 0, *QUIET, "--data", data, flag, value)
        assert said.code == 3
        assert f"{flag} contradicts the log" in said.one_line()


def test_what_a_killed_process_left_is_not_taken_for_a_ready_file(tmp_path: Path) -> None:
    with serving(tmp_path, *QUIET, "--data", tmp_path / "data") as served:
        os.kill(served.process.pid, signal.SIGKILL)
        served.process.wait()
        stale = served.ready_file
        left = stale.exists()
    said = run("serve", "--port", 0, *QUIET, "--data", tmp_path / "data", "--ready-file", stale, "--seed", 99)

    assert left
    assert said.code == 3
    assert not stale.exists()


def test_the_api_of_a_day_decides_what_is_served(tmp_path: Path) -> None:
    """Before 2025-12-09 there is no call for algo orders: -5000 where there is none, -1102 where there is one."""
    found = {}
    for number, day in enumerate(("2025-12-08", "2025-12-09")):
        folder = tmp_path / str(number)
        folder.mkdir()
        with serving(folder, *QUIET, "--api-date", day) as served:
            status, answer = served.call("POST", "/fapi/v1/algoOrder")
            found[day] = (status, answer["code"])

    assert found == {"2025-12-08": (404, -5000), "2025-12-09": (400, -1102)}


def test_what_is_not_served_is_listed_at_the_end(tmp_path: Path) -> None:
    """Without being asked; a run in which everything was served ends without a word of it."""
    with serving(tmp_path, *QUIET) as served:
        served.call("GET", "/fapi/v1/nothing")
        served.call("GET", "/fapi/v1/nothing")
        said = served.end(signal.SIGTERM)
    second = tmp_path / "second"
    second.mkdir()
    with serving(second, *QUIET) as served:
        served.call("GET", "/api/v3/time")
        quiet = served.end(signal.SIGTERM)

    assert said.out.splitlines()[-2:] == ["asked for and not served:", "       2 x GET /fapi/v1/nothing"]
    assert "served:" not in quiet.out


def test_the_budget_of_a_run_is_listed_where_asked_for(tmp_path: Path) -> None:
    """One call of weight 20 and two of one: 22 of 6,000 in a minute, unless one ended between them."""
    with serving(tmp_path, *QUIET, "--budget") as served:
        for path in ("/api/v3/exchangeInfo", "/api/v3/time", "/api/v3/time"):
            served.call("GET", path)
        said = served.end(signal.SIGTERM)

    lines = [line.split() for line in said.out.splitlines()]
    assert ["spot", "GET", "/api/v3/exchangeInfo", "1", "20", "1", "20"] in lines
    assert ["spot", "GET", "/api/v3/time", "2", "2"] in [line[:5] for line in lines]
    assert any(line[:3] == ["spot", "weight", "1M"] and line[-1] == "6,000" for line in lines)
