"""What the documentation says can be done, and where it points is there."""

import re
import shlex
from pathlib import Path

import click
import pytest

from simexchange.cli.main import main
from tests.docs.pages import ROOT, blocks, commands, name, pages

MARKS = {"", "no-run", "served"}
COMMANDS = [
    pytest.param(words, id=f"{name(page)}:{line}")
    for page in pages()
    for line, command in commands(page)
    for words in [shlex.split(part, comments=True) for part in re.split(r"&&|\||;", command)]
    if words and Path(words[0]).name == "simexchange"
]


@pytest.mark.parametrize("page", pages(), ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    links = re.findall(r"\]\(([^)\s]+)\)", text)

    dead = [link for link in links if not re.match(r"[a-z]+:", link) and not leads_somewhere(page, link)]

    assert dead == []


def leads_somewhere(page: Path, link: str) -> bool:
    path, _, fragment = link.partition("#")
    target = (page.parent / path) if path else page
    if not target.exists():
        return False
    return not fragment or fragment in anchors(target)


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", [page for page in pages() if blocks(page, "python")], ids=name)
def test_the_python_on_a_page_runs_from_top_to_bottom(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "__page__"}

    for block in blocks(page, "python"):
        compiled = compile(block.code(), name(page), "exec", dont_inherit=True)
        if not block.mark:
            exec(compiled, namespace)  # noqa: S102 - the code is our own page's


@pytest.mark.parametrize("page", [page for page in pages() if blocks(page, "python")], ids=name)
def test_a_block_that_does_not_run_says_why(page: Path) -> None:
    marks = [(block.mark, block.reason) for block in blocks(page, "python")]

    assert [mark for mark, _ in marks if mark not in MARKS] == []
    assert [mark for mark, reason in marks if mark == "no-run" and not reason] == []


@pytest.mark.parametrize("words", COMMANDS)
def test_a_command_shown_to_the_reader_is_one_the_program_takes(words: list[str]) -> None:
    if not main.commands:
        pytest.skip("there are no commands yet")
    command: click.Command = main
    path = [Path(words.pop(0)).name]
    parent = None
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        assert words[0] in command.commands, f"{' '.join(path)} has no command {words[0]}"
        parent = click.Context(command, parent=parent, info_name=path[-1])
        command = command.commands[words[0]]
        path.append(words.pop(0))

    # Only the shape is checked: whether the files it names exist is the reader's affair.
    parser = command.make_parser(click.Context(command, parent=parent, info_name=path[-1]))
    parser.parse_args(words)


@pytest.mark.parametrize("page", [page for page in pages() if page.parent.parent == ROOT / "docs"], ids=name)
def test_every_page_is_listed_in_the_index_of_its_part(page: Path) -> None:
    index = page.parent / "index.md"

    assert page == index or f"]({page.name})" in index.read_text(encoding="utf-8")
