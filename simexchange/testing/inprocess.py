"""An exchange inside the test: no sockets, no threads of its own to wait for, a clock in the test's hand."""

from __future__ import annotations

import inspect
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from simexchange.config.assembling import Assembly, header
from simexchange.core import invariants
from simexchange.core.vocabulary.commands import SetFunding
from simexchange.core.vocabulary.events import CommandRefused
from simexchange.core.vocabulary.orders import AccountClass
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import Nanos, Rate
from simexchange.errors import ConfigError, NotThere, StorageFailed
from simexchange.eventlog import explaining
from simexchange.eventlog.explained import lines as explained_lines
from simexchange.eventlog.memory import MemoryLog
from simexchange.runtime.jump import JumpTo
from simexchange.testing import moves, preset
from simexchange.testing.accounts import Account, Refused
from simexchange.testing.freezing import pass_time
from simexchange.testing.logview import LogView
from simexchange.testing.markets import Market
from simexchange.testing.options import DEFAULT, Options
from simexchange.testing.symbols import find
from simexchange.testing.words import Number, Span, date_of, rate, span

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from types import TracebackType

    from simexchange.core.explaining.figures import Explanation
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.commands import Command
    from simexchange.core.vocabulary.step import Step
    from simexchange.runtime.exchange import Exchange

_T = TypeVar("_T")
PATIENCE: Final = "30d"
"""How much exchange time `run_until` lets pass for something that never comes."""
STEPS: Final = {kind.value: kind for kind in JumpTo}


class Explained:
    """An explanation: print it to read it."""

    def __init__(self, explanation: Explanation) -> None:
        self.explanation = explanation
        """Section by section, as data."""

    def __str__(self) -> str:
        return "\n".join(explained_lines(self.explanation))

    def __repr__(self) -> str:
        return str(self)


class LocalExchange:
    """A whole exchange in the test's own thread. Nothing happens, and no time passes, unless the test says so."""

    def __init__(self, options: Options | None = None) -> None:
        self.options = Options() if options is None else options
        self.log = LogView(self)
        """What has happened so far."""
        self._assembly: Assembly | None = None

    # Beginning and end

    @property
    def started(self) -> bool:
        """Whether there is an exchange now."""
        return self._assembly is not None

    def start(self) -> Self:
        """Open the exchange. Raises ConfigError where the options cannot be."""
        if self._assembly is None:
            setup = preset.setup(self.options)
            made = Assembly(setup, MemoryLog(header(setup)), listings=preset.listed(self.options), checkpoints=False)
            self._assembly = made
            self.log.begin()
            self._settle()
        return self

    def stop(self) -> None:
        """Close it, and look whether everything still adds up; `log` can be read on. A second call does nothing.

        Raises InvariantBroken.
        """
        if self._assembly is None:
            return
        exchange = self.runtime
        with suppress(StorageFailed):
            exchange.flush()
        self.log.end()
        self._assembly = None
        exchange.close()
        invariants.check(exchange.state)

    def reset(self) -> Self:
        """Begin anew, as if nothing had happened: same options, same seed."""
        self.stop()
        return self.start()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.stop()

    # Inside

    @property
    def assembly(self) -> Assembly:
        """What the exchange was put together from. Raises ConfigError while there is none."""
        if self._assembly is None:
            msg = "the exchange is not started: call start(), or use it in a with block"
            raise ConfigError(msg)
        return self._assembly

    @property
    def runtime(self) -> Exchange:
        """The exchange itself, for what has no word here. Of a served one only by `do`."""
        return self.assembly.exchange

    @property
    def state(self) -> ExchangeState:
        """The engine's state: to be read, never kept."""
        return self.runtime.state

    def do(self, act: Callable[[], _T]) -> _T:
        """Run *act* where the exchange may be touched, and let what it makes due at this instant happen."""
        found = act()
        self._settle()
        return found

    def _settle(self) -> None:
        exchange = self.runtime
        exchange.advance_to(exchange.now())

    def submit(self, command: Command, source: str = "client") -> Step:
        """Execute one command. Raises Refused where the engine refuses it."""
        step = self.do(lambda: self.runtime.submit(command, source))
        for event in step.events:
            if isinstance(event, CommandRefused):
                raise Refused(event.reason, event.detail)
        return step

    # Time

    @property
    def now(self) -> datetime:
        """Exchange time."""
        return date_of(self.do(self.runtime.now))

    def advance(self, by: Span) -> datetime:
        """Let *by* pass, with everything that is due on the way; a frozen time of the test goes along."""
        return self._to(Nanos(self.do(self.runtime.now) + span(by, "advance")))

    def step(self, to: str = "event") -> datetime:
        """Go to the next ``event``, ``fill``, ``funding``, ``expiry``, ``liquidation``, … (see `JumpTo`), and do it.

        Raises ConfigError for another word.
        """
        if to not in STEPS:
            msg = f"step({to!r}): say one of {', '.join(STEPS)}"
            raise ConfigError(msg)
        return self._to(STEPS[to])

    def _to(self, goal: Nanos | JumpTo) -> datetime:
        before = self.do(self.runtime.now)
        after = self._jump(goal)
        pass_time(after - before)
        return date_of(after)

    def _jump(self, goal: Nanos | JumpTo) -> Nanos:
        self._settle()
        return self.runtime.leap(goal)

    def run_until(self, condition: Callable[..., Any], timeout: Span = PATIENCE) -> datetime:
        """Step from event to event until *condition* holds; it is given this object if it takes an argument.

        Raises TimeoutError where *timeout* of exchange time passes before, or nothing is to come any more.
        """
        asked: Callable[[], Any] = condition
        if inspect.signature(condition).parameters:
            asked = partial(condition, self)
        end = Nanos(self.do(self.runtime.now) + span(timeout, "timeout"))
        while not asked():
            due = self.do(self.runtime.next_instant)
            if due is None or due > end:
                self._to(end)
                if asked():
                    break
                msg = f"it did not come to that by {self.now.isoformat()}"
                raise TimeoutError(msg)
            self._to(JumpTo.EVENT)
        return self.now

    # Who and what

    def account(self, name: str = DEFAULT, **money: Number) -> Account:
        """The account called *name*, opened with *money* if it is not there: ``account("alice", USDT=10_000)``.

        An asset goes into every wallet that can hold it, ``spot_USDT=5`` into one. It is at home at the first venue
        that is served, ``account("bob@bybit")`` at that one. Raises ConfigError.
        """
        if not name:
            msg = "an account needs a name, like account('alice', USDT=10_000)"
            raise ConfigError(msg)
        spec = preset.account(name, money, self.options.served[0])
        name = spec.name
        known = self.state.account_no.get(name)
        if known is None:
            known = self.do(lambda: self.assembly.open_account(spec))
        elif money:
            msg = f"account {name!r} is there already: deposit() gives it more"
            raise ConfigError(msg)
        elif self.state.accounts[known].account_class is not AccountClass.USER:
            msg = f"{name!r} is an account of the exchange itself"
            raise NotThere(msg)
        return Account(self, name, known)

    @property
    def accounts(self) -> list[Account]:
        """Those of users, in order of opening."""
        return self.do(
            lambda: [
                Account(self, one.name, one.no)
                for one in self.state.accounts.values()
                if one.account_class is AccountClass.USER
            ]
        )

    def market(self, symbol: str, kind: str = "") -> Market:
        """A market; ``BTCUSDT`` is the perpetual, ``market("BTCUSDT", "spot")`` the other one. Raises NotThere."""
        return Market(self, find(self.state, symbol, kind).no)

    def set_funding(self, symbol: str, value: Number) -> None:
        """From now on funding of *symbol* settles at *value*: ``"0.01%"``.

        The running interval still ends by the premium of its whole length: the ladder leans so far from the index that
        it comes to that, to a tick. From the next one on the rate is fixed. Raises NotThere, Refused.
        """
        market = find(self.state, symbol, "perp")
        fixed = Rate(rate(value, "set_funding"))
        terms = market.spec.funding_terms
        try:
            self.submit(SetFunding(market.no, terms.interval, fixed, fixed, fixed), "control")
        except Refused as error:
            if error.reason != RejectReason.SETTING_UNCHANGED:
                raise
        self.do(lambda: moves.lean(self.runtime, market, fixed))

    def move_index(self, market: MarketState, price: int, over: Nanos = moves.AT_ONCE) -> None:
        """See `Market.price` and `Market.move`."""
        self.do(lambda: moves.move_index(self.runtime, market, price, over))

    def explain_liquidation(self, which: str = "") -> Explained:
        """Why, and how, a user was liquidated: the last one, or ``NAME:N``, the n-th of an account. Raises NotThere."""
        log = self.log.committed()
        if not which:
            users = {one.name for one in self.accounts}
            rows = [(name, row) for name, row in explaining.liquidations(log) if name in users]
            if not rows:
                msg = "nobody was liquidated"
                raise NotThere(msg)
            which = f"{rows[-1][0]}:{rows[-1][1].number}"
        return Explained(explaining.liquidation(log, which))

    def save_log(self, path: str | Path) -> Path:
        """Write what has happened to *path*, as JSON lines that `simexchange inspect` and the others read."""
        return self.log.save(path)
