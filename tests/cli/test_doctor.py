"""`simexchange doctor`: what is wrong with a client's settings, said so that a person can mend it."""

import hashlib
import hmac
import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import simexchange
from simexchange.cli.diagnoses import explain_shape, explain_signature, explain_time
from simexchange.gateway.refused import RefusedCall
from tests.cli.running import Served, ask, serving

SECRET = "alices-own-secret"


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("exchange")
    with serving(
        folder, "--feed", "none", "--tls", "--account", "alice", "--key", f"alice=simalice:{SECRET}"
    ) as running:
        yield running


def written(tmp_path: Path, exchange: Served, **changes: Any) -> Path:
    """A file with ccxt's settings for alice, good but for *changes*."""
    config = simexchange.ccxt_config("binance", exchange.url, "simalice", SECRET, exchange.ready["ws_url"])
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({**config, **changes}))
    return path


def findings(out: str) -> list[str]:
    """The lines that say what is wrong."""
    return [line.removeprefix("!!  ") for line in out.splitlines() if line.startswith("!!")]


def test_good_settings_are_good(tmp_path: Path, exchange: Served) -> None:
    said = ask("doctor", "--settings", written(tmp_path, exchange), "--ready-file", exchange.ready_file)

    assert (said.code, findings(said.out), said.err) == (0, [], "")
    for product in ("spot", "USDⓈ-M", "COIN-M"):
        assert f"ok  {product} takes the key simalice, its signature and its clock" in said.out
    assert f"ok  a socket opens at {exchange.ready['ws_url']}/spot/stream/ws" in said.out


BROKEN: dict[str, tuple[dict[str, Any], str, str]] = {
    "clock": (
        {"options": {"timeDifference": 90_000}},
        r"-1021: the client's clock is (89|90)\.\d s behind the exchange's\.",
        "The settings take 90000 ms off the client's own clock (options.timeDifference): leave that out.",
    ),
    "secret": (
        {"secret": "bobs-secret"},
        r"-1022: the secret is not the one of this key\.",
        "Client and exchange have the same string to sign, so that nothing else can differ.",
    ),
    "key with a space": (
        {"apiKey": "sim alice"},
        "-2014: the API key is no key: it has a space at place 4;",
        "keys are letters and digits only.",
    ),
    "key of somewhere else": (
        {"apiKey": "simbob"},
        "-2015: the exchange has no key simbob:",
        "keys of another data folder, or of the real venue, are no keys here",
    ),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_each_of_four_broken_settings_gets_its_sentence(broken: str, tmp_path: Path, exchange: Served) -> None:
    changes, begins, says = BROKEN[broken]
    said = ask("doctor", "--settings", written(tmp_path, exchange, **changes), "--ready-file", exchange.ready_file)

    assert said.code == 4
    first, *others = findings(said.out)
    assert re.match(begins, first)
    assert says in first
    code = first.partition(":")[0]
    assert others == [f"{product} refuses it for the same reason ({code})" for product in ("USDⓈ-M", "COIN-M")]
    assert said.err == "simexchange: 3 things to mend\n"


def test_a_wrong_signature_is_shown_with_both_base_strings_and_no_secret(tmp_path: Path, exchange: Served) -> None:
    path = written(tmp_path, exchange, secret="bobs-secret")
    said = ask("doctor", "--settings", path, "--ready-file", exchange.ready_file)
    lines = [line.strip() for line in said.out.splitlines()]
    signed = [line.partition(":")[2].strip() for line in lines if line.startswith("client signed:")]
    expected = [line.partition(":")[2].strip() for line in lines if line.startswith("should have signed:")]

    assert len(signed) == 1
    assert signed == expected
    assert re.fullmatch(r"timestamp=\d{13}&recvWindow=10000", signed[0])
    assert SECRET not in said.out
    assert "bobs-secret" not in said.out


@pytest.mark.parametrize("broken", BROKEN)
def test_without_the_exchanges_own_view_it_still_says_what_can_be_known(
    broken: str, tmp_path: Path, exchange: Served
) -> None:
    changes, begins, _ = BROKEN[broken]
    said = ask("doctor", "--settings", written(tmp_path, exchange, **changes))

    assert said.code == 4
    first, *others = findings(said.out)
    assert first[:5] == begins[:5]
    assert len(others) == 2


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        (("--permit", "reading"), "lacks the permission futures that POST /fapi/v1/leverage asks for"),
        (("--from", "192.0.2.0/24"), "may not be used from 127.0.0.1: it is bound to other addresses"),
    ],
)
def test_of_a_key_that_is_known_it_is_told_what_it_lacks(limits: tuple[str, str], says: str, exchange: Served) -> None:
    api_key, _, secret = ask("keys", "make", exchange.ready_file, "alice", *limits).out.strip().partition(":")
    query = f"symbol=BTCUSDT&leverage=5&timestamp={int(time.time() * 1000)}"
    refused(exchange, "POST", "/fapi/v1/leverage", query, query, api_key, secret)

    said = ask("doctor", "--ready-file", exchange.ready_file)

    assert any(f"-2015: the key {api_key[:6]}… {says}" in line for line in findings(said.out)), said.out


def refused(exchange: Served, method: str, path: str, query: str, signed: str, api_key: str, secret: str) -> None:
    """One call that the exchange refuses: *query* is sent, *signed* is signed."""
    signature = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).hexdigest()
    request = urllib.request.Request(  # noqa: S310 - our own address
        f"{exchange.url}{path}?{query}&signature={signature}", method=method, headers={"X-MBX-APIKEY": api_key}
    )
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(request, timeout=20)  # noqa: S310
    error.value.close()


def test_freqtrades_settings_are_read_as_well(tmp_path: Path, exchange: Served) -> None:
    text = ask("urls", "freqtrade", "--ready-file", exchange.ready_file, "--no-tls").out
    path = tmp_path / "config.json"
    path.write_text(text)

    said = ask("doctor", "--settings", path)

    assert (said.code, findings(said.out)) == (0, [])
    assert "ok  USDⓈ-M takes the key simalice" in said.out


def test_by_tls_with_the_authority_it_is_reached_and_without_it_that_is_said(tmp_path: Path, exchange: Served) -> None:
    ready = exchange.ready
    config = simexchange.ccxt_config(
        "binance", ready["tls_url"], "simalice", SECRET, ready["tls_ws_url"], ready["ca_file"]
    )
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(config))
    good = ask("doctor", "--settings", path)
    path.write_text(json.dumps({**config, "cafile": "", "validateServerSsl": True}))
    distrusting = ask("doctor", "--settings", path)

    assert (good.code, findings(good.out)) == (0, [])
    assert all("a certificate that the client does not trust" in line for line in findings(distrusting.out))
    assert "simexchange tls env" in distrusting.out


def test_the_real_venues_addresses_are_named_and_nothing_is_sent_there(tmp_path: Path, exchange: Served) -> None:
    path = tmp_path / "settings.json"
    path.write_text(
        json.dumps({"apiKey": "k", "secret": "s", "urls": {"api": {"private": "https://api.binance.com/api/v3"}}})
    )

    said = ask("doctor", "--settings", path)

    assert said.code == 4
    assert "https://api.binance.com/api/v3 is the real venue's; nothing was sent there" in said.out
    assert "leave urls.api.fapiPrivate, urls.api.dapiPrivate at the real venue's address" in said.out


def test_address_key_and_secret_can_be_said_in_words(exchange: Served) -> None:
    said = ask("doctor", "--url", exchange.url, "--key", "simalice", "--secret", "wrong")

    assert said.code == 4
    assert said.out.count("-1022: the signature does not fit") == 1


def test_nobody_at_that_port_is_one_clear_finding() -> None:
    said = ask("doctor", "--url", "http://127.0.0.1:9", "--key", "k", "--secret", "s")

    assert said.code == 4
    assert all("gives no answer" in line and "at that port?" in line for line in findings(said.out))


def test_what_was_refused_lately_is_explained_for_any_client(tmp_path: Path) -> None:
    """A client that signs the query sorted by name and sends it in another order."""
    with serving(tmp_path, "--feed", "none", "--account", "alice", "--key", f"alice=simalice:{SECRET}") as exchange:
        nobody = ask("doctor", "--ready-file", exchange.ready_file)
        query = f"symbol=BTCUSDT&recvWindow=5000&timestamp={int(time.time() * 1000)}"
        signed = "&".join(sorted(query.split("&")))
        refused(exchange, "GET", "/api/v3/openOrders", query, signed, "simalice", SECRET)
        said = ask("doctor", "--ready-file", exchange.ready_file)

    assert (nobody.code, nobody.out) == (0, "ok  nobody was refused for his key, his clock or his signature\n")
    assert said.code == 4
    (line,) = findings(said.out)
    assert line.startswith(
        "GET /api/v3/openOrders: -1022: the client signs another string than it sends: the parameters"
    )
    assert f"client signed:      {signed}" in said.out
    assert f"should have signed: {query}" in said.out


@pytest.mark.parametrize("content", ["not json", "[]", "{}", '{"exchange": 5}'])
def test_a_file_that_holds_no_settings_is_one_clear_error(content: str, tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(content)

    said = ask("doctor", "--settings", path)

    assert said.code == 3
    assert str(path) in said.one_line()


def test_nothing_to_check_is_one_clear_error() -> None:
    assert "say what to check" in ask("doctor").one_line()


# The sentences themselves


def call(**changes: Any) -> RefusedCall:
    plain = {
        "method": "GET", "path": "/x", "code": -1022, "text": "", "api_key": "k", "why": "signature",
        "needed": "reading", "exchange_time": 0,
    }  # fmt: skip
    return RefusedCall(**{**plain, **changes})


def test_a_clock_ahead_is_told_so_with_both_moments() -> None:
    text = explain_time(client=1_700_000_003_500, exchange=1_700_000_000_000, window=5_000)

    assert text == (
        "-1021: the client's clock is 3.5 s ahead of the exchange's. It stamped 2023-11-14T22:13:23.500Z, the exchange "
        "had 2023-11-14T22:13:20.000Z; a request may be 5000 ms old and less than 1000 ms ahead. Set the clock of the "
        "client's machine, or let the client ask the exchange for its time."
    )


def test_long_strings_are_shown_where_they_differ() -> None:
    same = "a" * 3_000
    lines = explain_signature("", call(signed=same + "SIGNED", expected=same + "SENT", how="why"))

    assert "SIGNED" in lines[1]
    assert "SENT" in lines[2]
    assert all(len(line) < 500 for line in lines)


@pytest.mark.parametrize(
    ("key", "says"), [("", "no API key was sent"), ("ab\n", "a line end at place 3"), ("schlüssel", "'ü' at place 5")]
)
def test_what_is_the_matter_with_a_key_is_said(key: str, says: str) -> None:
    assert says in explain_shape(key)


# The second venue

BOBS = "bobs-own-secret"


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    people = ("--account", "alice", "--key", f"alice=simalice:{SECRET}", "--account", "bob@bybit")
    with serving(tmp_path_factory.mktemp("both"), "--feed", "none", *people, "--key", f"bob=simbob:{BOBS}") as running:
        yield running


def bybit(both: Served, **changes: Any) -> dict[str, Any]:
    """ccxt's settings for bob, good but for *changes*."""
    return {**simexchange.ccxt_config("bybit", both.url, "simbob", BOBS, both.ready["ws_url"]), **changes}


def test_good_settings_of_the_second_venue_are_good(tmp_path: Path, both: Served) -> None:
    """Of ccxt, of freqtrade, and as words on the command line."""
    settings = tmp_path / "settings.json"
    settings.write_text(json.dumps(bybit(both)))
    config = bybit(both)
    bot = {"exchange": {"name": "bybit", "key": "simbob", "secret": BOBS, "ccxt_config": config}}
    (tmp_path / "bot.json").write_text(json.dumps(bot))
    words = ("--venue", "bybit", "--key", "simbob", "--secret", BOBS, "--ready-file", both.ready_file)

    for said in (
        ask("doctor", "--settings", settings, "--ready-file", both.ready_file),
        ask("doctor", "--settings", tmp_path / "bot.json"),
        ask("doctor", *words),
    ):
        assert (said.code, findings(said.out), said.err) == (0, [], "")
        assert "ok  Bybit takes the key simbob, its signature and its clock" in said.out
        assert f"ok  a socket opens at {both.ready['ws_url']}/bybit/v5/trade" in said.out


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"options": {"timeDifference": 90_000}}, "10002: the client's clock is"),
        ({"secret": "another"}, "10004: the secret is not the one of this key."),
        ({"apiKey": "simnobody"}, "10003: the exchange has no key"),
        ({"apiKey": "simalice", "secret": SECRET}, "is at home at another venue"),
    ],
)
def test_what_is_wrong_there_gets_its_sentence(
    changes: dict[str, Any], says: str, tmp_path: Path, both: Served
) -> None:
    settings = tmp_path / "settings.json"
    settings.write_text(json.dumps(bybit(both, **changes)))
    said = ask("doctor", "--settings", settings, "--ready-file", both.ready_file)

    assert said.code != 0
    assert [line for line in findings(said.out) if says in line], said.out


def test_an_address_that_would_lead_to_the_venue_is_named(tmp_path: Path, both: Served) -> None:
    """The one for orders, which no hostname changes: nothing is sent there."""
    config = bybit(both)
    config["urls"]["api"]["ws"]["private"]["trade"] = "wss://stream.bybit.com/v5/trade"
    (tmp_path / "settings.json").write_text(json.dumps(config))
    del config["urls"]["api"]["ws"]["private"]["trade"]
    (tmp_path / "left.json").write_text(json.dumps(config))

    strayed = findings(ask("doctor", "--settings", tmp_path / "settings.json").out)
    left = findings(ask("doctor", "--settings", tmp_path / "left.json").out)

    assert strayed == ["wss://stream.bybit.com/v5/trade is the real venue's; nothing was sent there"]
    assert "urls.api.ws.private.trade" in left[0]


def test_refusals_of_both_venues_are_told_together(both: Served) -> None:
    ask("doctor", "--venue", "bybit", "--key", "simbob", "--secret", "no", "--ready-file", both.ready_file)
    said = ask("doctor", "--ready-file", both.ready_file)

    assert any("/v5/user/query-api: 10004:" in line for line in findings(said.out)), said.out
