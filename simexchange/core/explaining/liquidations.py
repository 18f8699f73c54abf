"""Why an account was liquidated, and why each step of it was what it was.

The events carry the numbers they were decided on; here they stand beside the formulas that made them. Each event is
looked at just before it is folded, so that positions and wallets are what they were.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simexchange.core import brackets, margin, valuing
from simexchange.core.explaining.accounts import bankruptcy_formula, explain_shared, position_name
from simexchange.core.explaining.figures import FINE, Sheet, total
from simexchange.core.explaining.pools import NUMERAIRE
from simexchange.core.explaining.prices import explain_mark
from simexchange.core.vocabulary import events as ev, poolevents
from simexchange.core.vocabulary.assets import ALL_ASSETS
from simexchange.core.vocabulary.ids import key_of
from simexchange.core.vocabulary.liquidations import LiquidationPart, SizeReason
from simexchange.core.vocabulary.orders import BUY, EndReason, TradeKind
from simexchange.core.vocabulary.units import decimal_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from simexchange.core.explaining.figures import Origins, Section
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.ids import AccountNo
    from simexchange.core.vocabulary.liquidations import PositionRisk

DOWN, UP = "down to 10⁻⁸", "up to 10⁻⁸"
TO_ZERO = "toward zero to 10⁻⁸"
WHY: Final = {
    SizeReason.WHOLE: "whole, as what is taken over always is",
    SizeReason.FEE_ABOVE_RATE: "whole: its bracket asks no more than selling costs, so that a part would not help",
    SizeReason.ENOUGH: "the smallest part after which the rest is margined again",
    SizeReason.NOT_ENOUGH: "whole: no part of it would be enough",
    SizeReason.NEXT_BRACKET: "as much as brings it down by one bracket",
    SizeReason.LOWEST_BRACKET: "whole: there is no bracket below",
    SizeReason.FUND_SHORT: "whole, and to the other side: the fund would come below its floor by it",
    SizeReason.MARK_ASTRAY: "whole, and to the other side: no jump of the index explains the loss at the index",
    SizeReason.FUND_WAITED: "whole: the fund found nobody to sell it to for as long as it waits",
    SizeReason.FUND_PAYS: "whole: the fund gives it up before a funding that would cost it more than the interest",
}
"""Why so much, in words."""
PARTS: Final = {
    LiquidationPart.REDUCE: "sell",
    LiquidationPart.TAKE_OVER: "the fund takes over",
    LiquidationPart.DELEVERAGE: "the other side takes",
}
FILLS: Final = {TradeKind.TAKEOVER: "taken over by", TradeKind.ADL: "taken by"}


class LiquidationStory:
    """One liquidation in the telling, event by event."""

    def __init__(self, account: AccountNo, wallet: str, asset: str, origins: Origins) -> None:
        self._no = account
        self._wallet = wallet
        self._asset = asset
        self._origins = origins
        self._sheets: list[Sheet] = []
        self._decided = 0
        """The record of the last decision: where the bankruptcy price stands."""
        self._tellers: dict[type, Callable[[int, ev.Event, ExchangeState], None]] = {
            ev.LiquidationStarted: self._started,
            ev.LiquidationStepDecided: self._step,
            ev.OrderCanceled: self._canceled,
            ev.OrderExpired: self._canceled,
            ev.TradeExecuted: self._traded,
            ev.LiquidationFeeCharged: self._charged,
            ev.InsurancePaid: self._insured,
            ev.PositionDeleveraged: self._deleveraged,
            poolevents.AssetsExchanged: self._exchanged,
            ev.LiquidationFinished: self._finished,
        }

    def sections(self) -> tuple[Section, ...]:
        """What was told."""
        return tuple(sheet.made() for sheet in self._sheets)

    def tell(self, seq: int, event: ev.Event, state: ExchangeState) -> None:
        """Record *seq*, which belongs to the liquidation, has *event*; *state* is how things stand before it."""
        teller = self._tellers.get(type(event))
        if teller is not None:
            teller(seq, event, state)

    def mark(self, seq: int, event: ev.MarkSet, state: ExchangeState, at: int, *, said: bool) -> None:
        """The record in which it begins sets a mark; kept if it is of a market that matters."""
        market = state.markets[event.market]
        held = [other for _, other in margin.pooled(state, state.accounts[self._no], self._wallet, self._asset)]
        if market in held:
            self._sheets.append(explain_mark(market, event, at, self._origins, seq=seq, said=said))

    def _sheet(self, name: str, seq: int, note: str = "") -> Sheet:
        sheet = Sheet(name, seq=seq, note=note)
        self._sheets.append(sheet)
        return sheet

    def _started(self, seq: int, event: ev.Event, state: ExchangeState) -> None:
        assert isinstance(event, ev.LiquidationStarted)
        if (event.account, event.wallet, event.asset) != (self._no, self._wallet, self._asset):
            return
        marked = [state.markets[risk.market] for risk in event.positions]
        moved = [market.spec.id for market in marked if self._origins.mark(market.no) == seq]
        cause = f"the mark of {', '.join(dict.fromkeys(moved))} moved in this record" if moved else "no mark moved here"
        sheet = self._sheet("it begins", seq, f"the balance is not above the maintenance margin; {cause}")
        if self._asset == ALL_ASSETS:
            self._sheets.pop()
            parts, shared = explain_shared(state, state.accounts[self._no], self._origins)
            self._sheets += [*parts, sheet]
            for name in ("margin_balance", "maintenance"):
                sheet.borrow(f"pool_{name}", shared.whole, name)
            sheet.figure("balance", event.balance, NUMERAIRE, "pool_margin_balance")
            sheet.figure("maintenance", event.maintenance, NUMERAIRE, "pool_maintenance")
            return
        if not event.positions:
            # A log of before the numbers stood in the event.
            sheet.fact("balance", event.balance, self._asset, "LiquidationStarted", seq)
            sheet.fact("maintenance", event.maintenance, self._asset, "LiquidationStarted", seq)
            return
        self._cash(sheet, event.cash, seq)
        terms = ["cash"]
        for number, risk in enumerate(event.positions, 1):
            self._risk(sheet, risk, state, f"_{number}")
            terms.append(f"unrealised_{number}")
        sheet.figure("balance", event.balance, self._asset, total(terms))
        needed = [f"maintenance_{number}" for number in range(1, len(event.positions) + 1)]
        sheet.figure("maintenance", event.maintenance, self._asset, total(needed))

    def _cash(self, sheet: Sheet, cash: int, seq: int) -> None:
        moved = self._origins.wallet(self._no, self._wallet, self._asset)
        sheet.fact("cash", cash, self._asset, f"last movement of {self._wallet}", moved or seq)

    def _risk(
        self, sheet: Sheet, risk: PositionRisk, state: ExchangeState, suffix: str = "", name: str = "maintenance"
    ) -> None:
        """A position at its mark: what it is worth, has gained and, under *name*, needs."""
        market = state.markets[risk.market]
        spec, unit = market.spec, market.spec.settle
        key = key_of(risk.market, risk.slot, risk.sub)
        account = state.accounts[self._no]
        traded = self._origins.position(account.positions[key].id)
        base, called = "contracts" if spec.inverse else spec.base, position_name(market, key)
        sheet.fact(f"qty{suffix}", risk.qty, base, called, traded)
        sheet.fact(f"cost{suffix}", risk.cost, unit, called, traded, scale=FINE)
        marked = self._origins.mark(risk.market) if market.mark else self._origins.last(risk.market)
        sheet.fact(f"mark{suffix}", risk.mark, "price", f"mark of {spec.id}", marked)
        rules = self._origins.rules(account.rules, risk.market)
        bracket = f"bracket of {account.rules} for {decimal_text(risk.worth)}"
        sheet.fact(f"rate{suffix}", risk.rate, "rate", bracket, rules)
        sheet.fact(f"cum{suffix}", risk.cum, unit, bracket, rules)
        value = f"qty{suffix} × mark{suffix}"
        if spec.inverse:
            self._contract(sheet, market, suffix)
            value = f"zero16(qty{suffix} × contract_size{suffix} ÷ mark{suffix})"
        sheet.figure(f"worth{suffix}", risk.worth, unit, f"floor8(abs({value}))", DOWN)
        gained = f"cost{suffix} − {value}" if spec.inverse else f"{value} − cost{suffix}"
        sheet.figure(f"unrealised{suffix}", risk.unrealised, unit, f"zero8({gained})", TO_ZERO)
        needed = f"ceil8(worth{suffix} × rate{suffix}) − cum{suffix}"
        for of, amount, said in (
            ("closing_fee", risk.closing_fee, "what is set aside to close it"),
            ("at_entry", risk.at_entry, "what is reckoned on its entry"),
        ):
            if amount:
                sheet.fact(f"{of}{suffix}", amount, unit, said, traded)
                needed = f"{needed} + {of}{suffix}"
        sheet.figure(f"{name}{suffix}", risk.maintenance, unit, needed, UP)

    def _contract(self, sheet: Sheet, market: MarketState, suffix: str = "") -> None:
        listed = self._origins.listed(market.no)
        sheet.fact(f"contract_size{suffix}", market.spec.contract_size, market.spec.quote, "the market", listed)

    # Steps

    def _step(self, seq: int, event: ev.Event, state: ExchangeState) -> None:
        assert isinstance(event, ev.LiquidationStepDecided)
        if (event.account, event.wallet, event.asset) != (self._no, self._wallet, self._asset):
            return
        self._decided = seq
        risk = event.position
        market = state.markets[risk.market]
        name = position_name(market, key_of(risk.market, risk.slot, risk.sub))
        sheet = self._sheet(f"{PARTS[event.part]}: {name}", seq, WHY[event.why])
        if self._asset == ALL_ASSETS:
            backing = self._pooled(sheet, event, state, market)
        else:
            self._alone(sheet, event, state)
            backing = event.balance
        sheet.fact("tick", market.spec.tick, "price", "the market", self._origins.listed(market.no))
        formula, rounding = bankruptcy_formula(market, risk.qty, backing - risk.closing_fee, risk.mark)
        eaten = "losable" if self._asset == ALL_ASSETS else "margin_balance"
        formula = formula.replace("margin_balance", f"({eaten} − closing_fee)" if risk.closing_fee else eaten)
        sheet.figure("bankruptcy_price", event.price, "price", formula, rounding)
        base = "contracts" if market.inverse else market.spec.base
        sheet.fact("size", event.qty, base, WHY[event.why], seq)
        if event.part is LiquidationPart.REDUCE:
            self._reduction(sheet, event, state, market)
        else:
            self._test_of_fund(sheet, event, market)

    def _alone(self, sheet: Sheet, event: ev.LiquidationStepDecided, state: ExchangeState) -> None:
        """What a pool of one asset holds and needs."""
        seq, unit = self._decided, self._asset
        self._cash(sheet, event.cash, seq)
        self._risk(sheet, event.position, state, name="own_maintenance")
        sheet.fact("others", event.others, unit, "profit of the pool's other positions", seq)
        sheet.fact("others_maintenance", event.others_maintenance, unit, "what those need", seq)
        sheet.figure("margin_balance", event.balance, unit, "cash + unrealised + others")
        sheet.figure("maintenance", event.maintenance, unit, "others_maintenance + own_maintenance")

    def _pooled(self, sheet: Sheet, event: ev.LiquidationStepDecided, state: ExchangeState, market: MarketState) -> int:
        """The same of a wallet that several assets share; how much the position may lose before it holds nothing."""
        seq, account, risk = self._decided, state.accounts[self._no], event.position
        key = key_of(risk.market, risk.slot, risk.sub)
        _, shared = explain_shared(state, account, self._origins)
        self._risk(sheet, risk, state, name="own_maintenance")
        sheet.borrow("margin_balance", shared.whole)
        losable = shared.losable(sheet, market, key)
        sheet.fact("others_maintenance", event.others_maintenance, NUMERAIRE, "what other positions need", seq)
        needed = "others_maintenance + ceil8(own_maintenance × ask_rate)"
        sheet.figure("maintenance", event.maintenance, NUMERAIRE, needed, UP, note="its own counts at the ask rate")
        return losable

    def _reduction(
        self, sheet: Sheet, event: ev.LiquidationStepDecided, state: ExchangeState, market: MarketState
    ) -> None:
        """What selling so much is reckoned to leave."""
        account, risk, unit = state.accounts[self._no], event.position, market.spec.settle
        pooled = self._asset == ALL_ASSETS
        whole = NUMERAIRE if pooled else unit
        seq = self._origins.rules(account.rules, market.no)
        sheet.fact("fee_rate", event.fee_rate, "rate", f"liquidation fee of {account.rules}", seq)
        sheet.fact("slippage", event.slippage, "rate", f"what {account.rules} reckon a sale to lose", seq)
        part = "size × contract_size ÷ mark" if market.inverse else "size × mark"
        sheet.figure("charge", event.charge, unit, f"ceil8(floor8({part}) × (fee_rate + slippage))", UP)
        charged, needs = ("ceil8(charge × ask_rate)", "ceil8(({}) × ask_rate)") if pooled else ("charge", "{}")
        sheet.figure("balance_after", event.balance_after, whole, f"margin_balance − {charged}")
        left = abs(risk.qty) - event.qty
        worth = valuing.worth(market.spec, risk.mark, left)
        rest = "(abs(qty) − size)"
        formula = f"{rest} × contract_size ÷ mark" if market.inverse else f"{rest} × mark"
        sheet.figure("worth_after", worth, unit, f"floor8({formula})", DOWN)
        tiers = margin.tiers_of(state, account, market.no)
        if not worth or not tiers:
            sheet.figure("maintenance_after", event.maintenance_after, whole, "others_maintenance")
            return
        constant = " + ".join(name for name in ("closing_fee", "at_entry") if getattr(risk, name))
        kept = f" + ceil8(({constant}) × (abs(qty) − size) ÷ abs(qty))" if constant else ""
        tier = brackets.tier_of(tiers, worth)
        bracket = f"bracket of {account.rules} for {decimal_text(worth)}"
        sheet.fact("rate_after", tier.maintenance_rate, "rate", bracket, seq)
        sheet.fact("cum_after", tier.cum, unit, bracket, seq)
        formula = f"others_maintenance + {needs.format(f'ceil8(worth_after × rate_after) − cum_after{kept}')}"
        sheet.figure("maintenance_after", event.maintenance_after, whole, formula, UP)

    def _test_of_fund(self, sheet: Sheet, event: ev.LiquidationStepDecided, market: MarketState) -> None:
        """Whether the insurance fund can bear it, and whether it is to."""
        unit = market.spec.settle
        seq, backing = self._decided, "losable" if self._asset == ALL_ASSETS else "margin_balance"
        sheet.fact("fund_balance", event.fund_balance, unit, "cash and unrealised profit of the insurance fund", seq)
        sheet.fact("fund_floor", event.floor, unit, "its policy", seq)
        sheet.figure("short", event.short, unit, f"max(0, −{backing})", note="what it would lose at the mark")
        left = event.fund_balance - event.short
        above = left >= event.floor
        note = "not below its floor" if above else "below its floor: the other side takes it"
        sheet.figure("fund_after", left, unit, "fund_balance − short", note=note)
        if not event.index:
            return
        risk, whole = event.position, NUMERAIRE if self._asset == ALL_ASSETS else unit
        sheet.fact("index", event.index, "price", "the index the mark is held against", seq)
        source = "what it is worth more at the index than at its mark"
        sheet.figure("beside", event.beside, unit, *_beside(risk, inverse=market.inverse), note=source)
        sheet.figure("short_at_index", event.short_at_index, unit, f"max(0, −({backing} + beside))",
                     note="what the fund would lose at the index")  # fmt: skip
        sheet.fact("cover", event.cover, whole, "what the move of the indexes in its first record cost the pool", seq)
        rated = "ceil8(short_at_index × ask_rate)" if self._asset == ALL_ASSETS else "short_at_index"
        astray = event.why is SizeReason.MARK_ASTRAY
        note = "a jump of the index does not explain it: the other side takes it" if astray else "left for the others"
        sheet.figure("cover_after", event.cover_after, whole, f"max(0, cover − {rated})", note=note)

    def _canceled(self, seq: int, event: ev.Event, state: ExchangeState) -> None:
        assert isinstance(event, ev.OrderCanceled | ev.OrderExpired)
        wanted = {EndReason.LIQUIDATION: "its orders end", EndReason.IOC_REMAINDER: "nobody took"}
        if event.account != self._no or event.reason not in wanted:
            return
        name = f"{wanted[event.reason]}: {state.markets[event.market].spec.id}"
        last = self._sheets[-1] if self._sheets else None
        sheet = last if last is not None and last.name == name else self._sheet(name, seq)
        spec, source = state.markets[event.market].spec, f"order {event.order}"
        sheet.fact(f"left_{event.order}", event.left, "contracts" if spec.inverse else spec.base, source, seq)

    def _traded(self, seq: int, event: ev.Event, state: ExchangeState) -> None:
        assert isinstance(event, ev.TradeExecuted)
        sides = ((event.taker, event.maker, event.aggressor), (event.maker, event.taker, -event.aggressor))
        mine = next((row for row in sides if row[0].account == self._no and row[0].closed is not None), None)
        if mine is None:
            return
        fill, other, side = mine
        market, key = state.markets[event.market], key_of(event.market, fill.slot, fill.sub)
        spec, unit, closed = market.spec, market.spec.settle, fill.closed
        assert closed is not None
        position = state.accounts[self._no].positions[key]
        who = state.accounts[other.account].name
        sheet = self._sheet(f"{FILLS.get(event.kind, 'sold to' if side != BUY else 'bought from')} {who}", seq)
        base, traded = "contracts" if spec.inverse else spec.base, self._origins.position(position.id)
        sheet.fact("held", position.qty, base, position_name(market, key), traded)
        sheet.fact("cost", position.cost, unit, position_name(market, key), traded, scale=FINE)
        sheet.fact("qty", closed.qty, base, "TradeExecuted", seq)
        source = f"bankruptcy price of record {self._decided}" if event.kind in FILLS else "TradeExecuted"
        sheet.fact("price", event.price, "price", source, seq)
        if spec.inverse:
            self._contract(sheet, market)
            value = valuing.value(spec, event.price, closed.qty)
            formula = "zero16(qty × contract_size ÷ price)"
            sheet.figure("value", value, unit, formula, "toward zero to 10⁻¹⁶", scale=FINE)
        else:
            worth = valuing.worth(spec, event.price, closed.qty)
            sheet.figure("value", worth, unit, "floor8(qty × price)", DOWN)
        sign = "−" if position.qty < 0 else ""
        if closed.qty == abs(position.qty):
            sheet.figure("cost_out", closed.cost_out, unit, "cost", scale=FINE)
        else:
            word, rounding = ("zero16", "down to 10⁻¹⁶") if spec.inverse else ("floor8", DOWN)
            formula = f"{sign}{word}(abs(cost) × qty ÷ abs(held))"
            sheet.figure("cost_out", closed.cost_out, unit, formula, rounding, scale=FINE)
        gained = f"{sign}value − cost_out"
        formula = f"zero8(−({gained}))" if spec.inverse else f"zero8({gained})"
        sheet.figure("realised", closed.realised, unit, formula, TO_ZERO)
        if fill.fee:
            sheet.fact("fee", fill.fee, fill.fee_asset, "commission", seq)

    # Money

    def _charged(self, seq: int, event: ev.Event, state: ExchangeState) -> None:
        assert isinstance(event, ev.LiquidationFeeCharged)
        if event.account != self._no:
            return
        sheet = self._sheet("liquidation fee", seq, "on what was sold; what backs the rest is not the fund's to take")
        rules = self._origins.rules(state.accounts[self._no].rules, event.market)
        sheet.fact("sold", event.sold, event.asset, "what was sold is worth", seq)
        sheet.fact("fee_rate", event.rate, "rate", "liquidation fee", rules)
        sheet.fact("left", event.left, event.asset, "margin balance after the fill", seq)
        sheet.figure("fee", event.amount, event.asset, "min(floor8(sold × fee_rate), max(0, left))", DOWN)

    def _insured(self, seq: int, event: ev.Event, state: ExchangeState) -> None:
        assert isinstance(event, ev.InsurancePaid)
        if (event.account, event.wallet) != (self._no, self._wallet):
            return
        note = "the fund makes good what is missing" if event.amount > 0 else "what rounding left goes to the fund"
        sheet = self._sheet("the wallet is brought to nothing", seq, note)
        moved = self._origins.wallet(self._no, event.wallet, event.asset)
        cash = state.accounts[self._no].free(event.wallet, event.asset)
        sheet.fact("cash", cash, event.asset, f"last movement of {event.wallet}", moved)
        sheet.figure("insurance", event.amount, event.asset, "−cash")

    def _exchanged(self, seq: int, event: ev.Event, state: ExchangeState) -> None:
        assert isinstance(event, poolevents.AssetsExchanged)
        if (event.account, event.wallet) != (self._no, self._wallet):
            return
        sheet = self._sheet(f"exchange: {event.asset} for {event.to_asset}", seq, "what is owed is bought back")
        sheet.fact("given", event.amount, event.asset, "AssetsExchanged", seq)
        sheet.fact("got", event.to_amount, event.to_asset, "AssetsExchanged", seq)
        sheet.fact("fee", event.fee, event.asset, "what of it is the price of the exchange", seq)
        for name, price, index in (("price", event.price, event.index), ("to_price", event.to_price, event.to_index)):
            sheet.fact(
                name, price, NUMERAIRE, f"index {index}" if index else "counts one to one", self._origins.index(index)
            )

    def _deleveraged(self, seq: int, event: ev.Event, state: ExchangeState) -> None:
        assert isinstance(event, ev.PositionDeleveraged)
        market, account = state.markets[event.market], state.accounts[event.account]
        note = f"number {event.place} in the queue of the other side"
        sheet = self._sheet(f"auto-deleveraging: {account.name}", seq, note)
        unit = market.spec.settle
        sheet.fact("gained", event.gained, unit, "its profit at the mark", seq)
        sheet.fact("wallet", event.wallet, unit, "cash of its pool", seq)
        sheet.fact("least", event.least, unit, "one USD: less counts as that", seq)
        sheet.fact("balance", event.balance, unit, "margin balance of its pool", seq)
        sheet.fact("maintenance", event.maintenance, unit, "maintenance margin of its pool", seq)
        base = "contracts" if market.inverse else market.spec.base
        sheet.fact("qty", event.qty, base, "what of it is closed", seq)
        sheet.fact("price", event.price, "price", f"bankruptcy price of record {self._decided}", seq)
        if event.score:
            formula = "floor8(gained × maintenance ÷ (max(wallet, least) × balance))"
            sheet.figure("score", event.score, "", formula, DOWN, note="the highest goes first")
        else:
            sheet.figure("score", 0, "", "0", note="without profit, or nothing backs it")

    def _finished(self, seq: int, event: ev.Event, state: ExchangeState) -> None:
        assert isinstance(event, ev.LiquidationFinished)
        if (event.account, event.wallet, event.asset) != (self._no, self._wallet, self._asset):
            return
        held = any(margin.pooled(state, state.accounts[self._no], self._wallet, self._asset))
        sheet = self._sheet("it ends", seq, "it holds enough again" if held else "nothing is left to liquidate")
        unit = NUMERAIRE if self._asset == ALL_ASSETS else self._asset
        sheet.fact("balance", event.balance, unit, "LiquidationFinished", seq)
        sheet.fact("maintenance", event.maintenance, unit, "LiquidationFinished", seq)


def _beside(risk: PositionRisk, *, inverse: bool) -> tuple[str, str]:
    """The formula of what a position is worth more at the index than at its mark, and how it is rounded."""
    if not inverse:
        return "zero8(qty × (index − mark))", TO_ZERO
    return "zero8(zero16(qty × contract_size ÷ mark) − zero16(qty × contract_size ÷ index))", TO_ZERO


__all__ = ["LiquidationStory"]
