"""Private streams on request: the retired listen keys that older clients still use, and the WebSocket API's own."""

from typing import Final

from simexchange.dialects.binance.common.errors import KEY_REFUSED
from simexchange.dialects.binance.common.logon import session_of
from simexchange.dialects.binance.common.symbols import SPOT
from simexchange.dialects.binance.spot import errors, responses
from simexchange.dialects.binance.spot.calls import account_of, failure
from simexchange.dialects.contract import Call, ListenKeys, Permission, Reply

GONE: Final = b"""<html>\r
<head><title>410 Gone</title></head>\r
<body>\r
<center><h1>410 Gone</h1></center>\r
<hr><center>nginx</center>\r
</body>\r
</html>\r
"""
# The venue took listen keys of spot out of service on 2026-02-20; clients of before still begin with them.


def _listen_keys(call: Call) -> ListenKeys:
    assert call.listen_keys is not None, "a listen key call without a table"  # noqa: S101 - a bug, never input
    return call.listen_keys


def open_listen_key(call: Call) -> Reply:
    return responses.reply({"listenKey": _listen_keys(call).open(account_of(call), SPOT)})


def renew_listen_key(call: Call) -> Reply:
    if _listen_keys(call).renew(account_of(call), SPOT) != call.params["listenKey"]:
        return failure(errors.NO_SUCH_LISTEN_KEY)
    return responses.reply({})


def close_listen_key(call: Call) -> Reply:
    keys, account = _listen_keys(call), account_of(call)
    if keys.renew(account, SPOT) != call.params["listenKey"] or not keys.close(account, SPOT):
        return failure(errors.NO_SUCH_LISTEN_KEY)
    return responses.reply({})


def gone(call: Call) -> Reply:
    """What the venue's front gate says where listen keys were had (recorded 2026-02, unicorn issue 399)."""
    return Reply(410, GONE, {"Content-Type": "text/html"})


def subscribe(call: Call) -> Reply:
    """Private events of the account that signed, on this connection, from after the reply."""
    number = session_of(call).subscribe(account_of(call))
    if number is None:
        return failure(errors.SUBSCRIPTION_ACTIVE)
    return responses.reply({"subscriptionId": number})


def unsubscribe(call: Call) -> Reply:
    """End one subscription; without an id all of them, of which there may be none."""
    number = call.params.get("subscriptionId")
    ended = session_of(call).unsubscribe(int(number) if number else None)
    return responses.reply({}) if ended or not number else failure(errors.SUBSCRIPTION_INACTIVE)


def subscriptions(call: Call) -> Reply:
    return responses.reply([{"subscriptionId": number} for number in session_of(call).subscriptions()])


def subscribe_logged_on(call: Call) -> Reply:
    """Private events of the account whose key logged on, until it logs out."""
    session = session_of(call)
    if session.key is None:
        return failure(errors.NEEDS_LOGON)
    if Permission.READING not in session.key.permissions:
        return failure(KEY_REFUSED)
    number = session.subscribe(session.key.account, logged_on=True)
    if number is None:
        return failure(errors.SUBSCRIPTION_ACTIVE)
    return responses.reply({"subscriptionId": number})
