"""What statements of the control API give: of funding, and of the insurance fund."""

from simexchange.gateway.control_schemas import Answer, Moment


class FundingRow(Answer, frozen=True):
    """One settlement of one position."""

    id: int
    """1, 2, 3 … per account."""
    market: str
    position: int
    qty: str
    """Held at the instant; below zero for a short."""
    wallet: str
    asset: str
    amount: str
    """Received above zero, paid below."""
    rate: str
    mark: str
    started: Moment
    """When the interval began that it pays for."""
    at: Moment
    """When that ended: the instant of the settlement."""
    seq: int
    """The record of the payment."""


class FundingTotal(Answer, frozen=True):
    """What funding has come to for one position, in one asset."""

    market: str
    position: int
    asset: str
    received: str
    paid: str
    """Below zero."""
    net: str
    settlements: int
    first_at: Moment
    last_at: Moment


class FundingStatement(Answer, frozen=True):
    """What an account's positions paid and received."""

    account: str
    seq: int
    rows: list[FundingRow]
    """Ascending by time: with ``from`` the oldest that fit, else the newest."""
    totals: list[FundingTotal]
    """Over all of its time, by market, position and asset."""


class FundLine(Answer, frozen=True):
    """One change of the insurance fund's cash."""

    id: int
    """1, 2, 3 … per asset."""
    kind: str
    """``capital``, ``liquidation_fee``, ``left_over``, ``shortfall``, ``realized_pnl``, ``commission``,
    ``funding_fee`` or ``delivery``."""
    amount: str
    """In above zero, out below."""
    balance: str
    """Its cash of the asset afterwards."""
    account: str | None
    """Whose wallet it came from or went to; null: nobody's."""
    market: str | None
    at: Moment
    seq: int


class FundBook(Answer, frozen=True):
    """What one asset of the insurance fund came to."""

    asset: str
    seq: int
    balance: str
    """Its cash, in all its wallets."""
    unrealised: str
    """What the positions it took over have gained at their marks."""
    equity: str
    """Cash and unrealised profit: what the floor of takeovers is held against."""
    lines: list[FundLine]
    """Ascending by time: with ``from`` the oldest that fit, else the newest."""


class InsuranceFund(Answer, frozen=True):
    """The insurance fund, asset by asset."""

    books: list[FundBook]
