"""Disconnect protection: orders are canceled when their owner's private connections have been gone for a while.

"Set DCP" and the topic "Dcp" (docs/v5/order/dcp.mdx, websocket/private/dcp.mdx, snapshot 2026-07-24, seen 2026-11):
timing begins when the last connection that subscribed a ``dcp`` topic is gone, in wall time. There are no options here,
so that what is set for them is taken and does nothing.
"""

from typing import TYPE_CHECKING, Any, Final

from simexchange.core.vocabulary.commands import SetAccountOption
from simexchange.core.vocabulary.orders import AccountOption
from simexchange.dialects.bybit.common.params import whole
from simexchange.dialects.bybit.v5 import responses
from simexchange.dialects.bybit.v5.choosing import account_of
from simexchange.dialects.bybit.v5.privatetopic import Topic
from simexchange.dialects.bybit.v5.trading import Work
from simexchange.dialects.contract import Call

if TYPE_CHECKING:
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.ids import AccountNo

PRODUCTS: Final = {
    "SPOT": AccountOption.DISCONNECT_SPOT,
    "DERIVATIVES": AccountOption.DISCONNECT_DERIVATIVES,
}
TOPICS: Final = {"dcp.spot": AccountOption.DISCONNECT_SPOT, "dcp.future": AccountOption.DISCONNECT_DERIVATIVES}


class Watching(Topic):
    """The topic that says nothing, and watches. Implements `Guarding`."""

    def __init__(self, account: "AccountNo", topic: str, category: str = "") -> None:
        super().__init__(account, topic, category)
        self.guards = TOPICS[topic]


def set_window(call: Call) -> Work:
    """``POST /v5/order/disconnected-cancel-all``."""
    option = PRODUCTS.get(call.params.get("product") or "OPTIONS")
    if option is not None:
        # What it is already is no mistake.
        yield SetAccountOption(account_of(call), option, whole(call.params, "timeWindow", 10))
    return responses.ok(call, {})


def windows(state: "ExchangeState", account: "AccountNo") -> list[dict[str, Any]]:
    """What was set, a row for each product: ``dcpInfos``."""
    options = state.accounts[account].options
    return [
        {"product": product, "dcpStatus": "ON", "timeWindow": str(options[option])}
        for product, option in PRODUCTS.items()
        if options.get(option)
    ]
