"""The served exchange as a client's session sees it: where it is, whose keys there are, what the ledger says.

Only Python's own library: a session runs in an environment that has the client and nothing of simexchange.
"""

import json
import os
import time
import urllib.request
from decimal import Decimal
from typing import Any

READY = "SIMEXCHANGE_READY"
"""Environment variable: the file `simexchange serve --ready-file` wrote."""


class Exchange:
    """A running exchange, as its ready file tells."""

    def __init__(self, ready: dict[str, Any]) -> None:
        self.url: str = ready["url"]
        self.ws_url: str = ready["ws_url"]
        self.log: str = ready["log"]
        self._token: str = ready["control_token"]
        self._accounts = {row["name"]: row for row in ready["accounts"]}

    def keys(self, name: str) -> tuple[str, str]:
        """(API key, secret) of an account."""
        row = self._accounts[name]
        return row["api_key"], row["api_secret"]

    def opened(self, name: str, **said: Any) -> tuple[str, str]:
        """Open a further account; its keys, which `keys` knows from now on."""
        self._accounts[name] = self.control("accounts", {"name": name, **said})
        return self.keys(name)

    def key_by(self, name: str, public_key: str) -> str:
        """Give an account a further key by the public half of it, as PEM; the API key it goes by."""
        return str(self.control("keys", {"account": name, "public_key": public_key})["api_key"])

    def control(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """One call of the control API."""
        request = urllib.request.Request(  # noqa: S310 - our own address
            f"{self.url}/sim/v1/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=20) as reply:  # noqa: S310
            return json.load(reply)

    def ledger(self, name: str, wallet: str) -> dict[str, tuple[Decimal, Decimal]]:
        """Asset → (free, held) of an account, without what is empty."""
        (row,) = [row for row in self.control("accounts")["accounts"] if row["name"] == name]
        found = {b["asset"]: (Decimal(b["free"]), Decimal(b["held"])) for b in row["balances"] if b["wallet"] == wallet}
        return {asset: both for asset, both in found.items() if any(both)}

    def settled(self, name: str, wallet: str, asked: Any) -> tuple[Any, Any]:
        """What *asked* answers and what the ledger says of the same moment: nothing moved while both were read."""
        for _ in range(50):
            before = self.ledger(name, wallet)
            answer = asked()
            if self.ledger(name, wallet) == before:
                return answer, before
            time.sleep(0.05)
        raise AssertionError(f"the {wallet} wallet of {name} does not come to rest")

    def cut(self) -> int:
        """Reset the connection of every socket, as a bad line does; how many there were."""
        sockets = int(self.control("health")["sockets"])
        self.control("faults", {"faults": [{"kind": "close", "where": "now", "how": "cut"}]})
        self.control("faults/clear", {})
        return sockets

    def unserved(self) -> dict[str, int]:
        """Calls that no handler took, and how often each came."""
        return {row["call"]: row["count"] for row in self.control("health")["unserved_calls"]}


def served() -> Exchange:
    """The exchange this session was started against."""
    with open(os.environ[READY]) as file:  # noqa: PTH123 - as small as it gets
        return Exchange(json.load(file))
