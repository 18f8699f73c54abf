"""Who holds how much of a contract, and what was paid for holding it: open interest, long and short, funding.

Everything is read from our own records; what they do not tell is an empty list, never a made-up figure. Pages: "Get
Open Interest", "Get Long Short Ratio", "Get Funding Rate History" (docs/v5/market, snapshot 2026-07-24, seen 2026-11).
"""

from typing import TYPE_CHECKING, Any, Final

from simexchange.core.vocabulary.units import ONE, SECOND, Nanos, Quantity
from simexchange.dialects.bybit.common import errors, timestamps
from simexchange.dialects.bybit.common.intervals import PERIODS
from simexchange.dialects.bybit.common.numbers import print_decimal, print_fixed, print_plain
from simexchange.dialects.bybit.common.quantities import dollars, qty_text
from simexchange.dialects.bybit.common.symbols import category_of, symbol_of
from simexchange.dialects.bybit.v5.marketpages import Page, count, pack, span, unpack
from simexchange.dialects.contract import ApiError, Call
from simexchange.projections.crowd import KEPT, Standing
from simexchange.projections.intervals import back, start_of

if TYPE_CHECKING:
    from simexchange.core.market import MarketState

Json = dict[str, Any]
EVERY: Final = 100_000
"""More standings than are kept."""
PLACES: Final = 4
"""Decimals of a ratio."""
SECONDS: Final = 10
"""Digits of the latest moment a cursor may name."""


def funding_history_of(call: Call, market: "MarketState") -> Json | ApiError:
    """``GET /v5/market/funding/history``: settled rates, newest first. A start alone is refused, as the page says."""
    asked = span(call.params)
    if isinstance(asked, ApiError):
        return asked
    start, end = asked
    if start is not None and end is None:
        return errors.missing("endTime")
    # The newest that fit: where it is given a start, the view tells the oldest.
    rows = call.views.funding.rates(market.no, end=end, limit=count(call.params, 200, 200))
    spec = market.spec
    return {
        "category": category_of(spec),
        "list": [
            {
                "symbol": symbol_of(spec),
                "fundingRate": print_plain(row.rate),
                "fundingRateTimestamp": timestamps.text(row.at),
            }
            for row in reversed(rows)
            if start is None or row.at >= start
        ],
    }


def open_interest_of(call: Call, market: "MarketState") -> Json | ApiError:
    """``GET /v5/market/open-interest``: what was open as each interval began, both sides and one, newest first."""
    cut = _standings(call, market, call.params["intervalTime"], 200)
    if isinstance(cut, ApiError):
        return cut
    spec = market.spec
    return {
        "symbol": symbol_of(spec),
        "category": category_of(spec),
        "list": [
            {
                "openInterest": print_decimal(dollars(spec, 2 * row.interest)),
                "singleOpenInterest": qty_text(spec, row.interest),
                "timestamp": timestamps.text(row.at),
            }
            for row in cut.rows
        ],
        "nextPageCursor": cut.cursor,
    }


def account_ratio_of(call: Call, market: "MarketState") -> Json | ApiError:
    """``GET /v5/market/account-ratio``: of all who hold the contract, how many are long and how many short.

    While nobody holds it there is no ratio, and no row.
    """
    cut = _standings(call, market, call.params["period"], 500, held=True)
    if isinstance(cut, ApiError):
        return cut
    symbol = symbol_of(market.spec)
    return {"list": [_ratio(symbol, row) for row in cut.rows], "nextPageCursor": cut.cursor}


def _ratio(symbol: str, row: "Standing") -> Json:
    """Both parts sum to one: what is cut off one is in the other."""
    longs, shorts = row.longs.accounts, row.shorts.accounts
    unit = ONE // 10**PLACES
    part = longs * ONE // (longs + shorts) // unit * unit
    return {
        "symbol": symbol,
        "buyRatio": print_fixed(part, PLACES),
        "sellRatio": print_fixed(ONE - part, PLACES),
        "timestamp": timestamps.text(row.at),
    }


def _standings(
    call: Call, market: "MarketState", period: str, most: int, *, held: bool = False
) -> "Page[Standing] | ApiError":
    """Standings of the time asked for, newest first; a cursor goes on before the last one told. *held*: by somebody.

    Before anybody here traded, nobody held anything; what is older than is kept is not told.
    """
    asked, cursor = span(call.params), call.params.get("cursor")
    if isinstance(asked, ApiError):
        return asked
    start, end = asked
    if cursor:
        before = _told_until(cursor)
        if before is None:
            return errors.invalid("cursor invalid")
        end = before if end is None else min(before, end)
    interval, limit = PERIODS[period], count(call.params, 50, most)
    known = {
        row.at: row
        for row in call.views.crowd.standings(market.no, interval, now=call.now, start=start or Nanos(0), limit=EVERY)
    }
    first = max(start or Nanos(0), Nanos(call.now - KEPT), market.spec.onboard)
    at = start_of(interval, call.now if end is None else min(end, call.now))
    rows: list[Standing] = []
    while at >= first and len(rows) <= limit:
        row = known.get(at) or Standing(at, Quantity(0))
        if not held or row.longs.accounts + row.shorts.accounts:
            rows.append(row)
        at = back(interval, at, 1)
    shown = rows[:limit]
    return Page(shown, pack(lastid=0, lasttime=shown[-1].at // SECOND) if len(rows) > limit else "")


def _told_until(cursor: str) -> Nanos | None:
    """The last instant before those that were told already; None where the cursor is none of these."""
    fields = unpack(cursor, "lastid", "lasttime")
    text = "" if fields is None else fields["lasttime"]
    return Nanos(int(text) * SECOND - 1) if text.isascii() and text.isdecimal() and len(text) <= SECONDS else None
