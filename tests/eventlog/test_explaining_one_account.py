"""The liquidation of an account with one wallet and the fee to close in its margin, every number reckoned again."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.orders import MarginMode
from simexchange.eventlog import explaining
from tests.core.formulas import check_explanation
from tests.core.oneaccount import COIN, PERP, RULES, SPOT, TwoVenues
from tests.eventlog.world import LoggedWorld


class LoggedVenues(TwoVenues, LoggedWorld):
    """Accounts of two venues, and a log of what they do."""


@pytest.mark.parametrize(
    ("isolated", "at_entry"), [(False, False), (True, False), (True, True)], ids=["pool", "isolated", "at entry"]
)
def test_a_liquidation_by_brackets_is_explained(isolated: bool, at_entry: bool) -> None:
    """Long 20 at 100 in the bracket of 5 %, and 500 USD of coins: what of it is sold, and what the fund takes."""
    bundle = structs.replace(RULES, closing_fee=True, maintained_at_entry=at_entry)
    world = LoggedVenues(bundle, taker_fee="0.001", liquidation_fee="0.005")
    ann = world.opens("ann", USDT=300, BTC=1)
    if isolated:
        world.run(cmd.SetMarginMode(ann.no, MarketNo(0), MarginMode.ISOLATED))
    world.swap(ann, world.maker, 20, 100)
    world.swap(ann, world.maker, 500, 100, COIN)
    world.at_market(SPOT)
    ann.buys("0.2", at=70)
    world.at_market(PERP)
    world.third.buys(8, at="91.5")

    for price in ("92.5", "84", "70"):
        world.all_at(price)

    rows = explaining.liquidations(world.log)
    assert rows
    sections: list[Any] = []
    for name, row in rows:
        found = explaining.liquidation(world.log, f"{name}:{row.number}")
        check_explanation(found)
        sections += found.sections
    names = [section.name.partition(":")[0] for section in sections]
    assert {"sell", "it begins", "it ends"} <= set(names)
    assert not world.state.accounts[ann.no].positions
