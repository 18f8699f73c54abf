"""`simexchange fault` and `--faults`, with an exchange in a process of its own."""

import json
from pathlib import Path

from tests.cli.running import ask, serving

FED = ("--feed", "none")


def test_faults_are_added_listed_and_ended_and_done_again_from_the_log(tmp_path: Path) -> None:
    ready, data = tmp_path / "ready.json", tmp_path / "data"
    with serving(tmp_path, *FED, "--faults", "none", "--data", data) as served:
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


def test_what_is_wrong_is_one_line_with_its_code(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    bad = tmp_path / "bad.toml"
    bad.write_text("[[fault]]\nkind = 'latency'\ndelay = 5\n", encoding="utf-8")
    with serving(tmp_path, *FED):
        said = [
            ask("fault", "add", ready, "errro"),
            ask("fault", "add", ready, "error", "status"),
            ask("fault", "add", ready, "error", "status=1"),
            ask("fault", "add", ready),
            ask("fault", "add", ready, "--plan", "flakey"),
            ask("fault", "remove", ready, "nobody"),
        ]
    said += [ask("fault", "list", ready)]
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
