"""Which position an order is sent to, for accounts of every position mode."""

from __future__ import annotations

import msgspec

from simexchange.core.accounts import Account
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.ids import MarketNo, key_of, market_of, slot_of, sub_of
from simexchange.core.vocabulary.orders import MarginMode, PositionMode, Slot, Terms
from simexchange.core.vocabulary.units import Amount


def worded(account: Account, market: MarketNo, more: Terms | None, turn: int) -> Terms | None:
    """*more* with the slot and number of a position such as the account has, by *turn*; sometimes a wrong one."""
    mode = account.mode_in(market)
    if mode is PositionMode.ONE_WAY or turn % 17 == 0:
        return more
    slot = Slot.LONG if turn % 2 else Slot.SHORT
    sub = 0
    if mode is PositionMode.SEPARATE:
        there = [sub_of(key) for key in account.positions if market_of(key) == market and slot_of(key) == slot]
        sub = [-1, *there][turn // 2 % (len(there) + 1)]
    return msgspec.structs.replace(more or Terms(), slot=slot, sub_position=sub)


def setting(account: Account, market: MarketNo, turn: int, amount: int) -> cmd.Command:
    """A change of modes, of leverage, or of the margin of a position that is there, chosen by *turn*."""
    slotted = account.mode_in(market) is not PositionMode.ONE_WAY
    held = [key for key in account.positions if market_of(key) == market]
    key = held[turn // 8 % len(held)] if held else key_of(market, Slot.LONG if slotted else Slot.NET)
    slot, sub = Slot(slot_of(key)), sub_of(key)
    no = account.no
    choices: list[cmd.Command] = [
        cmd.AdjustMargin(no, market, slot, sub, Amount(amount)),
        cmd.SetMarginMode(no, market, MarginMode.ISOLATED if market not in account.isolated else MarginMode.CROSS),
        cmd.SetAutoMargin(no, market, slot, sub, on=key not in account.auto_margin),
        cmd.SetLeverage(no, market, turn % 20 + 1, slot),
        cmd.SetPositionMode(no, list(PositionMode)[turn // 8 % 3]),
        cmd.AdjustMargin(no, market, slot, sub, Amount(-amount)),
        cmd.SetLeverage(no, market, turn % 20 + 1),
        cmd.ProtectPosition(no, market, slot, sub=sub),
        cmd.SetPositionMode(no, list(PositionMode)[turn // 16 % 3], market),
        cmd.SetMarginMode(no, MarketNo(0), MarginMode.CROSS if account.modes.isolates else MarginMode.ISOLATED),
    ]
    return choices[turn % len(choices)]
