"""What the venue tells everybody about itself: pauses of trading, announcements, groups of fees.

"Get System Status", "Get Announcement", "Get Fee Group Structure" (docs/v5, snapshot 2026-07-24, seen 2026-11).
"""

from typing import TYPE_CHECKING, Any, Final

from simexchange.core.vocabulary.markets import MarketKind, MarketStatus
from simexchange.dialects.bybit.common import timestamps
from simexchange.dialects.bybit.common.ids import uuid_of
from simexchange.dialects.bybit.common.symbols import RULES
from simexchange.dialects.bybit.v5 import responses
from simexchange.dialects.contract import Call, Reply

if TYPE_CHECKING:
    from simexchange.projections.markets import MarketRow
    from simexchange.projections.views import Views

Json = dict[str, Any]
PAUSED: Final = (MarketStatus.HALT, MarketStatus.BREAK, MarketStatus.CANCEL_ONLY)
OVER: Final = (MarketStatus.DELISTED, MarketStatus.SETTLING)
STATES: Final = ("scheduled", "ongoing", "completed", "canceled")
FUTURES, SPOT = 1, 2
PRODUCTS: Final = {FUTURES: "Futures", SPOT: "Spot"}
TRADING_SERVICE: Final = 1
PLANNED, INCIDENT = 1, 3
PRODUCTION: Final = 1
LOCALES: Final = (
    "de-DE", "en-US", "es-AR", "es-ES", "es-MX", "fr-FR", "kk-KZ", "id-ID", "uk-UA", "ja-JP", "ru-RU", "th-TH", "pt-BR",
    "tr-TR", "vi-VN", "zh-TW", "ar-SA", "hi-IN", "fil-PH",
)  # fmt: skip


def system_status(call: Call) -> Reply:
    """``GET /v5/system/status``: a product none of whose markets takes orders now is under maintenance."""
    sent, state = call.params.get("id"), call.params.get("state")
    rows = [row for product in PRODUCTS for row in maintenance(call.views, product)]
    rows = [row for row in rows if sent in (None, "", row["id"]) and state in (None, "", row["state"])]
    return responses.ok(call, {"list": rows})


def maintenance(views: "Views", product: int) -> list[Json]:
    """The pause of a product that goes on, if one does; one of `PRODUCTS`."""
    markets = [one for one in views.markets.all(RULES) if _product(one) == product and one.status not in OVER]
    if not markets or not all(one.status in PAUSED for one in markets):
        return []
    begin = max(one.updated_at for one in markets)
    planned = all(one.status is MarketStatus.BREAK for one in markets)
    return [
        {
            "id": uuid_of(timestamps.millis(begin) * 4 + product, "55"),
            "title": f"{PRODUCTS[product]} trading is paused",
            "state": "ongoing",
            "begin": timestamps.text(begin),
            "end": "",
            "href": "",
            "serviceTypes": [TRADING_SERVICE],
            "product": [product],
            "uidSuffix": [],
            "maintainType": PLANNED if planned else INCIDENT,
            "env": PRODUCTION,
        }
    ]


def _product(row: "MarketRow") -> int:
    return SPOT if row.spec.kind is MarketKind.SPOT else FUTURES


def announcements(call: Call) -> Reply:
    """``GET /v5/announcements/index``: nobody announces anything here."""
    return responses.ok(call, {"total": 0, "list": []})


def fee_groups(call: Call) -> Reply:
    """``GET /v5/market/fee-group-info``: groups are for Pro levels and market makers, which nobody is here."""
    return responses.ok(call, {"list": []})
