"""What every benchmark here is asked by: how much of it, in options that answer a wrong size in one line."""

import argparse
from collections.abc import Callable
from typing import NoReturn


class Options(argparse.ArgumentParser):
    """The options of a program; its docstring is what `--help` says first."""

    def __init__(self, doc: str | None) -> None:
        super().__init__(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def at_least(least: int) -> Callable[[str], int]:
    """A whole number that is not below *least*."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text} is no whole number") from None
        if number < least:
            raise argparse.ArgumentTypeError(f"{text} is less than {least}")
        return number

    return read


def seconds(text: str) -> float:
    """A time that is longer than none, and an hour at most."""
    try:
        number = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no number of seconds") from None
    if not 0 < number <= 3_600:
        raise argparse.ArgumentTypeError(f"{text} s is not between nothing and an hour")
    return number
