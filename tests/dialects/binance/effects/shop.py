"""An exchange with everything that ships and a day behind it, for asking what a parameter does.

The day is short and has one of everything that a question can be about: orders of every fate, trades at several times,
lists, conditional orders, funding, transfers, isolated margin, a liquidation. Times are told in milliseconds.
"""

from __future__ import annotations

import pickle
from io import BytesIO
from typing import Any, Final

from simexchange.config import markets, opening
from simexchange.core.engine import Engine
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.units import HOUR, MINUTE, ONE, SECOND, Amount, Nanos, Price
from simexchange.dialects.binance.coinm.product import CoinmProduct
from simexchange.dialects.binance.spot.product import SpotProduct
from simexchange.dialects.binance.usdm.product import UsdmProduct
from simexchange.dialects.binance.venue import BinanceDialect
from simexchange.dialects.contract import Key, Product
from simexchange.projections.views import Views
from tests.core.world import Person
from tests.dialects.binance.spot.bench import Answer, Bench, Connection, Countdowns, Keys

START: Final = Nanos(1_774_555_200_000_000_000)
"""26 March 2026, 20:00 UTC: the evening before a quarter ends."""
MONEY: Final = {
    "spot": {"USDT": 10_000_000, "BTC": 100, "ETH": 1_000, "BNB": 1_000},
    "usdm": {"USDT": 1_000_000, "BNB": 10},
    "coinm": {"BTC": 100, "ETH": 100},
}
PRICES: Final = {"BTC-USDT": 60_000, "ETH-USDT": 2_000, "BNB-USDT": 600}


class Shop(Bench):
    """The shipped markets at round prices, three rich people, nothing traded; seen from one product."""

    def __init__(self, product: Product) -> None:
        self.views = Views()
        self.seq = 0
        self.market_streams = []
        self.user_streams = []
        self.trades = []
        self.past = []
        self.throttled = None
        self.product: Any = product
        self.dialect = BinanceDialect((SpotProduct(), UsdmProduct(), CoinmProduct()))
        self.listen_keys, self.connection, self.countdowns = Keys(), Connection(), Countdowns()
        self.state = ExchangeState()
        self.engine: Any = Engine(self.state)
        self.at: Any = START
        self.market = MarketNo(1)
        self.run(cmd.OpenExchange(7, START))
        for command in opening.opening(markets.preset().values(), self.state):
            self.run(command)
        for index, price in PRICES.items():
            self.run(cmd.SetIndex(index, Price(price * ONE)))
        self.keys: dict[str, Key] = {}
        self.people = [self.joined(name) for name in ("maker", "taker", "third")]
        self.maker, self.taker, self.third = self.people
        self.noted: dict[str, str] = {}
        """What later questions are about: name → id or time, as text."""
        self.kept = (-1, b"")
        """The newest record there was when this day was written down, and what was."""

    def joined(self, name: str) -> Person:
        """A rich person with a key."""
        self.run(cmd.OpenAccount(name, "binance"))
        person = Person(self, name)
        for wallet, assets in MONEY.items():
            for asset, amount in assets.items():
                self.run(cmd.Deposit(person.no, wallet, asset, Amount(amount * ONE)))
        self.keys[f"key{name}"] = Key(f"key{name}", "secret", person.no)
        return person

    def does(self, person: Person, method: str, path: str, /, **sent: object) -> Any:
        """A signed call that must be answered well."""
        answer = self.signed(person, method, path, **sent)
        assert answer.status == 200, (method, path, sent, answer.body)
        return answer.body

    def wait(self, seconds: float) -> None:
        """Time passes, and what falls due in it happens, as a writer does it."""
        end = self.at + int(seconds * SECOND)
        while (due := self.state.next_due()) is not None and due <= end:
            self.at = due
            self.run(cmd.PassTime())
        self.at = Nanos(end)

    def note(self, name: str, what: object = None) -> None:
        """Remember *what*, or now."""
        self.noted[name] = str(self.now_ms() if what is None else what)

    def again(self) -> Shop:
        """The same day once more, for a call that changes something."""
        if self.kept[0] != self.seq:
            out = BytesIO()
            _Writer(out, self).dump(self.__dict__)
            self.kept = (self.seq, out.getvalue())
        other = Shop.__new__(type(self))
        other.__dict__.update(_Reader(BytesIO(self.kept[1]), self).load())
        other.engine = Engine(other.state)
        return other


SHARED: Final = ("dialect", "product", "engine")
"""What is not written down: nothing is kept in the first two, and an engine's table of handlers cannot be copied."""


class _Writer(pickle.Pickler):
    def __init__(self, file: BytesIO, shop: Shop) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._shared = {id(getattr(shop, name)): name for name in SHARED}

    def persistent_id(self, thing: object) -> str | None:
        return self._shared.get(id(thing))


class _Reader(pickle.Unpickler):
    def __init__(self, file: BytesIO, shop: Shop) -> None:
        super().__init__(file)
        self._shop = shop

    def persistent_load(self, name: str) -> object:
        return getattr(self._shop, name)


__all__ = ["HOUR", "MINUTE", "START", "Answer", "Shop"]
