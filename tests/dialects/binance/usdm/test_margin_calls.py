"""The margin call of the private stream, and where positions stand in the queue of auto-deleveraging."""

from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.units import ONE, Amount
from tests.dialects.binance.usdm.desk import Desk, decoded


def near_its_end() -> Desk:
    """100 long at 100 on 1,100 less a fee of 5: called from 94.45 on, liquidated from 93.31 on."""
    desk = Desk(cash=1_100)
    desk.order(desk.maker, "SELL", "100", "100")
    assert desk.order(desk.taker, "BUY", "100").body["status"] == "FILLED"
    return desk


def test_a_margin_call_tells_of_the_positions_once() -> None:
    """At 94: 495 are there and 430 must be, 87 %."""
    desk = near_its_end()
    heard = desk.listens(desk.taker)
    desk.mark(95)
    desk.mark(94)
    desk.mark("93.9")

    calls = [one for one in decoded(heard) if one["e"] == "MARGIN_CALL"]

    assert calls == [{
        "e": "MARGIN_CALL", "E": desk.now_ms(), "cw": "1095",
        "p": [{
            "s": "BTCUSDT", "ps": "BOTH", "pa": "100", "mt": "CROSSED", "iw": "0", "mp": "94", "up": "-600",
            "mm": "430",
        }],
    }]  # fmt: skip


def test_a_margin_call_of_an_isolated_position_is_its_own() -> None:
    desk = Desk()
    desk.signed(desk.taker, "POST", "/fapi/v1/marginType", symbol="BTCUSDT", marginType="ISOLATED")
    desk.opens(desk.taker, "2")
    heard = desk.listens(desk.taker)
    # 20 + 2 p − 200 against 0.02 p ÷ 0.8: 180 ÷ 1.975 = 91.14; it ends at 90.91.
    desk.mark(91)

    (call,) = [one for one in decoded(heard) if one["e"] == "MARGIN_CALL"]

    assert "cw" not in call
    assert [(row["mt"], row["iw"], row["mm"]) for row in call["p"]] == [("ISOLATED", "20", "1.82")]


def test_who_gains_most_stands_in_front() -> None:
    """Two shorts of one size on a loss of the long: the one with less money gains more of it."""
    desk = Desk(cash=1_000)
    desk.order(desk.maker, "BUY", "20", "100")
    desk.order(desk.taker, "SELL", "10")
    desk.run(cmd.Withdraw(desk.third.no, "usdm", "USDT", Amount(800 * ONE)))
    desk.order(desk.third, "SELL", "10")
    desk.mark(95)

    rows = {person.name: desk.ask(person, "/fapi/v3/positionRisk")[0]["adl"] for person in (desk.taker, desk.third)}
    (quantile,) = desk.ask(desk.third, "/fapi/v1/adlQuantile")

    assert rows["third"] > rows["taker"]
    assert quantile["adlQuantile"] == {"LONG": 0, "SHORT": rows["third"], "BOTH": 0}
