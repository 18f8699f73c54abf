"""What a run leaves for a search: the messages that passed, and what happened to orders, by record.

Lines of JSON in a file that is appended to, so that a test with several exchanges, or one that is killed, leaves all of
them.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from simexchange.core.vocabulary.events import (
    Event,
    Fill,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderRejected,
    TradeExecuted,
)
from simexchange.core.vocabulary.ids import AccountNo, MarketNo
from simexchange.core.vocabulary.notes import FaultApplied
from simexchange.core.vocabulary.orders import AccountClass, OrderKind, Side
from simexchange.core.vocabulary.step import Step
from simexchange.core.vocabulary.units import Nanos, decimal_text
from simexchange.gateway.exploring.steps import Met
from simexchange.gateway.faults.points import Point
from simexchange.runtime.exchange import Exchange

_TOLD: Final = (OrderAccepted, OrderRejected, TradeExecuted, OrderCanceled, OrderExpired, FaultApplied)


MOST_MET: Final = 20_000
"""Messages of one exchange; of those after them none is struck."""


class Happened(msgspec.Struct, frozen=True):
    """One event in words."""

    seq: int
    text: str
    fault: bool = False


class _Line(msgspec.Struct, omit_defaults=True):
    met: Met | None = None
    happened: Happened | None = None


class Trace:
    """Writes the trace of one server. Implements `Subscriber`."""

    def __init__(self, path: str, exchange: Exchange) -> None:
        self._exchange = exchange
        self._encode = msgspec.json.Encoder().encode
        self._path = Path(path)
        self._met = 0
        exchange.subscribe(self)

    def passed(self, point: Point, groups: tuple[str, ...]) -> None:
        """A message passes, which belongs to *groups*."""
        self._met += 1
        if self._met <= MOST_MET:
            met = Met(point.channel, point.connection, point.direction, point.ordinal, point.name, groups)
            self._put(_Line(met=met))

    def on_event(self, seq: int, at: Nanos, event: Event) -> None:
        if isinstance(event, _TOLD):
            text = self._words(event)
            if text:
                self._put(_Line(happened=Happened(seq, text, isinstance(event, FaultApplied))))

    def on_step(self, step: Step) -> None:
        return

    def on_durable(self, seq: int) -> None:
        return

    def on_failed(self, seq: int) -> None:
        return

    def _put(self, line: _Line) -> None:
        # Opened anew for each line: nobody says when the last one was written.
        with self._path.open("ab") as file:
            file.write(self._encode(line) + b"\n")

    def _words(self, event: Event) -> str:
        match event:
            case FaultApplied():
                return f"{event.kind} struck {place(event)}"
            case OrderAccepted():
                return self._of(event.account, f"order {event.order} was accepted: {self._terms(event)}")
            case OrderRejected():
                return self._of(event.account, f"order ({self._terms(event)}) was refused: {event.reason.value}")
            case OrderCanceled():
                return self._of(event.account, f"order {event.order} was canceled with {_number(event.left)} left")
            case OrderExpired():
                return self._of(event.account, f"order {event.order} expired with {_number(event.left)} left")
            case TradeExecuted():
                sides = (self._filled(event, event.taker), self._filled(event, event.maker))
                return " and ".join(side for side in sides if side)
            case _:
                return ""

    def _terms(self, event: OrderAccepted | OrderRejected) -> str:
        side = "buy" if event.side is Side.BUY else "sell"
        price = f" at {_number(event.price)}" if event.kind is OrderKind.LIMIT else " at market"
        called = f", called {event.client_id}" if event.client_id else ""
        return f"{side} {_number(event.qty)} {self._market(event.market)}{price}{called}"

    def _filled(self, event: TradeExecuted, fill: Fill) -> str:
        traded = f"{_number(event.qty)} at {_number(event.price)}"
        return self._of(fill.account, f"order {fill.order} was filled: {traded}") if fill.order else ""

    def _market(self, number: MarketNo) -> str:
        market = self._exchange.state.markets.get(number)
        return market.spec.id if market is not None else f"market {number}"

    def _of(self, account: AccountNo, text: str) -> str:
        """*text* with whose it was; nothing where it was nobody's that has keys."""
        found = self._exchange.state.accounts.get(account)
        return f"{found.name}'s {text}" if found is not None and found.account_class is AccountClass.USER else ""


def place(event: FaultApplied) -> str:
    """The message of a fault, in words."""
    way = "to" if event.direction == "out" else "from"
    name = f" ({event.name})" if event.name else ""
    return f"message {event.ordinal} {way} connection {event.connection} of {event.channel}{name}"


def _number(value: int) -> str:
    return decimal_text(value)


def read(path: str) -> tuple[tuple[Met, ...], tuple[Happened, ...]]:
    """What a run left; nothing where it left nothing."""
    lines = tuple(_lines(path))
    return (
        tuple(line.met for line in lines if line.met is not None),
        tuple(line.happened for line in lines if line.happened is not None),
    )


def _lines(path: str) -> Iterator[_Line]:
    file = Path(path)
    if not file.exists():
        return
    decode = msgspec.json.Decoder(_Line).decode
    for text in file.read_bytes().splitlines():
        try:
            yield decode(text)
        except msgspec.MsgspecError:
            # The run was killed in the middle of a line.
            return
