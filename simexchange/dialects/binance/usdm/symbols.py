"""The contracts of USDⓈ-M and COIN-M, and how many decimals their prices and quantities are printed with."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from simexchange.core.calendar import current_quarter
from simexchange.core.vocabulary.markets import Market, MarketStatus
from simexchange.dialects.binance.common.numbers import decimals_of, print_fixed, print_plain
from simexchange.dialects.binance.common.symbols import COINM, USDM, find_market, product_of

if TYPE_CHECKING:
    from simexchange.core.accounts import Account
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.dialects.contract import Call

RULES: Final = "binance"
"""The bundle whose rules public calls show; an account's own calls go by the account's."""
SETTLING: Final = "USDT"
"""The margin asset shown where an account holds none."""
PERPETUAL_DELIVERY_MS: Final = 4_133_404_800_000
"""What the venue gives as the delivery date of a contract that has none (2100-12-25; ccxt tests for this value)."""

PRICE_PRECISION: Final[Mapping[str, int]] = {"BTCUSDT": 2, "SOLUSDT": 4, "BNBUSDT": 3, "ADAUSDT": 5, "DOGEUSDT": 6}
"""Contracts whose prices are printed finer than their tick (``pricePrecision`` of fapi exchangeInfo, seen 2026-11):
BTCUSDT moves in steps of 0.10 and prints 61800.20. Elsewhere the tick's own decimals are the precision."""


class Contracts:
    """The markets of one product: those of its kind that the venue's rules speak of."""

    def __init__(self, product: str) -> None:
        self.product = product

    def listed(self, state: "ExchangeState") -> Iterator["MarketState"]:
        """In order of listing. A contract that was delivered is not listed any more."""
        return (market for market in state.markets.values() if self.has(state, market) and not delivered(market))

    def has(self, state: "ExchangeState", market: "MarketState") -> bool:
        """Whether a market is one of this product, or was."""
        return product_of(market.spec) == self.product and (RULES, market.no) in state.rules

    def find(self, state: "ExchangeState", symbol: str) -> "MarketState | None":
        """The market that *symbol* names, or None. Case counts, as on the venue."""
        no = find_market(state.market_no, self.product, symbol)
        return None if no is None or (RULES, no) not in state.rules else state.markets[no]

    def wallet(self, account: "Account") -> str:
        """The wallet that backs an account's positions here."""
        return account.inverse_wallet if self.product == COINM else account.linear_wallet


LINEAR: Final = Contracts(USDM)
INVERSE: Final = Contracts(COINM)
EVERY: Final = (LINEAR, INVERSE)
_CONTRACTS: Final[Mapping[str, Contracts]] = {USDM: LINEAR, COINM: INVERSE}


def contracts_of(call: "Call") -> Contracts:
    """The markets of the product that was asked."""
    return _CONTRACTS[call.product]


def find(call: "Call", symbol: str) -> "MarketState | None":
    """The market that *symbol* names in the product that was asked, or None."""
    return _CONTRACTS[call.product].find(call.state, symbol)


def listed(call: "Call") -> Iterator["MarketState"]:
    """The markets of the product that was asked, in order of listing."""
    return _CONTRACTS[call.product].listed(call.state)


def pair_of(spec: Market) -> str:
    return spec.base + spec.quote


def delivered(market: "MarketState") -> bool:
    """Whether its day is over. The venue forgets such contracts in its lists; here their histories can be asked for."""
    return bool(market.spec.expiry) and market.status is MarketStatus.DELISTED


def contract_type(spec: Market, now: int) -> str:
    """The venue's word for how long a contract lives."""
    if not spec.expiry:
        return "PERPETUAL"
    return "CURRENT_QUARTER" if spec.expiry <= current_quarter(now) else "NEXT_QUARTER"


def price_decimals(spec: Market) -> int:
    return _price_decimals(spec.base, spec.quote, spec.tick)


def qty_decimals(spec: Market) -> int:
    return _decimals(spec.step)


@lru_cache(maxsize=1024)
def _price_decimals(base: str, quote: str, tick: int) -> int:
    return PRICE_PRECISION.get(base + quote, decimals_of(tick))


_decimals = lru_cache(maxsize=1024)(decimals_of)


def price_text(spec: Market, price: int) -> str:
    """A price of *spec* as the venue prints it: "61800.20"."""
    return print_fixed(price, price_decimals(spec))


def order_price_text(spec: Market, price: int) -> str:
    """A price of an order: on COIN-M without zeros at its end ("51000"), as its answers have it (recorded 2024-10)."""
    return print_plain(price) if spec.inverse else price_text(spec, price)


def qty_text(spec: Market, qty: int) -> str:
    """A quantity of *spec* as the venue prints it: "0.010"."""
    return print_fixed(qty, qty_decimals(spec))
