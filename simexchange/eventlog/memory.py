"""An event log in memory: for tests, and for what shall leave no trace."""

from collections.abc import Iterator, Sequence

from simexchange.errors import StorageFailed
from simexchange.eventlog.checkpoint import Checkpoint, KeptViews, newest
from simexchange.eventlog.header import Header


class MemoryLog:
    """Implements EventLog, KeepsCheckpoints and KeepsNotes."""

    def __init__(self, header: Header, base: Checkpoint | None = None) -> None:
        """*base* is what *header* describes, where it describes any."""
        self.name = "memory"
        self._base = base
        self.header = header
        self.last_seq = header.first_seq - 1
        self.last_digest = header.genesis
        self._lines: list[bytes] = []
        self._checkpoints: dict[int, Checkpoint] = {}
        self._views: dict[int, KeptViews] = {}
        self._notes: dict[str, str] = {}

    def base(self) -> Checkpoint | None:
        return self._base

    def append(self, lines: Sequence[bytes], first: int, last: int, digest: bytes) -> None:
        if first != self.last_seq + 1 or last - first + 1 != len(lines):
            raise StorageFailed(f"records {first} to {last} do not follow record {self.last_seq} of {self.name}")
        self._lines.extend(lines)
        self.last_seq = last
        self.last_digest = digest

    def read(self, from_seq: int = 0) -> Iterator[bytes]:
        start = max(from_seq - self.header.first_seq, 0)
        end = len(self._lines)
        return (self._lines[i] for i in range(start, end))

    def save_checkpoint(self, checkpoint: Checkpoint) -> None:
        self._checkpoints[checkpoint.seq] = checkpoint

    def load_checkpoint(self, at_most: int) -> Checkpoint | None:
        return newest(self._checkpoints.values(), at_most)

    def save_views(self, kept: KeptViews) -> None:
        self._views[kept.seq] = kept

    def load_views(self, at_most: int, code: str) -> KeptViews | None:
        return newest((each for each in self._views.values() if each.code == code), at_most)

    def note(self, name: str) -> str:
        return self._notes.get(name, "")

    def set_note(self, name: str, text: str) -> None:
        self._notes[name] = text

    def close(self) -> None:
        """Nothing is held."""
