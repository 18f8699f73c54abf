"""A small exchange in a process that is made to die, and what a careful client makes of it.

The process is forked, so that a round takes milliseconds: there are no sockets, only engine, runtime and log. What it
sends and what it acknowledges goes over a pipe; a line that did not arrive whole was not received.
"""

import os
import random
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.kill_loop import Found, Witness
from simexchange.config import markets, opening
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import AccountNo, MarketNo, OrderId
from simexchange.core.vocabulary.orders import OrderKind, Side, TimeInForce
from simexchange.core.vocabulary.units import MILLISECOND, ONE, Amount, Nanos, Price, Quantity
from simexchange.errors import LogError, SimexchangeError
from simexchange.eventlog.durability import Durability
from simexchange.eventlog.header import Header
from simexchange.eventlog.sqlite import SqliteLog
from simexchange.runtime.clock import PAUSED
from simexchange.runtime.exchange import Exchange

START = Nanos(1_767_225_600_000_000_000)
"""2026-01-01."""
MARKET = "spot:BTC-USDT"
NAMES = ("alice", "bob")
OPEN_AT_MOST = 60
"""Orders in the book; the venue's limit is beyond that."""
REFUSED, TRACEBACK = 6, 70
ENDS_WITHIN = 60.0
"""Wall seconds a process may take to end by itself."""
_LISTINGS = [row for row in markets.read([]).values() if row.market.id == MARKET]


@dataclass
class Told:
    """What one process said: client id → order id of what it acknowledged, and what it had sent before it died."""

    placed: dict[str, int] = field(default_factory=dict)
    canceled: list[int] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """Anything else: why it ended."""
    status: int = 0
    """Exit code; minus the signal where it was killed."""


def begin(path: Path, policy: Durability) -> Exchange:
    """The exchange on the log at *path*, begun where there is none; what was missing of its setup is made up for."""
    log = SqliteLog.open(path, policy) if path.exists() else SqliteLog.create(path, Header(1, START), policy)
    exchange = Exchange(log, speed=PAUSED, durability=policy)
    state = exchange.state
    if MARKET not in state.market_no:
        for command in opening.opening(_LISTINGS, state):
            exchange.submit(command, "control")
    for name in NAMES:
        if name not in state.account_no:
            exchange.submit(cmd.OpenAccount(name, "binance"), "control")
        no = state.account_no[name]
        for asset in ("USDT", "BTC"):
            if ("spot", asset) not in state.accounts[no].balances:
                exchange.submit(cmd.Deposit(no, "spot", asset, Amount(10**7 * ONE)), "control")
    return exchange


class Trader:
    """Sends commands, one or a few for each wait for the disk, and says what came of them."""

    def __init__(self, exchange: Exchange, out: int, seed: str) -> None:
        self._exchange = exchange
        self._out = out
        self._draw = random.Random(seed)
        state = exchange.state
        mine = [state.account_no[name] for name in NAMES]
        self._open: list[tuple[AccountNo, OrderId]] = [
            (no, order) for no in mine for order in state.accounts[no].orders
        ]

    def send(self, *client_ids: str) -> None:
        """Place one order for each of *client_ids*, wait for all of them, and acknowledge them."""
        while len(self._open) > OPEN_AT_MOST:
            self.cancel()
        answers = [self._place(client_id) for client_id in client_ids]
        self._exchange.flush()
        for client_id, order in zip(client_ids, answers, strict=True):
            self._say(f"A {client_id} {order}")

    def cancel(self) -> None:
        """Cancel one of the orders that may still be open, and acknowledge that."""
        if not self._open:
            return
        account, order = self._open.pop(self._draw.randrange(len(self._open)))
        step = self._exchange.submit(cmd.CancelOrder(account, self._market, order))
        self._exchange.flush()
        if any(isinstance(event, ev.OrderCanceled) for event in step.events):
            self._say(f"C {order}")

    def _place(self, client_id: str) -> int:
        draw, state = self._draw, self._exchange.state
        self._say(f"S {client_id}")
        account = state.account_no[draw.choice(NAMES)]
        side = draw.choice((Side.BUY, Side.SELL))
        price = Price((50_000 + draw.randint(-30, 10) * (1 if side is Side.BUY else -1)) * ONE)
        order = cmd.PlaceOrder(
            account, self._market, side, OrderKind.LIMIT, Quantity(draw.randint(1, 9) * ONE // 100), price,
            TimeInForce.GTC, client_id,
        )  # fmt: skip
        answer = self._exchange.submit(order).events[0]
        assert isinstance(answer, ev.OrderAccepted), answer
        self._open.append((account, answer.order))
        return answer.order

    @property
    def _market(self) -> MarketNo:
        state: ExchangeState = self._exchange.state
        return state.market_no[MARKET]

    def _say(self, line: str) -> None:
        os.write(self._out, f"{line}\n".encode())


def trade(path: Path, policy: Durability, out: int, turn: str, resend: list[str], most: int) -> None:
    """Open the log at *path*, send again what is in doubt, then up to *most* orders with cancels in between; close."""
    exchange = begin(path, policy)
    try:
        trader, draw = Trader(exchange, out, turn), random.Random(f"{turn}/how many")
        if resend:
            trader.send(*resend)
        sent = 0
        while sent < most:
            count = min(draw.choice((1, 1, 1, 3)), most - sent)
            trader.send(*(f"{turn}-{sent + n}" for n in range(count)))
            sent += count
            if draw.random() < 0.4:
                trader.cancel()
            exchange.advance_to(Nanos(exchange.now() + 10 * MILLISECOND))
    finally:
        exchange.close()
        exchange.log.close()


def forked(work: Callable[[int], None]) -> tuple[int, int]:
    """A process that does *work* with the pipe it may write to: its number, and the end to read from.

    It ends with 0; with 6 where the program refused with its reason, which it tells; with 70 for any other exception.
    """
    reader, writer = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if child:
        os.close(writer)
        return child, reader
    os.close(reader)
    status = 0
    try:
        work(writer)
    except SimexchangeError as refused:
        text = str(refused)
        status = REFUSED if text and "\n" not in text and "Traceback" not in text else TRACEBACK
        os.write(writer, f"! {type(refused).__name__}: {' '.join(text.split())}\n".encode())
    except BaseException:  # noqa: BLE001 - whatever it is, it is what is looked for
        status = TRACEBACK
        os.write(writer, f"! {' '.join(traceback.format_exc().split())}\n".encode())
    finally:
        os._exit(status)


def ended(child: int, reader: int, within: float = ENDS_WITHIN) -> Told:
    """Wait for a process to end, or kill it after *within*; what it had said."""
    until, said = time.monotonic() + within, b""
    while time.monotonic() < until:
        if select.select([reader], [], [], max(until - time.monotonic(), 0))[0]:
            piece = os.read(reader, 1 << 16)
            if not piece:
                break
            said += piece
    else:
        os.kill(child, signal.SIGKILL)
    os.close(reader)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    told = Told(status=status)
    # A line that was cut off was not received.
    for line in said[: said.rfind(b"\n") + 1].decode().splitlines():
        kind, *words = line.split(" ")
        if kind == "A":
            told.placed[words[0]] = int(words[1])
        elif kind == "C":
            told.canceled.append(int(words[0]))
        elif kind == "S":
            told.sent.append(words[0])
        else:
            told.notes.append(line)
    return told


class Books:
    """What clients of one log were told over all rounds, held against what the log says."""

    def __init__(self, path: Path, found: Found) -> None:
        self.path = path
        self.found = found
        self.doubtful: list[str] = []
        """Sent, never answered, and not in the log: to be sent again."""
        self._witness = Witness(path)

    def hold(self, told: Told) -> None:
        """Read what is new in the log; all that was acknowledged must be there, and nothing twice."""
        found, witness = self.found, self._witness
        if self.path.exists():
            try:
                witness.look(found)
            except LogError as error:
                found.wrong.append(f"round {found.rounds}: {error}")
        found.orders += len(told.placed)
        found.cancels += len(told.canceled)
        found.lost += [
            f"round {found.rounds}: order {order} ({client_id})"
            for client_id, order in told.placed.items()
            if witness.accepted.get(client_id) != order
        ]
        found.lost += [f"round {found.rounds}: cancel of {n}" for n in told.canceled if n not in witness.canceled]
        unanswered = [client_id for client_id in told.sent if client_id not in told.placed]
        found.unanswered += len(unanswered)
        self.doubtful = [each for each in {**dict.fromkeys(self.doubtful), **dict.fromkeys(unanswered)}
                         if each not in witness.accepted]  # fmt: skip
        if told.status == TRACEBACK:
            found.wrong += [f"round {found.rounds}: {note}" for note in told.notes]

    def close(self) -> None:
        """`simexchange verify` at the end."""
        if self.path.exists():
            self._witness.look_at_everything(self.found)


def moments(draw: random.Random, longest: float) -> Iterator[float]:
    """Wall seconds until a kill: many short ones, some long."""
    while True:
        yield longest * draw.random() ** 2
