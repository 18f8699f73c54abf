"""Why an account's margin is what it is: wallets, positions, brackets, and the prices at which it ends.

Every figure is what the engine's own function gives (`margin`, `brackets`, `display`); beside it stands its formula.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from simexchange.core import brackets, display, fees, margin, valuing
from simexchange.core.explaining import closing
from simexchange.core.explaining.figures import FINE, WHOLE, Sheet, total
from simexchange.core.explaining.pools import SharedPool
from simexchange.core.ledger import pool_of, wallet_of
from simexchange.core.vocabulary.assets import ALL_ASSETS
from simexchange.core.vocabulary.ids import market_of, slot_of, sub_of
from simexchange.core.vocabulary.orders import BUY, Side, Slot
from simexchange.core.vocabulary.units import ONE, decimal_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simexchange.core.accounts import Account
    from simexchange.core.book import Order
    from simexchange.core.explaining.figures import Origins, Section
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.ids import PositionKey
    from simexchange.core.vocabulary.markets import MarketRules, Tier

AGAINST_HOLDER = "up to 10⁻⁸: the odd unit counts against the holder"
TO_ZERO = "toward zero to 10⁻⁸"
DOWN = "down to 10⁻⁸"


def explain_margin(state: ExchangeState, account: Account, origins: Origins) -> tuple[Section, ...]:
    """The margin of *account*: each of its pools with its positions and open orders, then where each position ends."""
    return tuple(sheet.made() for sheet in _Margin(state, account, origins).sheets())


def explain_shared(state: ExchangeState, account: Account, origins: Origins) -> tuple[list[Sheet], SharedPool]:
    """The wallet of *account* whose assets back everything together: its positions, its assets, the whole."""
    return _Margin(state, account, origins).shared()


def position_name(market: MarketState, key: PositionKey) -> str:
    """What a position is called: its market, its slot and the order that opened it where it has them."""
    slot, sub = slot_of(key), sub_of(key)
    return " ".join([market.spec.id, *([Slot(slot).name] if slot else []), *([f"#{sub}"] if sub else [])])


def mark_fact(sheet: Sheet, market: MarketState, origins: Origins) -> int:
    """Put down the price a position is valued at."""
    if market.mark:
        return sheet.fact("mark", market.mark, "price", "MarkSet", origins.mark(market.no))
    return sheet.fact("mark", market.last, "price", "last trade, there being no mark", origins.last(market.no))


def tier_facts(sheet: Sheet, tier: Tier, rules: MarketRules, bundle: str, seq: int, suffix: str = "") -> None:
    """Put down what a bracket says of maintenance margin."""
    number = rules.tiers.index(tier) + 1
    source = f"bracket {number} of {bundle}: ({decimal_text(tier.floor)}, {decimal_text(tier.cap)}]"
    sheet.fact(f"rate{suffix}", tier.maintenance_rate, "rate", source, seq)
    sheet.fact(f"cum{suffix}", tier.cum, "", source, seq)


class _Margin:
    """One account being explained."""

    def __init__(self, state: ExchangeState, account: Account, origins: Origins) -> None:
        self._state = state
        self._account = account
        self._origins = origins
        self._sheets: dict[PositionKey, Sheet] = {}
        self._shared = SharedPool(state, account, origins, self._sheets) if account.unified else None

    def sheets(self) -> Iterator[Sheet]:
        """Every section, in the order a reader needs them."""
        state, account = self._state, self._account
        keys = sorted({**account.positions, **account.exposures})
        for key in keys:
            market = state.markets[market_of(key)]
            self._sheets[key] = self._position(market, key)
            yield self._sheets[key]
        pools: dict[tuple[str, str], Sheet] = {}
        if self._shared is not None:
            yield from self._shared.sheets()
            pools[account.linear_wallet, ALL_ASSETS] = self._shared.whole
        for wallet, asset in self._pools(keys):
            pools[wallet, asset] = self._pool(wallet, asset)
            yield pools[wallet, asset]
        for key in account.positions:
            market = state.markets[market_of(key)]
            yield self._ends(market, key, pools[pool_of(market, account, key)])

    def shared(self) -> tuple[list[Sheet], SharedPool]:
        """The wallet that several assets share, alone."""
        account, pool = self._account, self._shared
        assert pool is not None
        for key in sorted({**account.positions, **account.exposures}):
            market = self._state.markets[market_of(key)]
            if wallet_of(market, account) == account.linear_wallet:
                self._sheets[key] = self._position(market, key)
        parts = list(pool.sheets())
        return [*self._sheets.values(), *parts], pool

    def _pools(self, keys: Sequence[PositionKey]) -> dict[tuple[str, str], None]:
        """The account's own wallets that hold or back something, then those of isolated positions; no shared one."""
        account = self._account
        found = {
            (wallet, asset): None
            for (wallet, asset), balance in sorted(account.balances.items(), key=lambda item: item[0])
            if wallet in (account.linear_wallet, account.inverse_wallet) and balance.free
        }
        for key in keys:
            market = self._state.markets[market_of(key)]
            found.setdefault((wallet_of(market, account), market.spec.settle))
        for key in account.positions:
            market = self._state.markets[market_of(key)]
            found.setdefault((wallet_of(market, account, key), market.spec.settle))
        if account.unified:
            return {name: None for name in found if not account.shares(name[0])}
        return found

    # Positions

    def _position(self, market: MarketState, key: PositionKey) -> Sheet:
        account, state = self._account, self._state
        spec, unit = market.spec, market.spec.settle
        isolated = market.no in account.isolated
        sheet = Sheet(position_name(market, key), note="isolated margin" if isolated else "cross margin")
        position = account.positions.get(key)
        qty, cost = (0, 0) if position is None else (position.qty, position.cost)
        source, seq = "last trade of the position", 0 if position is None else self._origins.position(position.id)
        sheet.fact("qty", qty, "contracts" if spec.inverse else spec.base, source, seq)
        sheet.fact("cost", cost, unit, source, seq, scale=FINE)
        if spec.inverse:
            sheet.fact("contract_size", spec.contract_size, spec.quote, "the market", self._origins.listed(market.no))
        mark = mark_fact(sheet, market, self._origins)
        self._leverage(sheet, market, key)
        worth = margin.worth_of(account, market, key)
        if qty:
            self._entry(sheet, market, qty, cost)
        if qty and mark:
            value = valuing.value(spec, mark, qty)
            if spec.inverse:
                sheet.figure(
                    "value", value, unit, "zero16(qty × contract_size ÷ mark)", "toward zero to 10⁻¹⁶", scale=FINE
                )
            else:
                sheet.figure("value", value, unit, "qty × mark", scale=FINE)
            sheet.figure("notional", worth, unit, "floor8(abs(value))", DOWN)
            formula = "zero8(cost − value)" if spec.inverse else "zero8(value − cost)"
            sheet.figure("unrealised", margin.unrealised_of(account, market, key), unit, formula, TO_ZERO)
        else:
            sheet.figure("notional", worth, unit, "0")
            sheet.figure("unrealised", 0, unit, "0")
        fee = closing.put_down(sheet, state, account, market, key, self._origins)
        held = margin.position_initial(state, account, market, key)
        sheet.figure("initial_margin", held, unit, f"ceil8(notional ÷ leverage){fee}", AGAINST_HOLDER)
        self._maintenance(sheet, market, key, worth, fee)
        self._orders(sheet, market, key, qty, fee)
        return sheet

    def _entry(self, sheet: Sheet, market: MarketState, qty: int, cost: int) -> None:
        price = display.entry_price(qty, cost, display.contract_of(market.spec))
        formula = "abs(qty) × contract_size ÷ abs(cost)" if market.inverse else "abs(cost) ÷ abs(qty)"
        sheet.figure("entry_price", price, "price", f"floor8({formula})", DOWN)

    def _leverage(self, sheet: Sheet, market: MarketState, key: PositionKey) -> None:
        leverage = margin.leverage_of(self._state, self._account, key)
        seq, source = self._origins.leverage(self._account.no, key), "LeverageSet"
        if not seq:
            seq = self._origins.rules(self._account.rules, market.no)
            source = f"default of {self._account.rules}"
        sheet.fact("leverage", leverage, "", source, seq, scale=WHOLE)

    def _maintenance(self, sheet: Sheet, market: MarketState, key: PositionKey, worth: int, fee: str) -> None:
        rules = self._state.rules.get((self._account.rules, market.no))
        needed = margin.maintenance_of(self._state, self._account, market, key)
        unit = market.spec.settle
        if rules is None or not rules.tiers or not worth:
            sheet.figure("maintenance", needed, unit, f"0{fee}", note="" if worth else "there is no position")
            return
        of, said = "notional", "the notional"
        if self._at_entry(market):
            of, said = "floor8(abs(cost))", "what it cost"
            worth = abs(self._account.positions[key].cost) // ONE
        tier = brackets.tier_of(rules.tiers, worth)
        seq = self._origins.rules(self._account.rules, market.no)
        tier_facts(sheet, tier, rules, self._account.rules, seq)
        note = f"bracket {rules.tiers.index(tier) + 1} is the one that contains {said}"
        sheet.figure("maintenance", needed, unit, f"ceil8({of} × rate) − cum{fee}", AGAINST_HOLDER, note=note)

    def _at_entry(self, market: MarketState) -> bool:
        """Whether maintenance margin there does not move with the mark."""
        bundle = self._state.bundles.get(self._account.rules)
        return bundle is not None and bundle.maintained_at_entry and market.no in self._account.isolated

    def _orders(self, sheet: Sheet, market: MarketState, key: PositionKey, qty: int, fee: str) -> None:
        """What open orders ask for: the larger of the two sides they could fill on."""
        account, unit = self._account, market.spec.settle
        sides = ((BUY, "bid"), (Side.SELL, "ask"))
        counted = [order for order in account.orders.values() if order.key == key and _counts(order)]
        for side, word in sides:
            parts: list[str] = []
            for order in counted:
                if order.side is side:
                    parts.append(self._order(sheet, market, order, f"{word}_{len(parts) + 1}"))
            exposure = account.exposures.get(key)
            value = 0 if exposure is None else exposure.bid_value if side is BUY else exposure.ask_value
            sheet.figure(f"{word}s", value, unit, total(parts), DOWN if parts else "")
        worth = "notional" if qty >= 0 else "−notional"
        larger = f"ceil8(max(abs({worth} + bids), abs({worth} − asks)) ÷ leverage)"
        needed = margin.requirement(self._state, account, market, key=key)
        formula = closing.requirement(market, worth) if fee else larger
        sheet.figure("required", needed, unit, formula, AGAINST_HOLDER)
        extra = margin.order_margin(self._state, account, market, key)
        sheet.figure("order_margin", extra, unit, "max(0, required − initial_margin)")

    def _order(self, sheet: Sheet, market: MarketState, order: Order, name: str) -> str:
        """Put down one order; what it counts for, as a formula."""
        seq, source = self._origins.order(order.id), f"order {order.id}"
        sheet.fact(f"{name}_price", order.price, "price", source, seq)
        sheet.fact(f"{name}_left", order.left, "contracts" if market.inverse else market.spec.base, source, seq)
        if market.inverse:
            return f"floor8({name}_left × contract_size ÷ {name}_price)"
        return f"floor8({name}_price × {name}_left)"

    # Pools

    def _pool(self, wallet: str, asset: str) -> Sheet:
        account, state = self._account, self._state
        own = wallet not in (account.linear_wallet, account.inverse_wallet)
        sheet = Sheet(f"{wallet} {asset}", note="the wallet of an isolated position" if own else "")
        seq = self._origins.wallet(account.no, wallet, asset)
        sheet.fact("wallet", account.free(wallet, asset), asset, "last movement of the wallet", seq)
        inside, apart = self._members(wallet, asset)
        terms: dict[str, list[str]] = {}
        for number, key in enumerate(inside, 1):
            for name in ("unrealised", "initial_margin", "order_margin", "maintenance"):
                terms.setdefault(name, []).append(f"{name}_{number}")
                sheet.borrow(f"{name}_{number}", self._sheets[key], name)
        orders = [] if own else terms.get("order_margin", [])
        for number, key in enumerate(apart, len(inside) + 1):
            sheet.borrow(f"order_margin_{number}", self._sheets[key], "order_margin")
        isolated = [f"order_margin_{number}" for number in range(len(inside) + 1, len(inside) + len(apart) + 1)]
        figures = margin.wallet_state(state, account, wallet, asset)
        balance = margin.equity(state, account, wallet, asset)
        maintained = margin.maintenance_total(state, account, wallet, asset)
        sheet.figure("unrealised", balance - account.free(wallet, asset), asset, total(terms.get("unrealised", [])))
        sheet.figure("margin_balance", balance, asset, "wallet + unrealised")
        sheet.figure("maintenance", maintained, asset, total(terms.get("maintenance", [])))
        if not own:
            sheet.figure("position_initial", figures.position_initial, asset, total(terms.get("initial_margin", [])))
            sheet.figure("order_initial", figures.order_initial, asset, total([*orders, *isolated]))
            spare = "wallet + unrealised − position_initial − order_initial"
            sheet.figure("available", figures.available, asset, f"max(0, {spare})")
            self._withdrawable(sheet, figures.withdrawable, (wallet, asset), total(isolated), total(orders))
        if balance > 0:
            ratio = display.ratio(maintained, balance)
            sheet.figure("margin_ratio", ratio, "rate", "zero8(maintenance ÷ margin_balance)", TO_ZERO,
                         note="liquidated at 1 and above")  # fmt: skip
        else:
            sheet.absent("margin_ratio", "rate", "nothing backs the positions any more")
        return sheet

    def _withdrawable(self, sheet: Sheet, value: int, pool: tuple[str, str], isolated: str, orders: str) -> None:
        """Cash beyond maintenance, and equity beyond initial margin (Binance FAQ 360038447311, seen 2026-11)."""
        cash = "wallet" if isolated == "0" else f"(wallet − ({isolated}))"
        initial = f"position_initial − ({orders})" if orders != "0" else "position_initial"
        beside = margin.beside_total(self._state, self._account, *pool)
        there = ""
        if beside:
            source = "what its positions are worth more at their indexes than at their marks"
            sheet.fact("beside", beside, pool[1], source, self._origins.wallet(self._account.no, *pool))
            there = ", wallet + unrealised + beside"
        formula = f"max(0, min({cash} − maintenance, {cash} + unrealised − {initial}, {cash}{there}))"
        bonus = self._account.bonus(*pool)
        if bonus:
            sheet.fact(
                "bonus", bonus, pool[1], "bonus money in the wallet", self._origins.wallet(self._account.no, *pool)
            )
            formula = f"max(0, {formula} − bonus)"
        sheet.figure("withdrawable", value, pool[1], formula, note="not more than may leave: profit on paper stays")

    def _members(self, wallet: str, asset: str) -> tuple[list[PositionKey], list[PositionKey]]:
        """What is margined in a pool; and what has margin of its own, and only orders that draw on it."""
        inside, apart = [], []
        for key in self._sheets:
            market = self._state.markets[market_of(key)]
            if market.spec.settle != asset:
                continue
            if wallet_of(market, self._account, key) == wallet:
                inside.append(key)
            elif wallet_of(market, self._account) == wallet:
                apart.append(key)
        return inside, apart

    # Where a position ends

    def _ends(self, market: MarketState, key: PositionKey, pool: Sheet) -> Sheet:
        sheet = Sheet(f"{position_name(market, key)}: where it ends", note=f"all else standing still, over {pool.name}")
        own = self._sheets[key]
        for name in ("qty", "cost", "mark", *(("contract_size",) if market.inverse else ())):
            sheet.borrow(name, own)
        for name in ("margin_balance", "maintenance"):
            sheet.borrow(name, pool)
        if self._account.shares(wallet_of(market, self._account, key)):
            self._shared_liquidation(sheet, market, key)
        else:
            self._liquidation(sheet, market, key)
        self._bankruptcy(sheet, market, key)
        self._break_even(sheet, market, key)
        return sheet

    def _liquidation(self, sheet: Sheet, market: MarketState, key: PositionKey) -> None:
        account, state = self._account, self._state
        price = margin.liquidation_price(state, account, market, key)
        rules = state.rules.get((account.rules, market.no))
        wallet = wallet_of(market, account, key)
        if rules is None or not rules.tiers:
            sheet.absent("liquidation_price", "price", "its rules have no brackets, so nothing need be maintained")
            return
        if self._at_entry(market):
            sheet.fact("liquidation_price", price, "price", "where what is left beside its maintenance margin is lost",
                       self._origins.mark(market.no))  # fmt: skip
            return
        legs = [each for each, other in margin.pooled(state, account, wallet, market.spec.settle) if other is market]
        backing = self._backing(sheet, market, legs)
        held = self._legs(sheet, market, legs)
        contract = ONE if market.inverse else 0
        tried = list(product(rules.tiers, repeat=len(legs)))
        found = next((tiers for tiers in tried if self._fits(market, held, tiers, backing, price)), None)
        seq = self._origins.rules(account.rules, market.no)
        if len(legs) == 1:
            # With one position each bracket can be tried on its own, up to the one that holds.
            for number, tier in enumerate(rules.tiers, 1):
                if found is None or tier is not found[0]:
                    self._attempt(sheet, market, held, backing, number, tier, seq)
                elif found is not None:
                    break
        if not price:
            sheet.absent("liquidation_price", "price", "no price above zero leaves too little")
            return
        if found is None:
            self._edge(sheet, held, rules, price, market, seq)
            return
        for number, tier in enumerate(found, 1):
            tier_facts(sheet, tier, rules, account.rules, seq, f"_{number}" if len(legs) > 1 else "")
        suffixes = [f"_{number}" for number in range(1, len(legs) + 1)] if len(legs) > 1 else [""]
        value = brackets.price_in(backing, held, found, contract)
        numbers = " and ".join(str(rules.tiers.index(tier) + 1) for tier in found)
        note = f"bracket {numbers}, by its worth at this price"
        sheet.figure("liquidation_price", value, "price", _root(market, suffixes), DOWN, note=note)

    def _shared_liquidation(self, sheet: Sheet, market: MarketState, key: PositionKey) -> None:
        """Where a pool of several assets falls by what is held in one market, whichever side of zero their asset is."""
        account, state, shared = self._account, self._state, self._shared
        assert shared is not None
        price = margin.liquidation_price(state, account, market, key)
        rules = state.rules.get((account.rules, market.no))
        if rules is None or not rules.tiers or not price:
            sheet.absent("liquidation_price", "price", "nothing need be maintained, or no price above zero takes it")
            return
        wallet = wallet_of(market, account, key)
        legs = [each for each, other in margin.pooled(state, account, wallet, ALL_ASSETS) if other is market]
        contract, seq = ONE if market.inverse else 0, self._origins.rules(account.rules, market.no)
        held = self._legs(sheet, market, legs)
        suffixes = [f"_{number}" for number in range(1, len(legs) + 1)] if len(legs) > 1 else [""]
        for rate, backing, tiers in shared.regimes(market, legs, rules.tiers):
            for places in product(range(len(tiers)), repeat=len(legs)):
                chosen = [tiers[place] for place in places]
                if not self._fits(market, held, chosen, backing, price):
                    continue
                shared.backing(sheet, market, legs, rate, backing)
                for suffix, place in zip(suffixes, places, strict=True):
                    tier_facts(sheet, rules.tiers[place], rules, account.rules, seq, f"_listed{suffix}")
                    for name, scaled in (("rate", int(tiers[place].maintenance_rate)), ("cum", int(tiers[place].cum))):
                        formula = f"floor8({name}_listed{suffix} × ask_rate ÷ {rate})"
                        sheet.figure(f"{name}{suffix}", scaled, "", formula, DOWN, note="as the asset counts there")
                value = brackets.price_in(backing, held, chosen, contract)
                note = f"where the pool's {market.spec.settle} counts at the {rate.replace('_', ' ')}"
                sheet.figure("liquidation_price", value, "price", _root(market, suffixes), DOWN, note=note)
                return
        self._edge(sheet, held, rules, price, market, seq)

    def _backing(self, sheet: Sheet, market: MarketState, legs: Sequence[PositionKey]) -> int:
        """What is there beside the positions in the market itself."""
        value, terms = sheet["margin_balance"] - sheet["maintenance"], []
        for number, key in enumerate(legs, 1):
            sheet.borrow(f"maintenance_{number}", self._sheets[key], "maintenance")
            sheet.borrow(f"unrealised_{number}", self._sheets[key], "unrealised")
            value += self._sheets[key]["maintenance"] - self._sheets[key]["unrealised"]
            terms.append(f" + maintenance_{number} − unrealised_{number}")
            if "closing_fee" in self._sheets[key]:
                sheet.borrow(f"closing_fee_{number}", self._sheets[key], "closing_fee")
                value -= self._sheets[key]["closing_fee"]
                terms.append(f" − closing_fee_{number}")
        formula = f"margin_balance − maintenance{''.join(terms)}"
        return sheet.figure("backing", value, market.spec.settle, formula, note="what backs it beside its own profit")

    def _legs(self, sheet: Sheet, market: MarketState, legs: Sequence[PositionKey]) -> list[tuple[int, int]]:
        """Quantities (of inverse contracts their dollars) and costs, under names that formulas use."""
        found = []
        for number, key in enumerate(legs, 1):
            suffix = f"_{number}" if len(legs) > 1 else ""
            own = self._sheets[key]
            for name in ("qty", "cost"):
                sheet.borrow(f"{name}{suffix}", own, name)
            qty = own["qty"]
            if market.inverse:
                qty = qty * market.spec.contract_size // ONE
                formula = f"floor8(qty{suffix} × contract_size)"
                sheet.figure(f"dollars{suffix}", qty, market.spec.quote, formula, DOWN)
            found.append((qty, own["cost"]))
        return found

    def _fits(
        self, market: MarketState, held: Sequence[tuple[int, int]], tiers: Sequence[Tier], backing: int, price: int
    ) -> bool:
        """Whether *price* is the answer in just these brackets."""
        contract = ONE if market.inverse else 0
        if not price or brackets.price_in(backing, held, tiers, contract) != price:
            return False
        # The answer was rounded down, so what is worth a unit more may be in the next bracket.
        for (qty, _), tier in zip(held, tiers, strict=True):
            worths = [_worth(market, qty, at) for at in (price, price + 1)]
            if (max(worths) <= tier.floor and tier.floor) or min(worths) > tier.cap:
                return False
        return True

    def _attempt(
        self, sheet: Sheet, market: MarketState, held: Sequence[tuple[int, int]], backing: int, number: int, tier: Tier,
        seq: int,
    ) -> None:  # fmt: skip
        """A bracket that was tried and does not hold at its own answer."""
        price = brackets.price_in(backing, held, (tier,), ONE if market.inverse else 0)
        name = f"in_bracket_{number}"
        span = f"({decimal_text(tier.floor)}, {decimal_text(tier.cap)}]"
        if not price:
            sheet.absent(name, "price", f"in {span} there is no price above zero")
            return
        rules = self._state.rules[self._account.rules, market.no]
        tier_facts(sheet, tier, rules, self._account.rules, seq, f"_in_{number}")
        worth = decimal_text(_worth(market, held[0][0], price))
        note = f"not the answer: worth {worth} there, which is not in {span}"
        formula = _root(market, [""], f"_in_{number}")
        sheet.figure(name, price, "price", formula, DOWN, note=note)

    def _edge(
        self, sheet: Sheet, held: Sequence[tuple[int, int]], rules: MarketRules, price: int, market: MarketState,
        seq: int,
    ) -> None:  # fmt: skip
        """The answer is where a position comes into another bracket, whose margin begins with a jump."""
        for number, (qty, _) in enumerate(held, 1):
            for place, tier in enumerate(rules.tiers, 1):
                edge = (tier.cap + 1) * ONE // abs(qty) if not market.inverse else abs(qty) * ONE // (tier.cap + 1)
                if edge == price:
                    sheet.fact("cap", tier.cap, "", f"bracket {place} of {self._account.rules}", seq)
                    name = ("dollars" if market.inverse else "qty") + (f"_{number}" if len(held) > 1 else "")
                    above = "(cap + 0.00000001)"
                    formula = f"abs({name}) ÷ {above}" if market.inverse else f"{above} ÷ abs({name})"
                    note = f"the edge of bracket {place}: beyond it the margin asked for jumps"
                    sheet.figure("liquidation_price", price, "price", f"floor8({formula})", DOWN, note=note)
                    return
        sheet.fact("liquidation_price", price, "price", "where a bracket, or what the asset counts for, changes", seq)

    def _bankruptcy(self, sheet: Sheet, market: MarketState, key: PositionKey) -> None:
        own, spec = self._sheets[key], market.spec
        mark, qty, equity, name = own["mark"], own["qty"], sheet["margin_balance"], "margin_balance"
        if not mark:
            sheet.absent("bankruptcy_price", "price", "nothing has a price yet")
            return
        sheet.fact("tick", spec.tick, "price", "the market", self._origins.listed(market.no))
        if self._shared is not None and self._account.shares(wallet_of(market, self._account, key)):
            equity, name = self._shared.losable(sheet, market, key), "losable"
        if "closing_fee" in own:
            equity, name = equity - own["closing_fee"], f"({name} − closing_fee)"
            sheet.borrow("closing_fee", own)
        price = brackets.bankruptcy_price(spec, mark, equity, qty)
        formula, rounding = bankruptcy_formula(market, qty, equity, mark)
        formula = formula.replace("margin_balance", name)
        note = "where the pool's margin balance would be eaten, the others at their marks"
        sheet.figure("bankruptcy_price", price, "price", formula, rounding, note=note)

    def _break_even(self, sheet: Sheet, market: MarketState, key: PositionKey) -> None:
        account, position = self._account, self._account.positions[key]
        rules = self._state.rules.get((account.rules, market.no))
        rate = fees.parts(account, market.no, rules)[0].taker
        seq, source = self._origins.fees(account.no, market.no), "FeesSet"
        if not seq:
            seq, source = self._origins.rules(account.rules, market.no), f"taker rate of {account.rules}"
        sheet.fact("taker", rate, "rate", source, seq)
        contract = display.contract_of(market.spec)
        price = display.break_even_price(position.qty, position.cost, rate, contract)
        if contract:
            sign = "−" if position.qty > 0 else "+"
            formula = f"floor8(abs(qty) × contract_size ÷ (abs(cost) × (1 {sign} taker)))"
        else:
            sign = "+" if position.qty > 0 else "−"
            formula = f"floor8(abs(cost) × (1 {sign} taker) ÷ abs(qty))"
        sheet.figure("break_even_price", price, "price", formula, DOWN, note="entry and its fee; the exit is not in it")


def bankruptcy_formula(market: MarketState, qty: int, equity: int, mark: int) -> tuple[str, str]:
    """How `brackets.bankruptcy_price` comes about, over qty, mark, tick and margin_balance; and its rounding."""
    long = qty > 0
    rounding = f"to the tick in favour of its holder, a {'long up' if long else 'short down'}"
    if not market.inverse:
        if long:
            return "max(up_to(mark − zero8(margin_balance ÷ qty), tick), tick)", rounding
        return "max(down_to(mark + zero8(margin_balance ÷ abs(qty)), tick), tick)", rounding
    now = abs(valuing.value(market.spec, mark, qty))
    if now + (equity if long else -equity) * ONE <= 0:
        return f"down_to(mark × {brackets.UNREACHABLE}, tick)", "no price eats it: the highest told of"
    worth = "abs(zero16(qty × contract_size ÷ mark))"
    if long:
        quotient = f"ceil8(qty × contract_size ÷ ({worth} + margin_balance))"
        return f"max(up_to({quotient}, tick), tick)", rounding
    quotient = f"floor8(abs(qty) × contract_size ÷ ({worth} − margin_balance))"
    return f"max(down_to({quotient}, tick), tick)", rounding


def _counts(order: Order) -> bool:
    """Whether an open order needs margin: it stands in the book and may make a position larger."""
    return order.level is not None and not order.reduce_only


def _worth(market: MarketState, qty: int, price: int) -> int:
    """What a leg is worth at *price*; of inverse contracts *qty* is dollars."""
    return abs(qty) * ONE // price if market.inverse else abs(qty) * price // ONE


def _root(market: MarketState, suffixes: Sequence[str], bracket: str = "") -> str:
    """Where equity meets maintenance, each leg in its bracket."""
    costs = " + ".join(f"cost{s}" for s in suffixes)
    if market.inverse:
        worth = " + ".join(f"dollars{s} + abs(dollars{s}) × rate{bracket or s}" for s in suffixes)
        credit = " + ".join(f"cum{bracket or s}" for s in suffixes)
        return f"floor8(({worth}) ÷ (backing + {credit} + {costs}))"
    credit = " − ".join(f"cum{bracket or s}" for s in suffixes)
    worth = " + ".join(f"qty{s} − abs(qty{s}) × rate{bracket or s}" for s in suffixes)
    return f"floor8(({costs} − backing − {credit}) ÷ ({worth}))"
