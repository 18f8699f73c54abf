"""Indexes made of several sources: what they are made of, what the sources say, and which of them went quiet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core import indexes, marks
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.priceevents import ConstituentsSet, SourceDropped, SourcePriced
from simexchange.core.vocabulary.rejections import RejectReason

if TYPE_CHECKING:
    from simexchange.core.engine import Engine
    from simexchange.core.market import Index
    from simexchange.core.vocabulary import commands as cmd


def set_constituents(engine: Engine, command: cmd.SetConstituents) -> None:
    """Say what an index is made of; it is made anew at once of the sources that were heard lately."""
    index = engine.state.indexes.get(command.index)
    if index is None:
        engine.refuse(command, AccountNo(0), RejectReason.INDEX_UNKNOWN, command.index)
        return
    fault = indexes.fault_of(command.constituents, command.stale_after, command.deviation)
    if fault:
        engine.refuse(command, AccountNo(0), RejectReason.MARKET_INVALID, fault)
        return
    engine.emit(ConstituentsSet(command.index, command.constituents, command.stale_after, command.deviation))
    if index.sources is not None:
        for source in index.sources.stale(engine.at):
            engine.emit(SourceDropped(command.index, source))
        _make(engine, index)


def set_source_price(engine: Engine, command: cmd.SetSourcePrice) -> None:
    """One source says something; the index and the marks follow at once."""
    index = engine.state.indexes.get(command.index)
    if index is None or index.sources is None or not index.sources.has(command.source):
        engine.refuse(command, AccountNo(0), RejectReason.INDEX_UNKNOWN, f"{command.index}: {command.source}")
    elif command.price <= 0:
        engine.refuse(command, AccountNo(0), RejectReason.PRICE_NOT_POSITIVE, command.index)
    else:
        engine.emit(SourcePriced(command.index, command.source, command.price))
        _make(engine, index)


def drop_stale(engine: Engine) -> None:
    """Sources that have been quiet for too long by now count no more, index after index."""
    for index in list(engine.state.composed.values()):
        assert index.sources is not None
        stale = index.sources.stale(engine.at)
        for source in stale:
            engine.emit(SourceDropped(index.name, source))
        if stale:
            _make(engine, index)


def _make(engine: Engine, index: Index) -> None:
    """The index of its live sources; without any it stays where it is, and nobody is liquidated on it."""
    assert index.sources is not None
    price, shares = indexes.compose(index.sources)
    if price:
        marks.set_index(engine, index.name, price, "constituents", shares=shares)
    elif index.price and not index.frozen:
        marks.set_index(engine, index.name, index.price, "constituents", frozen=True)
