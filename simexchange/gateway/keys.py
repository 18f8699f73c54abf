"""API keys: a file beside the event log, never in it, readable by its owner alone.

An account has as many as it likes, each with a kind, what it may do, and where from. Secrets leave this module only
through `Key`, to the dialect that checks a signature and to the person who asks.
"""

import os
import secrets
import string
import tempfile
from collections.abc import Container, Iterable, Iterator, Mapping
from functools import lru_cache, partial
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path

import msgspec

from simexchange.core.vocabulary.ids import AccountNo
from simexchange.dialects.contract import HMAC, KINDS, USUAL, FindKey, Key, KeyKind, Permission
from simexchange.dialects.publickeys import UnfitKey, kind_of
from simexchange.errors import ConfigError, NotThere

OURS = "sim"
"""How the keys we make begin, so that one of them is never mistaken for a key that moves money."""
KEY_FILE = "keys.json"
"""Where keys are kept, in the folder of the log."""
LENGTH = 64
_SHORT = 18
_ALPHABET = string.ascii_letters + string.digits


class ForeignKey(ConfigError):
    """A key that looks like a real venue's was offered."""


class KeyFileInvalid(ConfigError):
    """The key file cannot be used."""


class KeyUnknown(NotThere):
    """There is no key of that name."""


class _Row(msgspec.Struct, forbid_unknown_fields=True):
    api_key: str
    secret: str
    account: int
    kind: KeyKind = HMAC
    permissions: list[Permission] | None = None
    """None, in files of before there were any: the usual ones."""
    addresses: list[str] = []
    created_at: int = 0
    label: str = ""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    version: int = 1
    keys: list[_Row] = []


def looks_foreign(api_key: str) -> bool:
    """Whether a key that we did not make has the shape of one that moves real money.

    At Binance 64 letters and digits, at Bybit 18 of them with letters of both sizes (seen in its clients' examples,
    2026-11: the length is not published).
    """
    if not (api_key.isascii() and api_key.isalnum()) or api_key.startswith(OURS):
        return False
    return len(api_key) == LENGTH or (len(api_key) == _SHORT and api_key not in (api_key.lower(), api_key.upper()))


def random_text(length: int = LENGTH) -> str:
    """Unguessable letters and digits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a key besides its text."""

    permissions: frozenset[Permission] = USUAL
    addresses: tuple[str, ...] = ()
    """Addresses and networks it may be used from; none: anywhere."""
    label: str = ""
    created_at: int = 0
    """Exchange time, ns."""


PLAIN = Terms()
NOTHING: frozenset[Permission] = frozenset()


class Keys:
    """The keys of one exchange. Without a path they live in memory only."""

    def __init__(self, path: Path | None = None, *, keep: bool = True) -> None:
        """*keep*: whether what changes is written to *path*."""
        self._path = path if keep else None
        self._keys: dict[str, Key] = {}
        self._bound = False
        """Whether any key may be used from some addresses only."""
        if path is not None and path.exists():
            self._load(path)

    def find(self, api_key: str) -> Key | None:
        return self._keys.get(api_key)

    def finder(self, address: str) -> FindKey:
        """How a request from *address* finds its key: one that may not be used from there may do nothing."""
        return partial(self._find_from, address) if self._bound else self._keys.get

    def _find_from(self, address: str, api_key: str) -> Key | None:
        key = self._keys.get(api_key)
        if key is None or not key.addresses or is_among(address, key.addresses):
            return key
        return msgspec.structs.replace(key, permissions=NOTHING, elsewhere=True)

    def of(self, account: AccountNo) -> list[Key]:
        """The account's keys, oldest first."""
        return [key for key in self._keys.values() if key.account == account]

    def __iter__(self) -> Iterator[Key]:
        return iter(tuple(self._keys.values()))

    def make(self, account: AccountNo, terms: Terms = PLAIN) -> Key:
        """A new key of our own for *account*, stored."""
        return self._keep(account, _name(), random_text(), HMAC, terms)

    def add(
        self, account: AccountNo, api_key: str, secret: str, terms: Terms = PLAIN, *, allow_any: bool = False
    ) -> Key:
        """Store a key somebody chose. The same key again for the same account replaces it.

        Raises ForeignKey where it looks like a real venue's and *allow_any* is not set, KeyFileInvalid where it is
        empty or another account's.
        """
        self._judge(account, api_key, secret, allow_any=allow_any)
        return self._keep(account, api_key, secret, HMAC, terms)

    def add_public(
        self, account: AccountNo, pem: str, terms: Terms = PLAIN, *, api_key: str = "", allow_any: bool = False,
        kinds: Container[KeyKind] = KINDS, venue: str = "",
    ) -> Key:  # fmt: skip
        """Store an RSA or Ed25519 key by its public half; without *api_key* it gets a name of ours.

        *kinds*: those of *venue*, where the account is at home. Raises as `add` does, and KeyFileInvalid where *pem* is
        no public key that is taken there.
        """
        pem = pem.strip() + "\n"
        try:
            kind = kind_of(pem)
        except UnfitKey as error:
            raise KeyFileInvalid(str(error)) from error
        if kind not in kinds:
            has = ", ".join(each for each in KINDS if each in kinds)
            raise KeyFileInvalid(f"{venue} takes keys of the kinds {has}, and this one is {kind}")
        name = api_key or _name()
        self._judge(account, name, name, allow_any=allow_any)
        return self._keep(account, name, pem, kind, terms)

    def change(
        self, api_key: str, *, permissions: Iterable[Permission] | None = None, addresses: Iterable[str] | None = None
    ) -> Key:
        """Change what a key may do or where from; None: as it was. Raises KeyUnknown."""
        key = self._known(api_key)
        return self._store(
            msgspec.structs.replace(
                key,
                permissions=key.permissions if permissions is None else frozenset(permissions),
                addresses=key.addresses if addresses is None else networks(addresses),
            )
        )

    def remove(self, api_key: str) -> Key:
        """Delete a key: it opens nothing from now on. Raises KeyUnknown."""
        key = self._known(api_key)
        left = {name: kept for name, kept in self._keys.items() if name != api_key}
        self._save(left)
        self._replace(left)
        return key

    def forget_others(self, accounts: Container[AccountNo]) -> None:
        """Let go of the keys of accounts that are not among *accounts*: another one may get the number."""
        left = {name: key for name, key in self._keys.items() if key.account in accounts}
        if len(left) != len(self._keys):
            self._save(left)
            self._replace(left)

    def _known(self, api_key: str) -> Key:
        key = self._keys.get(api_key)
        if key is None:
            raise KeyUnknown("there is no such key here")
        return key

    def _judge(self, account: AccountNo, api_key: str, secret: str, *, allow_any: bool) -> None:
        if not api_key or not secret or not api_key.isascii() or not api_key.isprintable():
            raise KeyFileInvalid("an API key and its secret are non-empty printable ASCII text")
        if looks_foreign(api_key) and not allow_any:
            raise ForeignKey(
                f"the key looks like a real venue's ({len(api_key)} letters and digits, not beginning with 'sim'); "
                "real keys have no place here. If it is none, say --allow-any-key"
            )
        known = self._keys.get(api_key)
        if known is not None and known.account != account:
            raise KeyFileInvalid("the key belongs to another account already")

    def _keep(self, account: AccountNo, api_key: str, secret: str, kind: KeyKind, terms: Terms) -> Key:
        return self._store(
            Key(
                api_key, secret, account, kind, terms.permissions, networks(terms.addresses), terms.created_at,
                terms.label,
            )
        )  # fmt: skip

    def _store(self, key: Key) -> Key:
        """Keep *key*, on the disk first: what could not be written does not hold."""
        keys = {**self._keys, key.api_key: key}
        self._save(keys)
        self._replace(keys)
        return key

    def _replace(self, keys: dict[str, Key]) -> None:
        self._keys = keys
        self._bound = any(key.addresses for key in keys.values())

    def _save(self, keys: Mapping[str, Key]) -> None:
        path = self._path
        if path is None:
            return
        rows = [
            _Row(
                key.api_key, key.secret, int(key.account), key.kind,
                [one for one in Permission if one in key.permissions], list(key.addresses), key.created_at, key.label,
            )
            for key in keys.values()
        ]  # fmt: skip
        content = msgspec.json.format(msgspec.json.encode(_File(keys=rows)), indent=2) + b"\n"
        # mkstemp makes the file 0600 from its first moment; the rename makes the change whole or none.
        name = ""
        try:
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
            with os.fdopen(handle, "wb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            Path(name).replace(path)
        except OSError as error:
            if name:
                Path(name).unlink(missing_ok=True)
            raise KeyFileInvalid(f"cannot write {path}: {error.strerror}; make its folder writable") from error

    def _load(self, path: Path) -> None:
        if os.name == "posix" and path.stat().st_mode & 0o077:
            raise KeyFileInvalid(f"{path} can be read by others; say: chmod 600 {path}")
        try:
            content = msgspec.json.decode(path.read_bytes(), type=_File)
        except (OSError, msgspec.MsgspecError) as error:
            # The text of the error may hold a secret, so it is not repeated.
            raise KeyFileInvalid(f"{path} is not a key file of simexchange") from error
        if content.version != 1:
            raise KeyFileInvalid(f"{path} was written by a newer simexchange (version {content.version})")
        try:
            self._replace({row.api_key: _of_row(row) for row in content.keys})
        except ConfigError as error:
            raise KeyFileInvalid(f"{path}: {error}") from error


def _of_row(row: _Row) -> Key:
    permissions = USUAL if row.permissions is None else frozenset(row.permissions)
    if row.kind != HMAC:
        try:
            kind_of(row.secret)
        except UnfitKey as error:
            raise KeyFileInvalid(str(error)) from error
    return Key(
        row.api_key, row.secret, AccountNo(row.account), row.kind, permissions, networks(row.addresses), row.created_at,
        row.label,
    )  # fmt: skip


def _name() -> str:
    return OURS + random_text(LENGTH - len(OURS))


def networks(texts: Iterable[str]) -> tuple[str, ...]:
    """Addresses and networks in their one spelling. Raises KeyFileInvalid naming the first that is none."""
    found = []
    for text in texts:
        try:
            network = ip_network(text.strip())
        except ValueError:
            raise KeyFileInvalid(f"{text!r} is no address or network, like 127.0.0.1 or 10.0.0.0/8") from None
        single = network.prefixlen == network.max_prefixlen
        found.append(str(network.network_address if single else network))
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=1_024)
def is_among(address: str, allowed: tuple[str, ...]) -> bool:
    """Whether *address* is one of those *allowed*, or in one of the networks. An IPv4 one may come dressed as IPv6."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None) or found
    rows: list[IPv4Network | IPv6Network] = [ip_network(text) for text in allowed]
    return any(mapped in network for network in rows)
