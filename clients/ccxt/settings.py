"""All that an unmodified ccxt has to be told: addresses, and a key. The same as `simexchange snippet ccxt` prints."""

import json
from pathlib import Path
from typing import Any

VENUES = ("binance", "binanceusdm", "binancecoinm")
"""ccxt's classes of the three products."""


def settings(url: str, ws_url: str, api_key: str, secret: str) -> dict[str, Any]:
    """What the constructor of any of the classes is given; addresses.json has the paths, for JavaScript as well."""
    paths = json.loads((Path(__file__).parent / "addresses.json").read_text())
    api: dict[str, Any] = {name: url + path for name, path in paths["rest"].items()}
    api["ws"] = {name: ws_url + path for name, path in paths["streams"].items()}
    api["ws"]["ws-api"] = {name: ws_url + path for name, path in paths["ws-api"].items()}
    # ccxt can be switched to a sandbox and a demo of the venue: they are here too.
    tables = {"api": api, "test": api, "demo": api}
    return {"apiKey": api_key, "secret": secret, "urls": tables, "enableRateLimit": False}
