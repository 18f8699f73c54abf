"""Who takes part: ordinary accounts of class AGENT, opened, funded and given the fees of large traders."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from simexchange.core.market import MarketState
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.commands import Command, Deposit, OpenAccount, SetFees, SetLeverage
from simexchange.core.vocabulary.ids import AccountNo, MarketNo
from simexchange.core.vocabulary.markets import MarketKind
from simexchange.core.vocabulary.orders import AccountClass
from simexchange.core.vocabulary.units import ONE, Amount, Rate
from simexchange.feeds.synthetic.quarters import listed
from simexchange.feeds.synthetic.settings import BUSY, Settings, index_of

ROLES: Final = ("maker", "taker", "noise")
"""Of each market one account each, named like ``maker:spot:BTC-USDT``."""
ARBITRAGEUR: Final = "arbitrage"
"""Of each index one, named like ``arbitrage:BTC-USDT``; and one for each further market that belongs to one."""


class Pair(NamedTuple):
    """A derivative and the spot market it is held against, by id or place, and who does that."""

    account: str
    spot: str
    other: str


def pairs(settings: Settings) -> list[Pair]:
    """The perpetual of each index first, then what else follows it: contracts paid in coin, and dated ones."""
    found = [
        Pair(f"{ARBITRAGEUR}:{index.name}", f"spot:{index.name}", f"perp:{index.name}") for index in settings.indexes
    ]
    for name in settings.markets:
        _, _, rest = name.partition(":")
        base, _, _ = rest.partition("-")
        if settings.pace(name) is not BUSY:
            found.append(Pair(f"{ARBITRAGEUR}:{name}", f"spot:{base}-USDT", name))
    return found


def open_cast(settings: Settings, state: ExchangeState) -> Iterator[Command]:
    """Open, fund and equip every participant, as far as it is not done yet."""
    at = max(state.now, state.start)
    for name in settings.markets:
        market = listed(state, name, at)
        if market is not None:
            for role in ROLES:
                yield from open_one(settings, state, f"{role}:{name}", [market])
    for pair in pairs(settings):
        spot, other = listed(state, pair.spot, at), listed(state, pair.other, at)
        if spot is not None and other is not None:
            yield from open_one(settings, state, pair.account, [spot, other])


def open_one(settings: Settings, state: ExchangeState, name: str, markets: list[MarketState]) -> Iterator[Command]:
    """One participant, with money for every market it trades in; nobody where its rules are not known."""
    if name not in state.account_no:
        yield OpenAccount(name, settings.rules, AccountClass.AGENT)
    no = state.account_no.get(name)
    if no is None:
        return
    account = state.accounts[no]
    if MarketNo(0) not in account.fees:
        yield SetFees(no, MarketNo(0), Rate(settings.maker_fee), Rate(settings.taker_fee))
    for market in markets:
        for wallet, asset, amount in capital(settings, market):
            if (wallet, asset) not in account.balances:
                yield Deposit(AccountNo(no), wallet, asset, amount)
        if market.derivative and account.leverage.get(market.no) != settings.leverage:
            yield SetLeverage(no, market.no, settings.leverage)


def capital(settings: Settings, market: MarketState) -> Iterator[tuple[str, str, Amount]]:
    """Wallet, asset and amount a participant of *market* starts with."""
    spec = market.spec
    price = settings.index(index_of(spec)).price
    if spec.kind is not MarketKind.SPOT:
        if spec.inverse:
            yield "coinm", spec.settle, Amount(settings.capital // price * ONE)
        else:
            yield "usdm", spec.settle, settings.capital
        return
    yield "spot", spec.quote, settings.capital
    # Whole coins: nobody deposits the eighth decimal of what four hundred million buys.
    yield "spot", spec.base, Amount(settings.capital // price * ONE)
