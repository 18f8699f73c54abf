"""Who takes part: ordinary accounts of class AGENT, opened, funded and given the fees of large traders."""

from collections.abc import Iterator
from typing import Final

from simexchange.core.market import MarketState
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.commands import Command, Deposit, OpenAccount, SetFees, SetLeverage
from simexchange.core.vocabulary.ids import AccountNo, MarketNo
from simexchange.core.vocabulary.markets import MarketKind
from simexchange.core.vocabulary.orders import AccountClass
from simexchange.core.vocabulary.units import ONE, Amount, Rate
from simexchange.feeds.synthetic.minds import listed
from simexchange.feeds.synthetic.settings import IndexSettings, Settings, index_of

ROLES: Final = ("maker", "taker", "noise")
"""Of each market one account each, named like ``maker:spot:BTC-USDT``."""
ARBITRAGEUR: Final = "arbitrage"
"""Of each index one, named like ``arbitrage:BTC-USDT``."""


def legs(settings: Settings, index: IndexSettings) -> tuple[str, str]:
    """The spot and perpetual market of an index, by id."""
    return f"spot:{index.name}", f"perp:{index.name}"


def open_cast(settings: Settings, state: ExchangeState) -> Iterator[Command]:
    """Open, fund and equip every participant, as far as it is not done yet."""
    for market_id in settings.markets:
        market = listed(state, market_id)
        if market is not None:
            for role in ROLES:
                yield from open_one(settings, state, f"{role}:{market_id}", [market])
    for index in settings.indexes:
        spot, perpetual = (listed(state, market_id) for market_id in legs(settings, index))
        if spot is not None and perpetual is not None:
            yield from open_one(settings, state, f"{ARBITRAGEUR}:{index.name}", [spot, perpetual])


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
    if spec.kind is not MarketKind.SPOT:
        yield "usdm", spec.settle, settings.capital
        return
    price = settings.index(index_of(spec)).price
    yield "spot", spec.quote, settings.capital
    # Whole coins: nobody deposits the eighth decimal of what four hundred million buys.
    yield "spot", spec.base, Amount(settings.capital // price * ONE)
