"""A short story told to the views: events by hand, numbers small enough for the head."""

from __future__ import annotations

from simexchange.core.vocabulary import events as ev
from simexchange.core.vocabulary.fills import Closed, Opened
from simexchange.core.vocabulary.ids import AccountNo, MarketNo, OrderId, PositionId, TradeId, first_id
from simexchange.core.vocabulary.levels import Levels
from simexchange.core.vocabulary.markets import Bundle, Filters, Market, MarketKind, MarketRules
from simexchange.core.vocabulary.orders import (
    AccountClass,
    EndReason,
    OrderKind,
    Side,
    Terms,
    TimeInForce,
    TradeKind,
)
from simexchange.core.vocabulary.units import DAY, HOUR, ONE, SECOND, Amount, Cost, Nanos, Price, Quantity, Rate
from simexchange.projections.history import History
from simexchange.projections.views import Views

T0 = Nanos(20_000 * DAY)
"""2024-10-04 00:00:00 UTC, a Friday."""
SPOT, PERP = MarketNo(1), MarketNo(2)
FUND, ANN, BOB, BOT, HOUSE = (AccountNo(no) for no in (1, 2, 3, 4, 5))


def units(number: float) -> int:
    """2 is 200_000_000; so are halves and quarters, which binary fractions hold exactly."""
    scaled = number * ONE
    assert scaled == int(scaled)
    return int(scaled)


class Tale:
    """Views with two markets (BTC-USDT spot 1 and perpetual 2) and five accounts, and a way to go on telling."""

    def __init__(self, views: Views | None = None, *, start: Nanos = T0, history: History | None = None) -> None:
        self.views = views or Views(history)
        self.told: list[tuple[int, Nanos, ev.Event]] = []
        self.seq = 0
        self.at = start
        self._orders: dict[AccountNo, int] = {}
        self._trades: dict[MarketNo, int] = {}
        tick, step = Price(ONE // 100), Quantity(ONE // 1000)
        perp = Market(
            "perp:BTC-USDT", MarketKind.PERPETUAL, "BTC", "USDT", "USDT", tick, step,
            funding_interval=Nanos(8 * HOUR), index="BTC-USDT",
        )  # fmt: skip
        rules = MarketRules(Filters(), Rate(100_000), Rate(200_000), default_leverage=20)
        self.step(ev.ExchangeOpened(7, start))
        self.step(ev.AccountOpened(FUND, "fund", "", AccountClass.FUND))
        self.step(ev.MarketListed(SPOT, Market("spot:BTC-USDT", MarketKind.SPOT, "BTC", "USDT", "USDT", tick, step)))
        self.step(ev.MarketListed(PERP, perp))
        self.step(ev.BundleAdopted(Bundle("binance")))
        self.step(ev.RulesSet("binance", SPOT, rules), ev.RulesSet("binance", PERP, rules))
        self.step(ev.AccountOpened(ANN, "ann", "binance", AccountClass.USER))
        self.step(ev.AccountOpened(BOB, "bob", "binance", AccountClass.USER))
        self.step(ev.AccountOpened(BOT, "bot", "binance", AccountClass.AGENT))
        self.step(ev.AccountOpened(HOUSE, "house:spot:BTC-USDT", "binance", AccountClass.HOUSE))

    def step(self, *events: ev.Event) -> None:
        """One record."""
        self.seq += 1
        for event in events:
            self.told.append((self.seq, self.at, event))
            self.views.apply(self.seq, self.at, event)

    def later(self, span: int = SECOND) -> Tale:
        """Time passes."""
        self.at = Nanos(self.at + span)
        return self

    def accepts(
        self,
        account: AccountNo,
        side: Side,
        qty: float,
        price: float = 0,
        *,
        market: MarketNo = SPOT,
        hold: float = 0,
        client_id: str = "",
        more: Terms | None = None,
        rests: bool = True,
    ) -> OrderId:
        """An order comes in, and into the book unless it does not rest."""
        self._orders[account] = self._orders.get(account, 0) + 1
        order = OrderId(first_id(account) + self._orders[account])
        kind = OrderKind.LIMIT if price else OrderKind.MARKET
        accepted = ev.OrderAccepted(
            order, account, market, side, kind, Quantity(units(qty)), Price(units(price)), TimeInForce.GTC, client_id,
            Amount(units(hold)), more,
        )  # fmt: skip
        rested = [ev.OrderRested(order, market, Quantity(units(qty)))] if price and rests else []
        self.step(accepted, *rested)
        return order

    def ends(
        self, order: OrderId, account: AccountNo, left: float, *, market: MarketNo = SPOT, free: float = 0
    ) -> None:
        """Its owner cancels an order."""
        self.step(ev.OrderCanceled(order, account, market, Quantity(units(left)), Amount(units(free)), EndReason.USER))

    def trade(
        self,
        taker: ev.Fill,
        maker: ev.Fill,
        qty: float,
        price: float,
        *,
        market: MarketNo = SPOT,
        aggressor: Side = Side.BUY,
        kind: TradeKind = TradeKind.TRADE,
    ) -> ev.TradeExecuted:
        """The next trade of a market; tell it with `step`."""
        self._trades[market] = self._trades.get(market, 0) + 1
        return ev.TradeExecuted(
            market, TradeId(self._trades[market]), Price(units(price)), Quantity(units(qty)),
            Amount(units(qty * price)), aggressor, taker, maker, kind,
        )  # fmt: skip

    def prints(
        self, qty: float, price: float, *, aggressor: Side = Side.BUY, market: MarketNo = SPOT, ghosts: float = 0
    ) -> None:
        """The tape prints a trade between strangers."""
        self._trades[market] = self._trades.get(market, 0) + 1
        printed = ev.TapePrinted(
            market, TradeId(self._trades[market]), Price(units(price)), Quantity(units(qty)),
            Amount(units(qty * price)), aggressor, Quantity(units(ghosts)),
        )  # fmt: skip
        self.step(printed)

    def frame(
        self, bids: dict[float, float], asks: dict[float, float], *, snapshot: bool = False, market: MarketNo = SPOT
    ) -> None:
        """The tape's account now offers this."""
        self.step(ev.BookAdjusted(market, levels(bids), levels(asks), snapshot))


def levels(sizes: dict[float, float]) -> Levels:
    return Levels.of((units(price), units(size)) for price, size in sizes.items())


def fill(
    account: AccountNo,
    order: int = 0,
    *,
    left: float = 0,
    cum: float = 0,
    fee: float = 0,
    asset: str = "USDT",
    released: float = 0,
    closed: Closed | None = None,
    opened: Opened | None = None,
) -> ev.Fill:
    """One side of a trade."""
    return ev.Fill(
        account, OrderId(order), Quantity(units(left)), Amount(units(cum)), Amount(units(fee)), asset,
        Amount(units(released)), closed, opened,
    )  # fmt: skip


def opened(position: int, qty: float, cost: float) -> Opened:
    """A position now stands at *qty* and *cost*."""
    return Opened(PositionId(position), Quantity(units(qty)), Cost(units(cost) * ONE))


def closed(position: int, qty: float, realised: float, cost_out: float) -> Closed:
    """Some of a position went."""
    return Closed(PositionId(position), Quantity(units(qty)), Amount(units(realised)), Cost(units(cost_out) * ONE))
