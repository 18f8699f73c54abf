"""What portfolio rows are worth in one currency.

An amount is converted by the index of its pair, else by the spot market of its pair (the mid of best bid and ask, else
the last trade), in either direction, else over a third asset the same way. What no price leads to counts nothing and is
named. Fees, funding and what was paid in count at the prices of the first row after they came that has one for them.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from simexchange.core import display
from simexchange.core.vocabulary.units import Nanos
from simexchange.projections.intervals import floor
from simexchange.projections.markets import MarketsView
from simexchange.projections.portfolio import PortfolioRow

USUAL = "USDT"
RULE = "index of the pair, else mid of its spot market, else its last trade; else over a third asset"
"""How an amount comes to its worth, in one line."""


class Delta(msgspec.Struct, frozen=True, gc=False):
    """One asset by itself, in its own units."""

    asset: str
    held: int
    """In all wallets, unrealised profit that is paid in it included."""
    futures: int
    """What contracts stand for: short below zero."""
    net: int
    hedge_ratio: int | None
    """How much of what is held the contracts are short, at 10**-8; None: nothing is held."""


class WalletWorth(msgspec.Struct, frozen=True, gc=False):
    """One wallet with everything in it."""

    wallet: str
    worth: int


class Point(msgspec.Struct, frozen=True, gc=False):
    """A portfolio at one instant, in one currency at 10**-8."""

    at: Nanos
    seq: int
    equity: int
    paid_in: int
    result: int
    """Equity less what was paid in."""
    fees: int
    funding: int
    held: int
    """What is held of other assets."""
    futures: int
    """What contracts stand for."""
    exposure: int
    """Both together: what a rise of every other asset by a hundredth would move a hundred times."""
    hedge_ratio: int | None
    wallets: tuple[WalletWorth, ...]
    deltas: tuple[Delta, ...]
    """Of every asset but the currency."""
    unpriced: tuple[str, ...]
    """Assets that count nothing here, for want of a price."""


def currencies(markets: MarketsView) -> list[str]:
    """What a portfolio may be told in: every asset a market has, in order of listing, the usual one first."""
    found = [asset for row in markets.by_no.values() for asset in (row.spec.quote, row.spec.base, row.spec.settle)]
    return list(dict.fromkeys(([USUAL] if USUAL in found else []) + found))


def points(rows: Iterable[PortfolioRow], currency: str) -> Iterator[Point]:
    """Every row in *currency*. *rows* begin with an account's first: a later beginning would price what came before."""
    before: dict[str, tuple[int, int, int]] = {}
    sums = [0, 0, 0]
    for row in rows:
        for line in row.assets:
            now = line.paid_in, line.fees, line.funding
            was = before.get(line.asset, (0, 0, 0))
            if now == was or row.prices.convert(0, line.asset, currency) is None:
                # What has no price yet waits for one: counted as nothing it would be a gain on the day it gets one.
                continue
            for place in range(3):
                sums[place] += row.prices.convert(now[place] - was[place], line.asset, currency) or 0
            before[line.asset] = now
        yield _point(row, currency, *sums)


def _point(row: PortfolioRow, currency: str, paid_in: int, fees: int, funding: int) -> Point:
    convert = row.prices.convert
    wallets: dict[str, int] = {}
    held: dict[str, int] = {}
    for line in row.wallets:
        amount = line.cash + line.unrealised
        wallets[line.wallet] = wallets.get(line.wallet, 0) + (convert(amount, line.asset, currency) or 0)
        held[line.asset] = held.get(line.asset, 0) + amount
    futures = {line.asset: line.futures for line in row.assets if line.futures}
    names = [name for name in sorted({*held, *futures}) if name != currency]
    deltas = [(name, held.get(name, 0), futures.get(name, 0)) for name in names]
    coins = sum(convert(amount, name, currency) or 0 for name, amount, _ in deltas)
    contracts = sum(convert(amount, name, currency) or 0 for name, _, amount in deltas)
    equity = sum(wallets.values())
    return Point(
        row.at, row.seq, equity, paid_in, equity - paid_in, fees, funding, coins, contracts, coins + contracts,
        display.hedge_ratio(coins, contracts),
        tuple(WalletWorth(name, worth) for name, worth in wallets.items()),
        tuple(Delta(name, has, of, has + of, display.hedge_ratio(has, of)) for name, has, of in deltas if has or of),
        tuple(name for name, has, of in deltas if (has or of) and convert(has or of, name, currency) is None),
    )  # fmt: skip


def since(found: Sequence[Point], start: Nanos | None) -> list[Point]:
    """Those of *found* from *start* on, and before them the last one before it: how it stood at *start*."""
    if start is None:
        return list(found)
    return list(found[max(0, sum(point.at <= start for point in found) - 1) :])


def on_grid(found: Sequence[Point], every: int, start: Nanos, end: Nanos) -> list[Point]:
    """The newest of *found* at each multiple of *every* from *start* to *end*; of none before a first one."""
    at = floor(every, Nanos(start + every - 1))
    placed: list[Point] = []
    number = -1
    while at <= end:
        while number + 1 < len(found) and found[number + 1].at <= at:
            number += 1
        if number >= 0:
            placed.append(msgspec.structs.replace(found[number], at=at))
        at = Nanos(at + every)
    return placed
