"""Cancel on disconnect: an account that wants it has its orders canceled when nobody listens for it any more."""

import logging

from simexchange.core.vocabulary.commands import CancelAll
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.orders import AccountOption
from simexchange.errors import StorageFailed
from simexchange.runtime.exchange import Exchange

_logger = logging.getLogger(__name__)


class Disconnects:
    """Watches for the end of an account's last private stream, of whatever venue and product.

    It counts for each end: the socket is gone, the listen key has run out, the client gave the stream up. That the
    exchange itself goes is no disconnect of a client's: his orders are there when it comes back.
    """

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
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
