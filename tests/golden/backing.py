"""What backs positions beside own cash of their asset: pooled assets and bonus money, as venues publish it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from simexchange.config import backing
from simexchange.core import bonuses, collateral
from simexchange.core.vocabulary.markets import Collateral
from simexchange.core.vocabulary.units import ONE, Rate

if TYPE_CHECKING:
    from collections.abc import Callable

Inputs = dict[str, Any]


def u(text: str) -> int:
    """Decimal text in units."""
    return int(Decimal(text) * ONE)


def haircut(i: Inputs) -> dict[str, object]:
    """What a value of one asset counts for in a pool: by a ratio, and by the buffer the shipped rules have instead."""
    rates = collateral.rates_at(ONE, Collateral(i["asset"], ratio=Rate(u(i["ratio"]))))
    shipped = next(row for row in backing.preset("binance-usdm").collateral if row.asset == i["asset"])
    counted = collateral.worth(u(i["value"]), rates)
    assert counted == collateral.worth(u(i["value"]), collateral.rates_at(ONE, shipped))
    return {"margin_value": Decimal(counted) / ONE}


def deducted(i: Inputs) -> dict[str, object]:
    """What a bonus pays of a loss and a fee together, with plenty of own money beside it."""
    bonus = u(i["bonus"])
    paid = bonuses.share(bonus, 100 * ONE, u(i["loss"]), u(i["fee"]), 0, backing.bonus("mexc"))
    return {"bonus_deducted": Decimal(paid) / ONE, "bonus_left": Decimal(bonus - paid) / ONE}


CASES: dict[str, Callable[[Inputs], dict[str, object]]] = {
    "multi_asset_haircut": haircut,
    "mexc_bonus_full": deducted,
}
