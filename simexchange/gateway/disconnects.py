"""Cancel on disconnect: an account that wants it has its orders canceled when nobody listens for it any more.

At once with the last of its private streams, or some seconds after the last stream that watched over them: who is there
again before that keeps them.
"""

import logging

from simexchange.core.vocabulary.commands import CancelAll
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.orders import AccountOption
from simexchange.core.vocabulary.units import SECOND, Nanos
from simexchange.errors import StorageFailed
from simexchange.gateway.countdowns import Countdowns
from simexchange.runtime.exchange import Exchange

_logger = logging.getLogger(__name__)


class Disconnects:
    """Watches for the end of an account's last private stream, of whatever venue and product.

    It counts for each end: the socket is gone, the listen key has run out, the client gave the stream up. That the
    exchange itself goes is no disconnect of a client's: his orders are there when it comes back.
    """

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.countdowns: Countdowns | None = None
        """What cancels after a while; None: nothing does."""
        self.leaving = False
        """Whether the exchange is going."""

    def unheard(self, account: AccountNo) -> None:
        """The last private stream of *account* has ended: cancel everything in every market, where that was asked."""
        options = self._exchange.state.accounts[account].options
        if self.leaving or not options.get(AccountOption.CANCEL_ON_DISCONNECT):
            return
        try:
            self._exchange.submit(CancelAll(account))
        except StorageFailed:
            _logger.warning("account %s is gone, but its orders could not be canceled", account)

    def guarded(self, account: AccountNo, option: AccountOption, on: bool) -> None:
        """A stream that watches over orders of *account* is heard by somebody, or by nobody any more."""
        seconds = self._exchange.state.accounts[account].options.get(option, 0)
        if self.leaving or self.countdowns is None or not seconds or self._exchange.read_only:
            return
        derivative = option is AccountOption.DISCONNECT_DERIVATIVES
        for market in self._exchange.state.markets.values():
            if market.derivative is derivative:
                self.countdowns.set(account, market.no, Nanos(0 if on else seconds * SECOND), gone=True)
