"""Accounts as an operator names them."""

from typing import TYPE_CHECKING

from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.orders import AccountClass
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.gateway.control import Refused

if TYPE_CHECKING:
    from simexchange.core.state import ExchangeState


def person(state: "ExchangeState", name: str) -> AccountNo:
    """The number of a person's account. Raises Refused where nobody is called so, or it is the exchange's own."""
    no = state.account_no.get(name)
    if no is None:
        raise Refused(404, RejectReason.ACCOUNT_UNKNOWN, f"there is no account {name!r}")
    if state.accounts[no].account_class is not AccountClass.USER:
        raise Refused(409, "account_class", f"{name} belongs to the exchange itself; leave it alone")
    return no
