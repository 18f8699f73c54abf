"""How each call is asked so that its answer has everything its payload has; what is sent to change something.

``{open}`` is the id of the order of that name (`BusyDay.noted`).
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from simexchange.core.vocabulary.commands import SetMarketStatus
from simexchange.core.vocabulary.markets import MarketStatus
from tests.dialects.bybit.v5.desk import LINEAR

if TYPE_CHECKING:
    from tests.dialects.bybit.payloads.busyday import BusyDay

Sent = Mapping[str, Any]
NOTHING: Final[Sent] = {}
BTC: Final[Sent] = {"category": "linear", "symbol": "BTCUSDT"}
INVERSE_BTC: Final[Sent] = {"category": "inverse", "symbol": "BTCUSD"}
CANDLES: Final[Sent] = {**BTC, "interval": "1"}
ONE: Final[Sent] = {"symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "qty": "0.01", "price": "59000"}
TRANSFER: Final = "c0ffee00-0000-4000-8000-000000000001"

ASKED: Final[Mapping[str, Sent]] = {
    "GET /v5/market/account-ratio": {**BTC, "period": "5min"},
    "GET /v5/market/delivery-price": {"category": "linear"},
    "GET /v5/market/funding/history": BTC,
    "GET /v5/market/historical-volatility": {"category": "option"},
    "GET /v5/market/index-price-kline": CANDLES,
    "GET /v5/market/insurance": NOTHING,
    "GET /v5/market/kline": {**INVERSE_BTC, "interval": "60"},
    "GET /v5/market/mark-price-kline": CANDLES,
    "GET /v5/market/open-interest": {**INVERSE_BTC, "intervalTime": "5min"},
    "GET /v5/market/orderbook": BTC,
    "GET /v5/market/premium-index-price-kline": CANDLES,
    "GET /v5/market/price-limit": BTC,
    "GET /v5/market/recent-trade": {"category": "spot", "symbol": "BTCUSDT"},
    "GET /v5/market/risk-limit": INVERSE_BTC,
    "GET /v5/announcements/index": {"locale": "en-US"},
    "GET /v5/system/status": NOTHING,
    "GET /v5/order/realtime": {"category": "linear", "settleCoin": "USDT"},
    "GET /v5/order/history": {"category": "linear"},
    "GET /v5/order/spot-borrow-check": {"category": "spot", "symbol": "BTCUSDT", "side": "Buy"},
    "POST /v5/order/create": {"category": "linear", **ONE},
    "POST /v5/order/amend": {**BTC, "orderId": "{open}", "price": "58000"},
    "POST /v5/order/cancel": {**BTC, "orderId": "{open}"},
    "POST /v5/order/cancel-all": BTC,
    "POST /v5/order/create-batch": {"category": "linear", "request": [ONE, {**ONE, "price": "58000"}]},
    "POST /v5/order/amend-batch": {
        "category": "linear",
        "request": [
            {"symbol": "BTCUSDT", "orderId": "{open}", "price": "58000"},
            {"symbol": "BTCUSDT", "orderId": "{second}", "price": "58000"},
        ],
    },
    "POST /v5/order/cancel-batch": {
        "category": "linear",
        "request": [{"symbol": "BTCUSDT", "orderId": "{open}"}, {"symbol": "BTCUSDT", "orderId": "{second}"}],
    },
    "POST /v5/order/pre-check": {"category": "linear", **ONE},
    "POST /v5/order/disconnected-cancel-all": {"timeWindow": 40},
    "GET /v5/execution/list": {"category": "linear"},
    "GET /v5/position/list": INVERSE_BTC,
    "GET /v5/position/closed-pnl": {"category": "linear"},
    "POST /v5/position/add-margin": {**BTC, "margin": "10"},
    "POST /v5/position/set-auto-add-margin": {**BTC, "autoAddMargin": 1},
    "POST /v5/position/set-leverage": {**BTC, "buyLeverage": "5", "sellLeverage": "5"},
    "POST /v5/position/set-risk-limit": {**BTC, "riskId": 2},
    "POST /v5/position/set-tpsl-mode": {**BTC, "tpSlMode": "Full"},
    "POST /v5/position/switch-isolated": {**BTC, "tradeMode": 1, "buyLeverage": "5", "sellLeverage": "5"},
    "POST /v5/position/switch-mode": {"category": "linear", "symbol": "ETHUSDT", "mode": 3},
    "POST /v5/position/trading-stop": {**BTC, "positionIdx": 0, "tpslMode": "Full", "takeProfit": "70000"},
    "GET /v5/account/wallet-balance": {"accountType": "UNIFIED"},
    "GET /v5/account/borrow-history": NOTHING,
    "GET /v5/account/collateral-info": {"currency": "BTC"},
    "GET /v5/account/fee-rate": BTC,
    "GET /v5/account/info": NOTHING,
    "GET /v5/account/instruments-info": {"category": "spot", "symbol": "BTCUSDT"},
    "GET /v5/account/transaction-log": NOTHING,
    "POST /v5/account/quick-repayment": NOTHING,
    "POST /v5/account/set-collateral-switch": {"coin": "BTC", "collateralSwitch": "ON"},
    "POST /v5/account/set-collateral-switch-batch": {"request": [{"coin": "BTC", "collateralSwitch": "ON"}]},
    "POST /v5/account/set-hedging-mode": {"setHedgingMode": "OFF"},
    "POST /v5/account/set-limit-px-action": {"category": "linear", "modifyEnable": False},
    "POST /v5/account/set-margin-mode": {"setMarginMode": "ISOLATED_MARGIN"},
    "GET /v5/asset/asset-overview": NOTHING,
    "GET /v5/asset/coin/query-info": NOTHING,
    "GET /v5/asset/delivery-record": {"category": "linear"},
    "GET /v5/asset/deposit/query-internal-record": NOTHING,
    "GET /v5/asset/exchange/order-record": NOTHING,
    "GET /v5/asset/fundinghistory": NOTHING,
    "GET /v5/asset/settlement-record": {"category": "linear"},
    "POST /v5/asset/withdraw/cancel": {"id": "1"},
    "POST /v5/asset/withdraw/create": {"coin": "USDT", "chain": "ETH", "address": "a", "amount": "1", "timestamp": 1},
    "GET /v5/asset/withdraw/query-address": NOTHING,
    "GET /v5/asset/withdraw/query-record": NOTHING,
    "GET /v5/asset/withdraw/withdrawable-amount": {"coin": "USDT"},
    "GET /v5/spot-margin-trade/data": NOTHING,
    "GET /v5/spot-margin-trade/state": NOTHING,
    "POST /v5/spot-margin-trade/set-leverage": {"leverage": "4"},
    "POST /v5/spot-margin-trade/switch-mode": {"spotMarginMode": "0"},
    "GET /v5/user/get-member-type": NOTHING,
    "GET /v5/user/query-api": NOTHING,
    "GET /v5/user/query-sub-members": NOTHING,
    "POST /v5/user/create-sub-member": {"username": "sub123456", "memberType": 1},
    "POST /v5/user/create-sub-api": {"subuid": 1, "readOnly": 0, "permissions": {"Spot": ["SpotTrade"]}},
    "POST /v5/user/delete-api": NOTHING,
    "POST /v5/user/update-api": {"readOnly": 0},
}
"""What is sent with each call that has a payload."""

FRAMES: Final[Mapping[str, Sent]] = {
    "order.create": {"category": "linear", **ONE},
    "order.amend": {**BTC, "orderId": "{open}", "price": "58000"},
    "order.cancel": {**BTC, "orderId": "{open}"},
}
"""What is sent with each request of the trade socket that has a payload."""

OF_FILE: Final[Mapping[str, Sent]] = {
    "ExchangeData/GetLinearInverseSymbols": BTC,
    "ExchangeData/GetLinearInverseSymbolsPreListing": {"category": "linear", "status": "PreLaunch"},
    "ExchangeData/GetOptionSymbols": {"category": "option", "baseCoin": "ETH"},
    "ExchangeData/GetSpotSymbols": {"category": "spot", "symbol": "BTCUSDT"},
    "ExchangeData/GetSpotSymbolsAsync": {"category": "spot", "symbol": "BTCUSDT"},
    "ExchangeData/GetLinearInverseTickers": INVERSE_BTC,
    "ExchangeData/GetOptionTickers": {"category": "option", "baseCoin": "BTC"},
    "ExchangeData/GetSpotTickers": {"category": "spot", "symbol": "BTCUSDT"},
    "Trading/GetPositionsAsync": BTC,
    "Trading/GetPositionsAsync2": BTC,
}
"""Of files of which one call has several."""


def pause_spot(day: "BusyDay") -> None:
    """No spot market takes orders any more."""
    for market in [one for one in day.state.markets.values() if not one.derivative]:
        day.run(SetMarketStatus(market.no, MarketStatus.HALT))


def carol_instead(day: "BusyDay") -> None:
    """Who has neither orders nor positions asks instead of bob."""
    day.bob = day.carol


def isolate(day: "BusyDay") -> None:
    """Who asks has a position that is backed by money of its own."""
    carol_instead(day)
    day.does("/v5/account/set-margin-mode", {"setMarginMode": "ISOLATED_MARGIN"})
    day.trade(LINEAR, 60_050, 1)


def has_child(day: "BusyDay") -> None:
    """Bob is the head of a family of two."""
    day.does("/v5/user/create-sub-member", {"username": "sub123456", "memberType": 1})


PREPARED: "Final[Mapping[str, Callable[[BusyDay], None]]]" = {
    "GET /v5/system/status": pause_spot,
    "POST /v5/position/add-margin": isolate,
    "POST /v5/position/set-auto-add-margin": isolate,
    "POST /v5/account/set-margin-mode": carol_instead,
    "GET /v5/user/query-sub-members": has_child,
}
"""What happens first, where a call has nothing to tell of our day."""


class Request(NamedTuple):
    """One call as a client sends it."""

    method: str
    path: str
    sent: Sent


def request_of(call: str, file: str, noted: Mapping[str, str]) -> Request:
    """How *call* is asked for the payload in *file*."""
    method, _, path = call.partition(" ")
    sent = next((given for name, given in OF_FILE.items() if file.endswith(f"/{name}")), None)
    return Request(method, path, filled(ASKED[call] if sent is None else sent, noted))


def filled(value: Any, noted: Mapping[str, str]) -> Any:
    """*value* with the names of orders as their ids."""
    match value:
        case dict():
            return {name: filled(one, noted) for name, one in value.items()}
        case list():
            return [filled(one, noted) for one in value]
        case str() if value.startswith("{"):
            return noted[value[1:-1]]
    return value
