"""What the log says of one product at the end of the day, in the figures clients ask for."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from tests.clients.tale import (
    NONE,
    UNIT,
    Aggregate,
    Balance,
    Candle,
    Fill,
    Order,
    Position,
    Tale,
    Trade,
    down,
    millis,
    up,
)

MARKETS: Final = {"spot": "spot:BTC-USDT", "usdm": "perp:BTC-USDT"}
MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE
PAGE: Final = 500


@dataclass(frozen=True)
class Truth:
    """The tale seen by alice, who trades BTC against USDT."""

    tale: Tale
    product: str
    now: int
    """Where the clock was stopped, in milliseconds."""
    predicted_rate: Decimal

    @cached_property
    def market(self) -> int:
        return self.tale.listed[MARKETS[self.product]]

    @cached_property
    def me(self) -> int:
        return self.tale.accounts["alice"]

    @property
    def spec(self) -> dict[str, Any]:
        """MarketListed.market."""
        return self.tale.markets[self.market]

    @property
    def rules(self) -> dict[str, Any]:
        """RulesSet.rules."""
        return self.tale.rules[self.market]

    def filter(self, *names: str) -> Decimal:
        """The first of these bounds that is not off."""
        filters = self.rules["filters"]
        return next((Decimal(filters[name]) for name in names if Decimal(filters[name])), NONE)

    def lists(self, asset: str) -> bool:
        """Whether some spot market trades it."""
        spot = [market for market in self.tale.markets.values() if market["kind"] == "SPOT"]
        return any(asset in (market["base"], market["quote"]) for market in spot)

    # Market data

    @property
    def tape(self) -> list[Trade]:
        return self.tale.tape[self.market]

    @property
    def newest(self) -> list[Trade]:
        """As many prints as one call gives."""
        return self.tape[-PAGE:]

    @cached_property
    def aggregates(self) -> list[Aggregate]:
        return self.tale.aggregates(self.market)

    @property
    def newest_aggregates(self) -> list[Aggregate]:
        return self.aggregates[-PAGE:]

    def levels(self, side: str) -> list[tuple[Decimal, Decimal]]:
        return self.tale.levels(self.market, side)

    @property
    def book_seq(self) -> int:
        return self.tale.book_seq[self.market]

    @property
    def book_at(self) -> int:
        return self.tale.book_at[self.market]

    @property
    def best_at(self) -> int:
        return self.tale.best_at[self.market]

    @property
    def volume(self) -> Decimal:
        return sum((trade.qty for trade in self.tape), NONE)

    @property
    def quote_volume(self) -> Decimal:
        return sum((trade.quote for trade in self.tape), NONE)

    @property
    def opened(self) -> Decimal:
        return self.tape[0].price

    @property
    def last(self) -> Decimal:
        return self.tape[-1].price

    @property
    def percent(self) -> Decimal:
        """The change of the day in percent; three decimals, as the venue cuts it.

        ccxt takes a zero for no answer at all, and divides for itself.
        """
        whole = (self.last - self.opened) * 100 / self.opened
        return down(whole, Decimal("0.001")) or whole

    @property
    def average(self) -> Decimal:
        """Volume-weighted; the perpetual's has the two decimals its prices are printed with."""
        return down(self.quote_volume / self.volume, UNIT if self.product == "spot" else Decimal("0.01"))

    def candles(self, length: int) -> list[Candle]:
        return self.tale.candles(self.market, length, self.now)

    @property
    def mark_candles(self) -> list[Candle]:
        return self.tale.mark_candles(self.market, MINUTE, self.now)

    @property
    def mark(self) -> Decimal:
        return Decimal(self.tale.marks[self.market][-1][1]["mark"])

    @property
    def tiers(self) -> list[dict[str, Any]]:
        return [{**tier, "number": number} for number, tier in enumerate(self.rules["tiers"], 1)]

    @property
    def rates(self) -> list[tuple[int, dict[str, Any]]]:
        return self.tale.rates.get(self.market, [])

    @property
    def next_funding(self) -> int:
        return millis(self.rates[-1][1]["next_at"])

    @property
    def index(self) -> Decimal:
        return self.tale.indexes["BTC-USDT"][-1][1]

    # Alice's orders and money

    def orders(self, *statuses: str) -> list[Order]:
        return self.tale.of(self.me, self.market, *statuses)

    @property
    def fills(self) -> list[Fill]:
        return self.tale.fills(self.me, self.market)

    @property
    def entered(self) -> list[Order]:
        """The orders whose answers were kept, as they stood when they were answered."""
        kept = 7 if self.product == "spot" else 4
        return [self.tale.entered[order.id] for order in self.orders()[:kept]]

    @property
    def taken_back(self) -> Order:
        """The one order she canceled."""
        (order,) = self.orders("canceled")
        return order

    @property
    def all_taken_back(self) -> list[Order]:
        """What bob canceled at once."""
        return self.tale.of(self.tale.accounts["bob"], self.market, "canceled")

    @property
    def cash(self) -> Decimal:
        return self.balance("USDT").free

    @property
    def money_moved(self) -> int:
        """When any balance of the wallet changed last."""
        wallet = "spot" if self.product == "spot" else "usdm"
        mine = [b for (who, where, _), b in self.tale.balances.items() if (who, where) == (self.me, wallet)]
        return max(balance.updated for balance in mine)

    @property
    def income(self) -> list[tuple[str, Decimal, int]]:
        return self.tale.income[self.me]

    @property
    def payments(self) -> list[tuple[str, Decimal, int]]:
        return [line for line in self.income if line[0] == "funding"]

    def balance(self, asset: str) -> Balance:
        return self.tale.balance(self.me, "spot" if self.product == "spot" else "usdm", asset)

    # The position

    @property
    def position(self) -> Position:
        return self.tale.positions[self.me, self.market]

    @property
    def leverage(self) -> int:
        return self.tale.leverage[self.me, self.market]

    @property
    def entry(self) -> Decimal:
        return down(self.position.cost / self.position.qty)

    @property
    def worth(self) -> Decimal:
        """Of the position at the mark."""
        return down(abs(self.position.qty) * self.mark)

    @property
    def unrealised(self) -> Decimal:
        return down(self.position.qty * self.mark - self.position.cost)

    @property
    def unrealised_then(self) -> Decimal:
        """At the mark of the newest fill."""
        return down(self.position.qty * self.position.mark - self.position.cost)

    @property
    def most(self) -> Decimal:
        """The most that may be held at this leverage."""
        return max(Decimal(tier["cap"]) for tier in self.rules["tiers"] if tier["max_leverage"] >= self.leverage)

    @property
    def tier(self) -> dict[str, Any]:
        return next(tier for tier in self.rules["tiers"] if self.worth <= Decimal(tier["cap"]))

    @property
    def maintenance(self) -> Decimal:
        return up(self.worth * Decimal(self.tier["maintenance_rate"])) - Decimal(self.tier["cum"])

    @property
    def initial(self) -> Decimal:
        """Position and open orders together: the larger side, divided by the leverage."""
        sides = {
            side: sum((up(order.price * order.left) for order in self.orders("open") if order.side == side), NONE)
            for side in ("BUY", "SELL")
        }
        signed = self.worth if self.position.qty > 0 else -self.worth
        of_position = up(self.worth / self.leverage)
        exposed = up(max(abs(signed + sides["BUY"]), abs(signed - sides["SELL"])) / self.leverage)
        return max(of_position, exposed)

    @property
    def liquidation_price(self) -> Decimal:
        """Where cash plus profit is as much as the maintenance margin: wallet + q·p − cost = |q|·p·rate − cum."""
        wallet, position = self.cash, self.position
        # Money enough to carry the price far: the bracket is that of the position's worth at the answer.
        for tier in self.rules["tiers"]:
            rate, cum = Decimal(tier["maintenance_rate"]), Decimal(tier["cum"])
            price = (wallet - position.cost + cum) / (abs(position.qty) * rate - position.qty)
            if abs(position.qty) * price <= Decimal(tier["cap"]):
                return down(price)
        raise AssertionError("above every bracket")

    @property
    def open_interest(self) -> Decimal:
        """What everybody together is long."""
        held = [p.qty for (_, market), p in self.tale.positions.items() if market == self.market]
        return sum((qty for qty in held if qty > 0), NONE)
