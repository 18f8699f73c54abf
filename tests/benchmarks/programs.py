"""Every program of `benchmarks/`, with the words that make it small."""

from typing import NamedTuple


class Program(NamedTuple):
    """How one of them is tried."""

    small: str
    """Its options and arguments for a run of a second."""
    wrong: str
    """Others, which it refuses."""
    slow: str = ""
    """Why the default run cannot wait for it."""


PROGRAMS = {
    "acknowledgement": Program("--seconds 0.1", "--durability sometimes"),
    "deleveraging": Program("200", "1"),
    "engine": Program("--commands 100 --rounds 1", "--commands few"),
    "fanout": Program("--listeners 2 --seconds 0.3 --rounds 1", "--listeners 0"),
    "features": Program("--pairs 2 --rounds 1", "--pairs 0"),
    "fixtures": Program("--rounds 1", "--rounds 0"),
    "footprint": Program(
        "--orders 100 --accounts 50 --span 5 --starts 1", "no-such-tape",
        slow="a server, and a process of imports alone, beside rest's server",
    ),
    "forking": Program("--records 1 --rounds 1", "--at 0"),
    "funding": Program("--positions 2 --days 1 --ticks 1", "--days 0"),
    "growth": Program("20 1 --open 20", "20 1 --open 10"),
    "instructions": Program(
        "--market spot --stage engine --few 10 --many 20", "--few 20 --many 20",
        slow="valgrind makes each of four processes fifty times slower",
    ),
    "kill_loop": Program("3 --seed 3", "0", slow="tests/cli/test_kill_with_sockets.py calls what it is made of"),
    "lockstep": Program("--runs 1 --hogs 0", "--runs 0"),
    "opening": Program("100 --openings 1", "1 --openings 2"),
    "replay": Program("50 1", "50 0"),
    "rest": Program("--rounds 1 --seconds 0.05", "--seconds nan"),
    "revisions": Program("HEAD HEAD --rounds 1 --commands 50", "HEAD HEAD --rounds 0"),
    "riskcheck": Program("--isolated 100 --rounds 1 --cross 5", "--isolated 99"),
    "rules": Program("--orders 20 --rounds 1", "--orders 0"),
    "torture": Program("2 --step 500", "--step 0", slow="tests/eventlog/test_torture.py calls what it is made of"),
    "triggers": Program("20 1", "20 none"),
    "wire": Program("HEAD HEAD --rounds 1 --seconds 0.05", "HEAD HEAD --seconds 0", slow="two servers beside rest's"),
}  # fmt: skip

STARTED_BY = {"closedloop": "rest", "listeners": "fanout", "servedchild": "rest"}
"""Processes that one of the programs starts, and so tries."""
