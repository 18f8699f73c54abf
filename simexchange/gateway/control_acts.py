"""What the calls of the control API do."""

import asyncio
import re
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

import msgspec

from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.assets import WALLETS
from simexchange.core.vocabulary.commands import (
    AdoptBundle,
    Command,
    Deposit,
    OpenAccount,
    SetAccountOption,
    SetIndex,
)
from simexchange.core.vocabulary.events import AccountOpened, CommandRefused
from simexchange.core.vocabulary.families import JoinFamily
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.orders import AccountOption
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.step import Step
from simexchange.core.vocabulary.units import Amount, Price
from simexchange.errors import ConfigError, NotThere
from simexchange.eventlog.log import EventLog
from simexchange.eventlog.travel import Moment, state_at
from simexchange.gateway import control_schemas as schemas, told
from simexchange.gateway.calls import Calls
from simexchange.gateway.control import Endpoint, Query, Refused
from simexchange.gateway.keys import Keys
from simexchange.gateway.people import asset_named, check_family, check_wallet, person
from simexchange.gateway.settings import no_rules
from simexchange.gateway.words import decimal, parse_amount, parse_instant

RECORDS_MAX = 1_000
"""Records in one answer."""

_NAME = re.compile(r"[\w-]{1,64}")
_STATUS = {
    RejectReason.ACCOUNT_UNKNOWN: 404,
    RejectReason.INDEX_UNKNOWN: 404,
    RejectReason.MARKET_UNKNOWN: 404,
    RejectReason.ACCOUNT_EXISTS: 409,
}
"""What the engine refuses is 400 but for these."""


class Acts:
    """The calls, over one exchange. Each answer waits for the newest record it has seen."""

    def __init__(
        self,
        calls: Calls,
        sockets: Callable[[], int],
        adopting: Callable[[str, ExchangeState], Iterable[Command]] = no_rules,
        *,
        allow_any_key: bool,
        venues: Iterable[str] = (),
    ) -> None:
        """*venues*: the names of those that are served."""
        self._calls = calls
        self._venues = tuple(venues)
        self._adopting = adopting
        self._exchange = calls.exchange
        self._sockets = sockets
        self._allow_any_key = allow_any_key

    def endpoints(self) -> tuple[Endpoint, ...]:
        """The table of calls."""
        return (
            Endpoint(
                method="GET",
                path="/health",
                act=self.health,
                gives=schemas.Health,
                open=True,
                summary="How the exchange is",
            ),
            Endpoint(
                method="GET",
                path="/accounts",
                act=self.accounts,
                gives=schemas.Accounts,
                summary="Every account with its balances, positions and open orders",
            ),
            Endpoint(
                method="POST",
                path="/accounts",
                act=self.open_account,
                takes=schemas.NewAccount,
                gives=schemas.OpenedAccount,
                summary="Open an account with a key",
            ),
            Endpoint(
                method="POST",
                path="/options",
                act=self.choose,
                takes=schemas.ChooseOptions,
                gives=schemas.OptionsChosen,
                summary="Choose for an account: trade group, self-trades, discounts, cancel on disconnect",
            ),
            Endpoint(
                method="POST",
                path="/deposit",
                act=self.deposit,
                takes=schemas.DepositRequest,
                gives=schemas.Deposited,
                summary="Give an account money",
            ),
            Endpoint(
                method="POST",
                path="/index",
                act=self.set_index,
                takes=schemas.SetIndexRequest,
                gives=schemas.IndexesSet,
                summary="Set an index, where no feed does",
            ),
            Endpoint(
                method="GET",
                path="/budget",
                act=self.budget,
                gives=schemas.BudgetReport,
                summary="What clients asked for and what it weighed, call by call, against the limits",
            ),
            Endpoint(
                method="GET",
                path="/state",
                act=self.state,
                gives=schemas.StateAt,
                summary="The exchange now, or as it was at an instant or after a record",
                query={
                    "at": "ISO-8601 or integer nanoseconds; now where it is not given",
                    "seq": "or after which record",
                },
            ),
            Endpoint(
                method="GET",
                path="/records",
                act=self.records,
                gives=schemas.Records,
                summary="Stored records, at most a thousand at a time",
                query={"from": "seq of the first one; 1 where it is not given", "limit": "how many at most"},
            ),
        )

    # --- health

    async def health(self, _query: Query, _body: Any) -> schemas.Health:
        exchange = self._exchange
        failed = exchange.failure is not None
        calls = self._unserved()
        return schemas.Health(
            status="storage_failed" if failed else "ok",
            storage="failed" if failed else "ok",
            now=told.moment(exchange.now()),
            mode=told.mode(exchange),
            speed=told.speed(exchange),
            seq=exchange.seq,
            durable_seq=exchange.durable_seq,
            sockets=self._sockets(),
            unserved_calls=calls,
            read_only=exchange.read_only,
            venues=list(self._venues),
        )

    def _unserved(self) -> list[schemas.UnservedCall]:
        return [schemas.UnservedCall(call=call, count=count) for call, count in self._calls.unserved.most_common(100)]

    async def budget(self, _query: Query, _body: Any) -> schemas.BudgetReport:
        budget = self._calls.budget
        return schemas.BudgetReport(
            mode=self._calls.limits.mode.value,
            limits=[
                schemas.LimitUse(pool=use.pool, limit=use.limit, allowed=use.allowed, most=use.most)
                for use in budget.pools()
            ],
            calls=[
                schemas.CallSpent(
                    product=product,
                    call=call,
                    calls=spent.calls,
                    weight=spent.weight,
                    most_calls=spent.most_calls,
                    most_weight=spent.most_weight,
                    refused=spent.refused,
                )
                for product, call, spent in budget.calls()
            ],
            unserved_calls=self._unserved(),
        )

    # --- accounts and money

    async def accounts(self, _query: Query, _body: Any) -> schemas.Accounts:
        answer = schemas.Accounts(accounts=told.accounts(self._exchange.state))
        await self._exchange.durable(self._exchange.seq)
        return answer

    async def open_account(self, _query: Query, body: schemas.NewAccount) -> schemas.OpenedAccount:
        """Open the account, give it its key and its money. Everything that can be judged is judged first."""
        if not _NAME.fullmatch(body.name) or body.name == "insurance" or body.name.startswith("house"):
            raise Refused(
                400, "name", "a name has 1 to 64 letters, digits, - or _, and is not one of the exchange's own"
            )
        if (body.api_key is None) != (body.api_secret is None):
            raise Refused(400, "key", "api_key and api_secret go together")
        if body.api_key is not None:
            self._judge_key(body.api_key, body.api_secret or "")
        amounts = _amounts(body.balances)
        if body.name in self._exchange.state.account_no:
            raise Refused(409, RejectReason.ACCOUNT_EXISTS, f"there is an account {body.name!r} already")
        parent = None if body.parent is None else self._head(body.parent, body.rules)
        self._judge_wallets(body.rules, body.balances)
        for command in self._adopting(body.rules, self._exchange.state):
            self._do(command)
        opened = next(e for e in self._do(OpenAccount(body.name, body.rules)).events if isinstance(e, AccountOpened))
        if parent is not None:
            self._do(JoinFamily(opened.no, parent))
        for wallet, asset, amount in amounts:
            self._do(Deposit(opened.no, wallet, asset, amount))
        await self._exchange.durable(self._exchange.seq)
        keys = self._calls.keys
        if body.api_key is None or body.api_secret is None:
            key = keys.make(opened.no)
        else:
            key = keys.add(opened.no, body.api_key, body.api_secret, allow_any=self._allow_any_key)
        return schemas.OpenedAccount(name=opened.name, no=opened.no, api_key=key.api_key, api_secret=key.secret)

    def _head(self, name: str, rules: str) -> AccountNo:
        """The account of that name, if it may have sub-accounts under *rules*."""
        no = person(self._exchange.state, name)
        if self._exchange.state.accounts[no].parent:
            raise Refused(409, RejectReason.ACCOUNT_NOT_RELATED, f"{name} is a sub-account itself")
        check_family(rules, self._exchange.state.accounts[no])
        return no

    def _judge_wallets(self, rules: str, wallets: Iterable[str]) -> None:
        """Whether accounts under *rules*, adopted or not, have these; rules that nobody knows are refused later."""
        state = self._exchange.state
        adopted = (each.bundle for each in self._adopting(rules, state) if isinstance(each, AdoptBundle))
        bundle = state.bundles.get(rules) or next(adopted, None)
        if bundle is not None:
            for wallet in wallets:
                check_wallet(wallet, bundle)

    def _judge_key(self, api_key: str, secret: str) -> None:
        if self._calls.keys.find(api_key) is not None:
            raise Refused(409, "key", "that key belongs to an account already")
        try:
            Keys().add(AccountNo(0), api_key, secret, allow_any=self._allow_any_key)
        except ConfigError as error:
            raise Refused(400, "key", str(error)) from error

    async def choose(self, _query: Query, body: schemas.ChooseOptions) -> schemas.OptionsChosen:
        no = person(self._exchange.state, body.account)
        account = self._exchange.state.accounts[no]
        for option, value in _choices(body):
            if account.options.get(option, 0) != value:
                self._do(SetAccountOption(no, option, value))
        seq = self._exchange.seq
        answer = schemas.OptionsChosen(seq=seq, account=body.account, options=told.options(account))
        await self._exchange.durable(seq)
        return answer

    async def deposit(self, _query: Query, body: schemas.DepositRequest) -> schemas.Deposited:
        no = person(self._exchange.state, body.account)
        check_wallet(body.wallet, self._exchange.state.accounts[no])
        step = self._do(Deposit(no, body.wallet, asset_named(body.asset), Amount(parse_amount(body.amount))))
        row = told.balance_row(self._exchange.state.accounts[no], body.wallet, body.asset)
        await self._exchange.durable(self._exchange.seq)
        return schemas.Deposited(seq=step.seq, account=body.account, balance=row)

    # --- prices

    async def set_index(self, _query: Query, body: schemas.SetIndexRequest) -> schemas.IndexesSet:
        names = self._indexes(body)
        price = Price(parse_amount(body.price))
        if self._exchange.sets_index:
            raise Refused(409, "feed_sets_index", "a feed sets the index prices; serve without one to set them by hand")
        steps = [self._do(SetIndex(name, price)) for name in names]
        await self._exchange.durable(self._exchange.seq)
        return schemas.IndexesSet(seq=steps[-1].seq, indexes=names, price=decimal(price))

    def _indexes(self, body: schemas.SetIndexRequest) -> list[str]:
        """The indexes meant: of a market, or all of an asset (``BTC`` means ``BTC-USDT`` and ``BTC-USD``)."""
        if (body.asset is None) == (body.market is None):
            raise Refused(400, "malformed", "say which index: either asset or market")
        state = self._exchange.state
        if body.market is not None:
            no = state.market_no.get(body.market)
            if no is None:
                raise Refused(404, RejectReason.MARKET_UNKNOWN, f"there is no market {body.market!r}")
            if not state.markets[no].spec.index:
                raise Refused(400, RejectReason.INDEX_UNKNOWN, f"{body.market} follows no index")
            return [state.markets[no].spec.index]
        names = [name for name in sorted(state.indexes) if body.asset in {name, name.partition("-")[0]}]
        if not names:
            raise Refused(404, RejectReason.INDEX_UNKNOWN, f"there is no index of {body.asset!r}")
        return names

    # --- the past

    async def state(self, query: Query, _body: Any) -> schemas.StateAt:
        exchange = self._exchange
        if "at" in query and "seq" in query:
            raise Refused(400, "malformed", "say either at or seq")
        if "at" in query:
            at = parse_instant(query["at"])
            return await asyncio.to_thread(_state_at, exchange.log, Moment(at=at))
        if "seq" in query:
            asked = Moment(seq=_whole(query, "seq", 0, 0, 1 << 62))
            return await asyncio.to_thread(_state_at, exchange.log, asked)
        seq, state = exchange.seq, exchange.state
        answer = schemas.StateAt(
            seq=seq, at=told.moment(state.now), markets=told.markets(state), accounts=told.accounts(state)
        )
        await exchange.durable(seq)
        return answer

    async def records(self, query: Query, _body: Any) -> schemas.Records:
        start = _whole(query, "from", 1, 1, 1 << 62)
        limit = _whole(query, "limit", RECORDS_MAX, 1, RECORDS_MAX)
        return await asyncio.to_thread(_read, self._exchange.log, start, limit)

    # --- parts

    def _do(self, command: Command) -> Step:
        """Submit; a refused command is a refusal of the call."""
        step = self._exchange.submit(command, source="control")
        for event in step.events:
            if isinstance(event, CommandRefused):
                why = event.detail or event.reason.replace("_", " ")
                raise Refused(_STATUS.get(event.reason, 400), event.reason, f"the engine refused: {why}")
        return step


def _choices(body: schemas.ChooseOptions) -> list[tuple[AccountOption, int]]:
    """The options that were named, with the values the engine has for them."""
    modes = {word: int(mode) for mode, word in told.SELF_TRADES.items()}
    named = (
        (AccountOption.TRADE_GROUP, body.trade_group),
        (AccountOption.SELF_TRADE, None if body.self_trade is None else modes[body.self_trade]),
        (AccountOption.DISCOUNT_SPOT, body.discount_spot),
        (AccountOption.DISCOUNT_FUTURES, body.discount_futures),
        (AccountOption.CANCEL_ON_DISCONNECT, body.cancel_on_disconnect),
    )
    return [(option, int(value)) for option, value in named if value is not None]


def _amounts(balances: dict[str, dict[str, str]]) -> list[tuple[str, str, Amount]]:
    found = []
    for wallet, assets in balances.items():
        if wallet not in WALLETS:
            raise Refused(400, RejectReason.WALLET_UNKNOWN, f"there is no wallet {wallet!r}: {', '.join(WALLETS)}")
        for asset, text in assets.items():
            amount = parse_amount(text)
            if not amount:
                raise Refused(400, RejectReason.AMOUNT_NOT_POSITIVE, "a balance is more than nothing")
            found.append((wallet, asset_named(asset), Amount(amount)))
    return found


def _whole(query: Query, name: str, default: int, least: int, most: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and least <= int(text) <= most):
        raise Refused(400, "malformed", f"{name} is a whole number from {least} to {most}")
    return int(text)


def _state_at(log: EventLog, moment: Moment) -> schemas.StateAt:
    """The log folded from its nearest checkpoint. Runs in a thread of its own."""
    try:
        seq, state = state_at(log, moment)
    except NotThere as error:
        raise Refused(404, "before_the_start" if moment.seq is None else "not_there", str(error)) from None
    return schemas.StateAt(
        seq=seq, at=told.moment(state.now), markets=told.markets(state), accounts=told.accounts(state)
    )


def _read(log: EventLog, start: int, limit: int) -> schemas.Records:
    lines = [msgspec.Raw(line) for line in islice(log.read(start), limit)]
    return schemas.Records(records=lines, next=start + len(lines))
