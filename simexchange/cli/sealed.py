"""A network of its own for an exchange and its client: nothing is in it but the two, so nothing can leave.

Linux only. The command starts itself again in a network and a mount name space; there the loopback is the only
interface, and a hosts file of its own leads the venue's names to it. Root may always do that, other people where the
kernel lets them have a user name space.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys
from pathlib import Path
from typing import Final

from simexchange.errors import ConfigError
from simexchange.gateway.hosts import HOSTS, hosts_of

INSIDE: Final = "SIMEXCHANGE_SEALED"
"""Set in the environment of a command that is inside already."""
HOSTS_FILE: Final = Path("/etc/hosts")
_SET_FLAGS: Final = 0x8914
"""SIOCSIFFLAGS (netdevice(7))."""
_UP: Final = 0x1


def enter() -> None:
    """Start this command again inside; only returns where it is inside. Raises ConfigError where that cannot be."""
    if INSIDE in os.environ:
        return
    start = _start()
    arguments = [*start, sys.executable, "-m", "simexchange", *sys.argv[1:]]
    sys.stdout.flush()
    os.execve(arguments[0], arguments, {**os.environ, INSIDE: "1"})  # noqa: S606 - this program itself, anew


def settle(folder: Path) -> None:
    """Inside: bring the loopback up, and lead the venue's names to it. *folder* keeps the hosts file."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh22x", b"lo", _UP))
    own = folder / "hosts"
    lines = ["127.0.0.1 localhost", f"127.0.0.1 {socket.gethostname()}", *(f"127.0.0.1 {n}" for n in hosts_of(HOSTS))]
    own.write_text("\n".join(lines) + "\n", encoding="utf-8")
    mount = shutil.which("mount") or "mount"
    done = subprocess.run(  # noqa: S603 - fixed words
        [mount, "--bind", str(own), str(HOSTS_FILE.resolve())], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        msg = f"--sealed: the hosts file cannot be replaced: {done.stderr.strip()}"
        raise ConfigError(msg)


def why_not() -> str:
    """Why it cannot be done here; empty where it can."""
    try:
        _start()
    except ConfigError as error:
        return str(error)
    return ""


def _start() -> list[str]:
    """How a command is started inside."""
    unshare = shutil.which("unshare")
    if not sys.platform.startswith("linux") or unshare is None:
        msg = "--sealed: needs Linux and unshare (util-linux)"
        raise ConfigError(msg)
    start = [unshare, "--net", "--mount"]
    if os.geteuid() != 0:
        start += ["--user", "--map-root-user"]
    tried = subprocess.run([*start, "true"], capture_output=True, text=True, check=False)  # noqa: S603 - fixed words
    if tried.returncode != 0:
        said = tried.stderr.strip().splitlines()
        msg = f"--sealed: no name spaces for you here ({said[-1] if said else tried.returncode}); root has them"
        raise ConfigError(msg)
    return start
