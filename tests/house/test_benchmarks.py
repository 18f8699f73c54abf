"""No benchmark is forgotten by the tests, and what the pages say to run is there."""

import re

from tests.benchmarks.programs import PROGRAMS, STARTED_BY
from tests.house.sources import ROOT, name, project_files

FOLDER = ROOT / "benchmarks"


def test_every_program_of_the_benchmarks_is_tried() -> None:
    programs = {path.stem for path in FOLDER.glob("*.py") if 'if __name__ == "__main__":' in path.read_text()}

    assert programs == set(PROGRAMS) | set(STARTED_BY)
    assert set(STARTED_BY.values()) <= {program for program, row in PROGRAMS.items() if not row.slow}


def test_every_process_that_a_program_starts_is_named_in_it() -> None:
    assert [
        child for child, program in STARTED_BY.items() if f"{child}.py" not in (FOLDER / f"{program}.py").read_text()
    ] == []


def test_every_command_in_the_pages_names_a_benchmark_and_options_that_are_there() -> None:
    pages = [path for path in project_files() if path.suffix == ".md"]
    said = [
        (name(path), program, set(re.findall(r"--\w+", words)))
        for path in pages
        for program, words in re.findall(r"(?<!tests/)benchmarks[./](\w+)(?:\.py)?([^`\n]*)`", path.read_text())
    ]

    assert said
    assert [
        (page, program, options)
        for page, program, options in said
        if program not in PROGRAMS or not options <= set(re.findall(r"--\w+", (FOLDER / f"{program}.py").read_text()))
    ] == []


def test_no_page_runs_a_benchmark_by_its_path() -> None:
    """`python -m benchmarks.…` finds its neighbours and the package from a checkout that is not installed."""
    assert [
        name(path) for path in project_files() if path.suffix == ".md" and "python benchmarks/" in path.read_text()
    ] == []
