"""What a fill costs: standard, special and tax commissions, and the discount asset that may pay them.

A plain account pays worth × rate in what it receives, and `matching` does that itself. Everything else is here:
rebates, a discount asset, units other than 10**-8. (Binance commission FAQ, binance-spot-api-docs a5e0bc3,
seen 2026-11; money rules L12 and L13.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from simexchange.core.ledger import wallet_of
from simexchange.core.vocabulary.events import Fill
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.markets import Commission
from simexchange.core.vocabulary.orders import BUY, SELL, AccountOption, Side
from simexchange.core.vocabulary.units import ONE, Amount

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from simexchange.core.accounts import Account, OwnFees
    from simexchange.core.engine import Engine
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.markets import Bundle, MarketRules

ALL_MARKETS = MarketNo(0)
# Given plain integers, as in `matching`: mypy does not look at its arguments.
_fill: Callable[..., Fill] = Fill
MAKER, TAKER = 0, 1
SIDES = (BUY, SELL)
ROLES = tuple((role, side) for role in (MAKER, TAKER) for side in SIDES)


class Tariff:
    """Everything one account pays in one market, where that is more than worth × (maker or taker)."""

    __slots__ = ("asset", "discount", "pair", "rest", "spot", "standard", "truncated", "unit")

    def __init__(self, parts: Parts, rules: MarketRules | None, asset: str, quote: str, discount: int) -> None:
        standard, *others = parts
        # By role, then side: a maker's buy, its sell, a taker's buy, its sell.
        self.standard = [_rate(standard, role, side) for role, side in ROLES]
        self.rest = [sum(_rate(other, role, side) for other in others) for role, side in ROLES]
        self.asset = asset
        """The discount asset, where this account pays with it; else empty."""
        self.pair = f"{asset}-{quote}"
        """The index that says what it is worth."""
        self.spot = f"spot:{asset}-{quote}"
        """The market that says it first."""
        self.discount = discount
        """What is paid of the standard commission in it."""
        self.unit: int = 1 if rules is None else rules.fee_unit
        self.truncated = rules is not None and rules.fee_truncated

    @property
    def plain(self) -> bool:
        """Whether worth × rate, rounded up, is all there is to it."""
        return (
            not self.asset
            and self.unit == 1
            and not self.truncated
            and all(self.total(role, BUY) == self.total(role, SELL) >= 0 for role in (MAKER, TAKER))
        )

    def total(self, role: int, side: Side) -> int:
        """The whole rate of a fill."""
        place = role + role if side is BUY else role + role + 1
        return self.standard[place] + self.rest[place]

    def rounded(self, fine: int) -> int:
        """*fine*, at 10**-16, as a fee: whole units, the odd one to the exchange unless the rules drop it."""
        size = ONE * self.unit
        if self.truncated:
            return (fine // size if fine >= 0 else -(-fine // size)) * self.unit
        return -(-fine // size) * self.unit


Parts = tuple[Commission, Commission, Commission]
"""Standard, special and tax."""
Charge = tuple[int, int, Tariff | None]
"""Maker's and taker's rate, and the tariff where the rates are not all."""
NOTHING = Commission()
FREE: Charge = (0, 0, None)


def _rate(part: Commission, role: int, side: Side) -> int:
    return (part.taker if role else part.maker) + (part.buyer if side is BUY else part.seller)


def charge(state: ExchangeState, account: Account, no: MarketNo) -> Charge:
    """What *account* pays in a market; nothing for the tape and the fund. `Engine.charge` remembers it."""
    if not account.margined:
        return FREE
    rules = state.rules.get((account.rules, no))
    asset, discount = _discount(state, account, state.markets[no], rules)
    tariff = Tariff(parts(account, no, rules), rules, asset, state.markets[no].spec.quote, discount)
    maker, taker = (tariff.total(role, BUY) for role in (MAKER, TAKER))
    return maker, taker, None if tariff.plain else tariff


def parts(account: Account, no: MarketNo, rules: MarketRules | None) -> Parts:
    """The three kinds of commission of *account*: its own rates in this market, its own everywhere, its rules'."""
    return blend(account.fees.get(no) or account.fees.get(ALL_MARKETS), rules)


def blend(own: OwnFees | None, rules: MarketRules | None) -> Parts:
    """*own* rates over those of *rules*."""
    if rules is None:
        standard, special, tax = NOTHING, None, None
    else:
        standard = Commission(rules.maker, rules.taker, rules.buyer, rules.seller)
        special, tax = rules.special, rules.tax
    if own is not None:
        standard = own.standard
        special, tax = own.special or special, own.tax or tax
    return standard, special or NOTHING, tax or NOTHING


def _discount(
    state: ExchangeState, account: Account, market: MarketState, rules: MarketRules | None
) -> tuple[str, int]:
    """The asset that may pay and what is paid of the standard part; COIN-M knows no discount (mechanics M9)."""
    bundle = state.bundles.get(account.rules)
    if bundle is None or not bundle.discount_asset or rules is None or not rules.discount or market.spec.inverse:
        return "", ONE
    option = AccountOption.DISCOUNT_FUTURES if market.derivative else AccountOption.DISCOUNT_SPOT
    if not account.options.get(option):
        return "", ONE
    return bundle.discount_asset, bundle.discount_futures if market.derivative else bundle.discount_spot


def price_of(state: ExchangeState, tariff: Tariff, quote: str) -> int:
    """What the discount asset is worth in *quote*: the last trade of their spot market, else their index.

    0: nobody knows.
    """
    if tariff.asset == quote:
        return ONE
    no = state.market_no.get(tariff.spot)
    if no is not None and state.markets[no].last:
        return state.markets[no].last
    index = state.indexes.get(tariff.pair)
    return 0 if index is None else index.price


def due(quote: int, standard: int, rest: int, discount: int, price: int) -> int:
    """What the rates of a fill worth *quote* come to in the discount asset, which stands at *price*; rounded up."""
    return -(-quote * (standard * discount + rest * ONE) // (price * ONE))


def settle(
    engine: Engine, market: MarketState, qty: int, quote: int, aggressor: Side, fills: tuple[Fill, Fill],
    tariffs: tuple[Tariff | None, Tariff | None],
) -> tuple[Fill, Fill]:  # fmt: skip
    """Maker's and taker's side of a trade with what they really pay, by their *tariffs* (None: as it stands).

    Of a self-trade the maker's fee is taken first, and the taker's from what is left.
    """
    made, taken = fills
    makes, takes = tariffs
    alone = made.account != taken.account
    if makes is not None:
        side = SELL if aggressor is BUY else BUY
        made = _charged(engine, market, qty, quote, side, MAKER, made, makes, None if alone else taken)
    if takes is not None:
        taken = _charged(engine, market, qty, quote, aggressor, TAKER, taken, takes, None if alone else made)
    if made.fee >= 0 and taken.fee >= 0:
        return made, taken
    return _subsidised(made, taken), _subsidised(taken, made)


def _charged(
    engine: Engine, market: MarketState, qty: int, quote: int, side: Side, role: int, fill: Fill, tariff: Tariff,
    beside: Fill | None,
) -> Fill:  # fmt: skip
    place = role + role if side is BUY else role + role + 1
    standard, rest = tariff.standard[place], tariff.rest[place]
    # A rebate, and what would come to one, is paid in what the fill receives.
    if tariff.asset and standard >= 0 and standard + rest > 0:
        price = price_of(engine.state, tariff, market.spec.quote)
        if price:
            owed = -(-due(quote, standard, rest, tariff.discount, price) // tariff.unit) * tariff.unit
            if owed <= _spare(engine, market, qty, quote, side, fill, tariff.asset, beside):
                return _paying(fill, owed, tariff.asset, price)
    worth = qty if side is BUY and not market.derivative else quote
    return _paying(fill, min(tariff.rounded(worth * (standard + rest)), worth), fill.fee_asset)


def _paying(fill: Fill, fee: int, asset: str, price: int = 0) -> Fill:
    """*fill* with another fee; written out, for every trade that is discounted comes here."""
    return _fill(
        fill.account, fill.order, fill.left, fill.cum_quote, fee, asset, fill.released, fill.closed, fill.opened, price,
        0, fill.slot, fill.sub, fill.wallet, fill.margin,
    )  # fmt: skip


def _spare(
    engine: Engine, market: MarketState, qty: int, quote: int, side: Side, fill: Fill, asset: str, beside: Fill | None
) -> int:
    """What of *asset* the account has free once the trade has moved its own goods and holds (money rule L12)."""
    account = engine.state.accounts[fill.account]
    spare = account.free(wallet_of(market, account), asset)
    own = not market.derivative and asset in (market.spec.base, market.spec.quote)
    if own:
        spare += _moved(market, qty, quote, side, fill, asset)
    if beside is not None:
        if own:
            spare += _moved(market, qty, quote, SELL if side is BUY else BUY, beside, asset)
        spare -= beside.fee if beside.fee_asset == asset else 0
    return spare


def _moved(market: MarketState, qty: int, quote: int, side: Side, fill: Fill, asset: str) -> int:
    gives, out, gets, into = market.spec.quote, quote, market.spec.base, qty
    if side is SELL:
        gives, out, gets, into = gets, into, gives, out
    if asset == gives:
        return fill.released - out
    return into if asset == gets else 0


def _subsidised(fill: Fill, other: Fill) -> Fill:
    """A rebate is paid from the other side's fee, and for the rest from marketing money (money rule L13)."""
    if fill.fee >= 0:
        return fill
    covered = max(0, other.fee) if other.fee_asset == fill.fee_asset else 0
    missing = -fill.fee - covered
    return msgspec.structs.replace(fill, subsidy=Amount(missing)) if missing > 0 else fill


def sound(tables: Iterable[Parts], discount: int) -> bool:
    """Whether no trade between any two of *tables* brings the exchange a loss (money rule L13), whoever buys.

    A table where the greatest rebate is more than the least taker fee, in the discount asset or not, would let two
    accounts of one owner print money. Nor may a rate be above what it is taken from.
    """
    least = dict.fromkeys(ROLES, ONE)
    for standard, *others in tables:
        for role, side in ROLES:
            rate, rest = _rate(standard, role, side), sum(_rate(other, role, side) for other in others)
            if abs(rate) > ONE or abs(rest) > ONE or rate + rest > ONE:
                return False
            least[role, side] = min(least[role, side], rest + (rate * discount // ONE if rate > 0 else rate))
    return all(least[MAKER, side] + least[TAKER, other] >= 0 for side, other in (SIDES, SIDES[::-1]))


def acceptable(
    state: ExchangeState, bundle: Bundle | None, no: MarketNo, rules: MarketRules | None, given: OwnFees | None = None
) -> bool:
    """Whether *rules*, every account's own rates there, and rates newly *given* to one can stand beside each other."""
    discount = ONE
    if bundle is not None and rules is not None and rules.discount and bundle.discount_asset:
        discount = bundle.discount_futures if state.markets[no].derivative else bundle.discount_spot
    tables = [blend(None, rules)]
    tables.extend(
        parts(account, no, rules)
        for account in state.accounts.values()
        if account.fees and bundle is not None and account.rules == bundle.name
    )
    if given is not None:
        tables.append(blend(given, rules))
    return sound(tables, discount)


def rebating(*rates: Commission | None) -> bool:
    """Whether any of *rates* is below zero."""
    return any(part is not None and min(part.maker, part.taker, part.buyer, part.seller) < 0 for part in rates)


def rebates_known(state: ExchangeState) -> bool:
    """Whether anybody gets a rebate anywhere. Asked once by an engine that begins."""
    return any(rebating(*blend(None, rules)) for rules in state.rules.values()) or any(
        rebating(*own) for account in state.accounts.values() for own in account.fees.values()
    )
