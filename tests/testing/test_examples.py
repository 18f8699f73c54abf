"""What a bot's author would write, as it stands; only the bot is ours here, because it is the reader's."""

import os
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from simexchange.testing import LocalExchange, ServedExchange
from simexchange.testing.golden import Golden
from tests.testing.bots import MyBot, MyHedger


@pytest.fixture
def my_bot(exchange_server: ServedExchange) -> MyBot:
    bot = MyBot(exchange_server.url, *exchange_server.credentials())
    bot.wait = exchange_server.advance
    return bot


@pytest.mark.clients
def test_entry_is_hedged(exchange_server: ServedExchange, ccxt_client: Callable[..., Any]) -> None:
    bot = MyHedger(ccxt_client("binance"), ccxt_client("binanceusdm"))
    bot.open(btc=1)
    pos = exchange_server.account("default").position("BTCUSDT")
    assert pos.qty == -1
    assert exchange_server.account("default").delta("BTC") == 0


@pytest.mark.scenario("flash_crash", drop="25%", recover="50%")
def test_stop_survives_wick(exchange_server: ServedExchange, my_bot: MyBot) -> None:
    my_bot.start()
    exchange_server.advance("2h")
    my_bot.stop()
    assert not exchange_server.log.where(kind="liquidation")


@pytest.mark.parametrize("fault", ["ws_gap", "duplicate_fill", "timeout_unknown_status"])
def test_no_double_order(exchange_server: ServedExchange, my_bot: MyBot, fault: str) -> None:
    exchange_server.faults.add(fault, times=1)
    my_bot.buy("BTCUSDT", 0.1)
    assert len(exchange_server.log.where(kind="order_accepted")) == 1


def test_funding_income(exchange: LocalExchange) -> None:
    a = exchange.account("a", USDT=10_000)
    a.sell("BTCUSDT", 0.1)
    exchange.set_funding("BTCUSDT", "0.01%")
    exchange.advance("24h")
    assert a.funding_received.count == 3
    assert a.funding_received.total == Decimal("1.8")


def test_golden(exchange_server: ServedExchange, my_bot: MyBot, golden: Golden) -> None:
    my_bot.run_for("1h")
    golden.check(exchange_server.log, "bot_v3.jsonl")


def test_subprocess_bot(exchange_server: ServedExchange, tmp_path: Path) -> None:
    bot = tmp_path / "bot.py"
    bot.write_text("from tests.testing.bots import MyBot\nMyBot.from_environment().buy('BTCUSDT', 0.1)\n")
    subprocess.run(
        [sys.executable, str(bot)],
        env={**os.environ, "PYTHONPATH": str(Path.cwd()), **exchange_server.env()},
        timeout=60,
        check=True,
    )
    assert len(exchange_server.log.where(kind="order_accepted")) == 1
