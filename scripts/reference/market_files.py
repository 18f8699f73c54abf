"""The page on settings and market files."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from scripts.reference.markdown import MARK, attribute_notes, default_text, page, paragraph, prose, table, type_text
from simexchange.config.feefiles import FeeFile, TierRates
from simexchange.config.markets import CommissionTable, FilterTable, MarketTable, TierTable
from simexchange.core.vocabulary.markets import Commission, Filters, Market, MarketRules, Tier

EXAMPLE = """
[market."perp:BTC-USDT"]
tick = "0.1"
step = "0.001"
maker = "0.0002"
taker = "0.0005"
index = "BTC-USDT"
source = "my own figures, 2026-11"

[market."perp:BTC-USDT".filters]
qty_min = "0.001"
notional_min = "100"

[[market."perp:BTC-USDT".tiers]]
cap = "1000000"
leverage = 20
maintenance = "0.025"
"""

# Keys whose names say it in the code, and should be said to a reader all the same.
WORDS = {
    "tick": "Prices are multiples of it.",
    "step": "Quantities are multiples of it.",
    "maker": "Fee rate of the side that rested.",
    "taker": "Fee rate of the side that took.",
    "settle": "The asset profit is paid in; where it is left out the quote asset, of inverse contracts the base asset.",
    "funding_cap": "The highest funding rate.",
    "funding_floor": "The lowest.",
    "price_rules": (
        "How mark prices and funding rates are made, by date: `binance-perpetual`, `binance-dated`, "
        "`bybit-perpetual` or `bybit-dated` of `simexchange/presets/prices.toml`; empty: as Binance does it today. "
        "See [how prices and funding are made](../explanation/funding-and-marks.md)."
    ),
    "liquidation_fee": "Part of the value a liquidation closes that goes to the insurance fund.",
    "default_leverage": "Leverage of an account that has not chosen one.",
    "filters": "Limits on orders, see below.",
    "tiers": "Leverage brackets from the smallest cap up, see below.",
    "price_min": "Lowest limit price.",
    "price_max": "Highest limit price.",
    "qty_min": "Smallest limit order.",
    "qty_max": "Largest limit order.",
    "market_qty_min": "Smallest market order.",
    "market_qty_max": "Largest market order.",
    "market_step": "Step of market orders where it is another than the market's.",
    "notional_min": "Least value of an order.",
    "notional_max": "Greatest value of an order.",
    "notional_min_applies_to_market": "Whether the least value is asked of market orders, too.",
    "notional_max_applies_to_market": "Whether the greatest value is asked of market orders, too.",
    "bid_down": "Price band: a buy's limit may be at least reference × this.",
    "ask_up": "Price band: a sell's limit may be at most reference × this.",
    "ask_down": "Price band: a sell's limit may be at least reference × this.",
    "max_position": "Greatest position; for spot, greatest holding of the base asset.",
    "rules": "Accounts under these rules can be given the tiers.",
    "markets": "Where they hold: spot, perp (and dated) or coin.",
    "inverse": "Counted in contracts of so much quote currency, and paid in the base asset.",
    "expiry": "When a dated contract is delivered: a moment on the day in its id; left out, 08:00 UTC of it.",
    "series": "`quarter`, in a table without a day: the contracts of the quarter that runs and of the next, always.",
    "closing": "How long before the expiry positions may only be closed, like 10m.",
    "delivery_fee": "What delivery costs of what it is worth; left out, what a taker pays.",
    "source": "Where the figures come from.",
    "date": "Since when they hold, or when they were seen.",
    "tier": "The tiers, as the venue lists them.",
    "name": "Letters and digits.",
    "buyer": "Added to maker or taker of the side that buys.",
    "seller": "Added to maker or taker of the side that sells.",
    "tax": "Like `special`.",
    "fee_unit": "Fees are whole multiples of this much of their asset.",
    "max_iceberg_orders": "Open icebergs of one account in this market.",
    "max_order_lists": "Open order lists of one account in this market.",
    "trailing_above_max": "The greatest of them.",
    "trailing_below_min": "The same for orders that wait for a price below.",
    "trailing_below_max": "The greatest of them.",
    "range_bid_down": "A buy trades at least at reference price × this.",
    "range_ask_up": "A sell trades at most at reference price × this.",
    "range_ask_down": "A sell trades at least at reference price × this.",
    "cap": "Greatest notional of the bracket.",
    "leverage": "Highest leverage in it.",
    "maintenance": "Its maintenance margin rate.",
}


def config_page() -> str:
    return page(
        "# Settings and market files",
        "",
        MARK,
        "",
        paragraph(
            "An exchange is told what to be by [the options of `serve`](cli.md#simexchange-serve).",
            "There is one kind of file beside them: the market file.",
        ),
        "",
        "## Market files",
        "",
        paragraph(
            "`--market FILE` says which markets are served, in place of the shipped ones.",
            "It can be given more than once; a later file adds markets or replaces whole ones.",
            "A file is TOML with one table per market, named by its id: `spot:BASE-QUOTE`, `perp:BASE-QUOTE`,",
            "`dated:BASE-QUOTE-YYMMDD`, or `dated:BASE-QUOTE` for a series of quarterly contracts.",
            "Prices, sizes and rates are decimal text, so that they are exact.",
            "Anything the schema does not know is refused.",
            "On a data folder that exists markets stay as they were logged.",
        ),
        "",
        paragraph(
            "A market file is written in Binance's words. For the markets that ship, accounts under `bybit` have that",
            "venue's own fees, limits and brackets (`simexchange/presets/rules/bybit.toml`, each with its source and",
            "date), which a log says from the first such account on; what a file of yours says holds under both.",
        ),
        "",
        f"```toml{EXAMPLE}```",
        "",
        *section("A market", MarketTable, (Market, MarketRules)),
        *section("Its `filters`", FilterTable, (Filters,)),
        *section("Its `special` and `tax`", CommissionTable, (Commission,)),
        *section("Each of its `tiers`", TierTable, (Tier,)),
        "## Fee files",
        "",
        paragraph(
            "What the tiers of a venue pay, for `--account NAME/TIER` and for `POST /sim/v1/fees`: a file for each",
            "kind of market. The shipped ones are in `simexchange/presets/fees`, each with its source and date;",
            "`--fees FILE` adds a table, or takes the place of the one with the same rules and markets.",
            "A tier is written into the log as the account's own rates in every market listed by then.",
        ),
        "",
        *section("A fee file", FeeFile, ()),
        *section("Each `tier`", TierRates, ()),
    )


def section(title: str, kind: type[msgspec.Struct], becomes: tuple[type[msgspec.Struct], ...]) -> Iterator[str]:
    """One table of a market file; where it does not explain a key, what the key becomes does."""
    notes = dict(WORDS)
    for source in (*becomes, kind):
        notes |= attribute_notes(source)
    yield f"### {title}"
    yield ""
    yield prose(kind)
    yield ""
    fields = msgspec.structs.fields(kind)
    rows = [(f"`{f.encode_name}`", type_text(f.type), default_text(f), notes.get(f.name, "")) for f in fields]
    yield from table(("key", "type", "default", ""), rows)
    yield ""
