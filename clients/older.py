"""The venue's older packages, binance-connector and binance-futures-connector: which call each of their methods makes.

Their methods are plain functions that name a path; parameters go by the venue's own names.
"""

import inspect
import json
import os
import queue
import re
import sys
import time
import traceback
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from clients.coverage import none_served
from clients.names import WS_NAMES, call_name
from clients.proof import same, shown

PATH = re.compile(r'f?"(/(?:api|sapi|fapi|dapi|futures)/[^"{?]*)')
VERB = re.compile(r'_request\(\s*(?:http_method=)?"(GET|POST|PUT|DELETE)"')
METHOD = re.compile(r'"method": "([^"]+)"')
SUBSCRIBING = {"SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS"}
"""Methods of market streams, which the same base class knows."""
WITHIN = 20.0
"""Wall seconds for one answer or message."""

Calls = dict[str, Callable[..., Any]]


def _functions(cls: type) -> Iterable[tuple[str, Any]]:
    return [pair for pair in inspect.getmembers(cls, inspect.isfunction) if not pair[0].startswith("_")]


def rest_names(cls: type) -> dict[str, str]:
    """The venue's calls → methods of a REST client. Of two methods for one call the last one counts."""
    found = {}
    for method, function in _functions(cls):
        verb, path = _call(function)
        if path:
            found[call_name(verb, path)] = method
    return found


def _call(function: Any) -> tuple[str, str]:
    """Verb and path that a method names; an empty path where it names none."""
    source = inspect.getsource(function)
    path, verb = PATH.search(source), VERB.search(source)
    return verb.group(1) if verb else "GET", path.group(1) if path else ""


def rest(client: Any) -> Calls:
    """The venue's calls → what answers them over REST."""
    return {call: getattr(client, method) for call, method in rest_names(type(client)).items()}


class Answers:
    """What a WebSocket client is told, sorted by the request it answers; the package hands over text, in a thread."""

    def __init__(self) -> None:
        self._said: dict[str, queue.Queue[Any]] = {}

    def __call__(self, _: Any, text: str) -> None:
        message = json.loads(text)
        self._said.setdefault(str(message.get("id")), queue.Queue()).put(message)

    def to(self, number: str) -> Any:
        """The answer to a request; a refusal is raised as OSError with the venue's words."""
        answer = self._said.setdefault(number, queue.Queue()).get(timeout=WITHIN)
        if "error" in answer:
            raise OSError(str(answer["error"]))
        return answer["result"]


def over_websocket(client: Any, answers: Answers) -> Calls:
    """The venue's calls → what answers them over the WebSocket API."""

    def asked(method: str) -> Callable[..., Any]:
        def ask(**params: Any) -> Any:
            number = str(uuid.uuid4())
            getattr(client, method)(**params, id=number)
            return answers.to(number)

        return ask

    found = {}
    for method, function in _functions(type(client)):
        name = METHOD.findall(inspect.getsource(function))
        if name and name[-1] in WS_NAMES:
            found[WS_NAMES[name[-1]]] = asked(method)
    return found


class Heard:
    """Messages of a stream client, as they came."""

    def __init__(self) -> None:
        self._messages: queue.Queue[Any] = queue.Queue()

    def __call__(self, _: Any, text: str) -> None:
        self._messages.put(json.loads(text))

    def until(self, holds: Callable[[Any], Any]) -> Any:
        """The next message of which *holds* is true."""
        end = time.monotonic() + WITHIN
        while True:
            try:
                message = self._messages.get(timeout=max(end - time.monotonic(), 0.001))
            except queue.Empty:
                raise AssertionError(f"not told within {WITHIN:g} s") from None
            if holds(message):
                return message

    def all_of(self, kinds: Iterable[str]) -> None:
        """Wait until a message of each kind came: by its event, or a letter or word it has."""
        missing = set(kinds)

        def none_missing(message: Any) -> bool:
            told = message.get("data", message) if isinstance(message, dict) else message
            row = told[0] if isinstance(told, list) else told
            if "result" not in row:
                missing.discard(row.get("e", ""))
                missing.difference_update(set(row) if "e" not in row else ())
            return not missing

        try:
            self.until(none_missing)
        except AssertionError:
            raise AssertionError(f"never told: {sorted(missing)}") from None


def left_out(cls: type, asked: Iterable[str], reasons: dict[str, str], of_modules: dict[str, str]) -> None:
    """Each call the package knows was made, or its name or its module has a reason."""
    names = rest_names(cls)
    made = set(asked)
    forgotten = []
    spelt = []
    counts: dict[str, int] = {}
    for call, method in names.items():
        module = getattr(cls, method).__module__.rpartition(".")[2]
        reason = None if call in made else reasons.get(call) or reasons.get(method) or of_modules.get(module)
        if call not in made and reason is None:
            forgotten.append(f"{call} ({module}.{method})")
        elif reason is not None:
            counts[reason] = counts.get(reason, 0) + 1
            spelt.append(" ".join(_call(getattr(cls, method))))
    same("calls neither made nor left out", forgotten, [])
    same("reasons for what was called", sorted(reasons.keys() & made), [])
    none_served("binance", spelt)
    shown(f"{len(made & names.keys())} of {len(names)} calls of {cls.__name__} were made; the others:")
    for reason, count in sorted(counts.items(), key=lambda item: -item[1]):
        print(f"     {count:4d}  {reason}", flush=True)


def left_out_over_websocket(cls: type, asked: Iterable[str], reasons: dict[str, str]) -> None:
    """Each method of the WebSocket API the package knows was asked, by the call that says the same; or has a reason."""
    found = [METHOD.findall(inspect.getsource(function)) for _, function in _functions(cls)]
    methods = {names[-1] for names in found if names} - SUBSCRIBING
    made = {method for method in methods if WS_NAMES.get(method) in set(asked)}
    same("methods neither asked nor left out", sorted(methods - made - reasons.keys()), [])
    shown(f"{len(made)} of {len(methods)} methods of the WebSocket API were asked")
    for method, reason in reasons.items():
        print(f"     {method}: {reason}", flush=True)


def ended(session: Callable[[], None]) -> None:
    """Run *session* and end the process, whatever threads of the package are left when something did not hold."""
    code = 1
    try:
        session()
        code = 0
    except Exception:  # noqa: BLE001 - told, and the process ends by it
        traceback.print_exc()
    sys.stdout.flush()
    os._exit(code)
