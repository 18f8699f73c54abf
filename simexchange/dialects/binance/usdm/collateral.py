"""Multi-assets mode: whether an account's assets back its positions together, and what each of them counts for."""

from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING

from simexchange.core import collateral
from simexchange.core.vocabulary.commands import Command, SetCollateralMode
from simexchange.core.vocabulary.events import CommandRefused
from simexchange.core.vocabulary.markets import Collateral
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.step import Step
from simexchange.core.vocabulary.units import ONE, SECOND, Nanos
from simexchange.dialects.binance.common.numbers import print_decimal
from simexchange.dialects.binance.common.params import is_true
from simexchange.dialects.binance.common.timestamps import millis
from simexchange.dialects.binance.usdm import errors, responses
from simexchange.dialects.binance.usdm.bookstreams import Stream
from simexchange.dialects.binance.usdm.symbols import RULES
from simexchange.dialects.binance.usdm.trading import account_of
from simexchange.dialects.contract import Call, Reply

if TYPE_CHECKING:
    from simexchange.core.state import ExchangeState
    from simexchange.projections.views import Views

Work = Generator[Command, Step, Reply]
NUMERAIRE = "USD"


def multi_assets(call: Call) -> Reply:
    """``GET /fapi/v1/multiAssetsMargin``."""
    return responses.ok({"multiAssetsMargin": call.state.accounts[account_of(call)].unified})


def set_multi_assets(call: Call) -> Work:
    """``POST /fapi/v1/multiAssetsMargin``."""
    step = yield SetCollateralMode(account_of(call), is_true(call.params, "multiAssetsMargin"))
    for event in step.events:
        if isinstance(event, CommandRefused):
            same = event.reason is RejectReason.SETTING_UNCHANGED
            return responses.refused(errors.SAME_MULTI_ASSETS if same else errors.REJECTIONS[event.reason])
    return responses.done()


def asset_index(call: Call) -> Reply:
    """``GET /fapi/v1/assetIndex``: of one asset (``BTCUSD``), or of all that have a price."""
    symbol = call.params.get("symbol", "")
    rows = [_row(call.state, row, call.now) for row in counted(call.state, symbol)]
    if not symbol:
        return responses.ok(rows)
    return responses.ok(rows[0]) if rows else responses.refused(errors.BAD_SYMBOL)


def counted(state: "ExchangeState", symbol: str = "") -> list[Collateral]:
    """What counts in multi-assets mode under the venue's rules and has a price: of one symbol, or all."""
    bundle = state.bundles.get(RULES)
    rows = () if bundle is None else bundle.collateral
    return [row for row in rows if symbol in ("", symbol_of(row)) and collateral.index_price(state, row.index)]


def symbol_of(row: Collateral) -> str:
    """What the venue calls the price of an asset in dollars: ``BTCUSD``."""
    return f"{row.asset}{NUMERAIRE}"


def _prices(state: "ExchangeState", row: Collateral) -> tuple[str, ...]:
    """Index, buffers and rates to count by, then buffers and rates to exchange by; of each bid before ask."""
    price = collateral.index_price(state, row.index)
    rates = collateral.rates_at(price, row)
    values = (
        price, row.bid_buffer, row.ask_buffer, rates.bid, rates.ask, row.exchange_bid_buffer, row.exchange_ask_buffer,
        price * (ONE - row.exchange_bid_buffer) // ONE, price * (ONE + row.exchange_ask_buffer) // ONE,
    )  # fmt: skip
    return tuple(print_decimal(value) for value in values)


def _row(state: "ExchangeState", row: Collateral, at: Nanos) -> responses.Json:
    return {"symbol": symbol_of(row), "time": millis(at), **dict(zip(FIELDS, _prices(state, row), strict=True))}


FIELDS = (
    "index", "bidBuffer", "askBuffer", "bidRate", "askRate", "autoExchangeBidBuffer", "autoExchangeAskBuffer",
    "autoExchangeBidRate", "autoExchangeAskRate",
)  # fmt: skip
LETTERS = ("i", "b", "a", "B", "A", "q", "g", "Q", "G")
"""The same, as the stream calls them."""


class AssetIndexes(Stream):
    """``!assetIndex@arr`` and ``btcusd@assetIndex``: what assets count for, every second."""

    def __init__(self, name: str, state: "ExchangeState", symbol: str = "") -> None:
        super().__init__(name, Nanos(SECOND))
        self._state = state
        self._symbol = symbol

    def flush(self, at: Nanos, views: "Views") -> Iterable[bytes]:
        rows = [
            {
                "e": "assetIndexUpdate",
                "E": millis(at),
                "s": symbol_of(row),
                **dict(zip(LETTERS, _prices(self._state, row), strict=True)),
            }
            for row in counted(self._state, self._symbol)
        ]
        return [responses.encode(row) for row in rows] if self._symbol else (responses.encode(rows),)
