"""What SQLite would pass over in silence: a write-ahead log that is damaged before its end.

SQLite reads the write-ahead log up to the first frame whose check sum is wrong and takes the rest for a commit that was
under way. That is right for a torn end; where further commits stand behind that frame, they are lost without a word.
The format is SQLite's own ("WAL-mode File Format", sqlite.org/walformat.html and fileformat2.html section 4, seen
2026-11): a header of 32 bytes, then frames of a header of 24 bytes and a page; a frame counts only while its two salts
are the header's and the running check sum holds.
"""

import struct
from pathlib import Path
from typing import Final

_HEADER: Final = 32
_FRAME: Final = 24
_LITTLE: Final = 0x377F0682
_WORD: Final = 0xFFFFFFFF
_TRIES: Final = 5
"""A writer may begin the file anew while we read it."""


def commits_behind_damage(log: Path) -> int:
    """How many commits stand in the write-ahead log of *log* behind a frame that does not hold; 0 is as it should be.

    One may be what a power cut left of a commit under way. The death of a process leaves none.
    """
    wal = log.with_name(log.name + "-wal")
    for _ in range(_TRIES):
        try:
            data, again = wal.read_bytes(), wal.open("rb")
        except OSError:
            return 0
        with again:
            if again.read(_HEADER) == data[:_HEADER]:
                return _count(data, _page_size(log), log)
    return 0


def _page_size(log: Path) -> int:
    with log.open("rb") as file:
        size = int.from_bytes(file.read(18)[16:18], "big")
    return 65_536 if size == 1 else size


def _count(data: bytes, page: int, log: Path) -> int:
    if len(data) <= _HEADER or page < 512:
        return 0
    magic = int.from_bytes(data[:4], "big")
    order = "<" if magic == _LITTLE else ">"
    sums = _add((0, 0), data[:24], order)
    sound = magic | 1 == _LITTLE | 1 and sums == struct.unpack(">II", data[24:_HEADER])
    salts = data[16:24]
    if not sound:
        # A header that was damaged takes the whole file with it; then the first frame says which salts count.
        salts = data[_HEADER + 8 : _HEADER + 16]
        if _is_carried_over(data, page, salts, log):
            # The header of a file that was begun anew, which happens only when nothing in it is needed any more.
            return 0
    return _behind(data, page, salts, sums, order, sound=sound)


def _is_carried_over(data: bytes, page: int, salts: bytes, log: Path) -> bool:
    """Whether every page that the frames with these *salts* have stands in the file itself as it was last written."""
    pages: dict[int, bytes] = {}
    for at in range(_HEADER, len(data) - _FRAME - page + 1, _FRAME + page):
        if data[at + 8 : at + 16] == salts:
            pages[int.from_bytes(data[at : at + 4], "big")] = data[at + _FRAME : at + _FRAME + page]
    with log.open("rb") as file:
        for number, content in pages.items():
            file.seek((number - 1) * page)
            if file.read(page) != content:
                return False
    return True


def _behind(data: bytes, page: int, salts: bytes, sums: tuple[int, int], order: str, *, sound: bool) -> int:
    behind = 0
    for at in range(_HEADER, len(data) - _FRAME - page + 1, _FRAME + page):
        head = data[at : at + _FRAME]
        # Frames left over from before the file was begun anew have other salts, and none of ours behind them.
        ours = head[8:16] == salts
        if not sound:
            behind += ours and head[4:8] != b"\0\0\0\0"
        elif ours:
            sums = _add(_add(sums, head[:8], order), data[at + _FRAME : at + _FRAME + page], order)
            # The first frame that fails may be the torn end itself: only what stands behind it counts.
            sound = sums == struct.unpack(">II", head[16:])
        else:
            sound = False
    return behind


def _add(sums: tuple[int, int], data: bytes, order: str) -> tuple[int, int]:
    """SQLite's check sum over *data*, whose length is a multiple of 8, going on from *sums*."""
    first, second = sums
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = (first + even + second) & _WORD
        second = (second + odd + first) & _WORD
    return first, second
