"""One writer: a lock that lives exactly as long as the process that holds it."""

import os
import sys
from pathlib import Path

from simexchange.errors import LogInUse, LogUnreadable


class WriterLock:
    """A file beside the log, locked by the system and naming the writer. It stays behind, unlocked."""

    def __init__(self, log: Path) -> None:
        """Take the lock of *log*. Raises LogInUse where another process has it, LogUnreadable for a closed folder."""
        self._path = log.with_name(log.name + ".lock")
        try:
            self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        except OSError as error:
            raise LogUnreadable(
                f"cannot write in {log.parent}: {error.strerror}; choose another folder or change its permissions"
            ) from None
        if not _try_lock(self._fd):
            holder = os.pread(self._fd, 32, 0).decode("ascii", "replace").strip() if hasattr(os, "pread") else ""
            os.close(self._fd)
            self._fd = -1
            who = f"process {holder}" if holder else "another process"
            raise LogInUse(f"{log} is in use by {who}: stop it, or choose another folder")
        try:
            os.ftruncate(self._fd, 0)
            os.write(self._fd, b"%d\n" % os.getpid())
        except OSError as error:
            self.release()
            raise LogUnreadable(
                f"cannot write in {log.parent}: {error.strerror}; free some space or repair the disk"
            ) from None

    def release(self) -> None:
        """Give it up. A second call does nothing."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


if sys.platform == "win32":
    import msvcrt

    def _try_lock(fd: int) -> bool:
        try:
            # A byte far behind the text: Windows forbids reading what is locked.
            os.lseek(fd, 1 << 20, os.SEEK_SET)
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
            os.lseek(fd, 0, os.SEEK_SET)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try_lock(fd: int) -> bool:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
