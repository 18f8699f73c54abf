"""The `simexchange` command."""

from __future__ import annotations

import click

from simexchange.cli.accounts import accounts
from simexchange.cli.alarms import alarm
from simexchange.cli.clock import clock
from simexchange.cli.demo import demo
from simexchange.cli.diff import diff
from simexchange.cli.doctor import doctor
from simexchange.cli.exits import Commands
from simexchange.cli.explain import explain
from simexchange.cli.explore import explore
from simexchange.cli.export import export
from simexchange.cli.fault import fault
from simexchange.cli.fork import fork
from simexchange.cli.impact import impact
from simexchange.cli.integrity import anchor, archive, repair, verify
from simexchange.cli.keys import keys
from simexchange.cli.logs import inspect, recheck, replay
from simexchange.cli.report import report
from simexchange.cli.rewind import checkpoint, reset, rewind
from simexchange.cli.run import run
from simexchange.cli.scenario import scenario
from simexchange.cli.serve import serve
from simexchange.cli.snippet import snippet
from simexchange.cli.tls import tls
from simexchange.cli.urls import urls


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="simexchange")
def main() -> None:
    """A crypto exchange on your own machine."""


COMMANDS = (
    diff,
    serve, run, demo, replay, recheck, verify, inspect, export, report, fork, impact, explain, accounts, alarm, keys,
    snippet, urls, tls, doctor, scenario, clock,
    anchor, repair, checkpoint, rewind, reset,
    fault,
    explore,
    anchor, repair, archive,
)  # fmt: skip
for command in COMMANDS:
    main.add_command(command)
