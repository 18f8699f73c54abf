"""The pytest plugin: fixtures, markers and options. Loaded by its entry point; nothing has to be written in a conftest.

pytest imports this for every run in an environment where the package is installed, so it loads nothing of the exchange
until a test asks for one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from simexchange.testing.freezewatch import watch

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from simexchange.testing.golden import Golden
    from simexchange.testing.harness import Harness
    from simexchange.testing.inprocess import LocalExchange
    from simexchange.testing.served import ServedExchange

MARKERS = (
    "scenario(name, **params): simexchange: what happens: a built-in scenario, or the path of a TOML file",
    "seed(number): simexchange: the seed of the exchange, instead of the one made of the test's name",
    "speed(text): simexchange: how exchange time passes by itself: paused (the default), 1x, 60x, max",
    "venue(*names): simexchange: which venues are served: binance (the default), bybit",
    "faults(kind, **params): simexchange: a fault of the served exchange from its beginning; repeatable",
    "funding_every(span): simexchange: how far funding settlements are apart, like 1h",
)
GOLDEN = "simx golden"
"""Under which name a test report carries the golden logs that were written."""
_HARNESS: pytest.StashKey[Harness] = pytest.StashKey()
_SESSION: pytest.StashKey[list[Any]] = pytest.StashKey()


# --- options and markers


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("simexchange", "tests against a simulated exchange")
    group.addoption(
        "--simx-golden",
        choices=("check", "update", "missing"),
        default="check",
        help="golden logs: compare with them (the default), write them anew, or write those that are missing",
    )
    group.addoption(
        "--simx-keep-logs",
        choices=("failed", "all"),
        default="failed",
        help="of which tests the event log is kept in tmp_path: those that failed (the default), or all",
    )
    group.addoption("--simx-seed", type=_seed, help="one seed for every test that has none of its own")
    group.addoption("--simx-faults", metavar="FILE", help="faults for every served exchange, from a TOML file")
    parser.addini("simx_scenario_dirs", "where scenarios are looked for by name", type="paths", default=[])


def _seed(text: str) -> int:
    if not text.isdecimal() or int(text) >= 1 << 63:
        msg = f"{text!r} is no whole number from 0 to 2**63 - 1"
        raise ValueError(msg)
    return int(text)


def pytest_configure(config: pytest.Config) -> None:
    for line in MARKERS:
        config.addinivalue_line("markers", line)
    watch()


# --- what is said when a test fails


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        harness = item.stash.get(_HARNESS, None)
        shared = item.config.stash.get(_SESSION, []) if "exchange_session" in _fixtures(item) else []
        if harness is not None or shared:
            from simexchange.testing.harness import tell_failure

            tell_failure(item, report, harness, shared)
    return report


def _fixtures(item: pytest.Item) -> Sequence[str]:
    return getattr(item, "fixturenames", ())


def pytest_terminal_summary(terminalreporter: Any) -> None:
    written = [
        path
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, path in getattr(report, "user_properties", ())
        if name == GOLDEN
    ]
    if written:
        terminalreporter.section("simexchange golden logs written")
        for path in dict.fromkeys(written):
            terminalreporter.write_line(path)


# --- what a project may say for all of its tests, by fixtures of the same names


@pytest.fixture
def simx_config() -> dict[str, Any]:
    """Options for the exchange, as `simexchange.testing.running` takes them; to be overridden."""
    return {}


@pytest.fixture
def simx_seed() -> int | None:
    """The seed; None: made of the test's name. To be overridden."""
    return None


@pytest.fixture
def simx_venues() -> tuple[str, ...]:
    """Which venues are served; to be overridden."""
    return ("binance",)


@pytest.fixture
def simx_tls() -> bool:
    """Whether served exchanges speak https and wss; to be overridden."""
    return False


# --- exchanges


@pytest.fixture
def _simx(
    request: pytest.FixtureRequest,
    simx_config: dict[str, Any],
    simx_seed: int | None,
    simx_venues: tuple[str, ...],
    simx_tls: bool,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Harness]:
    """Everything of one test: its options, its exchanges, and what is kept of them, of *tmp_path_factory*."""
    from simexchange.testing.harness import Harness

    harness = Harness(request, {"venues": simx_venues, "tls": simx_tls, **simx_config}, simx_seed)
    request.node.stash[_HARNESS] = harness
    yield harness
    harness.end()


@pytest.fixture
def exchange(_simx: Harness) -> LocalExchange:
    """An exchange without sockets, its clock paused at 2024-01-01T00:00Z."""
    made: LocalExchange = _simx.make(sockets=False)
    return made


@pytest.fixture
def exchange_server(_simx: Harness) -> ServedExchange:
    """The same behind HTTP and WebSockets on 127.0.0.1, any free port."""
    return _simx.served()


@pytest.fixture
def exchange_factory(_simx: Harness) -> Callable[..., Any]:
    """Makes further exchanges: ``exchange_factory(seed=7)`` a served one, ``sockets=False`` one without."""
    return _simx.make


@pytest.fixture(scope="session")
def simx_session_config() -> dict[str, Any]:
    """Options for `exchange_session`; to be overridden, with the scope of the session."""
    return {}


@pytest.fixture(scope="session")
def exchange_session(
    request: pytest.FixtureRequest, simx_session_config: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServedExchange]:
    """One served exchange for all tests that use it (of one xdist worker); ``reset()`` begins anew at its address."""
    from simexchange.testing.harness import session_exchange

    made = session_exchange(request.config, simx_session_config)
    request.config.stash.setdefault(_SESSION, []).append(made)
    yield made.start()
    made.stop()


# --- real clients


@pytest.fixture
def ccxt_client(_simx: Harness) -> Callable[..., Any]:
    """``ccxt_client("binanceusdm", account="alice", **options)``: an unmodified client of `exchange_server`."""
    return _simx.client("ccxt_client")


@pytest.fixture
def ccxt_async_client(_simx: Harness) -> Callable[..., Any]:
    """The same of ``ccxt.pro``: awaited, with streams."""
    return _simx.client("ccxt_async_client")


@pytest.fixture
def binance_client(_simx: Harness) -> Any:
    """python-binance's ``Client`` of `exchange_server`, for the account ``default``."""
    return _simx.client("binance_client")()


@pytest.fixture
def binance_async_client(_simx: Harness) -> Callable[..., Any]:
    """``binance_async_client()`` inside a running loop: python-binance's ``AsyncClient``."""
    return _simx.client("binance_async_client")


@pytest.fixture
def binance_socket_manager(_simx: Harness) -> Callable[..., Any]:
    """``binance_socket_manager(client)``: python-binance's ``BinanceSocketManager``, its streams pointed here."""
    return _simx.client("binance_socket_manager")


@pytest.fixture
def pybit_client(_simx: Harness) -> Any:
    """pybit's ``HTTP`` of `exchange_server`, for the account that is at home at Bybit."""
    return _simx.client("pybit_client")()


@pytest.fixture
def pybit_socket(_simx: Harness) -> Callable[..., Any]:
    """``pybit_socket("linear")``: pybit's ``WebSocket``; also ``"private"``, and ``"trade"``: ``WebSocketTrading``."""
    return _simx.client("pybit_socket")


@pytest.fixture
def golden(_simx: Harness) -> Golden:
    """Golden logs in the folder ``golden`` beside the test: ``golden.check(exchange.log, "name.jsonl")``."""
    return _simx.golden
