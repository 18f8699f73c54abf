"""Private topics: what happens to an account's orders, executions, positions and wallet.

A topic tells once a record, when all of it has happened: an order is one row as it stands then, however many fills it
had. Where several topics tell of one record, executions come first, then orders, positions and the wallet; the venue
publishes no order between its topics. "Order", "Execution", "Fast Execution", "Position", "Wallet", "Greek" and "Dcp"
(docs/v5/websocket/private, snapshot 2026-07-24, seen 2026-11).

A categorised topic, ``order.linear``, has the rows of one category only.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from simexchange.dialects.bybit.common.symbols import CATEGORIES, OPTION
from simexchange.dialects.bybit.v5 import dcp
from simexchange.dialects.bybit.v5.executionnews import Executions, FastExecutions
from simexchange.dialects.bybit.v5.ordernews import Orders
from simexchange.dialects.bybit.v5.positionnews import Positions
from simexchange.dialects.bybit.v5.privatetopic import Topic
from simexchange.dialects.bybit.v5.walletnews import Wallet

if TYPE_CHECKING:
    from simexchange.core.vocabulary.ids import AccountNo
    from simexchange.dialects.contract import UserStream

IN_CATEGORIES: Final[Mapping[str, type[Topic]]] = {
    "execution.fast": FastExecutions,
    "execution": Executions,
    "order": Orders,
    "position": Positions,
}
"""Topics that are there for one category, too. Of options there is nothing to tell."""


def _topics() -> "Iterator[tuple[str, tuple[type[Topic], str]]]":
    for name, kind in IN_CATEGORIES.items():
        yield name, (kind, "")
        for category in (*CATEGORIES, OPTION):
            if category != "spot" or kind is not Positions:
                yield f"{name}.{category}", (kind, category)
    yield "wallet", (Wallet, "")
    for name in dcp.TOPICS:
        yield name, (dcp.Watching, "")
    # There are no options.
    for name in ("greeks", "dcp.option"):
        yield name, (Topic, "")


TOPICS: "Final[Mapping[str, tuple[type[Topic], str]]]" = dict(_topics())
"""Each topic there is: what makes its stream, and the category it is confined to."""


def private_stream(account: "AccountNo", topic: str) -> "UserStream":
    """The stream of one of `TOPICS`."""
    kind, category = TOPICS[topic]
    return kind(account, topic, category)
