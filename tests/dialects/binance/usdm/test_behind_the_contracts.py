"""What stands behind the contracts: the insurance fund."""

from decimal import Decimal

from tests.dialects.binance.usdm.desk import Desk, decoded


def test_the_fund_has_what_it_was_given(desk: Desk) -> None:
    """A million, for every contract; one group, as there is one fund."""
    path = "/fapi/v1/insuranceBalance"
    (group,) = desk.public(path).body
    one = desk.public(path, symbol="BTCUSDT").body

    assert group == one
    assert group["symbols"] == ["BTCUSDT"]
    (asset,) = group["assets"]
    assert (asset["asset"], asset["marginBalance"]) == ("USDT", "1000000.00000000")
    assert desk.public(path, symbol="NOPE").code == -1121


def test_a_liquidation_makes_the_fund_richer_by_its_fee() -> None:
    """100 long at 100 on a thousand and a bit, sold at 92 with a fee of 1 % of what is left to take."""
    desk = Desk(cash=1_100)
    desk.order(desk.maker, "SELL", "100", "100")
    desk.order(desk.taker, "BUY", "100")
    desk.order(desk.third, "BUY", "100", "92")
    heard = desk.listens(desk.taker)
    desk.mark(92)

    (group,) = desk.public("/fapi/v1/insuranceBalance").body
    taken = [one["a"]["B"][0]["bc"] for one in decoded(heard) if one.get("a", {}).get("m") == "INSURANCE_CLEAR"]
    gained = Decimal(group["assets"][0]["marginBalance"]) - 1_000_000

    assert gained > 0
    assert -sum(map(Decimal, taken)) == gained


def test_the_risk_of_deleveraging_is_what_the_fund_leaves_open() -> None:
    """200 long at 100 must maintain 200 at the least: a fund of 200 is enough, one of 199 is not, none is worst."""
    path = "/fapi/v1/symbolAdlRisk"
    for capital, risk in ((200, "low"), (199, "medium"), (0, "high")):
        desk = Desk(capital=capital)
        desk.opens(desk.taker, "50")
        desk.opens(desk.taker, "50")
        desk.opens(desk.third, "100")
        (row,) = desk.public(path).body

        assert (row["symbol"], row["adlRisk"]) == ("BTCUSDT", risk)
        assert desk.public(path, symbol="BTCUSDT").body == row


def test_trades_beside_the_tape_are_numbered_and_none_is_passed_over() -> None:
    """The maker's short is deleveraged between two trades: who goes on from the last number misses nothing."""
    desk = Desk(cash=300, capital=0)
    desk.opens(desk.taker, "20")
    heard = desk.listens(desk.maker)
    desk.mark(80)
    desk.order(desk.maker, "BUY", "1", "80")
    desk.order(desk.third, "SELL", "1")

    def numbers(**sent: object) -> list[int]:
        rows = desk.ask(desk.maker, "/fapi/v1/userTrades", symbol="BTCUSDT", **sent)
        return [row["id"] for row in rows]

    beside = 10**15 + 1
    assert numbers() == [1, beside, 2]
    assert [numbers(fromId=number) for number in (1, 2, 3)] == [[1, beside, 2], [beside, 2], []]
    assert [numbers(fromId=number) for number in (beside, beside + 1, beside + 2)] == [[beside, 2], [2], []]
    told = [one["o"] for one in decoded(heard) if one["e"] == "ORDER_TRADE_UPDATE"]
    assert [one["t"] for one in told if one["x"] in ("CALCULATED", "TRADE")] == [beside, 2]
