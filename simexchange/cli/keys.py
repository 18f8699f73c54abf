"""`simexchange keys`: the API keys of a data folder, or of a running exchange."""

from __future__ import annotations

from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec

from simexchange.cli.control import Control, ready_in
from simexchange.cli.exits import naming
from simexchange.config.served import key_kinds
from simexchange.core.vocabulary.orders import AccountClass
from simexchange.dialects.contract import HMAC, Key, Permission
from simexchange.errors import ConfigError, LogInUse
from simexchange.eventlog.locate import open_log
from simexchange.eventlog.lock import WriterLock
from simexchange.eventlog.replay import replay
from simexchange.eventlog.sqlite import FILE_NAME
from simexchange.gateway.control_keys import WORDS, permissions
from simexchange.gateway.keys import KEY_FILE, PLAIN, Keys, Terms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simexchange.core.accounts import Account
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.ids import AccountNo

DATA = click.argument("data", type=click.Path(path_type=Path))
ALLOW_ANY = click.option("--allow-any-key", is_flag=True, help="Take a key that looks like a real venue's.")
PERMIT = click.option(
    "--permit", "permitted", type=click.Choice(WORDS), multiple=True,
    help="What it may do; repeatable.  [default: all but withdrawals]",
)  # fmt: skip
FROM = click.option("--from", "addresses", multiple=True, help="An address or network it may come from; repeatable.")
LABEL = click.option("--label", default="", help="A word to know it by.")


@click.group()
def keys() -> None:
    """Show, make, add, change and remove API keys.

    DATA is a data folder whose exchange does not run, or the ready file of one that does: there it holds at once.
    """


@keys.command("list")
@DATA
@click.option("--json", "as_json", is_flag=True, help="With secrets (of a data folder), for scripts.")
def list_keys(data: Path, *, as_json: bool) -> None:
    """Every key of the exchange in DATA."""
    ready = ready_in(data)
    rows = _rows(data) if ready is None else Control(ready).get("/keys")["keys"]
    for row in rows:
        if as_json:
            click.echo(msgspec.json.encode(_named(row)))
        else:
            click.echo(_line(row))


@keys.command("make")
@DATA
@click.argument("name")
@PERMIT
@FROM
@LABEL
@click.option("--json", "as_json", is_flag=True, help="For scripts, with where it opens anything.")
def make_key(
    data: Path, name: str, permitted: tuple[str, ...], addresses: tuple[str, ...], label: str, *, as_json: bool
) -> None:
    """Make a further HMAC key for account NAME and print it with its secret."""
    ready = ready_in(data)
    if ready is not None:
        row = Control(ready).post("/keys", account=name, **_said(permitted, addresses, label))
    else:
        with _kept(data) as kept:
            number = kept.number(name)
            row = _row(kept.account(number), kept.keys.make(number, kept.terms(permitted, addresses, label)))
    click.echo(msgspec.json.encode(_named(row)) if as_json else f"{row['api_key']}:{row['api_secret']}")


@keys.command("add")
@DATA
@click.argument("name")
@click.argument("pair", metavar="[KEY[:SECRET]]", default="")
@click.option(
    "--public-key", type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The public half of an RSA or Ed25519 key, a PEM file; then there is no SECRET.",
)  # fmt: skip
@PERMIT
@FROM
@LABEL
@ALLOW_ANY
def add_key(
    data: Path, name: str, pair: str, public_key: Path | None, permitted: tuple[str, ...],
    addresses: tuple[str, ...], label: str, *, allow_any_key: bool,
) -> None:  # fmt: skip
    """Give account NAME a key of your choice: KEY:SECRET, or a public key, which may have a KEY as its name."""
    api_key, colon, secret = pair.partition(":")
    if bool(colon) == (public_key is not None):
        msg = "write the key as KEY:SECRET, or name a file with --public-key"
        raise ConfigError(msg)
    pem = None if public_key is None else public_key.read_text(errors="replace")
    ready = ready_in(data)
    if ready is not None:
        made = Control(ready).post(
            "/keys", account=name, api_key=api_key or None, api_secret=secret if colon else None, public_key=pem,
            **_said(permitted, addresses, label),
        )  # fmt: skip
        _echo_added(made["api_key"], by_name=pem is None)
        return
    with _kept(data) as kept:
        number, terms = kept.number(name), kept.terms(permitted, addresses, label)
        if pem is None:
            key = kept.keys.add(number, api_key, secret, terms, allow_any=allow_any_key)
        else:
            venue = kept.account(number).rules
            key = kept.keys.add_public(
                number, pem, terms, api_key=api_key, allow_any=allow_any_key, kinds=key_kinds(venue), venue=venue
            )
    _echo_added(key.api_key, by_name=pem is None)


@keys.command("change")
@DATA
@click.argument("key")
@PERMIT
@FROM
@click.option("--from-anywhere", is_flag=True, help="Bind it to no address any more.")
def change_key(
    data: Path, key: str, permitted: tuple[str, ...], addresses: tuple[str, ...], *, from_anywhere: bool
) -> None:
    """Change what KEY may do (all it may do, from now on) or where it may come from."""
    if from_anywhere and addresses:
        msg = "--from and --from-anywhere exclude each other"
        raise ConfigError(msg)
    where = list(addresses) if addresses or from_anywhere else None
    ready = ready_in(data)
    if ready is not None:
        Control(ready).post("/keys/change", api_key=key, permissions=list(permitted) or None, addresses=where)
    else:
        with _kept(data) as kept:
            kept.keys.change(key, permissions=permissions(permitted) if permitted else None, addresses=where)
    click.echo("changed")


@keys.command("remove")
@DATA
@click.argument("key")
def remove_key(data: Path, key: str) -> None:
    """Delete KEY: it opens nothing from now on."""
    ready = ready_in(data)
    if ready is not None:
        Control(ready).post("/keys/remove", api_key=key)
    else:
        with _kept(data) as kept:
            kept.keys.remove(key)
    click.echo("removed")


def _echo_added(api_key: str, *, by_name: bool) -> None:
    """A key with a public half may have got its name only now."""
    click.echo("added" if by_name else api_key)


def _said(permitted: tuple[str, ...], addresses: tuple[str, ...], label: str) -> dict[str, Any]:
    return {"permissions": list(permitted) or None, "addresses": list(addresses), "label": label}


def keys_in(data: Path) -> list[tuple[Account, Key]]:
    """Every key of the exchange in *data*, with its account."""
    state = _state(data)
    return [(state.accounts[key.account], key) for key in Keys(_folder(data) / KEY_FILE)]


def _rows(data: Path) -> list[dict[str, Any]]:
    """Keys as the control API tells them, with their secrets besides."""
    return [_row(account, key) for account, key in keys_in(data)]


def _row(account: Account, key: Key) -> dict[str, Any]:
    return {
        "account": account.name,
        "api_key": key.api_key,
        "api_secret": key.secret if key.kind == HMAC else "",
        "kind": key.kind,
        "permissions": [one.value for one in Permission if one in key.permissions],
        "addresses": list(key.addresses),
        "label": key.label,
        "venue": account.rules,
    }


def _named(row: dict[str, Any]) -> dict[str, Any]:
    """A row for scripts: the account's name is called as it always was."""
    return {"name": row["account"], **{name: value for name, value in row.items() if name not in NOT_SHOWN}}


NOT_SHOWN: Final = ("account", "created")


def _line(row: dict[str, Any]) -> str:
    """A row for people: what is usual is left out."""
    usual = [one.value for one in Permission if one in PLAIN.permissions]
    parts = [row["account"], row["api_key"]]
    if row["kind"] != HMAC:
        parts.append(row["kind"])
    if row["permissions"] != usual:
        parts.append(f"may: {', '.join(row['permissions']) or 'nothing'}")
    if row["addresses"]:
        parts.append(f"from: {', '.join(row['addresses'])}")
    if row["label"]:
        parts.append(row["label"])
    return "  ".join(parts)


class _Kept:
    """The keys in a data folder, and whose they are."""

    def __init__(self, data: Path) -> None:
        self._state = _state(data)
        self.keys = Keys(_folder(data) / KEY_FILE)

    def terms(self, permitted: tuple[str, ...], addresses: tuple[str, ...], label: str) -> Terms:
        allowed = permissions(permitted) if permitted else PLAIN.permissions
        return Terms(permissions=allowed, addresses=addresses, label=label, created_at=self._state.now)

    def account(self, number: AccountNo) -> Account:
        """The account with that number."""
        return self._state.accounts[number]

    def number(self, name: str) -> AccountNo:
        """The account of that name. Raises ConfigError saying which there are."""
        state = self._state
        number = state.account_no.get(name)
        if number is None or state.accounts[number].account_class is not AccountClass.USER:
            known = ", ".join(a.name for a in state.accounts.values() if a.account_class is AccountClass.USER)
            msg = f"there is no account {name!r} here; there are: {known or 'none'}"
            raise ConfigError(msg)
        return number


@contextmanager
def _kept(data: Path) -> Iterator[_Kept]:
    """The keys of an exchange that does not run, held against one that would begin."""
    log = _folder(data) / FILE_NAME
    with ExitStack() as ending:
        if log.exists():
            try:
                ending.callback(WriterLock(log).release)
            except LogInUse:
                msg = f"an exchange runs on {data} and would not notice; name its ready file instead"
                raise ConfigError(msg) from None
        yield _Kept(data)


def _folder(data: Path) -> Path:
    return data if data.is_dir() else data.parent


def _state(data: Path) -> ExchangeState:
    with naming(str(data)), closing(open_log(str(data))) as log:
        return replay(log)
