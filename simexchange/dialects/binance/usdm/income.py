"""What came into and went out of an account's margin wallet, line by line."""

from typing import Any, Final

from simexchange.core.vocabulary.units import DAY, Nanos
from simexchange.dialects.binance.common.numbers import print_decimal
from simexchange.dialects.binance.common.symbols import COINM, USDM, symbol_of
from simexchange.dialects.binance.common.timestamps import millis
from simexchange.dialects.binance.usdm import errors, responses
from simexchange.dialects.binance.usdm.requests import span, whole
from simexchange.dialects.binance.usdm.symbols import contracts_of, find
from simexchange.dialects.binance.usdm.trading import account_of
from simexchange.dialects.contract import ApiError, Call, Reply
from simexchange.projections.income import IncomeKind, IncomeRow

WEEK: Final = Nanos(7 * DAY)
LONGEST: Final = {USDM: Nanos(40_000 * DAY), COINM: Nanos(365 * DAY)}
"""How long a span may be that begins at a start: on USDⓈ-M longer than anything lasts, on COIN-M a year."""

INCOME: Final[dict[str, tuple[IncomeKind, ...]]] = {
    "TRANSFER": (IncomeKind.TRANSFER, IncomeKind.DEPOSIT, IncomeKind.WITHDRAWAL),
    "REALIZED_PNL": (IncomeKind.REALIZED_PNL,),
    "FUNDING_FEE": (IncomeKind.FUNDING_FEE,),
    "COMMISSION": (IncomeKind.COMMISSION,),
    "INSURANCE_CLEAR": (IncomeKind.INSURANCE_CLEAR,),
    "DELIVERED_SETTELMENT": (IncomeKind.DELIVERED_SETTLEMENT,),
    "AUTO_EXCHANGE": (IncomeKind.AUTO_EXCHANGE,),
    "WELCOME_BONUS": (IncomeKind.BONUS,),
}
"""The venue's types that occur here. Money from outside comes to it as a transfer, too."""
WORDS: Final = {kind: word for word, kinds in INCOME.items() for kind in kinds}
OTHER_INCOME: Final = (
    "REFERRAL_KICKBACK",
    "COMMISSION_REBATE",
    "API_REBATE",
    "CONTEST_REWARD",
    "CROSS_COLLATERAL_TRANSFER",
    "OPTIONS_PREMIUM_FEE",
    "OPTIONS_SETTLE_PROFIT",
    "INTERNAL_TRANSFER",
    "COIN_SWAP_DEPOSIT",
    "COIN_SWAP_WITHDRAW",
    "POSITION_LIMIT_INCREASE_FEE",
    "STRATEGY_UMFUTURES_TRANSFER",
    "FEE_RETURN",
    "BFUSD_REWARD",
    "SPECIAL_FUNDING_FEE",
)
"""Types the venue knows and nothing here makes: their lists are empty."""


def income(call: Call) -> Reply:
    """``GET /fapi/v1/income``: ascending; without times the last seven days."""
    only = None
    if call.params.get("symbol"):
        only = find(call, call.params["symbol"])
        if only is None:
            return responses.refused(errors.BAD_SYMBOL)
    within = span(call.params, WEEK, call.now)
    if call.params.get("startTime"):
        # A start may lie further back than a week, as far as lines are kept.
        within = span(call.params, LONGEST[call.product], call.now)
    if isinstance(within, ApiError):
        return responses.refused(within)
    limit = whole(call.params, "limit") or 100
    # COIN-M has no pages: what is sent there under that name is not looked at.
    page = 1 if call.product == COINM else whole(call.params, "page") or 1
    lines = call.views.income.of(
        account_of(call), market=None if only is None else only.no, start=within[0], end=within[1], limit=1_000_000
    )
    wanted = call.params.get("incomeType")
    wallet = contracts_of(call).wallet(call.state.accounts[account_of(call)])
    chosen = [row for row in lines if row.wallet == wallet and (not wanted or WORDS[row.kind] == wanted)]
    oldest_first = call.params.get("startTime") or page > 1
    shown = chosen[(page - 1) * limit : page * limit] if oldest_first else chosen[-limit:]
    return responses.ok([_income_line(call, row) for row in shown])


def _income_line(call: Call, row: IncomeRow) -> dict[str, Any]:
    word, number = WORDS[row.kind], row.account * 10**9 + row.id
    market = call.state.markets.get(row.market)
    return {
        "symbol": "" if market is None else symbol_of(market.spec),
        "incomeType": word,
        "income": print_decimal(row.amount),
        "asset": row.asset,
        "time": millis(row.at),
        "info": str(row.trade) if row.trade else word,
        "tranId": str(number) if call.product == COINM else number,
        "tradeId": str(row.trade) if row.trade else "",
    }
