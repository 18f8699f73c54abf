"""In and out again while the market runs, with every kind of client: balances and positions to the last decimal."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from tests.clients.comparing import exact
from tests.clients.desk import KINDS, SYMBOLS, Desk, desk
from tests.clients.served import Served, serve
from tests.clients.tale import Balance, Tale

SPOT, PERP = SYMBOLS["spot"], SYMBOLS["usdm"]
OPTIONS = (
    "--feed", "synthetic", "--seed", "11", "--history", "0s", "--speed", "10x",
    # Far from the next funding, so that only trades move money.
    "--start", "2026-03-02T08:00:30Z",
    *[word for kind in KINDS for word in ("--account", f"{kind}:USDT=50000,BTC=1")],
)  # fmt: skip


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("trips"), *OPTIONS) as running:
        yield running


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """The kind of client, and the name of the account it trades for."""
    return str(request.param)


@pytest.fixture
def spot(served: Served, kind: str) -> Iterator[Desk]:
    with desk(served, kind, "spot", kind) as opened:
        yield opened


@pytest.fixture
def perp(served: Served, kind: str) -> Iterator[Desk]:
    with desk(served, kind, "usdm", kind) as opened:
        yield opened


def logged(served: Served, name: str, wallet: str, asset: str) -> Balance:
    """What the postings of an account add up to now."""
    tale = Tale(served.records())
    return tale.balance(tale.accounts[name], wallet, asset)


def shown(call: Desk, asset: str) -> Balance:
    """What ccxt says of it."""
    row = call("fetch_balance")[asset]
    return Balance(exact(row["free"]), exact(row["used"]))


def same_money(one: Balance, other: Balance) -> bool:
    return (one.free, one.held) == (other.free, other.held)


def test_a_spot_round_trip_costs_what_the_log_says(served: Served, kind: str, spot: Desk) -> None:
    """An order that waits holds its worth, a cancel gives it back, a buy and a sell move their fills and fees."""
    start = {asset: shown(spot, asset) for asset in ("USDT", "BTC")}
    bid = spot("fetch_order_book", SPOT)["bids"][0][0]
    price = spot.client.price_to_precision(SPOT, bid * 0.97)

    waiting = spot("create_limit_buy_order", SPOT, 0.01, float(price))
    while_waiting = shown(spot, "USDT")
    spot("cancel_order", waiting["id"], SPOT)
    after_cancel = shown(spot, "USDT")
    bought = spot("create_market_buy_order", SPOT, 0.01)
    sold = spot("create_market_sell_order", SPOT, 0.00999)

    assert while_waiting.held == Decimal(price) * Decimal("0.01")
    assert same_money(after_cancel, start["USDT"])
    mine = [trade for trade in spot("fetch_my_trades", SPOT) if trade["order"] in (bought["id"], sold["id"])]
    paid = sum(exact(trade["cost"]) * (1 if trade["side"] == "buy" else -1) for trade in mine)
    fees = {
        asset: sum(exact(trade["fee"]["cost"]) for trade in mine if trade["fee"]["currency"] == asset)
        for asset in ("USDT", "BTC")
    }
    end = {asset: shown(spot, asset) for asset in ("USDT", "BTC")}
    assert end["USDT"].free == start["USDT"].free - paid - fees["USDT"]
    assert end["BTC"].free == start["BTC"].free + Decimal("0.00001") - fees["BTC"]
    assert all(same_money(end[asset], logged(served, kind, "spot", asset)) for asset in end)


def test_a_hedge_is_opened_and_closed_to_the_last_decimal(served: Served, kind: str, spot: Desk, perp: Desk) -> None:
    """Long a tenth on spot, short a tenth at 10x: while it stands the two cancel out, afterwards both are gone."""
    start = shown(perp, "USDT")
    perp("set_leverage", 10, PERP)

    spot("create_market_buy_order", SPOT, 0.1)
    opened = perp("create_market_sell_order", PERP, 0.1)
    (position,) = perp("fetch_positions", [PERP])
    tale = Tale(served.records())
    held = tale.positions[tale.accounts[kind], tale.listed["perp:BTC-USDT"]]
    closed = perp("create_market_buy_order", PERP, 0.1, params={"reduceOnly": True})
    spot("create_market_sell_order", SPOT, 0.1)

    assert (position["side"], exact(position["contracts"])) == ("short", -held.qty)
    assert exact(position["entryPrice"]) == exact(held.cost / held.qty) == exact(opened["average"])
    assert perp("fetch_positions", [PERP]) == []
    end = shown(perp, "USDT")
    fees = sum(exact(trade["fee"]["cost"]) for trade in perp("fetch_my_trades", PERP))
    assert end.free == start.free + exact(opened["cost"]) - exact(closed["cost"]) - fees
    lines = [(exact(line["amount"]), line["direction"]) for line in perp("fetch_ledger", "USDT")]
    assert end.free == sum(amount if direction == "in" else -amount for amount, direction in lines)
    assert same_money(end, logged(served, kind, "usdm", "USDT"))
    assert same_money(shown(spot, "BTC"), logged(served, kind, "spot", "BTC"))
