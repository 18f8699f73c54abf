"""The same script before and after a day on which the venue changed its API."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from simexchange.dialects.binance.changes import CHANGES, NOW, ApiAsOf
from simexchange.dialects.binance.common.symbols import COINM, SPOT, USDM
from simexchange.dialects.binance.spot.product import SpotProduct
from simexchange.dialects.binance.usdm.product import UsdmProduct
from simexchange.dialects.binance.venue import BINANCE, BinanceDialect, binance_as_of
from tests.dialects.binance.coinm.desk import PERP, CoinDesk, decoded
from tests.dialects.binance.spot.bench import Bench
from tests.dialects.binance.usdm.desk import Desk


def day_before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def test_the_table_names_each_change_of_a_product_once() -> None:
    keys = [(change.name, change.product) for change in CHANGES]

    assert len(keys) == len(set(keys))
    assert [change.since for change in CHANGES] == sorted(change.since for change in CHANGES)


def test_the_page_of_dates_has_the_table(root: Path) -> None:
    """Word for word, in order."""
    names = {SPOT: "spot", USDM: "USDⓈ-M", COINM: "COIN-M"}
    rows = [f"| {change.since} | {names[change.product]} | {change.before} |" for change in CHANGES]

    assert "\n".join(rows) in (root / "docs/reference/binance-dates.md").read_text(encoding="utf-8")


def test_today_has_all_changes_and_still_serves_what_was_taken_away() -> None:
    """Old clients ask for it; only who names a day is refused."""
    assert binance_as_of("") is BINANCE
    assert all(NOW.has(change.name, change.product) for change in CHANGES)
    assert not any(NOW.took(change.name, change.product) for change in CHANGES)
    assert all(NOW.options(product) == {} for product in (SPOT, USDM, COINM))


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: f"{change.product} {change.name}")
def test_a_change_holds_from_its_day_on(change: Any) -> None:
    before, after = ApiAsOf(day_before(change.since)), ApiAsOf(change.since)

    assert not before.has(change.name, change.product)
    assert change.name in before.options(change.product)
    assert after.has(change.name, change.product)
    assert after.took(change.name, change.product)
    assert change.name not in after.options(change.product)


def _stop(desk: Desk, symbol: str, trigger: str, prefix: str) -> Any:
    """A stop as clients sent it before: an ordinary order."""
    sent = {"symbol": symbol, "side": "BUY", "type": "STOP_MARKET", "quantity": "1", "stopPrice": trigger}
    return desk.signed(desk.taker, "POST", f"{prefix}/order", **sent)


def _usdm(day: str) -> Desk:
    desk = Desk(UsdmProduct(ApiAsOf(day)))
    desk.dialect = BinanceDialect((desk.product,))
    return desk


def test_a_stop_of_usdm_moves_on_2025_12_09() -> None:
    """Until then an order, then -4120."""
    old = _stop(_usdm("2025-12-08"), "BTCUSDT", "105", "/fapi/v1")
    new = _stop(_usdm("2025-12-09"), "BTCUSDT", "105", "/fapi/v1")

    assert (old.status, old.body["type"]) == (200, "STOP_MARKET")
    assert (new.status, new.code) == (400, -4120)


def test_an_algo_order_of_usdm_may_trail_further_since_2026_10_23() -> None:
    """By 20 percent, by REST and by socket; by 10 until then."""
    trails = {"algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": "SELL", "type": "TRAILING_STOP_MARKET"}

    def taken(day: str, rate: str) -> list[bool]:
        desk = _usdm(day)
        rest = desk.algo(desk.taker, "SELL", "TRAILING_STOP_MARKET", quantity="1", callbackRate=rate)
        socket = desk.api("algoOrder.place", {**trails, "quantity": 1, "callbackRate": rate}, desk.taker)
        return [rest.status == 200, socket["status"] == 200]

    assert taken("2026-10-22", "10") == taken("2026-10-23", "20") == [True, True]
    assert taken("2026-10-22", "10.1") == taken("2026-10-23", "20.1") == [False, False]


def test_all_orders_of_usdm_need_no_symbol_since_2026_08_25() -> None:
    """Without one those of every contract."""

    def asked(day: str) -> Any:
        desk = _usdm(day)
        desk.order(desk.taker, "BUY", "1", "95")
        answer = desk.signed(desk.taker, "GET", "/fapi/v1/allOrders")
        return answer.code or [row["symbol"] for row in answer.body]

    assert (asked("2026-08-24"), asked("2026-08-25")) == (-1102, ["BTCUSDT"])


def script(desk: CoinDesk) -> dict[str, Any]:
    """What a client of COIN-M met on a day."""
    heard = desk.listens(desk.taker)
    told: dict[str, Any] = {}
    stop = _stop(desk, "BTCUSD_PERP", "51000", "/dapi/v1")
    told["a stop"] = stop.body.get("code", stop.body.get("type"))
    batch = [{**PERP, "side": "BUY", "type": "STOP_MARKET", "quantity": "1", "stopPrice": "52000"}]
    told["in a batch"] = (
        desk.signed(desk.taker, "POST", "/dapi/v1/batchOrders", batchOrders=msgspec.json.encode(batch).decode())
        .body[0]
        .get("code", "taken")
    )
    told["algo calls"] = desk.signed(desk.taker, "GET", "/dapi/v1/openAlgoOrders").status
    by_socket = {**PERP, "side": "BUY", "type": "STOP_MARKET", "quantity": 1, "stopPrice": "53000"}
    told["by socket"] = desk.api("order.place", by_socket, desk.taker).get("error", {}).get("code", "taken")
    desk.order(desk.taker, "BUY", "2", "49000", newClientOrderId="mine")
    named = {**PERP, "origClientOrderId": "mine", "side": "BUY"}
    half = desk.signed(desk.taker, "PUT", "/dapi/v1/order", **named, price="48000")
    told["a price alone"] = half.body.get("code", (half.body.get("origQty"), half.body.get("price")))
    other = desk.api("order.modify", {**named, "quantity": "3"}, desk.taker)
    told["a quantity alone"] = other.get("error", {}).get("code") or other["result"]["origQty"]
    both = desk.signed(desk.taker, "PUT", "/dapi/v1/order", **named, price="48100", quantity="4")
    told["both"] = (both.body["origQty"], both.body["price"])
    unknown = desk.signed(desk.taker, "GET", "/dapi/v1/openOrders", symbol="NOPE")
    told["an unknown symbol"] = unknown.body if unknown.status == 200 else unknown.code
    told["candles of the other"] = desk.public("/dapi/v1/klines", symbol="BTCUSDT", interval="1m").status
    told["events"] = sorted({one["e"] for one in decoded(heard)})
    told["weights"] = {
        route.path: route.weight if isinstance(route.weight, int) else (route.weight(PERP), route.weight({}))
        for route in desk.product.routes
        if route.path.rpartition("/")[2] in ("allOrders", "userTrades", "forceOrders") or "/v2/" in route.path
    }
    return told


def test_the_same_script_before_and_after_the_integration() -> None:
    """2026-06-30: what COIN-M gained and lost by moving onto the engine of USDⓈ-M."""
    before, after = script(CoinDesk(ApiAsOf("2026-06-29"))), script(CoinDesk(ApiAsOf("2026-06-30")))

    assert before == {
        "a stop": "STOP_MARKET",
        "in a batch": "taken",
        "algo calls": 404,
        "by socket": "taken",
        "a price alone": ("2", "48000"),
        "a quantity alone": "3",
        "both": ("4", "48100"),
        "an unknown symbol": [],
        "candles of the other": 400,
        "events": ["ORDER_TRADE_UPDATE"],
        "weights": {
            "/dapi/v1/allOrders": (20, 40),
            "/dapi/v1/userTrades": (20, 40),
            "/dapi/v1/forceOrders": 20,
            "/dapi/v2/leverageBracket": 1,
        },
    }
    assert after == {
        "a stop": -4120,
        "in a batch": -4120,
        "algo calls": 200,
        "by socket": -4120,
        "a price alone": -1102,
        "a quantity alone": -1102,
        "both": ("4", "48100"),
        "an unknown symbol": -1121,
        "candles of the other": 200,
        "events": ["ORDER_TRADE_UPDATE"],
        "weights": {
            "/dapi/v1/allOrders": 5,
            "/dapi/v1/userTrades": 5,
            "/dapi/v1/forceOrders": (20, 50),
            "/dapi/v2/leverageBracket": (1, 2),
        },
    }
    assert script(CoinDesk()) == after


def test_a_half_change_of_either_kind_is_needed_before_the_integration() -> None:
    """Neither a quantity nor a price is -1102, a price beside a match -1106; the match alone gives the price."""
    desk = CoinDesk(ApiAsOf("2026-06-29"))
    desk.order(desk.maker, "BUY", "2", "49000", newClientOrderId="mine")
    desk.order(desk.third, "BUY", "1", "48500")
    named = {**PERP, "origClientOrderId": "mine", "side": "BUY"}
    change = "/dapi/v1/order"
    batch = [{**named, "quantity": "5"}]

    neither = desk.signed(desk.maker, "PUT", change, **named)
    excess = desk.signed(desk.maker, "PUT", change, **named, price="48000", priceMatch="QUEUE")
    matched = desk.signed(desk.maker, "PUT", change, **named, quantity="3", priceMatch="QUEUE_5")
    batched = desk.signed(desk.maker, "PUT", "/dapi/v1/batchOrders", batchOrders=msgspec.json.encode(batch).decode())

    assert (neither.code, excess.code) == (-1102, -1106)
    assert matched.code == -5041
    assert (batched.body[0]["origQty"], batched.body[0]["price"]) == ("5", "49000")


def test_listen_keys_of_spot_end_for_who_names_a_day() -> None:
    """Given before 2026-02-20, and today to whom still asks; 410 and a page of HTML from that day on."""
    headers = {"x-mbx-apikey": "keytaker"}

    def asked(as_of: ApiAsOf) -> int:
        bench = Bench()
        bench.product = SpotProduct(as_of)
        bench.dialect = BinanceDialect((bench.product,))
        route = next(r for r in bench.product.routes if (r.method, r.path) == ("POST", "/api/v3/userDataStream"))
        if route.doc:
            reply = bench.drive(route.handler(bench.a_call({}, None, {})))
            assert b"410 Gone" in reply.body
            assert reply.headers["Content-Type"] == "text/html"
            return reply.status
        return bench.send("POST", "/api/v3/userDataStream", "", b"", headers).status

    assert [asked(ApiAsOf(day)) for day in ("2026-02-19", "2026-02-20", "")] == [200, 410, 200]


def test_spot_gave_up_the_tickers_of_all_in_2026() -> None:
    """Until then one array of rolling days, each second; who names no day still gets it."""
    found = {}
    for day in ("2026-03-25", "2026-03-26", ""):
        bench = Bench()
        product = SpotProduct(ApiAsOf(day))
        stream = product.market_stream("!ticker@arr", bench.state, bench.views)
        bench.maker.sells(1, at=100)
        bench.taker.buys(1)
        found[day] = None if stream is None else decoded(list(stream.flush(bench.at, bench.views)))[0][0]["e"]

    assert found == {"2026-03-25": "24hrTicker", "2026-03-26": None, "": "24hrTicker"}


def test_orders_of_spot_are_free_since_a_day() -> None:
    """Whether what a call weighs is charged only where it fails."""
    free = {}
    for day in ("2026-04-01", "2026-04-02"):
        product = SpotProduct(ApiAsOf(day))
        routes = {(route.method, route.path) for route in product.routes if route.free}
        free[day] = len(routes), len([method for method in product.methods if method.free])

    assert free == {"2026-04-01": (0, 0), "2026-04-02": (12, 12)}


def test_futures_payloads_name_product_and_pair_since_both_are_one_universe() -> None:
    """``st`` and ``ps`` came on 2026-06-30; continuous candles and contract news had the pair before."""
    letters = {}
    for day in ("2026-06-29", "2026-06-30"):
        desk = Desk(UsdmProduct(ApiAsOf(day)))
        names = ("btcusdt@depth", "btcusdt@bookTicker", "btcusdt@aggTrade", "!miniTicker@arr", "btcusdt@markPrice",
                 "btcusdt_perpetual@continuousKline_1m")  # fmt: skip
        heard = [desk.hears(name) for name in names]
        desk.prints("100")
        desk.flush()
        rows = [row[0] if isinstance(row, list) else row for row in (decoded(each)[-1] for each in heard)]
        letters[day] = [("st" in row, "ps" in row) for row in rows]

    assert letters["2026-06-29"] == [(False, False)] * 5 + [(False, True)]
    assert letters["2026-06-30"] == [(True, True)] * 2 + [(True, False), (True, True), (True, False), (True, True)]
