"""Which margin pools may have to be liquidated, or called for margin, after a price or their own money moved.

An index of bounds, derived from the state and rebuilt from it at any time: it only saves work, the decision is made
exactly afterwards. A pool surely holds enough while the mark of each market it has positions in is between a lower and
an upper bound. They are found by the market: which pools a mark has reached costs the logarithm of how many there are.

* All positions in one market: the bounds are the prices of the margin call, or of liquidation where there are no calls,
  a few units of money nearer for what rounding takes. With one side there is one of them; a long and a short can have
  two, or one on the far side.
* Positions in several: what equity exceeds maintenance by is shared out over the markets, and each has the prices at
  which it has used up its share. Whatever the marks do between their bounds, the sum holds. A bound that is reached
  without a liquidation is found anew, with what is left now.
* Where there is no such room (it was called, less than the roundings is left, the index is stale, a market has no mark
  yet) the pool is looked at whenever one of its markets' marks moves.

Pools of several assets (`ALL_ASSETS`) have no bounds: a position settled in a coin is worth its profit times the coin's
price, which no share of either can bound. Their accounts are looked at whole whenever any mark moves, and touched by an
index (`marks.set_index`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sortedcontainers import SortedList

from simexchange.core import margin, valuing
from simexchange.core.brackets import liquidation_bounds, maintenance
from simexchange.core.vocabulary.assets import ALL_ASSETS
from simexchange.core.vocabulary.ids import market_of
from simexchange.core.vocabulary.units import ONE, div_up

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from simexchange.core.accounts import Account
    from simexchange.core.brackets import Leg
    from simexchange.core.margin import PoolName
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.ids import AccountNo, MarketNo, PositionKey

Suspect = tuple["Account", "list[Pool]"]
"""An account, and which of its pools to look at, in order of name; none named: all it has, and its money."""
Bounds = tuple["MarketNo", int, int]
"""A market, and the marks at or below and at or above which a pool is to be looked at; 0: none."""


class Pool:
    """A pool as the index has it: its number, what is margined by it, and where it stands."""

    __slots__ = ("account", "bounds", "keys", "name", "number")

    def __init__(self, number: int, account: AccountNo, name: PoolName, keys: tuple[PositionKey, ...]) -> None:
        self.number = number
        self.account = account
        self.name = name
        self.keys = keys
        self.bounds: tuple[Bounds, ...] = ()
        """Empty: it is looked at whenever a mark of its markets moves."""


_SHIFT = 40
_NUMBER = (1 << _SHIFT) - 1
_ALL: list[Pool] = []


class RiskIndex:
    """Pools by the marks at which they are to be looked at."""

    def __init__(self, state: ExchangeState) -> None:
        self._state = state
        self._lower: dict[MarketNo, SortedList[int]] = {}
        """Bounds with the number of the pool behind the price, so that one sorted number is one row."""
        self._upper: dict[MarketNo, SortedList[int]] = {}
        self._watched: dict[MarketNo, dict[int, None]] = {}
        """Pools without bounds, by each of their markets."""
        self._pools: dict[int, Pool] = {}
        self._owned: dict[AccountNo, list[Pool]] = {}
        self._stale: dict[AccountNo, None] = {}
        """Accounts whose money or positions moved since they were placed."""
        self._numbers = 0
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
            account = self._state.accounts[pool.account]
            found.setdefault(pool.account, (account, []))[1].append(pool)
        for _, pools in found.values():
            pools.sort(key=_name)
        found.update((no, (self._state.accounts[no], _ALL)) for no in self._state.unified)
        found.update((suspect[0].no, suspect) for suspect in whole)
        return [found[no] for no in sorted(found)]

    def forget(self) -> None:
        """What everybody goes by has changed: all are placed anew when a mark moves next."""
        for rows in (self._lower, self._upper, self._watched, self._pools, self._owned, self._stale):
            rows.clear()
        self._built = False

    def bounds(self, account: AccountNo, name: PoolName) -> tuple[Bounds, ...]:
        """Between which marks a pool is not looked at, as of the last mark that moved; empty: it always is."""
        return next((pool.bounds for pool in self._owned.get(account, ()) if pool.name == name), ())

    def _fallen(self, moved: Iterable[MarketNo]) -> Iterator[Pool]:
        """Pools that do not stand where the marks are now: of accounts that were touched, and of those reached."""
        placed: dict[int, None] = {}
        for no in self._stale:
            for pool in self._group(self._state.accounts[no]):
                placed[pool.number] = None
                if not self._place(pool):
                    yield pool
        self._stale.clear()
        reached: dict[int, None] = {}
        for market in moved:
            self._reach(market, reached)
        for number in reached:
            if number not in placed:
                pool = self._pools[number]
                self._lift(pool)
                if not self._place(pool):
                    yield pool

    def _reach(self, market: MarketNo, reached: dict[int, None]) -> None:
        mark = margin.price_of(self._state.markets[market])
        rows = self._lower.get(market)
        least = mark << _SHIFT
        if rows and rows[-1] >= least:
            for row in rows.irange(least):
                reached[row & _NUMBER] = None
        rows = self._upper.get(market)
        most = least | _NUMBER
        if rows and rows[0] <= most:
            for row in rows.irange(None, most):
                reached[row & _NUMBER] = None
        reached.update(self._watched.get(market, ()))

    # Where a pool stands

    def _bounds(self, pool: Pool) -> tuple[Bounds, ...]:
        """Between which marks *pool* surely holds enough, for each market it has positions in; empty: nowhere."""
        state = self._state
        account = state.accounts[pool.account]
        legs: dict[MarketNo, list[Leg]] = {}
        for key in pool.keys:
            position = account.positions[key]
            legs.setdefault(market_of(key), []).append((position.qty, position.cost))
        if pool.name in account.called:
            return ()
        cash, part = account.free(*pool.name), margin.alarm(state, account)
        backing = dict.fromkeys(legs, cash) if len(legs) == 1 else self._shares(account, legs, cash, part)
        # The roundings of one position: of its profit, of its maintenance, and of what backs it.
        rounded = 2 + div_up(ONE, part)
        found = []
        for no, held in legs.items():
            market = state.markets[no]
            mark = margin.price_of(market)
            if no not in backing or not mark:
                return ()
            contract = market.spec.contract_size if market.inverse else 0
            tiers = margin.tiers_of(state, account, no)
            bounds = liquidation_bounds(backing[no] - rounded * len(held), held, tiers, mark, contract, part)
            if bounds is None:
                return ()
            found.append((no, *bounds))
        return tuple(found)

    def _shares(self, account: Account, legs: dict[MarketNo, list[Leg]], cash: int, part: int) -> dict[MarketNo, int]:
        """What backs each market if each may use up its share of what is spare; empty where nothing is.

        Spare is by what *part* of the equity exceeds maintenance.

        Shares go by what a market can take from the pool while its mark moves by a part of itself: what it is worth
        net, and its maintenance. Equal parts would leave the smallest position room that the largest needs.
        """
        spare = cash * part
        gains: dict[MarketNo, int] = {}
        weights: dict[MarketNo, int] = {}
        for no, held in legs.items():
            market = self._state.markets[no]
            spec, mark = market.spec, market.mark
            if not mark:
                # Valued at its last trade, which moves without a word to this index.
                return {}
            tiers = margin.tiers_of(self._state, account, no)
            gain = net = maintained = 0
            for qty, cost in held:
                worth = valuing.worth(spec, mark, qty)
                needed = maintenance(tiers, worth)
                gain += valuing.unrealised(spec, qty, cost, mark) * part - needed * ONE
                net += worth if qty > 0 else -worth
                maintained += needed
            gains[no] = gain
            weights[no] = abs(net) + maintained + 1
            spare += gain
        if spare <= 0:
            return {}
        total = sum(weights.values())
        return {no: (spare * weight // total - gains[no]) // part for no, weight in weights.items()}

    # Keeping

    def _build(self) -> None:
        """Place everybody: sorted at once, not one by one."""
        self._built = True
        self._stale.clear()
        for account in self._state.accounts.values():
            if account.margined and account.positions:
                for pool in self._group(account):
                    pool.bounds = self._bounds(pool)
                    if not pool.bounds:
                        self._watch(pool)
        for side, at in ((self._lower, 1), (self._upper, 2)):
            rows: dict[MarketNo, list[int]] = {}
            for pool in self._pools.values():
                for bounds in pool.bounds:
                    if bounds[at]:
                        rows.setdefault(bounds[0], []).append(bounds[at] << _SHIFT | pool.number)
            for market, found in rows.items():
                side[market] = SortedList(found)

    def _group(self, account: Account) -> list[Pool]:
        """The pools of *account* as its positions say; those it had before are gone."""
        for pool in self._owned.pop(account.no, ()):
            self._lift(pool)
            del self._pools[pool.number]
        pools = []
        for name, keys in margin.pools_of(self._state, account).items():
            if name[1] == ALL_ASSETS:
                continue
            self._numbers += 1
            pool = self._pools[self._numbers] = Pool(self._numbers, account.no, name, tuple(keys))
            pools.append(pool)
        if pools:
            self._owned[account.no] = pools
        return pools

    def _place(self, pool: Pool) -> bool:
        """Find *pool*'s bounds and put it there; whether it has any."""
        pool.bounds = self._bounds(pool)
        if not pool.bounds:
            self._watch(pool)
            return False
        for market, lower, upper in pool.bounds:
            for price, side in ((lower, self._lower), (upper, self._upper)):
                if price:
                    if market not in side:
                        side[market] = SortedList()
                    side[market].add(price << _SHIFT | pool.number)
        return True

    def _watch(self, pool: Pool) -> None:
        for key in pool.keys:
            self._watched.setdefault(market_of(key), {})[pool.number] = None

    def _lift(self, pool: Pool) -> None:
        """Take *pool* from where it stands."""
        for market, lower, upper in pool.bounds:
            if lower:
                self._lower[market].remove(lower << _SHIFT | pool.number)
            if upper:
                self._upper[market].remove(upper << _SHIFT | pool.number)
        if not pool.bounds:
            for key in pool.keys:
                self._watched[market_of(key)].pop(pool.number, None)


def _name(pool: Pool) -> PoolName:
    return pool.name
