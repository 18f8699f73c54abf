"""How a call is made to see the exchange otherwise than it is: with a wrong clock, or as it was a while ago."""

from simexchange.core.vocabulary.units import Nanos
from simexchange.gateway.calls import Bend
from simexchange.gateway.faults.injector import Injector, Stroke
from simexchange.gateway.faults.past import AGES, Past
from simexchange.runtime.exchange import Exchange


class Bending:
    """The wrong clocks and old answers of one server."""

    def __init__(self, injector: Injector) -> None:
        self._exchange: Exchange = injector.exchange
        self._past = Past(injector)

    def bend(self, stroke: Stroke, before: Bend | None) -> Bend:
        """What *stroke* adds to the bend there is *before* it."""
        exchange = self._exchange
        bend = before or Bend(exchange.state, exchange.views)
        if stroke.kind == "clock_skew":
            return Bend(bend.state, bend.views, Nanos(bend.skew + int(stroke.params["skew"])))
        state, views = self._past.ago(int(stroke.params[AGES[stroke.kind]]))
        return Bend(state, views, bend.skew)
