"""Why a pool of several assets is worth what it is: rates, what each asset counts for, and the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core import anchors, collateral, display, margin
from simexchange.core.collateral import UNPRICED
from simexchange.core.explaining.figures import Sheet, total
from simexchange.core.vocabulary.assets import ALL_ASSETS
from simexchange.core.vocabulary.ids import market_of
from simexchange.core.vocabulary.units import ONE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from simexchange.core.accounts import Account
    from simexchange.core.explaining.figures import Origins
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.ids import PositionKey
    from simexchange.core.vocabulary.markets import Collateral, Tier

NUMERAIRE = "USD"
DOWN = "down to 10⁻⁸"
UP = "up to 10⁻⁸: the odd unit counts against the holder"
TO_ZERO = "toward zero to 10⁻⁸"
CUT = "cut to eight places, as the venue shows it"


class SharedPool:
    """One account's shared wallet being explained, over the sheets of its positions."""

    def __init__(
        self, state: ExchangeState, account: Account, origins: Origins, positions: Mapping[PositionKey, Sheet]
    ) -> None:
        self._state = state
        self._account = account
        self._origins = origins
        self._positions = positions
        self._wallet = account.linear_wallet
        self._sums = margin.sums(state, account, self._wallet)
        self._holding = any(each.aside for each in self._sums.values())
        """Whether spot orders hold some of it."""
        self._rates = collateral.rates_of(state, account)
        self._assets: dict[str, Sheet] = {}
        self.whole = Sheet(f"{self._wallet} {ALL_ASSETS}", note=f"all its assets together, in {NUMERAIRE}")

    def sheets(self) -> Iterator[Sheet]:
        """Each asset that counts, in the order of the rules, then those that count nothing, then the whole."""
        rows = {row.asset: row for row in collateral.rows_of(self._state, self._account)}
        for asset in [*rows, *(name for name in sorted(self._sums) if name not in rows)]:
            if asset in self._sums:
                self._assets[asset] = self._asset(asset, rows.get(asset))
                yield self._assets[asset]
        self._whole()
        yield self.whole

    def _asset(self, asset: str, row: Collateral | None) -> Sheet:
        """What one asset has, needs, and counts for."""
        each, rates = self._sums[asset], self._rates.get(asset, UNPRICED)
        sheet = Sheet(f"{self._wallet} {asset} in the pool")
        seq = self._origins.wallet(self._account.no, self._wallet, asset)
        sheet.fact("wallet", each.cash, asset, "last movement of the wallet", seq)
        if each.aside:
            sheet.fact("held", each.aside, asset, "what open spot orders hold of it", seq)
        self._rates_of(sheet, row, rates)
        terms: dict[str, list[str]] = {}
        for number, key in enumerate(self._inside(asset), 1):
            for name in ("unrealised", "initial_margin", "order_margin", "maintenance"):
                terms.setdefault(name, []).append(f"{name}_{number}")
                sheet.borrow(f"{name}_{number}", self._positions[key], name)
        sheet.figure("unrealised", each.unrealised, asset, total(terms.get("unrealised", [])))
        sheet.figure("equity", each.equity, asset, "wallet + unrealised")
        sheet.figure("initial", each.position_initial + each.order_initial, asset,
                     total([*terms.get("initial_margin", []), *terms.get("order_margin", [])]))  # fmt: skip
        sheet.figure("maintenance", each.maintenance, asset, total(terms.get("maintenance", [])))
        for name, amount, of in (("cash_worth", each.cash, "wallet"), ("worth", each.equity, "equity")):
            rate = "bid_rate" if amount > 0 else "ask_rate"
            sheet.figure(name, collateral.worth(amount, rates), NUMERAIRE, f"floor8({of} × {rate})", DOWN)
        if self._holding:
            left = each.equity - each.aside
            formula = f"floor8((equity − held) × {'bid' if left > 0 else 'ask'}_rate)" if each.aside else "worth"
            sheet.figure("unheld", collateral.worth(left, rates), NUMERAIRE, formula, DOWN if each.aside else "",
                         note="without what spot orders hold")  # fmt: skip
        for name, amount in (
            ("initial", each.position_initial + each.order_initial), ("maintenance", each.maintenance),
        ):  # fmt: skip
            worth = collateral.needs(amount, rates)
            sheet.figure(f"{name}_worth", worth, NUMERAIRE, f"ceil8({name} × ask_rate)", UP)
        return sheet

    def _rates_of(self, sheet: Sheet, row: Collateral | None, rates: collateral.Rates) -> None:
        """At which rates an asset counts: its index with the buffers of the rules."""
        origins, bundle = self._origins, self._account.rules
        if row is None or not rates.price:
            why = "it is no collateral" if row is None else "its index stands nowhere"
            for name in ("bid_rate", "ask_rate"):
                sheet.figure(name, 0, "price", "0", note=why)
            return
        if row.index:
            sheet.fact("index_price", rates.price, "price", f"IndexSet {row.index}", origins.index(row.index))
        else:
            sheet.fact("index_price", rates.price, "price", f"it is worth one, by {bundle}", origins.bundle(bundle))
        seq = origins.bundle(bundle)
        for name, value in (("bid_buffer", row.bid_buffer), ("ask_buffer", row.ask_buffer), ("counted", row.ratio)):
            sheet.fact(name, value, "rate", f"collateral of {bundle}", seq)
        bid = "floor8(index_price × (1 − bid_buffer))"
        sheet.figure("bid_rate", rates.bid, "price", f"floor8({bid} × counted)", CUT)
        sheet.figure("ask_rate", rates.ask, "price", "floor8(index_price × (1 + ask_buffer))", CUT)

    def _inside(self, asset: str) -> list[PositionKey]:
        """The positions that settle in *asset* and draw on the wallet."""
        found = []
        for key in self._positions:
            market = self._state.markets[market_of(key)]
            wallet = self._account.inverse_wallet if market.inverse else self._account.linear_wallet
            if market.spec.settle == asset and wallet == self._wallet:
                found.append(key)
        return found

    def _whole(self) -> None:
        """All of them together."""
        sheet, pool = self.whole, collateral.pool(self._sums, self._rates)
        terms: dict[str, list[str]] = {}
        for number, asset in enumerate(self._assets, 1):
            held = ("unheld",) if self._holding else ()
            for name in ("cash_worth", "worth", *held, "initial_worth", "maintenance_worth"):
                terms.setdefault(name, []).append(f"{name}_{number}")
                sheet.borrow(f"{name}_{number}", self._assets[asset], name)
        sheet.figure("cash", pool.cash, NUMERAIRE, total(terms.get("cash_worth", [])))
        sheet.figure("margin_balance", pool.equity, NUMERAIRE, total(terms.get("worth", [])))
        if self._holding:
            sheet.figure("unheld", pool.unheld, NUMERAIRE, total(terms.get("unheld", [])))
        sheet.figure("initial", pool.initial, NUMERAIRE, total(terms.get("initial_worth", [])))
        sheet.figure("maintenance", pool.maintenance, NUMERAIRE, total(terms.get("maintenance_worth", [])))
        spare = "unheld − initial" if self._holding else "margin_balance − initial"
        sheet.figure("available", max(0, pool.spare), NUMERAIRE, f"max(0, {spare})")
        if pool.equity > 0:
            ratio = display.ratio(pool.maintenance, pool.equity)
            sheet.figure("margin_ratio", ratio, "rate", "zero8(maintenance ÷ margin_balance)", TO_ZERO,
                         note="liquidated at 1 and above")  # fmt: skip
        else:
            sheet.absent("margin_ratio", "rate", "nothing backs the positions any more")
        for asset in self._assets:
            self._of_asset(asset)

    def _of_asset(self, asset: str) -> None:
        """What the whole leaves of one asset: for orders, and to take out."""
        account, sheet, rates = self._account, self.whole, self._rates.get(asset, UNPRICED)
        if not rates.bid:
            return
        name, figures = asset.lower(), margin.wallet_state(self._state, account, self._wallet, asset)
        for of in ("wallet", "equity", "bid_rate", "ask_rate", "worth", "cash_worth"):
            sheet.borrow(f"{of}_of_{name}", self._assets[asset], of)
        pool, each = collateral.pool(self._sums, self._rates), self._sums[asset]
        spared = "unheld − initial" if self._holding else "margin_balance − initial"
        formula = f"max(0, zero8(({spared}) ÷ ask_rate_of_{name}))"
        sheet.figure(f"available_{name}", figures.available, asset, formula, TO_ZERO)
        bonus = account.bonus(self._wallet, asset)
        if bonus:
            seq = self._origins.wallet(account.no, self._wallet, asset)
            sheet.fact(f"bonus_of_{name}", bonus, asset, "bonus money in the wallet", seq)
        of_equity, free, counted = f"equity_of_{name}", f"wallet_of_{name}", f"worth_of_{name}"
        if each.aside:
            sheet.borrow(f"held_of_{name}", self._assets[asset], "held")
            sheet.borrow(f"unheld_of_{name}", self._assets[asset], "unheld")
            of_equity, free = f"(equity_of_{name} − held_of_{name})", f"(wallet_of_{name} − held_of_{name})"
            counted = f"unheld_of_{name}"
        parts = [free]
        for worth, amount, spare, left in (
            (f"cash_worth_of_{name}", f"wallet_of_{name}", "cash − maintenance",
             collateral.worth(each.cash, rates) - pool.cash + pool.maintenance),
            (counted, of_equity, spared, collateral.worth(each.equity - each.aside, rates) - pool.spare),
        ):  # fmt: skip
            rate = "bid_rate" if left > 0 else "ask_rate"
            parts.append(f"{amount} − ceil8(({worth} − ({spare})) ÷ {rate}_of_{name})")
        parts += self._at_index(asset, rates)
        found = f"max(0, min({', '.join(parts)}))"
        formula = f"max(0, {found} − bonus_of_{name})" if bonus else found
        sheet.figure(f"withdrawable_{name}", figures.withdrawable, asset, formula, DOWN)

    def _at_index(self, asset: str, rates: collateral.Rates) -> list[str]:
        """What may go with every position at its index, where that is another price than its mark."""
        there = anchors.sums_at_index(self._state, self._account, self._wallet, self._sums)
        if all(there[name].unrealised == each.unrealised for name, each in self._sums.items()):
            return []
        name, whole = asset.lower(), collateral.pool(there, self._rates).equity
        worth = collateral.worth(there[asset].equity, rates)
        seq = self._origins.wallet(self._account.no, self._wallet, asset)
        equity = self.whole.fact(
            f"at_index_of_{name}", there[asset].equity, asset, "equity with its positions at their indexes", seq
        )
        if "balance_at_index" not in self.whole:
            self.whole.fact("balance_at_index", whole, NUMERAIRE, "the pool with all positions at their indexes", seq)
        counted = f"floor8(at_index_of_{name} × {'bid' if equity > 0 else 'ask'}_rate_of_{name})"
        rate = "bid_rate" if worth - whole > 0 else "ask_rate"
        return [f"at_index_of_{name} − ceil8(({counted} − balance_at_index) ÷ {rate}_of_{name})"]

    def losable(self, sheet: Sheet, market: MarketState, key: PositionKey) -> int:
        """Put down how much of its asset a position may lose before the pool is worth nothing."""
        settle = market.spec.settle
        rates, worth = self._rates.get(settle, UNPRICED), self._assets[settle]["worth"]
        for name in ("equity", "worth", "bid_rate", "ask_rate"):
            sheet.borrow(name, self._assets[settle])
        value = margin.backing(self._state, self._account, market, key)
        if not rates.ask:
            return sheet.figure("losable", value, settle, "0", note="nothing tells what it is worth")
        rate = "bid_rate" if worth > self.whole["margin_balance"] else "ask_rate"
        formula = f"equity − ceil8((worth − margin_balance) ÷ {rate})"
        return sheet.figure("losable", value, settle, formula, DOWN, note="what takes the worth of the whole pool away")

    def regimes(
        self, market: MarketState, legs: Sequence[PositionKey], tiers: Sequence[Tier]
    ) -> Iterator[tuple[str, int, list[Tier]]]:
        """The two sides of zero on which the settled asset may stand where the pool falls: the name of the rate it
        counts at there, what backs the legs, and the brackets in its terms.
        """
        rates = self._rates.get(market.spec.settle, UNPRICED)
        found = margin.sums(self._state, self._account, self._wallet, legs)
        own = found.pop(market.spec.settle, collateral.Sums())
        rest = collateral.pool(found, self._rates)
        fees = sum(margin.closing_fee(self._state, self._account, market, key) for key in legs)
        spare = rest.equity - rest.maintenance - collateral.needs(own.maintenance + fees, rates)
        for name, rate in (("bid_rate", rates.bid), ("ask_rate", rates.ask)):
            if rate:
                backing = own.equity + (spare * ONE // rate if spare >= 0 else -(-spare * ONE // rate))
                yield name, backing, collateral.stretched(tiers, rates.ask, rate)

    def backing(self, sheet: Sheet, market: MarketState, legs: Sequence[PositionKey], rate: str, value: int) -> None:
        """Put down what backs positions in one market beside their own profit, in what they settle in."""
        own = self._assets[market.spec.settle]
        for name, of in (
            ("equity", "equity"), ("worth", "worth"), ("bid_rate", "bid_rate"), ("ask_rate", "ask_rate"),
            ("asset_maintenance", "maintenance"), ("maintenance_worth", "maintenance_worth"),
        ):  # fmt: skip
            sheet.borrow(name, own, of)
        maintained = unrealised = ""
        others = own["maintenance"]
        for number, key in enumerate(legs, 1):
            for name in ("maintenance", "unrealised"):
                sheet.borrow(f"{name}_{number}", self._positions[key], name)
            maintained, unrealised = f"{maintained} − maintenance_{number}", f"{unrealised} − unrealised_{number}"
            others -= self._positions[key]["maintenance"]
            if "closing_fee" in self._positions[key]:
                sheet.borrow(f"closing_fee_{number}", self._positions[key], "closing_fee")
                maintained = f"{maintained} + closing_fee_{number}"
                others += self._positions[key]["closing_fee"]
        rates = self._rates[market.spec.settle]
        spare = self.whole["margin_balance"] - own["worth"] - self.whole["maintenance"] + own["maintenance_worth"]
        formula = (
            "margin_balance − worth − (maintenance − maintenance_worth) "
            f"− ceil8((asset_maintenance{maintained}) × ask_rate)"
        )
        note = "what the other assets and positions leave"
        sheet.figure("elsewhere", spare - collateral.needs(others, rates), NUMERAIRE, formula, note=note)
        formula = f"equity{unrealised} + zero8(elsewhere ÷ {rate})"
        sheet.figure("backing", value, market.spec.settle, formula, TO_ZERO)
