"""The API as of a date: what the venue changed since 2025, and how it was before.

Clients broke on these. A product asks once, when it is made, and chooses its routes, methods and streams; what a
handler must know stands in the options of its calls. Dates: the change log of developers.binance.com and its notice
"COIN-M / USDⓈ-M Architecture Integration" (2026-06-10), the spot change log (2025-12-17 to 2026-04-02); seen 2026-11.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from simexchange.dialects.binance.common.symbols import COINM, SPOT, USDM

ALGO_SERVICE: Final = "algo_service"
LISTEN_KEYS: Final = "listen_keys"
MODIFY_BOTH: Final = "modify_both"
SYMBOL_JUDGED: Final = "symbol_judged"
FLAT_WEIGHTS: Final = "flat_weights"
ONE_UNIVERSE: Final = "one_universe"
ANY_SYMBOL: Final = "any_symbol"
CALLBACK_TO_TWENTY: Final = "callback_to_twenty"
ENCODED_FIRST: Final = "encoded_first"
FREE_ORDERS: Final = "free_orders"
NO_ALL_TICKERS: Final = "no_all_tickers"

BEFORE: Final = "before"
"""What a call's options say of a change that has not come yet."""


class Change(msgspec.Struct, frozen=True):
    """Something the venue changed for all its clients at once."""

    name: str
    product: str
    since: str
    """The ISO date from which it holds."""
    before: str
    """What was so until then, for people."""


CHANGES: Final = (
    Change(ALGO_SERVICE, USDM, "2025-12-09", "conditional orders are ordinary orders, and there is no Algo Service"),
    Change(ENCODED_FIRST, SPOT, "2026-01-15", "what is signed may be put into percent signs after it was signed"),
    Change(LISTEN_KEYS, SPOT, "2026-02-20", "POST, PUT and DELETE /api/v3/userDataStream give listen keys"),
    Change(NO_ALL_TICKERS, SPOT, "2026-03-26", "!ticker@arr tells the days of all markets"),
    Change(FREE_ORDERS, SPOT, "2026-04-02", "calls that place and cancel orders always weigh something"),
    Change(ALGO_SERVICE, COINM, "2026-06-30", "conditional orders are ordinary orders, and there is no Algo Service"),
    Change(MODIFY_BOTH, COINM, "2026-06-30", "PUT /dapi/v1/order takes a quantity or a price, the other stays"),
    Change(SYMBOL_JUDGED, COINM, "2026-06-30", "GET /dapi/v1/openOrders of an unknown symbol is an empty list"),
    Change(
        FLAT_WEIGHTS,
        COINM,
        "2026-06-30",
        "allOrders and userTrades weigh 20 with a symbol and 40 with a pair; forceOrders 20, leverageBracket 1",
    ),
    Change(
        ONE_UNIVERSE,
        USDM,
        "2026-06-30",
        "streams and candles know USDⓈ-M alone",
    ),
    Change(
        ONE_UNIVERSE,
        COINM,
        "2026-06-30",
        "streams and candles know COIN-M alone",
    ),
    Change(ANY_SYMBOL, USDM, "2026-08-25", "GET /fapi/v1/allOrders needs a symbol"),
    Change(CALLBACK_TO_TWENTY, USDM, "2026-10-23", "an algo order trails by 10 percent at most"),
)


class ApiAsOf:
    """The API as it was on a day, or as it is."""

    def __init__(self, day: str = "") -> None:
        """*day*: an ISO date; empty for today, with whatever was taken away still served."""
        self.day = day

    def has(self, name: str, product: str) -> bool:
        """Whether that change of *product* has come."""
        return not self.day or self.day >= _since(name, product)

    def took(self, name: str, product: str) -> bool:
        """Whether what that change took away is gone: only where a day was named, as old clients still ask for it."""
        return bool(self.day) and self.has(name, product)

    def options(self, product: str) -> Mapping[str, str]:
        """What every call of *product* is told: the changes that have not come."""
        return {
            change.name: BEFORE
            for change in CHANGES
            if change.product == product and not self.has(change.name, product)
        }


def _since(name: str, product: str) -> str:
    return next(change.since for change in CHANGES if (change.name, change.product) == (name, product))


NOW: Final = ApiAsOf()
