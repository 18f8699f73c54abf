"""Runs the session of one client against an exchange of its own: `clients/NAME/run`.

    clients/NAME/run [options of `serve`]                     its session
    clients/NAME/run --books SECONDS [options of `serve`]     its books beside the engine's, at every update id

The client gets an environment outside of the repository, with what its requirements.txt pins and no simexchange:
under $SIMEXCHANGE_CLIENTS, where it is kept for the next time, or in a temporary folder.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.request
import venv
from contextlib import contextmanager
from pathlib import Path

from clients.books import compare

TOP = Path(__file__).resolve().parent.parent
TRADERS = ("alice", "carol", "dave", "erin")
ACCOUNTS = (*(f"{name}:USDT=1000000,BTC=10,BNB=10" for name in TRADERS), "bob:USDT=100000000,BTC=1000,ETH=1000")
"""Each story has an account of its own; bob moves prices for all of them."""
STARTS_WITHIN = 60.0
SESSION_WITHIN = 600
"""Wall seconds. Nothing that was started outlives them."""


def environment(name: str, folder: Path) -> Path:
    """The Python of the client's environment, made or found."""
    wanted = (TOP / "clients" / name / "requirements.txt").read_text()
    # A package whose own requirements cannot all be met: what the session needs of them is in requirements.txt.
    alone = TOP / "clients" / name / "alone.txt"
    made = folder / "made-of.txt"
    python = folder / "bin" / "python"
    if not made.exists() or made.read_text() != wanted:
        venv.create(folder, clear=True, with_pip=True)
        options = ("--quiet", "--disable-pip-version-check", "--requirement")
        subprocess.run(
            [python, "-m", "pip", "install", *options, TOP / "clients" / name / "requirements.txt"], check=True
        )
        if alone.exists():
            build = {**os.environ, "WITHOUT_CYTHON_OPTIMIZATIONS": "1"}
            options = ("--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation", "--requirement")
            subprocess.run([python, "-m", "pip", "install", *options, alone], check=True, env=build)
        made.write_text(wanted)
    return python


def accounts_of(name: str) -> tuple[str, ...]:
    """Whose accounts a client needs: those of its accounts.txt, else one for each story."""
    listed = TOP / "clients" / name / "accounts.txt"
    return tuple(listed.read_text().split()) if listed.exists() else ACCOUNTS


@contextmanager
def exchange(folder: Path, *options: str, name: str = ""):  # noqa: ANN201 - a path, while it lasts
    """A served exchange; its ready file. The log is in *folder*/data and stays."""
    ready = folder / "ready.json"
    accounts = [word for account in accounts_of(name) for word in ("--account", account)]
    command = [sys.executable, "-m", "simexchange", "serve", "--port", "0", "--ready-file", str(ready), "--seed", "3",
               "--data", str(folder / "data"), "--for", f"{SESSION_WITHIN}s", *accounts, *options]  # fmt: skip
    process = subprocess.Popen(command, cwd=TOP, env={**os.environ, "NO_COLOR": "1"}, stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + STARTS_WITHIN
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"the exchange did not start (exit code {process.poll()})")
            time.sleep(0.05)
        yield ready
        process.send_signal(signal.SIGTERM)
        if process.wait(timeout=STARTS_WITHIN) != 0:
            raise SystemExit(f"the exchange ended with {process.returncode}")
    finally:
        process.kill()
        process.wait()


def unserved(name: str, ready: Path) -> dict[str, int]:
    """Calls no handler took, without those the client's folder gives a reason for."""
    listed = TOP / "clients" / name / "unserved.toml"
    reasons = tomllib.loads(listed.read_text()) if listed.exists() else {}
    url = json.loads(ready.read_text())["url"]
    with urllib.request.urlopen(f"{url}/sim/v1/health", timeout=20) as reply:  # noqa: S310 - our own address
        calls = {row["call"]: row["count"] for row in json.load(reply)["unserved_calls"]}
    for call in calls.keys() & reasons.keys():
        print(f"     not served: {call}: {reasons[call]}", flush=True)
    return {call: count for call, count in calls.items() if call not in reasons}


def play(name: str, script: str, options: list[str], folder: Path, **told: str) -> None:
    """Serve, let one script of the client run, look what it asked for in vain."""
    kept = os.environ.get("SIMEXCHANGE_CLIENTS")
    python = environment(name, Path(kept or folder) / name)
    with exchange(folder, *options, name=name) as ready:
        told = {"PYTHONPATH": str(TOP), "PYTHONUNBUFFERED": "1", "SIMEXCHANGE_READY": str(ready), **told}
        command = [python, TOP / "clients" / name / script]
        ended = subprocess.run(command, env={**os.environ, **told}, timeout=SESSION_WITHIN, check=False)
        if ended.returncode != 0:
            raise SystemExit(f"{name}: {script} ended with {ended.returncode}")
        if missing := unserved(name, ready):
            raise SystemExit(f"{name}: not served: {missing}")
    print("ok   no unserved call", flush=True)


def main(name: str, options: list[str]) -> None:
    """The session, or the books."""
    with tempfile.TemporaryDirectory(prefix=f"simexchange-{name}-") as made:
        folder = Path(made)
        if options[:1] != ["--books"]:
            play(name, "session.py", options, folder)
            return
        kept = folder / "books.jsonl"
        play(name, "book.py", options[2:], folder, SIMEXCHANGE_BOOKS=str(kept), SIMEXCHANGE_SECONDS=options[1])
        print("ok   every book is the engine's:", compare(str(folder / "data"), kept), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
