"""What is told of a margin pool and of a position in it: the figures that `margin` reckons."""

import msgspec


class WalletState(msgspec.Struct, frozen=True):
    """Margin of one asset in one wallet, all in 10**-8 of the asset."""

    wallet: int
    """Cash: what was put in, plus everything realised."""
    unrealised: int
    margin_balance: int
    """wallet + unrealised profit."""
    position_initial: int
    order_initial: int
    maintenance: int
    available: int
    """What may back new orders; never below zero."""
    withdrawable: int
    """What may be taken out. Binance FAQ 360038447311, seen 2026-11."""


class PositionState(msgspec.Struct, frozen=True):
    """Figures of one position (zeros where there is none), 10**-8."""

    qty: int
    cost: int
    """Entry cost at 10**-16, signed as qty."""
    mark: int
    notional: int
    """Signed as qty."""
    unrealised: int
    leverage: int
    position_initial: int
    order_initial: int
    bid_value: int
    ask_value: int
    maintenance: int
    liquidation_price: int
    """0: none."""
    max_notional: int
    """The largest position the leverage allows."""
    position_id: int
    opened_at: int
    updated_at: int
    wallet: int = 0
    """Cash of an isolated position's own wallet."""


class CoinState(msgspec.Struct, frozen=True):
    """One asset of an account that has one wallet for everything, 10**-8 of it; isolated positions included."""

    asset: str
    wallet: int
    """Cash: free, held, and what isolated positions have."""
    held: int
    """What of it open spot orders hold."""
    bonus: int
    unrealised: int
    equity: int
    """wallet + unrealised profit."""
    position_initial: int
    order_initial: int
    maintenance: int
    withdrawable: int
    value: int
    """The equity in the numéraire at its index, without a haircut; 0 of what is no collateral."""


class AccountState(msgspec.Struct, frozen=True):
    """All of an account whose assets back its positions together, in the numéraire (USD), 10**-8."""

    equity: int
    """What everything is worth at its index: no haircut."""
    wallet: int
    """Cash as it counts as margin: after the haircut. *margin_balance* likewise, with unrealised profit."""
    margin_balance: int
    unrealised: int
    """margin_balance − wallet."""
    available: int
    """What may back new orders: the margin balance less what spot orders hold and the initial margin."""
    initial: int
    maintenance: int
    initial_rate: int
    """initial ÷ margin_balance, 10**-8; `UNBOUNDED` where nothing is there for it. *maintenance_rate* likewise."""
    maintenance_rate: int


UNBOUNDED = (1 << 63) - 1
"""A ratio to nothing."""
