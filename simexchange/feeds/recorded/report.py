"""One line per tape for the log, when the tape is through."""

from simexchange.core.vocabulary.units import MILLISECOND
from simexchange.feeds.recorded.playback import Reading
from simexchange.feeds.recorded.state import TapeProgress


def tape_line(market_id: str, progress: TapeProgress, reading: Reading) -> str:
    """What was played, what was passed over, and how the file was."""
    return (
        f"{market_id}: {progress.frames} depth updates, {progress.prints} prints, {progress.touches} best prices, "
        f"{progress.dropped} updates and {progress.early} prints before a snapshot, {progress.gaps} gaps, "
        f"{reading.late} too late for their place, exchange time {reading.receive_lag // MILLISECOND} ms after receipt"
    )
