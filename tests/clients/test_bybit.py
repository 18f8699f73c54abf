"""An unmodified ccxt trades at Bybit's address: blocking, awaited and streaming, in every category."""

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.clients.bybit_desk import OPTIONS, QTY, SETTLED, SYMBOLS, bybit, near
from tests.clients.desk import KINDS, Desk
from tests.clients.served import Served, serve

WITHIN = 20.0
"""Wall seconds."""
MORE_THAN_THERE_IS = {"spot": 50, "linear": 40}
"""Coins that no account here has the money for, and that are not too many for one order."""
OWNERS = dict(zip(KINDS, ("alice", "carol", "dave"), strict=True))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("bybit"), *OPTIONS) as served:
        yield served


@pytest.fixture(scope="module", params=KINDS)
def desk(request: pytest.FixtureRequest, served: Served) -> Iterator[Desk]:
    with bybit(served, request.param, OWNERS[request.param]) as desk:
        yield desk


@pytest.fixture(params=SYMBOLS)
def category(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def eventually(what: str, ask: Callable[[], Any]) -> Any:
    until = time.monotonic() + WITHIN
    while not (found := ask()):
        assert time.monotonic() < until, what
        time.sleep(0.05)
    return found


def order(desk: Desk, category: str, made: Any) -> Any:
    return desk("fetch_order", made["id"], SYMBOLS[category], {"acknowledged": True})


def ended(desk: Desk, category: str, made: Any) -> Any:
    """The order, once nothing more becomes of it: its id is told before."""
    return eventually("it ends", lambda: (row := order(desk, category, made))["status"] != "open" and row)


def test_markets_have_what_traders_look_at(desk: Desk, category: str) -> None:
    market = desk.client.market(SYMBOLS[category])

    assert market["active"]
    assert market["precision"]["price"] > 0
    assert market["limits"]["amount"]["min"] > 0
    assert market["taker"] > 0
    assert (market["linear"], market["inverse"]) == {
        "spot": (None, None), "linear": (True, False), "inverse": (False, True)
    }[category]  # fmt: skip
    if category != "spot":
        assert market["settle"] == SETTLED[category]
        assert market["contractSize"] == 1


def test_market_data_of_every_kind(desk: Desk, category: str) -> None:
    symbol = SYMBOLS[category]
    book, trades, candles = (
        desk("fetch_order_book", symbol, 50), desk("fetch_trades", symbol, None, 20),
        desk("fetch_ohlcv", symbol, "1m", None, 10),
    )  # fmt: skip

    assert abs(desk("fetch_time") / 1000 - time.time()) < 5
    assert book["bids"][0][0] < book["asks"][0][0]
    assert book["bids"] == sorted(book["bids"], reverse=True)
    assert 0 < len(trades) <= 20
    assert [row[0] for row in candles] == sorted(row[0] for row in candles)
    assert {symbol} <= desk("fetch_tickers", [symbol]).keys()
    assert desk("fetch_ticker", symbol)["last"] > 0


def test_contracts_have_funding_interest_and_tiers(desk: Desk) -> None:
    for category in ("linear", "inverse"):
        symbol = SYMBOLS[category]
        rate = desk("fetch_funding_rate", symbol)
        assert rate["markPrice"] > 0
        assert rate["fundingTimestamp"] > time.time() * 1000
        assert desk("fetch_funding_rate_history", symbol, None, 5) is not None
        assert desk("fetch_open_interest", symbol)["openInterestAmount"] is not None or category == "inverse"
        assert desk("fetch_market_leverage_tiers", symbol)[0]["maxLeverage"] > 1
        for kind in ("mark", "index"):
            assert desk("fetch_ohlcv", symbol, "1m", None, 3, {"price": kind})


def test_orders_rest_are_found_changed_and_canceled(desk: Desk, category: str) -> None:
    symbol, qty = SYMBOLS[category], QTY[category]
    link = f"rest-{category}-{desk.client.__class__.__module__.replace('.', '-')}"[:36]
    made = desk("create_order", symbol, "limit", "buy", qty, near(desk, symbol, -0.5), {"orderLinkId": link})

    found = order(desk, category, made)
    assert (found["status"], found["side"], found["amount"], found["clientOrderId"]) == ("open", "buy", qty, link)
    assert [row["id"] for row in desk("fetch_open_orders", symbol)] == [made["id"]]
    price = near(desk, symbol, -0.6)
    desk("edit_order", made["id"], symbol, "limit", "buy", 2 * qty, price)
    found = order(desk, category, made)
    assert (found["amount"], found["price"]) == (2 * qty, price)
    desk("cancel_order", made["id"], symbol)
    assert ended(desk, category, made)["status"] == "canceled"
    assert made["id"] in [row["id"] for row in desk("fetch_canceled_orders", symbol)]
    for percent, side in ((-0.5, "buy"), (0.5, "sell")):
        desk("create_order", symbol, "limit", side, qty, near(desk, symbol, percent))
    desk("cancel_all_orders", symbol)
    assert desk("fetch_open_orders", symbol) == []


def test_refusals_are_the_exceptions_ccxt_has_for_them(desk: Desk, category: str) -> None:
    import ccxt

    symbol, qty = SYMBOLS[category], QTY[category]
    far = near(desk, symbol, -0.5)

    with pytest.raises(ccxt.OrderNotFound):
        desk("cancel_order", "fd4300ae-7847-404e-b947-b46980a4d140", symbol)
    with pytest.raises(ccxt.ExchangeError):
        desk("create_order", symbol, "limit", "buy", qty * 1_000_000, far)
    if category in MORE_THAN_THERE_IS:
        if category == "linear":
            desk("set_leverage", 1, symbol)
        with pytest.raises(ccxt.InsufficientFunds):
            desk("create_order", symbol, "limit", "buy", MORE_THAN_THERE_IS[category], far)
    assert desk("fetch_open_orders", symbol) == []


def test_a_wrong_key_and_a_wrong_secret_are_told_apart(served: Served) -> None:
    import ccxt

    for change in ({"apiKey": "nobody"}, {"secret": "wrong"}):
        client = ccxt.bybit({**served.config("bybit", "alice"), **change})
        with pytest.raises(ccxt.AuthenticationError):
            client.fetch_balance()
        client.session.close()


def test_orders_fill_and_their_trades_add_up(desk: Desk, category: str) -> None:
    symbol, qty = SYMBOLS[category], QTY[category]
    made = [
        desk("create_order", symbol, "market", "buy", 2 * qty, near(desk, symbol, 0)),
        desk("create_order", symbol, "limit", "buy", qty, near(desk, symbol, 0.2), {"timeInForce": "IOC"}),
        desk("create_order", symbol, "limit", "sell", qty, near(desk, symbol, -0.2), {"timeInForce": "FOK"}),
        desk("create_order", symbol, "market", "sell", qty, near(desk, symbol, 0)),
    ]

    for each in made:
        row = ended(desk, category, each)
        trades = desk("fetch_order_trades", each["id"], symbol)
        assert row["filled"] > 0
        assert sum(trade["amount"] for trade in trades) == pytest.approx(row["filled"], abs=1e-9)
        assert sum(trade["cost"] for trade in trades) == pytest.approx(row["cost"], rel=1e-6)
        assert all(trade["fee"]["cost"] > 0 for trade in trades)
    assert desk("fetch_my_trades", symbol, None, 50)
    assert desk("fetch_closed_orders", symbol, None, 10)


def test_what_cannot_be_is_accepted_and_then_canceled(desk: Desk, category: str) -> None:
    symbol, qty = SYMBOLS[category], QTY[category]
    reasons = {}
    for name, percent, more in (
        ("maker", 0.2, {"postOnly": True}),
        ("whole", -0.5, {"timeInForce": "FOK"}),
        ("now", -0.5, {"timeInForce": "IOC"}),
    ):
        made = desk("create_order", symbol, "limit", "buy", qty, near(desk, symbol, percent), more)
        row = ended(desk, category, made)
        assert row["filled"] == 0
        reasons[name] = row["info"]["rejectReason"]

    assert reasons == {
        "maker": "EC_PostOnlyWillTakeLiquidity", "whole": "EC_CancelForNoFullFill", "now": "EC_NoImmediateQtyToFill",
    }  # fmt: skip


@pytest.mark.parametrize("category", ("linear", "inverse"))
def test_a_position_from_its_opening_to_its_result(desk: Desk, category: str) -> None:
    import ccxt

    symbol, qty = SYMBOLS[category], QTY[category]
    for row in desk("fetch_positions", [symbol]):
        if row["contracts"]:
            side = "sell" if row["side"] == "long" else "buy"
            desk("create_order", symbol, "market", side, row["contracts"], None, {"reduceOnly": True})
    now = desk("fetch_position", symbol)["leverage"]
    other = 7 if now != 7 else 8
    desk("set_leverage", other, symbol)
    with pytest.raises(ccxt.BadRequest):
        desk("set_leverage", other, symbol)
    desk("create_order", symbol, "market", "buy", qty)
    held = desk("fetch_position", symbol)
    assert (held["side"], held["contracts"], held["leverage"]) == ("long", qty, other)
    assert held["initialMargin"] > 0
    assert held["markPrice"] > 0
    stop = near(desk, symbol, -2)
    desk("create_order", symbol, "market", "sell", qty, None, {"stopLossPrice": stop, "reduceOnly": True})
    assert desk("fetch_open_orders", symbol, None, None, {"trigger": True})
    desk("cancel_all_orders", symbol, {"trigger": True})
    desk("create_order", symbol, "market", "sell", qty, None, {"reduceOnly": True})
    assert not desk("fetch_position", symbol)["contracts"]
    closed = desk("fetch_positions_history", [symbol], None, 5)
    assert closed[0]["contracts"] == qty


def test_both_sides_are_held_in_hedge_mode(desk: Desk) -> None:
    symbol, qty = SYMBOLS["linear"], QTY["linear"]
    desk("set_position_mode", True, symbol)
    desk("create_order", symbol, "market", "buy", qty, None, {"positionIdx": 1})
    desk("create_order", symbol, "market", "sell", qty, None, {"positionIdx": 2})

    held = {row["side"]: row["contracts"] for row in desk("fetch_positions", [symbol]) if row["contracts"]}
    assert held == {"long": qty, "short": qty}
    desk("create_order", symbol, "market", "sell", qty, None, {"positionIdx": 1, "reduceOnly": True})
    desk("create_order", symbol, "market", "buy", qty, None, {"positionIdx": 2, "reduceOnly": True})
    desk("set_position_mode", False, symbol)


def test_money_is_what_the_ledger_says(desk: Desk, served: Served, request: pytest.FixtureRequest) -> None:
    name = OWNERS[request.node.callspec.params["desk"]]
    balance = desk("fetch_balance")
    (row,) = [row for row in served.control("accounts")["accounts"] if row["name"] == name]
    ledger: dict[str, float] = {}
    for one in row["balances"]:
        if one["wallet"] == "unified":
            ledger[one["asset"]] = float(one["free"]) + float(one["held"])

    assert {coin: balance[coin]["total"] for coin in ledger if ledger[coin]} == {
        coin: pytest.approx(total, abs=1e-8) for coin, total in ledger.items() if total
    }
    moved = desk("transfer", "USDT", 1000, "unified", "funding")
    assert moved["status"] == "ok"
    assert desk("fetch_balance", {"type": "funding"})["USDT"]["total"] == 1000
    desk("transfer", "USDT", 1000, "funding", "unified")
    assert len(desk("fetch_transfers", "USDT", None, 5)) >= 2
    assert desk("fetch_ledger", "USDT", None, 20)
    assert desk("fetch_trading_fee", SYMBOLS["linear"])["taker"] > 0


def test_batches_and_margin_modes(desk: Desk, category: str) -> None:
    symbol, qty = SYMBOLS[category], QTY[category]
    rows = [
        {"symbol": symbol, "type": "limit", "side": "buy", "amount": qty, "price": near(desk, symbol, percent)}
        for percent in (-0.5, -0.6)
    ]
    made = desk("create_orders", rows)
    assert len(made) == 2
    if category == "inverse":
        # ccxt's own refusal: it has no batches of cancels there.
        desk("cancel_all_orders", symbol)
    else:
        desk("cancel_orders", [row["id"] for row in made], symbol)
    assert desk("fetch_open_orders", symbol) == []
    for mode in ("isolated", "cross"):
        desk("set_margin_mode", mode)


def test_orders_over_the_trade_socket_and_every_private_stream(served: Served, category: str) -> None:
    """Orders made by ``create_order_ws`` are told by the streams of orders, trades, balances and positions."""
    asyncio.run(_watched(served, category))


async def _watched(served: Served, category: str) -> None:
    import ccxt.pro

    symbol, qty = SYMBOLS[category], QTY[category]
    client = ccxt.pro.bybit(served.config("bybit", "erin"))
    try:
        await client.load_markets()
        told: dict[str, list[Any]] = {}

        async def follow(call: str, *given: Any) -> None:
            while True:
                told.setdefault(call, []).append(await getattr(client, call)(*given))

        calls: list[tuple[Any, ...]] = [("watch_orders", symbol), ("watch_my_trades", symbol), ("watch_balance",)]
        if category != "spot":
            calls.append(("watch_positions", [symbol]))
        tasks = [asyncio.create_task(follow(*call)) for call in calls]
        await asyncio.sleep(1.5)
        last = (await client.fetch_ticker(symbol))["last"]
        made = await client.create_order_ws(symbol, "market", "buy", qty, last)
        rest = await client.create_order_ws(
            symbol, "limit", "buy", qty, float(client.price_to_precision(symbol, last * 0.995))
        )
        await client.edit_order_ws(rest["id"], symbol, "limit", "buy", 2 * qty)
        await client.cancel_order_ws(rest["id"], symbol)
        async with asyncio.timeout(WITHIN):
            while True:
                await asyncio.sleep(0.05)
                for task in tasks:
                    assert not task.done(), task.exception()
                orders = {row["id"]: row["status"] for row in client.orders or ()}
                trades = [row for row in client.myTrades or () if row["order"] == made["id"]]
                if (
                    orders.get(made["id"]) == "closed"
                    and orders.get(rest["id"]) == "canceled"
                    and trades
                    and told.get("watch_balance")
                    and (category == "spot" or told.get("watch_positions"))
                ):
                    break
        # A spot market order says what it spends: the amount at the price that was given.
        assert sum(row["amount"] for row in trades) == pytest.approx(qty, rel=1e-2 if category == "spot" else 1e-9)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await client.create_order_ws(
            symbol, "market", "sell", qty, last, {"reduceOnly": True} if category != "spot" else {}
        )
    finally:
        await client.close()


def test_public_streams_speak(served: Served, category: str) -> None:
    asyncio.run(_public(served, category))


async def _public(served: Served, category: str) -> None:
    import ccxt.pro

    symbol = SYMBOLS[category]
    client = ccxt.pro.bybit(served.config("bybit", "erin"))
    try:
        await client.load_markets()
        async with asyncio.timeout(WITHIN):
            book, trades, ticker, candles, best = await asyncio.gather(
                client.watch_order_book(symbol, 50), client.watch_trades(symbol), client.watch_ticker(symbol),
                client.watch_ohlcv(symbol, "1m"), client.watch_bids_asks([symbol]),
            )  # fmt: skip
        assert book["bids"][0][0] < book["asks"][0][0]
        assert trades[0]["symbol"] == symbol
        assert ticker["last"] > 0
        assert candles[-1][4] > 0
        assert best
    finally:
        await client.close()


def test_calls_beside_the_story(desk: Desk) -> None:
    """What ccxt can ask that the tests above do not."""
    import ccxt

    symbol, qty = SYMBOLS["linear"], QTY["linear"]
    assert {"BTC", "USDT"} <= desk("fetch_currencies").keys()
    assert symbol in desk("fetch_funding_rates", [symbol])
    assert desk("fetch_ohlcv", symbol, "1m", None, 3, {"price": "premiumIndex"}) is not None
    assert isinstance(desk("fetch_funding_history", symbol), list)
    assert desk("fetch_trading_fees")[symbol]["taker"] > 0
    assert desk("fetch_balance", {"type": "funding"}) is not None
    assert isinstance(desk("fetch_deposits", "USDT"), list)
    assert isinstance(desk("fetch_withdrawals", "USDT"), list)
    assert isinstance(desk("fetch_open_interest_history", symbol, "5m", None, 3), list)
    assert isinstance(desk("fetch_long_short_ratio_history", symbol, "1h", None, 3), list)
    # By what it may cost.
    spent = desk("create_market_buy_order_with_cost", SYMBOLS["spot"], 500)
    assert ended(desk, "spot", spent)["cost"] <= 500
    # A position with a stop that trails, and one with both ends given at its opening.
    opened = desk("create_order", symbol, "market", "buy", qty, None, {
        "takeProfit": {"triggerPrice": near(desk, symbol, 3)}, "stopLoss": {"triggerPrice": near(desk, symbol, -3)},
    })  # fmt: skip
    assert ended(desk, "linear", opened)["filled"] == qty
    kinds = {row["info"]["stopOrderType"] for row in desk("fetch_open_orders", symbol, None, None, {"trigger": True})}
    assert kinds == {"TakeProfit", "StopLoss"}
    desk("create_order", symbol, "market", "sell", qty, None, {"trailingAmount": 100, "reduceOnly": True})
    assert float(desk("fetch_position", symbol)["info"]["trailingStop"]) == 100
    desk("create_order", symbol, "market", "sell", qty, None, {"reduceOnly": True})
    assert desk("fetch_open_orders", symbol, None, None, {"trigger": True}) == []
    desk("cancel_all_orders_after", 40_000)
    with pytest.raises(ccxt.ExchangeError):
        desk("fetch_order", "fd4300ae-7847-404e-b947-b46980a4d140", symbol, {"acknowledged": True})


@pytest.mark.parametrize("settle", ("USDT", "BTC"))
def test_dated_contracts_trade_as_well(desk: Desk, settle: str) -> None:
    dated = [m for m in desk.client.markets.values() if m["future"] and m["settle"] == settle and m["base"] == "BTC"]
    market = min(dated, key=lambda market: market["expiry"])
    qty = QTY["linear" if market["linear"] else "inverse"]
    made = desk("create_order", market["symbol"], "limit", "buy", qty, near(desk, market["symbol"], -0.5))

    assert market["expiry"] > time.time() * 1000
    assert [row["id"] for row in desk("fetch_open_orders", market["symbol"])] == [made["id"]]
    desk("cancel_order", made["id"], market["symbol"])
    assert desk("fetch_open_orders", market["symbol"]) == []


def test_nothing_was_asked_in_vain(served: Served, desk: Desk) -> None:
    assert served.control("health")["unserved_calls"] == []
