"""ccxt's binancecoinm: whole sessions in coins, with every kind of client; no call unserved, every coin where it is."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack
from decimal import Decimal
from typing import Any, Final

import pytest

from tests.clients.comparing import exact
from tests.clients.desk import KINDS, Desk, desk, streaming
from tests.clients.served import Served, serve

PERP, ETHER = "BTC/USD:BTC", "ETH/USD:ETH"
NAMES: Final = (*KINDS, "watcher", "mover")
OPTIONS: Final = (
    "--feed", "none",
    *(word for name in NAMES for word in ("--account", f"{name}:coinm.BTC=5,coinm.ETH=50")),
    "--account", "bob:coinm.BTC=90,coinm.ETH=900",
)  # fmt: skip


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("coinm"), *OPTIONS) as running:
        _have_a_mark(running)
        yield running


def _have_a_mark(served: Served) -> None:
    """Nobody sets an index here: the mark is that of the first book, and bounds of prices need one."""
    with desk(served, "sync", "coinm", "bob") as bob:
        bob("create_limit_sell_order", PERP, 500, 60_010)
        bob("create_limit_buy_order", PERP, 500, 59_990)
        until = time.monotonic() + 20
        while not bob("fetch_mark_price", PERP)["markPrice"]:
            assert time.monotonic() < until
            time.sleep(0.1)
        bob("cancel_all_orders", PERP)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """The kind of client, and the name of the account it trades for."""
    return str(request.param)


@pytest.fixture
def call(served: Served, kind: str) -> Iterator[Desk]:
    """One client of that kind; bob quotes 500 contracts at 60,010 and 59,990, and is gone afterwards."""
    with ExitStack() as stack:
        bob = stack.enter_context(desk(served, "sync", "coinm", "bob"))
        bob("create_limit_sell_order", PERP, 500, 60_010)
        bob("create_limit_buy_order", PERP, 500, 59_990)
        yield stack.enter_context(desk(served, kind, "coinm", kind))
        bob("cancel_all_orders", PERP)


def coins(served: Served, name: str, asset: str = "BTC") -> Decimal:
    """What the money in the log adds up to in an account's coin wallet, that of isolated positions included."""
    me, total = None, Decimal(0)
    for record in served.records():
        for event in record["events"]:
            match event["type"]:
                case "AccountOpened" if event["name"] == name:
                    me = event["no"]
                case "FundsDeposited" if (event["account"], event["wallet"], event["asset"]) == (me, "coinm", asset):
                    total += Decimal(event["amount"])
                case "FundsTransferred" if event["asset"] == asset:
                    total -= Decimal(event["amount"]) * ((event["account"], event["wallet"]) == (me, "coinm"))
                    total += Decimal(event["amount"]) * ((event["to_account"], event["to_wallet"]) == (me, "coinm"))
                case "TradeExecuted":
                    for side in (event["maker"], event["taker"]):
                        if side["account"] == me and side["fee_asset"] in ("", asset):
                            closed = side["closed"]
                            total -= Decimal(side["fee"])
                            total += Decimal(closed["realised"]) if closed else 0
                case _:
                    pass
    return total


def unserved(served: Served) -> list[Any]:
    return list(served.control("health")["unserved_calls"])


def test_a_session_trades_contracts_and_is_paid_in_coins(served: Served, kind: str, call: Desk) -> None:
    """Load, look, place, change, cancel, fill, ask; then everything is closed and the coins are those of the log."""
    markets = call("load_markets")
    assert {PERP, ETHER} < set(markets)
    assert (markets[PERP]["inverse"], markets[PERP]["contractSize"], markets[PERP]["settle"]) == (True, 100, "BTC")
    assert call("fetch_order_book", PERP)["bids"][0] == [59_990, 500]

    made = call("create_limit_buy_order", PERP, 5, 59_000, {"clientOrderId": f"{kind}-waits"})
    changed = call("edit_order", made["id"], PERP, "limit", "buy", 6, 59_100)
    found = call("fetch_order", made["id"], PERP)
    (waits,) = call("fetch_open_orders", PERP)
    gone = call("cancel_order", made["id"], PERP)
    assert (made["status"], changed["amount"], found["price"], waits["id"]) == ("open", 6, 59_100, made["id"])
    assert (gone["status"], call("fetch_open_orders", PERP)) == ("canceled", [])

    bought = call("create_market_buy_order", PERP, 100)
    assert (bought["status"], bought["filled"], bought["average"]) == ("closed", 100, 60_010)
    (position,) = call("fetch_positions", [PERP])
    assert (position["contracts"], position["side"], position["entryPrice"]) == (100, "long", 60_010)
    assert exact(position["contractSize"]) == 100
    (fill,) = [trade for trade in call("fetch_my_trades", PERP) if trade["order"] == bought["id"]]
    # 10,000 USD at 60,010, of which a taker pays 0.05 % in coins.
    assert (fill["amount"], fill["fee"]["currency"], exact(fill["fee"]["cost"])) == (100, "BTC", Decimal("0.00008332"))

    sold = call("create_market_sell_order", PERP, 100, {"reduceOnly": True})
    assert (sold["average"], call("fetch_positions", [PERP])) == (59_990, [])
    assert exact(call("fetch_balance")["BTC"]["total"]) == coins(served, kind)
    ledger = call("fetch_ledger", "BTC")
    assert {row["type"] for row in ledger} == {"transfer", "commission", "trade"}
    assert sum(exact(row["amount"]) * (1 if row["direction"] == "in" else -1) for row in ledger) == coins(served, kind)
    assert [order["id"] for order in call("fetch_closed_orders", PERP)] == [bought["id"], sold["id"]]
    assert [order["id"] for order in call("fetch_canceled_orders", PERP)] == [made["id"]]
    assert unserved(served) == []


def test_settings_are_made_and_told(served: Served, call: Desk) -> None:
    """Leverage, tiers, margin modes, position mode, fees."""
    import ccxt

    assert call("set_leverage", 7, PERP)["leverage"] == 7
    assert call("fetch_leverage", PERP)["longLeverage"] == 7
    tiers = call("fetch_leverage_tiers", [PERP])[PERP]
    assert (tiers[0]["maxLeverage"], tiers[0]["maxNotional"], tiers[-1]["maxLeverage"]) == (125, 5, 1)
    call("set_margin_mode", "isolated", ETHER)
    with pytest.raises(ccxt.MarginModeAlreadySet):
        call("set_margin_mode", "isolated", ETHER)
    assert call("fetch_margin_mode", ETHER)["marginMode"] == "isolated"
    assert call("fetch_margin_modes", [PERP])[PERP]["marginMode"] == "cross"
    assert call("fetch_position_mode", PERP)["hedged"] is False
    assert (call("fetch_trading_fee", PERP)["maker"], call("fetch_trading_fee", PERP)["taker"]) == (0.0001, 0.0005)
    assert unserved(served) == []


def test_many_orders_and_conditional_ones(served: Served, call: Desk) -> None:
    """Batches placed, changed and canceled; stops, take-profits and trailing stops of the Algo Service."""
    limit = {"symbol": PERP, "type": "limit", "side": "buy"}
    made = call("create_orders", [{**limit, "amount": 1, "price": 59_000}, {**limit, "amount": 2, "price": 58_900}])
    changed = call("edit_orders", [{**limit, "id": made[0]["id"], "amount": 3, "price": 58_950}])
    gone = call("cancel_orders", [order["id"] for order in made], PERP)
    assert [order["amount"] for order in (*made, *changed)] == [1, 2, 3]
    assert [order["status"] for order in gone] == ["canceled", "canceled"]

    stop = {"stop": True}
    waits = [
        call("create_order", PERP, "STOP_MARKET", "sell", 5, None, {"stopPrice": 58_000}),
        call("create_order", PERP, "TAKE_PROFIT", "sell", 5, 63_000, {"stopPrice": 63_000}),
        call("create_order", PERP, "TRAILING_STOP_MARKET", "sell", 5, None, {"trailingPercent": 1}),
    ]
    assert {order["id"] for order in call("fetch_open_orders", PERP, None, None, stop)} == {one["id"] for one in waits}
    assert call("fetch_order", waits[0]["id"], PERP, stop)["triggerPrice"] == 58_000
    call("cancel_order", waits[0]["id"], PERP, stop)
    call("cancel_all_orders", PERP, stop)
    assert call("fetch_open_orders", PERP, None, None, stop) == []
    assert unserved(served) == []


REFUSED: list[tuple[tuple[Any, ...], int]] = [
    ((PERP, "limit", "buy", 100, 70_000), -4016),
    ((PERP, "limit", "sell", 100, 61_000, {"reduceOnly": True}), -2022),
    ((PERP, "limit", "buy", 100, 61_000, {"timeInForce": "GTX"}), -5022),
    ((PERP, "limit", "buy", 900_000, 59_000), -2027),
    ((PERP, "limit", "buy", 50_000, 59_000), -2019),
]


@pytest.mark.parametrize(("order", "code"), REFUSED)
def test_a_refusal_is_an_error_and_changes_nothing(
    served: Served, kind: str, call: Desk, order: tuple[Any, ...], code: int
) -> None:
    """Whatever class ccxt gives it, the venue's code is in its words."""
    import ccxt

    # Which bound an order meets first depends on it, and another test may have left another one.
    call("set_leverage", 7, PERP)
    before = coins(served, kind)

    with pytest.raises(ccxt.ExchangeError, match=f'"code":{code}'):
        call("create_order", *order)

    assert call("fetch_open_orders", PERP) == []
    assert exact(call("fetch_balance")["BTC"]["total"]) == before == coins(served, kind)


QUESTIONS: Final[tuple[tuple[Any, ...], ...]] = (
    ("fetch_ticker", PERP),
    ("fetch_tickers", [PERP]),
    ("fetch_bids_asks", [PERP]),
    ("fetch_last_prices", [PERP]),
    ("fetch_mark_price", PERP),
    ("fetch_mark_prices", [PERP]),
    ("fetch_trades", PERP),
    ("fetch_ohlcv", PERP, "1m"),
    ("fetch_mark_ohlcv", PERP, "1m"),
    ("fetch_index_ohlcv", PERP, "1m"),
    ("fetch_premium_index_ohlcv", PERP, "1m"),
    ("fetch_funding_rate", PERP),
    ("fetch_funding_rates", [PERP]),
    ("fetch_funding_rate_history", PERP),
    ("fetch_funding_intervals", [PERP]),
    ("fetch_funding_history", PERP),
    ("fetch_open_interest", PERP),
    ("fetch_open_interest_history", PERP, "5m"),
    ("fetch_long_short_ratio_history", PERP, "5m"),
    ("fetch_my_liquidations", PERP),
    ("fetch_positions_risk",),
    ("fetch_account_positions",),
    ("fetch_position_adl_rank", PERP),
    ("fetch_positions_adl_rank",),
    ("fetch_margin_adjustment_history", PERP),
    ("fetch_leverages", [PERP]),
    ("fetch_trading_fees",),
    ("fetch_currencies",),
    ("fetch_status",),
    ("fetch_time",),
)


def test_every_other_question_is_answered(served: Served, call: Desk) -> None:
    """With a position open, so that there is something to say."""
    call("create_market_buy_order", PERP, 1)

    answers = {str(question[0]): call(*question) for question in QUESTIONS}

    call("create_market_sell_order", PERP, 1)
    empty = {name for name, answer in answers.items() if not answer}
    assert empty <= {
        "fetch_mark_ohlcv", "fetch_index_ohlcv", "fetch_premium_index_ohlcv", "fetch_funding_rate_history",
        "fetch_funding_history", "fetch_long_short_ratio_history", "fetch_my_liquidations",
        "fetch_margin_adjustment_history",
        # Nothing was held when its newest period began.
        "fetch_open_interest_history",
    }  # fmt: skip
    assert unserved(served) == []


def test_coins_go_in_and_out(served: Served) -> None:
    """From the coin wallet to spot and back."""
    with desk(served, "sync", "coinm", "mover") as call:
        before = exact(call("fetch_balance")["BTC"]["total"])
        call("transfer", "BTC", 2, "inverse", "main")
        between = exact(call("fetch_balance")["BTC"]["total"])
        call("transfer", "BTC", 0.5, "main", "inverse")

        assert before - between == 2
        assert exact(call("fetch_balance")["BTC"]["total"]) == before - Decimal("1.5") == coins(served, "mover")


async def _held(client: Any) -> Any:
    """The first position that is told."""
    while not (positions := [one for one in await client.watch_positions([PERP]) if one["contracts"]]):
        pass
    return positions


async def _watched(served: Served) -> dict[str, Any]:
    """What a watcher sees while he trades with bob; his client is then made anew and watches on."""
    seen: dict[str, Any] = {}
    async with AsyncExitStack() as stack:
        bob = await stack.enter_async_context(streaming(served, "coinm", "bob"))
        async with streaming(served, "coinm", "watcher") as client:

            async def watch(name: str, *arguments: Any) -> None:
                seen[name] = await getattr(client, name)(*arguments)

            public = ("watch_trades", "watch_ticker", "watch_mark_price", "watch_orders", "watch_my_trades")
            tasks = [asyncio.create_task(watch(name, PERP)) for name in public]
            tasks += [asyncio.create_task(watch(name, [PERP])) for name in ("watch_bids_asks", "watch_mark_prices")]
            tasks += [
                asyncio.create_task(watch("watch_ohlcv", PERP, "1m")),
                asyncio.create_task(watch("watch_balance")),
            ]
            held = asyncio.create_task(_held(client))
            await client.watch_order_book(PERP)
            await asyncio.sleep(1)
            await bob.create_limit_sell_order(PERP, 50, 60_010)
            await bob.create_limit_buy_order(PERP, 50, 59_990)
            placed = await client.create_order_ws(PERP, "limit", "buy", 2, 59_000)
            seen["edited"] = await client.edit_order_ws(placed["id"], PERP, "limit", "buy", 3, 58_900)
            seen["asked"] = await client.fetch_order_ws(placed["id"], PERP)
            seen["canceled"] = await client.cancel_order_ws(placed["id"], PERP)
            await client.create_order_ws(PERP, "market", "buy", 10)
            seen["watch_positions"] = await held
            while len(book := await client.watch_order_book(PERP)) and book["asks"][:1] != [[60_010, 40]]:
                pass
            seen["watch_order_book"] = {side: [list(row) for row in book[side]] for side in ("bids", "asks")}
            seen["fetch_positions_ws"] = await client.fetch_positions_ws([PERP])
            seen["fetch_balance_ws"] = await client.fetch_balance_ws()
            await asyncio.gather(*tasks)
        async with streaming(served, "coinm", "watcher") as again:
            orders = asyncio.create_task(again.watch_orders(PERP))
            money = asyncio.create_task(again.watch_balance())
            await asyncio.sleep(1)
            await again.create_market_sell_order(PERP, 10)
            seen["after reconnecting"] = (await orders, await money)
        await bob.cancel_all_orders(PERP)
    return seen


def test_streams_tell_of_contracts_and_coins(served: Served) -> None:
    """Public and private, and the WebSocket API; after a reconnect the private stream goes on."""
    seen = asyncio.run(asyncio.wait_for(_watched(served), 60))

    assert (seen["watch_trades"][-1]["amount"], seen["watch_trades"][-1]["price"]) == (10, 60_010)
    assert seen["watch_ticker"]["symbol"] == PERP
    assert seen["watch_mark_price"]["markPrice"]
    assert seen["watch_mark_prices"][PERP]["markPrice"]
    assert seen["watch_bids_asks"][PERP]["symbol"] == PERP
    assert seen["watch_ohlcv"][-1][5] >= 0
    assert seen["watch_orders"][-1]["symbol"] == PERP
    assert (seen["watch_my_trades"][-1]["amount"], seen["watch_my_trades"][-1]["fee"]["currency"]) == (10, "BTC")
    assert (seen["watch_positions"][0]["contracts"], seen["watch_positions"][0]["side"]) == (10, "long")
    assert seen["watch_order_book"]["asks"][0] == [60_010, 40]
    assert (seen["edited"]["amount"], seen["asked"]["price"], seen["canceled"]["status"]) == (3, 58_900, "canceled")
    assert seen["fetch_positions_ws"][0]["contracts"] == 10
    # The stream tells the wallet; the question counts what the position has gained, too.
    (wallet,) = [row for row in seen["fetch_balance_ws"]["info"]["assets"] if row["asset"] == "BTC"]
    assert exact(seen["watch_balance"]["BTC"]["total"]) == Decimal(wallet["walletBalance"])
    orders, balance = seen["after reconnecting"]
    assert orders[-1]["filled"] == 10
    assert exact(balance["BTC"]["total"]) == coins(served, "watcher")
    assert unserved(served) == []
