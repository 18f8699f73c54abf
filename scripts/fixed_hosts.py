"""Run a client with built-in host names where no packet can leave unseen, and count those that tried.

    sudo python -m scripts.fixed_hosts                    # the client in fixed_hosts_client.py, by name and by proxy
    sudo python -m scripts.fixed_hosts --by proxy -- COMMAND ARGUMENT...

The command runs in a network name space of its own (Linux; needs root). Its interfaces are the loopback and one end of
a cable whose other end nobody holds. That is the default route, so that whatever would go to the internet is counted
there and goes nowhere. An exchange is served in it under the venue's names. ``names``: a hosts file leads them to it,
at 443 and 9443. ``proxy``: there is no hosts file and no name server that answers; HTTPS_PROXY does it. Ends with 1
where the client failed or a packet went out.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from simexchange.gateway.hosts import HOSTS, hosts_of

INSIDE: Final = "SIMEXCHANGE_NAME_SPACE"
OUT: Final = "out0"
END: Final = "out1"
"""The other end of the cable."""
WAYS: Final = ("names", "proxy")
READY_WITHIN: Final = 40.0
CLIENT_WITHIN: Final = 120.0
"""Wall seconds."""
ALONE: Final = "run as root, on Linux, with util-linux and iproute2"


def why_not() -> str:
    """What is missing here; empty where it can be done."""
    if not sys.platform.startswith("linux"):
        return "there are no network name spaces here"
    missing = [tool for tool in ("unshare", "ip", "mount") if shutil.which(tool) is None]
    if missing:
        return f"missing: {', '.join(missing)}"
    if os.geteuid() != 0:
        return "a network name space needs root"
    cable = ["ip", "link", "add", OUT, "type", "veth", "peer", "name", END]
    tried = subprocess.run(["unshare", "--mount", "--net", *cable], capture_output=True, check=False)
    return "" if tried.returncode == 0 else "name spaces or veth interfaces are not allowed here"


def enter(arguments: list[str]) -> int:
    """Run this script again in name spaces of its own."""
    inside = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
    command = [*inside, sys.executable, "-m", "scripts.fixed_hosts", *arguments]
    return subprocess.run(command, env={**os.environ, INSIDE: "1"}, check=False).returncode


def close_off() -> None:
    """Bring up the loopback, and a way out that leads nowhere."""
    subprocess.run(["ip", "link", "add", OUT, "type", "veth", "peer", "name", END], check=True)
    for interface in (OUT, END):
        # Else the kernel itself says hello to its neighbours, and is counted.
        Path(f"/proc/sys/net/ipv6/conf/{interface}/disable_ipv6").write_text("1")
    for line in (
        "link set lo up",
        f"link set {END} up",
        f"link set {OUT} up",
        f"addr add 192.0.2.2/24 dev {OUT}",
        # The way out is known, so that nobody has to ask for it before the first packet goes.
        f"neigh add 192.0.2.1 lladdr 02:00:00:00:00:01 dev {OUT}",
        "route add default via 192.0.2.1",
    ):
        subprocess.run(["ip", *line.split()], check=True)


def lead(way: str, folder: Path) -> None:
    """A hosts file for this name space alone, and a name server that is on the way out."""
    names = [f"127.0.0.1 {name}" for name in hosts_of(HOSTS)] if way == "names" else []
    for target, lines in (
        ("/etc/hosts", ["127.0.0.1 localhost", *names]),
        ("/etc/resolv.conf", ["nameserver 192.0.2.53", "options timeout:1 attempts:1"]),
    ):
        own = folder / Path(target).name
        own.write_text("\n".join(lines) + "\n")
        subprocess.run(["mount", "--bind", str(own), str(Path(target).resolve())], check=True)


def counted() -> dict[str, tuple[int, int]]:
    """Interface → packets received and sent."""
    found = {}
    for line in Path("/proc/net/dev").read_text().splitlines()[2:]:
        name, _, numbers = line.partition(":")
        fields = numbers.split()
        found[name.strip()] = (int(fields[1]), int(fields[9]))
    return found


def serve(folder: Path) -> subprocess.Popen[bytes]:
    """An exchange under the venue's names; waits until clients may come."""
    ready = folder / "ready.json"
    process = subprocess.Popen(
        [
            sys.executable, "-m", "simexchange", "serve", "--port", "8420", "--data", str(folder / "data"),
            "--tls", "--tls-port", "443", "--tls-port", "9443", "--proxy-port", "8421",
            "--ready-file", str(ready), "--for", "300s",
        ],
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    until = time.monotonic() + READY_WITHIN
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > until:
            process.kill()
            raise SystemExit("the exchange did not start")
        time.sleep(0.05)
    return process


def client_environment(way: str, folder: Path) -> dict[str, str]:
    """What `simexchange tls env` prints, and a key."""
    proxy = ["--proxy", "http://127.0.0.1:8421"] if way == "proxy" else []
    said = subprocess.run(
        [sys.executable, "-m", "simexchange", "tls", "env", str(folder / "data"), *proxy],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    exported = [line.removeprefix("export ").split("=", 1) for line in said.splitlines() if line.startswith("export ")]
    account = json.loads((folder / "ready.json").read_text())["accounts"][0]
    keys = {"SIMEXCHANGE_API_KEY": account["api_key"], "SIMEXCHANGE_API_SECRET": account["api_secret"]}
    return {**os.environ, **{name: value.strip("'") for name, value in exported}, **keys}


def run(way: str, command: list[str]) -> int:
    """Inside: everything, and the table of what was counted."""
    close_off()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lead(way, folder)
        exchange = serve(folder)
        try:
            before = counted()
            done = subprocess.run(
                command, env=client_environment(way, folder), check=False, timeout=CLIENT_WITHIN
            ).returncode
            after = counted()
        finally:
            exchange.terminate()
            exchange.wait(timeout=20)
    print(f"by {way}: the client ended with {done}")
    print(f"{'interface':<12}{'packets in':>12}{'packets out':>12}")
    for interface in sorted(after):
        received, sent = (now - then for now, then in zip(after[interface], before[interface], strict=True))
        print(f"{interface:<12}{received:>12}{sent:>12}")
    out = after[OUT][1] - before[OUT][1]
    print("nothing left the machine" if out == 0 else f"{out} packets would have left the machine")
    return 1 if done or out else 0


def main() -> int:
    parser = argparse.ArgumentParser(description="A client with fixed host names, and every packet counted.")
    parser.add_argument("--by", choices=WAYS, action="append", help="how it is led here; both without")
    parser.add_argument("command", nargs="*", help="another client than the one beside this script")
    arguments = parser.parse_args()
    command = arguments.command or [sys.executable, "-m", "scripts.fixed_hosts_client"]
    if INSIDE in os.environ:
        return run(arguments.by[0], command)
    missing = why_not()
    if missing:
        print(f"{missing}; {ALONE}", file=sys.stderr)
        return 2
    return max(enter(["--by", way, "--", *command]) for way in arguments.by or WAYS)


if __name__ == "__main__":
    sys.exit(main())
