"""`simexchange fault` and `--faults`, with an exchange in a process of its own."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.cli.running import Served, ask, serving

FED = ("--feed", "none")


class Running(NamedTuple):
    """An exchange that counts messages from the start."""

    served: Served
    ready: Path
    data: Path


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("faults")
    with serving(folder, *FED, "--faults", "none", "--data", folder / "data") as served:
        yield Running(served, folder / "ready.json", folder / "data")


def test_faults_are_added_listed_and_ended_and_done_again_from_the_log(running: Running, tmp_path: Path) -> None:
    served, ready, data = running
    added = ask("fault", "add", ready, "error", "status=503", "match=GET /api/v3/time", "after=1", "times=1")
    more = ask("fault", "add", ready, "--plan", "stale-reads")
    statuses = [served.call("GET", "/api/v3/time")[0] for _ in range(3)]
    lines = ask("fault", "list", ready).out.splitlines()
    told = json.loads(ask("fault", "list", ready, "--json").out)
    removed = ask("fault", "remove", ready, "stale-reads-lag")
    ended = ask("fault", "clear", ready)
    with serving(tmp_path, *FED, "--faults", f"from:{data}") as served:
        again = [served.call("GET", "/api/v3/time")[0] for _ in range(3)]

    assert (added.out, more.out, removed.code, ended.out) == ("error\n", "stale-reads-lag\n", 0, "ended 1\n")
    assert statuses == again == [200, 503, 200]
    assert lines[0].startswith("error  error  applied 1 of 3  status=503 match=GET /api/v3/time")
    assert "error  rest 1 in 2  GET /api/v3/time  status=503" in lines[2]
    assert told["last"][0]["ordinal"] == 2


def test_what_is_wrong_is_one_line_with_its_code(running: Running, tmp_path: Path) -> None:
    ready = running.ready
    bad = tmp_path / "bad.toml"
    bad.write_text("[[fault]]\nkind = 'latency'\ndelay = 5\n", encoding="utf-8")
    said = [
        ask("fault", "add", ready, "errro"),
        ask("fault", "add", ready, "error", "status"),
        ask("fault", "add", ready, "error", "status=1"),
        ask("fault", "add", ready),
        ask("fault", "add", ready, "--plan", "flakey"),
        ask("fault", "remove", ready, "nobody"),
        ask("fault", "list", tmp_path / "ready.json"),
    ]
    served = ask("serve", "--port", "0", "--faults", bad)
    lost = ask("serve", "--port", "0", "--faults", f"from:{tmp_path / 'nowhere'}")

    assert [each.code for each in said] == [3] * len(said)
    assert all(each.one_line() for each in said)
    assert (served.code, lost.code) == (3, 6)
    assert "bad.toml, fault 1: delay = 5: it is a span" in served.one_line()
    assert lost.one_line()


def test_kinds_are_listed_with_what_they_take() -> None:
    lines = ask("fault", "kinds").out.splitlines()
    told = json.loads(ask("fault", "kinds", "--json").out)
    assert any(line.startswith("latency  where=out delay=50ms") for line in lines)
    assert {"kind", "about", "params"} <= told["kinds"][0].keys()
    assert "flaky" in told["plans"]
