"""Small recordings, line by line as a recorder of Binance streams writes them. Times are ms, numbers are text."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

Rows = Sequence[tuple[str, str]]


class Tape:
    """A recording under way. Each line is received 5 ms after it happened unless said otherwise."""

    def __init__(self, symbol: str = "BTCUSDT", *, futures: bool = False) -> None:
        self.symbol = symbol
        self.futures = futures
        self.last = 0
        """The last update id used."""
        self.trades = 0
        self.lines: list[str] = []

    def snapshot(self, at: int, bids: Rows, asks: Rows, *, last: int | None = None) -> "Tape":
        """A REST snapshot; on spot it bears no time."""
        body: dict[str, Any] = {"lastUpdateId": self.last if last is None else last}
        if self.futures:
            body |= {"E": at, "T": at}
        return self._line(at, body | {"bids": bids, "asks": asks})

    def depth(
        self, at: int, bids: Rows = (), asks: Rows = (), *, ids: int = 1, skip: int = 0, received: int | None = None
    ) -> "Tape":
        """A depth update of *ids* update ids; *skip* ids before it are lost."""
        previous, first = self.last + skip, self.last + skip + 1
        self.last += skip + ids
        data = {"e": "depthUpdate", "E": at, "s": self.symbol, "U": first, "u": self.last, "b": bids, "a": asks}
        if self.futures:
            data |= {"T": at, "pu": previous}
        return self._frame(received or at, "depth@100ms", data)

    def trade(self, at: int, price: str, qty: str, *, sold: bool = False, received: int | None = None) -> "Tape":
        """A print."""
        self.trades += 1
        data = {"e": "trade", "E": at, "T": at, "s": self.symbol, "t": self.trades, "p": price, "q": qty, "m": sold}
        return self._frame(received or at, "trade", data)

    def best(self, at: int, bid: tuple[str, str], ask: tuple[str, str], *, u: int | None = None) -> "Tape":
        """Best prices after update *u* (the next one unless said)."""
        data: dict[str, Any] = {"u": self.last + 1 if u is None else u, "s": self.symbol}
        data |= {"b": bid[0], "B": bid[1], "a": ask[0], "A": ask[1]}
        if self.futures:
            data |= {"e": "bookTicker", "T": at, "E": at}
        return self._frame(at, "bookTicker", data)

    def mark(self, at: int, mark: str, index: str) -> "Tape":
        """What the venue says its mark and index prices are."""
        data = {"e": "markPriceUpdate", "E": at, "s": self.symbol, "p": mark, "i": index, "r": "0.0001", "T": at + 1}
        return self._frame(at, "markPrice@1s", data)

    def write(self, path: Path) -> str:
        """Put the recording in a file; its path."""
        path.write_text("\n".join(self.lines) + "\n")
        return str(path)

    def _frame(self, received: int, stream: str, data: dict[str, Any]) -> "Tape":
        return self._line(received, {"stream": f"{self.symbol.lower()}@{stream}", "data": data})

    def _line(self, received: int, body: dict[str, Any]) -> "Tape":
        self.lines.append(f"{(received + 5) * 1_000_000} {json.dumps(body, separators=(',', ':'))}")
        return self


def rows(*pairs: str) -> list[tuple[str, str]]:
    """``rows("99 5", "98 9")``: price and size as the venue spells them."""

    def cut() -> Iterator[tuple[str, str]]:
        for pair in pairs:
            price, size = pair.split()
            yield price, size

    return list(cut())
