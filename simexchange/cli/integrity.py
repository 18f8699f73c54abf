"""Is a log whole, and what to do where it is not, or grows too long: verify, anchor, repair, archive."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import click
import msgspec

from simexchange.cli.exits import naming
from simexchange.cli.logs import JSON, LOG, opened_log
from simexchange.config.words import instant
from simexchange.errors import CheckFailed, ConfigError
from simexchange.eventlog.archive import KEEPS, WholeLog, archive as archive_log, kept_in_sqlite
from simexchange.eventlog.integrity import read_anchors
from simexchange.eventlog.locate import open_log
from simexchange.eventlog.record import instant_of, seq_of
from simexchange.eventlog.repair import repair as repair_log
from simexchange.eventlog.replay import records, replay
from simexchange.eventlog.sqlite import SqliteLog
from simexchange.eventlog.verify import Verification, verify as verify_log
from simexchange.gateway.keys import KEY_FILE, Keys


@click.command()
@LOG
@click.option(
    "--anchor",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file of lines that `simexchange anchor` printed; LOG must be the one they were printed of.",
)
@JSON
def verify(log: str, anchor: Path | None, *, as_json: bool) -> None:
    """Check that every byte of LOG is as it was written and that its money adds up. Exit code 4 where not.

    What befell it is named: torn, truncated, reordered, edited or foreign. That it was cut off between two records, or
    written anew with other digests, can only be told with an anchor.
    """
    anchors = None if anchor is None else _anchors(anchor)
    with opened_log(log) as opened:
        found = verify_log(opened, anchors=anchors)
        missing = opened.where_is(1) if isinstance(opened, WholeLog) and opened.missing else ""
    if as_json:
        click.echo(msgspec.json.encode(found))
    elif found.ok:
        click.echo(f"ok: {found.records} records, {found.first} to {found.last}, digest {found.digest}")
        if missing:
            click.echo(missing)
    if not found.ok:
        raise CheckFailed(_complaint(log, found))


def _complaint(log: str, found: Verification) -> str:
    error = found.error
    if error is None:
        return f"{log} does not hold"
    text = error.damage if error.detail in error.damage else f"{error.damage} ({error.kind}: {error.detail})"
    remedy = error.remedy.replace("LOG", log)
    sound = f"the {found.records} records before are sound"
    return f"{log} does not hold at record {error.seq}: {error.name}: {text}; {sound}: {remedy}"


def _anchors(file: Path) -> dict[int, str]:
    try:
        return read_anchors(file.read_text(), str(file))
    except OSError as error:
        msg = f"cannot read {file}: {error.strerror}"
        raise ConfigError(msg) from None
    except ValueError as error:
        msg = f"{error}" if str(file) in str(error) else f"{file} is no text file of anchors"
        raise ConfigError(msg) from None


@click.command()
@LOG
@click.option("--at", "at_seq", type=click.IntRange(min=0), help="Of this record. [default: the last]")
def anchor(log: str, at_seq: int | None) -> None:
    """Print the seq and digest of a record of LOG, one line, to be kept somewhere else for `verify --anchor`."""
    with opened_log(log) as opened:
        seq, digest = opened.last_seq, opened.last_digest.hex()
        first = opened.header.first_seq
        if at_seq is not None and at_seq != seq:
            if not first - 1 <= at_seq < seq:
                msg = f"there is no record {at_seq} in {log}: it has {first} to {seq}"
                raise ConfigError(msg)
            seq = at_seq
            digest = opened.header.genesis.hex() if seq < first else next(records(opened, seq)).digest
    click.echo(f"{seq} {digest}")


@click.command()
@LOG
@click.option(
    "--before",
    required=True,
    metavar="SEQ|INSTANT",
    help="Move the records before this one, or before this instant (ISO-8601).",
)
@click.option(
    "--keep-checkpoints",
    "keep",
    type=click.Choice(KEEPS),
    default=KEEPS[0],
    show_default=True,
    help="Of the records moved: some (many near, few far), all, or none.",
)
@JSON
def archive(log: str, before: str, keep: str, *, as_json: bool) -> None:
    """Move old records of LOG, a data folder that is not in use, into a compressed file beside it.

    As many as the newest checkpoint before allows. Every command that reads reads the log and its archives as one, with
    their digests chained on; `serve` needs the log alone.
    """
    with opened_log(log) as opened:
        kept = kept_in_sqlite(opened)
        if kept is None:
            msg = f"{log} is no data folder: only a log in one has archives"
            raise ConfigError(msg)
        seq = _seq_before(kept, before)
    with naming(log):
        done = archive_log(kept.path, seq, keep)
    if as_json:
        click.echo(msgspec.json.encode(done))
        return
    click.echo(f"{done.records} records, {done.first} to {done.last}, are in {done.file} ({done.file_bytes} bytes)")
    click.echo(f"{log} goes on after record {done.last}; {done.checkpoints_dropped} checkpoints were dropped")


def _seq_before(log: SqliteLog, text: str) -> int:
    """The first record that stays."""
    if text.isascii() and text.isdecimal() and len(text) < 20:
        return int(text)
    at = instant(text, "--before")
    for line in log.read():
        if instant_of(line) >= at:
            return seq_of(line)
    return log.last_seq + 1


@click.command()
@LOG
@click.option(
    "-o",
    "--output",
    "new",
    required=True,
    type=click.Path(path_type=Path),
    help="Where the new log goes: a data folder, or a .jsonl file, that is not there yet.",
)
@JSON
def repair(log: str, new: Path, *, as_json: bool) -> None:
    """Make a new log of the sound beginning of LOG, and put the rest aside beside it. LOG itself is not changed.

    The first record the new log gets when it is served says what was wrong and what was put aside.
    """
    with opened_log(log) as opened:
        # Archives are files of their own: a log stands on what came before it without them.
        done = repair_log(kept_in_sqlite(opened) or opened, new)
    _take_keys(Path(log), new)
    if as_json:
        click.echo(msgspec.json.encode(done))
        return
    click.echo(f"{done.what}: {done.lost}")
    click.echo(f"{done.records} sound records, up to {done.last}, are in {done.log}")
    aside = f"{done.put_aside_bytes} bytes behind them, BLAKE2b-128 {done.put_aside_digest}, are in {done.put_aside}"
    click.echo(f"{aside}; {log} is as it was")


def _take_keys(old: Path, new: Path) -> None:
    """The keys of a data folder go with it, save those of accounts that are lost."""
    source, target = old / KEY_FILE, new / KEY_FILE
    if not source.exists() or not new.is_dir():
        return
    shutil.copy(source, target)
    with closing(open_log(str(new))) as log:
        known = replay(log).accounts
    keys = Keys(target)
    for key in keys:
        if key.account not in known:
            keys.remove(key.api_key)
