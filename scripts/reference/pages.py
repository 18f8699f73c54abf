"""Which page is made by what."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from scripts.reference.command_line import cli_page
from scripts.reference.control import control_page
from scripts.reference.events import events_page
from scripts.reference.faults import faults_page
from scripts.reference.market_files import config_page
from scripts.reference.scenario_files import scenarios_page
from scripts.reference.tables import tables_page
from scripts.reference.venues import coverage_page, venues

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "docs" / "reference"

PAGES: dict[str, Callable[[], str]] = {
    "events.md": events_page,
    "cli.md": cli_page,
    "config.md": config_page,
    "control.md": control_page,
    "scenarios.md": scenarios_page,
    "tables.md": tables_page,
    "faults.md": faults_page,
    **{f"{dialect.name}.md": partial(coverage_page, dialect) for dialect in venues()},
}
