"""What ccxt's class of the venue can do and the session does not, with reasons."""

import fnmatch
from collections.abc import Mapping
from typing import Any

from clients.proof import same, shown

_MARGIN = "margin trading is not served"
_OPTIONS = "ccxt has it for options only, which are not served"
_CONVERT = "conversions are a product beside the order books"
_EMPTY = "ccxt lists it and has no such method"
_LIQUIDATED = "somebody would have to be liquidated: tests/clients/test_liquidations.py has that"

LEFT_OUT: Mapping[str, str] = {
    "borrow*": _MARGIN,
    "repay*": _MARGIN,
    "fetch*Borrow*": _MARGIN,
    "*Convert*": _CONVERT,
    "fetch*Greeks": _OPTIONS,
    "fetchOption": _OPTIONS,
    "fetchPosition": _OPTIONS,
    "fetchLedgerEntry": _OPTIONS,
    "fetch*SettlementHistory": _OPTIONS,
    "fetchDepositAddress": "nothing comes in over a network",
    "watch*Liquidations*": _LIQUIDATED,
    "fetchCurrenciesWs": _EMPTY,
    "fetchPositionForSymbolWs": _EMPTY,
    "watchOrdersForSymbols": _EMPTY,
}
"""Pattern of names → why."""


def all_accounted_for(has: Mapping[str, Any], called: set[str], left_out: Mapping[str, str]) -> None:
    """Every method ccxt has for the venue was called, or is left out for a reason; no reason is idle."""
    able = {name for name, there in has.items() if there and name[0].islower() and any(map(str.isupper, name))}
    able -= {"publicAPI", "privateAPI"}
    missing = able - called
    reasons = {name: [pattern for pattern in left_out if fnmatch.fnmatchcase(name, pattern)] for name in missing}
    same("methods neither called nor left out", sorted(name for name, patterns in reasons.items() if not patterns), [])
    idle = [pattern for pattern in left_out if not any(pattern in patterns for patterns in reasons.values())]
    same("reasons that fit no method", idle, [])
    shown(f"{len(able & called)} of {len(able)} methods were called; the others are left out for a reason")
