"""Funding: the rate at its instant, then a payment for every position held at that instant, peer to peer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core import valuing
from simexchange.core.ledger import wallet_of
from simexchange.core.margin import price_of
from simexchange.core.marks import average_premium, funding_rate
from simexchange.core.vocabulary.events import FundingClosed, FundingPaid, FundingRateSet
from simexchange.core.vocabulary.units import FINE, Amount, Nanos, Price, Quantity, Rate

if TYPE_CHECKING:
    from simexchange.core.engine import Engine
    from simexchange.core.market import MarketState

PAYMENTS_A_STEP = 500
"""So that no record is unbounded."""


def fall_due(engine: Engine, market: MarketState) -> None:
    """Fix the rate of the interval that ends now; the payments follow as steps of their own."""
    funding = market.funding
    assert funding is not None
    premium, _ = average_premium(funding, engine.at)
    engine.emit(
        FundingRateSet(
            market.no,
            Rate(funding_rate(premium, market)),
            Price(price_of(market)),
            Rate(premium),
            Nanos(funding.next_at + market.spec.funding_interval),
        )
    )


def settle(engine: Engine, market: MarketState) -> None:
    """Pay the next positions of a running round; when it is through, what rounding left goes to dust.

    Everybody pays or receives in full, below zero if need be; liquidation comes after.
    """
    funding = market.funding
    assert funding is not None
    for no, key in market.round[-PAYMENTS_A_STEP:][::-1]:
        account = engine.state.accounts[no]
        position = account.positions[key]
        amount = payment(valuing.value(market.spec, funding.mark, position.qty), funding.rate)
        engine.emit(
            FundingPaid(
                no, market.no, position.id, Quantity(position.qty), Amount(amount), wallet_of(market, account, key),
                market.spec.settle, Rate(funding.rate), Price(funding.mark),
            )
        )  # fmt: skip
        engine.touch(no)
    if not market.round:
        dust = engine.state.purses.amount(market.clr_funding, market.spec.settle)
        if dust:
            engine.emit(FundingClosed(market.no, market.spec.settle, Amount(dust)))


def payment(worth: int, rate: int) -> int:
    """What a position worth *worth* at mark (10**-16, signed as it) receives (pays, below zero): −worth × rate.

    Whoever pays is rounded up, whoever receives is rounded down, so the clearing account never runs short.
    """
    return -worth * rate // FINE
