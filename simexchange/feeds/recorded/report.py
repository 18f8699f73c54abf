"""What was played, and how true it was."""

from simexchange.feeds.recorded.state import TapeProgress


def tape_line(market_id: str, progress: TapeProgress) -> str:
    """One tape's counters as a line for the log."""
    return (
        f"{market_id}: {progress.frames} depth updates, {progress.prints} prints, {progress.touches} best prices, "
        f"{progress.dropped} updates and {progress.early} prints before a snapshot, {progress.gaps} gaps"
    )
