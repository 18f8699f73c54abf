"""Everything simexchange raises on purpose, as one tree.

::

    SimexchangeError
    ├── ConfigError            what a person wrote in a file, or asked for, cannot be used
    │   ├── UsageError         an option on the command line says nothing that can be understood
    │   └── NotThere           a question names an account, a market or a record that the log does not have
    ├── AddressTaken           the host and port to listen on are in use or not ours
    ├── MissingExtra           an optional dependency is needed and not installed
    ├── CheckFailed            a log was read well, and what it says does not hold (verify, recheck)
    └── LogError               an event log cannot be used
        ├── LogUnreadable      it is not there, may not be read or written, or is no event log
        ├── LogNewer           it was written by a newer simexchange
        ├── LogDamaged         bytes, digests, numbers or words in it are wrong
        ├── LogInUse           another process is writing it
        └── StorageFailed      it could not be written any more; nothing after its last durable record happened
            └── ReadOnly       a past is looked at, and nobody can change it

Each carries one sentence for a person, naming the thing and the remedy. A refused command is no exception: it is a
`RejectReason`. Exit codes belong to the command line.
"""


class SimexchangeError(Exception):
    """What a person can do something about. `str()` of it is one clear line."""


class ConfigError(SimexchangeError):
    """An option, a file or a key in it cannot be used, or contradicts what the log says."""


class UsageError(ConfigError):
    """An option on the command line says nothing that can be understood, whatever log or file it is meant for."""


class NotThere(ConfigError):
    """A question names an account, a market, a liquidation or a record that the log does not have."""


class AddressTaken(SimexchangeError):
    """The host and port to listen on are in use, or may not be used."""


class MissingExtra(SimexchangeError):
    """An optional dependency is needed and not installed; the text says how to install it."""


class CheckFailed(SimexchangeError):
    """A log was read well, and what it says does not hold."""


class LogError(SimexchangeError):
    """An event log cannot be used."""


class LogUnreadable(LogError):
    """There is no log there, it may not be read or written, or it is something else."""


class LogNewer(LogError):
    """The log has a higher schema number than this program knows; a newer one reads it."""


class LogDamaged(LogError):
    """Something in the log is wrong: *kind* is one of those of `eventlog.verify.VerifyError`.

    *seq* is the first record that cannot be trusted; everything before it is sound.
    """

    def __init__(self, text: str, *, seq: int, kind: str, detail: str) -> None:
        super().__init__(text)
        self.seq = seq
        self.kind = kind
        self.detail = detail


class LogInUse(LogError):
    """Another process holds the log for writing."""


class StorageFailed(LogError):
    """A commit failed (disk full, device gone). Mutations are refused; what was acknowledged is in the log."""


class ReadOnly(StorageFailed):
    """What is asked for would change a past that is only looked at. Nothing was done, and nothing is broken."""
