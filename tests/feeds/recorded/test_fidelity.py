"""What a replay says of its own truth."""

from pathlib import Path

from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.orders import OrderKind, Side, TimeInForce
from simexchange.core.vocabulary.units import ONE, Amount, Price, Quantity
from simexchange.feeds.recorded import Fidelity, RecordedFeed
from simexchange.feeds.recorded.fidelity import MarketFidelity, Tally
from tests.feeds.recorded.playing import START, Stage
from tests.feeds.recorded.tapes import Tape, rows

T = 1_723_161_255_000


def order(stage: Stage, fidelity: Fidelity, side: Side, qty: int, price: int) -> None:
    """Ann's order."""
    ann, market = stage.state.account_no["ann"], stage.state.market_no["spot:BTC-USDT"]
    limit = Quantity(qty * ONE), Price(price * ONE)
    command = cmd.PlaceOrder(ann, market, side, OrderKind.LIMIT, *limit, TimeInForce.GTC)
    fidelity.fold(command, stage.engine.execute(command, stage.now))


def test_the_report_counts_what_a_plain_replayer_gets_wrong_and_why_users_filled(tmp_path: Path) -> None:
    """A print in ann's queue, one through her, one past stale ghosts, one without a ghost; a crossing, a taking."""
    tape = Tape().depth(T).snapshot(T, rows("99 5", "95 9"), rows("101 5", "105 9")).depth(T + 1)
    tape.trade(T + 1000, "99", "6", sold=True)  # 5 ahead of ann's 2, so 1 is hers
    tape.trade(T + 2000, "98", "4", sold=True)  # 1 more is hers at 99, better; 3 from nobody
    tape.trade(T + 3000, "105", "6")  # 101 still stands: stale
    tape.depth(T + 4000, rows("99 0", "95 9"), rows("101 0", "103 2"))
    tape.depth(T + 6000, [], rows("100 3"))  # through ann's bid of 4 at 102, so 1 is left and it stays out
    fidelity, stage = Fidelity(), Stage(RecordedFeed(tape.write(tmp_path / "tape")))
    for command in (cmd.ListMarket(stage.feed.specs[0]), cmd.OpenAccount("ann", "")):  # type: ignore[attr-defined]
        fidelity.fold(command, stage.engine.execute(command, START))
    stage.engine.execute(cmd.Deposit(stage.state.account_no["ann"], "spot", "USDT", Amount(10_000 * ONE)), START)
    stage.open()

    def play(seconds: int) -> None:
        for _, command, events in stage.steps(until=lambda at: at > START + seconds * 1_000_000_000):
            fidelity.fold(command, events)

    play(0)
    order(stage, fidelity, Side.BUY, 2, 99)
    play(4)
    order(stage, fidelity, Side.BUY, 2, 103)
    order(stage, fidelity, Side.BUY, 4, 102)
    play(6)

    [row] = fidelity.rows()
    assert row == MarketFidelity(
        "spot:BTC-USDT",
        frames=4,
        touches=0,
        prints=Tally(3, 16 * ONE),
        unseen=Tally(1, 3 * ONE),
        stale=Tally(1, 5 * ONE),
        stale_levels=1,
        suppressed=1,
        users={
            "queue": Tally(1, ONE),
            "through": Tally(1, ONE),
            "crossed": Tally(1, 3 * ONE),
            "taken": Tally(1, 2 * ONE),
        },
    )
