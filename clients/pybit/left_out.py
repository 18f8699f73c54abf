"""Methods the session does not call, and why: patterns of names. `proof` checks that each is called or fits one."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterable
from enum import Enum

import pybit
from pybit.unified_trading import HTTP

LOANS = "there are no loans; nothing is borrowed"
EARN = "products beside trading: earning, conversion, cards, payments, leveraged tokens"
SPREADS = "spread trading, requests for quotes and block trades are not served"
OPTIONS = "options are not served"
OTHERS = "brokers, affiliates, trade between persons"
CHAIN = "nothing goes in or out over the API: the control API gives an account money"
BEFORE = "accounts are unified from their beginning"
LIMITS = "settings of the venue's limits, and what is signed there"
NO_CALL = "no call of the venue"

LEFT_OUT = {
    "*crypto_loan*": LOANS,
    "*_loan*": LOANS,
    "*borrow*": LOANS,
    "*repay*": LOANS,
    "*collateral_coins*": LOANS,
    "spot_margin_trade_*": LOANS,
    "bind_or_unbind_uid": LOANS,
    "get_ltv": LOANS,
    "get_margin_coin_info": LOANS,
    "get_product_info": LOANS,
    "get_max_allowed_collateral_reduction_amount": LOANS,
    "adjust_collateral_amount*": LOANS,
    "*earn*": EARN,
    "*_token*": EARN,
    "*leveraged_token*": EARN,
    "*liquidity*": EARN,
    "*fixed_term*": EARN,
    "*rwa*": EARN,
    "pwm_*": EARN,
    "*stake*": EARN,
    "*fiat*": EARN,
    "*convert*": EARN,
    "*small_balance*": EARN,
    "get_double_win_leverage": EARN,
    "get_smart_leverage_redeem_est_amount_list": EARN,
    "get_hourly_yield": EARN,
    "get_yield": EARN,
    "add_margin": EARN,
    "get_purchase_redemption_records": EARN,
    "spread_*": SPREADS,
    "*quote*": SPREADS,
    "*rfq*": SPREADS,
    "get_trade_list": SPREADS,
    "get_public_trades": SPREADS,
    "move_position": SPREADS,
    "get_coin_greeks": OPTIONS,
    "*option*": OPTIONS,
    "*broker*": OTHERS,
    "*affiliate*": OTHERS,
    "*voucher*": OTHERS,
    "get_friend_referrals": OTHERS,
    "*_ad": OTHERS,
    "*_ads*": OTHERS,
    "get_ad_details": OTHERS,
    "*chat*": OTHERS,
    "*message*": OTHERS,
    "get_counterparty_info": OTHERS,
    "get_user_payment_types": OTHERS,
    "get_account_information": OTHERS,
    "get_order_details": OTHERS,
    "get_orders": OTHERS,
    "get_pending_orders": OTHERS,
    "mark_as_paid": OTHERS,
    "release_assets": OTHERS,
    "*deposit*": CHAIN,
    "get_pre_upgrade_*": BEFORE,
    "*rate_limit*": LIMITS,
    "sign_agreement": LIMITS,
    "prepare_payload": NO_CALL,
    "prepare_file_payload": NO_CALL,
}

PATH = re.compile(r"\{self\.endpoint\}\{(\w+)\.(\w+)\}")
VERB = re.compile(r'method="(\w+)"')


def calls_of(methods: Iterable[str]) -> list[str]:
    """The calls that methods of the package name, as ``GET /v5/market/time``: by a member of one of its tables."""
    modules = [importlib.import_module(f"pybit.{found.name}") for found in pkgutil.iter_modules(pybit.__path__)]
    tables = {name: table for module in modules for name, table in vars(module).items()
              if inspect.isclass(table) and issubclass(table, Enum)}  # fmt: skip
    sources = [inspect.getsource(getattr(HTTP, method)) for method in methods]
    named = [(VERB.search(source), PATH.search(source)) for source in sources]
    return [f"{verb[1]} {getattr(tables[path[1]], path[2])}" for verb, path in named if verb and path]
