"""Recorded tapes: stream recordings and public archives, replayed with users inside."""

from simexchange.feeds.recorded.feed import Impact, OnEnd, RecordedFeed, TapeTime
from simexchange.feeds.recorded.fidelity import Fidelity, MarketFidelity
from simexchange.feeds.recorded.items import Product, TapeUnreadable
from simexchange.feeds.recorded.listing import market_id
from simexchange.feeds.recorded.sources import Source, find_sources
from simexchange.feeds.recorded.state import RecordedState

__all__ = [
    "Fidelity",
    "Impact",
    "MarketFidelity",
    "OnEnd",
    "Product",
    "RecordedFeed",
    "RecordedState",
    "Source",
    "TapeTime",
    "TapeUnreadable",
    "find_sources",
    "market_id",
]
