"""What is true of the project's files, whatever they hold."""

import ast
import re
import tomllib

import pytest

from tests.house.sources import PACKAGE, ROOT, name, project_files, text_files, tree

LINES_AT_MOST = 600
VAGUE = {"utils", "util", "helpers", "helper", "misc", "manager", "managers", "base", "common_utils"}


def test_no_file_of_code_has_grown_into_two() -> None:
    grown = [
        f"{name(path)}: {lines} lines"
        for path in project_files()
        if path.suffix in {".py", ".js", ".css", ".html"}
        and (lines := len(path.read_text().splitlines())) > LINES_AT_MOST
    ]

    assert grown == []


def test_no_module_has_a_name_that_could_hold_anything() -> None:
    assert [name(path) for path in project_files() if path.suffix == ".py" and path.stem in VAGUE] == []


def test_an_init_file_only_gathers_names() -> None:
    plain = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.Expr)
    logic = [
        f"{name(path)}:{node.lineno}"
        for path in project_files()
        if path.name == "__init__.py"
        for node in tree(path).body
        if not isinstance(node, plain) and not _for_types_only(node)
    ]

    assert logic == []


def _for_types_only(node: ast.stmt) -> bool:
    """``if TYPE_CHECKING:`` over imports: names that are gathered lazily are told to a type checker so."""
    return (
        isinstance(node, ast.If)
        and isinstance(node.test, ast.Name)
        and node.test.id == "TYPE_CHECKING"
        and not node.orelse
        and all(isinstance(each, ast.Import | ast.ImportFrom) for each in node.body)
    )


# Spelt in pieces, so that this file is not its own first finding.
PLACES = [
    "/" + "work/",
    "/" + "root/",
    "/" + "home/",
    "/" + "Users/",
    "/" + "opt/pypi",
    "bash" + "_jobs",
    "python" + "hosted",
    "pypi" + ".org/simple",
    "registry" + ".npmjs",
    "index" + "-url",
]


@pytest.mark.parametrize("place", PLACES)
def test_no_file_names_a_place_on_somebodys_machine_or_a_package_host(place: str) -> None:
    assert [where for where, text in text_files() if place in text] == []


def test_every_fixture_says_where_it_is_from() -> None:
    folder = ROOT / "fixtures"
    fixtures = [path for path in project_files() if path.is_relative_to(folder) and path.name != "SOURCES.md"]
    if not fixtures:
        pytest.skip("there are no fixtures")
    sources = (folder / "SOURCES.md").read_text()
    listed = re.findall(r"`([^`]+)`", sources)

    unlisted = [path for path in fixtures if not any(path.relative_to(folder).match(pattern) for pattern in listed)]

    assert [name(path) for path in unlisted] == []


def test_every_source_names_a_fixture() -> None:
    folder = ROOT / "fixtures"
    if not (folder / "SOURCES.md").exists():
        pytest.skip("there are no fixtures")
    first_cells = re.findall(r"^\| *`([^`]+)`", (folder / "SOURCES.md").read_text(), re.MULTILINE)

    assert first_cells
    assert [pattern for pattern in first_cells if not list(folder.glob(pattern))] == []


def test_every_preset_carries_its_source_and_the_date_it_was_seen() -> None:
    presets = sorted((PACKAGE / "presets").glob("**/*.toml"))
    if not presets:
        pytest.skip("there are no presets")

    undated = [
        name(path)
        for path in presets
        if not (
            re.search(r"\b20\d\d-\d\d\b", path.read_text())
            and re.search(r"\bsource\b", path.read_text(), re.IGNORECASE)
        )
    ]

    assert undated == []
    assert all(tomllib.loads(path.read_text()) for path in presets)
