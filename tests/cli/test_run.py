"""`simexchange run`: an exchange and a client beside it."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from simexchange.cli.clientclock import PLACES
from simexchange.cli.sealed import why_not
from tests.cli import running
from tests.cli.running import Said, ask, command
from tests.house.sources import ROOT

ENDS_WITHIN = 90.0
"""Wall seconds for an exchange and a client in it, on a busy machine; sealed it is begun twice."""
QUIET = ("--port", "0", "--feed", "none")
FAKETIME = any(list(Path("/").glob(place)) for place in PLACES)
needs_faketime = pytest.mark.skipif(
    not FAKETIME, reason="libfaketime is not installed (Debian: apt install libfaketime)"
)
TRADES = """
import hashlib, hmac, json, os, time, urllib.parse, urllib.request

def ask(method, path, **params):
    query = urllib.parse.urlencode({**params, "timestamp": int(time.time() * 1000)})
    key, secret = os.environ["SIMEXCHANGE_API_KEY"], os.environ["SIMEXCHANGE_API_SECRET"]
    signature = hmac.new(secret.encode(), query.encode(), hashlib.sha256).hexdigest()
    url = os.environ["SIMEXCHANGE_URL"] + path + "?" + query + "&signature=" + signature
    request = urllib.request.Request(url, method=method, headers={"X-MBX-APIKEY": key})
    return json.load(urllib.request.urlopen(request, timeout=3600))
"""


def run(*words: object) -> Said:
    return running.run(*words, within=ENDS_WITHIN)


def client(text: str) -> tuple[str, str, str]:
    """A Python program as a command."""
    return sys.executable, "-c", text


def log_of(said: Said) -> Path:
    """Where the last line says that the log is."""
    return Path(said.err.splitlines()[-1].removeprefix("event log: "))


def test_a_client_finds_address_keys_and_authority_in_its_environment(tmp_path: Path) -> None:
    """The last one is a fixed host name: it leads here, by the proxy and the authority that the environment names."""
    data = tmp_path / "data"
    text = f"""{TRADES}
print(json.dumps(ask("GET", "/api/v3/account")["canTrade"]))
print(urllib.request.urlopen("https://fapi.binance.com/fapi/v1/ping").status)
assert os.environ["BINANCE_API_KEY"] == os.environ["SIMEXCHANGE_API_KEY"]
"""
    said = run("run", *QUIET, "--data", data, "--", *client(text))

    assert said.out == "true\n200\n", said.err
    assert said.code == 0
    assert log_of(said) == data
    assert json.loads(ask("verify", data, "--json").out)["ok"] is True


def test_each_venue_has_its_own_address_and_key_there() -> None:
    """The last line is a fixed host name of the second venue."""
    text = """
import json, os, urllib.request as request
e = os.environ
told = json.load(request.urlopen(e["SIMEXCHANGE_BYBIT_URL"] + "/v5/market/time"))
print(told["retCode"], e["SIMEXCHANGE_BINANCE_URL"] == e["SIMEXCHANGE_URL"], e["BYBIT_API_KEY"], e["BINANCE_API_KEY"])
print(json.load(request.urlopen("https://api.bybit.com/v5/market/time"))["retCode"])
"""
    accounts = ("--account", "alice", "--account", "bob@bybit", "--key", "alice=simal:x", "--key", "bob=simbob:y")
    said = run("run", *QUIET, "--ephemeral", *accounts, "--", *client(text))

    assert said.out == "0 True simbob simal\n0\n", said.err


@pytest.mark.parametrize("status", [0, 7])
def test_it_ends_with_the_clients_status_and_keeps_the_log(status: int) -> None:
    said = run("run", *QUIET, "--", *client(f"raise SystemExit({status})"))
    log = log_of(said)

    assert said.code == status
    assert (log / "events.sqlite").exists()
    assert "simexchange serves http://127.0.0.1:" in said.err
    assert said.out == ""


def test_an_ephemeral_log_is_removed_and_not_named() -> None:
    said = run("run", *QUIET, "--ephemeral", "--", *client("print('x')"))

    assert (said.code, said.out) == (0, "x\n")
    assert "event log:" not in said.err


def test_words_of_the_client_are_its_own_after_two_dashes() -> None:
    said = run(
        "run", *QUIET, "--ephemeral", "--", *client("import sys; print(sys.argv[1:])"), "--port", "9", "--", "-h"
    )

    assert said.out == "['--port', '9', '--', '-h']\n"


def test_the_two_dashes_may_be_left_out() -> None:
    said = run("run", *QUIET, "--ephemeral", *client("import sys; print(sys.argv[1:])"), "--speed", "9")

    assert said.out == "['--speed', '9']\n"


def test_a_client_that_a_signal_ended_is_told_as_a_shell_tells_it() -> None:
    said = run("run", *QUIET, "--ephemeral", "--", *client("import os; os.kill(os.getpid(), 9)"))

    assert said.code == 128 + 9


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_goes_to_the_client_and_its_answer_is_the_status(number: signal.Signals, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    text = f"""
import pathlib, signal, sys, time
signal.signal({int(number)}, lambda *_: sys.exit(5))
pathlib.Path({str(ready)!r}).touch()
time.sleep(60)
"""
    process = subprocess.Popen(
        command("run", *QUIET, "--ephemeral", "--", *client(text)),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        until = time.monotonic() + ENDS_WITHIN
        while not ready.exists():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < until
            time.sleep(0.02)
        process.send_signal(number)

        assert process.wait(timeout=ENDS_WITHIN) == 5
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_where_the_exchange_ends_first_the_client_ends_with_it() -> None:
    said = run("run", *QUIET, "--ephemeral", "--for", "1s", "--", *client("import time; time.sleep(60)"))

    assert said.code == 128 + signal.SIGTERM
    assert "the exchange ends, and the client with it" in said.err


needs_seal = pytest.mark.skipif(bool(why_not()), reason=why_not())


@needs_seal
def test_sealed_a_client_that_follows_no_proxy_is_led_here_by_the_venues_names(tmp_path: Path) -> None:
    """Plain aiohttp, which looks at no variable for a proxy: it trades and hears by addresses it knows by heart."""
    text = (ROOT / "scripts" / "fixed_hosts_client.py").read_text().replace("trust_env=True", "")
    data = tmp_path / "data"
    said = run("run", "--port", "0", "--data", data, "--sealed", "--", *client(text))

    assert said.code == 0, said.err
    assert "spot: FILLED" in said.out
    assert "on wss://stream.binance.com:9443" in said.out
    assert "sealed: nothing leaves" in said.err
    assert log_of(said) == data
    assert json.loads(ask("verify", data, "--json").out)["ok"] is True


@needs_seal
def test_sealed_there_is_no_way_out() -> None:
    text = """
import socket
for address in (("198.51.100.7", 443), ("www.example.com", 443)):
    try:
        socket.create_connection(address, timeout=5)
    except OSError as error:
        print(type(error).__name__)
print(open("/proc/net/dev").read().count(":"))
"""
    said = run("run", *QUIET, "--ephemeral", "--sealed", "--", *client(text))

    assert said.out == "OSError\ngaierror\n1\n", said.err


@needs_seal
def test_sealed_a_status_comes_through_and_the_machines_hosts_file_is_as_before() -> None:
    before = Path("/etc/hosts").read_bytes()
    said = run("run", *QUIET, "--ephemeral", "--sealed", "--", *client("raise SystemExit(9)"))

    assert said.code == 9
    assert Path("/etc/hosts").read_bytes() == before


def test_where_nothing_can_be_sealed_it_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    said = run("run", *QUIET, "--sealed", "--", sys.executable, "-c", "")

    assert said.code == 3
    assert "--sealed: needs Linux and unshare" in said.one_line()


def test_a_command_that_is_not_there_is_one_clear_error_and_nothing_is_begun() -> None:
    said = run("run", *QUIET, "--", "no-such-command-anywhere")

    assert said.code == 2
    assert "no such command" in said.one_line()


def test_an_option_that_makes_no_sense_is_one_clear_error() -> None:
    assert run("run", "--speed", "fast", "--", "true").one_line()


def test_without_a_proxy_the_environment_names_none() -> None:
    said = run(
        "run", *QUIET, "--ephemeral", "--no-proxy", "--", *client("import os; print('HTTPS_PROXY' in os.environ)")
    )

    assert said.out == f"{'HTTPS_PROXY' in os.environ}\n"


@pytest.mark.parametrize("speed", ["max", "paused"])
def test_a_clock_that_cannot_be_followed_is_told(speed: str) -> None:
    said = run("run", *QUIET, "--ephemeral", "--speed", speed, "--", "true")

    assert said.code == 0
    assert f"the client's clock is the computer's: exchange time has no steady pace at --speed {speed}" in said.err


def test_where_libfaketime_is_missing_a_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simexchange.cli.clientclock.PLACES", ())
    program = "import runpy, sys; import simexchange.cli.clientclock as c; c.PLACES = (); "
    program += "sys.argv = ['simexchange', *sys.argv[1:]]; runpy.run_module('simexchange', run_name='__main__')"
    said = subprocess.run(
        [sys.executable, "-c", program, "run", *QUIET, "--ephemeral", "--speed", "60x", "--", "true"],
        capture_output=True, text=True, timeout=ENDS_WITHIN, check=False,
    )  # fmt: skip

    assert said.returncode == 0
    assert "libfaketime is not installed (on Debian and Ubuntu: apt install libfaketime)" in said.stderr


@needs_faketime
def test_a_clients_clock_runs_at_exchange_speed_and_its_signed_calls_are_taken() -> None:
    """Minutes of the client's, waited for in every usual way, are seconds of the computer's."""
    text = f"""{TRADES}
import asyncio, subprocess, sys, threading
offsets = []
for wait in (time.sleep, threading.Event().wait, lambda s: asyncio.run(asyncio.sleep(s))):
    before = time.time()
    wait(60)
    assert 60 <= time.time() - before < 160, time.time() - before
    asked = time.time()
    served = json.load(urllib.request.urlopen(os.environ["SIMEXCHANGE_URL"] + "/api/v3/time"))["serverTime"] / 1000
    offsets.append((asked - served, time.time() - served))
    ask("GET", "/api/v3/account")
below = float(subprocess.check_output([sys.executable, "-c", "import time; print(time.time())"]))
assert below <= time.time() < below + 120
# What the exchange said lies between what the client's clock said before and after it was asked.
print(all(before <= 60 and after >= -60 for before, after in offsets))
"""
    began = time.monotonic()
    said = run("run", *QUIET, "--ephemeral", "--speed", "60x", "--", *client(text))
    took = time.monotonic() - began

    assert said.out == "True\n", said.err
    assert said.code == 0
    assert "the client's clock runs with exchange time, at 60x" in said.err
    assert took < ENDS_WITHIN


@needs_faketime
def test_a_client_of_an_exchange_in_the_past_lives_in_the_past() -> None:
    text = f"{TRADES}\nprint(time.strftime('%Y-%m-%d', time.gmtime()), ask('GET', '/api/v3/account')['canTrade'])"
    said = run("run", *QUIET, "--ephemeral", "--start", "2024-02-29T12:00:00Z", "--speed", "2x", "--", *client(text))

    assert said.out == "2024-02-29 True\n", said.err
