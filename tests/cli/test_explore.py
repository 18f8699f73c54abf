"""`simexchange explore` with a bot that orders twice, as a function and as a test of pytest."""

import json
import os
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from simexchange.cli.trials import Trials, target_of, why_of
from simexchange.gateway.exploring.planfile import plan_text
from tests.cli.running import Said, ask, command

BOT = '''
"""A bot that asks again where an answer is lost, and an exchange of its own to do it on."""

import asyncio, hashlib, hmac, time, urllib.error, urllib.parse, urllib.request

from simexchange.config.assembling import Assembly, Setup, header
from simexchange.config.opening import parse_account
from simexchange.core.vocabulary.events import OrderAccepted
from simexchange.eventlog.memory import MemoryLog
from simexchange.eventlog.replay import records

PLAIN = {
    "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01", "price": "50000",
}


def post(url, key, secret, **params):
    query = urllib.parse.urlencode({**PLAIN, **params, "timestamp": time.time_ns() // 1_000_000})
    signature = hmac.new(secret.encode(), query.encode(), hashlib.sha256).hexdigest()
    request = urllib.request.Request(
        f"{url}/api/v3/order?{query}&signature={signature}", method="POST", headers={"X-MBX-APIKEY": key}
    )
    return urllib.request.urlopen(request, timeout=5).read()


def buy(url, key, secret):
    for number in range(CALLS):
        try:
            return post(url, key, secret, newClientOrderId=f"try-{number}")
        except OSError:
            continue


async def orders():
    setup = Setup(feed="none", port=0, accounts=(parse_account("alice:USDT=10000"),))
    log = MemoryLog(header(setup))
    assembly = Assembly(setup, log, checkpoints=False)
    keys = assembly.open_keys(None)
    server = assembly.server(keys, "token")
    bound = await server.start()
    assembly.exchange.start()
    key = keys.of(assembly.exchange.state.account_no["alice"])[0]
    await asyncio.to_thread(buy, bound.url, key.api_key, key.secret)
    await server.stop()
    await assembly.exchange.stop()
    return sum(isinstance(event, OrderAccepted) for record in records(log) for event in record.events)


async def run():
    assert await orders() == 1, "the bot did not buy once"


async def test_it_buys_once():
    assert await orders() == 1
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, calls in (("hasty.py", 3), ("test_hasty.py", 3), ("once.py", 1)):
        (tmp_path / name).write_text(BOT.replace("CALLS", str(calls)), encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n", encoding="utf-8")
    return tmp_path


def explore(folder: Path, *words: str) -> Said:
    root = Path(__file__).parents[2]
    said = subprocess.run(
        command("explore", *words), cwd=folder, capture_output=True, text=True, timeout=280, check=False,
        env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip
    return Said(said.returncode, said.stdout, said.stderr)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_double_order_is_found_saved_and_done_again(folder: Path) -> None:
    """By one lost answer; the command that is printed fails in the same way."""
    said = explore(
        folder,
        "hasty.py:run",
        "--search",
        "faults",
        "--kind",
        "timeout_unknown_status",
        "--save",
        "twice.toml",
        "--json",
    )
    told = json.loads(said.out)
    plan = tomllib.loads((folder / "twice.toml").read_text(encoding="utf-8"))
    variable, python, *words = told["command"].split()
    name, _, value = variable.partition("=")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), name: value}
    again = subprocess.run(
        [sys.executable, *words], cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )

    assert said.code == 4, said.err
    assert told["found"]
    assert len(told["steps"]) == len(plan["fault"]) <= 3
    assert "timeout_unknown_status struck message 1 to connection 1 of rest (POST /api/v3/order)" in told["story"]
    assert told["story"].count("was accepted") == 2
    assert "the bot did not buy once" in told["why"]
    assert (python, name, value) == ("python", "SIMEXCHANGE_FAULTS", "twice.toml")
    assert again.returncode == 1
    assert "the bot did not buy once" in again.stderr


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_double_order_is_found_in_a_test_of_pytest(folder: Path) -> None:
    said = explore(folder, "test_hasty.py::test_it_buys_once", "--kind", "timeout_unknown_status", "--json")
    told = json.loads(said.out)

    assert said.code == 4, said.err
    assert len(told["steps"]) <= 3
    assert "2 == 1" in told["why"] or "3 == 1" in told["why"]
    assert told["command"].startswith("SIMEXCHANGE_FAULTS=explored-test-hasty-py-test-it-buys-once.toml ")
    assert (folder / told["file"]).exists()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_bot_that_asks_once_holds(folder: Path) -> None:
    said = explore(folder, "once.py:run", "--search", "orderings", "--kind", "early_reply", "--bound", "1")

    assert said.code == 0, said.err
    assert said.out == "once.py:run held under 1 schedules of orderings: every schedule within the bound\n"
    assert list(folder.glob("*.toml")) == []


@pytest.mark.parametrize(
    "words, code, names",
    [
        (["nothing_here.py"], 2, "nothing_here.py"),
        (["tests/nowhere/test_x.py::test_y"], 2, "tests/nowhere/test_x.py"),
        (["nowhere.py:run"], 2, "nowhere.py"),
        (["idle.py", "--within", "soon"], 2, "--within"),
        (["idle.py", "--each", "0s"], 2, "--each"),
        (["idle.py", "--kind", "rumour"], 2, "--kind"),
        (["idle.py", "--save", "nowhere/plan.toml"], 2, "there is no folder nowhere"),
        (["idle.py"], 4, "no message passed"),
    ],
)
def test_what_cannot_be_searched_is_said_in_one_line(
    words: list[str], code: int, names: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "idle.py").touch()

    said = ask("explore", *words)

    assert said.code == code
    assert names in said.one_line()


def test_a_failure_is_told_and_saved_whatever_the_test_prints_it_in() -> None:
    """Colours (`FORCE_COLOR` is common where tests run), control characters, and bytes that are no text."""
    red = (
        "\x1b[31mFAILED\x1b[0m tests/test_bot.py::\x1b[1mtest_it\x1b[0m - assert 2 == 1\n\x1b[31m1 failed\x1b[0m in 1s"
    )
    assert why_of(red) == "assert 2 == 1"
    assert tomllib.loads(plan_text((), ["it said \x1b[31m no\x00\x07 é\u2028"])) == {}


def test_what_a_run_leaves_behind_ends_with_it(tmp_path: Path) -> None:
    """A test that fails halfway does not stop the exchange it has started; two hundred runs would leave as many."""
    script = tmp_path / "leaves.py"
    script.write_text(
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], stdout=subprocess.DEVNULL,\n"
        "                         stderr=subprocess.DEVNULL)\n"
        "sys.stdout.buffer.write(b'\\xff\\xfe %d\\n' % child.pid)\nsys.exit(1)\n",
        encoding="utf-8",
    )
    outcome = Trials(target_of(str(script)), tmp_path, 20.0)(())
    child = int(outcome.why.rpartition(" ")[2])
    assert outcome.failed
    assert ends(child)


def ends(process: int, within: float = 5.0) -> bool:
    """Whether a process is gone soon, or is dead and nobody has asked."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        state = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False)
        if state.stdout.strip()[:1] in ("", "Z"):
            return True
        time.sleep(0.05)
    return False
