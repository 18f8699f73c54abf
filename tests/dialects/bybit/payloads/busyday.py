"""An exchange at Bybit's wire with a day behind it in which everything happened that a payload can be about.

Orders of every fate, positions of every kind, funding, a delivery, transfers, a liquidation. It is made by the engine's
own commands, so that no call has to work for another one to be asked.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.events import OrderAccepted
from simexchange.core.vocabulary.ids import OrderId
from simexchange.core.vocabulary.orders import Terms, TimeInForce, Trigger, TriggerPrice
from simexchange.core.vocabulary.units import ONE, SECOND, Amount, Price
from simexchange.dialects.bybit.common import ids
from simexchange.dialects.bybit.v5.product import PRODUCTS
from simexchange.dialects.bybit.v5.userstream import TOPICS
from tests.dialects.bybit.v5.desk import INVERSE, LINEAR, QUARTER, SPOT, Desk
from tests.dialects.bybit.v5.listening import Heard

if TYPE_CHECKING:
    from tests.core.world import Events, Person

BEFORE: Final = 1_774_597_200 * SECOND
"""27 March 2026, 07:40 UTC: just before a quarter ends and funding is paid."""
ETHER: Final = "perp:ETH-USDT"
PUBLIC: Final = (
    ("linear", "allLiquidation.ETHUSDT"), ("linear", "tickers.BTCUSDT"), ("linear", "publicTrade.BTCUSDT"),
    ("linear", "orderbook.50.BTCUSDT"), ("linear", "kline.1.BTCUSDT"), ("spot", "kline.D.BTCUSDT"),
    ("spot", "priceLimit.BTCUSDT"), ("spot", "tickers.BTCUSDT"), ("spot", "publicTrade.BTCUSDT"),
)  # fmt: skip


class BusyDay(Desk):
    """See the module; bob is who it happened to."""

    def __init__(self) -> None:
        super().__init__(BEFORE)
        self.heard: dict[str, Heard] = {}
        """By ``linear tickers.BTCUSDT`` or ``order``: what of it was told, of topics that are served."""
        self.noted: dict[str, str] = {}
        """Ids that later questions are about."""
        self._listen()
        self._before()
        self.wait(1_800)
        self._after()
        self.flush()

    def _listen(self) -> None:
        for category, topic in PUBLIC:
            product = next(one for one in PRODUCTS if one.name == f"v5-{category}")
            if product.market_stream(topic, self.state, self.views) is not None:
                self.heard[f"{category} {topic}"] = self.hears(category, topic)
        for topic in TOPICS:
            self.heard[topic] = self.listens(self.bob, topic)

    def _before(self) -> None:
        """Positions of every kind, money moved, a position protected, settings changed."""
        bob = self.bob
        self.run(cmd.Transfer(bob.no, "funding", "unified", "USDT", Amount(1_000 * ONE)))
        self.trade(LINEAR, 60_000, 1, taker=bob)
        self.trade(LINEAR, 60_300, "0.4", side="Sell", taker=bob)
        self.trade(QUARTER, 60_000, "0.5", taker=bob)
        self.trade(INVERSE, 60_000, 3, side="Sell", taker=bob)
        self.trade(SPOT, 60_000, "0.1", taker=bob)
        self.run(cmd.SetLeverage(bob.no, self.no(LINEAR), 25))
        self.flush()

    def _after(self) -> None:
        """Orders of every fate, and somebody who has too little."""
        bob = self.bob
        self.rests(bob, "open", LINEAR, "Buy", "0.01", 59_000, client_id="bob-1")
        self.rests(bob, "second", LINEAR, "Buy", "0.01", 58_990, client_id="bob-2")
        self.rests(bob, "spot", SPOT, "Buy", "0.01", 59_500, client_id="bob-3")
        canceled = self.rests(bob, "canceled", LINEAR, "Buy", "0.01", 59_100)
        self.run(cmd.CancelOrder(bob.no, self.no(LINEAR), canceled))
        protected = Terms(
            take_profit=Trigger(Price(66_000 * ONE)), stop_loss=Trigger(Price(55_000 * ONE), rising=False)
        )
        self.rests(bob, "protected", LINEAR, "Buy", "0.01", 59_200, more=protected)
        stop = Terms(trigger=Trigger(Price(62_000 * ONE), TriggerPrice.MARK))
        self.rests(bob, "stop", LINEAR, "Buy", "0.02", 62_500, more=stop)
        self.places(self.alice, LINEAR, "Sell", 1, 60_050)
        self.places(bob, LINEAR, "Buy", "0.01", 60_100, tif=TimeInForce.POST_ONLY)
        self.places(bob, LINEAR, "Buy", "0.01")
        self.trade(SPOT, 60_100, "0.1", side="Sell", taker=bob)
        dave = self.joined("dave", money={"unified": {"USDT": 150}})
        self.run(cmd.SetLeverage(dave.no, self.no(ETHER), 100))
        self.trade(ETHER, 2_000, 5, taker=dave)
        self.places(self.alice, ETHER, "Buy", 50, 1_960)
        self.run(cmd.SetIndex("ETH-USDT", Price(1_965 * ONE)))

    def rests(
        self, person: Person, name: str, market_id: str, side: str, qty: float | str, price: float, *,
        client_id: str = "", more: Terms | None = None,
    ) -> OrderId:  # fmt: skip
        """Place an order that is taken in, and note what it is called outside as *name*."""
        events: Events = self.places(person, market_id, side, qty, price, client_id=client_id, more=more)
        accepted = next(event for event in events if isinstance(event, OrderAccepted))
        self.noted[name] = ids.order_id(accepted.order, spot=market_id == SPOT)
        return accepted.order


@cache
def busy_day() -> BusyDay:
    """One for everybody who only looks; who changes something takes a copy (`again`)."""
    return BusyDay()
