"""An account's private events of COIN-M: those of USDⓈ-M, headed with the account's short name and told in coins."""

from typing import Any

from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.markets import Bundle
from simexchange.core.vocabulary.units import HOUR, ONE, Amount, Rate
from tests.core.world import units
from tests.dialects.binance.coinm.desk import PERP, CoinDesk, decoded


def names(payloads: list[bytes]) -> list[str]:
    """Event names, with execution type, status or reason."""
    told = []
    for one in decoded(payloads):
        order = one.get("o", {})
        detail = order.get("x") or order.get("X") or one.get("a", {}).get("m")
        told.append(f"{one['e']} {detail}" if detail else one["e"])
    return told


def test_a_fill_is_told_in_coins(desk: CoinDesk) -> None:
    """No TRADE_LITE here. 1,000 contracts at 50,000: 2 BTC, of which the taker pays 0.05 %."""
    heard = desk.listens(desk.taker)
    desk.opens(desk.taker, "1000")
    alias = desk.ask(desk.taker, "/dapi/v1/balance")[0]["accountAlias"]

    new, account, fill = decoded(heard)

    assert names(heard) == ["ORDER_TRADE_UPDATE NEW", "ACCOUNT_UPDATE ORDER", "ORDER_TRADE_UPDATE TRADE"]
    assert new["i"] == fill["i"] == account["i"] == alias
    order = fill["o"]
    assert (order["s"], order["ma"], order["ap"], order["l"], order["L"]) == (
        "BTCUSD_PERP", "BTC", "50000", "1000", "50000",
    )  # fmt: skip
    assert (order["n"], order["N"], order["X"], order["rp"]) == ("0.00100000", "BTC", "FILLED", "0")
    assert account["a"] == {
        "B": [{"a": "BTC", "wb": "9.99900000", "cw": "9.99900000", "bc": "0"}],
        "P": [
            {
                "s": "BTCUSD_PERP", "pa": "1000", "ep": "50000.0", "cr": "0", "up": "0", "mt": "cross", "iw": "0",
                "ps": "BOTH", "ma": "BTC", "bep": "50025.01250625",
            }
        ],
        "m": "ORDER",
    }  # fmt: skip


def test_profit_is_told_with_the_fill_and_counted_since_ever(desk: CoinDesk) -> None:
    """100,000 USD from 50,000 to 62,500: 0.4 BTC, twice."""
    for number in range(2):
        desk.opens(desk.taker, "1000")
        if number == 1:
            heard = desk.listens(desk.taker)
        desk.mark("62500")
        desk.order(desk.maker, "BUY", "1000", "62500")
        desk.order(desk.taker, "SELL", "1000")
        desk.mark("50000")

    account, fill = decoded(heard)[-2:]

    assert fill["o"]["rp"] == "0.40000000"
    assert (account["a"]["P"][0]["pa"], account["a"]["P"][0]["cr"]) == ("0", "0.8")


def test_orders_and_changes_are_told(desk: CoinDesk) -> None:
    heard = desk.listens(desk.maker)
    desk.order(desk.maker, "BUY", "2", "49000", newClientOrderId="mine")
    change = {**PERP, "origClientOrderId": "mine", "side": "BUY", "quantity": "3", "price": "49100"}
    desk.signed(desk.maker, "PUT", "/dapi/v1/order", **change)
    desk.signed(desk.maker, "DELETE", "/dapi/v1/order", **PERP, origClientOrderId="mine")

    assert names(heard) == [f"ORDER_TRADE_UPDATE {word}" for word in ("NEW", "AMENDMENT", "CANCELED")]
    changed = decoded(heard)[1]["o"]
    assert (changed["q"], changed["p"], changed["c"]) == ("3", "49100", "mine")


def test_what_happens_in_usdm_is_not_told_here(desk: CoinDesk) -> None:
    """Neither its orders nor its money nor its settings; the other way round it is the same."""
    heard = desk.listens(desk.taker)
    linear = desk.state.market_no["perp:BTC-USDT"]
    desk.run(cmd.Deposit(desk.taker.no, "usdm", "USDT", Amount(ONE)))
    desk.run(cmd.SetLeverage(desk.taker.no, linear, 5))
    desk.run(cmd.SetCollateralMode(desk.taker.no, unified=True))

    assert heard == []


def test_settings_and_transfers_are_told(desk: CoinDesk) -> None:
    """Leverage, a margin type, coins in and out."""
    heard = desk.listens(desk.taker)
    desk.signed(desk.taker, "POST", "/dapi/v1/leverage", **PERP, leverage=7)
    desk.signed(desk.taker, "POST", "/dapi/v1/marginType", **PERP, marginType="ISOLATED")
    desk.run(cmd.Deposit(desk.taker.no, "coinm", "BTC", Amount(ONE)))
    desk.run(cmd.Transfer(desk.taker.no, "coinm", "spot", "BTC", Amount(2 * ONE)))

    told = decoded(heard)

    assert told[0]["ac"] == {"s": "BTCUSD_PERP", "l": 7}
    assert names(heard)[1:] == [
        "ACCOUNT_UPDATE MARGIN_TYPE_CHANGE", "ACCOUNT_UPDATE ADMIN_DEPOSIT", "ACCOUNT_UPDATE WITHDRAW",
    ]  # fmt: skip
    assert told[1]["a"]["P"][0]["mt"] == "isolated"
    assert told[2]["a"]["B"] == [{"a": "BTC", "wb": "11.00000000", "cw": "11.00000000", "bc": "1"}]
    assert told[3]["a"]["B"][0]["bc"] == "-2"


def test_margin_of_an_isolated_position_and_its_funding_are_told(desk: CoinDesk) -> None:
    """The wallet as a whole stays what it is; the position says what is in its own."""
    desk.signed(desk.taker, "POST", "/dapi/v1/marginType", **PERP, marginType="ISOLATED")
    desk.opens(desk.taker, "1000")
    heard = desk.listens(desk.taker)
    desk.signed(desk.taker, "POST", "/dapi/v1/positionMargin", **PERP, amount="0.1", type=1)
    desk.passes(9 * HOUR)

    moved, paid = (one["a"] for one in decoded(heard)[:2])

    assert (moved["m"], moved["B"][0]["wb"], moved["B"][0]["cw"], moved["P"][0]["iw"]) == (
        "MARGIN_TRANSFER", "9.99900000", "9.69900000", "0.30000000",
    )  # fmt: skip
    assert paid["m"] == "FUNDING_FEE"
    assert paid["P"][0]["s"] == "BTCUSD_PERP"
    assert paid["B"][0]["bc"].startswith("-0.000")


def test_a_margin_call_and_a_liquidation_are_told(desk: CoinDesk) -> None:
    """At 80 % of the margin the call, at all of it the orders of the venue, told as CALCULATED."""
    desk.run(cmd.AdoptBundle(Bundle("binance", margin_call_ratio=Rate(units("0.8")))))
    desk.run(cmd.Withdraw(desk.taker.no, "coinm", "BTC", units("9.79")))
    desk.opens(desk.taker, "1000")
    desk.order(desk.third, "BUY", "1500", "45600")
    heard = desk.listens(desk.taker)
    desk.mark("45830")
    desk.mark("45700")

    call = next(one for one in decoded(heard) if one["e"] == "MARGIN_CALL")
    orders = [one["o"] for one in decoded(heard) if one["e"] == "ORDER_TRADE_UPDATE"]

    assert (call["cw"], call["p"][0]["s"], call["p"][0]["mt"], call["p"][0]["mp"]) == (
        "0.209", "BTCUSD_PERP", "CROSSED", "45830",
    )  # fmt: skip
    assert "i" in call
    assert [row["x"] for row in orders][:2] == ["NEW", "CALCULATED"]
    assert orders[0]["c"].startswith("autoclose-")
    assert orders[0]["o"] == "LIQUIDATION"


def test_a_conditional_order_lives_in_the_algo_service(desk: CoinDesk) -> None:
    """NEW, TRIGGERING, then an ordinary order, TRIGGERED and FINISHED."""
    desk.opens(desk.taker, "5")
    desk.order(desk.maker, "BUY", "9", "48900")
    heard = desk.listens(desk.taker)
    made: dict[str, Any] = desk.algo(desk.taker, "SELL", "STOP_MARKET", triggerPrice="49000", quantity="5").body
    desk.order(desk.third, "SELL", "1", "48900", timeInForce="IOC")

    assert names(heard) == [
        "ALGO_UPDATE NEW", "ALGO_UPDATE TRIGGERING", "ORDER_TRADE_UPDATE NEW", "ACCOUNT_UPDATE ORDER",
        "ORDER_TRADE_UPDATE TRADE", "ALGO_UPDATE TRIGGERED", "ALGO_UPDATE FINISHED",
    ]  # fmt: skip
    last = decoded(heard)[-1]["o"]
    assert (last["aid"], last["s"], last["ap"], last["aq"]) == (made["algoId"], "BTCUSD_PERP", "48900", "5")
