"""Who is whose sub-account, in the venue's words: accounts are named by e-mail addresses there.

An account called ``bot`` has the address ``bot@simexchange.invalid``, a name that no mail reaches (RFC 2606). What a
parent alone may ask is an "Unsupported operation" of a sub-account (seen on the wire: binance/binance-connector-php,
issue 9); an address of no sub-account of one's own is -5021 (client libraries' tables, seen 2026-11).
"""

from collections.abc import Generator, Mapping
from typing import Final

from simexchange.core.vocabulary.commands import Command, OpenAccount
from simexchange.core.vocabulary.families import JoinFamily
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.step import Step
from simexchange.dialects.binance.common.errors import invalid, not_required
from simexchange.dialects.binance.common.params import Param, anything, checker, integer, one_of, text
from simexchange.dialects.binance.common.timestamps import millis
from simexchange.dialects.binance.spot import errors, responses
from simexchange.dialects.binance.spot.calls import account_of, failure, refused
from simexchange.dialects.contract import ApiError, Call, Check, Reply
from simexchange.projections.accounts import AccountRow

DOMAIN: Final = "@simexchange.invalid"
UNSUPPORTED: Final = ApiError(400, 100001002, "Unsupported operation")
VIRTUAL: Final = "_virtual"
"""How the names of accounts end that are opened over the API, as the venue's addresses do."""

EMAIL: Final = Param("email", anything)
PAGE: Final = Param("page", integer(1))


def limit(most: int) -> Param:
    return Param("limit", integer(1, most))


def email_of(row: AccountRow) -> str:
    """The address of an account."""
    return row.name + DOMAIN


def me(call: Call) -> AccountRow:
    """Who asks."""
    return call.views.accounts.by_no[account_of(call)]


def parent(call: Call) -> AccountRow | ApiError:
    """Who asks, if he is nobody's sub-account."""
    row = me(call)
    return UNSUPPORTED if row.parent else row


def child(call: Call) -> AccountRow | ApiError:
    """Who asks, if he is somebody's sub-account."""
    row = me(call)
    return row if row.parent else UNSUPPORTED


def children(call: Call, head: AccountRow) -> list[AccountRow]:
    """The sub-accounts of *head*, in order of joining."""
    return [call.views.accounts.by_no[no] for no in head.children]


def of_family(call: Call, head: AccountRow, email: str) -> AccountRow | ApiError:
    """The account of the family of *head* that has that address; empty: *head* itself."""
    if not email or email == email_of(head):
        return head
    name = email.removesuffix(DOMAIN)
    row = call.views.accounts.by_name.get(name) if email.endswith(DOMAIN) else None
    return errors.NO_RELATION if row is None or row.parent != head.no else row


def sub_account(call: Call) -> AccountRow | ApiError:
    """The sub-account that ``email`` names, for its parent to look into."""
    head = parent(call)
    if isinstance(head, ApiError):
        return head
    row = of_family(call, head, call.params["email"])
    return errors.NO_RELATION if row is head else row


def paged(call: Call, rows: list[AccountRow], default: int) -> list[AccountRow]:
    """The page that ``page`` and ``limit`` ask for."""
    size, page = int(call.params.get("limit") or default), int(call.params.get("page") or 1)
    return rows[(page - 1) * size : page * size]


LIST: Final = checker(EMAIL, Param("isFreeze", one_of(("true", "false"))), PAGE, limit(200))


def listed(call: Call) -> Reply:
    """``GET /sapi/v1/sub-account/list``: one a page where no limit is said, as the venue has it. Nobody is frozen."""
    head = parent(call)
    if isinstance(head, ApiError):
        return failure(head)
    rows = [] if call.params.get("isFreeze") == "true" else _named(call, children(call, head))
    return responses.reply(
        {
            "subAccounts": [
                {
                    "subUserId": row.no,
                    "email": email_of(row),
                    "remark": "",
                    "isFreeze": False,
                    "createTime": millis(row.opened_at),
                    "isManagedSubAccount": False,
                    "isAssetManagementSubAccount": False,
                }
                for row in paged(call, rows, 1)
            ]
        }
    )


def _named(call: Call, rows: list[AccountRow]) -> list[AccountRow]:
    email = call.params.get("email")
    return [row for row in rows if not email or email_of(row) == email]


STATUS: Final = checker(EMAIL)


def status(call: Call) -> Reply:
    """``GET /sapi/v1/sub-account/status``: everybody may trade futures from his beginning, and nobody margin."""
    head = parent(call)
    if isinstance(head, ApiError):
        return failure(head)
    return responses.reply(
        [
            {
                "email": email_of(row),
                "isSubUserEnabled": True,
                "isUserActive": True,
                "insertTime": millis(row.opened_at),
                "isMarginEnabled": False,
                "isFutureEnabled": True,
                "mobile": 0,
            }
            for row in _named(call, children(call, head))
        ]
    )


VIRTUAL_ACCOUNT: Final = checker(Param("subAccountString", text(r"^[A-Za-z0-9_-]{1,56}$"), required=True))


def open_virtual(call: Call) -> Generator[Command, Step, Reply]:
    """``POST /sapi/v1/sub-account/virtualSubAccount``: a new account under the one that asks, with its rules.

    Its key is made at the control API.
    """
    head = parent(call)
    if isinstance(head, ApiError):
        return failure(head)
    name = call.params["subAccountString"] + VIRTUAL
    if name in call.state.account_no or name.startswith("house"):
        return failure(invalid("subAccountString"))
    step = yield OpenAccount(name, head.rules)
    error = refused(step)
    if error is None:
        step = yield JoinFamily(AccountNo(call.state.account_no[name]), head.no)
        error = refused(step)
    return failure(error) if error is not None else responses.reply({"email": name + DOMAIN})


def one_of_two(first: str, second: str) -> Check:
    """Two parameters of which only one may be sent."""

    def judge(params: Mapping[str, str]) -> ApiError | None:
        return not_required(second) if params.get(first) and params.get(second) else None

    return judge
