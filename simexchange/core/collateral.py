"""What one pool of several assets is worth: multi-assets mode, where every asset of a wallet backs every position.

Of each asset the pool has cash, and the unrealised profit of the positions settled in it; the two together are its
equity. An asset's equity is worth ``min(equity × bid rate, equity × ask rate)``: what is there counts at the lower
side (the haircut is the bid buffer), what is owed at the higher one. Requirements count at the ask rate. A rate is the
asset's index price × (1 ∓ buffer), cut to eight places.
(Binance FAQ c983a9268cfa4e70a4916c276bb3b7bc with its worked example, ``/fapi/v1/assetIndex`` for the cut; seen
2026-11.)

Values are in the numéraire (USD, and USDT one to one), 10**-8. What is worth something is rounded down, what is owed or
required is rounded up, so that rounding never lends anybody a unit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from simexchange.core.vocabulary.assets import WALLETS
from simexchange.core.vocabulary.markets import Tier
from simexchange.core.vocabulary.units import ONE, Amount, Rate, div_up

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simexchange.core.accounts import Account
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.markets import Bundle, Collateral


class Rates(NamedTuple):
    """What one unit of an asset is worth, in the numéraire, 10**-8."""

    price: int
    """At the index."""
    bid: int
    """What it counts for where there is some."""
    ask: int
    """What it counts for where it is owed, or required."""


class Sums:
    """One asset of a shared wallet, 10**-8 of it."""

    __slots__ = ("aside", "cash", "maintenance", "order_initial", "position_initial", "unrealised")

    def __init__(self, cash: int = 0, aside: int = 0) -> None:
        self.cash = cash
        """What is free and what is held."""
        self.aside = aside
        """What of it open spot orders hold."""
        self.unrealised = 0
        self.position_initial = 0
        self.order_initial = 0
        self.maintenance = 0

    @property
    def equity(self) -> int:
        """Cash and unrealised profit."""
        return self.cash + self.unrealised


class Pool(NamedTuple):
    """A shared wallet as a whole, in the numéraire, 10**-8."""

    cash: int
    equity: int
    initial: int
    """What positions and open orders need to stand."""
    maintenance: int
    unheld: int
    """What the equity would be worth without all that open spot orders hold."""

    @property
    def spare(self) -> int:
        """What may back new orders; below zero where positions already need more than there is.

        What open spot orders hold is margin as long as it is there, and backs nothing new: it is on its way out.
        """
        return self.unheld - self.initial

    @property
    def movable(self) -> int:
        """What may leave (money rule L14, Binance FAQ 360038447311): cash beyond maintenance, or what is spare."""
        return min(self.cash - self.maintenance, self.spare)


UNPRICED = Rates(0, 0, 0)
"""Of an asset that backs nothing, or has no price yet."""


def index_price(state: ExchangeState, name: str) -> int:
    """What an index stands at; one where there is no name: that asset counts one to one. 0: it was never set.

    Only indexes count, which feeds, operators and the one-second grid set: with a last price, two friends could trade
    their collateral dear.
    """
    if not name:
        return ONE
    found = state.indexes.get(name)
    return 0 if found is None else found.price


def rows_of(state: ExchangeState, account: Account) -> Sequence[Collateral]:
    """The collateral table of the account's rules."""
    bundle = state.bundles.get(account.rules)
    return () if bundle is None else bundle.collateral


def rates_at(price: int, row: Collateral) -> Rates:
    """What one unit counts for at an index price of *price*; never nothing, of what has one."""
    bid = price * (ONE - row.bid_buffer) // ONE
    return Rates(price, max(min(1, price), bid * row.ratio // ONE), price * (ONE + row.ask_buffer) // ONE)


def rates_of(state: ExchangeState, account: Account) -> dict[str, Rates]:
    """What counts as collateral under the account's rules, and for how much; only what has a price."""
    found: dict[str, Rates] = {}
    for row in rows_of(state, account):
        price = index_price(state, row.index)
        if price:
            found[row.asset] = rates_at(price, row)
    return found


def worth(amount: int, rates: Rates) -> int:
    """What an asset's equity of *amount* counts for, rounded down."""
    return amount * (rates.bid if amount > 0 else rates.ask) // ONE


def needs(amount: int, rates: Rates) -> int:
    """What a requirement of *amount* counts for, rounded up."""
    return div_up(amount * rates.ask, ONE)


def least(target: int, rates: Rates) -> int:
    """The least amount of an asset that is `worth` *target* or more."""
    return div_up(target * ONE, rates.bid if target > 0 else rates.ask)


def losable(amount: int, spare: int, rates: Rates) -> int:
    """How much of an equity of *amount* can go before the pool is worth *spare* less, to the unit."""
    return amount - least(worth(amount, rates) - spare, rates)


def buyable(spare: int, rates: Rates) -> int:
    """How much an asset's requirements may grow on a *spare* worth: toward zero."""
    return spare * ONE // rates.ask if spare >= 0 else -(-spare * ONE // rates.ask)


def pool(sums: Mapping[str, Sums], known: Mapping[str, Rates]) -> Pool:
    """Everything in a shared wallet, taken together."""
    cash = equity = initial = maintenance = held = 0
    for asset, each in sums.items():
        rates = known.get(asset, UNPRICED)
        cash += worth(each.cash, rates)
        value = worth(each.equity, rates)
        equity += value
        if each.aside:
            held += value - worth(each.equity - each.aside, rates)
        initial += needs(each.position_initial + each.order_initial, rates)
        maintenance += needs(each.maintenance, rates)
    return Pool(cash, equity, initial, maintenance, equity - held)


def stretched(tiers: Sequence[Tier], required: int, counted: int) -> list[Tier]:
    """Brackets whose maintenance is in an asset that counts *counted* where it is required at *required*."""
    return [
        Tier(
            tier.floor, tier.cap, tier.max_leverage, Rate(tier.maintenance_rate * required // counted),
            Amount(tier.cum * required // counted),
        )
        for tier in tiers
    ]  # fmt: skip


def stale(state: ExchangeState, account: Account) -> bool:
    """Whether the source of an index that prices the account's collateral has gone quiet."""
    found = [state.indexes.get(row.index) for row in rows_of(state, account)]
    return any(index is not None and index.frozen for index in found)


def fault(bundle: Bundle) -> str:
    """What is wrong with a bundle's collateral: the asset and the field; empty where nothing is."""
    seen: dict[str, None] = {}
    for row in bundle.collateral:
        if not row.asset or row.asset in seen:
            return f"collateral {row.asset!r}: asset is named twice, or not at all"
        seen[row.asset] = None
        for field, value in (
            ("bid_buffer", row.bid_buffer), ("ask_buffer", row.ask_buffer),
            ("exchange_bid_buffer", row.exchange_bid_buffer), ("exchange_ask_buffer", row.exchange_ask_buffer),
        ):  # fmt: skip
            if not 0 <= value < ONE:
                return f"collateral {row.asset}: {field} is not between 0 and 1"
        if not 0 < row.ratio <= ONE:
            return f"collateral {row.asset}: ratio is not above 0 and at most 1"
        if row.exchange_threshold > 0:
            return f"collateral {row.asset}: exchange_threshold is above zero"
    if bundle.exchange not in EXCHANGES:
        return f"exchange is none of {', '.join(EXCHANGES)}"
    return _fault_of_wallets(bundle)


def _fault_of_wallets(bundle: Bundle) -> str:
    """What is wrong with where a bundle has accounts keep their money."""
    for field in ("linear_wallet", "inverse_wallet", "spot_wallet"):
        if getattr(bundle, field) not in WALLETS:
            return f"{field} is none of {', '.join(WALLETS)}"
    if bundle.pooled and not bundle.collateral:
        return "pooled: there is no collateral"
    if bundle.routing and bundle.spot_wallet in (bundle.linear_wallet, bundle.inverse_wallet):
        # A routed trade moves two assets at once: nothing would ask what it takes from a pool.
        return "routing where spot trades settle in a wallet of derivatives"
    return ""


EXCHANGES = ("in_proportion", "in_order")
"""How what is owed is bought: of every asset its part, or one after the other as the rules list them."""


def stands_by(before: Bundle | None, after: Bundle) -> bool:
    """Whether all that counted as collateral still does: people hold debts against it."""
    kept = {row.asset for row in after.collateral}
    return before is None or all(row.asset in kept for row in before.collateral)
