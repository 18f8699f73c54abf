"""One exchange, two venues: who trades by the one's address and who by the other's meet in one book, on one ledger."""

import importlib
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from simexchange.core.accounts import Account
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.units import ONE
from simexchange.eventlog.locate import open_log
from simexchange.eventlog.replay import replay
from tests.clients.served import Served, serve

WITHIN: Final = 20.0
"""Wall seconds."""
PERPETUAL: Final = "perp:BTC-USDT"
SYMBOL: Final = "BTC/USDT:USDT"
OPTIONS: Final = (
    "--seed", "11", "--history", "0s", "--speed", "10x",
    # Funding is due a minute later: six seconds of a clock at 10x.
    "--start", "2026-03-02T07:59:00Z",
    "--account", "alice:usdm.USDT=100000", "--account", "ben@bybit:USDT=100000",
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("two")


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[Served]:
    with serve(folder, *OPTIONS) as served:
        yield served


def eventually(what: str, ask: Callable[[], Any]) -> Any:
    until = time.monotonic() + WITHIN
    while not (found := ask()):
        assert time.monotonic() < until, what
        time.sleep(0.05)
    return found


def ledger(served: Served) -> ExchangeState:
    """What the log comes to."""
    log = open_log(served.log)
    try:
        return replay(log)
    finally:
        log.close()


class Two:
    """Alice trades by Binance's address with ccxt, Ben by Bybit's with pybit, both the perpetual."""

    def __init__(self, served: Served) -> None:
        import ccxt

        self.served = served
        self.alice = ccxt.binanceusdm(served.config("binanceusdm", "alice"))
        self.alice.load_markets()
        self.ben = _pybit(served, "ben")

    def of(self, call: str, **more: Any) -> Any:
        """What a call of Ben's about the contract answers."""
        return getattr(self.ben, call)(category="linear", symbol="BTCUSDT", **more)["result"]


@pytest.fixture(scope="module")
def two(served: Served) -> Two:
    pytest.importorskip("pybit")
    two = Two(served)
    served.control("clock", {"mode": "pause"})
    return two


def test_what_one_puts_into_the_book_the_other_sees_there(two: Two) -> None:
    book = two.alice.fetch_order_book(SYMBOL, 5)
    ask, bid = book["asks"][0][0], book["bids"][0][0]

    before = _size(two.of("get_orderbook", limit=50)["a"], ask)
    hers = two.alice.create_limit_sell_order(SYMBOL, 0.5, ask)
    assert _size(two.of("get_orderbook", limit=50)["a"], ask) - before == Decimal("0.5")
    his = two.of("place_order", side="Buy", orderType="Limit", qty="0.4", price=str(bid))["orderId"]
    seen = two.alice.fetch_order_book(SYMBOL, 5)["bids"]
    assert _size(seen, bid) - _size(book["bids"], bid) == Decimal("0.4")
    two.of("cancel_order", orderId=his)
    two.alice.cancel_order(hers["id"], SYMBOL)


def test_they_trade_with_each_other_and_funding_passes_between_them(two: Two) -> None:
    ask = two.alice.fetch_order_book(SYMBOL, 5)["asks"][0][0]
    before = _size(two.of("get_orderbook", limit=50)["a"], ask)
    hers = two.alice.create_limit_sell_order(SYMBOL, 0.5, ask)
    # Ben buys what stood there before her, and some of hers.
    bought = before + Decimal("0.2")
    his = two.of("place_order", side="Buy", orderType="Market", qty=str(bought))["orderId"]

    assert eventually("hers fills in part", lambda: two.alice.fetch_order(hers["id"], SYMBOL)["filled"]) == 0.2
    two.alice.cancel_order(hers["id"], SYMBOL)
    fills = two.of("get_executions", orderId=his)["list"]
    assert sum(Decimal(row["execQty"]) for row in fills) == bought
    assert len(two.alice.fetch_my_trades(SYMBOL)) == 1
    two.served.control("clock", {"mode": "run"})
    paid = eventually("funding", lambda: two.alice.fetch_funding_history(SYMBOL))
    got = eventually("funding", lambda: two.of("get_executions", execType="Funding")["list"])
    two.served.control("clock", {"mode": "pause"})
    # What a short gets a long pays, each in proportion to its size; the payer's odd unit is rounded up.
    each = Decimal(paid[0]["info"]["income"]) / Decimal("0.2")
    other = Decimal(got[0]["execFee"]) / bought
    assert Decimal(got[0]["feeRate"])
    assert abs(each - other) <= Decimal("0.0000002")


def test_balances_and_positions_of_both_are_the_logs(two: Two) -> None:
    """After the trade and the funding of the test before."""
    state = ledger(two.served)
    her, him = (state.accounts[state.account_no[name]] for name in ("alice", "ben"))
    no = state.market_no[PERPETUAL]

    row = two.of("get_positions")["list"][0]
    assert (row["side"], Decimal(row["size"])) == ("Buy", Decimal(him.positions[no].qty) / ONE)
    (hers,) = two.alice.fetch_positions([SYMBOL])
    held = Decimal(hers["info"]["positionAmt"])
    assert held == Decimal(her.positions[no].qty) / ONE
    wallet = two.ben.get_wallet_balance(accountType="UNIFIED", coin="USDT")["result"]["list"][0]["coin"][0]
    assert Decimal(wallet["walletBalance"]) == _balance(him, "unified")
    assets = two.alice.fetch_balance()["info"]["assets"]
    assert Decimal(next(row["walletBalance"] for row in assets if row["asset"] == "USDT")) == _balance(her, "usdm")
    log = two.ben.get_transaction_log(accountType="UNIFIED", category="linear")["result"]["list"]
    assert Decimal(log[0]["cashBalance"]) == _balance(him, "unified")


def test_a_key_opens_one_venue_only(served: Served) -> None:
    """An account has the rules of one venue: at the other it has none."""
    import ccxt

    for venue, name in (("bybit", "alice"), ("binanceusdm", "ben")):
        client = getattr(ccxt, venue)(served.config(venue, name))
        with pytest.raises(ccxt.AuthenticationError):
            client.fetch_balance()


def _size(side: list[list[Any]], price: float) -> Decimal:
    """What stands at *price*."""
    return next((Decimal(str(size)) for at, size, *_ in side if Decimal(str(at)) == Decimal(str(price))), Decimal(0))


def _balance(account: Account, wallet: str) -> Decimal:
    held = account.balances[wallet, "USDT"]
    return Decimal(held.free + held.held) / ONE


def _pybit(served: Served, name: str) -> Any:
    who = next(account for account in served.accounts if account.name == name)
    client = importlib.import_module("pybit.unified_trading").HTTP(api_key=who.api_key, api_secret=who.api_secret)
    client.endpoint = f"{served.url}/bybit"
    return client
