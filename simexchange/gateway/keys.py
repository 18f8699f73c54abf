"""API keys: a file beside the event log, never in it, readable by its owner alone.

Secrets leave this module only through `Key`, to the dialect that checks a signature and to the person who asks.
"""

import os
import secrets
import string
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from simexchange.core.vocabulary.ids import AccountNo
from simexchange.dialects.contract import Key
from simexchange.errors import ConfigError

OURS = "sim"
"""How the keys we make begin, so that one of them is never mistaken for a key that moves money."""
LENGTH = 64
_ALPHABET = string.ascii_letters + string.digits


class ForeignKey(ConfigError):
    """A key that looks like a real venue's was offered."""


class KeyFileInvalid(ConfigError):
    """The key file cannot be used."""


class _Row(msgspec.Struct, forbid_unknown_fields=True):
    api_key: str
    secret: str
    account: int
    kind: str = "hmac"


class _File(msgspec.Struct, forbid_unknown_fields=True):
    version: int = 1
    keys: list[_Row] = []


def looks_foreign(api_key: str) -> bool:
    """True for 64 letters and digits that we did not make: the shape of a key that moves real money."""
    return len(api_key) == LENGTH and api_key.isascii() and api_key.isalnum() and not api_key.startswith(OURS)


def random_text(length: int = LENGTH) -> str:
    """Unguessable letters and digits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


class Keys:
    """The keys of one exchange. Without a path they live in memory only."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._keys: dict[str, Key] = {}
        if path is not None and path.exists():
            self._load(path)

    def find(self, api_key: str) -> Key | None:
        return self._keys.get(api_key)

    def of(self, account: AccountNo) -> list[Key]:
        """The account's keys, oldest first."""
        return [key for key in self._keys.values() if key.account == account]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._keys.values())

    def make(self, account: AccountNo) -> Key:
        """A new key of our own for *account*, stored."""
        api_key = OURS + random_text(LENGTH - len(OURS))
        return self._store(Key(api_key=api_key, secret=random_text(), account=account))

    def add(self, account: AccountNo, api_key: str, secret: str, *, kind: str = "hmac", allow_any: bool = False) -> Key:
        """Store a key somebody chose. The same key again for the same account replaces its secret.

        Raises ForeignKey where it looks like a real venue's and *allow_any* is not set, KeyFileInvalid where it is
        empty or another account's.
        """
        if not api_key or not secret or not api_key.isascii() or not api_key.isprintable():
            raise KeyFileInvalid("an API key and its secret are non-empty printable ASCII text")
        if looks_foreign(api_key) and not allow_any:
            raise ForeignKey(
                "the key looks like a real venue's (64 letters and digits, not beginning with 'sim'); "
                "real keys have no place here. If it is none, say --allow-any-key"
            )
        known = self._keys.get(api_key)
        if known is not None and known.account != account:
            raise KeyFileInvalid("the key belongs to another account already")
        return self._store(Key(api_key=api_key, secret=secret, account=account, kind=kind))

    def _store(self, key: Key) -> Key:
        self._keys[key.api_key] = key
        if self._path is not None:
            self._save(self._path)
        return key

    def _save(self, path: Path) -> None:
        rows = [_Row(key.api_key, key.secret, int(key.account), key.kind) for key in self._keys.values()]
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
        for row in content.keys:
            self._keys[row.api_key] = Key(
                api_key=row.api_key, secret=row.secret, account=AccountNo(row.account), kind=row.kind
            )
