"""Parameters of market data, as rows of their tables.

Where a category may be left out, ``linear`` is meant ("Get Kline"). Of a ``limit`` only that it is a number above zero
is judged: see `marketpages`.
"""

from typing import Final

from simexchange.dialects.bybit.common import errors
from simexchange.dialects.bybit.common.intervals import INTERVALS, PERIODS
from simexchange.dialects.bybit.common.params import Param, anything, integer, one_of, text
from simexchange.dialects.bybit.common.symbols import CATEGORIES, INVERSE, LINEAR, OPTION
from simexchange.dialects.bybit.v5.instruments import STATUSES
from simexchange.dialects.bybit.v5.notices import LOCALES, STATES
from simexchange.dialects.bybit.v5.requests import CURSOR, STAMP, SYMBOL


def _category(*words: str) -> Param:
    return Param("category", one_of(words, errors.BAD_CATEGORY))


def period(name: str) -> Param:
    """A period of statistics."""
    return Param(name, one_of(tuple(PERIODS)), required=True)


MARKET_OR_LINEAR: Final = _category(*CATEGORIES)
ANY_MARKET: Final = MARKET_OR_LINEAR.needed()
CONTRACT_OR_LINEAR: Final = _category(LINEAR, INVERSE, OPTION)
FUTURE_OR_LINEAR: Final = _category(LINEAR, INVERSE)
FUTURE: Final = FUTURE_OR_LINEAR.needed()
LINEAR_ONLY: Final = _category(LINEAR)
OPTIONS_ONLY: Final = _category(OPTION).needed()

ROWS: Final = Param("limit", integer(1))
SINCE: Final = Param("startTime", STAMP)
UNTIL: Final = Param("endTime", STAMP)
CANDLES: Final = (
    SYMBOL.needed(), Param("interval", one_of(tuple(INTERVALS)), required=True), Param("start", STAMP),
    Param("end", STAMP), ROWS,
)  # fmt: skip

_WORD: Final = text(r"[A-Z0-9]{1,16}")
BASE_COIN: Final = Param("baseCoin", _WORD)
SETTLE_COIN: Final = Param("settleCoin", _WORD)
COIN: Final = Param("coin", _WORD)
INDEX_NAME: Final = Param("indexName", text(r"[A-Z0-9]{1,40}"), required=True)
PRODUCT_TYPE: Final = Param("productType", one_of(("contract",)), required=True)
GROUP: Final = Param("groupId", integer(1, 9))
ID: Final = Param("id", anything)
STATE: Final = Param("state", one_of(STATES))

LISTING: Final = (
    SYMBOL, Param("symbolType", anything), Param("status", one_of(STATUSES)), BASE_COIN, ROWS, CURSOR,
)  # fmt: skip
STANDINGS: Final = (SYMBOL.needed(), SINCE, UNTIL, ROWS, CURSOR)
DELIVERIES: Final = (SYMBOL, BASE_COIN, SETTLE_COIN, ROWS, CURSOR)
OPTION_ASSET: Final = (BASE_COIN.needed(), SETTLE_COIN)
VOLATILITY: Final = (
    BASE_COIN, Param("quoteCoin", one_of(("USD", "USDT"))),
    Param("period", one_of(("7", "14", "21", "30", "60", "90", "180", "270"))), SINCE, UNTIL,
)  # fmt: skip
ANNOUNCING: Final = (
    Param("locale", one_of(LOCALES), required=True), Param("type", anything), Param("tag", anything),
    Param("page", integer(1)), ROWS,
)  # fmt: skip
