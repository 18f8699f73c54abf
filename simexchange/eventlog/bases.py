"""A base: what a log stands on that does not begin with the opening of an exchange.

State, feeds and views after a record of another log. The header names their digests; the bytes lie beside it. Forks
and archived logs stand on one, and whoever folds a log begins with it, so that nobody else knows the difference.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from simexchange.core import canonical
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.events import AccountOpened, BundleAdopted, Event, MarketListed, RulesSet
from simexchange.errors import LogDamaged, LogNewer
from simexchange.eventlog.checkpoint import Checkpoint, digest_of

KIND: Final = "base"
"""The kind of damage where the bytes are not those the header names."""


class Base(msgspec.Struct, frozen=True):
    """What the header says of it: the log's first record follows record *seq*, and is keyed with *digest*."""

    seq: int
    digest: str
    """That of the record, 32 hex digits: it takes the place of the genesis."""
    root: int
    """The newest record up to *seq* that is no engine step: the cause of what the state has still pending."""
    state: str
    """Digests of the three, 32 hex digits each; for no bytes too."""
    feeds: str
    views: str


def base_of(checkpoint: Checkpoint, root: int, views: str = "") -> Base:
    """What a header says where a log stands on *checkpoint*, whose views have the digest *views* if that is known."""
    return Base(
        checkpoint.seq,
        checkpoint.digest.hex(),
        root,
        digest_of(checkpoint.state),
        digest_of(checkpoint.feeds),
        views or digest_of(checkpoint.views),
    )


class _Line(msgspec.Struct, frozen=True):
    """The bytes as one line of JSON, each in base64."""

    state: bytes
    feeds: bytes
    views: bytes


def encode_base(checkpoint: Checkpoint) -> bytes:
    """The second line of a JSON lines file, after its header."""
    return msgspec.json.encode(_Line(checkpoint.state, checkpoint.feeds, checkpoint.views))


def decode_base(line: bytes, base: Base, where: str) -> Checkpoint:
    """The bytes in *line*, which *base* describes. Raises LogDamaged."""
    try:
        found = msgspec.json.decode(line, type=_Line)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise damaged_base(base, where, f"it cannot be read: {error}") from None
    return checked_base(base, found.state, found.feeds, found.views, where)


def checked_base(base: Base, state: bytes, feeds: bytes, views: bytes, where: str) -> Checkpoint:
    """The three as a checkpoint, where they are those of *base*. Raises LogDamaged."""
    for name, data, digest in (
        ("state", state, base.state),
        ("feeds", feeds, base.feeds),
        ("views", views, base.views),
    ):
        if digest_of(data) != digest:
            raise damaged_base(base, where, f"its {name} are other bytes than the header names")
    return Checkpoint(base.seq, bytes.fromhex(base.digest), state, feeds, views)


def state_of(base: Checkpoint | None, where: str) -> ExchangeState:
    """The state a log begins with: that of its *base*, else an empty one.

    What was decided stays so: a base another engine revision made is read as long as its form is ours.
    Raises LogDamaged, LogNewer.
    """
    if base is None:
        return ExchangeState()
    if not canonical.readable(base.state, any_revision=True):
        raise LogNewer(
            f"the state {where} begins with has another form than this simexchange reads: use the one it is from"
        )
    try:
        return canonical.load(base.state)
    except (msgspec.MsgspecError, LookupError, ValueError, TypeError, AssertionError) as error:
        detail = f"its state cannot be loaded: {error}"
        raise LogDamaged(f"the base of {where} is damaged: {detail}", seq=base.seq, kind=KIND, detail=detail) from None


def introductions(state: ExchangeState) -> Iterator[Event]:
    """Who and what there is in *state*, as the events that told of it: for a fold that has seen none of them."""
    for bundle in state.bundles.values():
        yield BundleAdopted(bundle)
    for no, market in state.markets.items():
        yield MarketListed(no, market.spec)
    for (bundle_name, no), rules in state.rules.items():
        yield RulesSet(bundle_name, no, rules)
    for account in state.accounts.values():
        yield AccountOpened(account.no, account.name, account.rules, account.account_class)


def damaged_base(base: Base, where: str, detail: str) -> LogDamaged:
    """The base of the log at *where* is not what its header names."""
    text = f"the base of {where}, after record {base.seq}, is damaged: {detail}; restore it from a copy"
    return LogDamaged(text, seq=base.seq, kind=KIND, detail=detail)
