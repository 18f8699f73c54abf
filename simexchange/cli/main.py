"""The `simexchange` command."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import Final

import click

from simexchange.cli.exits import Commands

MODULES: Final = {
    **dict.fromkeys(("diff", "serve", "run", "demo", "export", "report", "fork", "impact", "explain", "accounts"), ""),
    **dict.fromkeys(("clock", "doctor", "explore", "fault", "keys", "scenario", "snippet", "tls", "urls"), ""),
    **dict.fromkeys(("replay", "recheck", "inspect"), "logs"),
    **dict.fromkeys(("verify", "anchor", "repair", "archive"), "integrity"),
    **dict.fromkeys(("checkpoint", "rewind", "reset"), "rewind"),
    "alarm": "alarms",
}
"""Each command, and the module of this room it is in where that has another name."""


class Loaded(MutableMapping[str, click.Command]):
    """Commands by name, each imported when somebody wants it: a program that runs one needs no other's half second."""

    def __init__(self, modules: dict[str, str]) -> None:
        self._modules = modules
        self._added: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        if name not in self._added:
            module = import_module(f"simexchange.cli.{self._modules[name] or name}")
            self._added[name] = getattr(module, name)
        return self._added[name]

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._modules = {**self._modules, name: ""}
        self._added[name] = command

    def __delitem__(self, name: str) -> None:
        self._modules = {each: module for each, module in self._modules.items() if each != name}
        self._added.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)


@click.group(
    cls=Commands,
    commands=Loaded(MODULES),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="simexchange")
def main() -> None:
    """A crypto exchange on your own machine."""
