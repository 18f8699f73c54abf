"""Explanations of accounts with one wallet, and of the fee to close: printed formulas give the printed numbers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st
from msgspec import structs

from simexchange.core.explaining.accounts import explain_margin
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.assets import ALL_ASSETS
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.orders import MarginMode, Side
from simexchange.projections.origins import OriginsView
from tests.core.formulas import check_sections, shown
from tests.core.oneaccount import COIN, PERP, RULES, SPOT, WALLET, Member, TwoVenues

FEES = structs.replace(RULES, closing_fee=True)


class Told(TwoVenues):
    """An exchange that can say why."""

    def explain(self, who: Member) -> Any:
        """Every section of *who*'s margin."""
        origins = OriginsView()
        for seq, event in enumerate(self.past, 1):
            origins.apply(seq, self.at, event)
        return explain_margin(self.state, self.state.accounts[who.no], origins)


def told(bundle: Any = FEES, **money: float | str) -> tuple[Told, Member]:
    """Ann with *money*; a taker pays 0.1 %."""
    world = Told(bundle, taker_fee="0.001")
    return world, world.opens("ann", **(money or {"USDT": 1000, "BTC": 2}))


def test_what_spot_orders_hold_is_told() -> None:
    """200 of 1,000 are held: the margin balance has them, what is available has not."""
    world, ann = told(RULES)
    world.swap(ann, world.maker, 5, 100)
    world.at_market(SPOT)
    ann.buys(2, at=100)

    sections = world.explain(ann)

    usdt, whole = shown(sections, f"{WALLET} USDT in the pool"), shown(sections, f"{WALLET} {ALL_ASSETS}")
    assert (usdt["wallet"], usdt["held"], usdt["unheld"]) == ("999.5", "200", "799.5")
    assert (whole["margin_balance"], whole["unheld"], whole["available"]) == ("1179.5", "979.5", "929.5")
    assert whole["withdrawable_usdt"] == "799.5"
    assert check_sections(sections) > 40


@pytest.mark.parametrize("isolated", [False, True])
def test_the_fee_to_close_is_told_with_orders_on_both_sides(isolated: bool) -> None:
    """Long 5 at 100: 0.45 beside 50; and where it ends with it."""
    world, ann = told()
    if isolated:
        world.run(cmd.SetMarginMode(ann.no, MarketNo(0), MarginMode.ISOLATED))
    world.swap(ann, world.maker, 5, 100)
    ann.buys(3, at=90)
    ann.sells(12, at=110)
    world.swap(ann, world.third, 200, 100, COIN)

    sections = world.explain(ann)

    held = shown(sections, PERP)
    assert (held["closing_fee"], held["initial_margin"], held["maintenance"]) == ("0.45", "50.45", "5.45")
    assert held["order_margin"] != "0"
    ends = shown(sections, f"{PERP}: where it ends")
    assert ends["bankruptcy_price"] == "90" if isolated else ends["losable"]
    assert check_sections(sections) > 40


def test_maintenance_margin_at_entry_is_told() -> None:
    world, ann = told(structs.replace(FEES, maintained_at_entry=True))
    world.run(cmd.SetMarginMode(ann.no, MarketNo(0), MarginMode.ISOLATED))
    world.swap(ann, world.maker, 5, 100)
    world.all_at(98)

    sections = world.explain(ann)

    held = shown(sections, PERP)
    assert (held["maintenance"], held["notional"]) == ("5.45", "490")
    assert shown(sections, f"{PERP}: where it ends")["liquidation_price"] == "91"
    check_sections(sections)


@given(
    usdt=st.integers(20, 3_000),
    btc=st.integers(1, 40),
    deals=st.lists(
        st.tuples(
            st.sampled_from([PERP, COIN, SPOT]), st.booleans(), st.integers(1, 60), st.integers(85, 118), st.booleans()
        ),
        max_size=8,
    ),
    mark=st.integers(80, 125),
    isolated=st.booleans(),
)
def test_whatever_such_an_account_holds_is_explained(
    usdt: int, btc: int, deals: list[tuple[str, bool, int, int, bool]], mark: int, *, isolated: bool
) -> None:
    world, ann = told(USDT=usdt, BTC=btc / 10)
    if isolated:
        world.run(cmd.SetMarginMode(ann.no, MarketNo(0), MarginMode.ISOLATED))
    for market, buys, size, price, rests in deals:
        world.at_market(market)
        qty = size * 10 if market == COIN else size / 10
        if not rests:
            world.maker.order(Side.SELL if buys else Side.BUY, str(qty), price)
        ann.order(Side.BUY if buys else Side.SELL, str(qty), price)
        if world.state.accounts[world.maker.no].orders:
            world.run(cmd.CancelAll(world.maker.no))
    world.all_at(mark)

    check_sections(world.explain(ann))
