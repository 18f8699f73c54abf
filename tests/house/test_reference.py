"""The generated pages are current, and nothing a user can name is missing from the reference."""

import re
import typing

import click
import pytest

from scripts.reference.command_line import commands_below
from scripts.reference.control import endpoints
from scripts.reference.pages import FOLDER, PAGES
from simexchange.cli.main import main
from simexchange.config.markets import FilterTable, MarketTable, TierTable, parse
from simexchange.core.vocabulary.commands import Command
from simexchange.core.vocabulary.events import Event
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.gateway.control import ROOT


@pytest.mark.parametrize("page", PAGES)
def test_a_generated_page_is_current(page: str) -> None:
    text = PAGES[page]()

    assert (FOLDER / page).read_text(encoding="utf-8") == text, "run python -m scripts.reference"


@pytest.mark.parametrize("word", [*typing.get_args(Event), *typing.get_args(Command)], ids=lambda kind: kind.__name__)
def test_every_event_and_command_has_a_section_with_a_sentence(word: type) -> None:
    page = (FOLDER / "events.md").read_text(encoding="utf-8")

    assert re.search(rf"^### {word.__name__}\n\n\w", page, re.MULTILINE)


def test_every_reason_is_listed_in_its_place() -> None:
    page = (FOLDER / "events.md").read_text(encoding="utf-8")

    assert re.findall(r"^\| \d+ \| `(\w+)` \|$", page, re.MULTILINE) == list(RejectReason)


COMMANDS = [(path, command) for path, command in commands_below(main, ("simexchange",)) if not command.hidden]


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[" ".join(path) for path, _ in COMMANDS])
def test_every_command_and_option_of_the_command_line_is_explained(
    path: tuple[str, ...], command: click.Command
) -> None:
    page = (FOLDER / "cli.md").read_text(encoding="utf-8")

    assert f"## {' '.join(path)}\n" in page
    assert command.help
    silent = [option.name for option in command.params if isinstance(option, click.Option) and not option.help]
    assert silent == []


def test_the_command_line_has_every_command_that_scripts_rely_on() -> None:
    have = set(main.commands)
    if not have:
        pytest.skip("there are no commands yet")

    assert {"serve", "demo", "replay", "recheck", "verify", "inspect", "export", "keys", "snippet"} <= have


def test_the_market_file_on_the_page_is_one_the_program_reads() -> None:
    page = (FOLDER / "config.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```toml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)

    assert list(parse(example, "the page")) == ["perp:BTC-USDT"]


def test_every_key_of_a_market_file_is_explained() -> None:
    page = (FOLDER / "config.md").read_text(encoding="utf-8")

    assert re.findall(r"^\| `\w+` \|.*\|  \|$", page, re.MULTILINE) == []
    for key in (*MarketTable.__struct_fields__, *FilterTable.__struct_fields__, *TierTable.__struct_fields__):
        assert f"| `{key}` |" in page


def test_every_call_of_the_control_api_is_on_its_page() -> None:
    page = (FOLDER / "control.md").read_text(encoding="utf-8")

    assert [call.path for call in endpoints() if f"`{call.method} {ROOT}{call.path}`" not in page] == []
    assert {call.path for call in endpoints()} >= {"/health", "/clock", "/accounts", "/deposit", "/index", "/state"}
