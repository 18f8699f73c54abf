"""One step of a scenario file, as a person writes it, and as the feed takes it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from simexchange.config.words import decimal, duration, instant
from simexchange.core.vocabulary.assets import WALLETS
from simexchange.core.vocabulary.units import DAY, MILLISECOND, ONE, Amount, Nanos, Price, Rate
from simexchange.errors import ConfigError
from simexchange.feeds.scripted.timeline import (
    HIGHEST,
    Act,
    Funding,
    Halt,
    Move,
    Path,
    Pay,
    Premium,
    Recover,
    Say,
    Shape,
    Step,
    ends_after,
)

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST: Final = 3_650 * DAY
SHORTEST_EVERY: Final = 100 * MILLISECOND
MOST_PRICES: Final = 1_000_000
"""On one way."""
_MONEY: Final = re.compile(r"(\S+) +([A-Z0-9]{1,16})", re.ASCII)


class StepTable(msgspec.Struct, forbid_unknown_fields=True):
    """One step: when, and one thing that happens."""

    at: str = ""
    """`+30s` after the scenario begins, or a moment like `2026-01-31T12:00:00Z`."""
    after: str = ""
    """So long after the step before is through. Without either, when it is."""
    text: str = ""
    """What the log calls it; left out, what it does."""
    index: str | list[str] = ""
    """Which indexes move, like `BTC-USDT`; left out, all."""
    market: str | list[str] = ""
    """Which markets it is about, like `perp:BTC-USDT`; left out, all it can be about."""
    move: str = ""
    """The index goes up or down by that part: `+3%`, `-25%`."""
    rise: str = ""
    """Up by that part: `3%`."""
    drop: str = ""
    """Down by that part: `25%`."""
    to: str = ""
    """To that price: `45000`."""
    recover: str = ""
    """Back that part of the way to where the index stood before its last move: `50%`."""
    over: str = ""
    """How long the way takes; left out, it jumps."""
    path: str = ""
    """`linear`; `late`, ever faster; `early`, ever slower; or `wick`, there and back."""
    every: str = ""
    """How far apart the prices on the way are; `1s` where it is left out."""
    premium: str = ""
    """The perpetuals (or the derivatives *market* names) trade so far above their index: `0.5%`, `-0.2%`."""
    funding: str = ""
    """The perpetuals trade so far from their index that whole funding intervals settle at this rate: `0.1%`."""
    spread: str = ""
    """Between best bid and best ask, as a part of the price: `0.1%`; at least a tick on each side."""
    depth: str = ""
    """What there is at each price, of what there usually is: `25%`; `0%`: nothing."""
    ladder: str = ""
    """`gone`: nobody offers anything; `back`: everything as usual."""
    halt: bool = False
    """Markets take no orders."""
    resume: bool = False
    """Halted markets take orders again."""
    deposit: str = ""
    """An account is given money from outside: `1000 USDT`. An account that is not there gets nothing."""
    withdraw: str = ""
    """Money leaves an account: `1000 USDT`, if it is there."""
    account: str = ""
    """Whose money, for deposit and withdraw."""
    wallet: str = ""
    """In which wallet; `usdm` where it is left out."""


ACTS: Final = (
    "move", "rise", "drop", "to", "recover", "premium", "funding", "spread", "depth", "ladder", "halt", "resume",
    "deposit", "withdraw",
)  # fmt: skip
_WAYS: Final = ("move", "rise", "drop", "to", "recover")
_GOES_WITH: Final = {
    "index": _WAYS, "over": _WAYS, "path": _WAYS, "every": _WAYS,
    "market": ("premium", "funding", "spread", "depth", "ladder", "halt", "resume"),
    "account": ("deposit", "withdraw"), "wallet": ("deposit", "withdraw"),
}  # fmt: skip


class Place(msgspec.Struct, frozen=True):
    """Where in a file a step stands."""

    where: str
    number: int
    line: int
    text: str

    def wrong(self, message: str, key: str = "") -> ConfigError:
        """An error that names the step, and the line of *key* in it."""
        line = self.line
        if line and key:
            lines = self.text.splitlines()
            for number in range(line, len(lines)):
                if lines[number].lstrip().startswith("[["):
                    break
                if key in lines[number].partition("#")[0]:
                    line = number + 1
                    break
        return ConfigError(f"{self.where}{f':{line}' if line else ''}: step {self.number}: {message}")


def read_step(table: StepTable, before: list[Step], place: Place) -> Step:
    """One step. Raises ConfigError naming the file, the line and the key."""
    said = [name for name in ACTS if getattr(table, name)]
    # Spread and depth are two words for one ladder, and may be said together.
    if len(said) > 1 and said != ["spread", "depth"]:
        raise place.wrong(f"{said[0]} and {said[1]} are two things; give each a step of its own", said[1])
    if not said and not table.text:
        raise place.wrong(f"nothing happens in it; say one of {', '.join(ACTS)}, or a text for the log alone")
    act_name = said[0] if said else "text"
    for key, friends in _GOES_WITH.items():
        if getattr(table, key) and act_name not in friends:
            raise place.wrong(f"{key} goes with {', '.join(friends)}, not with {act_name}", key)
    try:
        act = _ACTS[act_name](table) if said else Say()
        at, absolute = _when(table, before)
    except ConfigError as error:
        raise place.wrong(str(error), str(error).partition(":")[0]) from None
    if before and not absolute and not before[-1].absolute and at < before[-1].at:
        raise place.wrong("it is before the step above it; write steps in the order they happen in", "at")
    return Step(at, act, table.text or _told(table, said), absolute)


def _when(table: StepTable, before: list[Step]) -> tuple[Nanos, bool]:
    if table.at and table.after:
        raise ConfigError("at: either at or after, not both")
    if table.at.startswith("+"):
        return _span(table.at[1:], "at"), False
    if table.at:
        return instant(table.at, "at"), True
    if before and before[-1].absolute:
        return Nanos(ends_after(before[-1]) + _span(table.after or "0s", "after")), True
    return Nanos((ends_after(before[-1]) if before else 0) + _span(table.after or "0s", "after")), False


def _span(text: str, what: str) -> Nanos:
    if text in ("0", "0s"):
        return Nanos(0)
    span = duration(text, what)
    if span > LONGEST:
        raise ConfigError(f"{what}: {text!r} is longer than ten years, 3650d")
    return span


def percent(text: str, what: str, low: int, high: int) -> Rate:
    """``25%`` as a rate, from *low* to *high* percent. Raises ConfigError naming *what*.

    >>> percent("-0.05%", "move", -100, 100)
    -50000
    """
    number, sign, rest = text.strip().removeprefix("+").partition("%")
    if not sign or rest:
        raise ConfigError(f"{what}: {text!r} is no percentage; write it like 25% or 0.05%")
    value = decimal(number.strip(), what)
    if value % 100:
        raise ConfigError(f"{what}: {text!r} has more than six decimals")
    rate = value // 100
    if not low * ONE <= 100 * rate <= high * ONE:
        raise ConfigError(f"{what}: {text!r} is not from {low}% to {high}%")
    return Rate(rate)


def _names(given: str | list[str]) -> tuple[str, ...]:
    """One name or several; none, or a star, is all."""
    found = (given,) if isinstance(given, str) else tuple(given)
    return tuple(name for name in found if name not in ("", "*"))


def _way(table: StepTable) -> tuple[Nanos, Path, Nanos]:
    over = _span(table.over or "0s", "over")
    if table.path and table.path not in Path.__members__.values():
        raise ConfigError(f"path: {table.path!r} is not one of {', '.join(Path)}")
    path = Path(table.path or "linear")
    every = _span(table.every or "1s", "every")
    if every < SHORTEST_EVERY:
        raise ConfigError("every: 100ms is the least")
    if over // every > MOST_PRICES:
        raise ConfigError(f"every: {over // every} prices on one way; let them be farther apart")
    if path is Path.WICK and not over:
        raise ConfigError("path: a wick takes time; say over which")
    return over, path, every


def _moved(table: StepTable) -> Act:
    over, path, every = _way(table)
    indexes = _names(table.index)
    if table.to:
        price = decimal(table.to, "to")
        if not 0 < price <= HIGHEST:
            raise ConfigError(f"to: {table.to!r} is no price above zero, and a thousand million at most")
        return Move(indexes, to=Price(price), over=over, path=path, every=every)
    if table.rise:
        by = percent(table.rise, "rise", 0, 10_000)
    elif table.drop:
        by = Rate(-percent(table.drop, "drop", 0, 99))
    else:
        by = percent(table.move, "move", -99, 10_000)
    return Move(indexes, by=by, over=over, path=path, every=every)


def _recovered(table: StepTable) -> Act:
    over, path, every = _way(table)
    return Recover(_names(table.index), percent(table.recover, "recover", 0, 1_000), over, path, every)


def _shaped(table: StepTable) -> Act:
    spread = percent(table.spread, "spread", 0, 50) if table.spread else None
    depth = percent(table.depth, "depth", 0, 100_000) if table.depth else None
    return Shape(_names(table.market), spread, depth)


def _ladder(table: StepTable) -> Act:
    if table.ladder not in ("gone", "back"):
        raise ConfigError(f"ladder: {table.ladder!r} is not gone or back")
    back = table.ladder == "back"
    return Shape(_names(table.market), Rate(0) if back else None, Rate(ONE if back else 0))


def _paid(table: StepTable) -> Act:
    what, text = ("deposit", table.deposit) if table.deposit else ("withdraw", table.withdraw)
    found = _MONEY.fullmatch(text)
    if found is None:
        raise ConfigError(f"{what}: {text!r} is no amount of money; write it like 1000 USDT")
    amount, wallet = decimal(found[1], what), table.wallet or "usdm"
    if amount <= 0:
        raise ConfigError(f"{what}: {text!r} is not above zero")
    if not table.account:
        raise ConfigError(f"{what}: say whose money, with account")
    if wallet not in WALLETS:
        raise ConfigError(f"wallet: {wallet!r} is not one of {', '.join(WALLETS)}")
    return Pay(table.account, wallet, found[2], Amount(amount if table.deposit else -amount))


_ACTS: Final[dict[str, Callable[[StepTable], Act]]] = {
    **dict.fromkeys(("move", "rise", "drop", "to"), _moved),
    "recover": _recovered,
    "premium": lambda table: Premium(_names(table.market), percent(table.premium, "premium", -50, 50)),
    "funding": lambda table: Funding(_names(table.market), percent(table.funding, "funding", -50, 50)),
    "spread": _shaped,
    "depth": _shaped,
    "ladder": _ladder,
    "halt": lambda table: Halt(_names(table.market)),
    "resume": lambda table: Halt(_names(table.market), resume=True),
    "deposit": _paid,
    "withdraw": _paid,
}


def _told(table: StepTable, said: list[str]) -> str:
    """What a step does, in the words of its file."""
    rest = [name for name in _GOES_WITH if getattr(table, name)]
    words = []
    for name in [*said, *rest]:
        value = getattr(table, name)
        words.append(name if value is True else f"{name} {', '.join(value) if isinstance(value, list) else value}")
    return ", ".join(words)
