"""`simexchange report` writes one page, and says in one line what it cannot."""

from pathlib import Path

import pytest

from tests.cli.running import ask

FIXTURE = "fixtures/logs/liquidation.jsonl"


def test_a_page_is_written_and_made_again_to_the_byte(tmp_path: Path) -> None:
    out = tmp_path / "r.html"
    said = ask("report", FIXTURE, "-o", out)
    again = ask("report", FIXTURE, "-o", "-")
    beside = ask("report", FIXTURE, "--compare", "fixtures/logs/perpetual.jsonl", "-o", "-")

    assert (said.code, said.out) == (0, "")
    assert said.err.startswith(f"{out}: ann, 3 fills, ")
    assert out.read_text() == again.out
    assert again.out.startswith("<!DOCTYPE html>")
    assert "Beside fixtures/logs/perpetual.jsonl" in beside.out


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        ((FIXTURE, "--account", "nobody"), 3, "the log has no account 'nobody'"),
        ((FIXTURE, "--currency", "NIL"), 3, "no market of the log has 'NIL'"),
        (("-", "--compare", "-"), 2, "only one of the two logs"),
        (("nowhere",), 6, "there is no event log at nowhere"),
        ((FIXTURE, "--compare", "nowhere"), 6, "there is no event log at nowhere"),
    ],
)
def test_what_is_wrong_is_one_line(tmp_path: Path, words: tuple[str, ...], code: int, text: str) -> None:
    said = ask("report", *words, "-o", tmp_path / "r.html")

    assert said.code == code
    assert text in said.err
    assert said.one_line()
    assert list(tmp_path.iterdir()) == []
