"""An unmodified client asks a past of a running exchange: another base URL, and nothing else."""

from pathlib import Path

import msgspec
import pytest

from tests.clients.served import serve


def test_ccxt_reads_a_past_and_cannot_change_it(tmp_path: Path) -> None:
    """Orders, balances and the book as they were; an order there is refused as by a venue that is not available."""
    import ccxt

    with serve(tmp_path, "--feed", "none", "--account", "alice:USDT=1000,BTC=1") as served:
        now = ccxt.binance(served.config("binance", "alice"))
        order = now.create_order("BTC/USDT", "limit", "sell", 0.5, 60_000)
        seq = served.control("health")["seq"]
        now.cancel_order(order["id"], "BTC/USDT")
        then = ccxt.binance(msgspec.structs.replace(served, url=f"{served.url}/at/{seq}").config("binance", "alice"))

        assert [each["id"] for each in then.fetch_open_orders("BTC/USDT")] == [order["id"]]
        assert now.fetch_open_orders("BTC/USDT") == []
        assert (then.fetch_balance()["BTC"]["used"], now.fetch_balance()["BTC"]["used"]) == (0.5, 0)
        assert then.fetch_order_book("BTC/USDT")["asks"] == [[60_000, 0.5]]
        assert now.fetch_order_book("BTC/USDT")["asks"] == []
        with pytest.raises(ccxt.OperationFailed, match="-1001"):
            then.cancel_order(order["id"], "BTC/USDT")
        with pytest.raises(ccxt.OperationFailed, match="-1001"):
            then.create_order("BTC/USDT", "limit", "buy", 0.1, 50_000)
        assert len(then.fetch_open_orders("BTC/USDT")) == 1
