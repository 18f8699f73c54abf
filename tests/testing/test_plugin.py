"""The plugin in somebody else's suite: one run for many questions, because starting pytest is what takes long."""

import re
from pathlib import Path

import pytest

from tests.testing.suites import Ran, run

ALONE = """
def test_{number}(exchange{server}):
    a = exchange{server}.account("a", USDT=10_000)
    a.buy("BTCUSDT", 0.01)
    assert [row.account for row in exchange{server}.log.where("fill")] == ["a"]
    assert len(exchange{server}.accounts) == 2
"""
SUITE = {
    "test_markers.py": """
import pytest
pytestmark = [pytest.mark.seed(11), pytest.mark.funding_every("4h")]

def test_module(exchange):
    assert exchange.options.seed == 11
    a = exchange.account("a", USDT=10_000)
    a.sell("BTCUSDT", 0.1)
    exchange.advance("8h")
    assert a.funding_received.count == 2

@pytest.mark.seed(12)
class TestClass:
    def test_class(self, exchange):
        assert exchange.options.seed == 12

    @pytest.mark.seed(13)
    @pytest.mark.speed("max")
    @pytest.mark.venue("binance")
    def test_function(self, exchange):
        assert (exchange.options.seed, exchange.options.speed) == (13, "max")

@pytest.mark.faults("overloaded", times=1)
@pytest.mark.scenario("calm")
def test_served(exchange_server):
    assert exchange_server.options.scenario == "calm"
    assert len(exchange_server.gateway.faults.standing) == 1
""",
    "test_failing.py": """
import pytest

def test_fails(exchange):
    exchange.account("alice", USDT=100_000).buy("BTCUSDT", 0.1)
    assert 1 == 2

def test_ends_badly(exchange_server):
    exchange_server.gateway.calls.note_unserved("GET", "/api/v3/nonsense")
    exchange_server.assert_no_unknown_endpoints()

def test_shared(exchange_session):
    assert exchange_session.log.where("fill")

@pytest.fixture
def falling(exchange):
    yield
    raise RuntimeError("it falls at the end")

def test_falls(falling):
    pass

def test_passes(exchange):
    pass
""",
    "test_own.py": """
import pytest

@pytest.fixture
def simx_config():
    return {"money": {"USDT": 5}, "accounts": {"bob": {"spot.BTC": 2}}, "start": "2025-06-01"}

@pytest.fixture
def simx_seed():
    return 77

@pytest.fixture
def simx_tls():
    return True

def test_own(exchange_server):
    assert exchange_server.options.seed == 77
    assert exchange_server.account().free("USDT") == 5
    assert exchange_server.account("bob").balance("BTC") == 2
    assert str(exchange_server.now)[:10] == "2025-06-01"
    assert exchange_server.url.startswith("https://127.0.0.1:")
    assert exchange_server.ca_file
""",
    "test_session.py": """
where = []

def test_first(exchange_session):
    exchange_session.account("alice", USDT=1_000).buy("BTCUSDT", 0.01)
    where.append((exchange_session.url, exchange_session.credentials()))

def test_second(exchange_session):
    assert exchange_session.log.where("fill")
    exchange_session.reset()
    assert not exchange_session.log.where("fill")
    assert where == [(exchange_session.url, exchange_session.credentials())]
""",
    "test_clients.py": """
import sys
import types
import pytest

class Client:
    def __init__(self, *args, **named): pass

@pytest.fixture(autouse=True)
def installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "binance", types.SimpleNamespace(Client=Client))

def test_of_the_session(exchange_session, binance_client):
    assert binance_client.API_URL == exchange_session.url + "/api"

def test_of_the_server(exchange_session, exchange_server, binance_client):
    assert binance_client.API_URL == exchange_server.url + "/api" != exchange_session.url + "/api"
""",
    "test_missing.py": """
import sys
import pytest

@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch):
    for name in ("ccxt", "ccxt.pro", "binance", "pybit", "pybit.unified_trading", "pybit._websocket_trading"):
        monkeypatch.setitem(sys.modules, name, None)

def test_ccxt(ccxt_client): ccxt_client("binance")
def test_async(ccxt_async_client): ccxt_async_client("binance")
def test_binance(binance_client): pass
@pytest.mark.venue("bybit")
def test_pybit(pybit_client): pass
@pytest.mark.venue("bybit")
def test_pybit_socket(pybit_socket): pybit_socket("linear")
""",
}
SEEDS = """
import pathlib
import pytest

@pytest.mark.parametrize("n", [1, 2])
def test_seed(exchange, n):
    with pathlib.Path("seeds").open("a") as file:
        file.write(f"{n} {exchange.options.seed}\\n")

def test_factory(exchange_factory):
    first, second = exchange_factory(sockets=False), exchange_factory(sockets=False)
    assert first.options.seed != second.options.seed
    assert first.state is not second.state
"""


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ran, Path]:
    """A whole suite, in two processes, where only known markers hold."""
    folder = tmp_path_factory.mktemp("suite")
    for name, source in SUITE.items():
        (folder / name).write_text(source)
    source = "".join(ALONE.format(number=n, server="_server" if n % 2 else "") for n in range(12))
    args = ("--strict-markers", "-rs", "-v", "-n", "2", "--dist=loadfile", f"--basetemp={folder / 'kept'}")
    return run(folder, source, *args, name="test_alone.py"), folder


def test_everything_holds_in_two_processes(suite: tuple[Ran, Path]) -> None:
    """Markers of a module, a class and a test; a project's own fixtures; tests that share nothing."""
    ran, _ = suite

    assert ran.counts(failed=3, passed=23, skipped=5, error=1), ran.said


def test_a_failure_shows_the_end_of_the_log_and_says_where_the_whole_of_it_is(suite: tuple[Ran, Path]) -> None:
    """Whatever it was that failed, and of those that failed only."""
    ran, folder = suite
    kept = {re.sub(r"\d+$", "", path.parent.name) for path in (folder / "kept").rglob("simexchange.jsonl")}

    assert ran.said.count("simexchange log (last 30 records)") == 4, ran.said
    assert "PlaceOrder(" in ran.said
    assert ran.said.count("the whole log:") == 4
    assert "1 x GET /api/v3/nonsense" in ran.said
    assert kept == {"test_ends_badly", "test_falls", "test_fails", "test_shared"}


def test_a_client_that_is_not_installed_skips_with_what_to_install(suite: tuple[Ran, Path]) -> None:
    ran, _ = suite

    assert "needs ccxt: pip install ccxt" in ran.said
    assert "needs python-binance: pip install python-binance" in ran.said
    assert "needs pybit: pip install pybit" in ran.said


def test_a_seed_follows_a_tests_name_and_nothing_else(tmp_path: Path) -> None:
    """Alone or among others the same name has the same seed. Logs of passing tests are kept where that is asked for."""
    assert run(tmp_path, SEEDS).counts(passed=3)
    kept = f"--basetemp={tmp_path / 'kept'}"
    assert run(tmp_path, SEEDS, "test_it.py::test_seed[2]", "--simx-keep-logs=all", kept).counts(passed=1)
    seeds = [line.split() for line in (tmp_path / "seeds").read_text().splitlines()]

    assert len({seed for _, seed in seeds[:2]}) == 2
    assert seeds[2] == seeds[1]
    assert len(list((tmp_path / "kept").rglob("simexchange.jsonl"))) == 1


def test_a_group_of_xdist_is_no_part_of_a_tests_name(tmp_path: Path) -> None:
    source = """
        import pathlib
        import pytest

        @pytest.mark.xdist_group("some")
        def test_seed(exchange):
            with pathlib.Path("seeds").open("a") as file:
                file.write(f"{exchange.options.seed}\\n")
    """
    for args in (["-n", "0"], ["-n", "1", "--dist=loadgroup"]):
        assert run(tmp_path, source, *args).counts(passed=1)
    first, second = (tmp_path / "seeds").read_text().splitlines()

    assert first == second


@pytest.mark.parametrize("given", ["--simx-golden=chekc", "--simx-keep-logs=none", "--simx-seed=many"])
def test_an_option_that_is_misspelt_fails_loudly(given: str, tmp_path: Path) -> None:
    found = run(tmp_path, "def test_a(): pass", given)

    assert found.status == 4
    assert given.partition("=")[2] in found.said


def test_whoever_uses_none_of_it_pays_for_nothing(tmp_path: Path) -> None:
    """Nothing of the exchange is loaded, and nothing else than pytest would have."""
    found = run(
        tmp_path,
        """
        import sys

        def test_nothing():
            ours = sorted(name for name in sys.modules if name.startswith("simexchange"))
            assert ours == [
                "simexchange", "simexchange.lazily", "simexchange.testing", "simexchange.testing.freezewatch",
                "simexchange.testing.plugin",
            ]
            assert not {"aiohttp", "msgspec", "freezegun"} & set(sys.modules)
        """,
    )

    assert found.counts(passed=1), found.said


@pytest.mark.slow
def test_two_hundred_tests_in_two_processes_share_nothing(tmp_path: Path) -> None:
    source = "".join(ALONE.format(number=n, server="_server" if n % 2 else "") for n in range(200))
    found = run(tmp_path, source, "-n", "2")

    assert found.counts(passed=200), found.said
