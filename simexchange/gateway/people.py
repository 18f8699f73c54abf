"""Accounts, assets and labels as an operator names them."""

import re
from typing import TYPE_CHECKING

from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.orders import AccountClass
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.gateway.control import Refused

if TYPE_CHECKING:
    from simexchange.core.accounts import Account
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.markets import Bundle

_ASSET = re.compile(r"[A-Z0-9]{1,32}")
LABEL_MAX = 64
"""Characters of a key's label."""


def asset_named(name: str) -> str:
    """*name*, if an asset may be called so: a misspelt one would be money that no market takes. Raises Refused."""
    if not _ASSET.fullmatch(name):
        raise Refused(
            400, RejectReason.ASSET_UNKNOWN, f"{name!r} is no asset: write it like BTC, in capitals and digits"
        )
    return name


def check_wallet(wallet: str, owner: "Account | Bundle") -> None:
    """Raises Refused where *owner*, or accounts under such rules, have no such wallet: money there would be lost."""
    has = dict.fromkeys((owner.spot_wallet, owner.linear_wallet, owner.inverse_wallet, "funding"))
    if wallet not in has:
        raise Refused(400, RejectReason.WALLET_UNKNOWN, f"{owner.name} has no wallet {wallet!r}: {', '.join(has)}")


def check_family(rules: str, parent: "Account") -> None:
    """Raises Refused where an account under *rules* would be of a family at another venue, where its money may go."""
    if rules != parent.rules:
        message = f"{parent.name} is at home at {parent.rules}, and a family is of one venue"
        raise Refused(409, RejectReason.ACCOUNT_NOT_RELATED, message)


def label_told(text: str) -> str:
    """*text*, if a key may be labelled so. Raises Refused."""
    if len(text) > LABEL_MAX or not text.isprintable():
        raise Refused(400, "label", f"a label has at most {LABEL_MAX} characters, and none that cannot be seen")
    return text


def person(state: "ExchangeState", name: str) -> AccountNo:
    """The number of a person's account. Raises Refused where nobody is called so, or it is the exchange's own."""
    no = state.account_no.get(name)
    if no is None:
        raise Refused(404, RejectReason.ACCOUNT_UNKNOWN, f"there is no account {name!r}")
    if state.accounts[no].account_class is not AccountClass.USER:
        raise Refused(409, "account_class", f"{name} belongs to the exchange itself; leave it alone")
    return no
