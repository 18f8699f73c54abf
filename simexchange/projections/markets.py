"""Which markets there are, and what each venue's rules say of them."""

import msgspec

from simexchange.core.vocabulary.deliveries import DeliveryPriceSet
from simexchange.core.vocabulary.events import BundleAdopted, ExchangeOpened, MarketListed, MarketStatusSet, RulesSet
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.markets import Bundle, Market, MarketKind, MarketRules, MarketStatus
from simexchange.core.vocabulary.priceevents import FundingTermsBegan
from simexchange.core.vocabulary.units import Nanos, Price
from simexchange.projections.folding import Projection


class MarketRow(msgspec.Struct, gc=False):
    """One market as it stands."""

    no: MarketNo
    spec: Market
    status: MarketStatus
    listed_at: Nanos
    updated_at: Nanos
    delivery_price: Price = Price(0)
    """What a dated contract was delivered at; 0: it was not yet."""

    @property
    def id(self) -> str:
        """Its id, like ``spot:BTC-USDT``."""
        return self.spec.id

    @property
    def is_spot(self) -> bool:
        """Whether base and quote really change hands."""
        return self.spec.kind is MarketKind.SPOT


class MarketsView(Projection):
    """Markets by number and id, rules per bundle, and when the exchange began."""

    __slots__ = ("bundles", "by_id", "by_no", "rule_table", "seed", "spot", "start")

    def __init__(self) -> None:
        super().__init__()
        self.by_no: dict[MarketNo, MarketRow] = {}
        """In order of listing."""
        self.by_id: dict[str, MarketRow] = {}
        self.bundles: dict[str, Bundle] = {}
        self.rule_table: dict[tuple[str, MarketNo], MarketRules] = {}
        self.spot: set[MarketNo] = set()
        """Numbers of the spot markets, for membership tests only."""
        self.start = Nanos(0)
        """The first instant of the exchange's time."""
        self.seed = 0
        self.handlers = {
            ExchangeOpened: self._opened,
            MarketListed: self._listed,
            MarketStatusSet: self._status_set,
            BundleAdopted: self._adopted,
            RulesSet: self._rules_set,
            FundingTermsBegan: self._terms_began,
            DeliveryPriceSet: self._delivered,
        }

    def all(self, bundle: str = "") -> list[MarketRow]:
        """Every market in order of listing; with *bundle*, those it has rules for."""
        rows = self.by_no.values()
        return [row for row in rows if not bundle or (bundle, row.no) in self.rule_table]

    def rules(self, bundle: str, market: MarketNo) -> MarketRules | None:
        """What *bundle* says of *market*; None where it does not trade it."""
        return self.rule_table.get((bundle, market))

    def _opened(self, seq: int, at: Nanos, event: ExchangeOpened) -> None:
        self.seed, self.start = event.seed, event.start

    def _listed(self, seq: int, at: Nanos, event: MarketListed) -> None:
        known = self.by_no.get(event.no)
        if known is not None:
            # Listed anew, its facts change; its number, status and history go on.
            known.spec, known.updated_at = event.market, at
            return
        row = MarketRow(event.no, event.market, MarketStatus.TRADING, at, at)
        self.by_no[event.no] = row
        self.by_id[event.market.id] = row
        if row.is_spot:
            self.spot.add(event.no)

    def _terms_began(self, seq: int, at: Nanos, event: FundingTermsBegan) -> None:
        row, terms = self.by_no[event.market], event.terms
        row.spec = msgspec.structs.replace(
            row.spec, funding_interval=terms.interval, funding_cap=terms.cap, funding_floor=terms.floor,
            interest=terms.interest,
        )  # fmt: skip
        row.updated_at = at

    def _status_set(self, seq: int, at: Nanos, event: MarketStatusSet) -> None:
        row = self.by_no[event.market]
        row.status, row.updated_at = event.status, at

    def _delivered(self, seq: int, at: Nanos, event: DeliveryPriceSet) -> None:
        self.by_no[event.market].delivery_price = event.price

    def _adopted(self, seq: int, at: Nanos, event: BundleAdopted) -> None:
        self.bundles[event.bundle.name] = event.bundle

    def _rules_set(self, seq: int, at: Nanos, event: RulesSet) -> None:
        self.rule_table[event.bundle, event.market] = event.rules
