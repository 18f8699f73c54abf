"""`simexchange explain` as a person and as a script meet it."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from simexchange.core.explaining.figures import Explanation
from simexchange.eventlog.jsonl import export
from tests.cli.running import ask, run
from tests.core.formulas import check_explanation
from tests.core.world import PERP
from tests.eventlog.world import busy_world


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log in which much has happened."""
    path = tmp_path_factory.mktemp("explained") / "busy.jsonl"
    path.write_bytes(b"".join(export(busy_world().log, header=True)))
    return path


@pytest.mark.parametrize(
    "words", [("margin", "taker"), ("funding", PERP), ("funding", "maker"), ("liquidation", "poor:1")]
)
def test_an_explanation_is_one_json_object_that_holds(log: Path, words: tuple[str, str]) -> None:
    what, subject = words
    said = ask("explain", what, log, subject, "--json")

    assert (said.code, said.err) == (0, "")
    assert check_explanation(msgspec.json.decode(said.out, type=Explanation)) > 1


def test_a_person_reads_value_formula_and_inputs(log: Path) -> None:
    lines = ask("explain", "margin", log, "taker").out.splitlines()

    assert lines[0].startswith("margin taker, after record ")
    row = next(place for place, line in enumerate(lines) if line.startswith("  unrealised "))
    assert lines[row].split("   = ")[1] == "zero8(value − cost)"
    assert lines[row + 1].strip().startswith("with value ")


def test_the_past_is_asked_for_by_record(log: Path) -> None:
    asked = [ask("explain", "margin", log, "taker", "--json", "--at", at) for at in (20, 40)]
    answers: list[Any] = [json.loads(said.out) for said in asked]

    assert [answer["seq"] for answer in answers] == [20, 40]
    assert [len(answer["sections"]) for answer in answers] == [1, 3]


def test_an_account_without_payments_has_nothing_to_explain(log: Path) -> None:
    assert "There is nothing to explain." in ask("explain", "funding", log, "poor").out


def test_liquidations_are_listed_where_none_is_named(log: Path) -> None:
    row = json.loads(ask("explain", "liquidation", log, "--json").out)[0]

    assert ask("explain", "liquidation", log).out.startswith("poor:1 of usdm USDT at ")
    assert (row["name"], row["wallet"], row["asset"]) == ("poor:1", "usdm", "USDT")
    assert ask("explain", "liquidation", log, "--at", 12).out == "There was no liquidation.\n"
    assert ask("explain", "liquidation", log, row["id"]).out == ask("explain", "liquidation", log, "poor:1").out


def test_what_would_have_been_is_told_beside_what_was(log: Path) -> None:
    """The poor one is liquidated; with 40 more he is not."""
    words = ("explain", "what-if", log, "poor", "--deposit", "usdm.USDT=40")
    said = ask(*words)
    found: Any = json.loads(ask(*words, "--json").out)

    was, would_be = said.out.split("as it would have been\n")[:2]
    assert "liquidation of usdm USDT" in was
    assert "no liquidation" in would_be
    assert len(found["actual"]["liquidations"]) == 1
    assert found["instead"]["liquidations"] == []


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "say what would have been otherwise"),
        (("--leverage", "5"), 2, "write MARKET=N"),
        (("--leverage", f"{PERP}=five"), 2, "is no whole number"),
        (("--margin", f"{PERP}=both"), 2, "neither isolated nor cross"),
        (("--deposit", "USDT=5"), 2, "write WALLET.ASSET=AMOUNT"),
        (("--deposit", "usdm.USDT=much"), 2, "--deposit"),
        (("--leverage", "perp:NIL=5"), 3, "there is no market 'perp:NIL'"),
        (("--leverage", f"{PERP}=500"), 3, "is refused: leverage_invalid"),
        (("--leverage", f"{PERP}=5", "--before", "1"), 3, "it opens the exchange"),
    ],
)
def test_a_change_that_makes_no_sense_is_said_in_one_line(
    log: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    ended = ask("explain", "what-if", log, "taker", *words)

    assert ended.code == code
    assert said in ended.one_line()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("margin", "LOG", "nobody"), 3, "there is no account 'nobody'"),
        (("margin", "LOG", "taker", "--at", "9999"), 3, "there is no record 9999"),
        (("liquidation", "LOG", "poor:7"), 3, "there is no liquidation 'poor:7'"),
        (("liquidation", "LOG", "poor:1", "--at", "12"), 3, "there was none at all"),
        (("funding", "LOG", "nothing"), 3, "neither a market nor an account"),
        (("funding", "LOG", "spot:BTC-USDT"), 3, "has no funding"),
        (("margin", "nowhere", "taker"), 6, "there is no event log at nowhere"),
    ],
)
def test_what_cannot_be_explained_is_said_in_one_line(log: Path, words: tuple[str, ...], code: int, said: str) -> None:
    ended = run("explain", *(log if word == "LOG" else word for word in words))

    assert ended.code == code
    assert said in ended.one_line()


@pytest.mark.parametrize("words", [("margin", "LOG", "taker", "--at", "x"), ("margin", "LOG"), ("nothing", "LOG")])
def test_a_wrong_command_line_says_how_it_should_be(log: Path, words: tuple[str, ...]) -> None:
    ended = run("explain", *(log if word == "LOG" else word for word in words))

    assert ended.code == 2
    assert "Error: " in ended.err
    assert "Traceback" not in ended.err
