"""What an order would cost and leave behind, over the control API: asked of the state, changing nothing."""

from typing import Final

from simexchange.core import whatif
from simexchange.core.accounts import Account
from simexchange.core.engine import Engine
from simexchange.core.market import MarketState
from simexchange.core.vocabulary.orders import Side, Slot, Terms
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.gateway import control_schemas as schemas
from simexchange.gateway.control import Endpoint, Query, Refused
from simexchange.gateway.words import decimal, parse_amount
from simexchange.runtime.exchange import Exchange

SIDES: Final = {"buy": Side.BUY, "sell": Side.SELL}


class PreviewActs:
    """The call, over one exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def endpoints(self) -> tuple[Endpoint, ...]:
        """The table of calls."""
        return (
            Endpoint(
                method="POST",
                path="/preview",
                act=self.preview,
                takes=schemas.PreviewOrder,
                gives=schemas.OrderPreview,
                reads=True,
                summary="What an order of a derivative would cost and leave behind; nothing is placed",
            ),
        )

    async def preview(self, _query: Query, body: schemas.PreviewOrder) -> schemas.OrderPreview:
        account, market = self._account(body.account), self._market(body.market)
        qty, price = parse_amount(body.qty), 0 if body.price is None else parse_amount(body.price)
        if not qty:
            raise Refused(400, RejectReason.QTY_NOT_POSITIVE, "an order of nothing costs nothing")
        side, slot = SIDES[body.side], Slot[body.slot.upper()]
        terms = Terms(reduce_only=body.reduce_only, slot=slot) if body.reduce_only or slot else None
        engine = Engine(self._exchange.state)
        engine.at = self._exchange.now()
        cost = whatif.order_cost(engine, account, market, side, qty, price, terms)
        answer = schemas.OrderPreview(
            seq=self._exchange.seq,
            price=decimal(cost.price),
            cost=_cost(cost),
            refused=cost.refused,
            max_qty=decimal(whatif.max_open(engine, account, market, side, price, terms)),
            after=_after(whatif.after(engine, account, market, side, qty, price, terms)),
        )
        await self._exchange.durable(self._exchange.seq)
        return answer

    def _account(self, name: str) -> Account:
        state = self._exchange.state
        if name not in state.account_no:
            raise Refused(404, RejectReason.ACCOUNT_UNKNOWN, f"there is no account {name!r}")
        return state.accounts[state.account_no[name]]

    def _market(self, name: str) -> MarketState:
        state = self._exchange.state
        market = state.markets[state.market_no[name]] if name in state.market_no else None
        if market is None or not market.derivative:
            raise Refused(404, RejectReason.MARKET_UNKNOWN, f"there is no derivative {name!r}")
        return market


def _cost(cost: whatif.Cost) -> schemas.OrderCost:
    return schemas.OrderCost(
        margin_price=decimal(cost.margin_price),
        growing=decimal(cost.growing),
        initial_margin=decimal(cost.initial),
        open_loss=decimal(cost.open_loss),
        total=decimal(cost.total),
        needed=decimal(cost.needed),
        available=decimal(cost.available),
    )


def _after(found: whatif.Outcome) -> schemas.OrderOutcome:
    return schemas.OrderOutcome(
        qty=decimal(found.position.qty),
        entry_price=decimal(found.entry_price),
        fee=decimal(found.fee),
        realised=decimal(found.realised),
        margin_balance=decimal(found.margin_balance),
        maintenance=decimal(found.maintenance),
        available=decimal(found.wallet.available),
        call_price=decimal(found.call_price),
        liquidation_price=decimal(found.liquidation_price),
        bankruptcy_price=decimal(found.bankruptcy_price),
    )
