"""``!contractInfo``: contracts that are listed, change their status, or get other brackets.

Letters: "Contract Info Stream" of developers.binance.com (seen 2026-11). Brackets are told only where they changed.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from simexchange.core.vocabulary.events import Event, MarketStatusSet, RulesSet
from simexchange.core.vocabulary.markets import Tier
from simexchange.core.vocabulary.units import Nanos
from simexchange.dialects.binance.common.symbols import symbol_of
from simexchange.dialects.binance.common.timestamps import millis
from simexchange.dialects.binance.usdm.bookstreams import Stream, Universe, stream_type
from simexchange.dialects.binance.usdm.figures import as_number
from simexchange.dialects.binance.usdm.responses import MARKET_STATUS, encode
from simexchange.dialects.binance.usdm.symbols import PERPETUAL_DELIVERY_MS, RULES, contract_type, pair_of

if TYPE_CHECKING:
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.projections.views import Views

Json = dict[str, Any]


class ContractInfo(Stream):
    """What becomes of contracts, as it happens."""

    def __init__(self, name: str, universe: Universe, state: "ExchangeState") -> None:
        super().__init__(name, Nanos(0), None)
        self._state = state
        self._universe = universe
        rules = ((market.no, state.rules.get((RULES, market.no))) for market in universe.all())
        self._brackets: dict[int, tuple[Tier, ...]] = {no: known.tiers for no, known in rules if known is not None}

    def on_event(self, seq: int, at: Nanos, event: Event, views: "Views") -> Iterable[bytes]:
        if isinstance(event, RulesSet):
            return self._rules_set(event, at)
        if isinstance(event, MarketStatusSet) and event.market in self._brackets:
            market = self._state.markets[event.market]
            return (encode(_contract(market, at, cs=MARKET_STATUS[event.status])),)
        return ()

    def _rules_set(self, event: RulesSet, at: Nanos) -> Iterable[bytes]:
        market = self._universe.get(event.market) if event.bundle == RULES else None
        if market is None:
            return ()
        known, tiers = self._brackets.get(market.no), event.rules.tiers
        self._brackets[market.no] = tiers
        if known == tiers:
            return ()
        return (encode(_contract(market, at, cs=MARKET_STATUS[market.status], bks=_brackets(tiers))),)


def _contract(market: "MarketState", at: Nanos, **more: Any) -> Json:
    spec = market.spec
    return {
        "e": "contractInfo",
        "E": millis(at),
        "s": symbol_of(spec),
        "ps": pair_of(spec),
        "ct": contract_type(spec, at),
        "dt": millis(spec.expiry) if spec.expiry else PERPETUAL_DELIVERY_MS,
        "ot": millis(spec.onboard),
        **more,
        "st": stream_type(spec),
    }


def _brackets(tiers: tuple[Tier, ...]) -> list[Json]:
    """The least leverage of a bracket is one above the most of the bracket that follows."""
    below = [tier.max_leverage + 1 for tier in tiers[1:]] + [1]
    return [
        {
            "bs": number,
            "bnf": as_number(tier.floor),
            "bnc": as_number(tier.cap),
            "mmr": as_number(tier.maintenance_rate),
            "cf": as_number(tier.cum),
            "mi": least,
            "ma": tier.max_leverage,
        }
        for number, (tier, least) in enumerate(zip(tiers, below, strict=True), 1)
    ]
