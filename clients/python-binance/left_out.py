"""Methods the session does not call, and why: patterns of names. `proof` checks that each is called or fits one."""

MARGIN = "margin trading, loans and portfolio margin are not served"
EARN = "products beside trading: earning, staking, mining, conversion, cards, payments"
OPTIONS = "options are not served"
MANAGED = "broker and managed accounts; sub-accounts have every product from the beginning, and no address of their own"
CHAIN = "nothing goes in or out over a chain: the control API gives an account money"
FILES = "files of history, made by the venue over night"
WORTH = "a worth in BTC, which is reckoned nowhere"
REPLACED = "the venue's older call for universal transfers, which are made instead"
WRONG = "the package asks for a path the venue does not have, or has no more"
OTHER_SITE = "of the venue's web site, not of its API"
NO_CALL = "no call of the venue"
SIGNED = "it signs another text than it sends, which the venue refuses with -1022"
OTHER_NAME = "another name for futures_coin_modify_order"

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
    "options_*": OPTIONS,
    "*sub_account*": MANAGED,
    "*subaccount*": MANAGED,
    "*deposit_*": CHAIN,
    "*withdraw*": CHAIN,
    "*_asyn": FILES,
    "*_asyn_id": FILES,
    "futures_historical_data_link": FILES,
    "get_account_snapshot": "balances of past midnights, made by the venue over night",
    "query_subaccount_spot_summary": WORTH,
    "futures_v1_*_batch_order": WRONG,
    "futures_v1_put_batch_orders": SIGNED,
    "v3_post_cancel_replace": WRONG,
    "futures_account_transfer": REPLACED,
    "transfer_history": REPLACED,
    "get_products": OTHER_SITE,
    "convert_to_dict": NO_CALL,
    "encode_uri_component": NO_CALL,
    "uuid22": NO_CALL,
    "futures_coin_acco*_download*": FILES,
    "futures_coin_v1_get_pm_account_info": MARGIN,
    "futures_coin_place_batch_order": SIGNED,
    "futures_coin_cancel_orders": SIGNED,
    "futures_coin_v1_put_order": OTHER_NAME,
    "futures_coin_v1_put_batch_orders": SIGNED,
    "margin_*": MARGIN,
}
