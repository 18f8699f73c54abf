"""All that an unmodified freqtrade has to be told: where the exchange is, as one more file of its configuration.

`simexchange urls freqtrade --ready-file ready.json > exchange.json` prints the same; freqtrade merges what several
`--config` name.
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from simexchange.settings.clients import freqtrade_settings
from simexchange.settings.places import Place

PRESET = Path(__file__).resolve().parent.parent.parent / "simexchange" / "presets" / "binance.toml"
ASSETS = ("BTC", "ETH")
"""What is traded against USDT where nothing else is said."""
PATIENCE = {
    "timeout": 600_000,
    "options": {"recvWindow": 60_000, "ws": {"connectionTimeout": 600_000}},
}
"""Milliseconds of its own clock: ccxt's ten seconds for an answer, for a request's way and for a stream to open are a
sixth of a second at 60x."""


def traded(assets: Sequence[str]) -> dict[str, list[str]]:
    """Product → its pairs, in freqtrade's spelling."""
    return {"spot": [f"{name}/USDT" for name in assets], "futures": [f"{name}/USDT:USDT" for name in assets]}


def markets(folder: Path, assets: Sequence[str]) -> Path:
    """A market file with what is traded here, out of the shipped one: so much less has to happen in a second."""
    names = [f"{kind}:{name}-USDT" for kind in ("spot", "perp") for name in assets]
    parts = re.split(r'(?m)^(?=\[market\."[^"]+"\]$)', PRESET.read_text())
    wanted = [part for part in parts if any(part.startswith(f'[market."{name}"]') for name in names)]
    path = folder / "markets.toml"
    path.write_text("\n".join(wanted))
    return path


def where(ready: dict[str, Any], account: str, *, exact: bool = True) -> dict[str, Any]:
    """The exchange's part of the configuration: addresses and the key of *account*.

    *exact*: by TLS, where the addresses are spelt so that ccxt, and so freqtrade, sees the errors it sees at the venue.
    """
    row = next(row for row in ready["accounts"] if row["name"] == account)
    secure = exact and bool(ready.get("tls_url"))
    place = Place(
        url=ready["tls_url" if secure else "url"],
        ws_url=ready["tls_ws_url" if secure else "ws_url"],
        api_key=row["api_key"],
        secret=row["api_secret"],
        ca_file=ready["ca_file"] if secure else "",
    )
    settings = freqtrade_settings(place)
    settings["exchange"]["ccxt_config"] |= PATIENCE
    return settings


def control(port: int, password: str) -> dict[str, Any]:
    """Freqtrade's own REST interface: by it a session watches a bot, and sends it home."""
    return {
        "api_server": {
            "enabled": True,
            "listen_ip_address": "127.0.0.1",
            "listen_port": port,
            "verbosity": "error",
            "username": "session",
            "password": password,
            "jwt_secret_key": password * 2,
            "ws_token": password,
        }
    }


def write(path: Path, settings: dict[str, Any]) -> Path:
    """One file for `--config`; for nobody else's eyes, as there is a key in it."""
    path.write_text(json.dumps(settings, indent=4), encoding="utf-8")
    path.chmod(0o600)
    return path
