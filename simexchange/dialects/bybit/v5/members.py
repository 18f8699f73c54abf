"""Who is whose sub-account: the venue's UIDs are the numbers of accounts here.

What a master alone may ask is refused to a sub-account (10005); a UID of nobody's own is 131202 in calls about money
and 500010 elsewhere ("Error Codes", docs/v5/error.mdx, snapshot 2026-07-24, seen 2026-11).
"""

from typing import TYPE_CHECKING, Final

from simexchange.dialects.bybit.common import errors
from simexchange.dialects.bybit.common.params import Param, text
from simexchange.dialects.bybit.v5.choosing import account_of
from simexchange.dialects.contract import ApiError, Call

if TYPE_CHECKING:
    from simexchange.projections.accounts import AccountRow

UID: Final = text(r"[0-9]{1,18}", ApiError(200, 131202, "Invalid memberId"))
MEMBER: Final = Param("memberId", UID)
NOT_OURS: Final = ApiError(200, 500010, "The subaccount specified does not belong to the parent account")
BAD_MEMBER: Final = ApiError(200, 131202, "Invalid memberId")


def row_of(call: Call) -> "AccountRow":
    """Who asks."""
    return call.views.accounts.by_no[account_of(call)]


def head_of(call: Call) -> "AccountRow | ApiError":
    """Who asks, if he is nobody's sub-account."""
    row = row_of(call)
    return errors.PERMISSION_DENIED if row.parent else row


def children_of(call: Call, head: "AccountRow") -> "list[AccountRow]":
    """The sub-accounts of *head*, in order of joining."""
    return [call.views.accounts.by_no[no] for no in head.children]


def family_of(call: Call) -> "list[AccountRow]":
    """The master of who asks, then its sub-accounts."""
    row = row_of(call)
    head = call.views.accounts.by_no[row.parent] if row.parent else row
    return [head, *children_of(call, head)]


def member_named(call: Call, uid: str) -> "AccountRow | ApiError":
    """The member with that UID whose money who asks may look at: himself, of a master its sub-accounts too."""
    row = row_of(call)
    if not uid or uid == str(row.no):
        return row
    found = next((each for each in children_of(call, row) if str(each.no) == uid), None)
    return BAD_MEMBER if found is None else found
