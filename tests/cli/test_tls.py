"""`simexchange tls`, and `serve` with it, as a shell meets them."""

import json
import shlex
import ssl
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from simexchange.gateway.hosts import HOSTS
from tests.cli.running import ask, run, serving

QUIET = ("--feed", "none")


def exported(text: str) -> dict[str, str]:
    """What a shell that evaluates *text* has exported."""
    lines = [shlex.split(line, comments=True) for line in text.splitlines()]
    assert all(words[0] == "export" and len(words) == 2 for words in lines if words)
    return dict(words[1].split("=", 1) for words in lines if words)


def test_serve_tells_where_tls_and_the_proxy_are(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(tmp_path, *QUIET, "--data", data, "--tls", "--proxy-port", "0") as served:
        ready = served.ready
        context = ssl.create_default_context(cafile=ready["ca_file"])
        asked = f"{ready['tls_url']}/api/v3/ping"
        with urllib.request.urlopen(asked, context=context, timeout=20) as reply:  # noqa: S310 - our own address
            answer = json.load(reply)

    assert answer == {}
    assert ready["tls_url"].removeprefix("https") == ready["tls_ws_url"].removeprefix("wss")
    assert ready["proxy_url"].startswith("http://127.0.0.1:")
    assert ready["ca_file"] == str(data / "tls" / "ca.pem")


def test_what_env_prints_makes_a_program_trust_it_and_find_it(tmp_path: Path) -> None:
    """Python's own https client, through the proxy, to an address that is in no setting of it."""
    data = tmp_path / "data"
    ask("tls", "path", data)
    with serving(tmp_path, *QUIET, "--data", data, "--proxy-port", "0") as served:
        values = exported(ask("tls", "env", data, "--proxy", served.ready["proxy_url"]).out)
        program = "import urllib.request; print(urllib.request.urlopen('https://api.binance.com/api/v3/time').status)"
        said = subprocess.run(
            [sys.executable, "-c", program], env=values, capture_output=True, text=True, timeout=20, check=False
        )

    assert (said.stdout, said.stderr) == ("200\n", "")


def test_env_prints_exports_and_hosts_lines_as_comments(tmp_path: Path) -> None:
    (tmp_path / "a b").mkdir()
    said = ask("tls", "env", tmp_path / "a b")
    values = exported(said.out)
    names = [line.split()[-1] for line in said.out.splitlines() if line.startswith("# 127.0.0.1 ")]

    assert said.code == 0
    assert set(values) >= {"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"}
    assert all(Path(path).is_file() for path in values.values())
    assert names == [*HOSTS["binance"], *HOSTS["bybit"]]


def test_env_makes_no_folder_of_a_misspelt_name(tmp_path: Path) -> None:
    said = run("tls", "env", tmp_path / "rnu")

    assert (said.code, said.out) == (3, "")
    assert f"no such folder; `simexchange tls path {tmp_path}/rnu` makes it" in said.one_line()
    assert list(tmp_path.iterdir()) == []


def test_path_and_hosts_are_for_scripts(tmp_path: Path) -> None:
    path, bundle = (ask("tls", "path", tmp_path, *more).out.rstrip() for more in ((), ("--bundle",)))
    lines = ask("tls", "hosts", "--address", "10.0.0.9").out.splitlines()

    assert Path(path).read_text() in Path(bundle).read_text()
    assert "10.0.0.9 stream.binance.com" in lines


def test_an_authority_made_before_the_exchange_is_the_one_it_uses(tmp_path: Path) -> None:
    data = tmp_path / "data"
    before = Path(ask("tls", "path", data).out.rstrip()).read_text()
    with serving(tmp_path, *QUIET, "--data", data, "--tls") as served:
        assert Path(served.ready["ca_file"]).read_text() == before


def test_a_folder_that_cannot_be_is_one_clear_error(tmp_path: Path) -> None:
    said = run("tls", "env", tmp_path / "no" / "such" / "place")

    assert said.code == 3
    assert "no such folder" in said.one_line()


@pytest.mark.parametrize("option", ["--tls-port", "--proxy-port"])
def test_a_port_in_use_is_named_with_its_option_and_leaves_nothing(option: str, tmp_path: Path) -> None:
    data = tmp_path / "second"
    with serving(tmp_path, *QUIET) as served:
        port = served.url.rpartition(":")[2]
        said = run("serve", *QUIET, "--data", data, "--port", 0, option, port)

    assert said.code == 5
    assert f"choose another {option}" in said.one_line()
    assert not data.exists()
