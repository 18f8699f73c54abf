"""The methods of the private socket and of the trade socket."""

from typing import Final

from simexchange.dialects.bybit.common import logon
from simexchange.dialects.bybit.v5.userstream import TOPICS

PRIVATE_METHODS: Final = logon.methods(TOPICS)
TRADE_METHODS: Final = (*logon.methods(),)
