"""Which recordings a path means, and what each of them is: product, symbol, kind of file.

The product is read from the frames: no ``pu`` in a depth update → spot; a symbol with ``_`` → COIN-M; else USDⓈ-M
(``ps`` and ``st`` decide nothing). A public archive's CSV bears neither: its folder, its name and its columns decide.
"""

import gzip
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from glob import glob
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast

import msgspec

from simexchange.feeds.recorded.items import Product, TapeUnreadable

SUFFIXES = ("", ".gz", ".csv", ".txt", ".jsonl", ".log", ".zip")
SNIFFED = 20_000
"""Lines looked at to learn what a recording is of; the first depth update says it."""
_CSV_NAME = re.compile(r"^(?P<symbol>[A-Z0-9]+(?:_(?:PERP|\d{6}))?)-(?P<kind>aggTrades|trades|\d+[smhdwM]o?)-\d{4}")


class Kind(StrEnum):
    """How a file is written."""

    STREAM = "stream"
    AGG_TRADES = "aggTrades"
    TRADES = "trades"
    KLINES = "klines"


class Source(msgspec.Struct, frozen=True):
    """One recording."""

    path: str
    kind: Kind
    product: Product
    symbol: str
    """As the venue spells it: ``BTCUSDT``, ``BTCUSD_PERP``."""
    prints: str = "trade"
    """Streams: which event is a print."""

    @property
    def has_book(self) -> bool:
        """Whether depth is recorded; else a plain book is made up around the prints."""
        return self.kind is Kind.STREAM


def find_sources(where: str) -> list[Source]:
    """The recordings *where* names: a file, a folder (its recordings, not those in folders below), or a glob.

    In order of path. Raises TapeUnreadable if there is none, or one is no recording.
    """
    path = Path(where).expanduser()
    if path.is_dir():
        paths = sorted(each for each in path.iterdir() if each.is_file() and _plays(each))
    elif path.is_file():
        paths = [path]
    else:
        # Not Path.glob: the pattern may be absolute.
        paths = sorted(Path(each) for each in glob(str(path)) if Path(each).is_file())  # noqa: PTH207
    if not paths:
        raise TapeUnreadable(f"no recording at {where}: give a file, a folder or a glob pattern in quotes")
    return [sniff(each) for each in paths]


def _plays(path: Path) -> bool:
    return path.suffix in SUFFIXES and not path.name.startswith(".")


def sniff(path: Path) -> Source:
    """What the recording at *path* is. Raises TapeUnreadable if it is none."""
    named = _CSV_NAME.match(path.name)
    if named is not None:
        kind = named["kind"]
        return Source(
            str(path),
            Kind(kind) if kind in ("aggTrades", "trades") else Kind.KLINES,
            _csv_product(path, named["symbol"], kind),
            named["symbol"],
        )
    return _sniff_stream(path)


def _csv_product(path: Path, symbol: str, kind: str) -> Product:
    """Folder words first (the archive's own layout), then the symbol, then the columns."""
    if "_" in symbol:
        return Product.COINM
    folders = {part.lower() for part in path.parts[:-1]}
    if "um" in folders:
        return Product.USDM
    if "spot" in folders:
        return Product.SPOT
    with opened(str(path)) as file:
        first = file.readline()
        second = file.readline()
    if not first[:1].isdigit():
        return Product.USDM  # only the futures archives have header lines
    columns = (second or first).strip().split(b",")
    expected = {"aggTrades": 8, "trades": 7}.get(kind)
    if expected is not None:
        return Product.SPOT if len(columns) == expected else Product.USDM
    return Product.SPOT


def _sniff_stream(path: Path) -> Source:
    symbol, product, prints = "", None, ""
    try:
        with opened(str(path)) as file:
            for data in _events(path, file):
                event = data.get("e")
                seen = data.get("s") or ""
                if symbol and seen and seen != symbol:
                    raise TapeUnreadable(f"{path} records both {symbol} and {seen}: one file per symbol, please")
                symbol = seen or symbol
                if event in ("trade", "aggTrade") and prints != "trade":
                    prints = event
                if event == "depthUpdate" and product is None:
                    product = _product(data, symbol)
                if product is not None and prints == "trade":
                    break
    except (OSError, EOFError, UnicodeDecodeError, msgspec.MsgspecError) as error:
        raise TapeUnreadable(f"{path} is no recording: {error}") from None
    if not symbol:
        raise TapeUnreadable(f"{path} is no recording: no stream event with a symbol in its first lines")
    if product is None:
        product = Product.COINM if "_" in symbol else Product.SPOT
    return Source(str(path), Kind.STREAM, product, symbol, prints or "trade")


def _events(path: Path, file: IO[bytes]) -> Iterator[dict[str, Any]]:
    for line in islice(file, SNIFFED):
        received, _, text = line.partition(b" ")
        if not line.strip():
            continue
        if not received.isdigit():
            raise TapeUnreadable(f"{path} is no recording: a line does not begin with '<receive time ns> '")
        frame = msgspec.json.decode(text)
        data = frame.get("data", frame) if isinstance(frame, dict) else None
        if not isinstance(data, dict):
            raise TapeUnreadable(f"{path} is no recording: a line holds no JSON object")
        yield data


def _product(depth: dict[str, Any], symbol: str) -> Product:
    if "pu" not in depth:
        return Product.SPOT
    return Product.COINM if "_" in symbol else Product.USDM


@contextmanager
def opened(path: str) -> Iterator[IO[bytes]]:
    """The recording's bytes, unpacked where they are packed (gz by its first bytes, zip with one file in it)."""
    with Path(path).open("rb") as raw:
        magic = raw.peek(4)[:4]
        if magic.startswith(b"\x1f\x8b"):
            with gzip.open(raw) as unpacked:
                yield cast("IO[bytes]", unpacked)
        elif magic.startswith(b"PK"):
            with zipfile.ZipFile(raw) as archive:
                names = archive.namelist()
                if len(names) != 1:
                    raise TapeUnreadable(f"{path} holds {len(names)} files: a recording is packed alone")
                with archive.open(names[0]) as member:
                    yield member
        else:
            yield raw
