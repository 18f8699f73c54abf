"""Refusals that every call words alike, and the shape of an answer.

Codes and texts: "Error Codes" of the v5 documentation (bybit-exchange/docs, docs/v5/error.mdx, snapshot 2026-07-24,
seen 2026-11). A refusal is HTTP 200 but for a limit of the address (403) and a key that is none (401, "Authentication
errors" there); the table of rejections is in `v5.errors`.
"""

from typing import Any, Final

import msgspec

from simexchange.core.vocabulary.units import Nanos
from simexchange.dialects.bybit.common.timestamps import millis
from simexchange.dialects.contract import ApiError, Reply

JSON_HEADERS: Final = {"Content-Type": "application/json"}

TIMED_OUT: Final = ApiError(200, 10000, "Server Timeout")
STALE_TIMESTAMP: Final = ApiError(
    200,
    10002,
    "invalid request, please check your server timestamp or recv_window param. "
    "req_timestamp[{stamp}],server_timestamp[{server}],recv_window[{window}]",
)
KEY_INVALID: Final = ApiError(200, 10003, "API key is invalid.")
BAD_SIGNATURE: Final = ApiError(200, 10004, "Error sign, please check your signature generation algorithm.")
PERMISSION_DENIED: Final = ApiError(200, 10005, "Permission denied, please check your API key permissions.")
TOO_MANY_VISITS: Final = ApiError(200, 10006, "Too many visits. Exceeded the API Rate Limit.")
NOT_AUTHENTICATED: Final = ApiError(401, 10007, "User authentication failed.")
IP_FORBIDDEN: Final = ApiError(200, 10010, "Unmatched IP, please check your API key's bound IP addresses.")
SERVER_ERROR: Final = ApiError(200, 10016, "Server error.")
PATH_NOT_FOUND: Final = ApiError(404, 10017, "Route not found.")
IP_RATE_LIMIT: Final = ApiError(403, 10018, "Exceeded the IP Rate Limit.")
NOT_SUPPORTED: Final = ApiError(200, 10032, "Demo trading are not supported.")
INVALID_JSON: Final = ApiError(200, 10001, "Request parameter error: the body is no JSON object.")
BAD_CATEGORY: Final = ApiError(200, 10001, "Illegal category")
BAD_SYMBOL: Final = ApiError(200, 10001, "params error: symbol invalid")
NOT_LOGGED_ON: Final = ApiError(200, 20003, "Not authorised: the connection has to send op auth first.")

# On the private socket; as clients met the first (nautilus_trader, pull request 2101 of 2024-12, seen 2026-11). What is
# said of the second is not published.
NOT_AUTHORISED: Final = ApiError(200, 20003, "Request not authorized")
MIXED_TOPICS: Final = ApiError(200, 10001, "all-in-one and categorised topics cannot be in one request")


def invalid(what: str) -> ApiError:
    """A parameter is missing or has a value that means nothing: 10001, with the name in the text."""
    return ApiError(200, 10001, f"params error: {what}")


def missing(name: str) -> ApiError:
    """A parameter that had to be there was not."""
    return invalid(f"{name} is required")


def answer(value: Any, at: Nanos, ext: Any = None) -> bytes:
    """The envelope around the result of a call: ``retCode`` 0."""
    return _encode(
        {"retCode": 0, "retMsg": "OK", "result": value, "retExtInfo": {} if ext is None else ext, "time": millis(at)}
    )


def error_body(error: ApiError, at: Nanos, result: Any = None, ext: Any = None) -> bytes:
    """The envelope around a refusal; *result*, and *ext* as ``retExtInfo``: what it says besides."""
    said, told = {} if result is None else result, {} if ext is None else ext
    return _encode(
        {"retCode": error.code, "retMsg": error.text, "result": said, "retExtInfo": told, "time": millis(at)}
    )


def error_reply(error: ApiError, at: Nanos, result: Any = None) -> Reply:
    """*error* as an answer."""
    return Reply(error.status, error_body(error, at, result), JSON_HEADERS)


_encode = msgspec.json.Encoder().encode
