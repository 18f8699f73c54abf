"""What the control API takes and gives of families, and of accounts that begin anew."""

from simexchange.gateway.control_schemas import AccountRow, Answer, Request


class JoinRequest(Request):
    """Make an account a sub-account of another, for good."""

    account: str
    parent: str


class Joined(Answer, frozen=True):
    """The account with its parent."""

    seq: int
    account: AccountRow


class ResetRequest(Request):
    """Let an account begin anew, with what is said and nothing else."""

    account: str
    balances: dict[str, dict[str, str]]
    """What it is to have: wallet → asset → amount."""
    close: bool = False
    """Hand its positions to the insurance fund at their marks; without it an account with positions is refused."""


class Reset(Answer, frozen=True):
    """The account as it begins."""

    seq: int
    canceled: int
    """Orders that were open."""
    closed: int
    """Positions that the insurance fund took."""
    account: AccountRow
