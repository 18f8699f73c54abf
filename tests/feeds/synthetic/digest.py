"""Prints a digest of every command of a short synthetic market: run by path, by any interpreter that finds us."""

import sys
from hashlib import blake2b

import msgspec

from simexchange.core.vocabulary.units import SECOND, Nanos
from simexchange.feeds.synthetic import SyntheticFeed
from simexchange.projections.candle import CandleKind
from tests.feeds.synthetic.market import START, Market4, past_of


def digest_of(seed: int, seconds: int) -> str:
    """32 hex digits over the commands, the feed's state at the end, and a stretch of history."""
    market = Market4(SyntheticFeed(), seed=seed)
    market.run(seconds * SECOND)
    candles = past_of(market).candles(
        "perp:ETH-USDT", CandleKind.TRADE, 60 * SECOND, Nanos(START - 7200 * SECOND), START, 1000
    )
    everything = msgspec.json.encode((market.commands, market.feed_state, candles))
    return blake2b(everything, digest_size=16).hexdigest()


if __name__ == "__main__":
    print(digest_of(int(sys.argv[1]), int(sys.argv[2])))
