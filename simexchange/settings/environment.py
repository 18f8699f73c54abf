"""The same as variables of a shell."""

from __future__ import annotations

from typing import Final

# Clients that look for keys in their environment: nautilus_trader 1.221 does so by these names (seen 2026-11). A real
# venue's key that was there is covered up.
_KEYS: Final = {
    "binance": (
        "BINANCE_API_KEY",
        "BINANCE_FUTURES_API_KEY",
        "BINANCE_TESTNET_API_KEY",
        "BINANCE_FUTURES_TESTNET_API_KEY",
    ),
    "bybit": ("BYBIT_API_KEY", "BYBIT_TESTNET_API_KEY", "BYBIT_DEMO_API_KEY"),
}


def environment(url: str, ws_url: str, api_key: str, secret: str) -> dict[str, str]:
    """Names and values."""
    return {
        "SIMEXCHANGE_URL": url,
        "SIMEXCHANGE_WS_URL": ws_url,
        "SIMEXCHANGE_API_KEY": api_key,
        "SIMEXCHANGE_API_SECRET": secret,
    }


def key_names(api_key: str, secret: str, venue: str = "binance") -> dict[str, str]:
    """The same key under the names that clients of *venue* look for by themselves."""
    names = _KEYS.get(venue, ())
    return dict.fromkeys(names, api_key) | {name.replace("_KEY", "_SECRET"): secret for name in names}


def venue_names(venue: str, url: str, ws_url: str) -> dict[str, str]:
    """Where *venue*'s own paths begin, as variables."""
    return {f"SIMEXCHANGE_{venue.upper()}_URL": url, f"SIMEXCHANGE_{venue.upper()}_WS_URL": ws_url}
