"""What judges a session of freqtrade sees what is wrong. The session itself is `clients/freqtrade/run`."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from clients.freqtrade import bot, ledger, settings
from clients.freqtrade.differences import table
from simexchange.config import markets

LOG = Path(__file__).resolve().parent.parent.parent / "fixtures" / "logs" / "spot.jsonl"
READY = {
    "url": "http://127.0.0.1:1",
    "ws_url": "ws://127.0.0.1:1",
    "tls_url": "https://127.0.0.1:2",
    "tls_ws_url": "wss://127.0.0.1:2",
    "ca_file": "/ca.pem",
    "accounts": [
        {"name": "spot", "api_key": "key", "api_secret": "secret"},
        {"name": "futures", "api_key": "other", "api_secret": "hidden"},
    ],
}
ORDERS = (
    "id INTEGER PRIMARY KEY, ft_trade_id, ft_order_side, ft_pair, order_id, status, side, average, filled, cost, "
    "stop_price, order_date, order_filled_date"
)
TRADES = (
    "id INTEGER PRIMARY KEY, is_open, is_short, exit_reason, realized_profit, fee_open, fee_close, amount, "
    "funding_fees, stake_amount, open_rate, close_rate, leverage"
)


def database(folder: Path, orders: list[dict[str, Any]], trades: list[dict[str, Any]]) -> None:
    """A bot's folder with what of its database is read, and an empty log."""
    folder.mkdir(parents=True)
    (folder / "freqtrade.log").write_text("")
    opened = sqlite3.connect(folder / bot.DATABASE)
    for name, columns, rows in (("orders", ORDERS, orders), ("trades", TRADES, trades)):
        opened.execute(f"CREATE TABLE {name} ({columns})")
        for row in rows:
            places = ", ".join(f":{column}" for column in row)
            insert = f"INSERT INTO {name} ({', '.join(row)}) VALUES ({places})"  # noqa: S608 - columns of ours
            opened.execute(insert, row)
    opened.commit()
    opened.close()


def as_the_bot_knows(truth: dict[int, ledger.Order]) -> list[dict[str, Any]]:
    """Rows of the orders as the log has them."""
    return [
        {
            "ft_trade_id": 1,
            "order_id": str(number),
            "status": "closed" if order.filled == order.qty else "canceled",
            "filled": float(order.filled),
            "average": float(order.quote / order.filled) if order.filled else None,
        }
        for number, order in truth.items()
    ]


def test_orders_as_the_log_has_them_pass(tmp_path: Path) -> None:
    truth = ledger.told(LOG, "bob")
    database(tmp_path / "bot", as_the_bot_knows(truth), [])

    own = ledger.orders("spot", tmp_path / "bot", truth)

    assert set(own) == set(truth)
    assert sum(order.fills for order in truth.values()) == 8


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("filled", 0.5, "filled"),
        ("average", 1.0, "average"),
        ("status", "open", "closed"),
        ("order_id", "77", "there are not"),
    ],
)
def test_a_wrong_order_is_found(column: str, value: object, said: str, tmp_path: Path) -> None:
    truth = ledger.told(LOG, "bob")
    rows = as_the_bot_knows(truth)
    done = next(row for row in rows if row["status"] == "closed")
    done[column] = value
    database(tmp_path / "bot", rows, [])

    with pytest.raises(AssertionError, match=said):
        ledger.orders("spot", tmp_path / "bot", truth)


def test_an_order_it_took_back_must_stand_in_its_log_and_be_unfilled(tmp_path: Path) -> None:
    truth = ledger.told(LOG, "bob")
    rows = as_the_bot_knows(truth)
    gone = next(row for row in rows if not row["filled"])
    rows.remove(gone)
    database(tmp_path / "bot", rows, [])

    with pytest.raises(AssertionError, match="does not know"):
        ledger.orders("spot", tmp_path / "bot", truth)

    (tmp_path / "bot" / "freqtrade.log").write_text(
        "2026-11-02 00:30:57,533 - freqtrade.freqtradebot - INFO - "
        f"Order {gone['order_id']} was created for ETH/USDT and status is open.\n"
    )
    ledger.orders("spot", tmp_path / "bot", truth)


def test_balances_are_compared_asset_by_asset() -> None:
    told = {"USDT": ["90.5", "0"], "BTC": ["0.1", "0"]}

    ledger.balances("spot", {"USDT": 90.5, "BTC": 0.1}, told)
    for wrong in ({"USDT": 90.5}, {"USDT": 90.6, "BTC": 0.1}):
        with pytest.raises(AssertionError):
            ledger.balances("spot", wrong, told)
    with pytest.raises(AssertionError, match="held"):
        ledger.balances("spot", {"USDT": 90.5}, {"USDT": ["90", "0.5"]})


def test_a_line_of_an_error_is_found_and_a_warning_is_only_counted(tmp_path: Path) -> None:
    fine = "2026-11-02 00:00:01,000 - freqtrade.worker - WARNING - Outdated history for pair BTC/USDT. Last tick is\n"
    for name in ("freqtrade.log", "output.txt"):
        (tmp_path / name).write_text(fine)

    assert bot.wrong(tmp_path) == []
    assert bot.warnings(tmp_path) == {"Outdated history for pair BTC/USDT.": 1}

    (tmp_path / "output.txt").write_text("2026-11-02 00:00:01,000 - freqtrade.worker - ERROR - no\nTraceback (most\n")
    assert len(bot.wrong(tmp_path)) == 2


def test_the_table_tells_live_from_dry_run(tmp_path: Path) -> None:
    """Live buys at 100 after 4 s and is stopped at 98 instead of 99; dry-run's entry at 101 is never filled."""
    bought = {"ft_trade_id": 1, "ft_order_side": "buy", "ft_pair": "BTC/USDT", "side": "buy"}
    live = [
        {**bought, "order_id": "1", "average": 100.0, "filled": 1.0, "order_date": "2026-11-02 00:05:00",
         "order_filled_date": "2026-11-02 00:05:04"},
        {**bought, "ft_order_side": "stoploss", "side": "sell", "order_id": "2", "average": 98.0, "filled": 1.0,
         "stop_price": 99.0, "order_date": "2026-11-02 00:05:05", "order_filled_date": "2026-11-02 00:09:00"},
    ]  # fmt: skip
    dry = [{**bought, "order_id": "dry", "average": 101.0, "filled": 0.0, "order_date": "2026-11-02 00:05:02"}]
    stopped = {"id": 1, "is_open": 0, "is_short": 0, "exit_reason": "stoploss_on_exchange", "realized_profit": -2.2,
               "amount": 1.0, "open_rate": 100.0, "close_rate": 98.0,
               "fee_open": 0.001, "fee_close": 0.001}  # fmt: skip
    database(tmp_path / "spot-live", live, [stopped])
    database(tmp_path / "spot-dry-run", dry, [{"id": 1, "is_open": 1, "is_short": 0}])
    for mode, second, order in (("live", "01", "1"), ("dry-run", "02", "dry")):
        (tmp_path / f"spot-{mode}" / "freqtrade.log").write_text(
            f"2026-11-02 00:05:{second},000 - freqtrade.freqtradebot - INFO - "
            f"Order {order} was created for BTC/USDT and status is open.\n"
        )

    lines = table(tmp_path, "spot").splitlines()

    assert "| entries filled | 1 | 0 |" in lines
    assert "| entries placed | 1 | 1 |" in lines
    assert "| stops filled | 1 | 0 |" in lines
    assert "| … worse than the stop price, mean, bp | 101.01 | – |" in lines
    assert "| fees, USDT | 0.20 | 0.00 |" in lines
    assert "| … filled only live | 1 | |" in lines


def test_every_address_freqtrade_is_told_is_the_exchanges() -> None:
    told = settings.where(READY, "futures")["exchange"]

    assert (told["key"], told["secret"]) == ("other", "hidden")
    addresses = json.dumps(told["ccxt_config"]["urls"])
    assert addresses.count("://") == addresses.count("127.0.0.1:2")
    assert told["ccxt_config"]["cafile"] == "/ca.pem"
    assert "127.0.0.1:1" in json.dumps(settings.where(READY, "spot", exact=False))


def test_the_markets_are_those_of_the_configuration(tmp_path: Path) -> None:
    served = markets.read([settings.markets(tmp_path, settings.ASSETS)])
    folder = Path(settings.__file__).parent
    pairs = settings.traded(settings.ASSETS)
    for product in pairs:
        configured = json.loads((folder / f"{product}.json").read_text())["exchange"]["pair_whitelist"]
        assert configured == pairs[product]
    kinds = {"spot": "spot", "futures": "perp"}
    named = {f"{kinds[product]}:{pair.split(':')[0].replace('/', '-')}" for product in pairs for pair in pairs[product]}
    assert set(served) == named
    assert set(markets.read([settings.markets(tmp_path, ["ETH"])])) == {"spot:ETH-USDT", "perp:ETH-USDT"}


def test_an_algo_order_is_the_engines() -> None:
    assert ledger.engine_id("1000000000000007") == 7
    assert ledger.engine_id("7") == 7
