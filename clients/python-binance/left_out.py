"""Methods the session does not call, and why: patterns of names. `proof` checks that each is called or fits one."""

MARGIN = "margin trading, loans and portfolio margin are not served"
EARN = "products beside trading: earning, staking, mining, conversion, cards, payments"
OPTIONS = "options are not served"
MANAGED = "sub-accounts in the older calls, broker and managed accounts"
CHAIN = "nothing goes in or out over the API: the control API gives an account money"
FILES = "files of history, made by the venue over night"
WRONG = "the package asks for a path the venue does not have, or has no more"
OTHER_SITE = "of the venue's web site, not of its API"
NO_CALL = "no call of the venue"

LEFT_OUT = {
    "*margin_account*": MARGIN,
    "*_margin_*": MARGIN,
    "isolated_margin_*": MARGIN,
    "papi_*": MARGIN,
    "*_loan_*": MARGIN,
    "futures_cross_collateral_*": MARGIN,
    "futures_v1_get_pm_account_info": MARGIN,
    "*small_liability*": MARGIN,
    "get_future_hourly_interest_rate": MARGIN,
    "transfer_spot_to_*": MARGIN,
    "*simple_earn*": EARN,
    "*staking*": EARN,
    "*stake_asset_us": EARN,
    "*fixed_activity*": EARN,
    "get_personal_left_quota": EARN,
    "gift_card_*": EARN,
    "*convert_*": EARN,
    "get_c2c_trade_history": EARN,
    "get_fiat_*": EARN,
    "get_pay_trade_history": EARN,
    "*dust*": EARN,
    "get_asset_dividend_history": EARN,
    "options_*": OPTIONS,
    "*sub_account*": MANAGED,
    "*subaccount*": MANAGED,
    "get_universal_transfer_history": MANAGED,
    "*deposit_*": CHAIN,
    "*withdraw*": CHAIN,
    "get_asset_details": CHAIN,
    "*_asyn": FILES,
    "*_asyn_id": FILES,
    "futures_historical_data_link": FILES,
    "get_account_snapshot": FILES,
    "futures_v1_*_batch_order": WRONG,
    "futures_v1_put_batch_orders": "it signs another text than it sends, which the venue refuses with -1022",
    "v3_post_cancel_replace": WRONG,
    "futures_account_transfer": WRONG,
    "transfer_history": WRONG,
    "new_transfer_history": WRONG,
    "get_account_api_trading_status": WRONG,
    "funding_wallet": WRONG,
    "get_products": OTHER_SITE,
    "convert_to_dict": NO_CALL,
    "encode_uri_component": NO_CALL,
    "uuid22": NO_CALL,
    "futures_coin_acco*_download*": FILES,
    "futures_coin_v1_get_pm_account_info": MARGIN,
    "futures_coin_place_batch_order": "it signs another text than it sends, which the venue refuses with -1022",
    "futures_coin_cancel_orders": "it signs another text than it sends, which the venue refuses with -1022",
    "futures_coin_v1_put_order": "another name for futures_coin_modify_order",
    "futures_coin_v1_put_batch_orders": "it signs another text than it sends, which the venue refuses with -1022",
    "margin_*": MARGIN,
}
