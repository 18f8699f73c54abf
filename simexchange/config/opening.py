"""The first commands of a fresh exchange: markets, rules, capital, accounts and what they were given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from simexchange.config import backing
from simexchange.config.markets import contracts
from simexchange.config.venuerules import OWN, rules_for
from simexchange.config.words import decimal
from simexchange.core import feetables
from simexchange.core.vocabulary.assets import WALLETS
from simexchange.core.vocabulary.commands import (
    AdoptBundle,
    Command,
    Deposit,
    ListMarket,
    OpenAccount,
    ProvideCapital,
    SetRules,
)
from simexchange.core.vocabulary.markets import Bundle, CostRule
from simexchange.core.vocabulary.units import ONE, SECOND, Amount, Nanos, Rate
from simexchange.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from simexchange.config.markets import Listing
    from simexchange.core.feetables import FeeTable
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.ids import AccountNo

POOLED = backing.preset("binance-usdm")
UNIFIED = backing.preset("bybit-unified")

BUNDLES = {
    "binance": Bundle(
        "binance",
        post_only="refuse",
        fok="accept_then_expire",
        derivative_fok="refuse",
        market_order="bounded",
        discount_asset="BNB",
        routing=("USDT", "USDC"),
        max_conditional_futures=200,
        # 2026-01-05: a short's margin is reckoned at the mark or the last price × 1.0015 where those are higher.
        cost_rules=(CostRule(since=Nanos(1_767_571_200 * SECOND), short_last=Rate(100_150_000)),),
        collateral=POOLED.collateral,
        exchange=POOLED.exchange,
        exchange_ltv=POOLED.exchange_ltv,
        bonus=backing.bonus("binance"),
    ),
    "bybit": Bundle(
        "bybit",
        # What cannot do as it is told is taken in and ends with a reason.
        post_only="accept_then_expire",
        fok="accept_then_expire",
        derivative_fok="accept_then_expire",
        market_order="bounded",
        linear_wallet="unified",
        inverse_wallet="unified",
        spot_wallet="unified",
        liquidation="by_tier",
        max_orders=500,
        collateral=UNIFIED.collateral,
        exchange=UNIFIED.exchange,
        exchange_ltv=UNIFIED.exchange_ltv,
        bonus=backing.bonus("bybit"),
        hedged=("USDT",),
        pooled=True,
        closing_fee=True,
        closes_over=True,
    ),
}
"""Venue policies for accounts.

Binance: spot API documentation, USDⓈ-M error pages, FAQ 87fa7ee3. Bybit: v5 documentation of order/create (entry
policies, open-order limits), account/set-margin-mode (cross is how an account begins), help center "Trading Rules:
Liquidation Process (UTA)". Seen 2026-11.
"""

FUND_CAPITAL = Amount(10_000_000 * ONE)
"""What the insurance fund opens with, per settlement asset: with nothing the first shortfall could not be met."""
COIN_CAPITAL = {"BTC": Amount(160 * ONE), "ETH": Amount(3_000 * ONE)}
"""The same for coins that inverse contracts settle in: about as much money."""


class Gift(msgspec.Struct, frozen=True):
    """Money an account is given at its opening; no wallet means each of its rules' wallets that can hold the asset."""

    wallet: str
    asset: str
    amount: Amount


class AccountSpec(msgspec.Struct, frozen=True):
    """One `--account`."""

    name: str
    rules: str
    gifts: tuple[Gift, ...]
    tier: str = ""
    """The tier of the fee tables it is given; empty: what the market files say."""


DEMO = AccountSpec(
    "demo",
    "binance",
    (
        Gift("spot", "USDT", Amount(100_000 * ONE)),
        Gift("spot", "BTC", Amount(2 * ONE)),
        Gift("usdm", "USDT", Amount(50_000 * ONE)),
    ),
)
"""The account there is when none is asked for, at the venue whose rules it has."""


def demos(venues: Iterable[str]) -> Iterator[AccountSpec]:
    """One at home at each of *venues*, so that who changes an address only has a key there: `DEMO`, ``demo-bybit``.

    The first has the plain name. Where accounts have one wallet, it holds what is in the spot wallet elsewhere; it is
    named, because a market file may have no market of that asset.
    """
    for place, venue in enumerate(venues):
        name = f"{DEMO.name}-{venue}" if place else DEMO.name
        gifts = DEMO.gifts
        if venue != DEMO.rules:
            wallet = wallets_of(venue)[0]
            gifts = tuple(Gift(wallet, gift.asset, gift.amount) for gift in gifts if gift.wallet == "spot")
        yield AccountSpec(name, venue, gifts)


def parse_account(text: str, home: str = OWN) -> AccountSpec:
    """``NAME[@RULES][/TIER][:ASSET=AMOUNT,WALLET.ASSET=AMOUNT,…]``, under the rules of *home* where it names none.

    Raises ConfigError saying what is wrong with it.
    """
    head, _, tail = text.partition(":")
    head, slash, tier = head.partition("/")
    name, at, rules = head.partition("@")
    if not name or not name.replace("-", "").replace("_", "").isalnum() or (at and rules not in BUNDLES):
        known = ", ".join(BUNDLES)
        msg = f"--account {text!r}: write NAME or NAME@RULES (rules: {known}), then /TIER, then :ASSET=AMOUNT,…"
        raise ConfigError(msg)
    if name == "insurance" or name.startswith("house"):
        msg = f"--account {text!r}: the name {name} is taken by the exchange itself; choose another"
        raise ConfigError(msg)
    gifts = tuple(_gift(part, text) for part in tail.split(",")) if tail else ()
    if slash and not tier:
        msg = f"--account {text!r}: after the slash comes the name of a tier, like VIP3"
        raise ConfigError(msg)
    return AccountSpec(name, rules or home, gifts, tier)


def _gift(part: str, text: str) -> Gift:
    place, equals, amount = part.partition("=")
    wallet, dot, asset = place.rpartition(".")
    if not equals or not asset.isalnum() or (dot and wallet not in WALLETS):
        msg = f"--account {text!r}: {part!r} is not ASSET=AMOUNT or WALLET.ASSET=AMOUNT (wallets: {', '.join(WALLETS)})"
        raise ConfigError(msg)
    value = decimal(amount, f"--account {text!r}")
    if value <= 0:
        msg = f"--account {text!r}: {part!r} must be above zero"
        raise ConfigError(msg)
    return Gift(wallet, asset, Amount(value))


def opening(listings: Iterable[Listing], state: ExchangeState, others: Iterable[str] = ()) -> Iterator[Command]:
    """Markets, rules and capital that *state* lacks. Taken one at a time: a market's number is known after listing.

    The rules are those the listings are written in, and *others* by name.
    """
    given = list(contracts({one.market.id: one for one in listings}, state.start).values())
    if OWN not in state.bundles:
        yield AdoptBundle(BUNDLES[OWN])
    funded: list[str] = []
    for listing in given:
        # Each is asked for itself: a process may have been killed between any two of them.
        if listing.market.id not in state.market_no:
            yield ListMarket(listing.market)
        no = state.market_no[listing.market.id]
        if (OWN, no) not in state.rules:
            yield SetRules(OWN, no, listing.rules)
        settle = listing.market.settle
        if state.markets[no].derivative and settle not in funded:
            funded.append(settle)
            if not state.purses.amount("ext:capital", settle):
                wallet = "coinm" if listing.market.inverse else "usdm"
                yield ProvideCapital(wallet, settle, COIN_CAPITAL.get(settle, FUND_CAPITAL))
    for name in others:
        yield from adopting(name, state)


def adopting(rules: str, state: ExchangeState) -> Iterator[Command]:
    """A venue's rules, of every market there is, as far as *state* lacks them; nothing of rules that nobody knows.

    They are adopted when something first needs them: the venue is served, or an account is opened under them. So a log
    in which nothing does says nothing of them.
    """
    bundle = BUNDLES.get(rules)
    if bundle is None:
        return
    if rules not in state.bundles:
        yield AdoptBundle(bundle)
    for no, market in list(state.markets.items()):
        own = state.rules.get((OWN, no))
        if own is not None and (rules, no) not in state.rules:
            yield SetRules(rules, no, rules_for(rules, market.spec, own))


def account_commands(spec: AccountSpec, state: ExchangeState, tables: Iterable[FeeTable] = ()) -> Iterator[Command]:
    """Open *spec*, give it its tier and its money; nothing where an account of that name is there already."""
    if spec.name in state.account_no:
        return
    known = feetables.tiers_of(tables, spec.rules)
    if spec.tier and spec.tier not in known:
        msg = f"account {spec.name!r}: there is no tier {spec.tier!r} under {spec.rules}: {', '.join(known)}"
        raise ConfigError(msg)
    has = (*wallets_of(spec.rules), "funding")
    foreign = [gift.wallet for gift in spec.gifts if gift.wallet not in ("", *has)]
    if foreign:
        msg = f"account {spec.name!r}: under {spec.rules} there is no wallet {foreign[0]}: {', '.join(has)}"
        raise ConfigError(msg)
    yield from adopting(spec.rules, state)
    yield OpenAccount(spec.name, spec.rules)
    no: AccountNo = state.account_no[spec.name]
    if spec.tier:
        yield from feetables.give(tables, spec.rules, spec.tier, no, state)
    for gift in spec.gifts:
        places = (gift.wallet,) if gift.wallet else wallets_for(gift.asset, state, spec.rules)
        if not places:
            wallet = wallets_of(spec.rules)[0]
            msg = (
                f"account {spec.name!r}: no market served here uses {gift.asset}; name a wallet "
                f"({wallet}.{gift.asset}=…)"
            )
            raise ConfigError(msg)
        for wallet in places:
            yield Deposit(no, wallet, gift.asset, gift.amount)


def wallets_of(rules: str) -> tuple[str, ...]:
    """The wallets that accounts under *rules* trade from, in the order they are shown: one where they have one."""
    bundle = BUNDLES.get(rules, BUNDLES[OWN])
    return tuple(dict.fromkeys((bundle.spot_wallet, bundle.linear_wallet, bundle.inverse_wallet)))


def wallets_for(asset: str, state: ExchangeState, rules: str = OWN) -> tuple[str, ...]:
    """The wallets of accounts under *rules* in which *asset* can be held, by the markets served now."""
    spot, linear, inverse = (wallets_of(rules) * 3)[:3]
    found: dict[str, None] = {}
    for market in state.markets.values():
        spec = market.spec
        if not market.derivative and asset in (spec.base, spec.quote):
            found[spot] = None
        elif market.derivative and asset == spec.settle:
            found[inverse if spec.inverse else linear] = None
    return tuple(wallet for wallet in WALLETS if wallet in found)
