"""Each program of `benchmarks/` ends well and tells figures; how good they are is nobody's business here."""

import gc
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from importlib import import_module
from pathlib import Path

import pytest

from benchmarks import forking, opening, revisions, wire
from benchmarks.failingdisk import build
from benchmarks.table import ROOT
from simexchange.eventlog.checkpointing import make_checkpoint
from simexchange.eventlog.sqlite import FILE_NAME
from tests.benchmarks.programs import PROGRAMS

NAMES = [pytest.param(name, marks=[pytest.mark.slow] if row.slow else []) for name, row in PROGRAMS.items()]
NO_TABLE = {"kill_loop", "lockstep", "torture"}
"""They print a line for each thing they tried."""
NOT_FINITE = re.compile(r"\b(nan|inf)\b", re.IGNORECASE)


@pytest.fixture(autouse=True)
def _collector() -> Iterator[None]:
    """Programs freeze the heap, change thresholds and switch collection off, as suits what they measure."""
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)
    gc.enable()


def tables(text: str) -> list[list[str]]:
    """The lines of each table in *text*, without its heading."""
    parts = re.split(r"^-+(?:  +-+)+ *$", text, flags=re.MULTILINE)[1:]
    return [part.lstrip("\n").split("\n\n")[0].splitlines() for part in parts]


def tells_figures(text: str, *, table: bool = True) -> None:
    """Every table has lines, every line a figure behind its title, and all of them are numbers."""
    assert not NOT_FINITE.search(text), text
    if not table:
        assert re.search(r"\d", text), text
        return
    assert tables(text), text
    for lines in tables(text):
        assert lines, text
        assert [line for line in lines if not re.search(r"\s\s.*\d", line)] == [], text


def what_is_missing(name: str, folder: Path) -> str:
    """What *name* needs and this machine lacks."""
    if name == "instructions" and shutil.which("valgrind") is None:
        return "needs valgrind"
    if name == "torture" and build(folder) is None:
        return "needs a C compiler on Linux"
    if name in {"revisions", "wire"}:
        asked = ["git", "rev-parse", "--verify", "-q", "HEAD"]
        if shutil.which("git") is None or subprocess.run(asked, cwd=ROOT, check=False, capture_output=True).returncode:
            return "needs the revisions of a git repository"
    return ""


@pytest.mark.parametrize("name", NAMES)
def test_a_program_ends_well_and_prints_figures(name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    if missing := what_is_missing(name, tmp_path):
        pytest.skip(missing)

    assert not import_module(f"benchmarks.{name}").main(PROGRAMS[name].small.split())

    tells_figures(capfd.readouterr().out, table=name not in NO_TABLE)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_wrong_size_is_answered_in_a_line(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        import_module(f"benchmarks.{name}").main(PROGRAMS[name].wrong.split())

    said = capfd.readouterr()
    assert refused.value.code == 2
    assert said.err.count("\n") == 1
    assert said.out == ""


@pytest.mark.parametrize("name", PROGRAMS)
def test_help_tells_every_option_in_the_docstring(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    program = import_module(f"benchmarks.{name}")
    assert program.__doc__ is not None
    with pytest.raises(SystemExit) as told:
        program.main(["--help"])

    text = capfd.readouterr().out
    known = set(re.findall(r"^  (--\w+)", text, re.MULTILINE))
    assert told.value.code == 0
    assert f"python -m benchmarks.{name}" in program.__doc__
    assert known <= set(re.findall(r"--\w+", program.__doc__))


@pytest.mark.parametrize("program", [revisions, wire])
def test_a_revision_that_is_not_there_is_named_in_a_line(program: object) -> None:
    with pytest.raises(SystemExit, match=r"^nowhere is no revision of this repository: [^\n]+$"):
        program.main(["nowhere", "HEAD"])  # type: ignore[attr-defined]


def test_a_kept_log_is_forked_at_records_drawn_by_lot_and_at_one(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with closing(forking.made(tmp_path / FILE_NAME, 200)) as log:
        make_checkpoint(log, 100, b"[]")
    before = sorted(tmp_path.iterdir())

    forking.main(["--log", str(tmp_path), "--drawn", "3", "--at", "150", "--rounds", "2"])

    ((drawn, at),) = tables(capfd.readouterr().out)
    assert drawn.split()[:-2] == ["3", "drawn", "by", "lot", "on", "a", "checkpoint", "3"]
    assert at.split()[:-2] == ["150", "on", "a", "checkpoint", "2"]
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("words", ["--log {0}", "--log {0}/nowhere", "--log {0} --drawn 1 --at 9"])
def test_a_kept_log_that_cannot_be_forked_is_told_in_a_line(words: str, tmp_path: Path) -> None:
    forking.made(tmp_path / FILE_NAME, 1).close()

    with pytest.raises(SystemExit, match=r"^[^\n]{20,}$"):
        forking.main(words.format(tmp_path).split())


@pytest.mark.slow
def test_a_log_with_checkpoints_is_written_opened_and_forked(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Slow, because a checkpoint is made after 20,000 records."""
    opening.main(["25000", str(tmp_path), "--openings", "2"])
    forking.main(["--log", str(tmp_path), "--drawn", "2", "--rounds", "1"])

    text = capfd.readouterr().out
    tells_figures(text)
    assert "after record 20,000" in text
    assert "2 drawn by lot" in text
