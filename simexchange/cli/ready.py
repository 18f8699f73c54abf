"""What a served exchange writes down for whoever waits for it: the ready file."""

from typing import Final

import msgspec


class ReadyAccount(msgspec.Struct, frozen=True):
    """One key of one account."""

    name: str
    api_key: str
    api_secret: str
    """Empty where the owner of an RSA or Ed25519 key has it."""
    venue: str = ""
    """Where the account is at home: only there its keys open anything."""


class ReadyVenue(msgspec.Struct, frozen=True):
    """Where one venue is reached: what comes before its own paths."""

    url: str
    ws_url: str
    tls_url: str = ""
    """Empty where no TLS is served."""
    tls_ws_url: str = ""


class Ready(msgspec.Struct, frozen=True):
    """The ready file. Members are added, never renamed."""

    url: str
    ws_url: str
    control_token: str
    pid: int
    log: str
    accounts: list[ReadyAccount]
    tls_url: str = ""
    tls_ws_url: str = ""
    proxy_url: str = ""
    ca_file: str = ""
    venues: dict[str, ReadyVenue] = {}
    """By name, in the order they were asked for."""


NOT_READY: Final = Ready("", "", "", 0, "", [])
"""Before clients may come."""
