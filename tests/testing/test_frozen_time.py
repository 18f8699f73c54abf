"""freezegun and time-machine: the exchange begins where they stand, goes along with them, and never stops for them."""

import asyncio
import json
import sys
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from simexchange.runtime.clock import SystemTime
from simexchange.testing import running
from tests.testing.bots import MyBot
from tests.testing.suites import run

MOMENT = datetime(2024, 5, 5, 12, tzinfo=UTC)


def _freezegun() -> Any:
    return pytest.importorskip("freezegun").freeze_time("2024-05-05T12:00:00Z")


def _time_machine() -> Any:
    return pytest.importorskip("time_machine").travel(MOMENT, tick=False)


@pytest.mark.parametrize("freeze", [_freezegun, _time_machine])
def test_a_server_lives_while_the_test_stands_still(freeze: Callable[[], Any]) -> None:
    """Orders signed by a frozen clock are in time, sockets answer, and time goes on together."""
    with freeze(), running() as ex:
        bot = MyBot(ex.url, *ex.credentials())
        assert ex.now == MOMENT
        assert bot.buy("BTCUSDT", 0.1)["status"] == "FILLED"
        ex.advance("2h")
        assert datetime.now(UTC) == ex.now == MOMENT.replace(hour=14)
        assert bot.buy("BTCUSDT", 0.1)["status"] == "FILLED"
        with urllib.request.urlopen(f"{ex.url}/api/v3/time", timeout=2) as told:  # noqa: S310
            assert json.load(told)["serverTime"] == int(time.time() * 1000)


@pytest.mark.parametrize("freeze", [_freezegun, _time_machine])
def test_an_exchange_without_sockets_begins_there_too(freeze: Callable[[], Any]) -> None:
    with freeze(), running(sockets=False) as ex:
        ex.step("funding")
        assert datetime.now(UTC) == ex.now == MOMENT.replace(hour=16)


def test_a_start_that_was_said_counts_more() -> None:
    with _freezegun(), running(sockets=False, start="2023-03-03") as ex:
        assert ex.now == datetime(2023, 3, 3, tzinfo=UTC)


def test_only_our_own_clock_is_spared() -> None:
    with _freezegun():
        before = SystemTime().monotonic()
        assert time.time() == MOMENT.timestamp()
        assert SystemTime().now() > int(MOMENT.timestamp() + 30 * 86_400) * 10**9
        assert SystemTime().monotonic() > before


def test_a_freeze_around_a_loop_of_the_tests_own_is_the_tests_own_business() -> None:
    """With a real asyncio the usual way: an exchange of ours changes nothing about it."""
    freezer = pytest.importorskip("freezegun").freeze_time(MOMENT, real_asyncio=True)
    with freezer, running() as ex:
        asyncio.run(asyncio.sleep(0.01))
        assert ex.now == MOMENT


def test_a_decorator_that_froze_before_the_plugin_was_used_spares_it_as_well(tmp_path: Path) -> None:
    """A freezer takes what it leaves alone when it is made: that is while test modules are imported."""
    pytest.importorskip("freezegun")
    found = run(
        tmp_path,
        """
        import sys
        assert not any(name.startswith("simexchange.runtime") for name in sys.modules)
        from freezegun import freeze_time

        @freeze_time("2024-05-05T12:00:00Z")
        def test_frozen(exchange_server):
            import urllib.request
            from datetime import datetime, UTC
            urllib.request.urlopen(exchange_server.url + "/api/v3/time", timeout=5).close()
            exchange_server.advance("1h")
            from simexchange.runtime.clock import SystemTime
            assert abs(SystemTime().now() / 1e9 - datetime.now(UTC).timestamp()) > 1e6
        """,
    )

    assert found.counts(passed=1), found.said
    assert "simexchange" in sys.modules


@pytest.mark.parametrize("decorate", ["freezegun.freeze_time", "time_machine.travel"])
def test_a_decorated_test_finds_its_exchange_where_its_time_stands(decorate: str, tmp_path: Path) -> None:
    """Fixtures are made before a decorator freezes, and a bot in the test signs by the frozen clock."""
    library = decorate.partition(".")[0]
    pytest.importorskip(library)
    found = run(
        tmp_path,
        f"""
        from datetime import UTC, datetime
        import {library}
        from tests.testing.bots import MyBot

        @{decorate}("2031-01-01T00:00:00Z")
        @{decorate}("2025-05-05T12:00:00Z")
        def test_frozen(exchange_server, exchange):
            assert exchange.now == exchange_server.now == datetime(2025, 5, 5, 12, tzinfo=UTC)
            bot = MyBot(exchange_server.url, *exchange_server.credentials())
            assert bot.buy("BTCUSDT", 0.1)["status"] == "FILLED"

        class TestIt:
            @{decorate}("2023-05-05T12:00:00Z")
            async def test_later(self): ...

            @{decorate}("2023-05-05T12:00:00Z")
            def test_method(self, exchange):
                exchange.advance("1h")
                assert exchange.now == datetime(2023, 5, 5, 13, tzinfo=UTC)

        def test_not_frozen(exchange):
            assert exchange.now == datetime(2024, 1, 1, tzinfo=UTC)
        """,
        "-k", "not later",
    )  # fmt: skip

    assert found.counts(passed=3), found.said
