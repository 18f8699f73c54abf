"""Listen keys: how futures clients ask for their private stream."""

from simexchange.dialects.binance.usdm import errors, responses
from simexchange.dialects.binance.usdm.trading import account_of
from simexchange.dialects.contract import Call, ListenKeys, Reply


def _keys(call: Call) -> ListenKeys:
    assert call.listen_keys is not None, "the gateway gives its table to every call"  # noqa: S101 - contract
    return call.listen_keys


def open_listen_key(call: Call) -> Reply:
    return responses.ok({"listenKey": _keys(call).open(account_of(call), call.product)})


def renew_listen_key(call: Call) -> Reply:
    key = _keys(call).renew(account_of(call), call.product)
    return responses.refused(errors.NO_SUCH_LISTEN_KEY) if key is None else responses.ok({"listenKey": key})


def close_listen_key(call: Call) -> Reply:
    closed = _keys(call).close(account_of(call), call.product)
    return responses.ok({}) if closed else responses.refused(errors.NO_SUCH_LISTEN_KEY)
