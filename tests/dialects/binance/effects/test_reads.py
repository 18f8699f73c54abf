"""A handler looks at no parameter that its call's check has not judged: it would have to expect anything there."""

import re
from collections.abc import Mapping
from copy import copy
from typing import Any, Final

import pytest
from msgspec.structs import replace

from simexchange.dialects.contract import Call, Route
from tests.dialects.binance.effects.effect import known
from tests.dialects.binance.effects.test_effects import DAYS, told_effects

_LISTS: Final = {"orderIdList", "orderidlist", "origClientOrderIdList", "origclientorderidlist"}
_ORDER: Final = {"pegPriceType", "quoteOrderQty", "stopPrice", "trailingDelta"}
UNJUDGED: Final[Mapping[str, set[str]]] = {
    # Read and refused by the handler itself.
    "DELETE /fapi/v1/batchOrders": _LISTS,
    "DELETE /dapi/v1/batchOrders": _LISTS,
    # Compared as a text.
    "GET /sapi/v1/capital/withdraw/history": {"txId"},
    "GET /dapi/v1/adlQuantile": {"pair"},
    "GET /dapi/v1/forceOrders": {"pair"},
    "GET /dapi/v1/openAlgoOrders": {"pair"},
    "GET /dapi/v2/leverageBracket": {"pair"},
    "GET /futures/data/takerBuySellVol": {"symbol"},
    # Never there: spot refuses a name that a call does not have.
    "GET /api/v3/trades": {"fromId"},
    "POST /api/v3/sor/order": _ORDER,
    "POST /api/v3/sor/order/test": _ORDER,
}
"""Call → what is looked at all the same, and does no harm."""


class Watched(dict[str, str]):
    """Parameters that remember which of them were looked at."""

    def __init__(self, params: Mapping[str, str], seen: set[str]) -> None:
        super().__init__(params)
        self.seen = seen

    def get(self, name: str, default: Any = None) -> Any:
        self.seen.add(name)
        return super().get(name, default)

    def __getitem__(self, name: str) -> str:
        self.seen.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self.seen.add(str(name))
        return super().__contains__(name)


def watched(route: Route, seen: set[str]) -> Route:
    """*route*, noting in *seen* what is looked at."""

    def handler(call: Call) -> Any:
        return route.handler(replace(call, params=Watched(call.params, seen)))

    return replace(route, handler=handler)


@pytest.mark.parametrize("name", DAYS)
def test_a_handler_looks_at_nothing_that_was_not_judged(name: str) -> None:
    """Asked in every way the tables of effects have, one after another."""
    shop = DAYS[name]().again()
    shop.product = copy(shop.product)
    seen: dict[str, set[str]] = {f"{route.method} {route.path}": set() for route in shop.product.routes}
    shop.product.routes = [watched(route, seen[f"{route.method} {route.path}"]) for route in shop.product.routes]
    judged = {f"{route.method} {route.path}": set(known(route.check)) for route in DAYS[name]().product.routes}

    for product, effect in told_effects():
        if product == name:
            method, _, path = effect.call.partition(" ")
            for value in effect.values:
                sent = {**effect.base, effect.param: value}
                filled = {
                    name: re.sub(r"\{([^{}\":]+)\}", lambda found: shop.noted[found[1]], text)
                    for name, text in sent.items()
                    if text
                }
                shop.signed(getattr(shop, effect.asker), method, path, **filled)

    unjudged = {call: names - judged[call] - UNJUDGED.get(call, set()) for call, names in seen.items()}
    assert {call: names for call, names in unjudged.items() if names} == {}
