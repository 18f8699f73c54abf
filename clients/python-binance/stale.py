"""Reasons that are no more: methods that are left out, and make a call that has come to be served."""

import fnmatch
import inspect
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from binance import Client

from clients.proof import public_methods, same

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "binance.md"
ROW = re.compile(r"^\| `((?:GET|POST|PUT|DELETE) /[^`]+)` \|", re.MULTILINE)


class Asked(Exception):
    """A request on its way: no error."""


class Looking(Client):
    """A client that says what it would ask for, and asks nothing."""

    def _request(self, method: str, uri: str, *_: Any, **__: Any) -> Any:
        raise Asked(f"{method.upper()} {urlsplit(uri).path}")


def call_of(client: Looking, name: str) -> str:
    """The call that a method makes; empty where it makes none, or wants what cannot be made up."""
    method = getattr(client, name)
    given = [
        "BTC"
        for one in inspect.signature(method).parameters.values()
        if one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD
    ]
    try:
        method(*given)
    except Asked as asked:
        return str(asked)
    except Exception:  # noqa: BLE001 - whatever it lacks, it has asked for nothing
        return ""
    return ""


def none_stale(called: set[str], left_out: Mapping[str, str], *, stand: set[str]) -> None:
    """No method that was not called makes a call the page of the venue has; reasons in *stand* are not about that."""
    served = set(ROW.findall(PAGE.read_text(encoding="utf-8")))
    client = Looking("key", "secret", ping=False)
    stale = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in sorted(public_methods(Client) - called):
            reason = next(why for pattern, why in left_out.items() if fnmatch.fnmatchcase(name, pattern))
            if reason not in stand and (call := call_of(client, name)) in served:
                stale[name] = call
    same("left out, and served", stale, {})
