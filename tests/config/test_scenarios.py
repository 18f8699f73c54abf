"""Scenario files: what makes sense becomes a timeline; what does not is refused with line, step and key."""

from pathlib import Path

import pytest

from simexchange.config import markets
from simexchange.config.scenarios import fitting, load, parse, shipped
from simexchange.core.vocabulary.units import MINUTE, ONE, SECOND
from simexchange.errors import ConfigError
from simexchange.feeds.scripted.timeline import Halt, Move, Path as Way, Recover, Shape

STEP = "[[step]]\n"


def fault(text: str, **given: str) -> str:
    with pytest.raises(ConfigError) as found:
        parse(text, "x", "x.toml", given)
    assert "\n" not in str(found.value)
    return str(found.value)


def test_a_file_becomes_a_timeline() -> None:
    text = (
        '[parameters]\nby = "25%"\n' + STEP + 'at = "+1m"\ndrop = "$by"\nover = "30s"\npath = "late"\n'
        + STEP + 'after = "5s"\nrecover = "50%"\nindex = ["BTC-USDT"]\n'
        + STEP + 'halt = true\nmarket = "perp:BTC-USDT"\n'
    )  # fmt: skip

    timeline = parse(text, "x", "x.toml", {"by": "30%"}).timeline

    assert [step.at for step in timeline.steps] == [MINUTE, 95 * SECOND, 95 * SECOND]
    assert [step.act for step in timeline.steps] == [
        Move((), by=-30 * ONE // 100, over=30 * SECOND, path=Way.LATE),  # type: ignore[arg-type]
        Recover(("BTC-USDT",), ONE // 2),  # type: ignore[arg-type]
        Halt(("perp:BTC-USDT",)),
    ]
    assert timeline.steps[0].text == "drop 30%, over 30s, path late"


def test_spread_and_depth_may_be_said_together() -> None:
    (step,) = parse(STEP + 'spread = "1%"\ndepth = "0%"', "x", "x.toml").timeline.steps

    assert step.act == Shape((), ONE // 100, 0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("step = 3", "x.toml: Expected `array`"),
        ("a = [", "x.toml: no valid TOML"),
        ("title = 'x'", "missing required field `step`"),
        ("step = []", "there is no [[step]]"),
        ("tite = 'x'\n" + STEP + "text = 'a'", "x.toml:1: there is no key 'tite' (did you mean 'title'?)"),
        (STEP, "x.toml:1: step 1: nothing happens in it"),
        (STEP + "\ndorp = '3%'", "x.toml:3: step 1: there is no key 'dorp' (did you mean 'drop'?)"),
        (STEP + "drop = 3", "x.toml:2: step 1: Expected `str`, got `int`"),
        (STEP + "drop = '3'", "x.toml:2: step 1: drop: '3' is no percentage"),
        (STEP + "drop = '100%'", "'100%' is not from 0% to 99%"),
        (STEP + "drop = '-1%'", "'-1%' is not from 0% to 99%"),
        (STEP + "move = '-99.5%'", "is not from -99% to 10000%"),
        (STEP + "drop = '0.00000001%'", "has more than six decimals"),
        (STEP + "drop = '1%'\nrise = '1%'", "rise and drop are two things"),
        (STEP + "drop = '1%'\nover = 'soon'", "x.toml:3: step 1: over: 'soon' is no duration"),
        (STEP + "drop = '1%'\nover = '9999d'", "longer than ten years"),
        (STEP + "drop = '1%'\nover = '1m'\nevery = '1ms'", "every: 100ms is the least"),
        (STEP + "drop = '1%'\nover = '900d'\nevery = '1s'", "prices on one way"),
        (STEP + "drop = '1%'\npath = 'wick'", "a wick takes time"),
        (STEP + "drop = '1%'\npath = 'lat'", "path: 'lat' is not one of linear, wick, late, early"),
        (STEP + "drop = '1%'\nmarket = 'perp:BTC-USDT'", "market goes with premium"),
        (STEP + "to = '0'", "to: '0' is no price above zero"),
        (STEP + "ladder = 'away'", "ladder: 'away' is not gone or back"),
        (STEP + "deposit = '1000'\naccount = 'a'", "is no amount of money"),
        (STEP + "deposit = '-5 USDT'\naccount = 'a'", "is not above zero"),
        (STEP + "deposit = '5 USDT'", "say whose money"),
        (STEP + "deposit = '5 USDT'\naccount = 'a'\nwallet = 'purse'", "wallet: 'purse' is not one of"),
        (STEP + "at = '+5s'\nafter = '1s'\nhalt = true", "either at or after"),
        (STEP + "at = 'noon'\nhalt = true", "at: 'noon' is no ISO-8601 moment"),
        (STEP + "at = '+5s'\nhalt = true\n" + STEP + "at = '+4s'\nresume = true", "x.toml:5: step 2: it is before"),
        (STEP + "drop = '$by'", "there is no parameter $by"),
        ("[parameters]\nby = '1%'\n" + STEP + "drop = '$bye'", "there is no parameter $bye (did you mean 'by'?)"),
        ("[parameters]\nby = '1%'\n" + STEP + "drop = '1%'", "no step says $by"),
        ("[parameters]\nBy = '1%'\n" + STEP + "drop = '$By'", "a parameter is called by small letters"),
        ("repeat = true\n" + STEP + "drop = '1%'", "it takes no time, so it cannot repeat"),
        ("repeat = true\n" + STEP + "at = '2026-01-01'\nhalt = true", "cannot repeat"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_with_its_place(text: str, told: str) -> None:
    assert told in fault(text)


def test_a_parameter_nobody_knows_is_refused_with_what_was_meant() -> None:
    told = fault('[parameters]\ndrop = "1%"\n' + STEP + 'drop = "$drop"', dorp="3%")

    assert told == "x.toml: there is no parameter 'dorp' (did you mean 'drop'?); its parameters are drop"


def test_a_scenario_is_named_or_a_file_or_in_a_folder_of_ones_own(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(STEP + "halt = true", encoding="utf-8")

    assert load(str(mine)).name == load("mine", folders=[tmp_path]).name == "mine"
    assert load("flash_crash", {"drop": "10%"}).parameters["drop"] == "10%"
    with pytest.raises(ConfigError, match="did you mean 'flash_crash'"):
        load("flash-crash")
    with pytest.raises(ConfigError, match="cannot be read"):
        load(str(tmp_path / "other.toml"))


def test_a_file_of_any_editor_is_read_or_said_to_be_in_another_code(tmp_path: Path) -> None:
    marked, latin = tmp_path / "marked.toml", tmp_path / "latin.toml"
    marked.write_bytes(b"\xef\xbb\xbf" + (STEP + "rise = '1%'").encode())
    latin.write_bytes(b"title = '\xe9'\n" + (STEP + "rise = '1%'").encode())

    assert len(load(str(marked)).timeline.steps) == 1
    with pytest.raises(ConfigError, match=r"latin\.toml: is not in UTF-8; save it as that"):
        load(str(latin))


def test_what_a_step_names_must_be_served() -> None:
    listings = markets.preset()
    wrong_market = parse(STEP + 'halt = true\nmarket = "perp:BTC-USDC"', "x", "x.toml")
    wrong_index = parse(STEP + 'drop = "1%"\nindex = "BTC-USD"', "x", "x.toml")

    with pytest.raises(ConfigError, match=r"step 1: there is no market perp:BTC-USDC \(did you mean 'perp:BTC-USD"):
        fitting(wrong_market, listings, ())
    with pytest.raises(
        ConfigError, match=r"no market served here is quoted by the index BTC-USD \(did you mean 'BTC-USDT'"
    ):
        fitting(wrong_index, listings, ["BTC-USDT"])


def test_the_shipped_ones_are_named() -> None:
    assert list(shipped()) == ["calm", "flash_crash", "funding_spike"]
