"""The same as variables of a shell."""

from __future__ import annotations

from typing import Final

# Clients that look for keys in their environment: nautilus_trader 1.221 does so by these names (seen 2026-11). A real
# venue's key that was there is covered up.
_KEYS: Final = (
    "BINANCE_API_KEY",
    "BINANCE_FUTURES_API_KEY",
    "BINANCE_TESTNET_API_KEY",
    "BINANCE_FUTURES_TESTNET_API_KEY",
)


def environment(url: str, ws_url: str, api_key: str, secret: str) -> dict[str, str]:
    """Names and values."""
    return {
        "SIMEXCHANGE_URL": url,
        "SIMEXCHANGE_WS_URL": ws_url,
        "SIMEXCHANGE_API_KEY": api_key,
        "SIMEXCHANGE_API_SECRET": secret,
    }


def key_names(api_key: str, secret: str) -> dict[str, str]:
    """The same key under the names that clients look for by themselves."""
    return dict.fromkeys(_KEYS, api_key) | {name.replace("_KEY", "_SECRET"): secret for name in _KEYS}
