"""From what somebody asked for to an exchange: its log, markets, feeds, views, accounts, keys and server.

One place for `serve`, for forks and for the fixtures of test suites. There is no loop, no signal and no terminal here:
whoever runs what comes out of it says when it starts and when it ends.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import msgspec

from simexchange.config import markets, opening
from simexchange.config.logged import opened_with, same_markets
from simexchange.config.opening import AccountSpec
from simexchange.config.rehearsal import rehearse
from simexchange.config.scenarios import Scenario, fitting
from simexchange.config.served import dialects_of
from simexchange.config.venuerules import OWN, rules_for
from simexchange.core.feetables import FeeTable
from simexchange.core.vocabulary.commands import ListMarket, SetRules
from simexchange.core.vocabulary.events import CommandRefused
from simexchange.core.vocabulary.orders import AccountClass
from simexchange.core.vocabulary.units import DAY, Nanos
from simexchange.errors import ConfigError
from simexchange.eventlog import locate
from simexchange.eventlog.durability import ALWAYS, Durability
from simexchange.eventlog.header import Header
from simexchange.eventlog.sqlite import SqliteLog
from simexchange.eventlog.travel import open_past
from simexchange.feeds.recorded.feed import RecordedFeed
from simexchange.feeds.scripted import LadderSettings, ScriptedFeed
from simexchange.feeds.synthetic.feed import SyntheticFeed
from simexchange.feeds.synthetic.history import SyntheticHistory
from simexchange.feeds.synthetic.settings import Settings as Synthetic
from simexchange.gateway.faults.plan import Rule
from simexchange.gateway.keys import Keys
from simexchange.gateway.ratelimits import LimitMode
from simexchange.gateway.server import Server
from simexchange.gateway.settings import Settings
from simexchange.projections.views import Views
from simexchange.runtime.clock import PAUSED, WALL, Speed, WallTime, wall_now
from simexchange.runtime.exchange import Exchange
from simexchange.runtime.lockstep import ACCOUNT
from simexchange.runtime.pinned_feed import must_be_parent, pinned_feeds
from simexchange.runtime.recovery import SOURCE_CONTROL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from simexchange.config.markets import Listing
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.commands import Command
    from simexchange.core.vocabulary.ids import AccountNo
    from simexchange.core.vocabulary.step import Step
    from simexchange.dialects.contract import Key
    from simexchange.eventlog.log import EventLog
    from simexchange.eventlog.travel import Moment
    from simexchange.gateway.tls import Authority

DEFAULT_SEED: Final = 1
PINNED: Final = "pinned:"
"""Before the log whose flow is played again."""
HISTORY: Final = Nanos(2 * DAY)


class GivenKey(msgspec.Struct, frozen=True):
    """One ``--key NAME=KEY:SECRET``."""

    name: str
    api_key: str
    secret: str


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """What an exchange is put together from, checked as far as no log is needed. None: not said."""

    feed: str = "synthetic"
    """``synthetic``, ``ladder``, ``recorded:PATH``, ``pinned:LOG`` or ``none``."""
    ladder: LadderSettings = LadderSettings()
    """How the ladder stands, where it is the feed."""
    scenario: Scenario | None = None
    """What happens when. One that moves prices needs the ladder."""
    no_fees: bool = False
    """Whether nobody is charged anything, whatever the market files say."""
    markets: tuple[Path, ...] = ()
    """Market files; none: the shipped preset."""
    fees: tuple[FeeTable, ...] = ()
    venues: tuple[str, ...] = (OWN,)
    """Which venues are served; where no account is asked for, there is one at each.

    Their rules are known from the beginning; another venue's are when the first account is opened under them."""
    seed: int | None = None
    start: Nanos | None = None
    speed: Speed = WALL
    tape_time: str = "rebased"
    history: Nanos = HISTORY
    """How much past the candles of a synthetic market have."""
    on_end: str = "hold"
    accounts: tuple[AccountSpec, ...] = ()
    keys: tuple[GivenKey, ...] = ()
    allow_any_key: bool = False
    lockstep: tuple[str, ...] = ()
    """The clients that exchange time waits for: names of those that say when they wait, and ``account:NAME`` for one
    that does not, whose idling is seen from the requests with the account's keys."""
    until: Nanos | None = None
    """How far exchange time goes at most, from the log's start."""
    durability: Durability = ALWAYS
    host: str = "127.0.0.1"
    port: int = 8420
    allowed_hosts: tuple[str, ...] = ()
    limits: str = "headers"
    timestamp_policy: str = "auto"
    api_date: str = ""
    tls_ports: tuple[int, ...] = ()
    venue_ports: tuple[tuple[str, int], ...] = ()
    """Ports at whose root one venue is alone, with its name."""
    venue_tls_ports: tuple[tuple[str, int], ...] = ()
    proxy_port: int | None = None
    strict_routing: bool = False
    faults: tuple[Rule, ...] | None = None
    """The fault plan; an empty one counts messages, None does not."""

    @property
    def by_name(self) -> bool:
        """Whether clients may come under host names of the venue's: by TLS, or through the proxy."""
        return bool(self.tls_ports or self.venue_tls_ports) or self.proxy_port is not None


def header(setup: Setup) -> Header:
    """What a new log for *setup* says of itself."""
    start = setup.start if setup.start is not None else wall_now()
    return Header(seed=DEFAULT_SEED if setup.seed is None else setup.seed, start=start)


def open_log(setup: Setup, path: Path) -> SqliteLog:
    """The log at *path*, made where there is none. Raises ConfigError where *setup* contradicts what it says."""
    if not path.exists():
        return SqliteLog.create(path, header(setup), setup.durability)
    log = SqliteLog.open(path, setup.durability)
    try:
        _no_contradiction("--seed", setup.seed, log.header.seed)
        _no_contradiction("--start", setup.start, log.header.start)
    except ConfigError:
        log.close()
        raise
    return log


class Assembly:
    """An exchange over a log, opened as far as its log does not say that it was.

    The log stays the caller's: who closes it calls `close` before. Nothing runs yet: `exchange.start()` does that on a
    loop, `exchange.advance_to` works without one.
    """

    def __init__(
        self,
        setup: Setup,
        log: EventLog,
        *,
        listings: Mapping[str, Listing] | None = None,
        checkpoints: bool = True,
        wall: WallTime | None = None,
        say: Callable[[str], None] = lambda _: None,
        moment: Moment | None = None,
    ) -> None:
        """*listings* stand for market files that were read already; *say* is told what a person may want to know.

        With *moment* the exchange stands at that past of *log*: nothing is opened and nothing written.

        Raises ConfigError where *setup* cannot be, or contradicts the log; NotThere where *log* has no such *moment*;
        LogDamaged. Nothing is left running then.
        """
        self.setup = setup
        self.log = log
        self.accounts = setup.accounts
        self._say = say
        self._logged = opened_with(log)
        self.listings = self._listings(listings)
        new_views = views(setup, self.listings)
        self._found: frozenset[AccountNo] | None = None
        """The accounts that were there, where any other's key is to be forgotten."""
        if moment is not None:
            past = open_past(log, moment, new_views)
            self.exchange = Exchange(log, make_views=new_views, wall=wall, past=past)
            return
        made = feeds(setup, self.listings, log.header)
        self.exchange = Exchange(
            log,
            feeds=made,
            # Whoever waits moves the clock, and nobody else.
            speed=PAUSED if setup.lockstep else setup.speed,
            durability=setup.durability,
            make_views=new_views,
            wall=wall,
            checkpoints=checkpoints,
            until=None if setup.until is None else Nanos(log.header.start + setup.until),
        )
        self._found = frozenset(self.exchange.state.accounts) if self.exchange.resumed else None
        """The accounts that were in the log, where it was begun before."""
        try:
            self._open(made)
        except BaseException:
            # Its commit thread uses the log.
            self.exchange.close()
            raise

    def _listings(self, given: Mapping[str, Listing] | None) -> Mapping[str, Listing]:
        """The markets: those of the log where it was begun with any, else those asked for."""
        setup, start = self.setup, self.log.header.start
        if given is None and (setup.markets or self._logged is None):
            given = markets.read(setup.markets)
        if given is not None and setup.no_fees:
            given = markets.without_fees(given)
        if self._logged is None:
            return markets.contracts(given or {}, start)
        same_markets(self._logged, markets.contracts(given or {}, start))
        return self._logged

    def _open(self, made: list[Any]) -> None:
        setup, exchange = self.setup, self.exchange
        others = [venue for venue in setup.venues if venue != OWN]
        for command in opening.opening(self._to_list(made), exchange.state, others):
            _done(exchange.submit(command, SOURCE_CONTROL), command, exchange.state)
        exchange.catch_up()
        exchange.start_feeds()
        if setup.feed == "synthetic" and not any(feed.markets(exchange.state) for feed in made):
            self._say("the synthetic feed has no prices for the markets served: they wait for orders of users")
        if self._logged is None and not setup.accounts:
            self.accounts = tuple(opening.demos(setup.venues))
        for account in self.accounts:
            if account.name in exchange.state.account_no:
                if self._logged is not None:
                    self._say(f"account {account.name} is there already and left as it is")
                continue
            self.open_account(account)

    def _to_list(self, made: list[Any]) -> list[Listing]:
        """Nothing where the log has its markets; of the shipped preset only what a tape plays."""
        if self._logged is not None:
            return []
        if self.setup.markets or not self.setup.feed.startswith("recorded:"):
            return list(self.listings.values())
        played = {spec.id for feed in made if isinstance(feed, RecordedFeed) for spec in feed.specs}
        return [listing for market_id, listing in self.listings.items() if market_id in played]

    def open_account(self, account: AccountSpec) -> AccountNo:
        """Open *account* with its tier and money, where none of its name is there. Raises ConfigError."""
        state = self.exchange.state
        for command in opening.account_commands(account, state, self.setup.fees):
            self.exchange.submit(command, SOURCE_CONTROL)
        return state.account_no[account.name]

    def open_keys(self, path: Path | None, more: Iterable[GivenKey] = (), *, keep: bool = True) -> Keys:
        """The keys kept at *path* (None: nowhere), with the given ones and *more*; one at least for every user account.

        Without *keep* the file is read only: what is new is known for as long as the process lives.
        Raises ConfigError where a given one is of no account, or cannot be a key.
        """
        state, setup = self.exchange.state, self.setup
        keys = Keys(path, keep=keep)
        # A fork has its parent's keys, and not every account: who is opened now gets a number that had another owner.
        if self._found is not None:
            keys.forget_others(self._found)
        for given in (*setup.keys, *more):
            known = state.account_no.get(given.name)
            if known is None:
                msg = f"--key: there is no account {given.name}; open it with --account {given.name}"
                raise ConfigError(msg)
            keys.add(known, given.api_key, given.secret, allow_any=setup.allow_any_key)
        for name in self.account_names():
            if not keys.of(state.account_no[name]):
                keys.make(state.account_no[name])
        return keys

    def account_names(self) -> list[str]:
        """Accounts in the order they were asked for, then the ones the log knows besides."""
        asked = [account.name for account in self.accounts]
        known = [a.name for a in self.exchange.state.accounts.values() if a.account_class is AccountClass.USER]
        return [*asked, *[name for name in known if name not in asked]]

    def keys_by_account(self, keys: Keys) -> list[tuple[str, Key]]:
        """Every key of every account, in the accounts' order."""
        state = self.exchange.state
        return [(name, key) for name in self.account_names() for key in keys.of(state.account_no[name])]

    def server(self, keys: Keys, control_token: str, authority: Authority | None = None) -> Server:
        """Who answers clients, not listening yet. *authority* is needed where TLS or the proxy is asked for."""
        setup = self.setup
        for name in setup.lockstep:
            account = name.removeprefix(ACCOUNT)
            if name != account and account not in self.exchange.state.account_no:
                msg = f"--lockstep: there is no account {account}; open it with --account {account}"
                raise ConfigError(msg)
        settings = Settings(
            control_token=control_token,
            host=setup.host,
            port=setup.port,
            allowed_hosts=setup.allowed_hosts,
            rate_limits=LimitMode(setup.limits),
            timestamp_policy=setup.timestamp_policy,
            strict_routing=setup.strict_routing,
            allow_any_key=setup.allow_any_key,
            fee_tables=setup.fees,
            adopting=opening.adopting,
            tls_ports=setup.tls_ports,
            venue_ports=setup.venue_ports,
            venue_tls_ports=setup.venue_tls_ports,
            proxy_port=setup.proxy_port,
            lockstep=setup.lockstep,
            faults=setup.faults,
            lockstep_pace=setup.speed,
        )
        server = Server(self.exchange, dialects_of(setup.venues, setup.api_date), keys, settings, authority)
        rehearse(server)
        return server


def feeds(setup: Setup, listings: Mapping[str, Listing], header: Header) -> list[Any]:
    """The feeds that *setup* asks for, over *listings*. Raises ConfigError where there is no tape, or none for the log.

    *header* is that of the log they are for.
    """
    scenario = setup.scenario
    if setup.feed == "ladder":
        if scenario is not None:
            fitting(scenario, listings, dict(setup.ladder.prices))
        return [ScriptedFeed(setup.ladder, None if scenario is None else scenario.timeline)]
    beside: list[Any] = []
    if scenario is not None:
        if scenario.timeline.priced:
            msg = f"scenario {scenario.name} moves prices, which only a ladder does: leave --feed {setup.feed} out"
            raise ConfigError(msg)
        fitting(scenario, listings, ())
        beside = [ScriptedFeed(None, scenario.timeline)]
    if setup.feed == "none":
        return beside
    if setup.feed == "synthetic":
        return [SyntheticFeed(_synthetic_settings(setup, listings)), *beside]
    if setup.feed.startswith(PINNED):
        with closing(locate.open_log(setup.feed.removeprefix(PINNED))) as parent:
            must_be_parent(parent, header)
            return [*pinned_feeds(parent), *beside]
    return [_tape(setup, listings), *beside]


def _tape(setup: Setup, listings: Mapping[str, Listing]) -> RecordedFeed:
    if not setup.markets:
        # A tape of a market that a log does not know yet brings it along, with the rules that ship for it.
        listings = {**markets.preset(), **listings}
    rules = {
        (bundle, id): rules_for(bundle, listing.market, listing.rules)
        for bundle in opening.BUNDLES
        for id, listing in listings.items()
    }
    specs = {id: listing.market for id, listing in listings.items()}
    path = setup.feed.removeprefix("recorded:")
    return RecordedFeed(path, markets=specs, rules=rules, tape_time=setup.tape_time, on_end=setup.on_end)


def views(setup: Setup, listings: Mapping[str, Listing]) -> Callable[[], Views]:
    """What makes the projections; before a synthetic market's start they know a past from the same seed."""
    if setup.feed != "synthetic" and not setup.feed.startswith(PINNED):
        return Views
    settings = _synthetic_settings(setup, listings)
    return lambda: Views(SyntheticHistory(settings))


def _synthetic_settings(setup: Setup, listings: Mapping[str, Listing]) -> Synthetic:
    plain = Synthetic()
    series = {f"{each.market.id.rpartition('-')[0]}/" for each in listings.values() if each.market.series}
    quoted = tuple(name for name in plain.markets if name in listings or name[:-1] in series)
    return replace(plain, markets=quoted, history=setup.history)


def _done(step: Step, command: Command, state: ExchangeState) -> None:
    """A market or its rules that the core refuses is not left out in silence: without rules it has no limits."""
    for event in step.events:
        if isinstance(event, CommandRefused):
            market = ""
            if isinstance(command, ListMarket):
                market = command.market.id
            elif isinstance(command, SetRules):
                market = state.markets[command.market].spec.id
            why = f"{event.reason.name}: {event.detail}"
            msg = f"the core refuses {type(command).__name__} {market} ({why}); check --market"
            raise ConfigError(msg)


def _no_contradiction(flag: str, asked: int | None, logged: int) -> None:
    if asked is not None and asked != logged:
        msg = f"{flag} contradicts the log, which was begun with another one; leave {flag} out or choose another --data"
        raise ConfigError(msg)
