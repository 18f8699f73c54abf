"""Tables of money: every posting, funding, and whatever moves otherwise than by a trade."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from simexchange.core import ledger
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary import events as ev, modeevents, poolevents
from simexchange.core.vocabulary.assets import FINE as FINE_PURSES, whole_wallet
from simexchange.core.vocabulary.bonuses import BonusExpired, BonusGranted
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.orders import BUY
from simexchange.core.vocabulary.units import ONE
from simexchange.eventlog.tables.columns import ACCOUNT, AT, MARKET, SEQ, Column, Kind, Place, Row, Table, Teller

# account, kind, wallet, asset, amount, other account, other wallet
Move = tuple[AccountNo, str, str, str, int, AccountNo, str]
NOBODY: Final = AccountNo(0)


class LedgerTeller(Teller):
    """One row per posting."""

    def event(self, place: Place, event: Any, state: ExchangeState) -> Iterable[Row]:
        """The postings are asked of the state as it was, as the engine does."""
        for owner, wallet, asset, free, held in ledger.postings(event, state):
            if isinstance(owner, str):
                if self.wanted.account:
                    continue
                unit = 1 if owner.startswith(FINE_PURSES) else ONE
                name, amount = owner, free * unit
            else:
                name, amount = state.accounts[owner].name, free * ONE
                if self.wanted.account not in ("", name):
                    continue
            person = not isinstance(owner, str)
            yield (
                place.seq, place.at, type(event).__name__, "account" if person else "purse", name, wallet, asset,
                amount, held * ONE,
            )  # fmt: skip


class FundingTeller(Teller):
    """One row per settlement of a position."""

    def event(self, place: Place, event: Any, state: ExchangeState) -> Iterable[Row]:
        if not isinstance(event, ev.FundingPaid) or not self.wanted.has(state, event.account):
            return
        market = state.markets[event.market].spec.id
        if self.wanted.trades(market):
            yield (
                place.seq, place.at, state.accounts[event.account].name, market, event.position, event.qty,
                event.mark, event.rate, event.amount, event.wallet, event.asset,
            )  # fmt: skip


class TransfersTeller(Teller):
    """One row per account and wallet of whatever moved otherwise than by a trade, a delivery or funding."""

    def event(self, place: Place, event: Any, state: ExchangeState) -> Iterable[Row]:
        moves = MOVES.get(type(event))
        if moves is None:
            return
        for no, kind, wallet, asset, amount, other, other_wallet in moves(event, state):
            if amount and self.wanted.has(state, no):
                opposite = state.accounts[other].name if other else ""
                yield (
                    place.seq, place.at, state.accounts[no].name, kind, wallet, asset, amount, opposite, other_wallet
                )  # fmt: skip


def _deposited(event: ev.FundsDeposited, _: ExchangeState) -> Iterator[Move]:
    yield event.account, "deposit", event.wallet, event.asset, event.amount, NOBODY, ""


def _withdrawn(event: ev.FundsWithdrawn, _: ExchangeState) -> Iterator[Move]:
    yield event.account, "withdrawal", event.wallet, event.asset, -event.amount, NOBODY, ""
    yield event.account, "forfeited", event.wallet, event.asset, -event.forfeited, NOBODY, ""


def _transferred(event: ev.FundsTransferred, _: ExchangeState) -> Iterator[Move]:
    asset, amount = event.asset, event.amount
    yield event.account, "transfer", event.wallet, asset, -amount, event.to_account, event.to_wallet
    yield event.to_account, "transfer", event.to_wallet, asset, amount, event.account, event.wallet
    yield event.account, "forfeited", event.wallet, asset, -event.forfeited, NOBODY, ""


def _capital(event: ev.CapitalProvided, _: ExchangeState) -> Iterator[Move]:
    yield event.account, "capital", event.wallet, event.asset, event.amount, NOBODY, ""


def _granted(event: BonusGranted, _: ExchangeState) -> Iterator[Move]:
    yield event.account, "bonus", event.wallet, event.asset, event.amount, NOBODY, ""


def _bonus_over(event: BonusExpired, _: ExchangeState) -> Iterator[Move]:
    yield event.account, "bonus_expired", event.wallet, event.asset, -event.amount, NOBODY, ""


def _liquidation_fee(event: ev.LiquidationFeeCharged, _: ExchangeState) -> Iterator[Move]:
    theirs = event.fund_wallet or whole_wallet(event.wallet)
    yield event.account, "liquidation_fee", event.wallet, event.asset, -event.amount, event.fund, theirs
    yield event.fund, "liquidation_fee", theirs, event.asset, event.amount, event.account, event.wallet


def _insured(event: ev.InsurancePaid, _: ExchangeState) -> Iterator[Move]:
    theirs = event.fund_wallet or whole_wallet(event.wallet)
    yield event.account, "insurance", event.wallet, event.asset, event.amount, event.fund, theirs
    yield event.fund, "insurance", theirs, event.asset, -event.amount, event.account, event.wallet


def _adjusted(event: modeevents.MarginAdjusted, _: ExchangeState) -> Iterator[Move]:
    asset, amount = event.asset, event.amount
    yield event.account, "margin", event.source, asset, -amount, event.account, event.wallet
    yield event.account, "margin", event.wallet, asset, amount, event.account, event.source


def _exchanged(event: poolevents.AssetsExchanged, _: ExchangeState) -> Iterator[Move]:
    yield event.account, "exchange", event.wallet, event.asset, -event.amount, NOBODY, ""
    yield event.account, "exchange", event.wallet, event.to_asset, event.to_amount, NOBODY, ""


def _prevented(event: ev.TradePrevented, state: ExchangeState) -> Iterator[Move]:
    """Between accounts of a trade group the sizes may change hands without a trade."""
    spec = state.markets[event.market].spec
    taker, maker = event.taker.account, event.maker.account
    buyer, seller = (taker, maker) if event.aggressor is BUY else (maker, taker)
    buys, sells = state.accounts[buyer].spot_wallet, state.accounts[seller].spot_wallet
    yield buyer, "self_trade", buys, spec.base, event.moved, seller, sells
    yield buyer, "self_trade", buys, spec.quote, -event.quote, seller, sells
    yield seller, "self_trade", sells, spec.base, -event.moved, buyer, buys
    yield seller, "self_trade", sells, spec.quote, event.quote, buyer, buys


MOVES: Final[dict[type, Callable[[Any, ExchangeState], Iterator[Move]]]] = {
    ev.FundsDeposited: _deposited,
    ev.FundsWithdrawn: _withdrawn,
    ev.FundsTransferred: _transferred,
    ev.CapitalProvided: _capital,
    BonusGranted: _granted,
    BonusExpired: _bonus_over,
    ev.LiquidationFeeCharged: _liquidation_fee,
    ev.InsurancePaid: _insured,
    modeevents.MarginAdjusted: _adjusted,
    poolevents.AssetsExchanged: _exchanged,
    ev.TradePrevented: _prevented,
}

LEDGER: Final = Table(
    "ledger",
    "One row per posting of every event: double entry, so the amounts of one record and asset sum to zero, and "
    "those of one owner to its balance.",
    (
        SEQ,
        AT,
        Column("event", Kind.TEXT, "Its type."),
        Column("owner_kind", Kind.TEXT, "`account`, or `purse` of the exchange itself."),
        Column("owner", Kind.TEXT, "Name of the account or purse."),
        Column("wallet", Kind.TEXT, "Of an account; `usdm:3` is an isolated position's own."),
        Column("asset", Kind.TEXT, ""),
        Column("free", Kind.FINE, "What its free part gains."),
        Column("held", Kind.FINE, "What the part gains that open spot orders hold."),
    ),
    LedgerTeller,
)
FUNDING: Final = Table(
    "funding",
    "One row per settlement of a position.",
    (
        SEQ,
        AT,
        ACCOUNT,
        MARKET,
        Column("position", Kind.WHOLE, "Its id."),
        Column("qty", Kind.DECIMAL, "Held; below zero for a short."),
        Column("mark", Kind.DECIMAL, ""),
        Column("rate", Kind.DECIMAL, ""),
        Column("amount", Kind.DECIMAL, "Received; paid below zero."),
        Column("wallet", Kind.TEXT, ""),
        Column("asset", Kind.TEXT, ""),
    ),
    FundingTeller,
)
TRANSFERS: Final = Table(
    "transfers",
    "One row per account and wallet of whatever moved otherwise than by a fill or funding.",
    (
        SEQ,
        AT,
        ACCOUNT,
        Column(
            "kind",
            Kind.TEXT,
            "`deposit`, `withdrawal`, `transfer`, `margin`, `liquidation_fee`, `insurance`, `exchange`, `self_trade`, "
            "`bonus`, `bonus_expired`, `forfeited` or `capital`.",
        ),
        Column("wallet", Kind.TEXT, ""),
        Column("asset", Kind.TEXT, ""),
        Column("amount", Kind.DECIMAL, "In; out below zero."),
        Column("other_account", Kind.TEXT, "The other end, where there is one."),
        Column("other_wallet", Kind.TEXT, ""),
    ),
    TransfersTeller,
)
