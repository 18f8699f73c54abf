"""The delivery of a dated contract on its day, in steps of at most five hundred, one record each.

At the instant of its expiry the price is fixed, once, as the mean of the index over the last half hour. Its orders are
canceled, then each position is closed at that price against the market's settlement clearing, and pays its fee; what
rounding leaves in the clearing goes to dust, so it ends at nothing (money rule L10). Then the next contract of its
series is listed. Positions do not meet in trades, as where a market is closed for good, for a reason:
docs/explanation/decisions/0009.

Who then has less than nothing is made good by the fund, as after a liquidation (money rules L4, L7).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from simexchange.core import bonuses, calendar, margin, valuing
from simexchange.core.forced import settle_rest
from simexchange.core.ledger import wallet_of
from simexchange.core.market import settlement_average
from simexchange.core.positions import effect
from simexchange.core.soundness import QUARTER
from simexchange.core.vocabulary.deliveries import ContractFollowed, DeliveryClosed, DeliveryPriceSet, PositionDelivered
from simexchange.core.vocabulary.events import MarketListed, MarketStatusSet, RulesSet
from simexchange.core.vocabulary.ids import (
    MarketNo,
    PositionId,
    slot_of,
    sub_of,
)
from simexchange.core.vocabulary.markets import MarketStatus
from simexchange.core.vocabulary.orders import Slot
from simexchange.core.vocabulary.units import ONE, Amount, Nanos, Price, Quantity, Rate, div_zero

if TYPE_CHECKING:
    from simexchange.core.accounts import Account
    from simexchange.core.engine import Engine
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.ids import PositionKey
    from simexchange.core.vocabulary.markets import Market

STEP = 500
"""How many positions one record closes at most."""


def fall_due(engine: Engine, market: MarketState) -> None:
    """The expiry came: fix the price; orders and positions follow as steps of their own."""
    index = engine.state.indexes[market.spec.index]
    average = settlement_average(market, index)
    total, samples = average.sums(engine.at)
    price = div_zero(total, samples) if total else margin.price_of(market)
    engine.emit(DeliveryPriceSet(market.no, Price(price), samples if total else 0, Nanos(average.start)))
    engine.emit(MarketStatusSet(market.no, MarketStatus.SETTLING))


def deliver(engine: Engine, market: MarketState) -> None:
    """Close the next positions; with the last one the contract is through, and the next one comes."""
    delivery = market.delivery
    assert delivery is not None
    for account, key in delivery.queue[-STEP:][::-1]:
        owner = engine.state.accounts[account]
        wallet = wallet_of(market, owner, key)
        engine.emit(_delivered(engine, market, owner, key, delivery.price))
        engine.touch(account)
        if owner.margined:
            # At once: his other positions may say that he is safe, and nobody would look at this pool.
            settle_rest(engine, owner, wallet, market.spec.settle, took=False)
    if delivery.queue:
        return
    asset, purses = market.spec.settle, engine.state.purses
    dust, fine = purses.amount(market.clr_settlement, asset), purses.amount(market.clr_settlement_fine, asset)
    if dust or fine:
        engine.emit(DeliveryClosed(market.no, asset, Amount(dust), fine))
    engine.emit(MarketStatusSet(market.no, MarketStatus.DELISTED))
    if market.spec.series == QUARTER:
        _follow(engine, market)


def _delivered(
    engine: Engine, market: MarketState, account: Account, key: PositionKey, price: int
) -> PositionDelivered:
    """A position closed at *price*: its value toward zero, and a fee of at most what its wallet has then."""
    spec, position = market.spec, account.positions[key]
    worth = valuing.worth(spec, price, position.qty)
    value = valuing.value(spec, price, abs(position.qty)) if spec.inverse else worth * ONE
    closed, _ = effect(
        position.qty, position.cost, position.id, -position.qty, value, PositionId(0), inverse=spec.inverse
    )
    assert closed is not None
    gained = value if (position.qty > 0) is not spec.inverse else -value
    cleared = div_zero(gained, ONE)
    wallet = wallet_of(market, account, key)
    cash = account.free(wallet, spec.settle) + closed.realised
    rate = delivery_rate(engine, account, market)
    fee = _fee(engine, account, market, worth * rate)
    if not account.shares(wallet):
        # Where assets back each other, a single one may go below zero; else nobody pays a fee with what is not there.
        fee = min(fee, max(0, cash))
    isolated = wallet != wallet_of(market, account)
    paid = Amount(0)
    if account.bonused:
        paid = bonuses.of_delivery(engine.state, account, wallet, spec.settle, -closed.realised, fee)
    return PositionDelivered(
        account.no, market.no, Quantity(position.qty), Price(price), Amount(worth), closed, Amount(cleared),
        gained - cleared * ONE, wallet, Rate(rate), Amount(fee), Slot(slot_of(key)), sub_of(key),
        Amount(-max(0, cash - fee)) if isolated else Amount(0), paid,
    )  # fmt: skip


def delivery_rate(engine: Engine, account: Account, market: MarketState) -> int:
    """The rate of the delivery fee: what the rules say, else what *account* pays as a taker, without any discount.

    Nothing for the tape and the fund. (Binance charges the taker fee; no rebates on it: 2586058a, seen 2026-11.)
    """
    rules = engine.state.rules.get((account.rules, market.no))
    if not account.margined or rules is None:
        return 0
    return engine.charge(account.no, market.no)[1] if rules.delivery_fee is None else rules.delivery_fee


def _fee(engine: Engine, account: Account, market: MarketState, fine: int) -> int:
    """*fine*, at 10**-16, in whole units of fees."""
    tariff = engine.charge(account.no, market.no)[2]
    return tariff.rounded(fine) if tariff is not None else -(-fine // ONE)


# The next contract


def contract(spec: Market, expiry: int, onboard: int) -> Market:
    """The contract like *spec* that is delivered at *expiry*."""
    name = f"dated:{spec.base}-{spec.quote}-{calendar.symbol_date(expiry)}"
    return msgspec.structs.replace(spec, id=name, expiry=Nanos(expiry), onboard=Nanos(onboard))


def _follow(engine: Engine, market: MarketState) -> None:
    """List what the series lacks: of the quarter that runs and of the next one a contract each.

    Facts and rules are those of the contract of the series that lasts longest.
    """
    state, at = engine.state, engine.at
    for expiry in (calendar.current_quarter(at), calendar.next_quarter(at)):
        last = max(_series(state, market.spec), key=lambda each: each.spec.expiry)
        spec = contract(last.spec, expiry, at)
        if spec.id in state.market_no:
            continue
        no = MarketNo(len(state.markets) + 1)
        engine.emit(MarketListed(no, spec))
        for bundle in sorted(name for name, ruled in state.rules if ruled == last.no):
            engine.emit(RulesSet(bundle, no, state.rules[bundle, last.no]))
        engine.emit(ContractFollowed(no, last.no))
    engine.rules_changed()


def _series(state: ExchangeState, spec: Market) -> list[MarketState]:
    """Every contract of the series that *spec* is one of, delivered ones too."""
    same = (spec.series, spec.base, spec.quote, spec.settle)
    return [
        market
        for market in state.markets.values()
        if (market.spec.series, market.spec.base, market.spec.quote, market.spec.settle) == same
    ]
