"""What is told of a portfolio over time, and of an account's own alarms."""

from simexchange.gateway.control_schemas import Answer, Moment, Request


class WalletWorth(Answer, frozen=True):
    """One wallet with everything in it, in the currency asked for."""

    wallet: str
    worth: str


class AssetDelta(Answer, frozen=True):
    """One asset by itself, in its own units."""

    asset: str
    held: str
    """In all wallets, unrealised profit that is paid in it included."""
    futures: str
    """What contracts stand for at their marks; short below zero."""
    net: str
    hedge_ratio: str | None
    """How much of what is held the contracts are short: 1 is a whole hedge; null where nothing is held."""


class PortfolioPoint(Answer, frozen=True):
    """An account at one instant. Money is in the currency asked for."""

    at: Moment
    seq: int
    """The newest record that could have moved it."""
    equity: str
    """All wallets and what positions gained."""
    paid_in: str
    """Brought in less taken out, to date."""
    result: str
    """Equity less what was paid in."""
    fees: str
    """To date; rebates below zero."""
    funding: str
    """Received to date; paid below zero."""
    held: str
    """What is held of other assets than the currency."""
    futures: str
    """What contracts stand for."""
    exposure: str
    """Both together."""
    hedge_ratio: str | None
    wallets: list[WalletWorth]
    deltas: list[AssetDelta]
    """Of every asset but the currency."""
    unpriced: list[str]
    """Assets that count nothing, for want of a price."""


class Portfolio(Answer, frozen=True):
    """An account over time."""

    account: str
    currency: str
    rule: str
    """By which prices amounts come to their worth."""
    seq: int
    points: list[PortfolioPoint]
    """Ascending by time; the last is how it stands now, unless a grid or an end was asked for."""


class SetAlarm(Request):
    """An alarm to be set, in place of one of the same name."""

    account: str
    kind: str
    """``margin_ratio`` or ``liquidation_distance``."""
    bound: str
    """A share as decimal text: ``0.5`` of the margin balance, ``0.03`` of the mark."""
    name: str | None = None
    """What it is called; the kind where it is not said."""
    wallet: str = ""
    """Only that wallet's pools; every one where it is empty."""
    market: str | None = None
    """Only that market's positions; everywhere where it is null."""
    pause: bool = False
    """Exchange time stands still when it goes off."""


class RemoveAlarm(Request):
    """An alarm that is to end."""

    account: str
    name: str


class Alarm(Answer, frozen=True):
    """One alarm as it stands."""

    account: str
    name: str
    kind: str
    bound: str
    wallet: str
    market: str | None
    pause: bool
    armed: bool
    """It may go off: since it last did, the figure was back behind the bound by a tenth of it."""
    value: str | None
    """The figure now; null: there is none."""
    set_at: Moment
    raised_at: Moment | None


class AlarmRaised(Answer, frozen=True):
    """One time an alarm went off, or was over."""

    id: int
    account: str
    name: str
    kind: str
    bound: str
    value: str
    """The figure that came to the bound, or went back behind it."""
    wallet: str
    market: str | None
    over: bool
    paused: bool
    """Exchange time stood still from then on."""
    at: Moment
    seq: int


class Alarms(Answer, frozen=True):
    """Alarms and when they went off."""

    seq: int
    alarms: list[Alarm]
    """In order of setting."""
    raised: list[AlarmRaised]
    """Ascending by time: with ``from`` the oldest that fit, else the newest."""
