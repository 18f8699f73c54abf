"""What is signed: ``timestamp + api key + recv_window + (raw query | raw body)``; on sockets ``GET/realtime{expires}``.

("Authentication", docs/v5/guide.mdx, and "WebSocket Connect", docs/v5/ws/connect.mdx; snapshot 2026-07-24, seen
2026-11.)
An HMAC-SHA256 is hexadecimal, an RSA-SHA256 signature base64. The bytes count as they were sent.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

KEY_HEADER: Final = "x-bapi-api-key"
STAMP_HEADER: Final = "x-bapi-timestamp"
WINDOW_HEADER: Final = "x-bapi-recv-window"
SIGN_HEADER: Final = "x-bapi-sign"


class Signed(NamedTuple):
    """The four headers of a signed request, as sent."""

    api_key: str
    stamp: str
    window: str
    signature: str


def headers_of(headers: Mapping[str, str]) -> Signed:
    """What is in the headers of a request; names in any case."""
    return Signed(
        _text(headers.get(KEY_HEADER, "")),
        _text(headers.get(STAMP_HEADER, "")),
        _text(headers.get(WINDOW_HEADER, "")),
        _text(headers.get(SIGN_HEADER, "")),
    )


def _text(value: str) -> str:
    """Bytes that are no UTF-8 came in as surrogates, which nothing can be reckoned of."""
    return value if value.isascii() else value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def rest_message(signed: Signed, method: str, query: str, body: bytes) -> tuple[bytes, ...]:
    """The bytes a REST client signed, in their parts."""
    head = (signed.stamp + signed.api_key + signed.window).encode()
    return head, query.encode() if method == "GET" else body


def socket_message(expires: str) -> bytes:
    """What a socket client signed."""
    return f"GET/realtime{expires}".encode()
