"""The markets of a test: those that ship, without fees; and what holds for all of a process, made once."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from simexchange.config import faultplans, markets, scenarios
from simexchange.config.assembling import Setup
from simexchange.config.opening import BUNDLES, AccountSpec, Gift
from simexchange.core.vocabulary.assets import WALLETS
from simexchange.core.vocabulary.units import DAY, Amount
from simexchange.errors import ConfigError
from simexchange.eventlog.durability import OFF
from simexchange.runtime.clock import parse_speed
from simexchange.testing.freezing import frozen_at
from simexchange.testing.options import START
from simexchange.testing.words import Number, moment, span, units

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simexchange.config.markets import Listing
    from simexchange.config.scenarios import Scenario
    from simexchange.core.vocabulary.units import Nanos
    from simexchange.testing.options import Options


@cache
def listings(*, fees: bool) -> Mapping[str, Listing]:
    """Spot and perpetuals of the shipped preset, made once; without *fees* nothing is charged for anything."""
    found = {id: one for id, one in markets.preset().items() if not one.market.series}
    return found if fees else markets.without_fees(found)


def listed(options: Options) -> Mapping[str, Listing]:
    """The markets *options* ask for."""
    if options.markets:
        found: Mapping[str, Listing] = markets.read(options.markets)
    else:
        found = listings(fees=options.fees)
    if options.funding_every == "":
        return found
    every = span(options.funding_every, "funding_every")
    if not every or DAY % every:
        # The core would refuse it too, of a market nobody has named.
        msg = f"funding_every {options.funding_every!r}: a day is no whole number of that; write it like 1h or 30m"
        raise ConfigError(msg)
    return {
        id: replace(one, market=replace(one.market, funding_interval=every)) if one.market.funding_interval else one
        for id, one in found.items()
    }


def setup(options: Options) -> Setup:
    """The same in the words of `config.assembling`."""
    more: dict[str, Any] = {"tls_ports": (0,)} if options.tls else {}
    return Setup(
        feed="ladder",
        scenario=scenario(options),
        seed=options.seed,
        start=begins(options),
        speed=parse_speed(options.speed),
        durability=OFF,
        venues=options.served,
        accounts=accounts(options),
        port=0,
        limits=options.limits,
        # Known before anybody is let in, so that messages are counted from the first.
        faults=faultplans.read((str(options.faults_file),)) if options.faults_file else None,
        timestamp_policy=options.timestamp_policy,
        **more,
    )


def scenario(options: Options) -> Scenario | None:
    """What happens; None: nothing. Raises ConfigError naming the file and the line."""
    if not options.scenario:
        if options.params:
            msg = f"params {options.params!r} are of no scenario: say which, by the marker or the option scenario"
            raise ConfigError(msg)
        return None
    return scenarios.load(str(options.scenario), options.params, options.scenario_dirs)


def begins(options: Options) -> Nanos:
    """Where exchange time begins."""
    if options.start is not None:
        return moment(options.start, "start")
    frozen = frozen_at()
    return START if frozen is None else frozen


def accounts(options: Options) -> tuple[AccountSpec, ...]:
    """Those there are from the beginning: one at home at each venue, and those that were asked for."""
    first = options.served[0]
    given = {
        options.account_at(venue): account(options.account_at(venue), options.money, venue) for venue in options.served
    }
    asked = [account(name, money, first) for name, money in options.accounts.items()]
    return (*given.values(), *(spec for spec in asked if spec.name not in given))


def account(name: str, money: Mapping[str, Number], home: str = "binance") -> AccountSpec:
    """An account with *money* by asset, in every wallet that can hold it, or by ``wallet.asset``.

    It is at home at *home*, or where the name says: ``bob@bybit``.
    """
    name, at, venue = name.partition("@")
    if at and venue not in BUNDLES:
        msg = f"account {name!r}: there is no venue {venue!r}; there are {', '.join(BUNDLES)}"
        raise ConfigError(msg)
    gifts = []
    for place, amount in money.items():
        # A keyword has no dot: account("alice", spot_USDT=5).
        wallet, _, asset = place.replace("_", ".").rpartition(".")
        if not asset.isalnum() or (wallet and wallet not in WALLETS):
            msg = f"account {name!r}: {place!r} is neither an asset nor WALLET.ASSET (wallets: {', '.join(WALLETS)})"
            raise ConfigError(msg)
        value = units(amount, f"account {name!r}, {place}")
        if value < 0:
            msg = f"account {name!r}: {place} is below zero"
            raise ConfigError(msg)
        if value:
            gifts.append(Gift(wallet, asset, Amount(value)))
    return AccountSpec(name, venue or home, tuple(gifts))
