"""What a dry-run made of the same market: its fills beside those of live mode, as a table for the docs.

Both ran side by side with the same strategy. Entries are matched where both placed one in the same pair within a
candle; what happened to each from there on is compared.
"""

from datetime import datetime, timedelta
from pathlib import Path
from statistics import fmean, median
from typing import Any

from clients.freqtrade.bot import DATABASE, Entry, placed, rows

CANDLE = timedelta(minutes=5)
MODES = ("live", "dry-run")
_QUERY = """
    SELECT o.*, t.is_short, t.exit_reason, t.realized_profit, t.funding_fees,
           t.stake_amount, t.open_rate, t.leverage, t.is_open
    FROM orders o JOIN trades t ON t.id = o.ft_trade_id ORDER BY o.id
"""


def table(folder: Path, product: str) -> str:
    """Rows of Markdown: live, dry-run."""
    folders = [folder / f"{product}-{mode}" for mode in MODES]
    sides = [_figures(each) for each in folders]
    lines = [f"| {product} | live | dry-run |", "|---|---:|---:|"]
    lines += [f"| {name} | {sides[0][name]} | {sides[1][name]} |" for name in sides[0]]
    lines += [f"| {name} | {value} | |" for name, value in _matched(*map(_entries, folders)).items()]
    return "\n".join(lines)


def _figures(folder: Path) -> dict[str, str]:
    orders = rows(folder / DATABASE, _QUERY)
    trades = {row["ft_trade_id"]: row for row in orders}.values()
    done = rows(folder / DATABASE, "SELECT * FROM trades WHERE is_open = 0")
    entries = [row for row in orders if row["ft_order_side"] == _in(row)]
    stops = [row for row in orders if row["ft_order_side"] == "stoploss"]
    exits = [row for row in orders if row not in entries and row not in stops]
    waited = [_waited(row) for row in entries if row["filled"]]
    filled_stops = [row for row in stops if row["filled"]]
    slips = [_worse(row, row["stop_price"], entry=False) for row in filled_stops if row["stop_price"]]
    # freqtrade may end a trade without a rate of its end, where it was sold in parts.
    fees = sum(
        trade["amount"]
        * (trade["open_rate"] * trade["fee_open"] + (trade["close_rate"] or trade["open_rate"]) * trade["fee_close"])
        for trade in done
    )
    return {
        "entries placed": f"{len(placed(folder))}",
        "entries filled": f"{sum(1 for row in entries if row['filled'])}",
        "… median wait until filled, s": f"{median(waited):.0f}" if waited else "–",
        "trades ended": f"{len(done)}",
        "exits placed": f"{len(exits)}",
        "exits filled": f"{sum(1 for row in exits if row['filled'])}",
        "stops on exchange placed": f"{len(stops)}",
        "stops filled": f"{len(filled_stops)}",
        "… worse than the stop price, mean, bp": f"{fmean(slips):.2f}" if slips else "–",
        "reasons": ", ".join(_counted(trade["exit_reason"] for trade in done)),
        "fees, USDT": f"{fees:.2f}",
        "funding, USDT": f"{sum(trade['funding_fees'] or 0 for trade in trades):.4f}",
        "profit, USDT": f"{sum(trade['realized_profit'] or 0 for trade in done):.2f}",
    }


def _entries(folder: Path) -> list[tuple[Entry, dict[str, Any] | None]]:
    """What it placed, and what its database knows of it: nothing, where it was taken back unfilled."""
    known = {row["order_id"]: row for row in rows(folder / DATABASE, _QUERY) if row["filled"]}
    return [(entry, known.get(entry.order)) for entry in placed(folder)]


def _matched(live: list[Any], dry: list[Any]) -> dict[str, str]:
    """Of entries that both placed: how often one was filled and the other was not, and at which price."""
    pairs = []
    left = list(dry)
    for entry, row in live:
        near = [other for other in left if other[0].pair == entry.pair and abs(other[0].at - entry.at) < CANDLE]
        if near:
            found = min(near, key=lambda other: abs(other[0].at - entry.at))
            left.remove(found)
            pairs.append((row, found[1]))
    both = [(a, b) for a, b in pairs if a and b]
    apart = [_worse(a, b["average"], entry=True) for a, b in both if a["is_short"] == b["is_short"]]
    return {
        "entries that both placed": f"{len(pairs)}",
        "… filled in both": f"{len(both)}",
        "… filled only live": f"{sum(1 for a, b in pairs if a and not b)}",
        "… filled only in dry-run": f"{sum(1 for a, b in pairs if b and not a)}",
        "… live price worse, mean, bp": f"{fmean(apart):+.2f}" if apart else "–",
        "… apart at most, bp": f"{max(map(abs, apart)):.2f}" if apart else "–",
    }


def _in(row: dict[str, Any]) -> str:
    return "sell" if row["is_short"] else "buy"


def _at(row: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(row["order_date"])


def _waited(row: dict[str, Any]) -> float:
    """Seconds from its order to its fill."""
    filled = row["order_filled_date"]
    return (datetime.fromisoformat(filled) - _at(row)).total_seconds() if filled else 0.0


def _worse(row: dict[str, Any], than: float, *, entry: bool) -> float:
    """By how many basis points its average is worse for the trader than a price."""
    buys = entry != bool(row["is_short"])
    return (1 if buys else -1) * (float(row["average"]) / than - 1) * 10_000


def _counted(reasons: Any) -> list[str]:
    found: dict[str, int] = {}
    for reason in reasons:
        found[reason] = found.get(reason, 0) + 1
    return [f"{reason} {count}" for reason, count in sorted(found.items(), key=lambda item: (-item[1], str(item[0])))]
