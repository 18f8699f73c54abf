"""`simexchange fork`: a log of its own that goes on from a record of another."""

from __future__ import annotations

import shutil
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec

from simexchange.cli.explain import extra_of, leverage_of, mode_of
from simexchange.cli.logs import JSON, LOG, opened_log
from simexchange.config import feefiles
from simexchange.config.altering import Altering, read_orders
from simexchange.errors import UsageError
from simexchange.eventlog.durability import OFF
from simexchange.eventlog.forking import fork as make_fork, forkable, parent_name
from simexchange.eventlog.inspection import iso_time
from simexchange.eventlog.replay import replay
from simexchange.eventlog.sqlite import FILE_NAME, SqliteLog
from simexchange.gateway.keys import KEY_FILE
from simexchange.runtime.pinning import Changes, pinned as run_pinned, put_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from simexchange.eventlog.counterfactual import Change
    from simexchange.eventlog.forking import Fork
    from simexchange.eventlog.log import EventLog
    from simexchange.runtime.divergence import Divergence, Flipped, Traded

REPORT: Final = "divergence.json"
"""Beside a pinned fork's log: how it differs from its parent."""
SHOWN: Final = 10
"""How many rows of a kind the text shows."""


@click.command()
@LOG
@click.option(
    "--at", "seq", type=click.IntRange(min=1), help="The last record taken over. [default: the last there is]"
)
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Folder of the fork. [default: beside LOG]")
@click.option("--name", help="Name of the fork's folder, beside LOG. [default: that of LOG, with -fork-N]")
@click.option("--short", is_flag=True, help="Begin at LOG's newest checkpoint: quick from a log of any length.")
@click.option("--pinned", is_flag=True, help="Run the rest of LOG's flow again, and tell what came out otherwise.")
@click.option("--without", multiple=True, help="Pinned: leave out the commands of this account's clients; repeatable.")
@click.option("--without-clients", is_flag=True, help="Pinned: leave out those of everybody's.")
@click.option("--orders", type=click.Path(path_type=Path), help="Pinned: records to be executed beside the rest.")
@click.option("--fees", type=click.Path(path_type=Path), multiple=True, help="Other fees from the fork on; many.")
@click.option("--tier", "tiers", multiple=True, help="ACCOUNT=TIER from the fork on; repeatable.")
@click.option("--leverage", "leverages", multiple=True, help="ACCOUNT:MARKET=N; repeatable.")
@click.option("--margin", "modes", multiple=True, help="ACCOUNT:MARKET=isolated or =cross; repeatable.")
@click.option("--deposit", "deposits", multiple=True, help="ACCOUNT:WALLET.ASSET=AMOUNT more; repeatable.")
@JSON
def fork(log: str, seq: int | None, *, as_json: bool, **given: Any) -> None:
    """Make a new log with the records of LOG up to one of them, which goes on by itself when it is served.

    LOG is only read, and may be being written. With --pinned the rest of its flow is executed again, against other
    orders, fees or settings.
    """
    altering = _altering(given)
    changes = _changes(given, altering)
    with opened_log(log) as opened:
        seq = forkable(opened, seq)
        folder = _folder(opened, seq, given["out"], given["name"])
        was_there = _is_there(folder)
        made = make_fork(opened, seq, folder, _beside(opened), short=given["short"])
        try:
            found = _go_on(opened, made, altering, changes)
        except BaseException:
            shutil.rmtree(folder)
            if was_there:
                folder.mkdir()
            raise
    if as_json:
        told = msgspec.to_builtins(made)
        click.echo(msgspec.json.encode(told if found is None else {**told, "divergence": found}))
        return
    beginning = f" from {made.seq - made.records + 1}" if given["short"] else ""
    click.echo(f"{made.folder} has the records of {made.parent}{beginning} up to {made.seq}, and goes on from there")
    click.echo(f"serve it: simexchange serve --data {made.folder}")
    if found is not None:
        click.echo()
        show(found)


def _go_on(parent: EventLog, made: Fork, altering: Altering, changes: Changes | None) -> Divergence | None:
    """What else is in the fork from the beginning."""
    if changes is None and altering.nothing:
        return None
    with closing(SqliteLog.open(Path(made.folder) / FILE_NAME, OFF)) as target:
        if changes is None:
            state = replay(target)
            put_in(state, target, altering.commands(state))
            found = None
        else:
            found = run_pinned(parent, target, made.seq, changes)
            Path(made.folder, REPORT).write_bytes(msgspec.json.format(msgspec.json.encode(found)) + b"\n")
        target.sync()
    return found


def _is_there(folder: Path) -> bool:
    try:
        return folder.exists()
    except OSError:
        # Who makes the fork says it.
        return False


def _altering(given: dict[str, Any]) -> Altering:
    changes: list[tuple[str, Change]] = []
    kinds: tuple[tuple[str, str, Callable[[str], Change]], ...] = (
        ("leverages", "--leverage", leverage_of), ("modes", "--margin", mode_of), ("deposits", "--deposit", extra_of),
    )  # fmt: skip
    for key, option, read in kinds:
        for text in given[key]:
            name, colon, rest = text.partition(":")
            if not (name and colon and rest):
                msg = f"{option} {text!r}: write the account first, like demo:{rest or text}"
                raise UsageError(msg)
            changes.append((name, read(rest)))
    return Altering(
        fees=feefiles.read(given["fees"]),
        new_fees=bool(given["fees"]),
        tiers=tuple(_tier(text) for text in given["tiers"]),
        changes=tuple(changes),
    )


def _tier(text: str) -> tuple[str, str]:
    name, equals, tier = text.partition("=")
    if not (name and equals and tier):
        msg = f"--tier {text!r}: write ACCOUNT=TIER, like demo=VIP3"
        raise UsageError(msg)
    return name, tier


def _changes(given: dict[str, Any], altering: Altering) -> Changes | None:
    """What is otherwise in the flow; None where it is not run again."""
    if not given["pinned"]:
        for key, option in (("without", "--without"), ("without_clients", "--without-clients"), ("orders", "--orders")):
            if given[key]:
                msg = f"{option} says what is otherwise in a flow that is run again: add --pinned"
                raise UsageError(msg)
        return None
    orders = () if given["orders"] is None else read_orders(given["orders"])
    return Changes(
        without=given["without"],
        without_clients=given["without_clients"],
        orders=orders,
        at_fork=None if altering.nothing else altering.commands,
    )


def _folder(log: EventLog, seq: int, out: Path | None, name: str | None) -> Path:
    """Where the fork goes: where it was asked for, else beside its parent under a name nobody has."""
    if out is not None and name is not None:
        msg = "-o and --name exclude each other: the one is the whole path, the other a name beside LOG"
        raise UsageError(msg)
    if out is not None:
        return out
    path = Path(log.name).absolute()
    beside = path.parent.parent if path.name == FILE_NAME else path.parent
    if not path.exists():
        beside = Path.cwd()
    if name is not None:
        if Path(name).name != name:
            msg = f"--name {name!r} is no name of a folder: for a path there is -o"
            raise UsageError(msg)
        return beside / name
    plain = f"{parent_name(log).removesuffix('.jsonl').removesuffix('.sqlite')}-fork-{seq}"
    return next(found for n in count(1) if not (found := beside / (plain if n == 1 else f"{plain}-{n}")).exists())


def _beside(log: EventLog) -> list[Path]:
    """Files of the parent's folder that the fork needs, too: its keys."""
    path = Path(log.name)
    return [path.parent / KEY_FILE] if path.name == FILE_NAME else []


# The report for a person


def show(found: Divergence) -> None:
    """Print how a pinned fork differs from its parent."""
    click.echo(
        f"records {found.fork_at + 1} to {found.until} of {found.parent} run again:"
        f" {found.records_was} records became {found.records_now}"
    )
    for command in found.put_in:
        said = " ".join(f"{key}={value}" for key, value in command.items() if key != "type")
        click.echo(f"  put in {command['type']} {said}")
    if found.left_out:
        click.echo(f"  left out {found.left_out} commands of clients")
    if found.same:
        click.echo(f"the same, to the last digit: digest {found.digest_now}")
        return
    _show_first(found)
    _show_flips("refused now", found.refused_now, found.refused_now_count)
    _show_flips("accepted now", found.accepted_now, found.accepted_now_count)
    for volume in found.volumes:
        click.echo(
            f"{volume.market}: {volume.trades_was} trades of {volume.qty_was} became"
            f" {volume.trades_now} of {volume.qty_now}"
        )
    _show_trades("lost", found.lost, found.lost_count)
    _show_trades("gained", found.gained, found.gained_count)
    for owner in found.accounts:
        for row in (*owner.balances, *owner.positions):
            click.echo(f"{owner.account}: {row.of} {row.was} became {row.now} ({_signed(row.difference)})")


def _show_first(found: Divergence) -> None:
    first = found.first
    if first is None:
        # The digests differ all the same: something was put in or left out, or the log is spelled as an older format.
        click.echo("every record that was run again came to the same events")
        return
    click.echo(
        f"first otherwise: record {first.seq} at {iso_time(first.at)}, {first.command['type']} of {first.source}"
    )
    for name, events in (("was", first.was), ("now", first.now)):
        said = ", ".join(event["type"] for event in events) or "nothing"
        click.echo(f"  {name}: {said}")


def _show_flips(name: str, rows: tuple[Flipped, ...], number: int) -> None:
    if number:
        click.echo(f"{number} commands are {name}")
    for row in rows[:SHOWN]:
        click.echo(
            f"  record {row.seq} at {iso_time(row.at)}: {row.command} of {row.account or 'nobody'}: {row.reason}"
        )


def _show_trades(name: str, rows: tuple[Traded, ...], number: int) -> None:
    if number:
        click.echo(f"{number} trades were {name}")
    for row in rows[:SHOWN]:
        click.echo(f"  {iso_time(row.at)} {row.market}: {row.qty} at {row.price}, {row.taker} from {row.maker}")


def _signed(text: str) -> str:
    return text if text.startswith("-") else f"+{text}"
