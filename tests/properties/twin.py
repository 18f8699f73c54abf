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

    def __init__(self, makers_pay: Fraction, takers_pay: Fraction, group: tuple[str, ...] = ()) -> None:
        self.orders: list[Resting] = []
        self.trades: list[tuple[str, str, int, int]] = []
        self.prevented: list[tuple[str, str, int, int, int]] = []
        """(maker, taker, price, what the taker lost, what the maker lost)."""
        self.money: dict[tuple[str, str], Fraction] = {}
        self.makers_pay, self.takers_pay = makers_pay, takers_pay
        self.group = group
        """Who counts as one."""
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

    def place(
        self, name: str, who: str, side: str, qty: int, price: int, how: str, mode: str = "none", part: int = 0,
        peg: tuple[str, int] | None = None,
    ) -> str:  # fmt: skip
        """*how* is gtc, ioc, fok, post or market; *part* is what an iceberg shows. Says refused, filled, rests, ended.

        *peg* names a side of the book and a level of it, and stands instead of the price.
        """
        if peg is not None:
            levels = self.ladder(peg[0])
            if len(levels) < peg[1]:
                return "refused"
            price = levels[peg[1] - 1][0]
        others = self._candidates(side, None if how == "market" else price)
        if how == "post" and others:
            return "refused"
        if not self._can_pay(
            who, side, qty, price, how, [o for o in others if mode != "maker" or not self._own(o, who)]
        ):
            return "refused"
        if how == "fok" and not self._fillable(who, qty, others, mode):
            return "ended"
        left, stopped = self._match(name, who, side, qty, None if how == "market" else price, mode)
        if stopped:
            return "ended"
        if not left:
            return "filled"
        if how not in ("gtc", "post"):
            return "ended"
        self.counter += 1
        self.orders.append(
            {"name": name, "who": who, "side": side, "qty": qty, "left": left, "price": price, "time": self.counter,
             "mode": mode, "part": part, "shown": min(left, part) if part else left}
        )  # fmt: skip
        return "rests"

    def _candidates(self, side: str, price: int | None) -> list[Resting]:
        """The other side, at my price or better: best price first, and of those whoever stands there longest."""
        others = [o for o in self.orders if o["side"] != side]
        if price is not None:
            others = [o for o in others if (o["price"] <= price if side == "buy" else o["price"] >= price)]
        return sorted(others, key=lambda o: (o["price"] if side == "buy" else -o["price"], o["time"]))

    def _own(self, other: Resting, who: str) -> bool:
        return other["who"] == who or (who in self.group and other["who"] in self.group)

    def _match(self, name: str, who: str, side: str, qty: int, price: int | None, mode: str) -> tuple[int, bool]:
        """Meet one after the other; what is left, and whether the taker was stopped by one of its own."""
        left = qty
        while left:
            others = self._candidates(side, price)
            if not others:
                break
            other = others[0]
            size = min(left, other["shown"])
            if mode != "none" and self._own(other, who):
                left = self._prevent(other, name, who, side, left, size, mode)
                stopped = not left
            else:
                self._trade(other, name, who, side, size)
                left -= size
                stopped = False
            self._tidy(other)
            if stopped:
                return 0, True
        return left, False

    def _tidy(self, other: Resting) -> None:
        """Gone when nothing is left; an iceberg whose part is used up shows the next one, last in the queue."""
        if not other["left"]:
            self.orders.remove(other)
        elif not other["shown"]:
            self.counter += 1
            other["shown"], other["time"] = min(other["part"], other["left"]), self.counter

    def _prevent(self, maker: Resting, taker: str, who: str, side: str, left: int, size: int, mode: str) -> int:
        """Keep two of one owner from trading; what the taker has left."""
        lost = {"taker": (left, 0), "maker": (0, maker["left"]), "both": (left, maker["left"])}.get(mode, (size, size))
        self.prevented.append((maker["name"], taker, maker["price"], *lost))
        if mode == maker["mode"] == "transfer" and maker["who"] != who:
            buyer, seller = (who, maker["who"]) if side == "buy" else (maker["who"], who)
            self._move(buyer, seller, size, maker["price"])
        maker["left"] -= lost[1]
        maker["shown"] = 0 if not maker["left"] else maker["shown"] - lost[1]
        return left - lost[0]

    def _move(self, buyer: str, seller: str, size: int, price: int) -> None:
        self.money[buyer, "USDT"] -= size * price
        self.money[buyer, "BTC"] += size
        self.money[seller, "BTC"] -= size
        self.money[seller, "USDT"] += size * price

    def _fillable(self, who: str, qty: int, others: list[Resting], mode: str) -> bool:
        """Play it through on a copy: is nothing left, and nothing prevented on the way but makers that expired?"""
        copy = Twin(self.makers_pay, self.takers_pay, self.group)
        copy.orders, copy.counter = [dict(o) for o in self.orders], self.counter
        copy.money = {(whose, asset): Fraction(0) for whose in {o["who"] for o in self.orders} | {who} for asset in
                      ("USDT", "BTC")}  # fmt: skip
        if not others:
            return False
        worst = others[-1]["price"]
        side = "sell" if others[0]["side"] == "buy" else "buy"
        left, stopped = copy._match("", who, side, qty, worst, mode)
        return not left and not stopped and (mode == "maker" or not copy.prevented)

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
        maker["shown"] -= size
        self.trades.append((maker["name"], taker, price, size))
        buyer, seller = (who, maker["who"]) if side == "buy" else (maker["who"], who)
        buyer_rate, seller_rate = self.takers_pay, self.makers_pay
        if side == "sell":
            buyer_rate, seller_rate = seller_rate, buyer_rate
        self.money[buyer, "USDT"] -= size * price
        self.money[buyer, "BTC"] += size * (1 - buyer_rate)
        self.money[seller, "BTC"] -= size
        self.money[seller, "USDT"] += size * price * (1 - seller_rate)

    def amend(self, name: str, qty: int) -> bool:
        """Make a resting order smaller where it stands; whether that may be."""
        for order in self.orders:
            if order["name"] == name and order["qty"] - order["left"] < qty < order["qty"]:
                order["left"] -= order["qty"] - qty
                order["qty"] = qty
                order["shown"] = min(order["shown"], order["left"])
                return True
        return False

    def cancel(self, name: str) -> bool:
        before = len(self.orders)
        self.orders = [o for o in self.orders if o["name"] != name]
        return len(self.orders) < before

    def ladder(self, side: str) -> list[tuple[int, int]]:
        prices = sorted({o["price"] for o in self.orders if o["side"] == side}, reverse=side == "buy")
        return [(p, sum(o["shown"] for o in self.orders if o["side"] == side and o["price"] == p)) for p in prices]
