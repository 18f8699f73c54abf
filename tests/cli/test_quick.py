"""A command imports what it runs: a script that calls a few hundred of them waits for nothing else."""

import subprocess
import sys

import click
import pytest

from simexchange.cli.main import MODULES, main

HEAVY = ("aiohttp", "rich", "simexchange.dialects.binance", "simexchange.gateway.server")
"""What serving needs, and the demo."""


@pytest.mark.parametrize("command", ["verify", "replay", "inspect", "export", "diff", "accounts", "clock"])
def test_a_command_that_serves_nothing_loads_no_server(command: str) -> None:
    program = f"""
import sys
from simexchange.cli.main import main
main.commands[{command!r}]
print([name for name in {HEAVY!r} if name in sys.modules])
"""
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)

    assert said.stdout == "[]\n"


def test_every_command_is_where_it_is_looked_for_and_there_is_no_other() -> None:
    assert {name: main.commands[name].name for name in main.commands} == {name: name for name in MODULES}
    assert len(main.commands) == len(MODULES)
    with pytest.raises(KeyError):
        main.commands["nothing"]


def test_a_command_may_be_added_and_taken_out() -> None:
    main.add_command(click.Command("more"))
    assert main.commands["more"].name == "more"
    assert "more" in main.list_commands(click.Context(main))

    del main.commands["more"]

    assert set(main.commands) == set(MODULES)
