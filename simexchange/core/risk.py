"""Which margin pools may have to be liquidated, or called for margin, after a price or their own money moved.

An index of bounds, derived from the state and rebuilt from it at any time: it only saves work, the decision is made
exactly afterwards. A pool surely holds enough while the mark of each market it has positions in is between a lower and
an upper bound. They are found by the market: which pools a mark has reached costs the logarithm of how many there are.

* All positions in one market: the bounds are the prices of the margin call, or of liquidation where there are no calls,
  a few units of money nearer for what rounding takes, or the edge of the bracket before it. With one side there is one
  of them; a long and a short can have two, or one on the far side.
* Positions in several: what equity exceeds maintenance by is shared out over the markets, and each has the prices at
  which it has used up its share. Whatever the marks do between their bounds, the sum holds. A bound that is reached
  without a liquidation is found anew, with what is left now.
* Where there is no such room (it was called, less than the roundings is left, the index is stale, a market has no mark
  yet) the pool is looked at whenever one of its markets' marks moves.

How bounds are found is in `headroom`. A pool that moves leaves its bounds where they were: they carry the number it had
when they were put down, and who finds a number that nobody has any more passes on. Now and then they are swept out.

Pools of several assets (`ALL_ASSETS`) have no bounds: a position settled in a coin is worth its profit times the coin's
price, which no share of either can bound. Their accounts are looked at whole whenever any mark moves, and touched by an
index (`marks.set_index`).
"""

from __future__ import annotations

from bisect import bisect_right
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from simexchange.core import headroom, margin
from simexchange.core.headroom import LOWER, PART, UPPER
from simexchange.core.vocabulary.assets import ALL_ASSETS
from simexchange.core.vocabulary.ids import market_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from simexchange.core.accounts import Account
    from simexchange.core.headroom import Bounds, Brackets, Line
    from simexchange.core.margin import PoolName
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.ids import AccountNo, MarketNo, PositionKey

Suspect = tuple["Account", "list[Pool]"]
"""An account, and which of its pools to look at, in order of name; none named: all it has, and its money."""
_SHIFT = 40
_NUMBER = (1 << _SHIFT) - 1
_SWEPT_FROM = 1_000
_ALL: list[Pool] = []


class Pool:
    """A pool as the index has it: what is margined by it, and where it stands."""

    __slots__ = ("account", "fixed", "keys", "lines", "name", "number")

    def __init__(self, account: Account, name: PoolName, keys: tuple[PositionKey, ...]) -> None:
        self.account = account
        self.name = name
        self.keys = keys
        self.number = 0
        """What its bounds are marked with; 0: it has none, and is looked at whenever a mark of its markets moves."""
        self.fixed = 0
        self.lines: tuple[Line, ...] | None = None
        """See `headroom.lines`; None: to be drawn. Good for as long as the account is not touched."""


class Rows:
    """Bounds of one market on one side: side × mark, and behind it the number of the pool, so that a number is a row.

    The least one is reached first, when side × mark is no less any more.
    """

    __slots__ = ("fresh", "settled", "start")

    def __init__(self) -> None:
        self.settled: list[int] = []
        """Rising."""
        self.start = 0
        """How many of them have been reached."""
        self.fresh: list[int] = []
        """A heap of those put down since; one list for good, since ways keep hold of it."""

    def reach(self, most: int, placed: dict[int, Pool]) -> list[Pool]:
        """Pass what is not above *most*, and take the pools it belongs to out of *placed*."""
        settled, start, fresh, passed = self.settled, self.start, self.fresh, []
        if start < len(settled) and settled[start] <= most:
            self.start = bisect_right(settled, most, start)
            passed = settled[start : self.start]
        while fresh and fresh[0] <= most:
            passed.append(heappop(fresh))
        return list(filter(None, [placed.pop(row & _NUMBER, None) for row in passed])) if passed else []

    def settle(self, placed: dict[int, Pool]) -> None:
        """Put in order those that belong to a pool still, and throw out the others."""
        self.settled = [row for rows in (self.settled, self.fresh) for row in rows if row & _NUMBER in placed]
        self.settled.sort()
        self.start = 0
        self.fresh.clear()


class RiskIndex:
    """Pools by the marks at which they are to be looked at."""

    def __init__(self, state: ExchangeState) -> None:
        self._state = state
        self._rows: dict[MarketNo, tuple[Rows, Rows]] = {}
        """Bounds by market, the lower and the upper ones."""
        self._placed: dict[int, Pool] = {}
        """Pools with bounds, by their numbers."""
        self._watched: dict[MarketNo, dict[Pool, None]] = {}
        """Pools without, by each of their markets."""
        self._owned: dict[AccountNo, list[Pool]] = {}
        self._stale: dict[AccountNo, None] = {}
        """Accounts whose money or positions moved since they were placed."""
        self._brackets: dict[tuple[str, MarketNo], Brackets] = {}
        self._numbers = 0
        self._sweep_at = _SWEPT_FROM
        self._built = False

    def suspects(self, touched: Collection[AccountNo], marked: Collection[MarketNo]) -> list[Suspect]:
        """What to look at exactly, by number of account: all of those touched, and the pools that marks have reached.

        Touched accounts are placed anew only when a mark moves: between two marks they may trade often.
        """
        accounts, whole = self._state.accounts, []
        for no in sorted(touched):
            account = accounts[no]
            if account.margined:
                self._stale[no] = None
                whole.append((account, _ALL))
        return self._moved(whole, marked) if marked else whole

    def _moved(self, whole: list[Suspect], marked: Iterable[MarketNo]) -> list[Suspect]:
        if not self._built:
            self._build()
        found: dict[AccountNo, Suspect] = {}
        for pool in self._fallen(marked):
            account = pool.account
            found.setdefault(account.no, (account, []))[1].append(pool)
        for _, pools in found.values():
            pools.sort(key=_name)
        accounts = self._state.accounts
        found.update((no, (accounts[no], _ALL)) for no in self._state.unified if accounts[no].at_stake())
        found.update((suspect[0].no, suspect) for suspect in whole)
        return [found[no] for no in sorted(found)]

    def forget(self) -> None:
        """What everybody goes by has changed: all are placed anew when a mark moves next."""
        for rows in (self._rows, self._placed, self._watched, self._owned, self._stale, self._brackets):
            rows.clear()
        self._built = False

    def bounds(self, account: AccountNo, name: PoolName) -> tuple[Bounds, ...]:
        """Between which marks a pool is not looked at, as of the last mark that moved; empty: it always is."""
        number = next((pool.number for pool in self._owned.get(account, ()) if pool.name == name), 0)
        found = []
        for market, sides in sorted(self._rows.items()) if number else ():
            lower, upper = (
                next((row >> _SHIFT for row in (*rows.settled, *rows.fresh) if row & _NUMBER == number), 0)
                for rows in sides
            )
            if lower or upper:
                found.append((market, -lower, upper))
        return tuple(found)

    def _fallen(self, moved: Iterable[MarketNo]) -> list[Pool]:
        """Pools that do not stand where the marks are now: of accounts that were touched, and of those reached."""
        to_place: list[Pool] = []
        for no in self._stale:
            to_place += self._group(self._state.accounts[no])
        self._stale.clear()
        fallen: dict[Pool, None] = {}
        for market in moved:
            mark = margin.price_of(self._state.markets[market]) << _SHIFT
            if market in self._rows:
                lower, upper = self._rows[market]
                to_place += lower.reach(_NUMBER - mark, self._placed)
                to_place += upper.reach(_NUMBER + mark, self._placed)
            if market in self._watched:
                fallen.update(self._watched[market])
        if not to_place and not fallen:
            return []
        for pool in list(fallen):
            if pool.name not in pool.account.called:
                del fallen[pool]
                self._lift(pool)
                to_place.append(pool)
        fallen.update(dict.fromkeys(self._place(to_place)))
        if self._numbers >= self._sweep_at:
            self._sweep()
        return list(fallen)

    # Keeping

    def _build(self) -> None:
        """Place everybody: put in order at once, not one by one."""
        self._built = True
        self._stale.clear()
        for account in self._state.accounts.values():
            if account.margined and account.positions:
                self._place(self._group(account), list.append)
        self._sweep()

    def _group(self, account: Account) -> list[Pool]:
        """The pools of *account* as its positions say, to be placed; those it had before are gone."""
        for pool in self._owned.pop(account.no, ()):
            self._lift(pool)
        pools = [
            Pool(account, name, tuple(keys))
            for name, keys in margin.pools_of(self._state, account).items()
            if name[1] != ALL_ASSETS
        ]
        if pools:
            self._owned[account.no] = pools
        return pools

    def _place(self, pools: list[Pool], put: Callable[[list[int], int], None] = heappush) -> list[Pool]:
        """Find bounds and put them down; the pools that have none.

        Each market has a share of what can be spared, as large as what it takes when its mark moves by a part of
        itself: its bound is where that is used up, or the position leaves its bracket. Every look at a pool that holds
        enough ends here, so all is in one place.
        """
        without: list[Pool] = []
        placed = self._placed
        for pool in pools:
            lines = pool.lines
            if not lines:
                self._place_anew(pool, put, without)
                continue
            spare, total = pool.fixed, 0
            for size, (market, _, _, floor, cap, gain, scale, _, _) in lines:
                worth = size * market.mark
                if not floor < worth <= cap:
                    pool.lines = None
                    self._place_anew(pool, put, without)
                    break
                spare += worth * gain
                total += worth * scale
            else:
                if spare <= 0:
                    self._watch(pool, without)
                    continue
                self._numbers = pool.number = number = self._numbers + 1
                placed[number] = pool
                used = (spare << PART) // total
                for size, (market, rows, side, _, _, _, _, room, limit) in lines:
                    mark = market.mark
                    at = side * mark + (mark * room * used >> 2 * PART)
                    if at * size > limit:
                        at = limit // size + 1
                    if at:
                        put(rows, at << _SHIFT | number)
        return without

    def _place_anew(self, pool: Pool, put: Callable[[list[int], int], None], without: list[Pool]) -> None:
        """The same of a pool whose lines are not known, or that has none; it joins those *without* if it has no bounds.

        Who is called later than when its lines were drawn is watched already, and who is touched gets here.
        """
        if pool.lines is None:
            if pool.name in pool.account.called:
                self._watch(pool, without)
                return
            pool.fixed, pool.lines = headroom.lines(self._state, pool.account, pool.name, pool.keys, self._brackets_of)
        if pool.lines:
            without += self._place([pool], put)
            return
        bounds = headroom.bounds(self._state, pool.account, pool.name, pool.keys)
        if not bounds:
            self._watch(pool, without)
            return
        self._numbers = pool.number = number = self._numbers + 1
        self._placed[number] = pool
        for market, lower, upper in bounds:
            if lower:
                put(self._side(market, LOWER), -lower << _SHIFT | number)
            if upper:
                put(self._side(market, UPPER), upper << _SHIFT | number)

    def _side(self, market: MarketNo, side: int) -> list[int]:
        """Where bounds are put down."""
        rows = self._rows.get(market)
        if rows is None:
            rows = self._rows[market] = (Rows(), Rows())
        return rows[side > 0].fresh

    def _brackets_of(self, account: Account, market: MarketNo) -> Brackets:
        """The brackets *account* goes by, made ready once."""
        tiers = margin.tiers_of(self._state, account, market)
        key = (account.rules, market)
        known = self._brackets.get(key)
        if known is None or known.tiers is not tiers:
            part = margin.alarm(self._state, account)
            known = headroom.brackets_of(self._state.markets[market], tiers, part, self._side)
            self._brackets[key] = known
        return known

    def _watch(self, pool: Pool, without: list[Pool]) -> None:
        """Have *pool* looked at whenever a mark of its markets moves: it is one of those *without* bounds."""
        without.append(pool)
        pool.number = 0
        for key in pool.keys:
            self._watched.setdefault(market_of(key), {})[pool] = None

    def _lift(self, pool: Pool) -> None:
        """Take *pool* from where it stands."""
        if pool.number:
            del self._placed[pool.number]
        else:
            for key in pool.keys:
                self._watched[market_of(key)].pop(pool, None)

    def _sweep(self) -> None:
        """Settle all bounds, when those that nobody stands at may be twice those that count."""
        for sides in self._rows.values():
            for rows in sides:
                rows.settle(self._placed)
        self._sweep_at = self._numbers + 2 * len(self._placed) + _SWEPT_FROM


def _name(pool: Pool) -> PoolName:
    return pool.name
