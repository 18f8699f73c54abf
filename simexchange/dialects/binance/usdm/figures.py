"""Figures of accounts as the venue shows them: the core's margin figures in its words and decimals."""

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from simexchange.core import display
from simexchange.core.vocabulary.markets import Market
from simexchange.core.vocabulary.orders import Slot
from simexchange.core.vocabulary.units import Nanos
from simexchange.dialects.binance.common.numbers import print_decimal, print_plain
from simexchange.dialects.binance.common.symbols import symbol_of
from simexchange.dialects.binance.common.timestamps import millis
from simexchange.dialects.binance.usdm.orderwords import POSITION_SIDE, short_price
from simexchange.dialects.binance.usdm.symbols import qty_text

if TYPE_CHECKING:
    from simexchange.core.margin import PositionState
    from simexchange.core.totals import Totals
    from simexchange.core.vocabulary.markets import MarketRules

Json = dict[str, Any]


def wallet_figures(wallet: "Totals") -> Json:
    """The margin figures that assets of an account and its totals have in common."""
    return {
        "walletBalance": print_decimal(wallet.wallet),
        "unrealizedProfit": print_decimal(wallet.unrealised),
        "marginBalance": print_decimal(wallet.margin_balance),
        "maintMargin": print_decimal(wallet.maintenance),
        "initialMargin": print_decimal(wallet.position_initial + wallet.order_initial),
        "positionInitialMargin": print_decimal(wallet.position_initial),
        "openOrderInitialMargin": print_decimal(wallet.order_initial),
        "crossWalletBalance": print_decimal(wallet.cross_wallet),
        "crossUnPnl": print_decimal(wallet.cross_unrealised),
        "availableBalance": print_decimal(wallet.available),
        "maxWithdrawAmount": print_decimal(wallet.withdrawable),
    }


def money_or_zero(value: int) -> str:
    """Money of a position: eight decimals, and a bare "0" for none."""
    return print_decimal(value) if value else "0"


class Held(NamedTuple):
    """A position, and what its row needs beside its figures."""

    figures: "PositionState"
    slot: Slot
    isolated: bool
    auto_margin: bool
    adl: int
    """Its place in the queue of who is auto-deleveraged: 0 to 4."""
    taker: int
    """The rate its entry was charged at."""

    @property
    def side(self) -> str:
        return POSITION_SIDE[self.slot]

    @property
    def own_margin(self) -> int:
        """What backs an isolated position: its wallet and what it has gained."""
        return self.figures.wallet + self.figures.unrealised if self.isolated else 0


def position_v3(spec: Market, held: Held) -> Json:
    """One row of ``GET /fapi/v3/positionRisk``."""
    p, taker = held.figures, held.taker
    return {
        "symbol": symbol_of(spec),
        "positionSide": held.side,
        "positionAmt": qty_text(spec, p.qty),
        "entryPrice": short_price(display.entry_price(p.qty, p.cost, display.contract_of(spec))),
        "breakEvenPrice": short_price(display.break_even_price(p.qty, p.cost, taker, display.contract_of(spec))),
        "markPrice": print_decimal(p.mark),
        "unRealizedProfit": print_decimal(p.unrealised),
        "liquidationPrice": print_plain(p.liquidation_price),
        "isolatedMargin": money_or_zero(held.own_margin),
        "notional": money_or_zero(p.notional),
        "marginAsset": spec.settle,
        "isolatedWallet": money_or_zero(p.wallet),
        "initialMargin": money_or_zero(p.position_initial + p.order_initial),
        "maintMargin": money_or_zero(p.maintenance),
        "positionInitialMargin": money_or_zero(p.position_initial),
        "openOrderInitialMargin": money_or_zero(p.order_initial),
        "adl": held.adl,
        "bidNotional": money_or_zero(p.bid_value),
        "askNotional": money_or_zero(p.ask_value),
        "updateTime": millis(Nanos(p.updated_at)),
    }


def position_v2(spec: Market, held: Held) -> Json:
    """One row of ``GET /fapi/v2/positionRisk``."""
    p, taker = held.figures, held.taker
    return {
        "symbol": symbol_of(spec),
        "positionAmt": qty_text(spec, p.qty),
        "entryPrice": short_price(display.entry_price(p.qty, p.cost, display.contract_of(spec))),
        "breakEvenPrice": short_price(display.break_even_price(p.qty, p.cost, taker, display.contract_of(spec))),
        "markPrice": print_decimal(p.mark),
        "unRealizedProfit": print_decimal(p.unrealised),
        "liquidationPrice": print_plain(p.liquidation_price),
        "leverage": str(p.leverage),
        "maxNotionalValue": print_plain(p.max_notional),
        "marginType": "isolated" if held.isolated else "cross",
        "isolatedMargin": print_decimal(held.own_margin),
        "isAutoAddMargin": str(held.auto_margin).lower(),
        "positionSide": held.side,
        "notional": money_or_zero(p.notional),
        "isolatedWallet": money_or_zero(p.wallet),
        "updateTime": millis(Nanos(p.updated_at)),
    }


def account_position_v3(spec: Market, held: Held) -> Json:
    """One position of ``GET /fapi/v3/account``."""
    p = held.figures
    return {
        "symbol": symbol_of(spec),
        "positionSide": held.side,
        "positionAmt": qty_text(spec, p.qty),
        "unrealizedProfit": print_decimal(p.unrealised),
        "isolatedMargin": money_or_zero(held.own_margin),
        "notional": money_or_zero(p.notional),
        "isolatedWallet": money_or_zero(p.wallet),
        "initialMargin": money_or_zero(p.position_initial + p.order_initial),
        "maintMargin": money_or_zero(p.maintenance),
        "updateTime": millis(Nanos(p.updated_at)),
    }


def account_position_v2(spec: Market, held: Held) -> Json:
    """One position of ``GET /fapi/v2/account``."""
    p, taker = held.figures, held.taker
    return {
        "symbol": symbol_of(spec),
        "initialMargin": money_or_zero(p.position_initial + p.order_initial),
        "maintMargin": money_or_zero(p.maintenance),
        "unrealizedProfit": print_decimal(p.unrealised),
        "positionInitialMargin": money_or_zero(p.position_initial),
        "openOrderInitialMargin": money_or_zero(p.order_initial),
        "leverage": str(p.leverage),
        "isolated": held.isolated,
        "entryPrice": short_price(display.entry_price(p.qty, p.cost, display.contract_of(spec))),
        "breakEvenPrice": short_price(display.break_even_price(p.qty, p.cost, taker, display.contract_of(spec))),
        "maxNotional": print_plain(p.max_notional),
        "positionSide": held.side,
        "positionAmt": qty_text(spec, p.qty),
        "notional": money_or_zero(p.notional),
        "isolatedWallet": money_or_zero(p.wallet),
        "bidNotional": money_or_zero(p.bid_value),
        "askNotional": money_or_zero(p.ask_value),
        "updateTime": millis(Nanos(p.updated_at)),
    }


def brackets(spec: Market, rules: "MarketRules") -> Json:
    """Leverage brackets. The venue writes these figures as JSON numbers; ours are texts cut to be such."""
    return {
        "symbol": symbol_of(spec),
        "notionalCoef": 1.0,
        "brackets": [
            {
                "bracket": number,
                "initialLeverage": tier.max_leverage,
                "notionalCap": as_number(tier.cap),
                "notionalFloor": as_number(tier.floor),
                "maintMarginRatio": as_number(tier.maintenance_rate),
                "cum": as_number(tier.cum),
            }
            for number, tier in enumerate(rules.tiers, 1)
        ],
    }


def as_number(value: int) -> msgspec.Raw:
    """*value* as an exact JSON number, without a float on the way."""
    return msgspec.Raw(print_plain(value).encode())
