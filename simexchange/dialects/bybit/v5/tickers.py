"""The last 24 hours of a market as REST and the public topics tell them: ``tickers``.

Fields: "Get Tickers" (docs/v5/market/tickers.mdx, snapshot 2026-07-24, seen 2026-11). Where a book has nobody on one
side the venue's examples have zeros; what a kind of contract does not have is empty. How ``basis`` is reckoned is not
published: here it is the last price above the index, and the rates are of the index.
"""

from typing import TYPE_CHECKING, Any, Final

from simexchange.core import display, marks, valuing
from simexchange.core.margin import price_of
from simexchange.core.market import settlement_average, settlement_window
from simexchange.core.vocabulary.markets import MarketKind
from simexchange.core.vocabulary.units import HOUR, ONE, Nanos
from simexchange.dialects.bybit.common import timestamps
from simexchange.dialects.bybit.common.numbers import print_fixed, print_plain
from simexchange.dialects.bybit.common.quantities import price_text, qty_text
from simexchange.dialects.bybit.common.symbols import RULES, symbol_of

if TYPE_CHECKING:
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.markets import Market
    from simexchange.projections.tickers import TickerRow
    from simexchange.projections.views import Views

Json = dict[str, Any]
PLACES: Final = 6
"""Decimals of the day's change, and of rates of basis."""
NO_AUCTION: Final[Json] = {"preOpenPrice": "", "preQty": "", "curPreListingPhase": ""}
"""Nothing is auctioned before it trades."""


def spot_row(market: "MarketState", state: "ExchangeState", views: "Views", now: Nanos) -> Json:
    """One spot market."""
    spec, row = market.spec, views.tickers.get(market.no, at=now)
    return {
        "symbol": symbol_of(spec),
        "bid1Price": price_text(spec, row.bid),
        "bid1Size": qty_text(spec, row.bid_qty),
        "ask1Price": price_text(spec, row.ask),
        "ask1Size": qty_text(spec, row.ask_qty),
        **_day(spec, row),
        "usdIndexPrice": usd_index(state, views, spec.base),
    }


def contract_row(market: "MarketState", state: "ExchangeState", views: "Views", now: Nanos) -> Json:
    """One linear or inverse contract."""
    spec, row = market.spec, views.tickers.get(market.no, at=now)
    hour = views.tickers.get(market.no, at=now, window=HOUR)
    interest = views.positions.open_interest(market.no)
    mark = price_of(market)
    worth = valuing.worth(spec, mark, interest)
    day = _day(spec, row)
    return {
        "symbol": symbol_of(spec),
        "lastPrice": day.pop("lastPrice"),
        "indexPrice": price_text(spec, market.index_price or mark),
        "markPrice": price_text(spec, mark),
        **day,
        "prevPrice1h": price_text(spec, hour.previous_close),
        "openInterest": qty_text(spec, 2 * interest),
        "openInterestValue": print_plain(2 * worth),
        "singleOpenInterest": qty_text(spec, interest),
        "singleOpenInterestValue": print_plain(worth),
        **_funding(market, now),
        **_delivery(market, state, row.last or mark, now),
        "ask1Size": qty_text(spec, row.ask_qty),
        "bid1Price": price_text(spec, row.bid),
        "ask1Price": price_text(spec, row.ask),
        "bid1Size": qty_text(spec, row.bid_qty),
        **NO_AUCTION,
    }


def row_of(market: "MarketState", state: "ExchangeState", views: "Views", now: Nanos) -> Json:
    """One market of any category."""
    return (spot_row if market.spec.kind is MarketKind.SPOT else contract_row)(market, state, views, now)


def _day(spec: "Market", row: "TickerRow") -> Json:
    before = row.previous_close
    return {
        "lastPrice": price_text(spec, row.last),
        "prevPrice24h": price_text(spec, before),
        "price24hPcnt": print_fixed(display.ratio(row.last - before, before), PLACES),
        "highPrice24h": price_text(spec, row.high),
        "lowPrice24h": price_text(spec, row.low),
        "turnover24h": print_plain(row.quote),
        "volume24h": qty_text(spec, row.volume),
    }


def _funding(market: "MarketState", now: Nanos) -> Json:
    funding, spec = market.funding, market.spec
    if funding is None:
        return {"fundingRate": "", "nextFundingTime": "", "fundingIntervalHour": "", "fundingCap": ""}
    return {
        "fundingRate": print_plain(marks.predicted_rate(market, now)),
        "nextFundingTime": timestamps.text(funding.next_at),
        "fundingIntervalHour": str(spec.funding_interval // HOUR),
        "fundingCap": print_plain(spec.funding_cap),
    }


def _delivery(market: "MarketState", state: "ExchangeState", price: int, now: Nanos) -> Json:
    """What only contracts with a last day have."""
    spec, index = market.spec, market.index_price
    if not spec.expiry:
        none = dict.fromkeys(("predictedDeliveryPrice", "basisRate", "basis", "deliveryFeeRate"), "")
        return {**none, "deliveryTime": "0", "basisRateYear": ""}
    return {
        "predictedDeliveryPrice": predicted_delivery(market, state, now),
        "basisRate": print_fixed(display.basis_rate(price, index), PLACES),
        "basis": price_text(spec, price - index) if index else "",
        "deliveryFeeRate": delivery_fee(market, state),
        "deliveryTime": timestamps.text(spec.expiry),
        "basisRateYear": print_fixed(display.annual_basis_rate(price, index, spec.expiry - now), PLACES),
    }


def predicted_delivery(market: "MarketState", state: "ExchangeState", now: Nanos) -> str:
    """What it would be delivered at were it now: only in the time whose average counts, its last half hour."""
    index, (start, _) = state.indexes.get(market.spec.index), settlement_window(market.spec)
    if index is None or now < start:
        return ""
    return price_text(market.spec, settlement_average(market, index).value(now))


def delivery_fee(market: "MarketState", state: "ExchangeState") -> str:
    """What delivery costs under the venue's rules; nothing of contracts that have no last day."""
    if not market.spec.expiry:
        return ""
    rules = state.rules[RULES, market.no]
    return print_plain(rules.taker if rules.delivery_fee is None else rules.delivery_fee)


def usd_index(state: "ExchangeState", views: "Views", asset: str) -> str:
    """What *asset* is reckoned at as collateral; empty where it is none."""
    price = usd_price(state, views, asset)
    return print_plain(price) if price else ""


def usd_price(state: "ExchangeState", views: "Views", asset: str) -> int:
    """The same as a number; 0 where it has no price."""
    bundle = state.bundles.get(RULES)
    row = next((one for one in bundle.collateral if one.asset == asset), None) if bundle is not None else None
    if row is None or not row.index:
        return 0 if row is None else ONE
    index = views.funding.index(row.index)
    return 0 if index is None else index.price
