"""What an order would do to the margin of an account, before it is placed.

"Pre Check Order" (docs/v5/order/pre-check-order.mdx, snapshot 2026-07-24, seen 2026-11): linear orders of accounts with
cross margin. What the figures after it are of is not published: here of the order filled whole, at its own price or at
the one a market order is reckoned at.
"""

from typing import TYPE_CHECKING, Final

from simexchange.core import coins, costing, whatif
from simexchange.core.engine import Engine
from simexchange.core.placing import Ticket, check
from simexchange.core.vocabulary.orders import OrderKind
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.dialects.bybit.common import errors as common
from simexchange.dialects.bybit.common.symbols import LINEAR
from simexchange.dialects.bybit.v5 import errors, responses
from simexchange.dialects.bybit.v5.choosing import account_of
from simexchange.dialects.bybit.v5.orderrequests import read_order
from simexchange.dialects.bybit.v5.orderrows import placed
from simexchange.dialects.bybit.v5.trading import rejection
from simexchange.dialects.contract import ApiError, Call, Reply

if TYPE_CHECKING:
    from simexchange.core.accounts import Account
    from simexchange.core.vocabulary.commands import PlaceOrder

E4: Final = 10_000
"""A rate in 10**-8, in units of a hundredth of a percent."""
CROSS_ONLY: Final = common.invalid("only cross margin is supported")


def pre_check(call: Call) -> Reply:
    """``POST /v5/order/pre-check``: nothing happens."""
    if call.params["category"] != LINEAR:
        return responses.refused(call, common.BAD_CATEGORY)
    command = read_order(call, call.params)
    if isinstance(command, ApiError):
        return responses.refused(call, command)
    if command.more is not None and command.more.trigger is not None:
        return responses.refused(call, common.invalid("conditional orders are not supported"))
    account = call.state.accounts[account_of(call)]
    before = _rates(call, account)
    if before is None or command.market in account.isolated:
        return responses.refused(call, CROSS_ONLY)
    number = account.orders_made + 1
    reason, after = _judge(call, command, account)
    if reason is not None and reason not in errors.LATER:
        ext: dict[str, object] = {"future_order_id": _named(call, command, number)["orderId"]}
        ext["future_order_link_id"] = command.client_id
        if reason is RejectReason.MARGIN_INSUFFICIENT and after is not None:
            ext |= {"post_imr_e4": after[0], "post_mmr_e4": after[1]}
        return responses.refused_with(call, rejection(call, command, reason), ext)
    initial, maintained = after or before
    figures = {"preImrE4": before[0], "preMmrE4": before[1], "postImrE4": initial, "postMmrE4": maintained}
    return responses.ok(call, {**_named(call, command, number), **figures})


def _named(call: Call, command: "PlaceOrder", number: int) -> "responses.Json":
    """The order as it would be called, were it the account's next."""
    return placed(call.state.markets[command.market].spec, number, command.client_id)


def _judge(call: Call, command: "PlaceOrder", account: "Account") -> tuple[RejectReason | None, tuple[int, int] | None]:
    """Why it would be refused, and the rates it would leave; None where it cannot be reckoned."""
    engine = Engine(call.state)
    engine.at = call.now
    market = call.state.markets[command.market]
    ticket = Ticket(command, account, market, call.state.rules.get((account.rules, market.no)))
    reason = check(engine, ticket)
    price: int = command.price
    if command.kind is OrderKind.MARKET:
        price = costing.market_price(market, command.side, costing.rules_of(call.state, account), call.now)
    qty = ticket.qty
    if not qty or not price:
        return reason, None
    twin, _ = whatif.filled(engine, account, market, command.side, qty, price, ticket.key)
    return reason, _rates(call, twin)


def _rates(call: Call, account: "Account") -> tuple[int, int] | None:
    """Initial and maintenance margin of the account, each as a share of what it is worth."""
    found = coins.account_state(call.state, account)
    return None if found is None else (found.initial_rate // E4, found.maintenance_rate // E4)
