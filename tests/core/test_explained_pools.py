"""Explanations of pools of several assets and of bonus money: printed formulas give the printed numbers."""

from __future__ import annotations

from typing import Any

from hypothesis import given, strategies as st

from simexchange.config import backing
from simexchange.core import margin
from simexchange.core.explaining.figures import NONE
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.assets import ALL_ASSETS
from simexchange.core.vocabulary.markets import Bundle
from simexchange.core.vocabulary.units import Amount, Price, Quantity, decimal_text
from tests.core.formulas import check_sections, shown
from tests.core.test_explaining import Origined
from tests.core.test_pooled_assets import RULES, gives
from tests.core.world import PERP, units


def pooled(usdt: str, btc: str) -> Origined:
    """The taker has *usdt* and *btc* in one pool; the index and the mark are at 100."""
    world = Origined(PERP, bundle=RULES)
    world.index(100)
    gives(world, usdt, btc)
    world.run(cmd.SetCollateralMode(world.taker.no, unified=True))
    return world


def test_a_pool_is_explained_asset_by_asset() -> None:
    """10 USDT and 2 BTC, long 10 from 100 and marked at 98: −10 USDT count −10.10, BTC 180; needed 98 × 1.01."""
    world = pooled("10", "2")
    world.maker.sells(10, at=100)
    world.taker.buys(10)
    world.mark(98)

    sections = world.explain(world.taker)

    usdt, btc = shown(sections, "usdm USDT in the pool"), shown(sections, "usdm BTC in the pool")
    assert [usdt[name] for name in ("bid_rate", "ask_rate", "equity", "worth")] == ["0.99", "1.01", "-10", "-10.1"]
    assert (btc["bid_rate"], btc["worth"]) == ("90", "180")
    whole = shown(sections, f"usdm {ALL_ASSETS}")
    assert [whole[name] for name in ("margin_balance", "initial", "maintenance")] == ["169.9", "98.98", "9.898"]
    assert (whole["available"], whole["available_usdt"]) == ("70.92", "70.21782178")
    assert whole["withdrawable_btc"] == "0.788"
    ends = shown(sections, f"{PERP}: where it ends")
    # 10 − 10 (100 − p), counted at 1.01, and 180 meet 1.01 × 0.1 p at 1.01 × 990 − 180 = 819.90 ÷ 9.999.
    assert ends["liquidation_price"][:8] == "81.99819"
    # 169.90 ÷ 1.01 may be lost: at 98 − 16.8217… = 81.1782… nothing is left, and 81.18 is the tick above.
    assert (ends["losable"], ends["bankruptcy_price"]) == ("168.21782178", "81.18")
    assert check_sections(sections) > 30


def test_a_pool_that_falls_while_its_asset_is_above_nothing_says_so() -> None:
    """The other asset is owed: the position falls although there is some of what it settles in."""
    world = pooled("300", "0")
    world.run(cmd.Deposit(world.taker.no, "usdm", "BTC", Amount(units("1"))))
    world.maker.sells(10, at=100)
    world.taker.buys(10)

    sections = world.explain(world.taker)

    assert shown(sections, f"{PERP}: where it ends")["liquidation_price"] != NONE
    check_sections(sections)


def test_what_a_bonus_keeps_from_leaving_is_explained() -> None:
    world = Origined(PERP, bundle=Bundle("binance", bonus=backing.bonus("mexc")))
    world.index(100)
    world.run(cmd.GrantBonus(world.taker.no, "usdm", "USDT", Amount(units(50))))

    pool = shown(world.explain(world.taker), "usdm USDT")

    assert (pool["wallet"], pool["bonus"], pool["withdrawable"]) == ("1000050", "50", "1000000")
    check_sections(world.explain(world.taker))


@given(
    usdt=st.integers(0, 40_000), btc=st.integers(0, 400), qty=st.integers(-3_000, 3_000), mark=st.integers(60, 140),
    spot=st.integers(60, 140), resting=st.integers(1, 500),
)  # fmt: skip
def test_whatever_a_pool_holds_its_explanation_can_be_reckoned_again(
    usdt: int, btc: int, qty: int, mark: int, spot: int, resting: int
) -> None:
    """Hundredths of USDT and BTC, a position of hundredths, an order beside it, mark and index anywhere."""
    world = pooled(decimal_text(usdt * 10**6), decimal_text(btc * 10**6))
    side: Any = world.taker.buys if qty > 0 else world.taker.sells
    counter: Any = world.maker.sells if qty > 0 else world.maker.buys
    if qty:
        counter(decimal_text(abs(qty) * 10**6), at=100)
        side(decimal_text(abs(qty) * 10**6), at=100)
    side(decimal_text(Quantity(resting * 10**6)), at=95 if qty > 0 else 105)
    world.mark(mark)
    world.run(cmd.SetIndex("BTC-USDT", Price(units(spot))))

    sections = world.explain(world.taker)

    check_sections(sections)
    account = world.state.accounts[world.taker.no]
    whole = shown(sections, f"usdm {ALL_ASSETS}")
    assert whole["margin_balance"] == decimal_text(margin.equity(world.state, account, "usdm", ALL_ASSETS))
