"""An exchange inside a test: time in its hand, money in plain numbers, and a log to ask."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from simexchange.errors import ConfigError, NotThere
from simexchange.eventlog.jsonl import JsonlLog
from simexchange.eventlog.recheck import recheck
from simexchange.testing import LocalExchange, Refused, local
from simexchange.testing.options import options


def test_time_begins_in_2024_and_passes_only_by_hand(exchange: LocalExchange) -> None:
    assert exchange.now == datetime(2024, 1, 1, tzinfo=UTC)

    exchange.advance("90m")
    exchange.advance(1.5)
    assert exchange.now == datetime(2024, 1, 1, 1, 30, 1, 500_000, tzinfo=UTC)
    assert exchange.step("funding") == datetime(2024, 1, 1, 8, tzinfo=UTC)
    assert exchange.step() == datetime(2024, 1, 1, 16, tzinfo=UTC)


def test_run_until_goes_from_event_to_event(exchange: LocalExchange) -> None:
    a = exchange.account("a", USDT=10_000)
    a.sell("BTCUSDT", 0.1)

    assert exchange.run_until(lambda: a.funding_received.count == 2) == datetime(2024, 1, 1, 16, tzinfo=UTC)
    assert exchange.run_until(lambda ex: ex.now.day == 3, timeout="2d").day == 3
    with pytest.raises(TimeoutError, match="2024-01-03T05:00:00"):
        exchange.run_until(lambda: False, timeout="5h")


def test_a_hedge_costs_nothing_and_has_no_delta(exchange: LocalExchange) -> None:
    """No fees: 0.5 BTC bought and sold short are worth what was paid but for the ladder's two ticks."""
    a = exchange.account("a", USDT=50_000)
    a.buy("BTCUSDT", 0.5)
    a.sell("BTC/USDT:USDT", "0.5")

    position = a.position("BTCUSDT")
    assert (position.qty, a.delta("BTC"), a.balance("BTC")) == (Decimal("-0.5"), Decimal(0), Decimal("0.5"))
    assert abs(a.equity() - 100_000) < Decimal("0.1")
    assert [fill.fee for fill in a.fills()] == [0, 0]
    exchange.market("BTCUSDT").move(50_000, over="10m")
    assert exchange.market("BTCUSDT").price > 59_000
    exchange.advance("10m")
    assert abs(a.equity() - 100_000) < Decimal("0.1")
    assert a.position("BTCUSDT").unrealised == Decimal("4999.95")


def test_a_bare_symbol_is_spot_to_buy_and_the_perpetual_to_sell_without_any(exchange: LocalExchange) -> None:
    a = exchange.account("a", USDT=50_000)
    a.sell("BTCUSDT", 0.1)
    a.buy("BTCUSDT", 0.2)
    a.sell("BTCUSDT", 0.1)

    assert [fill.market for fill in a.fills()] == ["perp:BTC-USDT", "spot:BTC-USDT", "spot:BTC-USDT"]


def test_orders_rest_are_canceled_wake_and_are_refused(exchange: LocalExchange) -> None:
    a = exchange.account("a", USDT=10_000)
    order = a.buy("BTCUSDT", 0.1, price=59_000, client_id="mine")
    stop = a.sell("BTCUSDT", 0.05, kind="perp", stop=58_500)
    assert [(each.status, each.price) for each in a.orders()] == [("new", Decimal(59_000)), ("pending", Decimal(0))]
    assert a.free("USDT") == 4_100

    order.cancel()
    assert (order.status, order.open, a.free("USDT")) == ("canceled", False, Decimal(10_000))
    with pytest.raises(Refused, match="order_unknown"):
        order.cancel()
    exchange.market("BTCUSDT").price = 58_400
    assert (stop.status, stop.filled) == ("filled", Decimal("0.05"))
    with pytest.raises(Refused, match="balance_insufficient") as refused:
        a.buy("BTCUSDT", 10)
    assert refused.value.reason == "balance_insufficient"
    a.buy("BTCUSDT", 0.1, price=50_000)
    a.cancel_all("BTCUSDT", kind="spot")
    assert not a.orders()


def test_funding_is_settled_at_the_rate_that_was_set(exchange: LocalExchange) -> None:
    a = exchange.account("a", USDT=10_000)
    a.sell("BTCUSDT", 0.1)
    exchange.set_funding("BTCUSDT", "-0.1%")
    exchange.advance("24h")

    assert [payment.rate for payment in a.funding_received] == [Decimal("-0.001")] * 3
    assert a.funding_received.total < -17


def test_a_liquidation_is_there_to_be_asked_about(exchange: LocalExchange) -> None:
    b = exchange.account("b", usdm_USDT=1_000)
    b.set_leverage("BTCUSDT", 50)
    b.buy("BTCUSDT", 0.5, kind="perp")
    assert b.position("BTCUSDT").liquidation_price > 58_000
    assert not exchange.log.where(kind="liquidation")
    with pytest.raises(NotThere, match="nobody was liquidated"):
        exchange.explain_liquidation()

    exchange.market("BTCUSDT").mark = 58_000
    assert exchange.log.where(kind="liquidation", account="b")[0].kind == "liquidation_started"
    assert not b.position("BTCUSDT")
    assert "balance" in str(exchange.explain_liquidation())
    assert "b:1" in str(exchange.explain_liquidation("b:1"))


def test_the_log_sees_users_by_group_by_name_and_by_field(exchange: LocalExchange) -> None:
    exchange.account("a", USDT=10_000).buy("BTCUSDT", 0.1)
    exchange.account("b", USDT=10_000).sell("BTCUSDT", 0.1)
    log = exchange.log

    assert [(row.account, row.side, row.qty) for row in log.where("fill")] == [
        ("a", "buy", Decimal("0.1")), ("b", "sell", Decimal("0.1")),
    ]  # fmt: skip
    assert [row.market for row in log.where("order_accepted", account="b")] == ["perp:BTC-USDT"]
    assert len(log.where("trade_executed", qty=0.1, side="buy")) == 1
    assert {row.account for row in log} == {"a", "b", "default"}
    assert log.where("mark_set", market="perp:BTC-USDT")
    assert log.where("fill")[0].command["type"] == "PlaceOrder"
    with pytest.raises(ConfigError, match=r"is it one of .*order_accepted"):
        log.where("order_acepted")


def test_what_was_said_can_be_read_after_the_end_and_by_every_command(tmp_path: Path) -> None:
    with local(seed=3) as exchange:
        exchange.account("a", USDT=10_000).buy("BTCUSDT", 0.1)
        exchange.advance("9h")
    path = exchange.save_log(tmp_path / "kept.jsonl")
    with pytest.raises(ConfigError, match="not started"):
        exchange.advance("1s")

    log = JsonlLog.read_only(path)
    assert recheck(log).ok
    log.close()
    assert (log.header.seed, log.last_seq) == (3, len(exchange.log))
    assert exchange.log.where("fill", account="a")
    done = subprocess.run([sys.executable, "-m", "simexchange", "verify", str(path)], capture_output=True, check=False)
    assert done.returncode == 0


def test_the_same_seed_and_the_same_acts_are_the_same_log() -> None:
    digests = set()
    for _ in range(2):
        with local(seed=9, scenario="flash_crash") as exchange:
            exchange.account("a", USDT=10_000).sell("BTCUSDT", 0.1)
            exchange.advance("1h")
            digests.add(exchange.log.digest)

    assert len(digests) == 1


def test_a_reset_is_a_new_beginning(exchange: LocalExchange) -> None:
    exchange.account("a", USDT=10_000).buy("BTCUSDT", 0.1)
    exchange.advance("1h")
    exchange.reset()

    assert exchange.now == datetime(2024, 1, 1, tzinfo=UTC)
    assert [account.name for account in exchange.accounts] == ["default"]


@pytest.mark.venue("binanceusdm", "bybit")
def test_an_account_is_at_home_at_one_of_the_venues(exchange: LocalExchange) -> None:
    """One at each is there without asking; what is asked for is at the first, unless it says where."""
    exchange.account("alice", USDT=10)
    exchange.account("bob@bybit", USDT=20)

    assert {each.name: each.venue for each in exchange.accounts} == {
        "default": "binance", "bybit": "bybit", "alice": "binance", "bob": "bybit",
    }  # fmt: skip
    assert exchange.account("bob").free("USDT") == exchange.account("bob").balance("USDT", "unified") == 20
    assert exchange.account("bob").margin_ratio() == 0


@pytest.mark.venue("bybit")
def test_where_one_venue_is_served_everybody_is_at_home_there(exchange: LocalExchange) -> None:
    exchange.account("alice", USDT=10)

    assert {each.venue for each in exchange.accounts} == {"bybit"}
    assert exchange.account().balance("USDT", "unified") == 1_000_000


@pytest.mark.venue("bybit")
def test_figures_of_a_unified_account_are_of_all_its_assets_together(exchange: LocalExchange) -> None:
    """As Bybit tells them: losses of contracts that settle in coins count, and coins are margin of any contract.

    At 54,000, 100 contracts of 100 USD have lost 10000 × (1/54000 − 1/60000) coins, which is 1,000 USD there.
    """
    me = exchange.account("alice", USDT=2_000, BTC=1)
    me.buy("BTC/USD:BTC", 100, price=60_100)
    me.sell("BTC/USDT:USDT", "0.5")
    bought = me.position("BTC/USD:BTC").entry_price
    exchange.market("BTC/USDT:USDT").price = 54_000

    lost = 10_000 * (54_000 / bought - 1)
    won = Decimal("0.5") * (me.position("BTC/USDT:USDT").entry_price - 54_000)
    assert abs(me.equity() - (2_000 + 54_000 + lost + won)) < Decimal("0.01")
    assert 0 < me.margin_ratio() < Decimal("0.02")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"sedd": 1}, "'sedd' is no option"),
        ({"venues": ("kraken",)}, "venue 'kraken' is not served"),
        ({"scenario": "flash_crush"}, "flash_crash"),
        ({"scenario": "flash_crash", "params": {"drpo": "25%"}}, "drop"),
        ({"speed": "fast"}, "speed 'fast'"),
        ({"speed": 60}, "speed 60 is no text"),
        ({"seed": "x"}, "seed 'x' is no whole number"),
        ({"seed": 1.5}, "seed 1.5 is no whole number"),
        ({"seed": -1}, "seed -1 is no whole number"),
        ({"seed": 1 << 64}, "is no whole number from 0 to"),
        ({"venues": ()}, "no venue at all"),
        ({"accounts": {"bob@kraken": {"USDT": 1}}}, "no venue 'kraken'"),
        ({"venues": (["binance"],)}, r"venue \['binance'\] is no name"),
        ({"start": "yesterday"}, "no ISO-8601"),
        ({"money": {"US DT": 1}}, "neither an asset"),
        ({"money": {"NOPE": 1}}, "account 'default': no market served here uses NOPE"),
        ({"money": "1000"}, "money '1000' is no dict of amounts"),
        ({"accounts": {"bob": 5}}, "is no dict of accounts"),
        ({"venues": "bybit", "money": {"usdm.USDT": 1}}, "account 'default': under bybit there is no wallet usdm"),
        ({"venues": None}, "venue None is no name"),
        ({"funding_every": "often"}, "no duration"),
        ({"funding_every": "0s"}, "a day is no whole number of that"),
        ({"funding_every": 0}, "a day is no whole number of that"),
        ({"funding_every": "7m"}, "a day is no whole number of that"),
        ({"start": 5}, "start 5 is no datetime"),
        ({"markets": "nowhere.toml"}, "nowhere.toml: cannot be read"),
        ({"markets": (5,)}, "is no list of market files"),
        ({"scenario": 5}, "scenario 5 is no name"),
        ({"scenario": "calm", "params": 5}, "params 5 is no dict"),
        ({"params": {"drop": "25%"}}, "are of no scenario"),
        ({"limits": "none"}, "limits 'none' is not known: say off, headers, strict"),
        ({"timestamp_policy": "loose"}, "timestamp_policy 'loose' is not known: say auto, strict, lenient, ignore"),
        ({"fees": "yes"}, "fees 'yes' is not known: say False, True"),
        ({"faults": (("error", "drop"),)}, "is no list of"),
        ({"faults_file": 5}, "faults_file 5 is no path"),
        ({"faults_file": Path("nowhere.toml")}, "nowhere.toml: cannot be read"),
    ],
)
def test_what_cannot_be_is_refused_in_words(given: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        LocalExchange(options(**given)).start()


def test_one_thing_alone_is_one_of_several() -> None:
    made = options(venues="bybit", markets="mine.toml", faults="error")

    assert (made.venues, made.markets, made.faults) == (("bybit",), (Path("mine.toml"),), (("error", {}),))


@pytest.mark.parametrize(
    "act",
    [
        "advance", "step", "account", "market", "kind", "qty", "term", "no qty", "a truth", "nobody", "leverage",
        "half a leverage", "no price", "less", "way down", "unknown money", "a wallet of others", "field",
    ],
)  # fmt: skip
def test_acts_that_mean_nothing_are_refused_in_words(act: str, exchange: LocalExchange) -> None:
    acts: dict[str, Callable[[], object]] = {
        "advance": lambda: exchange.advance("soon"),
        "step": lambda: exchange.step("dividend"),
        "account": lambda: exchange.account("default", USDT=5),
        "market": lambda: exchange.market("DOGEUSDT"),
        "kind": lambda: exchange.market("BTCUSDT", "option"),
        "qty": lambda: exchange.account().buy("BTCUSDT", "much"),
        "term": lambda: exchange.account().buy("BTCUSDT", 1, prize=5),
        "no qty": lambda: exchange.account().buy("BTCUSDT", None),  # type: ignore[arg-type]
        "a truth": lambda: exchange.advance(True),
        "nobody": lambda: exchange.account("", USDT=5),
        "leverage": lambda: exchange.account().set_leverage("BTCUSDT", "5"),  # type: ignore[arg-type]
        "half a leverage": lambda: exchange.account().set_leverage("BTCUSDT", 2.5),  # type: ignore[arg-type]
        "no price": lambda: setattr(exchange.market("BTCUSDT"), "price", 0),
        "less": lambda: setattr(exchange.market("BTCUSDT"), "price", -5),
        "way down": lambda: exchange.market("BTCUSDT").move(0, over="1h"),
        "unknown money": lambda: exchange.account().deposit(usdt=5),
        "a wallet of others": lambda: exchange.account().deposit(unified_USDT=5),
        "field": lambda: exchange.log.where("fill", acount="default"),
    }
    before = exchange.log.digest
    with pytest.raises((ConfigError, NotThere)):
        acts[act]()
    assert exchange.log.digest == before
    assert exchange.account().buy("BTCUSDT", 1).filled == 1
