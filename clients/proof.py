"""How a session shows what it shows: one line for each thing that held, an exception for the first that did not."""

import fnmatch
import functools
import inspect
import time
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

_BEGAN = time.perf_counter()


def shown(sentence: str) -> None:
    """Say what was just seen to hold, and when since the beginning."""
    print(f"ok   {time.perf_counter() - _BEGAN:6.1f} s  {sentence}", flush=True)


def same(what: str, got: Any, expected: Any) -> None:
    """*got* must be *expected*."""
    if got != expected:
        raise AssertionError(f"{what}: {got!r}, not {expected!r}")


def money(text: Any) -> Decimal:
    """A number of the wire, exactly."""
    return Decimal(str(text))


def eventually(what: str, ask: Callable[[], Any], *, within: float = 15.0, every: float = 0.05) -> Any:
    """The first answer of *ask* that is true; it is asked again for *within* wall seconds."""
    until = time.monotonic() + within
    while not (answer := ask()):
        if time.monotonic() > until:
            raise AssertionError(f"{what}: not within {within:g} s")
        time.sleep(every)
    return answer


def refused(what: str, call: Callable[[], Any], code: int) -> None:
    """*call* must raise the client's own exception with the venue's *code*."""
    try:
        answer = call()
    except Exception as error:
        found = next((getattr(error, name) for name in ("code", "error_code") if hasattr(error, name)), None)
        if found != code and str(code) not in str(error):
            raise
        return
    raise AssertionError(f"{what}: answered {answer!r}, not refused with {code}")


class Watched:
    """A client that remembers which of its public methods were called; everything goes to the real one."""

    def __init__(self, client: Any, called: set[str]) -> None:
        self._client = client
        self._called = called

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if not callable(found):
            return found

        @functools.wraps(found)
        def call(*given: Any, **named: Any) -> Any:
            self._called.add(name)
            return found(*given, **named)

        return call


def public_methods(cls: type) -> set[str]:
    """The names a user may call."""
    return {name for name, _ in inspect.getmembers(cls, callable) if not name.startswith("_")}


def all_accounted_for(cls: type, called: Iterable[str], left_out: Mapping[str, str]) -> None:
    """Every public method was called or is left out for a reason, and no reason is given for one that was called.

    *left_out*: pattern of names → why. A pattern that fits nothing is as wrong as a method that fits nothing.
    """
    methods = public_methods(cls)
    seen = methods & set(called)
    missing = methods - seen
    reasons = {name: [pattern for pattern in left_out if fnmatch.fnmatchcase(name, pattern)] for name in missing}
    forgotten = sorted(name for name, patterns in reasons.items() if not patterns)
    same(f"methods of {cls.__name__} neither called nor left out", forgotten, [])
    idle = [pattern for pattern in left_out if not any(pattern in patterns for patterns in reasons.values())]
    same(f"reasons that fit no method of {cls.__name__}", idle, [])
    counts: dict[str, int] = {}
    for patterns in reasons.values():
        counts[left_out[patterns[0]]] = counts.get(left_out[patterns[0]], 0) + 1
    shown(f"{len(seen)} of {len(methods)} public methods of {cls.__name__} were called; the others:")
    for reason, count in sorted(counts.items(), key=lambda item: -item[1]):
        print(f"     {count:4d}  {reason}", flush=True)
