"""`simexchange checkpoint`, `rewind` and `reset` against a served exchange."""

import json
import re
import signal
from pathlib import Path

from simexchange.eventlog.locate import open_log
from simexchange.eventlog.recheck import recheck
from simexchange.eventlog.replay import records
from simexchange.gateway.keys import Keys
from tests.cli.running import ask, serving


def test_a_running_exchange_goes_back_and_ends_well(tmp_path: Path) -> None:
    """By name, by number, and to its start; what it was is kept, and the log that went on holds."""
    with serving(tmp_path, "--data", tmp_path / "run", "--speed", "20x", "--account", "ann:USDT=100") as served:
        ready = served.ready_file
        saved = json.loads(ask("checkpoint", "save", ready, "here", "--json").out)
        listed = ask("checkpoint", "list", ready)
        served.control("POST", "deposit", {"account": "ann", "wallet": "spot", "asset": "USDT", "amount": "23"})
        served.control("POST", "accounts", {"name": "bert", "balances": {"spot": {"USDT": "1"}}})
        assert served.accounts()["ann"]["spot USDT"] == "123"

        loaded = ask("checkpoint", "load", ready, "here")
        at = saved["at"]["iso"]
        assert loaded.out == f"goes on from record {saved['seq']} at {at}; before: events-1.sqlite\n"
        again = ask("checkpoint", "save", ready, "again").out
        assert re.fullmatch(r"again is record \d+ at 20[\dT:.-]+Z\n", again), again
        assert served.accounts()["ann"]["spot USDT"] == "100"
        assert "bert" not in served.accounts()
        assert json.loads(ask("rewind", ready, saved["seq"] - 1, "--json").out)["seq"] == saved["seq"] - 1
        back = json.loads(ask("reset", ready, "--json").out)
        assert ask("checkpoint", "list", ready).out == f"start  record {back['seq']}\n"
        for words, text in (
            (("rewind", ready, "nowhere"), "there is no checkpoint 'nowhere': there are start"),
            (("rewind", ready, 10**9), "there is no record"),
            (("rewind", ready, 1), "before clients were let in"),
            (("checkpoint", "save", ready, "start"), "choose another name"),
            (("checkpoint", "load", tmp_path / "missing", "here"), "is no ready file"),
        ):
            said = ask(*words)
            assert (said.code, text in said.one_line()) == (3, True), said
        assert served.end(signal.SIGTERM).code == 0
    assert [line.split()[0] for line in listed.out.splitlines()] == ["start", "here"]
    assert sorted(each.name for each in (tmp_path / "run").glob("*.sqlite")) == [
        "events-1.sqlite", "events-2.sqlite", "events-3.sqlite", "events.sqlite",
    ]  # fmt: skip
    log = open_log(str(tmp_path / "run"))
    assert recheck(log).ok
    assert {record.source for record in records(log, back["seq"] + 1)} >= {"feed:synthetic"}
    assert open_log(str(tmp_path / "run" / "events-1.sqlite")).last_seq > saved["seq"]
    names = {key.account for key in Keys(tmp_path / "run" / "keys.json")}
    assert len(names) == 1


def test_a_fork_opens_nothing_with_keys_of_accounts_it_does_not_have(tmp_path: Path) -> None:
    """An account that is opened in it gets the number of one its parent opened later, and not its key."""
    with serving(tmp_path, "--data", tmp_path / "run", "--feed", "none", "--account", "ann:USDT=100") as served:
        _, health = served.control("GET", "health")
        _, bert = served.control("POST", "accounts", {"name": "bert", "balances": {"spot": {"USDT": "1"}}})
        assert served.end(signal.SIGTERM).code == 0
    made = json.loads(ask("fork", tmp_path / "run", "--at", health["seq"], "--json").out)

    with serving(tmp_path, "--data", made["folder"], "--feed", "none", "--account", "carl:USDT=5") as served:
        rows = {row["name"]: row["api_key"] for row in served.ready["accounts"]}

    assert set(rows) == {"ann", "carl"}
    assert bert["api_key"] not in [key.api_key for key in Keys(Path(made["folder"]) / "keys.json")]
