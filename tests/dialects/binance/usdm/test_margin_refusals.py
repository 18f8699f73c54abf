"""Every row of the page of refusals, brought about: the call is answered with that code and those words."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from msgspec import structs

from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.markets import Bundle
from simexchange.core.vocabulary.units import ONE, Price
from tests.dialects.binance.usdm.desk import FILTERS, Answer, Desk
from tests.dialects.binance.usdm.test_multi_assets import pooled, pools

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = Path(__file__).resolve().parents[4] / "docs" / "reference" / "margin-refusals.md"
CALLS = {
    "POST positionSide/dual": "/fapi/v1/positionSide/dual",
    "POST multiAssetsMargin": "/fapi/v1/multiAssetsMargin",
    "POST order": "/fapi/v1/order",
    "POST algoOrder": "/fapi/v1/algoOrder",
    "POST marginType": "/fapi/v1/marginType",
    "POST leverage": "/fapi/v1/leverage",
    "POST positionMargin": "/fapi/v1/positionMargin",
}


class Row(NamedTuple):
    """One line of the page."""

    call: str
    when: str
    code: int
    text: str


def rows() -> list[Row]:
    """All of them."""
    found = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if len(cells) == 4 and re.fullmatch(r"-\d+", cells[2]):
            found.append(Row(cells[0].strip("`"), cells[1], int(cells[2]), cells[3]))
    return found


def post(desk: Desk, call: str, **sent: object) -> Answer:
    """The taker posts it."""
    return desk.signed(desk.taker, "POST", CALLS[call], **sent)


def good(answer: Answer) -> None:
    assert answer.status == 200, answer.body


def hedged() -> Desk:
    desk = Desk()
    good(post(desk, "POST positionSide/dual", dualSidePosition="true"))
    return desk


def isolated(desk: Desk | None = None) -> Desk:
    desk = desk or Desk()
    good(post(desk, "POST marginType", symbol="BTCUSDT", marginType="ISOLATED"))
    return desk


def resting(desk: Desk | None = None) -> Desk:
    desk = desk or Desk()
    good(desk.order(desk.taker, "BUY", "1", "99"))
    return desk


def holding(desk: Desk | None = None, qty: str = "1") -> Desk:
    desk = desk or Desk()
    desk.opens(desk.taker, qty)
    return desk


def dual(desk: Desk, wanted: str = "true") -> Answer:
    return post(desk, "POST positionSide/dual", dualSidePosition=wanted)


def typed(desk: Desk, word: str = "ISOLATED") -> Answer:
    return post(desk, "POST marginType", symbol="BTCUSDT", marginType=word)


def levered(desk: Desk, leverage: int) -> Answer:
    return post(desk, "POST leverage", symbol="BTCUSDT", leverage=leverage)


def moved(desk: Desk, amount: str, way: int, **more: object) -> Answer:
    return post(desk, "POST positionMargin", symbol="BTCUSDT", amount=amount, type=way, **more)


def stop(desk: Desk, **sent: object) -> Answer:
    return desk.algo(desk.taker, "BUY", "STOP_MARKET", triggerPrice="110", **sent)


def pooling(usdt: int) -> Desk:
    """In multi-assets mode with so much USDT and ten BTC."""
    desk = pooled(usdt, "10")
    good(pools(desk))
    return desk


def while_liquidated() -> Answer:
    """A mark came at which it falls, and what follows has not been done yet."""
    desk = Desk(cash=1_100)
    good(desk.order(desk.maker, "SELL", "50", "100"))
    good(desk.order(desk.third, "SELL", "50", "100"))
    good(desk.order(desk.taker, "BUY", "100"))
    desk.record(cmd.SetMark(desk.market, Price(93 * ONE)))
    return desk.order(desk.taker, "BUY", "1", "99")


def too_many_orders() -> Answer:
    desk = Desk()
    for _ in range(3):
        resting(desk)
    return desk.order(desk.taker, "BUY", "1", "99")


def too_many_conditional() -> Answer:
    desk = Desk()
    desk.run(cmd.AdoptBundle(Bundle("binance", max_conditional_futures=1)))
    good(stop(desk, quantity="1"))
    return stop(desk, quantity="1")


def lowered_under_orders() -> Answer:
    """80,000 at 20x are above what 10x allows less of: the caps are 1,000 at 20x and 100,000 at 10x."""
    desk = Desk(cash=1_000_000, filters=structs.replace(FILTERS, max_orders=200))
    good(desk.order(desk.taker, "BUY", "20", "99"))
    return levered(desk, 20)


def lowered_without_margin() -> Answer:
    """900 at 10x need 90 of 100; at 5x they would need 180."""
    desk = Desk(cash=100)
    good(desk.order(desk.taker, "BUY", "9", "100"))
    return levered(desk, 5)


BROUGHT_ABOUT: dict[tuple[str, str], Callable[[], Answer]] = {
    ("POST positionSide/dual", "the mode is that already"): lambda: dual(Desk(), "false"),
    ("POST positionSide/dual", "there are open orders"): lambda: dual(resting()),
    ("POST positionSide/dual", "there is a position"): lambda: dual(holding()),
    ("POST order", "`positionSide` is no such word"): lambda: (desk := Desk()).order(
        desk.taker, "BUY", "1", "99", positionSide="UP"
    ),
    ("POST order", "`positionSide` does not fit to the mode"): lambda: (desk := hedged()).order(
        desk.taker, "BUY", "1", "99"
    ),
    ("POST order", "`reduceOnly` is sent in hedge mode"): lambda: (desk := hedged()).order(
        desk.taker, "BUY", "1", "99", positionSide="SHORT", reduceOnly="true"
    ),
    ("POST order", "it closes more of a hedged position than there is"): lambda: (desk := hedged()).order(
        desk.taker, "SELL", "1", "101", positionSide="LONG"
    ),
    ("POST algoOrder", "`closePosition` of a BUY LONG or a SELL SHORT"): lambda: stop(
        hedged(), closePosition="true", positionSide="LONG"
    ),
    ("POST marginType", "the type is that already"): lambda: typed(Desk(), "CROSSED"),
    ("POST marginType", "there are open orders"): lambda: typed(resting()),
    ("POST marginType", "there is a position"): lambda: typed(holding()),
    ("POST marginType", "it is to be isolated in multi-assets mode"): lambda: typed(pooling(0)),
    ("POST multiAssetsMargin", "the mode is that already"): lambda: pools(pooled(), "false"),
    ("POST multiAssetsMargin", "there are open orders"): lambda: pools(resting(pooled())),
    ("POST multiAssetsMargin", "a symbol is isolated"): lambda: pools(isolated(pooled())),
    ("POST multiAssetsMargin", "the assets by themselves are not margin enough"): lambda: pools(
        holding(pooling(10), "8"), "false"
    ),
    ("POST multiAssetsMargin", "a balance is below zero"): lambda: pools(holding(pooling(0), "8"), "false"),
    ("POST leverage", "it is below 1, or above the first bracket's"): lambda: levered(Desk(), 21),
    ("POST leverage", "position and orders are above what it allows"): lowered_under_orders,
    ("POST leverage", "it is lowered, and there is not margin enough"): lowered_without_margin,
    ("POST leverage", "it is lowered under an isolated position"): lambda: levered(holding(isolated()), 5),
    ("POST order", "it goes above what the leverage allows"): lambda: (desk := Desk()).order(
        desk.taker, "BUY", "1000", "101"
    ),
    ("POST order", "there is not margin enough"): lambda: (desk := Desk(cash=100)).order(
        desk.taker, "BUY", "10.01", "100"
    ),
    ("POST order", "the account is being liquidated"): while_liquidated,
    ("POST order", "there are too many open orders"): too_many_orders,
    ("POST algoOrder", "there are too many conditional orders"): too_many_conditional,
    ("POST positionMargin", "the position is a cross one"): lambda: moved(holding(), "1", 1),
    ("POST positionMargin", "more is put in than the wallet has to spare"): lambda: moved(
        holding(isolated()), "10000", 1
    ),
    ("POST positionMargin", "more is taken out than the position has to spare"): lambda: moved(
        holding(isolated()), "0.01", 2
    ),
    ("POST positionMargin", "there is no position"): lambda: moved(isolated(), "1", 1),
    ("POST positionMargin", "the amount is not above zero"): lambda: moved(holding(isolated()), "0", 1),
    ("POST positionMargin", "`positionSide` does not fit to the mode"): lambda: moved(
        holding(isolated()), "1", 1, positionSide="LONG"
    ),
}


def test_every_row_is_brought_about_and_nothing_else() -> None:
    assert [(row.call, row.when) for row in rows()] == list(BROUGHT_ABOUT)


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row.code} {row.when}")
def test_a_call_is_refused_in_the_venues_words(row: Row) -> None:
    answer = BROUGHT_ABOUT[row.call, row.when]()

    assert (answer.status, answer.body) == (400, {"code": row.code, "msg": row.text})
