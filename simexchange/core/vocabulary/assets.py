"""Assets, wallets and the exchange's own purses.

An asset is its code (``"BTC"``). A wallet is one of the five below; a dialect maps its venue's wallets onto them.
"""

from typing import Final

WALLETS: Final = ("spot", "usdm", "coinm", "funding", "unified")
"""The wallets an account has, in the order they are shown."""
MARGIN_WALLETS: Final = ("usdm", "coinm", "unified")
"""Those that positions are kept in."""
ALL_ASSETS: Final = "*"
"""Stands for the asset of a pool in which every asset of a wallet backs every position (multi-assets mode)."""

# Accounts of the exchange itself, as the ledger names them. "{}" is filled with an asset or a market id.
EXT_DEPOSITS: Final = "ext:deposits"
EXT_CAPITAL: Final = "ext:capital"
EXT_MARKETING: Final = "ext:marketing"
FEE: Final = "fee"
FEE_CONVERT: Final = "fee:convert"
"""What is taken for changing one asset into another, in the one that was given."""
FEE_LIQUIDATION: Final = "fee:liquidation"
REBATE: Final = "rebate"
CLR_PNL: Final = "clr:pnl:"
CLR_FUNDING: Final = "clr:funding:"
CLR_CONVERT: Final = "clr:convert"
"""Through which routed orders change one quote asset for another, and debts of pooled assets are bought back."""
CLR_SETTLEMENT: Final = "clr:settlement:"
DUST: Final = "dust"
DUST_FINE: Final = "dust:fine"
"""Residues of inverse closes, at 10**-16."""
CLR_PNL_FINE: Final = "clr:pnl:fine:"
"""The other leg of those residues, at 10**-16."""
CLR_SETTLEMENT_FINE: Final = "clr:settlement:fine:"
"""What of the settlement clearing is below 10**-8, at 10**-16."""
FINE: Final = (DUST_FINE, CLR_PNL_FINE, CLR_SETTLEMENT_FINE)
"""How the names of the purses begin that count in 10**-16."""


def whole_wallet(wallet: str) -> str:
    """The account's wallet that the own one of an isolated position (``usdm:3:LONG``) is part of; any other itself."""
    return wallet.partition(":")[0]
