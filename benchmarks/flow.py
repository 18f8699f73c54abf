"""The order flow every engine benchmark uses: 60 % passive limits near the touch, 30 % cancels, 10 % marketable IOC.

Integers from a counter-based generator of its own, so the flow is the same everywhere.
"""

from __future__ import annotations

import os
from pathlib import Path

from simexchange.config import markets, opening
from simexchange.core.engine import Engine
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.ids import AccountNo, MarketNo
from simexchange.core.vocabulary.orders import AccountClass, OrderKind, Side, TimeInForce
from simexchange.core.vocabulary.units import ONE, SECOND, Amount, Nanos, Price, Quantity

T0 = Nanos(1_700_000_000 * SECOND)
MID = 60_000 * ONE
# Two revisions are compared under one set of rules: see revisions.py.
_RULES = os.environ.get("FLOW_MARKETS")
LISTINGS = markets.read([Path(_RULES)]) if _RULES else markets.preset()


class Draws:
    """SplitMix64: whole numbers below a bound, the same on every machine."""

    def __init__(self, seed: int) -> None:
        self._state = seed

    def below(self, bound: int) -> int:
        """The next draw in [0, bound)."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & (2**64 - 1)
        z = self._state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & (2**64 - 1)
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & (2**64 - 1)
        return (z ^ (z >> 31)) % bound


def opened(accounts: int = 50, account_class: AccountClass = AccountClass.AGENT) -> list[tuple[cmd.Command, Nanos]]:
    """The commands that open an exchange with the shipped markets and so many rich accounts."""
    state = ExchangeState()
    engine = Engine(state)
    done: list[tuple[cmd.Command, Nanos]] = []

    def run(command: cmd.Command) -> None:
        engine.execute(command, T0)
        done.append((command, T0))

    run(cmd.OpenExchange(1, T0))
    for command in opening.opening(LISTINGS.values(), state):
        run(command)
    for number in range(accounts):
        run(cmd.OpenAccount(f"trader{number}", "binance", account_class))
        no = state.account_no[f"trader{number}"]
        for wallet in ("spot", "usdm"):
            run(cmd.Deposit(no, wallet, "USDT", Amount(100_000_000 * ONE)))
        run(cmd.Deposit(no, "spot", "BTC", Amount(10_000 * ONE)))
    run(cmd.SetIndex("BTC-USDT", Price(MID)))
    return done


def market_no(market: str) -> MarketNo:
    """The number of a shipped market: they are listed in the order of the preset."""
    return MarketNo(list(LISTINGS).index(market) + 1)


SPOT, PERPETUAL = market_no("spot:BTC-USDT"), market_no("perp:BTC-USDT")


def flow(count: int, market: MarketNo, tick: int, step: int, accounts: int = 50, seed: int = 1) -> list[cmd.Command]:
    """*count* commands in one market; accounts are numbered from 2."""
    draws = Draws(seed)
    made: list[cmd.Command] = []
    live: list[tuple[int, str]] = []
    for number in range(count):
        kind = draws.below(10)
        account = 2 + draws.below(accounts)
        side = Side.BUY if draws.below(2) else Side.SELL
        if kind < 6 or not live:
            price = MID - side * tick * (1 + draws.below(40))
            client_id = f"c{number}"
            made.append(
                cmd.PlaceOrder(
                    AccountNo(account), market, side, OrderKind.LIMIT, Quantity(step * (1 + draws.below(20))),
                    Price(price), TimeInForce.GTC, client_id,
                )
            )  # fmt: skip
            live.append((account, client_id))
        elif kind < 9:
            place = draws.below(len(live))
            live[place], live[-1] = live[-1], live[place]
            account, client_id = live.pop()
            made.append(cmd.CancelOrder(AccountNo(account), market, client_id=client_id))
        else:
            price = MID + side * tick * 20
            made.append(
                cmd.PlaceOrder(
                    AccountNo(account), market, side, OrderKind.LIMIT, Quantity(step * (1 + draws.below(40))),
                    Price(price), TimeInForce.IOC,
                )
            )  # fmt: skip
    return made
