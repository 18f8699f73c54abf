"""Measure the synthetic market: `python scripts/synthetic_check.py [HOURS] [SEED ...]` (6 hours, seeds 1 2 3).

Prints one table per seed, then what all seeds together say of the memory of returns, and exits with 4 where a band of
docs/explanation/synthetic-market.md is left. One seed alone has some 360 minutes an asset, hence a sampling error of
0.05 in that figure: judged by itself is only what the participants add to their index.
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from simexchange.core.invariants import check
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.units import HOUR
from simexchange.feeds.synthetic import Settings, SyntheticFeed, settings_for
from tests.feeds.synthetic.market import Market4
from tests.feeds.synthetic.measures import (
    YEAR_OF_MINUTES,
    MarketSeries,
    Watcher,
    autocorrelation,
    correlation,
    kurtosis,
    overlapping_autocorrelation,
    quantile,
    returns,
    root_mean_square,
    yearly,
)

HEAD = (
    f"{'market':14} {'vol/input':>9} {'vol':>6} {'acf1m':>7} {'index':>7} {'acf1s':>6} {'sign1':>6} {'s10':>5} "
    f"{'flow':>6} {'kurt':>5} {'spread p50/p99':>14} {'trades/s':>8} {'MUSDT/h':>8} {'shallow':>8} {'crossed':>7}"
)


def measure(seed: int, hours: float, settings: Settings, raw: dict[str, list[float]]) -> bool:
    """Run one market and print what it was like; whether every band held. *raw* collects autocorrelations."""
    exchange = Market4(SyntheticFeed(settings), seed=seed)
    exchange.keep = False
    watcher = Watcher(exchange.state)
    exchange.listeners.append(watcher.listen)
    began = time.perf_counter()
    for at in exchange.beats(int(hours * HOUR)):
        watcher.look(at, exchange.feed_state)
    took = time.perf_counter() - began
    check(exchange.state)
    seconds = hours * 3600
    print(
        f"\nseed {seed}, {hours} h, {watcher.operations / seconds:.1f} commands/s, {len(watcher.refused)} refused, "
        f"{seconds / took:.0f}x real time\n{HEAD}"
    )
    held = []
    for no, series in watcher.series.items():
        held.append(report(exchange, watcher, settings, no, series, seconds))
        market = exchange.state.markets[no].spec.id
        raw.setdefault(market, []).append(autocorrelation(returns(series.mids, 60), 1))
    held += [basis(watcher, settings, exchange)]
    return all(held)


def report(
    exchange: Market4, watcher: Watcher, settings: Settings, no: MarketNo, series: MarketSeries, seconds: float
) -> bool:
    """One line of the table."""
    spec = exchange.state.markets[no].spec
    place = [index.name for index in settings.indexes].index(f"{spec.base}-{spec.quote}")
    base = settings.indexes[place].volatility
    minutes = returns(series.mids, 60)
    volatility = yearly(minutes, YEAR_OF_MINUTES)
    given = base * root_mean_square([row[place] for row in watcher.agitations])
    signs = autocorrelation(series.signs, 1)
    memory = overlapping_autocorrelation(series.mids, 60)
    natural = overlapping_autocorrelation([row[place] for row in watcher.indexes], 60)
    shallow = series.shallow / series.looks
    print(
        f"{spec.id:14} {volatility / given:9.3f} {volatility:6.3f} {memory:+7.3f} {natural:+7.3f} "
        f"{autocorrelation(returns(series.mids, 1), 1):+6.3f} {signs:6.3f} {autocorrelation(series.signs, 10):5.2f} "
        f"{foresight(series, minutes):+6.3f} {kurtosis(minutes):5.1f} "
        f"{quantile(series.spreads, 0.5):7.2f}/{quantile(series.spreads, 0.99):6.2f} "
        f"{len(series.signs) / seconds:8.2f} {series.quote / 1e14 / (seconds / 3600):8.2f} "
        f"{shallow:8.5f} {series.crossed:7}"
    )
    return (
        0.7 <= volatility / given <= 1.3 and 0.2 <= signs <= 0.8 and abs(memory - natural) < 0.05
        and shallow <= 0.001 and series.crossed == 0
    )  # fmt: skip


def foresight(series: MarketSeries, minutes: list[float]) -> float:
    """Correlation of one minute's order flow with the next minute's return: what momentum would live on."""
    first = series.sign_minutes[0]
    flow = [0] * (len(minutes) + 2)
    for minute, sign in zip(series.sign_minutes, series.signs, strict=True):
        if minute - first < len(flow):
            flow[minute - first] += sign
    return correlation(flow[: len(minutes) - 1], minutes[1:])


def basis(watcher: Watcher, settings: Settings, exchange: Market4) -> bool:
    """The perpetual above spot, in basis points."""
    held = True
    for index in settings.indexes:
        if f"perp:{index.name}" not in exchange.state.market_no:
            continue  # a coin that is only there to pay fees with
        spot, perpetual = (watcher.series[exchange.market(f"{kind}:{index.name}")] for kind in ("spot", "perp"))
        gaps = [(p - s) / s * 10_000 for p, s in zip(perpetual.mids, spot.mids, strict=True)]
        low, middle, high = (quantile(gaps, share) for share in (0.01, 0.5, 0.99))
        print(f"{index.name} basis p1 {low:+.1f} p50 {middle:+.1f} p99 {high:+.1f} bp")
        held = held and low >= -15 and high <= 15
    return held


def together(raw: dict[str, list[float]], hours: float) -> bool:
    """The plain autocorrelation of 1-minute mid returns at lag 1, of all seeds as one sample; whether its band held."""
    print("\n1-minute returns, lag 1, all seeds as one sample")
    held = True
    for market, found in raw.items():
        mean = sum(found) / len(found)
        error = 1 / (len(found) * hours * 60) ** 0.5
        print(f"{market:14} {mean:+.3f} (sampling error {error:.3f}; " + " ".join(f"{one:+.3f}" for one in found) + ")")
        held = held and abs(mean) < 0.05
    return held


if __name__ == "__main__":
    hours = float(sys.argv[1]) if len(sys.argv) > 1 else 6.0
    seeds = [int(word) for word in sys.argv[2:] if word.isdigit()] or [1, 2, 3]
    mode = next((word for word in sys.argv[2:] if not word.isdigit()), "normal")
    raw: dict[str, list[float]] = {}
    results = [measure(seed, hours, settings_for(mode), raw) for seed in seeds]
    results.append(together(raw, hours))
    sys.exit(0 if all(results) else 4)
