"""What an event log says its exchange was opened with: markets stay as they were listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.config.markets import Listing
from simexchange.config.venuerules import OWN
from simexchange.core.vocabulary.events import AccountOpened, MarketListed, RulesSet
from simexchange.core.vocabulary.orders import AccountClass
from simexchange.errors import ConfigError
from simexchange.eventlog.bases import state_of
from simexchange.eventlog.replay import records

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simexchange.core.vocabulary.ids import MarketNo
    from simexchange.core.vocabulary.markets import Market
    from simexchange.eventlog.log import EventLog


def opened_with(log: EventLog) -> dict[str, Listing] | None:
    """The markets *log* was opened with, by id; None where its opening did not come to its end.

    The opening ends with the first account of a person: a process killed before that left a log nobody has traded on.
    Raises LogDamaged.
    """
    listed: dict[MarketNo, Market] = {}
    found: dict[str, Listing] = {}
    base = log.base()
    if base is not None:
        state = state_of(base, log.name)
        listed = {no: market.spec for no, market in state.markets.items()}
        found = {listed[no].id: Listing(listed[no], rules) for (name, no), rules in state.rules.items() if name == OWN}
        if any(account.account_class is AccountClass.USER for account in state.accounts.values()):
            return found
    for record in records(log, log.header.first_seq):
        for event in record.events:
            if isinstance(event, MarketListed):
                listed[event.no] = event.market
            elif isinstance(event, RulesSet) and event.bundle == OWN:
                market = listed[event.market]
                found[market.id] = Listing(market, event.rules)
            elif isinstance(event, AccountOpened) and event.account_class is AccountClass.USER:
                return found
    return None


def same_markets(logged: Mapping[str, Listing], asked: Mapping[str, Listing]) -> None:
    """A market file may repeat what the log knows. Raises ConfigError where it contradicts that or adds to it."""
    for market_id, listing in asked.items():
        if logged.get(market_id) != listing:
            msg = f"--market contradicts the log on {market_id}: markets stay as they were listed; leave --market out"
            raise ConfigError(msg)
