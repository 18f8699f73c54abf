"""The synthetic feed: index prices every second, and the orders of everybody who takes part."""

from collections.abc import Iterable, Sequence

from simexchange.core.accounts import Account
from simexchange.core.market import MarketState
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.commands import Command, SetIndex
from simexchange.core.vocabulary.ids import MarketNo, first_id
from simexchange.core.vocabulary.markets import MarketKind, MarketStatus
from simexchange.core.vocabulary.units import MINUTE, Nanos, Price, Quantity, ceil_to
from simexchange.feeds.synthetic.arbitrage import arbitrage
from simexchange.feeds.synthetic.cast import ARBITRAGEUR, ROLES, legs, open_cast
from simexchange.feeds.synthetic.draws import Stream, bits, stream
from simexchange.feeds.synthetic.index import IndexState, begin, walk
from simexchange.feeds.synthetic.ladder import IMPACT_MEMORIES, digest_flow, requote, shade
from simexchange.feeds.synthetic.minds import MarketMind, Outlook, SyntheticState, base_of, listed
from simexchange.feeds.synthetic.noise import scatter, tidy
from simexchange.feeds.synthetic.opening import open_trading, opening_price
from simexchange.feeds.synthetic.past import describe
from simexchange.feeds.synthetic.settings import IndexSettings, Settings, index_of
from simexchange.feeds.synthetic.takers import take

NAME = "synthetic"
USES = ("ladder", "taker", "noise")
"""What chance is used for in each market, a stream each."""


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
        """Those of its markets that are listed."""
        return [market.no for market in self._listed(state)]

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
        for place, market_id in enumerate(self.settings.markets):
            market = listed(state, market_id)
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
        settings = self.settings
        outlook = self._outlook(feed_state, state, market, at)
        if outlook is None:
            return []
        mind = feed_state.minds[place]
        chances = self._chances(state.seed, market.spec.id)
        maker, taker, noise = (state.accounts[state.account_no[f"{role}:{market.spec.id}"]] for role in ROLES)
        commands: list[Command] = []
        looks = opening or self._looks(beat, place, maker)
        if looks:
            digest_flow(outlook, maker, mind, settings.ladder)
        shade(outlook, mind, settings.ladder)
        if opening:
            price = opening_price(market.spec, settings.index(index_of(market.spec)).price, settings.premium)
            commands += open_trading(outlook, maker, taker, price)
        else:
            # Cancels before anything that could fill what they cancel.
            commands += tidy(noise, settings.noise, chances[2], beat, settings.beat)
        if looks:
            commands += requote(outlook, maker, mind, settings.ladder, chances[0], beat)
        if not opening:
            commands += take(outlook, taker, mind, settings.taker, chances[1], beat, settings.beat)
            commands += scatter(outlook, noise, mind, settings.noise, chances[2], beat, settings.beat)
        return commands

    def _arbitrage_beat(self, feed_state: SyntheticState, state: ExchangeState, at: Nanos, beat: int) -> list[Command]:
        commands: list[Command] = []
        period = max(1, self.settings.arbitrage.period // self.settings.beat)
        for place, index in enumerate(self.settings.indexes):
            if beat % period != (7 + 3 * place) % period:
                continue
            no = state.account_no.get(f"{ARBITRAGEUR}:{index.name}")
            spot, perpetual = (listed(state, market_id) for market_id in legs(self.settings, index))
            if no is None or spot is None or perpetual is None:
                continue
            views = [self._outlook(feed_state, state, market, at) for market in (spot, perpetual)]
            if views[0] is not None and views[1] is not None:
                commands += arbitrage(views[0], views[1], state.accounts[no], self.settings.arbitrage)
        return commands

    # ------------------------------------------------------------------------------------------------------- details

    def _looks(self, beat: int, place: int, maker: Account) -> bool:
        """Whether the maker of the market at *place* looks at its quotes in this beat: each reacts in its own time.

        Between its looks it only comes to put back what it lost.
        """
        ladder = self.settings.ladder
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
        self, feed_state: SyntheticState, state: ExchangeState, market: MarketState, at: Nanos
    ) -> Outlook | None:
        """The market as seen now; None where it does not trade, or its rules or participants are missing."""
        if market.status is not MarketStatus.TRADING:
            return None
        rules = state.rules.get((self.settings.rules, market.no))
        place = self._place(index_of(market.spec))
        if rules is None or place is None or f"maker:{market.spec.id}" not in state.account_no:
            return None
        index: IndexState = feed_state.indexes[place]
        premium = 0.0
        if market.spec.kind is MarketKind.PERPETUAL:
            premium = (self.settings.premium.mean + index.premium) * 0.0001
        size = self.settings.indexes[place].size
        return Outlook(market, rules.filters, index.price * (1.0 + premium), index.agitation, size, at)

    def _place(self, name: str) -> int | None:
        for place, index in enumerate(self.settings.indexes):
            if index.name == name:
                return place
        return None

    def _listed(self, state: ExchangeState) -> list[MarketState]:
        found = (listed(state, market_id) for market_id in self.settings.markets)
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

    def _blank(self, state: ExchangeState, market_id: str, at: Nanos) -> MarketMind:
        """The minds of a market's participants as they start, at home with what they hold now."""
        market = listed(state, market_id)
        names = [f"{role}:{market_id}" for role in ROLES]
        if market is None or any(name not in state.account_no for name in names):
            return MarketMind()
        accounts = [state.accounts[state.account_no[name]] for name in names]
        # Orders of an earlier life may still be open: no client id of theirs comes again.
        made = 0
        for account in accounts:
            made += account.orders_made - first_id(account.no)
        homes = [Quantity(0)] * len(accounts)
        if market.spec.kind is MarketKind.SPOT:
            homes = [base_of(account, market.spec.base) for account in accounts]
        return MarketMind(made=made, impact=[0.0] * len(IMPACT_MEMORIES), impact_at=at, homes=homes)
