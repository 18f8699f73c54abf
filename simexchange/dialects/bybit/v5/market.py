"""Market data that anybody may ask for."""

from simexchange.core.vocabulary.units import SECOND
from simexchange.dialects.bybit.v5 import responses
from simexchange.dialects.contract import Call, Reply


def server_time(call: Call) -> Reply:
    """``GET /v5/market/time``."""
    return responses.ok(call, {"timeSecond": str(call.now // SECOND), "timeNano": str(call.now)})
