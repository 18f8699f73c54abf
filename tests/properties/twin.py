"""A naive exchange for one spot market, written from the venue's rules alone: lists, sorting, and exact fractions.

It shares no code with the real one, not even the units: prices and quantities are whole numbers here. Slow and
plain on purpose.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

Resting = dict[str, Any]


class Twin:
    """Orders as dicts in one list; a trade is (maker, taker, price, quantity) by client id."""

    def __init__(self, makers_pay: Fraction, takers_pay: Fraction) -> None:
        self.orders: list[Resting] = []
        self.trades: list[tuple[str, str, int, int]] = []
        self.money: dict[tuple[str, str], Fraction] = {}
        self.makers_pay, self.takers_pay = makers_pay, takers_pay
        self.counter = 0

    def give(self, who: str, asset: str, amount: int) -> None:
        self.money[who, asset] = self.money.get((who, asset), Fraction(0)) + amount

    def held(self, who: str, asset: str) -> int:
        mine = [o for o in self.orders if o["who"] == who]
        if asset == "USDT":
            return sum(o["price"] * o["left"] for o in mine if o["side"] == "buy")
        return sum(o["left"] for o in mine if o["side"] == "sell")

    def free(self, who: str, asset: str) -> Fraction:
        return self.money.get((who, asset), Fraction(0)) - self.held(who, asset)

    def place(self, name: str, who: str, side: str, qty: int, price: int, how: str) -> str:
        """*how* is gtc, ioc, fok, post or market. Answers refused, filled, rests or ended."""
        # The candidates: other side, at my price or better; best price first, and of those the oldest.
        others = [o for o in self.orders if o["side"] != side]
        if how != "market":
            others = [o for o in others if (o["price"] <= price if side == "buy" else o["price"] >= price)]
        others.sort(key=lambda o: (o["price"] if side == "buy" else -o["price"], o["time"]))
        there = sum(o["left"] for o in others)
        if how == "post" and others:
            return "refused"
        if not self._can_pay(who, side, qty, price, how, others):
            return "refused"
        if how == "fok" and there < qty:
            return "ended"
        left = qty
        for other in others:
            size = min(left, other["left"])
            if size:
                self._trade(other, name, who, side, size)
                left -= size
        self.orders = [o for o in self.orders if o["left"]]
        if not left:
            return "filled"
        if how in ("gtc", "post"):
            self.counter += 1
            self.orders.append(
                {"name": name, "who": who, "side": side, "left": left, "price": price, "time": self.counter}
            )
            return "rests"
        return "ended"

    def _can_pay(self, who: str, side: str, qty: int, price: int, how: str, others: list[Resting]) -> bool:
        if side == "sell":
            return self.free(who, "BTC") >= qty
        if how != "market":
            return self.free(who, "USDT") >= qty * price
        cost, left = 0, qty
        for other in others:
            size = min(left, other["left"])
            cost, left = cost + size * other["price"], left - size
        return self.free(who, "USDT") >= cost

    def _trade(self, maker: Resting, taker: str, who: str, side: str, size: int) -> None:
        price = maker["price"]
        maker["left"] -= size
        self.trades.append((maker["name"], taker, price, size))
        buyer, seller = (who, maker["who"]) if side == "buy" else (maker["who"], who)
        buyer_rate, seller_rate = self.takers_pay, self.makers_pay
        if side == "sell":
            buyer_rate, seller_rate = seller_rate, buyer_rate
        self.money[buyer, "USDT"] -= size * price
        self.money[buyer, "BTC"] += size * (1 - buyer_rate)
        self.money[seller, "BTC"] -= size
        self.money[seller, "USDT"] += size * price * (1 - seller_rate)

    def cancel(self, name: str) -> bool:
        before = len(self.orders)
        self.orders = [o for o in self.orders if o["name"] != name]
        return len(self.orders) < before

    def ladder(self, side: str) -> list[tuple[int, int]]:
        prices = sorted({o["price"] for o in self.orders if o["side"] == side}, reverse=side == "buy")
        return [(p, sum(o["left"] for o in self.orders if o["side"] == side and o["price"] == p)) for p in prices]
