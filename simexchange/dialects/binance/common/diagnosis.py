"""What was wrong with a signed request that was refused: which string it should have signed, and which one it did.

A signature says nothing of what was signed. But the usual mistakes are few: each of them is tried, and where one of
those strings has the signature that was sent, that is what the client signed. Where none has, it had another secret.
"""

from collections.abc import Iterator
from typing import Final
from urllib.parse import parse_qsl, quote, unquote_plus, urlencode

from simexchange.dialects.binance.common import errors
from simexchange.dialects.binance.common.params import read_params
from simexchange.dialects.binance.common.signing import Verifier, rest_message, without_signature
from simexchange.dialects.contract import ApiError, Diagnosis, FindKey, Incoming, Key, Permission

KEY_HEADER: Final = "x-mbx-apikey"

LONGEST: Final = 4_000
"""Characters of a string that are kept."""
SIGNING: Final = ("timestamp", "recvWindow", "signature")
"""Parameters that every signed request has."""
STAMP: Final = 20
"""Digits of the longest timestamp."""
_WHYS: Final = {
    errors.STALE_TIMESTAMP.code: "time",
    errors.BAD_SIGNATURE.code: "signature",
    errors.KEY_MALFORMED.code: "key_malformed",
}


def diagnose(
    verifier: Verifier, incoming: Incoming, error: ApiError, find_key: FindKey, needed: Permission
) -> Diagnosis:
    """What *error* was given for. *needed* is what the call asks of a key; *find_key* knows every key whole."""
    api_key = incoming.headers.get(KEY_HEADER, "")
    params = read_params(incoming.query, incoming.body)
    sent = {} if isinstance(params, ApiError) else params
    key = find_key(api_key) if api_key else None
    expected, signed, how = _signed(verifier, incoming, sent.get("signature", ""), key)
    stamp = sent.get("timestamp", "")
    return Diagnosis(
        why=_why(error, key, needed),
        api_key=api_key,
        needed=needed.value,
        timestamp=int(stamp) if stamp.isascii() and stamp.isdecimal() and len(stamp) <= STAMP else None,
        window=sent.get("recvWindow"),
        expected=expected[:LONGEST],
        signed=signed[:LONGEST],
        how=how,
    )


def _why(error: ApiError, key: Key | None, needed: Permission) -> str:
    if error.code != errors.KEY_REFUSED.code:
        return _WHYS.get(error.code, "other" if _of_signing(error) else "")
    if key is None:
        return "key_unknown"
    return "address" if needed in key.permissions else "permission"


def _of_signing(error: ApiError) -> bool:
    """Whether it is about a parameter that every signed request has, and not about what this one asked."""
    return any(name in error.text for name in SIGNING)


def _signed(verifier: Verifier, incoming: Incoming, signature: str, key: Key | None) -> tuple[str, str, str]:
    """Which string belongs to *incoming*; which one was signed instead, and what is the matter with it."""
    query, body = (part.decode("utf-8", "replace") for part in rest_message(incoming.query, incoming.body))
    expected = query + body
    if key is not None and signature:
        for how, text in _spellings(incoming, query, body):
            if text != expected and verifier.verify(key, signature, text.encode()):
                return expected, text, how
    return expected, "", ""


def _spellings(incoming: Incoming, query: str, body: str) -> Iterator[tuple[str, str]]:
    """What clients were seen to sign instead, and what is the matter with it."""
    whole = query + body
    pairs = parse_qsl(query, keep_blank_values=True) + parse_qsl(body, keep_blank_values=True)
    if body and query:
        yield "query and body are joined by &; they follow each other without", f"{query}&{body}"
        yield "the body is signed before the query; it comes after it", body + query
        yield "the body is signed before the query; it comes after it", f"{body}&{query}"
        yield "only the query is signed; the body belongs to it", query
        yield "only the body is signed; the query belongs to it", body
    yield "the values are signed as they read, but sent in percent signs", unquote_plus(whole)
    yield "the values are signed in percent signs, but sent without", quote(whole, safe="=&")
    yield "the values are signed in percent signs, but sent without", urlencode(pairs)
    yield "the parameters are signed sorted by name, but sent in another order", "&".join(sorted(whole.split("&")))
    yield "the parameters are signed sorted by name, but sent in another order", urlencode(sorted(pairs))
    yield "the question mark is signed as well", f"?{whole}"
    yield "the path is signed as well", f"{incoming.path}?{whole}"
    yield "the path is signed as well", incoming.path + whole
    yield "method and path are signed as well", f"{incoming.method}{incoming.path}?{whole}"
    rest = urlencode([(name, value) for name, value in pairs if name != "timestamp"])
    yield "timestamp is sent, but not signed", rest
    yield "signature is signed as well", incoming.query + incoming.body.decode("utf-8", "replace")
    yield "an empty signature is signed as well", f"{whole}&signature="
    yield "the surrounding quotation marks are signed as well", f'"{whole}"'
    yield "a trailing & is signed as well", f"{without_signature(whole)}&"
