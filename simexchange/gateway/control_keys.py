"""API keys over the control API: made, changed and deleted while the exchange runs.

Keys are no history: nothing of them is in the log. What is answered here stands in the key file already.
"""

from collections.abc import Iterable, Mapping
from typing import Any, get_args

from simexchange.core.vocabulary.ids import AccountNo
from simexchange.dialects.contract import KINDS, USUAL, Key, KeyKind, Permission
from simexchange.errors import ConfigError
from simexchange.gateway import key_schemas as schemas, told
from simexchange.gateway.control import Endpoint, Query, Refused
from simexchange.gateway.keys import Keys, KeyUnknown, Terms
from simexchange.gateway.people import label_told, person
from simexchange.runtime.exchange import Exchange


class KeyActs:
    """The calls, over the keys of one exchange."""

    def __init__(
        self, exchange: Exchange, keys: Keys, *, allow_any_key: bool, kinds: Mapping[str, tuple[KeyKind, ...]]
    ) -> None:
        """*kinds*: the kinds of keys of each venue that is served."""
        self._exchange = exchange
        self._kinds = kinds
        self._keys = keys
        self._allow_any_key = allow_any_key

    def endpoints(self) -> tuple[Endpoint, ...]:
        """The table of calls."""
        return (
            Endpoint(
                method="GET",
                path="/keys",
                act=self.listed,
                gives=schemas.KeyRows,
                summary="The keys of everybody, or of one account; never a secret",
                query={"account": "whose; everybody's where it is not given"},
            ),
            Endpoint(
                method="POST",
                path="/keys",
                act=self.make,
                takes=schemas.NewKey,
                gives=schemas.MadeKey,
                summary="Give an account a further key: HMAC, or RSA or Ed25519 by its public half",
            ),
            Endpoint(
                method="POST",
                path="/keys/change",
                act=self.change,
                takes=schemas.ChangeKey,
                gives=schemas.KeyRow,
                summary="Change what a key may do, or where from",
            ),
            Endpoint(
                method="POST",
                path="/keys/remove",
                act=self.remove,
                takes=schemas.NamedKey,
                gives=schemas.KeyRow,
                summary="Delete a key: it opens nothing from now on",
            ),
        )

    async def listed(self, query: Query, _body: Any) -> schemas.KeyRows:
        keys = self._keys.of(person(self._exchange.state, query["account"])) if "account" in query else list(self._keys)
        return schemas.KeyRows(keys=[schemas.KeyRow(**self._told(key)) for key in keys])

    async def make(self, _query: Query, body: schemas.NewKey) -> schemas.MadeKey:
        """Everything is judged before anything is stored."""
        account = person(self._exchange.state, body.account)
        terms = Terms(
            permissions=USUAL if body.permissions is None else permissions(body.permissions),
            addresses=body.addresses,
            label=label_told(body.label),
            created_at=self._exchange.now(),
        )
        try:
            key = self._added(account, body, terms)
        except ConfigError as error:
            raise Refused(400, "key", str(error)) from error
        secret = key.secret if body.public_key is None else ""
        return schemas.MadeKey(**self._told(key), api_secret=secret)

    def _added(self, account: AccountNo, body: schemas.NewKey, terms: Terms) -> Key:
        if body.api_key is not None and self._keys.find(body.api_key) is not None:
            raise Refused(409, "key", "there is a key of that name already; remove it first")
        if body.public_key is not None:
            if body.api_secret is not None:
                raise Refused(400, "key", "a key has either a secret or a public key")
            name = body.api_key or ""
            venue = self._exchange.state.accounts[account].rules
            return self._keys.add_public(
                account, body.public_key, terms, api_key=name, allow_any=self._allow_any_key,
                kinds=self._kinds.get(venue, KINDS), venue=venue,
            )  # fmt: skip
        if (body.api_key is None) != (body.api_secret is None):
            raise Refused(400, "key", "api_key and api_secret go together")
        if body.api_key is None or body.api_secret is None:
            return self._keys.make(account, terms)
        return self._keys.add(account, body.api_key, body.api_secret, terms, allow_any=self._allow_any_key)

    async def change(self, _query: Query, body: schemas.ChangeKey) -> schemas.KeyRow:
        permitted = None if body.permissions is None else permissions(body.permissions)
        try:
            key = self._keys.change(body.api_key, permissions=permitted, addresses=body.addresses)
        except KeyUnknown:
            raise
        except ConfigError as error:
            raise Refused(400, "key", str(error)) from error
        return schemas.KeyRow(**self._told(key))

    async def remove(self, _query: Query, body: schemas.NamedKey) -> schemas.KeyRow:
        return schemas.KeyRow(**self._told(self._keys.remove(body.api_key)))

    def _told(self, key: Key) -> dict[str, Any]:
        account = self._exchange.state.accounts.get(key.account)
        return {
            "account": account.name if account is not None else "",
            "api_key": key.api_key,
            "kind": key.kind,
            "permissions": [one.value for one in Permission if one in key.permissions],
            "addresses": list(key.addresses),
            "created": told.moment(key.created_at) if key.created_at else None,
            "label": key.label,
            "venue": account.rules if account is not None else "",
        }


def permissions(words: Iterable[str]) -> frozenset[Permission]:
    """Permissions by their words, which the schema has checked."""
    return frozenset(Permission(word) for word in words)


WORDS: tuple[str, ...] = get_args(schemas.Permitted)
