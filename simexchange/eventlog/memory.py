"""An event log in memory: for tests, and for what shall leave no trace."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from simexchange.errors import LogDamaged, StorageFailed
from simexchange.eventlog.bookmarks import is_kept
from simexchange.eventlog.checkpoint import Checkpoint, KeptViews, newest
from simexchange.eventlog.header import Header, Parent
from simexchange.eventlog.record import split


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
        self.kept: dict[str, MemoryLog] = {}
        """What was gone back from, by name."""

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

    def notes(self, prefix: str) -> dict[str, str]:
        return {name: text for name, text in self._notes.items() if name.startswith(prefix)}

    def go_back(self, seq: int) -> str:
        """End with record *seq*, which there is; what there was is in `kept`, under the name that is given back."""
        kept = MemoryLog(self.header, self._base)
        kept.name = f"{self.name}-{len(self.kept) + 1}"
        kept._lines, kept._checkpoints, kept._views = self._lines, self._checkpoints, self._views
        kept._notes = self._notes
        kept.last_seq, kept.last_digest = self.last_seq, self.last_digest
        lines = self._lines[: seq - self.header.first_seq + 1]
        parts = split(lines[-1])
        if parts is None:
            raise LogDamaged(f"record {seq} has not the shape of a record", seq=seq, kind="bytes", detail="no record")
        self.kept[kept.name] = kept
        self.header = replace(self.header, parent=Parent(kept.name, seq, parts[1].hex()))
        self._lines, self.last_seq, self.last_digest = lines, seq, parts[1]
        self._checkpoints = {at: each for at, each in kept._checkpoints.items() if at <= seq}
        self._views = {at: each for at, each in kept._views.items() if at <= seq}
        self._notes = {name: text for name, text in kept._notes.items() if is_kept(name, text, seq)}
        return kept.name

    def close(self) -> None:
        """Nothing is held."""
