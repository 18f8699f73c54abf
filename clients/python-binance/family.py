"""A parent and two sub-accounts: opened, given money, traded for and looked into through the package.

It signs an address as text and sends it percent-encoded, so that what it posts with one is refused, here as at the
venue. Money that goes to an address is sent for the parent by hand.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from clients.exchange import Exchange
from clients.proof import money, refused, same, shown
from clients.spot_story import SYMBOL
from clients.stories import Mover

SUB = "/sapi/v1/sub-account"
SPOT_TO_SPOT = {"fromAccountType": "SPOT", "toAccountType": "SPOT", "asset": "USDT"}
HELD = "0.002"
"""Of bitcoin, in contracts: what a sub-account holds while its parent looks."""


class Family:
    """Told by *head*, the client of an account; *another* makes a client like it with the key and secret given."""

    def __init__(self, head: Any, another: Callable[[str, str], Any], exchange: Exchange, name: str) -> None:
        self.head = head
        self.another = another
        self.exchange = exchange
        self.name = name
        self.hand = Mover(exchange, name)
        self.names = [f"{part}-{name}_virtual" for part in ("older", "younger")]
        self.emails: list[str] = []

    def run(self) -> None:
        self.opened()
        older, younger = map(self.client, self.names)
        self.posted(older)
        self.given(older)
        self.traded(older)
        self.told(older)
        self.taken(younger)
        for client in (older, younger):
            client.close_connection()

    def client(self, name: str) -> Any:
        """A sub-account's, by a key of the control API: over the venue's there is none to be had."""
        made = self.exchange.control("keys", {"account": name})
        return self.another(made["api_key"], made["api_secret"])

    def cash(self, which: int, wallet: str) -> Decimal:
        return sum(self.exchange.ledger(self.names[which], wallet).get("USDT", (Decimal(0),)), Decimal(0))

    def opened(self) -> None:
        for name in self.names:
            said = name.removesuffix("_virtual")
            self.emails.append(self.head.margin_v1_post_sub_account_virtual_sub_account(subAccountString=said)["email"])
        rows = self.head.get_sub_account_list(limit=10)["subAccounts"]
        same("sub-accounts", [row["email"] for row in rows], self.emails)
        (row,) = self.head.get_subaccount_futures_margin_status(email=self.emails[1])
        same("one of them", (row["email"], row["isFutureEnabled"]), (self.emails[1], True))

    def posted(self, child: Any) -> None:
        """What names an address in its body."""
        older, younger = self.emails
        sent = {"asset": "USDT", "amount": "1"}
        for what, call in {
            "to an address": lambda: self.head.make_subaccount_universal_transfer(
                toEmail=older, **SPOT_TO_SPOT, amount="1"
            ),
            "to futures": lambda: self.head.make_subaccount_futures_transfer(email=older, type=1, **sent),
            "between futures": lambda: self.head.create_sub_account_futures_transfer(
                fromEmail=older, toEmail=younger, futuresType=1, **sent
            ),
            "to a sister": lambda: child.make_subaccount_to_subaccount_transfer(toEmail=younger, **sent),
        }.items():
            refused(what, call, -1022)

    def given(self, child: Any) -> None:
        """1000 down, 600 of them to its futures, 50 of those to its sister's, 30 to her spot, and 20 back up."""
        older, younger = self.emails
        down = {**SPOT_TO_SPOT, "toEmail": older, "amount": "1000", "clientTranId": f"down-{self.name}"}
        across = {**SPOT_TO_SPOT, "fromEmail": older, "toEmail": younger, "amount": "30"}
        futures = {"fromEmail": older, "toEmail": younger, "futuresType": 1, "asset": "USDT", "amount": "50"}
        for path, said in (
            ("universalTransfer", down),
            ("futures/transfer", {"email": older, "asset": "USDT", "amount": "600", "type": 1}),
            ("futures/internalTransfer", futures),
            ("universalTransfer", across),
        ):
            self.hand.ask("POST", f"{SUB}/{path}", **said)
        child.make_subaccount_to_master_transfer(asset="USDT", amount="20")
        same("spot of both", (self.cash(0, "spot"), self.cash(1, "spot")), (350, 30))
        same("futures of both", (self.cash(0, "usdm"), self.cash(1, "usdm")), (550, 50))
        shown("two sub-accounts are opened; money moves down, across and up")

    def traded(self, child: Any) -> None:
        """What a parent sees of its assets, its futures account, everybody's sum, and its position."""
        older = self.emails[0]
        child.futures_create_order(symbol=SYMBOL, side="BUY", type="MARKET", quantity=HELD)
        (row,) = [row for row in self.head.get_sub_account_assets(email=older)["balances"] if row["asset"] == "USDT"]
        same("its assets", money(row["free"]), self.cash(0, "spot"))
        account = self.head.get_subaccount_futures_details(email=older, futuresType=1)["futureAccountResp"]
        same("its futures account", money(account["totalWalletBalance"]), self.cash(0, "usdm"))
        summary = self.head.get_subaccount_futures_summary(futuresType=1)["futureAccountSummaryResp"]
        same("everybody's", [row["email"] for row in summary["subAccountList"]], self.emails)
        same("their sum", money(summary["totalWalletBalance"]), self.cash(0, "usdm") + self.cash(1, "usdm"))
        (held,) = self.head.get_subaccount_futures_positionrisk(email=older, futuresType=1)["futurePositionRiskVos"]
        same("its position", (held["symbol"], money(held["positionAmount"])), (SYMBOL, money(HELD)))
        shown("a parent sees a sub-account's assets, its futures account and its position")

    def told(self, child: Any) -> None:
        """Each transfer is found again, by who sent it and by who received it."""
        older, younger = self.emails
        rows = self.head.get_universal_transfer_history(toEmail=older)["result"]
        same("what came down", [(row["amount"], row["clientTranId"]) for row in rows], [("1000", f"down-{self.name}")])
        rows = self.head.get_sub_account_transfer_history(toEmail=younger)
        same("what went across", [(row["qty"], row["from"]) for row in rows], [("30", older)])
        rows = self.head.get_sub_account_futures_transfer_history(email=younger, futuresType=1)["transfers"]
        same("from futures to futures", [(row["qty"], row["from"]) for row in rows], [("50", older)])
        rows = child.get_subaccount_transfer_history(asset="USDT", type=2)
        same("what it sent", [row["qty"] for row in rows], ["20", "30", "50"])
        shown("the family's transfers are told, by either side")

    def taken(self, child: Any) -> None:
        """What an operator takes is a withdrawal that is done; what came from the parent is no deposit."""
        same("withdrawals", child.get_withdraw_history(), [])
        self.exchange.control("accounts/reset", {"account": self.names[1], "balances": {"spot": {"USDT": "25"}}})
        (row,) = child.get_withdraw_history(coin="USDT")
        same("the withdrawal", (money(row["amount"]), row["status"]), (5, 6))
        same("the same by its id", child.get_withdraw_history_id(row["id"]), row)
        same("deposits", child.get_deposit_history(), [])
        shown("what an operator took is among the withdrawals")
