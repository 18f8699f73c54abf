"""Exit codes: a contract with scripts."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import click

from simexchange import errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

OK: Final = 0
UNEXPECTED: Final = 1
USAGE: Final = 2
CONFIG: Final = 3
CHECK_FAILED: Final = 4
CANNOT_BIND: Final = 5
LOG_UNREADABLE: Final = 6
MISSING_EXTRA: Final = 7
STORAGE_FAILED: Final = 8
INTERRUPTED: Final = 130

_CODES: Final[tuple[tuple[type[errors.SimexchangeError], int], ...]] = (
    (errors.UsageError, USAGE),
    (errors.ConfigError, CONFIG),
    (errors.CheckFailed, CHECK_FAILED),
    (errors.AddressTaken, CANNOT_BIND),
    (errors.LogInUse, CANNOT_BIND),
    (errors.MissingExtra, MISSING_EXTRA),
    (errors.StorageFailed, STORAGE_FAILED),
    (errors.LogError, LOG_UNREADABLE),
)


def code_of(error: errors.SimexchangeError) -> int:
    """The exit code for *error*; the first row that fits."""
    for kind, code in _CODES:
        if isinstance(error, kind):
            return code
    return UNEXPECTED


@contextmanager
def naming(log: str) -> Iterator[None]:
    """Say which log is damaged, and what can be done, where a fold of its records finds out."""
    try:
        yield
    except errors.LogDamaged as error:
        if "restore it from a copy" in str(error):
            raise
        text = f"{log}: {error}; restore it from a copy (`simexchange verify` says how much of it is sound)"
        raise errors.LogDamaged(text, seq=error.seq, kind=error.kind, detail=error.detail) from None


class Commands(click.Group):
    """A group whose errors are one clear line and a code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a reader that has seen enough (`| head`) is no failure."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # What is still buffered has nowhere to go, and Python would complain of it at its exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise click.exceptions.Exit(OK) from None

    def main(self, args: Sequence[str] | None = None, **extra: Any) -> Any:  # type: ignore[override]  # it is overloaded
        """Run; never a traceback for something a person can do something about."""
        extra["standalone_mode"] = False
        try:
            result = super().main(args, **extra)
        except click.exceptions.Exit as leaving:
            sys.exit(leaving.exit_code)
        except click.Abort:
            sys.exit(INTERRUPTED)
        except click.ClickException as error:
            error.show()
            sys.exit(USAGE)
        except errors.SimexchangeError as error:
            click.echo(f"simexchange: {error}", err=True)
            sys.exit(code_of(error))
        except OSError as error:
            # A folder that may not be entered, a name that is none: seldom enough not to be asked of each beforehand.
            if error.filename is None:
                raise
            told = f"cannot use {error.filename}: {error.strerror}; choose another, or change it"
            click.echo(f"simexchange: {told}", err=True)
            sys.exit(CONFIG)
        sys.exit(result if isinstance(result, int) else OK)
