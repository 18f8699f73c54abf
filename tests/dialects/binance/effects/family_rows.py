"""What calls about money between wallets and accounts are asked with, and the part of the day they are about.

The maker is the parent of the taker and the third.
"""

from collections.abc import Mapping
from typing import Any, Final

from simexchange.core.vocabulary.families import JoinFamily
from tests.dialects.binance.effects.effect import ABSENT, Row
from tests.dialects.binance.effects.shop import Shop

SUB: Final = "/sapi/v1/sub-account"
MAKER, TAKER, THIRD, NOBODY = (f"{name}@simexchange.invalid" for name in ("maker", "taker", "third", "nobody"))


def family(shop: Shop) -> None:
    """The other two under the maker."""
    for child in (shop.taker, shop.third):
        shop.run(JoinFamily(child.no, shop.maker.no))


def money_moves(shop: Shop, times: int) -> None:
    """From the parent to both, and from one to the other, in two assets."""
    for email in (TAKER, THIRD):
        sent: dict[str, Any] = {
            "toEmail": email, "fromAccountType": "SPOT", "toAccountType": "SPOT", "asset": "USDT",
        }  # fmt: skip
        named = {"clientTranId": f"{email}-{times}", "amount": 5 + times}
        shop.does(shop.maker, "POST", f"{SUB}/universalTransfer", **sent, **named)
    for asset in ("USDT", "ETH"):
        sent = {"toEmail": THIRD, "asset": asset, "amount": 1 + times}
        shop.does(shop.taker, "POST", f"{SUB}/transfer/subToSub", **sent)
    sent = {"fromEmail": TAKER, "toEmail": THIRD, "futuresType": 1, "asset": "USDT", "amount": 1 + times}
    shop.does(shop.maker, "POST", f"{SUB}/futures/internalTransfer", **sent)


_email: Final = {"email": (TAKER, THIRD)}
_theirs: Final = {"email": (TAKER, MAKER)}
"""One that may be looked into, and one that may not."""
_sides: Final[Mapping[str, Any]] = {"fromEmail": (ABSENT, TAKER), "toEmail": (TAKER, THIRD)}
_pages: Final = {"page": ("1", "2", {"limit": "1"}), "limit": ("1", "2")}
_what: Final = {"asset": ("USDT", "ETH"), "amount": ("1", "2")}
_of_another: Final = {
    **_theirs, "asset": ("USDT", "NOPE"), "amount": ("1", "999999999"), "type": ("1", "4"),
}  # fmt: skip
"""Of another's money only what is refused tells values apart: what moved, his own stream tells."""
_sent: Final = {"asset": "USDT", "amount": "1"}
_kinds: Final = {"futuresType": ("1", "2")}


def _of_maker(base: Mapping[str, str], values: Mapping[str, Any]) -> Row:
    return Row(base, values, "maker")


ROWS: Final[Mapping[str, Row]] = {
    "POST /sapi/v1/asset/transfer": Row(
        {"type": "MAIN_UMFUTURE", **_sent}, {"type": ("MAIN_UMFUTURE", "UMFUTURE_MAIN"), **_what}
    ),
    "GET /sapi/v1/asset/transfer": Row(
        {"type": "MAIN_UMFUTURE"},
        {"type": ("MAIN_UMFUTURE", "MAIN_FUNDING"), "current": ("1", "2", {"size": "1"}), "size": ("1", "2")},
    ),
    f"GET {SUB}/list": _of_maker({"limit": "2"}, {**_email, **_pages, "isFreeze": ("true", "false")}),
    f"GET {SUB}/status": _of_maker({}, _email),
    f"POST {SUB}/virtualSubAccount": _of_maker({}, {"subAccountString": ("one", "two")}),
    f"GET {SUB}/universalTransfer": _of_maker(
        {}, {**_sides, **_pages, "clientTranId": (f"{TAKER}-0", f"{TAKER}-1")}
    ),
    f"POST {SUB}/futures/transfer": _of_maker(
        {"email": TAKER, "type": "1", **_sent}, _of_another
    ),
    f"POST {SUB}/futures/internalTransfer": _of_maker(
        {"fromEmail": TAKER, "toEmail": THIRD, "futuresType": "1", **_sent},
        {"fromEmail": (TAKER, NOBODY), "toEmail": (THIRD, NOBODY), "futuresType": ("1", "3"),
         "asset": ("USDT", "NOPE"), "amount": ("1", "999999999")},
    ),
    f"GET {SUB}/futures/internalTransfer": _of_maker(
        {"email": TAKER, "futuresType": "1"}, {"email": (TAKER, MAKER), **_kinds, **_pages}
    ),
    f"GET {SUB}/sub/transfer/history": _of_maker({}, {**_sides, **_pages}),
    f"POST {SUB}/transfer/subToMaster": Row(_sent, _what),
    f"POST {SUB}/transfer/subToSub": Row({"toEmail": THIRD, **_sent}, {**_what, "toEmail": (THIRD, MAKER)}),
    f"GET {SUB}/transfer/subUserHistory": Row({}, {"asset": ("USDT", "ETH"), "type": ("1", "2")}),
    "GET /sapi/v3/sub-account/assets": _of_maker({}, _email),
    "GET /sapi/v4/sub-account/assets": _of_maker({}, _email),
    f"GET {SUB}/futures/account": _of_maker({}, _email),
    "GET /sapi/v2/sub-account/futures/account": _of_maker({"email": TAKER, "futuresType": "1"}, {**_email, **_kinds}),
    "GET /sapi/v2/sub-account/futures/accountSummary": _of_maker(
        {"futuresType": "1"}, {**_kinds, **_pages}
    ),
    f"GET {SUB}/futures/positionRisk": _of_maker({}, _theirs),
    "GET /sapi/v2/sub-account/futures/positionRisk": _of_maker(
        {"email": TAKER, "futuresType": "1"}, {**_theirs, **_kinds}
    ),
}  # fmt: skip
_ISOLATED: Final = "of isolated margin alone, which nobody has here: spot/test_movements.py shows that it is asked for"
WITHOUT: Final[Mapping[tuple[str, str], str]] = {
    **{
        (f"{method} /sapi/v1/asset/transfer", name): _ISOLATED
        for method in ("GET", "POST")
        for name in ("fromSymbol", "toSymbol")
    },
    (f"GET {SUB}/transfer/subUserHistory", "returnFailHistory"): "a transfer that fails was none",
}
"""Parameters that are read and change nothing, and why."""
