"""Requests that nobody would think of, drawn from those that are good: bytes of query and body, and headers.

One number makes one request, so a failure is named by it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Final, NamedTuple
from urllib.parse import quote, quote_from_bytes

from simexchange.dialects.contract import Auth, Route
from tests.dialects.binance.effects.effect import Effect, Row, known
from tests.dialects.binance.effects.shop import Shop
from tests.dialects.binance.spot.bench import sign

NONSENSE: Final = (
    "", "0", "-1", "-0", "1e9", "NaN", "Infinity", "0x10", "9" * 19, "9" * 20, "9" * 400, "0.000000001", "00.1", ".5",
    "1.", " 1", "1 ", "+1", "٣", "ä", "💰", "null", "true", "[]", "{}", "[1]", '["BTCUSDT"]', '[{"symbol":1}]', "[[[[",
    "'; --", "../..", "%", "%zz", "\x00", "a" * 3000, "BTCUSDT", "btcusdt", "ETHUSDT", "BUY", "SELL", "LIMIT", "MARKET",
    "GTC", "1", "2", "100", "60000", "undefined", "١.٥",
)  # fmt: skip
STRANGE: Final = (
    "foo",
    "symbol ",
    "Symbol",
    "timestamp",
    "signature",
    "recvWindow",
    "apiKey",
    "",
    "[]",
    "price[]",
    "ä",
)
POSITIVE: Final = frozenset({100001002})
"""Codes of refusals that are no negative number: those of sub-accounts' calls."""
WINDOWS: Final = ("5000", "0", "60000", "60001", "-1", "0.5", "x", "1e3", "5000.1234")


class Request(NamedTuple):
    """One request as it goes over the wire, without the host."""

    method: str
    path: str
    query: str
    body: bytes
    headers: dict[str, str]


class Pool(NamedTuple):
    """What requests are made of: the routes, what each is asked with when it is good, and all good values by name."""

    routes: Sequence[Route]
    good: dict[str, list[dict[str, str]]]
    values: dict[str, list[str]]


def pool(shop: Shop, rows: dict[str, Row], effects: Sequence[Effect]) -> Pool:
    """From the tables of effects, their places filled in from the day's notes."""
    good: dict[str, list[dict[str, str]]] = {}
    values: dict[str, list[str]] = {}
    for effect in effects:
        for value in effect.values:
            asked = {**effect.base, effect.param: value}
            filled = {name: _filled(shop, text) for name, text in asked.items() if text}
            good.setdefault(effect.call, []).append(filled)
            for name, text in filled.items():
                values.setdefault(name, []).append(text)
    return Pool(shop.product.routes, good, values)


def _filled(shop: Shop, text: str) -> str:
    return re.sub(r"\{([^{}\":]+)\}", lambda found: shop.noted[found[1]], text)


def request(source: Pool, number: int, now_ms: int, key: str, signer: Callable[[str], str] = sign) -> Request:
    """The request of *number*, signed for *now_ms* as often as not wrongly."""
    chance = Random(number)
    route = chance.choice(source.routes)
    call = f"{route.method} {route.path}"
    asked = dict(chance.choice(source.good.get(call) or [{}]))
    for _ in range(chance.choice((0, 1, 1, 2, 3, 6))):
        _spoil(asked, source, known(route.check).keys(), chance)
    method = (
        route.method if chance.random() < 0.97 else chance.choice(("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"))
    )
    path = route.path if chance.random() < 0.97 else route.path + chance.choice(("/", "/x", "%2e", "//"))
    pairs = [f"{_quoted(name, chance)}={_quoted(value, chance)}" for name, value in asked.items()]
    if chance.random() < 0.03 and pairs:
        pairs.append(chance.choice(pairs))
    if route.auth is Auth.SIGNED:
        moved = chance.choice((0, 0, 0, 0, 0, 0, 0, 0, -6_000, 2_000, 10**15))
        pairs.append(f"timestamp={now_ms + moved}")
        if chance.random() < 0.1:
            pairs.append(f"recvWindow={chance.choice(WINDOWS)}")
    cut = len(pairs) if method == "GET" or chance.random() < 0.4 else chance.randrange(len(pairs) + 1)
    query, body = "&".join(pairs[:cut]), "&".join(pairs[cut:])
    headers = {} if route.auth is Auth.NONE else {"x-mbx-apikey": key if chance.random() < 0.96 else "k" * 64}
    if route.auth is Auth.SIGNED:
        signature = signer(query + body) if chance.random() < 0.95 else "0" * 64
        tail = f"&signature={signature}"
        query, body = (query, body + tail) if body else ((query + tail).lstrip("&"), body)
    if chance.random() < 0.02:
        body += chance.choice(('{"a":', "\x00\xff", "{}", "[" * 500))
    if body and chance.random() < 0.3:
        headers["content-type"] = chance.choice(("application/json", "application/x-www-form-urlencoded", "text/html"))
    return Request(method, path, query, body.encode("utf-8", "surrogatepass"), headers)


def _spoil(asked: dict[str, str], source: Pool, names: Sequence[str] | object, chance: Random) -> None:
    """Leave a parameter out, give it a value of another one or nonsense, or send one that nobody knows."""
    act = chance.random()
    if act < 0.25 and asked:
        del asked[chance.choice(list(asked))]
    elif act < 0.55 and asked:
        name = chance.choice(list(asked))
        asked[name] = chance.choice(source.values.get(name) or NONSENSE)
    elif act < 0.85:
        name = chance.choice([*asked, *source.values])
        asked[name] = chance.choice(NONSENSE)
    else:
        asked[chance.choice(STRANGE)] = chance.choice(NONSENSE)


def _quoted(text: str, chance: Random) -> str:
    """Percent-encoded, as it should be, and sometimes as it should not."""
    if chance.random() < 0.02:
        return text.replace("&", "").replace("#", "").replace("\x00", "").replace(" ", "+")
    if chance.random() < 0.02:
        return quote_from_bytes(bytes(chance.randrange(256) for _ in range(4)))
    return quote(text, safe="")
