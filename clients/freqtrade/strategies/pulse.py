"""Trades often and means nothing by it: in where a short average crosses a long one, out where it crosses back."""

from typing import Any, ClassVar

from freqtrade.strategy import IStrategy
from pandas import DataFrame


class Pulse(IStrategy):
    """Long only, for spot. Every trade has its stop on the exchange, and the stop follows the price.

    A stop that moves is canceled and set anew by a bot that looks every half minute, and a trade whose exit rests has
    none meanwhile. So stops stay 0.4 % behind the price and exits are market orders: else the price is now and then
    past a stop before it is there, the venue refuses it (-2010, -2021), and freqtrade rightly calls that an error.
    """

    INTERFACE_VERSION = 3
    timeframe = "5m"
    startup_candle_count = 20
    can_short = False
    process_only_new_candles = True

    minimal_roi: ClassVar = {"0": 0.01, "30": 0.006, "90": 0.002}
    stoploss = -0.008
    trailing_stop = True
    trailing_stop_positive = 0.004
    trailing_stop_positive_offset = 0.006
    trailing_only_offset_is_reached = True
    use_exit_signal = True

    order_types: ClassVar = {
        "entry": "limit",
        "exit": "market",
        "emergency_exit": "market",
        "force_exit": "market",
        "stoploss": "limit",
        "stoploss_on_exchange": True,
        "stoploss_on_exchange_interval": 60,
        "stoploss_on_exchange_limit_ratio": 0.99,
    }
    order_time_in_force: ClassVar = {"entry": "GTC", "exit": "GTC"}

    def populate_indicators(self, dataframe: DataFrame, metadata: dict[str, Any]) -> DataFrame:
        """Two averages of the close, of 2 and of 5 candles."""
        dataframe["short"] = dataframe["close"].ewm(span=2, adjust=False).mean()
        dataframe["long"] = dataframe["close"].ewm(span=5, adjust=False).mean()
        dataframe["above"] = dataframe["short"] > dataframe["long"]
        dataframe["before"] = dataframe["above"].shift(1, fill_value=False)
        return dataframe

    def populate_entry_trend(self, dataframe: DataFrame, metadata: dict[str, Any]) -> DataFrame:
        """In where they cross."""
        dataframe.loc[dataframe["above"] & ~dataframe["before"], "enter_long"] = 1
        if self.can_short:
            dataframe.loc[~dataframe["above"] & dataframe["before"], "enter_short"] = 1
        return dataframe

    def populate_exit_trend(self, dataframe: DataFrame, metadata: dict[str, Any]) -> DataFrame:
        """Out where they cross back."""
        dataframe.loc[~dataframe["above"] & dataframe["before"], "exit_long"] = 1
        if self.can_short:
            dataframe.loc[dataframe["above"] & ~dataframe["before"], "exit_short"] = 1
        return dataframe


class PulseBothWays(Pulse):
    """Long and short at three times leverage, for futures; its stops are market orders woken by the last price.

    With leverage 0.4 % are 0.012. Its exits are limits at what is offered: a stop is 0.8 % away when they begin.
    """

    can_short = True
    minimal_roi: ClassVar = {"0": 0.03, "30": 0.018, "90": 0.006}
    stoploss = -0.024
    trailing_stop_positive = 0.012
    trailing_stop_positive_offset = 0.018
    order_types: ClassVar = {
        **Pulse.order_types, "exit": "limit", "stoploss": "market", "stoploss_price_type": "last",
    }  # fmt: skip

    def leverage(self, pair: str, current_time: Any, current_rate: float, proposed_leverage: float,
                 max_leverage: float, entry_tag: str | None, side: str, **kwargs: Any) -> float:  # fmt: skip
        """Three times, whatever is proposed."""
        return min(3.0, max_leverage)
