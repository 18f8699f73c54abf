"""What deleveraging costs beside how many positions the other side has: by a queue kept while marks stand, and anew.

    python -m benchmarks.deleveraging [MOST]

Of up to MOST short positions, each of an account of its own, some are taken by fifty bankrupt longs, two by each: the
mark falls by half at once and the fund has nothing. Positions are put down as they would stand.
"""

import gc
import time
from collections.abc import Sequence
from random import Random

from benchmarks.flow import T0
from benchmarks.sizes import Options, at_least
from benchmarks.table import head, rows
from simexchange.core.engine import Engine
from simexchange.core.positions import Position
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import AccountNo, MarketNo, PositionId
from simexchange.core.vocabulary.markets import Bundle, Filters, Market, MarketKind, MarketRules, Tier
from simexchange.core.vocabulary.orders import AccountClass
from simexchange.core.vocabulary.units import ONE, Amount, Price, Quantity, Rate

BANKRUPT = 50
ENTRY = 60_000 * ONE
UNIT = ONE // 1_000
PERP = MarketNo(1)
TIERS = (Tier(Amount(0), Amount(10**12 * ONE), 100, Rate(400_000), Amount(0)),)


def opened() -> tuple[ExchangeState, Engine]:
    """One perpetual and an insurance fund without money."""
    state = ExchangeState()
    state.apply(ev.ExchangeOpened(7, T0), T0)
    state.apply(ev.AccountOpened(AccountNo(1), "insurance", "", AccountClass.FUND), T0)
    state.apply(ev.BundleAdopted(Bundle("binance")), T0)
    spec = Market(
        "perp:BTC-USDT", MarketKind.PERPETUAL, "BTC", "USDT", "USDT", Price(ONE // 10), Quantity(UNIT), index="BTC-USDT"
    )
    state.apply(ev.MarketListed(PERP, spec), T0)
    rules = MarketRules(Filters(), Rate(20_000), Rate(50_000), TIERS, Rate(1_250_000), 20)
    state.apply(ev.RulesSet("binance", PERP, rules), T0)
    return state, Engine(state)


def put(state: ExchangeState, number: int, qty: int, cash: int) -> None:
    """An account with *cash* that holds *qty* from `ENTRY`."""
    no = AccountNo(number)
    state.apply(ev.AccountOpened(no, f"p{number}", "binance", AccountClass.USER), T0)
    account = state.accounts[no]
    account.balance("usdm", "USDT").free = cash
    position = Position(PositionId((number << 32) + 1), PERP, T0)
    position.qty, position.cost = qty, qty * ENTRY
    account.positions[PERP] = position
    account.positions_made = position.id
    state.markets[PERP].holders[no, PERP] = None


def cascade(shorts: int, *, anew: bool) -> tuple[float, float, int]:
    """Seconds until the first position is taken, and for each that follows; how many were."""
    state, engine = opened()
    random = Random(4)
    for n in range(shorts):
        put(state, 2 + n, -UNIT, random.randint(10, 1_000) * ONE)
    for n in range(BANKRUPT):
        put(state, 2 + shorts + n, 2 * UNIT, 3 * ONE)
    put(state, 2 + shorts + BANKRUPT, (shorts - 2 * BANKRUPT) * UNIT, 10**9 * ONE)
    engine.execute(cmd.SetMark(PERP, Price(ENTRY)), T0)
    engine.execute(cmd.SetMark(PERP, Price(ENTRY // 2)), T0)
    gc.collect()
    taken, first, begun = 0, 0.0, time.process_time()
    while (following := state.pending()) is not None:
        if anew:
            engine.queues.clear()
        taken += sum(isinstance(event, ev.PositionDeleveraged) for event in engine.execute(following, T0))
        if taken and not first:
            first = time.process_time() - begun
    return first, (time.process_time() - begun - first) / (taken - 2), taken


def main(words: Sequence[str] | None = None) -> None:
    """Print the growth."""
    parser = Options(__doc__)
    parser.add_argument("most", metavar="MOST", nargs="?", type=at_least(4 * BANKRUPT), default=100_000)
    most = parser.parse_args(words).most
    found = []
    shorts = min(1_000, most)
    while shorts <= most:
        first, each, taken = cascade(shorts, anew=False)
        _, scan, _ = cascade(shorts, anew=True)
        found.append(
            (f"{shorts:,}", f"{first * 1e3:,.1f} ms", f"{each * 1e6:,.0f} µs", f"{scan * 1e6:,.0f} µs", str(taken))
        )
        shorts *= 10
    head(
        "Deleveraging by the size of the other side", workload=f"{BANKRUPT} bankrupt longs, two shorts taken by each",
        connections="none: the engine alone", record_bytes="not recorded", projections="none",
    )  # fmt: skip
    rows(("shorts", "first", "each that follows", "each, queue made anew", "taken"), found)


if __name__ == "__main__":
    main()
