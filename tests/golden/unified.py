"""Bybit's published and derived figures, read off accounts that have placed the orders: no formula is called by hand.

An account with one wallet trades a market whose price fits every figure, at the entry of the case; what the case
expects is read where clients read it (`margin.position_state`, `margin.wallet_state`), or in the events.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from msgspec import structs

from simexchange.core import margin, whatif
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.markets import Bundle, Filters, MarketRules, PriceRules, Tier
from simexchange.core.vocabulary.orders import MarginMode, Side
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import HOUR, ONE, Amount, Nanos, Price, Rate
from tests.core.oneaccount import INVERSE, RULES, WALLET, Member, TwoVenues
from tests.core.world import PERP, only, show

if TYPE_CHECKING:
    from collections.abc import Callable

Inputs = dict[str, Any]
TAKER = "0.00055"
FEES = structs.replace(RULES, closing_fee=True)
"""With the fee to close in margin, as it is today."""
AT_ENTRY = structs.replace(FEES, maintained_at_entry=True)
"""As the pages up to 2024 have it: maintenance margin of isolated positions by what they cost."""


def u(text: str | float) -> int:
    """Decimal text in units, exactly."""
    value = Decimal(str(text)) * ONE
    assert value == value.to_integral_value(), text
    return int(value)


def text(value: int) -> Decimal:
    """Units as a decimal number."""
    return Decimal(value) / ONE


class Case:
    """One account and its position in one market."""

    def __init__(
        self,
        i: Inputs,
        bundle: Bundle = FEES,
        *,
        isolated: bool = True,
        inverse: bool = False,
        taker: str = TAKER,
        tick: str = "0.00000001",
        money: str = "1000000",
    ) -> None:
        self.world = TwoVenues(bundle)
        base = INVERSE if inverse else self.world.state.markets[self.world.state.market_no[PERP]].spec
        self.spec = structs.replace(
            base, id=f"{base.id}-2", tick=Price(u(tick)), index="GOLD-USD", step=base.step
        )  # fmt: skip
        self.world.run(cmd.ListMarket(self.spec))
        self.world.at_market(self.spec.id)
        tier = Tier(Amount(0), Amount(10**30), 200, Rate(u(i.get("mmr", "0.005"))), Amount(u(i.get("deduction", "0"))))
        for name, rate in (("binance", "0"), (bundle.name, taker)):
            rules = MarketRules(Filters(), Rate(0), Rate(u(rate)), (tier,), default_leverage=int(i.get("leverage", 10)))
            self.world.run(cmd.SetRules(name, self.world.market, rules))
        self.asset = self.spec.settle
        self.ann: Member = self.world.opens("ann", **{self.asset: money})
        if isolated:
            self.world.run(cmd.SetCollateralMode(self.ann.no, unified=False))
            self.world.run(cmd.SetMarginMode(self.ann.no, self.world.market, MarginMode.ISOLATED))
        self.side = Side.BUY if i.get("side", "Buy") == "Buy" else Side.SELL

    def mark(self, price: str) -> list[Any]:
        """The mark and the index stand at *price*; what that makes happen."""
        self.world.run(cmd.SetIndex("GOLD-USD", Price(u(price))))
        found: list[Any] = self.world.run(cmd.SetMark(self.world.market, Price(u(price))))
        return found

    def takes(self, qty: str | float, price: str) -> list[Any]:
        """The account takes *qty* at *price* from somebody of another venue."""
        if not self.market.mark:
            self.mark(price)
        maker = self.world.third
        for wallet, asset in (("usdm", "USDT"), ("coinm", "BTC")):
            self.world.run(cmd.Deposit(maker.no, wallet, asset, Amount(10**8 * ONE)))
        maker.order(Side(-self.side), str(qty), price)
        found: list[Any] = self.ann.order(self.side, str(qty), price)
        return found

    @property
    def market(self) -> Any:
        """The market of the case."""
        return self.world.state.markets[self.world.market]

    @property
    def account(self) -> Any:
        """The account of the case."""
        return self.world.state.accounts[self.ann.no]

    @property
    def position(self) -> margin.PositionState:
        """What is told of the position."""
        return margin.position_state(self.world.state, self.account, self.market)

    @property
    def cost(self) -> Decimal:
        """What the position cost, in what it settles in."""
        return text(abs(self.position.cost) // ONE)

    @property
    def bankruptcy(self) -> Decimal:
        """Where the position has eaten its margin."""
        return text(whatif.bankruptcy_price(self.world.state, self.account, self.market, self.world.market))


def linear(i: Inputs) -> dict[str, object]:
    """An isolated position: its margins without fees, and where it is liquidated, with and without them."""
    qty = i.get("qty", "1")
    plain, charged = Case(i, AT_ENTRY, taker="0"), Case(i, AT_ENTRY)
    for case in (plain, charged):
        case.takes(qty, i["entry"])
    assert charged.position.liquidation_price == plain.position.liquidation_price
    assert charged.bankruptcy == plain.bankruptcy
    assert text(charged.position.wallet) == text(plain.position.wallet) + Decimal(qty) * plain.bankruptcy * Decimal(
        TAKER
    )
    return {
        "im": text(plain.position.position_initial), "mm": text(plain.position.maintenance),
        "liq": text(charged.position.liquidation_price), "bankruptcy": charged.bankruptcy,
    }  # fmt: skip


def bankrupt_linear(i: Inputs) -> dict[str, object]:
    """The price at which an isolated position is taken over once its mark is just beyond its liquidation."""
    case = Case(i)
    case.takes("1", i["entry"])
    events = case.mark(str(text(case.position.liquidation_price)))
    (step,) = only(events, ev.LiquidationStepDecided)
    return {"bankruptcy": text(step.price)}


def margin_inverse(i: Inputs) -> dict[str, object]:
    """Coin that so many one-dollar contracts need in the pool."""
    case = Case(i, isolated=False, inverse=True, taker="0")
    case.takes(i["contracts"], i["price"])
    told = margin.wallet_state(case.world.state, case.account, WALLET, case.asset)
    assert told.position_initial == case.position.position_initial
    return {"im": text(told.position_initial)}


def inverse_until_2024(i: Inputs) -> dict[str, object]:
    """Maintenance margin as at entry."""
    case, charged = Case(i, AT_ENTRY, inverse=True, taker="0"), Case(i, AT_ENTRY, inverse=True)
    case.takes(i["contracts"], i["entry"])
    charged.takes(i["contracts"], i["entry"])
    return {
        "position_value": case.cost, "im": text(case.position.position_initial), "mm": text(case.position.maintenance),
        "liq": text(charged.position.liquidation_price),
    }  # fmt: skip


def inverse_since_2026(i: Inputs) -> dict[str, object]:
    """As at the mark; the fee to close that was put in pays itself."""
    case = Case(i, inverse=True)
    case.takes(i["contracts"], i["entry"])
    return {"liq": text(case.position.liquidation_price)}


def bankrupt_inverse(i: Inputs) -> dict[str, object]:
    """Exact, and to a tick of half a dollar: bought at the two ticks beside it, for that average."""
    exact, coarse = Case(i, inverse=True), Case(i, inverse=True, tick="0.5")
    exact.takes(1_000_000, i["entry"])
    coarse.takes(840_000, "7890")
    coarse.takes(160_000, "7890.5")
    (step,) = only(coarse.mark("7770"), ev.LiquidationStepDecided)
    return {"bankruptcy": exact.bankruptcy, "tick_rounded": text(step.price)}


def unrealised(i: Inputs) -> dict[str, object]:
    """What a position of a pool cost and has gained."""
    case = Case(i, isolated=False, inverse="contracts" in i)
    case.takes(i.get("contracts") or i["qty"], i["entry"])
    case.mark(i["mark"])
    assert case.ann.pool(case.asset).unrealised == case.position.unrealised
    return {"value": case.cost, "upnl": text(case.position.unrealised)}


def order_cost(i: Inputs) -> dict[str, object]:
    """What an order takes of what is available, to the unit; and what it pays, and sets aside, once it is filled."""
    qty, price = i["qty"], i["price"]
    poor = Case(i, taker=i["taker"], isolated=False, money="2526.12499999")
    poor.mark(price)
    (refused,) = poor.ann.buys(qty, at=price)
    assert refused.reason is RejectReason.MARGIN_INSUFFICIENT
    resting = Case(i, taker=i["taker"], isolated=False, money="2526.125")
    resting.mark(price)
    resting.ann.buys(qty, at=price)
    assert show(resting.ann.pool().available) == 0
    cost = whatif.order_cost(resting.world.engine, resting.account, resting.market, Side.BUY, u(qty), u(price))
    filled = Case(i, taker=i["taker"])
    (trade,) = only(filled.takes(qty, price), ev.TradeExecuted)
    closing = margin.closing_fee(filled.world.state, filled.account, filled.market, filled.world.market)
    assert filled.position.wallet == filled.position.position_initial
    assert cost.total == resting.ann.pool("USDT").order_initial
    return {
        "im": text(filled.position.position_initial - closing), "bankruptcy": filled.bankruptcy,
        "fee_open": text(trade.taker.fee), "fee_close": text(closing),
        "cost": text(resting.ann.pool("USDT").order_initial),
    }  # fmt: skip


def funding_rate(i: Inputs) -> dict[str, object]:
    """The rate that is settled after an interval in which the book stood so far above the index."""
    world = TwoVenues(FEES)
    spec = structs.replace(
        world.state.markets[world.market].spec, id="perp:GOLD-USDT", index="GOLD-USD",
        funding_interval=Nanos(i["interval_hours"] * HOUR), prices=(PriceRules(divided=False),),
    )  # fmt: skip
    world.run(cmd.ListMarket(spec))
    world.at_market(spec.id)
    world.maker.buys(10, at=str(100 * (1 + Decimal(i["premium"]))))
    world.maker.sells(10, at=105)
    world.run(cmd.SetIndex("GOLD-USD", Price(100 * ONE)))
    due = world.state.markets[world.market].funding
    assert due is not None
    found = only(world.passes(due.next_at - world.at), ev.FundingRateSet)
    (settled,) = [event for event in found if event.market == world.market]
    return {"rate": text(settled.rate)}


CASES: dict[str, Callable[[Inputs], dict[str, object]]] = {
    "bybit_linear_liq_iso": linear,
    "bybit_linear_bankruptcy": bankrupt_linear,
    "bybit_inverse_im": margin_inverse,
    "bybit_inverse_liq_iso_short_old": inverse_until_2024,
    "bybit_inverse_liq_iso_short_2026": inverse_since_2026,
    "bybit_inverse_bankruptcy": bankrupt_inverse,
    "bybit_upnl_linear_real": unrealised,
    "bybit_upnl_inverse_real": unrealised,
    "bybit_order_cost_linear": order_cost,
    "funding_rate_4h_bybit": funding_rate,
}
