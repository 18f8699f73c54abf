"""The published payloads beside the project: answers of REST calls, answers of the trade socket, pushes of topics."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

SHARED: Final = Path(__file__).parents[5] / "shared"
ROOT: Final = SHARED / "payloads" / "jkorf_bybit" / "Bybit.UnitTests"
ENDPOINTS: Final = "Endpoints/V5Api"
BODIES: Final = "JsonResponses/V5"
TOPICS: Final = "Subscriptions/V5"
REQUESTS: Final = "Socket/V5Api"
OLDER: Final = (
    "JsonResponses/CopyTrading", "JsonResponses/Derivatives", "JsonResponses/General", "JsonResponses/Spot",
)  # fmt: skip
"""Payloads of APIs before v5, which the venue has switched off."""

BODY_CALLS: Final[Mapping[str, str]] = {
    "Account/AddOrReduceMarginAsync": "POST /v5/position/add-margin",
    "Account/GetAccountTypesAsync": "GET /v5/user/get-member-type",
    "Account/GetBrokerAccountInfoAsync": "GET /v5/broker/account-info",
    "Account/GetBrokerEarningsAsync": "GET /v5/broker/earning-record",
    "Account/GetInternalDepositsAsync": "GET /v5/asset/deposit/query-internal-record",
    "ExchangeData/GetSpotSymbolsAsync": "GET /v5/market/instruments-info",
    "SubAccount/CreateSubAccountApiKeyAsync": "POST /v5/user/create-sub-api",
    "SubAccount/CreateSubAccountAsync": "POST /v5/user/create-sub-member",
    "SubAccount/GetSubAccountsAsync": "GET /v5/user/query-sub-members",
    "Trading/GetLeverageTokenOrderHistoryAsync": "GET /v5/spot-lever-token/order-record",
    "Trading/GetPositionsAsync": "GET /v5/position/list",
    "Trading/GetPositionsAsync2": "GET /v5/position/list",
    "Trading/PurchaseLeverageTokenAsync": "POST /v5/spot-lever-token/purchase",
}
"""The calls of those files that hold an answer and nothing else."""


class Published(NamedTuple):
    """One example."""

    name: str
    """Its file, without the ending."""
    what: str
    """``GET /v5/market/kline``, ``tickers.BTCUSDT`` or ``order.create``."""
    body: Any


def endpoints() -> Iterator[Published]:
    """Every answer of a v5 call."""
    for name, text in _texts(ENDPOINTS):
        method, path, _, body = text.split("\n", 3)
        # One file says what is sent in a line before the answer.
        answer = body if body.lstrip().startswith("{") else body.partition("\n")[2]
        yield Published(f"{ENDPOINTS}/{name}", f"{method.strip()} {path.strip()}", msgspec.json.decode(answer))
    for name, text in _texts(BODIES):
        yield Published(f"{BODIES}/{name}", BODY_CALLS[name], msgspec.json.decode(text))


def pushes() -> Iterator[Published]:
    """Every push of a v5 topic; of one file with several the first."""
    for name, text in _texts(TOPICS):
        body = _after_equals(text)
        yield Published(f"{TOPICS}/{name}", body["topic"], body)


def socket_answers() -> Iterator[Published]:
    """Every answer of the trade socket."""
    for name, text in _texts(REQUESTS):
        body = _after_equals(text)
        yield Published(f"{REQUESTS}/{name}", body["op"], body)


def unplaced() -> list[str]:
    """Files in none of the folders above."""
    known = (ENDPOINTS, BODIES, TOPICS, REQUESTS, *OLDER)
    every = (file.relative_to(ROOT).as_posix() for file in sorted(ROOT.rglob("*.txt")))
    return [name for name in every if not name.startswith(tuple(f"{folder}/" for folder in known))]


def _texts(folder: str) -> Iterator[tuple[str, str]]:
    root = ROOT / folder
    for file in sorted(root.rglob("*.txt")):
        yield file.relative_to(root).with_suffix("").as_posix(), file.read_text(encoding="utf-8-sig", errors="replace")


def _after_equals(text: str) -> Any:
    """The JSON behind the first line that begins with ``=``."""
    _, _, rest = text.replace("\r", "").partition("\n=")
    return msgspec.json.Decoder(Any).decode(_first_value(rest[rest.index("{") :]))


def _first_value(text: str) -> str:
    """The first JSON object of *text*: payload files may go on after it."""
    depth, quoted, skip = 0, False, False
    for place, sign in enumerate(text):
        if skip:
            skip = False
        elif quoted:
            quoted, skip = sign != '"', sign == "\\"
        elif sign == '"':
            quoted = True
        else:
            depth += {"{": 1, "}": -1}.get(sign, 0)
            if not depth:
                return text[: place + 1]
    return text
