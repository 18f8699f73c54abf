"""A client of the kind a bot has: signed requests over HTTP, by the standard library alone."""

from __future__ import annotations

import hashlib
import hmac
import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from simexchange.core.vocabulary.units import MILLISECOND
from simexchange.errors import SimexchangeError
from simexchange.runtime.clock import wall_now


class ClientError(SimexchangeError):
    """The exchange refused a request of the demonstration."""


class Client:
    """Talks Binance's REST to one address, with one key."""

    def __init__(self, url: str, api_key: str, secret: str) -> None:
        self._url = url
        self._api_key = api_key
        self._secret = secret.encode()

    def get(self, path: str, **params: object) -> Any:
        """A public call."""
        query = urllib.parse.urlencode(params)
        return self._send("GET", f"{self._url}{path}?{query}")

    def signed(self, method: str, path: str, **params: object) -> Any:
        """A signed call."""
        query = urllib.parse.urlencode({**params, "timestamp": wall_now() // MILLISECOND})
        signature = hmac.new(self._secret, query.encode(), hashlib.sha256).hexdigest()
        return self._send(method, f"{self._url}{path}?{query}&signature={signature}")

    def _send(self, method: str, url: str) -> Any:
        request = urllib.request.Request(url, method=method, headers={"X-MBX-APIKEY": self._api_key})  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - our own loopback address
                return json.load(answer)
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace")
            msg = f"{method} {urllib.parse.urlsplit(url).path} was refused: {text}"
            raise ClientError(msg) from None
        except (urllib.error.URLError, TimeoutError) as error:
            msg = f"{method} {urllib.parse.urlsplit(url).path} got no answer: {error}"
            raise ClientError(msg) from None
