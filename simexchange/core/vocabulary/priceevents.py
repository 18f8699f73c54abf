"""Events of indexes and of funding terms; part of `events.Event`."""

import msgspec

from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.indexes import Constituent
from simexchange.core.vocabulary.markets import FundingTerms
from simexchange.core.vocabulary.units import Nanos, Price, Rate


class ConstituentsSet(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=67):
    """What an index is made of from now on; empty: it is set again."""

    index: str
    constituents: tuple[Constituent, ...]
    stale_after: Nanos
    deviation: Rate


class SourcePriced(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=68):
    """One source of an index said what it stands at there."""

    index: str
    source: str
    price: Price


class SourceDropped(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=69):
    """A source of an index said nothing for too long: until it does, it does not count."""

    index: str
    source: str


class FundingTermsSet(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=70):
    """A perpetual's funding is to change when the running interval ends, at *since*."""

    market: MarketNo
    terms: FundingTerms
    since: Nanos


class FundingTermsBegan(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=71):
    """A perpetual's funding is this from now on."""

    market: MarketNo
    terms: FundingTerms
