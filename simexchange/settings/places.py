"""Where a served exchange is, and with which key: what every client's settings are made of."""

from __future__ import annotations

from typing import Final

import msgspec

EXACT: Final = "https://"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """One exchange as one account of it sees it. Addresses are ``scheme://host:port``."""

    url: str
    ws_url: str
    api_key: str = "YOUR_KEY"
    secret: str = "YOUR_SECRET"  # noqa: S105 - a place to be filled in
    proxy_url: str = ""
    """Empty where there is no proxy."""
    ca_file: str = ""
    """What a client must trust where *url* is ``https``."""

    @property
    def secure(self) -> bool:
        return self.url.startswith(EXACT)


def spelt(url: str, name: str) -> str:
    """*url* with *name* in front of its host, as a user name.

    ccxt picks the table of its error classes by how an address begins, and knows ``https://demo-fapi``. What stands
    before an ``@`` is no part of the host, so that the address leads where it led. Plain ``http`` has no such beginning
    and stays as it is.

    >>> spelt("https://127.0.0.1:8443", "demo-fapi")
    'https://demo-fapi@127.0.0.1:8443'
    """
    return url.replace(EXACT, f"{EXACT}{name}@", 1) if name else url


def under_prefix(url: str, venue: str) -> str:
    """*url* as the base of *venue*'s own paths, where it is not that already.

    A port that is the venue's alone takes its paths with the prefix, too, so that any address of an exchange will do.

    >>> under_prefix("http://127.0.0.1:8420", "bybit"), under_prefix("http://127.0.0.1:8420/bybit/", "bybit")
    ('http://127.0.0.1:8420/bybit', 'http://127.0.0.1:8420/bybit')
    """
    base = url.rstrip("/")
    return base if base.endswith(f"/{venue}") else f"{base}/{venue}"
