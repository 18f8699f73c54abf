"""A small bot: it buys bitcoin, sells as much of the perpetual short, and lives on the funding that shorts are paid.

    python hedger.py QTY        with SIMEXCHANGE_URL and the others in its environment

It knows two clients of ccxt and nothing of simexchange: given clients of the real venue it would trade there.
"""

import os
import sys
import uuid
from decimal import Decimal
from typing import Any

import ccxt

SPOT, PERPETUAL = "BTC/USDT", "BTC/USDT:USDT"
STEP = Decimal("0.001")
"""What the perpetual is traded in."""
TRIES = 5


class Hedger:
    """Spot on one side, a short of the same size on the other."""

    def __init__(self, spot: Any, futures: Any, *, leverage: int = 5, thin: float = 0.25) -> None:
        """*thin*: at this margin ratio of the short, money is brought from the spot wallet."""
        self._spot = spot
        self._futures = futures
        self._thin = thin
        futures.set_leverage(leverage, PERPETUAL)

    # What it has

    def bought(self) -> Decimal:
        """Bitcoin in the spot wallet."""
        return Decimal(str(self._spot.fetch_balance()["total"].get("BTC", 0)))

    def short(self) -> Decimal:
        """The size of the short."""
        rows = [row for row in self._futures.fetch_positions([PERPETUAL]) if row["side"] == "short"]
        return sum((Decimal(str(row["contracts"])) for row in rows), Decimal(0))

    def funding(self) -> Decimal:
        """What funding has brought so far."""
        rows = self._futures.fetch_funding_history(PERPETUAL)
        return sum((Decimal(str(row["amount"])) for row in rows), Decimal(0))

    # What it does

    def open(self, btc: Decimal) -> None:
        """Both legs, the short first: a short without its spot can be bought back at once."""
        self._order(self._futures, PERPETUAL, "sell", btc)
        self._order(self._spot, SPOT, "buy", btc)

    def close(self) -> None:
        """Neither leg."""
        self._order(self._futures, PERPETUAL, "buy", self.short(), reduceOnly=True)
        self._order(self._spot, SPOT, "sell", self.bought())

    def tend(self) -> None:
        """What is to be done every minute: feed a thin short, and be neutral."""
        self._feed()
        over = (self.bought() - self.short()) // STEP * STEP
        if over > 0:
            # The short was liquidated, or the venue took a part of it: what is bare is sold, not hedged again.
            self._order(self._spot, SPOT, "sell", over)
        elif over < 0:
            self._order(self._futures, PERPETUAL, "buy", -over, reduceOnly=True)

    def _feed(self) -> None:
        balance = self._futures.fetch_balance()["info"]
        kept, needed = Decimal(balance["totalMarginBalance"]), Decimal(balance["totalMaintMargin"])
        if needed <= Decimal(str(self._thin)) * kept:
            return
        wanted = needed / Decimal(str(self._thin)) * 2 - kept
        there = Decimal(str(self._spot.fetch_balance()["free"].get("USDT", 0)))
        amount = min(wanted, there).quantize(Decimal("0.01"))
        if amount > 0:
            self._spot.transfer("USDT", float(amount), "spot", "swap")

    def _order(self, client: Any, symbol: str, side: str, qty: Decimal, **params: Any) -> Any:
        """One order, whatever becomes of its answer: it is asked for by its name before it is sent again."""
        name = f"hedge-{uuid.uuid4().hex[:20]}"
        for _ in range(TRIES):
            try:
                return client.create_order(symbol, "market", side, float(qty), None, {"clientOrderId": name, **params})
            except (ccxt.NetworkError, ccxt.ExchangeNotAvailable):
                try:
                    return client.fetch_order(None, symbol, {"clientOrderId": name})
                except ccxt.OrderNotFound:
                    continue
        raise RuntimeError(f"{symbol}: the exchange does not answer")


def main() -> None:
    import simexchange

    where = [os.environ[f"SIMEXCHANGE_{name}"] for name in ("URL", "API_KEY", "API_SECRET", "WS_URL")]
    clients = [getattr(ccxt, venue)(simexchange.ccxt_config(venue, *where)) for venue in ("binance", "binanceusdm")]
    hedger = Hedger(*clients)
    hedger.open(Decimal(sys.argv[1]))
    print(f"bought {hedger.bought()}, short {hedger.short()}")


if __name__ == "__main__":
    main()
