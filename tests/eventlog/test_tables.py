"""Tables of a log: their rows sum to the ledger, whatever happened in it."""

import csv
import io
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import pytest

from simexchange.config.assembling import Assembly, Setup
from simexchange.config.opening import AccountSpec, Gift
from simexchange.core import canonical, margin
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.assets import whole_wallet
from simexchange.core.vocabulary.ids import market_of
from simexchange.core.vocabulary.orders import AccountClass, OrderKind, Side, TimeInForce
from simexchange.core.vocabulary.units import ONE, SECOND, Amount, Nanos, Price, Quantity
from simexchange.errors import ConfigError, MissingExtra, NotThere, UsageError
from simexchange.eventlog.bases import base_of
from simexchange.eventlog.checkpoint import Checkpoint, pack_views
from simexchange.eventlog.durability import OFF
from simexchange.eventlog.header import Header
from simexchange.eventlog.jsonl import JsonlLog
from simexchange.eventlog.locate import open_log
from simexchange.eventlog.log import EventLog
from simexchange.eventlog.memory import MemoryLog
from simexchange.eventlog.record import decode
from simexchange.eventlog.replay import replay
from simexchange.eventlog.tables import formats
from simexchange.eventlog.tables.accounts import Portfolios
from simexchange.eventlog.tables.columns import SCALES, Kind, Wanted
from simexchange.eventlog.tables.reading import TABLES, rows_of, table_named
from simexchange.projections.views import Views
from simexchange.runtime.clock import PAUSED
from tests.eventlog.world import HEADER, busy_world

LOGS = sorted(Path("fixtures/logs").glob("*.jsonl"))
Money = dict[tuple[str, str], int]
"""(account, asset) → amount."""


def dicts(log: EventLog, name: str, wanted: Wanted | None = None) -> list[dict[str, Any]]:
    table = table_named(name)
    return [dict(zip(table.header, row, strict=True)) for row in rows_of(log, table, wanted or Wanted())]


def text(log: EventLog, name: str, form: str = "csv", wanted: Wanted | None = None) -> str:
    out = io.BytesIO()
    table = table_named(name)
    formats.format_named(form)(table, rows_of(log, table, wanted or Wanted()), out)
    return out.getvalue().decode()


def balances(log: EventLog) -> Money:
    """What people have at the end, over all wallets."""
    found: Money = defaultdict(int)
    for account in replay(log).accounts.values():
        if account.account_class is AccountClass.USER:
            for (_, asset), balance in account.balances.items():
                found[account.name, asset] += balance.free + balance.held
    return {name: amount for name, amount in found.items() if amount}


def moved(log: EventLog) -> Money:
    """What fills, funding and transfers come to."""
    found: Money = defaultdict(int)
    for row in dicts(log, "fills"):
        who = row["account"]
        found[who, row["fee_asset"]] -= row["fee"]
        if row["realised_asset"]:
            found[who, row["realised_asset"]] += row["realised"]
        else:
            side = 1 if row["side"] == "buy" else -1
            found[who, row["base_asset"]] += side * row["qty"]
            found[who, row["quote_asset"]] -= side * row["quote"]
    for row in dicts(log, "funding") + dicts(log, "transfers"):
        found[row["account"], row["asset"]] += row["amount"]
    return {name: amount for name, amount in found.items() if amount}


@pytest.fixture(params=LOGS, ids=lambda path: path.stem)
def log(request: pytest.FixtureRequest) -> Iterator[EventLog]:
    opened = open_log(str(request.param))
    yield opened
    opened.close()


def test_fills_funding_and_transfers_sum_to_what_everybody_has(log: EventLog) -> None:
    assert moved(log) == balances(log)


def test_the_ledger_sums_to_zero_and_to_every_balance_and_purse(log: EventLog) -> None:
    """Per record and asset to zero; per owner, wallet and asset to free and held."""
    state = replay(log)
    zero: Counter[tuple[int, str]] = Counter()
    free: Counter[tuple[str, str, str, str]] = Counter()
    held: Counter[tuple[str, str, str, str]] = Counter()
    for row in dicts(log, "ledger"):
        owner = row["owner_kind"], row["owner"], row["wallet"], row["asset"]
        zero[row["seq"], row["asset"]] += row["free"] + row["held"]
        free[owner] += row["free"]
        held[owner] += row["held"]

    assert {where: amount for where, amount in zero.items() if amount} == {}
    for account in state.accounts.values():
        for (wallet, asset), balance in account.balances.items():
            owner = "account", account.name, wallet, asset
            assert (free.pop(owner, 0), held.pop(owner, 0)) == (balance.free * ONE, balance.held * ONE)
    purses = {(name, asset): amount for (_, name, _, asset), amount in free.items() if amount}
    units = {purse: 1 if ":fine" in purse[0] else ONE for purse in state.purses.amounts}
    assert purses == {purse: units[purse] * amount for purse, amount in state.purses.amounts.items() if amount}
    assert not any(held.values())


def test_every_table_of_every_log_is_read_and_written(log: EventLog) -> None:
    for name, table in TABLES.items():
        rows = list(csv.reader(io.StringIO(text(log, name))))
        assert rows[0] == list(table.header)
        assert all(len(row) == len(table.columns) for row in rows)
        objects = [json.loads(line) for line in text(log, name, "jsonl").splitlines()]
        assert [list(each) for each in objects] == [list(table.header)] * (len(rows) - 1)


def test_positions_come_to_the_same_as_fills_and_funding(log: EventLog) -> None:
    """Realised profit and funding, position by position."""
    realised: Counter[str] = Counter()
    for row in dicts(log, "fills"):
        if row["realised_asset"]:
            realised[row["account"]] += row["realised"]
    funding: Counter[str] = Counter()
    for row in dicts(log, "funding"):
        funding[row["account"]] += row["amount"]
    positions = dicts(log, "positions")

    names: set[str] = {*realised, *funding}
    for name in names:
        mine = [row for row in positions if row["account"] == name]
        assert sum(row["realised"] for row in mine) == realised[name]
        assert sum(row["funding"] for row in mine) == funding[name]
    state = replay(log)
    left = sorted(
        (account.name, position.qty)
        for account in state.accounts.values()
        if account.account_class is AccountClass.USER
        for position in account.positions.values()
    )
    assert sorted((row["account"], row["left"]) for row in positions if row["closed_seq"] is None) == left


def test_orders_say_how_each_one_ended(log: EventLog) -> None:
    """Filled as the fills say; open where the state has it open."""
    filled: Counter[int] = Counter()
    for row in dicts(log, "fills"):
        if row["kind"] != "delivery":
            filled[row["order"]] += row["qty"]
    orders = dicts(log, "orders")
    state = replay(log)
    still = {
        order
        for account in state.accounts.values()
        if account.account_class is AccountClass.USER
        for order in account.orders
    }

    assert {row["order"]: row["filled"] for row in orders if row["filled"]} == {
        order: qty for order, qty in filled.items() if order in {row["order"] for row in orders}
    }
    assert {row["order"] for row in orders if row["status"] == "open"} == still
    assert all(row["reason"] for row in orders if row["status"] in {"rejected", "expired", "canceled"})


def test_equity_is_made_of_what_the_engine_says(log: EventLog) -> None:
    """Cash and unrealised profit per wallet and asset, and what contracts stand for, at the end."""
    folded = Portfolios()
    state = replay(log, *folded.views)
    for account in state.accounts.values():
        if account.account_class is not AccountClass.USER:
            continue
        cash: Money = defaultdict(int)
        gained: Money = defaultdict(int)
        for (wallet, asset), balance in account.balances.items():
            cash[whole_wallet(wallet), asset] += balance.free + balance.held
        for key in account.positions:
            market = state.markets[market_of(key)]
            wallet = account.inverse_wallet if market.inverse else account.linear_wallet
            gained[wallet, market.spec.settle] += margin.unrealised_of(account, market, key)
        rows = folded.portfolio.rows(account.no, Nanos(state.now))
        told = {(line.wallet, line.asset): (line.cash, line.unrealised) for line in rows[-1].wallets} if rows else {}
        assert told == {
            where: (cash[where], gained[where]) for where in {*cash, *gained} if cash[where] or gained[where]
        }


def test_decimals_are_exact_and_times_iso(log: EventLog) -> None:
    for name in ("fills", "ledger"):
        table = table_named(name)
        read = csv.DictReader(io.StringIO(text(log, name)))
        for row, told in zip(rows_of(log, table), read, strict=True):
            for value, column in zip(row, table.columns, strict=True):
                if column.kind in SCALES and value is not None:
                    assert Decimal(told[column.name]) == Decimal(value).scaleb(-SCALES[column.kind])
                if column.kind is Kind.TIME:
                    assert told[column.name].endswith("Z")


def test_a_busy_log_of_everything_sums_too() -> None:
    world = busy_world()

    assert moved(world.log) == balances(world.log)
    assert {row["interval"] for row in dicts(world.log, "candles", Wanted(interval="1h"))} == {"1h"}
    assert dicts(world.log, "book_top")


def test_a_run_of_a_synthetic_market_sums_too(tmp_path: Path) -> None:
    """A minute of the shipped market, in which somebody buys spot and hedges it."""
    somebody = AccountSpec(
        "ann", "binance", (Gift("spot", "USDT", Amount(100_000 * ONE)), Gift("usdm", "USDT", Amount(30_000 * ONE)))
    )
    log = MemoryLog(HEADER)
    exchange = Assembly(Setup(speed=PAUSED, durability=OFF, accounts=(somebody,)), log, checkpoints=False).exchange
    exchange.start_feeds()
    state, began = exchange.state, exchange.now()
    for seconds, market, side in (
        (5, "spot:BTC-USDT", Side.BUY),
        (5, "perp:BTC-USDT", Side.SELL),
        (40, "spot:BTC-USDT", Side.SELL),
    ):
        exchange.advance_to(Nanos(began + seconds * SECOND))
        order = cmd.PlaceOrder(
            state.account_no["ann"], state.market_no[market], side, OrderKind.MARKET, Quantity(ONE // 2), Price(0),
            TimeInForce.GTC,
        )  # fmt: skip
        exchange.submit(order)
    exchange.advance_to(Nanos(began + 60 * SECOND))
    exchange.flush()
    exchange.close()

    assert len({row["market"] for row in dicts(log, "fills")}) == 2
    assert moved(log) == balances(log)
    sums: Counter[str] = Counter()
    for row in dicts(log, "ledger"):
        sums[row["asset"]] += row["free"] + row["held"]
    assert not any(sums.values())


def test_an_account_and_a_market_narrow_a_table() -> None:
    world = busy_world()
    market = "perp:BTC-USDT"

    assert {row["account"] for row in dicts(world.log, "fills", Wanted(account="taker"))} == {"taker"}
    assert {row["market"] for row in dicts(world.log, "fills", Wanted(market=market))} == {market}
    assert {row["owner"] for row in dicts(world.log, "ledger", Wanted(account="taker"))} == {"taker"}
    assert {row["account"] for row in dicts(world.log, "transfers", Wanted(account="insurance"))} == {"insurance"}


@pytest.mark.parametrize("name", list(TABLES))
def test_what_is_not_there_is_said_so(name: str) -> None:
    world = busy_world()
    with pytest.raises(NotThere, match="no account 'nobody'; accounts of people: maker"):
        text(world.log, name, wanted=Wanted(account="nobody"))
    with pytest.raises(NotThere, match="no market 'perp:NIL'; markets: spot"):
        text(world.log, name, wanted=Wanted(market="perp:NIL"))


def test_wrong_questions_have_a_remedy() -> None:
    world = busy_world()
    with pytest.raises(UsageError, match="there is no table 'rows': fills, orders"):
        table_named("rows")
    with pytest.raises(UsageError, match="there is no format 'xls': jsonl, csv"):
        formats.format_named("xls")
    with pytest.raises(UsageError, match="no interval '7m': 1s, 1m"):
        dicts(world.log, "candles", Wanted(interval="7m"))
    with pytest.raises(NotThere, match="no market of the log has 'NIL': say one of USDT, BTC"):
        dicts(world.log, "equity", Wanted(currency="NIL"))
    with pytest.raises(UsageError, match="npz is made of the table tape"):
        text(world.log, "fills", "npz")


@pytest.mark.parametrize("name", list(TABLES))
def test_an_empty_log_gives_the_header_and_no_row(name: str) -> None:
    assert text(MemoryLog(HEADER), name) == ",".join(TABLES[name].header) + "\n"
    assert text(MemoryLog(HEADER), name, "jsonl") == ""


def test_text_with_commas_and_quotes_is_one_field(tmp_path: Path) -> None:
    world = busy_world()
    world.maker.buys(1, at=50, client_id='a,"b"')

    (row,) = (
        row
        for row in csv.DictReader(io.StringIO(text(world.log, "orders")))
        if "a" in row["client_id"][:1] and "b" in row["client_id"]
    )

    assert row["client_id"] == 'a,"b"'


def based(log: EventLog, seq: int, path: Path, *, with_views: bool = True) -> EventLog:
    """The same log from after record *seq* on, standing on what was there."""
    views = Views()
    state = replay(log, views, to_seq=seq)
    lines = list(log.read())
    before, after = lines[:seq], lines[seq:]
    digest = bytes.fromhex(before[-1][-34:-2].decode())
    packed = pack_views(views) if with_views else b""
    checkpoint = Checkpoint(seq, digest, canonical.dump(state), b"", packed)
    root = max(record.seq for record in map(decode, before) if record.source != "engine")
    header = Header(HEADER.seed, HEADER.start, engine=HEADER.engine, base=base_of(checkpoint, root))
    made = JsonlLog.create(path, header, base=checkpoint)
    if after:
        made.append(after, seq + 1, log.last_seq, log.last_digest)
    return made


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 1])
def test_a_log_on_a_base_has_its_tables_from_there_on(tmp_path: Path, share: float) -> None:
    """The same rows as the whole log has after that record; what was open is told with it."""
    whole = busy_world().log
    seq = int(whole.last_seq * share)
    log = based(whole, seq, tmp_path / "based.jsonl")

    for name in ("fills", "funding", "transfers", "ledger", "events"):
        assert dicts(log, name) == [row for row in dicts(whole, name) if row["seq"] > seq]
    for name, key, done in (("orders", "order", "done_seq"), ("positions", "position", "closed_seq")):
        kept = {row[key]: row for row in dicts(log, name)}
        later = [row for row in dicts(whole, name) if row[done] is None or row[done] > seq]
        assert kept.keys() == {row[key] for row in later}
        for row in later:
            same = ("status", "filled", "reason") if name == "orders" else ("left", "closed_at")
            assert [kept[row[key]][each] for each in same] == [row[each] for each in same]
    ends = [{row["account"]: row for row in dicts(each, "equity")} for each in (log, whole)]
    assert ends[0] == ends[1]
    prints = [row for row in dicts(whole, "tape") if row["kind"] == "trade" and row["seq"] > seq]
    assert [row for row in dicts(log, "tape") if row["kind"] == "trade"] == prints
    assert levels(dicts(log, "tape")) == levels(dicts(whole, "tape")) or share == 1
    log.close()


def levels(tape: list[dict[str, Any]]) -> dict[tuple[str, str, int], int]:
    """The book that the changes of a tape leave."""
    book = {(row["market"], row["side"], row["price"]): row["qty"] for row in tape if row["kind"] == "depth"}
    return {where: size for where, size in book.items() if size}


def test_the_levels_of_a_tape_leave_the_book_that_stands() -> None:
    world = busy_world()
    book = {
        (market.spec.id, side, price): size
        for market in world.state.markets.values()
        for side, which in (("buy", Side.BUY), ("sell", Side.SELL))
        for price, size, _ in market.book.levels(which, 1_000)
    }

    assert levels(dicts(world.log, "tape")) == book


def test_a_base_without_views_has_no_table_that_needs_them(tmp_path: Path) -> None:
    log = based(busy_world().log, 30, tmp_path / "based.jsonl", with_views=False)

    for name in ("equity", "tape"):
        with pytest.raises(ConfigError, match="stands on a base without views"):
            dicts(log, name)
    assert dicts(log, "fills")
    log.close()


def test_without_the_extra_the_pip_line_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    for module in ("polars", "pandas", "numpy"):
        monkeypatch.setitem(sys.modules, module, None)
    world = busy_world()
    wanted = Wanted(market="spot:BTC-USDT")
    for name, form in (("fills", "parquet"), ("tape", "npz")):
        with pytest.raises(MissingExtra, match=r"pip install 'simexchange\[analysis\]'"):
            text(world.log, name, form, wanted)


def test_parquet_has_exact_decimals_and_utc_times(tmp_path: Path) -> None:
    pl = pytest.importorskip("polars")
    world = busy_world()
    path = tmp_path / "ledger.parquet"
    table = table_named("ledger")
    with path.open("wb") as out:
        number = formats.write_parquet(table, rows_of(world.log, table), out)

    frame = pl.read_parquet(path)

    assert (len(frame), frame.schema["free"], frame.schema["at"]) == (
        number, pl.Decimal(38, 16), pl.Datetime("ns", "UTC"),
    )  # fmt: skip
    assert frame["free"].to_list() == [Decimal(row[7]).scaleb(-16) for row in rows_of(world.log, table)]
    sums = frame.group_by("seq", "asset").agg((pl.col("free") + pl.col("held")).sum())
    assert set(sums["free"].to_list()) == {Decimal(0)}
    empty = formats.polars_frame(table, ())
    assert empty.schema == frame.schema


def test_npz_is_the_event_array_of_hftbacktest(tmp_path: Path) -> None:
    np = pytest.importorskip("numpy")
    world = busy_world()
    path = tmp_path / "tape.npz"
    table, wanted = table_named("tape"), Wanted(market="spot:BTC-USDT")
    with path.open("wb") as out:
        number = formats.write_npz(table, rows_of(world.log, table, wanted), out)

    data = np.load(path)["data"]

    assert data.dtype.names == ("ev", "exch_ts", "local_ts", "px", "qty", "order_id", "ival", "fval")
    assert (len(data), data.dtype.itemsize) == (number, 64)
    assert set((data["ev"] & 0xFF).tolist()) == {1, 2}
    assert all(bool(ev & 1 << 29) != bool(ev & 1 << 28) for ev in data["ev"].tolist())
    assert (np.diff(data["exch_ts"]) >= 0).all()
    with pytest.raises(UsageError, match="say --market"):
        formats.write_npz(table, rows_of(world.log, table), io.BytesIO())


def test_pandas_keeps_decimals_as_they_are() -> None:
    pd = pytest.importorskip("pandas")
    world = busy_world()
    table = table_named("fills")

    frame = formats.pandas_frame(table, rows_of(world.log, table))

    assert list(frame.columns) == list(table.header)
    assert frame["price"].map(type).eq(Decimal).all()
    assert str(frame["at"].dtype) == "datetime64[ns, UTC]"
    assert isinstance(formats.pandas_frame(table, ()), pd.DataFrame)


def test_decimals_of_frames_are_exact_whatever_the_caller_rounds_to() -> None:
    scales: list[int | None] = [SCALES[Kind.DECIMAL], SCALES[Kind.FINE]]
    with localcontext(prec=3):
        (eight,), (fine,) = formats._turned([(12_345_678_901_234, 10**35 + 1)], scales)

    assert str(eight) == "123456.78901234"
    assert str(fine) == "10000000000000000000.0000000000000001"
