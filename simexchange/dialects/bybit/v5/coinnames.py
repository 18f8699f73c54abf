"""Which coins there are, and which of them a call names."""

from typing import TYPE_CHECKING, Final

from simexchange.core import collateral
from simexchange.dialects.bybit.common import errors
from simexchange.dialects.bybit.common.params import Param, text
from simexchange.dialects.bybit.common.symbols import CATEGORIES, RULES, listed
from simexchange.dialects.contract import ApiError, Call

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simexchange.core.accounts import Account

BAD_COIN: Final = errors.invalid("coin invalid")
COIN: Final = Param("coin", text(r"[A-Z0-9]{1,20}", BAD_COIN))
COINS: Final = Param("coin", text(r"[A-Z0-9]{1,20}(,[A-Z0-9]{1,20}){0,49}", BAD_COIN))
"""Several, with commas between them."""


def every_coin(call: Call, account: "Account | None" = None) -> list[str]:
    """What markets of the venue trade or settle in, what counts as margin, and what *account* ever had; by name."""
    found: set[str] = set()
    for category in CATEGORIES:
        for market in listed(call.state, category):
            # Inverse contracts are quoted in dollars, which nobody has.
            found |= {market.spec.base, market.spec.settle if market.derivative else market.spec.quote}
    bundle = call.state.bundles.get(RULES)
    found.update(row.asset for row in (() if bundle is None else bundle.collateral))
    if account is not None:
        found.update(row.asset for row in collateral.rows_of(call.state, account))
        found.update(row.asset for row in call.views.balances.of(account.no))
    return sorted(found)


def coins_named(
    call: Call, account: "Account", name: str = "coin", most: int = 50
) -> "Sequence[str] | ApiError | None":
    """The coins that a call names; None where it names none."""
    sent = call.params.get(name)
    if not sent:
        return None
    asked = list(dict.fromkeys(sent.split(",")))
    known = set(every_coin(call, account))
    if len(asked) > most or not known.issuperset(asked):
        return errors.invalid(f"{name} invalid")
    return asked
