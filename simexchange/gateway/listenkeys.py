"""Listen keys: names of private streams, good for an hour of wall time. They end with the process."""

from collections.abc import Callable

from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.units import HOUR, Nanos
from simexchange.gateway.keys import random_text

LIFE = Nanos(HOUR)


class ListenKey:
    """One open key."""

    __slots__ = ("account", "expires", "product", "text")

    def __init__(self, text: str, account: AccountNo, product: str, expires: int) -> None:
        self.text = text
        self.account = account
        self.product = product
        self.expires = expires


class ListenKeyTable:
    """All open keys; at most one per account and product."""

    def __init__(self, wall: Callable[[], Nanos], closed: Callable[[ListenKey], None] | None = None) -> None:
        self._wall = wall
        self._closed = closed
        self._by_owner: dict[tuple[AccountNo, str], ListenKey] = {}
        self._by_text: dict[str, ListenKey] = {}

    def open(self, account: AccountNo, product: str) -> str:
        """The account's key for *product*, made or renewed."""
        text = self.renew(account, product)
        if text is not None:
            return text
        key = ListenKey(random_text(), account, product, self._wall() + LIFE)
        self._by_owner[account, product] = self._by_text[key.text] = key
        return key.text

    def renew(self, account: AccountNo, product: str) -> str | None:
        """Good for another hour; None where there is none."""
        key = self._by_owner.get((account, product))
        now = self._wall()
        if key is None or key.expires <= now:
            return None
        key.expires = now + LIFE
        return key.text

    def close(self, account: AccountNo, product: str) -> bool:
        """Close; False where there was none."""
        key = self._by_owner.get((account, product))
        if key is None or key.expires <= self._wall():
            return False
        self._forget(key)
        if self._closed is not None:
            self._closed(key)
        return True

    def find(self, text: str) -> ListenKey | None:
        """The key of that name, if it is still good."""
        key = self._by_text.get(text)
        return key if key is not None and key.expires > self._wall() else None

    def expire(self) -> list[ListenKey]:
        """Take out the keys whose hour is over, and name them."""
        now = self._wall()
        over = [key for key in self._by_text.values() if key.expires <= now]
        for key in over:
            self._forget(key)
        return over

    def run_out(self, account: AccountNo) -> None:
        """Let the hour of every key of *account* be over now; `expire` takes them out."""
        for key in self._by_text.values():
            if key.account == account:
                key.expires = min(key.expires, self._wall())

    def _forget(self, key: ListenKey) -> None:
        del self._by_text[key.text]
        # An expired key may have been replaced before it was swept.
        if self._by_owner.get((key.account, key.product)) is key:
            del self._by_owner[key.account, key.product]
