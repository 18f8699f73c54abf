"""What the control API takes and gives of API keys. A secret is told once, when its key is made."""

from typing import Literal

from simexchange.dialects.contract import KeyKind
from simexchange.gateway.control_schemas import Answer, Moment, Request

Permitted = Literal["reading", "spot_trading", "futures", "universal_transfer", "internal_transfer", "withdrawals"]


class NewKey(Request):
    """A further key of an account. Without a key or a public key one is made here."""

    account: str
    api_key: str | None = None
    """A name of your own; without one it gets one that begins with ``sim``."""
    api_secret: str | None = None
    """Of an HMAC key of your own."""
    public_key: str | None = None
    """The public half of an RSA or Ed25519 key, as PEM."""
    permissions: list[Permitted] | None = None
    """What it may do; all but withdrawals where it is not said."""
    addresses: tuple[str, ...] = ()
    """Where it may be used from, like ``127.0.0.1`` or ``10.0.0.0/8``; empty: from anywhere."""
    label: str = ""


class ChangeKey(Request):
    """Change what a key may do, or where from."""

    api_key: str
    permissions: list[Permitted] | None = None
    addresses: list[str] | None = None


class NamedKey(Request):
    """One key."""

    api_key: str


class KeyRow(Answer, frozen=True):
    """A key, without its secret."""

    account: str
    api_key: str
    kind: KeyKind
    permissions: list[Permitted]
    addresses: list[str]
    created: Moment | None
    """Exchange time; null where it was not noted."""
    label: str
    venue: str
    """Where its account is at home: only there it opens anything."""


class KeyRows(Answer, frozen=True):
    """Keys, the oldest first."""

    keys: list[KeyRow]


class MadeKey(KeyRow, frozen=True):
    """A new key. Its secret is shown this once; of a public key there is none to show."""

    api_secret: str
