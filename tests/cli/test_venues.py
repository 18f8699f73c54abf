"""Which venues an exchange is: `serve --venue`."""

import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import MARKET_FILE, Served, ask, run, serving

BOB = ("--account", "bob@bybit:USDT=1000", "--account", "alice:USDT=1000")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("both"), "--feed", "none", *BOB) as served:
        yield served


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    options = ("--feed", "none", "--venue", "bybit", "--venue-port", "bybit=0")
    with serving(tmp_path_factory.mktemp("alone"), *options) as served:
        yield served


def test_both_venues_are_served_where_nothing_is_said(both: Served) -> None:
    assert both.call("GET", "/api/v3/time")[0] == 200
    status, told = both.call("GET", "/bybit/v5/market/time")
    assert (status, told["retCode"]) == (200, 0)
    assert both.control("GET", "health")[1]["venues"] == ["binance", "bybit"]


def test_the_ready_file_says_where_each_venue_is_and_where_each_key_opens(both: Served) -> None:
    where = both.ready["venues"]
    assert where["binance"]["url"] == both.url
    assert where["bybit"] == {
        "url": f"{both.url}/bybit",
        "ws_url": f"ws{both.url.removeprefix('http')}/bybit",
        "tls_url": "",
        "tls_ws_url": "",
    }
    assert {row["name"]: row["venue"] for row in both.ready["accounts"]} == {"bob": "bybit", "alice": "binance"}


def test_one_venue_alone_leaves_the_others_paths_empty(alone: Served) -> None:
    """Nobody answers as the other one, not even with its refusal."""
    status, told = alone.call("GET", "/bybit/v5/market/time")
    assert (status, told["retCode"]) == (200, 0)
    assert list(alone.ready["venues"]) == alone.control("GET", "health")[1]["venues"] == ["bybit"]
    with pytest.raises(ValueError, match="Expecting value"):
        alone.call("GET", "/api/v3/time")


def test_whoever_asks_for_no_account_is_at_home_at_the_venue_that_is_served(alone: Served) -> None:
    (account,) = alone.ready["accounts"]
    assert (account["name"], account["venue"]) == ("demo", "bybit")
    assert set(alone.accounts()["demo"]) == {"unified USDT", "unified BTC"}


def test_whoever_is_opened_without_rules_is_at_home_at_the_first_venue(alone: Served) -> None:
    opened = ask("accounts", "open", alone.ready_file, "carol", "USDT=5")
    other = ask("accounts", "open", alone.ready_file, "dora@binance", "USDT=6")
    given = ask("accounts", "top-up", alone.ready_file, "carol", "USDT=1", "funding.USDT=2")
    ask("accounts", "reset", alone.ready_file, "dora", "usdm.USDT=4", "USDT=3")

    assert (opened.code, other.code, given.code) == (0, 0, 0)
    assert opened.err == ""
    assert other.err == "account dora is at home at binance, which is not served: nobody can trade as it here\n"
    assert {name: alone.accounts()[name] for name in ("carol", "dora")} == {
        "carol": {"unified USDT": "6", "funding USDT": "2"},
        "dora": {"spot USDT": "3", "usdm USDT": "4"},
    }


@pytest.mark.parametrize(
    "asked",
    [
        ("open", "erin@bybit", "usdm.USDT=5"),
        ("open", "erin@binance", "unified.USDT=5"),
        ("open", "erin@kraken"),
        ("open", "erin@binance", "--parent", "bob"),
        ("join", "alice", "bob"),
        ("top-up", "bob", "spot.USDT=5"),
        ("reset", "bob", "coinm.BTC=5"),
    ],
)
def test_no_account_is_given_money_where_no_call_of_its_venue_reaches_it(both: Served, asked: tuple[str, ...]) -> None:
    before = both.accounts()
    command, name, *amounts = asked

    said = ask("accounts", command, both.ready_file, name, *amounts)

    assert said.code == 3
    assert said.one_line()
    assert both.accounts() == before


def test_a_sub_account_is_at_home_where_its_parent_is(both: Served) -> None:
    opened = ask("accounts", "open", both.ready_file, "fred", "USDT=5", "--parent", "bob")

    assert opened.code == 0
    assert both.accounts()["fred"] == {"unified USDT": "5"}


def test_accounts_named_at_the_start_are_at_home_at_the_first_venue(tmp_path: Path) -> None:
    with serving(tmp_path, "--feed", "none", "--venue", "bybit", "--account", "bob:USDT=1,funding.BTC=1") as served:
        assert [row["venue"] for row in served.ready["accounts"]] == ["bybit"]
        assert served.accounts() == {"bob": {"unified USDT": "1", "funding BTC": "1"}}


def test_the_start_page_says_where_each_venue_is(both: Served) -> None:
    with urllib.request.urlopen(both.url, timeout=20) as page:  # noqa: S310
        text = page.read().decode()

    sockets = f"ws{both.url.removeprefix('http')}"
    for address in (
        f"{both.url}/fapi",
        f"{both.url}/bybit/v5",
        f"{sockets}/bybit/v5/public/linear",
        f"{sockets}/um/ws",
    ):
        assert f"<code>{address}</code>" in text
    assert f"curl {both.url}/bybit/v5/market/time" in text


def test_a_port_of_its_own_is_told(alone: Served) -> None:
    """There its paths are as at the venue, and settings for clients may name that address."""
    url = alone.ready["venues"]["bybit"]["url"]
    assert url != alone.url
    with urllib.request.urlopen(f"{url}/v5/market/time", timeout=20) as answer:  # noqa: S310
        assert b'"retCode":0' in answer.read()
    assert f'"{url}/bybit"' in ask("urls", "ccxt", "--venue", "bybit", "--url", url).out


def test_each_venue_has_an_account_where_none_is_asked_for(tmp_path: Path) -> None:
    """So whoever changes the address only has a key there, too; the first account is the one there always was."""
    with serving(tmp_path, "--feed", "none") as served:
        rows = [(row["name"], row["venue"]) for row in served.ready["accounts"]]
        money = served.accounts()
        settings = ask("snippet", "ccxt", "--venue", "bybit", "--ready-file", served.ready_file).out
        said = served.end(signal.SIGTERM)

    assert rows == [("demo", "binance"), ("demo-bybit", "bybit")]
    assert money == {
        "demo": {"spot USDT": "100000", "spot BTC": "2", "usdm USDT": "50000"},
        "demo-bybit": {"unified USDT": "100000", "unified BTC": "2"},
    }
    assert served.ready["accounts"][1]["api_key"] in settings
    assert "nobody" not in said.out
    assert "simexchange snippet ccxt --data" in said.out
    assert "simexchange snippet ccxt --venue bybit --data" in said.out


def test_a_log_that_goes_on_is_given_no_further_account(tmp_path: Path) -> None:
    """As one that an older version began: it has one, and is told how another is opened."""
    for options in (("--venue", "binance"), ()):
        with serving(tmp_path, "--feed", "none", "--data", tmp_path / "data", *options) as served:
            names = [row["name"] for row in served.ready["accounts"]]
            said = served.end(signal.SIGTERM)
        assert names == ["demo"]

    assert "/bybit (nobody is at home there: --account NAME@bybit:USDT=100000)" in said.out


def test_the_money_of_who_asks_for_no_account_needs_no_market_of_it(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(MARKET_FILE.replace("XYZ-USDT", "XYZ-EUR"))

    with serving(tmp_path, "--feed", "none", "--market", file, "--venue", "bybit") as served:
        assert served.accounts() == {"demo": {"unified USDT": "100000", "unified BTC": "2"}}


@pytest.mark.parametrize(("served_there", "elsewhere"), [("bybit", "binance"), ("binance", "bybit")])
def test_an_account_whose_venue_is_not_served_is_told_of(served_there: str, elsewhere: str) -> None:
    options = ("--venue", served_there, "--account", f"al@{elsewhere}:USDT=5", "--account", "bo", "--for", "0s")
    said = run("serve", "--port", 0, "--feed", "none", *options)

    assert said.code == 0, said.err
    (told,) = [line for line in said.out.splitlines() if line.startswith("account ")]
    assert told == (
        f"account al is at home at {elsewhere}, which is not served: nobody can trade as it here; "
        f"say --venue {served_there},{elsewhere} to serve both"
    )


def test_what_is_said_names_the_venues(tmp_path: Path) -> None:
    said = run("serve", "--port", 0, "--feed", "none", "--venue", "bybit,binance", "--for", "0.1s")

    assert said.code == 0, said.err
    (line,) = [line for line in said.out.splitlines() if line.startswith("venues: ")]
    assert line.startswith("venues: bybit at http://127.0.0.1:")
    assert "/bybit, binance at http://" in line
    assert "simexchange snippet ccxt --venue bybit --data" in said.out


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (("--venue", "kraken"), "'kraken'"),
        (("--venue", "binance,"), "''"),
        (("--venue", "bybit", "--venue", "bybit"), "twice"),
        (("--venue", "bybit", "--api-date", "2025-12-08"), "--api-date"),
        (("--venue-port", "kraken=8421"), "kraken=8421"),
        (("--venue", "binance", "--venue-port", "bybit=8421"), "bybit=8421"),
        (("--venue-port", "bybit"), "port"),
        (("--venue-tls-port", "bybit=65536"), "65535"),
    ],
)
def test_a_name_that_is_none_is_refused_in_one_line(asked: tuple[str, ...], why: str) -> None:
    said = ask("serve", "--port", 0, *asked)

    assert said.code == 2
    assert why in said.one_line()


def test_the_demonstration_trades_at_the_first_venue() -> None:
    assert "--venue" in ask("demo", "--venue", "bybit").one_line()
