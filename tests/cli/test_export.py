"""`simexchange export`: records as ever, tables in named columns, and one clear line where something is wrong."""

import csv
import io
import os
import stat
import threading
from pathlib import Path

import pytest

from tests.cli.running import ask

FIXTURE = "fixtures/logs/perpetual.jsonl"


def test_records_are_printed_as_ever_and_into_a_file(tmp_path: Path) -> None:
    out = tmp_path / "records.jsonl"
    printed = ask("export", FIXTURE, "--header").out
    said = ask("export", FIXTURE, "--header", "-o", out)

    assert printed == Path(FIXTURE).read_text()
    assert (said.code, out.read_text()) == (0, printed)


def test_a_table_is_csv_unless_the_file_says_otherwise(tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(ask("export", FIXTURE, "--table", "fills").out)))
    said = ask("export", FIXTURE, "--table", "fills", "-o", tmp_path / "fills.jsonl")
    lines = (tmp_path / "fills.jsonl").read_text().splitlines()

    assert rows
    assert len(lines) == len(rows)
    assert lines[0].startswith('{"seq":')
    assert said.err.strip().startswith(f"{len(rows)} rows of fills in ")
    assert list(tmp_path.iterdir()) == [tmp_path / "fills.jsonl"]


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (("--table", "rows"), 2, "there is no table 'rows': fills, orders"),
        (("--table", "fills", "--format", "xls"), 2, "there is no format 'xls'"),
        (("--table", "fills", "--header"), 2, "--header is for records"),
        (("--table", "fills", "--format", "npz"), 2, "say --table tape --market MARKET"),
        (("--table", "candles", "--interval", "7m"), 2, "there is no interval '7m'"),
        (("--format", "csv"), 2, "say which --table"),
        (("--account", "ann"), 2, "for --account say which --table"),
        (("--table", "fills", "--account", "nobody"), 3, "the log has no account 'nobody'"),
        (("--table", "fills", "--market", "perp:NIL"), 3, "the log has no market 'perp:NIL'"),
        (("--table", "equity", "--currency", "NIL"), 3, "no market of the log has 'NIL'"),
        (("--table", "fills", "-o", "/nowhere/fills.csv"), 3, "cannot write /nowhere/fills.csv"),
        (("--table", "fills", "-o", "."), 3, "cannot write .: Is a directory"),
        (("--table", "fills", "-o", "/"), 3, "cannot write /: Is a directory"),
    ],
)
def test_what_is_wrong_is_one_line_with_a_remedy(words: tuple[str, ...], code: int, text: str) -> None:
    said = ask("export", FIXTURE, *words)

    assert (said.code, said.out) == (code, "")
    assert text in said.err
    assert said.one_line()


def test_a_file_that_could_not_be_finished_is_not_there(tmp_path: Path) -> None:
    out = tmp_path / "fills.csv"
    out.write_text("as it was")
    said = ask("export", FIXTURE, "--table", "fills", "--account", "nobody", "-o", out)

    assert said.code == 3
    assert out.read_text() == "as it was"
    assert list(tmp_path.iterdir()) == [out]


def test_a_log_is_not_written_over(tmp_path: Path) -> None:
    log = tmp_path / "mine.jsonl"
    log.write_bytes(Path(FIXTURE).read_bytes())
    link = tmp_path / "link.jsonl"
    link.symlink_to(log)

    for words in (("export", log, "--table", "fills", "-o", link), ("report", log, "-o", log)):
        said = ask(*words)
        assert said.code == 2
        assert "is the log itself" in said.one_line()
    assert log.read_bytes() == Path(FIXTURE).read_bytes()


def test_a_pipe_is_written_into_and_a_link_followed(tmp_path: Path) -> None:
    """Like /dev/null or /dev/stdout, it is there for others, too: it is no name to put a file at."""
    pipe, link, target = tmp_path / "pipe", tmp_path / "link.csv", tmp_path / "target.csv"
    os.mkfifo(pipe)
    link.symlink_to(target)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()), daemon=True)
    reader.start()
    said = ask("export", FIXTURE, "--table", "fills", "-o", pipe)
    if not stat.S_ISFIFO(pipe.stat().st_mode):
        pytest.fail("the pipe was replaced by a file")
    reader.join(10)
    linked = ask("export", FIXTURE, "--table", "fills", "-o", link)

    assert (said.code, linked.code) == (0, 0)
    assert read[0] == target.read_text() != ""
    assert link.is_symlink()
