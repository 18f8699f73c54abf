"""A new order's parameters, which have passed their checks, as the core's words."""

from collections.abc import Mapping
from typing import Final

from simexchange.core.vocabulary.commands import PlaceOrder
from simexchange.core.vocabulary.ids import AccountNo, MarketNo
from simexchange.core.vocabulary.orders import (
    BUY,
    FOK,
    GTC,
    IOC,
    LIMIT,
    MARKET,
    POST_ONLY,
    SELL,
    OrderKind,
    Peg,
    SelfTrade,
    Side,
    Terms,
    TimeInForce,
    Trigger,
)
from simexchange.core.vocabulary.units import Amount, Price, Quantity, Rate
from simexchange.dialects.binance.common.numbers import parse_decimal
from simexchange.dialects.binance.spot.shapes import ALONE, STOP_TYPES, Leg

TIMES_IN_FORCE: Final[Mapping[str, TimeInForce]] = {"GTC": GTC, "IOC": IOC, "FOK": FOK}
SELF_TRADE_MODES: Final[Mapping[str, SelfTrade]] = {
    "NONE": SelfTrade.NONE,
    "EXPIRE_TAKER": SelfTrade.EXPIRE_TAKER,
    "EXPIRE_MAKER": SelfTrade.EXPIRE_MAKER,
    "EXPIRE_BOTH": SelfTrade.EXPIRE_BOTH,
    "DECREMENT": SelfTrade.DECREMENT,
    "TRANSFER": SelfTrade.TRANSFER,
}
BIP: Final = 10_000
"""One basis point, 0.01 %, as a `Rate`: trailing distances are counted in these."""
_MARKET_TYPES: Final = ("MARKET", "STOP_LOSS", "TAKE_PROFIT")
_RARE: Final = (
    "quoteOrderQty", "strategyId", "strategyType", "stopPrice", "trailingDelta", "icebergQty", "pegPriceType",
)  # fmt: skip
_COMPANIONS: Final = frozenset({*_RARE, "selfTradePreventionMode"})


def amount(params: Mapping[str, str], name: str) -> int:
    """A decimal parameter that its check has passed; 0 where it was not sent."""
    sent = params.get(name)
    return parse_decimal(sent) if sent else 0


def kind_of(order_type: str) -> OrderKind:
    """What is done with an order of that type when it reaches the book."""
    return MARKET if order_type in _MARKET_TYPES else LIMIT


def place_order(
    params: Mapping[str, str],
    account: AccountNo,
    market: MarketNo,
    client_id: str,
    mode: SelfTrade = SelfTrade.UNSAID,
    *,
    routed: bool = False,
    replaces: int = 0,
) -> PlaceOrder:
    """The command of a new order; *mode* is what it does about self-trades where it does not say."""
    kind = params["type"]
    return PlaceOrder(
        account=account,
        market=market,
        side=BUY if params["side"] == "BUY" else SELL,
        kind=kind_of(kind),
        qty=Quantity(amount(params, "quantity")),
        price=Price(amount(params, "price")),
        tif=POST_ONLY if kind == "LIMIT_MAKER" else TIMES_IN_FORCE[params.get("timeInForce") or "GTC"],
        client_id=client_id,
        more=terms(params, mode=mode, routed=routed, replaces=replaces),
    )


def terms(
    params: Mapping[str, str],
    leg: Leg = ALONE,
    *,
    mode: SelfTrade = SelfTrade.UNSAID,
    routed: bool = False,
    replaces: int = 0,
) -> Terms | None:
    """The rarer terms of an order or a leg; None where it has none."""
    if leg is ALONE and not (mode or routed or replaces) and _COMPANIONS.isdisjoint(params):
        # Nearly every order.
        return None
    said = params.get("selfTradePreventionMode")
    if said:
        mode = SELF_TRADE_MODES[said]
    if not (mode or routed or replaces or any(leg.get(params, name) for name in _RARE)):
        return None
    found = Terms(
        quote_qty=Amount(amount_of(params, leg, "quoteOrderQty")),
        self_trade=mode,
        iceberg_qty=Quantity(amount_of(params, leg, "icebergQty")),
        trigger=_trigger(params, leg),
        strategy_id=_integer(params, leg, "strategyId"),
        strategy_type=_integer(params, leg, "strategyType"),
        wire=leg.type(params) if leg.type(params) in STOP_TYPES else "",
        peg=_peg(params, leg),
        routed=routed,
        replaces=replaces,
    )
    return None if found == Terms() else found


def _trigger(params: Mapping[str, str], leg: Leg) -> Trigger | None:
    """Stop-loss buys and take-profit sells wait for a price above, the others for one below.

    A trailing order follows the lowest price to buy and the highest to sell, whatever it is called; where it has a stop
    price, that is where it begins to.
    """
    kind = leg.type(params)
    if kind not in STOP_TYPES:
        return None
    side = side_of(params, leg)
    above = kind.startswith("STOP_LOSS") is (side is BUY)
    stop, delta = Price(amount_of(params, leg, "stopPrice")), _integer(params, leg, "trailingDelta")
    if not delta:
        return Trigger(stop, rising=above)
    return Trigger(Price(0), rising=side is BUY, activation=stop, trailing=Rate(delta * BIP), activation_rising=above)


def side_of(params: Mapping[str, str], leg: Leg = ALONE) -> Side:
    return BUY if leg.get(params, "side") == "BUY" else SELL


def _peg(params: Mapping[str, str], leg: Leg) -> Peg | None:
    """An offset counts levels deeper into the book, from the best one (FAQ "Pegged orders", 2026-07-21)."""
    kind = leg.get(params, "pegPriceType")
    if not kind:
        return None
    deeper = _integer(params, leg, "pegOffsetValue")
    return Peg(other=kind == "MARKET_PEG", level=1 + deeper, guard=Price(amount_of(params, leg, "price")))


def amount_of(params: Mapping[str, str], leg: Leg, name: str) -> int:
    """A decimal parameter of a leg that its check has passed; 0 where it was not sent."""
    sent = leg.get(params, name)
    return parse_decimal(sent) if sent else 0


def _integer(params: Mapping[str, str], leg: Leg, name: str) -> int:
    return int(leg.get(params, name) or 0)
