"""COIN-M answers what clients ask at start, and says that its contracts are not traded yet."""

from typing import Any

import pytest

from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.levels import Levels
from simexchange.core.vocabulary.markets import Market, MarketKind
from simexchange.core.vocabulary.orders import PositionMode
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import HOUR, ONE, Amount, Nanos, Price, Quantity
from simexchange.dialects.binance.coinm.product import CoinmProduct
from tests.dialects.binance.usdm.desk import Desk


@pytest.fixture
def desk() -> Desk:
    """An exchange without inverse contracts, seen from COIN-M."""
    return Desk(CoinmProduct())


@pytest.fixture
def listing() -> Desk:
    """The same with BTCUSD_PERP as market data: one recorded level on each side, one print."""
    desk = Desk(CoinmProduct())
    perp = Market(
        "perp:BTC-USD", MarketKind.PERPETUAL, "BTC", "USD", "BTC", Price(ONE // 10), Quantity(ONE), inverse=True,
        contract_size=Amount(100 * ONE), funding_interval=Nanos(8 * HOUR), index="BTC-USD",
    )  # fmt: skip
    no = MarketNo(len(desk.state.markets) + 1)
    for event in (
        ev.MarketListed(no, perp),
        ev.BookAdjusted(no, Levels.of([(60_000 * ONE, 7 * ONE)]), Levels.of([(60_001 * ONE, 3 * ONE)])),
    ):
        # Folded as from a log: the engine lists inverse contracts only when it can trade them.
        desk.seq += 1
        desk.views.apply(desk.seq, desk.at, event)
        if isinstance(event, ev.MarketListed):
            desk.state.apply(event, desk.at)
    return desk


def test_every_reason_of_the_core_has_this_venues_words() -> None:
    """The table is total."""
    assert set(CoinmProduct.rejections) == set(RejectReason)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/dapi/v1/ping", {}),
        ("/dapi/v1/premiumIndex", []),
        ("/dapi/v1/ticker/24hr", []),
        ("/dapi/v1/ticker/price", []),
        ("/dapi/v1/ticker/bookTicker", []),
        ("/dapi/v1/fundingInfo", []),
    ],
)
def test_without_contracts_public_calls_are_empty(desk: Desk, path: str, body: Any) -> None:
    """Not errors: ccxt asks some of them before it trades anything else."""
    answer = desk.public(path)

    assert (answer.status, answer.body) == (200, body)


def test_exchange_info_may_be_empty(desk: Desk) -> None:
    """ccxt's binance asks it at start."""
    body = desk.public("/dapi/v1/exchangeInfo").body

    assert body["symbols"] == []
    assert body["serverTime"] == desk.now_ms() == desk.public("/dapi/v1/time").body["serverTime"]
    assert {limit["rateLimitType"] for limit in body["rateLimits"]} == {"REQUEST_WEIGHT", "ORDERS"}


@pytest.mark.parametrize("path", ["depth", "trades", "aggTrades", "openInterest", "klines?interval=1m"])
def test_unknown_symbols_are_that(desk: Desk, path: str) -> None:
    """-1121, as on the venue since 2026-06."""
    path, _, query = path.partition("?")

    answer = desk.send("GET", f"/dapi/v1/{path}", f"symbol=BTCUSD_PERP&{query}".rstrip("&"), b"", {})

    assert (answer.status, answer.code) == (400, -1121)


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "order"), ("DELETE", "order"), ("POST", "leverage"), ("POST", "marginType"), ("DELETE", "allOpenOrders")],
)
def test_trading_is_refused_in_the_venues_words(listing: Desk, method: str, path: str) -> None:
    """Unknown symbols are that; known ones are not supported; neither makes a record."""
    before = listing.seq

    known = listing.signed(listing.taker, method, f"/dapi/v1/{path}", symbol="BTCUSD_PERP")
    unknown = listing.signed(listing.taker, method, f"/dapi/v1/{path}", symbol="NOPE")

    assert (known.status, known.code) == (400, -1020)
    assert (unknown.status, unknown.code) == (400, -1121)
    assert listing.seq == before


def test_the_account_shows_its_coins(desk: Desk) -> None:
    """Those of the coin wallet, and no others."""
    desk.run(cmd.Deposit(desk.taker.no, "coinm", "BTC", Amount(2 * ONE)))

    account = desk.ask(desk.taker, "/dapi/v1/account")
    (balance,) = desk.ask(desk.taker, "/dapi/v1/balance")

    assert [(row["asset"], row["walletBalance"], row["availableBalance"]) for row in account["assets"]] == [
        ("BTC", "2.00000000", "2.00000000")
    ]
    assert account["positions"] == []
    assert (balance["asset"], balance["balance"], balance["updateTime"]) == ("BTC", "2.00000000", desk.now_ms())


@pytest.mark.parametrize(
    "path",
    ["positionRisk", "openOrders", "allOrders", "userTrades", "income", "leverageBracket", "openAlgoOrders"],
)
def test_there_is_nothing_of_the_account_here(desk: Desk, path: str) -> None:
    """Empty arrays."""
    version = "v2" if path == "leverageBracket" else "v1"

    assert desk.ask(desk.taker, f"/dapi/{version}/{path}") == []


def test_a_contract_kept_as_market_data_is_listed_with_its_size(listing: Desk) -> None:
    """contractStatus and contractSize, and no least notional."""
    (contract,) = listing.public("/dapi/v1/exchangeInfo").body["symbols"]

    assert (contract["symbol"], contract["pair"], contract["contractStatus"]) == ("BTCUSD_PERP", "BTCUSD", "TRADING")
    assert (contract["contractSize"], contract["marginAsset"], contract["quoteAsset"]) == (100, "BTC", "USD")
    assert (contract["pricePrecision"], contract["quantityPrecision"]) == (1, 0)
    assert "status" not in contract
    assert "MIN_NOTIONAL" not in [one["filterType"] for one in contract["filters"]]


def test_its_book_is_told(listing: Desk) -> None:
    """By symbol and pair, sizes in contracts; tickers are arrays also for one symbol."""
    book = listing.public("/dapi/v1/depth", symbol="BTCUSD_PERP").body
    (best,) = listing.public("/dapi/v1/ticker/bookTicker", symbol="BTCUSD_PERP").body

    assert (book["symbol"], book["pair"], book["lastUpdateId"]) == ("BTCUSD_PERP", "BTCUSD", 2)
    assert (book["bids"], book["asks"]) == ([["60000.0", "7"]], [["60001.0", "3"]])
    assert (best["pair"], best["bidPrice"], best["askQty"]) == ("BTCUSD", "60000.0", "3")
    assert listing.public("/dapi/v1/ticker/bookTicker", pair="ETHUSD").body == []
    assert listing.public("/dapi/v1/ticker/bookTicker", symbol="NOPE").code == -1121


def test_its_streams_carry_their_type(listing: Desk) -> None:
    """``st`` is 2 on COIN-M; USDⓈ-M names are no streams here."""
    heard = listing.hears("btcusd_perp@depth5@100ms")
    listing.flush()

    assert b'"st":2' in heard[0]
    assert b'"s":"BTCUSD_PERP"' in heard[0]
    assert listing.product.market_stream("btcusdt@depth", listing.state, listing.views) is None


def test_listen_keys_are_had_and_the_stream_is_quiet(desk: Desk) -> None:
    """A client may keep its private stream open here."""
    headers = {"x-mbx-apikey": f"key{desk.taker.name}"}
    heard = desk.listens(desk.taker)

    opened, renewed, closed, gone = (
        desk.send(method, "/dapi/v1/listenKey", "", b"", headers) for method in ("POST", "PUT", "DELETE", "DELETE")
    )
    desk.taker.buys("1", at="99")

    assert opened.body["listenKey"]
    assert (renewed.body, closed.body, gone.code) == ({}, {}, -1125)
    assert heard == []


def test_every_served_path_is_named_once_and_says_what_it_lacks(desk: Desk) -> None:
    """The coverage table is made of these."""
    names = [(route.method, route.path) for route in desk.product.routes]

    assert len(names) == len(set(names))
    assert all(bool(route.doc) == (route.coverage.value != "full") for route in desk.product.routes)
    assert all(path.startswith("/dapi/") for _, path in names)


def test_an_unknown_path_is_refused_as_the_futures_gate_does(desk: Desk) -> None:
    """HTTP 404 and -5000."""
    assert b"-5000" in desk.product.unknown_call("GET", "/dapi/v9/nothing").body


def test_one_position_mode_holds_for_both_kinds_of_futures(desk: Desk) -> None:
    path = "/dapi/v1/positionSide/dual"
    before = desk.ask(desk.taker, path)
    desk.run(cmd.SetPositionMode(desk.taker.no, PositionMode.HEDGE))

    assert (before, desk.ask(desk.taker, path)) == ({"dualSidePosition": False}, {"dualSidePosition": True})
