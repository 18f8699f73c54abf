"""The same as variables of a shell."""

from __future__ import annotations


def environment(url: str, ws_url: str, api_key: str, secret: str) -> dict[str, str]:
    """Names and values."""
    return {
        "SIMEXCHANGE_URL": url,
        "SIMEXCHANGE_WS_URL": ws_url,
        "SIMEXCHANGE_API_KEY": api_key,
        "SIMEXCHANGE_API_SECRET": secret,
    }
