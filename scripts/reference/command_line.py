"""The page on the command line."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

from scripts.reference.markdown import MARK, anchor, page, table
from simexchange.cli.main import main

EXIT_CODES = {
    0: "all is well",
    1: "something unexpected",
    2: "the command line is wrong: an option is unknown or says nothing that can be understood",
    3: "the configuration is wrong: a market file, a tape, a key, or an option that contradicts the log",
    4: "a check failed (`verify`, `recheck`), or a search found what breaks the test (`explore`)",
    5: "cannot bind, or in use by another process",
    6: "the event log cannot be read, or is of a newer version",
    7: "an extra is missing",
    8: "storage failed while serving",
    130: "interrupted (`serve` ends with 0)",
}


def commands_below(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """*command* and everything under it, each with the words that call it."""
    yield path, command
    if isinstance(command, click.Group):
        for name in sorted(command.commands):
            yield from commands_below(command.commands[name], (*path, name))


def option_row(option: click.Option, context: click.Context) -> tuple[str, str, str, str]:
    names = ", ".join((*option.opts, *option.secondary_opts))
    value = "" if option.is_flag else f" {option.make_metavar(context)}"
    default = option.to_info_dict().get("default")
    shown = "" if callable(default) or default in (None, False, (), "") or "UNSET" in repr(default) else f"`{default}`"
    return f"`{names}{value}`", option.help or "", shown, "yes" if option.multiple else ""


def command_section(path: tuple[str, ...], command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=" ".join(path))
    yield f"## {' '.join(path)}"
    yield ""
    yield inspect.cleandoc(command.help or "").replace("\b\n", "").replace("``", "`").split("\f")[0].rstrip()
    yield ""
    yield "```text"
    yield context.get_usage().replace("Usage: ", "")
    yield "```"
    yield ""
    if isinstance(command, click.Group):
        rows = [(f"[`{name}`](#{anchor(' '.join((*path, name)))})", below.get_short_help_str(200))
                for name, below in sorted(command.commands.items()) if not below.hidden]  # fmt: skip
        yield from table(("command", ""), rows)
        yield ""
    options = [p for p in command.params if isinstance(p, click.Option) and not p.hidden and p.name != "help"]
    if options:
        yield from table(("option", "", "default", "repeatable"), [option_row(o, context) for o in options])
        yield ""


def cli_page() -> str:
    lines = [
        "# Command line",
        "",
        MARK,
        "",
        "The ready file, what LOG may be, accounts, keys and data folders are described [for scripts](scripts.md).",
        "",
        *table(("exit code", ""), [(str(code), meaning) for code, meaning in EXIT_CODES.items()]),
        "",
    ]
    for path, command in commands_below(main, ("simexchange",)):
        if not command.hidden:
            lines += command_section(path, command)
    return page(*lines)
