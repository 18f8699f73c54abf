"""The venue's own packages (binance-sdk-…) told about by their own words: which call each of their methods makes.

Three packages share this: each of their REST methods names its path, each of their WebSocket methods its name, in the
first lines of its documentation. A method whose answer does not fit the type the package declares for it makes the
package warn: `Misfits` collects the warnings, so that each is looked at.
"""

import asyncio
import inspect
import logging
import re
from collections.abc import Callable, Container, Iterator, Mapping
from typing import Any

from clients.coverage import none_served
from clients.names import WS_NAMES, call_name
from clients.proof import same, shown

REST_CALL = re.compile(r"^\s*(GET|POST|PUT|DELETE) (/\S+)\s*$", re.MULTILINE)
WS_CALL = re.compile(r"^\s*/([a-zA-Z0-9./]+)\s*$", re.MULTILINE)


def snake(name: str) -> str:
    """``orderListId`` → ``order_list_id``, as the packages spell parameters."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def plain(answer: Any) -> Any:
    """What JSON would hold: the packages answer with typed objects. Members without a value are left out."""
    if isinstance(answer, list):
        return [plain(row) for row in answer]
    if isinstance(answer, dict):
        return {name: plain(value) for name, value in answer.items()}
    if getattr(answer, "actual_instance", None) is not None:
        return plain(answer.actual_instance)
    fields = getattr(type(answer), "model_fields", None)
    if fields is None:
        return answer
    found = {field.alias or name: getattr(answer, name) for name, field in fields.items()}
    found |= found.pop("additional_properties", None) or {}
    return {name: plain(value) for name, value in found.items() if value is not None}


def _documented(client: Any, pattern: re.Pattern[str]) -> Iterator[tuple[str, re.Match[str]]]:
    """Method name and what its documentation says it calls, of each group of methods behind *client*."""
    for name, group in vars(client).items():
        if name.endswith("Api"):
            for method, function in inspect.getmembers(type(group), inspect.isfunction):
                found = pattern.search(function.__doc__ or "")
                if found and not method.startswith("_"):
                    yield method, found


def rest_names(client: Any) -> dict[str, str]:
    """The venue's calls, as stories name them → methods of a REST client."""
    found = {}
    for method, match in _documented(client, REST_CALL):
        call = call_name(*match.groups())
        if call:
            found[call] = method
    return found


def rest(client: Any) -> dict[str, Callable[..., Any]]:
    """The venue's calls → what answers them over REST."""

    def asked(method: str) -> Callable[..., Any]:
        return lambda **params: plain(getattr(client, method)(**{snake(k): v for k, v in params.items()}).data())

    return {call: asked(method) for call, method in rest_names(client).items()}


def over_websocket(client: Any, runner: asyncio.Runner) -> dict[str, Callable[..., Any]]:
    """The venue's calls → what answers them over the WebSocket API."""

    async def ask(method: str, params: dict[str, Any]) -> Any:
        answer = await getattr(client, method)(**{snake(name): value for name, value in params.items()})
        data = answer.data()
        if isinstance(data, dict) and "error" in data:
            # Over this road a refusal is an answer, with the venue's error in it.
            raise OSError(str(data["error"]))
        return plain(data)["result"]

    def asked(method: str) -> Callable[..., Any]:
        return lambda **params: runner.run(ask(method, params))

    return {
        WS_NAMES[match.group(1)]: asked(method)
        for method, match in _documented(client, WS_CALL)
        if match.group(1) in WS_NAMES
    }


def left_out(client: Any, called: Container[str], names: Mapping[str, str], reasons: Mapping[str, str]) -> None:
    """Each call the package knows was in a story, or there is a reason; *names*: call → method, *called*: what was."""
    forgotten = sorted(call for call in names if call not in called and call not in reasons)
    same("calls neither made nor left out", forgotten, [])
    same("reasons for what was called", sorted(call for call in reasons if call in called), [])
    spelt = (match.groups() for _, match in _documented(client, REST_CALL))
    none_served("binance", (" ".join(call) for call in spelt if call_name(*call) in reasons))
    shown(f"{len(names) - len(reasons)} of {len(names)} calls of {type(client).__name__} were made")
    for call, reason in reasons.items():
        print(f"     {call}: {reason}", flush=True)


def left_out_over_websocket(client: Any, called: Container[str], reasons: Mapping[str, str]) -> None:
    """Each method of the WebSocket API the package knows was asked, or there is a reason.

    *called*: calls as stories name them, or methods no call of REST says the same as.
    """
    methods = {match.group(1) for _, match in _documented(client, WS_CALL)}
    asked = {method for method in methods if method in called or WS_NAMES.get(method) in called}
    same("methods neither asked nor left out", sorted(methods - asked - reasons.keys()), [])
    same("reasons for what was asked", sorted(asked & reasons.keys()), [])
    shown(f"{len(asked)} of {len(methods)} methods of the WebSocket API were asked")
    for method, reason in reasons.items():
        print(f"     {method}: {reason}", flush=True)


class Misfits(logging.Handler):
    """Collects what the packages say about answers that are not of the types they declare."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.found: dict[str, None] = {}
        logging.getLogger().addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if any(part in text for part in ("declared types", "Failed to parse", "Error in callback")):
            self.found[text] = None

    def none(self) -> None:
        """Raise for the first."""
        for text in self.found:
            raise AssertionError(text)
        shown("every answer is of the type that the package declares for it")
