"""The four refusals a client meets first, in plain words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from simexchange.core.vocabulary.units import SECOND

if TYPE_CHECKING:
    from simexchange.gateway.refused import RefusedCall

AHEAD: Final = 1_000
"""Milliseconds that a client's clock must be less ahead than (spot, "Timing security")."""
SHOWN: Final = 400
"""Characters of a base string that are shown; the part where two of them differ is."""


def shown_key(api_key: str) -> str:
    """Enough of a key to know it by."""
    return f"{api_key[:6]}…" if len(api_key) > 8 else api_key


def explain_time(client: int, exchange: int, window: int, shift: int = 0, code: int = -1021) -> str:
    """The time: *client* and *exchange* are what the two clocks said, in ms; *shift* is what the settings took off."""
    apart = abs(client - exchange) / (SECOND // 1_000_000)
    where = "behind" if client < exchange else "ahead of"
    text = (
        f"{code}: the client's clock is {apart:.1f} s {where} the exchange's. It stamped {_iso(client)}, the exchange "
        f"had {_iso(exchange)}; a request may be {window} ms old and less than {AHEAD} ms ahead. "
    )
    if shift:
        return (
            text + f"The settings take {shift} ms off the client's own clock (options.timeDifference): leave that out."
        )
    return text + "Set the clock of the client's machine, or let the client ask the exchange for its time."


def explain_signature(signed: str, call: RefusedCall | None, code: int = -1022) -> list[str]:
    """The signature: *signed* is what the client signed, as far as it is known; *call* what the exchange says of it."""
    expected = "" if call is None else call.expected
    if call is None:
        text = (
            "the signature does not fit: either the secret is not the one of this key, or another string was signed "
            "than was sent. Give --ready-file, and the exchange says what it expected"
        )
    elif call.signed:
        text = f"the client signs another string than it sends: {call.how}"
        signed = call.signed
    elif signed and signed == expected:
        text = (
            "the secret is not the one of this key. Client and exchange have the same string to sign, so that nothing "
            "else can differ"
        )
    else:
        text = "the secret is not the one of this key, or the client signed a string that no known mistake explains"
    return [f"{code}: {text}.", *_strings(signed, expected)]


def explain_shape(api_key: str) -> str:
    """-2014: what is the matter with the text of a key."""
    if not api_key:
        return "-2014: no API key was sent. It belongs into the header X-MBX-APIKEY; the settings name none."
    for place, letter in enumerate(api_key, 1):
        if not (letter.isascii() and letter.isalnum()):
            name = {" ": "a space", "\n": "a line end", "\r": "a line end", "\t": "a tab"}.get(letter, repr(letter))
            return f"-2014: the API key is no key: it has {name} at place {place}; keys are letters and digits only."
    return "-2014: the API key arrived as something that is no key; is it sent in the header X-MBX-APIKEY, and whole?"


def explain_key(api_key: str, call: RefusedCall | None, code: int = -2015) -> str:
    """The key is: Binance has one text for three things, Bybit a code for each."""
    key = shown_key(api_key)
    if call is None:
        return (
            f"{code}: the key {key} is not known here, or may not be used from this address, or may not do this. "
            "Give --ready-file, and the exchange says which."
        )
    reasons = {
        "key_unknown": f"the exchange has no key {key}: keys of another data folder, or of the real venue, are no keys "
        "here (`simexchange keys list` shows those there are)",
        "elsewhere": f"the key {key} is of an account that is at home at another venue, where it opens something: open "
        "an account here (--account NAME@VENUE)",
        "address": f"the key {key} may not be used from {call.address}: it is bound to other addresses",
        "permission": f"the key {key} lacks the permission {call.needed} that {call.method} {call.path} asks for",
    }
    why = "elsewhere" if call.why == "key_unknown" and call.known else call.why
    return f"{code}: {reasons.get(why, 'the key is refused')}."


def explain_call(call: RefusedCall, signed: str = "", shift: int = 0) -> list[str]:
    """What the exchange says of one refused request; *signed* is what is known of the client's side."""
    match call.why:
        case "time" if call.client_time is not None:
            window = int(float(call.window)) if call.window else 5_000
            return [explain_time(call.client_time, call.exchange_time, window, shift, call.code)]
        case "signature":
            return explain_signature(signed, call, call.code)
        case "key_malformed":
            return [explain_shape(call.api_key)]
        case "key_unknown" | "address" | "permission":
            return [explain_key(call.api_key, call, call.code)]
        case _:
            return [f"{call.code}: {call.text}"]


def _strings(signed: str, expected: str) -> list[str]:
    """Both base strings, one under the other, from shortly before they differ where they are long."""
    differ = next((n for n, (a, b) in enumerate(zip(signed, expected, strict=False)) if a != b), 0)
    start = max(0, differ - SHOWN // 2) if max(len(signed), len(expected)) > SHOWN else 0
    cut = "…" if start else ""
    rows = (("client signed", signed or "(not known)"), ("should have signed", expected or "(not known)"))
    return [f"  {name + ':':<20}{cut}{text[start : start + SHOWN]}" for name, text in rows]


def _iso(millis: int) -> str:
    whole, rest = divmod(millis, 1_000)
    return f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"
