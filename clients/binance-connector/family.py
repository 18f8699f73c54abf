"""Sub-accounts, as their parent and they themselves manage them through the package."""

from typing import Any

import settings

from clients.exchange import Exchange
from clients.proof import money, refused, same, shown
from clients.spot_story import SYMBOL
from clients.stories import Mover

NAME = "first"
NO_RELATION, UNSUPPORTED = -5021, 100001002


def family(exchange: Exchange, parent: str) -> set[str]:
    """Two sub-accounts of *parent*: opened, found, given money, looked into. The calls that were made."""
    head = settings.rest(exchange.url, *exchange.keys(parent))
    first = head.sub_account_create(NAME)["email"]
    # The other one is opened at the control API, with a key of its own.
    second = settings.rest(exchange.url, *exchange.opened("second", parent=parent))
    listed = [row["email"] for row in head.sub_account_list(limit=200)["subAccounts"]]
    same("those listed", (len(listed), first in listed), (2, True))
    (other,) = (email for email in listed if email != first)
    same("those active", [row["isUserActive"] for row in head.sub_account_status()], [True, True])
    refused("a sub-account that asks what its parent may", second.sub_account_list, UNSUPPORTED)
    refused("a stranger", lambda: head.sub_account_assets("nobody@example.com"), NO_RELATION)
    moved(head, second, first, other)
    contracts(exchange, head, first, other)
    shown("a parent opens and lists two sub-accounts; money goes down, across and up; each side finds it again")
    return {
        "POST sapi sub-account/virtualSubAccount", "GET sapi sub-account/list", "GET sapi sub-account/status",
        "GET sapi sub-account/assets", "POST sapi sub-account/universalTransfer",
        "GET sapi sub-account/universalTransfer", "POST sapi sub-account/transfer/subToSub",
        "POST sapi sub-account/transfer/subToMaster", "GET sapi sub-account/transfer/subUserHistory",
        "GET sapi sub-account/sub/transfer/history", "POST sapi sub-account/futures/transfer",
        "GET sapi sub-account/futures/account", "GET sapi sub-account/futures/accountSummary",
        "GET sapi sub-account/futures/positionRisk", "POST sapi sub-account/futures/internalTransfer",
        "GET sapi sub-account/futures/internalTransfer",
    }  # fmt: skip


def moved(head: Any, second: Any, first: str, other: str) -> None:
    """1000 down to the second, 100 across to the first, 50 up again."""
    down = {"fromAccountType": "SPOT", "toAccountType": "SPOT", "asset": "USDT", "toEmail": other}
    made = head.sub_account_universal_transfer(amount="1000", clientTranId="one", **down)
    second.sub_account_transfer_to_sub(toEmail=first, asset="USDT", amount="100")
    second.sub_account_transfer_to_master(asset="USDT", amount="50")
    for version, call in (("v3", head.sub_account_assets), ("v4", head.query_sub_account_assets)):
        for email, left in ((first, 100), (other, 850)):
            (row,) = [row for row in call(email)["balances"] if row["asset"] == "USDT"]
            same(f"what {email} has by {version}", money(row["free"]), left)
    found = head.sub_account_universal_transfer_history(toEmail=other)["result"]
    same("down", [(row["tranId"], row["clientTranId"]) for row in found], [(made["tranId"], "one")])
    told = second.sub_account_transfer_sub_account_history()
    same("out of it", [(row["counterParty"], money(row["qty"])) for row in told], [("master", 50), ("subAccount", 100)])
    rows = head.sub_account_spot_transfer_history(fromEmail=other)
    same("from spot to spot", [(row["to"] == first, money(row["qty"])) for row in rows], [(False, 50), (True, 100)])


def contracts(exchange: Exchange, head: Any, first: str, email: str) -> None:
    """What a parent sees of a position of the second one, whose futures wallet gets its money from the first's."""
    head.sub_account_universal_transfer("SPOT", "USDT_FUTURE", "USDT", "300", toEmail=first)
    head.sub_account_futures_asset_transfer(first, email, 1, "USDT", "300")
    rows = head.sub_account_futures_asset_transfer_history(email, 1)["transfers"]
    same(
        "from futures to futures", [(row["from"], row["to"], money(row["qty"])) for row in rows], [(first, email, 300)]
    )
    head.sub_account_futures_transfer(email, "USDT", "200", 1)
    Mover(exchange, "second").ask("POST", "/fapi/v1/order", symbol=SYMBOL, side="BUY", type="MARKET", quantity="0.005")
    (old,) = head.futures_position_risk_of_sub_account(email)
    (new,) = head.sub_account_futures_position_risk(email, 1)["futurePositionRiskVos"]
    same("the position by both versions", {money(row["positionAmount"]) for row in (old, new)}, {money("0.005")})
    whole = head.detail_on_sub_account_s_futures_account(email)
    newer = head.sub_account_futures_account(email, 1)["futureAccountResp"]
    ledger, _ = exchange.ledger("second", "usdm")["USDT"]
    same("its wallet", {money(row["totalWalletBalance"]) for row in (whole, newer)}, {ledger})
    for summary in (
        head.sub_account_futures_account_summary(1)["futureAccountSummaryResp"],
        head.summary_of_sub_account_s_futures_account(1)["futureAccountSummaryResp"],
    ):
        same("all of them together", money(summary["totalWalletBalance"]), ledger)
