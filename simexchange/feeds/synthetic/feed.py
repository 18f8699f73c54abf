"""The synthetic feed: index prices every second, and the orders of everybody who takes part."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from simexchange.core.accounts import Account
from simexchange.core.market import MarketState
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.commands import Command, SetIndex, SetLeverage
from simexchange.core.vocabulary.ids import MarketNo, first_id
from simexchange.core.vocabulary.markets import MarketKind, MarketStatus
from simexchange.core.vocabulary.units import MINUTE, Nanos, Price, Quantity, ceil_to, floor_to
from simexchange.feeds.synthetic.arbitrage import arbitrage
from simexchange.feeds.synthetic.cast import ROLES, open_cast, pairs
from simexchange.feeds.synthetic.draws import Stream, bits, stream
from simexchange.feeds.synthetic.index import IndexState, begin, walk
from simexchange.feeds.synthetic.ladder import IMPACT_MEMORIES, digest_flow, requote, shade
from simexchange.feeds.synthetic.minds import MarketMind, Outlook, SyntheticState, base_of
from simexchange.feeds.synthetic.noise import scatter, tidy
from simexchange.feeds.synthetic.opening import open_trading, opening_price
from simexchange.feeds.synthetic.past import describe
from simexchange.feeds.synthetic.quarters import distance, listed
from simexchange.feeds.synthetic.settings import (
    ArbitrageSettings,
    IndexSettings,
    LadderSettings,
    NoiseSettings,
    Settings,
    TakerSettings,
    index_of,
)
from simexchange.feeds.synthetic.takers import take

NAME = "synthetic"
USES = ("ladder", "taker", "noise")
"""What chance is used for in each market, a stream each."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How participants behave in one market: the settings at its pace."""

    ladder: LadderSettings
    taker: TakerSettings
    noise: NoiseSettings
    arbitrage: ArbitrageSettings
    stride: int

    @staticmethod
    def of(settings: Settings, name: str) -> "Habits":
        """Those of the market or place *name*."""
        pace, ladder, noise = settings.pace(name), settings.ladder, settings.noise
        return Habits(
            replace(
                ladder,
                nearest=ladder.nearest * pace.spread,
                nearest_per_vol=ladder.nearest_per_vol * pace.spread,
                gap=ladder.gap * pace.spread,
                period=Nanos(ladder.period * pace.stride),
                refill=Nanos(ladder.refill * pace.stride),
            ),
            replace(settings.taker, rate=settings.taker.rate * pace.rate),
            replace(noise, rate=noise.rate * pace.rate, at_most=max(4, int(noise.at_most * pace.rate))),
            replace(settings.arbitrage, period=Nanos(settings.arbitrage.period * pace.stride)),
            pace.stride,
        )


class SyntheticFeed:
    """A `Feed` that needs no data: an index process and participants who trade around it.

    Time is cut into beats (a tenth of a second). The index moves on whole seconds; between them each market has
    beats of its own at which its maker looks at its quotes, and takers and noise come whenever chance says so.
    """

    name = NAME
    sets_index = True
    state_type = SyntheticState

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self._streams: dict[tuple[int, str], tuple[Stream, ...]] = {}
        self._habits = [Habits.of(self.settings, name) for name in self.settings.markets]
        self._pairs = [(pair, Habits.of(self.settings, pair.other).arbitrage) for pair in pairs(self.settings)]

    # ------------------------------------------------------------------------------------------------- what it needs

    def setup(self, state: ExchangeState) -> Iterable[Command]:
        """Participants with their capital; and, before the exchange has begun to trade, a note on its past."""
        yield from self.describe_history(state)
        yield from open_cast(self.settings, state)

    def describe_history(self, state: ExchangeState) -> Iterable[Command]:
        """One `DescribeHistory` per index by which something is quoted here that never traded."""
        if self.settings.history < MINUTE:
            return
        for index in self.settings.indexes:
            quoted = [market for market in self._listed(state) if index_of(market.spec) == index.name]
            if quoted and not any(market.trades for market in quoted):
                yield describe(index, state.seed, Nanos(state.start), self.settings.history)

    def markets(self, state: ExchangeState) -> Sequence[MarketNo]:
        """Those of its markets that are listed, but for contracts in whose last minutes nobody opens anything."""
        return [market.no for market in self._listed(state) if max(state.now, state.start) < market.closes_at]

    # ------------------------------------------------------------------------------------------------------- running

    def initial(self, state: ExchangeState, at: Nanos) -> tuple[SyntheticState, Nanos | None]:
        """Blank minds, indexes at their first price, or where they were left; it opens the markets at once."""
        indexes = [begin(self._price_now(state, index), at) for index in self.settings.indexes]
        minds = [self._blank(state, market_id, at) for market_id in self.settings.markets]
        return SyntheticState(opened=False, indexes=indexes, minds=minds), at

    def step(
        self, feed_state: SyntheticState, state: ExchangeState, at: Nanos
    ) -> tuple[SyntheticState, Sequence[Command], Nanos | None]:
        """One beat. Everybody decides on what they see now; index first, then markets, then arbitrage."""
        opening = not feed_state.opened
        feed_state.opened = True
        commands: list[Command] = []
        if opening or at % self.settings.index_period == 0:
            commands += self._move_indexes(feed_state, state, at)
        beat = at // self.settings.beat
        for place, (name, habits) in enumerate(zip(self.settings.markets, self._habits, strict=True)):
            if habits.stride > 1 if opening else beat % habits.stride != (place + 1) % habits.stride:
                # Quiet markets come later, so that no step is long.
                continue
            market = listed(state, name, at)
            if market is not None:
                commands += self._market_beat(feed_state, state, at, beat, place, market, opening=opening)
        if not opening:
            commands += self._arbitrage_beat(feed_state, state, at, beat)
        return feed_state, commands, self._next(state.seed, beat)

    def resume(
        self, feed_state: SyntheticState, state: ExchangeState, at: Nanos
    ) -> tuple[SyntheticState, Nanos | None]:
        """Go on at the next instant at which the index may move: quotes need a price of today."""
        return feed_state, Nanos(ceil_to(at, self.settings.index_period))

    # --------------------------------------------------------------------------------------------------------- beats

    def _move_indexes(self, feed_state: SyntheticState, state: ExchangeState, at: Nanos) -> list[Command]:
        commands: list[Command] = []
        for settings, index in zip(self.settings.indexes, feed_state.indexes, strict=True):
            walk(index, settings, self.settings.premium, state.seed, at)
            if settings.name in state.indexes:
                commands.append(SetIndex(settings.name, index.price))
        return commands

    def _market_beat(
        self,
        feed_state: SyntheticState,
        state: ExchangeState,
        at: Nanos,
        beat: int,
        place: int,
        market: MarketState,
        *,
        opening: bool,
    ) -> list[Command]:
        """What maker, takers and noise of one market do in this beat."""
        settings, habits, name = self.settings, self._habits[place], self.settings.markets[place]
        outlook = self._outlook(feed_state, state, market, at, name)
        if outlook is None:
            return []
        mind = feed_state.minds[place]
        chances = self._chances(state.seed, name)
        maker, taker, noise = (state.accounts[state.account_no[f"{role}:{name}"]] for role in ROLES)
        span = Nanos(settings.beat * habits.stride)
        commands: list[Command] = []
        price = None
        if opening or (habits.stride > 1 and mind.market != market.no):
            price = self._opens_at(state, outlook)
            if not opening:
                feed_state.minds[place] = mind = self._blank(state, name, at, made=mind.made)
                mind.market = market.no
                commands += [
                    SetLeverage(who.no, market.no, settings.leverage)
                    for who in (maker, taker, noise)
                    if who.leverage.get(market.no) != settings.leverage
                ]
        looks = price is not None or self._looks(beat, place, maker)
        if looks:
            digest_flow(outlook, maker, mind, habits.ladder)
        shade(outlook, mind, habits.ladder)
        if price is not None:
            commands += open_trading(outlook, maker, taker, price)
        else:
            # Cancels before anything that could fill what they cancel.
            commands += tidy(noise, habits.noise, chances[2], beat, span)
        if looks:
            commands += requote(outlook, maker, mind, habits.ladder, chances[0], beat)
        if price is None:
            commands += take(outlook, taker, mind, habits.taker, chances[1], beat, span)
            commands += scatter(outlook, noise, mind, habits.noise, chances[2], beat, span)
        return commands

    def _opens_at(self, state: ExchangeState, outlook: Outlook) -> Price:
        """Where a market opens: where its past ends, or at fair value if it was listed when there was trade already."""
        spec = outlook.market.spec
        if spec.expiry and spec.onboard > state.start:
            return Price(floor_to(int(outlook.fair), spec.tick))
        return opening_price(spec, self.settings.index(index_of(spec)).price, self.settings.premium, state.start)

    def _arbitrage_beat(self, feed_state: SyntheticState, state: ExchangeState, at: Nanos, beat: int) -> list[Command]:
        commands: list[Command] = []
        for place, (pair, settings) in enumerate(self._pairs):
            period = max(1, settings.period // self.settings.beat)
            if beat % period != (7 + 3 * place) % period:
                continue
            no = state.account_no.get(pair.account)
            spot, other = listed(state, pair.spot, at), listed(state, pair.other, at)
            if no is None or spot is None or other is None:
                continue
            views = [
                self._outlook(feed_state, state, market, at, name)
                for market, name in ((spot, pair.spot), (other, pair.other))
            ]
            if views[0] is not None and views[1] is not None:
                commands += arbitrage(views[0], views[1], state.accounts[no], settings)
        return commands

    # ------------------------------------------------------------------------------------------------------- details

    def _looks(self, beat: int, place: int, maker: Account) -> bool:
        """Whether the maker of the market at *place* looks at its quotes in this beat: each reacts in its own time.

        Between its looks it only comes to put back what it lost.
        """
        ladder = self._habits[place].ladder
        period = max(1, ladder.period // self.settings.beat)
        if beat % period == (place + 1) % period:
            return True
        lacking = len(maker.orders) < 2 * ladder.levels
        return lacking and beat % period == (place + 1 + ladder.refill // self.settings.beat) % period

    def _next(self, seed: int, beat: int) -> Nanos:
        """The instant of the next beat: whole where the index moves, else somewhere in its first four fifths."""
        start = (beat + 1) * self.settings.beat
        if start % self.settings.index_period == 0:
            return Nanos(start)
        late = bits(self._chances(seed, "")[0], beat) % (self.settings.beat * 4 // 5)
        return Nanos(start + late)

    def _outlook(
        self, feed_state: SyntheticState, state: ExchangeState, market: MarketState, at: Nanos, name: str
    ) -> Outlook | None:
        """The market as seen now; None where it does not trade, or its rules or participants are missing."""
        if market.status is not MarketStatus.TRADING:
            return None
        rules = state.rules.get((self.settings.rules, market.no))
        place = self._place(index_of(market.spec))
        if rules is None or place is None or f"maker:{name}" not in state.account_no:
            return None
        index: IndexState = feed_state.indexes[place]
        above = distance(market.spec, self.settings.premium, index.premium, at) * 0.0001
        size = self.settings.indexes[place].size * self.settings.pace(name).size
        basis = above if market.spec.expiry else 0.0
        return Outlook(market, rules.filters, index.price * (1.0 + above), index.agitation, size, at, basis)

    def _place(self, name: str) -> int | None:
        for place, index in enumerate(self.settings.indexes):
            if index.name == name:
                return place
        return None

    def _listed(self, state: ExchangeState) -> list[MarketState]:
        at = max(state.now, state.start)
        found = (listed(state, name, at) for name in self.settings.markets)
        return [market for market in found if market is not None]

    def _chances(self, seed: int, market_id: str) -> tuple[Stream, ...]:
        key = (seed, market_id)
        if key not in self._streams:
            self._streams[key] = tuple(stream(seed, f"{market_id}/{use}") for use in USES)
        return self._streams[key]

    def _price_now(self, state: ExchangeState, settings: IndexSettings) -> Price:
        """Where an index stands as everybody knows it; at the very start, where history joins."""
        known = state.indexes.get(settings.name)
        if known is not None and known.price:
            return Price(known.price)
        last = (market.last for market in self._listed(state) if index_of(market.spec) == settings.name)
        return Price(next((price for price in last if price), settings.price))

    def _blank(self, state: ExchangeState, name: str, at: Nanos, made: int = 0) -> MarketMind:
        """The minds of a market's participants as they start, at home with what they hold now."""
        market = listed(state, name, at)
        names = [f"{role}:{name}" for role in ROLES]
        if market is None or any(one not in state.account_no for one in names):
            return MarketMind()
        accounts = [state.accounts[state.account_no[one]] for one in names]
        # Orders of an earlier life may still be open: no client id of theirs comes again.
        for account in accounts:
            made += account.orders_made - first_id(account.no)
        homes = [Quantity(0)] * len(accounts)
        if market.spec.kind is MarketKind.SPOT:
            homes = [base_of(account, market.spec.base) for account in accounts]
        return MarketMind(made=made, impact=[0.0] * len(IMPACT_MEMORIES), impact_at=at, homes=homes)
