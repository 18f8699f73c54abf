"""Index prices from the tapes, sampled on the one-second grid of exchange time (replay rule 11).

The index of a pair is the mid of its spot tape: what is recorded, never what users made of it. Without a spot tape it
is the perpetual's own mid, and the log says so. A COIN-M pair ``BTC-USD`` follows ``BTC-USDT``.
"""

from simexchange.core.market import MarketState
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.commands import SetIndex
from simexchange.core.vocabulary.units import SECOND, Price

STALE = 5 * SECOND
"""A source that said nothing for longer is quiet: its index is frozen, and nobody is liquidated on it."""
ALIASES = {"USD": "USDT"}


def aliases_of(index: str) -> tuple[str, ...]:
    """The indexes that follow *index*: itself, and that of the same base in a currency that stands for it."""
    base, _, quote = index.partition("-")
    return (index, *(f"{base}-{alias}" for alias, meant in ALIASES.items() if meant == quote))


def recorded_mid(market: MarketState) -> int:
    """Half way between the recorded best prices, rounded down to 10**-8; 0 where a side is empty or they cross."""
    tape = market.tape
    if tape is None:
        return 0
    bid, ask = max(tape.bids.recorded, default=0), min(tape.asks.recorded, default=0)
    return (bid + ask) // 2 if 0 < bid < ask else 0


def sample(state: ExchangeState, index: str, market: MarketState, quiet: int, frozen: list[str]) -> list[SetIndex]:
    """What the index and its aliases stand at now, as commands. *quiet* is how long the tape has said nothing, ns."""
    names = [name for name in aliases_of(index) if name in state.indexes]
    if quiet > STALE:
        newly = [name for name in names if name not in frozen and state.indexes[name].price]
        frozen.extend(newly)
        return [SetIndex(name, Price(state.indexes[name].price), frozen=True) for name in newly]
    mid = recorded_mid(market)
    if not mid:
        return []
    frozen[:] = [name for name in frozen if name not in names]
    return [SetIndex(name, Price(mid)) for name in names]
