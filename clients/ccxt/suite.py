"""Runs ccxt's own test suite against an exchange of its own, and says what came of every method.

    python suite.py [--proxy] [CLASS …]

The suite is in ccxt's source distribution, which is fetched as requirements.txt pins it and unpacked outside of the
repository. It reads addresses and keys from keys.local.json at the distribution's root, written here, and what to leave
out from skip-tests.json, which is the file of that name beside this one: a reason stands beside each skip.

With ``--proxy`` it is given no address at all: the clients ask for the venue's own names by TLS, through the proxy of
the exchange, whose authority they are told to trust.
"""

import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))

from clients.ccxt.settings import VENUES, settings  # noqa: E402
from clients.running import environment, exchange  # noqa: E402 - the root must be on the path first

ACCOUNT = "suite"
MONEY = "spot.USDT=100000,spot.BTC=2,spot.ETH=10,spot.BNB=10,usdm.USDT=3000,coinm.BTC=0.05,coinm.ETH=1"
"""Little enough in the wallets of futures that a position has a price at which it is liquidated."""
LANE_WITHIN = 240
"""Wall seconds of one lane. A method that waits for ever is shown as such."""
_WHOLE = (("sync", "--sync --private", ""), ("async", "--private", ""), ("ws", "--ws --private", ""))
LANES: dict[str, tuple[tuple[str, str, str], ...]] = {
    # Spot and contracts differ in what has to be left out of the private streams.
    "binance": (
        *_WHOLE[:2],
        ("ws public", "--ws", ""),
        ("ws private spot", "--ws --privateOnly", "BTC/USDT"),
        ("ws private swap", "--ws --privateOnly", "BTC/USDT:USDT"),
    ),
    "binanceusdm": _WHOLE,
    "binancecoinm": _WHOLE,
}
"""Class → its runs: name, options of the suite, symbol."""
_PHASES = ("spot public", "swap public", "spot private", "swap private")
_LINE = re.compile(
    r"\[(?:INFO|TEST_FAILURE|TEST_WARNING)\]\s?(?P<what>[A-Z_ ]*?)\s+(?P<id>binance\w*) (?P<method>\w+)(?P<rest>.*)"
)


@dataclass
class Lane:
    """What came of one run of the suite: phase and method → passed, failed, skipped, not in ccxt, no file, waiting."""

    venue: str
    name: str
    came: dict[tuple[str, str], str] = field(default_factory=dict)
    why: dict[tuple[str, str], str] = field(default_factory=dict)

    def count(self, word: str) -> int:
        return sum(found == word for found in self.came.values())


def fetched(python: Path, folder: Path) -> Path:
    """The unpacked source distribution."""
    pinned = next(line for line in (HERE / "requirements.txt").read_text().splitlines() if line.startswith("ccxt=="))
    options = ("--quiet", "--disable-pip-version-check", "--no-binary", ":all:", "--no-deps", "--dest", str(folder))
    subprocess.run([python, "-m", "pip", "download", *options, pinned], check=True)
    (packed,) = folder.glob("ccxt-*.tar.gz")
    with tarfile.open(packed) as file:
        file.extractall(folder, filter="data")
    (unpacked,) = [found for found in folder.glob("ccxt-*") if found.is_dir()]
    return unpacked


def keys_file(ready: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Class → what the suite sets on it: the addresses, and the key of the account."""
    who = next(row for row in ready["accounts"] if row["name"] == ACCOUNT)
    told = settings(ready["url"], ready["ws_url"], who["api_key"], who["api_secret"])
    if ready.get("proxy_url"):
        del told["urls"]
        # The first of the last two is for asynchronous clients, the other is what the blocking one hands to requests.
        told |= {"httpsProxy": ready["proxy_url"], "wssProxy": ready["proxy_url"]}
        told |= {"cafile": ready["ca_file"], "validateServerSsl": ready["ca_file"]}
    return dict.fromkeys(VENUES, told)


def ran(python: Path, suite: Path, venue: str, name: str, options: str, symbol: str) -> Lane:
    """One lane, from its start to its end."""
    skips = json.loads((HERE / "skip-tests.json").read_text())
    skips[venue]["skipMethods"] |= skips.get(f"{venue} {symbol}", {}).get("skipMethods", {})
    (suite / "skip-tests.json").write_text(json.dumps(skips))
    words = [*options.split(), "--info", venue, *filter(None, [symbol])]
    command = [str(python), str(HERE / "suite_lane.py"), str(suite), *words]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=LANE_WITHIN, check=False)
        text = ended.stdout + ended.stderr
    except subprocess.TimeoutExpired as over:
        text = (over.stdout or b"").decode()
    lane = Lane(venue, name)
    read(lane, text, [phase for phase in _PHASES if fits(phase, venue, options, symbol)])
    (suite.parent / f"{venue}-{name.replace(' ', '-')}.txt").write_text(text)
    return lane


def fits(phase: str, venue: str, options: str, symbol: str) -> bool:
    """Whether a lane has this phase."""
    kind, who = phase.split()
    if (kind == "spot" and (venue != "binance" or ":" in symbol)) or (kind == "swap" and symbol and ":" not in symbol):
        return False
    return "--private" in options if who == "private" else "--privateOnly" not in options


def read(lane: Lane, text: str, phases: list[str]) -> None:
    """Fold the suite's lines into *lane*. Its phases have no names of their own in the lines of the methods."""
    left = iter(phases)
    phase = next(left)
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if "[INFO] END P" in line:
            phase = next(left, phase)
        elif (found := _LINE.match(line)) and not found["method"].isupper():
            method = (phase, found["method"])
            word = _word(line, found["what"].strip(), found["rest"])
            if word:
                lane.came[method] = word
            if word in {"failed", "not in ccxt"}:
                lane.why[method] = _reason(lines[number:])


def _word(line: str, what: str, rest: str) -> str:
    """What a line says of its method."""
    if line.startswith(("[TEST_FAILURE]", "[TEST_WARNING]")) or "Authentication problem" in rest:
        return "failed"
    words = {
        "TESTING": "waiting",
        "TESTING DONE": "passed",
        "SKIPPED_TEST": "skipped",
        "UNIMPLEMENTED_TEST": "no file",
        "UNSUPPORTED_TEST": "not in ccxt",
        "NOT_SUPPORTED": "not in ccxt",
    }
    return words.get(what, "")


def _reason(lines: list[str]) -> str:
    """The exception behind a failure: the first line that is no part of the traceback."""
    return next((line for line in lines[1:] if line and not line.startswith((" ", "["))), "")[:300]


def told(lane: Lane) -> None:
    """A row of the table, and what did not pass."""
    tested = lane.count("passed") + lane.count("failed") + lane.count("waiting")
    others = lane.count("not in ccxt") + lane.count("no file")
    print(f"| {lane.venue} | {lane.name} | {tested} | {lane.count('passed')} | {lane.count('failed')} "
          f"| {lane.count('waiting')} | {lane.count('skipped')} | {others} |", flush=True)  # fmt: skip
    for method, word in lane.came.items():
        if word in {"failed", "waiting"}:
            print("    ", word, *method, lane.why.get(method, ""), flush=True)


def main(venues: list[str], *, proxy: bool = False) -> int:
    """How many methods did not pass."""
    named = ("--tls", "--tls-port", "0", "--proxy-port", "0") if proxy else ()
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="simexchange-ccxt-suite-") as made:
        folder = Path(made)
        python = environment("ccxt", Path(os.environ.get("SIMEXCHANGE_CLIENTS", made)) / "ccxt")
        suite = fetched(python, folder)
        with exchange(folder, "--account", f"{ACCOUNT}:{MONEY}", "--for", "3600s", *named) as ready:
            told_ready = json.loads(ready.read_text())
            keys = suite / "keys.local.json"
            keys.write_text(json.dumps(keys_file(told_ready)))
            busy = subprocess.Popen([python, HERE / "busy.py", keys], stdout=subprocess.PIPE)
            try:
                if not busy.stdout or not busy.stdout.readline():
                    raise SystemExit("nobody trades beside the suite")
                print("| class | lane | tested | passed | failed | waiting | skipped | nothing to test |")
                print("|---|---|---|---|---|---|---|---|")
                for venue in venues:
                    for name, options, symbol in LANES[venue]:
                        lane = ran(python, suite, venue, name, options, symbol)
                        told(lane)
                        wrong += lane.count("failed") + lane.count("waiting")
            finally:
                busy.terminate()
                busy.wait()
            with urllib.request.urlopen(f"{told_ready['url']}/sim/v1/health", timeout=20) as reply:  # noqa: S310
                for row in json.load(reply)["unserved_calls"]:
                    print("not served:", row["call"], row["count"])
    return wrong


if __name__ == "__main__":
    classes = [word for word in sys.argv[1:] if word != "--proxy"]
    sys.exit(1 if main(classes or list(VENUES), proxy="--proxy" in sys.argv) else 0)
