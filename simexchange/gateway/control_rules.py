"""The calls of the control API that change what accounts pay and whether markets trade."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core import feetables
from simexchange.core.vocabulary.commands import Command, SetMarketStatus, SetReferencePrice
from simexchange.core.vocabulary.events import CommandRefused
from simexchange.core.vocabulary.markets import MarketStatus
from simexchange.core.vocabulary.orders import AccountClass
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import Price
from simexchange.gateway import control_schemas as schemas
from simexchange.gateway.control import Endpoint, Query, Refused
from simexchange.gateway.words import decimal, parse_amount

if TYPE_CHECKING:
    from simexchange.core.feetables import FeeTable
    from simexchange.runtime.exchange import Exchange


class RulesActs:
    """The calls, over one exchange and the fee tables it was given."""

    def __init__(self, exchange: Exchange, tables: tuple[FeeTable, ...]) -> None:
        self._exchange = exchange
        self._tables = tables

    def endpoints(self) -> tuple[Endpoint, ...]:
        """The table of calls."""
        return (
            Endpoint(
                method="POST",
                path="/fees",
                act=self.give_tier,
                takes=schemas.GiveTier,
                gives=schemas.TierGiven,
                summary="Give an account a tier of its venue's fee tables",
            ),
            Endpoint(
                method="POST",
                path="/market",
                act=self.change_market,
                takes=schemas.ChangeMarket,
                gives=schemas.MarketChanged,
                summary="Halt, resume or delist a market; set its reference price",
            ),
        )

    async def give_tier(self, _query: Query, body: schemas.GiveTier) -> schemas.TierGiven:
        state = self._exchange.state
        no = state.account_no.get(body.account)
        if no is None or state.accounts[no].account_class is not AccountClass.USER:
            raise Refused(404, RejectReason.ACCOUNT_UNKNOWN, f"there is no account {body.account!r}")
        rules = state.accounts[no].rules
        known = feetables.tiers_of(self._tables, rules)
        if body.tier not in known:
            raise Refused(400, "tier", f"there is no tier {body.tier!r} under {rules}: {', '.join(known)}")
        rates: dict[str, schemas.TierRates] = {}
        for command in feetables.give(self._tables, rules, body.tier, no, state):
            self._do(command)
            rates[state.markets[command.market].spec.id] = schemas.TierRates(
                maker=decimal(command.maker), taker=decimal(command.taker)
            )
        await self._exchange.durable(self._exchange.seq)
        return schemas.TierGiven(seq=self._exchange.seq, account=body.account, tier=body.tier, rates=rates)

    async def change_market(self, _query: Query, body: schemas.ChangeMarket) -> schemas.MarketChanged:
        state = self._exchange.state
        no = state.market_no.get(body.market)
        if no is None:
            raise Refused(404, RejectReason.MARKET_UNKNOWN, f"there is no market {body.market!r}")
        if body.status is None and body.reference_price is None:
            raise Refused(400, "malformed", "say status, reference_price or both")
        price = None if body.reference_price is None else Price(parse_amount(body.reference_price))
        market = state.markets[no]
        if price is not None and market.derivative:
            message = f"{body.market} is no spot market: it has no reference price"
            raise Refused(400, RejectReason.MARKET_UNKNOWN, message)
        if body.status is not None:
            self._do(SetMarketStatus(no, MarketStatus[body.status.upper()]))
            if price == (market.averages.given if market.averages is not None else 0):
                # As it is: with the status set, that is no reason to refuse any more.
                price = None
        if price is not None:
            self._do(SetReferencePrice(no, price))
        await self._exchange.durable(self._exchange.seq)
        status = state.markets[no].status.name.lower()
        return schemas.MarketChanged(seq=self._exchange.seq, market=body.market, status=status)

    def _do(self, command: Command) -> None:
        for event in self._exchange.submit(command, source="control").events:
            if isinstance(event, CommandRefused):
                status = 409 if event.reason is RejectReason.MARKET_DELISTED else 400
                why = event.detail or event.reason.replace("_", " ")
                raise Refused(status, event.reason, f"the engine refused: {why}")
