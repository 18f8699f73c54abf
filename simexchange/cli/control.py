"""The control API of a running exchange, as the command line calls it: by the standard library alone."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, Any, Final

import msgspec

from simexchange.cli.ready import Ready
from simexchange.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


PATIENCE: Final = 30.0


class Control:
    """Talks to the exchange that wrote a ready file."""

    def __init__(self, ready: Ready, patience: float = PATIENCE) -> None:
        """*patience*: wall seconds to wait for an answer."""
        self.ready = ready
        self._patience = patience

    def get(self, path: str, **query: str) -> Any:
        """A question."""
        text = f"?{urllib.parse.urlencode(query)}" if query else ""
        return self._send("GET", path + text, None)

    def post(self, path: str, **body: object) -> Any:
        """Something to be done; what is None is not said."""
        return self._send("POST", path, {name: value for name, value in body.items() if value is not None})

    def _send(self, method: str, path: str, body: object) -> Any:
        request = urllib.request.Request(  # noqa: S310 - what our own ready file names
            f"{self.ready.url}/sim/v1{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.ready.control_token}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=self._patience) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise ConfigError(_message(error.read())) from None
        except (urllib.error.URLError, TimeoutError, ValueError) as error:
            msg = f"{self.ready.url} gives no answer ({error}); does the exchange of that ready file still run?"
            raise ConfigError(msg) from None


def _message(body: bytes) -> str:
    try:
        return str(json.loads(body)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace")


def ready_in(path: Path) -> Ready | None:
    """What *path* says of a running exchange, if it is a ready file."""
    if not path.is_file():
        return None
    try:
        with path.open("rb") as file:
            return msgspec.json.decode(file.read(1 << 20), type=Ready)
    except (OSError, msgspec.MsgspecError):
        return None


def running(path: Path, patience: float = PATIENCE) -> Control:
    """The running exchange that wrote *path*. Raises ConfigError where it is no ready file."""
    ready = ready_in(path)
    if ready is None:
        msg = f"{path} is no ready file; start the exchange with `simexchange serve --ready-file {path}`"
        raise ConfigError(msg)
    return Control(ready, patience)
