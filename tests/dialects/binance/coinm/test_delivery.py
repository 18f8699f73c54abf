"""A quarter of BTCUSD at its end: delivered in coins at the mean of its last half hour, and still asked about."""

from simexchange.core.vocabulary.units import HOUR, MILLISECOND, MINUTE, Nanos
from simexchange.dialects.binance.common.timestamps import millis
from simexchange.dialects.binance.usdm.product import UsdmProduct
from tests.core.world import T0
from tests.dialects.binance.coinm.desk import CURRENT, PERP, QUARTER, CoinDesk, decoded


def delivered(desk: CoinDesk) -> list[bytes]:
    """The taker is long 1,000 contracts from 50,000 when the quarter ends at 62,500; what he was told of it."""
    desk.opens(desk.taker, "1000", symbol=QUARTER)
    heard = desk.listens(desk.taker)
    desk.passes(CURRENT - 30 * MINUTE - desk.at)
    desk.moves(62_500)
    desk.passes(CURRENT - desk.at)
    return heard


def test_a_delivery_is_paid_in_coins(desk: CoinDesk) -> None:
    """100,000 USD are 2 BTC at 50,000 and 1.6 at 62,500: 0.4, less 0.05 % of 1.6."""
    heard = delivered(desk)
    since = millis(Nanos(CURRENT - HOUR))

    rows = desk.ask(desk.taker, "/dapi/v1/income", symbol=QUARTER, startTime=since)
    told = [one["a"] for one in decoded(heard) if one["e"] == "ACCOUNT_UPDATE"][-1]

    assert [(row["incomeType"], row["income"], row["asset"]) for row in rows] == [
        ("DELIVERED_SETTELMENT", "0.40000000", "BTC"), ("COMMISSION", "-0.00080000", "BTC"),
    ]  # fmt: skip
    assert (told["P"][0]["s"], told["P"][0]["pa"], told["P"][0]["cr"]) == (QUARTER, "0", "0.4")
    assert told["B"][0]["wb"] == "10.39820000"


def test_a_delivered_contract_leaves_the_lists_and_keeps_its_past(desk: CoinDesk) -> None:
    """Nothing of it is listed or open; its orders and fills are found by its symbol and among those of its pair."""
    delivered(desk)

    listed = {row["symbol"] for row in desk.public("/dapi/v1/exchangeInfo").body["symbols"]}
    positions = {row["symbol"] for row in desk.ask(desk.taker, "/dapi/v1/positionRisk")}
    traded = T0 // MILLISECOND
    days = {"startTime": traded, "endTime": traded + 6 * 86_400_000}
    orders = desk.ask(desk.taker, "/dapi/v1/allOrders", pair="BTCUSD", **days)
    fills = desk.ask(desk.taker, "/dapi/v1/userTrades", symbol=QUARTER, fromId=1)

    assert QUARTER not in listed | positions
    assert {"BTCUSD_PERP", "BTCUSD_240329", "BTCUSD_240628"} <= listed
    assert [row["symbol"] for row in orders] == [row["symbol"] for row in fills] == [QUARTER]
    assert desk.order(desk.taker, "BUY", "1", "62500", symbol=QUARTER).status == 400


def test_the_delivery_price_is_listed_by_pair(desk: CoinDesk) -> None:
    delivered(desk)
    desk.product = UsdmProduct()

    rows = desk.public("/futures/data/delivery-price", pair="BTCUSD").body

    assert rows == [{"deliveryTime": millis(CURRENT), "deliveryPrice": 62_500}]


def test_in_its_last_minutes_only_closing_is_taken(desk: CoinDesk) -> None:
    """-4140 for what opens; the perpetual is not concerned."""
    desk.opens(desk.taker, "10", symbol=QUARTER)
    desk.order(desk.maker, "BUY", "10", "50000", symbol=QUARTER)
    desk.passes(CURRENT - 5 * MINUTE - desk.at)

    opening = desk.order(desk.third, "BUY", "1", "50000", symbol=QUARTER)
    closing = desk.order(desk.taker, "SELL", "10", "50000", symbol=QUARTER)

    assert (opening.status, opening.code) == (400, -4140)
    assert closing.status == 200
    assert desk.order(desk.third, "BUY", "1", "50000", **PERP).status == 200
