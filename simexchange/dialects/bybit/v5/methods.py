"""The methods of the private socket and of the trade socket."""

from typing import Final

from simexchange.dialects.bybit.common import logon
from simexchange.dialects.bybit.common.limits import METHOD_PATHS, rate_of
from simexchange.dialects.bybit.common.params import Param, checker
from simexchange.dialects.bybit.v5 import amending, orderparams as asked, trading
from simexchange.dialects.bybit.v5.userstream import TOPICS
from simexchange.dialects.contract import Auth, Check, Handler, Method


def _order(name: str, handler: Handler, *params: Param, then: Check | None = None) -> Method:
    """An order's method: the handler, the parameters and the limit of the call by REST."""
    check = checker(*params, then=then)
    return Method(name, handler, Auth.SIGNED, 0, check=check, rate=rate_of(METHOD_PATHS[name]))


PRIVATE_METHODS: Final = logon.methods(TOPICS)
TRADE_METHODS: Final = (
    *logon.methods(),
    _order("order.create", trading.create, then=asked.CREATE),
    _order("order.amend", amending.amend, then=asked.AMEND),
    _order("order.amend-batch", amending.amend_batch, *asked.BATCH),
    _order("order.cancel", trading.cancel, then=asked.CANCEL),
    _order("order.create-batch", trading.create_batch, *asked.BATCH),
    _order("order.cancel-batch", trading.cancel_batch, *asked.BATCH),
)
