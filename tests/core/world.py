"""A small exchange for tests: people who buy and sell, and a book one can draw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simexchange.core.engine import Engine
from simexchange.core.invariants import check, touched_by
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import AccountNo, MarketNo, OrderId
from simexchange.core.vocabulary.markets import Bundle, Filters, Market, MarketKind, MarketRules, Tier
from simexchange.core.vocabulary.orders import OrderKind, Side, Terms, TimeInForce, TradeKind
from simexchange.core.vocabulary.units import HOUR, ONE, SECOND, Amount, Nanos, Price, Quantity, Rate

if TYPE_CHECKING:
    from collections.abc import Sequence

Events = list[Any]
"""What happened; tests say which event they mean by looking at it."""

T0 = Nanos(1_700_000_000 * SECOND)
"""2023-11-14 22:13:20 UTC."""
CROWD, OFTEN = 100, 50
"""From so many accounts on, or after so many instants of one wait, all of the invariants are checked every so many
steps; in between, those of what a step touched: to look at everybody each time would take the square of the steps."""
SPOT = "spot:BTC-USDT"
PERP = "perp:BTC-USDT"

# Two brackets small enough to compute with: 1 % up to 1,000 and 5 % above, so 40 comes off above.
TIERS = (
    Tier(Amount(0), Amount(1_000 * ONE), 20, Rate(1_000_000), Amount(0)),
    Tier(Amount(1_000 * ONE), Amount(100_000 * ONE), 10, Rate(5_000_000), Amount(40 * ONE)),
)


def units(number: float | str) -> Any:
    """0.5 and "0.5" are 50_000_000: tests write small decimals that binary fractions hold exactly, or text."""
    whole, _, fraction = str(number).partition(".")
    sign = -1 if whole.startswith("-") else 1
    return sign * (abs(int(whole or 0)) * ONE + int(fraction.ljust(8, "0")))


def show(value: int) -> float | int:
    """Units as a number a person reads; whole ones without a point."""
    return value // ONE if value % ONE == 0 else value / ONE


class Person:
    """One account in one market, with short words for what people do."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name
        self.no: AccountNo = world.state.account_no[name]

    def buys(self, qty: float | str, at: float | str | None = None, **terms: Any) -> Events:
        """Place a buy: limit at a price, market without one."""
        return self.order(Side.BUY, qty, at, **terms)

    def sells(self, qty: float | str, at: float | str | None = None, **terms: Any) -> Events:
        """Place a sell: limit at a price, market without one."""
        return self.order(Side.SELL, qty, at, **terms)

    def order(
        self,
        side: Side,
        qty: float | str,
        at: float | str | None = None,
        *,
        tif: TimeInForce = TimeInForce.GTC,
        client_id: str = "",
        more: Terms | None = None,
    ) -> Events:
        """Place one order in the world's market."""
        kind = OrderKind.MARKET if at is None else OrderKind.LIMIT
        return self.world.run(
            cmd.PlaceOrder(
                self.no,
                self.world.market,
                side,
                kind,
                Quantity(units(qty)),
                Price(units(at or 0)),
                tif,
                client_id,
                more,
            )
        )

    def reduces(self, side: Side, qty: float | str, at: float | str | None = None) -> Events:
        """Place a reduce-only order."""
        return self.order(side, qty, at, more=Terms(reduce_only=True))

    def cancels(self, order: OrderId) -> Events:
        """Cancel one order."""
        return self.world.run(cmd.CancelOrder(self.no, self.world.market, order))

    def has(self, asset: str, wallet: str = "spot") -> Any:
        """(free, held)."""
        balance = self.world.state.accounts[self.no].balance(wallet, asset)
        return show(balance.free), show(balance.held)

    @property
    def cash(self) -> Any:
        """USDT in the derivatives wallet."""
        return show(self.world.state.accounts[self.no].free("usdm", "USDT"))

    @property
    def position(self) -> Any:
        """(quantity, entry cost), or None."""
        found = self.world.state.accounts[self.no].positions.get(self.world.market)
        return None if found is None else (show(found.qty), show(found.cost // ONE))


class World:
    """An exchange with a spot and a perpetual market, no fees unless asked for, and everybody rich."""

    def __init__(
        self,
        market: str = SPOT,
        people: Sequence[str] = ("maker", "taker", "third"),
        *,
        maker_fee: str = "0",
        taker_fee: str = "0",
        filters: Filters | None = None,
        liquidation_fee: str = "0",
        bundle: Bundle | None = None,
        cash: int = 1_000_000,
        capital: int = 1_000_000,
    ) -> None:
        self.state = ExchangeState()
        self.engine: Any = Engine(self.state)
        self.at: Any = T0
        self.trades: list[tuple[float, float]] = []
        self.past: Events = []
        """All that happened so far."""
        self._unchecked = self._waited = 0
        self.run(cmd.OpenExchange(7, T0))
        tick, step = Price(ONE // 100), Quantity(ONE // 1000)
        self.run(cmd.ListMarket(Market(SPOT, MarketKind.SPOT, "BTC", "USDT", "USDT", tick, step)))
        perp = Market(
            PERP, MarketKind.PERPETUAL, "BTC", "USDT", "USDT", tick, step, funding_interval=Nanos(8 * HOUR),
            index="BTC-USDT", impact_notional=Amount(100 * ONE),
        )  # fmt: skip
        self.run(cmd.ListMarket(perp))
        self.market: MarketNo = self.state.market_no[market]
        self.run(cmd.AdoptBundle(bundle or Bundle("binance")))
        for no in self.state.markets:
            rules = MarketRules(
                filters or Filters(), Rate(units(maker_fee)), Rate(units(taker_fee)),
                TIERS if self.state.markets[no].derivative else (), Rate(units(liquidation_fee)), 10,
            )  # fmt: skip
            self.run(cmd.SetRules("binance", no, rules))
        if capital:
            self.run(cmd.ProvideCapital("usdm", "USDT", Amount(capital * ONE)))
        self.people = [self.joins(name, cash) for name in people]
        # Most tests know three people; with fewer, the last stands in for the missing ones.
        known: list[Any] = [*self.people, *self.people[-1:] * 2, None, None, None]
        self.maker, self.taker, self.third = known[:3]

    def joins(self, name: str, cash: int) -> Person:
        """Open an account with *cash* USDT in both wallets, and as many BTC as matter."""
        self.run(cmd.OpenAccount(name, "binance"))
        person = Person(self, name)
        for wallet in ("spot", "usdm"):
            if cash:
                self.run(cmd.Deposit(person.no, wallet, "USDT", Amount(cash * ONE)))
        if cash:
            self.run(cmd.Deposit(person.no, "spot", "BTC", Amount(1_000 * ONE)))
        return person

    def run(self, command: cmd.Command) -> Events:
        """Execute *command* and what it makes necessary; every invariant is checked after each step (see `CROWD`)."""
        events = self._step(command)
        while (following := self.state.pending()) is not None:
            events += self._step(following)
        self.past += events
        for event in events:
            if isinstance(event, ev.TradeExecuted) and event.kind is not TradeKind.TAKEOVER:
                self.trades.append((show(event.qty), show(event.price)))
        return events

    def _step(self, command: cmd.Command) -> Events:
        events: Events = list(self.engine.execute(command, self.at))
        self._unchecked += 1
        if self._unchecked < OFTEN and (len(self.state.accounts) > CROWD or self._waited > OFTEN):
            check(self.state, touched_by(events))
        else:
            self._unchecked = 0
            check(self.state)
        return events

    def index(self, price: float | str) -> Events:
        """The index moves."""
        return self.run(cmd.SetIndex("BTC-USDT", Price(units(price))))

    def mark(self, price: float | str) -> Events:
        """The mark is put at *price*."""
        return self.run(cmd.SetMark(self.market, Price(units(price))))

    def passes(self, span: int) -> Events:
        """Time passes: whatever falls due in *span* does, at its instant."""
        end, events = self.at + span, []
        while (due := self.state.next_due()) is not None and due <= end:
            self.at = due
            events += self.run(cmd.PassTime())
            self._waited += 1
        self.at = Nanos(end)
        self._waited = 0
        check(self.state)
        return events

    @property
    def ladder(self) -> list[str]:
        """The book as a drawing, highest price first."""
        book = self.state.markets[self.market].book
        rows: dict[int, tuple[Any, Any]] = {price: ("", show(qty)) for price, qty, _ in book.levels(Side.SELL, 99)}
        rows |= {price: (show(qty), "") for price, qty, _ in book.levels(Side.BUY, 99)}
        lines = ["bid | price | ask"]
        lines += [f"{rows[p][0]:>3} | {show(p):>5} | {rows[p][1]:>3}" for p in sorted(rows, reverse=True)]
        return [line.rstrip() for line in lines]


def kinds(events: Sequence[Any]) -> list[str]:
    """Names of events, in order."""
    return [type(event).__name__ for event in events]


def only(events: Sequence[Any], kind: type) -> Events:
    """The events of one kind."""
    return [event for event in events if isinstance(event, kind)]
