"""What a feed is: the whole of what the runtime knows of whoever brings prices.

A feed is asked at instants it named itself, looks at the state, and answers with commands. It has no clock, no
socket and no chance of its own: the same state, feed state and instant give the same answer on every machine. That
is how a restart finds a feed's state again: it runs the feed over the log and meets the same states.

The runtime keeps these rules, live and over the log alike:

* A step is *decided* when its wake instant is reached, nothing is pending in the engine, and the commands of the
  feed's step before are through; and before any other command at or after that instant is executed.
* Several feeds that wake at one instant are decided in the order they were given in.
* The commands of a step go in order, at the wake instant. A client's commands may come between them. Exchange time
  does not pass the instant before they are through.
* What a timer does at that instant comes before the feed's commands and after its decision.

Three `NoteFeed` records are the runtime's own (source ``control``): ``started``, after which `Feed.initial` is called;
``suspended``, after which the feed is not asked; and ``resumed``, after which `Feed.resume` is called. A feed may
log any other word about itself.
"""

from collections.abc import Iterable, Sequence
from typing import Final, Protocol, TypeVar

from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.commands import Command
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.units import Nanos

NOTE_STARTED: Final = "started"
NOTE_SUSPENDED: Final = "suspended"
NOTE_RESUMED: Final = "resumed"

FeedState = TypeVar("FeedState")


class Feed(Protocol[FeedState]):
    """One source of prices. *state* is to be read, never changed; randomness is counter-based, from ``state.seed``."""

    @property
    def name(self) -> str:
        """Its name in records, as in ``feed:synthetic``; unique within an exchange and the same after a restart."""
        ...

    @property
    def sets_index(self) -> bool:
        """Whether it sets index prices, so that nobody else may."""
        ...

    @property
    def state_type(self) -> type[FeedState]:
        """The type of its state: what msgspec can encode as JSON and decode again without loss."""
        ...

    def setup(self, state: ExchangeState) -> Iterable[Command]:
        """What the exchange needs before the feed can start: markets, accounts, capital, a note on its history.

        Taken one at a time: each is executed before the next is asked for, so that a generator can look up the
        number a market or account got. Only what *state* lacks is asked for.
        """
        ...

    def markets(self, state: ExchangeState) -> Sequence[MarketNo]:
        """The markets it quotes: a served exchange is ready when each of them has a two-sided book."""
        ...

    def initial(self, state: ExchangeState, at: Nanos) -> tuple[FeedState, Nanos | None]:
        """Its state when it starts at *at*, and the first instant it wants to be asked at (not before *at*)."""
        ...

    def step(
        self, feed_state: FeedState, state: ExchangeState, at: Nanos
    ) -> tuple[FeedState, Sequence[Command], Nanos | None]:
        """What it does at *at*: its next state, its commands, and when it wants to be asked again.

        *at* is the instant it named. The next one is not before it: the same instant means "as soon as these are
        through", None means never. *feed_state* is given up by the caller: it may be changed and handed back.
        A step takes less than a millisecond to decide.
        """
        ...

    def resume(self, feed_state: FeedState, state: ExchangeState, at: Nanos) -> tuple[FeedState, Nanos | None]:
        """Go on at *at* after time passed without the feed (the exchange was down and has caught up with the clock)."""
        ...


class AnswersFeed(Feed[FeedState], Protocol[FeedState]):
    """A feed that also answers what others did, such as putting back at once what somebody took from its orders."""

    @property
    def prompt(self) -> bool:
        """Whether its commands go before anybody else's turn, and no client's comes between them."""
        ...

    def alert(self, feed_state: FeedState, state: ExchangeState) -> Nanos | None:
        """An instant at which it is to be asked, though it named a later one or none; None: there is none.

        Looked at after every record, so it is quick; and taken from its arguments alone, so that a restart finds the
        same instant at the same record. It is not before ``state.now``. A step at that instant makes it go away.
        """
        ...
