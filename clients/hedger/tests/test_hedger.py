"""The bot through a crash, a funding settlement, a lost acknowledgement and a liquidation.

Nothing is imported of simexchange: `exchange_server` and the clients are fixtures of its pytest plugin.
"""

from decimal import Decimal

import pytest
from hedger import Hedger

HALF = Decimal("0.5")


@pytest.fixture
def simx_config():
    """A spot wallet that pays for half a bitcoin and more, and a futures wallet that is near the edge."""
    return {"money": {"spot.USDT": 60_000, "usdm.USDT": 4_000}}


@pytest.fixture
def mine(exchange_server):
    """The account that the bot trades for, as the exchange knows it."""
    return exchange_server.account()


@pytest.fixture
def bot(ccxt_client):
    return Hedger(ccxt_client("binance"), ccxt_client("binanceusdm", timeout=2_000), leverage=10)


def test_it_buys_what_it_sells_short(bot, mine):
    bot.open(HALF)

    assert (mine.balance("BTC"), mine.position("BTCUSDT").qty, mine.delta("BTC")) == (HALF, -HALF, 0)
    bot.close()
    assert (mine.balance("BTC"), mine.position("BTCUSDT").qty) == (0, 0)


@pytest.mark.scenario("flash_crash", drop="25%", recover="50%", wait="10s", fall="15s", rise="30s")
def test_a_crash_costs_it_nothing(bot, mine, exchange_server):
    bot.open(HALF)
    before = mine.equity()
    lowest = exchange_server.market("BTCUSDT").price
    for _ in range(12):
        exchange_server.advance("5s")
        bot.tend()
        lowest = min(lowest, exchange_server.market("BTCUSDT").price)

    assert lowest < 46_000
    assert abs(mine.equity() - before) < before / 1_000
    assert mine.delta("BTC") == 0
    assert not exchange_server.log.where(kind="liquidation")


def test_it_is_paid_funding_and_says_how_much(bot, mine, exchange_server):
    bot.open(HALF)
    exchange_server.set_funding("BTCUSDT", "0.02%")
    exchange_server.advance("24h")

    assert mine.funding_received.count == 3
    assert bot.funding() == mine.funding_received.total > 17


@pytest.mark.parametrize("fault", ["timeout_unknown_status", "timeout_not_applied", "unknown_status", "reset_after"])
@pytest.mark.parametrize("leg", ["POST /fapi/v1/order", "POST /api/v3/order"])
def test_a_lost_acknowledgement_doubles_no_order(bot, mine, exchange_server, fault, leg):
    """Whether it was carried out or not: the bot cannot know, so it asks."""
    cut = {"how": "cut"} if fault.startswith("timeout") else {}
    exchange_server.faults.add(fault, times=1, match=leg, **cut)
    bot.open(HALF)

    assert len(exchange_server.faults.applied) == 1
    assert len(exchange_server.log.where(kind="order_accepted")) == 2
    assert (mine.balance("BTC"), mine.position("BTCUSDT").qty) == (HALF, -HALF)


def test_a_rally_is_outlived_by_feeding_the_short(bot, mine, exchange_server):
    bot.open(HALF)
    exchange_server.market("BTCUSDT").move(69_000, over="30m")
    for _ in range(15):
        exchange_server.advance("2m")
        bot.tend()

    assert not exchange_server.log.where(kind="liquidation")
    assert exchange_server.log.where(kind="funds_transferred")
    assert mine.delta("BTC") == 0


def test_after_a_liquidation_nothing_is_left_bare(bot, mine, exchange_server):
    """The same rally while the bot sleeps: the short is gone, and what it was to hedge is sold."""
    bot.open(HALF)
    exchange_server.market("BTCUSDT").move(69_000, over="30m")
    exchange_server.advance("30m")
    assert exchange_server.log.where(kind="liquidation", account="default")
    assert mine.delta("BTC") > 0

    bot.tend()
    assert mine.delta("BTC") == 0
    assert "balance" in str(exchange_server.explain_liquidation())
