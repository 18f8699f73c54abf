"""Refusals that every Binance product words alike, and the shape of an error.

Codes and texts: "Error codes for Binance" of the spot documentation (binance/binance-spot-api-docs, 2026-07-21).
What differs per product, the table of rejections above all, is in that product's own `errors.py`.
"""

from typing import Final

import msgspec

from simexchange.dialects.contract import ApiError, Reply

JSON_HEADERS: Final = {"Content-Type": "application/json;charset=UTF-8"}

UNKNOWN: Final = ApiError(400, -1000, "An unknown error occurred while processing the request.")
NOT_SUPPORTED: Final = ApiError(400, -1020, "This operation is not supported.")
STALE_TIMESTAMP: Final = ApiError(400, -1021, "Timestamp for this request is outside of the recvWindow.")
STALE_AT_ENGINE: Final = ApiError(400, -5028, "Timestamp for this request is outside of the ME recvWindow.")
EARLY_TIMESTAMP: Final = ApiError(400, -1021, "Timestamp for this request was 1000ms ahead of the server's time.")
BAD_SIGNATURE: Final = ApiError(400, -1022, "Signature for this request is not valid.")
DUPLICATE_PARAMETER: Final = ApiError(400, -1101, "Duplicate values for a parameter detected.")
RECV_WINDOW_TOO_LONG: Final = ApiError(400, -1131, "recvWindow must be less than 60000.")
BAD_TIME_UNIT: Final = ApiError(400, -1194, "Invalid value for time unit; expected either MICROSECOND or MILLISECOND.")
KEY_MALFORMED: Final = ApiError(401, -2014, "API-key format invalid.")
KEY_REFUSED: Final = ApiError(401, -2015, "Invalid API-key, IP, or permissions for action.")
INVALID_JSON: Final = ApiError(400, -1135, "Invalid JSON Request")


def mandatory(name: str) -> ApiError:
    """A parameter that had to be there was not, was empty, or could not be read."""
    return ApiError(400, -1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


def either(first: str, second: str) -> ApiError:
    """One of two parameters had to be there."""
    return ApiError(400, -1102, f"Param '{first}' or '{second}' must be sent, but both were empty/null!")


def illegal_characters(name: str, legal: str) -> ApiError:
    """A parameter has characters that its kind does not have; *legal* is the pattern the venue shows."""
    return ApiError(400, -1100, f"Illegal characters found in parameter '{name}'; legal range is '{legal}'.")


def empty(name: str) -> ApiError:
    """An optional parameter was sent without a value."""
    return ApiError(400, -1105, f"Parameter '{name}' was empty.")


def not_required(name: str) -> ApiError:
    """A parameter was sent that does not belong to the rest."""
    return ApiError(400, -1106, f"Parameter '{name}' sent when not required.")


def overflowed(name: str) -> ApiError:
    """A number is greater than the venue can hold."""
    return ApiError(400, -1108, f"Parameter '{name}' overflowed.")


def too_precise(name: str) -> ApiError:
    """A number has more decimals than the asset (spot's text; futures have their own)."""
    return ApiError(400, -1111, f"Parameter '{name}' has too much precision.")


def invalid(name: str) -> ApiError:
    """A parameter has a value that means nothing."""
    return ApiError(400, -1130, f"Data sent for parameter '{name}' is not valid.")


def too_many(expected: int, received: int) -> ApiError:
    """A public call had parameters it does not know."""
    return ApiError(400, -1101, f"Too many parameters; expected '{expected}' and received '{received}'.")


def unread(read: int, sent: int) -> ApiError:
    """A signed call had parameters it does not know."""
    return ApiError(400, -1104, f"Not all sent parameters were read; read '{read}' parameter(s) but was sent '{sent}'.")


def unknown_method(name: str) -> ApiError:
    """The WebSocket API has no such method. The venue's own text is not documented; the code is."""
    return ApiError(400, -1020, f"This operation is not supported: unknown method '{name[:64]}'.")


def error_body(error: ApiError) -> dict[str, object]:
    """*error* in the shape every product uses."""
    return {"code": error.code, "msg": error.text}


def error_reply(error: ApiError) -> Reply:
    """*error* as an answer."""
    return Reply(error.status, msgspec.json.encode(error_body(error)), JSON_HEADERS)
