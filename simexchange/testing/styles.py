"""Outside pytest: context manager, decorator, plain start and stop, and unittest."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar, cast

from simexchange.testing.inprocess import LocalExchange
from simexchange.testing.options import options
from simexchange.testing.served import ServedExchange

_F = TypeVar("_F", bound=Callable[..., Any])


def server(**given: Any) -> ServedExchange:
    """Make a served exchange that is not started yet, for ``start()`` and ``stop()``.

    *given* are the fields of `options.Options`. Raises ConfigError for what is none.
    """
    return ServedExchange(options(**given))


def local(**given: Any) -> LocalExchange:
    """An exchange without sockets that is not started yet. As `server`."""
    return LocalExchange(options(**given))


def running(*, sockets: bool = True, **given: Any) -> ServedExchange:
    """For ``with`` and ``async with``: an exchange that is started with the block and stopped at its end.

    Without *sockets* it is a `LocalExchange` all the same in everything but its address.
    """
    # What it lacks without sockets is said above.
    return server(**given) if sockets else cast("ServedExchange", local(**given))


def exchange(*, sockets: bool = True, **given: Any) -> Callable[[_F], _F]:
    """A decorator: the function is given an exchange of its own as ``ex``, for as long as it runs. Coroutines, too."""
    options(**given)

    def decorate(function: _F) -> _F:
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def around(*args: Any, **named: Any) -> Any:
                async with running(sockets=sockets, **given) as ex:
                    return await function(*args, ex=ex, **named)
        else:

            @functools.wraps(function)
            def around(*args: Any, **named: Any) -> Any:
                with running(sockets=sockets, **given) as ex:
                    return function(*args, ex=ex, **named)

        # Else pytest would look for a fixture of that name.
        shown = inspect.signature(function)
        kept = [each for each in shown.parameters.values() if each.name != "ex"]
        around.__signature__ = shown.replace(parameters=kept)  # type: ignore[attr-defined]
        return around  # type: ignore[return-value]

    return decorate


class ExchangeCase:
    """For ``class MyTests(ExchangeCase, unittest.TestCase)``: ``self.ex`` is a new exchange for every test."""

    simx: ClassVar[dict[str, Any]] = {}
    """Options, as for `running`."""
    ex: ServedExchange

    def setUp(self) -> None:
        self.ex = running(**self.simx).start()
        super().setUp()  # type: ignore[misc]  # unittest's

    def tearDown(self) -> None:
        try:
            super().tearDown()  # type: ignore[misc]  # unittest's
        finally:
            self.ex.stop()
