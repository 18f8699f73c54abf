"""What was wrong with a signed request that was refused: which string it should have signed, and which one it did.

The usual mistakes are few: each of them is tried, and where one of those strings has the signature that was sent, that
is what the client signed. Where none has, it had another secret.
"""

from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote_plus

from simexchange.dialects.bybit.common import errors
from simexchange.dialects.bybit.common.signing import Signed, headers_of, rest_message
from simexchange.dialects.contract import ApiError, Diagnosis, FindKey, Incoming, Permission
from simexchange.dialects.verifying import Verifier

LONGEST: Final = 4_000
"""Characters of a string that are kept."""
STAMP: Final = 20
"""Digits of the longest timestamp."""
_WHYS: Final = {
    errors.STALE_TIMESTAMP.code: "time",
    errors.BAD_SIGNATURE.code: "signature",
    errors.KEY_INVALID.code: "key_unknown",
    errors.IP_FORBIDDEN.code: "address",
    errors.PERMISSION_DENIED.code: "permission",
    errors.NOT_AUTHENTICATED.code: "other",
}


def diagnose(
    verifier: Verifier, incoming: Incoming, error: ApiError, find_key: FindKey, needed: Permission
) -> Diagnosis:
    """What *error* was given for. *needed* is what the call asks of a key; *find_key* knows every key whole."""
    sent = headers_of(incoming.headers)
    key = find_key(sent.api_key) if sent.api_key else None
    expected = b"".join(rest_message(sent, incoming.method, incoming.query, incoming.body)).decode("utf-8", "replace")
    signed = how = ""
    if key is not None and sent.signature:
        for mistake, text in _spellings(sent, incoming):
            if text != expected and verifier.verify(key, sent.signature, text.encode()):
                signed, how = text, mistake
                break
    stamp = sent.stamp
    return Diagnosis(
        why=_WHYS.get(error.code, ""),
        api_key=sent.api_key,
        needed=needed.value,
        timestamp=int(stamp) if stamp.isascii() and stamp.isdecimal() and len(stamp) <= STAMP else None,
        window=sent.window or None,
        expected=expected[:LONGEST],
        signed=signed[:LONGEST],
        how=how,
    )


def _spellings(sent: Signed, incoming: Incoming) -> Iterator[tuple[str, str]]:
    """What clients sign instead, and what is the matter with it."""
    head, query, body = sent.stamp + sent.api_key, incoming.query, incoming.body.decode("utf-8", "replace")
    content = query if incoming.method == "GET" else body
    yield "recv_window is not signed", head + content
    yield "recv_window is signed, but not sent", f"{head}5000{content}"
    yield "the question mark is signed as well", f"{head}{sent.window}?{content}"
    yield "the path is signed as well", f"{head}{sent.window}{incoming.path}{content}"
    yield "the values are signed as they read, but sent in percent signs", head + sent.window + unquote_plus(content)
    yield (
        "the parameters are signed sorted by name, but sent in another order",
        (head + sent.window + "&".join(sorted(content.split("&")))),
    )
    yield "the body is signed without its spaces", head + sent.window + content.replace(" ", "")
    yield "query and body are both signed; of a POST only the body is", head + sent.window + query + body
    yield "only the parameters are signed; timestamp, key and recv_window go before them", content
