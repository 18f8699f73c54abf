"""What calls are answered with: the envelope, and rows that several calls show."""

from typing import Any, Final

import msgspec

from simexchange.dialects.bybit.common.errors import JSON_HEADERS, answer, error_body, error_reply
from simexchange.dialects.contract import ApiError, Call, Reply

Json = dict[str, Any]

encode: Final = msgspec.json.Encoder().encode


def ok(call: Call, result: Any, ext: Any = None) -> Reply:
    """*result* in its envelope; *ext*: ``retExtInfo``."""
    return Reply(200, answer(result, call.now, ext), JSON_HEADERS)


def bare(result: Any, **more: Any) -> Reply:
    """*result* and *more* without the rest of the envelope, as one call of the venue has it."""
    return Reply(200, msgspec.json.encode({"retCode": 0, "retMsg": "SUCCESS", **more, "result": result}), JSON_HEADERS)


def placed(call: Call, result: Any, orders: int, ext: Any = None) -> Reply:
    """The same of a call that counts as so many new orders."""
    return Reply(200, answer(result, call.now, ext), JSON_HEADERS, orders)


def refused_with(call: Call, error: ApiError, ext: Any) -> Reply:
    """*error* in its envelope, with ``retExtInfo``."""
    return Reply(error.status, error_body(error, call.now, ext=ext), JSON_HEADERS)


def refused(call: Call, error: ApiError, result: Any = None) -> Reply:
    """*error* in its envelope; *result*: what it says besides."""
    return error_reply(error, call.now, result)
